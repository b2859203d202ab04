"""Findings as programs read them (contract §6)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from grandlivre.render.findings.verdict import Said, Verdict

if TYPE_CHECKING:
    from grandlivre.render.rule_changes import Told


def write(verdict: Verdict) -> str:
    """One JSON object, two spaces of indentation, UTF-8 letters as they are."""
    said: dict[str, Any] = {
        "version": 1,
        "ledger": verdict.ledger,
        "today": verdict.today.isoformat(),
        "last_entry": verdict.last_entry.isoformat() if verdict.last_entry is not None else None,
        "example": verdict.example,
        "errors": verdict.errors,
        "warnings": verdict.warnings,
        "rules": list(verdict.rules),
        "findings": [_finding(each) for each in verdict.findings],
    }
    if verdict.since is not None:
        said["since"] = verdict.since
        said["new_errors"] = len(verdict.blocking)
        said["rule_changes"] = [_change(each) for each in verdict.rule_changes]
        for written, finding in zip(said["findings"], verdict.findings, strict=True):
            written["new"] = finding.new
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def _change(told: Told) -> dict[str, Any]:
    change = told.change
    return {
        "file": change.file,
        "line": told.line,
        "kind": change.kind.value,
        "key": change.key or None,
        "before": change.before,
        "now": change.now,
        "from": change.start.isoformat() if change.start is not None else None,
        "to": change.end.isoformat() if change.end is not None else None,
        "values": dict(change.rows),
        "message": told.sentence,
    }


def _finding(said: Said) -> dict[str, Any]:
    return {
        "rule": said.rule,
        "level": str(said.level),
        "file": said.file,
        "line": said.line,
        "date": said.date.isoformat() if said.date is not None else None,
        "piece": said.piece or None,
        "message": said.message,
        "facts": dict(said.facts),
    }
