"""A report as a workbook: a sheet a thing that is printed and signed, real formulas with their values; always the same bytes."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cache, partial
from io import BytesIO
from typing import Any, NamedTuple

from xlsxwriter.utility import xl_col_to_name

from grandlivre.render.format import Format, ascii_words, is_code, kind_of, printable
from grandlivre.render.measures import (
    ACCENT,
    BEYOND,
    GROUND,
    INK,
    PALE,
    aligned,
    face,
    fitted,
    groups,
    lines,
    look,
    parts,
    quantity_decimals,
    room,
    spans,
)
from grandlivre.render.recipes import LONGEST, Placed, drawn, written
from grandlivre.render.words import translator
from grandlivre.reports.kit.table import (
    Bars,
    Block,
    Code,
    Column,
    Computed,
    Fact,
    Facts,
    Gauges,
    Report,
    Row,
    Signature,
    Sum,
    Table,
    Text,
    Value,
    drawn_from,
    recipes,
)

_FIRST_DAY = date(1899, 12, 30)
"""Day 0 of spreadsheets, for the dates of our times."""
_LONGEST = 32_767
"""Characters that a cell can hold."""
_NAME = 31
"""Characters that a sheet's name can hold."""
_WORDS = 200
"""Characters of a name for a table or a total at most; a spreadsheet holds 255."""
_LISTED = 10
"""From this many plain rows on, a list on a paper is a table of the spreadsheet; a list on a sheet of its own always is."""
_FROZEN = 15
"""Lines of a sheet that may stay on the screen while the others move."""
_LINE, _TALLEST = 15, 400
"""Height of a line of text, and of the tallest row, in points."""
_SIGNING = 54
"""Height of the place where one signs, in points."""
_UPRIGHT, _LYING = (50, 99), (33, 146)
"""Lines of a page held upright or lying, and characters of each, in a sheet's own size."""
_EASY, _LEAST_SCALE, _WIDE_SCALE = 0.78, 0.65, 0.55
"""How small a sheet may be printed for one page to hold it: read with ease; at least, so that totals and signatures stay
together; and where its columns alone are wider than a page."""
_LEAST, _PAGE = 70, 100
"""Characters of a line that a sheet prints at least; and over which it is not made wider for a line of its head."""
_LABEL, _FIGURE, _SIGNATURE = 44, 16, 22
"""Characters of a fact's label at most, of its figure and of a signature at least."""
_ALONE = (44, 20, 20, 20, 20)
"""Widths of the columns of a sheet without a table."""
_OPEN = dict.fromkeys(
    ("format_cells", "format_columns", "format_rows", "insert_rows", "sort", "autofilter"),
    True,
)
"""What may be done to a protected sheet besides writing in its unlocked cells; nobody needs a password to unprotect it."""


def xlsx(report: Report) -> bytes:
    """The workbook: the paper that is signed, then each table that has a sheet of its own, then the annexes."""
    import xlsxwriter

    from grandlivre.render.sheet import PlainSheet

    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    file = xlsxwriter.Workbook(out, options)
    end = report.period.end
    file.set_properties(
        {
            "title": printable(report.title),
            "author": printable(report.letterhead.acronym),
            "created": datetime(end.year, end.month, end.day, tzinfo=UTC).replace(tzinfo=None),
        }
    )
    file.set_calc_mode("auto")
    file.worksheet_class = PlainSheet
    book = _Workbook(file, report)
    sheets = [(_Sheet(book, leaf), leaf) for leaf in _leaves(report, book.word)]
    for sheet, leaf in sorted(sheets, key=lambda each: not each[1].annexed):  # figures are drawn from what is placed
        sheet.fill(leaf)
    file.close()
    return out.getvalue()


class _Leaf(NamedTuple):
    """What one sheet holds."""

    name: str
    blocks: tuple[Block, ...]
    signed: bool = False
    """The paper itself: its facts and its signatures."""
    annexed: bool = False

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Table))


