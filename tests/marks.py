"""Marked ledgers: a line that ends in `; erreur: <rule>` (then a few words of the sentence) must complain, others must not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from beancount import loader

from grandlivre.books.index import build
from grandlivre.checks import rules_folder, rules_of
from grandlivre.policy.loading import load_policy
from grandlivre.rules import OPTION, Finding, Outcome, verify

_ROOM = Path(__file__).parent / "checks"
LEDGERS = sorted(
    path
    for pattern in ("*.beancount", "*/*.beancount", "*/ledger/main.beancount")
    for path in _ROOM.glob(pattern)
    if path.parent.name != "inclus"
)
"""The marked ledgers: a rule's own, those of its limits in a folder of its name, and whole organisations with their rules."""
_MARK = re.compile(r"[;#] (erreur|alerte): ([a-z-]+)(?: ([^;]*))?")


class Mark(NamedTuple):
    """What a line must say."""

    file: str
    line: int
    level: str
    rule: str
    words: str


def name(ledger: Path) -> str:
    """How a marked ledger is called among the tests."""
    return ledger.relative_to(_ROOM).as_posix().removesuffix(".beancount").removesuffix("/main")


def marks(path: Path) -> list[Mark]:
    """Every mark of a file; one line may carry several."""
    found = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for level, rule, words in _MARK.findall(text):
            found.append(Mark(str(path), number, level, rule, (words or "").strip()))
    return found


def expected(ledger: Path) -> list[Mark]:
    """What a marked ledger must say: its marks, or those of all the files of its organisation."""
    if ledger.name != "main.beancount":
        return marks(ledger)
    folder = ledger.parents[1]
    files = sorted([*(folder / "ledger").rglob("*.beancount"), *(folder / "rules").rglob("*.yaml")])
    return [mark for path in files for mark in marks(path)] + [
        mark for path in sorted((folder / "ledger").rglob("*.marques")) for mark in marks_beside(path)
    ]


def marks_beside(path: Path) -> list[Mark]:
    """The marks of a file whose bytes are signed, so that they stand beside it: `<line> ; erreur: …`."""
    rows = [line.split(" ", 1) for line in path.read_text(encoding="utf-8").splitlines()]
    own = str(path.with_suffix(""))
    return [
        Mark(own, int(line), level, rule, (words or "").strip())
        for line, said in rows
        for level, rule, words in _MARK.findall(said)
    ]


def outcome(ledger: Path) -> tuple[Outcome, list[object]]:
    """What the rules said of a ledger, loaded by Beancount's own loader, and all of Beancount's errors."""
    _, errors, options = loader.load_file(str(ledger))
    return options[OPTION], errors


def reread(entries: list[Any], options: dict[str, Any]) -> list[Finding]:
    """What the rules of a whole organisation add once its documents are read again, as `check` does."""
    if all(name != "grandlivre.checks" for name, _ in options["plugin"]):
        return []
    rules, policy = rules_of(load_policy(rules_folder(options)))
    return verify(rules, build(entries, options, policy))


def compare(wanted: list[Mark], findings: Iterable[Finding]) -> str:
    """An empty text when marks and findings agree, else what is missing and what is too much."""
    left = list(findings)
    lines = []
    for mark in wanted:
        match = next(
            (
                f
                for f in left
                if (f.file, f.line, f.level, f.rule) == (mark.file, mark.line, mark.level, mark.rule)
                and mark.words in f.message
            ),
            None,
        )
        if match is None:
            lines.append(f"attendu, absent: {Path(mark.file).name}:{mark.line}: {mark.level}: {mark.rule} {mark.words}")
        else:
            left.remove(match)
    lines += [f"inattendu: {Path(f.file).name}:{f.line}: {f.level}: {f.message} [{f.rule}]" for f in left]
    return "\n".join(lines)
