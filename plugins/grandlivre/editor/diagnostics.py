"""Findings as an editor underlines them."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from grandlivre.editor.words import units
from grandlivre.rules import Finding, Level, in_order

_SEVERITIES = {Level.ERROR: types.DiagnosticSeverity.Error, Level.WARNING: types.DiagnosticSeverity.Warning}


def diagnostics(findings: Iterable[Finding], lines: list[str]) -> list[types.Diagnostic]:
    """The findings of a file, in the order in which `check` says them."""
    return [diagnostic(each, lines) for each in in_order(findings)]


def diagnostic(finding: Finding, lines: list[str]) -> types.Diagnostic:
    """A finding on its whole line; its code is the rule's id."""
    return types.Diagnostic(
        whole_line(finding.line - 1, lines),
        finding.message,
        severity=_SEVERITIES[finding.level],
        code=finding.rule,
        source="grandlivre",
    )


def whole_line(at: int, lines: list[str]) -> types.Range:
    """A line (0: the first) from its first word to its end; positions count UTF-16 units, as editors do."""
    line = lines[at] if 0 <= at < len(lines) else ""
    start = len(line) - len(line.lstrip())
    return types.Range(types.Position(max(at, 0), start), types.Position(max(at, 0), max(units(line.rstrip()), start)))
