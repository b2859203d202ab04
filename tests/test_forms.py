"""Donors' forms: each figure recomputed by hand from a small ledger, in both languages; forms added without Python."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from form_books import FACE, write
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.donors import DONOR_REPORTS, HOUSE_REPORTS
from grandlivre.policy.figures import FIGURES, WHOLE_KINDS
from grandlivre.policy.form_files import shipped_folder
from grandlivre.policy.forms import editions, named_forms, read_form, shipped_forms
from grandlivre.policy.periods import Period
from grandlivre.reports.catalogue import models
from grandlivre.reports.exchange import MissingRateError
from grandlivre.reports.forms import figures
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Report, Table, Text
from grandlivre.sources.problem import Problem, RefusedError

TODAY = date(2026, 11, 29)


def books(root: Path, **said: Any) -> Inspection:
    return inspect(write(root, **said), TODAY)


def form(found: Inspection, model: str, tree: str, code: str) -> Report:
    period = Period.parse(code)
    assert period is not None
    context = Context(found.books, Scope(tree), period, found.findings, found.waived, "0" * 12)
    (report,) = models(found.books.policy)[model].reports(context)
    return report


def table(report: Report, key: str) -> Table:
    return next(each for each in report.tables if each.key == key)


def cells(report: Report, key: str, **named: str) -> dict[str, Any]:
    """The first row of a table that says what is named."""
    row = next(row for row in table(report, key).rows if all(row.cells.get(k) == v for k, v in named.items()))
    return dict(row.cells)


@pytest.fixture(scope="module")
def french(tmp_path_factory: pytest.TempPathFactory) -> Inspection:
    return books(tmp_path_factory.mktemp("fr"))


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Inspection:
    return books(tmp_path_factory.mktemp("en"), language="en", edition="2012")


# --- what ships -------------------------------------------------------------------------------------------------------


def test_the_forms_that_ship_are_well_written() -> None:
    problems: list[Problem] = []
    for path in sorted(shipped_folder().glob("*.yaml")):
        assert read_form(path, problems) is not None
    assert problems == []
    assert set(named_forms(())) == {"face", "ue-annexe-6", "etat-giz", "sf-425", "inpas-pg1", "liste-depenses"}
    assert editions(named_forms(())["ue-annexe-6"]) == ("2012", "2018", "2021")
    for each in shipped_forms():  # both languages say each of its words
        words = [each.title, *(table.title for table in each.tables), *each.certification]
        words += [column.title for table in each.tables for column in table.columns]
        assert all(said.french and said.english for said in words), each.model


def test_each_figure_of_the_vocabulary_is_computed() -> None:
    assert {source: set(known) for source, known in FIGURES.items()} == {
        source: set(known) for source, known in figures.BY_SOURCE.items()
    }
    assert set(WHOLE_KINDS) == set(figures.WHOLE)


def test_each_figure_is_in_the_readme() -> None:
    said = set(re.findall(r"[`\s]([a-z]+(?:-[a-z]+)*)`", (shipped_folder() / "README.md").read_text("utf-8")))
    assert {name for known in (*FIGURES.values(), WHOLE_KINDS) for name in known} - said == set()
    assert set(FIGURES) - said == set()


def test_what_may_be_promised_is_what_exists() -> None:
    """`rapports:` of an agreement may name any report that can be made, and no other."""
    assert {*DONOR_REPORTS, *HOUSE_REPORTS} == set(models())


# --- face -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "total"), [("french", "Total"), ("english", "Total")])
def test_the_face_of_the_united_nations(request: pytest.FixtureRequest, language: str, total: str) -> None:
    """A 5 000 000, B 4 200 000, C 4 100 000 → D = A − C = 900 000; F 3 000 000 → G = D + F = 3 900 000.

    The 150 000 of the follow-up mission name no activity: they are B on a row of their own, so that B is what was spent.
    """
    report = form(request.getfixturevalue(language), "face", "EDU", "2026-T1")
    row = cells(report, "lines", code="A1.2")
    assert row == {
        "activity": "Formation des maîtres", "code": "A1.2", "a": 5_000_000, "b": 4_200_000, "c": 4_100_000,
        "d": 900_000, "e": 3_200_000, "f": 3_000_000, "g": 3_900_000,
    }  # fmt: skip
    assert cells(report, "lines", code="1.2")["b"] == 150_000
    last = cells(report, "lines", activity=total)
    assert (last["b"], last["d"], last["g"]) == (4_350_000, 900_000, 3_900_000)
    assert cells(report, "refused", code="A1.2")["refused"] == 100_000
    assert [column.formula.text for column in table(report, "lines").columns if column.formula] == ["a - c", "d + f"]


def test_what_the_agency_has_not_said_is_printed_empty(tmp_path: Path) -> None:
    report = form(books(tmp_path, ledger=""), "face", "EDU", "2026-T1")
    row = cells(report, "lines", code="A1.2")
    assert [row.get(letter) for letter in "acdefg"] == [None] * 6
    assert row["b"] == 4_200_000


def test_a_face_that_asks_for_nothing_says_how_a_request_is_written(tmp_path: Path, french: Inspection) -> None:
    """What it says can be copied: of an NGO's whole need of the next quarter, 91/365 of 20 000 000."""
    report = form(books(tmp_path, ledger=""), "face", "EDU", "2026-T1")
    said = table(report, "lines").note
    assert '2026-04-01 custom "face" "UNICEF-2025-07" "2026-T1" "A1.2" puis' in said
    assert "demande: 4986301 XOF (0 XOF si rien n'est demandé)" in said
    written = '2026-04-01 custom "face" "UNICEF-2025-07" "2026-T1" "A1.2"\n  demande: 4986301 XOF\n'
    done = books(tmp_path / "written", ledger=written)
    assert [each for each in done.findings if each.rule == "reglement"] == []
    answered = form(done, "face", "EDU", "2026-T1")
    assert cells(answered, "lines", code="A1.2")["e"] == 4_986_301
    for each in (answered, form(french, "face", "EDU", "2026-T1")):
        assert table(each, "lines").note.endswith("A est le dernier G du formulaire que l'agence a renvoyé.")


