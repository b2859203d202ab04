"""The thresholds of SYCEBNL (domain §1, §2): the SMT's five categories (art. 4 to 6), the auditor's three (art. 19 to 21)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from grandlivre.statements.eligibility import auditor_duty, eligibility
from statement_bed import ORGANISATION, books_of

END = date(2026, 12, 31)
OPEN = """\
2025-01-01 open Actif:FONCT:5211-Banque
2025-01-01 open Actif:FONCT:2451-Vehicule
2025-01-01 open Actif:FONCT:469-Fonds-a-recevoir
2025-01-01 open Passif:FONCT:462-Fonds-d-administration
2025-01-01 open Passif:FONCT:4739-Subventions-a-reverser
2025-01-01 open Capitaux:FONCT:1011-Dotation
2025-01-01 open Capitaux:FONCT:1417-Subvention-d-equipement
2025-01-01 open Capitaux:FONCT:162-Fonds-d-investissement
2025-01-01 open Capitaux:FONCT:165-Fonds-affectes
2025-01-01 open Capitaux:FONCT:1672-Dons-d-immobilisations
2025-01-01 open Produits:FONCT:701-Cotisations
2025-01-01 open Produits:FONCT:702-Quote-part
2025-01-01 open Produits:FONCT:703-Dotation-transferee
2025-01-01 open Produits:FONCT:7041-Dons
2025-01-01 open Produits:FONCT:7052-Services
2025-01-01 open Produits:FONCT:713-Subventions
2025-01-01 open Produits:FONCT:754-Dons-en-nature
2025-01-01 open Produits:FONCT:7588-Divers
2025-01-01 open Produits:FONCT:774-Placements
2025-01-01 open Produits:FONCT:781-Transferts
2025-01-01 open Produits:FONCT:7925-Reprises
2025-01-01 open Produits:FONCT:799-Reprises
2025-01-01 open Produits:FONCT:822-Cessions
2025-01-01 open Charges:FONCT:654-Dons-distribues
"""
TWO_YEARS = ORGANISATION.replace("exercices:\n", "exercices:\n  - {du: 2025-01-01, au: 2025-12-31}\n")


def entry(day: str, debit: str, credit: str, amount: int, *keys: str) -> str:
    said = "".join(f"  {key}\n" for key in keys)
    return f'{day} * "Tiers" "Opération"\n{said}  {debit}  {amount} XOF\n  {credit}  {-amount} XOF\n'


BANK = "Actif:FONCT:5211-Banque"
EACH = {
    # what, (debit, credit, category): one entry of 1 000 000 (domain §2 and §4)
    "subsidy of the year": (BANK, "Produits:FONCT:713-Subventions", "subventions"),
    "subsidy for an asset": (BANK, "Capitaux:FONCT:1417-Subvention-d-equipement", "subventions"),
    "dues": (BANK, "Produits:FONCT:701-Cotisations", "cotisations"),
    "services sold": (BANK, "Produits:FONCT:7052-Services", "cotisations"),
    "sundry income": (BANK, "Produits:FONCT:7588-Divers", "cotisations"),
    "gift": (BANK, "Produits:FONCT:7041-Dons", "dons"),
    "gift in kind": ("Charges:FONCT:654-Dons-distribues", "Produits:FONCT:754-Dons-en-nature", "dons"),
    "asset given": ("Actif:FONCT:2451-Vehicule", "Capitaux:FONCT:1672-Dons-d-immobilisations", "dons"),
    "project's running costs": (BANK, "Passif:FONCT:462-Fonds-d-administration", "projet"),
    "project's investments": (BANK, "Capitaux:FONCT:162-Fonds-d-investissement", "projet"),
    "earmarked funds": (BANK, "Capitaux:FONCT:165-Fonds-affectes", "projet"),
    "funds called": ("Actif:FONCT:469-Fonds-a-recevoir", "Passif:FONCT:462-Fonds-d-administration", "projet"),
    "financial income": (BANK, "Produits:FONCT:774-Placements", "autres"),
    "asset sold": (BANK, "Produits:FONCT:822-Cessions", "autres"),
    # no resource of the year: capital, what was received before, what moves inside, what a sister tree pays
    "endowment": (BANK, "Capitaux:FONCT:1011-Dotation", ""),
    "endowment released": ("Capitaux:FONCT:1011-Dotation", "Produits:FONCT:703-Dotation-transferee", ""),
    "share of funds": ("Passif:FONCT:462-Fonds-d-administration", "Produits:FONCT:702-Quote-part", ""),
    "earmarked funds used": ("Capitaux:FONCT:165-Fonds-affectes", "Produits:FONCT:7925-Reprises", ""),
    "subsidy worn out": ("Capitaux:FONCT:1417-Subvention-d-equipement", "Produits:FONCT:799-Reprises", ""),
    "unspent investment": ("Capitaux:FONCT:162-Fonds-d-investissement", "Capitaux:FONCT:165-Fonds-affectes", ""),
    "key adjusted": ("Capitaux:FONCT:162-Fonds-d-investissement", "Passif:FONCT:462-Fonds-d-administration", ""),
    "given back": ("Passif:FONCT:462-Fonds-d-administration", "Passif:FONCT:4739-Subventions-a-reverser", ""),
    "shared costs": (BANK, "Produits:FONCT:781-Transferts", ""),
}


@pytest.mark.parametrize(("debit", "credit", "category"), EACH.values(), ids=EACH.keys())
def test_each_operation_is_of_one_category_or_none(tmp_path: Path, debit: str, credit: str, category: str) -> None:
    found = eligibility(books_of(tmp_path, OPEN + entry("2026-05-01", debit, credit, 1_000_000)), END)
    assert [(each.key, each.now) for each in found.resources if each.now] == (
        [(category, 1_000_000)] if category else []
    )


def test_a_storno_takes_its_receipt_back(tmp_path: Path) -> None:
    ledger = (
        OPEN
        + entry("2026-05-01", BANK, "Capitaux:FONCT:165-Fonds-affectes", 7_000_000, 'piece: "BQ-FONCT-2026-0001"')
        + entry("2026-05-02", BANK, "Capitaux:FONCT:165-Fonds-affectes", -7_000_000, 'ecriture: "extourne"')
    )
    assert eligibility(books_of(tmp_path, ledger), END).now == 0


def test_what_was_brought_forward_is_no_resource(tmp_path: Path) -> None:
    ledger = OPEN + entry("2026-01-01", BANK, "Capitaux:FONCT:165-Fonds-affectes", 9_000_000, 'ecriture: "a-nouveau"')
    found = eligibility(books_of(tmp_path, ledger), END)
    assert (found.now, found.blind) == (0, True)  # what came in during 2025 stands in other books
    assert not eligibility(books_of(tmp_path / "new", OPEN), END).blind


@pytest.mark.parametrize(("amount", "small"), [(30_000_000, True), (30_000_001, False)])
def test_one_franc_above_the_threshold_of_a_category(tmp_path: Path, amount: int, small: bool) -> None:
    """Art. 6: ≤ 30 000 000 in each category. Gifts alone, in the first year: the two-year sum is that year's."""
    found = eligibility(books_of(tmp_path, OPEN + entry("2026-05-01", BANK, "Produits:FONCT:7041-Dons", amount)), END)
    assert [(each.key, each.is_small) for each in found.resources if each.now] == [("dons", small)]
    assert (found.two_years, found.is_small) == (amount, small)


