"""The books as they stood at a former revision of their git repository, set out in a temporary folder.

The index is read and its files are written out (`read-tree`, `checkout-index`): unlike an archive, no attribute pushed
with the books can hide a file from it. The repository, its index and its working tree are left as they are.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from grandlivre.sources.problem import RefusedError
from grandlivre.sources.programs import program

_SECONDS = 300
_INCOMING = ("GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")
"""Where git keeps what somebody sends until a hook has taken it; set together, and in such a hook alone."""
_STILL = (
    f"core.hooksPath={os.devnull}",
    "core.fsmonitor=false",
    "core.symlinks=false",
    "core.sparseCheckout=false",
    "core.quotePath=false",
)
"""No hook runs, no file is left out, a symbolic link becomes a plain file that leads nowhere."""


@contextmanager
def as_of(main: Path, revision: str) -> Iterator[Path]:
    """The path that the entry point `main` has in the books of a revision; it may not exist there.

    The folder lives as long as the context. Raises RefusedError without git, without a repository, or when the
    revision is unknown.
    """
    main = main.resolve()
    git = Git(main.parent)
    commit = git.commit(revision)
    within = main.parent.parent if main.parent.parent.is_relative_to(git.top) else git.top
    with tempfile.TemporaryDirectory(prefix="grandlivre-") as folder:
        tree = Path(folder) / "livres"
        git.set_out(commit, within.relative_to(git.top).as_posix(), Path(folder) / "index", tree)
        yield (tree / main.relative_to(git.top)).resolve()


class Recording(NamedTuple):
    """What git recorded at once."""

    id: str
    parents: tuple[str, ...]
    date: dt.date
    subject: str


class FileChange(NamedTuple):
    """What one commit did to one file."""

    id: str
    day: dt.date
    author: str
    subject: str
    kind: str
    """A added, M changed, D taken away."""
    path: str
    """From the top of the repository."""


def file_changes(main: Path, within: Path) -> tuple[FileChange, ...]:
    """What was recorded of the files under a folder, or of one file, oldest first.

    Raises RefusedError without git, without a repository, or when it holds a part of its history only.
    """
    git = Git(main.resolve().parent)
    return git.file_changes(within.resolve())


def content_at(main: Path, commit: str, path: str) -> bytes | None:
    """The bytes of a file, by its path from the top of the repository, as a commit has it."""
    return Git(main.resolve().parent).content(commit, path)


def is_nothing(revision: str) -> bool:
    """Whether git calls so what was before a new branch: « 0000… »."""
    return len(revision) >= 40 and not revision.strip("0")


def recordings(main: Path, since: str) -> tuple[Recording, ...]:
    """What was recorded since a revision, oldest first, up to what stands."""
    git = Git(main.resolve().parent)
    former = () if is_nothing(since) else (f"^{git.commit(since)}",)
    return git.log(git.commit("HEAD"), *former)


class Git:
    """The repository that holds a folder."""

    def __init__(self, folder: Path) -> None:
        found = program("git")
        if found is None:
            raise RefusedError("git n'est pas installé : installez-le, ou relancez sans --since.")
        self._git, self.top = found, folder
        top = self.ask("rev-parse", "--show-toplevel")
        if top is None:
            raise RefusedError("Ces livres ne sont pas dans un dépôt git : relancez sans --since.")
        self.top = Path(os.fsdecode(top.removesuffix(b"\n"))).resolve()

    def folder(self) -> Path | None:
        """Where git keeps what it knows of this folder."""
        said = self.ask("rev-parse", "--absolute-git-dir")
        return Path(os.fsdecode(said.removesuffix(b"\n"))) if said else None

    def commit(self, revision: str) -> str:
        """The commit a revision names; raises RefusedError when there is none."""
        lawful = bool(revision) and not revision.startswith("-") and "\0" not in revision
        found = self.ask("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") if lawful else None
        if found:
            return found.decode("ascii").strip()
        if self.ask("rev-parse", "--is-shallow-repository") == b"true\n":
            raise RefusedError(
                f"La révision « {revision} » n'est pas ici : ce dépôt n'a qu'une partie de son histoire. "
                "Complétez-la (git fetch --unshallow ; sur GitHub fetch-depth: 0 ; sur GitLab GIT_DEPTH: 0)."
            )
        raise RefusedError(
            f"La révision « {revision} » est inconnue de ce dépôt. Donnez une branche, une étiquette ou un numéro "
            "d'enregistrement (git log --oneline)."
        )

    def log(self, *revisions: str) -> tuple[Recording, ...]:
        """The commits that the revisions name, parents first; raises RefusedError when git cannot."""
        form = "--format=%H%x00%P%x00%cs%x00%s"
        said = self.ask("log", "--no-show-signature", "--no-color", "--reverse", "--topo-order", form, *revisions, "--")
        if said is None:
            raise RefusedError("git n'a pas pu relire l'histoire de ces livres. Vérifiez le dépôt (git fsck).")
        rows = [line.split("\0", 3) for line in said.decode("utf-8", "replace").split("\n") if line]
        return tuple(Recording(id_, tuple(up.split()), dt.date.fromisoformat(on), told) for id_, up, on, told in rows)

    def file_changes(self, within: Path) -> tuple[FileChange, ...]:
        """What commits did to the files there; raises RefusedError when the history is not whole."""
        if self.ask("rev-parse", "--is-shallow-repository") == b"true\n":
            raise RefusedError("Ce dépôt n'a qu'une partie de son histoire : complétez-la (git fetch --unshallow).")
        name = within.relative_to(self.top).as_posix()
        form = "--format=%x01%H%x00%cs%x00%an%x00%s"
        words = ["log", "--no-show-signature", "--no-color", "--reverse", "--no-renames", "--name-status", form]
        said = self.ask(*words, "HEAD", "--", f":(top,literal){name}")
        if said is None:
            raise RefusedError("git n'a pas pu relire l'histoire de ces livres. Vérifiez le dépôt (git fsck).")
        found: list[FileChange] = []
        for block in said.decode("utf-8", "replace").split("\x01")[1:]:
            head, *rows = block.split("\n")
            id_, on, author, subject = head.split("\0", 3)
            for row in rows:
                kind, _, path = row.partition("\t")
                if path:
                    found.append(FileChange(id_, dt.date.fromisoformat(on), author, subject, kind[:1], path))
        return tuple(found)

    def content(self, commit: str, path: str) -> bytes | None:
        """The bytes of a file in a commit, None where it has none."""
        return self.ask("cat-file", "blob", f"{commit}:{path}")

    def set_out(self, commit: str, within: str, index: Path, tree: Path) -> None:
        """Writes the files of a commit that stand in the folder `within` under `tree`; raises RefusedError when git cannot."""
        tree.mkdir()
        listed = None
        if self.ask("read-tree", commit, index=index) is not None:
            only = [] if within == "." else ["--", f":(top,literal){within}"]
            listed = self.ask("ls-files", "-z", *only, index=index)
        prefix = f"--prefix={tree.as_posix()}/"
        if listed is None or self.ask("checkout-index", "-z", "--stdin", prefix, index=index, said=listed) is None:
            raise RefusedError(f"git n'a pas pu relire les livres de {commit[:12]}. Vérifiez le dépôt (git fsck).")

    def told_by(self, *words: str, told: Mapping[str, str]) -> tuple[str, bool]:
        """What git and the server say, and whether it was done."""
        done = self._run(words, None, b"", told)
        said = (done.stdout + b"\n" + done.stderr).decode("utf-8", "replace") if done is not None else ""
        return said, done is not None and done.returncode == 0

    def ask(
        self, *words: str, index: Path | None = None, said: bytes = b"", told: Mapping[str, str] | None = None
    ) -> bytes | None:
        """What git answers, or None when it fails. A hook's own settings of git are set aside; `told` gives others.

        What somebody sends, and no hook has taken yet, is read where it waits.
        """
        done = self._run(words, index, said, told or {})
        return done.stdout if done is not None and done.returncode == 0 else None

    def _run(
        self, words: Sequence[str], index: Path | None, said: bytes, told: Mapping[str, str]
    ) -> subprocess.CompletedProcess[bytes] | None:
        """Git's end; None when it could not run, or never ended."""
        quiet = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        if _INCOMING[0] in os.environ:
            quiet |= {key: os.environ[key] for key in _INCOMING if key in os.environ}
        quiet |= {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
        quiet |= told
        if index is not None:
            quiet["GIT_INDEX_FILE"] = str(index)
        settings = [word for setting in _STILL for word in ("-c", setting)]
        try:
            return subprocess.run(  # noqa: S603 - git itself, found on the path
                [self._git, *settings, *words],
                cwd=self.top,
                env=quiet,
                input=said,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, ValueError, subprocess.SubprocessError):
            return None
