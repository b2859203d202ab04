"""Findings as GitLab's Code Quality reads them: one JSON array, each finding with its stable fingerprint."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from grandlivre.render.findings.fingerprint import fingerprints
from grandlivre.render.findings.verdict import Said, Verdict
from grandlivre.rules import Level

if TYPE_CHECKING:
    from grandlivre.render.rule_changes import Told


def write(verdict: Verdict) -> str:
    """The array, in the order of the verdict; GitLab itself compares the fingerprints of two branches."""
    prints = fingerprints(verdict.findings)
    issues = [_change(told) for told in verdict.rule_changes]
    issues += [_issue(said, mark) for said, mark in zip(verdict.findings, prints, strict=True)]
    return json.dumps(issues, ensure_ascii=False, indent=2) + "\n"


def _change(told: Told) -> dict[str, object]:
    """A change of the rules, for information."""
    mark = hashlib.sha256(f"{told.change.file}\0{told.sentence}".encode("utf-8", "replace")).hexdigest()
    return {
        "description": told.sentence,
        "check_name": "regles-changees",
        "fingerprint": mark,
        "severity": "info",
        "location": {"path": told.change.file, "lines": {"begin": told.line or 1}},
    }


def _issue(said: Said, fingerprint: str) -> dict[str, object]:
    return {
        "description": said.message,
        "check_name": said.rule,
        "fingerprint": fingerprint,
        "severity": "major" if said.level == Level.ERROR else "minor",
        "location": {"path": said.file, "lines": {"begin": said.line}},
    }
