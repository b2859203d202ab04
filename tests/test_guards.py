"""A guard that is not met leaves its rule's findings word for word: drawn edits of small books and of the demonstration.

`GRANDLIVRE_GARDES=2000` draws so many edits instead of a few.
"""

from __future__ import annotations

import os
import random
import shutil
from datetime import date
from pathlib import Path

import pytest

from grandlivre.guards.change import Change
from grandlivre.guards.guard import Guard
from grandlivre.inspection import inspect, inspect_with
from grandlivre.sources.overlay import Overlay
from guard_bed import Score, edited, hold_marked
from marks import LEDGERS
from small_books import ready

__all__ = ["ready"]

ROOT = Path(__file__).resolve().parent.parent
CHECKS = ROOT / "tests" / "checks"
DRAWN = int(os.environ.get("GRANDLIVRE_GARDES", "12"))


def drawn(root: Path, day: date, count: int) -> Score:
    main = root / "ledger" / "main.beancount"
    before = inspect(main, day)
    files = [
        path for path in sorted((root / "ledger").rglob("20*.beancount")) if "*" in path.read_text(encoding="utf-8")
    ]
    score = Score()
    for seed in range(count):
        lot = random.Random(seed)
        path = lot.choice(files)
        after = inspect_with(main, Overlay({path: edited(path, lot).encode()}), day)
        if not after.halted:
            score.hold(before, after, str(path))
    return score


@pytest.mark.parametrize("books", ["small", "demo"])
def test_whoever_is_not_concerned_says_the_same(books: str, ready: Path) -> None:
    score = drawn(ready if books == "small" else ROOT, date(2026, 11, 29), DRAWN)
    print(score)
    assert not score.missed, "\n".join(score.missed)


def test_a_rule_that_has_much_to_say_is_not_missed(tmp_path: Path) -> None:
    """The marked ledgers of single rules, each edited."""
    room, score = Path(shutil.copytree(CHECKS, tmp_path / "checks")), Score()
    for ledger in LEDGERS:
        if ledger.name != "main.beancount":
            hold_marked(room / ledger.relative_to(CHECKS), score, range(DRAWN // 12))
    print(score)
    assert not score.missed, "\n".join(score.missed)


def test_without_a_condition_nothing_concerns() -> None:
    assert not Guard().is_met(Change((), ()))