@pytest.mark.parametrize(("dues", "small"), [(12_000_000, True), (12_000_001, False)])
def test_one_franc_above_the_threshold_of_two_years(tmp_path: Path, dues: int, small: bool) -> None:
    """Art. 6: the categories of both years together ≤ 30 000 000: 8 M in 2025, then 10 M of gifts and 12 M of dues."""
    ledger = (
        OPEN
        + entry("2025-05-01", BANK, "Produits:FONCT:713-Subventions", 8_000_000)
        + entry("2026-05-01", BANK, "Produits:FONCT:7041-Dons", 10_000_000)
        + entry("2026-05-02", BANK, "Produits:FONCT:701-Cotisations", dues)
    )
    found = eligibility(books_of(tmp_path, ledger, TWO_YEARS), END)
    assert all(each.is_small for each in found.resources)
    assert (found.before, found.now, found.two_years, found.is_small) == (
        8_000_000,
        10_000_000 + dues,
        18_000_000 + dues,
        small,
    )


@pytest.mark.parametrize(
    ("credit", "amount", "compulsory"),
    [
        ("Capitaux:FONCT:1011-Dotation", 100_000_000, False),  # total of the balance sheet > 100 M
        ("Capitaux:FONCT:1011-Dotation", 100_000_001, True),
    ],
)
def test_an_auditor_for_a_large_balance_sheet(tmp_path: Path, credit: str, amount: int, compulsory: bool) -> None:
    found = auditor_duty(books_of(tmp_path, OPEN + entry("2026-05-01", BANK, credit, amount)), END)
    assert (found.sizes[0].assets, found.sizes[0].resources, found.is_compulsory) == (amount, 0, compulsory)


