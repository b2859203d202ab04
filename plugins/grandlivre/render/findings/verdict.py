"""The verdict of an inspection, ready to be written: paths relative, findings sorted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from grandlivre.inspection import Inspection
from grandlivre.rules import Level


class Said(NamedTuple):
    """One finding as it is printed."""

    file: str
    line: int
    level: Level
    rule: str
    message: str
    date: date | None
    piece: str
    facts: Mapping[str, Any]


class Verdict(NamedTuple):
    """What `check` prints."""

    ledger: str
    today: date
    rules: tuple[str, ...]
    findings: tuple[Said, ...]
    waived: int
    halted: bool

    @classmethod
    def of(cls, inspection: Inspection, only: Sequence[str] = ()) -> Verdict:
        """The verdict of an inspection, of some rules only when they are named."""
        said = [
            Said(inspection.relative(f.file), f.line, f.level, f.rule, f.message, f.date, f.piece, f.facts)
            for f in inspection.findings
            if not only or f.rule in only
        ]
        said.sort(key=lambda f: (f.file, f.line, f.rule, f.message))
        return cls(
            inspection.relative(str(inspection.main)),
            inspection.today,
            tuple(rule for rule in inspection.rules if not only or rule in only),
            tuple(said),
            sum(1 for f in inspection.waived if not only or f.rule in only),
            inspection.halted,
        )

    @property
    def errors(self) -> int:
        """How many errors."""
        return sum(f.level == Level.ERROR for f in self.findings)

    @property
    def warnings(self) -> int:
        """How many warnings."""
        return len(self.findings) - self.errors
