"""Dues of members, year by year: who owed what, who paid what, by which vouchers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.policy.members import Member
from grandlivre.policy.sycebnl import DUES


class DuesPayment(NamedTuple):
    """A movement on the account of dues, credits positive, whole francs."""

    entry: Entry
    member: str
    """Identifier of who paid; "" when nothing says it."""
    year: int | None
    """The year paid for; None when nothing says it."""
    amount: int


class MemberDues(NamedTuple):
    """What a member owed and paid for a year, whole francs."""

    member: Member
    due: int
    payments: tuple[DuesPayment, ...]
    """By date."""

    @property
    def paid(self) -> int:
        """By all payments."""
        return sum(each.amount for each in self.payments)

    @property
    def missing(self) -> int:
        """What is still owed."""
        return max(0, self.due - self.paid)


class YearOfDues(NamedTuple):
    """The dues of a year."""

    year: int
    rows: tuple[MemberDues, ...]

    @property
    def late(self) -> tuple[MemberDues, ...]:
        """Those who still owe something."""
        return tuple(each for each in self.rows if each.missing)

    @property
    def due(self) -> int:
        """Owed by all."""
        return sum(each.due for each in self.rows)

    @property
    def missing(self) -> int:
        """Still owed by all."""
        return sum(each.missing for each in self.rows)


def years_of_dues(books: Books, until: date | None = None) -> Iterator[YearOfDues]:
    """Each year from the first transaction's to that of a day (today's) that has members and dues."""
    register, first, last = books.policy.members, books.first_transaction, until or books.today
    if first is None or not register.members:
        return
    paid: dict[tuple[str, int | None], list[DuesPayment]] = defaultdict(list)
    for payment in dues_payments(books, last):
        paid[payment.member, payment.year].append(payment)
    for year in range(max(first, books.start).year, last.year + 1):
        dues = register.dues_of(year)
        if dues is None:
            continue
        rows = [
            MemberDues(member, dues.amount.units, tuple(paid.get((member.id, year), ())))
            for member in register.members
            if member.owes(year)
        ]
        if rows:
            yield YearOfDues(year, tuple(rows))


def dues_payments(books: Books, until: date) -> Iterator[DuesPayment]:
    """What was paid up to a day, in the order of the books: each posting on 701, its own member and year or its entry's.

    What a storno reverses, and the storno, are no payments.
    """
    for entry in books.touching(*DUES):
        if entry.date > until or entry.is_storno or entry.piece in books.reversed_pieces or not entry.is_of_the_year:
            continue
        for movement in entry.movements:
            if movement.account.number.startswith(DUES) and movement.value:
                year = movement.meta.get("annee", entry.meta.get("annee"))
                said = int(year) if isinstance(year, Decimal) else None
                yield DuesPayment(entry, entry.text("membre", movement), said, -movement.value)
