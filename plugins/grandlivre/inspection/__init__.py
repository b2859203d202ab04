"""One look at the books: files (`texte`), load errors (`beancount`), every rule, in that order."""

from grandlivre.checks import rule_classes
from grandlivre.inspection.inspection import (
    Inspection,
    compare,
    inspect,
    inspect_loaded,
    inspect_with,
    refusals,
    relative,
)
from grandlivre.inspection.text import TextVoice
from grandlivre.inspection.today import real_day
from grandlivre.rules import Voice

__all__ = [
    "Inspection",
    "compare",
    "inspect",
    "inspect_loaded",
    "inspect_with",
    "real_day",
    "refusals",
    "relative",
    "voices",
]


def voices() -> tuple[type[Voice], ...]:
    """Who speaks in findings, by id: every rule, and what reads files and load errors."""
    from grandlivre.inspection.load_errors import LoadErrors

    return tuple(sorted((*rule_classes(), LoadErrors, TextVoice), key=lambda cls: cls.id))
