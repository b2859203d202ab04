"""Once a proof by visa is in force, no version of the rules takes it back for days before its own signing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from grandlivre.sources.yaml import parse, plain

CONTROLS = "rules/controles.yaml"
_Steps = tuple[tuple[date, str], ...]


def proofs_of(content: bytes) -> dict[str, _Steps]:
    """What each rule's `preuve` says, since when; rules that say nothing are left out."""
    written: Any = plain(parse(Path(CONTROLS), content, []))
    rules = written if isinstance(written, Mapping) else {}
    found = {
        rule: _steps(said["preuve"]) for rule, said in rules.items() if isinstance(said, Mapping) and "preuve" in said
    }
    return {rule: steps for rule, steps in found.items() if steps}


def taken_back(before: bytes, now: bytes, signed: date) -> Iterator[tuple[str, date]]:
    """Each rule whose proof by visa a version takes back for a day before it was signed, with the first such day."""
    then, later = proofs_of(before), proofs_of(now)
    for rule, steps in sorted(then.items()):
        after = later.get(rule, ())
        days = {start for start, _ in (*steps, *after) if start < signed} | {signed - timedelta(days=1)}
        lost = [day for day in sorted(days) if _at(steps, day) == "visa" and _at(after, day) != "visa"]
        if lost:
            yield rule, lost[0]


def _steps(written: Any) -> _Steps:
    if isinstance(written, str):
        return ((date.min, written),)
    rows = written if isinstance(written, list) else []
    found: list[tuple[date, str]] = []
    for row in rows:
        try:
            found.append((date.fromisoformat(str(row["depuis"])), str(row["valeur"])))
        except (KeyError, TypeError, ValueError):  # `reglement` says so
            continue
    return tuple(found)


def _at(steps: _Steps, day: date) -> str:
    return next((value for start, value in reversed(steps) if start <= day), "declaree")
