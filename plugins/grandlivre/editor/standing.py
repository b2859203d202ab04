"""What the last whole inspection says of the texts that are typed since, at once: its findings, on the lines where they now stand.

An edit of ordinary entries that meets no rule's guard leaves every finding as it was, word for word: that is what `check` answers of it
too (`kept/after_edit.py`). Of every other edit the former findings are shown, with what the file says wrong of itself, until a whole
inspection has said what is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple

from grandlivre.checks import rules_for
from grandlivre.guards.change import Change, PlainEntry
from grandlivre.guards.guard import Guard
from grandlivre.inspection import Inspection
from grandlivre.inspection.one_file import said_of_ledger, said_of_rules
from grandlivre.kept import blocks
from grandlivre.kept.after_edit import are_assertions_as_true, is_order_the_same, last_entry
from grandlivre.kept.blocks import COMMENT, ENTRY, Block, Matched
from grandlivre.kept.ground import Facts
from grandlivre.kept.grounding import facts_of
from grandlivre.kept.marks import UnsureError
from grandlivre.kept.plain_entries import is_comment, of_block
from grandlivre.rules import READERS, TEXT, Finding

_MOST = 60
"""Blocks that may have changed since; beyond, a rule is sure to be concerned."""
_CLOCK = 2_000_000_000
"""Nanoseconds by which the disk's clock may lie: a file that changed later was not surely read as it is."""

Lines = Callable[[int], int | None]
"""Where a line (from 1) of the inspected text stands now; None where it is gone."""


class Said(NamedTuple):
    """What is said of the books as they are shown."""

    findings: Mapping[Path, tuple[Finding, ...]]
    """By file, of the files whose text is another than the one that was inspected."""
    sure: bool
    """Whether a whole inspection would say the same."""


class _Edited(NamedTuple):
    """A text that is another than the one that was inspected."""

    path: Path
    before: bytes
    now: bytes


