"""The statements of associations: the worked case C09 to the franc, under each choice, and the traps of the domain."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from grandlivre.books.index import Books
from grandlivre.sources.problem import RefusedError
from grandlivre.statements.layout_files import FOLDER as FOLDER_OF_LAYOUTS
from grandlivre.statements.layout_files import shipped
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


def small(folder: Path, entries: str, accounts: str = "", organisation: str = ORGANISATION) -> Books:
    """Books of a few entries: every account named is opened on the first day."""
    named = sorted(
        {word for word in entries.split() if word.count(":") == 2 and word[0].isupper()} | set(accounts.split())
    )
    opened = "".join(f"2025-01-01 open {name}\n" for name in named)
    return books_of(folder, opened + entries, organisation)


TWO_YEARS = ORGANISATION.replace("exercices:\n", "exercices:\n  - {du: 2025-01-01, au: 2025-12-31}\n")


def test_an_overdraft_moves_to_the_other_side(tmp_path: Path) -> None:
    """52 in credit stands in DW and nowhere else; a till in credit stays, visible, a negative asset (domain §5, anomalies)."""
    books = small(
        tmp_path,
        """
2026-02-01 * "Loyer payé à découvert"
  Charges:FONCT:6222-Loyer  400000 XOF
  Actif:FONCT:52111-Banque
2026-02-02 * "Dépense de caisse sans argent"
  Charges:FONCT:6047-Fournitures  5000 XOF
  Actif:FONCT:5711-Caisse
""",
    )
    report = made(books, "bilan")
    assets, owed = cells(report, "assets", "net"), cells(report, "liabilities", "net")
    assert (assets["BW"], owed["DW"], owed["CH"]) == (-5_000, 400_000, -405_000)
    assert assets["BZ"] == owed["DZ"] == -5_000
    flows = made(books, "flux-tresorerie")
    assert cells(flows, "lines", "amount")["ZG"] == -405_000
    assert gaps(flows) == {"Écart de trésorerie (flux − bilan)": 0}


def test_third_parties_stand_by_the_sign_of_their_balance(tmp_path: Path) -> None:
    """42–47 account by account: 46 too, which the text forgets (BE when it is owed to us, DI when we owe it)."""
    books = small(
        tmp_path,
        """
2026-03-01 * "Avance de mission, et un salaire dû"
  Actif:FONCT:4213-Frais-avances  70000 XOF
  Charges:FONCT:6611-Salaires  200000 XOF
  Passif:FONCT:422-Salaires-dus  -200000 XOF
  Actif:FONCT:5711-Caisse  -70000 XOF
2026-03-02 * "Dépense faite avant les fonds : préfinancement, le bailleur doit (462 débiteur)"
  Passif:AAA:462-Fonds-administration  30000 XOF
  Produits:AAA:702-Quote-part  -30000 XOF
2026-03-03 * "Fonds reçus d'avance (462 créditeur)"
  Actif:BBB:52111-Banque  90000 XOF
  Passif:BBB:462-Fonds-administration
""",
    )
    assets, owed = (cells(made(books, "bilan"), key, "net") for key in ("assets", "liabilities"))
    assert (assets["BE"], owed["DI"]) == (70_000 + 30_000, 200_000 + 90_000)
    income = made(books, "resultat")
    assert cells(income, "lines", "amount")["RG"] == 30_000  # choice ligne-702, the default


def test_what_no_line_reads_is_listed_and_counted(tmp_path: Path) -> None:
    """702 without the choice, 7054: on no line of the income statement; 4739: on none of the flows (domain §9)."""
    books = small(
        tmp_path,
        """
2026-03-02 * "Quote-part"
  Passif:AAA:462-Fonds-administration  30000 XOF
  Produits:AAA:702-Quote-part
2026-03-03 * "Vente de déchets"
  Actif:FONCT:5711-Caisse  7000 XOF
  Produits:FONCT:7054-Ventes-de-dechets
2026-03-04 * "Rendu au bailleur"
  Passif:AAA:4739-Subventions-a-reverser  20000 XOF
  Actif:AAA:52111-Banque
""",
        organisation=ORGANISATION + "choix: {ligne-702: non-rattache}\n",
    )
    income = made(books, "resultat")
    found = {
        row.cells["number"]: row.cells["amount"] for row in table(income, "unattached").rows if row.cells.get("number")
    }
    assert found == {"702": -30_000, "7054": -7_000}
    assert cells(income, "lines", "amount")["XE"] == 0
    assert gaps(income) == {"Écart résultat net − bilan": 0}, "what is unattached is counted apart, not lost"
    assert income.provisional
    assert "rattachés" in income.provisional_why
    flows = made(books, "flux-tresorerie")
    assert [row.cells.get("number") for row in table(flows, "unattached").rows] == ["4739", None]
    assert gaps(flows) == {"Écart de trésorerie (flux − bilan)": 20_000}, "the 20 000 rendered explain it"


def test_movements_without_cash_are_no_flows(tmp_path: Path) -> None:
    """A car received as a gift (D 2 / C 167), a debtor lost (D 651 / C 411), funds moved inside 16: no receipt, no payment."""
    books = small(
        tmp_path,
        """
