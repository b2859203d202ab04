"""The books as an editor shows them: unsaved texts in the place of their files, judged by `check` alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from threading import Lock
from time import monotonic, time_ns
from types import MappingProxyType

from grandlivre.books.loading import ParsedFiles
from grandlivre.editor.standing import Lines, Said, Standing
from grandlivre.editor.text import Change, difference
from grandlivre.inspection import Inspection, inspect_with, real_day
from grandlivre.kept.marks import UnsureError
from grandlivre.rules import Finding, kept_apart
from grandlivre.sources.overlay import Overlay, content, showing
from grandlivre.tasks.desk import Changes, Desk, read_files

_MAIN = "main.beancount"
_STALE = 30.0
"""Seconds after which the day is asked again."""
_SHORT = 1.0
"""Seconds that somebody who asks something waits for an inspection."""


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
        self._saved: Inspection | None = None
        self._day: tuple[float, date] | None = None
        self.standing: Standing | None = None
        """The last inspection of books that could be read whole."""
        self.took = 0.0
        """Seconds of the last inspection."""
        self._on_disk = 0
        """How often files changed on the disk."""
        self._seen = 0
        """The same when the last inspection began."""

    @property
    def root(self) -> Path:
        """The folder that holds ledger/ and rules/."""
        return self.main.parent.parent

    @property
    def today(self) -> date:
        """The day on which the books are judged, asked again now and then."""
        now = monotonic()
        if self._day is None or now - self._day[0] > _STALE:
            self._day = (now, real_day(self.main, self._asked))
        return self._day[1]

    def show(self, path: Path, text: bytes | None) -> None:
        """Notes what the editor shows of a file; None when it shows nothing, or what is saved."""
        if self.standing is not None:
            self.standing.shown(path)
        texts = {name: each for name, each in self.texts.items() if name != path}
        if text is not None:
            texts[path] = text
        self.texts, self._judged = MappingProxyType(texts), None

    def changed(self) -> None:
        """A file was saved, added or taken away."""
        self._on_disk += 1
        self._judged = None

    @property
    def is_judged(self) -> bool:
        """Whether the books were inspected as they are shown, and no file changed since."""
        return self._judged is not None

    def said(self) -> Said | None:
        """What is known at once of the texts as they are shown; None before the first inspection."""
        standing, seen = self.standing, self._on_disk
        if standing is None:
            return None
        found = standing.after(self.texts, self.today)
        return found if seen == self._seen else found._replace(sure=False)

    def lines(self, path: Path) -> Lines:
        """Where the lines of a file that were inspected last stand now."""
        return self.standing.lines(self.texts, path) if self.standing is not None else lambda line: line

    def known(self, path: Path) -> Sequence[Finding]:
        """What the last inspection said of a file."""
        return self.standing.of_file(path) if self.standing is not None else ()

    def everything(self) -> dict[Path, list[Finding]]:
        """Every finding that is known, by file: of what cannot be read, in the place of what the rules last said of it."""
        standing, judged = self.standing, self._judged
        found: dict[Path, list[Finding]] = {}
        if standing is not None:
            said = standing.after(self.texts, self.today).findings
            for each in standing.inspection.findings:
                if Path(each.file) not in said:
                    found.setdefault(Path(each.file), []).append(each)
            found |= {path: list(rows) for path, rows in said.items()}
        if judged is not None and (judged.halted or standing is None):
            for each in judged.findings:
                rows = found.setdefault(Path(each.file), [])
                if not any((one.rule, one.line, one.message) == (each.rule, each.line, each.message) for one in rows):
                    rows.append(each)
        return found

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
            if self.standing is not None:
                return self.standing.inspection
            if self._saved is None:
                self._saved = self._look({})
            return self._saved

    def latest(self) -> Inspection:
        """The same; of books that take long to read, the last inspection, which a newer one will follow."""
        return self.standing.inspection if self.standing is not None and self.took > _SHORT else self.whole()

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
            if self._judged is not None:
                return self._judged
            texts, seen, began = self.texts, self._on_disk, time_ns()
            found = self._unchanged(texts)
            if found is None:
                with kept_apart():
                    found = self._look(texts)
                self.took = (time_ns() - began) / 1e9
                self._seen = seen
                if not found.halted:
                    self._stand(Standing(found, texts, began))
            if texts is self.texts and seen == self._on_disk:
                self._judged = found
            return found

    def _stand(self, new: Standing) -> None:
        """A newer inspection is the last one: at once, unless the former says the same of its texts and answers meanwhile."""
        former = self.standing
        if former is not None and former.after(new.texts, new.inspection.today).sure:
            new.prepare()
        self.standing = new

    def _unchanged(self, texts: Mapping[Path, bytes]) -> Inspection | None:
        """The last inspection, where it was of the very same texts."""
        standing = self.standing
        if standing is None or self._seen != self._on_disk or standing.inspection.today != self.today:
            return None
        try:
            return None if standing.edited(texts) else standing.inspection
        except UnsureError:
            return None

    def _look(self, texts: Mapping[Path, bytes]) -> Inspection:
        return inspect_with(self.main, Overlay(texts), real_day(self.main, self._asked), self._parsed)
