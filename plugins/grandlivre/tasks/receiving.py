"""What a repository of served books receives: the accountant pushes, the server writes, and neither undoes the other.

Three hooks stand in the repository's own folder, never among the pushed files. The first checks what comes, set out of git's
index (row S21), with the installed program; the second sets it out in the served folder under the books' own lock; the
third says that it is done. Whatever is refused stays whole where it came from.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.keeping import MARKER, commit_rest, repository
from grandlivre.tasks.past import Git
from grandlivre.tasks.problem import WriteError
from grandlivre.writing import locked, write_file

HOOKS = {"pre-receive": "receive", "push-to-checkout": "checkout", "post-receive": "received"}
"""Git's name of a hook → our command."""
_OURS = "# Écrit par « grandlivre git install »"
_SETTINGS = (
    ("receive.denyCurrentBranch", "updateInstead"),
    ("receive.denyNonFastForwards", "true"),
    ("receive.denyDeletes", "true"),
    ("receive.fsckObjects", "true"),
    ("receive.maxInputSize", "500m"),
)
_TRIES = 40
_PAUSE = 0.25

_NO_REPOSITORY = "Ces livres ne sont pas dans un dépôt git : git init, puis recommencez."
_ANOTHER = "Un autre crochet est déjà là : {path}. Retirez-le ou renommez-le, puis recommencez."
_BEHIND = (
    "Le serveur a enregistré entre-temps ce que vous n'avez pas encore. Rien n'est perdu de part ni d'autre : "
    "grandlivre git exchange le prend, le réunit au vôtre et renvoie le tout (ou : git pull, puis git push)."
)
_REWRITTEN = (
    "Cet envoi récrit l'histoire des livres : refusé. Repartez de celle du serveur (git fetch) et ajoutez-y la vôtre."
)
_BUSY = "Le serveur écrit en ce moment dans ces livres. Recommencez dans quelques secondes."
_IN_THE_WAY = (
    "Des fichiers du serveur ne sont pas encore enregistrés, ou portent le nom de fichiers que vous envoyez : rien n'a été "
    "remplacé. Recommencez ; si cela dure, voyez git status sur le serveur."
)


class Coming(NamedTuple):
    """One branch or tag that somebody asks to move."""

    old: str
    new: str
    ref: str


def install(main: Path) -> tuple[str, ...]:
    """Makes the repository of the books receive pushes; what was written. Raises RefusedError or WriteError."""
    git = repository(main.parent)
    folder = git.folder() if git is not None else None
    if git is None or folder is None:
        raise RefusedError(_NO_REPOSITORY)
    hooks = folder / "hooks"
    for name in HOOKS:
        if (hooks / name).exists() and _OURS not in (hooks / name).read_text(encoding="utf-8", errors="replace"):
            raise RefusedError(_ANOTHER.format(path=(hooks / name).as_posix()))
    hooks.mkdir(exist_ok=True)
    for name, command in HOOKS.items():
        write_file(hooks / name, _script(command, main).encode())
        (hooks / name).chmod(0o755)
    for key, value in (*_SETTINGS, ("core.hooksPath", str(hooks))):
        if git.ask("config", key, value) is None:
            raise WriteError(f"git n'a pas pu régler {key}. Vérifiez les droits sur {folder.as_posix()}.")
    return tuple((hooks / name).as_posix() for name in HOOKS)


def _script(command: str, main: Path) -> str:
    """A hook: it calls the installed program by its path, and nothing of the books' folder."""
    own = Path(sys.executable).with_name("grandlivre")
    words = [str(own)] if own.is_file() else [sys.executable, "-P", "-m", "grandlivre"]
    said = " ".join(shlex.quote(word) for word in [*words, "git", command, "--ledger", str(main)])
    return (
        f"#!/bin/sh\n{_OURS} : ne le modifiez pas, relancez la commande.\n"
        "unset PYTHONPATH PYTHONHOME PYTHONSTARTUP\nexport BEANCOUNT_DISABLE_LOAD_CACHE=1 PYTHONUTF8=1 CI=1\n"
        f'exec {said} "$@"\n'
    )


def read_coming(lines: Iterable[str]) -> Iterator[Coming]:
    """What git tells a hook on its standard input."""
    for line in lines:
        parts = line.split()
        if len(parts) == 3:
            yield Coming(*parts)


def to_check(main: Path, coming: Iterable[Coming]) -> Coming | None:
    """The move of the served branch, None when nobody asks for one; raises RefusedError for one that is not a sequel.

    What the server wrote and did not record is recorded first.
    """
    git = repository(main.parent)
    if git is None:
        raise RefusedError(_NO_REPOSITORY)
    branch = (git.ask("symbolic-ref", "--quiet", "HEAD") or b"").decode().strip()
    asked = next((each for each in coming if each.ref == branch), None)
    if asked is None:
        return None
    with _outside_quarantine():
        rest = commit_rest(main.parent.parent)
    if rest.commit:
        raise RefusedError(_BEHIND)
    if rest.problem:
        raise RefusedError(rest.problem)
    if not asked.new.strip("0"):
        raise RefusedError(_REWRITTEN)
    if asked.old.strip("0") and git.ask("merge-base", "--is-ancestor", asked.old, asked.new) is None:
        raise RefusedError(_REWRITTEN)
    return asked


@contextlib.contextmanager
def _outside_quarantine() -> Iterator[None]:
    """What the server records is its own, not a part of what somebody sends."""
    kept = {key: os.environ.pop(key) for key in [*os.environ] if key.startswith("GIT_")}
    try:
        yield
    finally:
        os.environ.update(kept)


def check_out(main: Path, new: str) -> None:
    """Sets a commit out in the served folder; raises RefusedError and changes nothing when something is in the way."""
    git = repository(main.parent)
    folder = git.folder() if git is not None else None
    if git is None or folder is None:
        raise RefusedError(_NO_REPOSITORY)
    for left in range(_TRIES, -1, -1):
        try:
            with locked(main.parent.parent, "git checkout"):
                _set_out(git, folder, new)
            return
        except WriteError:
            if not left:
                raise RefusedError(_BUSY) from None
            time.sleep(_PAUSE)


def _set_out(git: Git, folder: Path, new: str) -> None:
    git.ask("update-index", "-q", "--refresh")
    clean = git.ask("diff-index", "--quiet", "HEAD", "--") is not None
    (folder / MARKER).write_text(f"{new} {os.getppid()}", encoding="ascii")
    if not clean or git.ask("read-tree", "-u", "-m", "HEAD", new) is None:
        (folder / MARKER).unlink(missing_ok=True)
        raise RefusedError(_IN_THE_WAY)


def received(main: Path) -> None:
    """Says that the branch has moved to what was set out."""
    git = repository(main.parent)
    folder = git.folder() if git is not None else None
    if folder is not None:
        (folder / MARKER).unlink(missing_ok=True)
