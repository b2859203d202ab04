"""What each account did in a fiscal year: opening, movements, what the closing of accounts zeroed, balance.

Whole francs; debits are positive. An `a-nouveau` of the year is its opening, whatever its day. An entry that closes the
accounts (`ecriture: "cloture"`, or any that carries classes 6, 7, 8 to 13) is kept apart: the year's charges and income
read the same before it and after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry, Pattern
from grandlivre.policy.organisation import FiscalYear
from grandlivre.policy.sycebnl import RESULT, YEAR_RESULT


class AccountYear(NamedTuple):
    """An account over a fiscal year, up to a day."""

    account: Account
    opening: int
    """Balance brought forward."""
    debit: int
    """Debits of the year; a storno's credit counts as a debit less."""
    credit: int
    """Credits of the year; a storno's debit counts as a credit less."""
    closed: int
    """What the closing of accounts moved."""

    @property
    def movement(self) -> int:
        """Debits less credits of the year."""
        return self.debit - self.credit

    @property
    def balance(self) -> int:
        """Balance at the end."""
        return self.opening + self.movement + self.closed

    @property
    def prior(self) -> int:
        """What of its balance is not the year's charges and income."""
        return self.opening + self.closed if self.account.is_(*RESULT) else self.balance


class Span(NamedTuple):
    """A fiscal year up to a day."""

    start: date
    end: date


def span_of(books: Books, end: date) -> Span:
    """The fiscal year of a day, up to that day; the calendar's year when none is declared."""
    year = books.policy.organisation.year_of(end)
    return Span(year.start if year is not None else date(end.year, 1, 1), end)


def year_before(books: Books, span: Span) -> Span | None:
    """The whole fiscal year before; None when these books begin with this one."""
    years = [year for year in books.policy.organisation.years if year.end < span.start]
    if years:
        last: FiscalYear = years[-1]
        return Span(last.start, last.end) if books.start <= last.end else None
    if books.policy.organisation.years or not books.entries or books.entries[0].date >= span.start:
        return None
    last_day = span.start - timedelta(days=1)
    return Span(date(last_day.year, 1, 1), last_day)


def is_closing(entry: Entry) -> bool:
    """Whether an entry closes the accounts of charges and income."""
    return entry.kind == "cloture" or _closes(entry.pattern)


@lru_cache(maxsize=4096)
def _closes(pattern: Pattern) -> bool:
    return pattern.touches(YEAR_RESULT) and pattern.touches(RESULT)


def figures(books: Books, span: Span, tree: str = "") -> tuple[AccountYear, ...]:
    """Every account of a tree (of all, when "") that holds or moved something, by number then name."""
    return books.once(("statement figures", span, tree), lambda: tuple(_figures(books, span, tree)))


def at_opening(found: tuple[AccountYear, ...]) -> tuple[AccountYear, ...]:
    """The same accounts as they stood when the year opened."""
    return tuple(AccountYear(each.account, each.opening, 0, 0, 0) for each in found if each.opening)


def _figures(books: Books, span: Span, tree: str) -> Iterator[AccountYear]:
    opened, closed = _apart(books, span)
    for account in sorted(books.accounts.values(), key=lambda each: (each.number, each.name)):
        if tree and account.tree != tree:
            continue
        ledger = books.ledger(account.name)
        start, end = ledger.until(span.start - timedelta(days=1)), ledger.until(span.end)
        if not end:
            continue
        opening = ledger.balances[start - 1] if start else 0
        debit, credit = ledger.debits[end] - ledger.debits[start], ledger.credits[end] - ledger.credits[start]
        brought, zeroed = opened.get(account.name, _NOTHING), closed.get(account.name, _NOTHING)
        found = AccountYear(
            account,
            opening + brought.net,
            debit - brought.debit - zeroed.debit,
            credit - brought.credit - zeroed.credit,
            zeroed.net,
        )
        if any(found[1:]):
            yield found


class _Sides(NamedTuple):
    debit: int
    credit: int

    @property
    def net(self) -> int:
        return self.debit - self.credit


_NOTHING = _Sides(0, 0)


def _apart(books: Books, span: Span) -> tuple[dict[str, _Sides], dict[str, _Sides]]:
    """What the openings and the closings of the year moved, by account."""
    opened: dict[str, _Sides] = {}
    closed: dict[str, _Sides] = {}
    for entry in books.matching(lambda pattern: pattern.touches(YEAR_RESULT) and pattern.touches(RESULT)):
        if not entry.is_opening and entry.kind != "cloture" and span.start <= entry.date <= span.end:
            _add(closed, entry)
    for entry in books.carrying("ecriture"):
        if span.start <= entry.date <= span.end and (entry.is_opening or entry.kind == "cloture"):
            _add(opened if entry.is_opening else closed, entry)
    return opened, closed


def _add(sums: dict[str, _Sides], entry: Entry) -> None:
    for movement in entry.movements:
        value, before = movement.value, sums.get(movement.account.name, _NOTHING)
        debits = (value > 0) is not entry.is_storno
        sums[movement.account.name] = _Sides(
            before.debit + (value if debits else 0), before.credit - (0 if debits else value)
        )
