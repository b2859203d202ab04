"""The statements of associations: the worked case C09 to the franc, under each choice, and the traps of the domain."""

from __future__ import annotations

from pathlib import Path

import pytest

from grandlivre.books.index import Books
from statement_bed import FOLDER, ORGANISATION, books_of, cells, gaps, made, table


@pytest.fixture(scope="module")
def c09(tmp_path_factory: pytest.TempPathFactory) -> Books:
    return books_of(tmp_path_factory.mktemp("c09"), (FOLDER / "c09.beancount").read_text(encoding="utf-8"))


RESULT = {  # domain §8, C09: given, or derived from the same data
    "RA": 3_000_000,  # called, whether paid or not
    "RC": 1_000_000,
    "RH": 2_200_000,  # 1 200 000 of 165 released + 1 000 000 of the equipment grant
    "XA": 6_200_000,
    "TA": 1_200_000,
    "TD": 300_000,
    "TG": 600_000,
    "TJ": 1_800_000,
    "TL": 1_000_000,
    "XB": 4_900_000,
    "XC": 1_300_000,
    "XD": 0,
    "XE": 1_300_000,
}


def test_the_income_statement_of_c09(c09: Books) -> None:
    report = made(c09, "resultat")
    found = cells(report, "lines", "amount")
    assert {key: found[key] for key in RESULT} == RESULT
    assert sum(1 for value in found.values() if value) == len(RESULT) - 1  # nothing else but XD, which is nil
    assert set(cells(report, "lines", "previous").values()) == {None}  # the first year
    assert gaps(report) == {"Écart résultat net − bilan": 0}
    assert not report.provisional


def test_the_balance_sheet_of_c09(c09: Books) -> None:
    report = made(c09, "bilan")
    gross, taken, net = (cells(report, "assets", key) for key in ("gross", "depreciation", "net"))
    assert (gross["AM"], taken["AM"], net["AM"]) == (4_000_000, 1_000_000, 3_000_000)
    assert (net["BD"], net["BW"], net["BX"], net["AZ"]) == (500_000, 6_900_000, 6_900_000, 3_000_000)
    assert (gross["BZ"], taken["BZ"], net["BZ"]) == (11_400_000, 1_000_000, 10_400_000)
    owed = cells(report, "liabilities", "net")
    wanted = {"CA": 5_000_000, "CH": 1_300_000, "CI": 3_000_000, "CK": 9_300_000, "CW": 800_000, "CY": 800_000}
    wanted |= {"CZ": 10_100_000, "DE": 10_100_000, "DH": 300_000, "DV": 300_000, "DZ": 10_400_000}
    assert {key: value for key, value in owed.items() if value} == wanted
    assert gaps(report) == {"Écart actif − passif": 0, "Écart ouverture − clôture N-1": 0}
    assert set(cells(report, "assets", "previous").values()) == {0}  # the opening of the first year is nil
    assert not table(report, "unattached").rows


FLOWS = {  # domain §8, C09, choice FM
    "ZA": 0,
    "FA": 2_500_000,  # 3 000 000 called − 500 000 still owed
    "FC": 1_000_000,
    "FF": -1_800_000,  # 1 200 000 + 600 000; the 300 000 due are no payment
    "FG": -1_800_000,
    "ZB": -100_000,
    "FI": -4_000_000,
    "ZC": -4_000_000,
    "FM": 7_000_000,  # 5 000 000 of endowment + 2 000 000 of earmarked funds
    "FN": 4_000_000,
    "FO": 0,  # 165 debited 1 200 000 less the 7925 that answers it
    "ZD": 11_000_000,
    "FP": 0,
    "FQ": 0,
    "ZE": 0,
    "ZF": 6_900_000,
    "ZG": 6_900_000,
}


def test_the_cash_flows_of_c09(c09: Books) -> None:
    report = made(c09, "flux-tresorerie")
    found = cells(report, "lines", "amount")
    assert {key: found[key] for key in FLOWS} == FLOWS
    assert gaps(report) == {"Écart de trésorerie (flux − bilan)": 0}
    assert not table(report, "unattached").rows


def test_the_cash_flows_of_c09_under_the_other_choice(tmp_path: Path) -> None:
    books = books_of(
        tmp_path,
        (FOLDER / "c09.beancount").read_text(encoding="utf-8"),
        ORGANISATION + "choix: {fonds-affectes-tft: FP}\n",
    )
    found = cells(made(books, "flux-tresorerie"), "lines", "amount")
    wanted = FLOWS | {"FM": 5_000_000, "FN": 4_000_000, "ZD": 9_000_000, "FP": 2_000_000, "FQ": 0, "ZE": 2_000_000}
    assert {key: found[key] for key in FLOWS} == wanted
