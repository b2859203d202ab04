"""An entry taken apart into couples: which debit answers which credit, for how much, in whole francs.

An entry of two movements is one couple. In a longer one, what surely belongs together is coupled first: funds released and the
income they become, a charge and the debt that leaves it unpaid, a debt and what is withheld from its payment. What is left is
coupled as written. Every franc stands in exactly one couple.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from grandlivre.books.records import Entry, Movement
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


def couples(entry: Entry) -> Iterator[Couple]:
    """The couples of an entry; a storno's are its original's, with the opposite sign."""
    sign = -1 if entry.is_storno else 1
    debits = [_Side(movement, sign * movement.value) for movement in entry.movements if sign * movement.value > 0]
    credits_ = [_Side(movement, -sign * movement.value) for movement in entry.movements if sign * movement.value < 0]
    for debited, credited in _PREFERRED:
        for debit in debits:
            if not debit.movement.account.is_(*debited):
                continue
            for credit in credits_:
                amount = min(debit.left, credit.left)
                if amount and credit.movement.account.is_(*credited):
                    debit.left -= amount
                    credit.left -= amount
                    yield Couple(debit.movement, credit.movement, sign * amount)


class _Side:
    """What of a movement is not coupled yet."""

    __slots__ = ("left", "movement")

    def __init__(self, movement: Movement, left: int) -> None:
        self.movement, self.left = movement, left
