"""Every check against its marked ledger: it complains where the ledger is marked, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from beancount import loader

from doubts import compared
from grandlivre.rules import OPTION
from marks import LEDGERS, compare, expected, former, name, said


@pytest.mark.parametrize("ledger", LEDGERS, ids=name)
def test_marked_ledger(ledger: Path) -> None:
    """What is said is what is marked, and the fixture itself loads cleanly."""
    with compared():
        entries, errors, options = loader.load_file(str(ledger))
    wanted = expected(ledger)
    assert wanted, f"{ledger} has no mark: it proves nothing"
    assert compare(wanted, said(entries, options, former(ledger))) == ""
    foreign = [error for error in errors if type(error).__name__ != "RuleError"]
    assert foreign == [], "the fixture itself must load cleanly"
    grave = [each for each in options[OPTION].findings if each.level == "erreur"]
    assert {e.message for e in errors} == {f"{f.message} [{f.rule}]" for f in grave}
