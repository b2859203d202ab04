"""Stornos: whether an entry mirrors another exactly."""

from __future__ import annotations

from collections import Counter

from grandlivre.books.records import Entry


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
