"""What was written in the books is recorded in their git repository, under the name of who wrote it.

    kept = commit(desk.root, desk.write("saisie", edit), Author("Awa Traoré", "a-traore"), "BQ-UE-2026-0042 : loyer")

Nobody needs to know git: no hook runs, no editor opens, nothing that somebody else prepared in the index is taken along.
Where there is no repository nothing is recorded, and nothing is said about it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from grandlivre.i18n import one_line
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.past import Git

SERVED = ("ledger", "rules")
"""The folders whose files a served set of books writes."""
MARKER = "grandlivre-recoit"
"""In the repository's own folder while what was received is set out and the branch has not moved yet: commit, process."""
_TRIES = 40
_PAUSE = 0.25
"""Seconds between two tries, while somebody else records."""
_HALFWAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")

_NOT_YET = "Ce qui vient d'être écrit est dans les livres, mais pas encore dans leur historique : {reason}"
_BETWEEN = "une fusion ou un rebasage y est en cours. Terminez-le (git status), puis enregistrez (git commit)."
_FAILED = "git n'a pas pu l'enregistrer. Vérifiez le dépôt (git status, git fsck), puis enregistrez (git commit)."
_REST = "Livres : ce qui était écrit sans être enregistré"


class Author(NamedTuple):
    """Who wrote."""

    name: str
    person: str = ""
    """Their identifier in `mandats.yaml`, or the name of their account."""

    @property
    def mail(self) -> str:
        """An address that leads nowhere: git wants one."""
        kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in self.person or self.name)
        return f"{kept.strip('.-') or 'inconnu'}@livres.invalid"


PROGRAM = Author("Grand Livre", "grandlivre")


class Kept(NamedTuple):
    """What became of it."""

    commit: str = ""
    """The commit's number; "" when there was nothing to record, or nowhere."""
    problem: str = ""
    """A French sentence when it could not be recorded; what was written stays, and the next start records it."""


def commit(root: Path, paths: Sequence[str], author: Author | None, message: str) -> Kept:
    """Records those files, by their paths relative to `root` (the folder that holds ledger/ and rules/), and no other.

    Without an author it is whom git knows here. A path of a file that is gone records that it is gone, one that git is told
    to ignore is left out. Raises ValueError for a path that leaves the books.
    """
    root = root.resolve()
    for path in paths:
        _require_inside(root, path)
    git = repository(root)
    if git is None or not paths:
        return Kept()
    return _recorded(git, root, paths, author, message)


def commit_rest(root: Path) -> Kept:
    """Records what an interrupted program wrote without recording it: for the start of a server."""
    root = root.resolve()
    git = repository(root)
    if git is None:
        return Kept()
    inside = [f":(top,literal){(root / name).relative_to(git.top).as_posix()}" for name in SERVED]
    said = git.ask("ls-files", "-z", "--full-name", "--modified", "--others", "--exclude-standard", "--", *inside)
    staged = git.ask("diff", "--cached", "--name-only", "-z", "--no-renames", "--", *inside)
    found = {name.decode("utf-8", "surrogateescape") for name in ((said or b"") + (staged or b"")).split(b"\0") if name}
    within = root.relative_to(git.top).as_posix()
    paths = sorted(path if within == "." else PurePosixPath(path).relative_to(within).as_posix() for path in found)
    plain = [path for path in paths if _plain(root / path)]
    return _recorded(git, root, plain, PROGRAM, _REST) if plain else Kept()


def repository(root: Path) -> Git | None:
    """The git repository that holds the books; None when there is none, or no git."""
    try:
        return Git(root)
    except RefusedError:
        return None


def _require_inside(root: Path, path: str) -> None:
    parts = PurePosixPath(path).parts
    lawful = bool(parts) and parts[0] in SERVED and ".." not in parts and "\0" not in path and "\\" not in path
    if not lawful or not _plain(root / path):
        raise ValueError(f"not a file of the books: {path!r}")


def _plain(place: Path) -> bool:
    """Whether it is a file reached without a link, or nothing any more."""
    return place.resolve() == place and (place.is_file() or not place.exists())


