"""A donor's own workbook, filled: compared part by part with the original; what holds a formula is never overwritten."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill, Protection
from openpyxl.worksheet.datavalidation import DataValidation
from pydantic import ValidationError

from form_books import write
from grandlivre.cli import cli
from grandlivre.policy.workbooks import DonorWorkbook

SPEC = """\
modele: face
fichier: unicef.xlsx
cellules: {B2: organisation.nom, FACE!B3: du, B4: fonds-recus, D1: lines.total.b}
tableaux:
  - {table: lines, feuille: FACE, debut: 12, fin: 14, colonnes: {A: activity, B: code, C: a, D: b, G: e}}
"""


def agency_form(path: Path) -> None:
    """A workbook as an agency sends it: shaded and locked cells, formulas, a list to choose from, print settings, notes."""
    book = Workbook()
    page = book.active
    page.title = "FACE"
    page["A1"] = "Funding Authorization (fictif)"
    page["A1"].font = Font(bold=True, size=14)
    page["B3"].number_format = "DD/MM/YYYY"
    page.merge_cells("B2:D2")
    for row in range(12, 15):
        page[f"C{row}"].number_format = "#,##0"
        page[f"E{row}"].fill = PatternFill("solid", fgColor="D9D9D9")
        page[f"D{row}"].protection = Protection(locked=False)
        page[f"F{row}"] = f"=C{row}-E{row}"
    page["D15"] = "=SUM(D12:D14)"
    chosen = DataValidation(type="list", formula1='"Direct,Reimbursement"')
    page.add_data_validation(chosen)
    chosen.add("G3")
    page.protection.sheet = True
    page.page_setup.orientation = "landscape"
    page.print_title_rows = "11:11"
    page.oddFooter.center.text = "&P / &N"
    notes = book.create_sheet("Notes")
    notes["A1"] = "À ne pas remplir"
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def fill(root: Path, spec: str = SPEC) -> Result:
    main = write(root, rules={"classeurs/unicef.yaml": spec})
    if not (root / "rules/classeurs/unicef.xlsx").exists():
        agency_form(root / "rules/classeurs/unicef.xlsx")
    words = ["report", "face", "--bailleur", "EDU", "--periode", "2026-T1", "--classeur", "unicef", "--format", "xlsx"]
    return CliRunner().invoke(cli, [*words, "--ledger", str(main), "--out", str(root / "out")])


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The workbook of the agency, and the same filled."""
    root = tmp_path_factory.mktemp("filled")
    made = fill(root)
    assert made.exit_code == 0, made.output
    return root / "rules/classeurs/unicef.xlsx", root / "out/2026-T1/edu/face-unicef.xlsx"


def test_the_cells_hold_the_figures_of_the_report(done: tuple[Path, Path]) -> None:
    """A 5 000 000, B 4 200 000, E 3 200 000 of the activity; the mission without activity is the next row."""
    page = load_workbook(done[1])["FACE"]
    assert [page[place].value for place in ("B2", "B3", "B4", "D1")] == [
        "Organisation fictive",
        datetime.fromisoformat("2026-01-01"),
        8_000_000,
        4_350_000,
    ]
    assert [page[f"{letter}12"].value for letter in "ABCDG"] == [
        "Formation des maîtres", "A1.2", 5_000_000, 4_200_000, 3_200_000,
    ]  # fmt: skip
    assert [page[f"{letter}13"].value for letter in "ABCD"] == ["Suivi", "1.2", None, 150_000]
    assert page["A14"].value is None


def test_every_other_part_is_the_agency_s_own(done: tuple[Path, Path]) -> None:
    """Byte for byte, but for the sheet that is filled and the order to compute again when it is opened."""
    before, after = (parts(each) for each in done)
    assert list(before) == list(after)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"xl/worksheets/sheet1.xml", "xl/workbook.xml"}
    one, two = (load_workbook(each)["FACE"] for each in done)
    for row in one.iter_rows(min_row=1, max_row=15, max_col=9):
        for cell in row:
            other = two[cell.coordinate]
            same = (other.number_format, other.fill.fgColor.rgb, other.protection.locked, other.font.b)
            assert same == (cell.number_format, cell.fill.fgColor.rgb, cell.protection.locked, cell.font.b)
            if cell.data_type == "f":
                assert other.value == cell.value
    assert two.protection.sheet
    assert [each.formula1 for each in two.data_validations.dataValidation] == ['"Direct,Reimbursement"']
    assert (two.print_title_rows, two.page_setup.orientation, two.oddFooter.center.text) == (
        one.print_title_rows, "landscape", "&P / &N",
    )  # fmt: skip
    assert two.merged_cells.ranges == one.merged_cells.ranges


