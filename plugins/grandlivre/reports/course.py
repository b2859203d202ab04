"""How the money held went month by month, how it is to go, and how long it lasts at the pace of the last months.

The months to come are those of the cash plan (`plan-tresorerie`), project by project and added up as far as every project's
agreements are known; later months show the projects still known, and say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from grandlivre.books.budget import Charge, booked
from grandlivre.books.index import Books
from grandlivre.policy.periods import Period
from grandlivre.reports.asked import Asked
from grandlivre.reports.forecast import INSTALMENTS, RUNNING, STAFF, TAXES, Forecast, forecast, nature, together
from grandlivre.reports.holdings import Holdings, holdings
from grandlivre.reports.holdings import together as held_together

MONTHS = 12
"""Months shown on each side, the last one past up to the day."""
PACE = 3
"""Whole months whose spending gives the pace."""
_RUNNING = (STAFF, RUNNING, TAXES)
"""What keeps the organisation open, whatever its activities."""


class CoursePoint(NamedTuple):
    """What was available at the end of a month, or on the day for the month that runs."""

    month: Period
    available: int


class ComingPoint(NamedTuple):
    """What the plan says is available at the end of a month to come."""

    month: Period
    available: int
    trees: tuple[str, ...]
    """The projects in the figure."""
    partial: bool
    """Whether a project is left out, for no agreement of it is known so far ahead."""


class Low(NamedTuple):
    """A project that is to hold less than a month of its salaries."""

    tree: str
    month: Period
    """The first such month."""
    available: int
    """At its end."""
    worst: Period
    lowest: int


class Cover(NamedTuple):
    """How long a project's net position pays for what it spends, at the pace of the last whole months."""

    tree: str
    net: int
    running: int
    """Running costs of a month: staff, running of the office, taxes."""
    spent: int
    """All that a month costs."""
    shared: int
    """Of both, what goes to other projects: their running costs once more, when projects are added up."""

    @property
    def months(self) -> Decimal | None:
        """Months of running costs; None when nothing ran."""
        return _lasts(self.net, self.running)


@dataclass(frozen=True)
class TreasuryCourse:
    """The course of the money held."""

    points: tuple[CoursePoint, ...]
    """The months gone by, the oldest first."""
    coming: tuple[ComingPoint, ...]
    """The months to come that something is known of."""
    plan: Forecast | None
    """The plan of the projects together; None without any."""
    lows: tuple[Low, ...]
    covers: tuple[Cover, ...]
    """One a project."""
    paced: tuple[Period, ...]
    """The whole months that give the pace."""

    @property
    def lowest(self) -> ComingPoint | None:
        """The lowest month to come among those in which every project is known; the first of equals."""
        whole = [point for point in self.coming if not point.partial]
        return min(whole, key=lambda point: point.available, default=None)

    @property
    def monthly(self) -> int:
        """What was spent on average in each of the last whole months, what projects pay each other left out."""
        return sum(each.spent - each.shared for each in self.covers)

    @property
    def running(self) -> int:
        """The running costs of a month, what projects pay each other left out."""
        return sum(each.running - each.shared for each in self.covers)

    @property
    def net(self) -> int:
        """The net position of the projects together."""
        return sum(each.net for each in self.covers)

    @property
    def covered(self) -> Decimal | None:
        """Months of running costs that the net position covers; None when nothing ran."""
        return _lasts(self.net, self.running)

    @property
    def lasts(self) -> Decimal | None:
        """Months of all spending that the net position covers; None when nothing was spent."""
        return _lasts(self.net, self.monthly)


def course(books: Books, asked: Asked) -> TreasuryCourse | None:
    """The twelve last months and the twelve next of the trees asked for; None before anything is recorded, or without any tree."""
    months = [month for month in Period("", books.start, asked.day).months() if month.start <= asked.day][-MONTHS:]
    if not months or not asked.trees:
        return None
    days = [min(month.end, asked.day) for month in months]
    held = [{tree: holdings(books, tree, day) for tree in asked.trees} for day in days]
    points = tuple(
        CoursePoint(month, held_together(own.values()).available) for month, own in zip(months, held, strict=True)
    )
    plans = [forecast(books, tree, asked.day) for tree in asked.trees]
    plan = together(plans) if len(plans) > 1 else plans[0]
    paced = tuple(month for month in months if month.end <= asked.day)[-PACE:]
    covers = tuple(_cover(books, tree, held[-1][tree], paced) for tree in asked.trees)
    return TreasuryCourse(points, tuple(_coming(plan, plans)), plan, tuple(_lows(plans)), covers, paced)


def _coming(plan: Forecast, plans: Sequence[Forecast]) -> Iterator[ComingPoint]:
    """The months of the plan, then those in which some projects only are known."""
    closings = plan.closings
    for rank, month in enumerate(plan.months):
        known = [each for each in plans if each.known > rank and each.is_planned]
        trees = tuple(each.trees[0] for each in known)
        if rank < plan.known:
            yield ComingPoint(month, closings[rank], plan.trees, len(plan.trees) < len(plans))
        elif known:
            yield ComingPoint(month, sum(each.closings[rank] for each in known), trees, partial=True)


def _lows(plans: Sequence[Forecast]) -> Iterator[Low]:
    for plan in plans:
        first = next((rank for rank, need in enumerate(plan.needs) if need), None)
        if first is not None and plan.lowest is not None:
            closings = plan.closings
            yield Low(plan.trees[0], plan.months[first], closings[first], plan.months[plan.lowest], min(closings))


def _cover(books: Books, tree: str, held: Holdings, paced: Sequence[Period]) -> Cover:
    """The net position of a tree against what its last whole months cost."""
    running = spent = shared = 0
    if paced:
        active = {
            line
            for each in books.policy.programmes
            if each.donor == tree
            for act in each.activities
            for line in act.lines
        }
        own = booked(books.charges_by_tree.get(tree, ()), Period("", paced[0].start, paced[-1].end))
        spent = sum(each.amount for each in own) // len(paced)
        running = sum(each.amount for each in own if _is_shared(each) or _runs(each, active)) // len(paced)
        shared = sum(each.amount for each in own if _is_shared(each)) // len(paced)
    return Cover(tree, held.net, running, spent, shared)


def _is_shared(charge: Charge) -> bool:
    """Whether it pays another project its part of common costs."""
    return charge.entry.truth("reciproque")


def _runs(charge: Charge, active: set[str]) -> bool:
    """Whether a charge is of the running of the organisation; what stands on no budget line is."""
    lines = charge.agreement.budget_at(charge.entry.value_date) if charge.agreement is not None else {}
    line = lines.get(charge.line)
    return line is None or nature(line, active) in _RUNNING


def _lasts(net: int, monthly: int) -> Decimal | None:
    return Decimal(max(0, net)) / monthly if monthly > 0 else None


def expected(plan: Forecast) -> tuple[int, int, int]:
    """(instalments, other receipts, disbursements) of the months in which every project is known."""
    instalments = sum(plan.receipts[INSTALMENTS][: plan.known])
    receipts = sum(sum(flow[: plan.known]) for flow in plan.receipts.values())
    payments = sum(sum(flow[: plan.known]) for flow in plan.payments.values())
    return instalments, receipts - instalments, payments
