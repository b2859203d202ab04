"""The bank reconciliation (état de rapprochement bancaire): one sheet an account and month, in two columns (controls §6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from grandlivre.books.bank import Reconciliation, Tick
from grandlivre.books.directives.bank import Statement
from grandlivre.books.records import Account
from grandlivre.policy.people import folded
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import BANK_AND_MOBILE, INTEREST
from grandlivre.reports.kit.account_figures import bank_facts, by_tree, chosen_accounts
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, DIRECTOR, name_of, officer
from grandlivre.reports.kit.signing import board
from grandlivre.reports.kit.table import (
    Block,
    Column,
    Drawn,
    Fact,
    Ref,
    Report,
    Row,
    Signature,
    Span,
    Table,
    Text,
    grid,
)
from grandlivre.reports.kit.wording import amount_in_figures, day, period_label

REPORT = ReportModel(
    name="rapprochement",
    title="État de rapprochement bancaire",
    audience=Audience.MANAGEMENT,
    scope=MadeFor.ACCOUNT,
    prefixes=BANK_AND_MOBILE,
    routine=6,
)

AGES = ((30, "0 à 30 jours"), (90, "31 à 90 jours"), (180, "91 à 180 jours"), (None, "plus de 180 jours"))
"""Ageing classes of outstanding items: the last day of each, and how it is called."""
_OLD, _STALE = 90, 180
BEFORE = "avant l'ouverture des livres"
"""The class of an item brought forward whose own date nobody wrote."""


@dataclass(frozen=True)
class Sheet:
    """One account at the end of one month; whole francs, payments positive."""

    account: Account
    month: Period
    statement: Statement | None
    """None when no statement of that month was entered."""
    book: int
    """C: the books' balance at the statement's date (the month's end without one)."""
    outstanding: tuple[Tick, ...]
    """In the books, not on the statement: oldest first."""
    unbooked: tuple[Tick, ...]
    """On the statement, booked after its date."""

    @property
    def day(self) -> date:
        """The day both balances are taken."""
        return self.statement.date if self.statement is not None else self.month.end

    @property
    def receipts(self) -> tuple[Tick, ...]:
        """a: paid in and not credited yet."""
        return tuple(tick for tick in self.outstanding if tick.movement.value > 0)

    @property
    def cheques(self) -> tuple[Tick, ...]:
        """b: cheques issued and not presented."""
        return tuple(tick for tick in self.outstanding if tick.movement.value < 0 and _is_cheque(tick))

    @property
    def orders(self) -> tuple[Tick, ...]:
        """c: transfer orders and other payments issued and not debited."""
        return tuple(tick for tick in self.outstanding if tick.movement.value < 0 and not _is_cheque(tick))

    @property
    def transfers(self) -> tuple[Tick, ...]:
        """d: received by the bank and not booked yet."""
        return tuple(tick for tick in self.unbooked if tick.movement.value > 0 and not _is_interest(tick))

    @property
    def interest(self) -> tuple[Tick, ...]:
        """e: interest credited and not booked yet."""
        return tuple(tick for tick in self.unbooked if tick.movement.value > 0 and _is_interest(tick))

    @property
    def charges(self) -> tuple[Tick, ...]:
        """f: bank charges not booked yet."""
        return tuple(tick for tick in self.unbooked if tick.movement.value < 0 and tick.is_charge)

    @property
    def debits(self) -> tuple[Tick, ...]:
        """g: other debits not booked yet."""
        return tuple(tick for tick in self.unbooked if tick.movement.value < 0 and not tick.is_charge)

    @property
    def bank_adjusted(self) -> int:
        """A = R + a − b − c."""
        return (self.statement.balance if self.statement is not None else 0) + total(self.outstanding)

    @property
    def book_adjusted(self) -> int:
        """B = C + d + e − f − g."""
        return self.book + total(self.unbooked)

    @property
    def gap(self) -> int:
        """A − B."""
        return self.bank_adjusted - self.book_adjusted

    def issued(self, tick: Tick) -> date | None:
        """The item's own date; None for one of the opening that does not say it."""
        if tick.entry.is_opening and tick.day == tick.entry.date:
            return None
        return tick.day

    def age(self, tick: Tick) -> int:
        """Days an item has been outstanding: at least those since the opening, for one brought forward."""
        return (self.day - tick.day).days

    def age_class(self, tick: Tick) -> str:
        """The ageing class of an item."""
        return BEFORE if self.issued(tick) is None else age_class(self.age(tick))


def total(ticks: Iterable[Tick]) -> int:
    """Receipts less payments."""
    return sum(tick.movement.value for tick in ticks)


def age_class(days: int) -> str:
    """The ageing class of an item."""
    return next(name for last, name in AGES if last is None or days <= last)


def build(context: Context) -> tuple[Sheet, ...]:
    """A sheet for each month of the period that has a statement, or that has ended without one."""
    what = context._("compte de banque (52) ou de monnaie électronique (55)")
    found: list[Sheet] = []
    for account in chosen_accounts(context, REPORT.prefixes, what):
        found += _sheets(context, account)
    return tuple(found)


def _sheets(context: Context, account: Account) -> Iterator[Sheet]:
    books, name = context.books, account.name
    done: dict[str, list[Reconciliation]] = {}
    for each in books.reconciliations(name):
        done.setdefault(each.statement.month, []).append(each)
    ticks = books.ticks(name)
    for month in context.period.months():
        if month.code in done:
            yield from (_sheet(account, month, each) for each in done[month.code])
        elif month.end <= books.today and _lives(account, month, ticks) and (account.is_bank or done):
            yield Sheet(account, month, None, books.balance(name, month.end), (), ())


def _lives(account: Account, month: Period, ticks: Sequence[Tick]) -> bool:
    began = bool(ticks) and ticks[0].entry.date <= month.end
    return began and (account.closed is None or account.closed >= month.start)


def _sheet(account: Account, month: Period, found: Reconciliation) -> Sheet:
    oldest_first = sorted(found.outstanding, key=lambda tick: (tick.day, tick.entry.sort_key))
    return Sheet(account, month, found.statement, found.book, tuple(oldest_first), found.late)


def _is_cheque(tick: Tick) -> bool:
    mode = tick.entry.text("mode", tick.movement)
    return mode == "cheque" or (not mode and bool(tick.entry.text("cheque", tick.movement)))


def _is_interest(tick: Tick) -> bool:
    return any(number.startswith(INTEREST) for number in tick.against) or "interet" in folded(tick.entry.narration)


# --- the sheet ----------------------------------------------------------------------------------------------------


def report(context: Context) -> tuple[Report, ...]:
    """One sheet an account and month, ready to be signed."""
    sheets = build(context)
    if not sheets:
        said = context._("Aucun mois terminé de cette période n'a de relevé à rapprocher.")
        return (context.report(REPORT, body=(Text((said,), role="warning"),)),)
    inside = by_tree(context)
    return tuple(_report(inside(sheet.account), sheet) for sheet in sheets)


def _report(context: Context, sheet: Sheet) -> Report:
    _, statement = context._, sheet.statement
    label = period_label(sheet.month, context.language)
    facts = [Fact(_("Solde en comptabilité"), sheet.book)]
    if statement is not None:
        facts = [
            Fact(_("Date du relevé"), statement.date),
            Fact(_("Relevé joint"), statement.document or _("non indiqué")),
        ]
    return context.report(
        REPORT,
        title=REPORT.title if sheet.account.is_bank else "État de rapprochement de la monnaie électronique",
        subtitle=_subtitle(context, sheet.account, label),
        scope=sheet.account.name,
        period=Span(label, sheet.month.start, sheet.month.end),
        facts=(*bank_facts(context, sheet.account), *facts),
        body=tuple(_body(context, sheet)),
        signatures=(
            _signs(context, "Établi par", officer(context, ACCOUNTANT)),
            _signs(context, "Vérifié par", officer(context, DIRECTOR)),
            _signs(context, "Approuvé par", board(context)),
        ),
    )


def _subtitle(context: Context, account: Account, month: str) -> str:
    """« Relevé de septembre 2026, compte n° ML016 … »."""
    number = next((str(fact.value) for fact in bank_facts(context, account) if fact.label == context._("RIB")), "")
    said = context._("Relevé de {month}, compte n° {number}") if number else context._("Relevé de {month}")
    return said.format(month=month, number=number)


def _signs(context: Context, capacity: str, person: Signature) -> Signature:
    return Signature(context._(capacity), person.name, person.role)


def _body(context: Context, sheet: Sheet) -> Iterator[Block]:
    _, statement = context._, sheet.statement
    if statement is None:
        said = _(
            "Aucun relevé n'est saisi pour ce mois : demandez-le à la banque, pointez les mouvements et inscrivez la "
            'directive custom "releve".'
        )
        yield Text((said,), role="warning")
        return
    yield _two_columns(context, sheet, statement)
    yield _proof(context, sheet)
    warnings = tuple(_warnings(context, sheet, statement))
    if warnings:
        yield Text(warnings, role="warning")
    yield _outstanding(context, sheet)
    if sheet.outstanding:
        yield _ageing(context, sheet)
    if sheet.unbooked:
        yield _unbooked(context, sheet)


def _two_columns(context: Context, sheet: Sheet, statement: Statement) -> Table:
    _ = context._
    errors = None if sheet.gap else 0  # to be looked for and written by hand, or none
    bank_side: list[tuple[str, int | None, tuple[Tick, ...]]] = [
        (
            _("Solde au relevé du {day}").format(day=day(statement.date)),
            statement.balance,
            (),
        ),
        (_("+ Versements et remises en cours, non crédités"), total(sheet.receipts), sheet.receipts),
        (_("− Chèques émis, non encaissés"), total(sheet.cheques), sheet.cheques),
        (_("− Ordres de virement émis, non débités"), total(sheet.orders), sheet.orders),
        (_("± Erreurs de la banque"), errors, ()),
        ("", None, ()),
    ]
    book_side: list[tuple[str, int | None, tuple[Tick, ...]]] = [
        (_("Solde du compte {number} au {day}").format(number=_number(sheet), day=day(sheet.day)), sheet.book, ()),
        (_("+ Virements reçus, non comptabilisés"), total(sheet.transfers), sheet.transfers),
        (_("+ Intérêts créditeurs"), total(sheet.interest), sheet.interest),
        (_("− Agios, frais de tenue, commissions, taxes"), total(sheet.charges), sheet.charges),
        (_("− Prélèvements, chèques impayés"), total(sheet.debits), sheet.debits),
        (_("± Erreurs comptables"), errors, ()),
    ]
    rows = [
        Row(
            {"bank_label": left, "bank": bank, "book_label": right, "book": book},
            refs=_refs(context, (*behind, *beside)),
        )
        for (left, bank, behind), (right, book, beside) in zip(bank_side, book_side, strict=True)
    ]
    adjusted = {"bank_label": _("Solde rectifié (A)"), "book_label": _("Solde rectifié (B)")}
    rows.append(Row(adjusted, role="total", key="adjusted", sums=range(len(rows))))
    columns = (
        Column("bank_label", _("Libellé"), width=36, group=_("A. Banque")),
        Column("bank", _("Montant"), "money", total="sum", group=_("A. Banque")),
        Column("book_label", _("Libellé"), width=36, group=_("B. Comptabilité")),
        Column("book", _("Montant"), "money", total="sum", group=_("B. Comptabilité")),
    )
    return grid("rapprochement", _("Rapprochement"), columns, rows)


def _number(sheet: Sheet) -> str:
    return sheet.account.number or sheet.account.name


def _proof(context: Context, sheet: Sheet) -> Table:
    _ = context._
    rows = (
        Row(
            {"label": _("Solde rectifié (A)"), "amount": sheet.bank_adjusted},
            key="A",
            drawn=Drawn("rapprochement", "bank", row="adjusted"),
        ),
        Row(
            {"label": _("Solde rectifié (B)"), "amount": sheet.book_adjusted},
            key="B",
            drawn=Drawn("rapprochement", "book", row="adjusted"),
        ),
        Row({"label": _("Écart (A − B)")}, role="total", formula=Formula("A - B")),
    )
    columns = (Column("label", _("Libellé"), width=70), Column("amount", _("Montant"), "money", total="sum"))
    note = _("L'écart est nul : le relevé et les livres s'accordent.") if not sheet.gap else ""
    return grid("ecart", "", columns, rows, note)


def _warnings(context: Context, sheet: Sheet, statement: Statement) -> Iterator[str]:
    _ = context._
    if sheet.gap:
        said = _("Écart de {gap} : cherchez un montant, un pointage ou des frais de banque à passer.")
        yield said.format(gap=amount_in_figures(sheet.gap, context.language))
    found = {tick.piece for tick in sheet.outstanding if tick.piece}
    written = set(statement.outstanding)
    if found - written:
        said = _("En suspens, mais absentes de la liste arrêtée : {pieces}.")
        yield said.format(pieces=", ".join(sorted(found - written)))
    if written - found:
        said = _("Dans la liste arrêtée, mais pas en suspens à cette date : {pieces}.")
        yield said.format(pieces=", ".join(sorted(written - found)))
    old = [tick for tick in sheet.outstanding if sheet.age(tick) > _OLD]
    if old:
        said = _("Suspens de plus de 90 jours : {pieces}. Relancez le bénéficiaire ou la banque.")
        yield said.format(pieces=", ".join(tick.named for tick in old))


def _outstanding(context: Context, sheet: Sheet) -> Table:
    _ = context._
    rows = [
        Row(
            {
                "date": sheet.issued(tick),
                "piece": tick.piece,
                "cheque": tick.entry.text("cheque", tick.movement) or tick.entry.text("ordre", tick.movement),
                "payee": name_of(context, tick.entry.payee_of(tick.movement)),
                "amount": tick.movement.value,
                "age": sheet.age(tick) if sheet.issued(tick) is not None else None,
                "class": _(sheet.age_class(tick)),
                "comment": _comment(context, sheet, tick),
            },
            refs=(context.ref(tick.entry),),
        )
        for tick in sheet.outstanding
    ]
    if rows:
        rows.append(Row({"payee": _("Total des suspens")}, role="total", sums=range(len(rows))))
    else:
        rows.append(Row({"payee": _("Aucune pièce en suspens")}, role="note"))
    columns = (
        Column("date", _("Date"), "date"),
        Column("piece", _("N° pièce"), width=19),
        Column("cheque", _("N° chèque / OV"), width=10),
        Column("payee", _("Bénéficiaire / Émetteur"), width=22),
        Column("amount", _("Montant"), "money", total="sum"),
        Column("age", _("Âge (jours)"), "count"),
        Column("class", _("Tranche d'âge"), width=11),
        Column("comment", _("Commentaire"), width=18),
    )
    return grid("suspens", _("Suspens à la date du relevé"), columns, rows)


def _comment(context: Context, sheet: Sheet, tick: Tick) -> str:
    """From what was known at the statement's date: a sheet printed again is the one that was signed."""
    _ = context._
    if sheet.issued(tick) is None:
        return _("date d'émission à écrire (date-valeur)")
    if sheet.age(tick) > _STALE:
        return _("à régulariser : opposition, extourne")
    return _("à relancer") if sheet.age(tick) > _OLD else ""


def _ageing(context: Context, sheet: Sheet) -> Table:
    _ = context._
    rows: list[Row] = []
    names = [name for _last, name in AGES]
    for name in (*names, BEFORE):
        inside = tuple(tick for tick in sheet.outstanding if sheet.age_class(tick) == name)
        if name == BEFORE and not inside:
            continue
        figures = {"many": len(inside), "amount": total(inside)}
        rows.append(Row({"class": _(name), **figures}, refs=_refs(context, inside)))
    rows.append(Row({"class": _("Total")}, role="total", sums=range(len(rows))))
    columns = (
        Column("class", _("Tranche d'âge"), width=40),
        Column("many", _("Nombre"), "count", total="sum"),
        Column("amount", _("Montant"), "money", total="sum"),
    )
    return grid("ages", _("Âge des suspens"), columns, rows)


def _unbooked(context: Context, sheet: Sheet) -> Table:
    _ = context._
    rows = [
        Row(
            {
                "date": tick.entry.date,
                "piece": tick.piece,
                "label": tick.entry.narration,
                "amount": tick.movement.value,
            },
            refs=(context.ref(tick.entry),),
        )
        for tick in sheet.unbooked
    ]
    rows.append(Row({"label": _("Total")}, role="total", sums=range(len(rows))))
    columns = (
        Column("date", _("Comptabilisée le"), "date"),
        Column("piece", _("N° pièce"), width=19),
        Column("label", _("Libellé"), width=50),
        Column("amount", _("Montant"), "money", total="sum"),
    )
    note = _("Connues par ce relevé seul, elles portent le numéro suivant de leur série, donc une date plus récente.")
    return grid("a-passer", _("Sur le relevé, comptabilisé après sa date"), columns, rows, note)


def _refs(context: Context, ticks: Iterable[Tick]) -> tuple[Ref, ...]:
    return tuple(dict.fromkeys(context.ref(tick.entry) for tick in ticks))