@pytest.mark.parametrize(("amount", "compulsory"), [(200_000_000, False), (200_000_001, True)])
def test_an_auditor_for_large_resources(tmp_path: Path, amount: int, compulsory: bool) -> None:
    """Resources > 200 M, all distributed at once: the balance sheet stays at 0."""
    given = entry("2026-05-01", "Charges:FONCT:654-Dons-distribues", "Produits:FONCT:754-Dons-en-nature", amount)
    found = auditor_duty(books_of(tmp_path, OPEN + given), END)
    assert (found.sizes[0].assets, found.sizes[0].resources, found.is_compulsory) == (0, amount, compulsory)


@pytest.mark.parametrize(("people", "compulsory"), [(20, False), (21, True)])
def test_an_auditor_for_a_large_staff(tmp_path: Path, people: int, compulsory: bool) -> None:
    """Permanent staff > 20: those in post on the last day; the board and who left are none."""
    rows = [f"  p{n}: {{nom: Personne {n}, postes: [{{du: 2026-01-01}}]}}" for n in range(people)]
    rows.append("  ancien: {nom: Ancien, postes: [{du: 2025-01-01, au: 2026-12-30}]}")
    rows.append("  president: {nom: Président, college: bureau-executif, postes: [{du: 2025-01-01}]}")
    books = books_of(tmp_path, OPEN, more={"mandats.yaml": "personnes:\n" + "\n".join(rows) + "\n"})
    found = auditor_duty(books, END)
    assert (found.sizes[0].staff, found.is_compulsory) == (people, compulsory)


@pytest.mark.parametrize(("end", "compulsory"), [(2025, True), (2026, True), (2027, True), (2028, False)])
def test_the_duty_ends_after_two_years_below(tmp_path: Path, end: int, compulsory: bool) -> None:
    """Art. 21: 150 M given in 2025 and spent in January 2026; 2026 and 2027 are below all three: no duty from 2028 on."""
    years = "".join(f"  - {{du: {year}-01-01, au: {year}-12-31}}\n" for year in range(2025, 2029))
    ledger = (
        OPEN
        + entry("2025-05-01", BANK, "Produits:FONCT:7041-Dons", 150_000_000)
        + entry("2026-01-05", "Charges:FONCT:654-Dons-distribues", BANK, 150_000_000)
    )
    organisation = ORGANISATION.replace("  - {du: 2026-01-01, au: 2026-12-31}\n", years)
    books = books_of(tmp_path, ledger, organisation, day="2028-12-31")
    assert auditor_duty(books, date(end, 12, 31)).is_compulsory is compulsory
