"""What one file says wrong of itself, known at once and without the others: typing traps, what Beancount's parser or YAML refuses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from beancount.parser import parser

from grandlivre.inspection.load_errors import LoadErrors
from grandlivre.inspection.text import TextVoice
from grandlivre.rules import Finding, Level
from grandlivre.sources.files import SourceFile
from grandlivre.sources.overlay import Overlay, showing
from grandlivre.sources.problem import Problem
from grandlivre.sources.typing_traps import declared_names, traps_in
from grandlivre.sources.yaml import load

_PARSER: Any = parser


def said_of_ledger(main: Path, path: Path, text: bytes) -> list[Finding]:
    """The findings of `texte` and of the parser on a ledger of the books of `main`; `check` says them too, with all others."""
    voice = TextVoice.shipped()
    traps = traps_in(SourceFile(path, text), {} if path == main else declared_names(main.read_bytes()))
    found = [voice.of_trap(trap, main.name) for trap in traps]
    if not any(trap.fatal for trap in traps):
        _, errors, _ = _PARSER.parse_string(text, report_filename=str(path))
        found += _load_errors().translate(errors, str(main)) if errors else ()
    return found


def said_of_rules(path: Path, text: bytes) -> Iterator[Finding]:
    """What cannot be read of a file of `rules/`, as `reglement` says it."""
    problems: list[Problem] = []
    with showing(Overlay({path: text})):
        load(path, problems)
    for each in problems:
        yield Finding("reglement", Level.ERROR, str(each.path), max(1, each.line), each.message)


@cache
def _load_errors() -> LoadErrors:
    return LoadErrors.shipped()
