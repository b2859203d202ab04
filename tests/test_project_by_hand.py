"""The project set, worked by hand: what each line counts, and what a year's budget is.

Sources: domain §6 (Guide d'application, App. 21: emplois-ressources; App. 22: exécution budgétaire) and §9.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grandlivre.reports.kit.table import Text
from project_bed import SET, THREE, TWO_YEARS, donor, lines, nonzero, project, unattached, uses
from statement_bed import cells, gaps, made, table

# --- debts by what they were born of -----------------------------------------------------------------------------------

MIXED = """
2026-01-05 * "Bailleur" "Tranche"
  Actif:AAA:52111-Banque  5000000 XOF
  Passif:AAA:462-Fonds
2026-02-01 * "Divers SARL" "Fournitures et transport, une facture"
  piece: "OD-AAA-2026-0001"
  facture: "D-1"
  Charges:AAA:6047-Fournitures  300000 XOF
    ligne: "1"
  Charges:AAA:6181-Voyages  200000 XOF
    ligne: "2"
  Passif:AAA:4011-Fournisseurs
2026-02-02 * "Divers SARL" "Table et réparation, une facture"
  piece: "OD-AAA-2026-0002"
  facture: "D-2"
  Actif:AAA:2441-Table  150000 XOF
    ligne: "3"
  Charges:AAA:6242-Reparation  80000 XOF
    ligne: "2"
  Passif:AAA:4812-Fournisseurs-d-immobilisations  -150000 XOF
  Passif:AAA:4011-Fournisseurs  -80000 XOF
2026-03-01 * "Divers SARL" "D-1, acompte"
  piece: "BQ-AAA-2026-0002"
  facture: "D-1"
  Passif:AAA:4011-Fournisseurs  350000 XOF
  Actif:AAA:52111-Banque
"""


def test_a_debt_belongs_to_what_it_was_born_of(tmp_path: Path) -> None:
    """No pro-rata (App. 21): 350 000 pay the 300 000 of supplies, then 50 000 of travel; table and repair stay due."""
    books = project(tmp_path, MIXED, donor("AAA", THREE))
    found = uses(books)
    assert (found["FM"], found["FN"], found["FO"], found["FI"]) == (300_000, 50_000, 0, 0)
    rows = lines(books)
    assert [(rows[code]["disbursed"], rows[code]["invoices_due"]) for code in ("1", "2", "3")] == [
        (300_000, 0),
        (50_000, 230_000),  # 150 000 of travel and 80 000 of the repair
        (0, 150_000),  # the asset's invoice (481) is due like any other, and out of what is disbursed
    ]
    half = 1_000_000  # 2 000 000 over two years
    assert [rows[code]["available"] for code in ("1", "2", "3")] == [half - 300_000, half - 280_000, half - 150_000]
    assert cells(made(books, "reconciliation-tresorerie", tree="AAA"), "lines", "amount")["H"] == 380_000
    sheet = made(books, "bilan-projet", tree="AAA")
    owed = cells(sheet, "liabilities", "net")
    assert (owed["DE"], owed["DG"]) == (150_000, 230_000)


def test_a_payment_that_names_nobody_settles_the_oldest_debt(tmp_path: Path) -> None:
    """« Facture B, payée » without a payee: its invoice number finds it; without a number, the account's oldest debt does."""
    entries = """
2026-01-05 * "Bailleur" "Tranche"
  Actif:AAA:52111-Banque  1000000 XOF
  Passif:AAA:462-Fonds
2026-02-01 * "Transporteur" "Course"
  facture: "T-1"
  ligne: "2"
  Charges:AAA:6181-Voyages  90000 XOF
  Passif:AAA:4011-Fournisseurs
2026-03-01 * "Magasin" "Fournitures"
  facture: "M-1"
  ligne: "1"
  Charges:AAA:6047-Fournitures  50000 XOF
  Passif:AAA:4011-Fournisseurs
2026-04-01 * "Facture M-1, payée"
  facture: "M-1"
  Passif:AAA:4011-Fournisseurs  50000 XOF
  Actif:AAA:52111-Banque
2026-05-01 * "Payé"
  Passif:AAA:4011-Fournisseurs  60000 XOF
  Actif:AAA:52111-Banque
"""
    books = project(tmp_path, entries, donor("AAA", THREE))
    assert (uses(books)["FM"], uses(books)["FN"]) == (50_000, 60_000)
    rows = lines(books)
    assert [(rows[code]["disbursed"], rows[code]["invoices_due"]) for code in ("1", "2")] == [
        (50_000, 0),
        (60_000, 30_000),
    ]


def test_an_invoice_received_later_keeps_its_origin(tmp_path: Path) -> None:
    """Invoice to come (408) at the year's end, then the invoice (401), then its payment: transport all along."""
    entries = """
2026-01-05 * "Bailleur" "Tranche"
  Actif:AAA:52111-Banque  1000000 XOF
  Passif:AAA:462-Fonds
2026-12-31 * "Transporteur" "Course de décembre, facture à venir"
  ligne: "2"
  Charges:AAA:6181-Voyages  90000 XOF
  Passif:AAA:4081-Factures-non-parvenues
2027-01-20 * "Transporteur" "Facture T-9"
  facture: "T-9"
  Passif:AAA:4081-Factures-non-parvenues  90000 XOF
  Passif:AAA:4011-Fournisseurs
2027-02-20 * "Transporteur" "T-9 payée"
  facture: "T-9"
  Passif:AAA:4011-Fournisseurs  90000 XOF
  Actif:AAA:52111-Banque
"""
    books = project(tmp_path, entries, donor("AAA", THREE))
    assert uses(books)["FN"] == 0
    assert (uses(books, "2027")["FN"], uses(books, "2027")["FM"]) == (90_000, 0)
    assert [lines(books, year)["2"]["disbursed"] for year in ("2026", "2027")] == [0, 90_000]
    assert lines(books, "2027")["2"]["carried"] == 90_000


