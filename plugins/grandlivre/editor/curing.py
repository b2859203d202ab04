"""Which remedies hold: each is tried on the books as they are shown, and `check` says whether it cures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from grandlivre.editor.remedies import Case, Remedy, candidates
from grandlivre.editor.text import Directive
from grandlivre.editor.workspace import Workspace
from grandlivre.inspection import Inspection
from grandlivre.rules import Finding

_TRIED = 8
"""Remedies tried for one finding at most."""


def cures(found: Workspace, path: Path, first: int, last: int) -> list[tuple[Finding, Remedy]]:
    """The remedies of the findings on some lines (0: the first): after each, one finding fewer and none more."""
    inspection = found.judged()
    books = found.whole().books
    lines = found.text(path).splitlines()
    kept: list[tuple[Finding, Remedy]] = []
    for finding in inspection.findings:
        if finding.file != str(path) or not first <= finding.line - 1 <= last:
            continue
        case = Case(finding, books, Directive(path, lines, finding.line - 1), found.draft)
        for remedy in candidates(case)[:_TRIED]:
            if cured(inspection, found.tried(*remedy.changes), finding, unfinished=remedy.unfinished):
                kept.append((finding, remedy))
    return kept


def cured(before: Inspection, after: Inspection, finding: Finding, *, unfinished: bool = False) -> bool:
    """Whether that finding is gone and no other came; findings are the same when rule, file and words are.

    Of what a person has still to fill in, other rules than the finding's may say what is blank; its own may ask for less.
    """
    then, now = (Counter((each.rule, each.file, each.message) for each in one.findings) for one in (before, after))
    own = (finding.rule, finding.file, finding.message)
    return now[own] < then[own] and (before.halted or unfinished or not now - then)
