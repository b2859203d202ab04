"""A whole run of `grandlivre check`, as the command asks for it: the index, where there is one, spares what did not change."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

from grandlivre.books.memory import Memory
from grandlivre.inspection import inspect, real_day, voices
from grandlivre.kept.asking import FORMS, Asked, main_of, status, write
from grandlivre.kept.keeping import Keeper
from grandlivre.kept.marks import UnsureError
from grandlivre.render.findings.verdict import Verdict
from grandlivre.rules.remembered import RememberedRules

WRONG = (
    "Attention : l'index (.grandlivre/index/) aurait répondu autre chose que ce contrôle entier, qui seul est juste. C'est un défaut "
    "de Grand Livre, ou quelqu'un a écrit dans ce dossier : signalez-le à qui entretient Grand Livre. L'index est effacé."
)


def whole(
    main: Path,
    today: date,
    form: str,
    indexed: bool = True,
    sure: bool = False,
    remembered: RememberedRules | None = None,
) -> tuple[Verdict, bool]:
    """The verdict of a whole run, and whether the index would have answered something else.

    Continuous integration, known by its variable or by its forms, has neither memory nor index: it works everything out. To be `sure`,
    everything is worked out too, and compared with what the index would have answered.
    """
    own_machine = not os.environ.get("CI") and form in FORMS
    memory = Memory.of(main.parent.parent) if own_machine and not sure else None
    keeper = Keeper.of(main, today, sure) if own_machine and indexed else None
    plain, pages = (keeper.plain, keeper.pages) if keeper is not None else (frozenset[Path](), None)
    if not own_machine or (keeper is not None and keeper.compares):
        remembered = None
    elif remembered is None:
        remembered = RememberedRules.of(main.parent.parent)
    found = inspect(main, today, memory, plain, pages, remembered)
    verdict = Verdict.of(found)
    if memory is not None:
        memory.save()
    if keeper is None:
        return verdict, False
    wrong = keeper.differs(verdict)
    if not wrong:
        keeper.keep(found, verdict)
    return verdict, wrong


def run(asked: Asked) -> int | None:
    """Checks everything and writes the result, without a library for command lines; None: something is to be said by the command."""
    try:
        main = Path(main_of(asked.ledger))
        remembered = RememberedRules.of(main.parent.parent)
        day = real_day(main, date.fromisoformat(asked.today) if asked.today else None, remembered)
    except (OSError, ValueError, UnsureError):
        return None
    waiting = (main.parent.parent / ".grandlivre" / "journal").is_dir()
    if waiting or (asked.only and not {voice.id for voice in voices()}.issuperset(asked.only)):
        return None
    verdict, wrong = whole(main, day, asked.form, asked.indexed, remembered=remembered)
    write(verdict.of_rules(asked.only), asked.form)
    if wrong:
        sys.stderr.write(f"{WRONG}\n")
    return 1 if wrong else status(verdict.of_rules(asked.only), asked.strict)
