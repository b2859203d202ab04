"""The course of the money held, against the demonstration books counted by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from grandlivre.books.index import Books
from grandlivre.inspection import inspect
from grandlivre.policy.periods import Period
from grandlivre.reports.asked import ask
from grandlivre.reports.cash_plan import build
from grandlivre.reports.course import course
from grandlivre.reports.kit.context import Context, Scope

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def books() -> Books:
    return inspect(ROOT / "ledger/main.beancount").books


def held(books: Books, tree: str, day: date) -> int:
    """Class 5 of a tree at the end of a day, posting by posting."""
    return sum(
        movement.value
        for entry in books.entries
        if entry.date <= day
        for movement in entry.movements
        if movement.account.number.startswith("5") and tree in ("", movement.account.tree)
    )


@pytest.mark.parametrize("tree", ["", "UE-EAU"])
def test_points_are_what_the_accounts_hold(books: Books, tree: str) -> None:
    asked = ask(books, None, (lambda name: f":{tree}:" in name) if tree else None)
    found = course(books, asked)
    assert found is not None
    assert [point.month.code for point in found.points] == [f"2026-{month:02}" for month in range(1, 11)]
    for point in found.points:
        assert point.available == held(books, tree, min(point.month.end, asked.day))


def test_pace_is_that_of_whole_months(books: Books) -> None:
    asked = ask(books, (date(2026, 1, 1), date(2026, 9, 14)))
    found = course(books, asked)
    assert found is not None
    own = [c for c in books.charges if date(2026, 6, 1) <= c.entry.date <= date(2026, 8, 31)]
    spent = sum(c.amount for c in own if c.entry.meta.get("reciproque") is not True)
    assert abs(found.monthly - spent // 3) <= 2 * len(asked.trees)  # each project is rounded by itself
    assert sum(c.amount for c in own) > spent  # projects do pay each other: that is spent once
    assert 0 < found.running < found.monthly
    assert found.lasts is not None
    assert 0 < found.lasts < 24


def test_the_months_to_come_are_those_of_the_cash_plan(books: Books) -> None:
    asked = ask(books)
    found = course(books, asked)
    assert found is not None
    plan = build(Context(books, Scope(), Period("", books.start, asked.day))).whole
    whole = [point for point in found.coming if not point.partial]
    assert [point.available for point in whole] == list(plan.closings)
    assert found.lowest is not None
    assert found.lowest.available == min(plan.closings)
    assert len(found.coming) == 12
    assert all(set(point.trees) < set(asked.trees) for point in found.coming if point.partial)
    alone = course(books, ask(books, None, lambda name: ":UE-EAU:" in name))
    assert alone is not None
    assert len(alone.coming) == 12
    assert not any(point.partial for point in alone.coming)
    assert [point.available for point in alone.coming][-1] == found.coming[-1].available
    for low in found.lows:
        assert low.lowest <= low.available


def test_nothing_to_show_before_the_books(books: Books) -> None:
    first = course(books, ask(books, (date(2026, 1, 1), date(2026, 1, 20))))
    assert first is not None
    assert len(first.points) == 1
    assert (first.paced, first.monthly, first.lasts) == ((), 0, None)
    assert course(books, ask(books)._replace(trees=())) is None
