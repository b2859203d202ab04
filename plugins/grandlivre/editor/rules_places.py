"""Where the cursor stands in a file of `rules/`: under which keys, and whether a key or a value is being typed.

The text is half typed, so that no YAML parser reads it: indentation, dashes and brackets are enough to know the place.
"""

from __future__ import annotations

import re
from typing import NamedTuple

Step = str | int
"""A key, or the rank of an item in a list."""
Path = tuple[Step, ...]

_KEY = re.compile(
    r"(?P<quote>[\"']?)(?P<key>[^\s:#{}\[\],\"'-][^:#{}\[\]\"',]*?|-?\w[^:#{}\[\]\"',]*?)(?P=quote)\s*:(?=\s|$)\s*"
)
_DASH = re.compile(r"-(\s+|$)")


class Spot(NamedTuple):
    """What is being typed, and where."""

    path: Path
    """The keys and ranks that lead there; of a value, its own key is the last."""
    said: str
    """What is typed of it so far, an opening quote left out."""
    quoted: bool
    """Whether an opening quote stands before it."""
    key: bool
    """Whether a key may stand here."""
    value: bool
    """Whether a value may."""
    present: frozenset[str]
    """The keys that stand beside it already."""


class _Frame(NamedTuple):
    column: int
    step: Step
    """What leads into it."""


class _Bracket:
    """An opened `{` or `[`."""

    def __init__(self, mapping: bool) -> None:
        self.mapping = mapping
        self.key: str | None = None
        self.rank = 0

    @property
    def steps(self) -> Path:
        """What leads to what is read now; nothing where a key is."""
        if not self.mapping:
            return (self.rank,)
        return () if self.key is None else (self.key,)


class _Reader:
    """Reads lines one after the other and knows where it is."""

    def __init__(self) -> None:
        self.seen: set[Path] = set()
        self._frames: list[_Frame] = []
        self._brackets: list[_Bracket] = []
        self._token = ""
        self._quote = ""
        self._after_key = False
        self._in_item = False
        self._blank = False
        self._width = 0

    def read(self, line: str) -> None:
        """A line, or what stands before the cursor of the last one."""
        self._after_key = self._in_item = self._blank = False
        if self._brackets:
            self._flow(line)
            return
        rest = line.lstrip(" ")
        if not rest or rest.startswith("#"):
            self._token, self._blank, self._width = "", not rest, len(line)
            return
        self._block(rest, len(line) - len(rest))

    def _block(self, rest: str, column: int) -> None:
        while (dash := _DASH.match(rest)) is not None:
            self._item(column)
            column, rest = column + dash.end(), rest[dash.end() :]
            self._in_item = True
        named = _KEY.match(rest)
        if named is None:
            if not self._in_item:
                self._close(column)
            self._value(rest)
            return
        self._close(column)
        self._frames.append(_Frame(column, named["key"]))
        self.seen.add(self._path)
        self._after_key, self._in_item = True, False
        self._value(rest[named.end() :])

    def _value(self, text: str) -> None:
        self._token = ""
        if text[:1] in ("{", "["):
            self._flow(text)
        else:
            self._token = re.split(r"\s#", text)[0]

    def _item(self, column: int) -> None:
        """A dash: the next item of the list that stands in that column."""
        rank = 0
        while self._frames and self._frames[-1].column >= column:
            last = self._frames[-1]
            if last.column == column and isinstance(last.step, str):
                break  # a list may stand in the column of its own key
            if last.column == column and isinstance(last.step, int):
                rank = last.step + 1
            self._frames.pop()
        self._frames.append(_Frame(column, rank))

    def _close(self, column: int) -> None:
        """Leaves what stands in that column or further right."""
        while self._frames and self._frames[-1].column >= column:
            self._frames.pop()

    def _flow(self, text: str) -> None:
        """Brackets, keys and values on one line; a bracket may stay open."""
        before = " "
        for at, sign in enumerate(text):
            if self._quote:
                self._quote = "" if sign == self._quote else self._quote
                self._token += sign
            elif sign in "\"'" and not self._token.strip():
                self._quote = sign
                self._token += sign
            elif sign == "#" and before == " ":
                return
            elif not self._turn(sign, text[at + 1 : at + 2]):
                self._token += sign
            before = sign

    def _turn(self, sign: str, after: str) -> bool:
        """Whether a sign opens, closes or parts something."""
        if sign in "{[":
            self._brackets.append(_Bracket(sign == "{"))
        elif sign in "}]" and self._brackets:
            self._brackets.pop()
        elif sign == "," and self._brackets:
            last = self._brackets[-1]
            last.key, last.rank = None, last.rank + 1
        elif sign == ":" and not after.strip() and self._brackets and self._brackets[-1].mapping:
            self._brackets[-1].key = self._token.strip().strip("\"'")
            self.seen.add(self._path)
        else:
            return False
        self._token = ""
        return True

    @property
    def _path(self) -> Path:
        inner = tuple(step for each in self._brackets for step in each.steps)
        return (*(each.step for each in self._frames), *inner)

    def spot(self) -> Spot:
        """What is being typed where the text read so far ends."""
        if self._blank:
            self._close(self._width)
        last = self._brackets[-1] if self._brackets else None
        said = self._token.lstrip()
        if last is not None:
            key = last.mapping and last.key is None
            value = not key
        else:
            key = not self._after_key
            value = self._after_key or self._in_item
        quoted = said[:1] in ("'", '"') and bool(said)
        return Spot(self._path, said[1:] if quoted else said, quoted, key and not quoted, value, frozenset())


def spot_at(lines: list[str], at: int, before: str) -> Spot:
    """What is being typed at the end of `before`, which is what stands on line `at` (0: the first) up to the cursor."""
    reader = _Reader()
    for line in lines[:at]:
        reader.read(line)
    reader.read(before)
    found = reader.spot()
    every = _Reader()
    for rank, line in enumerate(lines):
        if rank != at:
            every.read(line)
    seen = reader.seen | every.seen
    depth = len(found.path)
    beside = {path[depth] for path in seen if len(path) == depth + 1 and path[:depth] == found.path}
    return found._replace(present=frozenset(str(each) for each in beside))
