"""A table as HTML rows: formatted, escaped, with column widths worked out from what the cells hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from html import escape
from itertools import groupby

from markupsafe import Markup

from grandlivre.render.format import NBSP, Format, is_code, typeset
from grandlivre.reports.kit.table import Column, Row, Table

_LONG = 400
"""From this many characters on, a row may be cut between two pages."""
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_TEXT_WIDTHS = (6, 34)
"""Characters a text column asks for at least and at most, when the report gives no hint."""
_NARROW = 16
"""Characters a text column keeps on a small screen, where its texts run over several lines."""
_WORD = 26
"""The longest word (a voucher number, say) that a text column makes room for."""
_LETTER = 0.57
"""Average width of a letter or figure, in parts of the letter's size."""
_READABLE, _LARGEST = 7.4, 8.6
"""Print of a table, in points: under the first, its texts run over more lines before its letters get smaller."""
_SMALLEST = 5.4
"""Print of a table whose figures alone would not fit."""
_SHORT = 18
"""A table of so many lines of text at most is not cut between two pages."""


@dataclass(frozen=True, slots=True)
class HeaderCell:
    """A cell of the table's head."""

    text: str
    css: str
    columns: int = 1
    rows: int = 1
    under: str = ""
    """What the second line of its cells is."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table ready for a template."""

    key: str
    title: str
    note: str
    head: tuple[tuple[HeaderCell, ...], ...]
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
    signed: bool
    """Whether its rows leave room for visas."""
    body: Markup
    """Every row but the last ones."""
    end: Markup
    """The rows that must stay together, and with what follows: the totals and the two lines before them."""
    empty: bool


_CSS = {"text": "", "date": "j"}
"""Class of the cells of each kind of column; the others hold numbers (`n`)."""
_FIGURES = ("n", "j", "j a")
"""Classes of the cells that hold numbers or days."""
Link = Callable[[Row], str]
"""Where a row's figures lead (an address), or an empty text."""


def grid(table: Table, form: Format, points: int, link: Link | None = None) -> Grid:
    """The table's rows as HTML, for a page of that many points in width."""
    columns = [column for column in table.columns if column.page and not column.under]
    lower = _lower(table.columns, columns)
    css = _classes(columns)
    rows = summed(table) if table.parts else table.rows
    cells = [_texts(row, columns, form) for row in rows]
    unders = [{i: _joined(_texts(row, below, form)) for i, below in lower.items()} for row in rows]
    asked = _asked(columns, css, cells, lower, unders)
    widths = _fitted(asked, points / (_LETTER * _READABLE))
    least = [few for _, few in asked]
    lines = [
        _line(row, texts, css, link, under, leads=_leads(row, index))
        for index, (row, texts, under) in enumerate(zip(rows, cells, unders, strict=True))
    ]
    cut = _end(rows)
    return Grid(
        table.key,
        typeset(table.title),
        typeset(table.note),
        _head(columns, css, lower),
        _percents(widths),
        _percents(least),
        sum(least),
        f"{max(_SMALLEST, min(_LARGEST, points / (sum(widths) * _LETTER))):.2f}",
        _is_short(cells, unders, widths),
        any(column.by_hand for column in columns),
        Markup("\n".join(lines[:cut])),  # noqa: S704 - every text went through `escape`
        Markup("\n".join(lines[cut:])),  # noqa: S704
        not table.rows,
    )


def _lower(every: Iterable[Column], columns: Sequence[Column]) -> dict[int, list[Column]]:
    """The columns that a page prints under others, by the place of these."""
    places = {column.key: index for index, column in enumerate(columns)}
    lower: dict[int, list[Column]] = {}
    for column in every:
        if column.page and column.under:
            lower.setdefault(places[column.under], []).append(column)
    return lower


def _asked(
    columns: Sequence[Column],
    css: Sequence[str],
    cells: Sequence[Sequence[str]],
    lower: Mapping[int, Sequence[Column]],
    unders: Sequence[Mapping[int, str]],
) -> list[tuple[int, int]]:
    """The widths that each column asks for (`_width`), its cells' second lines counted."""
    asked = [_width(column, [row[i] for row in cells], css[i]) for i, column in enumerate(columns)]
    for i, below in lower.items():
        asked[i] = _larger(asked[i], _width(below[0], [row[i] for row in unders], css[i]))
    return asked


def _percents(widths: Sequence[float]) -> tuple[str, ...]:
    whole = sum(widths)
    return tuple(f"{width / whole:.2%}" for width in widths)


