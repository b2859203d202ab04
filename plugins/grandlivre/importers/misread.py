"""Words that betray a file read in another encoding than the one it was written in: nothing fails, the letters are others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_SIGNS: Mapping[str, re.Pattern[str]] = {
    # « chèque déposé » of cp850, then of UTF-8
    "cp1252": re.compile(
        "[A-Za-z][\u201aƒ‡ˆ]|[\u201aƒ‡ˆ][A-Za-z]|[a-z]Š|Ã[\u00a0-\u00bfƒ\u201a„…†‡ˆ‰Š‹Œ]|Â[\u00a0«»°]|â€[™œ“”˜¦]|\ufffd"
    ),
    # the same of cp1252, then of UTF-8
    "cp850": re.compile("[a-z][ÚÞÛÓþ]|Þ|þ|├[\u00a0-\u00ff]"),
}


class Misread(NamedTuple):
    """A word that no bank writes: its row (1-based) and itself."""

    row: int
    word: str


def misread(text: str, encoding: str) -> Misread | None:
    """The first word of a text that shows it is not in this encoding; None when nothing does."""
    signs = _SIGNS.get(encoding)
    found = signs.search(text) if signs is not None else None
    if found is None:
        return None
    start = re.search(r"[^\W\d_]*\Z", text[max(0, found.start() - 20) : found.start()])
    end = re.match(r"[^\W\d_]*", text[found.end() : found.end() + 20])
    word = f"{start[0] if start else ''}{found[0]}{end[0] if end else ''}"
    return Misread(text.count("\n", 0, found.start()) + 1, word)
