"""The page of the bank: one treasury account, month by month, from the facts of its book (`reports/treasury_book.py`)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Account
from grandlivre.policy.periods import Period, month_end
from grandlivre.policy.sycebnl import MONEY
from grandlivre.reports.asked import Asked
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.treasury_book import BookLine, MonthBook, TreasuryBook, treasury_book

SHOWN = 400
"""Movements shown at once; the report holds them all."""


class BankJournal(NamedTuple):
    """An account over whole months, the latest month first."""

    book: TreasuryBook
    months: tuple[MonthBook, ...]
    """Each with its latest movement first."""
    hidden: int
    """Earlier movements that are not shown."""


def treasury_accounts(books: Books, asked: Asked) -> tuple[Account, ...]:
    """The banks, mobile money and tills of the trees, tree by tree."""
    return tuple(account for tree in asked.trees for account in books.tree_accounts(tree, *MONEY))


def whole_months(start: date, end: date) -> Period:
    """The months that hold these days."""
    return Period("", start.replace(day=1), month_end(end))


def journal(books: Books, account: Account, period: Period) -> BankJournal:
    """The book of an account, as the page shows it."""
    book = treasury_book(Context(books, Scope(account.tree, account.name), period), account)
    left = SHOWN
    months = []
    for month in reversed(book.months):
        lines: tuple[BookLine, ...] = tuple(reversed(month.lines))[: max(left, 0)]
        left -= len(month.lines)
        months.append(MonthBook(month.period, month.opening, lines))
        if left <= 0:
            break
    every = sum(len(month.lines) for month in book.months)
    return BankJournal(book, tuple(months), every - sum(len(month.lines) for month in months))


def neighbours(books: Books, period: Period) -> tuple[Period | None, Period | None]:
    """The month before and the month after a span of months, where the books reach them."""
    before = Period.month(period.start - timedelta(days=1))
    after = Period.month(period.end + timedelta(days=1))
    return (before if before.end >= books.start else None, after if after.start <= books.today else None)
