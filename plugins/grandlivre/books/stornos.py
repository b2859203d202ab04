"""Stornos: whether an entry mirrors another exactly, and what an account holds on the day of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from typing import NamedTuple

from grandlivre.books.ledger import Ledger
from grandlivre.books.records import Entry
from grandlivre.policy.periods import day_before


def mirrors(storno: Entry, original: Entry) -> bool:
    """Whether every movement of the original is taken back, on the same account, and nothing else is moved."""
    return _sums(storno, -1) == _sums(original, 1)


def _sums(entry: Entry, sign: int) -> dict[tuple[str, str], tuple[int, int]]:
    units: Counter[tuple[str, str]] = Counter()
    values: Counter[tuple[str, str]] = Counter()
    for movement in entry.movements:
        key = (movement.account.name, movement.currency)
        units[key] += sign * movement.units
        values[key] += sign * movement.value
    return {key: (units[key], values[key]) for key in units if units[key] or values[key]}


class Undoing(NamedTuple):
    """A movement on a day that undoes something: what stornos, and what they cancel that day, changed so far."""

    amount: int
    own: bool
    """Whether it is itself a storno, or cancelled that day."""
    last: bool
    """Whether the day ends with it."""


def undoing(ledger: Ledger) -> Mapping[int, Undoing]:
    """The movements of the days on which a storno touches an account, by their rank.

    A storno moves no money: until its day ends, the account holds what the books say with or without it.
    """
    found: dict[int, Undoing] = {}
    for day, stornos in groupby(ledger.stornos, key=lambda rank: ledger[rank].entry.date):
        cancelled = {ledger[rank].entry.text("annule") for rank in stornos} - {""}
        start, end = ledger.until(day_before(day)), ledger.until(day)
        amount = 0
        for rank in range(start, end):
            entry = ledger[rank].entry
            own = entry.is_storno or entry.piece in cancelled
            amount += ledger.amounts[rank] if own else 0
            found[rank] = Undoing(amount, own, rank == end - 1)
    return found
