"""Whether git tracks no load cache beside the books: its own list of files is read, and git is asked where that says too little."""

from __future__ import annotations

import os

from grandlivre.kept.marks import UnsureError, is_settled, mark_of

_HARMLESS = (
    "GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_EDITOR", "GIT_PAGER", "GIT_ASKPASS", "GIT_PREFIX", "GIT_EXEC_PATH", "GIT_SSH",
    "GIT_SSL", "GIT_HTTP", "GIT_PROXY", "GIT_TERMINAL", "GIT_TRACE", "GIT_OPTIONAL_LOCKS", "GIT_REFLOG", "GIT_MERGE", "GIT_INDEX_FILE",
)  # fmt: skip
"""Variables of git's that say nothing of which files it tracks, but for the last, which is read; git sets them for its hooks."""
_WHOLE_NAMES = (2, 3)
"""The versions of git's list in which each path is written whole."""
_ELSEWHERE = (b"link", b"sdir")
"""Marks of a list that leaves files to another, or folders unnamed."""


class GitMark:
    """The list of files of a repository, under its mark, when git said that no cache is among them."""

    __slots__ = ("index", "mark")

    def __init__(self, index: str = "", mark: str = "") -> None:
        self.index = index
        """The file of the list; "" when git is to be asked anyhow."""
        self.mark = mark

    @classmethod
    def of(cls, record: list[str]) -> GitMark:
        """The same from its record. Raises ValueError."""
        index, mark = record
        return cls(index, mark)

    def as_record(self) -> list[str]:
        """What is written of it."""
        return [self.index, self.mark]


def tracks_nothing(main: str, known: GitMark, clock: int) -> GitMark:
    """The list of files as it is now. Raises UnsureError when a cache stands in it, and OSError."""
    top = _repository(os.path.dirname(main))
    if not top:
        return GitMark()
    index = _index(top)
    mark, settled = _mark(index, clock)
    elsewhere = any(name.startswith("GIT_") and not name.startswith(_HARMLESS) for name in os.environ)
    now = GitMark(index, mark) if settled and not elsewhere else GitMark()
    if now.mark and (known.index, known.mark) == (index, mark):
        return known
    if mark and not elsewhere and _names_none(index):
        return now
    from pathlib import Path

    from grandlivre.sources.audit import tracked_caches

    said = tracked_caches(Path(main).parent)
    if said:
        raise UnsureError
    return now if said is not None else GitMark()


def _mark(index: str, clock: int) -> tuple[str, bool]:
    """The mark of git's list, "" without one; whether it may be believed."""
    if not os.path.exists(index):
        return "", False
    seen = os.stat(index)
    return mark_of(seen), is_settled(seen, clock)


def _repository(folder: str) -> str:
    """The nearest folder, upwards, that git knows; "" without any."""
    while not os.path.exists(f"{folder}/.git"):
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above
    return folder


def _names_none(index: str) -> bool:
    """Whether a list of files that names each of them whole names no cache."""
    with open(index, "rb", buffering=0) as stream:
        content = stream.readall()
    if content[:4] != b"DIRC" or int.from_bytes(content[4:8], "big") not in _WHOLE_NAMES:
        return False
    return not any(each in content for each in _ELSEWHERE) and b".picklecache" not in content.lower()


def _index(top: str) -> str:
    """Where a repository keeps its list of files; a second working tree keeps its own elsewhere, a commit under way too."""
    given = os.environ.get("GIT_INDEX_FILE")
    if given:
        return os.path.join(top, given)
    place = f"{top}/.git"
    if not os.path.isfile(place):
        return f"{place}/index"
    with open(place, encoding="utf-8", errors="surrogateescape") as stream:
        said = stream.read(4096).strip()
    if not said.startswith("gitdir: "):
        raise UnsureError
    return os.path.join(top, said.removeprefix("gitdir: "), "index")
