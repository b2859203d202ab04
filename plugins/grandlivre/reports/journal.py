"""The journal (livre-journal): every entry in the order of the books, with the totals of each month."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from grandlivre.books.records import Entry, Movement
from grandlivre.policy.periods import Period
from grandlivre.reports.kit.account_figures import account_title, sides, worth, year_start
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, DIRECTOR, name_of, officer
from grandlivre.reports.kit.table import Column, Fact, Report, Row, Table, Text, Value, grid
from grandlivre.reports.kit.wording import period_label

REPORT = ReportModel(
    name="livre-journal",
    title="Livre-journal",
    audience=Audience.MANAGEMENT,
    routine=1,
)


@dataclass(frozen=True)
class JournalEntry:
    """An entry with those of its movements that count, in whole smallest units."""

    order: int
    """Its rank in the scope since the fiscal year began."""
    entry: Entry
    movements: tuple[tuple[Movement, int, int], ...]
    """(movement, debit, credit)."""


@dataclass(frozen=True)
class MonthJournal:
    """The entries of one month."""

    period: Period
    entries: tuple[JournalEntry, ...]

    @property
    def debit(self) -> int:
        """Total of the debits."""
        return sum(debit for each in self.entries for _, debit, _ in each.movements)

    @property
    def credit(self) -> int:
        """Total of the credits."""
        return sum(credit for each in self.entries for _, _, credit in each.movements)


@dataclass(frozen=True)
class GeneralJournal:
    """The journal of a period in one commodity ("" for the books' currency)."""

    commodity: str
    months: tuple[MonthJournal, ...]

    @property
    def debit(self) -> int:
        """Total of the debits."""
        return sum(month.debit for month in self.months)

    @property
    def credit(self) -> int:
        """Total of the credits."""
        return sum(month.credit for month in self.months)

    @property
    def count(self) -> int:
        """How many entries."""
        return sum(len(month.entries) for month in self.months)


def build(context: Context) -> tuple[GeneralJournal, ...]:
    """The journal in the books' currency, then one a commodity kept beside (XOF-CVN) that the period moves."""
    beside = (_journal(context, commodity) for commodity in context.books.commodities_beside)
    return (_journal(context, ""), *(journal for journal in beside if journal.count))


def _journal(context: Context, commodity: str) -> GeneralJournal:
    months: dict[str, tuple[Period, list[JournalEntry]]] = {}
    for each in _ranked(context, commodity):
        month = Period.month(each.entry.date)
        months.setdefault(month.code, (month, []))[1].append(each)
    return GeneralJournal(commodity, tuple(MonthJournal(period, tuple(found)) for period, found in months.values()))


def _ranked(context: Context, commodity: str) -> Iterator[JournalEntry]:
    """The entries of the period, ranked from the first of their fiscal year."""
    books, tree, start, end = context.books, context.scope.tree, context.period.start, context.period.end
    entries = books.matching(lambda pattern: tree in pattern.trees or not pattern.trees) if tree else books.entries
    year, order = year_start(books, start), 0  # the years before say nothing
    for entry in entries[bisect_left(entries, year, key=lambda entry: entry.date) :]:
        if entry.date > end:
            break
        counted = _counted(entry, commodity, tree)
        if not counted and (commodity or entry.movements or not _numbered_in(entry, tree)):
            continue
        order += 1
        if entry.date >= start:
            begins = year_start(books, entry.date)
            if begins != year:
                year, order = begins, 1
            yield JournalEntry(order, entry, counted)


def _counted(entry: Entry, commodity: str, tree: str) -> tuple[tuple[Movement, int, int], ...]:
    """The movements of a tree, or of all, that are worth something in a commodity, with their debit and credit."""
    return tuple(
        (movement, *sides(entry, worth(movement, commodity)))
        for movement in entry.movements
        if worth(movement, commodity) and (not tree or movement.account.tree == tree)
    )


def _numbered_in(entry: Entry, tree: str) -> bool:
    """Whether an entry without movements keeps a cancelled number of that tree, which stays in the journal."""
    return not tree or (entry.voucher is not None and entry.voucher.tree == tree)


def report(context: Context) -> Report:
    """One table a commodity, a subtotal a month."""
    _ = context._
    journals = build(context)
    main = journals[0]
    body: list[Table | Text] = [_table(context, journal) for journal in journals if journal.count]
    if not main.count:
        body = [Text((_("Aucune écriture n'est datée de cette période."),), role="warning")]
    return context.report(
        REPORT,
        facts=(
            Fact(_("Écritures"), main.count, "count"),
            Fact(_("Total débit"), main.debit),
            Fact(_("Total crédit"), main.credit),
        ),
        body=tuple(body),
        signatures=(officer(context, ACCOUNTANT), officer(context, DIRECTOR)),
        landscape=True,
    )


def _table(context: Context, journal: GeneralJournal) -> Table:
    _ = context._
    rows: list[Row] = []
    totals: list[int] = []
    for month in journal.months:
        label = period_label(month.period, context.language)
        rows.append(Row({"label": label[:1].upper() + label[1:]}, role="heading"))
        start = len(rows)
        rows += (row for each in month.entries for row in _rows(context, each))
        totals.append(len(rows))
        said = _("Totaux de {month}").format(month=label)
        rows.append(Row({"label": said}, role="subtotal", sums=range(start, len(rows))))
    rows.append(Row({"label": _("Totaux de la période")}, role="total", sums=tuple(totals)))
    key, title = "journal", _("Écritures")
    if journal.commodity:
        key = f"journal-{journal.commodity.lower()}"
        title = _("Contributions volontaires en nature ({commodity})").format(commodity=journal.commodity)
    return grid(key, title, _columns(context), rows)


def _columns(context: Context) -> tuple[Column, ...]:
    _ = context._
    return (
        Column("order", _("N°"), "count"),
        Column("book", _("Journal"), width=5),
        Column("date", _("Date"), "date"),
        Column("piece", _("N° pièce")),
        Column("account", _("Compte"), width=9),
        Column("title", _("Intitulé du compte"), width=26),
        Column("payee", _("Tiers"), width=20),
        Column("label", _("Libellé"), width=34),
        Column("debit", _("Débit"), "money", total="sum"),
        Column("credit", _("Crédit"), "money", total="sum"),
    )


def _rows(context: Context, each: JournalEntry) -> list[Row]:
    entry = each.entry
    book = entry.voucher.series if entry.voucher is not None else ""
    head: dict[str, Value] = {"order": each.order, "book": book, "date": entry.date, "piece": entry.piece}
    refs = (context.ref(entry),)
    if not each.movements:
        said = context._("Pièce annulée : {reason}").format(reason=entry.text("annulee") or entry.narration)
        return [Row({**head, "payee": entry.payee, "label": said}, refs=refs)]
    rows = []
    for movement, debit, credit in each.movements:
        cells = {
            **head,
            "account": movement.account.number,
            "title": account_title(context, movement.account),
            "payee": name_of(context, entry.payee_of(movement)),
            "label": entry.label_of(movement),
            "debit": debit or None,
            "credit": credit or None,
        }
        rows.append(Row(cells, refs=refs))
    return rows
