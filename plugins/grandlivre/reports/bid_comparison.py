"""The comparison of the quotes of a purchase dossier and the minutes of their opening, one paper a dossier awarded in the period."""

from __future__ import annotations

from dataclasses import dataclass, replace

from grandlivre.books.directives.purchasing import Dossier, Quote, QuotedItem
from grandlivre.policy.people import folded
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import name_of, signer
from grandlivre.reports.kit.table import Column, Fact, Ref, Report, Row, Signature, Span, Table, Text, Value, grid
from grandlivre.reports.kit.wording import amount_in_figures, amount_in_words, day
from grandlivre.sources.problem import RefusedError

REPORT = ReportModel(
    name="comparatif",
    title="Tableau comparatif des offres",
    audience=Audience.MANAGEMENT,
    routine=9,
)

LOWEST = "moins-disant"
"""What `motif-choix` says when the lowest quote was chosen."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A dossier and its quotes, the lowest first."""

    dossier: Dossier
    quotes: tuple[Quote, ...]

    @property
    def lowest(self) -> int | None:
        """The lowest amount quoted."""
        return self.quotes[0].amount if self.quotes else None

    @property
    def above(self) -> int:
        """How much more than the lowest quote the chosen one costs."""
        award = self.dossier.award
        return award.amount - self.lowest if award is not None and self.lowest is not None else 0


def build(context: Context) -> tuple[Comparison, ...]:
    """The dossiers of the tree awarded in the period, or the one that `--piece` names, oldest first. Raises RefusedError."""
    dossiers, scope = context.books.dossiers, context.scope
    if scope.piece:
        named = dossiers.get(scope.piece)
        if named is None or (scope.tree and named.tree != scope.tree):
            raise RefusedError(
                f"Le marché « {scope.piece} » n'existe pas dans ces livres : donnez son numéro, par exemple M-2026-014."
            )
        found = [named]
    else:
        found = [
            each
            for each in dossiers.values()
            if each.date in context.period and (not scope.tree or each.tree == scope.tree)
        ]
    found.sort(key=lambda each: (each.date, each.id))
    return tuple(Comparison(each, tuple(sorted(each.quotes, key=_price))) for each in found)


def _price(quote: Quote) -> tuple[int, str, str]:
    return (quote.amount, quote.date.isoformat(), quote.name)


def report(context: Context) -> Report | tuple[Report, ...]:
    """A sheet a dossier; one that says so when none was awarded."""
    found = build(context)
    if not found:
        text = context._("Aucun marché n'a été attribué sur cette période.")
        return context.report(REPORT, body=(Text((text,)),))
    return tuple(_sheet(context, each) for each in found)


def _sheet(context: Context, found: Comparison) -> Report:
    word, dossier = context._, found.dossier
    award = dossier.award
    facts = [Fact(word("Marché"), dossier.id), Fact(word("Attribué le"), dossier.date)]
    for label, value in (
        ("Demande d'achat", dossier.request),
        ("Ligne budgétaire", dossier.line),
        ("Activité", dossier.activity),
        ("Critères", dossier.criteria),
    ):
        if value:
            facts.append(Fact(word(label), value))
    if dossier.framework:
        facts.append(Fact(word("Contrat-cadre jusqu'au"), dossier.until or word("sans date de fin")))
    facts.append(Fact(word("Attributaire"), dossier.winner_name))
    if award is not None:
        facts.append(Fact(word("Montant retenu"), award.amount))
    items = (_items(context, found),) if any(quote.items for quote in found.quotes) else ()
    return context.report(
        REPORT,
        subtitle=f"{dossier.id} – {dossier.subject}",
        period=Span(day(dossier.date), dossier.date, dossier.date),
        facts=tuple(facts),
        body=(_minutes(context, found), *items, _quotes(context, found), _decision(context, found)),
        signatures=_committee(context, found),
        landscape=bool(items),
    )


