"""The minimal cash system (SMT, domain §7): two years worked by hand, and generated books that must close to the franc."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from grandlivre import render
from grandlivre.books.index import Books
from grandlivre.policy.periods import Period
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Report, Text, Value
from grandlivre.sources.problem import RefusedError
from grandlivre.statements.layout_files import FOLDER as LAYOUTS
from statement_bed import FOLDER, HEAD, ORGANISATION, books_of, cells, gaps, made, table
from xlsx_eval import sheets

TWO_YEARS = ORGANISATION + "  - {du: 2027-01-01, au: 2027-12-31}\njeu-d-etats: smt\n"


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    ledger = (FOLDER / "smt.beancount").read_text(encoding="utf-8")
    return books_of(tmp_path_factory.mktemp("smt"), ledger, TWO_YEARS, day="2027-12-31")


def nonzero(found: Mapping[str, Value]) -> dict[str, Value]:
    return {key: value for key, value in found.items() if value}


SHEET_2026 = {
    "GA": 670_000,  # 600 000 of computer + 120 000 of furniture − 50 000 of depreciation
    "GB": 40_000,
    "GC": 150_000,  # dues: 600 000 called − 450 000 paid
    "GD": 200_000,
    "GE": 3_105_000,  # 1 000 000 + 450 000 + 3 000 000 − 300 000 − 200 000 − 820 000 − 10 000 − 15 000
    "GZ": 4_165_000,
    "HA": 1_000_000,
    "HB": 2_290_000,  # 3 800 000 of income − 1 510 000 of charges, the same before and after the closing of accounts
    "HD": 875_000,  # 401: 250 000 + 25 000 + 120 000; 481: 400 000; 4472: 50 000; 4321: 30 000
    "HZ": 4_165_000,
}
RESULT_2026 = {
    "KA": 650_000,  # dues paid 450 000 + gift 200 000; the endowment of 1 000 000 is class 1: never here
    "KB": 3_000_000,  # the subsidy: rest of class 7
    "KX": 3_650_000,
    "JB": 300_000,  # rent paid; December's is due
    "JC": 820_000,  # net pay; what was withheld is paid next year
    "JD": 15_000,
    "JF": 10_000,  # bank fees (63); the 200 000 paid on 481 are never here
    "JX": 1_145_000,
    "KZ": 2_505_000,
    "VA": 40_000,
    "VB": 150_000,
    "VC": 355_000,  # 875 000 owed less 400 000 of 481 and 120 000 of 401 booked in class 2
    "JG": 50_000,
    "KZC": 2_290_000,  # 2 505 000 + 40 000 + 150 000 − 355 000 − 50 000
}


def test_the_first_year(books: Books) -> None:
    sheet, result = made(books, "bilan-smt"), made(books, "resultat-smt")
    assert nonzero(cells(sheet, "lines", "amount")) == SHEET_2026
    assert set(cells(sheet, "lines", "previous").values()) == {0}  # the opening of a first year without balances
    assert nonzero(cells(result, "lines", "amount")) == RESULT_2026
    assert set(cells(result, "lines", "previous").values()) == {None}
    assert gaps(result) == {"Écart KZC − HB": 0}
    assert gaps(sheet) == {"Écart actif − passif": 0, "Écart ouverture − clôture N-1": 0}
    assert not table(sheet, "unattached").rows
    assert not table(result, "unattached").rows
    assert not result.provisional


SHEET_2027 = {
    "GA": 470_000,  # 720 000 − 250 000
    "GB": 10_000,
    "GD": 155_000,  # 200 000 − 60 000 advanced + 15 000 given back
    "GE": 2_812_500,
    "GZ": 3_447_500,
    "HA": 1_000_000,
    "HB": -162_500,
    "HC": 2_610_000,  # 128: 2 290 000 that the assembly has not allocated; 165: 500 000 − 180 000
    "HZ": 3_447_500,
}
RESULT_2027 = {
    "KA": 250_000,  # dues of 2026 150 000 + a gift of 100 000, received whole (no set-off with the bank's 500)
    "KB": 35_000,  # 15 000 of an advance given back + 20 000 of a charge refunded; the 500 000 of 165 are class 1
    "KX": 285_000,
    "JA": 430_000,  # the invoice of 2026 250 000, on the line of its purchase, + 180 000 of kits
    "JB": 25_000,  # December 2026, on the line of its rent
    "JC": 80_000,  # 4472 and 4321 withheld from the pay of 2026
    "JE": 7_000,
    "JF": 60_500,  # the mission advance 60 000 + the fee kept back 500; 520 000 paid for assets are nowhere
    "JX": 602_500,
    "KZ": -317_500,
    "VA": -30_000,
    "VB": -150_000,
    "VC": -355_000,  # 875 000 of debts gone, 520 000 of them for assets
    "JG": 200_000,
    "KZC": -162_500,  # −317 500 − 30 000 − 150 000 + 355 000 − 200 000 + 180 000 of 165 released (line without REF)
}


def test_the_invoice_of_the_year_before_takes_the_line_of_its_charge(books: Books) -> None:
    result = made(books, "resultat-smt", "2027")
    assert nonzero(cells(result, "lines", "amount")) == RESULT_2027
    assert nonzero(cells(result, "lines", "previous")) == RESULT_2026
    beside = next(row for row in table(result, "lines").rows if row.key == "VX")
    assert (beside.cells["ref"], beside.cells["amount"]) == ("", 180_000)
    assert gaps(result) == {"Écart KZC − HB": 0}


def test_the_second_balance_sheet(books: Books) -> None:
    sheet = made(books, "bilan-smt", "2027")
    assert nonzero(cells(sheet, "lines", "amount")) == SHEET_2027
    assert nonzero(cells(sheet, "lines", "previous")) == SHEET_2026
    assert gaps(sheet) == {"Écart actif − passif": 0, "Écart ouverture − clôture N-1": 0}


def test_every_row_has_the_columns_of_the_contract(books: Books) -> None:
    for model in ("bilan-smt", "resultat-smt"):
        columns = [column.key for column in table(made(books, model), "lines").columns]
        assert columns == ["ref", "label", "note", "amount", "previous"]


def explained(books: Books, model: str, ref: str, period: str) -> list[tuple[str, int]]:
    span = Period.parse(period)
    assert span is not None
    explain = models()[model].explain
    assert explain is not None
    return [(each.entry.piece, each.amount) for each in explain(Context(books, Scope(), span), ref)]


def test_the_entries_behind_a_line(books: Books) -> None:
    """Each adds up to its line: a payment stands there with its own voucher, whatever charge it settles."""
    assert explained(books, "resultat-smt", "JA", "2027") == [
        ("BQ-FONCT-2027-0001", 250_000),
        ("BQ-FONCT-2027-0008", 180_000),
    ]
    assert explained(books, "resultat-smt", "vx", "2027") == [("OD-FONCT-2027-0002", 180_000)]
    for period, wanted in (("2026", RESULT_2026), ("2027", RESULT_2027)):
        for ref, amount in wanted.items():
            assert sum(each for _, each in explained(books, "resultat-smt", ref, period)) == amount, ref
    with pytest.raises(RefusedError, match="n'est pas dans l'état resultat-smt"):
        explained(books, "resultat-smt", "ZZ", "2027")


def test_a_journal_for_each_bank_and_one_for_cash(books: Books) -> None:
    """2026: the bank received 4 450 000 and paid 1 345 000; the till received a gift, that is « Autres »."""
    rows = table(made(books, "journal-tresorerie-smt"), "lines").rows
    totals = [nonzero(row.cells) for row in rows if row.role == "total"]
    assert totals == [
        {
            "account": "Banque (5211)",
            "label": "Totaux",
            "receipts": 4_450_000,
            "payments": 1_345_000,
            "balance": 3_105_000,
            "dues": 450_000,
            "grants": 3_000_000,
            "other": 1_000_000,  # the endowment
            "services": 310_000,  # rent 300 000 + fees 10 000
            "salaries": 820_000,
            "other_payments": 215_000,  # 200 000 for the computer + 15 000 of tax
        },
        {"account": "Caisse", "label": "Totaux", "receipts": 200_000, "balance": 200_000, "other": 200_000},
    ]
    later = [row.cells for row in table(made(books, "journal-tresorerie-smt", "2027"), "lines").rows]
    assert [row["balance"] for row in later if row["label"] == "À nouveau"] == [3_105_000, 200_000]
    gift = next(row for row in later if row.get("voucher") == "BQ-FONCT-2027-0009")
    assert (gift["receipts"], gift["payments"], gift["other"], gift["services"]) == (100_000, 500, 100_000, 500)
    assert later[-1]["balance"] == 155_000
    month = [row.cells for row in table(made(books, "journal-tresorerie-smt", "2027-03"), "lines").rows]
    assert [row["balance"] for row in month if row["label"] == "À nouveau"] == [2_380_000, 200_000]


@pytest.mark.parametrize("model", ["bilan-smt", "resultat-smt", "journal-tresorerie-smt"])
def test_spreadsheets_compute_what_they_show(books: Books, model: str) -> None:
    """Totals, running balances and results are formulas of the workbook, worth what is printed."""
    computed = 0
    for name, sheet in sheets(render.xlsx(made(books, model, "2027"))).items():
        for cell, (value, cached) in sheet.formulas().items():
            expected = Fraction(str(cached)) if cached not in (None, "") else None
            assert (value or None) == (expected or None), f"{name}!{cell}"
            computed += 1
    assert computed >= 8


def test_the_gauge_says_who_may_keep_the_set(books: Books) -> None:
    """2026: subsidy 3 000 000, dues 600 000, gift 200 000; 2027: gift 100 000 and 500 000 of project funds."""
    sheet = made(books, "bilan-smt", "2027")
    rows = table(sheet, "eligibility").rows
    assert [(row.cells.get("key"), row.cells["year"], row.cells["previous"], row.cells["left"]) for row in rows] == [
        ("subventions", 0, 3_000_000, 30_000_000),
        ("cotisations", 0, 600_000, 30_000_000),
        ("dons", 100_000, 200_000, 29_900_000),
        ("projet", 500_000, 0, 29_500_000),
        ("autres", 0, 0, 30_000_000),
        (None, 600_000, 3_800_000, 25_600_000),  # 30 000 000 − 4 400 000 over both years
    ]
    assert not any(isinstance(block, Text) for block in sheet.body)


OPEN = """\
2026-01-01 open Actif:FONCT:5211-Banque
2026-01-01 open Passif:FONCT:4011-Fournisseurs
2026-01-01 open Passif:FONCT:422-Remunerations
2026-01-01 open Passif:FONCT:4472-Impots
2026-01-01 open Passif:FONCT:4712-Crediteurs
2026-01-01 open Capitaux:FONCT:121-Report
2026-01-01 open Produits:FONCT:7041-Dons
2026-01-01 open Charges:FONCT:6047-Fournitures
2026-01-01 open Charges:FONCT:6222-Loyers
"""


def entry(day: str, debit: str, credit: str, amount: int, **keys: str) -> str:
    said = "".join(f'  {key}: "{value}"\n' for key, value in keys.items())
    return f'{day} * "Tiers" "Opération"\n{said}  {debit}  {amount} XOF\n  {credit}  {-amount} XOF\n'


@pytest.mark.parametrize(
    ("amount", "warned"),
    [(30_000_000, False), (30_000_001, True)],  # art. 6, both sides of the threshold
)
def test_one_franc_too_much_is_said_on_the_sheet(tmp_path: Path, amount: int, warned: bool) -> None:
    ledger = HEAD + OPEN + entry("2026-05-01", "Actif:FONCT:5211-Banque", "Produits:FONCT:7041-Dons", amount)
    sheet = made(books_of(tmp_path, ledger), "bilan-smt")
    said = [block.paragraphs[0] for block in sheet.body if isinstance(block, Text)]
    assert [text.startswith("Le Système minimal de trésorerie n'est plus ouvert") for text in said] == [True] * warned


def test_debts_older_than_the_books_are_paid_on_the_line_of_their_kind(tmp_path: Path) -> None:
    """Nobody knows their charge: suppliers in JA (never JF), pay in JC, the State in JD, sundry creditors in JF."""
    bank = "Actif:FONCT:5211-Banque"
    owed = {"4011-Fournisseurs": 70_000, "422-Remunerations": 60_000, "4472-Impots": 50_000, "4712-Crediteurs": 40_000}
    opening = '2026-01-01 * "A-nouveau" "Report"\n  ecriture: "a-nouveau"\n' + f"  {bank}  500000 XOF\n"
    opening += "".join(f"  Passif:FONCT:{name}  {-amount} XOF\n" for name, amount in owed.items())
    ledger = HEAD + OPEN + opening + "  Capitaux:FONCT:121-Report\n"
    ledger += "".join(entry("2026-02-01", f"Passif:FONCT:{name}", bank, amount) for name, amount in owed.items())
    result = made(books_of(tmp_path, ledger), "resultat-smt")
    found = nonzero(cells(result, "lines", "amount"))
    assert {key: found[key] for key in ("JA", "JC", "JD", "JF")} == {
        "JA": 70_000,
        "JC": 60_000,
        "JD": 50_000,
        "JF": 40_000,
    }
    assert (found["JX"], found["KZ"], found["VC"]) == (220_000, -220_000, -220_000)
    assert "KZC" not in found  # −220 000 + 220 000: nothing was earned or spent
    assert gaps(result) == {"Écart KZC − HB": 0}


def test_a_storno_takes_back_what_its_voucher_did(tmp_path: Path) -> None:
    """Rent paid through 401, cancelled, paid again: JB shows it once, and the debt settles the second payment."""
    bank, debt, rent = "Actif:FONCT:5211-Banque", "Passif:FONCT:4011-Fournisseurs", "Charges:FONCT:6222-Loyers"
    ledger = HEAD + OPEN
    ledger += entry(
        "2026-02-01", "Charges:FONCT:6047-Fournitures", debt, 9_000, piece="OD-FONCT-2026-0001", facture="F-1"
    )
    ledger += entry("2026-02-02", rent, debt, 25_000, piece="OD-FONCT-2026-0002", facture="L-1")
    ledger += entry("2026-03-01", debt, bank, 25_000, piece="BQ-FONCT-2026-0001", facture="L-1")
    ledger += entry(
        "2026-03-02", debt, bank, -25_000, piece="BQ-FONCT-2026-0002", ecriture="extourne", annule="BQ-FONCT-2026-0001"
    )
    ledger += entry("2026-03-03", debt, bank, 25_000, piece="BQ-FONCT-2026-0003", facture="L-1")
    result = made(books_of(tmp_path, ledger), "resultat-smt")
    found = nonzero(cells(result, "lines", "amount"))
    assert found == {"JB": 25_000, "JX": 25_000, "KZ": -25_000, "VC": 9_000, "KZC": -34_000}
    journal = [row.cells for row in table(made(books_of(tmp_path, ledger), "journal-tresorerie-smt"), "lines").rows]
    assert [row.get("payments") for row in journal[2:-1]] == [25_000, -25_000, 25_000]


BANK, DEBT = "Actif:FONCT:5211-Banque", "Passif:FONCT:4011-Fournisseurs"


def test_an_overdraft_keeps_its_sign(tmp_path: Path) -> None:
    """A rent of 50 000 paid from an empty account: GE is −50 000 (domain §7: Banque ±), and so is the result."""
    ledger = HEAD + OPEN + entry("2026-03-01", "Charges:FONCT:6222-Loyers", BANK, 50_000)
    books = books_of(tmp_path, ledger)
    sheet = {"GE": -50_000, "GZ": -50_000, "HB": -50_000, "HZ": -50_000}
    assert nonzero(cells(made(books, "bilan-smt"), "lines", "amount")) == sheet
    result = {"JB": 50_000, "JX": 50_000, "KZ": -50_000, "KZC": -50_000}
    assert nonzero(cells(made(books, "resultat-smt"), "lines", "amount")) == result


def test_a_project_of_model_a_earns_what_it_spends(tmp_path: Path) -> None:
    """1 000 000 of 462 received; an invoice of 300 000 and its share 702 in one entry; 200 000 of it paid.

    KB has the funds (a receipt on class 4), JA the payment alone; 700 000 of 462 and 100 000 of 401 are owed: KZC = 0.
    """
    ledger = HEAD + OPEN + "2026-01-01 open Passif:FONCT:462-Fonds\n2026-01-01 open Produits:FONCT:702-Quote-part\n"
    ledger += entry("2026-02-01", BANK, "Passif:FONCT:462-Fonds", 1_000_000)
    ledger += (
        '2026-03-01 * "Faso" "Fournitures et quote-part"\n  Charges:FONCT:6047-Fournitures  300000 XOF\n'
        f"  {DEBT}  -300000 XOF\n  Passif:FONCT:462-Fonds  300000 XOF\n  Produits:FONCT:702-Quote-part  -300000 XOF\n"
        f'2026-03-05 * "Faso" "Acompte"\n  {DEBT}  200000 XOF\n  {BANK}  -200000 XOF\n'
    )
    books = books_of(tmp_path, ledger)
    found = nonzero(cells(made(books, "resultat-smt"), "lines", "amount"))
    assert found == {
        "KB": 1_000_000,
        "KX": 1_000_000,
        "JA": 200_000,
        "JX": 200_000,
        "KZ": 800_000,
        "VC": 800_000,
    }
    assert cells(made(books, "bilan-smt"), "lines", "amount")["HD"] == 800_000


def test_an_asset_sold_brings_its_price_less_what_it_was_worth(tmp_path: Path) -> None:
    """Bought 100 000, worn 40 000, sold 80 000: KB 80 000, and 60 000 of book value without money: a gain of 20 000."""
    ledger = HEAD + OPEN
    for name in ("Actif:FONCT:2442-Ordinateur", "Actif:FONCT:2844-Usure", "Produits:FONCT:822-Cessions"):
        ledger += f"2026-01-01 open {name}\n"
    ledger += "2026-01-01 open Charges:FONCT:812-Valeur-comptable\n"
    ledger += (
        '2026-01-01 * "A-nouveau" "Report"\n  ecriture: "a-nouveau"\n  Actif:FONCT:2442-Ordinateur  100000 XOF\n'
        "  Actif:FONCT:2844-Usure  -40000 XOF\n  Capitaux:FONCT:121-Report  -60000 XOF\n"
        '2026-05-01 * "Acheteur" "Sortie"\n  Charges:FONCT:812-Valeur-comptable  60000 XOF\n'
        "  Actif:FONCT:2844-Usure  40000 XOF\n  Actif:FONCT:2442-Ordinateur  -100000 XOF\n"
    )
    ledger += entry("2026-05-01", BANK, "Produits:FONCT:822-Cessions", 80_000)
    books = books_of(tmp_path, ledger)
    result = made(books, "resultat-smt")
    found = nonzero(cells(result, "lines", "amount"))
    assert found == {"KB": 80_000, "KX": 80_000, "KZ": 80_000, "KZC": 20_000}
    assert next(row for row in table(result, "lines").rows if row.key == "VX").cells["amount"] == -60_000
    journal = [row.cells for row in table(made(books, "journal-tresorerie-smt"), "lines").rows]
    assert [row["equipment"] for row in journal if row["label"] == "Totaux"] == [80_000]


def test_what_trees_pay_each_other_is_neither_received_nor_spent(tmp_path: Path) -> None:
    """FONCT pays a rent of 100 000, EAU its share of 40 000: the organisation spent 100 000 and received nothing."""
    ledger = HEAD + OPEN + "2026-01-01 open Produits:FONCT:781-Transferts\n2026-01-01 open Actif:EAU:5211-Banque\n"
    ledger += "2026-01-01 open Charges:EAU:6222-Loyers\n" + entry(
        "2026-03-01", "Charges:FONCT:6222-Loyers", "Actif:FONCT:5211-Banque", 100_000
    )
    for debit, credit in (
        ("Charges:EAU:6222-Loyers", "Actif:EAU:5211-Banque"),
        ("Actif:FONCT:5211-Banque", "Produits:FONCT:781-Transferts"),
    ):
        shared = entry("2026-03-02", debit, credit, 40_000)
        ledger += shared.replace('"Opération"\n', '"Quote-part"\n  reciproque: TRUE\n')
    books = books_of(tmp_path, ledger)
    whole, own = made(books, "resultat-smt"), made(books, "resultat-smt", tree="FONCT")
    assert nonzero(cells(whole, "lines", "amount")) == {"JB": 100_000, "JX": 100_000, "KZ": -100_000, "KZC": -100_000}
    assert any(isinstance(block, Text) and "(40 000 FCFA)" in norm(block.paragraphs[0]) for block in whole.body)
    assert nonzero(cells(own, "lines", "amount")) == {
        "KB": 40_000,
        "KX": 40_000,
        "JB": 100_000,
        "JX": 100_000,
        "KZ": -60_000,
        "KZC": -60_000,
    }
    assert set(gaps(whole).values()) == {0} == set(gaps(own).values())


def norm(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def test_an_organisation_may_lay_the_statement_out_its_own_way(tmp_path: Path) -> None:
    """A copy under rules/etats/ that reads rents with other purchases: JB goes, JA has them, the result is the same."""
    shipped = (LAYOUTS / "resultat-smt.yaml").read_text(encoding="utf-8")
    own = "".join(line for line in shipped.splitlines(keepends=True) if "cle: JB" not in line)
    own = own.replace("[60 D, 61 D, 40 D]", "[60 D, 61 D, 622 D, 40 D]").replace("JA, JB, ", "JA, ")
    ledger = HEAD + OPEN + entry("2026-03-01", "Charges:FONCT:6222-Loyers", "Actif:FONCT:5211-Banque", 70_000)
    result = made(books_of(tmp_path, ledger, more={"etats/resultat-smt.yaml": own}), "resultat-smt")
    assert nonzero(cells(result, "lines", "amount")) == {"JA": 70_000, "JX": 70_000, "KZ": -70_000, "KZC": -70_000}
    assert "JB" not in cells(result, "lines", "amount")


# --- generated books --------------------------------------------------------------------------------------------------

ACCOUNTS = (
    *("Actif:FONCT:5211-Banque", "Actif:FONCT:5711-Caisse", "Actif:FONCT:585-Virements", "Actif:FONCT:411-Adherents"),
    *("Actif:FONCT:2442-Informatique", "Actif:FONCT:2844-Amortissements", "Actif:FONCT:334-Stock"),
    *("Actif:FONCT:4213-Avances", "Passif:FONCT:4011-Fournisseurs", "Passif:FONCT:4812-Immobilisations"),
    *("Passif:FONCT:422-Paie", "Passif:FONCT:4472-Impots", "Passif:FONCT:462-Fonds", "Passif:FONCT:4739-A-reverser"),
    *("Capitaux:FONCT:1011-Dotation", "Capitaux:FONCT:1417-Subvention", "Capitaux:FONCT:162-Investissement"),
    *("Capitaux:FONCT:165-Affectes", "Produits:FONCT:701-Cotisations", "Produits:FONCT:702-Quote-part"),
    *("Produits:FONCT:7041-Dons", "Produits:FONCT:7925-Reprises", "Produits:FONCT:799-Reprises"),
    *("Produits:FONCT:822-Cessions", "Charges:FONCT:6034-Variation", "Charges:FONCT:6047-Fournitures"),
    *(
        "Charges:FONCT:6222-Loyers",
        "Charges:FONCT:6318-Frais",
        "Charges:FONCT:6413-Taxes",
        "Charges:FONCT:6611-Salaires",
    ),
    *("Charges:FONCT:6813-Dotations", "Charges:FONCT:6911-Provisions", "Charges:FONCT:812-Valeurs-comptables"),
    *("Capitaux:FONCT:191-Provisions",),
)


def named(number: str) -> str:
    return next(name for name in ACCOUNTS if name.split(":")[2].split("-")[0].startswith(number))


MOVES = (
    # debit, credit: what happens to an association under models A, B, D and E, on time, late, too early or too much
    *(("5211", "1011"), ("411", "701"), ("5211", "411"), ("5711", "7041"), ("5211", "462"), ("5211", "165")),
    *(("5211", "1417"), ("5211", "162"), ("6047", "4011"), ("6222", "4011"), ("2442", "4011"), ("2442", "4812")),
    *(("4011", "5211"), ("4812", "5211"), ("6047", "5711"), ("6222", "5211"), ("6318", "5211"), ("6413", "5211")),
    *(("6611", "422"), ("6611", "4472"), ("422", "5211"), ("4472", "5211"), ("4213", "5711"), ("6047", "4213")),
    *(("5711", "4213"), ("462", "702"), ("165", "7925"), ("1417", "799"), ("162", "165"), ("162", "462")),
    *(("462", "4739"), ("4739", "5211"), ("334", "6034"), ("6034", "334"), ("6813", "2844"), ("812", "2442")),
    *(("5211", "822"), ("585", "5211"), ("5711", "585"), ("4011", "4472"), ("5211", "4011"), ("5211", "6047")),
    *(("6911", "191"), ("165", "5211"), ("2442", "5211")),
)


def generated(seed: int) -> str:
    """Two years of entries of two to four postings; some are cancelled by a storno, some name their invoice."""
    random = Random(seed)
    text = [HEAD, *(f"2026-01-01 open {name}\n" for name in ACCOUNTS)]
    for rank in range(60):
        day = date(2026 + rank // 30, 1 + (rank % 30) * 11 // 30, 1 + rank % 28)
        moves = random.sample(MOVES, random.choice((1, 1, 1, 2)))
        lines: dict[str, int] = {}
        for debit, credit in moves:
            amount = random.randrange(1, 500) * 1_000
            lines[named(debit)] = lines.get(named(debit), 0) + amount
            lines[named(credit)] = lines.get(named(credit), 0) - amount
        keys = [f'piece: "OD-FONCT-{day.year}-{rank:04d}"', *([f'facture: "F-{rank % 7}"'] if rank % 3 else [])]
        text.append(written(day, random.choice(("Awa", "Issa")), keys, lines))
        if random.random() < 0.15:
            keys = [f'piece: "OD-FONCT-{day.year}-{rank + 500:04d}"', 'ecriture: "extourne"']
            keys.append(f'annule: "OD-FONCT-{day.year}-{rank:04d}"')
            text.append(written(day, "Awa", keys, {name: -amount for name, amount in lines.items()}))
    return "".join(text)


def written(day: date, payee: str, keys: list[str], lines: Mapping[str, int]) -> str:
    said = "".join(f"  {key}\n" for key in keys)
    return f'{day} * "{payee}" "x"\n{said}' + "".join(f"  {name}  {each} XOF\n" for name, each in lines.items() if each)


@pytest.mark.parametrize("seed", range(24))
def test_generated_books_close_to_the_franc(tmp_path: Path, seed: int) -> None:
    """Assets are liabilities and KZC is HB in both years, whatever happened; nothing is unattached; a line is its entries."""
    books = books_of(tmp_path, generated(seed), TWO_YEARS, day="2027-12-31")
    for period in ("2026", "2027"):
        sheet, result = made(books, "bilan-smt", period), made(books, "resultat-smt", period)
        assert set(gaps(sheet).values()) == {0} == set(gaps(result).values())
        assert not table(sheet, "unattached").rows + table(result, "unattached").rows
        for row in table(result, "lines").rows:
            parts = explained(books, "resultat-smt", row.key, period)
            assert sum(amount for _, amount in parts) == row.cells["amount"], row.key
        journal = [row.cells for row in table(made(books, "journal-tresorerie-smt", period), "lines").rows]
        assert sum(int(str(row["balance"])) for row in journal if row["label"] == "Totaux") == held(books, period)


def held(books: Books, period: str) -> int:
    """What banks and tills hold, added up by account number alone."""
    return sum(
        movement.value
        for each in books.entries
        if each.date.year <= int(period)
        for movement in each.movements
        if movement.account.number.startswith(("52", "57"))
    )


def test_the_report_says_nothing_of_books_without_money(tmp_path: Path) -> None:
    report: Report = made(books_of(tmp_path, HEAD + OPEN), "journal-tresorerie-smt")
    assert not table(report, "lines").rows
    assert any(isinstance(block, Text) and "Aucun compte de trésorerie" in block.paragraphs[0] for block in report.body)
