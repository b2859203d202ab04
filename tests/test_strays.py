"""Nothing runs from the books' folder, and nothing but plain files is read there (rows S26 and S27 of the security table)."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grandlivre.inspection import inspect
from grandlivre.policy.loading import load_policy
from grandlivre.sources import programs

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60
"""More than any of these commands takes: one that waits for a pipe would never end."""
posix = pytest.mark.skipif(os.name == "nt", reason="pipes, links and sh")


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """The smallest books of our layout, as a person keeps them, with an installed environment."""
    top = tmp_path / "ong"
    (top / "ledger" / "documents").mkdir(parents=True)
    (top / "rules" / "bailleurs").mkdir(parents=True)
    (top / "templates").mkdir()
    (top / "ledger" / "main.beancount").write_text('plugin "grandlivre.checks" "../rules"\n', encoding="utf-8")
    return top


def said(top: Path) -> list[str]:
    """The findings of `texte`, with their files from the top."""
    found = inspect(top / "ledger" / "main.beancount")
    return [f"{Path(each.file).relative_to(top).as_posix()}: {each.message}" for each in found.findings]


# --- S26


def plant(top: Path) -> Path:
    """A click.py and a package grandlivre/ at the top of the books, which leave a mark where they run; the mark."""
    mark = top.parent / "execute.txt"
    code = f"import pathlib\npathlib.Path({str(mark)!r}).write_text('pris')\n"
    (top / "click.py").write_text(code, encoding="utf-8")
    (top / "grandlivre").mkdir()
    (top / "grandlivre" / "__init__.py").write_text(code, encoding="utf-8")
    return mark


def task(label: str) -> Callable[[Path], list[str]]:
    """The command of a task of the editor, as `init` writes it."""

    def command(top: Path) -> list[str]:
        tasks = json.loads((ROOT / ".vscode" / "tasks.json").read_text(encoding="utf-8"))["tasks"]
        found = next(each for each in tasks if each["label"] == label)
        return [found["command"].replace("${workspaceFolder}", str(top)), *found["args"]]

    return command


LAUNCHERS: dict[str, Callable[[Path], list[str]]] = {
    "ouvrir.sh": lambda top: ["sh", str(top / "scripts" / "ouvrir.sh"), "--port", "0"],
    "task check": task("Contrôler les livres"),
    "task serve": task("Ouvrir les livres"),
    "hook": lambda top: [str(top / ".venv" / "bin" / "grandlivre"), "check"],
    "python -P -m": lambda top: [str(top / ".venv" / "bin" / "python"), "-P", "-m", "grandlivre", "check"],
}


@posix
@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_no_launcher_runs_code_of_the_books(books: Path, launcher: str) -> None:
    mark = plant(books)
    (books / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    (books / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "ouvrir.sh", books / "scripts")
    done = subprocess.run(
        LAUNCHERS[launcher](books), cwd=books, capture_output=True, text=True, encoding="utf-8", timeout=SECONDS
    )
    assert not mark.exists()
    assert done.returncode == 1, done.stdout + done.stderr
    for name in ("click.py", "grandlivre/__init__.py"):
        assert f"Le fichier {name} est du code rangé dans les livres" in done.stdout + done.stderr


def test_python_m_takes_no_library_from_the_books(books: Path) -> None:
    """A package grandlivre/ there would be chosen by Python itself; a library that we import is not."""
    mark = plant(books)
    shutil.rmtree(books / "grandlivre")
    done = subprocess.run(
        [sys.executable, "-m", "grandlivre", "check"], cwd=books, capture_output=True, timeout=SECONDS, check=False
    )
    assert (done.returncode, mark.exists()) == (1, False)


def test_the_windows_launcher_and_the_papers_never_say_python_m() -> None:
    files = [
        ROOT / "scripts" / "ouvrir.cmd",
        ROOT / "scripts" / "start.py",
        ROOT / "README.md",
        *(ROOT / ".vscode").iterdir(),
    ]
    files += list((ROOT / "plugins" / "grandlivre" / "scaffold" / "files").iterdir())
    for path in files:
        text = path.read_text(encoding="utf-8").replace("-P -m grandlivre", "")
        assert "-m grandlivre" not in text, path.name
        assert '"-m", "grandlivre"' not in text, path.name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("click.py", "est du code rangé dans les livres"),
        ("sitecustomize.pyc", "est du code rangé dans les livres"),
        ("yaml/__init__.py", "est du code rangé dans les livres"),
        ("jinja2.so", "est du code rangé dans les livres"),
        ("git.exe", "porte le nom d'une commande"),
        ("GrandLivre.BAT", "porte le nom d'une commande"),
        ("ledger/click.py", "est du code rangé dans les livres"),
        ("ledger/git.cmd", "porte le nom d'une commande"),
    ],
)
def test_what_could_run_is_refused(books: Path, name: str, words: str) -> None:
    path = books / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    (finding,) = said(books)
    assert finding.startswith(f"{name}: Le fichier {name} {words}")


@pytest.mark.parametrize("name", ["outils/export.py", "scripts/ouvrir.cmd", "ouvrir.cmd", "grandlivre.txt"])
def test_what_cannot_run_by_itself_is_not(books: Path, name: str) -> None:
    path = books / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    assert not [finding for finding in said(books) if name in finding]


def test_books_without_rules_answer_for_their_own_folder_only(tmp_path: Path) -> None:
    main = tmp_path / "compta" / "main.beancount"
    main.parent.mkdir()
    main.write_text("", encoding="utf-8")
    (tmp_path / "setup.py").write_text("", encoding="utf-8")
    assert not [each for each in inspect(main).findings if "setup.py" in each.message]


def test_this_repository_is_no_exception() -> None:
    assert not inspect(ROOT / "ledger" / "main.beancount").halted


@posix
def test_a_program_of_the_current_folder_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "git"
    own.write_text("#!/bin/sh\n", encoding="utf-8")
    own.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".")
    assert programs.program("git") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs.program("git") == str(own)


# --- S27


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def plug(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(path.parent)  # a socket's address is short
        try:
            server.bind(path.name)
        finally:
            os.chdir(here)


PLACES = [
    "templates/rapport.html",
    "templates/logo.png",
    "rules/organisation.yaml",
    "rules/bailleurs/eau.yaml",
    "rules/releves/banque.yaml",
    "ledger/releves/2026-01.csv",
    "ledger/documents/eau/bon.pdf",
    "ledger/notes.txt",
]


@posix
@pytest.mark.parametrize("made", [link, endless, pipe, plug])
@pytest.mark.parametrize("place", PLACES)
def test_only_plain_files_are_read(books: Path, place: str, made: Callable[[Path], None]) -> None:
    path = books / place
    path.parent.mkdir(exist_ok=True)
    made(path)
    (finding,) = said(books)
    what = "est un lien symbolique" if path.is_symlink() else "n'est pas un fichier ordinaire"
    assert finding.startswith(f"{place}: {place} {what}")


@posix
@pytest.mark.parametrize("folder", ["rules", "templates", "rules/bailleurs", "ledger/documents"])
def test_a_folder_that_is_a_link_is_refused(books: Path, folder: str) -> None:
    shutil.move(books / folder, books.parent / "dehors")
    (books / folder).symlink_to(books.parent / "dehors", target_is_directory=True)
    (finding,) = said(books)
    assert finding.startswith(f"{folder}: {folder} est un lien symbolique")


@posix
@pytest.mark.parametrize(
    ("made", "words"),
    [(pipe, "nomme un tube ou un périphérique"), (endless, "passe par un lien symbolique"), (plug, "nomme un tube")],
)
def test_an_include_opens_plain_files_only(tmp_path: Path, made: Callable[[Path], None], words: str) -> None:
    """Also where books stand alone, without rules/ beside them."""
    main = tmp_path / "main.beancount"
    main.write_text('include "*.beancount"\ninclude "x.beancount"\n', encoding="utf-8")
    made(tmp_path / "x.beancount")
    found = inspect(main)
    assert found.halted
    assert [each.line for each in found.findings if words in each.message] == [1, 2]


def test_a_file_too_large_is_not_read(books: Path) -> None:
    with (books / "ledger" / "x.beancount").open("wb") as file:
        file.truncate(10**11)
    main = books / "ledger" / "main.beancount"
    main.write_text('plugin "grandlivre.checks" "../rules"\ninclude "x.beancount"\n', encoding="utf-8")
    words = "ledger/main.beancount: L'inclusion « x.beancount » nomme un fichier de plus de 200 Mo"
    assert any(each.startswith(words) for each in said(books))
    with main.open("r+b") as file:
        file.truncate(10**11)
    assert any("dépasse 200 Mo" in each for each in said(books))


@posix
@pytest.mark.parametrize("made", [link, endless, pipe])
@pytest.mark.parametrize("name", ["organisation.yaml", "bailleurs/eau.yaml"])
def test_rules_alone_refuse_them_too(books: Path, name: str, made: Callable[[Path], None]) -> None:
    """`bean-check` runs no audit: what reads the rules looks for itself."""
    made(books / "rules" / name)
    (problem,) = [each for each in load_policy(books / "rules").problems if each.path.name == Path(name).name]
    assert ("lien symbolique" if made is not pipe else "pas un fichier ordinaire") in problem.message


@posix
def test_a_linked_folder_of_rules_is_not_read(books: Path) -> None:
    (books / "rules" / "bailleurs").rmdir()
    (books.parent / "dehors").mkdir()
    (books / "rules" / "bailleurs").symlink_to(books.parent / "dehors")
    assert any("bailleurs/ est un lien" in each.message for each in load_policy(books / "rules").problems)


def test_a_huge_file_of_rules_is_not_read(books: Path) -> None:
    with (books / "rules" / "mandats.yaml").open("wb") as file:
        file.truncate(10**11)
    assert any("dépasse 5 Mo" in each.message for each in load_policy(books / "rules").problems)


@pytest.mark.parametrize(
    "line",
    [
        'plugin "grandlivre.checks.late_advance"',
        'plugin "grandlivre.checks"',
        'plugin "grandlivre.checks" "brouillons/r"',
        'plugin "grandlivre.checks" "../../ailleurs/rules"',
        'plugin "grandlivre.checks" "/tmp/rules"',
        'plugin "grandlivre.checks" "../rules/"',
    ],
)
def test_the_line_of_the_controls_is_exact(line: str, demo_texts: Path) -> None:
    """Another module, another folder: the controls would be silently absent (E13, S30)."""
    main = demo_texts / "ledger" / "main.beancount"
    text = main.read_text(encoding="utf-8")
    exact = 'plugin "grandlivre.checks" "../rules"'
    assert text.count(exact) == 1
    main.write_text(text.replace(exact, line), encoding="utf-8")
    found = inspect(main)
    assert found.halted
    assert [(each.rule, "Écrivez exactement" in each.message) for each in found.findings] == [("texte", True)]
