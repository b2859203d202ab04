"""A file of a few kilobytes never holds the machine: what is beyond the bounds of a statement is refused in French, at once."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from grandlivre.importers.formats import load_formats
from grandlivre.importers.reading import read_statement, recognised
from grandlivre.importers.rows import ROWS, ReadingBounds
from grandlivre.importers.workbook import Workbook
from grandlivre.scaffold.balance_sheet import read_balance

FORMATS = load_formats(Path(__file__).resolve().parent.parent / "rules" / "releves", [])
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def cell(reference: str, value: object = 1) -> str:
    return f'<c r="{reference}"><v>{value}</v></c>'


def book(sheet: str, shared: str = "", *, head: str = "", workbook: str = "", styles: str = "") -> bytes:
    """The least workbook there is, its rows (and what comes before them) as given."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="a" Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">{workbook}<sheets><sheet name="Releve" sheetId="1" r:id="b"/>'
            "</sheets></workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}">'
            f'<Relationship Id="b" Type="{LINKS}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="c" Type="{LINKS}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
            f'<Relationship Id="d" Type="{LINKS}/styles" Target="styles.xml"/></Relationships>',
        )
        archive.writestr("xl/styles.xml", f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>')
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{shared}</sst>')
        archive.writestr(
            "xl/worksheets/sheet1.xml", f'{head}<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
        )
    return data.getvalue()


def rows(count: int, cells: str = "<c><v>1</v></c>") -> str:
    return f"<row>{cells}</row>" * count


BEYOND = {
    "a value in the last column of 4 900 rows": (
        lambda: book("".join(f'<row r="{at}">{cell(f"A{at}")}{cell(f"XFD{at}")}</row>' for at in range(1, 4901))),
        1,
        "La cellule XFD1 porte une valeur",
    ),
    "one row of a million cells": (lambda: book(rows(1, "<c><v>1</v></c>" * 1_000_000)), 1, "200 colonnes au plus"),
    "more rows than any month": (lambda: book(rows(ROWS + 5_000)), ROWS + 1, "plus de 10"),
    "too many shared texts": (lambda: book(rows(1), "<si><t>x</t></si>" * 60_001), 1, "textes"),
    "a long text said on every row": (
        lambda: book(rows(3_000, '<c t="s"><v>0</v></c>'), f"<si><t>{'x' * 32_000}</t></si>"),
        157,
        "caractères",
    ),
    "a text without end": (
        lambda: book(f'<row><c t="inlineStr"><is><t>{"x" * 20_000_000}</t></is></c></row>'),
        1,
        "une case de plus de 32 767 caractères",
    ),
    "a comment of 20 MB": (lambda: book(f"<!--{'x' * 20_000_000}-->{rows(1)}"), 1, "abîmé"),
    "an attribute of 20 MB": (lambda: book(f'<row><c r="{"A" * 20_000_000}"><v>1</v></c></row>'), 1, "abîmé"),
    "tags in tags": (lambda: book("<a>" * 1_000_000), 1, "abîmé"),
    "a bomb": (lambda: book(" " * 61_000_000), 1, "se déplie en plus de 60 Mo"),
    "entities in entities": (
        lambda: book(rows(1), head='<!DOCTYPE worksheet [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'),
        1,
        "abîmé",
    ),
    "a format of numbers that takes minutes to search": (
        lambda: book(
            rows(1),
            styles=f'<numFmts><numFmt numFmtId="200" formatCode="{"[h" * 30_000}"/></numFmts><cellXfs><xf numFmtId="200"/></cellXfs>',
        ),
        1,
        "formats de nombres sans fin",
    ),
    "formats of numbers without end": (
        lambda: book(
            rows(1), styles="<cellXfs>" + "".join(f'<xf numFmtId="{at}"/>' for at in range(4_001)) + "</cellXfs>"
        ),
        1,
        "formats de nombres sans fin",
    ),
    "an infinite number": (
        lambda: book(f'<row r="1">{cell("A1")}{cell("B1", "1e999")}</row>'),
        1,
        "La cellule B1 porte",
    ),
    "no number": (lambda: book(f'<row r="7">{cell("C7", "NaN")}</row>'), 7, "La cellule C7 porte un nombre illisible"),
    "the same row twice": (lambda: book(f'<row r="1">{cell("A1")}</row><row r="1">{cell("A1", 2)}</row>'), 1, "abîmé"),
    "the same cell twice": (lambda: book(f'<row r="1">{cell("A1")}{cell("A1", 2)}</row>'), 1, "abîmé"),
    "a text that is not there": (lambda: book(rows(1, '<c t="s"><v>9</v></c>')), 1, "abîmé"),
}


@pytest.mark.parametrize("kind", BEYOND)
def test_a_workbook_beyond_the_bounds(kind: str, tmp_path: Path) -> None:
    make, row, words = BEYOND[kind]
    file = tmp_path / "releve.xlsx"
    file.write_bytes(make())
    form = FORMATS["bnda-exemple"].model_copy(update={"sheet": None})
    assert not recognised(file, FORMATS["bnda-exemple"])
    _, problems = read_statement(file, form)
    assert [(each.line, words in each.message.replace("\u202f", " ").replace("\u00a0", " ")) for each in problems] == [
        (row, True)
    ], problems
    found, mistakes, _ = read_balance(file, 0)
    assert (found, [each.line for each in mistakes]) == ([], [row])


def test_formatted_cells_that_say_nothing_are_no_rows() -> None:
    far = "".join(f'<row r="{at}"><c r="A{at}" s="1"/><c r="XFD{at}"/></row>' for at in range(2, 20_000))
    read = Workbook(book(f'<row r="1">{cell("A1", "935.0000000000001")}</row>{far}'))
    [row] = read.rows("Releve", ReadingBounds())
    assert (row.number, str(row.cells[0])) == (1, "935")


def test_characters_that_no_one_sees() -> None:
    text = '<row><c t="inlineStr"><is><t>VIR_xD800__x0000__x200E_ NET_x000D_</t></is></c></row>'
    [row] = Workbook(book(text)).rows("Releve", ReadingBounds())
    assert row.said == "VIR NET"


def test_the_days_of_1904() -> None:
    assert Workbook(book(rows(1), workbook='<workbookPr date1904="1"/>')).epoch.year == 1904


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_workbook_cut_off(share: float, tmp_path: Path) -> None:
    data = book(rows(100))
    file = tmp_path / "releve.xlsx"
    file.write_bytes(data[: int(len(data) * share)])
    _, [problem] = read_statement(file, FORMATS["bnda-exemple"])
    assert "abîmé" in problem.message


@pytest.mark.parametrize("at", range(0, 2_000, 61))
def test_a_damaged_byte_is_a_problem_and_no_exception(at: int, tmp_path: Path) -> None:
    data = bytearray(book(rows(100), "<si><t>x</t></si>"))
    data[at % len(data)] ^= 0x55
    file = tmp_path / "releve.xlsx"
    file.write_bytes(data)
    form = FORMATS["bnda-exemple"].model_copy(update={"sheet": None})
    statement, problems = read_statement(file, form)
    assert (statement is None) == bool(problems)
    read_balance(file, 0)


CSV = {
    "one line without end": (lambda: "x" * 4_000_000, 1, "case sans fin"),
    "a quote never closed": (lambda: '"' + "x\n" * 2_000_000, 1, "case sans fin"),
    "one row of a million cells": (lambda: "1;" * 1_000_000, 1, "colonnes sur cette ligne"),
    "a million rows": (lambda: "1\n" * 1_000_000, ROWS + 1, "plus de 10 000 lignes"),
}


@pytest.mark.parametrize("kind", CSV)
def test_a_csv_beyond_the_bounds(kind: str, tmp_path: Path) -> None:
    make, row, words = CSV[kind]
    file = tmp_path / "releve.csv"
    file.write_text(make(), encoding="ascii")
    _, problems = read_statement(file, FORMATS["bdm-exemple"])
    assert [(each.line, words in each.message.replace("\u202f", " ").replace("\u00a0", " ")) for each in problems] == [
        (row, True)
    ], problems


OFX = {
    "a hundred thousand movements": ("<STMTTRN>" * 100_000, "opérations ; 10"),
    "a movement without end": (f"<STMTTRN>{'<ORIGCURRENCY>' * 300_000}</STMTTRN>", "n'a pas de fin"),
}


@pytest.mark.parametrize("kind", OFX)
def test_ofx_beyond_the_bounds(kind: str, tmp_path: Path) -> None:
    body, words = OFX[kind]
    file = tmp_path / "releve.ofx"
    file.write_text(f"<OFX><STMTRS>{body}</OFX>", encoding="ascii")
    _, [problem] = read_statement(file, FORMATS["ofx"])
    assert words in problem.message.replace("\u202f", " ")


def test_a_file_of_more_than_10_megabytes_is_not_opened(tmp_path: Path) -> None:
    file = tmp_path / "releve.csv"
    file.write_bytes(b"x" * 10_400_000)
    _, [problem] = read_statement(file, FORMATS["bdm-exemple"])
    assert "10,4 Mo" in problem.message


def test_an_error_of_the_spreadsheet_is_not_left_out_of_a_balance(tmp_path: Path) -> None:
    texts = ("Compte", "Intitulé", "Solde débit", "Solde crédit")
    titles = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    wrong = '<c/><c t="inlineStr"><is><t>Écart</t></is></c><c t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    good = '<c><v>521</v></c><c t="inlineStr"><is><t>Banque</t></is></c><c><f>2*50</f><v>100</v></c>'
    file = tmp_path / "balance.xlsx"
    file.write_bytes(book(f"<row>{titles}</row><row>{good}</row><row>{wrong}</row>"))
    found, [problem], _ = read_balance(file, 0)
    assert [(row.number, row.balance) for row in found] == [("521", 100)]
    assert (problem.line, "#DIV/0!" in problem.message) == (3, True)


@pytest.mark.parametrize(
    ("written", "balance"),
    [
        ("134 500", 134_500),
        ("134 500 F CFA", 134_500),
        ("(134 500)", -134_500),
        ("-134500,00", -134_500),
        ("—", 0),
        ("1 34 500", None),
        ("134.500", None),
        ("134 500,50", None),
        ("1e5", None),
        ("Infinity", None),
    ],
)
def test_an_amount_typed_as_text_in_a_balance(written: str, balance: int | None, tmp_path: Path) -> None:
    texts = ("Compte", "Intitulé", "Solde", "521", "Banque", written)
    cells = [f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts]
    file = tmp_path / "balance.xlsx"
    file.write_bytes(book(f"<row>{''.join(cells[:3])}</row><row>{''.join(cells[3:])}</row>"))
    found, problems, _ = read_balance(file, 0)
    assert ([row.balance for row in found], bool(problems)) == ([balance or 0], balance is None)
