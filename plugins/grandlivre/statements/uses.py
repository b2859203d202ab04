"""The statement of sources and uses of a project (tableau emplois-ressources): before the year, in it, and up to its end.

Flows are what movements leave once debts are read with what they were born of and what moved no cash is left out; the cash lines
are balances, placed account by account. Cumulative columns open with the cash of the project's start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from grandlivre.books.index import Books
from grandlivre.policy.sycebnl import CASH_HELD
from grandlivre.statements.between import Trees
from grandlivre.statements.debts import at_origin
from grandlivre.statements.figures import AccountYear, Span, span_of
from grandlivre.statements.layout_files import layout_of
from grandlivre.statements.mapping import Share, Statement, fill
from grandlivre.statements.offsets import without_offsets
from grandlivre.statements.projects import project_accounts
from grandlivre.statements.years import choices

STATEMENT = "emplois-ressources"
START, END = ("FU", "FV"), ("FX", "FY")
"""The lines of cash at the start and at the end: the donor's, then the State's share."""


@dataclass(frozen=True)
class Uses:
    """The three columns of the statement, for some trees."""

    trees: Trees
    span: Span
    before: Statement
    """From the project's start to the day before the year."""
    year: Statement
    closing: Statement
    """From the project's start to the end."""
    received: Mapping[str, tuple[int, int, int]]
    """By tree, what its donor gave: before the year, in it, up to its end."""


def uses(books: Books, end: date, trees: Trees) -> Uses:
    """The statement of those trees over the fiscal year of a day, up to that day."""
    return books.once((STATEMENT, end, trees), lambda: _uses(books, end, trees))


def _uses(books: Books, end: date, trees: Trees) -> Uses:
    span = span_of(books, end)
    first = min(books.entries[0].date, span.start) if books.entries else span.start
    former = Span(first, span.start - timedelta(days=1)) if first < span.start else None
    now = project_accounts(books, span, trees)
    past = project_accounts(books, former, trees) if former is not None else ()
    began = _held(past, opening=True) if former is not None else _held(now, opening=True)
    opened, closed = _held(now, opening=True), _held(now, opening=False)
    flows = tuple(_flows(books, span, now))
    flows_before = tuple(_flows(books, former, past)) if former is not None else ()
    given = {tree: _given(books, flows_before, flows, tree) for tree in trees}
    return Uses(
        trees,
        span,
        _filled(books, flows_before, began, opened),
        _filled(books, flows, opened, closed),
        _filled(books, _added(flows_before, flows), began, closed),
        given,
    )


def _flows(books: Books, span: Span, read: Iterable[AccountYear]) -> Iterator[AccountYear]:
    layout = layout_of(books.policy, STATEMENT)
    return at_origin(books, span, without_offsets(books, span, read, layout.offset))


def _added(before: Iterable[AccountYear], now: Iterable[AccountYear]) -> tuple[AccountYear, ...]:
    """The movements of both, account by account."""
    found: dict[tuple[str, str], AccountYear] = {}
    for each in (*before, *now):
        key = (each.account.name, each.account.number)
        old = found.get(key)
        found[key] = (
            each if old is None else each._replace(debit=old.debit + each.debit, credit=old.credit + each.credit)
        )
    return tuple(found.values())


def _held(read: Iterable[AccountYear], *, opening: bool) -> tuple[Share, ...]:
    """What each cash account held, when the year opened or at its end."""
    cash = (each for each in read if each.account.is_(*CASH_HELD))
    shares = (
        Share(each, each.opening if opening else each.balance, reading="ouverture" if opening else "solde")
        for each in cash
    )
    return tuple(share for share in shares if share.amount)


def _filled(books: Books, read: Iterable[AccountYear], start: Iterable[Share], end: Iterable[Share]) -> Statement:
    shares = (name for donor in books.policy.donors.values() for name in donor.accounts.state_share)
    states = frozenset(shares)

    def placed() -> Iterator[tuple[str, Share]]:
        for (donor, state), held in ((START, start), (END, end)):
            for share in held:
                yield (state if share.figures.account.name in states else donor), share

    return fill(layout_of(books.policy, STATEMENT), read, choices(books), placed())


def _given(books: Books, before: Iterable[AccountYear], now: Iterable[AccountYear], tree: str) -> tuple[int, int, int]:
    layout, chosen = layout_of(books.policy, STATEMENT), choices(books)
    past, year = (
        fill(layout, (each for each in read if each.account.tree == tree), chosen).net("FA") for read in (before, now)
    )
    return past, year, past + year
