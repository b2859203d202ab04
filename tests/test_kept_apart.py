"""What the program keeps beside the books (`.grandlivre/`, `build/`) leads nowhere else, and holds nobody up."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from grandlivre.cli import cli
from grandlivre.inspection import inspect
from grandlivre.kept.index import Index
from grandlivre.kept.marks import UnsureError
from grandlivre.rules.remembered import RememberedRules
from grandlivre.tasks.founding import kept_answers
from grandlivre.writing import WriteError, locked

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and pipes of POSIX")


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("apart") / "ong"
    made = CliRunner().invoke(cli, ["init", str(folder), "--oui", "--exercice", "2026"])
    assert made.exit_code == 0, made.output
    return folder


@pytest.fixture
def books(founded: Path, tmp_path: Path) -> Path:
    """New books, and beside them a file that is nobody's business."""
    (tmp_path / "ailleurs").mkdir()
    (tmp_path / "ailleurs" / "precieux").write_text("à garder", encoding="utf-8")
    return Path(shutil.copytree(founded, tmp_path / "ong", ignore=shutil.ignore_patterns(".git", ".grandlivre")))


def link(books: Path, name: str, target: str = "") -> None:
    (books / name).parent.mkdir(parents=True, exist_ok=True)
    (books / name).symlink_to(books.parent / "ailleurs" / target)


PLANTED = {
    "the folder is a link": (lambda books: link(books, ".grandlivre"), ".grandlivre"),
    "the lock is a link": (lambda books: link(books, ".grandlivre/verrou", "precieux"), ".grandlivre/verrou"),
    "the journal is a link": (lambda books: link(books, ".grandlivre/journal"), ".grandlivre/journal"),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_nothing_is_written_through_a_link(kind: str, books: Path) -> None:
    """A lock that was a link emptied the file it led to, wherever that was."""
    plant, named = PLANTED[kind]
    plant(books)
    month = CliRunner().invoke(cli, ["month", "2026-02", "--ledger", str(books / "ledger/main.beancount")])
    assert (month.exit_code, named in month.output) == (2, True), month.output
    with pytest.raises(WriteError, match="lien symbolique"), locked(books, "essai"):
        pass
    said = inspect(books / "ledger/main.beancount").findings
    assert [each.rule for each in said if f"{named} est un lien" in each.message] == ["texte"]
    with pytest.raises(UnsureError):
        Index(str(books / "ledger/main.beancount")).prepare()
    assert [each.name for each in (books.parent / "ailleurs").iterdir()] == ["precieux"]
    assert (books.parent / "ailleurs/precieux").read_text(encoding="utf-8") == "à garder"


def pipe(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)


ENDLESS: dict[str, Callable[[Path], None]] = {"a pipe": pipe, "a device": lambda path: path.symlink_to("/dev/zero")}


@pytest.mark.parametrize("kind", ENDLESS)
def test_what_never_ends_is_not_read(kind: str, books: Path) -> None:
    """A test that hangs has failed."""
    private = books / ".grandlivre"
    for name in ("index/vu", "index/programme", "index/pages/0", "regles", "ouverture.json", "journal/journal.json"):
        (private / name).parent.mkdir(parents=True, exist_ok=True)
        ENDLESS[kind](private / name)
        index = Index(str(books / "ledger/main.beancount"))
        for ask in (index.recall, index.turn, index.prepare):
            with pytest.raises(UnsureError):
                ask()
        assert kept_answers(books) == ()
        rules = RememberedRules(private / "regles")
        assert rules.policy(books / "rules") is None
        if name.startswith("journal"):
            with pytest.raises(WriteError, match="illisible"), locked(books, "essai"):
                pass
        shutil.rmtree(private)


def test_a_journal_nested_without_end_is_a_sentence(books: Path) -> None:
    (books / ".grandlivre/journal").mkdir(parents=True)
    (books / ".grandlivre/journal/journal.json").write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(WriteError, match="illisible"), locked(books, "essai"):
        pass


def test_reports_go_where_they_are_said_to_go(books: Path) -> None:
    link(books, "build/rapports/2026-T1")
    words = ["report", "balance", "--periode", "2026-T1", "--format", "json", "--ledger", "ledger/main.beancount"]
    words[-1] = str(books / words[-1])
    refused = CliRunner().invoke(cli, words)
    assert (refused.exit_code, "build/rapports/2026-T1 est un lien" in refused.output) == (2, True), refused.output
    assert [each.name for each in (books.parent / "ailleurs").iterdir()] == ["precieux"]
