"""Spreadsheets: the formulas give the values the file carries, text never becomes a formula, the bytes are always the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from io import BytesIO

import openpyxl
import pytest

from grandlivre import render
from grandlivre.render.recipes import summed
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.table import Column, Drawn, Report, Row, Text, grid
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
    paper = sheets(render.xlsx(financial_report()))["Synthèse"]
    formulas = {str(paper.written[cell].value) for cell in paper.formulas()}
    (total,) = [row[0].row for row in paper.written.iter_rows() if row[1].value == "Total"]
    first = total - 25
    assert f"=SUM(C{first + 1}:C{first + 4})" in formulas
    assert f"=SUM({','.join(f'C{first + 5 * each}' for each in range(5))})" in formulas
    assert f"=D{first}-F{first}-G{first}" in formulas
    assert f'=IF(D{first}=0,"",ROUND(F{first}/D{first},4))' in formulas
    bank = sheets(render.xlsx(bank_book(5)))["Journal de banque"]
    (opening,) = [row[0].row for row in bank.written.iter_rows() if row[7].value == "Report à nouveau"]
    assert bank.written[f"M{opening + 1}"].value == f"=M{opening}+K{opening + 1}-L{opening + 1}"


def test_a_sheet_is_a_thing_that_is_printed_and_signed():
    """The facts, the tables, the sentences and the signatures of a paper on one sheet; lists apart."""
    (count,) = openpyxl.load_workbook(BytesIO(render.xlsx(cash_count())))
    texts = [cell.value for row in count.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert count.title == "Procès-verbal de caisse"
    order = ["Dernière pièce enregistrée", "Billetage", "Rapprochement", "Le caissier"]
    assert [text for text in texts if text in order] == order
    book = openpyxl.load_workbook(BytesIO(render.xlsx(financial_report())))
    assert book.sheetnames == ["Synthèse", "Liste des dépenses"]
    paper, listed = book
    assert {"Le directeur", "A. Traoré (fictif)"} <= {cell.value for row in paper.iter_rows() for cell in row}
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet["A5"].value == "PROVISOIRE"
    assert listed.freeze_panes == "A9"
    assert listed.print_title_rows == "$8:$8"
    assert listed["C9"].value == datetime(2026, 1, 5)  # noqa: DTZ001
    assert listed["C9"].number_format == "dd/mm/yyyy"
    assert book.properties.created == datetime(2026, 3, 31)  # noqa: DTZ001


def test_a_list_is_a_table_with_a_line_to_add_to_and_a_named_total():
    book = openpyxl.load_workbook(BytesIO(render.xlsx(financial_report())))
    listed = book["Liste des dépenses"]
    ((name, place),) = listed.tables.items()
    assert (name, place) == ("Liste_des_depenses", "A8:G68")
    assert [cell.value for cell in listed[69]] == [None] * 7
    assert listed["G70"].value == "=SUM(G9:G69)"
    assert listed["G70"].number_format == "#,##0"
    assert not listed.protection.sheet
    assert "'Liste des dépenses'!$G$70" in {each.attr_text for each in book.defined_names.values()}


def _drawing() -> Report:
    """Expenses on a list, their lines' sums on the paper, and what is left of the money received."""
    spent = [("3.1", 1000), ("3.10", 250), ("3.1", 500), ("", 40)]
    listed = grid(
        "list",
        "Liste des dépenses de la période",
        (Column("line", "Ligne"), Column("amount", "Montant", "money", total="sum")),
        (
            *(Row({"line": line, "amount": amount}) for line, amount in spent),
            Row({"line": "Total des dépenses"}, role="total", sums=range(4)),
        ),
        sheet="Dépenses",
    )
    by_line = Drawn("list", "amount", where=(("line", "code"),))
    lines = grid(
        "lines",
        "",
        (Column("code", "Code"), Column("period", "Période", "money", total="sum", drawn=by_line)),
        (
            *(Row({"code": code, "period": amount}) for code, amount in (("3.1", 1500), ("3.10", 250), ("", 40))),
            Row({"code": "Total"}, role="total", sums=range(3)),
        ),
    )
    funds = grid(
        "funds",
        "",
        (Column("label", "Libellé"), Column("amount", "Montant", "money", total="sum")),
        (
            Row({"label": "Reçu", "amount": 2000}, key="received"),
            Row({"label": "Dépensé", "amount": 1790}, key="spent", drawn=Drawn("lines", "period", row="")),
            Row({"label": "Reste"}, role="total", formula=Formula("received - spent")),
        ),
    )
    return replace(financial_report(), facts=(), body=(lines, funds), annexes=(listed,))


