"""Spreadsheets: the formulas give the values the file carries, text never becomes a formula, the bytes are always the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from io import BytesIO

import openpyxl
import pytest

from grandlivre import render
from grandlivre.render.workbook import _sum
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.table import Column, Row, Text, grid
from render_hostile import hostile_report
from render_samples import bank_book, cash_count, financial_report
from xlsx_eval import sheets

SAMPLES = {"journal-banque": bank_book(), "rapport-financier": financial_report(), "pv-caisse": cash_count()}


@pytest.mark.parametrize("model", SAMPLES)
def test_formulas_evaluated_give_the_values_the_file_carries(model):
    report = SAMPLES[model]
    content = render.xlsx(report)
    checked = 0
    for sheet in sheets(content).values():
        for cell, (value, cached) in sheet.formulas().items():
            assert isinstance(value, Fraction), cell
            assert abs(value - Fraction(str(cached))) < Fraction(1, 10**9), (
                f"{cell}: {sheet.written[cell].value} = {value}, not {cached}"
            )
            checked += 1
    assert checked >= 15
    assert content == render.xlsx(report)


def test_totals_and_differences_are_real_formulas():
    book = sheets(render.xlsx(financial_report()))
    budget = book["Exécution du budget"]
    formulas = {str(budget.written[cell].value) for cell in budget.formulas()}
    assert "=SUM(C10:C13)" in formulas
    assert "=SUM(C9,C14,C19,C24,C29)" in formulas
    assert "=D9-F9-G9" in formulas
    assert '=IF(D9=0,"",ROUND(F9/D9,4))' in formulas
    bank = sheets(render.xlsx(bank_book(5)))["Mouvements du compte"]
    assert bank.written["M10"].value == "=M9+K10-L10"


def test_a_sheet_is_set_up_to_be_read_and_printed():
    book = openpyxl.load_workbook(BytesIO(render.xlsx(financial_report())))
    assert book.sheetnames == [
        "Exécution du budget",
        "État des fonds et son égalité",
        "Liste des dépenses",
        "Informations",
    ]
    sheet = book["Liste des dépenses"]
    assert sheet.freeze_panes == "A8"
    assert sheet.auto_filter.ref == "A7:G67"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.print_title_rows == "$7:$7"
    assert sheet["C8"].value == datetime(2026, 1, 5)  # noqa: DTZ001
    assert sheet["C8"].number_format == "dd/mm/yyyy"
    assert sheet["G68"].number_format == "#,##0"
    assert sheet["A5"].value == "PROVISOIRE"
    assert book.properties.created == datetime(2026, 3, 31)  # noqa: DTZ001
    funds = book["État des fonds et son égalité"]
    assert "Le directeur – A. Traoré (fictif)" in [row[0].value for row in funds.iter_rows()]


def test_hostile_text_stays_text():
    book = openpyxl.load_workbook(BytesIO(render.xlsx(hostile_report())))
    written = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    texts = [cell.value for cell in written if cell.data_type == "s"]
    assert {'=HYPERLINK("http://example.invalid";"clic")', "-2+3", "@SUM(A1)", "_x0041_ _x000D_"} <= set(texts)
    assert any(len(text) == 5000 for text in texts)
    assert all(str(cell.value).startswith("=SUM(") for cell in written if cell.data_type == "f")
    assert all(cell.hyperlink is None for cell in written)
    assert len(set(book.sheetnames)) == 3


def test_cents_and_division_by_zero():
    columns = (
        Column("francs", "Francs", "money"),
        Column("days", "Jours", "count"),
        Column("each", "Par jour", "money", exponent=2, formula=Formula("francs / days"), total="sum"),
    )
    rows = (Row({"francs": 1000, "days": 3}), Row({"francs": 1000, "days": 0}), Row({"francs": -1000, "days": 3}))
    table = grid("c", "Centimes", columns, (*rows, Row({}, role="total", sums=(0, 1, 2))))
    assert [row.cells.get("each") for row in table.rows] == [33_333, None, -33_333, 0]
    report = cash_count()
    fields = {name: getattr(report, name) for name in type(report).__slots__} | {"body": (table,)}
    sheet = sheets(render.xlsx(type(report)(**fields)))["Centimes"]
    assert [float(value) for value, _ in sheet.formulas().values()] == [333.33, -333.33, 0]


def test_a_sum_keeps_under_the_limits_of_spreadsheets():
    text = _sum("C", list(range(1, 1201, 2)))
    assert text.count("SUM(") == 4
    assert max(part.count(",") for part in text.split("SUM(")) < 255
    assert _sum("C", [3, 1, 2, 7]) == "SUM(C1:C3,C7)"


def test_rows_are_as_high_as_their_texts_and_columns_as_wide_as_their_words():
    sheet = openpyxl.load_workbook(BytesIO(render.xlsx(bank_book(40))))["Mouvements du compte"]
    widths = _widths(sheet)
    assert len([cell for cell in sheet[8] if cell.value]) == 16
    long = 0
    for row in sheet.iter_rows(min_row=9, max_row=9 + 42):
        texts = [(cell.value, widths[cell.column]) for cell in row if isinstance(cell.value, str)]
        assert all(len(word) < width for text, width in texts[:-1] for word in text.split() if "BQ-" in word)
        if max((len(text) / width for text, width in texts), default=0) > 1.3:
            long += 1
            assert sheet.row_dimensions[row[0].row].height >= 30
    assert long > 10


def test_what_stands_over_a_narrow_table_is_printed_whole():
    sheet = openpyxl.load_workbook(BytesIO(render.xlsx(financial_report())))["État des fonds et son égalité"]
    last = openpyxl.utils.range_boundaries(str(sheet.print_area).rpartition("!")[2])[2]
    longest = max(len(str(sheet.cell(row, 1).value or "")) for row in range(1, 6))
    widths = _widths(sheet)
    assert sum(widths.get(column, 8.43) for column in range(1, last + 1)) >= longest


def _widths(sheet):
    """The width of each column that was given one; neighbours of one width share a record."""
    records = sheet.column_dimensions.values()
    return {column: each.width for each in records for column in range(each.min, each.max + 1)}


def test_the_last_sheet_says_what_its_figures_are_and_holds_long_texts_whole():
    report = replace(financial_report(), body=(*financial_report().body, Text(("Une phrase. " * 60,), "Commentaires")))
    sheet = openpyxl.load_workbook(BytesIO(render.xlsx(report)))["Informations"]
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    bars = next(row for row in values if "Réalisé" in row)
    assert bars[1:4] == ["Réalisé", "Budget", "Temps écoulé"]
    tills = next(row for row in values if "Plancher" in row)
    assert tills[1:4] == ["Solde", "Plancher", "Plafond"]
    (place,) = [row[0] for row in sheet.iter_rows() if str(row[0].value).startswith("Une phrase. Une phrase")]
    assert place.coordinate in sheet.merged_cells
    assert sheet.row_dimensions[place.row].height >= 75