def test_a_box_that_nothing_fills_is_left_for_the_hand(french: Inspection) -> None:
    """A rate alone has no box where books and agreement are in one currency."""
    told = {fact.label: fact.value for fact in form(french, "sf-425", "EAU", "2026-T1").facts}
    assert told["5. Compte ou numéro du bénéficiaire"] == "…………"
    assert "Taux de change" in told
    told = {fact.label: fact.value for fact in form(french, "sf-425", "EDU", "2026-T1").facts}
    assert told["5. Compte ou numéro du bénéficiaire"] == "BNDA · ML043 02110"
    assert "Taux de change" not in told


def test_the_face_speaks_the_donor_s_language(french: Inspection, english: Inspection) -> None:
    said = [form(found, "face", "EDU", "2026-T1") for found in (french, english)]
    assert [table(each, "lines").column("b").title for each in said] == [
        "B – Dépenses effectives",
        "B – Actual project expenditure",
    ]
    assert [each.tables[-1].sheet for each in said] == ["Dépenses", "Expenditures"]
    assert [cells(each, "ice", code="1.2")["label"] for each in said] == ["Suivi", "Monitoring"]


def test_activities_that_no_programme_describes_have_their_row(tmp_path: Path) -> None:
    report = form(
        books(tmp_path, rules={"programmes/edu.yaml": "bailleur: EDU\nnom: Éducation\n"}), "face", "EDU", "2026-T1"
    )
    row = cells(report, "lines", code="A1.2")
    assert (row["activity"], row["d"], row["g"]) == ("A1.2", 900_000, 3_900_000)


