"""Shares of common costs (`reciproque: TRUE`): what leaves a tree's money and what comes into another's, two by two."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from grandlivre.books.records import Entry
from grandlivre.policy.sycebnl import MONEY


class SharedCosts(NamedTuple):
    """Shares of common costs as they answer each other."""

    pairs: tuple[tuple[Entry, Entry], ...]
    """Who pays, then who receives."""
    alone: tuple[Entry, ...]
    """Those that no share of the same amount and another tree answers."""


def matched(shares: Iterable[Entry]) -> SharedCosts:
    """The shares in the order of the books, each with the first of the same amount that another tree booked."""
    waiting: dict[int, list[Entry]] = {}  # by signed amount
    pairs: list[tuple[Entry, Entry]] = []
    for entry in shares:
        moved = sum(m.value for m in entry.movements if m.account.is_(*MONEY))
        others = waiting.get(-moved, []) if moved else []
        match = next((other for other in others if other.tree != entry.tree), None)
        if match is not None:
            others.remove(match)
            pairs.append((entry, match) if moved < 0 else (match, entry))
        else:
            waiting.setdefault(moved, []).append(entry)
    return SharedCosts(tuple(pairs), tuple(each for entries in waiting.values() for each in entries))
