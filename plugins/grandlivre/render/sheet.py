"""A sheet written with less ado than XlsxWriter's own; imported where a workbook is written.

It only leaves out what our cells never need: were XlsxWriter to name a step otherwise, its own would be taken again.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet


def _plain(method: Any) -> Any:
    """A method that takes rows and columns as numbers, without looking whether they are written « A1 »."""
    return getattr(method, "__wrapped__", method)


_letters = cache(xl_col_to_name)


class PlainSheet(Worksheet):  # type: ignore[misc]  # untyped
    """A sheet of numbers, texts and formulas of SUM, ROUND and IF, which every spreadsheet knows by these names."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers: dict[int, int] = {}
        """The number of each cell format in the workbook, by its identity."""

    write_blank = _plain(Worksheet.write_blank)
    write_formula = _plain(Worksheet.write_formula)
    write_number = _plain(Worksheet.write_number)
    write_string = _plain(Worksheet.write_string)

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        """XlsxWriter looks in each formula for thirty newer functions, which files must name otherwise."""
        return formula.removeprefix("=")

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        """A text or a number in a format of ours, of which nothing needs escaping; all else as XlsxWriter writes it."""
        kind, look = type(cell).__name__, cell.format
        if look is None or kind not in ("String", "Number"):
            super()._write_cell(row, col, cell)
            return
        number = self._numbers.get(id(look))
        if number is None:
            number = self._numbers[id(look)] = look._get_xf_index()
        place = f'r="{_letters(col)}{row + 1}" s="{number}"'
        if kind == "String":  # the workbook keeps each text once; the cell names it
            self.fh.write(f'<c {place} t="s"><v>{cell.string}</v></c>')
        else:
            self.fh.write(f"<c {place}><v>{cell.number:.16G}</v></c>")

    def _calculate_spans(self) -> None:
        """Which cells of sixteen rows are filled: a hint that spreadsheets do without."""
        self.row_spans: dict[int, str] = {}
