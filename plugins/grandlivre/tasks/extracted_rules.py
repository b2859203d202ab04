"""The rules of one project: the files under rules/ without what speaks of the others.

Lines are cut, never written again: what stays is what stood there, comments less. A row, or a key, that names another
project goes; so does a supplier or a person that nothing left names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import yaml

_COMMENT = re.compile(r"^\s*#")


def names_one(codes: Iterable[str]) -> Callable[[str], bool]:
    """Whether a text names one of the projects, as a word or inside an account."""
    either = "|".join(re.escape(code) for code in sorted(codes, key=len, reverse=True))
    found = re.compile(rf"(?<![\w-])(?:{either})(?![\w-])") if either else None
    return lambda text: found is not None and found.search(text) is not None


def cut(text: str, goes: Callable[[str], bool], rows_only: bool = False) -> str:
    """A YAML text without what `goes`, and without its comments.

    Of a list, the items that go; of a block of keys, the keys that go; a row of a list that names in one of its keys what
    goes, goes whole, but for a list in it that keeps other items. With `rows_only` every row is asked, not only those
    whose text names something.
    """
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    cutter = _Cutter(text, goes, rows_only)
    if root is not None and not cutter.stays(root, row=False):
        return ""
    return "".join(line for line in cutter.result().splitlines(keepends=True) if not _COMMENT.match(line))


class _Cutter:
    """The spans of a text that go."""

    def __init__(self, text: str, goes: Callable[[str], bool], rows_only: bool) -> None:
        self.text, self.goes, self.rows_only = text, goes, rows_only
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.spans: list[tuple[int, int]] = []

    def stays(self, node: Any, *, row: bool) -> bool:
        """Whether something of a value stays, once what goes of it is noted. `row`: it is an item of a list."""
        if row and self.rows_only:
            return not self.goes(self._said(node))
        if not self.rows_only and not self.goes(self._said(node)):
            return True
        match node:
            case yaml.SequenceNode():
                return self._children([(item, item) for item in node.value], node, row=True)
            case yaml.MappingNode() if row:
                return self._row(node)
            case yaml.MappingNode():
                return self._children(list(node.value), node, row=False)
            case _:
                return self.rows_only

    def _row(self, node: Any) -> bool:
        """A row: what it says of itself decides, and its lists are cut."""
        before = len(self.spans)
        for key, value in node.value:
            lists = isinstance(value, yaml.SequenceNode)
            if (
                self.goes(self._said(key))
                or (not lists and self.goes(self._said(value)))
                or not self.stays(value, row=False)
            ):
                del self.spans[before:]
                return False
        return True

    def _children(self, pairs: list[tuple[Any, Any]], node: Any, *, row: bool) -> bool:
        """The items of a list, or the keys of a block (key, value)."""
        gone = [(not row and self.goes(self._said(key))) or not self.stays(value, row=row) for key, value in pairs]
        if all(gone):
            return False
        for rank, (key, value) in enumerate(pairs):
            if gone[rank]:
                after = pairs[rank + 1][0] if rank + 1 < len(pairs) else None
                before = pairs[rank - 1][1] if rank else None
                self.spans.append(self._span(node, key, value, before, after))
        return True

    def _span(self, node: Any, key: Any, value: Any, before: Any, after: Any) -> tuple[int, int]:
        if node.flow_style:
            if after is not None:
                return key.start_mark.index, after.start_mark.index
            return (before.end_mark.index if before is not None else key.start_mark.index), value.end_mark.index
        end = after.start_mark.line if after is not None else self._end_line(value)
        return self.starts[key.start_mark.line], self.starts[min(end, len(self.starts) - 1)]

    @staticmethod
    def _end_line(node: Any) -> int:
        mark = node.end_mark
        return int(mark.line) + (1 if mark.column else 0)

    def _said(self, node: Any) -> str:
        return self.text[node.start_mark.index : node.end_mark.index]

    def result(self) -> str:
        """The text without those spans."""
        out: list[str] = []
        at = 0
        for start, end in sorted(self.spans):
            out.append(self.text[at : max(at, start)])
            at = max(at, end)
        return "".join([*out, self.text[at:]])


def words(texts: Iterable[str]) -> frozenset[str]:
    """Every word of some texts, to ask whether an identifier is among them."""
    return frozenset(word for text in texts for word in _words(text))


def _words(text: str) -> Iterator[str]:
    yield from re.findall(r"[\w][\w.-]*", text)
