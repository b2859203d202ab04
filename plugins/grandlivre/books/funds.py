"""The equation of funds: what a donor's tree holds equals what the donor gave less what was spent (contract §5)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry, Movement, Place, Shape
from grandlivre.guards.sums import Sides
from grandlivre.policy.donors import Agreement
from grandlivre.policy.periods import Period, month_end
from grandlivre.policy.sycebnl import (
    ASSETS_HELD,
    COMPUTED_CHARGES,
    DONOR_DEBTS,
    DONOR_FUNDS,
    EXPENSES,
    FUNDS_RELEASED,
    INCOME,
    RECEIVABLE_FUNDS,
    SHARES_OF,
    THIRD_PARTIES,
    TREASURY,
)

_HELD = (*TREASURY, *RECEIVABLE_FUNDS)
_FUNDS = (*DONOR_DEBTS, *DONOR_FUNDS, *ASSETS_HELD)
_RESULT = ("charges", "income")
_PARTS = ("held", "funds", *_RESULT)
_Sums = dict[str, int]


class Release(NamedTuple):
    """What a month charges to an agreement whose charges release its funds (models A and B), and what it released."""

    agreement: Agreement | None
    """None: what is of no agreement, or of several, in a tree that has one of those models."""
    month: Period
    charges: int
    """Charges booked in the month, without 68 and 69; whole francs."""
    income: int
    """Income whose value date is in the month."""
    other: int
    """Of that income, what is not a release of funds."""
    place: Place
    """Its first entry; of other income, or else of charges."""


def releases(books: Books, tree: str) -> tuple[Release, ...]:
    """The months of a tree under models A and B, agreement by agreement; closings of accounts left out."""
    agreements = books.tree_agreements(tree)
    if not any(each.financing in SHARES_OF for each in agreements):
        return ()
    alone = agreements[0] if len(agreements) == 1 else None
    sums: dict[tuple[Period, str], list[int]] = {}
    places: dict[tuple[Period, str, bool], Place] = {}
    for entry, movement, part in _of_the_result(books, tree):
        agreement = books.agreement(entry, movement) or alone
        if agreement is not None and agreement.financing not in SHARES_OF:
            continue
        month = Period.month(entry.date if part == "charges" else entry.value_date)
        key = month, agreement.id if agreement is not None else ""
        own = sums.setdefault(key, [0, 0, 0])
        other = part == "income" and not movement.account.number.startswith(FUNDS_RELEASED)
        own[_RESULT.index(part)] += movement.value
        own[2] -= movement.value if other else 0
        places.setdefault((*key, other), Place(entry.file, movement.line))
    by_id = {each.id: each for each in agreements}
    return tuple(
        Release(
            by_id.get(id_), month, own[0], -own[1], own[2], places.get((month, id_, True)) or places[month, id_, False]
        )
        for (month, id_), own in sorted(sums.items(), key=lambda row: (row[0][0].start, row[0][1]))
    )


def _of_the_result(books: Books, tree: str) -> Iterator[tuple[Entry, Movement, str]]:
    """The charges and the income of a tree, posting by posting; closings of accounts left out."""
    for entry in books.matching(lambda pattern: tree in pattern.trees and pattern.touches((*EXPENSES, *INCOME))):
        if entry.kind == "cloture":
            continue
        for movement in entry.movements:
            part = _part(movement.account, frozenset())
            if movement.account.tree == tree and part in _RESULT and movement.value:
                yield entry, movement, part


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


def sides(loans: frozenset[str]) -> Sides:
    """The sides of the equation, for guards."""
    return Sides(_HELD, _FUNDS, THIRD_PARTIES, loans, EXPENSES, COMPUTED_CHARGES, INCOME)


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
            months, amounts = moved[account.tree], _moved(shape, position, part)
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


def _moved(shape: Shape, position: int, part: str) -> Sequence[int]:
    """What each entry moves on one side of the equation; a closing of accounts neither charges nor earns."""
    amounts = shape.moved(position)
    if part not in _RESULT or "ecriture" not in shape.form.keys:
        return amounts
    return [0 if entry.kind == "cloture" else each for entry, each in zip(shape.entries, amounts, strict=True)]


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
