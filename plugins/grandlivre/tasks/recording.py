"""What is written into books that git keeps, recorded as one commit by its author."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from grandlivre.i18n import one_line
from grandlivre.sources.programs import program

_SECONDS = 60
NOBODY = ("-c", "user.name=Grand Livre", "-c", "user.email=grandlivre@localhost")
"""Who records where git does not know who is there."""
_QUIET = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
"""A request from a page runs nothing that stands in the books' folder."""


class Author(NamedTuple):
    """Who wrote an entry."""

    name: str
    address: str


def run_git(git: str, folder: Path, *words: str) -> tuple[int, str]:
    """What git answers: its status and its output, without asking anything of anybody."""
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
            encoding="utf-8",
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return 1, ""
    return done.returncode, done.stdout


def record(root: Path, paths: Sequence[str], subject: str, author: Author | None = None) -> str:
    """Commits those paths alone (relative to the root, some maybe gone); the commit's id, "" where nothing is recorded.

    Nothing is lost when git refuses: the files are written, and wait for the next commit.
    """
    git = program("git")
    if git is None or run_git(git, root, "rev-parse", "--is-inside-work-tree")[1].strip() != "true":
        return ""
    kept = [path for path in paths if _is_kept(git, root, path)]
    if not kept:
        return ""
    there = [path for path in kept if (root / path).exists()]
    if there and run_git(git, root, *_QUIET, "add", "--", *there)[0] != 0:
        return ""
    who = () if run_git(git, root, "config", "user.email")[0] == 0 else NOBODY
    by = [f"--author={_plain(author.name)} <{_plain(author.address)}>"] if author is not None else []
    words = ["commit", "--quiet", "--no-verify", "--no-gpg-sign", *by, "-m", one_line(subject), "--only", "--", *kept]
    if run_git(git, root, *_QUIET, *who, *words)[0] != 0:
        return ""
    return run_git(git, root, "rev-parse", "HEAD")[1].strip()


def _is_kept(git: str, root: Path, path: str) -> bool:
    """Whether git knows a path, or may learn it: what is gone and was never recorded is nothing to git."""
    if (root / path).exists():
        return run_git(git, root, "check-ignore", "--quiet", "--", path)[0] != 0
    return run_git(git, root, "ls-files", "--error-unmatch", "--", path)[0] == 0


def _plain(text: str) -> str:
    """A name or an address as git writes it: on one line, without what would end it."""
    return re.sub(r"[<>]", "", one_line(text)).strip() or "Grand Livre"
