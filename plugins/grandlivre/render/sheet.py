"""A sheet written with less ado than XlsxWriter's own; imported where a workbook is written.

It only leaves out what our cells never need: were XlsxWriter to name a step otherwise, its own would be taken again.
"""

from __future__ import annotations

from typing import Any

from xlsxwriter.worksheet import Worksheet


def _plain(method: Any) -> Any:
    """A method that takes rows and columns as numbers, without looking whether they are written « A1 »."""
    return getattr(method, "__wrapped__", method)


class PlainSheet(Worksheet):  # type: ignore[misc]  # untyped
    """A sheet of numbers, texts and formulas of SUM, ROUND and IF, which every spreadsheet knows by these names."""

    write_blank = _plain(Worksheet.write_blank)
    write_formula = _plain(Worksheet.write_formula)
    write_number = _plain(Worksheet.write_number)
    write_string = _plain(Worksheet.write_string)

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        """XlsxWriter looks in each formula for thirty newer functions, which files must name otherwise."""
        return formula.removeprefix("=")

    def _escape_attributes(self, attribute: Any) -> Any:
        """The place of a cell and the number of its format hold nothing to escape."""
        if isinstance(attribute, int | float) or attribute.isalnum():
            return attribute
        return super()._escape_attributes(attribute)

    def _calculate_spans(self) -> None:
        """Which cells of sixteen rows are filled: a hint that spreadsheets do without."""
        self.row_spans: dict[int, str] = {}
