"""The minutes of a cash count (procès-verbal de contrôle de caisse): denominations, reconciliation, sentence (controls §4)."""

from __future__ import annotations

from dataclasses import dataclass

from grandlivre.books.counts import taken_in
from grandlivre.books.directives.cash import FACES, CashCount
from grandlivre.books.ledger import Ledger, Step
from grandlivre.policy.sycebnl import TILL
from grandlivre.reports.kit.account_figures import by_tree, chosen_accounts, sides
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import name_of, signer
from grandlivre.reports.kit.table import Block, Column, Drawn, Fact, Report, Row, Span, Table, Text, grid
from grandlivre.reports.kit.wording import amount_in_figures, amount_in_words, day

REPORT = ReportModel(
    name="pv-caisse",
    title="Procès-verbal de caisse",
    audience=Audience.INTERNAL,
    scope=MadeFor.ACCOUNT,
    prefixes=TILL,
    routine=7,
)

_KINDS = {
    "quotidien": "Procès-verbal de caisse, arrêté quotidien",
    "inopine": "Procès-verbal de caisse, contrôle inopiné",
    "mensuel": "Procès-verbal de caisse, arrêté mensuel",
    "cloture": "Procès-verbal de caisse, arrêté de clôture",
    "passation": "Procès-verbal de caisse, passation",
}
_RARE = 1
"""A coin printed only when some were counted."""


@dataclass(frozen=True)
class Minutes:
    """A count against the books, in whole francs."""

    count: CashCount
    previous: CashCount | None
    """The count before it in the same till."""
    last: Step | None
    """The last movement the count takes in."""
    before: int
    """B: the books' balance at the count before, else what was brought forward."""
    receipts: int
    """C: since then."""
    payments: int
    """D: since then."""
    uncounted: int
    """F: provisional vouchers outside the books; the books must know every one, so 0."""
    steps: tuple[Step, ...]
    """The movements behind C and D."""

    @property
    def cash(self) -> int:
        """A: notes and coins; the declared amount when they are not detailed."""
        return self.count.detailed if self.detailed else self.count.counted

    @property
    def detailed(self) -> bool:
        """Whether notes and coins are given."""
        return bool(self.count.notes or self.count.coins)

    @property
    def theory(self) -> int:
        """E = B + C − D: the books' balance."""
        return self.before + self.receipts - self.payments

    @property
    def held(self) -> int:
        """G = A + F."""
        return self.cash + self.uncounted

    @property
    def gap(self) -> int:
        """H = G − E: surplus when positive, shortage when negative."""
        return self.held - self.theory


def build(context: Context) -> tuple[Minutes, ...]:
    """The minutes of each count of the period, by till and date."""
    found: list[Minutes] = []
    for account in chosen_accounts(context, REPORT.prefixes, context._("compte de caisse (57)")):
        steps = context.books.ledger(account.name)
        counts = sorted(
            (count for count in context.books.directives.counts if count.account.name == account.name),
            key=lambda count: (count.date, count.hour, count.place),
        )
        previous: CashCount | None = None
        for count in counts:
            if count.date in context.period:
                found.append(_minutes(steps, count, previous))
            previous = count
    return tuple(found)


def _minutes(steps: Ledger, count: CashCount, previous: CashCount | None) -> Minutes:
    end = _reached(steps, count)
    start = _reached(steps, previous) if previous is not None else _opening(steps)
    start = min(start, end)
    since = tuple(steps[start:end])
    moved = [sides(step.entry, step.movement.value) for step in since]
    return Minutes(
        count,
        previous,
        steps[end - 1] if end else None,
        steps[start - 1].balance if start else 0,
        sum(side.debit for side in moved),
        sum(side.credit for side in moved),
        0,
        since,
    )


def _reached(steps: Ledger, count: CashCount) -> int:
    """How many movements a count takes in; a last voucher that is not the till's is as if it were not named."""
    found = taken_in(steps, count.date, count.last_piece)
    return found if found is not None else steps.until(count.date)


