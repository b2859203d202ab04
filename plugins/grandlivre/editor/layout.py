"""Amounts one under the other; nothing else of a text is touched."""

from __future__ import annotations

import re

from lsprotocol import types

from grandlivre.editor.words import units

_POSTING = re.compile(
    r"(?P<head>\s+(?:[!*]\s+)?[^\W\d_][^\s:;\"]*(?::[^\s:;\"]+)+)(?P<gap>[ \t]+)(?P<amount>[-+]?[\d.,]*\d)[ \t]+[A-Z]"
)
_NARROW = 2
"""Spaces at least between an account and its amount."""


def aligned(lines: list[str]) -> list[types.TextEdit]:
    """What puts the amounts of each entry's postings in one column; an entry that is so already is left alone."""
    edits: list[types.TextEdit] = []
    group: list[tuple[int, re.Match[str]]] = []
    for at, line in enumerate([*lines, ""]):
        found = _POSTING.match(line)
        if found is not None:
            group.append((at, found))
        elif not line.strip() or not line[0].isspace():
            edits += _together(group)
            group = []
    return edits


def _together(group: list[tuple[int, re.Match[str]]]) -> list[types.TextEdit]:
    ends = [found.end("amount") for _, found in group]
    if len(set(ends)) < 2:
        return []
    least = max(len(found["head"]) + _NARROW + len(found["amount"]) for _, found in group)
    edits = []
    for at, found in group:
        wanted = least - len(found["head"]) - len(found["amount"])
        if wanted != len(found["gap"]) or "\t" in found["gap"]:
            start, end = (types.Position(at, units(found.string[:edge])) for edge in found.span("gap"))
            edits.append(types.TextEdit(types.Range(start, end), " " * wanted))
    return edits
