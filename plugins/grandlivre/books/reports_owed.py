"""Reports that agreements promise: which, for what period, by when, and when they were sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from grandlivre.books.directives.closings import Transmission
from grandlivre.books.index import Books
from grandlivre.policy.donors import Agreement
from grandlivre.policy.periods import Period, day_after, month_end

_EVERY = {"mois": 1, "trimestre": 3, "semestre": 6, "annee": 12}


class ReportOwed(NamedTuple):
    """A report owed for a period, by a day."""

    tree: str
    agreement: Agreement
    rank: int
    """Its place among what the agreement promises."""
    model: str
    period: Period
    day: date
    """The last day on which it is in time."""
    sent: Transmission | None

    @property
    def done(self) -> date | None:
        """The day it was sent."""
        return self.sent.date if self.sent is not None else None


def reports_owed(books: Books, tree: str, first: date, last: date) -> Iterator[ReportOwed]:
    """What a tree's agreements promise for the periods that end between two days; what two promise alike is owed once."""
    sent = {(each.tree, each.model, each.period): each for each in reversed(books.directives.transmissions)}
    end = month_end(first)
    while end <= last:
        seen: set[tuple[str, str]] = set()
        for agreement in books.tree_agreements(tree):
            for rank, owed in enumerate(agreement.reports):
                own = ending(end, _EVERY[owed.every])
                if own is None or own.end < agreement.start or own.start > agreement.final_day:
                    continue
                if (owed.model, own.code) not in seen:
                    seen.add((owed.model, own.code))
                    day = owed.delay.after(own.end, books.policy.holidays)
                    gone = sent.get((tree, owed.model, own.code))
                    yield ReportOwed(tree, agreement, rank, owed.model, own, day, gone)
        if end == date.max:
            return
        end = month_end(day_after(end))


def ending(day: date, many: int) -> Period | None:
    """The month, quarter, half or year (1, 3, 6 or 12 months) that ends with the month of a day; None when none does."""
    year, number = day.year, day.month
    if number % many:
        return None
    code = {
        1: f"{year:04d}-{number:02d}",
        3: f"{year:04d}-T{number // 3}",
        6: f"{year:04d}-S{number // 6}",
        12: f"{year:04d}",
    }
    return Period.parse(code[many])
