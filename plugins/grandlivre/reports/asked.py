"""What a reader asks to see: a span of days and some trees, as the filters of the viewer or a report's period say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.i18n import day as shown
from grandlivre.policy.periods import Period, month_end


class Asked(NamedTuple):
    """The days and the trees a page is about."""

    start: date
    day: date
    """The last day; balances are at its end."""
    trees: tuple[str, ...]
    whole: bool
    """Whether every tree is shown."""

    @property
    def period(self) -> Period:
        """The days as a period; its code is empty unless they are a month, a quarter, a half or a year."""
        return named(self.start, self.day) or Period("", self.start, self.day)

    @property
    def label(self) -> str:
        """« octobre 2026 », « du 01/01/2026 au 31/10/2026 »."""
        period = self.period
        return period.label if period.code else f"du {shown(self.start)} au {shown(self.day)}"


def ask(books: Books, span: tuple[date, date] | None = None, match: Callable[[str], bool] | None = None) -> Asked:
    """The view a reader's filters ask for; without any, the fiscal year up to « today », every tree.

    A span that goes past « today » stops there; a tree is shown when one of its accounts matches.
    """
    today = books.today
    if span is None:
        year = books.policy.organisation.year_of(today)
        start, day = (year.start if year else books.start), today
    else:
        start, end = span
        day = min(end, today) if start <= today else end
    every = ordered(books)
    shown = every
    if match is not None:
        seen = {account.tree for account in books.accounts.values() if match(account.name)}
        shown = tuple(tree for tree in every if tree in seen)
    return Asked(start, day, shown, shown == every)


def ordered(books: Books) -> tuple[str, ...]:
    """The trees by code, the organisation's own last."""
    return tuple(sorted(books.trees, key=lambda tree: (is_own(books, tree), tree)))


def is_own(books: Books, tree: str) -> bool:
    """Whether a tree lives on the organisation's own resources."""
    donor = books.donor(tree)
    return donor is not None and any(each.financing == "ressources-propres" for each in donor.agreements)


def named(start: date, end: date) -> Period | None:
    """The month, quarter, half or year that these two days begin and end."""
    if start.day != 1 or end != month_end(end):
        return None
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    code = {
        1: f"{start.year:04d}-{start.month:02d}",
        3: f"{start.year:04d}-T{(start.month + 2) // 3}",
        6: f"{start.year:04d}-S{(start.month + 5) // 6}",
        12: f"{start.year:04d}",
    }.get(months)
    period = Period.parse(code) if code else None
    return period if period is not None and (period.start, period.end) == (start, end) else None
