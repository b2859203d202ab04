"""Hostile books: whatever stands in the files, an inspection ends with findings, never with an exception."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grandlivre.inspection import Inspection, inspect
from grandlivre.render.findings import Verdict, write
from hostile import MAIN, RULES, ledgers, organisations

pytestmark = pytest.mark.slow

LONG = bool(os.environ.get("GRANDLIVRE_LONG"))
"""All the examples, or two fifths of them."""
FORMATS = ("text", "json", "github", "gitlab", "junit", "sarif")
quietly = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def written(folder: Path, ledger: str | bytes, rules: dict[str, str] | dict[str, bytes]) -> Path:
    """An organisation's files; returns the entry point."""
    for name, text in (("ledger/main.beancount", MAIN), ("ledger/eau/2026-03.beancount", ledger)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    for name in RULES:
        path = folder / "rules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = rules.get(name)
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / "ledger" / "main.beancount"


def judged(main: Path) -> Inspection:
    """The books inspected: every rule ended, every finding stands on a line and holds on one."""
    found = inspect(main)
    for finding in found.findings:
        assert "interrompu" not in finding.message, finding.message  # a rule, a plugin of Beancount's
        assert "\n" not in finding.message
        assert finding.line >= 1
    verdict = Verdict.of(found)
    for form in FORMATS:
        assert write(verdict, form)
    return found


@settings(quietly, max_examples=220 if LONG else 90)
@given(ledger=ledgers(), rules=organisations(0, 1))
def test_hostile_entries(tmp_path: Path, ledger: str, rules: dict[str, str]) -> None:
    judged(written(tmp_path, ledger, rules))


@settings(quietly, max_examples=160 if LONG else 64)
@given(ledger=ledgers(), rules=organisations(1, 6))
def test_hostile_rules(tmp_path: Path, ledger: str, rules: dict[str, str]) -> None:
    judged(written(tmp_path, ledger, rules))


@settings(quietly, max_examples=120 if LONG else 48)
@given(
    ledger=st.one_of(st.binary(max_size=80), st.text(max_size=80)),
    rule=st.binary(max_size=60),
    name=st.sampled_from(sorted(RULES)),
)
def test_hostile_bytes(tmp_path: Path, ledger: str | bytes, rule: bytes, name: str) -> None:
    """Files that are no text, no YAML, or empty."""
    judged(written(tmp_path, ledger, {name: rule}))
