"""Conditions on the series of vouchers."""

from __future__ import annotations

from collections import Counter

from grandlivre.guards.change import Change, PlainEntry
from grandlivre.guards.record import NamedTuple

# annotations are texts here: `date` is not imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date

    Row = tuple[int, date, bool]


class Run(NamedTuple):
    """A series: what goes on from its last voucher is in order."""

    name: str
    """BQ-UE-EAU-2026."""
    last: int
    """Its last number."""
    day: date
    """The last day of its vouchers."""


class Series(NamedTuple):
    """Vouchers that do not simply go on from the last of their series."""

    runs: tuple[Run, ...]
    """The series whose vouchers follow the dates."""
    others: frozenset[str]
    """The series whose do not."""
    journals: tuple[tuple[str, str], ...]
    """By the first digits of an account, its journal."""
    years: tuple[tuple[date, date], ...]
    """The fiscal years; none: those of the calendar."""

    def is_met(self, change: Change) -> bool:
        """Whether a number may be said something of."""
        if not all(map(self._fits, change.entries())):
            return True
        gone, come = Counter(map(_row, change.gone)), Counter(map(_row, change.come))
        names = {name for name, _, _ in ((gone - come) + (come - gone))}
        return any(self._breaks(name, gone - come, come - gone) for name in names)

    def _fits(self, entry: PlainEntry) -> bool:
        """Whether a number is of the journal of its accounts, and of the year of its day."""
        name, number, _ = _row(entry)
        touched = {each.number[:2] for each in entry.movements}
        journals = [journal for digits, journal in self.journals if digits in touched] or ["OD"]
        if not number or name[:2] not in journals:
            return False
        year, day = int(name.rpartition("-")[2]), entry.date
        if not self.years:
            return year == day.year
        return any(first <= day <= last and first.year <= year <= last.year for first, last in self.years)

    def _breaks(self, name: str, gone: Counter[tuple[str, int, date]], come: Counter[tuple[str, int, date]]) -> bool:
        """Whether the changes of a series do more than take back its last numbers and go on from there."""
        if name in self.others:
            return True
        run = next((each for each in self.runs if each.name == name), None)
        last, day = (run.last, run.day) if run is not None else (0, None)
        for number, left in sorted(((n, d) for each, n, d in gone.elements() if each == name), reverse=True):
            if number != last:
                return True
            last, day = last - 1, left
        for number, new in sorted((n, d) for each, n, d in come.elements() if each == name):
            if number != last + 1 or (day is not None and new < day):
                return True
            last, day = number, new
        return False


def _row(entry: PlainEntry) -> tuple[str, int, date]:
    name, _, number = entry.text("piece").rpartition("-")
    return name, int(number), entry.date


class LastNumber(NamedTuple):
    """A series whose last number somebody knows."""

    name: str
    kept: int
    """The first number from the known one on; 0 when the series ends before it."""
    last: int
    """Its last number."""


class LastNumbers(NamedTuple):
    """Series that may end elsewhere than somebody knows."""

    known: tuple[LastNumber, ...]

    def is_met(self, change: Change) -> bool:
        """Whether a number that holds a series goes, or a series that ended too early ends elsewhere."""
        gone = {(name, number) for name, number, _ in map(_row, change.gone)}
        come = {(name, number) for name, number, _ in map(_row, change.come)}
        for each in self.known:
            if each.kept and (each.name, each.kept) in gone - come:
                return True
            if not each.kept and (
                (each.name, each.last) in gone - come
                or any(name == each.name and number > each.last for name, number in come)
            ):
                return True
        return False
