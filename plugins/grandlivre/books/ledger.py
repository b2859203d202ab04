"""The movements of one account in the order of the books, as columns; an entry is looked at when it is asked for."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import accumulate, repeat
from operator import itemgetter
from typing import Any, TypeVar, overload

from grandlivre.books.records import Entry, Shape, Step

T = TypeVar("T")
Part = tuple[Shape, tuple[int, ...]]
"""Entries alike that touch an account, and which of their movements do."""


class Course(Sequence[T]):
    """What happens on an account, movement after movement; `rows` begin with an entry's place and a movement's position."""

    def __init__(self, entries: Sequence[Entry], rows: list[Any]) -> None:
        rows.sort(key=itemgetter(0, 1))
        self._entries, self._rows = entries, rows

    @abstractmethod
    def _item(self, rank: int) -> T:
        """One movement and what is told of it."""

    def until(self, day: date) -> int:
        """How many of the movements are booked up to the end of a day."""
        entries = self._entries
        return bisect_right(self._rows, day, key=lambda row: entries[row[0]].date)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        if isinstance(index, slice):
            return tuple([self._item(rank) for rank in range(*index.indices(len(self)))])
        return self._item(range(len(self._rows))[index])

    def __iter__(self) -> Iterator[T]:
        return map(self._item, range(len(self._rows)))


class Ledger(Course[Step]):
    """Each movement with the account's balance after it, in whole francs."""

    def __init__(self, entries: Sequence[Entry], parts: Sequence[Part]) -> None:
        rows: list[tuple[int, int, int]] = []
        for shape, positions in parts:
            for position in positions:
                rows += zip(shape.places, repeat(position), shape.moved(position), strict=False)
        super().__init__(entries, rows)
        self.amounts = [amount for _, _, amount in rows]
        """What each movement changes."""
        self.balances = list(accumulate(self.amounts))
        """The balance after each movement."""
        self.foreign = any(shape.foreign for shape, _ in parts)
        """Whether an entry among them moves another commodity than the books' currency."""

    def _item(self, rank: int) -> Step:
        place, position, _ = self._rows[rank]
        entry = self._entries[place]
        return Step(entry, entry.movements[position], self.balances[rank])
