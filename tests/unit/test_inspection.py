"""The books that the rules read are those of the inspection, unless Beancount changed the load after them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from grandlivre.books.index import build
from grandlivre.inspection import Inspection, inspect
from grandlivre.rules import KEPT


def test_the_rules_books_are_kept(demo: Inspection) -> None:
    assert demo.judged is not None
    assert demo.books is demo.judged
    assert KEPT not in demo.options
    again = build(list(demo.entries), demo.options, demo.policy)
    assert [entry.place for entry in demo.books.entries] == [entry.place for entry in again.entries]
    assert demo.books.directives == again.directives
    assert demo.books.today == again.today


def test_another_day_is_judged_anew(demo_copy: Path) -> None:
    found = inspect(demo_copy / "ledger" / "main.beancount", date(2026, 3, 1))
    assert found.books.today == found.today == date(2026, 3, 1)


def test_a_load_changed_after_the_rules_is_read_again(demo_copy: Path) -> None:
    """Beancount replaces a balance that fails by one that says the difference, after the plugins."""
    month = demo_copy / "ledger" / "fonct" / "2026-10.beancount"
    wrong = "\n2026-10-31 balance Actif:FONCT:5711-Caisse  1 XOF\n"
    month.write_text(month.read_text(encoding="utf-8") + wrong, encoding="utf-8", newline="\n")
    found = inspect(demo_copy / "ledger" / "main.beancount")
    assert not found.halted
    assert found.judged is None
    assert found.books.raw == tuple(found.entries)
