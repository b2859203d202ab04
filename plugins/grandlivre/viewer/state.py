"""What the pages share of one load of the books: findings, index, and what was worked out from them once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from grandlivre.books.index import Books, build
from grandlivre.books.records import Place
from grandlivre.checks import rules_folder, rules_of
from grandlivre.inspection import Inspection, inspect_loaded
from grandlivre.policy.loading import load_policy
from grandlivre.policy.periods import Period
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.rules import Finding, collector_off

T = TypeVar("T")
_REMEMBERED = 64
"""Views kept for a load: a reader's filters come back often."""


@dataclass(frozen=True)
class Loaded:
    """One load: Fava's directives and errors, what `check` says of them, and the index over them."""

    entries: Sequence[Any]
    errors: Sequence[Any]
    inspection: Inspection
    books: Books
    day: date
    """The day it was judged at."""
    _memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: Any, work: Callable[[], T]) -> T:
        """What `work` gives, worked out once for this load and key."""
        if key not in self._memo:
            if len(self._memo) >= _REMEMBERED:
                self._memo.pop(next(iter(self._memo)))
            self._memo[key] = work()
        found: T = self._memo[key]
        return found

    def forget(self) -> None:
        """Lets go of what was worked out of this load, whose books then go with it."""
        self._memo.clear()
        self.__dict__.pop("context", None)
        self.inspection.forget()
        self.books.forget()

    @cached_property
    def context(self) -> Context:
        """The frame of reports over the whole organisation."""
        books = self.books
        period = Period("", books.start, books.today)
        return Context(books, Scope(), period, self.inspection.findings, self.inspection.waived)

    def tree_of(self, finding: Finding) -> str:
        """The tree a finding belongs to: by its line, else by its folder; "" for nobody's."""
        return self.context.tree_of(finding) or self.tree_at(finding.file)

    def tree_at(self, file: str) -> str:
        """The tree whose folder holds a file of the books; "" for nobody's."""
        return self._folders.get(Path(file).parent, "")

    @cached_property
    def _folders(self) -> dict[Path, str]:
        return {self.books.folder / tree.lower(): tree for tree in self.books.trees}

    @cached_property
    def _lines(self) -> dict[str, tuple[list[int], list[Any]]]:
        rows: dict[str, list[tuple[int, int]]] = {}
        for index, entry in enumerate(self.entries):
            meta = entry.meta or {}
            rows.setdefault(meta.get("filename", ""), []).append((meta.get("lineno", 0), index))
        found = {}
        for file, own in rows.items():
            own.sort()
            found[file] = ([line for line, _ in own], [self.entries[index] for _, index in own])
        return found

    @property
    def _roots(self) -> tuple[Path, Path]:
        """The folder that holds ledger/ and rules/, as the load names its files and as the rules do."""
        return self.books.folder.parent, self.inspection.root

    def short(self, file: str) -> str:
        """A file as addresses and pages name it: from the folder that holds ledger/ and rules/, never the machine's."""
        path = Path(file)
        return next((path.relative_to(root).as_posix() for root in self._roots if path.is_relative_to(root)), path.name)

    def named(self, short: str, line: int) -> Place | None:
        """The place that an address names, when the books or their rules hold such a file."""
        known = {*self._lines, *map(str, self.books.policy.files)}
        found = next((str(root / short) for root in self._roots if str(root / short) in known), None)
        return None if found is None else Place(found, line)

    def directive_at(self, place: Place) -> Any | None:
        """Beancount's directive that begins on a line, or whose postings hold it."""
        lines, entries = self._lines.get(place.file, ([], []))
        index = bisect_right(lines, place.line) - 1
        if index < 0:
            return None
        last = [
            posting.meta.get("lineno", 0) for posting in getattr(entries[index], "postings", None) or () if posting.meta
        ]
        return entries[index] if place.line <= max([lines[index], *last]) else None


def read(
    main: str, entries: Sequence[Any], errors: Sequence[Any], options: dict[str, Any], today: date, *, audited: bool
) -> Loaded:
    """The findings and the index of a load; the books that stay shown while a broken file is not loaded, too.

    `audited` says that the files were audited, and found clean, before this load.
    """
    load = (list(entries), list(errors), options)
    inspection = inspect_loaded(Path(main), load, today, audited=audited)
    if not inspection.halted:
        return Loaded(entries, errors, inspection, inspection.books, today)
    with collector_off():
        policy = rules_of(load_policy(rules_folder(options)))[1]
        return Loaded(entries, errors, inspection, build(load[0], options, policy, today), today)
