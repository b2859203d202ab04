"""Beancount's own lexer, restated over bytes, for the audit that runs before anything is loaded.

Where a string or a comment begins must be decided exactly as Beancount decides it: a file that fools this reader would
hide a `plugin` line from the audit. `tests/unit/test_sources_tokens.py` compares the two on random text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_UTF8 = rb"""(?:[\xc2-\xdf][\x80-\xbf]
    |\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]
    |\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})"""
_TAIL = rb"(?:[A-Za-z0-9\-]|" + _UTF8 + rb")*"

# Python takes the first alternative that matches, flex the longest: the order below makes both choose alike.
_TOKEN = re.compile(
    rb"""(?P<eol>\n)
    |(?P<space>[ \t\r]+)
    |(?P<comment>;[^\n]*)
    |(?P<ignored>(?<![^\n])(?:[*:!&?%]|\#(?![A-Za-z0-9\-_/.]))[^\n]+)
    |(?P<string>"(?:[^\\"]+|\\[^\n])*+")
    |(?P<date>[0-9]{4,}[\-/][0-9]+[\-/][0-9]+)
    |(?P<number>(?:[0-9][0-9,]+[0-9]|[0-9]+)(?:\.[0-9]*)?)
    |(?P<account>(?:[A-Z]|"""
    + _UTF8
    + rb")"
    + _TAIL
    + rb"(?::(?:[A-Z0-9]|"
    + _UTF8
    + rb")"
    + _TAIL
    + rb""")+)
    |(?P<key>[a-z][a-zA-Z0-9\-_]+(?=:))
    |(?P<word>txn|balance|open|close|commodity|pad|event|query|custom|price|note|document|pushtag|poptag|pushmeta
        |popmeta|option|plugin|include)
    |(?P<currency>[A-Z][A-Z0-9'._\-]*[A-Z0-9]|/[A-Z0-9'._\-]*[A-Z](?:[A-Z0-9'._\-]*[A-Z0-9])?)
    |(?P<tag>[#^][A-Za-z0-9\-_/.]+)
    |(?P<capital>[A-Z](?=[ \t\n]))
    |(?P<mark>@@|\{\{|\}\}|[|@{},~+\-/()#*:!&?%])
    |(?P<invalid>[^ \t\n\r]+)""",
    re.VERBOSE,
)
_SILENT = frozenset(("space", "comment", "ignored"))
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"f": b"\f", b"b": b"\b"}


class Token(NamedTuple):
    """One word of a ledger: its kind (a group name above), its first line (from 1) and its bytes."""

    kind: str
    line: int
    raw: bytes

    def text(self) -> str:
        """The value of a string token, escapes undone; the word itself otherwise."""
        raw = self.raw
        if self.kind == "string":
            raw = re.sub(rb"(?s)\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), raw[1:-1])
        return raw.decode("utf-8", "replace")


def tokens(data: bytes) -> Iterator[Token]:
    """The words of a ledger in order, without spaces, comments and ignored lines (`* Titre`)."""
    line = 1
    for match in _TOKEN.finditer(data):
        kind = match.lastgroup or "invalid"
        if kind not in _SILENT:
            yield Token(kind, line, match[0])
        if kind == "eol":
            line += 1
        elif kind == "string":
            line += match[0].count(b"\n")