def test_programme_support_costs_stand_on_a_row_of_their_own(tmp_path: Path) -> None:
    """What no activity is named for, line by line; the support that a NGO may charge is parted from it. In euros, as agreed."""
    paid = """
2026-03-28 * "Siège" "Frais d'appui du trimestre"
  piece: "BQ-EAU-2026-0005"
  ligne: "10.1"
  Charges:EAU:6318-Frais-bancaires  655957 XOF
  Actif:EAU:52111-Banque
"""
    report = form(books(tmp_path, ledger=paid), "face", "EAU", "2026-T1")
    rows = [(row.role, row.cells["activity"], row.cells["b"]) for row in table(report, "lines").rows]
    assert rows == [
        ("subtotal", "Dépenses sans activité", 801_524 + 410_000),
        ("normal", "Animateurs", 801_524),
        ("normal", "Kits", 410_000),
        ("subtotal", "Frais d'appui", 100_000),
        ("normal", "Coûts indirects", 100_000),
        ("total", "Total", 1_311_524),
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            FACE.replace("UNICEF-2025-07", "UNICEF-2025-08"),
            "« face » cite « UNICEF-2025-08 », qui n'est pas une convention",
        ),
        (FACE.replace('"A1.2"', '"A1.3"'), "« face » cite « A1.3 », qui n'est pas une activité du programme EDU"),
        (FACE.replace("2026-T1", "2026-T9"), "La période « 2026-T9 » ne se lit pas"),
        (FACE.replace("4100000 XOF", '"4100000"'), "« accepte » doit être un montant sans guillemets"),
        (FACE + FACE, "L'activité A1.2 a déjà sa directive face pour 2026-T1"),
        ('2026-05-10 custom "face" "UNICEF-2025-07" "2026-T1" "A1.2"\n', "ne dit aucun montant"),
    ],
)
def test_a_mistaken_face_is_said_on_its_line(tmp_path: Path, written: str, said: str) -> None:
    found = [each for each in books(tmp_path, ledger=written).findings if each.rule == "reglement"]
    assert len(found) == 1
    assert said in found[0].message
    text = (tmp_path / "ledger" / "main.beancount").read_text("utf-8").splitlines()
    assert 'custom "face"' in text[found[0].line - 1]


# --- Annex VI ---------------------------------------------------------------------------------------------------------

# One euro is 655.957 francs. Of the first half-year: the bank's fee, 10 000 F = 15.24 EUR; salaries, 5 247 656 F = 8 000.00;
# kits paid in euros, 4 100.00; kits paid in francs, 1 000 000 F = 1 524.49. In all 13 639.73.
CENTS = {"1.1": 1_524 + 800_000, "3.1": 410_000 + 152_449}


@pytest.mark.parametrize("edition", ["2012", "2018", "2021"])
def test_every_edition_of_annex_six_tells_the_same_total(tmp_path: Path, edition: str) -> None:
    report = form(books(tmp_path, edition=edition), "ue-annexe-6", "EAU", "2026-S1")
    assert report.currency_label == "EUR"
    for code, cents in CENTS.items():
        row = cells(report, "budget", code=code)
        assert (row["period"], row["before"], row["cumulative"]) == (cents, 0, cents)
        assert row["variance"] == row["budget"] - cents
    total = cells(report, "budget", label="13. Total de l'action")
    assert total["cumulative"] == sum(CENTS.values()) == 1_363_973
    assert cells(report, "expenses", label="Total")["value"] == 1_363_973
    assert {each.column("period").exponent for each in report.tables if each.key == "budget"} == {2}
    by_currency = [each.key for each in report.tables if each.key.startswith("budget-")]
    assert by_currency == (["budget-XOF", "budget-EUR"] if edition == "2012" else [])


def test_the_blocks_by_currency_of_2012(english: Inspection) -> None:
    """Spent in francs: 10 000 + 5 247 656 + 1 000 000; in euros: 4 100.00. Both blocks make the total of the report."""
    report = form(english, "ue-annexe-6", "EAU", "2026-S1")
    francs, euros = (cells(report, f"budget-{currency}", label="Total") for currency in ("XOF", "EUR"))
    assert (francs["amount"], euros["amount"]) == (6_257_656, 410_000)
    assert francs["value"] + euros["value"] == 1_363_973
    assert [table(report, f"budget-{code}").column("amount").exponent for code in ("XOF", "EUR")] == [0, 2]
    assert table(report, "budget").column("before").title == "Total before"
    # its forecast runs over the next twelve months, of which the agreement lives six: half of the 50 000 EUR of salaries
    assert cells(report, "forecast", code="1.1")["amount"] == 2_520_548  # 5 000 000 c × 184 days / 365