def test_a_storno_takes_back_what_it_reverses(tmp_path: Path) -> None:
    """An invoice booked twice, the second one reversed (art. 20): neither charge nor debt; a credit note too."""
    entries = (
        MIXED
        + """
2026-04-01 * "Divers SARL" "D-3, par erreur"
  piece: "OD-AAA-2026-0003"
  facture: "D-3"
  ligne: "1"
  Charges:AAA:6047-Fournitures  70000 XOF
  Passif:AAA:4011-Fournisseurs
2026-04-02 * "Divers SARL" "Extourne"
  piece: "OD-AAA-2026-0004"
  ecriture: "extourne"
  annule: "OD-AAA-2026-0003"
  facture: "D-3"
  Charges:AAA:6047-Fournitures  -70000 XOF
  Passif:AAA:4011-Fournisseurs
"""
    )
    books = project(tmp_path, entries, donor("AAA", THREE))
    assert uses(books)["FM"] == 300_000
    row = lines(books)["1"]
    assert (row["disbursed"], row["invoices_due"]) == (300_000, 0)


def test_what_is_withheld_is_paid_to_the_state(tmp_path: Path) -> None:
    """A consultant of 100 000 paid 85 000, 15 000 withheld (4478) and paid in 2027: FO 100 000 and FP −15 000 (64 ± 44)."""
    entries = """
2026-01-05 * "Bailleur" "Tranche"
  Actif:AAA:52111-Banque  1000000 XOF
  Passif:AAA:462-Fonds
2026-12-01 * "Consultante" "Étude"
  ligne: "1"
  Charges:AAA:6327-Consultants  100000 XOF
  Passif:AAA:4478-Retenues  -15000 XOF
  Actif:AAA:52111-Banque  -85000 XOF
2027-01-15 * "Impôts" "Retenue versée"
  Passif:AAA:4478-Retenues  15000 XOF
  Actif:AAA:52111-Banque
"""
    books = project(tmp_path, entries, donor("AAA", THREE))
    assert [uses(books)[key] for key in ("FO", "FP", "GU")] == [100_000, -15_000, 85_000]
    assert [uses(books, "2027")[key] for key in ("FO", "FP", "GU")] == [0, 15_000, 15_000]


# --- funds -------------------------------------------------------------------------------------------------------------


def test_earmarked_funds_kept_over_the_years_end(tmp_path: Path) -> None:
    """Model B: 2 000 000 received on 165, 1 200 000 consumed: 800 000 stand in CA, and pay next year's charges."""
    entries = """
2026-02-01 * "Bailleur" "Tranche"
  Actif:AAA:52111-Banque  2000000 XOF
  Capitaux:AAA:165-Fonds-affectes
2026-03-01 * "Magasin" "Matériel, avec la part du fonds dans la même écriture"
  ligne: "1"
  Charges:AAA:6011-Achats  1200000 XOF
  Actif:AAA:52111-Banque  -1200000 XOF
  Capitaux:AAA:165-Fonds-affectes  1200000 XOF
  Produits:AAA:7925-Reprise  -1200000 XOF
2027-03-01 * "Magasin" "Matériel"
  ligne: "1"
  Charges:AAA:6011-Achats  500000 XOF
  Actif:AAA:52111-Banque
2027-03-31 * "Bailleur" "Part du fonds"
  Capitaux:AAA:165-Fonds-affectes  500000 XOF
  Produits:AAA:7925-Reprise
"""
    books = project(tmp_path, entries, donor("AAA", THREE, "fonds-affectes"))
    assert nonzero(uses(books)) | {"GW": 0} == {
        "FA": 2_000_000,
        "GR": 2_000_000,
        "FM": 1_200_000,
        "GT": 1_200_000,
        "GU": 1_200_000,
        "GV": 800_000,
        "GX": 800_000,
        "FX": 800_000,
        "GY": 800_000,
        "GW": 0,
    }
    later = uses(books, "2027")
    assert (later["FA"], later["FM"], later["FU"], later["FX"]) == (0, 500_000, 800_000, 300_000)
    income = made(books, "exploitation-projet", tree="AAA")
    found = cells(income, "lines", "amount")
    assert (found["RE"], found["TA"], found["XC"]) == (1_200_000, 1_200_000, 0)
    assert cells(made(books, "bilan-projet", "2027", "AAA"), "liabilities", "previous")["CA"] == 800_000
    assert cells(made(books, "bilan-projet", "2027", "AAA"), "liabilities", "net")["CA"] == 300_000


