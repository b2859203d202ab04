"""Whether the files of the books changed since they were read: looked at on each request, so that no page is stale."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from grandlivre.sources.marks import Look, differing, look


def files_of(main: Path) -> Iterator[str]:
    """The texts of the books and of the rules beside them, and every folder that may hold others or vouchers."""
    for top in (main.parent, main.parent.parent / "rules"):
        for folder, inner, names in os.walk(top):
            inner[:] = [name for name in inner if not name.startswith(".")]
            yield folder
            yield from (
                f"{folder}{os.sep}{name}"
                for name in names
                if name.endswith((".beancount", ".bean", ".yaml", ".yml")) and not name.startswith(".")
            )


class FileWatch:
    """What Fava asks of a watcher: whether to read the books again, and a number that grows each time."""

    def __init__(self, main: Path) -> None:
        self.last_checked = 0
        self.last_notified = 0
        self._main = main
        self._seen: Look = {}
        self.begin()

    def begin(self) -> None:
        """Looks before the books are read: what changes while they are shows at the next request."""
        self._seen = look(files_of(self._main))

    def update(self, files: Iterable[Path], folders: Iterable[Path]) -> None:
        """Also watches what the load named and `begin` did not see."""
        self._seen |= look({str(path) for path in (*files, *folders)} - self._seen.keys())
        self._turn()

    def check(self) -> bool:
        """Whether something changed since the last time."""
        if self.last_notified <= self.last_checked and not self._changed():
            return False
        self._turn()
        return True

    def _changed(self) -> bool:
        """Whether a text changed, came or went, or a voucher or a visa did."""
        now = look(self._seen)
        changed = differing(self._seen, now)
        whole = tuple(str(self._main.parent / name) for name in ("documents", "visas"))
        if any(path.startswith(whole) or not Path(path).is_dir() for path in changed):
            return True
        if changed and not self._seen.keys() >= set(files_of(self._main)):
            return True
        self._seen = now  # an editor's own files come and go
        return False

    def notify(self, path: Path) -> None:
        """Fava wrote a file itself."""
        del path
        self.last_notified = self.last_checked + 1

    def _turn(self) -> None:
        newest = max((seen.modified for seen in self._seen.values() if seen is not None), default=0)
        self.last_checked = max(newest, self.last_checked + 1, self.last_notified)