BOUGHT = """
2026-04-02 * "Siège" "Appui, payé en euros"
  piece: "BQ-EAU-2026-0005"
  ligne: "10.1"
  quantite: 2
  Charges:EAU:6318-Frais-bancaires  101.01 EUR @@ 66258 XOF
  Actif:EAU:52111-Banque

2026-04-03 * "Siège" "Appui"
  piece: "BQ-EAU-2026-0006"
  ligne: "10.1"
  quantite: 3
  Charges:EAU:6318-Frais-bancaires  50000 XOF
  Actif:EAU:52111-Banque
"""


def test_each_currency_of_2012_has_its_own_units_and_unit_cost(tmp_path: Path) -> None:
    """Two units for 101.01 EUR are 50.51 each, half up; three for 50 000 F are 16 667 each. A line with a silent expense says none."""
    report = form(books(tmp_path, edition="2012", ledger=BOUGHT), "ue-annexe-6", "EAU", "2026-S1")
    francs, euros = (cells(report, f"budget-{currency}", code="10.1") for currency in ("XOF", "EUR"))
    assert (str(francs["units"]), francs["unit_value"], francs["amount"]) == ("3", 16_667, 50_000)
    assert (str(euros["units"]), euros["unit_value"], euros["amount"]) == ("2", 5_051, 10_101)
    assert [table(report, f"budget-{code}").column("unit_value").exponent for code in ("XOF", "EUR")] == [0, 2]
    silent = cells(report, "budget-XOF", code="1.1")
    assert (silent["units"], silent["unit_value"], silent["amount"]) == (None, None, 5_257_656)


def test_the_addendum_moves_the_budget_and_not_the_initial_one(french: Inspection) -> None:
    """1.1 goes from 24 to 25 months of 2 000 EUR, 3.1 from 100 to 95 kits of 410 EUR: + 2 000 − 2 050."""
    report = form(french, "ue-annexe-6", "EAU", "2026-S1")
    row = cells(report, "addenda", code="3.1")
    assert (row["initial"], row["addendum"], row["budget"]) == (4_100_000, -205_000, 3_895_000)
    assert cells(report, "addenda", label="Total")["addendum"] == -5_000
    assert cells(report, "budget", code="1.1")["budget"] == 5_000_000
    before = form(french, "ue-annexe-6", "EAU", "2026-T1")
    assert cells(before, "budget", code="1.1")["budget"] == 4_800_000


MOVES = (
    'date: 2026-05-04, de: "3.1", vers: "1.1", montant: 7 790 EUR',  # 20 % of the 38 950 of heading 3
    'date: 2026-05-20, de: "3.1", vers: "1.1", montant: 1 947.50 EUR',  # 5 % more
    'date: 2026-05-21, de: "8.1", vers: "1.1", montant: 1 000 EUR',  # of the contingencies
)


def test_moves_between_lines_and_out_of_contingencies_come_out_to_the_cent(tmp_path: Path) -> None:
    """1.1: 50 000 + 9 737.50 + 1 000 − 8 015.24 = 52 722.26. 3.1: 38 950 − 9 737.50 − 5 624.49 = 23 588.01."""
    found = books(tmp_path, moves=MOVES)
    assert [each for each in found.findings if each.rule == "depassement-budgetaire"] == []
    report = form(found, "ue-annexe-6", "EAU", "2026-S1")
    told = [cells(report, "budget", code=code) for code in ("1.1", "3.1", "8.1")]
    assert [(row["reallocation"], row["contingency"], row["variance"]) for row in told] == [
        (973_750, 100_000, 5_272_226),
        (-973_750, 0, 2_358_801),
        (0, -100_000, 345_000),
    ]
    total = cells(report, "budget", label="13. Total de l'action")
    assert (total["reallocation"], total["contingency"], total["variance"]) == (0, 0, 9_994_150 - 1_363_973)
    assert str(told[0]["variance_rate"]) == "0.8680"  # 52 722.26 / 60 737.50


