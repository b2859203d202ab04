"""A table as HTML rows: formatted, escaped, with column widths worked out from what the cells hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from grandlivre.render.format import Format, is_code, printable
from grandlivre.reports.table import Column, Row, Table

_LONG = 400
"""From this many characters on, a row may be cut between two pages."""
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_TEXT_WIDTHS = (6, 34)
"""Characters a text column asks for at least and at most, when the report gives no hint."""
_NARROW = 16
"""Characters a text column keeps on a small screen, where its texts run over several lines."""
_WORD = 22
"""The longest word (a voucher number, say) that a text column makes room for."""
_LETTER = 0.57
"""Average width of a letter or figure, in parts of the letter's size."""
_SIZES = (5.4, 8.6)
"""Smallest and largest print of a table, in points."""
_SHORT = 16
"""A table of so many rows at most is not cut between two pages."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A cell of the table's head."""

    text: str
    css: str
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """A table ready for a template."""

    key: str
    title: str
    note: str
    head: tuple[tuple[Heading, ...], ...]
    widths: tuple[str, ...]
    """Width of each column, in percent."""
    narrow: tuple[str, ...]
    """The same on a small screen, where texts run over several lines and amounts keep their room."""
    characters: int
    """Width of the whole table in characters, under which a screen scrolls it."""
    size: str
    """Size of its print, in points, for it to fit the page."""
    short: bool
    """Few enough rows to stand on one page."""
    body: Markup
    """Every row but the last ones."""
    end: Markup
    """The rows that must stay together, and with what follows: the totals and the two lines before them."""
    empty: bool


_CSS = {"text": "", "date": "j"}
"""Class of the cells of each kind of column; the others hold numbers (`n`)."""
Link = Callable[[Row], str]
"""Where a row's figures lead (an address), or an empty text."""


def grid(table: Table, form: Format, points: int, link: Link | None = None) -> Grid:
    """The table's rows as HTML, for a page of that many points in width."""
    cells = [
        [form.value(row.cells.get(c.key), c.kind, c.exponent, places=1) for c in table.columns] for row in table.rows
    ]
    asked = [_width(column, [row[i] for row in cells]) for i, column in enumerate(table.columns)]
    widths = [width for width, _ in asked]
    whole, least = sum(widths), sum(few for _, few in asked)
    css = [_CSS.get(column.kind, "n") for column in table.columns]
    low, high = _SIZES
    lines = [_line(row, texts, css, link) for row, texts in zip(table.rows, cells, strict=True)]
    cut = _end(table)
    return Grid(
        table.key,
        printable(table.title),
        printable(table.note),
        _head(table.columns),
        tuple(f"{width / whole:.2%}" for width in widths),
        tuple(f"{few / least:.2%}" for _, few in asked),
        least,
        f"{max(low, min(high, points / (whole * _LETTER))):.2f}",
        len(table.rows) <= _SHORT,
        Markup("\n".join(lines[:cut])),  # noqa: S704 - every text went through `escape`
        Markup("\n".join(lines[cut:])),  # noqa: S704
        not table.rows,
    )


def _end(table: Table) -> int:
    """The index of the first row that stays with the end of the table."""
    cut = len(table.rows)
    while cut and table.rows[cut - 1].role in ("subtotal", "total", "closing", "note"):
        cut -= 1
    for _ in range(2):
        if cut and not _is_long(table.rows[cut - 1]):
            cut -= 1
    return max(cut, len(table.rows) - 12)


def _is_long(row: Row) -> bool:
    return any(isinstance(value, str) and len(value) > _LONG for value in row.cells.values())


def _line(row: Row, texts: list[str], css: list[str], link: Link | None) -> str:
    href = link(row) if link and row.refs else ""
    out = []
    indented = False
    for text, kind in zip(texts, css, strict=True):
        if not text:
            out.append("<td></td>")
            continue
        shown = markup(text)
        if kind == "n" and href:
            shown = f'<a href="{escape(href)}">{shown}</a>'
        if kind:
            out.append(f'<td class="{kind}">{shown}</td>')
        elif row.depth and not indented and not is_code(text):
            indented = True
            out.append(f'<td class="d{min(row.depth, 4)}">{shown}</td>')
        elif len(text) <= _WORD and " " not in text:
            out.append(f'<td class="u">{shown}</td>')
        else:
            out.append(f"<td>{shown}</td>")
    role = " ".join(filter(None, ("" if row.role == "normal" else row.role, "long" if _is_long(row) else "")))
    return f'<tr class="{role}">{"".join(out)}</tr>' if role else f"<tr>{''.join(out)}</tr>"


def markup(text: str) -> str:
    """A printable text as HTML, its own line breaks kept, text that runs from the right set apart."""
    if text.isascii() and text.isalnum():
        return text
    shown = escape(text).replace("\n", "<br>")
    return f"<bdi>{shown}</bdi>" if _RIGHT_TO_LEFT.search(text) else shown


def _width(column: Column, texts: list[str]) -> tuple[int, int]:
    """Characters the column would like, and characters under which it is no longer read with ease."""
    word = min(16, max((_wide(part) + len(part) // 8 for part in re.split(r"[\s/]+", column.title)), default=0)) + 3
    longest = max(map(len, texts), default=0)
    if column.kind != "text":
        return (max(longest + 2, word),) * 2
    low, high = _TEXT_WIDTHS
    token = min(_WORD, max((_wide(part) for text in set(texts) for part in text[:_LONG].split()), default=0))
    wished = max(column.width or max(low, min(high, longest)), token)
    return max(wished + 2, word), max(token, min(longest, _NARROW), word - 2) + 2


def _wide(word: str) -> int:
    """The room a word takes, in average letters: capitals are wider."""
    return len(word) + (sum(map(str.isupper, word)) + 3) // 4


def _head(columns: tuple[Column, ...]) -> tuple[tuple[Heading, ...], ...]:
    css = [_CSS.get(column.kind, "n") for column in columns]
    if not any(column.group for column in columns):
        return (tuple(Heading(printable(c.title), kind) for c, kind in zip(columns, css, strict=True)),)
    top: list[Heading] = []
    below: list[Heading] = []
    index = 0
    while index < len(columns):
        group = columns[index].group
        if not group:
            top.append(Heading(printable(columns[index].title), css[index], rows=2))
            index += 1
            continue
        start = index
        while index < len(columns) and columns[index].group == group:
            below.append(Heading(printable(columns[index].title), css[index]))
            index += 1
        top.append(Heading(printable(group), "groupe", columns=index - start))
    return (tuple(top), tuple(below))
