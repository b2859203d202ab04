"""An extract drawn again after an edit against one drawn from the whole: the same files, byte for byte.

`GRANDLIVRE_EXTRAITS=200` draws so many edits instead of a few.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from conftest import ROOT
from grandlivre.sources.marks import Look, differing, look
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.extracting import extract
from grandlivre.tasks.redrawing import Notes, redraw
from grandlivre.viewer.watching import files_of
from grandlivre.writing import WriteError
from guard_bed import edited

DRAWN = int(os.environ.get("GRANDLIVRE_EXTRAITS", "10"))
DAY = date(2026, 11, 29)
TREE = "BAIL-01"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three donors and a year of small months."""
    root = tmp_path_factory.mktemp("trois") / "livres"
    command = [sys.executable, str(ROOT / "scripts" / "demo_books.py"), "--out", str(root)]
    subprocess.run(
        [*command, "--donors", "3", "--years", "1", "--transactions", "432"], check=True, capture_output=True
    )
    return root


class Bed:
    """The books, an extract of them, and what is known of both."""

    def __init__(self, root: Path, place: Path) -> None:
        self.main, self.place = root / "ledger" / "main.beancount", place
        self.notes: Notes = self.drawn(place / "extrait")
        self.seen: Look = look(files_of(self.main))

    def drawn(self, out: Path) -> Notes:
        return extract(self.main, TREE, out, DAY).notes

    def follow(self) -> bool:
        now = look(files_of(self.main))
        again = None
        if now.keys() == self.seen.keys():
            again = redraw(self.main, self.place / "extrait", self.notes, differing(self.seen, now))
        if again is None:
            return False
        self.notes, self.seen = again.notes, now
        return True

    def errors(self) -> int:
        """How many errors the whole finds in its own extract, which is the one here."""
        other = self.place / "neuf"
        shutil.rmtree(other, ignore_errors=True)
        notes = self.drawn(other)
        assert contents(self.place / "extrait") == contents(other)
        assert notes._replace(errors=0) == self.notes
        return notes.errors


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_drawn_edits(root: Path, tmp_path: Path) -> None:
    """Of any month of any donor; one that makes an error is the whole's to judge, and is undone here."""
    bed, followed = Bed(root, tmp_path), 0
    months = sorted(root.glob("ledger/bail-*/20*.beancount"))
    for turn in range(DRAWN):
        lot = random.Random(turn)
        path = lot.choice(months if turn % 2 else [each for each in months if TREE.lower() in each.parts])
        before = path.read_text(encoding="utf-8")
        path.write_text(edited(path, lot), encoding="utf-8", newline="\n")
        if bed.follow():
            try:
                errors = bed.errors()
            except (RefusedError, WriteError):
                errors = 1
            followed += 1
            if not errors:
                continue
            path.write_text(before, encoding="utf-8", newline="\n")
            assert bed.follow()
        path.write_text(before, encoding="utf-8", newline="\n")
    assert followed >= DRAWN / 2


def test_a_paper_comes_with_its_entry(root: Path, tmp_path: Path) -> None:
    bed = Bed(root, tmp_path)
    month = root / "ledger" / "bail-01" / "2026-11.beancount"
    before, own = month.read_text(encoding="utf-8"), '  document: "bail-01/2026-11.pdf"'
    paper = root / "ledger" / "documents" / "bail-01" / "nouveau.pdf"
    paper.write_bytes(b"%PDF-1.4 nouveau")
    month.write_text(before.replace(own, '  document: "bail-01/nouveau.pdf"', 1), encoding="utf-8", newline="\n")
    assert bed.follow()
    assert not bed.errors()
    assert (tmp_path / "extrait" / "ledger" / "documents" / "bail-01" / "nouveau.pdf").is_file()
    month.write_text(before, encoding="utf-8", newline="\n")
    paper.unlink()
    assert bed.follow()
    assert not bed.errors()


@pytest.mark.parametrize(
    ("where", "more"),
    [
        ("ledger/bail-01/2026-11.beancount", '2026-11-20 custom "marche" "M-2026-900" "Achat"\n  bailleur: "BAIL-01"\n'),
        ("ledger/bail-01/2026-11.beancount", "2026-11-20 open Actif:BAIL-01:5712-Caisse XOF\n"),
        ("ledger/bail-02/2026-11.beancount", '2026-11-20 * "A" "B"\n  Actif:BAIL-01:5211-Banque  1 XOF\n  Actif:BAIL-02:5211-Banque\n'),
        ("ledger/bail-02/2026-11.beancount", '2026-11-20 * "A\n'),
        ("ledger/bail-02/2026-11.beancount", 'option "title" "X"\n'),
        ("ledger/bail-02/2026-11.beancount", "pushtag #x\n"),
        ("ledger/bail-02/2026-11.beancount", '2026-11-20 * "A" "12\u00a0500 e\u0301tat"\n'),
        ("ledger/main.beancount", "; autre\n"),
        ("rules/organisation.yaml", "# autre\n"),
    ],
    ids=["dossier", "open", "two trees", "unreadable", "option", "tag", "trap", "entry point", "rules"],
)  # fmt: skip
def test_what_is_drawn_whole(root: Path, tmp_path: Path, where: str, more: str) -> None:
    bed, path = Bed(root, tmp_path), root / where
    before, held = path.read_text(encoding="utf-8"), contents(tmp_path / "extrait")
    path.write_text(f"{before}\n{more}", encoding="utf-8", newline="\n")
    try:
        assert not bed.follow()
        assert contents(tmp_path / "extrait") == held
    finally:
        path.write_text(before, encoding="utf-8", newline="\n")


def test_a_drawing_is_undone(root: Path, tmp_path: Path) -> None:
    bed = Bed(root, tmp_path)
    held = contents(tmp_path / "extrait")
    month = root / "ledger" / "bail-01" / "2026-11.beancount"
    before = month.read_text(encoding="utf-8")
    month.write_text(before.replace("Tranche du mois", "Tranche"), encoding="utf-8", newline="\n")
    again = redraw(bed.main, tmp_path / "extrait", bed.notes, [str(month)])
    assert again is not None
    assert contents(tmp_path / "extrait") != held
    again.undo()
    assert contents(tmp_path / "extrait") == held
    assert Notes.from_json(bed.notes.as_json()) == bed.notes
    month.write_text(before, encoding="utf-8", newline="\n")
