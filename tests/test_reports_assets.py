"""The register of assets and the sheet of the yearly count: figures by hand, held against the accounts; what left, with its loss."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from asset_books import FILES, write_books
from grandlivre.cli import cli
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.periods import Period
from grandlivre.policy.values import read_date
from grandlivre.render import csv, html, xlsx
from grandlivre.reports import assets_count, assets_register, notes
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Report, Row, Table
from xlsx_eval import sheets

FONCT = "ledger/fonct/2026-01.beancount"
SALE = (
    FILES["ledger/eau/2026-02.beancount"].split("\n2026")[0]
    + """
2027-03-31 * "Reprise de l'ordinateur" "Sortie du registre"
  piece: "OD-FONCT-2027-0001"
  Actif:FONCT:2844-Amortissements        332129 XOF
  Charges:FONCT:812-Valeurs-comptables   517871 XOF
  Actif:FONCT:2442-Informatique         -850000 XOF

2027-03-31 * "Acheteur (fictif)" "Vente de l'ordinateur"
  piece: "BQ-FONCT-2027-0001"
  Actif:FONCT:52111-Banque               400000 XOF
  Produits:FONCT:822-Produits-cessions
"""
)
"""850 000 less 332 129 (261 296 in 2026, 70 833 for 90 days of 2027) leaves 517 871; sold for 400 000: a loss of 117 871."""
SOLD = FILES[FONCT].replace(
    "  inventaire: 2026-06-30\n", '  inventaire: 2026-06-30\n  sortie: 2027-03-31\n  motif-sortie: "vente"\n'
)


def made(books: Any, code: str, tree: str = "", module: Any = assets_register) -> Report:
    period = Period.parse(code)
    assert period is not None
    report: Report = module.report(Context(books, Scope(tree), period))
    return report


def table(report: Report, key: str) -> Table:
    return next(each for each in report.tables if each.key == key)


def facts(report: Report) -> dict[str, Any]:
    return {fact.label: fact.value for fact in report.facts}


def total(report: Report, key: str) -> Any:
    return table(report, key).rows[-1].cells


def rows(report: Report, key: str) -> dict[str, Row]:
    """The plain rows by number."""
    return {str(row.cells["number"]): row for row in table(report, key).rows if row.role == "normal"}


def write(main: Path, period: str, today: str) -> None:
    words = ["entries", "amortissements", "--periode", period, "--ecrire", "--today", today, "--ledger", str(main)]
    assert CliRunner().invoke(cli, words).exit_code == 0


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Inspection:
    """2026 before its depreciation is booked."""
    return inspect(write_books(tmp_path_factory.mktemp("nus")), read_date("2027-01-10"))


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Inspection:
    """2026 and the first quarter of 2027 depreciated, and the computer sold on the quarter's last day."""
    main = write_books(tmp_path_factory.mktemp("vendu"), {FONCT: SOLD, "ledger/fonct/2027-03.beancount": SALE})
    write(main, "2026", "2027-01-10")
    write(main, "2027-T1", "2027-04-02")
    return inspect(main, read_date("2027-04-02"))


def test_the_register_of_a_year(bare: Inspection) -> None:
    report = made(bare.books, "2026")
    assert facts(report)["Immobilisations"] == 7
    # 1 850 000 + 850 000 + 300 000 + 4 000 000 + 2 000 000 + 1 150 000 + 720 000
    assert facts(report)["Valeur brute"] == total(report, "lines")["cost"] == 10_870_000
    # 1 480 000 + 261 296 + 50 000 + 1 000 000 + 0 + 0 + 180 667
    assert facts(report)["Amortissements cumulés"] == total(report, "lines")["cumulated"] == 2_971_963
    assert facts(report)["Valeur nette"] == total(report, "lines")["net"] == 10_870_000 - 2_971_963
    computer = rows(report, "lines")["IM-2026-001"].cells
    assert (computer["serial"], computer["location"], computer["holder"]) == ("SN-1", "Siège", "A. Traoré (fictif)")
    assert (computer["supplier"], computer["vouchers"]) == ("Informatique du centre", "BQ-FONCT-2026-0001")
    assert (computer["before"], computer["period"], computer["net"]) == (0, 261_296, 588_704)
    assert (computer["agreement"], computer["condition"]) == ("FONCT-1", "bon")
    taken = rows(report, "lines")["IM-2023-001"].cells
    assert (taken["before"], taken["period"], taken["supplier"]) == (1_110_000, 370_000, "")
    car = rows(report, "lines")["IM-2026-002"].cells
    assert (car["subsidised"], car["released"]) == (4_000_000, 1_000_000)
    land = rows(report, "lines")["IM-2026-003"].cells
    assert (land["life"], land["cumulated"], land["released"]) == (None, 0, 100_000)
    bike = rows(report, "lines")["IM-2026-004"].cells
    assert (bike["life"], bike["cumulated"], bike["net"]) == (None, 0, 1_150_000)  # the project set


def test_what_is_not_booked_yet_is_the_gap(bare: Inspection) -> None:
    report = made(bare.books, "2026")
    assert facts(report)["Écart valeurs brutes : comptes − registre"] == 0
    # the year's 681 296 + 1 000 000 + 180 667, two of them in trees without any account 28
    assert facts(report)["Écart amortissements : comptes − registre"] == -1_861_963
    assert "grandlivre entries amortissements" in table(report, "depreciation").note
    gross = {str(row.cells["number"]): row.cells for row in table(report, "movements").rows if row.role == "normal"}
    assert [gross["2441"][key] for key in ("opening", "more", "less", "closing", "registered", "gap")] == [
        *(1_850_000, 0, 0, 1_850_000),
        *(1_850_000, 0),
    ]
    assert total(report, "movements")["closing"] == 10_870_000


