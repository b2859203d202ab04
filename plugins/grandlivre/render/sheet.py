"""A sheet whose formulas are only ours; imported where a workbook is written."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet


class PlainSheet(Worksheet):  # type: ignore[misc]  # untyped
    """A sheet whose formulas use SUM, ROUND and IF alone, which every spreadsheet knows by these names.

    XlsxWriter looks in each formula for some thirty newer functions that files must name otherwise.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")