def _classes(columns: Sequence[Column]) -> list[str]:
    """The class of each column's cells; `a`: a text that stands a little further from the figures before it."""
    css = [_CSS.get(column.kind, "n") for column in columns]
    return [
        kind if kind == "n" or before != "n" else f"{kind} a".strip()
        for before, kind in zip(["", *css], css, strict=False)
    ]


def _is_short(cells: list[list[str]], unders: list[dict[int, str]], widths: list[float]) -> bool:
    """Whether the rows, as they run over lines of these widths, are few enough not to be cut."""
    if len(cells) > _SHORT:
        return False
    room = [max(width - 2, 1) for width in widths]
    lines = sum(
        max(-(-len(text) // room[i]) + -(-len(under.get(i, "")) // room[i]) for i, text in enumerate(texts))
        for texts, under in zip(cells, unders, strict=True)
    )
    return lines <= _SHORT


def _texts(row: Row, columns: Iterable[Column], form: Format) -> list[str]:
    silent = row.role == "heading"
    return [_text(row, column, form) or ("" if silent else column.empty) for column in columns]


def _text(row: Row, column: Column, form: Format) -> str:
    value = row.cells.get(column.key)
    if column.sided and isinstance(value, int) and value:
        debit, credit = ("Dr", "Cr") if form.language == "en" else ("D", "C")
        return f"{form.money(abs(value), column.exponent)}{NBSP}{debit if value > 0 else credit}"
    if column.as_written and isinstance(value, Decimal):
        return form.written(value)
    return form.value(value, column.kind, column.exponent, places=1)


def _joined(texts: list[str]) -> str:
    """Texts that share a line: « chèque 0441042 », unbroken where they are short."""
    shown = [text for text in texts if text]
    return (NBSP if sum(map(len, shown)) < _WORD else " ").join(shown)


def _fitted(asked: list[tuple[int, int]], room: float) -> list[float]:
    """The wished widths; when there is no room for them, less for the columns whose texts can run over more lines."""
    whole, least = (sum(each) for each in zip(*asked, strict=True))
    share = min(1.0, max(0.0, (whole - room) / (whole - least))) if whole > least else 0.0
    return [wished - (wished - few) * share for wished, few in asked]


def _leads(row: Row, index: int) -> bool:
    """Whether the row is the sum of rows below it: the head of a group, not its foot."""
    return row.role == "subtotal" and bool(row.sums) and min(row.sums) > index


def summed(table: Table) -> tuple[Row, ...]:
    """The rows with, after each run of plain ones that say the same in the column of parts, what they add up to."""
    found: list[Row] = []
    sums = [column.key for column in table.columns if column.total == "sum"]
    for part, run in groupby(table.rows, lambda row: row.cells.get(table.parts) if row.role == "normal" else None):
        rows = list(run)
        found += rows
        if part is not None:
            added = {key: sum(each for row in rows if isinstance(each := row.cells.get(key), int)) for key in sums}
            said = {"label": f"{table.part_words} {part}"} if table.part_words else {table.parts: part}
            found.append(Row({**said, **added}, role="subtotal"))
    return tuple(found)


def _end(rows: Sequence[Row]) -> int:
    """The index of the first row that stays with the end of the table."""
    cut = len(rows)
    while cut and rows[cut - 1].role in ("subtotal", "total", "closing", "note"):
        cut -= 1
    for _ in range(2):
        if cut and not _is_long(rows[cut - 1]):
            cut -= 1
    return max(cut, len(rows) - 12)


def _is_long(row: Row) -> bool:
    return any(isinstance(value, str) and len(value) > _LONG for value in row.cells.values())


def _line(
    row: Row, texts: list[str], kinds: list[str], link: Link | None, under: Mapping[int, str], *, leads: bool
) -> str:
    href = escape(link(row)) if link and (row.refs or row.behind) else ""
    spans = _spans(texts, kinds) if row.role == "heading" and not under else {}
    faces = _faces(texts, under)
    indented = _indented(faces, kinds) if row.depth else None
    cells = [
        _cell(
            text,
            lower,
            f"d{min(row.depth, 4)}" if index == indented else _css(text, kind),
            href if kind == "n" else "",
            spans.get(index, 1),
        )
        if text
        else "<td></td>"
        for index, ((text, lower), kind) in enumerate(zip(faces, kinds, strict=True))
        if not spans or index in spans
    ]
    return f"<tr{_role(row, leads=leads)}>{''.join(cells)}</tr>"


def _role(row: Row, *, leads: bool) -> str:
    """The classes of a row: its role, whether it may be cut between two pages, whether it heads what it adds up."""
    found = ("" if row.role == "normal" else row.role, "long" if _is_long(row) else "", "tete" if leads else "")
    role = " ".join(filter(None, found))
    return f' class="{role}"' if role else ""


def _faces(texts: Sequence[str], under: Mapping[int, str]) -> list[tuple[str, str]]:
    """The first and the second line of each cell; one that stands alone comes first."""
    if not under:
        return [(text, "") for text in texts]
    return [(text, under.get(i, "")) if text else (under.get(i, ""), "") for i, text in enumerate(texts)]


def _indented(faces: Sequence[tuple[str, str]], kinds: Sequence[str]) -> int | None:
    """The cell that shows how deep its row stands: its first text that is no code."""
    shown = enumerate(zip(faces, kinds, strict=True))
    return next((i for i, ((text, _), kind) in shown if text and kind not in _FIGURES and not is_code(text)), None)


def _css(text: str, kind: str) -> str:
    """The class of a cell: its column's; `u` for one word that stays on its line."""
    if kind in _FIGURES or not _is_token(text):
        return kind
    return "u a" if kind else "u"


def _cell(text: str, lower: str, css: str, href: str, columns: int) -> str:
    """A cell over so many columns, its second line under its first."""
    shown = f'<a href="{href}">{markup(text)}</a>' if href else markup(text)
    if lower:
        shown += f'<span class="{"sous u" if _is_token(lower) else "sous"}">{markup(lower)}</span>'
    span = f' colspan="{columns}"' if columns > 1 else ""
    return f'<td class="{css}"{span}>{shown}</td>' if css else f"<td{span}>{shown}</td>"


def _spans(texts: list[str], kinds: list[str]) -> dict[int, int]:
    """The cells of a heading and the columns each stretches over: a heading runs across the table, not down a column."""
    filled = [index for index, text in enumerate(texts) if text]
    if not filled or any(kinds[index] == "n" for index in filled):
        return {}
    ends = [*(index + 1 for index in filled[:-1]), len(texts)]
    starts = [0, *ends[:-1]]
    return {index: end - start for index, start, end in zip(filled, starts, ends, strict=True)}


def _is_token(text: str) -> bool:
    """Whether a text is one word (a voucher number, say) that stays on its line."""
    return len(text) <= _WORD and " " not in text


@lru_cache(maxsize=16_384)
def markup(text: str) -> str:
    """A printable text as HTML, its own line breaks kept, text that runs from the right set apart."""
    if text.isascii() and text.isalnum():
        return text
    shown = escape(text).replace("\n", "<br>")
    return f"<bdi>{shown}</bdi>" if _RIGHT_TO_LEFT.search(text) else shown


def _width(column: Column, texts: list[str], css: str) -> tuple[int, int]:
    """Characters the column would like, and characters under which it is no longer read with ease."""
    padding = 3 if css.endswith("a") else 2
    title = min(16, _folded(column.title)) + padding + 1
    longest = max(map(len, texts), default=0)
    if column.kind != "text":
        return (max(longest + padding, title),) * 2
    low, high = _TEXT_WIDTHS
    token = min(_WORD, max((_wide(part) for text in set(texts) for part in text[:_LONG].split(" ")), default=0))
    wished = max(column.width or max(low, min(high, longest)), token)
    few = max(token, min(wished, longest, _NARROW))
    return max(wished + padding, title), max(few + padding, title)


def _larger(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return max(one[0], other[0]), max(one[1], other[1])


def _folded(title: str) -> int:
    """The room a heading takes over two lines, in bold."""
    words = title.split()
    halves = [max(len(" ".join(words[:cut])), len(" ".join(words[cut:]))) for cut in range(1, len(words) + 1)]
    least = min(halves, default=0)
    return least + (least + 4) // 8


def _wide(word: str) -> int:
    """The room a word takes, in figures: capitals are wider, hyphens narrower."""
    return len(word) + -(-(sum(map(str.isupper, word)) - 2 * word.count("-")) // 5)


def _head(
    columns: list[Column], css: list[str], lower: Mapping[int, list[Column]]
) -> tuple[tuple[HeaderCell, ...], ...]:
    def heading(index: int, rows: int = 1) -> HeaderCell:
        under = ", ".join(column.title for column in lower.get(index, ()))
        return HeaderCell(typeset(columns[index].title), css[index], rows=rows, under=typeset(under))

    if not any(column.group for column in columns):
        return (tuple(map(heading, range(len(columns)))),)
    top: list[HeaderCell] = []
    below: list[HeaderCell] = []
    index = 0
    while index < len(columns):
        group = columns[index].group
        if not group:
            top.append(heading(index, rows=2))
            index += 1
            continue
        start = index
        while index < len(columns) and columns[index].group == group:
            below.append(heading(index))
            index += 1
        top.append(HeaderCell(typeset(group), "groupe", columns=index - start))
    return (tuple(top), tuple(below))
