"""Every rule judged twice: where it doubts, and everywhere; both must say the same, in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from grandlivre.books.index import Books
from grandlivre.rules import Finding, Rule


@dataclass
class Comparison:
    """What the rules said in the two ways."""

    judged: set[str] = field(default_factory=set)
    """The rules that were asked."""
    differences: list[str] = field(default_factory=list)
    """What one way says and the other does not, « - » for what the doubt missed."""


@contextmanager
def compared(chosen: Callable[[Rule], bool] = lambda _: True) -> Iterator[Comparison]:
    """Every rule that runs meanwhile, of those that are chosen, is judged twice; fails when a doubt changes what its rule says."""
    found = Comparison()
    judge = Rule.judge

    def twice(rule: Rule, books: Books) -> Iterator[Finding]:
        if not chosen(rule):
            return judge(rule, books)
        found.judged.add(rule.id)
        quick, whole = list(judge(rule, books)), list(rule.check(books))
        if quick != whole:
            found.differences += [f"- {_told(each)}" for each in whole if each not in quick]
            found.differences += [f"+ {_told(each)}" for each in quick if each not in whole]
            found.differences += [f"{rule.id} : dans un autre ordre"] * (
                sorted(map(_told, quick)) == sorted(map(_told, whole))
            )
        return iter(whole)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "judge", twice)
        yield found
    assert found.judged, "no rule ran"
    assert not found.differences, "\n".join(found.differences)


def _told(finding: Finding) -> str:
    return f"{finding.file}:{finding.line} {finding.message} [{finding.rule}]"