def test_what_is_changed_in_the_list_changes_the_paper():
    """« 3.1 » is not « 3.10 », though a spreadsheet would take both for the number 3,1."""
    content = render.xlsx(_drawing())
    book = openpyxl.load_workbook(BytesIO(content))
    listed = book["Dépenses"]
    (cell,) = [row[1] for row in listed.iter_rows() if row[1].value == 250]
    cell.value = 300
    changed = BytesIO()
    book.save(changed)
    before, after = (sheets(each)["Synthèse"] for each in (content, changed.getvalue()))
    shown = {at: (cached, after.value(at)) for at, (_, cached) in before.formulas().items()}
    assert [(old, new) for old, new in shown.values() if old != new] == [
        (250, 300),
        (1790, 1840),
        (1790, 1840),
        (210, 160),
    ]
    assert {"Total_des_depenses", "Reste"} <= set(book.defined_names)


def test_figures_may_be_typed_over_and_formulas_not():
    paper = openpyxl.load_workbook(BytesIO(render.xlsx(_drawing())))["Synthèse"]
    assert paper.protection.sheet
    assert paper.protection.password is None
    cells = [cell for row in paper.iter_rows() for cell in row]
    assert all(cell.protection.locked for cell in cells if cell.data_type == "f")
    assert [cell.protection.locked for cell in cells if cell.value == 2000] == [False]


def test_sheets_are_named_in_whole_words():
    table = grid("t", "Exécution du budget – Convention UE/2025/118", (Column("a", "A"),), (Row({"a": "x"}),))
    report = replace(cash_count(), annexes=(table, replace(table, key="u")))
    names = openpyxl.load_workbook(BytesIO(render.xlsx(report))).sheetnames
    assert names == ["Synthèse", "Exécution du budget", "Exécution du budget 2"]


def test_hostile_text_stays_text():
    book = openpyxl.load_workbook(BytesIO(render.xlsx(hostile_report())))
    written = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    texts = [cell.value for cell in written if cell.data_type == "s"]
    assert {'=HYPERLINK("http://example.invalid";"clic")', "-2+3", "@SUM(A1)", "_x0041_ _x000D_"} <= set(texts)
    assert any(len(text) == 5000 for text in texts)
    assert all(str(cell.value).startswith("=SUM(") for cell in written if cell.data_type == "f")
    assert all(cell.hyperlink is None for cell in written)
    assert len(set(book.sheetnames)) == len(book.sheetnames)


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
    sheet = sheets(render.xlsx(type(report)(**fields)))["Procès-verbal de caisse"]
    assert [float(value) for value, _ in sheet.formulas().values()] == [333.33, -333.33, 0]


def test_a_sum_keeps_under_the_limits_of_spreadsheets():
    text = summed("C", list(range(1, 1201, 2)))
    assert text.count("SUM(") == 4
    assert max(part.count(",") for part in text.split("SUM(")) < 255
    assert summed("C", [3, 1, 2, 7]) == "SUM(C1:C3,C7)"


def test_rows_are_as_high_as_their_texts_and_columns_as_wide_as_their_words():
    sheet = openpyxl.load_workbook(BytesIO(render.xlsx(bank_book(40))))["Journal de banque"]
    widths = _widths(sheet)
    (head,) = [row[0].row for row in sheet.iter_rows() if row[0].value == "N°"]
    assert len([cell for cell in sheet[head] if cell.value]) == 16
    long = 0
    for row in sheet.iter_rows(min_row=head + 1, max_row=head + 43):
        texts = [(cell.value, widths[cell.column]) for cell in row if isinstance(cell.value, str)]
        assert all(len(word) < width for text, width in texts[:-1] for word in text.split() if "BQ-" in word)
        if max((len(text) / width for text, width in texts), default=0) > 1.3:
            long += 1
            assert sheet.row_dimensions[row[0].row].height >= 30
    assert long > 10


def test_what_stands_over_a_narrow_table_is_printed_whole():
    sheet = openpyxl.load_workbook(BytesIO(render.xlsx(replace(_drawing(), about="Projet eau " * 8))))["Dépenses"]
    last = openpyxl.utils.range_boundaries(str(sheet.print_area).rpartition("!")[2])[2]
    longest = max(len(str(sheet.cell(row, 1).value or "")) for row in range(1, 6))
    widths = _widths(sheet)
    assert sum(widths.get(column, 8.43) for column in range(1, last + 1)) >= longest > 90


def _widths(sheet):
    """The width of each column that was given one; neighbours of one width share a record."""
    records = sheet.column_dimensions.values()
    return {column: each.width for each in records for column in range(each.min, each.max + 1)}


def test_a_paper_says_what_the_figures_of_its_drawings_are_and_holds_long_texts_whole():
    report = replace(financial_report(), body=(*financial_report().body, Text(("Une phrase. " * 60,), "Commentaires")))
    sheet = openpyxl.load_workbook(BytesIO(render.xlsx(report)))["Synthèse"]
    values = [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows()]
    bars = next(row for row in values if "Réalisé" in row)
    assert bars == ["Réalisé", "Budget", "Temps écoulé"]
    tills = next(row for row in values if "Plancher" in row)
    assert tills == ["Solde", "Plancher", "Plafond"]
    (place,) = [row[0] for row in sheet.iter_rows() if str(row[0].value).startswith("Une phrase. Une phrase")]
    assert place.coordinate in sheet.merged_cells
    assert sheet.row_dimensions[place.row].height >= 60
