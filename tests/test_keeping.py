"""What is written in served books becomes a commit of its author, in a real repository."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grandlivre.tasks.keeping import Author, commit, commit_rest

AWA = Author("Awa Traoré", "a-traore")
MONTH = "ledger/ue-eau/2026-03.beancount"


def git(root: Path, *words: str) -> str:
    told = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(["git", *words], cwd=root, env=told, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    for key, value in (("user.name", "Comptable"), ("user.email", "c@example.org")):
        git(tmp_path, "config", key, value)
    write(tmp_path, MONTH, "; mars\n")
    (tmp_path / "rules").mkdir()
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "début")
    return tmp_path


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def test_a_commit_has_its_author_and_those_files_only(root: Path) -> None:
    """Neither what lies changed beside, nor what the accountant has staged, is taken along; both stay as they were."""
    write(root, MONTH, "; mars\n; une ligne\n")
    write(root, "ledger/documents/reçu n° 1.pdf", "%PDF")
    write(root, "ledger/autre.beancount", "; en cours\n")
    write(root, "rules/prepare.yaml", "a: 1\n")
    git(root, "add", "rules/prepare.yaml")
    kept = commit(root, [MONTH, "ledger/documents/reçu n° 1.pdf"], AWA, "BQ-1 : loyer\n\nforged: yes")
    assert kept.commit == git(root, "rev-parse", "HEAD")
    assert not kept.problem
    assert git(root, "log", "-1", "--format=%an|%ae|%cn|%B") == (
        "Awa Traoré|a-traore@livres.invalid|Grand Livre|BQ-1 : loyer  forged: yes"
    )
    shown = git(root, "-c", "core.quotePath=false", "show", "--name-only", "--format=", "HEAD").splitlines()
    assert shown == ["ledger/documents/reçu n° 1.pdf", MONTH]
    assert git(root, "-c", "core.quotePath=false", "status", "--porcelain").splitlines() == [
        "A  rules/prepare.yaml",
        "?? ledger/autre.beancount",
    ]


def test_no_hook_runs_and_nothing_is_an_option(root: Path) -> None:
    """Hooks that refuse everything do not run; a name that begins with a dash is a name."""
    folder = root / ".git" / "hooks"
    folder.mkdir(exist_ok=True)
    for name in ("pre-commit", "commit-msg", "reference-transaction", "post-commit"):
        (folder / name).write_text("#!/bin/sh\ntouch ran\nexit 1\n")
        (folder / name).chmod(0o755)
    git(root, "config", "core.hooksPath", str(folder))
    git(root, "config", "commit.gpgSign", "true")
    write(root, "ledger/--version", "; x\n")
    assert commit(root, ["ledger/--version"], Author("--amend <x>\nX: y", "é l"), "--help").commit
    assert git(root, "log", "-1", "--format=%an|%ae|%s") == "--amend x X: y|l@livres.invalid|--help"
    assert not (root / "ran").exists()


@pytest.mark.parametrize(
    "path", ["../dehors", "/etc/passwd", "ledger/../../x", "ledger", "", ".git/config", "ledger/lien", "a\\b"]
)
def test_only_files_of_the_books(root: Path, path: str) -> None:
    (root / "ledger/lien").symlink_to("/etc/hosts")
    with pytest.raises(ValueError, match="not a file of the books"):
        commit(root, [path], AWA, "x")
    assert git(root, "rev-list", "--count", "HEAD") == "1"


def test_without_a_repository_nothing_is_said(tmp_path: Path) -> None:
    write(tmp_path, MONTH, "x")
    assert commit(tmp_path, [MONTH], AWA, "x") == ("", "")
    assert commit_rest(tmp_path) == ("", "")


def test_books_inside_a_larger_repository_and_without_a_first_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, f"livres/{MONTH}", "x")
    write(tmp_path, "autre", "x")
    assert commit(tmp_path / "livres", [MONTH], AWA, "x").commit
    assert git(tmp_path, "ls-files") == f"livres/{MONTH}"
    write(tmp_path, "livres/rules/a.yaml", "y")
    assert commit_rest(tmp_path / "livres").commit
    assert git(tmp_path, "ls-files").splitlines() == [f"livres/{MONTH}", "livres/rules/a.yaml"]


def test_a_file_that_is_gone_and_one_that_did_not_change(root: Path) -> None:
    assert commit(root, [MONTH], AWA, "x") == ("", "")
    (root / MONTH).unlink()
    assert commit(root, [MONTH], AWA, "x").commit
    assert git(root, "ls-files") == ""


def test_in_the_middle_of_a_merge_it_waits(root: Path) -> None:
    (root / ".git" / "MERGE_HEAD").write_text(git(root, "rev-parse", "HEAD"))
    write(root, MONTH, "y")
    kept = commit(root, [MONTH], AWA, "x")
    assert not kept.commit
    assert "une fusion ou un rebasage y est en cours" in kept.problem


def test_many_at_once_lose_nothing(root: Path) -> None:
    """Twenty writers, four at a time: twenty commits, each with its own file."""
    for number in range(20):
        write(root, f"ledger/a/{number}.beancount", f"; {number}\n")
    with ThreadPoolExecutor(4) as pool:
        made = list(
            pool.map(lambda n: commit(root, [f"ledger/a/{n}.beancount"], Author(f"P{n}"), f"pièce {n}"), range(20))
        )
    assert all(each.commit for each in made)
    assert sorted(git(root, "log", "--format=%s", "--grep=pièce").splitlines()) == sorted(
        f"pièce {n}" for n in range(20)
    )
    assert git(root, "status", "--porcelain") == ""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_what_a_killed_server_wrote_is_recorded_at_its_start(root: Path) -> None:
    write(root, MONTH, "; coupé\n")
    write(root, "ledger/nouveau.beancount", "; x\n")
    write(root, "notes.txt", "hors des livres")
    kept = commit_rest(root)
    assert git(root, "show", "--name-only", "--format=%an", kept.commit).splitlines() == [
        "Grand Livre",
        "",
        "ledger/nouveau.beancount",
        MONTH,
    ]
    assert commit_rest(root) == ("", "")
