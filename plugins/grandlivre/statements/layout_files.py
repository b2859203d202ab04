"""The layout of a statement: the organisation's own (`rules/etats/`), else the one that comes with the program."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from grandlivre.policy.layouts import StatementLayout
from grandlivre.policy.loading import Policy
from grandlivre.policy.reading import read
from grandlivre.sources.problem import Problem, RefusedError
from grandlivre.sources.yaml import load

FOLDER = Path(__file__).resolve().with_name("layouts")


def layout_of(policy: Policy, statement: str) -> StatementLayout:
    """The layout of a statement; raises `RefusedError` while the organisation's own has mistakes."""
    own = policy.layouts.get(statement)
    if own is None:
        return shipped(statement)
    wrong = next((each for each in policy.problems if each.path.parent.name == "etats"), None)
    if wrong is not None:
        raise RefusedError(
            f"rules/etats/{wrong.path.name}, ligne {wrong.line} : {wrong.message} "
            f"L'état {statement} n'est pas établi tant que sa description est fausse."
        )
    return own


@cache
def shipped(statement: str) -> StatementLayout:
    """The layout that comes with the program."""
    path = FOLDER / f"{statement}.yaml"
    problems: list[Problem] = []
    layout, _ = read(StatementLayout, load(path, problems), path, problems)
    if layout is None or problems:
        raise ValueError(f"{path}: {problems}")
    return layout
