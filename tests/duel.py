"""The program and the referee judge the same books: damaged ones, which they must find alike, and made ones without fault.

`scripts/referee.py` plays hundreds of them; the suite a few.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from click.testing import CliRunner

from arbiter import KNOWN, Verdict, judge
from arbiter.faults import Draft, copied_books, draw
from arbiter.judge import normal
from arbiter.organisations import Organisation
from arbiter.reading import Ledger, read
from grandlivre.cli import cli
from grandlivre.inspection import Inspection, inspect

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "rules" / "plan-comptable.yaml"
SMALL = (3, 6, 7, 13)
"""Seeds of made organisations of three or four trees, on which most faults are planted."""


@dataclass(frozen=True)
class Base:
    """Books without fault, of which copies are damaged."""

    root: Path
    day: date
    sealed: Ledger


@dataclass(frozen=True)
class Duel:
    """What one set of damaged books gave."""

    number: int
    changes: list[str]
    agreed: frozenset[Verdict]
    missed: frozenset[Verdict]
    """What the referee finds and the program does not."""
    invented: dict[Verdict, str]
    """What the program alone finds, with its sentence."""
    halted: list[str]
    """Why the program could not read the books: then nothing is compared."""

    def __str__(self) -> str:
        rows = [f"{self.number} {self.changes}", *(f"  illisible : {said}" for said in self.halted)]
        rows += [f"  arbitre seul : {each}" for each in sorted(self.missed)]
        rows += [f"  programme seul : {each} {said}" for each, said in sorted(self.invented.items())]
        return "\n".join(rows)


def bases(folder: Path) -> list[Base]:
    """The demonstration books, and small made organisations."""
    root = copied_books(ROOT, folder / "demonstration").resolve()
    found = [Base(root, date(2026, 10, 31), read(root))]
    for seed in SMALL:
        made, main = organisation(folder / f"made-{seed}", seed)
        root = main.parent.parent.resolve()
        found.append(Base(root, made.today, read(root, made.today)))
    return found


def organisation(root: Path, seed: int) -> tuple[Organisation, Path]:
    """A made organisation, its quarters closed by `grandlivre close`; its entry point."""
    made = Organisation(seed)
    main = made.write(root, CHART)
    for quarter, day in made.quarters:
        words = ["close", quarter, "--date", str(day), "--today", str(day), "--oui", "--ledger", str(main)]
        done = CliRunner().invoke(cli, words)
        assert done.exit_code == 0, done.output
    return made, main


def play(number: int, ready: list[Base]) -> Duel:
    """Damages one of the books as its number decides, and has it judged twice: one in three is the demonstration."""
    base = ready[0] if number % 3 == 0 else ready[1 + number % (len(ready) - 1)]
    draft = Draft(base.root, random.Random(number))
    try:
        changes = draw(draft)
        found = inspect(base.root / "ledger" / "main.beancount", base.day)
        halted = [f.message for f in found.findings if f.rule in ("texte", "beancount")]
        if halted or found.halted:
            return Duel(number, changes, frozenset(), frozenset(), {}, halted or ["livres illisibles"])
        books = read(base.root, base.day)
        mine, theirs = judge(books, base.sealed), verdicts(found, books)
        extra = {each: theirs[each] for each in theirs if each not in mine}
        return Duel(number, changes, frozenset(mine & theirs.keys()), frozenset(mine - theirs.keys()), extra, [])
    finally:
        draft.restore()


def verdicts(found: Inspection, books: Ledger) -> dict[Verdict, str]:
    """The program's findings for the rules that the referee knows, each with its sentence."""
    said = (each for each in found.findings if each.rule in KNOWN)
    return {normal(books, Verdict(each.rule, str(each.level), each.file, each.line)): each.message for each in said}


def false_errors(found: Inspection) -> list[str]:
    return [
        f"{f.rule} {Path(f.file).name}:{f.line} {f.message}"
        for f in found.findings
        if re.search("erreur", str(f.level))
    ]


def share_of_alerts(done: Iterable[Inspection]) -> float:
    """Alerts over entries."""
    alerts, entries = 0, 0
    for found in done:
        alerts += found.warnings
        entries += len(found.books.entries)
    return alerts / entries
