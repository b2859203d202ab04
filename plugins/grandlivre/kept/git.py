"""Whether git still tracks no load cache beside the books: asked again only when its own list of files changed."""

from __future__ import annotations

import os

from grandlivre.kept.marks import UnsureError, is_settled, mark_of

_HARMLESS = (
    "GIT_AUTHOR_",
    "GIT_COMMITTER_",
    "GIT_EDITOR",
    "GIT_PAGER",
    "GIT_ASKPASS",
    "GIT_PREFIX",
    "GIT_EXEC_PATH",
    "GIT_SSH",
)
"""Variables of git's that say nothing of which files it tracks."""


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
    mark, settled = "", False
    if os.path.exists(index):
        seen = os.stat(index)
        mark, settled = mark_of(seen), is_settled(seen, clock)
    elsewhere = any(name.startswith("GIT_") and not name.startswith(_HARMLESS) for name in os.environ)
    if mark and settled and not elsewhere and (known.index, known.mark) == (index, mark):
        return known
    from pathlib import Path

    from grandlivre.sources.audit import tracked_caches

    said = tracked_caches(Path(main).parent)
    if said:
        raise UnsureError
    return GitMark(index, mark) if said is not None and settled and not elsewhere else GitMark()


def _repository(folder: str) -> str:
    """The nearest folder, upwards, that git knows; "" without any."""
    while not os.path.exists(f"{folder}/.git"):
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above
    return folder


def _index(top: str) -> str:
    """Where a repository keeps its list of files; a second working tree keeps its own elsewhere."""
    place = f"{top}/.git"
    if not os.path.isfile(place):
        return f"{place}/index"
    with open(place, encoding="utf-8", errors="surrogateescape") as stream:
        said = stream.read(4096).strip()
    if not said.startswith("gitdir: "):
        raise UnsureError
    return os.path.join(top, said.removeprefix("gitdir: "), "index")