def test_a_move_of_twenty_then_six_per_cent_is_refused(tmp_path: Path) -> None:
    """2 337.00 is 6 % of the 38 950 of heading 3: 26 % in all, where the agreement lets 25 % move without an addendum."""
    found = books(tmp_path, moves=(MOVES[0], MOVES[1].replace("1 947.50", "2 337")))
    faults = [each for each in found.findings if each.rule == "depassement-budgetaire"]
    assert [(each.level.value, Path(each.file).name) for each in faults] == [("erreur", "eau.yaml")]
    text = (tmp_path / "rules/bailleurs/eau.yaml").read_text("utf-8").split("\n")
    assert "2 337 EUR" in text[faults[0].line - 1]


def test_contingency_and_indirect_costs_have_a_ceiling(french: Inspection) -> None:
    """Signed: 4 450 of 89 000 is 5 %, 6 541.50 of 93 450 is 7 %: allowed. With the addendum, 4 450 of 88 950 is 5.003 %."""
    before = form(french, "ue-annexe-6", "EAU", "2026-T1")
    told = {fact.label: fact.value for fact in before.facts}
    assert told["Réserve pour imprévus"] == "5 %, au plus 5 %"
    assert told["Coûts indirects"] == "7 %, au plus 7 %"
    assert [each.role for each in before.body if isinstance(each, Text)] == ["sentence"]
    warned = form(french, "ue-annexe-6", "EAU", "2026-S1").body[0]
    assert isinstance(warned, Text)
    assert warned.paragraphs[0] == (
        "Réserve pour imprévus : 5,003 %, au-dessus du plafond de 5 % : à ramener au plafond."
    )


def test_the_sources_of_funding_and_how_an_invoice_was_paid(french: Inspection) -> None:
    report = form(french, "ue-annexe-6", "EAU", "2026-S1")
    row = cells(report, "funding", source="Union européenne")
    assert (row["budget"], row["received"]) == (9_999_150, 6_000_000)
    invoice = cells(report, "expenses", voucher="OD-EAU-2026-0001")
    assert invoice["paid"] == "virement OV-9, 20/03/2026"
    assert (invoice["invoice"], invoice["currency"], str(invoice["amount"])) == ("F-17", "EUR", "4100.00")


TWIN = """
2026-01-05 * "Union européenne" "Tranche 1 : virement reçu"
  piece: "BQ-EAU-2026-0005"
  Actif:EAU:52111-Banque       39347420 XOF
  Charges:EAU:6318-Frais-bancaires  10000 XOF
    ligne: "1.1"
  Passif:EAU:462-Fonds           -60000 EUR @@ 39357420 XOF
"""
TWIN_REVERSED = """
2026-01-20 * "Union européenne" "Extourne de BQ-EAU-2026-0005"
  piece: "BQ-EAU-2026-0006"
  ecriture: "extourne"
  annule: "BQ-EAU-2026-0005"
  Actif:EAU:52111-Banque      -39347420 XOF
  Charges:EAU:6318-Frais-bancaires -10000 XOF
    ligne: "1.1"
  Passif:EAU:462-Fonds            60000 EUR @@ 39357420 XOF
"""


