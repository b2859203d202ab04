"""The budgets that are spent far slower or far faster than time goes by, and what comes of it if nothing changes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from grandlivre.policy.donors import Agreement
from grandlivre.reports.dashboard import BudgetState
from grandlivre.reports.execution import GAP


class Pace(NamedTuple):
    """A budget that does not keep pace with time."""

    tree: str
    agreement: Agreement
    rate: Decimal
    """Spent / budget."""
    elapsed: Decimal
    """Time gone by / time of the agreement."""
    left: int
    """Too slow: what would not be spent at the end. Too fast: 0."""
    out: date | None
    """Too fast: the day on which nothing would be left. Too slow: None."""
    over: int
    """What is spent beyond the budget; 0 while some is left."""
    given_back: bool
    """Whether what is left goes back to a donor, or is not called from one."""

    @property
    def is_slow(self) -> bool:
        """Whether money would be left."""
        return self.out is None

    @property
    def early(self) -> int:
        """Too fast: how many days before the end nothing would be left."""
        return (self.agreement.final_day - self.out).days if self.out is not None else 0


def paces(found: tuple[BudgetState, ...], day: date) -> tuple[Pace, ...]:
    """The budgets in force on a day that are further than `GAP` from the passing of time, the furthest first."""
    rows = [pace for each in found if each.agreement.on(day) and (pace := _pace(each, day)) is not None]
    return tuple(sorted(rows, key=lambda each: (-abs(each.rate - each.elapsed), each.tree)))


def _pace(budget: BudgetState, day: date) -> Pace | None:
    execution, agreement = budget.execution, budget.agreement
    rate, elapsed = execution.rate, execution.elapsed
    if rate is None or execution.began_before or abs(rate - elapsed) <= GAP:
        return None
    returned = agreement.financing != "ressources-propres"
    if execution.unspent is not None:
        return Pace(budget.tree, agreement, rate, elapsed, execution.unspent, None, 0, returned)
    gone = (day - agreement.start).days + 1
    lasts = gone * budget.granted // budget.spent
    out = agreement.start + timedelta(days=max(lasts - 1, 0))
    return Pace(
        budget.tree, agreement, rate, elapsed, 0, max(out, day), max(0, budget.spent - budget.granted), returned
    )
