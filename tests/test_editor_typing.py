"""What the language server says at once of an edit is what a whole inspection says, whenever it is sure of it.

More edits, on the demonstration books: GRANDLIVRE_FRAPPES=300 pytest tests/test_editor_typing.py
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from grandlivre.editor.standing import Said
from grandlivre.editor.workspace import Workspace
from grandlivre.rules import Finding
from guard_bed import ENTRY, edited
from small_books import ready

__all__ = ["ready"]

ROOT = Path(__file__).resolve().parent.parent
MORE = int(os.environ.get("GRANDLIVRE_FRAPPES", "0"))


@pytest.fixture(scope="module")
def shown(ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Small books, or the demonstration's, shown and never written; old enough for what was read of them to be sure."""
    if MORE:
        return Workspace(ROOT / "ledger/main.beancount")
    root = Path(shutil.copytree(ready, tmp_path_factory.mktemp("frappe") / "ong"))
    for path in root.rglob("*.beancount"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return Workspace(root / "ledger/main.beancount")


def typed(path: Path, lot: random.Random) -> str:
    """An edit of one entry, now and then with lines that move: a remark above an entry, an entry that goes."""
    text = edited(path, lot)
    entries = [each[0] for each in ENTRY.finditer(text)]
    kind, one = lot.randrange(4), lot.choice(entries)
    if kind == 0:
        return text.replace(one, f"; à revoir\n\n{one}", 1)
    return text.replace(f"{one}\n", "", 1) if kind == 1 and lot.random() < 0.5 else text


def told(findings: object) -> set[tuple[object, ...]]:
    """Everything that an editor is told of findings."""
    return {(each.rule, each.level, each.file, each.line, each.message) for each in findings}  # type: ignore[attr-defined]


def flat(found: Workspace) -> list[Finding]:
    return [each for rows in found.everything().values() for each in rows]


def known(found: Workspace) -> Said:
    said = found.said()
    assert said is not None
    return said


def test_what_is_said_at_once_is_what_a_whole_inspection_says(shown: Workspace) -> None:
    shown.judged()
    standing = shown.standing
    assert standing is not None
    standing.prepare()
    lot = random.Random(20260131)
    pages = [path for path in sorted(shown.root.glob("ledger/*/20*.beancount")) if ENTRY.search(path.read_text())]
    sure = 0
    for draw in range(MORE or 24):
        path = lot.choice(pages)
        shown.show(path, typed(path, lot).encode())
        said = known(shown)
        now = flat(shown)
        whole = shown.tried()
        if said.sure:
            sure += 1
            assert told(now) == told(whole.findings), draw
        shown.show(path, None)
        assert known(shown) == Said({}, True)
    assert sure > (0 if MORE else 3)  # most of the demonstration's months are closed


def test_an_edit_is_known_over_another_that_was_never_inspected(shown: Workspace) -> None:
    """Remarks move lines and change nothing: twenty of them, each over the one before, and the books are never inspected again."""
    before = shown.judged()
    path = next(path for path in sorted(shown.root.glob("ledger/*/20*.beancount")) if ENTRY.search(path.read_text()))
    text = path.read_text(encoding="utf-8")
    for rank in range(20):
        text = text.replace("\n20", f"\n; remarque {rank}\n20", 1)
        shown.show(path, text.encode())
        assert known(shown).sure
    assert shown.standing is not None
    assert shown.standing.inspection is before
    assert told(flat(shown)) == told(shown.tried().findings)
    shown.show(path, None)


@pytest.mark.parametrize("cut", [0.3, 0.55, 0.8])
def test_a_half_typed_text_keeps_what_is_known_and_says_its_own_fault(shown: Workspace, cut: float) -> None:
    shown.judged()
    path = next(path for path in sorted(shown.root.glob("ledger/*/20*.beancount")) if ENTRY.search(path.read_text()))
    text = path.read_text(encoding="utf-8")
    last = [each.start() for each in ENTRY.finditer(text)][-1]
    half = text[: last + int((len(text) - last) * cut)] + '\n2026-01-31 * "Marché'
    shown.show(path, half.encode())
    try:
        said = known(shown)
        assert not said.sure
        wrong = [each for each in said.findings[path] if each.rule in ("texte", "beancount")]
        assert wrong
        whole = shown.judged()
        assert whole.halted
        assert told(wrong) <= told(whole.findings)
        assert told(whole.findings) <= told(flat(shown))
    finally:
        shown.show(path, None)


def test_a_half_typed_file_of_rules_is_said_at_once(shown: Workspace) -> None:
    shown.judged()
    path = shown.root / "rules/mandats.yaml"
    shown.show(path, path.read_bytes() + b"\nmandats: [")
    try:
        said = known(shown)
        assert not said.sure
        wrong = [each for each in said.findings[path] if each.rule == "reglement"]
        assert wrong
        assert told(wrong) <= told(shown.judged().findings)
    finally:
        shown.show(path, None)
