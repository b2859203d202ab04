"""How a spreadsheet writes what a cell is computed from: sums, formulas over named cells, figures of another sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grandlivre.reports.kit.formula import Reference
from grandlivre.reports.kit.table import PLACES, Column, Computed, Drawn, Sum, Table, drawn_rows

LONGEST = 8_000
"""Characters that a formula can hold, a little less than the format's limit."""
_ARGUMENTS = 200
"""Arguments given to one SUM, under the limit of 255."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a table stands in its workbook."""

    table: Table
    sheet: str
    letters: Mapping[str, str]
    """Of each column, by its key."""
    lines: Sequence[int]
    """The line of each row, counted from 1."""
    spare: int = 0
    """The empty line kept under a list, before its totals; 0 when there is none."""

    def cell(self, index: int, key: str) -> str:
        """A cell as its own sheet names it."""
        return f"{self.letters[key]}{self.lines[index]}"

    def elsewhere(self, index: int, key: str) -> str:
        """A cell as other sheets name it."""
        return f"{self.prefix}${self.letters[key]}${self.lines[index]}"

    def between(self, key: str, first: int, last: int) -> str:
        """A column's cells from one line to another, as other sheets name them."""
        letter = self.letters[key]
        return f"{self.prefix}${letter}${first}:${letter}${last}"

    @property
    def prefix(self) -> str:
        """The sheet's name before one of its cells."""
        return "'" + self.sheet.replace("'", "''") + "'!"

    def through(self, lines: list[int]) -> list[int]:
        """The same lines, with the empty one that follows them: a row added there counts."""
        return [*lines, self.spare] if self.spare and self.spare - 1 in lines else lines


def written(how: Sum | Computed, column: Column, placed: Placed) -> str:
    """The recipe of a cell from others of its table."""
    if isinstance(how, Sum):
        return f"={summed(placed.letters[column.key], placed.through([placed.lines[row] for row in how.rows]))}"

    def cell(name: Reference) -> str:
        at = how.cells[name]
        return "0" if at is None else placed.cell(*at)

    text, divisors = how.formula.written(cell)
    if how.formula.rounds:
        text = f"ROUND({text},{PLACES.get(column.kind, column.exponent)})"
    for divisor in divisors:
        text = f'IF({divisor}=0,"",{text})'
    return f"={text}"


def drawn(how: Drawn, index: int, placed: Placed, source: Placed) -> str:
    """The recipe of a cell (row index of its table) that another table gives; "" when that one holds no such row."""
    if how.row:
        rows = drawn_rows(source.table, how, placed.table.rows[index].cells)
        return f"={source.elsewhere(rows[0], how.column)}" if len(rows) == 1 else ""
    plain = [line for row, line in zip(source.table.rows, source.lines, strict=True) if row.role == "normal"]
    if not plain:
        return ""
    first, last = plain[0], source.through(plain)[-1]
    amounts = source.between(how.column, first, last)
    if not how.where and len(plain) == plain[-1] - plain[0] + 1:
        return f"=SUM({amounts})"
    same = "*".join(f"({source.between(there, first, last)}={placed.cell(index, here)})" for there, here in how.where)
    return f"=SUMPRODUCT({same}*{amounts})" if same else ""


def summed(letter: str, lines: list[int]) -> str:
    """SUM over lines of a column, neighbours as ranges, in nested SUMs when there are many."""
    parts: list[str] = []
    ordered = sorted(lines)
    start = 0
    for index, line in enumerate(ordered):
        if index + 1 == len(ordered) or ordered[index + 1] != line + 1:
            low = ordered[start]
            parts.append(f"{letter}{low}" if low == line else f"{letter}{low}:{letter}{line}")
            start = index + 1
    while len(parts) > _ARGUMENTS:
        parts = [f"SUM({','.join(parts[i : i + _ARGUMENTS])})" for i in range(0, len(parts), _ARGUMENTS)]
    return f"SUM({','.join(parts)})"