def _leaves(report: Report, word: Callable[[str], str]) -> list[_Leaf]:
    """The sheets of a report, in reading order."""
    paper = tuple(block for block in report.body if not (isinstance(block, Table) and block.sheet))
    leaves = [_Leaf(block.sheet, (block,)) for block in report.body if isinstance(block, Table) and block.sheet]
    waiting: list[Block] = []
    for block in report.annexes:
        waiting.append(block)
        if isinstance(block, Table):
            leaves.append(_Leaf(block.sheet or block.title, tuple(waiting), annexed=True))
            waiting = []
    if waiting:
        leaves.append(_Leaf(word("Annexes"), tuple(waiting), annexed=True))
    return [_Leaf(word("Synthèse") if leaves else report.title, paper, signed=True), *leaves]


class _Workbook:
    """What the sheets of one workbook share."""

    def __init__(self, file: Any, report: Report) -> None:
        self.file = file
        self.report = report
        self.form = Format(report.language)
        self.word: Callable[[str], str] = translator(report.language)
        self.styles: dict[tuple[tuple[str, object], ...], Any] = {}
        self.sheets: set[str] = set()
        self.names: set[str] = set()
        """Of tables and totals: one may not be called as another."""
        self.placed: dict[str, Placed] = {}
        """The tables written so far, by their keys."""

    @property
    def head(self) -> Iterator[tuple[str, dict[str, object]]]:
        """The lines over every sheet: what, whose, of when; and what their letters look like."""
        report = self.report
        example = self.word("EXEMPLE") if report.example else ""
        who = (report.letterhead.acronym, report.about or report.scope, example)
        yield report.title, {"bold": True, "font_size": 15}
        yield " – ".join(filter(None, who)), {"bold": True, "font_color": ACCENT}
        yield report.subtitle, {}
        yield self.when, {"font_color": PALE}
        yield self.provisional if report.provisional else "", {"bold": True, "font_color": "#A4431F"}

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
        if self.report.counts_later:
            said.append(self.word("La période n'est pas finie ; des écritures datées d'après ce jour sont comptées."))
        if self.report.provisional_why:
            said.append(self.report.provisional_why)
        return " · ".join(said)

    def style(self, **wishes: object) -> Any:
        """The cell format with these properties, made once."""
        key = tuple(sorted(wishes.items()))
        if key not in self.styles:
            self.styles[key] = self.file.add_format({"valign": "vcenter", "font_color": INK, **wishes})
        return self.styles[key]

    def sheet_name(self, title: str) -> str:
        """The title, what stands before its dash when it is too long for a sheet's name; no sheet is called as another."""
        plain = " ".join(re.sub(r"[\[\]:*?/\\]", " ", printable(title)).split()).strip("' ")
        if len(plain) > _NAME:
            plain = plain.partition(" – ")[0]
        base = _whole_words(plain, _NAME) or self.word("Synthèse")
        name, number = base, 2
        while name.casefold() in self.sheets:
            suffix = f" {number}"
            name, number = _whole_words(base, _NAME - len(suffix)) + suffix, number + 1
        self.sheets.add(name.casefold())
        return name

    def name(self, *words: str) -> str:
        """A name for a table or a total, made of those words and no other's; "" when it is taken."""
        name = "_".join(ascii_words(" ".join(words)))[:_WORDS].rstrip("_")
        if not name or not name[0].isalpha() or re.fullmatch(r"[A-Za-z]{1,3}[0-9]*|[Rr][0-9]*[Cc][0-9]*", name):
            name = f"_{name}"
        if name.casefold() in self.names or name == "_":
            return ""
        self.names.add(name.casefold())
        return name