def test_moving_funds_is_receiving_none(tmp_path: Path) -> None:
    """162 → 165 on 31/12 and back on 1/1, the key adjusted 162 → 462 (App. 8), an advance classified 161 → 462 (model F),
    a promise (D 469 / C 462) then its receipt: received once, when the money comes."""
    entries = """
2026-01-05 * "Bailleur" "Avance à justifier"
  Actif:AAA:52111-Banque  900000 XOF
  Capitaux:AAA:161-Avances-de-fonds
2026-02-01 * "Bailleur" "Reclassement"
  Capitaux:AAA:161-Avances-de-fonds  900000 XOF
  Capitaux:AAA:162-Fonds-d-investissement  -600000 XOF
  Passif:AAA:462-Fonds  -300000 XOF
2026-03-01 * "Bailleur" "Clé ajustée"
  Capitaux:AAA:162-Fonds-d-investissement  100000 XOF
  Passif:AAA:462-Fonds
2026-11-01 * "Bailleur" "Tranche promise"
  Actif:AAA:4692-Fonds-a-recevoir  400000 XOF
  Passif:AAA:462-Fonds
2026-12-31 * "Bailleur" "Investissement non dépensé"
  Capitaux:AAA:162-Fonds-d-investissement  500000 XOF
  Capitaux:AAA:165-Fonds-affectes
2027-01-01 * "Bailleur" "Investissement non dépensé, repris"
  ecriture: "reouverture"
  Capitaux:AAA:165-Fonds-affectes  500000 XOF
  Capitaux:AAA:162-Fonds-d-investissement
2027-02-01 * "Bailleur" "Tranche reçue"
  Actif:AAA:52111-Banque  400000 XOF
  Actif:AAA:4692-Fonds-a-recevoir
"""
    books = project(tmp_path, entries, donor("AAA", model="avance"))
    assert [uses(books, year)["FA"] for year in ("2026", "2027")] == [900_000, 400_000]
    owed = cells(made(books, "bilan-projet", tree="AAA"), "liabilities", "net")
    assert (owed["CA"], owed["DF"]) == (500_000, 400_000)  # 46: 300 000 + 100 000 + 400 000 − 400 000 still to receive
    assert cells(made(books, "bilan-projet", "2027", "AAA"), "liabilities", "net")["DF"] == 800_000


def test_refunding_a_donor(tmp_path: Path) -> None:
    """100 000 due back (D 462 / C 4739) in 2026 and paid in 2027; 30 000 given back at once: FQ, in the year paid."""
    entries = """
2026-01-05 * "Bailleur" "Tranche"
  Actif:AAA:52111-Banque  1000000 XOF
  Passif:AAA:462-Fonds
2026-12-31 * "Bailleur" "Reliquat à reverser"
  Passif:AAA:462-Fonds  100000 XOF
  Passif:AAA:4739-Subventions-a-reverser
2027-02-01 * "Bailleur" "Reliquat reversé"
  Passif:AAA:4739-Subventions-a-reverser  100000 XOF
  Actif:AAA:52111-Banque
2027-03-01 * "Bailleur" "Trop-perçu rendu"
  Passif:AAA:462-Fonds  30000 XOF
  Actif:AAA:52111-Banque
"""
    books = project(tmp_path, entries, donor("AAA"))
    first, second = uses(books), uses(books, "2027")
    assert (first["FA"], first["FQ"], first["FX"]) == (1_000_000, 0, 1_000_000)
    assert (second["FA"], second["FQ"], second["GU"], second["FX"]) == (0, 130_000, 130_000, 870_000)
    labels = {
        row.cells["label"]: row.cells["year"]
        for row in table(made(books, "emplois-ressources", "2027", "AAA"), "lines").rows
    }
    assert labels["dont fonds rendus"] == 130_000
    owed = cells(made(books, "bilan-projet", tree="AAA"), "liabilities", "net")
    assert (owed["DF"], owed["DH"]) == (900_000, 100_000)
    assert cells(made(books, "reconciliation-tresorerie", "2027", "AAA"), "lines", "amount")["F"] == 130_000


def test_bank_interest(tmp_path: Path) -> None:
    """4 000 booked as income (771): XC = CC = 4 000, with its cause; 6 000 credited to the donor's funds: XC unmoved."""
    entries = """
2026-01-05 * "Bailleur" "Tranche"
  Actif:AAA:52111-Banque  1000000 XOF
  Passif:AAA:462-Fonds
2026-06-30 * "Banque" "Intérêts créditeurs"
  Actif:AAA:52111-Banque  4000 XOF
  Produits:AAA:771-Interets
2026-12-31 * "Banque" "Intérêts créditeurs, au bailleur"
  Actif:AAA:52111-Banque  6000 XOF
  Passif:AAA:462-Fonds
"""
    books = project(tmp_path, entries, donor("AAA"))
    found = uses(books)
    assert (found["FA"], found["FD"], found["GR"]) == (1_006_000, 4_000, 1_010_000)
    income = made(books, "exploitation-projet", tree="AAA")
    assert (cells(income, "lines", "amount")["RD"], cells(income, "lines", "amount")["XC"]) == (4_000, 4_000)
    assert gaps(income) == {"Écart XC − CC": 0}
    assert not income.provisional  # a balance that is not nil is information, not a fault
    said = next(block for block in income.body if isinstance(block, Text))
    assert [text.replace("\u202f", " ").replace("\u00a0", " ") for text in said.paragraphs] == [
        "Intérêts et gains de change inscrits en produits (77) : 4 000 FCFA."
    ]
    assert cells(made(books, "bilan-projet", tree="AAA"), "liabilities", "net")["CC"] == 4_000
    cash = cells(made(books, "reconciliation-tresorerie", tree="AAA"), "lines", "amount")
    assert nonzero(cash) == {"B": 1_000_000, "C": 10_000, "G": 1_010_000, "I": 1_010_000}


# --- treasury, advances, assets ----------------------------------------------------------------------------------------