@pytest.mark.parametrize(("written", "count"), [(TWIN, 2), (TWIN + TWIN_REVERSED, 1)])
def test_two_receipts_of_one_day_and_amount_are_told_apart(tmp_path: Path, written: str, count: int) -> None:
    """Two vouchers alike are two instalments; when one is reversed the other stays. What the bank kept is told in both currencies."""
    found = books(tmp_path, ledger=written)
    report = form(found, "rapport-financier", "EAU", "2026-S1")
    rows = [row.cells for row in table(report, "receipts-UE-1").rows]
    assert [row["label"] for row in rows] == [*["BQ-EAU-2026-0001", "BQ-EAU-2026-0005"][:count], "Total"]
    assert [rows[0][f"{key}_currency"] for key in ("converted", "credited", "gap", "fees", "exchange")] == [
        6_000_000, 5_998_476, 1_524, 1_524, 0,
    ]  # fmt: skip
    assert (rows[-1]["amount"], rows[-1]["fees"]) == (count * 6_000_000, count * 10_000)
    assert cells(form(found, "etat-giz", "EAU", "2026-S1"), "income", source="Union européenne")["period"] == (
        count * 6_000_000
    )


def test_a_month_without_a_rate_is_refused_by_its_name(tmp_path: Path) -> None:
    """In dollars, at the rate of each expense's month: January to March are known, May is not."""
    rates = "taux:\n" + "".join(f"  - {{devise: USD, mois: 2026-0{n}, valeur: 600}}\n" for n in (1, 2, 3))
    main = write(tmp_path, rules={"taux.yaml": rates})
    path = tmp_path / "rules" / "bailleurs" / "eau.yaml"
    text = path.read_text("utf-8").replace(" EUR", " USD")
    path.write_text(re.sub(r"taux: \[.*\]", "taux-politique: mois", text), "utf-8")
    found = inspect(main, TODAY)
    report = form(found, "ue-annexe-6", "EAU", "2026-T1")
    # 5 247 656 / 600 = 8 746.09 and 10 000 / 600 = 16.67
    assert cells(report, "budget", code="1.1")["period"] == 874_609 + 1_667
    assert {fact.label: fact.value for fact in report.facts}["Taux de change"] == "1 USD = 600 XOF"
    with pytest.raises(MissingRateError, match="mai 2026"):
        form(found, "ue-annexe-6", "EAU", "2026-S1")


def test_units_are_those_that_the_expenses_say(french: Inspection) -> None:
    """Three workshops for 4 200 000: 1 400 000 each. One expense of a line that does not say its units leaves them blank."""
    report = form(french, "liste-depenses", "EDU", "2026-T1")
    assert cells(report, "lines", label="Total de la période")["value"] == 4_350_000
    annex = form(french, "ue-annexe-6", "EAU", "2026-T1")
    assert cells(annex, "budget", code="1.1")["units"] is None


# --- the others -------------------------------------------------------------------------------------------------------


def test_the_statement_of_giz_calls_for_what_is_missing(french: Inspection) -> None:
    """Received 8 000 000, spent 4 350 000: 3 650 000 left; the second quarter needs 91/365 of 20 000 000 = 4 986 301."""
    report = form(french, "etat-giz", "EDU", "2026-T1")
    call = {row.key: row.cells["amount"] for row in table(report, "call").rows}
    assert call["left"] == 8_000_000 - 4_350_000 == 3_650_000
    assert call["needs"] == 3_739_726 + 1_246_575
    assert call["call"] == call["needs"] - 3_650_000
    assert cells(report, "income", source="UNICEF")["balance"] == 12_000_000


def test_the_federal_financial_report(english: Inspection) -> None:
    """Cumulative, in euros: received 60 000.00; spent 13 639.73, all of it paid by June (the invoice in euros by OV-9)."""
    report = form(english, "sf-425", "EAU", "2026-S1")
    told = {fact.label: fact.value for fact in report.facts}
    assert [told[f"10{letter}"] for letter in "abc"] == [6_000_000, 1_363_973, 4_636_027]
    assert [told[f"10{letter}"] for letter in "defgh"] == [9_999_150, 1_363_973, 0, 1_363_973, 8_635_177]
    assert [told[f"10{letter}"] for letter in "ijklmno"] == [0] * 7
    assert table(report, "lines").column("label").title == "Item"
    formulas = {row.key: row.formula.text for row in table(report, "lines").rows if row.formula}
    assert formulas == {"c": "a - b", "g": "e + f", "h": "d - g", "k": "i - j", "o": "l - m - n"}