class Standing:
    """The last inspection of books that could be read whole, and of which texts it was."""

    def __init__(self, inspection: Inspection, texts: Mapping[Path, bytes], began: int) -> None:
        self.inspection = inspection
        self.texts = texts
        """What was shown of some files."""
        self._began = began
        """When it began, in nanoseconds."""
        self._read: dict[Path, bytes | None] = {}
        """Of files that are shown since: what the inspection read of them; None where that is not sure."""
        self._blocks: dict[Path, list[Block]] = {}
        self._facts: Facts | None = None
        self._guards: tuple[Guard, ...] | None = None
        self._prepared = False
        self._by_file: dict[str, list[Finding]] = {}
        for each in inspection.findings:
            self._by_file.setdefault(each.file, []).append(each)

    def of_file(self, path: Path) -> Sequence[Finding]:
        """What it found in a file."""
        return self._by_file.get(str(path), ())

    def prepare(self) -> None:
        """Works out what its findings hang on: seconds on large books, so that nobody should wait for it."""
        if self._prepared:
            return
        facts = facts_of(self.inspection, ())
        if facts is not None:
            self._guards = _guards(self.inspection)
        self._facts, self._prepared = facts, True

    # --- which texts are others -----------------------------------------------------------------------------------------

    def shown(self, path: Path) -> None:
        """A file is shown from now on: what the inspection read of it is kept."""
        if path not in self.texts and path not in self._read:
            self._read[path] = self._on_disk(path)

    def _on_disk(self, path: Path) -> bytes | None:
        """A file that has not changed since the inspection began; b"" for one that is not there."""
        try:
            before = path.stat()
            text = path.read_bytes()
            same = path.stat().st_mtime_ns == before.st_mtime_ns < self._began - _CLOCK
        except FileNotFoundError:
            return b""
        except OSError:
            return None
        return text if same else None

    def edited(self, texts: Mapping[Path, bytes]) -> list[_Edited]:
        """The texts that are others now. Raises UnsureError where one of them is not known as it was inspected."""
        found: list[_Edited] = []
        for path in sorted({*texts, *self.texts, *self._read}):
            self.shown(path)
            before = self.texts[path] if path in self.texts else self._read[path]
            now = texts[path] if path in texts else _content(path)
            if before is None:
                raise UnsureError
            if now != before:
                found.append(_Edited(path, before, now))
        return found

    # --- what is said of them -------------------------------------------------------------------------------------------

    def after(self, texts: Mapping[Path, bytes], today: date) -> Said:
        """What is said of the books with those texts."""
        try:
            edited = self.edited(texts)
        except UnsureError:
            unknown = [_Edited(path, text, text) for path, text in texts.items()]
            return Said({each.path: self._half_typed(each) for each in unknown}, False)
        if not edited:
            return Said({}, today == self.inspection.today)
        try:
            matches = {each.path: self._matched(each) for each in edited}
            sure = today == self.inspection.today and not self._is_concerned(matches, today)
            return Said({path: self._moved(path, found.line) for path, found in matches.items()}, sure)
        except UnsureError:
            return Said({each.path: self._half_typed(each) for each in edited}, False)

    def lines(self, texts: Mapping[Path, bytes], path: Path) -> Lines:
        """Where the lines of a file that were inspected stand now."""
        with suppress(UnsureError):
            for each in self.edited(texts):
                if each.path == path:
                    try:
                        return _sure_line(self._matched(each))
                    except UnsureError:
                        return _alike(each)
        return lambda line: line

    def _matched(self, each: _Edited) -> Matched:
        if each.path.suffix != ".beancount":
            raise UnsureError
        if each.path not in self._blocks:
            self._blocks[each.path] = blocks.cut(each.before)
        return blocks.matched(self._blocks[each.path], blocks.cut(each.now))

    def _is_concerned(self, matches: Mapping[Path, Matched], today: date) -> bool:
        """Whether a rule may say something else. Raises UnsureError where more than ordinary entries changed."""
        facts, guards = self._facts, self._guards
        if facts is None or sum(len(each.gone) + len(each.come) for each in matches.values()) > _MOST:
            raise UnsureError
        if any(each.rule == TEXT and Path(each.file) in matches for each in self.inspection.findings):
            raise UnsureError
        gone, come = (
            [entry for found in matches.values() for entry in _entries(getattr(found, name), facts)]
            for name in ("gone", "come")
        )
        change = Change(tuple(gone), tuple(come))
        last = self.inspection.last_entry
        last_entry(last.isoformat() if last is not None else "", change, today)
        are_assertions_as_true(change, facts)
        is_order_the_same({self.inspection.relative(str(path)): found for path, found in matches.items()}, facts)
        self._require_unnamed(matches)
        return guards is None or any(guard.is_met(change) for guard in guards)

    def _require_unnamed(self, matches: Mapping[Path, Matched]) -> None:
        """Raises UnsureError where a finding's words name a line of a file whose lines moved."""
        moved = [f"{path.name}:" for path, found in matches.items() if found.has_moved]
        for each in self.inspection.findings if moved else ():
            if any(name in text for name in moved for text in (each.message, each.told, str(dict(each.facts)))):
                raise UnsureError

    def _moved(self, path: Path, line: Callable[[int], int | None]) -> tuple[Finding, ...]:
        """The findings of a file on their lines; those of lines that are gone are left out."""
        found: list[Finding] = []
        for each in self.of_file(path):
            with suppress(UnsureError):
                now = line(each.line)
                if now is not None:
                    found.append(each._replace(line=now))
        return tuple(found)

    def _half_typed(self, each: _Edited) -> tuple[Finding, ...]:
        """The former findings of the rules where they still stand, and what the file says wrong of itself."""
        known = [one for one in self._moved(each.path, _alike(each)) if one.rule not in READERS]
        if each.path.suffix != ".beancount":
            said = list(said_of_rules(each.path, each.now))
            return (*(one for one in known if one.rule != "reglement" or not said), *said)
        return (*known, *said_of_ledger(self.inspection.main, each.path, each.now))


def _guards(inspection: Inspection) -> tuple[Guard, ...] | None:
    """What the findings of each rule hang on; None where a rule cannot say it."""
    try:
        return tuple(
            rule.guard(inspection.books) for rule in rules_for(inspection.books) if rule.id in inspection.rules
        )
    except Exception:  # a guard makes the next answer fast and nothing else: all is inspected again, then
        return None


def _entries(found: list[Block], facts: Facts) -> Iterator[PlainEntry]:
    """The entries of blocks. Raises UnsureError where one is not ordinary."""
    for block in found:
        if block.kind == ENTRY:
            yield of_block(block.text, facts.known)
        elif block.kind != COMMENT or not is_comment(block.text):
            raise UnsureError


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise UnsureError from error


def _sure_line(found: Matched) -> Lines:
    def now(line: int) -> int | None:
        try:
            return found.line(line)
        except UnsureError:
            return None

    return now


def _alike(each: _Edited) -> Lines:
    """What both texts begin with stays, what both end with moves with the end."""
    old, new = each.before.split(b"\n"), each.now.split(b"\n")
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)

    def now(line: int) -> int | None:
        if line <= head:
            return line
        return line + len(new) - len(old) if line > len(old) - tail else None

    return now