def test_an_overdraft_moves_to_the_other_side(tmp_path: Path) -> None:
    """52 in credit: DW, not BW; the cash of the statement of sources and uses is the balance as it is, below nil."""
    entries = """
2026-02-01 * "Bailleur" "Loyer payé avant les fonds"
  ligne: "1"
  Charges:AAA:6222-Loyer  400000 XOF
  Actif:AAA:52111-Banque
2026-02-02 * "Bailleur" "Fonds en caisse"
  Actif:AAA:5711-Caisse  50000 XOF
  Passif:AAA:462-Fonds
"""
    books = project(tmp_path, entries, donor("AAA", THREE))
    sheet = made(books, "bilan-projet", tree="AAA")
    assets, owed = cells(sheet, "assets", "net"), cells(sheet, "liabilities", "net")
    assert (assets["BW"], assets["BZ"], owed["DW"], owed["CC"], owed["DF"]) == (
        50_000,
        50_000,
        400_000,
        -400_000,
        50_000,
    )
    assert gaps(sheet)["Écart actif − passif"] == 0
    found = uses(books)
    assert (found["GR"], found["FO"], found["GX"], found["FX"]) == (50_000, 400_000, -350_000, -350_000)


ADVANCE = """
2026-01-05 * "Bailleur" "Tranche"
  Actif:AAA:52111-Banque  1000000 XOF
  Passif:AAA:462-Fonds
2026-12-10 * "O. Traoré" "Avance de mission"
  avance: "AV-1"
  Actif:AAA:4213-Frais-avances  120000 XOF
  Actif:AAA:52111-Banque
2026-12-12 * "Imprimerie" "Avance au fournisseur"
  avance: "AV-2"
  ligne: "1"
  Actif:AAA:4091-Avances-fournisseurs  60000 XOF
  Actif:AAA:52111-Banque
2027-01-10 * "O. Traoré" "Mission justifiée, 20 000 rendus"
  avance: "AV-1"
  Charges:AAA:6384-Missions  100000 XOF
    ligne: "2"
  Actif:AAA:52111-Banque  20000 XOF
  Actif:AAA:4213-Frais-avances
2027-01-20 * "Imprimerie" "Facture I-1, avance déduite"
  facture: "I-1"
  Charges:AAA:6271-Impression  90000 XOF
    ligne: "1"
  Actif:AAA:4091-Avances-fournisseurs  -60000 XOF
    avance: "AV-2"
  Passif:AAA:4011-Fournisseurs  -30000 XOF
"""


def test_advances_in_sources_and_uses(tmp_path: Path) -> None:
    """FT: 4091 and 4093 (App. 21), 4211 and 4213 on a sub-line of their own; GZ stays nil; the cumulative column is the balance."""
    books = project(tmp_path, ADVANCE, donor("AAA", THREE))
    first, second = uses(books), uses(books, "2027")
    assert (first["FT"], first["FR"], first["FO"], first["GX"]) == (180_000, 0, 0, 820_000)
    assert (second["FT"], second["FO"], second["FM"]) == (-180_000, 160_000, 0)  # 100 000 + 90 000 − 30 000 still due
    assert (uses(books, "2027", column="closing")["FT"], second["FX"]) == (0, 840_000)
    rows = {
        str(row.cells["label"]): row.cells for row in table(made(books, "emplois-ressources", tree="AAA"), "lines").rows
    }
    assert rows["dont avances de mission au personnel (4211, 4213)"]["year"] == 120_000
    assert rows["dont avances aux fournisseurs (409)"]["year"] == 60_000
    # App. 22: an advance to a supplier is disbursed when paid; a mission's is not, before it is justified
    assert [lines(books)[code]["disbursed"] for code in ("1", "2")] == [60_000, 0]
    # 90 000 invoiced − 60 000 of the advance − 30 000 due; the mission
    assert [lines(books, "2027")[code]["disbursed"] for code in ("1", "2")] == [0, 100_000]
    assert [lines(books, "2027")[code]["invoices_due"] for code in ("1", "2")] == [30_000, 0]
    assets = cells(made(books, "bilan-projet", tree="AAA"), "assets", "net")
    assert (assets["BC"], assets["BE"], assets["BF"]) == (60_000, 120_000, 180_000)


