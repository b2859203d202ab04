"""`grandlivre check` asked again: what was answered of the same things, before a single library is imported."""

from __future__ import annotations

import os
import sys
from datetime import date

from grandlivre.kept.answers import Answer
from grandlivre.kept.index import Index
from grandlivre.kept.marks import UnsureError
from grandlivre.render.findings.verdict import Verdict

_LEDGER = "ledger/main.beancount"
_TODAY = "GRANDLIVRE_AUJOURDHUI"
FORMS = ("text", "json")
"""The forms that are not those of continuous integration."""


class Asked:
    """What was typed after `grandlivre check`."""

    __slots__ = ("form", "indexed", "ledger", "only", "strict", "today")

    def __init__(self) -> None:
        self.ledger = _LEDGER
        self.form = "text"
        self.indexed = True
        self.only: list[str] = []
        self.strict = False
        self.today = ""


def read(words: list[str]) -> Asked | None:
    """What was asked of `check`, when nothing was asked that needs a library for command lines; `words` follow the program's name."""
    return _read(words[1:]) if words[:1] == ["check"] and not os.environ.get("CI") else None


def answered(asked: Asked) -> int | None:
    """Writes the answer that was given of the same things and returns its exit status; None: everything is to be read."""
    if not asked.indexed:
        return None
    try:
        verdict = _found(asked).verdict.of_rules(asked.only)
    except (OSError, ValueError, UnsureError):
        return None
    write(verdict, asked.form)
    return status(verdict, asked.strict)


def write(verdict: Verdict, form: str) -> None:
    """Writes a verdict as it was asked for."""
    if form == "json":
        from grandlivre.render.findings.json_ import write
    else:
        from grandlivre.render.findings.text import write
    sys.stdout.write(write(verdict))


def status(verdict: Verdict, strict: bool) -> int:
    """1 when the findings make the command fail."""
    return 1 if verdict.blocking or (strict and any(found.new for found in verdict.findings)) else 0


def _found(asked: Asked) -> Answer:
    index = Index(main_of(asked.ledger))
    index.recall()
    clock, due = index.turn()
    if due or not index.voices.issuperset(asked.only):
        raise UnsureError
    state = index.look(clock)
    said = asked.today or index.day_of_example(state) or os.environ.get(_TODAY, "").strip()
    day = date.fromisoformat(said) if said else date.today()  # noqa: DTZ011 - the accountant's own day
    facts = asked.form == "json"
    try:
        return index.answer(state, day, facts)
    except (OSError, UnsureError):
        from grandlivre.kept.after_edit import answer_after_edit  # what never changed needs none of it

        return answer_after_edit(index, state, day, facts)


def main_of(ledger: str) -> str:
    """The entry point, absolute and without links. Raises UnsureError where there is none, or where names are not UTF-8."""
    path = f"{ledger}/main.beancount" if os.path.isdir(ledger) else ledger
    if sys.getfilesystemencoding() != "utf-8" or not os.path.isfile(path):
        raise UnsureError
    return os.path.realpath(path)


def _read(words: list[str]) -> Asked | None:
    """What was asked, when nothing was asked that needs a library for command lines."""
    asked = Asked()
    waiting = iter(words)
    for word in waiting:
        name, parted, value = word.partition("=")
        if word == "--strict":
            asked.strict = True
            continue
        if word == "--sans-index":
            asked.indexed = False
            continue
        if name not in ("--ledger", "--format", "--only", "--today"):
            return None
        said = value if parted else next(waiting, "")
        if not said:
            return None
        match name:
            case "--ledger":
                asked.ledger = said
            case "--format":
                asked.form = said
            case "--only":
                asked.only.append(said)
            case "--today":
                asked.today = said
    return asked if asked.form in FORMS else None
