"""Findings as GitLab's Code Quality reads them: one JSON array, each finding with its stable fingerprint."""

from __future__ import annotations

import json

from grandlivre.render.findings.fingerprint import fingerprints
from grandlivre.render.findings.verdict import Said, Verdict
from grandlivre.rules import Level


def write(verdict: Verdict) -> str:
    """The array, in the order of the verdict; GitLab itself compares the fingerprints of two branches."""
    prints = fingerprints(verdict.findings)
    issues = [_issue(said, mark) for said, mark in zip(verdict.findings, prints, strict=True)]
    return json.dumps(issues, ensure_ascii=False, indent=2) + "\n"


def _issue(said: Said, fingerprint: str) -> dict[str, object]:
    return {
        "description": said.message,
        "check_name": said.rule,
        "fingerprint": fingerprint,
        "severity": "major" if said.level == Level.ERROR else "minor",
        "location": {"path": said.file, "lines": {"begin": said.line}},
    }
