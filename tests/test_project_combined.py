"""All projects together: the combined set (Guide d'application, App. 8), loans and shared costs taken out."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from grandlivre import render
from grandlivre.sources.problem import RefusedError
from project_bed import SET, THREE, donor, nonzero, project, uses
from statement_bed import cells, gaps, made, table
from xlsx_eval import sheets

# --- all projects together ---------------------------------------------------------------------------------------------

TOGETHER = """
2026-01-05 * "Bailleur AAA" "Tranche"
  Actif:AAA:52111-Banque  2000000 XOF
  Passif:AAA:462-Fonds
2026-01-06 * "Bailleur BBB" "Tranche"
  Actif:BBB:52111-Banque  3000000 XOF
  Capitaux:BBB:165-Fonds
2026-02-01 * "Prêt de AAA à BBB"
  Actif:AAA:4711-Pret-BBB  400000 XOF
  Actif:AAA:52111-Banque  -400000 XOF
  Actif:BBB:52111-Banque  400000 XOF
  Passif:BBB:4712-Emprunt-AAA  -400000 XOF
2026-03-01 * "Bailleur" "Loyer commun payé par BBB"
  ligne: "1"
  Charges:BBB:6222-Loyer  600000 XOF
  Actif:BBB:52111-Banque
2026-03-02 * "BBB" "Part du loyer"
  reciproque: TRUE
  ligne: "1"
  Charges:AAA:6222-Loyer  250000 XOF
  Actif:AAA:52111-Banque
2026-03-02 * "AAA" "Part du loyer"
  reciproque: TRUE
  Actif:BBB:52111-Banque  250000 XOF
  Produits:BBB:781-Transfert-de-charges
2026-12-31 * "Quote-part"
  Passif:AAA:462-Fonds  250000 XOF
  Produits:AAA:702-Quote-part
2026-12-31 * "Quote-part"
  Capitaux:BBB:165-Fonds  350000 XOF
  Produits:BBB:7925-Reprise
2026-12-31 * "Fonctionnement, hors du jeu projet"
  Actif:FONCT:52111-Banque  9 XOF
  Produits:FONCT:701-Cotisations
"""
PAIR = (
    donor("AAA", THREE, accounts="  prets: [Actif:AAA:4711-Pret-BBB]\n")
    | donor("BBB", THREE, "fonds-affectes", accounts="  prets: [Passif:BBB:4712-Emprunt-AAA]\n")
    | donor("FONCT", model="ressources-propres")
)


def test_two_donors_combined(tmp_path: Path) -> None:
    """The sum line by line, less the loan (400 000 on each side) and the share of the rent (250 000), which are nil together."""
    books = project(tmp_path, TOGETHER, PAIR)
    alone = {tree: made(books, "bilan-projet", tree=tree) for tree in ("AAA", "BBB")}
    both = made(books, "bilan-projet")
    assets = {tree: cells(report, "assets", "net") for tree, report in alone.items()}
    owed = {tree: cells(report, "liabilities", "net") for tree, report in alone.items()}
    assert (assets["AAA"]["BE"], owed["BBB"]["DH"]) == (400_000, 400_000)
    found, due = cells(both, "assets", "net"), cells(both, "liabilities", "net")
    for ref, amount in found.items():
        taken = 400_000 if ref in ("BE", "BF", "BZ") else 0
        assert amount == assets["AAA"][ref] + assets["BBB"][ref] - taken, ref  # type: ignore[operator]
    for ref, amount in due.items():
        taken = 400_000 if ref in ("DH", "DJ", "DZ") else 0
        assert amount == owed["AAA"][ref] + owed["BBB"][ref] - taken, ref  # type: ignore[operator]
    # banks: 2 000 000 − 400 000 − 250 000, and 3 000 000 + 400 000 − 600 000 + 250 000
    assert (found["BW"], due["DF"], due["CA"]) == (1_350_000 + 3_050_000, 1_750_000, 2_650_000)
    told = table(both, "between").rows
    assert [(row.cells.get("number"), row.cells["amount"]) for row in told] == [
        ("4711", 400_000),
        ("4712", -400_000),
        ("6222", 250_000),
        ("781", -250_000),
        (None, 0),
    ]
    assert gaps(both) == {
        "Écart actif − passif": 0,
        "Écart ouverture − clôture N-1": 0,
        "Écart prêts et parts entre projets": 0,
    }
    assert "between" not in {each.key for each in alone["AAA"].tables}


def test_two_donors_combined_in_the_other_statements(tmp_path: Path) -> None:
    books = project(tmp_path, TOGETHER, PAIR)
    income = made(books, "exploitation-projet")
    found = cells(income, "lines", "amount")
    # the rent is 600 000 once, not 850 000; nothing was transferred; 250 000 + 350 000 of funds consumed
    assert (found["TG"], found["RD"], found["RA"], found["RE"], found["XC"]) == (600_000, 0, 250_000, 350_000, 0)
    assert gaps(income) == {"Écart XC − CC": 0, "Écart prêts et parts entre projets": 0}
    flows = made(books, "emplois-ressources")
    rows = [(row.cells["ref"], row.cells["label"], row.cells["year"]) for row in table(flows, "lines").rows[:4]]
    assert rows == [
        ("FA", "Fonds reçus, Bailleur AAA", 2_000_000),
        ("FB", "Fonds reçus, Bailleur BBB", 3_000_000),
        ("FC", "Fonds contrepartie État", 0),
        ("FD", "Autres fonds reçus", 0),
    ]
    used = uses(books, tree="")
    assert (used["GR"], used["FO"], used["FQ"], used["FX"]) == (5_000_000, 600_000, 0, 4_400_000)
    assert uses(books, tree="AAA")["FQ"] == 400_000  # alone, the loan is a sundry debtor (47)
    table_ = table(made(books, "execution-budgetaire"), "lines")
    by_key = {row.key: row.cells for row in table_.rows if row.key}
    assert [by_key[key]["disbursed"] for key in ("total", "shares", "combined")] == [850_000, 250_000, 600_000]
    assert [row.cells["disbursed"] for row in table_.rows if row.cells.get("code") in ("AAA", "BBB")] == [
        250_000,
        600_000,
    ]
    cash = cells(made(books, "reconciliation-tresorerie"), "lines", "amount")
    assert nonzero(cash) == {"B": 5_000_000, "F": 600_000, "G": 4_400_000, "I": 4_400_000}


def test_a_share_received_the_year_after_stays_in_both(tmp_path: Path) -> None:
    """Paid on 31/12, received on 2/1: neither year can answer it alone; each shows what it did, and balances."""
    entries = """