def test_indirect_costs_have_their_rate_and_their_base(english: Inspection) -> None:
    """11: the base is the direct costs of 13 639.73; nothing was charged on it yet."""
    last = table(form(english, "sf-425", "EAU", "2026-S1"), "indirect").rows[-1].cells
    assert (last["since"], last["until"]) == (date(2026, 1, 1), date(2026, 6, 30))
    assert (last["base"], last["charged"], str(last["rate"])) == (1_363_973, 0, "0.0000")


def test_the_grant_statement_agrees_with_the_accounts(french: Inspection) -> None:
    report = form(french, "inpas-pg1", "EDU", "2026-T1")
    moved = {row.key: row.cells["period"] for row in table(report, "lines").rows}
    assert [moved[key] for key in ("opening", "received", "spent", "closing")] == [0, 8_000_000, 4_350_000, 3_650_000]
    grant = {row.key: row.cells["amount"] for row in table(report, "grant").rows}
    assert list(grant.values()) == [20_000_000, 8_000_000, 12_000_000]
    accounts = {row.key: row.cells["amount"] for row in table(report, "reconciliation").rows}
    assert (accounts["treasury"], accounts["position"], accounts["gap"]) == (3_650_000, 3_650_000, 0)


# --- without a line of Python -----------------------------------------------------------------------------------------

FIFTH = """\
modele: fondation-sahel
titre: {fr: "Rapport à la Fondation Sahel", en: "Report to the Sahel Foundation"}
paysage: non
entete: [{libelle: {fr: "Projet", en: "Project"}, donnee: intitule}]
tableaux:
  - cle: lines
    titre: {fr: "Budget", en: "Budget"}
    colonnes:
      - {cle: code, titre: Code, donnee: code}
      - {cle: label, titre: {fr: "Ligne", en: "Line"}, donnee: libelle}
      - {cle: budget, titre: Budget, donnee: budget}
      - {cle: spent, titre: {fr: "Dépensé", en: "Spent"}, donnee: periode}
      - {cle: left, titre: {fr: "Reste", en: "Left"}, formule: budget - spent}
      - {cle: rate, titre: "%", formule: spent / budget, genre: pourcentage}
    lignes:
      - {source: budget}
      - {cle: total, libelle: Total, somme: [budget], role: total}
"""


def test_a_fifth_donor_s_form_is_a_file(tmp_path: Path) -> None:
    found = books(tmp_path, rules={"formulaires/fondation-sahel.yaml": FIFTH})
    assert [each for each in found.findings if each.rule == "reglement"] == []
    report = form(found, "fondation-sahel", "EDU", "2026-T1")
    assert report.title == "Rapport à la Fondation Sahel"
    total = cells(report, "lines", label="Total")
    assert (total["budget"], total["spent"], total["left"]) == (20_000_000, 4_350_000, 15_650_000)
    assert "fondation-sahel" not in models()