def _items(context: Context, found: Comparison) -> Table:
    """What was asked, line by line, and each supplier's price for it."""
    word = context._
    wanted: dict[tuple[str, str], QuotedItem] = {}
    for quote in found.quotes:
        wanted.update({_called(item): item for item in quote.items if _called(item) not in wanted})
    columns = [
        Column("order", word("N°"), "count"),
        Column("label", word("Désignation"), width=28),
        Column("quantity", word("Quantité"), "quantity"),
        Column("unit", word("Unité"), width=9),
    ]
    rows: list[dict[str, Value]] = [
        {"order": rank, "label": item.label, "quantity": item.quantity, "unit": item.unit}
        for rank, item in enumerate(wanted.values(), 1)
    ]
    ends: dict[str, dict[str, Value]] = {key: {} for key in ("discount", "tax")}
    for number, quote in enumerate(found.quotes, 1):
        price, total = f"price_{number}", f"amount_{number}"
        columns += [
            Column(price, word("Prix unitaire"), "money", group=quote.name),
            Column(
                total, word("Montant"), "money", total="sum", formula=Formula(f"quantity * {price}"), group=quote.name
            ),
        ]
        said = {_called(item): item for item in quote.items}
        for row, each in zip(rows, wanted, strict=True):
            row[price] = said[each].price if each in said else None
        if quote.items:
            ends["discount"][total], ends["tax"][total] = quote.discount, quote.taxes
    sums = range(len(rows))
    return grid(
        "items",
        word("Articles"),
        columns,
        (
            *(Row(row) for row in rows),
            Row({"label": word("Total hors taxes")}, role="subtotal", key="untaxed", sums=sums),
            Row({"label": word("Remise"), **ends["discount"]}, key="discount"),
            Row({"label": word("TVA"), **ends["tax"]}, key="tax"),
            Row(
                {"label": word("Total toutes taxes comprises")},
                role="total",
                formula=Formula("untaxed - discount + tax"),
            ),
        ),
    )


def _called(item: QuotedItem) -> tuple[str, str]:
    """What makes two suppliers' lines the same."""
    return folded(item.label), folded(item.unit)


def _quotes(context: Context, found: Comparison) -> Table:
    word = context._
    columns = (
        Column("rank", word("Rang"), "count"),
        Column("supplier", word("Fournisseur"), width=26),
        Column("tax_id", word("NIF"), width=11, under="supplier"),
        Column("date", word("Date de l'offre"), "date"),
        Column("until", word("Valable jusqu'au"), "date", under="date"),
        Column("untaxed", word("Hors taxes"), "money", empty="—"),
        Column("tax", word("TVA"), "money", empty="—"),
        Column("amount", word("Toutes taxes comprises"), "money"),
        Column("above", word("Écart avec la plus basse"), "money"),
        Column("delivery", word("Délai"), width=9, empty="—"),
        Column("warranty", word("Garantie"), width=9, empty="—"),
        Column("conforming", word("Conforme"), width=8, empty="—"),
        Column("said", word("Observation"), width=24),
    )
    rows = [_quote(context, found, rank, quote) for rank, quote in enumerate(found.quotes, 1)]
    return grid("quotes", word("Offres reçues"), *_filled(columns, rows))


def _quote(context: Context, found: Comparison, rank: int, quote: Quote) -> Row:
    conforming = {None: "", True: context._("oui"), False: context._("non")}
    return Row(
        {
            "rank": rank,
            "supplier": quote.name,
            "tax_id": quote.tax_id,
            "date": quote.date,
            "until": quote.valid_until,
            "untaxed": quote.untaxed,
            "tax": quote.taxes,
            "amount": quote.amount,
            "above": quote.amount - (found.lowest or 0),
            "delivery": quote.delivery,
            "warranty": quote.warranty,
            "conforming": conforming[quote.conforming],
            "said": _said(context, found, quote),
        },
        role="subtotal" if quote.supplier == found.dossier.winner else "normal",
        refs=(Ref(quote.place.file, quote.place.line, quote.dossier),),
    )