@pytest.mark.parametrize("code", ["2026-01", "2026-T2", "2026-S2", "2026"])
def test_trees_make_the_whole_and_parts_the_year(bare: Inspection, code: str) -> None:
    whole = total(made(bare.books, code), "lines")
    apart = [
        total(made(bare.books, code, tree), "lines") for tree in ("FONCT", "EQUIP", "EAU", "AFF") if code != "2026-01"
    ]
    for key in ("cost", "before", "period", "cumulated", "net") if apart else ():
        assert sum(each[key] for each in apart) == whole[key]
    assert whole["before"] + whole["period"] == whole["cumulated"]


def test_quarters_of_depreciation_make_the_year(bare: Inspection) -> None:
    quarters = [total(made(bare.books, f"2026-T{rank}"), "lines")["period"] for rank in (1, 2, 3, 4)]
    assert sum(quarters) == total(made(bare.books, "2026"), "lines")["period"] == 1_861_963


def test_what_left_shows_its_loss_and_everything_ties(sold: Inspection) -> None:
    assert [each.message for each in sold.findings if each.rule in ("immobilisations", "reglement")] == []
    report = made(sold.books, "2027-T1")
    [gone] = [row.cells for row in table(report, "disposals").rows if row.role == "normal"]
    assert (gone["number"], gone["reason"], str(gone["left"])) == ("IM-2026-001", "vente", "2027-03-31")
    assert (gone["cost"], gone["cumulated"], gone["net"]) == (850_000, 332_129, 517_871)
    assert (gone["book_value"], gone["price"], gone["gain"]) == (517_871, 400_000, -117_871)
    assert gone["vouchers"] == "OD-FONCT-2027-0001 (31/03/2027), BQ-FONCT-2027-0001 (31/03/2027)"
    assert table(report, "disposals").note == ""
    assert "IM-2026-001" not in rows(report, "lines")
    assert facts(report)["Écart valeurs brutes : comptes − registre"] == 0
    assert facts(report)["Écart amortissements : comptes − registre"] == 0
    wear = {(row.cells["tree"], row.cells["number"]): row.cells for row in table(report, "depreciation").rows[:-1]}
    # 2844 of FONCT: 1 741 296 opens; 92 500 + 70 833 of the quarter come, 332 129 go
    assert [wear["FONCT", "2844"][key] for key in ("opening", "more", "less", "closing")] == [
        *(1_741_296, 163_333),
        *(332_129, 1_572_500),
    ]
    # the year before still holds it, whatever happened since
    assert "IM-2026-001" in rows(made(sold.books, "2026"), "lines")


def test_the_accounts_of_the_register_are_those_of_note_5(sold: Inspection) -> None:
    register, note = made(sold.books, "2026"), made(sold.books, "2026", module=notes)
    for ours, theirs in (("movements", "note-5a"), ("depreciation", "note-5d")):
        mine, said = total(register, ours), total(note, theirs)
        assert (mine["opening"], mine["more"], mine["less"]) == (said["opening"], said["increase"], said["decrease"])
        assert mine["closing"] == said["closing"] > 0


def test_an_exit_that_nobody_booked_is_said(tmp_path: Path) -> None:
    books = inspect(write_books(tmp_path, {FONCT: SOLD}), read_date("2027-04-02")).books
    report = made(books, "2027-T1")
    assert table(report, "disposals").note == "La sortie n'est pas encore passée dans les comptes : IM-2026-001."
    assert [row.cells["gain"] for row in table(report, "disposals").rows] == [0, 0]


def test_nothing_is_registered(tmp_path: Path) -> None:
    text = FILES["ledger/eau/2026-02.beancount"].split('2026-02-18 custom "immobilisation"')[0]
    books = inspect(write_books(tmp_path, {"ledger/eau/2026-02.beancount": text}), read_date("2027-01-10")).books
    report = made(books, "2026", "EAU")
    assert facts(report)["Écart valeurs brutes : comptes − registre"] == 1_150_000
    assert "Aucune immobilisation" in html(report)
    assert "Aucune immobilisation" in html(made(books, "2026", "EAU", assets_count))


def test_the_sheet_of_the_count_is_to_be_filled_in(bare: Inspection) -> None:
    report = made(bare.books, "2026", "FONCT", assets_count)
    sheet = table(report, "lines")
    assert [row.cells.get("number") for row in sheet.rows] == ["IM-2026-005", "IM-2023-001", "IM-2026-001", *[None] * 5]
    blank = [column.key for column in sheet.columns if column.by_hand]
    assert blank == ["found", "state", "place", "remarks"]
    assert all(row.cells.get(key) is None for row in sheet.rows for key in blank)
    assert [each.role for each in report.signatures][:3] == ["Commission d'inventaire"] * 3
    assert report.landscape


def test_every_form_of_output(sold: Inspection) -> None:
    report = made(sold.books, "2027-T1")
    assert {"lines", "disposals", "movements", "depreciation"} <= set(csv(report))
    formulas = [cells for sheet in sheets(xlsx(report)).values() for cells in sheet.formulas().items()]
    assert len(formulas) > 60
    assert all(value == Fraction(str(cached or 0)) for _, (value, cached) in formulas)
    assert "117 871" in html(report).replace("\u202f", " ").replace("\u00a0", " ")
