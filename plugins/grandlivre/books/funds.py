"""The equation of funds: what a donor's tree holds equals what the donor gave less what was spent (contract §5)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from grandlivre.books.records import Account, Entry, Shape
from grandlivre.policy.periods import Period, month_end
from grandlivre.policy.sycebnl import (
    ASSETS_HELD,
    COMPUTED_CHARGES,
    DONOR_DEBTS,
    DONOR_FUNDS,
    EXPENSES,
    INCOME,
    RECEIVABLE_FUNDS,
    THIRD_PARTIES,
    TREASURY,
)

_HELD = (*TREASURY, *RECEIVABLE_FUNDS)
_FUNDS = (*DONOR_DEBTS, *DONOR_FUNDS, *ASSETS_HELD)
_PARTS = ("held", "funds", "charges", "income")
_Sums = dict[str, int]


class Funds(NamedTuple):
    """A tree at the end of a month, in whole francs."""

    tree: str
    month: Period
    held: int
    """Treasury and receivables less debts: class 5, class 4 without the donors' funds, 169."""
    unspent: int
    """Donors' funds received or promised and not yet spent, less the assets they paid."""
    charges: int
    """Charges since the first day of the books, without 68 and 69."""
    income: int
    """Income since the first day of the books (credits positive)."""

    @property
    def gap(self) -> int:
        """0 when the equation holds."""
        return self.held - self.unspent


def side(account: Account, loans: frozenset[str] = frozenset()) -> str:
    """The side of the equation an account stands on: "held", "funds", or "" for neither.

    An account declared for loans between trees is a debt or a receivable whatever its number.
    """
    number = account.number
    if account.name in loans or number.startswith(_HELD):
        return "held"
    if number.startswith(_FUNDS):
        return "funds"
    return "held" if number.startswith(THIRD_PARTIES) else ""


def month_ends(
    entries: Sequence[Entry], shapes: Iterable[Shape], trees: frozenset[str], loans: frozenset[str], today: date
) -> Iterator[Funds]:
    """The equation of each tree at the end of each month that has ended, from the tree's first movement on."""
    moved: dict[str, dict[tuple[int, int], _Sums]] = {tree: {} for tree in sorted(trees)}
    starts = list(_month_starts(entries))
    for shape in shapes:
        for position, account in enumerate(shape.pattern.accounts):
            part = _part(account, loans) if account.tree in moved else ""
            if not part:
                continue
            months, amounts = moved[account.tree], shape.moved(position)
            ends = [bisect_left(shape.places, place) for _, place in starts[1:]]
            for (when, _), start, end in zip(starts, [0, *ends], [*ends, len(amounts)], strict=True):
                own = amounts[start:end]
                if any(own):
                    sums = months.get(when)
                    if sums is None:
                        sums = months[when] = dict.fromkeys(_PARTS, 0)
                    sums[part] += sum(own)
    for tree, months in moved.items():
        if not months:
            continue
        sums = dict.fromkeys(_PARTS, 0)
        month = Period.month(date(*min(months), 1))
        while month.end <= today:
            for part, value in months.get((month.start.year, month.start.month), {}).items():
                sums[part] += value
            yield Funds(tree, month, sums["held"], -sums["funds"], sums["charges"], -sums["income"])
            if month.end == date.max:
                break
            month = Period.month(month.end + timedelta(days=1))


def _month_starts(entries: Sequence[Entry]) -> Iterator[tuple[tuple[int, int], int]]:
    """Each month that has entries, and where its first one stands among them."""
    place = 0
    while place < len(entries):
        day = entries[place].date
        yield (day.year, day.month), place
        place = bisect_right(entries, month_end(day), lo=place, key=lambda entry: entry.date)


def _part(account: Account, loans: frozenset[str]) -> str:
    found = side(account, loans)
    if found:
        return found
    if account.number.startswith(INCOME):
        return "income"
    return "charges" if account.number.startswith(EXPENSES) and not account.number.startswith(COMPUTED_CHARGES) else ""
