"""A report as a spreadsheet: a sheet a table, real formulas with their values, ready to print; the same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from grandlivre.render.format import Format, is_code, kind_of, printable
from grandlivre.render.words import translator
from grandlivre.reports.kit.formula import Formula, Reference
from grandlivre.reports.kit.table import (
    PLACES,
    Bars,
    Column,
    Computed,
    Facts,
    Gauges,
    Report,
    Sum,
    Table,
    Text,
    Value,
    recipes,
)

_FIRST_DAY = date(1899, 12, 30)
"""Day 0 of spreadsheets, for the dates of our times."""
_LONGEST = 32_767
"""Characters that a cell can hold."""
_FORMULA = 8_000
"""Characters that a formula can hold, a little less than the format's limit."""
_ARGUMENTS = 200
"""Arguments given to one SUM, under the limit of 255."""
_FILTERED = 15
"""From this many rows on, a flat table gets filter buttons."""
_WIDTHS = {"text": 26, "money": 15, "date": 11, "percent": 10, "points": 10, "count": 8, "quantity": 11}
_LINE, _TALLEST = 15, 400
"""Height of a line of text, and of the tallest row, in points."""
_PAGE = 100
"""Characters of a line over which a sheet is not made wider for it."""
_INFORMATION = (44, 20, 20, 20, 20)
"""Widths of the columns of the last sheet."""
_INK, _PALE, _ACCENT, _GROUND = "#1D2733", "#5B6875", "#1F5A66", "#F3F6F7"


def xlsx(report: Report) -> bytes:
    """The workbook: the body's tables, the annexes', then a sheet with facts, texts and drawings in figures."""
    import xlsxwriter

    from grandlivre.render.sheet import PlainSheet

    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    end = report.period.end
    book.set_properties(
        {
            "title": printable(report.title),
            "author": printable(report.letterhead.acronym),
            "created": datetime(end.year, end.month, end.day, tzinfo=UTC).replace(tzinfo=None),
        }
    )
    book.set_calc_mode("auto")
    book.worksheet_class = PlainSheet
    sheets = _Sheets(book, report)
    signed = next((block for block in reversed(report.body) if isinstance(block, Table)), None)
    for table in report.tables:
        sheets.table(table, signed=table is signed)
    sheets.information(signed=signed is None)
    book.close()
    return out.getvalue()


