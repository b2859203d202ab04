"""The referee of tests/arbiter and the program: a few damaged books, a few made organisations; `scripts/referee.py` plays them all."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from arbiter import judge
from arbiter.faults import CHANGES, LAWFUL, Draft
from duel import Base, bases, false_errors, organisation, play
from grandlivre.inspection import inspect


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> list[Base]:
    return bases(tmp_path_factory.mktemp("arbitre"))


@pytest.mark.parametrize("number", range(30))
def test_the_program_and_the_referee_find_the_same(number: int, ready: list[Base]) -> None:
    duel = play(number, ready)
    assert (duel.missed, duel.invented) == (frozenset(), {}), str(duel)


def test_the_referee_finds_no_error_where_there_is_none(ready: list[Base]) -> None:
    for base in ready:
        assert not [each for each in judge(base.sealed, base.sealed) if each.level == "erreur"]


@pytest.mark.parametrize("seed", [1, 2, 3, 6, 7, 10])
def test_a_made_organisation_holds_no_error(seed: int, tmp_path: Path) -> None:
    made, main = organisation(tmp_path, seed)
    found = inspect(main, made.today)
    assert false_errors(found) == []
    assert found.warnings <= 0.02 * len(found.books.entries)


@pytest.mark.parametrize("name", sorted(LAWFUL))
def test_a_lawful_change_is_not_found(name: str, ready: list[Base]) -> None:
    base = ready[0]
    alerts = inspect(base.root / "ledger" / "main.beancount", base.day).warnings
    draft = Draft(base.root, random.Random(name))
    CHANGES[name](draft)
    draft.write()
    try:
        found = inspect(base.root / "ledger" / "main.beancount", base.day)
    finally:
        draft.restore()
    assert false_errors(found) == []
    assert found.warnings == alerts, [each.message for each in found.findings]


def test_enough_kinds_of_faults_are_drawn() -> None:
    assert len(CHANGES) - len(LAWFUL) >= 25
    assert LAWFUL
