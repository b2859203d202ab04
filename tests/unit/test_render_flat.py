"""CSV that a French Excel opens, JSON that programs read."""

from __future__ import annotations

import csv
import io
import json

from grandlivre import render
from render_hostile import hostile_report
from render_samples import bank_book, financial_report


def _rows(content: bytes, delimiter: str = ";") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def test_csv_is_what_a_french_spreadsheet_expects():
    content = render.csv(bank_book(4))[""]
    assert content.startswith(b"\xef\xbb\xbf")
    rows = _rows(content)
    assert rows[0][:4] == ["N°", "Date", "Date de valeur", "N° pièce"]
    assert rows[0][10] == "Mouvements – Recettes"
    assert rows[1][12] == "4512000"
    assert rows[2][:4] == ["1", "01/03/2026", "01/03/2026", "BQ-UE-EAU-2026-0031"]
    assert rows[-2][10:12] == ["1250000", "59625"]
    assert rows[-1][12] == str(4_512_000 + 1_250_000 - 59_625)


def test_a_csv_holds_one_table():
    files = render.csv(financial_report())
    assert list(files) == ["budget", "funds", "expenses"]
    budget = _rows(files["budget"])
    assert {len(row) for row in budget} == {11}
    assert budget[1][8] == "23,98%"
    rates = [row[8] for row in budget if row[8].endswith("%")]
    assert len(rates) > 3
    assert {len(rate.rpartition(",")[2]) for rate in rates} == {3}, "one precision in a column"
    english = _rows(render.csv(financial_report(language="en"))["budget"], ",")
    assert english[1][8] == "23.98%"
    labels = [row[0] for row in _rows(files["funds"])]
    assert "Fonds reçus" in labels, "without the sign that a paper adds, nor the apostrophe that guards it"
    assert "− Dépenses" in labels


def test_csv_text_never_becomes_a_formula():
    cells = [cell for table in render.csv(hostile_report()).values() for row in _rows(table) for cell in row]
    assert "'-2+3" in cells
    assert "'@SUM(A1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]


def test_json_has_stable_keys_whole_francs_and_iso_dates():
    content = render.json(bank_book(2))
    read = json.loads(content)
    assert read["version"] == 1
    assert read["period"] == {"label": "Mars 2026", "from": "2026-03-01", "to": "2026-03-31"}
    (table,) = read["body"]
    assert table["type"] == "table"
    assert table["rows"][1]["cells"]["payments"] == 18_500
    assert table["rows"][1]["cells"]["date"] == "2026-03-01"
    assert table["rows"][1]["refs"] == [
        {"file": "ledger/ue-eau/2026-03.beancount", "line": 8, "piece": "BQ-UE-EAU-2026-0031"}
    ]
    assert table["columns"][12]["formula"] == "above.balance + receipts - payments"
    assert table["rows"][-2]["role"] == "total"
    assert content == render.json(bank_book(2))
    ratio = json.loads(render.json(financial_report()))
    assert ratio["body"][2]["rows"][0]["cells"]["rate"] == "0.2398"
    assert [block["type"] for block in ratio["body"]] == ["bars", "gauges", "table", "text", "table"]


def test_json_of_hostile_text_is_utf_8():
    assert json.loads(render.json(hostile_report()).decode("utf-8"))["model"] == "journal-banque"
