"""The share of a donor's funds that charges found late call for: what was spent and what is released stay equal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from grandlivre.books.funds import month_ends, side
from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry
from grandlivre.i18n import Money
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import INCOME
from grandlivre.tasks.entries import Value, transaction
from grandlivre.tasks.numbers import NextNumbers

SHARES = "OD"
"""The series of their vouchers."""
_KEPT = ("ecriture", "convention")
"""What the month's share says of itself and its complement says again."""


class Share(NamedTuple):
    """An entry that completes the share of a month."""

    date: date
    entry: str
    """The whole entry as it would be written."""
    why: str
    """A French sentence: what it completes, and by how much."""


def is_passed(books: Books, tree: str, month: Period) -> bool:
    """Whether the share of a tree is booked for a month."""
    return _share(books, tree, month) is not None


def complements(
    books: Books, tree: str, charges: Sequence[tuple[date, int]], numbers: NextNumbers
) -> tuple[Share, ...]:
    """What the shares already booked still need once charges (day, whole francs) are added to a tree.

    Months without a share, and shares that counted the charge already, ask for nothing.
    """
    added: dict[Period, int] = {}
    for day, amount in charges:
        month = Period.month(day)
        added[month] = added.get(month, 0) + amount
    found: list[Share] = []
    for month, amount in sorted(added.items(), key=lambda each: each[0].start):
        share = _share(books, tree, month)
        missing = min(amount, amount + _spent_more(books, tree, month))
        if share is None or missing <= 0:
            continue
        when, piece = numbers.next(max(day for day, _ in charges if day in month))
        if when in month:
            found.append(_complement(books, share, when, piece, month, missing))
    return tuple(found)


def _complement(books: Books, share: Entry, day: date, piece: str, month: Period, amount: int) -> Share:
    funds, income = _accounts(share)
    words: dict[str, Value] = {key: said for key in _KEPT if (said := share.text(key))}
    entry = transaction(
        day,
        "*",
        share.payee,
        f"Complément de quote-part, frais de banque {month.of}",
        {"piece": piece, **words},
        ((funds.name, amount), (income.name, -amount)),
        books.policy.currency,
    )
    return Share(
        day, entry, f"{share.piece} est la quote-part {month.of} : ces frais la complètent de {Money(amount)}."
    )


def _share(books: Books, tree: str, month: Period) -> Entry | None:
    """The last entry of a month that releases funds of a tree into its income, and does nothing else."""
    mine = (entry for entry in reversed(books.entries) if entry.date in month and entry.tree == tree)
    return next((e for e in mine if not e.is_storno and e.piece not in books.reversed_pieces and _releases(e)), None)


def _releases(entry: Entry) -> bool:
    if len(entry.movements) != 2 or entry.is_opening:
        return False
    funds, income = _accounts(entry)
    return side(funds) == "funds" and income.number.startswith(INCOME)


def _accounts(entry: Entry) -> tuple[Account, Account]:
    """The account debited, then the one credited."""
    debited, credited = sorted(entry.movements, key=lambda movement: -movement.value)
    return debited.account, credited.account


def _spent_more(books: Books, tree: str, month: Period) -> int:
    """What a tree has spent at the end of a month above what its shares release."""
    loans = books.policy.loan_accounts
    ends = list(month_ends(books.entries, books.shapes, frozenset({tree}), loans, month.end))
    return ends[-1].charges - ends[-1].income if ends else 0
