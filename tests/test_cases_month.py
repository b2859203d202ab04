"""The month's cases of tests/cases/, run in a copy of the demonstration books."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Literal, TypeAlias

import pytest
from click.testing import CliRunner, Result

from grandlivre.books.documents import DocumentFolder
from grandlivre.cli import cli

CASES = Path(__file__).resolve().parent / "cases"
Form: TypeAlias = Literal["NFC", "NFD"]


def run(root: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "--ledger", str(root / "ledger" / "main.beancount")])


def test_40_a_line_of_nothing_is_information(demo_texts: Path) -> None:
    for tree in ("genre", "fonct"):  # October is not reconciled yet
        month = demo_texts / "ledger" / tree / "2026-10.beancount"
        bare = month.read_text(encoding="utf-8").replace('  pointage: "2026-10"\n', "").split("\n\n")
        month.write_text("\n\n".join(each for each in bare if 'custom "releve"' not in each), encoding="utf-8")
    file = next(CASES.glob("40-*")) / "releve.csv"
    drafted = run(demo_texts, "import", str(file))
    assert (drafted.exit_code, "1 pour information (0 F)" in drafted.output) == (0, True), drafted.output
    drafts = (demo_texts / "ledger" / "brouillons").glob("*.beancount")
    assert not any(re.search(r" 0 XOF", path.read_text(encoding="utf-8")) for path in drafts)
    done = run(demo_texts, "reconcile", "GENRE", "--releve", str(file), "--accept")
    assert done.exit_code == 0, done.output
    assert "Pour information, 0 F, aucune écriture :" in done.output
    assert "octobre 2026 : rapproché" in done.output


@pytest.mark.parametrize(("written", "on_disk"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_41_a_name_is_the_same_however_its_accents_are_written(demo_texts: Path, written: Form, on_disk: Form) -> None:
    case = (next(CASES.glob("41-*")) / "ajouter.beancount").read_text(encoding="utf-8")
    name = re.findall(r'document: "(.+)"', case)[0]
    path = demo_texts / "ledger/documents" / unicodedata.normalize(on_disk, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%PDF-1.4\n%x\n")
    with (demo_texts / "ledger/ue-eau/2026-10.beancount").open("a", encoding="utf-8") as month:
        month.write(case.replace(name, unicodedata.normalize(written, name)))
    said = run(demo_texts, "check", "--only", "piece-justificative")
    assert (said.exit_code, name in unicodedata.normalize("NFC", said.output)) == (0, False), said.output


def test_a_document_is_found_in_a_folder_whose_accents_are_written_otherwise(tmp_path: Path) -> None:
    name = "reçus/électricité.pdf"
    path = tmp_path / unicodedata.normalize("NFD", name)
    path.parent.mkdir()
    path.write_bytes(b"%PDF-1.4 1")
    documents = DocumentFolder(tmp_path)
    assert (documents.size(name), documents.place(name), documents.head(name)[:4]) == (10, path, b"%PDF")
    assert documents.hashed(name) == documents.hashed(unicodedata.normalize("NFD", name)) is not None
    assert documents.size("reçus/autre.pdf") is None


def test_the_name_as_it_is_written_wins_over_its_twin(tmp_path: Path) -> None:
    (tmp_path / unicodedata.normalize("NFD", "reçu.pdf")).write_bytes(b"other")
    (tmp_path / "reçu.pdf").write_bytes(b"its own bytes")
    assert DocumentFolder(tmp_path).size("reçu.pdf") == 13


def test_a_path_that_leaves_the_folder_is_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "secret.pdf").write_bytes(b"%PDF")
    documents = DocumentFolder(tmp_path / "documents")
    assert documents.place("../secret.pdf") == tmp_path / "documents" / "../secret.pdf"
    assert documents.place("absent/reçu.pdf") == tmp_path / "documents" / "absent/reçu.pdf"
