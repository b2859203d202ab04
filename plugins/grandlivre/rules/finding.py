"""A finding and what a run of the rules leaves: small, picklable values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from grandlivre.books.records import Entry
from grandlivre.words import Level as Level


class Finding(NamedTuple):
    """One thing that is not as it should be: which rule, where, the sentence, and its facts for machines."""

    rule: str
    level: Level
    file: str
    line: int
    message: str
    date: date | None = None
    piece: str = ""
    facts: Mapping[str, Any] = {}
    entry: Entry | None = None
    told: str = ""
    """The sentence without the figures that move on as days go by, when it holds any."""

    @property
    def steady(self) -> str:
        """What tells the finding from others, from one day to the next."""
        return self.told or self.message


class RuleError(NamedTuple):
    """A finding of level `erreur` as Beancount, Fava and editors read it."""

    source: dict[str, Any]
    message: str
    entry: Any


class Outcome(NamedTuple):
    """What the rules said of a load; picklable."""

    today: date
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]
    waived: tuple[Finding, ...]
    """Findings silenced by a waiver."""
    reserved: tuple[Finding, ...] = ()
    """Findings that a closing declared open."""


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By place, rule and sentence; what is said twice in the same words is said once."""
    unique = {each[:5]: each for each in findings}
    ordered = sorted(unique.values(), key=lambda f: (f.file, f.line, f.rule, f.message))
    return tuple(finding._replace(entry=None) for finding in ordered)