def _opening(steps: Ledger) -> int:
    reached = 0
    while reached < len(steps) and steps[reached].entry.is_opening:
        reached += 1
    return reached


def report(context: Context) -> tuple[Report, ...]:
    """One sheet a count, ready to be signed."""
    minutes = build(context)
    if not minutes:
        said = context._(
            "Aucun procès-verbal de caisse n'est daté de cette période : "
            'comptez la caisse et inscrivez la directive custom "pv-caisse".'
        )
        return (context.report(REPORT, body=(Text((said,), role="warning"),)),)
    inside = by_tree(context)
    return tuple(_report(inside(each.count.account), each) for each in minutes)


def _report(context: Context, minutes: Minutes) -> Report:
    _ = context._
    count = minutes.count
    when = f"{day(count.date)} {count.hour}".strip()
    return context.report(
        REPORT,
        title=_KINDS.get(count.kind, REPORT.title),
        subtitle=f"PV-{count.date}",
        scope=count.account.name,
        period=Span(when, count.date, count.date),
        facts=_header(context, minutes),
        body=tuple(_body(context, minutes)),
        signatures=(
            signer(context, "Caissier", count.cashier),
            signer(context, "Contrôleur", count.controller),
            signer(context, "Témoin", count.witness),
        ),
    )


def _header(context: Context, minutes: Minutes) -> tuple[Fact, ...]:
    _, count = context._, minutes.count
    donor = context.books.donor(count.account.tree)
    box = context.books.policy.tills.get(count.account.name)
    bounds = box.bounds_at(count.date) if box is not None else None
    limits = (Fact(_("Plancher"), bounds.floor.units), Fact(_("Plafond"), bounds.ceiling.units)) if bounds else ()
    last = count.last_piece or (minutes.last.entry.piece if minutes.last is not None else "")
    return (
        Fact(_("Bailleur"), donor.name if donor is not None else count.account.tree),
        Fact(_("Date"), count.date),
        Fact(_("Heure"), count.hour),
        *((Fact(_("Saisi après coup, le"), count.typed),) if count.typed is not None else ()),
        Fact(_("Lieu"), box.place if box is not None and box.place else "………………………"),
        Fact(_("Dernière pièce enregistrée"), last or _("aucune")),
        Fact(_("Caissier"), name_of(context, count.cashier)),
        Fact(_("Contrôleur"), name_of(context, count.controller)),
        Fact(_("Témoin"), name_of(context, count.witness)),
        *limits,
    )


def _body(context: Context, minutes: Minutes) -> list[Block]:
    _, count = context._, minutes.count
    language = context.language
    body: list[Block] = [_preamble(context, count)]
    if minutes.detailed:
        body.append(_denominations(context, count))
    else:
        body.append(
            Text((_("Le billetage n'est pas détaillé : le montant retenu est le montant déclaré."),), role="warning")
        )
    if minutes.detailed and count.detailed != count.counted:
        said = _(
            "Le billetage fait {detailed} mais le montant déclaré est {counted} : corrigez la directive pv-caisse."
        )
        figures = {
            "detailed": amount_in_figures(count.detailed, language),
            "counted": amount_in_figures(count.counted, language),
        }
        body.append(Text((said.format(**figures),), role="warning"))
    body.append(_reconciliation(context, minutes))
    if minutes.gap:
        body.append(_difference(context, minutes))
    closing = _("Arrêté le présent procès-verbal à la somme de {words} ({figures}).").format(
        words=amount_in_words(minutes.held, language), figures=amount_in_figures(minutes.held, language)
    )
    signed = _("Fait en deux exemplaires, lus et signés par les personnes présentes.")
    return [*body, Text((closing, signed), role="sentence")]


