"""The page of controls: findings grouped by family and rule, and the rules that have nothing to say."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from grandlivre.inspection import voices
from grandlivre.inspection.families import OTHER, family_of
from grandlivre.reports.asked import Asked
from grandlivre.rules import Family, Finding, Level

_END = re.compile(r"(?<!\b[A-ZÀ-Ý])\. (?=[A-ZÀ-Ý])")
"""The end of a sentence that another follows; « B. Konaté » is a name."""
SHOWN = 200
"""Findings shown at once; the filters lead to the others."""


class FamilyCount(NamedTuple):
    """A family of rules and what they say."""

    name: str
    rules: tuple[str, ...]
    """Those that ran."""
    errors: int
    warnings: int


class Shown(NamedTuple):
    """A finding in two parts: what is wrong, what to do."""

    finding: Finding
    tree: str
    said: str
    remedy: str


class Group(NamedTuple):
    """The findings of one rule."""

    rule: str
    title: str
    family: str
    errors: int
    warnings: int
    findings: tuple[Shown, ...]
    manual: tuple[str, ...]
    """The paragraphs of its manual page."""


class FilterChoice(NamedTuple):
    """What the reader of the page asks for; empty means all."""

    level: str = ""
    family: str = ""
    rule: str = ""


def concerned(
    findings: Iterable[Finding], asked: Asked, tree_of: Callable[[Finding], str], timed: bool
) -> tuple[tuple[Finding, str], ...]:
    """The findings of the trees and days asked for, with their tree; what has no day or no tree is everybody's."""
    found = []
    for finding in findings:
        tree = tree_of(finding)
        if tree and not asked.whole and tree not in asked.trees:
            continue
        if timed and finding.date is not None and not asked.start <= finding.date <= asked.day:
            continue
        found.append((finding, tree))
    return tuple(found)


def families(findings: Iterable[tuple[Finding, str]], ran: Sequence[str]) -> tuple[FamilyCount, ...]:
    """One row a family that has rules running or findings, in the order of `Family`."""
    counts: dict[str, list[int]] = {}
    for finding, _ in findings:
        pair = counts.setdefault(family_of(finding.rule), [0, 0])
        pair[finding.level != Level.ERROR] += 1
    rows = []
    for name in (*map(str, Family), OTHER):
        rules = tuple(rule for rule in ran if family_of(rule) == name)
        errors, warnings = counts.get(name, (0, 0))
        if rules or errors or warnings:
            rows.append(FamilyCount(name, rules, errors, warnings))
    return tuple(rows)


def groups(findings: Iterable[tuple[Finding, str]], choice: FilterChoice) -> tuple[Group, ...]:
    """The chosen findings by rule: the rules with errors first, then by number of findings."""
    by_rule: dict[str, list[Shown]] = {}
    for finding, tree in findings:
        if choice.level and finding.level != choice.level:
            continue
        if choice.rule and finding.rule != choice.rule:
            continue
        if choice.family and family_of(finding.rule) != choice.family:
            continue
        by_rule.setdefault(finding.rule, []).append(Shown(finding, tree, *parts(finding.message)))
    found = []
    for rule, rows in by_rule.items():
        errors = sum(row.finding.level == Level.ERROR for row in rows)
        rows.sort(key=lambda row: row.finding.level != Level.ERROR)
        title, manual = _manuals().get(rule, (rule, ()))
        found.append(Group(rule, title, family_of(rule), errors, len(rows) - errors, tuple(rows), manual))
    return tuple(sorted(found, key=lambda group: (not group.errors, -len(group.findings), group.rule)))


def first(found: Sequence[Group], many: int = SHOWN) -> tuple[Group, ...]:
    """The groups cut so that so many findings are shown."""
    kept = []
    for group in found:
        if many <= 0:
            break
        kept.append(group._replace(findings=group.findings[:many]))
        many -= len(group.findings)
    return tuple(kept)


def quiet(findings: Iterable[tuple[Finding, str]], ran: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """(rule, title) of the rules that ran and found nothing."""
    said = {finding.rule for finding, _ in findings}
    return tuple((rule, _manuals().get(rule, (rule, ()))[0]) for rule in ran if rule not in said)


def parts(message: str) -> tuple[str, str]:
    """A finding's sentence in two: the figures and the rule, then the remedy, which is its last sentence."""
    ends = [found.start() + 1 for found in _END.finditer(message)]
    return (message[: ends[-1]], message[ends[-1] + 1 :]) if ends else (message, "")


def _manuals() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Rule → (what it signals, the other paragraphs of its page)."""
    found = {}
    for cls in voices():
        title, *others = [" ".join(part.split()) for part in inspect.cleandoc(cls.__doc__ or "").split("\n\n")]
        found[cls.id] = (title, tuple(others))
    return found
