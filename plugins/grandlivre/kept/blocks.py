"""A ledger cut into blocks, each known by a digest: which are as they were, which are gone, which have come.

A block begins at a line that begins with a sign other than a space, and holds the lines that follow until the next such line. Blank
lines at its end are no part of what it says. Beancount reads one block whatever stands before or after it, but for what `is_sure` refuses.
"""

from __future__ import annotations

import re
from itertools import accumulate

from grandlivre.kept.marks import UnsureError, digest_of

_HEADS = re.compile(r"\n(?=[^ \t\n])")
_NOT_SKELETON = bytes(each for each in range(256) if each not in b'"\n')
_ODD_QUOTES = re.compile(rb'\n(?:"")*"(?!")')
_PUSHED = ("pushtag", "poptag", "pushmeta", "popmeta")
ENTRY, COMMENT, DATED, HEADER = "e", "c", "d", "o"
"""What a block is: an entry, nothing but a comment or blank lines, another directive, what is said of the whole file."""


class Block:
    """One block."""

    __slots__ = ("digest", "kind", "line", "lines", "text")

    def __init__(self, kind: str, digest: str, line: int, lines: int, text: str = "") -> None:
        self.kind = kind
        self.digest = digest
        self.line = line
        """Its first line, from 1."""
        self.lines = lines
        """How many lines it has, blank ones included."""
        self.text = text
        """What it says; "" when only its digest is known."""


def cut(content: bytes) -> list[Block]:
    """The blocks of a ledger. Raises UnsureError where a block's meaning may hang on another, or the text is an odd one."""
    if b"\\" in content or b"\r" in content or b"\0" in content or not content.endswith(b"\n"):
        raise UnsureError
    if _ODD_QUOTES.search((b"\n" + content).translate(None, _NOT_SKELETON)):  # a text may go over several lines
        raise UnsureError
    try:
        texts = _HEADS.split(content.decode())
    except UnicodeDecodeError as error:
        raise UnsureError from error
    counts = [text.count("\n") + 1 for text in texts]
    counts[-1] -= 1
    starts = accumulate([1, *counts])
    return [
        Block(_kind(said := text.rstrip("\n")), _digest(said), start, count, said)
        for text, start, count in zip(texts, starts, counts)  # noqa: B905 - as many starts and one more
    ]


def _digest(text: str) -> str:
    return digest_of(text.encode())[:20]


def _kind(text: str) -> str:
    if not text:
        return COMMENT
    if text[0] == ";":
        if "\n" in text:  # something stands below that is part of nothing, or of what stands above
            raise UnsureError
        return COMMENT
    if text[:4].isdecimal():
        return ENTRY if text[4:5] == "-" and text[10:13] == " * " else DATED
    if text[0] in " \t" or text.startswith(_PUSHED):
        raise UnsureError
    return HEADER


def written(blocks: list[Block]) -> str:
    """Blocks on one line, without what they say."""
    return " ".join([f"{each.kind}{each.digest}{each.lines}" for each in blocks])


def read(text: str) -> list[Block]:
    """The blocks of such a line. Raises ValueError."""
    found: list[Block] = []
    line = 1
    for each in text.split(" "):
        count = int(each[21:])
        found.append(Block(each[0], each[1:21], line, count))
        line += count
    return found


class Matched:
    """What became of the blocks of a ledger."""

    __slots__ = ("come", "gone", "moved")

    def __init__(self, gone: list[Block], come: list[Block], moved: dict[int, tuple[Block, int]]) -> None:
        self.gone = gone
        self.come = come
        self.moved = moved
        """The blocks that stay, by their first line, with the line on which they stand now."""

    def line(self, line: int) -> int:
        """Where a line of a block that stays stands now. Raises UnsureError when it is in none."""
        first = max((each for each in self.moved if each <= line), default=0)
        block, now = self.moved.get(first, (None, 0))
        if block is None or line >= first + block.lines:
            raise UnsureError
        return now + line - first

    @property
    def has_moved(self) -> bool:
        """Whether a block that stays stands on another line."""
        return any(first != now for first, (_, now) in self.moved.items())


def matched(old: list[Block], new: list[Block]) -> Matched:
    """Which blocks stay. Raises UnsureError when some of them changed places, or when an entry comes before the file's header."""
    at = {key: place for place, key in enumerate(_keys(old))}
    come: list[Block] = []
    moved: dict[int, tuple[Block, int]] = {}
    last = -1
    for block, key in zip(new, _keys(new), strict=True):
        place = at.pop(key, None)
        if place is None:
            come.append(block)
            continue
        if place < last:
            raise UnsureError
        last = place
        moved[old[place].line] = (old[place], block.line)
    header = max((each.line for each in new if each.kind == HEADER), default=0)
    if any(each.line < header for each in come if each.kind != COMMENT):
        raise UnsureError
    return Matched([old[place] for place in at.values()], come, moved)


def _keys(blocks: list[Block]) -> list[tuple[str, int]]:
    """Each block's digest, and how many of the same stand before it."""
    seen: dict[str, int] = {}
    found: list[tuple[str, int]] = []
    for each in blocks:
        count = seen.get(each.digest, 0)
        seen[each.digest] = count + 1
        found.append((each.digest, count))
    return found
