"""How the money held went month by month, and how long it lasts at the pace of the last months."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.policy.periods import Period
from grandlivre.reports.holdings import holdings, together
from grandlivre.viewer.asking import Asked

MONTHS = 12
"""Months shown, the last one up to the day."""
PACE = 3
"""Whole months whose spending gives the pace."""


class CoursePoint(NamedTuple):
    """What was available at the end of a month, or on the day for the month that runs."""

    month: Period
    available: int
    height: int
    """Of a hundred, the largest being a hundred."""


class TreasuryCourse(NamedTuple):
    """The course of the money held."""

    points: tuple[CoursePoint, ...]
    monthly: int
    """What was spent on average in each of the last whole months."""
    lasts: Decimal | None
    """Months that the net position covers at that pace; None when nothing was spent."""


def course(books: Books, asked: Asked) -> TreasuryCourse | None:
    """The last twelve months of the trees asked for; None before the second month of the books."""
    months = [month for month in Period("", books.start, asked.day).months() if month.start <= asked.day][-MONTHS:]
    if len(months) < 2:
        return None
    days = [min(month.end, asked.day) for month in months]
    held = [together(holdings(books, tree, day) for tree in asked.trees) for day in days]
    most = max(1, *(each.available for each in held))
    points = tuple(
        CoursePoint(month, each.available, max(0, each.available * 100 // most))
        for month, each in zip(months, held, strict=True)
    )
    whole = [month for month in months if month.end <= asked.day][-PACE:]
    monthly = _spent(books, asked, whole[0].start, whole[-1].end) // len(whole) if whole else 0
    lasts = Decimal(max(0, held[-1].net)) / monthly if monthly > 0 else None
    return TreasuryCourse(points, monthly, lasts)


def _spent(books: Books, asked: Asked, start: date, end: date) -> int:
    """What the trees charged to their budgets between two days."""
    day = end + timedelta(days=1)
    return sum(
        charge.amount
        for tree in asked.trees
        for charge in books.charges_by_tree.get(tree, ())
        if start <= charge.entry.date < day
    )
