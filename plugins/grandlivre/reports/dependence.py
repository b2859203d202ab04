"""Whom the organisation depends on: the first donor's part of the income, its own revenue, and the months each agreement has left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Account
from grandlivre.policy.donors import OWN_TREE, Agreement
from grandlivre.policy.sycebnl import INCOME, NOT_EARNED
from grandlivre.reports.execution import Execution, ratio

_MONTH = Decimal("30.4375")
"""Days of a month, of four years on average."""


class Earned(NamedTuple):
    """An amount of income and the accounts it stands on."""

    amount: int = 0
    accounts: tuple[str, ...] = ()


class Income(NamedTuple):
    """The income of some days, less what trees pay each other and what takes charges back."""

    total: int
    donor: str
    """The tree of the donor who gives most; "" when none gives anything."""
    given: Earned
    """By that donor."""
    own: Earned
    """The organisation's own revenue: `revenus-propres`, else what its own tree earns."""

    @property
    def donor_share(self) -> Decimal | None:
        """Of the income; None without any."""
        return ratio(self.given.amount, self.total)

    @property
    def own_share(self) -> Decimal | None:
        """Of the income; None without any."""
        return ratio(self.own.amount, self.total)


def income(books: Books, start: date, day: date) -> Income:
    """The income of the whole organisation between two days."""
    given: dict[str, list[tuple[str, int]]] = {}
    own: list[tuple[str, int]] = []
    total = 0
    for account in books.accounts.values():
        if not account.is_(*INCOME) or account.is_(*NOT_EARNED):
            continue
        amount = _earned(books, account, start, day)
        total += amount
        if _is_own(books, account):
            own.append((account.name, amount))
        elif account.tree != OWN_TREE and books.donor(account.tree) is not None:
            given.setdefault(account.tree, []).append((account.name, amount))
    sums = {tree: _sum(found) for tree, found in given.items()}
    donor = max(sorted(sums), key=lambda tree: sums[tree].amount, default="")
    if not donor or sums[donor].amount <= 0:
        return Income(total, "", Earned(), _sum(own))
    return Income(total, donor, sums[donor], _sum(own))


def _earned(books: Books, account: Account, start: date, day: date) -> int:
    """What an account of income received, whole francs; its closing and what was taken over are no income."""
    return -sum(
        posted.movement.value
        for posted in books.movements(account.name)
        if start <= posted.entry.date <= day and posted.entry.is_of_the_year
    )


def _sum(found: list[tuple[str, int]]) -> Earned:
    return Earned(sum(amount for _, amount in found), tuple(sorted(name for name, amount in found if amount)))


def _is_own(books: Books, account: Account) -> bool:
    declared = books.policy.organisation.own_income
    return account.is_(*declared) if declared else account.tree == OWN_TREE


class MonthsLeft(NamedTuple):
    """How long an agreement lasts: to its last day, or until its budget is spent at today's pace when that comes first."""

    tree: str
    agreement: Agreement
    months: Decimal
    by_pace: bool
    """Whether the budget is spent first."""


def months_left(found: Iterable[tuple[str, Execution]], day: date) -> Iterator[MonthsLeft]:
    """The agreements in force on a day, the shortest first; `found` are their executions at the end of that day."""
    rows = [_left(tree, execution.agreement, execution, day) for tree, execution in found if execution.agreement]
    yield from sorted((row for row in rows if row is not None), key=lambda row: (row.months, row.tree))


def _left(tree: str, agreement: Agreement, execution: Execution, day: date) -> MonthsLeft | None:
    if not agreement.on(day):
        return None
    to_end = Decimal((agreement.final_day - day).days) / _MONTH
    gone = Decimal((day - agreement.start).days + 1) / _MONTH
    if execution.began_before or execution.spent <= 0 or execution.granted <= 0:
        return MonthsLeft(tree, agreement, to_end, by_pace=False)
    to_nothing = Decimal(max(0, execution.granted - execution.spent)) * gone / Decimal(execution.spent)
    return MonthsLeft(tree, agreement, min(to_end, to_nothing), to_nothing < to_end)
