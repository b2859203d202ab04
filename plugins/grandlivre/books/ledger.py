"""The movements of one account in the order of the books, as columns; an entry is looked at when it is asked for."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from itertools import accumulate, repeat
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar, overload

from grandlivre.books.records import Entry, Movement, Shape
from grandlivre.policy.periods import day_before

T = TypeVar("T")
Part = tuple[Shape, tuple[int, ...]]
"""Entries alike that touch an account, and which of their movements do."""


class Step(NamedTuple):
    """A movement of one account and the account's balance after it (books' currency)."""

    entry: Entry
    movement: Movement
    balance: int


class Course(Sequence[T]):
    """What happens on an account, movement after movement; `rows` begin with an entry's place and a movement's position."""

    def __init__(self, entries: Sequence[Entry], rows: list[Any]) -> None:
        rows.sort(key=itemgetter(0, 1))
        self._entries, self._rows = entries, rows

    @abstractmethod
    def _item(self, rank: int) -> T:
        """One movement and what is told of it; counted from the end when negative."""

    def until(self, day: date) -> int:
        """How many of the movements are booked up to the end of a day."""
        entries = self._entries
        return bisect_right(self._rows, day, key=lambda row: entries[row[0]].date)

    @cached_property
    def dates(self) -> list[date]:
        """The booking date of each movement."""
        entries = self._entries
        return [entries[row[0]].date for row in self._rows]

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        if isinstance(index, slice):
            return tuple([self._item(rank) for rank in range(*index.indices(len(self)))])
        return self._item(index)

    def __iter__(self) -> Iterator[T]:
        return map(self._item, range(len(self._rows)))


class Ledger(Course[Step]):
    """Each movement with the account's balance after it, in whole francs."""

    def __init__(self, entries: Sequence[Entry], parts: Sequence[Part]) -> None:
        rows: list[tuple[int, int, int, bool]] = []
        for shape, positions in parts:
            for position in positions:
                rows += zip(shape.places, repeat(position), shape.moved(position), shape.stornos(), strict=False)
        super().__init__(entries, rows)
        self.amounts = [amount for _, _, amount, _ in rows]
        """What each movement changes."""
        self.balances = list(accumulate(self.amounts))
        """The balance after each movement."""
        self.foreign = any(shape.foreign for shape, _ in parts)
        """Whether an entry among them moves another commodity than the books' currency."""

    @cached_property
    def debits(self) -> list[int]:
        """What was debited before each movement, and after the last one; a storno's credit counts as a debit less."""
        return [0, *accumulate(amount if (amount > 0) is not storno else 0 for _, _, amount, storno in self._rows)]

    @cached_property
    def credits(self) -> list[int]:
        """What was credited before each movement, and after the last one; a storno's debit counts as a credit less."""
        return [0, *accumulate(-amount if (amount < 0) is not storno else 0 for _, _, amount, storno in self._rows)]

    @cached_property
    def stornos(self) -> list[int]:
        """The movements of stornos."""
        return [rank for rank, (_, _, _, storno) in enumerate(self._rows) if storno]

    def brought_forward(self, first: date) -> int:
        """How many of the movements belong to the balance brought forward to a day: an opening of that day is one."""
        reached = self.until(day_before(first))
        while reached < len(self) and (entry := self[reached].entry).is_opening and entry.date == first:
            reached += 1
        return reached

    def _item(self, rank: int) -> Step:
        place, position, *_ = self._rows[rank]
        entry = self._entries[place]
        return Step(entry, entry.movements[position], self.balances[rank])