def _preamble(context: Context, count: CashCount) -> Text:
    """Who counted whose till, when and where, before whom."""
    _ = context._
    box = context.books.policy.tills.get(count.account.name)
    hour = f" {_('à')} {count.hour}" if count.hour else ""
    place = f", {box.place}" if box is not None and box.place else ""
    said = _(
        "Le {day}{hour}{place}, {controller} a compté la caisse tenue par {cashier}{witness}, et constaté ce qui suit."
    )
    witness = _(", en présence de {witness}").format(witness=name_of(context, count.witness)) if count.witness else ""
    blank = "………………………"
    text = said.format(
        day=day(count.date),
        hour=hour,
        place=place,
        controller=name_of(context, count.controller) or blank,
        cashier=name_of(context, count.cashier) or blank,
        witness=witness,
    )
    return Text((text,))


def _denominations(context: Context, count: CashCount) -> Table:
    _ = context._
    rows: list[Row] = []
    totals: list[int] = []
    kinds = (
        ("billets", _("Billets"), _("Sous-total billets"), count.notes),
        ("pieces", _("Pièces"), _("Sous-total pièces"), count.coins),
    )
    for kind, nature, total, counted in kinds:
        many = dict(counted)
        faces = sorted({*FACES[kind], *many} - ({_RARE} - set(many)), reverse=True)
        start = len(rows)
        rows += (Row({"nature": nature, "face": face, "many": many.get(face, 0)}) for face in faces)
        totals.append(len(rows))
        rows.append(Row({"nature": total}, role="subtotal", sums=range(start, len(rows))))
    rows.append(Row({"nature": _("Total espèces (A)")}, role="total", key="A", sums=tuple(totals)))
    columns = (
        Column("nature", _("Nature"), width=30),
        Column("face", _("Valeur faciale"), "money"),
        Column("many", _("Quantité"), "count"),
        Column("amount", _("Montant"), "money", total="sum", formula=Formula("face * many")),
    )
    return grid("billetage", _("Billetage"), columns, rows)


def _reconciliation(context: Context, minutes: Minutes) -> Table:
    _ = context._
    before = _("Report à nouveau (B)")
    if minutes.previous is not None:
        before = _("Solde au dernier arrêté, le {day} (B)").format(day=day(minutes.previous.date))
    refs = tuple(dict.fromkeys(context.ref(step.entry) for step in minutes.steps))
    counted = Drawn("billetage", "amount", row="A") if minutes.detailed else None
    rows = (
        Row({"label": before, "amount": minutes.before}, key="B"),
        Row({"label": _("+ Recettes depuis (C)"), "amount": minutes.receipts}, key="C", refs=refs),
        Row({"label": _("− Dépenses depuis (D)"), "amount": minutes.payments}, key="D", refs=refs),
        Row({"label": _("= Solde théorique (E = B + C − D)")}, role="subtotal", key="E", formula=Formula("B + C - D")),
        Row({"label": _("Total espèces (A)"), "amount": minutes.cash}, key="A", drawn=counted),
        Row({"label": _("+ Bons provisoires et avances non comptabilisés (F)"), "amount": minutes.uncounted}, key="F"),
        Row({"label": _("= Solde physique retenu (G = A + F)")}, role="subtotal", key="G", formula=Formula("A + F")),
        Row(
            {"label": _("Écart : excédent (+) / manquant (−) (H = G − E)")},
            role="total",
            key="H",
            formula=Formula("G - E"),
        ),
    )
    columns = (Column("label", _("Opération"), width=60), Column("amount", _("Montant"), "money", total="sum"))
    return grid("rapprochement", _("Rapprochement avec les livres"), columns, rows)


def _difference(context: Context, minutes: Minutes) -> Text:
    _ = context._
    amount = amount_in_figures(abs(minutes.gap), context.language)
    if minutes.gap < 0:
        said = _(
            "Manquant de {amount} : à la charge du caissier (4211), ou en perte (658) si le Bureau exécutif l'accepte."
        )
    else:
        said = _("Excédent de {amount} : à mettre en attente (4712), puis en produit (7588) si personne ne le réclame.")
    reason = minutes.count.reason or _("non indiqué")
    return Text((said.format(amount=amount), _("Motif : {reason}").format(reason=reason)), role="warning")