2026-01-05 * "Bailleur AAA" "Tranche"
  Actif:AAA:52111-Banque  2000000 XOF
  Passif:AAA:462-Fonds
2026-12-31 * "BBB" "Part du loyer"
  reciproque: TRUE
  ligne: "1"
  Charges:AAA:6222-Loyer  250000 XOF
  Actif:AAA:52111-Banque
2027-01-02 * "AAA" "Part du loyer"
  reciproque: TRUE
  Actif:BBB:52111-Banque  250000 XOF
  Produits:BBB:781-Transfert-de-charges
"""
    books = project(tmp_path, entries, donor("AAA", THREE) | donor("BBB", THREE, "fonds-affectes"))
    assert [uses(books, year, "")["FO"] for year in ("2026", "2027")] == [250_000, 0]
    assert [uses(books, year, "")["FD"] for year in ("2026", "2027")] == [0, 250_000]
    assert [row.cells["amount"] for row in table(made(books, "bilan-projet", "2027"), "between").rows] == [0]


def test_a_loan_with_a_tree_outside_the_set_stays(tmp_path: Path) -> None:
    """FONCT has no project set: what AAA lent it is a receivable of the combined set, nothing to net."""
    entries = """
2026-01-05 * "Bailleur AAA" "Tranche"
  Actif:AAA:52111-Banque  2000000 XOF
  Passif:AAA:462-Fonds
2026-02-01 * "Prêt à FONCT"
  Actif:AAA:4711-Pret  400000 XOF
  Actif:AAA:52111-Banque  -400000 XOF
  Actif:FONCT:52111-Banque  400000 XOF
  Passif:FONCT:4712-Emprunt  -400000 XOF
2026-03-01 * "Emprunt de BBB à FONCT"
  Actif:BBB:52111-Banque  100000 XOF
  Passif:BBB:4712-Emprunt  -100000 XOF
  Actif:FONCT:4711-Pret  100000 XOF
  Actif:FONCT:52111-Banque  -100000 XOF
"""
    donors = (
        donor("AAA", accounts="  prets: [Actif:AAA:4711-Pret]\n")
        | donor("BBB", accounts="  prets: [Passif:BBB:4712-Emprunt]\n")
        | donor(
            "FONCT",
            model="ressources-propres",
            accounts="  prets: [Passif:FONCT:4712-Emprunt, Actif:FONCT:4711-Pret]\n",
        )
    )
    both = made(project(tmp_path, entries, donors), "bilan-projet")
    assert cells(both, "assets", "net")["BE"] == 400_000
    assert cells(both, "liabilities", "net")["DH"] == 100_000
    assert [row.cells["amount"] for row in table(both, "between").rows] == [0]


@pytest.mark.parametrize("model", SET)
def test_a_tree_without_a_project_agreement_is_refused(tmp_path: Path, model: str) -> None:
    books = project(tmp_path, TOGETHER, PAIR)
    with pytest.raises(RefusedError, match=r"FONCT n'a pas de convention de modèle A .* \(AAA et BBB\)"):
        made(books, model, tree="FONCT")
    alone = project(tmp_path / "seul", TOGETHER, donor("FONCT", model="ressources-propres"))
    with pytest.raises(RefusedError, match="pas d'états « projet » à établir"):
        made(alone, model)


def test_every_subtotal_of_the_workbooks_is_a_formula(tmp_path: Path) -> None:
    """Computed again by an independent path: each formula is worth what the workbook shows; one a subtotal and column."""
    books = project(tmp_path, TOGETHER, PAIR)
    counted = {}
    for model in SET:
        report = made(books, model)
        counted[model] = 0
        for sheet in sheets(render.xlsx(report)).values():
            for cell, (value, shown) in sheet.formulas().items():
                assert (value or 0) == Fraction(str(shown or 0)), f"{model} {cell}"
                counted[model] += 1
    # 10 sums of the balance sheet, of N and N-1; 3 of the operating statement, N alone; 11 of three columns
    assert counted["bilan-projet"] >= 20
    assert counted["exploitation-projet"] >= 3
    assert counted["emplois-ressources"] >= 33
    assert counted["reconciliation-tresorerie"] >= 2
    assert counted["execution-budgetaire"] >= 9 * 5