2026-01-05 * "Cotisations appelées"
  Actif:FONCT:411-Adherents  50000 XOF
  Produits:FONCT:701-Cotisations
2026-03-01 * "Véhicule reçu en don"
  Actif:FONCT:2451-Vehicule  6000000 XOF
  Capitaux:FONCT:1672-Dons-d-immobilisations
2026-04-01 * "Cotisation perdue"
  Charges:FONCT:651-Pertes-sur-creances  50000 XOF
  Actif:FONCT:411-Adherents
2026-05-01 * "Investissement non dépensé, reporté"
  Capitaux:AAA:162-Fonds-d-investissement  800000 XOF
  Capitaux:AAA:165-Fonds-affectes
""",
    )
    report = made(books, "flux-tresorerie")
    found = cells(report, "lines", "amount")
    assert not any(found.values())
    assert gaps(report) == {"Écart de trésorerie (flux − bilan)": 0}
    assert cells(made(books, "bilan"), "assets", "net")["BZ"] == 6_000_000


def test_a_disposal_is_its_price_among_the_flows(tmp_path: Path) -> None:
    """A motorbike of 1 200 000 depreciated by 900 000, sold 450 000: 812 = 300 000, 822 = 450 000, a gain of 150 000."""
    books = small(
        tmp_path,
        """
2025-01-02 * "Moto"
  Actif:FONCT:2458-Moto  1200000 XOF
  Actif:FONCT:52111-Banque
2025-12-31 * "Amortissement"
  Charges:FONCT:6813-Dotations  900000 XOF
  Actif:FONCT:2845-Amortissements
2026-06-30 * "Sortie de la moto"
  Charges:FONCT:812-Valeur-comptable  300000 XOF
  Actif:FONCT:2845-Amortissements  900000 XOF
  Actif:FONCT:2458-Moto  -1200000 XOF
2026-06-30 * "Prix de la moto"
  Actif:FONCT:52111-Banque  450000 XOF
  Produits:FONCT:822-Produits-des-cessions
""",
        organisation=TWO_YEARS,
    )
    flows = made(books, "flux-tresorerie")
    found, before = cells(flows, "lines", "amount"), cells(flows, "lines", "previous")
    assert (found["ZA"], found["FI"], found["FK"], found["ZC"], found["ZG"]) == (
        -1_200_000,
        0,
        450_000,
        450_000,
        -750_000,
    )
    assert (before["ZA"], before["FI"], before["ZG"]) == (0, -1_200_000, -1_200_000)
    income = cells(made(books, "resultat"), "lines", "amount")
    assert (income["TM"], income["TN"], income["XD"], income["XE"]) == (450_000, 300_000, 150_000, 150_000)
    assert gaps(flows) == {"Écart de trésorerie (flux − bilan)": 0}
    sold, total = table(made(books, "notes"), "note-5c").rows
    assert (sold.cells["label"], sold.cells["price"], sold.cells["value"], sold.cells["gain"]) == (
        "Corporelles",
        450_000,
        300_000,
        150_000,
    )
    assert total.cells["gain"] == 150_000


YEARS = """
2025-03-01 * "Dons de 2025"
  Actif:FONCT:52111-Banque  900000 XOF
  Produits:FONCT:7041-Dons
2025-06-01 * "Loyer de 2025"
  Charges:FONCT:6222-Loyer  250000 XOF
  Actif:FONCT:52111-Banque
2026-03-01 * "Dons de 2026"
  Actif:FONCT:52111-Banque  100000 XOF
  Produits:FONCT:7041-Dons
"""
CLOSED = """
2025-12-31 * "Clôture des comptes"
  {marked}
  Produits:FONCT:7041-Dons  900000 XOF
  Charges:FONCT:6222-Loyer  -250000 XOF
  Capitaux:FONCT:131-Excedent  -650000 XOF
"""
REOPENED = """
2026-01-01 * "Résultat en instance d'affectation"
  Capitaux:FONCT:131-Excedent  650000 XOF
  Capitaux:FONCT:128-Resultat-en-instance