def test_a_disposal_and_what_the_association_depreciates(tmp_path: Path) -> None:
    """A motorbike of 900 000, depreciated 300 000 in the association's books, sold 200 000 the year after.

    The project set knows no depreciation: 900 000 in AE in 2026 and CC 0. In 2027 XC = 200 000 − 600 000, the book value that
    the sale took out, and the 300 000 depreciated before come off the balance brought forward.
    """
    entries = """
2026-01-05 * "Bailleur" "Tranche"
  Actif:AAA:52111-Banque  1000000 XOF
  Capitaux:AAA:162-Fonds-d-investissement
2026-01-10 * "Garage" "Moto"
  ligne: "1"
  Actif:AAA:2458-Moto  900000 XOF
  Actif:AAA:52111-Banque
2026-12-31 * "Amortissement"
  ecriture: "amortissement"
  Charges:AAA:6813-Dotations  300000 XOF
  Actif:AAA:2845-Amortissements
2027-06-30 * "Sortie de la moto"
  Charges:AAA:812-Valeur-comptable  600000 XOF
  Actif:AAA:2845-Amortissements  300000 XOF
  Actif:AAA:2458-Moto  -900000 XOF
2027-06-30 * "Acheteur" "Prix de la moto"
  Actif:AAA:52111-Banque  200000 XOF
  Produits:AAA:822-Produits-des-cessions
"""
    books = project(tmp_path, entries, donor("AAA", THREE))
    sheet = made(books, "bilan-projet", tree="AAA")
    assets, owed = cells(sheet, "assets", "net"), cells(sheet, "liabilities", "net")
    assert (assets["AE"], assets["BW"], owed["CA"], owed["CB"], owed["CC"]) == (900_000, 100_000, 1_000_000, 0, 0)
    later = made(books, "bilan-projet", "2027", "AAA")
    assets, owed = cells(later, "assets", "net"), cells(later, "liabilities", "net")
    assert (assets["AE"], assets["BW"], owed["CB"], owed["CC"]) == (0, 300_000, -300_000, -400_000)
    assert gaps(later) == {"Écart actif − passif": 0, "Écart ouverture − clôture N-1": 0}
    income = made(books, "exploitation-projet", "2027", "AAA")
    found = cells(income, "lines", "amount")
    by_key = {row.key: row.cells["amount"] for row in table(income, "lines").rows}
    assert (by_key["TKB"], by_key["TL"], found["XB"], found["XC"]) == (200_000, 600_000, 400_000, -400_000)
    assert gaps(income) == {"Écart XC − CC": 0}
    assert "Cessions d'immobilisations" in str([block for block in income.body if isinstance(block, Text)])
    assert not unattached(income)
    first, second = uses(books), uses(books, "2027")
    assert (first["FJ"], first["GU"]) == (900_000, 900_000)
    assert (second["FD"], second["FJ"], second["GU"], second["FX"]) == (200_000, 0, 0, 300_000)
    assert lines(books)["1"]["disbursed"] == 900_000  # at cost; the sale spends no budget
    assert lines(books, "2027")["1"]["disbursed"] == 0


def test_what_is_received_or_given_in_kind_is_no_cash(tmp_path: Path) -> None:
    """Computers given (D 244 / C 167), kits given and handed out (D 34 / C 754, D 654 / C 34), an expense that a volunteer waives."""
    entries = """
2026-01-05 * "Bailleur" "Tranche"
  Actif:AAA:52111-Banque  1000000 XOF
  Passif:AAA:462-Fonds
2026-02-01 * "Fondation" "Ordinateurs donnés"
  Actif:AAA:2442-Ordinateurs  300000 XOF
  Capitaux:AAA:1672-Dons-d-immobilisations
2026-03-01 * "Fondation" "Kits donnés"
  Actif:AAA:345-Dons-en-nature  80000 XOF
  Produits:AAA:7542-Dons-en-nature
2026-04-01 * "Villages" "Kits distribués"
  Charges:AAA:654-Dons-a-distribuer  50000 XOF
  Actif:AAA:345-Dons-en-nature
2026-05-01 * "Bénévole" "Frais abandonnés"
  Charges:AAA:6181-Voyages  6000 XOF
  Produits:AAA:7583-Abandons-de-frais
"""
    books = project(tmp_path, entries, donor("AAA"))
    assert nonzero(uses(books)) == dict.fromkeys(("FA", "GR", "GV", "GX", "FX", "GY"), 1_000_000)
    sheet = made(books, "bilan-projet", tree="AAA")
    assets, owed = cells(sheet, "assets", "net"), cells(sheet, "liabilities", "net")
    assert (assets["AD"], assets["BB"], owed["CA"], owed["CC"]) == (300_000, 30_000, 300_000, 30_000)
    assert gaps(sheet)["Écart actif − passif"] == 0


def test_the_two_lines_named_alike_have_their_own_keys(tmp_path: Path) -> None:
    """TJ and TK stand twice in the official model: staff and provisions, financial charges and income outside (domain §6)."""
    entries = """
2026-01-05 * "Bailleur" "Tranche"
  Actif:AAA:52111-Banque  1000000 XOF
  Passif:AAA:462-Fonds
2026-02-01 * "Charges"
  ligne: "1"
  Charges:AAA:6611-Salaires  10000 XOF
  Charges:AAA:6745-Interets-bancaires  200 XOF
  Actif:AAA:52111-Banque
2026-03-01 * "Provision pour litige"
  Charges:AAA:691-Dotations-aux-provisions  3000 XOF
  Passif:AAA:19-Provisions
2026-04-01 * "Produit hors activités ordinaires"
  Actif:AAA:52111-Banque  40 XOF
  Produits:AAA:841-Produits-HAO
"""
    books = project(tmp_path, entries, donor("AAA", THREE))
    income = made(books, "exploitation-projet", tree="AAA")
    found = {row.key: (row.cells["ref"], row.cells["amount"]) for row in table(income, "lines").rows}
    assert [found[key] for key in ("TJ", "TK", "TJB", "TKB")] == [
        ("TJ", 10_000),
        ("TK", 200),
        ("TJ", 3_000),
        ("TK", 40),
    ]
    assert (found["XB"][1], found["XC"][1]) == (13_160, -13_160)  # 10 000 + 200 + 3 000 − 40
    assert (uses(books)["FS"], uses(books)["FD"]) == (200, 40)  # a provision is no payment


CLOSING = """
2026-12-31 * "Clôture des comptes"
  ecriture: "cloture"
  Produits:AAA:771-Interets  4000 XOF
  Produits:AAA:702-Quote-part  90000 XOF
  Charges:AAA:6222-Loyer  -90000 XOF
  Capitaux:AAA:131-Solde-crediteur  -4000 XOF
"""
REOPENING = """
2027-01-01 * "Solde en instance"
  ecriture: "reouverture"
  Capitaux:AAA:131-Solde-crediteur  4000 XOF
  Capitaux:AAA:128-En-instance
"""


