"""The lines of one directive, and what may be done to them: a key added, a value replaced, a line taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grandlivre.editor.words import entry_start

_KEY = re.compile(r"(\s+)([a-z][A-Za-z0-9_-]*):\s*(.*?)\s*$")


@dataclass(frozen=True)
class Change:
    """Lines of a file (0: the first) and what stands in their place; `until` is not among them."""

    path: Path
    start: int
    until: int
    lines: tuple[str, ...]

    def applied(self, lines: list[str]) -> list[str]:
        """The file's lines once changed."""
        return [*lines[: self.start], *self.lines, *lines[self.until :]]


def difference(path: Path, before: str, after: str) -> Change:
    """The one change that makes a text another: what both begin and end with is left alone."""
    old, new = before.splitlines(), after.splitlines()
    most = min(len(old), len(new))
    start = next((at for at in range(most) if old[at] != new[at]), most)
    end = next((at for at in range(most - start) if old[-1 - at] != new[-1 - at]), most - start)
    return Change(path, start, len(old) - end, tuple(new[start : len(new) - end]))


class Directive:
    """The directive that holds a line."""

    def __init__(self, path: Path, lines: list[str], at: int) -> None:
        self.path, self.lines = path, lines
        self.start = entry_start(lines, at)
        self.at = at
        end = self.start + 1
        while end < len(lines) and lines[end][:1].isspace() and lines[end].strip():
            end += 1
        self.end = end
        """The first line after it."""

    def _keys(self) -> Iterator[tuple[int, str, str]]:
        for at in range(self.start + 1, self.end):
            found = _KEY.match(self.lines[at])
            if found is not None:
                yield at, found[2], found[3]

    def value(self, key: str) -> str:
        """What a key says, without its quotes; "" when it is not there."""
        return next((said.strip('"') for _, named, said in self._keys() if named == key), "")

    def with_key(self, key: str, value: str) -> Change:
        """The key says that value (written as Beancount reads it): replaced where it stands, else added under the first line."""
        for at, named, _ in self._keys():
            if named == key:
                indent = self.lines[at][: len(self.lines[at]) - len(self.lines[at].lstrip())]
                return Change(self.path, at, at + 1, (f"{indent}{key}: {value}",))
        return Change(self.path, self.start + 1, self.start + 1, (f"  {key}: {value}",))

    def under(self, key: str, value: str) -> Change:
        """The posting that holds the line gains a key of its own."""
        indent = self.lines[self.at][: len(self.lines[self.at]) - len(self.lines[self.at].lstrip())]
        return Change(self.path, self.at + 1, self.at + 1, (f"{indent}  {key}: {value}",))

    def without(self, *keys: str) -> Change:
        """The directive without those keys."""
        gone = {at for at, named, _ in self._keys() if named in keys}
        kept = tuple(self.lines[at] for at in range(self.start, self.end) if at not in gone)
        return Change(self.path, self.start, self.end, kept)

    def swapped(self, old: str, new: str, at: int | None = None) -> Change | None:
        """A word replaced, on one line when it is named, else on every line of the directive; None when it is not there."""
        rows = range(self.start, self.end) if at is None else range(at, at + 1)
        said = tuple(self.lines[row].replace(old, new) for row in rows if row < len(self.lines))
        if not said or said == tuple(self.lines[row] for row in rows):
            return None
        return Change(self.path, rows.start, rows.stop, said)

    def replaced(self, *lines: str) -> Change:
        """Other lines in its place."""
        return Change(self.path, self.start, self.end, lines)

    def followed(self, *lines: str) -> Change:
        """More lines after it, apart."""
        return Change(self.path, self.end, self.end, ("", *lines))
