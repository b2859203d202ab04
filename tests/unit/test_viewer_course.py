"""The course of the money held, against the demonstration books counted by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from grandlivre.books.index import Books
from grandlivre.inspection import inspect
from grandlivre.viewer.asking import ask
from grandlivre.viewer.course import course

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
    assert max(point.height for point in found.points) == 100


def test_pace_is_that_of_whole_months(books: Books) -> None:
    asked = ask(books, (date(2026, 1, 1), date(2026, 9, 14)))
    found = course(books, asked)
    assert found is not None
    spent = sum(c.amount for c in books.charges if date(2026, 6, 1) <= c.entry.date <= date(2026, 8, 31))
    assert found.monthly == spent // 3
    assert found.lasts is not None
    assert 0 < found.lasts < 24


def test_nothing_to_show_in_the_first_month(books: Books) -> None:
    assert course(books, ask(books, (date(2026, 1, 1), date(2026, 1, 20)))) is None
