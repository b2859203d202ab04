"""The thresholds of SYCEBNL: who may keep the minimal cash system (SMT, art. 4 to 6), who must have an auditor (art. 19 to 21).

A resource counts in the year it is booked: income as it is earned, a project's or an investment's funds as they come in; what
only takes such funds to the income statement (702, 703, 792, 799) was counted before. Whole francs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.parity import staff
from grandlivre.books.records import Entry
from grandlivre.policy.sycebnl import RESOURCE_FUNDS, RESOURCE_INCOME, RESOURCES
from grandlivre.statements.figures import Span, figures, is_closing, span_of, year_before
from grandlivre.statements.years import year

SMALL = 30_000_000
"""What no category of resources, nor all of them over two years, may pass under the SMT (art. 6), in francs."""
ASSETS, INCOME, STAFF = 100_000_000, 200_000_000, 20
"""Total of the balance sheet, yearly resources in francs, and permanent staff beyond which an auditor is compulsory (art. 19)."""
_YEARS_OF_DUTY = 3
"""The year that passed a threshold and the two below all of them, after which the duty ends."""


class Resource(NamedTuple):
    """A category of resources."""

    key: str
    """One of RESOURCES."""
    now: int
    """Of the year."""
    before: int
    """Of the year before; 0 in the first year."""

    @property
    def is_small(self) -> bool:
        """Whether the year stays within the threshold."""
        return self.now <= SMALL


@dataclass(frozen=True)
class Eligibility:
    """Whether an organisation may keep the SMT."""

    resources: tuple[Resource, ...]
    blind: bool = False
    """Whether the year before was kept in other books: its resources are not counted."""

    @property
    def now(self) -> int:
        """All resources of the year."""
        return sum(each.now for each in self.resources)

    @property
    def before(self) -> int:
        """All resources of the year before."""
        return sum(each.before for each in self.resources)

    @property
    def two_years(self) -> int:
        """All resources of both years."""
        return self.now + self.before

    @property
    def is_small(self) -> bool:
        """Whether each category, and all of them over two years, stay within the threshold."""
        return all(each.is_small for each in self.resources) and self.two_years <= SMALL


class Size(NamedTuple):
    """What decides of the auditor, at the end of a year."""

    assets: int
    resources: int
    staff: int

    @property
    def is_large(self) -> bool:
        """Whether one of the three thresholds is passed."""
        return self.assets > ASSETS or self.resources > INCOME or self.staff > STAFF


@dataclass(frozen=True)
class AuditorDuty:
    """Whether an auditor is compulsory."""

    sizes: tuple[Size, ...]
    """The year's, then those of the years before that still count."""

    @property
    def is_compulsory(self) -> bool:
        """A threshold passed this year, or in one of the two before: the duty ends after two years below all three."""
        return any(each.is_large for each in self.sizes)


def eligibility(books: Books, end: date) -> Eligibility:
    """The five categories over the fiscal year of a day, up to that day, and over the year before."""
    span = span_of(books, end)
    former = year_before(books, span)
    now = resources(books, span)
    before = resources(books, former) if former is not None else dict.fromkeys(RESOURCES, 0)
    older = former is None and any(entry.is_taken_over for entry in books.carrying("ecriture"))
    return Eligibility(tuple(Resource(key, now[key], before[key]) for key in RESOURCES), older)


def auditor_duty(books: Books, end: date) -> AuditorDuty:
    """The size of the organisation at a day, and at the end of the two fiscal years before."""
    sizes: list[Size] = []
    span: Span | None = span_of(books, end)
    while span is not None and len(sizes) < _YEARS_OF_DUTY:
        assets = year(books, "bilan", span.end).now.net("BZ")
        people = sum(1 for _ in staff(books, span.end))
        sizes.append(Size(assets, sum(resources(books, span).values()), people))
        span = year_before(books, span)
    return AuditorDuty(tuple(sizes))


def resources(books: Books, span: Span) -> Mapping[str, int]:
    """The resources of a year by category."""
    return books.once(("resources", span), lambda: _resources(books, span))


def _resources(books: Books, span: Span) -> dict[str, int]:
    found = dict.fromkeys(RESOURCES, 0)
    for each in figures(books, span):
        category = _income(each.account.number)
        if category:
            found[category] -= each.movement
    for category, amount in _funds(books, span):
        found[category] += amount
    return found


def _income(number: str) -> str:
    """The category of an income account; "" for what is no resource of the year."""
    fitting = [
        (len(prefix), category)
        for category, prefixes in RESOURCE_INCOME.items()
        for prefix in prefixes
        if number.startswith(prefix)
    ]
    return max(fitting)[1] if fitting else ""


def _funds(books: Books, span: Span) -> Iterator[tuple[str, int]]:
    """What came into funds, entry by entry: what moves between them, is released or is given back is not counted."""
    prefixes = tuple(prefix for listed in RESOURCE_FUNDS.values() for prefix in listed)
    for entry in books.touching(*prefixes):
        if span.start <= entry.date <= span.end and not entry.is_opening and not is_closing(entry):
            nets = _nets(entry)
            total = sum(nets.values())
            if total and (total > 0) is not entry.is_storno:
                yield from nets.items()


def _nets(entry: Entry) -> dict[str, int]:
    """What an entry adds to each category of funds."""
    nets: dict[str, int] = {}
    for movement in entry.movements:
        for category, prefixes in RESOURCE_FUNDS.items():
            if movement.account.is_(*prefixes):
                nets[category] = nets.get(category, 0) - movement.value
    return nets