class _Sheets:
    """The sheets of one workbook as they are written."""

    def __init__(self, book: Any, report: Report) -> None:
        self.book = book
        self.report = report
        self.form = Format(report.language)
        self.word: Callable[[str], str] = translator(report.language)
        self.styles: dict[tuple[tuple[str, object], ...], Any] = {}
        self.names: set[str] = set()

    @property
    def who(self) -> str:
        """The organisation, and whose report it is."""
        example = self.word("EXEMPLE") if self.report.example else ""
        return " – ".join(
            filter(None, (self.report.letterhead.acronym, self.report.about or self.report.scope, example))
        )

    @property
    def when(self) -> str:
        """The period, its days and the currency."""
        period, word = self.report.period, self.word
        days = f"{word('du')} {self.form.date(period.start)} {word('au')} {self.form.date(period.end)}"
        return f"{period.label} ({days}) · {word('Montants en')} {self.report.currency_label}"

    @property
    def provisional(self) -> str:
        """That the report is not final, and the day it speaks of when its period is not over."""
        day = self.report.situation
        said = [self.word("PROVISOIRE")]
        if day is not None:
            said.append(f"{self.word('situation au')} {self.form.date(day)}")
        if self.report.last_entry is not None:
            said.append(f"{self.word('dernière écriture le')} {self.form.date(self.report.last_entry)}")
        return " · ".join(said)

    def style(self, **wishes: object) -> Any:
        """The cell format with these properties, made once."""
        key = tuple(sorted(wishes.items()))
        if key not in self.styles:
            self.styles[key] = self.book.add_format({"valign": "top", "font_color": _INK, **wishes})
        return self.styles[key]

    def sheet(self, title: str) -> Any:
        """A new sheet under a name that spreadsheets accept, set up to print on A4."""
        base = re.sub(r"[\[\]:*?/\\]", " ", printable(title)).strip("' ")[:31].strip() or self.word("Informations")
        name, number = base, 2
        while name.casefold() in self.names:
            suffix = f" ({number})"
            name, number = base[: 31 - len(suffix)] + suffix, number + 1
        self.names.add(name.casefold())
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(9)
        if self.report.landscape:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.5, 0.5, 0.6, 0.7)
        left = _in_footer(f"{self.report.letterhead.acronym} · {self.report.title}")
        digest = f"{self.word('Empreinte')} {self.report.digest12} · " if self.report.digest12 else ""
        sheet.set_footer(f"&L&8{left}&R&8{_in_footer(digest)}{self.word('Page')} &P / &N")
        sheet.hide_gridlines(2)
        return sheet

    def text(self, sheet: Any, row: int, column: int, text: str, style: Any = None) -> None:
        """A text that stays a text, whatever it looks like."""
        if text:
            sheet.write_string(row, column, printable(text)[:_LONGEST], style or self.style())

    def top(self, sheet: Any) -> int:
        """Who, what and when, over every table; the first free row."""
        report = self.report
        self.text(sheet, 0, 0, report.title, self.style(bold=True, font_size=15))
        sheet.set_row(0, 21)
        self.text(sheet, 1, 0, self.who, self.style(font_color=_ACCENT, bold=True))
        if report.subtitle:
            self.text(sheet, 2, 0, report.subtitle)
        self.text(sheet, 3, 0, self.when, self.style(font_color=_PALE))
        if report.provisional:
            self.text(sheet, 4, 0, self.provisional, self.style(bold=True, font_color="#A4431F"))
        return 6

    def table(self, table: Table, *, signed: bool) -> None:
        """A table under its title, with frozen head, filter where it helps, and the signatures when they follow it."""
        sheet = self.sheet(table.title)
        at = self.top(sheet)
        self.text(sheet, at - 1, 0, table.title, self.style(bold=True, font_size=12, font_color=_ACCENT))
        widths = _widths(table)
        head = self.head(sheet, table.columns, widths, at)
        first = head + 1
        grouped = head > at
        self.rows(sheet, table, widths, first)
        last = first + len(table.rows) - 1
        sheet.freeze_panes(first, 0)
        sheet.repeat_rows(at, head)
        flat = all(row.role in ("normal", "opening", "total", "closing") for row in table.rows)
        plain = [index for index, row in enumerate(table.rows) if row.role == "normal"]
        if flat and not grouped and len(plain) >= _FILTERED and table.rows[0].role == "normal":
            sheet.autofilter(head, 0, first + plain[-1], len(table.columns) - 1)
        after = last + 1
        if table.note:
            self.text(sheet, after, 0, table.note, self.style(font_color=_PALE, font_size=9))
            after += 1
        if signed:
            after = self.signatures(sheet, after + 1)
        sheet.print_area(0, 0, max(after - 1, first), self.reach(table, widths))

    def reach(self, table: Table, widths: list[int]) -> int:
        """The last column to print: a narrow table does not cut the lines above and under it."""
        longest = max(map(len, (self.who, self.when, self.report.subtitle, table.title, table.note)))
        last, room = len(widths) - 1, sum(widths)
        while room < min(longest, _PAGE):
            last, room = last + 1, room + 8
        return last

    def head(self, sheet: Any, columns: tuple[Column, ...], widths: list[int], at: int) -> int:
        """The head over one row, or two where columns share a heading; its last row."""
        groups = any(column.group for column in columns)
        last = at + 1 if groups else at
        below: dict[str, object] = {
            "bold": True,
            "text_wrap": True,
            "bottom": 1,
            "bg_color": _GROUND,
            "valign": "bottom",
        }
        for index, column in enumerate(columns):
            align = _aligned(columns, index)
            sheet.set_column(index, index, widths[index])
            sheet.write_string(last, index, printable(column.title), self.style(**below, **align))
            if groups:
                sheet.write_blank(at, index, None, self.style(bg_color=_GROUND))
        for start, end, group in _groups(columns):
            style = self.style(bold=True, bg_color=_GROUND, font_color=_ACCENT, align="center", bottom=4)
            if end > start:
                sheet.merge_range(at, start, at, end, printable(group), style)
            else:
                sheet.write_string(at, start, printable(group), style)
        self.height(sheet, last, ((column.title, width - 2) for column, width in zip(columns, widths, strict=True)))
        return last

    def height(self, sheet: Any, row: int, texts: Iterable[tuple[str, int]]) -> None:
        """Makes the row as high as its longest text needs: not every spreadsheet does so when it opens a file."""
        lines = max((_lines(text, width + width // 8) for text, width in texts), default=1)
        if lines > 1:
            sheet.set_row(row, min(lines * _LINE, _TALLEST))

    def rows(self, sheet: Any, table: Table, widths: list[int], first: int) -> None:
        """Every row, computed cells as formulas with their values."""
        recipe = recipes(table)
        letters = {column.key: _letters(index) for index, column in enumerate(table.columns)}
        computing = {column.key for column in table.columns if column.formula or column.total == "sum"}
        looks: dict[str, list[Any]] = {}  # by role
        deep: dict[tuple[str, int, int], Any] = {}
        for index, row in enumerate(table.rows):
            at, role, cells = first + index, row.role, row.cells
            long = []
            styles = looks.get(role)
            if styles is None:
                styles = [self.look(table.columns, role, position) for position in range(len(table.columns))]
                looks[role] = styles
            for position, (column, style) in enumerate(zip(table.columns, styles, strict=True)):
                value = cells.get(column.key)
                if value is None or value == "":
                    if role in ("subtotal", "total", "closing"):
                        sheet.write_blank(at, position, None, style)
                    continue
                if isinstance(value, str):
                    if row.depth and position < 2 and not is_code(value):
                        place = (role, position, row.depth)
                        if place not in deep:
                            deep[place] = self.look(table.columns, *place)
                        style = deep[place]
                    sheet.write_string(at, position, printable(value)[:_LONGEST], style)
                    if len(value) > widths[position] or "\n" in value:
                        long.append((value, widths[position]))
                    continue
                if isinstance(value, date):
                    sheet.write_number(at, position, (value - _FIRST_DAY).days, style)
                    continue
                how = recipe(index, column) if column.key in computing else None
                formula = _formula(how, column, letters, first) if how else ""
                if formula and len(formula) < _FORMULA:
                    sheet.write_formula(at, position, formula, style, _face(value, column))
                else:
                    sheet.write_number(at, position, _face(value, column), style)
            if long:
                self.height(sheet, at, long)

    def look(self, columns: tuple[Column, ...], role: str, position: int, depth: int = 0) -> Any:
        """The format of a cell of that column in a row of that role and depth."""
        return self.style(**_look(columns[position], role, self.report.language), **_aligned(columns, position, depth))

    def signatures(self, sheet: Any, at: int) -> int:
        """Who signs, one under the other with room to sign; the first free row."""
        for signature in self.report.signatures:
            self.text(sheet, at, 0, " – ".join(filter(None, (signature.role, signature.name))), self.style(bold=True))
            line = " · ".join(filter(None, (signature.extra, self.word("Date et signature"))))
            self.text(sheet, at + 1, 0, f"{line} : ……………………………………", self.style(font_color=_PALE))
            at += 4
        return at

    def information(self, *, signed: bool) -> None:
        """Facts, texts, bars and gauges; the signatures when no table carries them."""
        sheet = self.sheet(self.word("Informations"))
        at = self.top(sheet)
        for index, width in enumerate(_INFORMATION):
            sheet.set_column(index, index, width)
        at = self.facts(sheet, at, Facts(self.report.facts))
        for block in (*self.report.body, *self.report.annexes):
            match block:
                case Facts():
                    at = self.facts(sheet, at, block)
                case Text():
                    at = self.title(sheet, at, block.title)
                    for paragraph in block.paragraphs:
                        self.wide(sheet, at, 0, paragraph)
                        at += 1
                    at += 1
                case Bars():
                    at = self.title(sheet, at, block.title, ("Réalisé", "Budget", block.mark_label))
                    for bar in block.bars:
                        at = self.line(sheet, at, bar.label, (bar.part, bar.whole, bar.mark))
                    at += 1
                case Gauges():
                    at = self.title(sheet, at, block.title, ("Solde", "plancher", "plafond"))
                    for gauge in block.gauges:
                        at = self.line(sheet, at, gauge.label, (gauge.value, gauge.floor, gauge.ceiling))
                    at += 1
                case Table():
                    pass
        if signed:
            at = self.signatures(sheet, at)
        sheet.print_area(0, 0, at, len(_INFORMATION) - 1)

    def title(self, sheet: Any, at: int, title: str, columns: tuple[str, ...] = ()) -> int:
        """The title of a block, and what its figures are; the next free row."""
        if not title and not columns:
            return at
        self.text(sheet, at, 0, title, self.style(bold=True, font_color=_ACCENT))
        for index, name in enumerate(map(self.word, columns), 1):
            self.text(sheet, at, index, name[:1].upper() + name[1:], self.style(font_color=_PALE))
        return at + 1

    def wide(self, sheet: Any, row: int, column: int, text: str, style: Any = None) -> None:
        """A text over all the columns that are left, on as many lines as it needs."""
        sheet.merge_range(row, column, row, len(_INFORMATION) - 1, "", style or self.style(text_wrap=True))
        self.text(sheet, row, column, text, style or self.style(text_wrap=True))
        self.height(sheet, row, [(text, sum(_INFORMATION[column:]))])

    def facts(self, sheet: Any, at: int, block: Facts) -> int:
        if not block.facts:
            return at
        at = self.title(sheet, at, block.title)
        for fact in block.facts:
            at = self.line(sheet, at, fact.label, (fact.value,), fact.kind or kind_of(fact.value))
        return at + 1

    def line(self, sheet: Any, at: int, label: str, values: Iterable[Value], kind: str | None = None) -> int:
        """A label and its values, each as what it is."""
        self.text(sheet, at, 0, label)
        for column, value in enumerate(values, 1):
            what = Column("fact", "", kind or kind_of(value))  # type: ignore[arg-type]
            style = self.style(**_look(what, "normal", self.report.language), align="left")
            match value:
                case None:
                    pass
                case str():
                    self.wide(sheet, at, column, value, style)
                case date():
                    sheet.write_number(at, column, (value - _FIRST_DAY).days, style)
                case _:
                    sheet.write_number(at, column, _face(value, what), style)
        return at + 1


def _widths(table: Table) -> list[int]:
    """Characters of each column: what the report hints at, and no voucher number or word of the head cut in two."""
    widths = []
    for index, column in enumerate(table.columns):
        width = max(
            column.width or _WIDTHS[column.kind], min(14, max(map(len, column.title.split()), default=0)) + 2, 5
        )
        if column.kind == "text":
            texts = {text for row in table.rows if isinstance(text := row.cells.get(column.key), str)}
            longest = max(map(len, texts), default=0)
            if not column.width:
                width = max(min(width, longest + 3), 8)
            if longest > width:
                words = (len(word) for text in texts for word in text.split() if len(word) > width)
                width = max(width, min(max(words, default=0) + 2, _WIDTHS["text"]))
            width += 2 * _follows_figures(table.columns, index)
        widths.append(width)
    return widths


def _lines(text: str, width: int) -> int:
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


def _aligned(columns: tuple[Column, ...], index: int, depth: int = 0) -> dict[str, object]:
    """Texts on the left, a little away from figures before them; figures on the right."""
    if columns[index].kind not in ("text", "date"):
        return {"align": "right"}
    indent = depth + _follows_figures(columns, index)
    return {"align": "left", "indent": indent} if indent else {"align": "left"}


def _follows_figures(columns: tuple[Column, ...], index: int) -> bool:
    return index > 0 and columns[index - 1].kind not in ("text", "date")


def _look(column: Column, role: str, language: str) -> dict[str, object]:
    """The properties of a cell of that column in a row of that role."""
    look: dict[str, object] = {}
    match column.kind:
        case "text":
            look = {"text_wrap": True}
        case "date":
            look = {"num_format": "dd/mm/yyyy"}
        case "percent":
            look = {"num_format": "0.0%" if language == "en" else "0.0\u00a0%"}
        case "points":
            look = {"num_format": '0.0" pp"' if language == "en" else '0.0" pt"'}
        case "quantity":
            look = {"num_format": "#,##0.######"}
        case _:
            cents = f".{'0' * column.exponent}" if column.exponent else ""
            number = f"#,##0{cents}"
            debit, credit = ("Dr", "Cr") if language == "en" else ("D", "C")
            look = {"num_format": f'{number}" {debit}";{number}" {credit}";0' if column.sided else number}
    if role in ("subtotal", "total", "opening", "closing", "heading"):
        look["bold"] = True
    if role in ("subtotal", "total"):
        look["bg_color"] = _GROUND
    if role in ("total", "closing"):
        look["top"] = 1
    if role == "heading":
        look["font_color"] = _ACCENT
    if role == "note":
        look["font_color"] = _PALE
    return look


def _face(value: int | Decimal, column: Column) -> int | float:
    """The number a spreadsheet shows: 12.50 for 1250 cents."""
    if isinstance(value, int):
        return value / 10**column.exponent if column.exponent else value
    return float(value)


def _formula(how: Sum | Computed, column: Column, letters: dict[str, str], first: int) -> str:
    """The cell's recipe as a spreadsheet writes it."""
    if isinstance(how, Sum):
        return f"={_sum(letters[column.key], [first + row + 1 for row in how.rows])}"

    def cell(name: Reference) -> str:
        at = how.cells[name]
        return "0" if at is None else f"{letters[at[1]]}{first + at[0] + 1}"

    formula: Formula = how.formula
    text, divisors = formula.written(cell)
    if formula.rounds:
        text = f"ROUND({text},{PLACES.get(column.kind, column.exponent)})"
    for divisor in divisors:
        text = f'IF({divisor}=0,"",{text})'
    return f"={text}"


def _sum(letter: str, rows: list[int]) -> str:
    """SUM over rows, neighbours as ranges, in nested SUMs when there are many."""
    parts: list[str] = []
    ordered = sorted(rows)
    start = 0
    for index, row in enumerate(ordered):
        if index + 1 == len(ordered) or ordered[index + 1] != row + 1:
            low = ordered[start]
            parts.append(f"{letter}{low}" if low == row else f"{letter}{low}:{letter}{row}")
            start = index + 1
    while len(parts) > _ARGUMENTS:
        parts = [f"SUM({','.join(parts[i : i + _ARGUMENTS])})" for i in range(0, len(parts), _ARGUMENTS)]
    return f"SUM({','.join(parts)})"


def _letters(index: int) -> str:
    """A, B … Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _groups(columns: tuple[Column, ...]) -> list[tuple[int, int, str]]:
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


def _in_footer(text: str) -> str:
    """A text inside a page footer: `&` starts a code there, and 255 characters are all there is."""
    return printable(text).replace("&", "&&").replace("\n", " ")[:110]
