"""Every check against its marked ledger: it complains where the ledger is marked, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from doubts import compared
from marks import LEDGERS, compare, expected, name, outcome


@pytest.mark.parametrize("ledger", LEDGERS, ids=name)
def test_marked_ledger(ledger: Path) -> None:
    """What is said is what is marked, and the fixture itself loads cleanly."""
    with compared():
        said, errors = outcome(ledger)
    wanted = expected(ledger)
    assert wanted, f"{ledger} has no mark: it proves nothing"
    assert compare(wanted, said.findings) == ""
    foreign = [error for error in errors if type(error).__name__ != "RuleError"]
    assert foreign == [], "the fixture itself must load cleanly"
    assert {e.message for e in errors} == {f"{f.message} [{f.rule}]" for f in said.findings if f.level == "erreur"}
