"""A statement of the books over a fiscal year, beside the year before, with what must be nil."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from grandlivre.books.index import Books
from grandlivre.statements.cash import with_cash
from grandlivre.statements.figures import AccountYear, Span, at_opening, figures, span_of, year_before
from grandlivre.statements.layout_files import layout_of
from grandlivre.statements.mapping import Statement, fill

Reader = Callable[[Span], tuple[AccountYear, ...]]
"""The figures of the accounts that a statement speaks of, over a fiscal year."""


@dataclass(frozen=True)
class Year:
    """A statement and the one before it."""

    span: Span
    now: Statement
    before: Statement | None
    """Of the year before, or of the opening balances; None when nothing came before."""

    def previous(self, key: str) -> int | None:
        """A line's amount in the year before; None in the first year."""
        return self.before.net(key) if self.before is not None else None


def choices(books: Books) -> Mapping[str, str]:
    """The choices the law leaves open, by their French keys."""
    made = books.policy.organisation.choices
    return {field.alias or name: str(getattr(made, name)) for name, field in type(made).declared.items()}


def year(books: Books, statement: str, end: date, tree: str = "") -> Year:
    """A statement of a tree (of all, when "") over the fiscal year of a day, up to that day.

    Where it reads balances, the first year stands beside its opening balances. Raises `RefusedError` while the
    organisation's own layout has mistakes.
    """
    return year_read(books, statement, end, lambda span: figures(books, span, tree))


def year_read(books: Books, statement: str, end: date, read: Reader) -> Year:
    """The same from the figures of a reader."""
    span = span_of(books, end)
    former = year_before(books, span)
    now = _filled(books, statement, read(span), span)
    if former is not None:
        return Year(span, now, _filled(books, statement, read(former), former))
    if now.layout.reading == "solde":
        return Year(span, now, _filled(books, statement, at_opening(read(span)), span))
    return Year(span, now, None)


def opening_gap(books: Books, span: Span, tree: str = "") -> int:
    """What the accounts opened the year with that they did not close the year before with, added up without sign.

    0 in the first year: nothing came before. Charges and income open with nothing, whatever they closed with.
    """
    former = year_before(books, span)
    if former is None:
        return 0
    closed = {each.account.name: each.balance for each in figures(books, former, tree)}
    opened = {each.account.name: each.opening for each in figures(books, span, tree)}
    return sum(abs(opened.get(name, 0) - closed.get(name, 0)) for name in {*closed, *opened})


def _filled(books: Books, statement: str, read: tuple[AccountYear, ...], span: Span) -> Statement:
    layout = layout_of(books.policy, statement)
    if layout.without_cash:
        read = with_cash(books, span, read, layout.without_cash)
    return fill(layout, read, choices(books))