@pytest.mark.parametrize("closed", [CLOSING, CLOSING + REOPENING], ids=["closed", "reopened"])
def test_closing_the_accounts_changes_no_statement(tmp_path: Path, closed: str) -> None:
    """CC is the year's 6, 7 and 8 before the closing, its 13 after, never both; next year it is brought forward (CB)."""
    entries = """
2026-01-05 * "Bailleur" "Tranche"
  Actif:AAA:52111-Banque  1000000 XOF
  Passif:AAA:462-Fonds
2026-06-30 * "Banque" "Intérêts créditeurs"
  Actif:AAA:52111-Banque  4000 XOF
  Produits:AAA:771-Interets
2026-07-01 * "Bailleur" "Loyer, avec la part du fonds"
  ligne: "1"
  Charges:AAA:6222-Loyer  90000 XOF
  Actif:AAA:52111-Banque  -90000 XOF
  Passif:AAA:462-Fonds  90000 XOF
  Produits:AAA:702-Quote-part  -90000 XOF
2027-07-01 * "Bailleur" "Loyer"
  ligne: "1"
  Charges:AAA:6222-Loyer  70000 XOF
  Actif:AAA:52111-Banque
"""
    before, after = (
        project(tmp_path / str(len(text)), text, donor("AAA", THREE)) for text in (entries, entries + closed)
    )
    for model in SET:
        for year in ("2026", "2027"):
            first, second = (made(books, model, year, "AAA") for books in (before, after))
            assert (first.tables, first.facts) == (second.tables, second.facts), (model, year)
    sheet = made(after, "bilan-projet", "2027", "AAA")
    owed, last = cells(sheet, "liabilities", "net"), cells(sheet, "liabilities", "previous")
    assert (owed["CB"], owed["CC"], last["CB"], last["CC"]) == (4_000, -70_000, 0, 4_000)


# --- the budget of a year ----------------------------------------------------------------------------------------------

SPAN = ("2026-07-01", "2028-06-30")
ADDENDUM = '    avenants:\n      - date: 2027-03-01\n        lignes: {"1": {cout-unitaire: 1 200 001 XOF}}\n'
THREE_YEARS = TWO_YEARS + "  - {du: 2028-01-01, au: 2028-12-31}\n"


@pytest.mark.parametrize(
    ("line", "choice", "span", "more", "wanted"),
    [
        # 720 days of 30-day months: 180 in 2026, 360 in 2027; the last year takes the rest
        ("cout-unitaire: 1 000 001 XOF", "", SPAN, "", (250_000, 500_001, 250_000)),
        # raised in 2027: half of 1 200 001, then the rest of it
        ("cout-unitaire: 1 000 001 XOF", "", SPAN, ADDENDUM, (250_000, 600_001, 350_000)),
        # from 16 July: 165 days of 705 (16 days of July, counted to the 30th, and five months), 360, 180
        ("cout-unitaire: 705 000 XOF", "", ("2026-07-16", "2028-06-30"), "", (165_000, 360_000, 180_000)),
        # the same in months touched: 6, 12 and 6 of 24
        ("cout-unitaire: 720 000 XOF", "mois", ("2026-07-16", "2028-06-30"), "", (180_000, 360_000, 180_000)),
        # a calendar: a fifth in 2026, a quarter of it in one quarter of 2027; the last year takes what it does not say
        (
            "cout-unitaire: 1 000 000 XOF, calendrier: {2026: 20 %, 2027-T1: 25 %}",
            "",
            SPAN,
            "",
            (200_000, 250_000, 550_000),
        ),
    ],
    ids=["days", "addendum", "part of a month", "months", "calendar"],
)
def test_the_budget_of_a_year(
    tmp_path: Path, line: str, choice: str, span: tuple[str, str], more: str, wanted: tuple[int, ...]
) -> None:
    organisation = THREE_YEARS + (f"choix: {{prorata: {choice}}}\n" if choice else "")
    books = project(
        tmp_path,
        '2026-08-01 * "Fonds"\n  Actif:AAA:52111-Banque  5 XOF\n  Passif:AAA:462-Fonds\n',
        donor("AAA", {"1": line}, span=span, more=more),
        organisation,
        "2028-12-31",
    )
    assert tuple(lines(books, year)["1"]["budget"] for year in ("2026", "2027", "2028")) == wanted


