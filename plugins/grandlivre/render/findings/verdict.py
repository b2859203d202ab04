"""The verdict of an inspection, ready to be written: paths relative, findings sorted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from grandlivre.words import Level, one_line

if TYPE_CHECKING:
    from grandlivre.inspection import Inspection
    from grandlivre.render.rule_changes import Told


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
    steady: str
    """The sentence without the figures that move on as days go by."""
    new: bool = True
    """Whether the revision compared with did not have it; every finding is new when nothing is compared."""


class Verdict(NamedTuple):
    """What `check` prints."""

    ledger: str
    today: date
    rules: tuple[str, ...]
    findings: tuple[Said, ...]
    waived: int
    halted: bool
    last_entry: date | None = None
    """The day of the last transaction."""
    example: bool = False
    """Whether these are example books, judged at a day of their own."""
    extract: str = ""
    """The project whose extract these books are; "" for whole books."""
    since: str | None = None
    """The revision the findings were compared with, as it was asked."""
    rule_changes: tuple[Told, ...] = ()
    """What changed in the rules since that revision."""
    lost: tuple[Said, ...] = ()
    """The findings that say what that revision knew and the books hold no more."""
    waived_rules: tuple[str, ...] = ()
    """The rule of each finding that a waiver silences."""

    @classmethod
    def of(cls, inspection: Inspection, only: Sequence[str] = ()) -> Verdict:
        """The verdict of an inspection, of some rules only when they are named; what kept them from running is said."""
        return cls._whole(inspection).of_rules(only)

    @classmethod
    def _whole(cls, inspection: Inspection) -> Verdict:
        said = [
            Said(
                one_line(inspection.relative(f.file)),
                max(1, f.line),
                f.level,
                f.rule,
                f.message,
                f.date,
                f.piece,
                f.facts,
                f.steady,
            )
            for f in inspection.findings
        ]
        said.sort(key=lambda f: (f.file, f.line, f.rule, f.message))
        return cls(
            inspection.relative(str(inspection.main)),
            inspection.today,
            inspection.rules,
            tuple(said),
            len(inspection.waived),
            inspection.halted,
            None if inspection.halted else inspection.last_entry,
            inspection.example,
            inspection.policy.organisation.extract,
            waived_rules=tuple(f.rule for f in inspection.waived),
        )

    def of_rules(self, only: Sequence[str]) -> Verdict:
        """The same, of some rules only when any is named."""
        if not only:
            return self
        waived = tuple(rule for rule in self.waived_rules if rule in only)
        return self._replace(
            rules=tuple(rule for rule in self.rules if rule in only),
            findings=tuple(said for said in self.findings if said.rule in only or self.halted),
            waived=len(waived),
            waived_rules=waived,
        )

    def compared(self, known: Collection[str], marks: Sequence[str], since: str) -> Verdict:
        """The same findings, new where their mark (one each, in order) is not among the known ones."""
        pairs = zip(self.findings, marks, strict=True)
        return self._replace(findings=tuple(f._replace(new=m not in known) for f, m in pairs), since=since)

    @property
    def blocking(self) -> tuple[Said, ...]:
        """The errors for which `check` fails: all of them, or the new ones when a revision was compared."""
        return tuple(f for f in self.findings if f.level == Level.ERROR and f.new)

    @property
    def errors(self) -> int:
        """How many errors."""
        return sum(f.level == Level.ERROR for f in self.findings)

    @property
    def warnings(self) -> int:
        """How many warnings."""
        return len(self.findings) - self.errors
