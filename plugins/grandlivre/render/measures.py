"""How wide the columns of a workbook are, how high its rows, and what its cells look like."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from grandlivre.render.format import decimals
from grandlivre.reports.kit.table import Column, Table, Value

WIDTHS = {"text": 26, "money": 15, "date": 11, "percent": 10, "points": 10, "count": 8, "quantity": 11}
_WIDEST = 170
"""Characters that a page held lying prints in letters of seven points."""
BEYOND = 8
"""Characters of a column that no table made wider."""
INK, PALE, ACCENT, GROUND = "#1D2733", "#5B6875", "#1F5A66", "#F3F6F7"
_FORMATS = {
    "date": ("dd/mm/yyyy", "dd/mm/yyyy"),
    "percent": ("0.0\u00a0%", "0.0%"),
    "points": ('0.0" pt"', '0.0" pp"'),
}
"""How the numbers of a column are shown in French and in English."""
_LOOKS: dict[str, dict[str, object]] = {
    "heading": {"bold": True, "font_color": ACCENT},
    "opening": {"bold": True},
    "subtotal": {"bold": True, "bg_color": GROUND},
    "total": {"bold": True, "bg_color": GROUND, "top": 1},
    "closing": {"bold": True, "top": 1},
    "note": {"font_color": PALE},
}
"""What sets a row apart, by its role."""


def spans(grid: Sequence[int], wanted: Sequence[int]) -> list[tuple[int, int]]:
    """For each wanted width, the neighbouring columns of a sheet (first, last) that give it, or nearly so."""
    found = []
    at = 0
    for width in wanted:
        start, room = at, 0
        while room * 10 < width * 9:
            room += grid[at] if at < len(grid) else BEYOND
            at += 1
        found.append((start, at - 1))
    return found


def parts(grid: Sequence[int], last: int, many: int) -> list[tuple[int, int]]:
    """The columns of a sheet up to that one, shared out among as many neighbours of about one width."""
    whole = room(grid, (0, last))
    found, start = [], 0
    for part in range(1, many + 1):
        end = start
        while end < last - (many - part) and room(grid, (0, end)) * many < whole * part - BEYOND * many // 2:
            end += 1
        found.append((start, end))
        start = end + 1
    return found


def room(grid: Sequence[int], span: tuple[int, int]) -> int:
    """The characters that neighbouring columns hold."""
    first, last = span
    return sum(grid[first : last + 1]) + BEYOND * max(0, last + 1 - max(first, len(grid)))


def _width(table: Table, index: int, texts: set[str]) -> int:
    """Characters of a column: what the report hints at, and no voucher number or word of the head cut in two."""
    column = table.columns[index]
    width = max(column.width or WIDTHS[column.kind], min(14, _longest(column.title.split())) + 2, 5)
    if column.kind == "text":
        return _text_width(column, texts, width) + 2 * _follows_figures(table.columns, index)
    if column.kind == "money" and not column.width:
        figures = (value for row in table.rows if isinstance(value := row.cells.get(column.key), int))
        return max(_longest(f"{value:,}" for value in figures) + 3 + 2 * column.sided, width - 5)
    return width


def _text_width(column: Column, texts: set[str], width: int) -> int:
    """What its longest text needs, up to a width; more where a word would be cut."""
    longest = _longest(texts)
    if not column.width:
        width = max(min(width, longest + 3), 8)
    if longest <= width:
        return width
    words = (word for text in texts for word in text.split() if len(word) > width)
    return max(width, min(_longest(words) + 2, WIDTHS["text"]))


def _texts(table: Table, column: Column) -> set[str]:
    """The texts of a column of texts, each once."""
    if column.kind != "text":
        return set()
    return {text for row in table.rows if isinstance(text := row.cells.get(column.key), str)}


def _longest(texts: Iterable[str]) -> int:
    return max(map(len, texts), default=0)


def fitted(table: Table) -> list[int]:
    """The widths of a table's columns, its texts on more lines where a page would print them too small to be read."""
    texts = [_texts(table, column) for column in table.columns]
    found = [_width(table, index, own) for index, own in enumerate(texts)]
    beyond = sum(found) - _WIDEST
    if beyond <= 0:
        return found
    least = [_narrowest(column, own, width) for column, own, width in zip(table.columns, texts, found, strict=True)]
    give = sum(found) - sum(least)
    if give <= 0:
        return found
    share = min(1.0, beyond / give)
    return [width - round((width - few) * share) for width, few in zip(found, least, strict=True)]


def _narrowest(column: Column, texts: set[str], width: int) -> int:
    """The width that cuts no word of a text; figures keep theirs."""
    if column.kind != "text":
        return width
    words = _longest(word for text in (*texts, column.title) for word in text.split())
    return min(width, max(words + 2, 6))


def lines(text: str, width: int) -> int:
    """The lines that a text runs over in a column of that many characters."""
    lines = 0
    for paragraph in text.split("\n"):
        lines += 1
        room = width
        for word in paragraph.split(" "):
            if room < len(word) and room < width:
                lines += 1
                room = width
            cut = max(len(word) - 1, 0) // width
            lines += cut
            room -= len(word) - cut * width + 1
    return lines


def aligned(columns: tuple[Column, ...], index: int, depth: int = 0) -> dict[str, object]:
    """Texts on the left, a little away from figures before them; figures on the right."""
    if columns[index].kind not in ("text", "date"):
        return {"align": "right"}
    indent = depth + _follows_figures(columns, index)
    return {"align": "left", "indent": indent} if indent else {"align": "left"}


def _follows_figures(columns: tuple[Column, ...], index: int) -> bool:
    return index > 0 and columns[index - 1].kind not in ("text", "date")


def quantity_decimals(value: Value, column: Column) -> int:
    """The decimals that a quantity's cell shows: those it came with, or those it needs; -1 for what is no quantity."""
    if column.kind != "quantity" or not isinstance(value, Decimal):
        return -1
    return decimals(value if column.as_written else value.normalize())


def look(column: Column, role: str, language: str, decimal_places: int = -1) -> dict[str, object]:
    """The properties of a cell of that column in a row of that role; `decimal_places` are a quantity's own."""
    if column.kind == "text":
        own: dict[str, object] = {"text_wrap": True}
    elif column.kind == "quantity":
        shown = "######" if decimal_places < 0 else "0" * decimal_places
        own = {"num_format": f"#,##0.{shown}".rstrip(".")}
    else:
        formats = _FORMATS.get(column.kind) or _number_formats(column)
        own = {"num_format": formats[language == "en"]}
    return own | _LOOKS.get(role, {})


def _number_formats(column: Column) -> tuple[str, str]:
    """How a number is shown in French and in English, a balance with its side."""
    cents = f".{'0' * column.exponent}" if column.exponent else ""
    number = f"#,##0{cents}"
    if not column.sided:
        return number, number
    return f'{number}" D";{number}" C";0', f'{number}" Dr";{number}" Cr";0'


def groups(columns: tuple[Column, ...]) -> list[tuple[int, int, str]]:
    """First and last column of each shared heading."""
    found: list[tuple[int, int, str]] = []
    for index, column in enumerate(columns):
        if not column.group:
            continue
        if found and found[-1][2] == column.group and found[-1][1] == index - 1:
            found[-1] = (found[-1][0], index, column.group)
        else:
            found.append((index, index, column.group))
    return found


def face(value: int | Decimal, column: Column) -> int | float:
    """The number a spreadsheet shows: 12.50 for 1250 cents."""
    if isinstance(value, int):
        return value / 10**column.exponent if column.exponent else value
    return float(value)
