"""The project set: the worked case C10 to the franc, and its second year.

Source: domain §8, and §6 (Guide d'application, App. 21 and 22).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grandlivre.books.index import Books
from grandlivre.policy.periods import Period
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.context import Context, Scope
from project_bed import TWO_YEARS, donor, lines, nonzero, unattached, uses
from statement_bed import FOLDER, books_of, cells, gaps, made, table

C10_LINES = {
    # the calendar gives 2026 the budgets of the case: 2 500 000 of 4 000 000; the other lines, half of two years each
    "B1": "cout-unitaire: 4 000 000 XOF, calendrier: {2026: 62.5 %, 2027: 37.5 %}",
    "B2": "cout-unitaire: 1 000 000 XOF",
    "B3": "cout-unitaire: 2 400 000 XOF",
    "B4": "cout-unitaire: 6 400 000 XOF",
}
STATE = "  contrepartie-etat: [Actif:PROJ:5711-Caisse]\n"
SECOND_YEAR = """
2027-01-15 * "Fournisseur B" "Facture B de 2026, payée"
  piece: "BQ-PROJ-2027-0001"
  facture: "B-1"
  Passif:PROJ:4011-Fournisseurs  500000 XOF
  Actif:PROJ:52111-Banque
2027-02-01 * "Fournisseur C" "Facture C"
  piece: "OD-PROJ-2027-0001"
  facture: "C-1"
  ligne: "B1"
  Charges:PROJ:6011-Achats  1200000 XOF
  Passif:PROJ:4011-Fournisseurs
2027-03-01 * "Fournisseur C" "Facture C, premier paiement"
  piece: "BQ-PROJ-2027-0002"
  facture: "C-1"
  Passif:PROJ:4011-Fournisseurs  900000 XOF
  Actif:PROJ:52111-Banque
2027-05-01 * "Agence de voyages" "Déplacements"
  piece: "BQ-PROJ-2027-0003"
  ligne: "B2"
  Charges:PROJ:6181-Voyages  450000 XOF
  Actif:PROJ:52111-Banque
2027-12-20 * "Personnel" "Salaires de l'année"
  piece: "BQ-PROJ-2027-0004"
  ligne: "B4"
  Charges:PROJ:6611-Salaires  3000000 XOF
  Actif:PROJ:52111-Banque
2027-06-01 * "Bailleur" "Deuxième tranche"
  piece: "BQ-PROJ-2027-0005"
  Actif:PROJ:52111-Banque  6000000 XOF
  Passif:PROJ:462-Fonds-du-bailleur
2027-12-31 * "Bailleur" "Quote-part des fonds consommés : 1 200 000 + 450 000 + 3 000 000"
  piece: "OD-PROJ-2027-0002"
  ecriture: "quote-part"
  Passif:PROJ:462-Fonds-du-bailleur  4650000 XOF
  Produits:PROJ:702-Quote-part