"""


@pytest.mark.parametrize(
    "closing",
    [
        "",
        CLOSED.format(marked='ecriture: "cloture"'),
        CLOSED.format(marked='ecriture: "cloture"') + REOPENED,
        CLOSED.format(marked='motif: "sans marque"'),
    ],
    ids=["open", "closed", "reopened", "closed without its mark"],
)
def test_closing_the_accounts_changes_no_statement(tmp_path: Path, closing: str) -> None:
    """The year's result is its charges and income, before the closing and after; last year's stands in CG, never in CH."""
    books = small(tmp_path, YEARS + closing, organisation=TWO_YEARS)
    balance = made(books, "bilan")
    owed, before = cells(balance, "liabilities", "net"), cells(balance, "liabilities", "previous")
    assert (owed["CG"], owed["CH"], owed["DZ"]) == (650_000, 100_000, 750_000)
    assert (before["CG"], before["CH"], before["DZ"]) == (0, 650_000, 650_000)
    income = made(books, "resultat")
    assert cells(income, "lines", "amount")["XE"] == 100_000
    assert cells(income, "lines", "previous")["XE"] == 650_000
    assert gaps(balance) == {"Écart actif − passif": 0, "Écart ouverture − clôture N-1": 0}
    assert gaps(income) == {"Écart résultat net − bilan": 0}


def test_opening_the_year_twice_is_seen(tmp_path: Path) -> None:
    """Balances brought forward by hand over books that hold the year before: each account counts twice."""
    again = """
2026-01-01 * "À nouveaux, repris à tort"
  ecriture: "a-nouveau"
  Actif:FONCT:52111-Banque  650000 XOF
  Capitaux:FONCT:128-Resultat-en-instance
"""
    books = small(tmp_path, YEARS + again, organisation=TWO_YEARS)
    balance = made(books, "bilan")
    assert gaps(balance)["Écart ouverture − clôture N-1"] == 2 * 650_000
    assert balance.provisional


def test_the_first_year_stands_beside_its_opening(tmp_path: Path) -> None:
    """Books older than the software: N-1 of the balance sheet is the opening entry; there is none for income and flows."""
    books = small(
        tmp_path,
        """
2026-01-01 * "À nouveaux"
  ecriture: "a-nouveau"
  Actif:FONCT:52111-Banque  3000000 XOF
  Actif:FONCT:2441-Mobilier  800000 XOF
  Actif:FONCT:2844-Amortissements  -300000 XOF
  Capitaux:FONCT:1011-Dotation  -2000000 XOF
  Capitaux:FONCT:121-Report  -1500000 XOF
2026-02-01 * "Loyer"
  Charges:FONCT:6222-Loyer  100000 XOF
  Actif:FONCT:52111-Banque
""",
    )
    balance = made(books, "bilan")
    assert cells(balance, "assets", "previous")["AL"] == 500_000
    assert cells(balance, "assets", "previous")["BZ"] == cells(balance, "liabilities", "previous")["DZ"] == 3_500_000
    assert cells(balance, "assets", "net")["BZ"] == 3_400_000
    assert set(cells(made(books, "resultat"), "lines", "previous").values()) == {None}
    assert cells(made(books, "flux-tresorerie"), "lines", "amount")["ZA"] == 3_000_000


def test_a_storno_stands_in_the_column_of_what_it_undoes(tmp_path: Path) -> None:
    """Endowment received by mistake and reversed: FM 0 and FO 0, not 1 000 000 in and 1 000 000 out (art. 20)."""
    books = small(
        tmp_path,
        """
2026-01-05 * "Dotation, par erreur"
  piece: "BQ-FONCT-2026-0001"
  Actif:FONCT:52111-Banque  1000000 XOF
  Capitaux:FONCT:1011-Dotation
2026-01-06 * "Extourne"
  piece: "BQ-FONCT-2026-0002"
  ecriture: "extourne"
  extourne: "BQ-FONCT-2026-0001"
  Actif:FONCT:52111-Banque  -1000000 XOF
  Capitaux:FONCT:1011-Dotation
""",
    )
    found = cells(made(books, "flux-tresorerie"), "lines", "amount")
    assert (found["FM"], found["FO"], found["ZG"]) == (0, 0, 0)


WRONG = """\
etat: resultat
jeu: associations
lecture: exercice
perimetre: ["6", "7", "8"]
lignes:
  - {cle: RA, ref: RA, libelle: Cotisations, comptes: ["701"]}
  - {cle: RB, ref: RB, libelle: Dons, comptes: ["704", "701"]}
  - {cle: XA, ref: XA, libelle: Revenus, somme: [RA, RC]}
  - {cle: RA, libelle: Encore, comptes: ["7 X"]}