def test_no_formula_keeps_a_figure_of_before(tmp_path: Path) -> None:
    """A value that the agency's own spreadsheet had computed would be shown beside figures that it is no longer the sum of."""
    agency_form(tmp_path / "rules/classeurs/unicef.xlsx")
    path = tmp_path / "rules/classeurs/unicef.xlsx"
    held = parts(path)
    held["xl/worksheets/sheet1.xml"] = re.sub(
        rb"(<f>SUM[^<]*</f>)<v ?/?>(</v>)?", rb"\1<v>99</v>", held["xl/worksheets/sheet1.xml"]
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    assert load_workbook(path, data_only=True)["FACE"]["D15"].value == 99
    assert fill(tmp_path).exit_code == 0
    made = tmp_path / "out/2026-T1/edu/face-unicef.xlsx"
    assert load_workbook(made, data_only=True)["FACE"]["D15"].value is None
    assert load_workbook(made).calculation.fullCalcOnLoad


def test_filled_twice_it_has_the_same_bytes(done: tuple[Path, Path], tmp_path: Path) -> None:
    root = done[0].parents[2]
    before = done[1].read_bytes()
    assert fill(root).exit_code == 0
    assert done[1].read_bytes() == before


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("G: e", "F: e", "La case FACE!F12 du classeur unicef.xlsx porte une formule : elle ne se remplit pas."),
        ("B2: organisation", "C2: organisation", "La case FACE!C2 du classeur unicef.xlsx est fondue dans B2:D2 : nommez B2."),
        ("feuille: FACE", "feuille: FACES", "n'a pas de feuille « FACES ». Vouliez-vous écrire « FACE » ?"),
        ("fin: 14", "fin: 12", "Le tableau lines a 2 lignes et le classeur n'en prévoit que 1"),
        ("A: activity", "A: activite", "n'a pas de colonne « activite ». Vouliez-vous écrire « activity » ?"),
        ("B4: fonds-recus", "B4: fonds-recu", "« fonds-recu » n'est ni une donnée ni tableau.ligne.colonne. Vouliez-vous écrire « fonds-recus » ?"),
        ("lines.total.b", "lines.totaux.b", "le tableau lines n'a pas de ligne « totaux ». Vouliez-vous écrire « total » ?"),
        ("fichier: unicef.xlsx", "fichier: absent.xlsx", "Le classeur absent.xlsx n'est pas dans rules/classeurs/"),
        ("modele: face", "modele: sf-425", "se remplit avec le modèle sf-425, pas face"),
    ],
)  # fmt: skip
def test_what_cannot_be_filled_is_refused_in_french(tmp_path: Path, wrong: str, right: str, said: str) -> None:
    made = fill(tmp_path, SPEC.replace(wrong, right))
    assert made.exit_code == 2
    assert said in made.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("right", "refused"),
    [("B4: depenses-cumul", "B4 : « depenses-cumul »"), ("B4: fonds-recus-cumul", "B4 : « fonds-recus-cumul »"), ("B4: fonds-recus", "")],
)  # fmt: skip
def test_no_sum_of_an_agreement_older_than_the_books_goes_under_a_donor_s_title(
    tmp_path: Path, right: str, refused: str
) -> None:
    """What was spent before nobody wrote down: the workbook cannot say « since the books began »."""
    main = write(tmp_path, rules={"classeurs/unicef.yaml": SPEC.replace("B4: fonds-recus", right)})
    agency_form(tmp_path / "rules/classeurs/unicef.xlsx")
    donor = tmp_path / "rules/bailleurs/edu.yaml"
    donor.write_text(donor.read_text("utf-8").replace("du: 2026-01-01", "du: 2025-06-01", 1), "utf-8", newline="\n")
    words = ["report", "face", "--bailleur", "EDU", "--periode", "2026-T1", "--classeur", "unicef", "--format", "xlsx"]
    made = CliRunner().invoke(cli, [*words, "--ledger", str(main), "--out", str(tmp_path / "out")])
    assert made.exit_code == (2 if refused else 0), made.output
    assert refused in made.output
    assert (tmp_path / "out").exists() is not bool(refused)


def test_an_unknown_workbook_and_a_mistaken_description(tmp_path: Path) -> None:
    main = write(tmp_path, rules={"classeurs/unicef.yaml": SPEC.replace("B2: ", "2B: ")})
    words = ["report", "face", "--bailleur", "EDU", "--periode", "2026-T1", "--ledger", str(main)]
    made = CliRunner().invoke(cli, [*words, "--classeur", "unicf"])
    assert "Le classeur « unicf » n'existe pas. Vouliez-vous écrire « unicef » ?" in made.output
    assert CliRunner().invoke(cli, [*words, "--classeur", "unicef", "--format", "pdf"]).exit_code == 2
    from grandlivre.inspection import inspect

    (fault,) = [each for each in inspect(main, date(2026, 11, 29)).findings if each.rule == "reglement"]
    assert "« 2B » n'est pas une case : écrivez B7, ou Feuille!B7" in fault.message


@pytest.mark.parametrize("place", ["XFE1", "A1048577", "A0", "'FACE!B2", "B2:C3", "[x]FACE!B2"])
def test_a_cell_that_no_sheet_has_is_refused_where_it_is_written(place: str) -> None:
    with pytest.raises(ValidationError, match="n'est pas une case"):
        DonorWorkbook.model_validate({"modele": "face", "fichier": "x.xlsx", "cellules": {place: "du"}})
    for file in ("../x.xlsx", "x.xls", "/x.xlsx", "a\\\\b.xlsx"):
        with pytest.raises(ValidationError, match="posé dans rules/classeurs"):
            DonorWorkbook.model_validate({"modele": "face", "fichier": file})


def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules/classeurs/unicef.xlsx"
    path.parent.mkdir(parents=True)
    for content in (b"", b"PK\x03\x04 not a workbook", b"<html>"):
        path.write_bytes(content)
        assert "Le classeur unicef.xlsx ne s'ouvre pas" in fill(tmp_path).output
