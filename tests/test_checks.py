"""Every check against its marked ledger: it complains where the ledger is marked, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from doubts import compared
from marks import compare, marks, outcome

LEDGERS = sorted(
    [*Path(__file__).parent.glob("checks/*.beancount"), *Path(__file__).parent.glob("checks/*/ledger/main.beancount")]
)


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda path: path.stem if path.stem != "main" else path.parts[-3])
def test_marked_ledger(ledger: Path) -> None:
    """A ledger alone uses its rule as a stand-alone plugin; a folder is a whole organisation with its rules."""
    with compared():
        said, errors = outcome(ledger)
    folder = ledger.parent if ledger.stem != "main" else ledger.parents[1]
    files = [ledger] if ledger.stem != "main" else sorted([*folder.rglob("*.beancount"), *folder.rglob("*.yaml")])
    expected = [mark for path in files for mark in marks(path)]
    assert expected, f"{ledger} has no mark: it proves nothing"
    assert compare(expected, said.findings) == ""
    foreign = [error for error in errors if type(error).__name__ != "RuleError"]
    assert foreign == [], "the fixture itself must load cleanly"
    assert {e.message for e in errors} == {f"{f.message} [{f.rule}]" for f in said.findings if f.level == "erreur"}
