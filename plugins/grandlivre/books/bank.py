"""Bank statements against the books: what was ticked, and what is still outstanding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from grandlivre.books.records import Entry, Movement, Posted, Statement

_new: Any = tuple.__new__
"""Makes a named tuple without the cost of its keyword constructor."""
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
    def day(self) -> date:
        """When it was booked, or issued when its own posting says so."""
        issued = self.movement.meta.get("date-valeur")
        return issued if isinstance(issued, date) else self.entry.date

    @property
    def happened(self) -> date:
        """When the money moved: before the booking date when `date-valeur` says so."""
        return min(self.entry.date, self.entry.value_date)


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
        return tuple(sorted({tick.piece or f"{tick.entry.date} sans pièce" for tick in self.outstanding}))


@cache
def is_month(text: str) -> bool:
    """Whether a text is a month written AAAA-MM."""
    return _MONTH.fullmatch(text) is not None


def ticks(movements: Iterable[Posted]) -> tuple[Tick, ...]:
    """The movements of an account with the statement each appears on.

    The statement balance of an opening (no `pointage`, no voucher of its own) was on the statement before it.
    """
    found: list[Tick] = []
    for entry, movement in movements:
        if not movement.value:
            continue
        month = entry.text("pointage", movement if entry.annotated else None)
        if not month and entry.kind == "a-nouveau" and not movement.meta.get("piece"):
            month = f"{entry.date.year - 1:04d}-12"
        found.append(_new(Tick, (entry, movement, month)))
    return tuple(found)


def reconciliations(ticked: Sequence[Tick], statements: Iterable[Statement]) -> tuple[Reconciliation, ...]:
    """Each statement of one account against its movements (both in the order of their dates).

    A movement counts as shown by the bank when it is ticked with the statement's month or an earlier one; booked after
    the statement's date and dated back by `date-valeur`, it is added to the book balance. An entry and the storno that reverses it, neither of them ticked, never reach the bank: once both are booked they cancel out.
    """
    found: list[Reconciliation] = []
    pending: list[Tick] = []
    late: list[Tick] = []
    book, position = 0, 0
    dated = (each for each in statements if is_month(each.month))
    for statement in sorted(dated, key=lambda each: (each.date, each.month)):
        while position < len(ticked) and ticked[position].entry.date <= statement.date:
            tick = ticked[position]
            book += tick.movement.value
            pending.append(tick)
            if tick.month and tick.month < statement.month:
                late.append(tick)
            position += 1
        pending = without_reversed([tick for tick in pending if not tick.month or tick.month > statement.month])
        receipts = sum(tick.movement.value for tick in pending if tick.movement.value > 0)
        payments = -sum(tick.movement.value for tick in pending if tick.movement.value < 0)
        found.append(Reconciliation(statement, book, receipts, payments, tuple(pending)))
    late += [tick for tick in ticked[position:] if tick.month]
    return tuple(each._replace(late=_late(each.statement, late)) for each in found) if late else tuple(found)


def _late(statement: Statement, ticked: Iterable[Tick]) -> tuple[Tick, ...]:
    return tuple(
        tick
        for tick in ticked
        if tick.entry.date > statement.date and is_month(tick.month) and tick.month <= statement.month
    )


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
