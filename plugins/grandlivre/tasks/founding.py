"""A new organisation's repository written to disk, checked, and recorded in git."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from grandlivre.inspection import Inspection, inspect
from grandlivre.scaffold.founding import EXECUTABLE, HOOK, founding_files
from grandlivre.scaffold.opening import with_opening
from grandlivre.scaffold.organisation import NewOrganisation, mistakes, with_cashiers
from grandlivre.sources.files import unspeakable
from grandlivre.sources.problem import RefusedError
from grandlivre.sources.programs import program
from grandlivre.writing import ChangeSet, interrupted, locked, pending
from grandlivre.writing.problem import because

_ALLOWED = frozenset({".git", ".grandlivre"})
_SECONDS = 60
_ENTRY = "ledger/main.beancount"
_ANSWERS = ".grandlivre/ouverture.json"


def require_name(folder: Path) -> None:
    """Raises RefusedError unless books can stand under this path: it can be spelt, and no program takes it for something else."""
    path = os.path.abspath(folder)  # noqa: PTH100 - pathlib leaves the « .. » that make a path long
    if folder.parts[:1] == ("~",):
        raise RefusedError(f"{folder.as_posix()} serait un dossier nommé « ~ » : écrivez le chemin entier.")
    if not path.isprintable():
        raise RefusedError(
            "Le nom de ce dossier a un caractère qui ne s'écrit pas : donnez-lui des lettres et des chiffres."
        )
    if unspeakable(Path(path)):
        raise RefusedError(
            f"{folder.as_posix()} a dans son chemin un *, un ? ou un [ : Beancount le prendrait pour un motif et ne lirait pas "
            "les livres. Donnez un autre nom."
        )
    try:
        reached = next(each for each in Path(path, "x").parents if each.exists())
    except OSError:
        raise RefusedError("Ce chemin est trop long pour ce système : donnez un nom plus court.") from None
    if not reached.is_dir() and reached != Path(path):
        raise RefusedError(f"{folder.as_posix()} passe par un fichier, pas par un dossier : donnez un autre chemin.")


def require_empty(folder: Path) -> None:
    """Raises RefusedError unless a repository can begin in this folder: it is absent, empty, or a bare git clone."""
    if folder.exists() and not folder.is_dir():
        raise RefusedError(f"{folder.as_posix()} est un fichier : donnez le nom d'un dossier nouveau ou vide.")
    inside = sorted(path.name for path in folder.iterdir() if path.name not in _ALLOWED) if folder.is_dir() else []
    if inside:
        shown = ", ".join(inside[:3])
        raise RefusedError(
            f"Le dossier {folder.as_posix()} n'est pas vide ({shown}). Rien n'a été écrit ; "
            + (
                "il contient des livres : lancez les commandes depuis ce dossier."
                if (folder / _ENTRY).is_file()
                else "donnez un dossier nouveau ou vide."
            )
        )


def complete(org: NewOrganisation, sheet: Path | None, day: date | None = None) -> NewOrganisation:
    """The organisation with its opening balance and its cashiers' powers; raises RefusedError, row by row.

    `day` is the one the balance was drawn on, when the year had begun in other books.
    """
    if day is not None:
        first, last = org.year.start, org.year.end
        if sheet is None or not first <= day < last:
            raise RefusedError(
                f"--au {day} dit le jour d'une balance arrêtée en cours d'exercice : donnez-la par --from, et un jour du "
                f"{first:%d/%m/%Y} au {last:%d/%m/%Y}. Une balance de fin d'exercice se reprend sans --au."
            )
        org = replace(org, balance_day=day)
    if sheet is not None:
        org, problems = with_opening(org, sheet)
        if problems:
            said = [f"{sheet.name}:{each.line}: {each.message}" if each.line else each.message for each in problems]
            raise RefusedError(*said, "Rien n'a été écrit.")
    return with_cashiers(org)


def kept_answers(folder: Path) -> tuple[tuple[str, str], ...]:
    """The questions and answers of an interview that was left; none when the file is absent or does not read."""
    if not (folder / _ANSWERS).is_file():  # a pipe would never end
        return ()
    try:
        kept = json.loads((folder / _ANSWERS).read_text(encoding="utf-8"))
        return tuple((str(question), str(answer)) for question, answer in kept)
    except (OSError, ValueError, TypeError, RecursionError):
        return ()


def keep_answers(folder: Path, answers: Sequence[tuple[str, str]]) -> None:
    """Keeps the answers given so far; a disk that refuses loses nothing but the comfort of it."""
    with contextlib.suppress(OSError):
        (folder / _ANSWERS).parent.mkdir(parents=True, exist_ok=True)
        (folder / _ANSWERS).write_text(json.dumps(list(answers), ensure_ascii=False, indent=1), encoding="utf-8")


def forget_answers(folder: Path) -> None:
    """Removes the kept answers, once the books are written."""
    with contextlib.suppress(OSError):
        (folder / _ANSWERS).unlink(missing_ok=True)


def found(folder: Path, org: NewOrganisation) -> tuple[str, ...]:
    """Writes every file of the organisation, all or none; returns their paths. Raises RefusedError or WriteError."""
    require_empty(folder)
    folder = folder.resolve()
    org = replace(org, books_id=org.books_id or secrets.token_hex(16))
    wrong = tuple(mistakes(org))
    if wrong:
        raise RefusedError(*wrong, "Rien n'a été écrit.")
    try:
        files = founding_files(org)
    except ModuleNotFoundError:
        raise RefusedError(
            "Grand Livre ne sait pas comment il a été installé, et les livres en gardent une copie : installez-le avec pip."
        ) from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise because(error, folder.as_posix()) from error
    with locked(folder, "init"):
        change = ChangeSet(folder)
        for path, content in files.items():
            change.create(folder / path, content)
        written = change.commit()
    _let_run(folder)
    return written


def _let_run(folder: Path) -> None:
    """Gives the right to run to what the system runs by itself; a disk that knows no such right is left as it is."""
    for path in EXECUTABLE:
        with contextlib.suppress(OSError):
            (folder / path).chmod(0o755)


def finished(folder: Path) -> tuple[str, ...]:
    """Finishes the opening that was interrupted in this folder; its paths, or () when there was none."""
    if not (folder.is_dir() and interrupted(folder)):
        return ()
    half = pending(folder)
    with locked(folder, "init") as recovery:
        if half:
            paths = recovery.paths if recovery is not None and _ENTRY in recovery.paths else ()
            _let_run(folder)
            return paths
        if not (folder / _ENTRY).is_file() or _has_history(folder):
            return ()
        # all was written, but neither checked nor recorded
        _let_run(folder)
        found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return tuple(sorted(path.as_posix() for path in found if path.parts[0] not in _ALLOWED))


def _has_history(folder: Path) -> bool:
    git = program("git")
    return git is not None and _git(git, folder, "rev-parse", "--verify", "--quiet", "HEAD") == 0


def judged(folder: Path) -> Inspection:
    """What `check` says of the new books."""
    return inspect(folder / _ENTRY)


def record(folder: Path, acronym: str) -> str:
    """Makes the first commit where git is there; returns a French sentence on what was done."""
    git = program("git")
    if git is None:
        return (
            "git n'est pas installé : l'historique commencera quand vous l'aurez (git init ; git add . ; git commit)."
        )
    own = (folder / ".git").exists()
    if not own and _git(git, folder, "rev-parse", "--is-inside-work-tree") == 0:
        return (
            "Ce dossier est dans un dépôt git : enregistrez-y vous-même les nouveaux fichiers (git add, git commit), et "
            f"branchez-y {HOOK} si vous voulez le contrôle avant chaque enregistrement."
        )
    author = [] if _git(git, folder, "config", "user.email") == 0 else _NOBODY
    steps = [] if own else [["init", "--quiet"]]
    steps += [
        ["-c", "core.excludesFile=", "add", "--all"],
        ["update-index", "--chmod=+x", *EXECUTABLE],
        [*author, "commit", "--quiet", "--no-gpg-sign", "--no-verify", "-m", f"Livres de {acronym} ouverts"],
        ["config", "core.hooksPath", HOOK.rpartition("/")[0]],
    ]
    for step in steps:
        if _git(git, folder, *step) != 0:
            return "git n'a pas pu enregistrer les fichiers : faites-le à la main (git add . ; git commit)."
    return "Premier enregistrement git : fait. Les livres seront contrôlés avant chacun des suivants."


_NOBODY = ["-c", "user.name=Grand Livre", "-c", "user.email=grandlivre@localhost"]
"""The author of the first commit where git does not know who is there."""


def _git(git: str, folder: Path, *words: str) -> int:
    quiet = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(  # noqa: S603 - git itself, found on the path, with fixed words
            [git, *words],
            cwd=folder,
            env=quiet,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 1
    return done.returncode
