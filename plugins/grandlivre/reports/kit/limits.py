"""The delays that controls are set to: what a report calls late is what the control calls late."""

from __future__ import annotations

from typing import TypeVar

from grandlivre.checks import rules_of
from grandlivre.reports.kit.context import Context
from grandlivre.rules import Rule

R = TypeVar("R", bound=Rule)


def setting(context: Context, cls: type[R]) -> R:
    """A rule as controles.yaml sets it; its defaults when it is switched off."""
    policy = context.books.policy
    rules, _ = context.books.once(rules_of, lambda: rules_of(policy))
    return next((rule for rule in rules if isinstance(rule, cls)), None) or cls.shipped()
