"""Marked ledgers: a line that ends in `; erreur: <rule>` (then a few words of the sentence) must complain, others must not.
After the words may stand the facts that others read in the JSON: `{first=8 count=3}`.

A whole organisation may have a former revision of its books beside it, in `avant/`, which the rules compare with them as
`check --since` does. What is gone is marked in the file of `avant/` where it stood, what changed on the line that the books have
now. The former revision is not judged by itself: it needs no plugin line, and without `avant/rules/` it has the rules of now.

Files whose bytes count, signed ones or their folder, are marked from beside, in `<name>.marques` (`marks_beside`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from beancount import loader

from grandlivre.books.index import Books, build
from grandlivre.checks import rules_folder, rules_of
from grandlivre.policy.loading import load_policy
from grandlivre.rules import OPTION, Finding, Outcome, verify
from grandlivre.rules import compare as compare_books

_ROOM = Path(__file__).parent / "checks"
LEDGERS = sorted(
    path
    for pattern in ("*.beancount", "*/*.beancount", "*/ledger/main.beancount")
    for path in _ROOM.glob(pattern)
    if path.parent.name != "inclus"
)
"""The marked ledgers: a rule's own, those of its limits in a folder of its name, and whole organisations with their rules."""
_FORMER = "avant"
"""The folder where the former revision of a whole organisation stands."""
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
    found = []
    for folder in (ledger.parents[1], ledger.parents[1] / _FORMER):
        files = sorted([*(folder / "ledger").rglob("*.beancount"), *(folder / "rules").rglob("*.yaml")])
        found += [mark for path in files for mark in marks(path)]
        found += [mark for path in sorted((folder / "ledger").rglob("*.marques")) for mark in marks_beside(path)]
    return found


def marks_beside(path: Path) -> list[Mark]:
    """The marks of a file, or of the files of a folder, whose bytes count: they stand beside it in `<its name>.marques`.

    A row is `<line> ; erreur: …`; of a folder, `<file in it>:<line> ; erreur: …`.
    """
    own, found = path.with_suffix(""), []
    for row in path.read_text(encoding="utf-8").splitlines():
        where, said = row.split(" ", 1)
        file, _, line = where.rpartition(":")
        for level, rule, words in _MARK.findall(said):
            found.append(Mark(str(own / file), int(line), level, rule, (words or "").strip()))
    return found


def former(ledger: Path) -> Books | None:
    """The former revision of a whole organisation; None where it has none."""
    folder = ledger.parents[1] / _FORMER
    main = folder / "ledger" / ledger.name
    if not main.is_file():
        return None
    rules = next(path for path in (folder / "rules", folder.parent / "rules") if path.is_dir())
    entries, errors, options = loader.load_file(str(main))
    foreign = [error for error in errors if type(error).__name__ != "RuleError"]
    assert foreign == [], f"{main} must load cleanly"
    return build(entries, options, load_policy(rules))


def outcome(ledger: Path) -> tuple[Outcome, list[object]]:
    """What the rules said of a ledger, loaded by Beancount's own loader, and all of Beancount's errors."""
    _, errors, options = loader.load_file(str(ledger))
    return options[OPTION], errors


def said(entries: list[Any], options: dict[str, Any], before: Books | None) -> list[Finding]:
    """All that is said of a loaded ledger: by the rules it runs, by its documents, by a former revision."""
    return [*options[OPTION].findings, *_reread(entries, options), *_compared(entries, options, before)]


def _reread(entries: list[Any], options: dict[str, Any]) -> list[Finding]:
    """What the rules of a whole organisation add once its documents are read again, as `check` does."""
    if all(name != "grandlivre.checks" for name, _ in options["plugin"]):
        return []
    rules, policy = rules_of(load_policy(rules_folder(options)))
    return verify(rules, build(entries, options, policy))


def _compared(entries: list[Any], options: dict[str, Any], before: Books | None) -> list[Finding]:
    """What the rules that ran say of what a former revision held, as `check --since` does."""
    if before is None:
        return []
    rules, policy = rules_of(load_policy(rules_folder(options)))
    ran = [rule for rule in rules if rule.id in options[OPTION].rules]
    return compare_books(ran, build(entries, options, policy), before)


def _is_said(words: str, finding: Finding) -> bool:
    """Whether a finding says the words, and carries the facts after them: `some words {first=8 count=3}`."""
    sentence, _, facts = words.partition("{")
    named = (fact.split("=", 1) for fact in facts.rstrip("}").split())
    return sentence.strip() in finding.message and all(str(finding.facts.get(key)) == value for key, value in named)


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
                and _is_said(mark.words, f)
            ),
            None,
        )
        if match is None:
            lines.append(f"attendu, absent: {Path(mark.file).name}:{mark.line}: {mark.level}: {mark.rule} {mark.words}")
        else:
            left.remove(match)
    lines += [f"inattendu: {Path(f.file).name}:{f.line}: {f.level}: {f.message} [{f.rule}]" for f in left]
    return "\n".join(lines)