def _filled(columns: tuple[Column, ...], rows: list[Row]) -> tuple[list[Column], list[Row]]:
    """Without the columns that show a dash for what is not said, where nobody says anything."""
    known = {key for row in rows for key, value in row.cells.items() if value not in (None, "")}
    shown = {column.key: column for column in columns if column.key in known or not column.empty}
    told = [replace(row, cells={key: row.cells[key] for key in row.cells if key in shown}) for row in rows]
    return list(shown.values()), told


def _said(context: Context, found: Comparison, quote: Quote) -> str:
    """Chosen, or why not: in the committee's words, else as the figures have it."""
    word, award = context._, found.dossier.award
    said = [word("offre la plus basse")] if quote.amount == found.lowest else []
    if quote.supplier == found.dossier.winner:
        return ", ".join([*said, word("retenue")])
    if quote.set_aside:
        return ", ".join([*said, quote.set_aside])
    if quote.conforming is False:
        said.append(word("non conforme à la demande"))
    elif award is not None and quote.amount > award.amount:
        more = amount_in_figures(quote.amount - award.amount, context.language)
        said.append(word("plus chère de {amount} que l'offre retenue").format(amount=more))
    else:
        said.append(word("écartée : voir le motif du choix"))
    return ", ".join(said)


def _minutes(context: Context, found: Comparison) -> Text:
    """The opening of the quotes, as its committee tells it."""
    word, dossier = context._, found.dossier
    members = [name_of(context, each) for each in dossier.committee]
    met = word(
        "Le {day}{hour}, à {place}, la commission s'est réunie pour dépouiller les offres reçues pour « {subject} »."
    )
    paragraphs = [
        met.format(
            day=day(dossier.date),
            hour=f" {word('à')} {dossier.hour}" if dossier.hour else "",
            place=dossier.where or "………………………",
            subject=dossier.subject,
        )
    ]
    if members:
        paragraphs.append(word("Membres présents : {members}.").format(members=", ".join(members)))
    else:
        paragraphs.append(word("Les membres de la commission ne sont pas écrits : inscrivez comite: sous le marché."))
    paragraphs.append(
        word("Offres reçues : {count}. Offres non conformes : {apart}.").format(
            count=len(found.quotes),
            apart=", ".join(quote.name for quote in found.quotes if quote.conforming is False) or word("aucune"),
        )
    )
    return Text(tuple(paragraphs), word("Procès-verbal de dépouillement"))


def _committee(context: Context, found: Comparison) -> tuple[Signature, ...]:
    """Whoever opened the quotes signs, whoever chairs first; three boxes to fill in when nobody is named."""
    members = found.dossier.committee or ("", "", "")
    chair, *others = members
    return (
        signer(context, "Président de la commission", chair),
        *(signer(context, "Membre de la commission", each) for each in others),
    )


def _decision(context: Context, found: Comparison) -> Text:
    word, dossier, award = context._, found.dossier, found.dossier.award
    lowest = folded(dossier.reason) == folded(LOWEST)
    reason = word("offre la moins-disante") if lowest else dossier.reason or word("non écrit")
    paragraphs = [f"{word('Motif du choix')} : {reason}"]
    if award is not None:
        paragraphs.append(
            word("La commission propose d'attribuer le marché à {winner} pour {words} ({figures}).").format(
                winner=dossier.winner_name,
                words=amount_in_words(award.amount, context.language),
                figures=amount_in_figures(award.amount, context.language),
            )
        )
    if not lowest and found.above > 0 and not dossier.reason:
        paragraphs.append(word("L'offre retenue n'est pas la plus basse : le motif du choix est obligatoire."))
    paragraphs.append(word("Avis divergents : ………………………………………………………………………"))
    minutes = dossier.minutes or word("aucun procès-verbal joint")
    paragraphs.append(f"{word('Procès-verbal joint')} : {minutes}")
    return Text(tuple(paragraphs), word("Décision"))
