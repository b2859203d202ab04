"""The books as an editor shows them: unsaved texts in the place of their files, judged by `check` alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from threading import Lock
from types import MappingProxyType

from grandlivre.books.loading import ParsedFiles
from grandlivre.editor.text import Change, difference
from grandlivre.inspection import Inspection, inspect_with, real_day
from grandlivre.sources.overlay import Overlay, content, showing
from grandlivre.tasks.desk import Changes, Desk, read_files

_MAIN = "main.beancount"


def entry_point_above(path: Path) -> Path | None:
    """The entry point of the books that hold a file or a folder: the nearest `ledger/main.beancount` beside `rules/`."""
    for folder in (path, *path.parents):
        main = folder / "ledger" / _MAIN
        if main.is_file() and (folder / "rules").is_dir():
            return main
    return None


class Workspace:
    """One set of books and what the editor shows of it; what was judged last is kept while nothing changes."""

    def __init__(self, main: Path, today: date | None = None) -> None:
        self.main = main.resolve()
        self._asked = today
        self.texts: Mapping[Path, bytes] = MappingProxyType({})
        self._parsed = ParsedFiles()
        self._lock = Lock()
        self._judged: Inspection | None = None
        self._whole: Inspection | None = None

    @property
    def root(self) -> Path:
        """The folder that holds ledger/ and rules/."""
        return self.main.parent.parent

    def show(self, path: Path, text: bytes | None) -> None:
        """Notes what the editor shows of a file; None when it shows nothing, or what is saved."""
        texts = {name: each for name, each in self.texts.items() if name != path}
        if text is not None:
            texts[path] = text
        self.texts, self._judged = MappingProxyType(texts), None

    def changed(self) -> None:
        """A file was saved, added or taken away."""
        self._judged = None

    def text(self, path: Path) -> str:
        """A file as the editor shows it; "" when it cannot be read."""
        with showing(Overlay(self.texts)):
            try:
                return content(path).decode("utf-8", "replace")
            except OSError:
                return ""

    def whole(self) -> Inspection:
        """The last inspection whose books could be read whole, else what is saved: what is known while a text is half typed."""
        found = self.judged()
        if not found.halted:
            return found
        with self._lock:
            if self._whole is None:
                self._whole = self._look({})
            return self._whole

    def tried(self, *changes: Change) -> Inspection:
        """What `check` would say after some changes; nothing is kept of it."""
        texts = {change.path: self.after(change).encode() for change in changes}
        with self._lock:
            return self._look({**self.texts, **texts})

    def after(self, change: Change) -> str:
        """A file as it would be shown after a change."""
        return "".join(f"{line}\n" for line in change.applied(self.text(change.path).splitlines()))

    def draft(self, make: Callable[[Desk], Changes]) -> tuple[Change, ...]:
        """What a task would write over the texts that are shown, as changes of them; raises as the task does."""
        whole = self.whole()
        with showing(Overlay(self.texts)):
            files, includes = read_files(self.main)
            planned = make(Desk(whole, files, includes, ""))
        return tuple(
            difference(path, (before or b"").decode(), after.decode())
            for path, (before, after) in planned.items()
            if after is not None
        )

    def judged(self) -> Inspection:
        """What `check` says of the books as they are shown; one inspection at a time."""
        with self._lock:
            found = self._judged
            if found is None:
                texts = self.texts
                found = self._look(texts)
                if texts is self.texts:
                    self._judged = found
                if not found.halted:
                    self._whole = found
            return found

    def _look(self, texts: Mapping[Path, bytes]) -> Inspection:
        return inspect_with(self.main, Overlay(texts), real_day(self.main, self._asked), self._parsed)