ORDERS = """
2026-01-05 * "Bailleur" "Tranche"
  Actif:AAA:52111-Banque  3000000 XOF
  Passif:AAA:462-Fonds
2026-09-01 custom "marche" "M-1" "Kits"
  bailleur: "AAA"
  attributaire: "Kits SA"
  ligne: "1"
2026-08-20 custom "proforma" "M-1" "Kits SA" 800000 XOF
2026-09-02 custom "marche" "M-2" "Annulé avant la fin de l'année"
  bailleur: "AAA"
  attributaire: "Kits SA"
  ligne: "2"
  contrat-cadre: TRUE
  fin: 2026-10-31
2026-08-20 custom "proforma" "M-2" "Kits SA" 400000 XOF
2026-09-05 * "Kits SA" "Avance sur M-1"
  piece: "BQ-AAA-2026-0001"
  avance: "AV-1"
  marche: "M-1"
  Actif:AAA:4091-Avances-fournisseurs  100000 XOF
  Actif:AAA:52111-Banque
2026-11-01 * "Kits SA" "Première livraison"
  facture: "K-1"
  marche: "M-1"
  ligne: "1"
  Charges:AAA:6011-Achats  300000 XOF
  Passif:AAA:4011-Fournisseurs
2026-12-01 * "Kits SA" "K-1, acompte"
  facture: "K-1"
  Passif:AAA:4011-Fournisseurs  120000 XOF
  Actif:AAA:52111-Banque
"""
DELIVERED = """
2027-03-01 * "Kits SA" "Solde de la commande, avance déduite"
  facture: "K-2"
  marche: "M-1"
  Charges:AAA:6011-Achats  500000 XOF
    ligne: "1"
  Actif:AAA:4091-Avances-fournisseurs  -100000 XOF
    avance: "AV-1"
  Passif:AAA:4011-Fournisseurs  -400000 XOF
2027-04-01 * "Kits SA" "Tout est payé"
  Passif:AAA:4011-Fournisseurs  580000 XOF
  Actif:AAA:52111-Banque
"""


def amounts(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in ("carried", "disbursed", "invoices_due", "orders", "available"))


def test_open_orders_and_the_year_they_are_delivered(tmp_path: Path) -> None:
    """3b: 800 000 ordered − 300 000 invoiced; a framework contract that ended counts 0. The advance stands in (2) and inside
    (3b): it is listed. Next year 500 000 + 180 000 carried pay what they were kept for: nothing of that year's budget."""
    books = project(
        tmp_path, ORDERS + DELIVERED, donor("AAA", {"1": "cout-unitaire: 2 000 000 XOF", "2": "cout-unitaire: 2 XOF"})
    )
    rows = lines(books)
    # disbursed: 300 000 + 100 000 of the advance − 180 000 due
    assert amounts(rows["1"]) == (
        0,
        220_000,
        180_000,
        500_000,
        100_000,
    )  # 1 000 000 − 900 000: the advance counts twice
    assert rows["2"]["orders"] == 0
    told = table(made(books, "execution-budgetaire", tree="AAA"), "advances-on-orders").rows
    assert [(row.cells.get("dossier"), row.cells["amount"]) for row in told] == [("M-1", 100_000), (None, 100_000)]
    # 2027: 500 000 invoiced + 180 000 due before − 100 000 of the advance used; nothing due, nothing ordered
    assert amounts(lines(books, "2027")["1"]) == (680_000, 580_000, 0, 0, 1_000_000 + 100_000)


@pytest.mark.parametrize(("choice", "orders"), [("comptes", 500_000), ("ignores", 0)])
def test_an_order_of_an_earlier_year_is_listed_and_counted_by_choice(tmp_path: Path, choice: str, orders: int) -> None:
    books = project(
        tmp_path,
        ORDERS,
        donor("AAA", {"1": "cout-unitaire: 2 000 000 XOF"}),
        TWO_YEARS + f"choix: {{ordres-anciens: {choice}}}\n",
    )
    report = made(books, "execution-budgetaire", "2027", "AAA")
    told = table(report, "older-orders").rows
    assert [(row.cells.get("dossier"), row.cells["amount"]) for row in told] == [("M-1", 500_000), (None, 500_000)]
    row = lines(books, "2027")["1"]
    assert (row["carried"], row["orders"], row["invoices_due"]) == (680_000, orders, 180_000)
    assert "older-orders" not in {each.key for each in made(books, "execution-budgetaire", "2026", "AAA").tables}


def test_books_older_than_the_software(tmp_path: Path) -> None:
    """The opening entry: cash at the project's start (FU), N-1 of the balance sheet, a debt that names its budget line."""
    entries = """
2026-01-01 * "À nouveaux"
  ecriture: "a-nouveau"
  Actif:AAA:52111-Banque  700000 XOF
  Actif:AAA:2441-Mobilier  300000 XOF
  Passif:AAA:4011-Fournisseurs  -50000 XOF
    ligne: "1"
    beneficiaire: "Magasin"
  Passif:AAA:462-Fonds  -950000 XOF
2026-02-01 * "Magasin" "Dette de 2025 payée"
  Passif:AAA:4011-Fournisseurs  50000 XOF
  Actif:AAA:52111-Banque
"""
    books = project(tmp_path, entries, donor("AAA", THREE))
    found = uses(books)
    assert (found["FM"], found["FU"], found["FX"]) == (
        50_000,
        700_000,
        650_000,
    )  # a debt of unknown nature is read in FM
    assert uses(books, column="opening")["FU"] == uses(books, column="closing")["FU"] == 700_000
    assert uses(books, "2027", column="opening")["GW"] == 700_000
    assert amounts(lines(books)["1"]) == (50_000, 50_000, 0, 0, 1_000_000)
    sheet = made(books, "bilan-projet", tree="AAA")
    assert cells(sheet, "assets", "previous")["BZ"] == cells(sheet, "liabilities", "previous")["DZ"] == 1_000_000
    assert cells(sheet, "assets", "net")["BZ"] == 950_000