def test_the_french_form_of_an_edition_is_a_file(tmp_path: Path) -> None:
    """An organisation's own words for an edition that ships come first, in the language that they are written in."""
    own = FIFTH.replace("modele: fondation-sahel", 'modele: ue-annexe-6\nedition: "2012"\nlangues: [fr]')
    found = books(tmp_path, edition="2012", rules={"formulaires/annexe-6-fr.yaml": own})
    assert form(found, "ue-annexe-6", "EAU", "2026-S1").title == "Rapport à la Fondation Sahel"
    english = books(tmp_path / "en", language="en", edition="2012", rules={"formulaires/annexe-6-fr.yaml": own})
    assert form(english, "ue-annexe-6", "EAU", "2026-S1").title == "Annex VI – Financial report"


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("donnee: periode}", "donnee: period}", "La donnée « period » n'existe pas pour les lignes de ce tableau (budget). Vouliez-vous écrire « periode » ?"),
        ("donnee: intitule", "donnee: intitulé", "la donnée « intitulé » n'existe pas dans l'en-tête. Vouliez-vous écrire « intitule » ?"),
        ("formule: budget - spent", "formule: budget - spend", "La formule nomme une colonne qui manque : « spend » n'existe pas. Vouliez-vous écrire « spent » ?"),
        ("formule: budget - spent", "formule: budget ** 2", "une formule n'a que des clés, des nombres, + - * / et des parenthèses"),
        ("somme: [budget]", "somme: [bugdet]", "La ligne « bugdet » n'existe pas. Vouliez-vous écrire « budget » ?"),
        ("cle: left", "cle: spent", "La colonne « spent » est décrite deux fois"),
        ("formule: budget - spent", "formule: budget - rate", "La formule de « left » revient à elle-même"),
        ("formule: budget - spent", "formule: label - spent", "La colonne « label » n'est pas un nombre"),
        ("formule: budget - spent", "formule: 1e400 - spent", "une formule n'a que des clés, des nombres"),
        ("donnee: code", "donnee: code, genre: montant", "La donnée « code » est de genre texte, pas montant"),
        ("libelle: Total", "libelle: Total, valeurs: {code: depenses}", "La colonne « code » est de genre texte : elle ne prend pas de montant"),
        ("somme: [budget]", "somme: [total]", "La ligne « total » revient à elle-même"),
        ("paysage: non", "paysage: non\nfaits: autre", "Le tableau « autre » n'existe pas"),
        ("donnee: periode}", "donnee: periode, tiree-de: {tableau: liste, colonne: x, lignes: {code: line}}}", "Le tableau « liste » n'existe pas"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_form_is_said_on_its_line(tmp_path: Path, wrong: str, right: str, said: str) -> None:
    text = FIFTH.replace(wrong, right, 1)
    if "rate" in right:  # rate is left / budget: each is computed from the other
        text = text.replace("formule: spent / budget", "formule: left / budget")
    found = books(tmp_path, rules={"formulaires/fondation-sahel.yaml": text})
    faults = [each for each in found.findings if each.rule == "reglement"]
    assert len(faults) == (2 if "rate" in right else 1)
    assert said.lower() in faults[0].message.lower()
    assert Path(faults[0].file).name == "fondation-sahel.yaml"
    assert faults[0].line == max(n for n, line in enumerate(text.split("\n"), 1) if right.split("\n")[-1] in line)
    if said.startswith("La"):  # what the parts of a form say against each other: it is read, and not made
        with pytest.raises(RefusedError, match="rules/formulaires"):
            form(found, "fondation-sahel", "EDU", "2026-T1")


# --- what is promised -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("promised", "said"),
    [
        ("modele: facce", "Le rapport « facce », promis par la convention UNICEF-2025-07, n'existe pas : .* « face » ?"),
        ('modele: face, edition: "2018"', "face n'a pas d'éditions : retirez edition: « 2018 »"),
        ('modele: ue-annexe-6, edition: "2015"', "demande l'édition « 2015 » de ue-annexe-6, qui n'existe pas ; éditions : 2012, 2018 et 2021"),
    ],
)  # fmt: skip
def test_an_unknown_model_or_edition_is_said_on_its_line(tmp_path: Path, promised: str, said: str) -> None:
    main = write(tmp_path)
    path = tmp_path / "rules" / "bailleurs" / "edu.yaml"
    text = path.read_text("utf-8").replace("modele: face", promised)
    path.write_text(text, "utf-8")
    (fault,) = [each for each in inspect(main, TODAY).findings if each.rule == "reglement"]
    assert re.search(said, fault.message)
    assert fault.line == next(n for n, line in enumerate(text.split("\n"), 1) if promised in line)


def test_a_form_needs_a_donor_and_an_agreement(french: Inspection) -> None:
    with pytest.raises(RefusedError, match="se fait pour un bailleur et ses conventions"):
        form(french, "face", "", "2026-T1")
    with pytest.raises(RefusedError, match="Aucune convention de EDU n'est en vigueur"):
        form(french, "face", "EDU", "2025-T1")
