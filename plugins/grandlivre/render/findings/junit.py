"""Findings as JUnit: one case a rule, a failure where the rule has errors, its warnings in the case's output."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from grandlivre.i18n import counted
from grandlivre.render.findings.text import changes_of, line_of
from grandlivre.render.findings.verdict import Said, Verdict

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 forbids or discourages, even as a character reference."""


def write(verdict: Verdict) -> str:
    """The suite of the rules that ran; against a former revision, only new errors are failures."""
    rules = sorted({*verdict.rules, *(said.rule for said in verdict.findings)})
    cases = [_case(rule, verdict) for rule in rules]
    failures = len({said.rule for said in verdict.blocking})
    counts = f'tests="{len(rules)}" failures="{failures}" errors="0"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="Grand Livre" {counts}>',
            f'  <testsuite name={_attribute(verdict.ledger)} {counts} skipped="0">',
            *cases,
            *_changes(verdict),
            "  </testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _changes(verdict: Verdict) -> list[str]:
    """What changed in the rules, as the output of the whole suite."""
    said = _FORBIDDEN.sub("\ufffd", "\n".join(changes_of(verdict)))
    return [f"    <system-out>{escape(said)}</system-out>"] if said else []


def _case(rule: str, verdict: Verdict) -> str:
    blocking = [said for said in verdict.blocking if said.rule == rule]
    others = [said for said in verdict.findings if said.rule == rule and said not in blocking]
    head = f'    <testcase classname="grandlivre" name={_attribute(rule)}'
    if not blocking and not others:
        return f"{head}/>"
    rows = [f"{head}>"]
    if blocking:
        title = counted(len(blocking), "erreur")
        rows.append(f"      <failure type={_attribute(rule)} message={_attribute(title)}>{_lines(blocking)}</failure>")
    if others:
        rows.append(f"      <system-out>{_lines(others)}</system-out>")
    return "\n".join([*rows, "    </testcase>"])


def _lines(findings: list[Said]) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", "\n".join(line_of(said) for said in findings)))


def _attribute(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", text))