def test_two_agreements_of_a_project_one_in_euros(tmp_path: Path) -> None:
    """Each agreement's lines under its own subtotal; 3 000 EUR at 655.957 are 1 967 871 francs; the first one ended in 2026.

    The code « 1 » is in both: the entry's day decides (2026-06-30 is the last day of the first), and the rate of the whole
    is over all that the project was given for the year.
    """
    second = """  - id: C-SUITE
    du: 2026-07-01
    au: 2026-12-31
    montant: 3 000 EUR
    taux: [{depuis: 2026-01-01, valeur: 655.957}]
    financement: fonds-administration
    budget:
      - code: B
        libelle: Suite
        lignes:
          - {code: "1", libelle: Suite, quantite: 3, cout-unitaire: 1 000 EUR}
"""
    entries = """
2026-01-05 * "Bailleur" "Tranche"
  Actif:AAA:52111-Banque  3000000 XOF
  Passif:AAA:462-Fonds
2026-06-30 * "Magasin" "Dernier jour de la première convention"
  ligne: "1"
  Charges:AAA:6011-Achats  400000 XOF
  Actif:AAA:52111-Banque
2026-07-01 * "Magasin" "Premier jour de la seconde"
  ligne: "1"
  Charges:AAA:6011-Achats  700000 XOF
  Actif:AAA:52111-Banque
2026-08-01 * "Magasin" "Une ligne que le budget n'a pas"
  ligne: "9"
  Charges:AAA:6011-Achats  5000 XOF
  Actif:AAA:52111-Banque
"""
    donors = donor("AAA", {"1": "cout-unitaire: 1 000 000 XOF"}, span=("2026-01-01", "2026-06-30"), more=second)
    report = made(project(tmp_path, entries, donors), "execution-budgetaire", tree="AAA")
    rows = [
        (
            row.cells.get("code"),
            row.cells["label"],
            row.cells.get("budget"),
            row.cells["disbursed"],
            row.cells["available"],
        )
        for row in table(report, "lines").rows
    ]
    assert rows == [
        ("C-AAA", "C-AAA", 1_000_000, 400_000, 600_000),
        ("B", "Projet", 1_000_000, 400_000, 600_000),
        ("1", "Ligne 1", 1_000_000, 400_000, 600_000),
        ("C-SUITE", "C-SUITE", 1_967_871, 705_000, 1_262_871),
        ("B", "Suite", 1_967_871, 700_000, 1_267_871),
        ("1", "Suite", 1_967_871, 700_000, 1_267_871),
        ("", "Hors budget", 0, 5_000, -5_000),
        ("9", "Hors budget", 0, 5_000, -5_000),
        (None, "Total", 2_967_871, 1_105_000, 1_862_871),
    ]
    assert not unattached(report)
    assert not report.provisional


# --- refusals, what no line reads, language ----------------------------------------------------------------------------


def test_what_no_line_reads_is_listed(tmp_path: Path) -> None:
    """411 has no line in a project, 701 and 706 none in its operating statement, 585 none while it is not nil (domain §6, §9)."""
    entries = """
2026-01-05 * "Membres" "Cotisations appelées, à tort dans un projet"
  Actif:AAA:411-Adherents  7000 XOF
  Produits:AAA:701-Cotisations
2026-02-05 * "Kermesse" "Revenus"
  Actif:AAA:5711-Caisse  2000 XOF
  Produits:AAA:706-Manifestations
2026-02-06 * "Versement parti, pas arrivé"
  Actif:AAA:585-Virements  500 XOF
  Actif:AAA:5711-Caisse
"""
    books = project(tmp_path, entries, donor("AAA"))
    sheet, income = made(books, "bilan-projet", tree="AAA"), made(books, "exploitation-projet", tree="AAA")
    assert unattached(sheet) == {"411": 7_000, "585": 500}
    assert gaps(sheet)["Écart actif − passif"] == -7_500
    assert sheet.provisional
    assert unattached(income) == {"701": -7_000, "706": -2_000}
    assert gaps(income) == {"Écart XC − CC": 0}
    flows = made(books, "emplois-ressources", tree="AAA")
    assert unattached(flows) == {"411": 7_000, "585": 500, "701": -7_000, "706": -2_000}
    # cash of 1 500 that no line received: the list explains the gap
    assert gaps(flows) == {"Écart V − VI": -1_500, "Écart V − VI cumulé": -1_500}
    cash = made(books, "reconciliation-tresorerie", tree="AAA")
    assert cells(cash, "lines", "amount")["E"] == 500  # what left and has not arrived


def test_an_english_donor_reads_english(tmp_path: Path) -> None:
    books = project(tmp_path, ADVANCE, donor("AAA", THREE, language="en"))
    for model in SET:
        report = made(books, model, tree="AAA")
        said = " ".join(
            [report.title, *(fact.label for fact in report.facts)]
            + [
                f"{each.title} {each.note} {' '.join(column.title for column in each.columns)}"
                for each in report.tables
            ]
            + [str(row.cells.get("label")) for each in report.tables for row in each.rows if each.key != "unattached"]
        )
        french = {
            "Libellés",
            "Exercice",
            "Écart",
            "Solde",
            "Total des",
            "TOTAL ACTIF",
            "Fonds",
            "Trésorerie",
            "Montant",
        }
        assert not {word for word in french if word in said}, model
        assert report.language == "en"
    assert "Funds received, Bailleur AAA" in str(
        table(made(books, "emplois-ressources", tree="AAA"), "lines").rows[0].cells
    )


def test_every_line_of_the_layouts_has_its_english() -> None:
    from grandlivre.statements.layout_files import shipped

    for name in ("bilan-projet", "exploitation-projet", "emplois-ressources", "reconciliation-tresorerie"):
        layout = shipped(name)
        assert [line.key for line in layout.lines if not line.english] == []
        assert all(each.english for each in layout.tables)
