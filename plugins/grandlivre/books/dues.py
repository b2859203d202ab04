"""Dues of members, year by year: who owed what, who paid what."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.policy.members import Member
from grandlivre.policy.sycebnl import DUES


class MemberDues(NamedTuple):
    """What a member owed and paid for a year, whole francs."""

    member: Member
    due: int
    paid: int

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


def years_of_dues(books: Books) -> Iterator[YearOfDues]:
    """Each year from the first transaction's to today's that has members and dues."""
    register, first = books.policy.members, books.first_transaction
    if first is None or not register.members:
        return
    paid = paid_by_member(books)
    for year in range(max(first, books.start).year, books.today.year + 1):
        dues = register.dues_of(year)
        if dues is None:
            continue
        rows = [
            MemberDues(member, dues.amount.units, paid.get((member.id, year), 0))
            for member in register.members
            if member.owes(year)
        ]
        if rows:
            yield YearOfDues(year, tuple(rows))


def paid_by_member(books: Books) -> dict[tuple[str, int], int]:
    """What each member paid for each year, up to today: credits of dues that name the member and the year."""
    found: dict[tuple[str, int], int] = {}
    for entry in books.carrying("membre"):
        year = entry.meta.get("annee")
        if entry.date > books.today or not isinstance(year, Decimal):
            continue
        key = (entry.text("membre"), int(year))
        credited = -sum(each.value for each in entry.movements if each.account.number.startswith(DUES))
        found[key] = found.get(key, 0) + credited
    return found
