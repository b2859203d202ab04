"""What awaits somebody: payments without both signatures, entries to complete."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.policy.sycebnl import BANK_AND_MOBILE

T = TypeVar("T")


class ToSign(NamedTuple):
    """A payment or an entry that somebody must still sign or complete."""

    entry: Entry
    amount: int
    missing: str


def to_sign(books: Books, start: date, day: date, trees: Collection[str] | None = None) -> tuple[ToSign, ...]:
    """Payments out of the bank or mobile money without both signatures, and entries flagged `!`; the latest first.

    Without `trees`, of every tree.
    """

    def dated(rows: Sequence[T], day_of: Callable[[T], date]) -> Sequence[T]:
        return rows[bisect_left(rows, start, key=day_of) : bisect_right(rows, day, key=day_of)]

    found: dict[tuple[str, int], ToSign] = {}
    for payment in dated(books.payments(BANK_AND_MOBILE), lambda payment: payment.entry.date):
        entry = payment.entry
        if trees is None or entry.tree in trees:
            signed = [key for key in ("signataire-1", "signataire-2") if entry.text(key)]
            if len(signed) < 2:
                found[entry.place] = ToSign(entry, payment.amount, "1 signature" if signed else "2 signatures")
    for entry in dated(books.entries, lambda entry: entry.date):
        if entry.flag == "!" and (trees is None or entry.tree in trees) and entry.place not in found:
            amount = sum(movement.value for movement in entry.movements if movement.value > 0)
            found[entry.place] = ToSign(entry, amount, "à compléter")
    return tuple(sorted(found.values(), key=lambda row: row.entry.sort_key, reverse=True))