"""


def c10_books(folder: Path, organisation: str = TWO_YEARS) -> Books:
    text = (FOLDER / "c10.beancount").read_text(encoding="utf-8") + SECOND_YEAR
    return books_of(folder, text, organisation, donor("PROJ", C10_LINES, accounts=STATE), "2027-12-31")


@pytest.fixture(scope="module")
def c10(tmp_path_factory: pytest.TempPathFactory) -> Books:
    return c10_books(tmp_path_factory.mktemp("c10"))


TER_2026 = {  # domain §8, C10
    "FA": 13_000_000,  # 3 000 000 on 162 + 10 000 000 on 462
    "FC": 1_000_000,
    "GR": 14_000_000,
    "FJ": 3_000_000,  # 2451: debited 3 000 000, 481 owed nothing at the end
    "GS": 3_000_000,
    "FM": 1_500_000,  # 2 000 000 debited − 500 000 of invoice B, not paid
    "FN": 400_000,
    "FO": 1_000_000,
    "FP": 100_000,
    "FR": 3_000_000,
    "GT": 6_000_000,
    "GU": 9_000_000,
    "GV": 5_000_000,
    "GX": 5_000_000,
    "FX": 4_000_000,  # the bank; the till holds the State's share (declared account by account)
    "FY": 1_000_000,
    "GY": 5_000_000,
}
ZERO_2026 = ("FD", "FE", "FF", "FG", "FH", "FI", "FK", "FL", "FQ", "FS", "FT", "FU", "FV", "FW", "GW", "FZ", "GZ")


@pytest.mark.parametrize("tree", ["PROJ", ""], ids=["alone", "combined"])
def test_sources_and_uses_of_c10(c10: Books, tree: str) -> None:
    found = uses(c10, tree=tree)
    assert nonzero(found) == TER_2026
    assert {key: found[key] for key in ZERO_2026} == dict.fromkeys(ZERO_2026, 0)
    assert not any(uses(c10, tree=tree, column="opening").values())
    assert uses(c10, tree=tree, column="closing") == found  # the project's first year


TER_2027 = {  # cash counts in the year it is paid: invoice B is in FM of 2027
    "FA": 6_000_000,
    "GR": 6_000_000,
    "FM": 1_400_000,  # 1 200 000 debited + 500 000 owed at the end of 2026 − 300 000 owed at the end of 2027
    "FN": 450_000,
    "FR": 3_000_000,
    "GT": 4_850_000,
    "GU": 4_850_000,
    "GV": 1_150_000,
    "FU": 4_000_000,
    "FV": 1_000_000,
    "GW": 5_000_000,
    "GX": 6_150_000,
    "FX": 5_150_000,
    "FY": 1_000_000,
    "GY": 6_150_000,
}
CLOSING_2027 = {  # flows add up; cash lines are balances, those of the start the project's (nil)
    "FA": 19_000_000,
    "FC": 1_000_000,
    "GR": 20_000_000,
    "FJ": 3_000_000,
    "GS": 3_000_000,
    "FM": 2_900_000,
    "FN": 850_000,
    "FO": 1_000_000,
    "FP": 100_000,
    "FR": 6_000_000,
    "GT": 10_850_000,
    "GU": 13_850_000,
    "GV": 6_150_000,
    "GX": 6_150_000,
    "FX": 5_150_000,
    "FY": 1_000_000,
    "GY": 6_150_000,
}


def test_sources_and_uses_of_the_second_year(c10: Books) -> None:
    assert nonzero(uses(c10, "2027", "PROJ")) == TER_2027
    assert nonzero(uses(c10, "2027", "PROJ", "closing")) == CLOSING_2027
    assert nonzero(uses(c10, "2027", "PROJ", "opening")) == TER_2026


EXECUTION_2026 = {  # budget, carried, disbursed, invoices due, orders, realised, available, rate
    "B1": (2_500_000, 0, 1_500_000, 500_000, 0, 2_000_000, 500_000, "0.8000"),
    "B2": (500_000, 0, 400_000, 0, 0, 400_000, 100_000, "0.8000"),
    "B3": (1_200_000, 0, 1_000_000, 0, 0, 1_000_000, 200_000, "0.8333"),
    "B4": (3_200_000, 0, 3_100_000, 0, 0, 3_100_000, 100_000, "0.9688"),
    "B": (7_400_000, 0, 6_000_000, 500_000, 0, 6_500_000, 900_000, "0.8784"),
}
EXECUTION_2027 = {
    # B1: 1 500 000 of the year + 500 000 carried; 1 200 000 + 500 000 − 300 000 paid; 300 000 due: 300 000 left, what the
    # year's budget less the year's invoice leaves: the credit of invoice B was consumed once
    "B1": (1_500_000, 500_000, 1_400_000, 300_000, 0, 1_700_000, 300_000, "0.8500"),
    "B2": (500_000, 0, 450_000, 0, 0, 450_000, 50_000, "0.9000"),
    "B3": (1_200_000, 0, 0, 0, 0, 0, 1_200_000, "0.0000"),
    "B4": (3_200_000, 0, 3_000_000, 0, 0, 3_000_000, 200_000, "0.9375"),
    "B": (6_400_000, 500_000, 4_850_000, 300_000, 0, 5_150_000, 1_750_000, "0.7464"),
}
COLUMNS = ("budget", "carried", "disbursed", "invoices_due", "orders", "realised", "available")


@pytest.mark.parametrize(("year", "wanted"), [("2026", EXECUTION_2026), ("2027", EXECUTION_2027)], ids=["2026", "2027"])
def test_execution_of_the_budget_of_c10(c10: Books, year: str, wanted: dict[str, tuple[Any, ...]]) -> None:
    found = lines(c10, year, "PROJ")
    assert {code: (*(row[key] for key in COLUMNS), str(row["rate"])) for code, row in found.items()} == wanted
    for row in found.values():
        assert row["committed"] == row["invoices_due"] + row["orders"]  # column 3 is the two together
    # the case buys its vehicle on no budget line: it is listed, and the statement says so
    assert unattached(made(c10, "execution-budgetaire", year, "PROJ")) == (
        {"2451": 3_000_000} if year == "2026" else {}
    )


def test_the_trap_of_the_unpaid_invoice_without_carried_credits(tmp_path: Path) -> None:
    """Bare official columns: B1 turns negative and beyond 100 % in 2027 without any new decision (domain §6)."""
    books = c10_books(tmp_path, TWO_YEARS + "choix: {reports-de-credits: non}\n")
    row = lines(books, "2027", "PROJ")["B1"]
    assert (row["carried"], row["realised"], row["available"], str(row["rate"])) == (0, 1_700_000, -200_000, "1.1333")
    assert lines(books, "2026", "PROJ")["B1"]["available"] == 500_000


def test_balance_sheet_and_operating_statement_of_c10(c10: Books) -> None:
    sheet = made(c10, "bilan-projet", tree="PROJ")
    assert nonzero(cells(sheet, "assets", "net")) == {
        "AE": 3_000_000,  # at cost: nothing is depreciated (art. 7 and 9)
        "AZ": 3_000_000,
        "BW": 5_000_000,
        "BX": 5_000_000,
        "BZ": 8_000_000,
    }
    assert nonzero(cells(sheet, "liabilities", "net")) == {
        "CA": 3_000_000,
        "CZ": 3_000_000,
        "DD": 3_000_000,
        "DF": 4_500_000,  # 10 000 000 + 1 000 000 of the State − 6 500 000 consumed
        "DG": 500_000,
        "DJ": 5_000_000,
        "DZ": 8_000_000,
    }
    assert gaps(sheet) == {"Écart actif − passif": 0, "Écart ouverture − clôture N-1": 0}
    income = made(c10, "exploitation-projet", tree="PROJ")
    assert nonzero({row.key: row.cells["amount"] for row in table(income, "lines").rows}) == {
        "RA": 6_500_000,
        "XA": 6_500_000,
        "TA": 2_000_000,
        "TD": 400_000,
        "TG": 1_000_000,
        "TH": 100_000,
        "TJ": 3_000_000,
        "XB": 6_500_000,
    }
    assert gaps(income) == {"Écart XC − CC": 0}
    assert set(cells(income, "lines", "previous").values()) == {None}
    later = made(c10, "bilan-projet", "2027", "PROJ")
    assert cells(later, "liabilities", "previous") == cells(sheet, "liabilities", "net")
    found = cells(later, "liabilities", "net")
    assert (found["CA"], found["DF"], found["DG"], found["DZ"]) == (3_000_000, 5_850_000, 300_000, 9_150_000)
    assert gaps(later) == {"Écart actif − passif": 0, "Écart ouverture − clôture N-1": 0}


def test_cash_reconciliation_of_c10(c10: Books) -> None:
    """G = A + B + C + D − E − F; H: the invoices of 40 and 481 that are not paid."""
    found = cells(made(c10, "reconciliation-tresorerie", tree="PROJ"), "lines", "amount")
    wanted = {"B": 13_000_000, "D": 1_000_000, "F": 9_000_000, "G": 5_000_000, "H": 500_000, "I": 4_500_000}
    assert nonzero(found) == wanted
    later = made(c10, "reconciliation-tresorerie", "2027", "PROJ")
    wanted = {"A": 5_000_000, "B": 6_000_000, "F": 4_850_000, "G": 6_150_000, "H": 300_000, "I": 5_850_000}
    assert nonzero(cells(later, "lines", "amount")) == wanted
    assert gaps(later) == {"Écart trésorerie en fin d'exercice": 0}


def test_the_movements_behind_a_line_add_up_to_it(c10: Books) -> None:
    for year, period in (("2026", TER_2026), ("2027", TER_2027)):
        span = Period.parse(year)
        assert span is not None
        for ref, amount in period.items():
            explain = models()["emplois-ressources"].explain
            assert explain is not None
            found = explain(Context(c10, Scope("PROJ"), span), ref)
            assert sum(each.amount for each in found) == amount, ref
    paid = models()["emplois-ressources"].explain(Context(c10, Scope("PROJ"), Period.parse("2027")), "FM")  # type: ignore[misc,arg-type]
    assert [(each.entry.piece, each.amount) for each in paid] == [
        ("BQ-PROJ-2027-0001", 500_000),
        ("OD-PROJ-2027-0001", 1_200_000),
        ("OD-PROJ-2027-0001", -1_200_000),
        ("BQ-PROJ-2027-0002", 900_000),
    ]