def _recorded(git: Git, root: Path, paths: Sequence[str], author: Author | None, message: str) -> Kept:
    """One commit more on the branch, tried again while somebody else records at the same time."""
    folder = git.folder()
    if folder is None or any((folder / name).exists() for name in _HALFWAY):
        return Kept(problem=_NOT_YET.format(reason=_BETWEEN))
    listed = _kept_by_git(git, root, paths)
    for _ in range(_TRIES):
        if _is_receiving(git, folder):
            time.sleep(_PAUSE)
            continue
        before = _head(git)
        tree = _tree(git, before, listed)
        if tree is None:
            return Kept(problem=_NOT_YET.format(reason=_FAILED))
        if before and tree == _read(git, "rev-parse", f"{before}^{{tree}}"):
            return Kept()
        made = _made(git, tree, before, author, message)
        if made and git.ask("update-ref", "-m", "grandlivre", "HEAD", made, before or "0" * len(made)) is not None:
            _refresh(git, listed)
            return Kept(made)
        time.sleep(_PAUSE)
    return Kept(problem=_NOT_YET.format(reason=_FAILED))


def _kept_by_git(git: Git, root: Path, paths: Sequence[str]) -> bytes:
    """The files as git names them, each ended by a zero byte; those that it ignores left out."""
    within = root.relative_to(git.top).as_posix()
    named = [path if within == "." else f"{within}/{path}" for path in paths]
    ignored = set((git.ask("check-ignore", "-z", "--stdin", said=_listed(named)) or b"").split(b"\0"))
    return b"".join(name + b"\0" for name in _listed(named).split(b"\0")[:-1] if name not in ignored)


def _listed(names: Sequence[str]) -> bytes:
    return b"".join(name.encode("utf-8", "surrogateescape") + b"\0" for name in names)


def _is_receiving(git: Git, folder: Path) -> bool:
    """Whether what somebody sent stands in the folder and not yet on the branch: a commit would undo it."""
    try:
        new, process = (folder / MARKER).read_text(encoding="ascii").split()
        os.kill(int(process), 0)
    except (OSError, ValueError, OverflowError):
        return False
    return _head(git) != new


def _head(git: Git) -> str:
    return _read(git, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")


def _read(git: Git, *words: str) -> str:
    return (git.ask(*words) or b"").decode("ascii", "replace").strip()


def _tree(git: Git, before: str, listed: bytes) -> str | None:
    """The books of the last commit with those files as they stand; None when git cannot."""
    with tempfile.TemporaryDirectory(prefix="grandlivre-") as kept:
        index = Path(kept) / "index"
        if before and git.ask("read-tree", before, index=index) is None:
            return None
        if git.ask("update-index", "--add", "--remove", "-z", "--stdin", index=index, said=listed) is None:
            return None
        said = git.ask("write-tree", index=index)
        return said.decode("ascii").strip() if said else None


def _made(git: Git, tree: str, before: str, author: Author | None, message: str) -> str:
    """A commit that no branch holds yet."""
    known = author is None and git.ask("config", "user.email") is not None
    author = author or PROGRAM
    name = "".join(c for c in one_line(author.name) if c not in "<>").strip(" .,:;\"'") or author.mail.partition("@")[0]
    told = (
        {}
        if known
        else {
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": author.mail,
            "GIT_COMMITTER_NAME": PROGRAM.name,
            "GIT_COMMITTER_EMAIL": PROGRAM.mail,
        }
    )
    subject = one_line(message).strip() or "Livres"
    parent = ["-p", before] if before else []
    said = git.ask(
        "-c",
        "i18n.commitEncoding=utf-8",
        "commit-tree",
        tree,
        *parent,
        "-F",
        "-",
        said=f"{subject}\n".encode(),
        told=told,
    )
    return said.decode("ascii").strip() if said else ""


def _refresh(git: Git, listed: bytes) -> None:
    """Tells the repository's own index of those files, so that they are not shown as changed; tried again while it is held."""
    for _ in range(_TRIES):
        if git.ask("update-index", "--add", "--remove", "-z", "--stdin", said=listed) is not None:
            return
        time.sleep(_PAUSE)
