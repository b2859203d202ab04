"""Bank statements against the books: what was ticked, and what is still outstanding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from itertools import accumulate, repeat
from typing import NamedTuple

from grandlivre.books.directives.bank import Statement
from grandlivre.books.ledger import Course, Part
from grandlivre.books.records import Entry, Movement, Shape
from grandlivre.policy.periods import month_end
from grandlivre.policy.sycebnl import BANK_FEES

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Tick(NamedTuple):
    """A movement of a bank account with the month of the statement that shows it ("" when none does yet)."""

    entry: Entry
    movement: Movement
    month: str

    @property
    def piece(self) -> str:
        """Its voucher: the posting's own (an old cheque in an opening), else the entry's."""
        return self.entry.text("piece", self.movement)

    @property
    def named(self) -> str:
        """What a sentence calls it."""
        return self.piece or self.entry.named

    @property
    def day(self) -> date:
        """When it was booked, or issued when its own posting says so."""
        issued = self.movement.meta.get("date-valeur")
        return issued if isinstance(issued, date) else self.entry.date

    @property
    def happened(self) -> date:
        """When the money moved: before the booking date when `date-valeur` says so."""
        return min(self.entry.date, self.entry.value_date)

    @property
    def against(self) -> tuple[str, ...]:
        """The numbers of the other accounts of its entry."""
        own = self.movement.account.name
        return tuple([each.account.number for each in self.entry.movements if each.account.name != own])

    @property
    def is_charge(self) -> bool:
        """Whether the bank took it for itself: its entry holds nothing but bank fees besides."""
        others = self.against
        return bool(others) and all(number.startswith(BANK_FEES) for number in others)


class Reconciliation(NamedTuple):
    """A statement compared with the books at its date; whole francs, payments positive."""

    statement: Statement
    book: int
    receipts: int
    """Receipts in the books that the bank does not show yet."""
    payments: int
    """Payments in the books that the bank does not show yet."""
    outstanding: tuple[Tick, ...]
    late: tuple[Tick, ...] = ()
    """On this statement or an earlier one, booked after its date: charges that only the statement made known."""

    @property
    def gap(self) -> int:
        """statement balance + receipts outstanding − payments outstanding − (book balance + what was booked since)."""
        return self.statement.balance + self.receipts - self.payments - self.book - self.since

    @property
    def since(self) -> int:
        """The total of what was booked since and had happened by then, as `date-valeur` says; receipts positive."""
        return sum(tick.movement.value for tick in self.late if tick.happened <= self.statement.date)

    @property
    def pieces(self) -> tuple[str, ...]:
        """The vouchers outstanding, sorted."""
        return tuple(sorted({tick.named for tick in self.outstanding}))


@cache
def is_month(text: str) -> bool:
    """Whether a text is a month written AAAA-MM."""
    return _MONTH.fullmatch(text) is not None


class Ticks(Course[Tick]):
    """The movements of an account with the statement each appears on; those that move nothing are left out."""

    def __init__(self, entries: Sequence[Entry], parts: Sequence[Part]) -> None:
        rows: list[tuple[int, int, int, str]] = []
        for shape, positions in parts:
            for position in positions:
                rows += zip(
                    shape.places, repeat(position), shape.moved(position), _months(shape, position), strict=False
                )
        rows = [row for row in rows if row[2]]
        super().__init__(entries, rows)
        self.months = [month for _, _, _, month in rows]
        """The statement that shows each movement; "" when none does yet."""
        self.balances = [0, *accumulate([amount for _, _, amount, _ in rows])]
        """The account's balance before each movement, and after the last one."""

    def _item(self, rank: int) -> Tick:
        place, position, _, month = self._rows[rank]
        entry = self._entries[place]
        return Tick(entry, entry.movements[position], month)

    def by_month(self) -> Iterator[tuple[str, slice]]:
        """The movements booked in each month (AAAA-MM)."""
        start = 0
        while start < len(self):
            day = self[start].entry.date
            end = self.until(month_end(day))
            yield f"{day.year:04d}-{day.month:02d}", slice(start, end)
            start = end

    def ahead(self) -> list[int]:
        """The movements that a statement shows before the month in which they are booked."""
        return [
            rank
            for booked, run in self.by_month()
            if any("" < month < booked for month in set(self.months[run]))
            for rank in range(run.start, run.stop)
            if "" < self.months[rank] < booked
        ]


def _months(shape: Shape, position: int) -> list[str]:
    """The statement on which each of some entries alike appears; "" when none shows it yet.

    The statement balance of an opening (no `pointage`, no voucher of its own) was on the statement before it.
    """
    if not shape.annotated and "ecriture" not in shape.form.keys:
        return shape.texts("pointage")
    months = []
    for entry in shape.entries:
        movement = entry.movements[position]
        month = entry.text("pointage", movement)
        if not month and entry.is_taken_over and not movement.meta.get("piece"):
            month = f"{entry.date.year - 1:04d}-12" if entry.is_opening else f"{entry.date:%Y-%m}"
        months.append(month)
    return months


def reconciliations(ticked: Ticks, statements: Iterable[Statement]) -> tuple[Reconciliation, ...]:
    """Each statement of one account against its movements.

    A movement counts as shown by the bank when it is ticked with the statement's month or an earlier one; booked after
    the statement's date and dated back by `date-valeur`, it is added to the book balance. An entry and the storno that
    reverses it, neither of them ticked, never reach the bank: once both are booked they cancel out.
    """
    early = ticked.ahead()
    found: list[Reconciliation] = []
    pending: list[Tick] = []
    start = 0
    dated = (each for each in statements if is_month(each.month))
    for statement in sorted(dated, key=lambda each: (each.date, each.month)):
        end, shown = ticked.until(statement.date), statement.month
        pending = [tick for tick in pending if not tick.month or tick.month > shown]
        pending += [ticked[rank] for rank in range(start, end) if not (month := ticked.months[rank]) or month > shown]
        pending = without_reversed(pending)
        late = _booked_since(ticked, statement, end, early)
        found.append(_compared(statement, ticked.balances[end], pending, late))
        start = end
    return tuple(found)


def _booked_since(ticked: Ticks, statement: Statement, end: int, early: Iterable[int]) -> tuple[Tick, ...]:
    """The movements after the first `end` that a statement, or one before it, shows already; `early`: ahead of their month."""
    after = sorted({*range(end, ticked.until(month_end(statement.date))), *early})
    late = [rank for rank in after if rank >= end and "" < ticked.months[rank] <= statement.month]
    return tuple([ticked[rank] for rank in late if is_month(ticked.months[rank])])


def _compared(statement: Statement, book: int, pending: Sequence[Tick], late: tuple[Tick, ...]) -> Reconciliation:
    """A statement against the book balance at its date, what is outstanding, and what was booked since."""
    values = [tick.movement.value for tick in pending]
    receipts = sum([value for value in values if value > 0])
    payments = -sum([value for value in values if value < 0])
    return Reconciliation(statement, book, receipts, payments, tuple(pending), late)


def without_reversed(pending: list[Tick]) -> list[Tick]:
    """The pending movements less the pairs (entry, its storno) that the bank will never see."""
    stornos = {
        tick.entry.text("annule"): tick.movement.value
        for tick in pending
        if not tick.month and tick.entry.is_storno and tick.entry.text("annule")
    }
    if not stornos:
        return pending
    gone = {tick.piece for tick in pending if not tick.month and stornos.get(tick.piece) == -tick.movement.value}
    return [
        tick
        for tick in pending
        if tick.month or not (tick.piece in gone or (tick.entry.is_storno and tick.entry.text("annule") in gone))
    ]
