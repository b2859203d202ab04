"""The words of a line as an editor counts them: what stands under the cursor."""

from __future__ import annotations

import re
from typing import NamedTuple

from lsprotocol import types

from grandlivre.sources.tokens import tokens

_KEY = re.compile(r"\s+([a-z][A-Za-z0-9_-]+):")
_YAML_WORD = re.compile(r"[^\s\"',:\[\]{}#]+")


class Word(NamedTuple):
    """A word of a line."""

    kind: str
    """As `sources.tokens` names it: account, string, date, number, key…"""
    text: str
    """Its value: a string without its quotes."""
    line: int
    """From 0."""
    start: int
    end: int
    """In UTF-16 units, as editors count."""
    key: str = ""
    """The metadata key whose value it is."""

    @property
    def range(self) -> types.Range:
        """Where it stands."""
        return types.Range(types.Position(self.line, self.start), types.Position(self.line, self.end))


def units(text: str) -> int:
    """How long a text is for an editor."""
    return len(text.encode("utf-16-le")) // 2


def words(line: str, at: int) -> list[Word]:
    """The words of one line of a ledger; a string that goes on over lines is not among them."""
    data, found, position = line.encode(), [], 0
    key = _KEY.match(line)
    for token in tokens(data):
        start = data.find(token.raw, position)
        if start < 0 or token.kind == "eol":
            continue
        position = start + len(token.raw)
        left, right = (units(data[:edge].decode("utf-8", "replace")) for edge in (start, position))
        named = key[1] if key is not None and token.kind != "key" else ""
        found.append(Word(token.kind, token.text(), at, left, right, named))
    return found


def word_at(lines: list[str], position: types.Position, *, yaml: bool = False) -> Word | None:
    """The word under the cursor, or just before it."""
    if not 0 <= position.line < len(lines):
        return None
    line = lines[position.line]
    every = _yaml_words(line, position.line) if yaml else words(line, position.line)
    return next((each for each in every if each.start <= position.character <= each.end), None)


def _yaml_words(line: str, at: int) -> list[Word]:
    return [
        Word("string", each[0], at, units(line[: each.start()]), units(line[: each.end()]))
        for each in _YAML_WORD.finditer(line)
    ]


def entry_start(lines: list[str], at: int) -> int:
    """The line where the directive that holds a line begins: the nearest above that begins with a date; else that line."""
    for number in range(min(at, len(lines) - 1), -1, -1):
        if lines[number][:1].isdigit():
            return number
        if lines[number].strip() and not lines[number][0].isspace():
            return at
    return at
