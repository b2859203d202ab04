"""Findings as an editor underlines them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lsprotocol import types

from grandlivre.editor.words import units
from grandlivre.inspection import Inspection
from grandlivre.rules import Finding, Level

_SEVERITIES = {Level.ERROR: types.DiagnosticSeverity.Error, Level.WARNING: types.DiagnosticSeverity.Warning}


def diagnostics(inspection: Inspection, text: Callable[[Path], str]) -> dict[Path, list[types.Diagnostic]]:
    """Every finding of an inspection, by file; a finding underlines its whole line. `text` gives a file as it is shown."""
    found: dict[Path, list[types.Diagnostic]] = {}
    lines: dict[Path, list[str]] = {}
    for each in inspection.findings:
        path = Path(each.file)
        if path not in lines:
            lines[path] = text(path).splitlines()
        found.setdefault(path, []).append(diagnostic(each, lines[path]))
    return found


def diagnostic(finding: Finding, lines: list[str]) -> types.Diagnostic:
    """A finding on its line; its code is the rule's id, its data the facts that remedies need."""
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
