"""The comparison of the quotes of a purchase dossier, one sheet a dossier awarded in the period."""

from __future__ import annotations

from dataclasses import dataclass

from grandlivre.books.directives.purchasing import Dossier, Quote
from grandlivre.policy.people import folded
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, officer
from grandlivre.reports.kit.signing import donor_signatures
from grandlivre.reports.kit.table import Column, Fact, Ref, Report, Row, Span, Table, Text, grid
from grandlivre.reports.kit.wording import day
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
    for label, value in (("Ligne budgétaire", dossier.line), ("Activité", dossier.activity)):
        if value:
            facts.append(Fact(word(label), value))
    if dossier.framework:
        facts.append(Fact(word("Contrat-cadre jusqu'au"), dossier.until or word("sans date de fin")))
    facts.append(Fact(word("Attributaire"), dossier.winner_name))
    if award is not None:
        facts.append(Fact(word("Montant retenu"), award.amount))
    return context.report(
        REPORT,
        subtitle=f"{dossier.id} – {dossier.subject}",
        period=Span(day(dossier.date), dossier.date, dossier.date),
        facts=tuple(facts),
        body=(_quotes(context, found), _reason(context, found)),
        signatures=(
            officer(context, ACCOUNTANT),
            *donor_signatures(context),
        ),
    )


def _quotes(context: Context, found: Comparison) -> Table:
    word = context._
    columns = (
        Column("rank", word("Rang"), "count"),
        Column("supplier", word("Fournisseur"), width=26),
        Column("tax_id", word("NIF"), width=11),
        Column("date", word("Date de l'offre"), "date"),
        Column("until", word("Valable jusqu'au"), "date"),
        Column("amount", word("Montant"), "money"),
        Column("lowest", word("Offre la plus basse"), "money"),
        Column("above", word("Écart"), "money", formula=Formula("amount - lowest")),
        Column("said", word("Observation"), width=16),
    )
    rows = []
    for rank, quote in enumerate(found.quotes, 1):
        said = []
        if quote.amount == found.lowest:
            said.append(word("offre la plus basse"))
        if quote.supplier == found.dossier.winner:
            said.append(word("retenue"))
        rows.append(
            Row(
                {
                    "rank": rank,
                    "supplier": quote.name,
                    "tax_id": quote.tax_id,
                    "date": quote.date,
                    "until": quote.valid_until,
                    "amount": quote.amount,
                    "lowest": found.lowest,
                    "said": ", ".join(said),
                },
                role="subtotal" if quote.supplier == found.dossier.winner else "normal",
                refs=(Ref(quote.place.file, quote.place.line, quote.dossier),),
            )
        )
    return grid("quotes", word("Offres reçues"), columns, rows)


def _reason(context: Context, found: Comparison) -> Text:
    word, dossier = context._, found.dossier
    lowest = folded(dossier.reason) == folded(LOWEST)
    paragraphs = [
        f"{word('Motif du choix')} : {word('offre la moins-disante') if lowest else dossier.reason or word('non écrit')}"
    ]
    if not lowest and found.above > 0 and not dossier.reason:
        paragraphs.append(word("L'offre retenue n'est pas la plus basse : le motif du choix est obligatoire."))
    minutes = dossier.minutes or word("aucun procès-verbal joint")
    paragraphs.append(f"{word('Procès-verbal de dépouillement')} : {minutes}")
    return Text(tuple(paragraphs), word("Décision"))
