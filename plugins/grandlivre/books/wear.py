"""Linear depreciation: what an asset has lost by the end of a day, in whole francs, the last fiscal year taking the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from grandlivre.policy.periods import day_after, day_before, month_end

ShareOfTime = Literal["jours", "mois"]
_YEAR, _MONTH = 360, 30
"""Days of a commercial year and of its months."""
YearOf = Callable[[date], tuple[date, date]]
"""The first and last day of the fiscal year of a day."""


def days(start: date, end: date) -> int:
    """The days of a commercial year of 360 from a day to another, both counted; a month's last day is its 30th."""
    if end < start:
        return 0
    last = _MONTH if end == month_end(end) else min(end.day, _MONTH)
    return (end.year - start.year) * _YEAR + (end.month - start.month) * _MONTH + last - min(start.day, _MONTH) + 1


def months(start: date, end: date) -> int:
    """The months from a day to another, those begun counted whole."""
    return 0 if end < start else (end.year - start.year) * 12 + end.month - start.month + 1


def part(amount: int, share: int, whole: int) -> int:
    """A share of an amount, rounded half up."""
    return (2 * amount * share + whole) // (2 * whole)


@dataclass(frozen=True)
class Wear:
    """A sum spread evenly from a day on."""

    amount: int
    begins: date
    life: int
    """Months it is spread over."""
    share_of_time: ShareOfTime
    year_of: YearOf
    before: int = 0
    """What other books had taken of it before these."""
    since: date | None = None
    """The first day these books take their part, when others had theirs."""

    @property
    def _units(self) -> int:
        return self.life if self.share_of_time == "mois" else self.life * _MONTH

    def _elapsed(self, start: date, end: date) -> int:
        return months(start, end) if self.share_of_time == "mois" else days(start, end)

    def by(self, day: date) -> int:
        """What is taken by the end of a day: each year its share, rounded; in the last one, all that is left."""
        first = max(self.begins, self.since or self.begins)
        if day < first:
            return self.before
        units = self._units - self._elapsed(self.begins, day_before(first))
        rest = self.amount - self.before
        if units <= 0 or self._elapsed(first, day) >= units:
            return self.amount
        taken, start = self.before, first
        while start <= day:
            end = self.year_of(start)[1]
            taken += part(rest, self._elapsed(start, min(end, day)), units)
            start = day_after(end)
        return min(taken, self.amount)


@dataclass(frozen=True)
class Tenths:
    """A subsidy for land, which does not wear out: one tenth each fiscal year, from the one that put it into service."""

    amount: int
    begins: date
    share_of_time: ShareOfTime
    year_of: YearOf

    def by(self, day: date) -> int:
        """What is released by the end of a day; within a year, the share of it that is over."""
        if day < self.begins:
            return 0
        released, reached = 0, self.begins
        for rank in range(_TENTHS):
            start, end = self.year_of(reached)
            if day <= end:
                elapsed = months if self.share_of_time == "mois" else days
                tenth = part(self.amount, 1, _TENTHS) if rank < _TENTHS - 1 else self.amount - released
                return released + part(tenth, elapsed(start, day), elapsed(start, end))
            released += part(self.amount, 1, _TENTHS)
            reached = day_after(end)
        return self.amount


_TENTHS = 10
"""Fiscal years over which a subsidy for land is released (Guide d'application, App. 3)."""
