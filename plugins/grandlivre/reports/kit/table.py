"""A report as facts on a grid: columns, rows and blocks, without any formatting.

Cells hold whole smallest units of a currency (`int`), ratios and quantities (`Decimal`), dates, text or nothing. What can be
recomputed says how: a column by a `Formula` over its row, a total row by the rows it `sums` or by a `Formula` over the keys
of other rows. `grid` fills those cells in, and spreadsheets write the same recipe as real formulas. A value that was given
and disagrees with its recipe is a bug of the report, so `grid` raises `ValueError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from grandlivre.reports.kit.formula import Formula, Number, Reference, rounded

Kind = Literal["text", "money", "date", "percent", "points", "count", "quantity"]
Role = Literal["normal", "heading", "subtotal", "total", "opening", "closing", "note"]
Value = int | Decimal | date | str | None

_SILENT = ("heading", "note", "opening")
"""Rows in which a column formula does not apply."""


class Ref(NamedTuple):
    """Where an entry behind a figure stands."""

    file: str
    line: int
    piece: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What another table of the report says: its cell in the row of that key, else the sum of its column's plain rows."""

    table: str
    column: str
    row: str = ""
    where: tuple[tuple[str, str], ...] = ()
    """A column there and one here: only the rows that say the same in both."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; its key is an identifier that formulas use."""

    key: str
    title: str
    kind: Kind = "text"
    width: int = 0
    """A hint in characters; 0 lets the page decide from what the column holds."""
    total: Literal["sum", "none"] = "none"
    """`sum`: total rows add this column up, and row formulas apply to it."""
    formula: Formula | None = None
    """What the cell is worth, from other cells of its row; `above.key` is the last filled cell of `key` above."""
    group: str = ""
    """A heading shared by neighbouring columns of the same group."""
    exponent: int = 0
    """Decimals of a money column's smallest unit: 0 for XOF, 2 for EUR."""
    empty: str = ""
    """What a page prints in a cell that holds nothing, headings apart: « — » where nothing is known."""
    sided: bool = False
    """Whether a page prints a balance as accountants read it: « 3 000 000 C » rather than « −3 000 000 »."""
    under: str = ""
    """The key of the column that a page prints it under, in the same cell; a spreadsheet keeps them apart."""
    twin: str = ""
    """The key of the column that says the same in the books' currency."""
    drawn: Drawn | None = None
    """Where a plain row's value comes from."""
    by_hand: bool = False
    """Whether people sign or write in it: its rows are as high as a visa needs."""
    page: bool = True
    """Whether a page prints it; spreadsheets always carry it."""
    data: bool = True
    """Whether JSON and CSV carry it: a contract fixes the columns of some tables, where paper has one more."""
    as_written: bool = False
    """Whether a quantity is shown with the decimals it came with: 4 100,00 euros beside 10 000 francs."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; a missing cell is empty."""

    cells: Mapping[str, Value]
    role: Role = "normal"
    depth: int = 0
    refs: tuple[Ref, ...] = ()
    """The entries behind the figures."""
    behind: str = ""
    """The REF under which the report lists the entries behind its figures, where they are too many to carry."""
    key: str = ""
    """The name that other rows' formulas use."""
    sums: Sequence[int] = ()
    """Indexes of the rows this one adds up."""
    formula: Formula | None = None
    """This row from other rows' keys, in every column that adds up: `B + C - D`."""
    drawn: Drawn | None = None
    """Where its value comes from, in every column that adds up."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows with every computed cell filled in; build one with `grid`."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    sheet: str = ""
    """The name of its own sheet in a workbook; "" leaves it with the rest of the paper."""
    parts: str = ""
    """The key of a column: a page adds up each run of plain rows that say the same there. A spreadsheet's list stays whole."""
    part_words: str = ""
    """What such a sum is called under `label`, before what the column held: « Sous-total »."""

    def column(self, key: str) -> Column:
        """The column of that key."""
        return next(column for column in self.columns if column.key == key)


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value: an `int` is money, a `Decimal` a ratio, unless `kind` says otherwise."""

    label: str
    value: Value
    kind: Kind | None = None
    exponent: int = 0
    """Decimals of a money's smallest unit: 0 for XOF, 2 for EUR."""
    page: bool = True
    """Whether a page or a workbook prints it; machine formats always carry it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A block of labelled values."""

    facts: tuple[Fact, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs: a comment, a solemn sentence (amounts in words) or a warning."""

    paragraphs: tuple[str, ...]
    title: str = ""
    role: Literal["comment", "sentence", "warning"] = "comment"


@dataclass(frozen=True, slots=True)
class Code:
    """A text that machines read from paper, as a QR code; the paragraphs say it to people."""

    text: str
    paragraphs: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Gauge:
    """What a till holds between its floor and its ceiling, in smallest units."""

    label: str
    value: int
    floor: int
    ceiling: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Gauges:
    """A block of gauges."""

    gauges: tuple[Gauge, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a whole, in smallest units, with the mark to compare it with (a ratio: time elapsed)."""

    label: str
    part: int
    whole: int
    mark: Decimal | None = None
    note: str = ""
    counted: str = ""
    """What is counted, when it is no money but a target: going beyond it is no alarm."""


@dataclass(frozen=True, slots=True)
class Bars:
    """A block of bars that share the meaning of their mark."""

    bars: tuple[Bar, ...]
    title: str = ""
    mark_label: str = ""
    heads: tuple[str, str] = ("", "")
    """What a spreadsheet calls the part and the whole; "" leaves its own words."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A box to sign: who signs, in which capacity, and a line more (« lu et approuvé »)."""

    role: str
    name: str = ""
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who issues the report."""

    acronym: str
    name: str = ""
    lines: tuple[str, ...] = ()


class Span(NamedTuple):
    """A period and how readers call it; both days belong to it."""

    label: str
    start: date
    end: date


class Event(NamedTuple):
    """A day that a calendar shows."""

    uid: str
    """The same in every file for the same thing: a calendar that read it before moves its day instead of adding one."""
    day: date
    summary: str
    description: str = ""
    late: bool = False


Block = Table | Text | Facts | Gauges | Bars | Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a page, a spreadsheet or a machine format shows of one report."""

    model: str
    title: str
    period: Span
    letterhead: Letterhead
    subtitle: str = ""
    language: str = "fr"
    currency_label: str = "FCFA"
    scope: str = ""
    """Whose report: the tree and its donor, or the account."""
    about: str = ""
    """The same as a page prints it: an account's words instead of its name; "" when it is the scope as it stands."""
    facts: tuple[Fact, ...] = ()
    body: tuple[Block, ...] = ()
    signatures: tuple[Signature, ...] = ()
    annexes: tuple[Block, ...] = ()
    """Blocks printed after the signatures, on pages of their own."""
    heading: str = ""
    """What is printed at the top of every page: the identification header of a statutory statement."""
    provisional: bool = False
    provisional_why: str = ""
    """Why, when it is neither an open error nor a period that is not over."""
    situation: date | None = None
    """The day its figures speak of, when its period is not over."""
    last_entry: date | None = None
    """The day of the books' last entry, said beside the situation."""
    counts_later: bool = False
    """Whether entries dated after the situation, in its period, are in its figures."""
    example: bool = False
    """Whether the books are an example: said on every page."""
    digest12: str = ""
    closing: str = ""
    """The period of the books' last closing, « 2026-T3 »."""
    closing_root: str = ""
    """Its root: whoever holds this paper can tell whether the books were closed again since."""
    audience: str = ""
    landscape: bool = False
    events: tuple[Event, ...] | None = None
    """What a calendar shows of it; None: it is no calendar."""
    root: str = ""
    """The folder that holds the books: what leaves this machine names their files relative to it."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table in reading order."""
        return tuple(block for block in (*self.body, *self.annexes) if isinstance(block, Table))


def grid(
    key: str,
    title: str,
    columns: Iterable[Column],
    rows: Iterable[Row],
    note: str = "",
    sheet: str = "",
    parts: str = "",
    part_words: str = "",
) -> Table:
    """The table with its totals and computed columns filled in; raises `ValueError` where a given value disagrees."""
    draft = Table(key, title, tuple(columns), tuple(rows), note, sheet, parts, part_words)
    return replace(draft, rows=_Filling(draft).rows())


def drawn_from(table: Table, index: int, column: Column) -> Drawn | None:
    """Where in the report the cell's value comes from; `None` when it is computed here, or written."""
    row = table.rows[index]
    if row.drawn is not None and column.total == "sum":
        suffix = column.key.removeprefix(column.twin) if column.twin else ""
        return replace(row.drawn, column=row.drawn.column + suffix)
    return column.drawn if row.role == "normal" and row.drawn is None else None


def drawn_rows(source: Table, drawn: Drawn, cells: Mapping[str, Value]) -> list[int]:
    """The rows of the source that give a cell its value, for a row that holds those cells."""
    return [
        index
        for index, row in enumerate(source.rows)
        if (row.key == drawn.row if drawn.row else row.role == "normal")
        and all((row.cells.get(there) or "") == (cells.get(here) or "") for there, here in drawn.where)
    ]


@dataclass(frozen=True, slots=True)
class Sum:
    """The cell adds up the same column of other rows."""

    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Computed:
    """The cell is a formula over named cells; each name leads to (row index, column key), or to nothing filled."""

    formula: Formula
    cells: Mapping[Reference, tuple[int, str] | None]


def recipes(table: Table) -> Callable[[int, Column], Sum | Computed | None]:
    """How a cell (row index, column) of a grid is recomputed from others; `None` when it is a plain value."""
    return _Filling(table, filled=True).recipe


@dataclass(slots=True)
class _Filling:
    """One pass over a table that resolves computed cells, wherever in the table their sources stand."""

    table: Table
    filled: bool = False
    """Whether every computed cell is already there."""
    known: dict[tuple[int, str], Value] = field(default_factory=dict)
    open: set[tuple[int, str]] = field(default_factory=set)
    keys: dict[str, int] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.columns = {column.key: column for column in self.table.columns}
        self.keys = {row.key: index for index, row in enumerate(self.table.rows) if row.key}

    def rows(self) -> tuple[Row, ...]:
        computing = [column for column in self.table.columns if column.formula or column.total == "sum"]
        filled = []
        for index, row in enumerate(self.table.rows):
            changes = {}
            for column in computing:
                if column.formula is None and not row.sums and row.formula is None:
                    continue  # as given
                value = self.value(index, column.key)
                if value != row.cells.get(column.key):
                    changes[column.key] = value
            if changes:
                row = replace(row, cells={**row.cells, **changes})
            filled.append(row)
        return tuple(filled)

    def recipe(self, index: int, column: Column) -> Sum | Computed | None:
        row = self.table.rows[index]
        if column.total == "sum":
            if row.sums:
                return Sum(tuple(row.sums))
            if row.formula:
                return Computed(row.formula, {name: self._row_cell(name, column.key) for name in row.formula.names})
        formula = column.formula
        if formula is None or row.role in _SILENT:
            return None
        if formula.runs and row.role not in ("normal", "closing"):
            return None
        return Computed(formula, {name: self._cell(index, name) for name in formula.names})

    def _row_cell(self, name: Reference, column: str) -> tuple[int, str]:
        return self.keys[name.key], column

    def _cell(self, index: int, name: Reference) -> tuple[int, str] | None:
        if not name.above:
            return index, self.columns[name.key].key
        for before in range(index - 1, -1, -1):
            if self.value(before, name.key) is not None:
                return before, name.key
        return None

    def value(self, index: int, key: str) -> Value:
        """The cell's value, computed once; the given one must agree. Raises ValueError."""
        if self.filled:
            return self.table.rows[index].cells.get(key)
        place = (index, key)
        if place in self.known:
            return self.known[place]
        column = self.columns[key]
        given = self.table.rows[index].cells.get(key)
        how = self.recipe(index, column)
        value = given
        if how is not None:
            if place in self.open:
                raise ValueError(f"table {self.table.key!r}: row {index}, column {key!r} depends on itself")
            self.open.add(place)
            value = self._worth(how, column)
            if value is None:
                value = given
            if given is not None and value != given:
                raise ValueError(
                    f"table {self.table.key!r}: row {index}, column {key!r} is {given}, its recipe {value}"
                )
        self.known[place] = value
        return value

    def _worth(self, how: Sum | Computed, column: Column) -> Value:
        if isinstance(how, Sum):
            parts = [part for row in how.rows if (part := self.number(row, column.key)) is not None]
            return _as(column, sum(parts)) if parts else None
        numbers = {name: None if at is None else self.number(*at) for name, at in how.cells.items()}
        if all(number is None for number in numbers.values()):
            return None
        worth = how.formula.worth(numbers)
        return None if worth is None else _as(column, worth)

    def number(self, index: int, key: str) -> Number | None:
        """The cell's face value: 12.50 for 1250 cents; `None` for an empty cell. Raises ValueError."""
        value = self.value(index, key)
        if value is None:
            return None
        exponent = self.columns[key].exponent
        if isinstance(value, int):
            return Fraction(value, 10**exponent) if exponent else value
        if isinstance(value, Decimal):
            return Fraction(value)
        raise ValueError(f"table {self.table.key!r}: row {index}, column {key!r} holds {value!r}, not a number")


PLACES = {"percent": 4, "points": 2, "quantity": 6}
"""Decimals that computed ratios, their differences in points and quantities keep; money keeps its exponent."""


def _as(column: Column, number: Number) -> Value:
    if column.kind in PLACES:
        return rounded(number, PLACES[column.kind])
    if isinstance(number, int):
        return int(number * 10**column.exponent)
    return int(rounded(number * 10**column.exponent, 0))