"""


def test_a_layout_with_mistakes_says_them_on_their_lines_and_makes_no_statement(tmp_path: Path) -> None:
    books = books_of(tmp_path, "2026-01-01 open Actif:FONCT:5711-Caisse\n", more={"etats/resultat.yaml": WRONG})
    said = [(each.line, each.message) for each in books.policy.problems if each.path.name == "resultat.yaml"]
    assert [line for line, _ in said] == [7, 8, 9, 9]
    assert "« 701 » est déjà lu par la ligne RA" in said[0][1]
    assert "additionne « RC », la clé d'aucune ligne" in said[1][1]
    assert any("« 7 X » n'est pas un début de numéro" in text for _, text in said[2:])
    assert any("« RA » est déjà celle d'une ligne" in text for _, text in said[2:])
    with pytest.raises(RefusedError, match=r"rules/etats/resultat.yaml, ligne 7"):
        made(books, "resultat")


def test_an_organisation_may_lay_out_its_own(tmp_path: Path) -> None:
    own = (
        WRONG.replace(', "701"', "")
        .replace("RC]", "RB]")
        .replace('  - {cle: RA, libelle: Encore, comptes: ["7 X"]}\n', "")
    )
    books = books_of(
        tmp_path,
        "2026-01-01 open Actif:FONCT:5711-Caisse\n2026-01-01 open Produits:FONCT:704-Dons\n"
        '2026-02-01 * "Don"\n  Actif:FONCT:5711-Caisse  5000 XOF\n  Produits:FONCT:704-Dons\n',
        more={"etats/resultat.yaml": own},
    )
    assert not [each for each in books.policy.problems if each.path.name == "resultat.yaml"]
    assert "resultat" in books.policy.layouts


@pytest.mark.parametrize("path", sorted(FOLDER_OF_LAYOUTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_ships_is_coherent(path: Path) -> None:
    layout = shipped(path.stem)
    assert list(layout.mistakes()) == []
    assert layout.statement == path.stem
    refs = [line.ref for line in layout.lines if line.ref]
    assert len(refs) == len(set(refs)) or layout.set_of == "projet"  # TJ and TK are twice in the official project set


def test_the_notes_of_c09_tie_to_its_statements(c09: Books) -> None:
    """Each note details the lines that refer to it; 5A, 5D and 17B move from the opening to the closing."""
    report = made(c09, "notes")
    assert gaps(report) == {"Écart note 5A − bilan": 0, "Écart note 5D − bilan": 0, "Écart note 17B − bilan": 0}

    def rows(key: str) -> list[tuple[object, ...]]:
        columns = [column.key for column in table(report, key).columns]
        return [tuple(row.cells.get(column) for column in columns) for row in table(report, key).rows]

    car, total = rows("note-5a")
    assert car[2:] == (0, 4_000_000, 0, 4_000_000)  # opening, acquisitions, disposals, closing
    assert total[2:] == car[2:]
    assert rows("note-5d")[0][2:] == (0, 1_000_000, 0, 1_000_000)
    # 165: 2 000 000 received, 1 200 000 used (7925), 800 000 left = CW
    assert rows("note-17b")[0] == ("FONCT", "165", "Fonds affectes", 0, 2_000_000, 1_200_000, 800_000)
    assert [row[1:4] for row in rows("note-23")] == [
        ("701", "Cotisations", 3_000_000),
        (None, "Cotisations", 3_000_000),
        ("7041", "Dons", 1_000_000),
        (None, "Revenus liés à la générosité", 1_000_000),
    ]
    assert {row[5] for row in rows("note-23")} == {None}, "no change is said where nothing stands beside"
    assert rows("note-9")[0][1:4] == ("411", "Adherents", 500_000)
    assert [row[2] for row in rows("note-1")] == [1_400_000, 1_400_000]  # voluntary work, both sides, in no total
    assert rows("note-30")[-1][1:4] == (
        None,
        "Dotations aux amortissements, aux provisions, aux dépréciations et autres",
        1_000_000,
    )
    assert table(report, "note-28").note == "Néant."


def test_a_statement_that_stops_before_the_year_ends_says_its_day(c09: Books) -> None:
    """At 30/09/2026, and not « exercice clos le 31/12/2026 » alone: the figures are nine months', N-1 a whole year's."""
    quarter, whole = made(c09, "bilan", "2026-T3"), made(c09, "bilan")
    assert {fact.label: fact.value for fact in quarter.facts}["Situation au"] == date(2026, 9, 30)
    assert "Situation au : 30/09/2026" in quarter.heading
    assert "Situation au" not in {fact.label for fact in whole.facts}
    assert cells(quarter, "assets", "net")["AM"] == 4_000_000  # nothing is depreciated yet
