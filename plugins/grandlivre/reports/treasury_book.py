"""The book of one treasury account, month by month: brought forward, movements with a running balance, carried forward."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from grandlivre.books.records import Account, Entry, Movement
from grandlivre.policy.periods import Period, day_before
from grandlivre.reports.kit.account_figures import first_day, is_forward, sides, year_start
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.table import Block, Column, Fact, Row, Table, Text, Value, grid
from grandlivre.reports.kit.wording import amount_in_figures, amount_in_words, day, period_label


@dataclass(frozen=True)
class BookLine:
    """A movement of the account, in whole francs."""

    order: int
    """Its rank since the fiscal year began."""
    entry: Entry
    movement: Movement
    receipt: int
    payment: int
    balance: int
    """The account's balance after it."""

    @property
    def piece(self) -> str:
        """Its voucher: the posting's own, else the entry's."""
        return self.entry.text("piece", self.movement)

    @property
    def others(self) -> tuple[Movement, ...]:
        """The movements of the entry on other accounts."""
        return tuple(m for m in self.entry.movements if m.account.name != self.movement.account.name)

    @property
    def imputation(self) -> str:
        """Numbers of the other accounts, each once, in the order written."""
        return _joined(m.account.number or m.account.name for m in self.others)

    @property
    def budget_line(self) -> str:
        """Budget lines of the entry, each once."""
        return _joined(self.entry.text("ligne", movement) for movement in self.others)


@dataclass(frozen=True)
class MonthBook:
    """One month of the account."""

    period: Period
    opening: int
    lines: tuple[BookLine, ...]

    @property
    def receipts(self) -> int:
        """What came in."""
        return sum(line.receipt for line in self.lines)

    @property
    def payments(self) -> int:
        """What went out."""
        return sum(line.payment for line in self.lines)

    @property
    def closing(self) -> int:
        """opening + receipts − payments."""
        return self.opening + self.receipts - self.payments


@dataclass(frozen=True)
class TreasuryBook:
    """A treasury account over a period."""

    account: Account
    months: tuple[MonthBook, ...]

    @property
    def opening(self) -> int:
        """The balance brought forward to the period."""
        return self.months[0].opening

    @property
    def closing(self) -> int:
        """The balance carried forward after the period."""
        return self.months[-1].closing


def treasury_book(context: Context, account: Account) -> TreasuryBook:
    """The account's months of the period that the books have reached (one at least)."""
    books = context.books
    months = list(context.period.months())
    reached = [month for month in months if books.start <= month.end and month.start <= books.today]
    numbered = _Numbered(context)
    found: list[MonthBook] = []
    steps = books.ledger(account.name)
    reached = reached or months[:1]
    position = steps.until(day_before(min(numbered.first, first_day(books, reached[0].start, reached[0].end))))
    balance = steps.balances[position - 1] if position else 0
    for month in reached:
        first = first_day(books, month.start, month.end)
        while position < len(steps) and is_forward(steps[position].entry, first):
            balance += steps[position].movement.value
            numbered.skip(steps[position].entry)
            position += 1
        opening, lines = balance, []
        while position < len(steps) and steps[position].entry.date <= month.end:
            entry, movement, _ = steps[position]
            position += 1
            if not movement.value:
                continue
            balance += movement.value
            receipt, payment = sides(entry, movement.value)
            lines.append(BookLine(numbered.next(entry), entry, movement, receipt, payment, balance))
        found.append(MonthBook(month, opening, tuple(lines)))
    return TreasuryBook(account, tuple(found))


def month_table(
    context: Context,
    book: MonthBook,
    columns: tuple[Column, ...],
    cells: Callable[[BookLine], Mapping[str, Value]],
) -> Table:
    """The month as a grid; `columns` hold `label`, `receipts`, `payments` and `balance` among others."""
    _ = context._
    rows = [Row({"label": _("Report à nouveau"), "balance": book.opening}, role="opening")]
    for line in book.lines:
        money = {"receipts": line.receipt or None, "payments": line.payment or None}
        rows.append(Row({**cells(line), **money}, refs=(context.ref(line.entry),)))
    if book.lines:
        rows.append(Row({"label": _("Totaux du mois")}, role="total", sums=range(1, len(rows))))
        rows.append(Row({"label": _("Solde à reporter")}, role="closing"))
    else:
        rows.append(Row({"label": _("Aucun mouvement dans le mois")}, role="note"))
        rows.append(Row({"label": _("Solde à reporter"), "balance": book.closing}, role="closing"))
    title = period_label(book.period, context.language)
    return grid(f"mois-{book.period.code}", title[:1].upper() + title[1:], columns, rows)


def flow_facts(context: Context, book: TreasuryBook) -> tuple[Fact, ...]:
    """The account over the period: its opening balance, what came in and went out, its closing balance."""
    _ = context._
    return (
        Fact(_("Solde d'ouverture"), book.opening),
        Fact(_("Recettes"), sum(month.receipts for month in book.months)),
        Fact(_("Dépenses"), sum(month.payments for month in book.months)),
        Fact(_("Solde de clôture"), book.closing),
    )


def closed_months(
    context: Context,
    book: TreasuryBook,
    columns: tuple[Column, ...],
    cells: Callable[[BookLine], Mapping[str, Value]],
    sentence: str,
) -> tuple[Block, ...]:
    """Each month as a grid, and the sentence that closes it; gaps {day}, {words}, {figures}."""
    found: list[Block] = []
    for month in book.months:
        said = context._(sentence).format(
            day=day(min(month.period.end, context.books.today)),
            words=amount_in_words(month.closing, context.language),
            figures=amount_in_figures(month.closing, context.language),
        )
        found += (month_table(context, month, columns, cells), Text((said,), role="sentence"))
    return tuple(found)


class _Numbered:
    """Ranks that begin again with each fiscal year."""

    def __init__(self, context: Context) -> None:
        self.books = context.books
        self.first = self.year = year_start(context.books, context.period.start)
        self.last = 0

    def next(self, entry: Entry) -> int:
        """The rank of an entry's movement."""
        year = year_start(self.books, entry.date)
        if year != self.year:
            self.year, self.last = year, 0
        self.last += 1
        return self.last

    def skip(self, entry: Entry) -> None:
        """A movement before the period keeps its rank, which earlier years do not change; an opening has none."""
        if entry.date >= self.first and not entry.is_opening:
            self.next(entry)


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(text for text in texts if text))