class _Sheet:
    """One sheet, written from its first line to its last."""

    def __init__(self, book: _Workbook, leaf: _Leaf) -> None:
        self.book = book
        self.report = book.report
        self.style = book.style
        self.word = book.word
        self.title = book.sheet_name(leaf.name)
        self.sheet = book.file.add_worksheet(self.title)
        self.fitted = {id(table): fitted(table) for table in leaf.tables}
        """The widths of each table's columns."""
        self.grid = _grid(leaf.tables, [self.fitted[id(table)] for table in leaf.tables])
        longest = max(len(text) for text, _ in book.head)
        self.last = len(self.grid) - 1 + max(0, -(-(max(_LEAST, min(longest, _PAGE)) - sum(self.grid)) // BEYOND))
        """The last column that is printed."""
        self.at = 0
        """The first free row."""
        self.higher = 0.0
        """The lines that rows take beyond one each."""
        self.computes = False
        """Whether it holds a formula."""
        self.listed = False
        """Whether it holds a table of the spreadsheet, which a protected sheet would not let grow."""

    def fill(self, leaf: _Leaf) -> None:
        """The head, the blocks in reading order, the signatures; then how it is printed."""
        for index, width in enumerate(self.grid):
            self.sheet.set_column(index, index, width)
        for row, (text, wishes) in enumerate(self.book.head):
            self.text(row, 0, text, self.style(**wishes))
        self.stretched(0, 21)
        self.at = 6
        if leaf.signed:
            self.facts(Facts(self.report.facts))
        for block in leaf.blocks:
            self.block(block, alone=len(leaf.tables) == 1, least=_LISTED if leaf.signed else 1)
        if leaf.signed:
            self.signatures(self.report.signatures)
            self.proof()
        self.set_up(signed=leaf.signed)

    def page(self, *, signed: bool) -> tuple[bool, bool]:
        """Whether it is printed lying, and whether on one page: a paper that is signed is held upright where that keeps it whole."""
        width = room(self.grid, (0, self.last))
        lying = self.report.landscape and width > _PAGE
        scale = self.scale(width, lying=lying)
        if scale >= _EASY or not signed:
            return lying, scale >= _EASY
        least = _LEAST_SCALE if width <= _LYING[1] else _WIDE_SCALE
        upright = self.scale(width, lying=False)
        if upright > scale and upright >= least:
            return False, True
        return lying, scale >= least

    def scale(self, width: int, *, lying: bool) -> float:
        """How small a page must print the sheet to hold it whole."""
        lines, characters = _LYING if lying else _UPRIGHT
        return min(1.0, characters / max(width, 1), lines / (self.at + self.higher))

    def stretched(self, row: int, points: float) -> None:
        """Makes a row that high."""
        self.sheet.set_row(row, points)
        self.higher += points / _LINE - 1

    def set_up(self, *, signed: bool) -> None:
        """A4, on one page's width, its figures left to be changed and its formulas kept."""
        sheet, report = self.sheet, self.report
        sheet.set_paper(9)
        lying, whole = self.page(signed=signed)
        if lying:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 1 if whole else 0)
        sheet.set_margins(0.5, 0.5, 0.6, 0.7)
        left = _in_footer(f"{report.letterhead.acronym} · {report.title}")
        digest = f"{self.word('Empreinte')} {report.digest12} · " if report.digest12 else ""
        sheet.set_footer(f"&L&8{left}&R&8{_in_footer(digest)}{self.word('Page')} &P / &N")
        sheet.hide_gridlines(2)
        sheet.print_area(0, 0, max(self.at - 1, 1), self.last)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_col_to_name(self.last)}{self.at + 1}"})
        if self.computes and not self.listed:
            sheet.protect("", _OPEN)

    def block(self, block: Block, *, alone: bool, least: int) -> None:
        match block:
            case Table():
                self.table(block, alone=alone, least=least)
            case Facts():
                self.facts(block)
            case Text() | Code():
                self.heading(block.title)
                for paragraph in block.paragraphs:
                    self.wide((0, self.last), paragraph, self.style(text_wrap=True))
                    self.at += 1
                self.at += 1
            case Bars():
                rows = [(bar.label, (bar.part, bar.whole, bar.mark)) for bar in block.bars]
                whole = "Cible" if any(bar.counted for bar in block.bars) else "Budget"
                part_head, whole_head = block.heads
                self.figures(block.title, (part_head or "Réalisé", whole_head or whole, block.mark_label), rows)
            case Gauges():
                held = [(gauge.label, (gauge.value, gauge.floor, gauge.ceiling)) for gauge in block.gauges]
                self.figures(block.title, ("Solde", "plancher", "plafond"), held)

    # --- texts and facts

    def text(self, row: int, column: int, text: str, style: Any = None) -> None:
        """A text that stays a text, whatever it looks like."""
        if text:
            self.sheet.write_string(row, column, printable(text)[:_LONGEST], style or self.style())

    def heading(self, title: str) -> None:
        """The title of a block."""
        if title:
            self.text(self.at, 0, title, self.style(bold=True, font_size=12, font_color=ACCENT))
            self.at += 1

    def merge(self, row: int, span: tuple[int, int], style: Any) -> None:
        """Makes one cell of neighbouring columns."""
        if span[1] > span[0]:
            self.sheet.merge_range(row, span[0], row, span[1], "", style)

    def wide(self, span: tuple[int, int], text: str, style: Any) -> None:
        """A text over neighbouring columns, on as many lines as it needs."""
        self.merge(self.at, span, style)
        self.text(self.at, span[0], text, style)
        self.height(self.at, [(text, room(self.grid, span))])

    def height(self, row: int, texts: Iterable[tuple[str, int]]) -> None:
        """Makes the row as high as its longest text needs: not every spreadsheet does so when it opens a file."""
        most = max((lines(text, width + width // 8) for text, width in texts), default=1)
        if most > 1:
            self.stretched(row, min(most * _LINE, _TALLEST))

    def facts(self, block: Facts) -> None:
        """Labels and their values."""
        printed = [fact for fact in block.facts if fact.page]
        if not printed:
            return
        self.heading(block.title)
        label, value = spans(self.grid, [min(_LABEL, max(len(fact.label) for fact in printed) + 2), _FIGURE])
        for fact in printed:
            self.text(self.at, label[0], fact.label)
            self.fact(value, fact)
            self.at += 1
        self.at += 1

    def fact(self, span: tuple[int, int], fact: Fact) -> None:
        """A value as what it is: a text runs to the edge of the page."""
        what = Column("fact", "", fact.kind or kind_of(fact.value), exponent=fact.exponent)
        style = self.style(**look(what, "normal", self.report.language), align="left")
        match fact.value:
            case None:
                pass
            case str(text):
                self.wide((span[0], max(span[1], self.last)), text, style)
            case value:
                self.merge(self.at, span, style)
                number = (value - _FIRST_DAY).days if isinstance(value, date) else face(value, what)
                self.sheet.write_number(self.at, span[0], number, style)

    def figures(self, title: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[Value]]]) -> None:
        """A drawing as its figures: a label and values on each line, under what they are."""
        self.heading(title)
        wanted = [min(_LABEL, max((len(label) for label, _ in rows), default=0) + 2), *(_FIGURE for _ in columns)]
        label, *places = spans(self.grid, wanted)
        self.last = max(self.last, places[-1][1])
        for place, name in zip(places, map(self.word, columns), strict=True):
            self.text(self.at, place[0], name[:1].upper() + name[1:], self.style(font_color=PALE))
        for name, values in rows:
            self.at += 1
            self.text(self.at, label[0], name)
            for place, value in zip(places, values, strict=True):
                self.fact(place, Fact("", value))
        self.at += 2

    def proof(self) -> None:
        """The root of the books' last closing."""
        report = self.report
        if report.closing_root:
            said = f"{self.word('Dernière clôture')} {report.closing}, {self.word('racine')} {report.closing_root}"
            self.at += 1
            self.text(self.at, 0, said, self.style(font_color=PALE, font_size=8))
            self.at += 1

    def signatures(self, signatures: Sequence[Signature]) -> None:
        """Who signs, side by side, with room to sign."""
        if not signatures:
            return
        most = max(1, min(len(signatures), room(self.grid, (0, self.last)) // _SIGNATURE))
        across = -(-len(signatures) // -(-len(signatures) // most))  # as many on each line
        for start in range(0, len(signatures), across):
            few = signatures[start : start + across]
            places = parts(self.grid, self.last, across)[: len(few)]
            asked = f"{self.word('Date et signature')} :"
            for wishes, texts in (
                ({"bold": True}, [one.role for one in few]),
                ({}, [one.name for one in few]),
                ({"font_color": PALE}, [one.extra for one in few]),
                ({"font_color": PALE}, [asked] * len(few)),
            ):
                self.at += 1
                style = self.style(text_wrap=True, **wishes)
                for span, text in zip(places, texts, strict=True):
                    self.merge(self.at, span, style)
                    self.text(self.at, span[0], text, style)
                self.height(self.at, ((text, room(self.grid, span)) for span, text in zip(places, texts, strict=True)))
            self.at += 1
            for first, last in places:
                for column in range(first, last + (first == last)):  # the last column keeps two boxes apart
                    self.sheet.write_blank(self.at, column, None, self.style(bottom=1))
            self.stretched(self.at, _SIGNING)
            self.at += 1

    # --- tables

    def table(self, table: Table, *, alone: bool, least: int) -> None:
        """A table under its title; what other tables draw from it knows where it stands."""
        self.heading(table.title)
        columns = table.columns
        places = spans(self.grid, self.fitted[id(table)])
        self.last = max(self.last, places[-1][1])
        listed = rows if (rows := _listed(table)) >= (1 if table.parts else least) else 0
        head = self.at
        if any(column.group for column in columns):
            self.groups(columns, places)
        first = self.head(columns, places) + 1
        placed = self.place(table, places, first, listed)
        self.rows(placed, places)
        self.book.placed[table.key] = placed
        if listed:
            self.make_list(columns, places, first - 1, first + listed - 1)
        self.name_totals(placed)
        if alone:
            self.sheet.repeat_rows(head, first - 1)
            if first <= _FROZEN:
                self.sheet.freeze_panes(first, 0)
        self.at = placed.lines[-1] if placed.lines else first
        if table.note:
            self.wide((0, self.last), table.note, self.style(font_color=PALE, font_size=9, text_wrap=True))
            self.at += 1
        self.at += 1

    def place(self, table: Table, places: list[tuple[int, int]], first: int, listed: int) -> Placed:
        """Where a table stands from its first row on: a row is left free between a list and its totals, for it to grow."""
        spare = first + listed + 1 if 0 < listed < len(table.rows) else 0
        lines = [first + index + 1 + bool(spare and index >= listed) for index in range(len(table.rows))]
        letters = {column.key: xl_col_to_name(span[0]) for column, span in zip(table.columns, places, strict=True)}
        return Placed(table, self.title, letters, lines, spare)

    def groups(self, columns: tuple[Column, ...], places: list[tuple[int, int]]) -> None:
        """The headings that columns share, over their own."""
        ground = self.style(bg_color=GROUND)
        shared = {index for start, end, _ in groups(columns) for index in range(start, end + 1)}
        for index, span in enumerate(places):
            if index not in shared:
                self.blank(self.at, span, ground)
        style = self.style(bold=True, bg_color=GROUND, font_color=ACCENT, align="center", bottom=4)
        for start, end, group in groups(columns):
            span = (places[start][0], places[end][1])
            self.merge(self.at, span, style)
            self.sheet.write_string(self.at, span[0], printable(group), style)
        self.at += 1

    def head(self, columns: tuple[Column, ...], places: list[tuple[int, int]]) -> int:
        """The columns' headings; their row."""
        for index, (column, span) in enumerate(zip(columns, places, strict=True)):
            style = self.head_style(columns, index)
            self.merge(self.at, span, style)
            self.sheet.write_string(self.at, span[0], printable(column.title), style)
        self.height(self.at, ((c.title, room(self.grid, span) - 2) for c, span in zip(columns, places, strict=True)))
        return self.at

    def head_style(self, columns: tuple[Column, ...], index: int) -> Any:
        wishes: dict[str, object] = {
            "bold": True,
            "text_wrap": True,
            "bottom": 1,
            "bg_color": GROUND,
            "valign": "bottom",
        }
        return self.style(**wishes, **aligned(columns, index))

    def make_list(self, columns: tuple[Column, ...], places: list[tuple[int, int]], head: int, last: int) -> None:
        """Makes a table of the spreadsheet of the rows of a list: it sorts, filters and grows."""
        titles = [printable(column.title) for column in columns]
        apart = len({title.casefold() for title in titles}) == len(titles) and all(titles)
        if apart and all(start == end for start, end in places):
            name = self.book.name(self.title) or self.book.name(self.title, "liste")
            named = [
                {"header": title, "header_format": self.head_style(columns, index)}
                for index, title in enumerate(titles)
            ]
            options = {"name": name, "style": None, "columns": named} if name else {"style": None, "columns": named}
            self.sheet.add_table(head, 0, last, len(columns) - 1, options)
            self.listed = True

    def rows(self, placed: Placed, places: list[tuple[int, int]]) -> None:
        """Every row, computed cells as formulas with their values."""
        table = placed.table
        recipe = recipes(table)
        computing = _computing(table.columns)
        visas = any(column.by_hand for column in table.columns)
        style_of = cache(partial(self.look, table.columns))
        rooms = [room(self.grid, span) for span in places]
        for index, row in enumerate(table.rows):
            at = placed.lines[index] - 1
            values = [row.cells.get(column.key) for column in table.columns]
            for position, (column, span, value) in enumerate(zip(table.columns, places, values, strict=True)):
                if value in (None, ""):
                    if row.role in ("subtotal", "total", "closing"):
                        self.blank(at, span, style_of(row.role, position, 0, -1, locked=True))
                    continue
                computed = column.key in computing and not isinstance(value, str | date)
                formula = self.formula(placed, index, column, recipe) if computed else ""
                depth = _indent(row, position, value) if row.depth else 0
                style = style_of(row.role, position, depth, quantity_decimals(value, column), locked=bool(formula))
                if span[1] > span[0]:
                    self.merge(at, span, style)
                self.cell(at, span[0], value, column, formula, style)
            self.stretch(at, _long(values, rooms), visa=visas and row.role == "normal")

    def stretch(self, at: int, texts: list[tuple[str, int]], *, visa: bool) -> None:
        """Makes a row as high as its long texts, or a visa, need."""
        if texts:
            self.height(at, texts)
        elif visa:
            self.stretched(at, 2 * _LINE)

    def blank(self, at: int, span: tuple[int, int], style: Any) -> None:
        """A cell that holds nothing but its look."""
        self.merge(at, span, style)
        self.sheet.write_blank(at, span[0], None, style)

    def cell(self, at: int, column: int, value: Value, what: Column, formula: str, style: Any) -> None:
        """One value as what it is, with its formula when it has one."""
        match value:
            case None:
                pass
            case str():
                self.sheet.write_string(at, column, printable(value)[:_LONGEST], style)
            case date():
                self.sheet.write_number(at, column, (value - _FIRST_DAY).days, style)
            case _ if formula:
                self.computes = True
                self.sheet.write_formula(at, column, formula, style, face(value, what))
            case _:
                self.sheet.write_number(at, column, face(value, what), style)

    def formula(
        self, placed: Placed, index: int, column: Column, recipe: Callable[[int, Column], Sum | Computed | None]
    ) -> str:
        """How a cell is computed; "" when it is a plain value."""
        how = recipe(index, column)
        if how is not None:
            text = written(how, column, placed)
            return text if len(text) < LONGEST else ""
        origin = drawn_from(placed.table, index, column)
        source = self.book.placed.get(origin.table) if origin is not None else None
        return drawn(origin, index, placed, source) if origin is not None and source is not None else ""

    def look(
        self, columns: tuple[Column, ...], role: str, position: int, depth: int, decimals: int, *, locked: bool
    ) -> Any:
        """The format of a cell of that column in a row of that role and depth; a quantity shows so many decimals."""
        own = look(columns[position], role, self.report.language, decimals)
        wishes = {**own, **aligned(columns, position, depth)}
        return self.style(**wishes) if locked else self.style(**wishes, locked=False)

    def name_totals(self, placed: Placed) -> None:
        """Gives the totals a name that formulas anywhere in the workbook may use."""
        columns = [column for column in placed.table.columns if column.total == "sum"]
        for index, row in enumerate(placed.table.rows):
            label = _label(row, placed.table.columns) if row.role in ("total", "closing") else ""
            for column in columns if label else ():
                if row.cells.get(column.key) is None:
                    continue
                title = _title(column, placed.table)
                words = (label,) if len(columns) == 1 else (label, title)
                name = (
                    self.book.name(*words)
                    or self.book.name(placed.table.title, *words)
                    or self.book.name(placed.table.title, label, column.group, title)
                )
                if name:
                    self.book.file.define_name(name, f"={placed.elsewhere(index, column.key)}")


def _grid(tables: Sequence[Table], found: Sequence[list[int]]) -> list[int]:
    """The widths of a sheet's columns: those of its widest table, on which the others are laid."""
    if not tables:
        return list(_ALONE)
    base = max(found, key=lambda each: (len(each), sum(each)))
    alike = [
        each
        for each, table in zip(found, tables, strict=True)
        if len(each) == len(base)
        and [c.kind for c in table.columns] == [c.kind for c in tables[found.index(base)].columns]
    ]
    return [max(column) for column in zip(*alike, strict=True)]


def _listed(table: Table) -> int:
    """How many rows make a list that can be sorted: plain ones, then totals at most; 0 when it is none."""
    plain = next(
        (i for i, row in enumerate(table.rows) if row.role != "normal" or row.depth or row.key), len(table.rows)
    )
    runs = any((column.formula is not None and column.formula.runs) or column.drawn for column in table.columns)
    grouped = any(column.group for column in table.columns)
    ends = all(row.role in ("total", "closing", "note") for row in table.rows[plain:])
    return plain if ends and not runs and not grouped else 0


def _computing(columns: Iterable[Column]) -> set[str]:
    """The columns whose figures may be formulas."""
    return {column.key for column in columns if column.formula or column.total == "sum" or column.drawn}


def _indent(row: Row, position: int, value: Value) -> int:
    """How deep a cell stands: a row's own depth for what it is called, its code apart."""
    return row.depth if position < 2 and isinstance(value, str) and not is_code(value) else 0


def _long(values: Iterable[Value], rooms: Iterable[int]) -> list[tuple[str, int]]:
    """The texts of a row that run over several lines, and the room of each."""
    return [
        (value, width)
        for value, width in zip(values, rooms, strict=True)
        if isinstance(value, str) and (len(value) > width or "\n" in value)
    ]


def _label(row: Row, columns: Iterable[Column]) -> str:
    """What a row is called: its first text."""
    return next((text for column in columns if isinstance(text := row.cells.get(column.key), str) and text), "")


def _title(column: Column, table: Table) -> str:
    """What a column is called among all: a twin that says its currency alone takes the words of the one it stands under."""
    return f"{table.column(column.under).title} {column.title}" if column.under else column.title


def _whole_words(text: str, most: int) -> str:
    """As many of its words as fit, none cut but one that is too long itself; no sign is left hanging at the end."""
    if len(text) <= most:
        return text
    shown = text[: most + 1].rpartition(" ")[0] or text[:most]
    return shown.rstrip(" –-—:,;(").strip("'")


def _in_footer(text: str) -> str:
    """A text inside a page footer: `&` starts a code there, and 255 characters are all there is."""
    return textwrap.shorten(printable(text), 110, placeholder=" …").replace("&", "&&")
