"""An entry taken apart into couples: which debit answers which credit, for how much, in whole francs.

An entry of two movements is one couple. In a longer one, what surely belongs together is coupled first: funds released and the
income they become, a charge and the debt that leaves it unpaid, a debt and what is withheld from its payment. What is left is
coupled as written. Every franc stands in exactly one couple.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from grandlivre.books.records import Entry, Movement, Pattern
from grandlivre.policy.sycebnl import (
    ASSETS,
    ENDOWMENT_RELEASED,
    EXPENSES,
    FUNDS_HELD,
    FUNDS_RELEASED,
    INCOME,
    OWN_FUNDS,
    PAYABLES,
    STOCKS,
    THIRD_PARTIES,
)

_ANY = ("",)
_PREFERRED = (
    ((*FUNDS_HELD, *OWN_FUNDS), (*FUNDS_RELEASED, *ENDOWMENT_RELEASED)),
    ((*EXPENSES, *ASSETS, *STOCKS), PAYABLES),
    (THIRD_PARTIES, PAYABLES),
    (THIRD_PARTIES, INCOME),
    (_ANY, _ANY),
)
"""Numbers of a debit and of the credit that answers it, what is surest first."""


class Couple(NamedTuple):
    """A debit and the credit that answers it."""

    debit: Movement
    credit: Movement
    amount: int
    """Whole francs; negative in a storno, whose sides are those of what it takes back."""


def couples(entry: Entry) -> Iterable[Couple]:
    """The couples of an entry; a storno's are its original's, with the opposite sign."""
    sign, movements = -1 if entry.is_storno else 1, entry.movements
    if len(movements) == 2:
        first, second = movements
        debit, credit = (first, second) if sign * first.value > 0 else (second, first)
        amount = min(sign * debit.value, -sign * credit.value)
        return [Couple(debit, credit, sign * amount)] if amount > 0 else []
    return _coupled(entry, sign)


def _coupled(entry: Entry, sign: int) -> Iterator[Couple]:
    movements = entry.movements
    left = [sign * movement.value for movement in movements]
    for debit, credit in _order(entry.pattern, tuple([(each > 0) - (each < 0) for each in left])):
        amount = min(left[debit], -left[credit])
        if amount > 0:
            left[debit] -= amount
            left[credit] += amount
            yield Couple(movements[debit], movements[credit], sign * amount)


@lru_cache(maxsize=4096)
def _order(pattern: Pattern, signs: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Which movements of a pattern are coupled before which: the places of a debit and of a credit."""
    debits = [place for place, sign in enumerate(signs) if sign > 0]
    credits_ = [place for place, sign in enumerate(signs) if sign < 0]
    fitting = (
        (debit, credit)
        for debited, credited in _PREFERRED
        for debit in debits
        if pattern.accounts[debit].is_(*debited)
        for credit in credits_
        if pattern.accounts[credit].is_(*credited)
    )
    return tuple(dict.fromkeys(fitting))
