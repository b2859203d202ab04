"""A year of expenses in francs for an agreement in dollars: what each policy makes of it, by hand, and what is refused."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from grandlivre.cli import cli
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.periods import Period
from grandlivre.render import html, workbook
from grandlivre.render.grids import summed
from grandlivre.reports import budget_followup, dashboard, financial_report, funds_request, management_report
from grandlivre.reports.asked import ask
from grandlivre.reports.exchange import MissingRateError
from grandlivre.reports.forms.making import form_reports
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Report, Table, Text
from xlsx_eval import sheets

BOOKS = Path(__file__).parent / "data" / "dollars"
YEAR_END = date(2026, 12, 31)


def copy(folder: Path, **changed: tuple[str, str]) -> Path:
    """The small organisation, with words of some of its rules replaced."""
    root = Path(shutil.copytree(BOOKS, folder / "ong"))
    for name, (old, new) in changed.items():
        path = root / "rules" / f"{name.replace('__', '/')}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    return root


def made(inspection: Inspection, period: str = "2026") -> Report:
    span = Period.parse(period)
    assert span is not None
    return financial_report.report(Context(inspection.books, Scope("DON"), span, inspection.findings))


def table(report: Report, key: str) -> Table:
    return next(each for each in report.tables if each.key == key)


def last(report: Report, key: str) -> dict[str, Any]:
    return dict(table(report, key).rows[-1].cells)


@pytest.fixture(scope="module")
def year() -> Inspection:
    return inspect(BOOKS / "ledger" / "main.beancount", YEAR_END)


# What was paid, in the order of the books: 50 000 (the bank's commission, 10 January), 3 000 000 (20 January), 5 000 001
# (10 March), 5 000 000 (20 July), 2 000 000 (5 October): 15 050 001 francs. Instalments: 20 000 USD @@ 12 000 000 on 10
# January (600), 20 000 USD @@ 12 400 000 on 6 July (620).
TOTALS = {
    # / 600: 83.33 + 5 000.00 + 8 333.34 (8 333.335, half up) + 8 333.33 + 3 333.33; at once: 25 083.335, so 25 083.34
    "fixe": (2_508_333, -1),
    # 8 050 001 were spent by March: of July's 5 000 000, 3 949 999 still come from the first instalment and 1 050 001 from the
    # second: 6 583.3316… + 1 693.5500 = 8 276.88. 83.33 + 5 000.00 + 8 333.34 + 8 276.88 + 2 000 000 / 620 = 3 225.81.
    # By rate, at once: 12 000 000 / 600 = 20 000.00 and 3 050 001 / 620 = 4 919.36: the sum, without remainder
    "encaissement": (2_491_936, 0),
    # 24 400 000 / 40 000 = 610: 81.97 + 4 918.03 + 8 196.72 + 8 196.72 + 3 278.69; at once: 24 672.1328
    "encaissement-pondere": (2_467_213, 0),
    # (601.25 + 603 + 605 + 607.5 + 610 + 612 + 618.5 + 620 + 621 + 622 + 623 + 624) / 12 = 613.9375:
    # 81.44 + 4 886.49 + 8 144.15 + 8 144.15 + 3 257.66; at once: 24 513.8976
    "moyenne-mensuelle": (2_451_389, -1),
    # 50 000 / 601.25 = 83.16 · 3 000 000 / 601.25 = 4 989.60 · 5 000 001 / 605 = 8 264.46 · 5 000 000 / 618.5 = 8 084.07 ·
    # 2 000 000 / 622 = 3 215.43. By month: 3 050 000 / 601.25 = 5 072.77 (83.16 + 4 989.60 is a cent less), the others the same
    "mois": (2_463_672, -1),
}


@pytest.mark.parametrize("policy", TOTALS)
def test_the_same_year_under_the_five_policies(tmp_path: Path, policy: str) -> None:
    root = copy(tmp_path, bailleurs__don=("taux-politique: fixe", f"taux-politique: {policy}"))
    report = made(inspect(root / "ledger" / "main.beancount", YEAR_END))
    total, rounding = TOTALS[policy]
    shown = table(report, "conversion-DON-2026")
    assert next(row.cells["amount_currency"] for row in shown.rows if row.key == "rounding") == rounding
    for key, column in (("budget-DON-2026", "period"), ("conversion-DON-2026", "amount"), ("expenses", "amount")):
        cells = last(report, key)
        assert (cells[column], cells[f"{column}_currency"]) == (15_050_001, total), key
    flow = {row.key: row.cells for row in table(report, "flow").rows}
    assert (flow["expenses"]["amount"], flow["expenses"]["amount_currency"]) == (15_050_001, total)
    # what was received is what the donor sent, to the cent, whatever the policy
    assert flow["received"]["amount_currency"] == 4_000_000
    assert flow["closing"]["amount_currency"] == 4_000_000 - total


def test_five_policies_five_totals() -> None:
    assert len({total for total, _ in TOTALS.values()}) == 5


def test_every_column_of_money_has_its_twin_and_the_policy_is_said(year: Inspection) -> None:
    report = made(year)
    twinned = ("budget-DON-2026", "conversion-DON-2026", "flow", "position", "expenses")
    for each in (table(report, key) for key in twinned):
        money = {column.key: column for column in each.columns if column.kind == "money"}
        own = {key for key, column in money.items() if not column.exponent}
        assert {key for key, column in money.items() if column.exponent == 2} == {f"{key}_currency" for key in own}
    facts = {fact.label: fact.value for fact in report.facts}
    assert facts["Conversion des dépenses"] == "taux fixe de la convention"
    assert facts["Taux de change"] == "1 USD = 600 FCFA"
    # the budget is the one that was signed, to the cent: 10 × 2 300.50
    row = next(row.cells for row in table(report, "budget-DON-2026").rows if row.cells["code"] == "2.1")
    assert (row["initial_currency"], row["initial"]) == (2_300_500, 13_803_000)


def test_a_difference_between_converted_and_credited_is_named(year: Inspection) -> None:
    """The bank's commission where it was booked; what the day's rate made of the rest under a fixed one is the exchange's."""
    first, second, total = (row.cells for row in table(made(year), "receipts-DON-2026").rows)
    assert (first["gap"], first["fees"], first["exchange"], first["note"]) == (50_000, 50_000, 0, "frais de la banque")
    # 20 000 × 600 − 12 400 000: the instalment was worth more than the agreement's rate says
    assert (second["gap"], second["fees"], second["exchange"]) == (-400_000, 0, -400_000)
    assert second["note"] == "différence de change"
    assert total["gap"] == total["fees"] + total["exchange"] == -350_000


def test_the_euro_has_no_exchange_difference(demo: Inspection) -> None:
    """50 000 EUR × 655.957 = 32 797 850; the bank credited 32 715 856: its commission, whatever was booked."""
    span = Period.parse("2026-T1")
    assert span is not None
    report = financial_report.report(Context(demo.books, Scope("UE-EAU"), span))
    first = table(report, "receipts-UE-2025-118").rows[0].cells
    assert (first["converted"], first["gap"], first["fees"], first["exchange"]) == (32_797_850, 81_994, 81_994, 0)


def test_a_month_without_rate_is_refused_by_its_name(tmp_path: Path) -> None:
    root = copy(
        tmp_path,
        bailleurs__don=("taux-politique: fixe", "taux-politique: mois"),
        taux=("  - {devise: USD, mois: 2026-07, valeur: 618.50, source: InforEuro}\n", ""),
    )
    main = root / "ledger" / "main.beancount"
    found = inspect(main, YEAR_END)
    (said,) = [each for each in found.findings if each.rule == "taux-manquant"]
    assert (said.level, "pour juillet 2026 :" in said.message) == ("alerte", True)
    with pytest.raises(MissingRateError, match="taux de USD pour juillet 2026"):
        made(found)
    # the quarters that need no July are made
    assert last(made(found, "2026-T1"), "expenses")["amount_currency"] == 8_316 + 498_960 + 826_446
    words = ["report", "rapport-financier", "--bailleur", "DON", "--format", "json", "--out", str(tmp_path / "out")]
    words += ["--ledger", str(main), "--today", "2026-12-31", "--periode"]
    refused = CliRunner().invoke(cli, [*words, "2026-T3"])
    assert refused.exit_code == 1
    assert "juillet 2026" in refused.output
    assert CliRunner().invoke(cli, [*words, "2026-T1"]).exit_code == 0
    (written,) = (tmp_path / "out").rglob("*.json")
    body = json.loads(written.read_text(encoding="utf-8"))["annexes"][0]
    assert {c["key"]: c["exponent"] for c in body["columns"] if c["kind"] == "money"} == {
        "amount": 0,
        "amount_currency": 2,
    }


def test_quarters_make_the_year_where_rates_stay(year: Inspection) -> None:
    for key in ("period", "period_currency"):
        parts = [last(made(year, f"2026-T{n}"), "budget-DON-2026")[key] for n in (1, 2, 3, 4)]
        assert sum(parts) == last(made(year), "budget-DON-2026")[key]
    quarters = [made(year, f"2026-T{n}") for n in (1, 2, 3, 4)]
    for before, after in zip(quarters, quarters[1:], strict=False):
        closing = next(row.cells for row in table(before, "flow").rows if row.key == "closing")
        opening = next(row.cells for row in table(after, "flow").rows if row.key == "opening")
        assert (opening["amount"], opening["amount_currency"]) == (closing["amount"], closing["amount_currency"])


def test_the_workbook_computes_both_currencies(year: Inspection) -> None:
    """Totals, sums by line drawn from the list of expenses and what is available, in francs and in cents."""
    count = 0
    for sheet in sheets(workbook.xlsx(made(year))).values():
        for at, (worth, cached) in sheet.formulas().items():
            count += 1
            assert worth is None or abs(float(worth) - float(cached)) < 1e-6, at
    assert count > 80


def test_instalments_promised_called_and_received(demo: Inspection) -> None:
    """Interest is no instalment; what came before the books is received since; the next one is still expected."""
    span = Period.parse("2026-T3")
    assert span is not None
    report = financial_report.report(Context(demo.books, Scope("UE-EAU"), span))
    rows = [row.cells for row in table(report, "instalments-UE-2025-118").rows]
    assert [(row["expected"], row["received"], row.get("state")) for row in rows] == [
        (5_000_000, 5_000_000, "reçue"),
        (3_500_000, 3_500_000, "reçue"),
        (4_500_000, 0, "attendue"),
        (2_000_000, 0, "attendue"),
        (15_000_000, 8_500_000, None),
    ]
    donor, interest, total = (row.cells for row in table(report, "funding-UE-2025-118").rows)
    assert (donor["budget_currency"], donor["received_currency"], str(donor["rate"])) == (
        15_000_000,
        8_500_000,
        "0.5667",
    )
    # 28 295 + 31 010 + 26 855 francs of interest in three quarters, at 655.957 each: 43.14 + 47.27 + 40.94
    assert (interest["received"], interest["received_currency"]) == (86_160, 13_135)
    assert total["received_currency"] == 8_513_135
    report = financial_report.report(Context(demo.books, Scope("UNICEF-EDU"), span))
    states = [row.cells.get("state") for row in table(report, "instalments-UNICEF-2025-07").rows]
    assert states == ["reçue", "reçue", "reçue", "reçue", "attendue", None]


MOVES = """    reaffectations:
      - {date: 2026-05-01, de: "1.1", vers: "2.1", montant: 4 000 USD, accord: "Lettre du 20/04/2026"}
      - {date: 2026-06-01, de: "2.1", vers: "2.2", montant: 600 000 XOF}
    souplesse: [{niveau: ligne, seuil: 20 %, sens: deux, base: dernier-avenant, exclues: ["2.2"]}]
    ecart-a-expliquer: 30 %
    budget:"""


def test_what_was_moved_and_what_may_still_be(tmp_path: Path) -> None:
    """36 000 USD and 23 005 and 995, at 600: 4 000 go to workshops, 1 000 (600 000 francs) on to the bank."""
    root = copy(tmp_path, bailleurs__don=("    budget:", MOVES))
    inspection = inspect(root / "ledger" / "main.beancount", YEAR_END)
    report = made(inspection, "2026-S1")
    rows = {row.cells["code"]: row.cells for row in table(report, "allocation-DON-2026").rows if row.cells.get("code")}
    for key in ("", "_currency"):
        scale = 1 if key else 6
        moved = {code: rows[code]["reallocation" + key] for code in ("1.1", "2.1", "2.2")}
        assert moved == {"1.1": -400_000 * scale, "2.1": 300_000 * scale, "2.2": 100_000 * scale}
        # 20 % of 36 000 are 7 200: 11 200 to receive, 3 200 to give; of 23 005, 4 601: 1 601 and 7 601
        assert (rows["1.1"]["up" + key], rows["1.1"]["down" + key]) == (1_120_000 * scale, 320_000 * scale)
        assert (rows["2.1"]["up" + key], rows["2.1"]["down" + key]) == (160_100 * scale, 760_100 * scale)
        assert rows["2.2"]["up" + key] == 0
    assert "Lettre du 20/04/2026" in table(report, "allocation-DON-2026").note
    budget = {row.cells.get("code"): row.cells for row in table(report, "budget-DON-2026").rows}
    assert (budget["2.1"]["initial_currency"], budget["2.1"]["budget_currency"]) == (2_300_500, 2_600_500)
    # line 2.1: 26 005 × 600 × 181/365 = 7 737 377 planned, 5 000 001 spent: 35 % less, to be explained; told, it is
    variances = {row.cells.get("code"): row.cells for row in table(report, "variances-DON-2026").rows}
    assert (variances["2.1"]["planned"], variances["2.1"]["variance"]) == (7_737_378, 5_000_001 - 7_737_378)
    assert variances["2.1"]["explanation"] == "à expliquer"
    told = root / "ledger" / "recits" / "don" / "2026-S1.md"
    told.parent.mkdir(parents=True)
    told.write_text("## 2.1\nDeux ateliers sont remis à septembre.\n", encoding="utf-8")
    after = {row.cells.get("code"): row.cells for row in table(made(inspection, "2026-S1"), "variances-DON-2026").rows}
    assert after["2.1"]["explanation"] == "Deux ateliers sont remis à septembre."
    # of what is left: 26 005 × 600 × 184/365 = 7 865 622
    assert after["2.1"]["forecast"] == 7_865_622
    assert [each.level for each in inspection.findings if "réaffectation" in each.message] == ["erreur"]


def request(inspection: Inspection, period: str, tree: str = "DON") -> Report:
    span = Period.parse(period)
    assert span is not None
    return funds_request.report(Context(inspection.books, Scope(tree), span, inspection.findings))


def stops(report: Report) -> list[str]:
    return [
        said
        for block in report.body
        if isinstance(block, Text) and block.role == "warning"
        for said in block.paragraphs
    ]


def test_a_request_says_what_is_due_what_was_done_and_what_comes(tmp_path: Path) -> None:
    """At the end of September: 40 000 USD received; 83.33 + 5 000 + 8 333.34 + 8 333.33 spent, at 600."""
    asks = "depense-exigee: 70 %\n    rapports: [{modele: rapport-financier, periodicite: trimestre, delai: 30 jours}]\n    budget:"
    root = copy(tmp_path, bailleurs__don=("budget:", asks))
    found = inspect(root / "ledger" / "main.beancount", date(2026, 9, 30))
    report = request(found, "2026-T3")
    rows = {row.key: row.cells for row in table(report, "request-DON-2026").rows}
    assert (rows["received"]["amount"], rows["spent"]["amount"]) == (4_000_000, 2_175_000)
    # 18 250.00 are left: of the second instalment of 20 000, 1 750 are spent, 8.75 %
    assert (rows["left"]["amount"], rows["last"]["amount"], str(rows["last"]["rate"])) == (
        1_825_000,
        2_000_000,
        "0.0875",
    )
    # the next quarter by days: 92/365 of 36 000, 23 005 and 995 USD, in francs then in cents
    parts = [36_000 * 600 * 92 / 365, 13_803_000 * 92 / 365, 597_000 * 92 / 365]
    assert rows["forecast"]["amount"] == sum(round(round(part) / 6) for part in parts)
    assert rows["need"]["amount"] == rows["forecast"]["amount"] - 1_825_000
    assert (rows["asked"]["amount"], rows["asked"]["label"]) == (2_000_000, "Tranche 3, prévue le 15/10/2026")
    said = stops(report)
    assert said[:2] == ["Rapport-financier 2026-T1 n'est pas envoyé.", "Rapport-financier 2026-T2 n'est pas envoyé."]
    assert "8,8 % de la dernière tranche sont dépensés, 70 % sont exigés." in said
    assert "Ce qui reste en main couvre la prévision de la période suivante." in said
    row = dashboard.next_instalments(found.books, ask(found.books), found.findings)["DON", "DON-2026"]
    assert (row.rank, row.due, row.asked) == (3, date(2026, 10, 15), "20 000,00 USD")
    assert "rapport-financier 2026-T1 n'est pas envoyé" in row.blocks


def test_nothing_is_asked_where_nothing_is_promised(demo: Inspection) -> None:
    assert any("rien n'est à demander" in said for said in stops(request(demo, "2026-T3", "FONCT")))
    assert stops(request(demo, "2026-10", "GENRE")) != []


def test_a_page_adds_up_each_line_of_the_list_as_the_table_does(year: Inspection) -> None:
    report = made(year)
    shown = [row.cells for row in summed(table(report, "expenses")) if row.role == "subtotal"]
    lines = {row.cells["code"]: row.cells for row in table(report, "budget-DON-2026").rows if row.depth}
    assert [row["label"] for row in shown] == [f"Sous-total de la ligne {code}" for code in ("1.1", "2.1", "2.2")]
    for row, code in zip(shown, ("1.1", "2.1", "2.2"), strict=True):
        assert (row["amount"], row["amount_currency"]) == (lines[code]["period"], lines[code]["period_currency"])
    rows = {row.cells.get("piece"): row.cells for row in table(report, "expenses").rows}
    # through 401: by what settled the invoice, or not yet; through the receipt of the instalment for the bank's commission
    assert rows["OD-DON-2026-0001"]["paid"] == "chèque 0441030, 25/03/2026"
    assert rows["OD-DON-2026-0001"]["invoice"] == "F-77"
    assert rows["OD-DON-2026-0002"]["paid"] == "à payer"
    assert rows["BQ-DON-2026-0002"]["paid"] == "virement OV-1, 20/01/2026"


def test_an_agreement_without_budget_nor_instalment(tmp_path: Path) -> None:
    """What was spent is still converted and told; nothing is compared, and nothing asked for."""
    text = (BOOKS / "rules" / "bailleurs" / "don.yaml").read_text(encoding="utf-8")
    bare = text[text.index("    tranches:") :]
    root = copy(tmp_path, bailleurs__don=(bare, ""))
    found = inspect(root / "ledger" / "main.beancount", YEAR_END)
    report = made(found)
    assert last(report, "expenses")["amount_currency"] == TOTALS["fixe"][0]
    assert {each.key for each in report.tables}.isdisjoint({"allocation-DON-2026", "instalments-DON-2026"})
    assert any("rien n'est à demander" in said for said in stops(request(found, "2026-T3")))


def test_each_agreement_has_its_statement_and_the_next_takes_what_is_left(tmp_path: Path) -> None:
    """Two agreements in dollars: 20 000 − 83.33 − 5 000 − 8 333.34 = 6 583.33 are left when the second one begins."""
    text = (BOOKS / "rules" / "bailleurs" / "don.yaml").read_text(encoding="utf-8")
    first = text[text.index("  - id: DON-2026") :]
    second = (
        first.replace("DON-2026", "DON-2026-B")
        .replace("DF/2026/1", "DF/2026/2")
        .replace("du: 2026-01-01", "du: 2026-07-01")
    )
    root = copy(tmp_path, bailleurs__don=(first, first.replace("au: 2026-12-31", "au: 2026-06-30") + second))
    found = inspect(root / "ledger" / "main.beancount", YEAR_END)
    year = made(found)
    one, other, whole = (
        {row.key: row.cells for row in table(year, key).rows} for key in ("flow-DON-2026", "flow-DON-2026-B", "flow")
    )
    left = (3_949_999, 658_333)
    for cells in (one["closing"], one["passed"], other["carried"]):
        assert (cells["amount"], cells["amount_currency"]) == left
    assert other["carried"]["label"] == "+ Report de la convention DF/2026/1"
    # then 20 000 received, 8 333.33 and 3 333.33 spent
    assert other["closing"]["amount_currency"] == 658_333 + 2_000_000 - 833_333 - 333_333
    assert other["closing"]["amount"] == whole["closing"]["amount"] == 3_949_999 + 12_400_000 - 7_000_000
    # alone on its quarter, the second one opens with nothing of its own
    quarter = {row.key: row.cells for row in table(made(found, "2026-T3"), "flow").rows}
    assert (quarter["opening"]["amount"], quarter["opening"]["amount_currency"]) == (0, 0)
    assert (quarter["carried"]["amount"], quarter["carried"]["amount_currency"]) == left


def test_the_followup_says_both_and_is_made_where_a_rate_lacks(tmp_path: Path, year: Inspection) -> None:
    span = Period.parse("2026-T3")
    assert span is not None
    report = budget_followup.report(Context(year.books, Scope("DON"), span))
    rows = {row.cells.get("code"): row.cells for row in table(report, "budget-DON-2026").rows}
    # 8 000 000 spent on salaries: 5 000.00 + 8 333.33; nothing awaits its signatures
    assert (rows["1.1"]["actual"], rows["1.1"]["actual_currency"]) == (8_000_000, 1_333_333)
    assert rows["1.1"]["available_currency"] == 3_600_000 - 1_333_333
    root = copy(
        tmp_path,
        bailleurs__don=("taux-politique: fixe", "taux-politique: mois"),
        taux=("  - {devise: USD, mois: 2026-07, valeur: 618.50, source: InforEuro}\n", ""),
    )
    found = inspect(root / "ledger" / "main.beancount", YEAR_END)
    columns = table(budget_followup.report(Context(found.books, Scope("DON"), span)), "budget-DON-2026").columns
    assert not [column.key for column in columns if column.twin]


def test_what_is_left_comes_down_four_agreements_whatever_their_currency(tmp_path: Path) -> None:
    """One in francs leaves 12 000 000 − 8 050 001 = 3 949 999 (6 583.33 USD); an heir takes nothing before it begins."""
    text = (BOOKS / "rules" / "bailleurs" / "don.yaml").read_text(encoding="utf-8")
    last_one = text[text.index("  - id: DON-2026") :]

    def agreement(rank: int, first: str, end: str) -> str:
        own = last_one.replace("DON-2026", f"DON-{rank}").replace("DF/2026/1", f"DF/{rank}")
        return own.replace("du: 2026-01-01", f"du: {first}").replace("au: 2026-12-31", f"au: {end}")

    francs = agreement(1, "2026-01-01", "2026-03-31").replace("    taux: 600\n    taux-politique: fixe\n", "")
    francs = francs.replace("2 300,50", "2 300").replace(" USD", " XOF")
    spans = (("2026-04-01", "2026-06-30"), ("2026-07-01", "2026-08-31"), ("2026-09-01", "2026-12-31"))
    chain = francs + "".join(agreement(rank, *span) for rank, span in enumerate(spans, 2))
    root = copy(tmp_path, bailleurs__don=(last_one, chain))
    found = inspect(root / "ledger" / "main.beancount", YEAR_END)
    quarter = made(found, "2026-T3")
    third, fourth, whole = (
        {row.key: row.cells for row in table(quarter, key).rows} for key in ("flow-DON-3", "flow-DON-4", "flow")
    )
    assert (third["carried"]["amount"], third["carried"]["amount_currency"]) == (3_949_999, 658_333)
    assert third["carried"]["label"] == whole["carried"]["label"] == "+ Report de la convention DF/2"
    for cells in (third["closing"], third["passed"], fourth["carried"], fourth["closing"]):
        assert (cells["amount"], cells["amount_currency"]) == (11_349_999, 1_825_000)
    assert [whole[key]["amount"] for key in ("opening", "carried", "closing")] == [0, 3_949_999, 11_349_999]
    # over the year nothing was left by an agreement of another report, and by none that has not begun
    year = {row.key: row.cells for row in table(made(found), "flow").rows}
    assert (year["opening"]["amount"], "carried" in year, year["closing"]["amount"]) == (0, False, 9_349_999)
    # once the last one is over, what is held is said to be its own
    after = made(inspect(root / "ledger" / "main.beancount", date(2027, 3, 31)), "2027-T1")
    late = {row.key: row.cells for row in table(after, "flow").rows}
    assert (late["opening"]["amount"], late["carried"]["amount"]) == (0, 9_349_999)
    assert late["carried"]["label"] == "+ Report de la convention DF/4"
    early = made(inspect(root / "ledger" / "main.beancount", date(2026, 8, 15)), "2026-T3")
    assert "passed" not in {row.key for row in table(early, "flow-DON-3").rows}


@pytest.mark.parametrize(("period", "later"), [("2026-T3", False), ("2026", True)])
def test_a_provisional_report_says_that_it_counts_what_is_dated_later(period: str, later: bool) -> None:
    """On 15 August nothing of the quarter is dated later; of the year, October's salaries are."""
    report = made(inspect(BOOKS / "ledger" / "main.beancount", date(2026, 8, 15)), period)
    said = "des écritures datées d'après ce jour sont comptées"
    assert report.counts_later is later
    page = html(report)
    assert isinstance(page, str)
    assert (said in page.replace("’", "'").replace("&#39;", "'"), "sont ceux de ce jour" in page) == (later, not later)
    book = sheets(workbook.xlsx(report)).values()
    written = [str(cell) for each in book for row in each.written.values for cell in row]
    assert any(said in cell for cell in written) is later


def test_a_request_made_before_its_period_ends_plans_what_is_left_of_it_too() -> None:
    """On 15 August, a third quarter's request also needs what is planned from 16 August to 30 September."""
    found = inspect(BOOKS / "ledger" / "main.beancount", date(2026, 8, 15))
    running, over = (request(each, "2026-T3") for each in (found, inspect(found.main, date(2026, 9, 30))))
    spans = [
        next(row.cells for row in table(each, "request-DON-2026").rows if row.key == "forecast")
        for each in (running, over)
    ]
    assert [each["label"] for each in spans] == [
        "Prévision (16/08/2026 – 31/12/2026)",
        "Prévision (01/10/2026 – 31/12/2026)",
    ]
    # 36 000 + 23 005 + 995 USD over the year: 138 days of 365, then 92, rounded line by line
    assert [each["amount"] for each in spans] == [2_268_493, 1_512_329]


def test_nothing_is_left_nor_final_of_an_agreement_older_than_the_books(tmp_path: Path) -> None:
    """Begun in July 2025 without a `realise-anterieur`: forms that add up say so, those of a period alone need not."""
    root = copy(tmp_path, bailleurs__don=("du: 2026-01-01\n    au", "du: 2025-07-01\n    au"))
    found = inspect(root / "ledger" / "main.beancount", date(2026, 9, 30))
    span = Period.parse("2026-T3")
    assert span is not None
    context = Context(found.books, Scope("DON"), span, found.findings)
    said = {}
    for model in ("sf-425", "inpas-pg1", "etat-giz", "ue-annexe-6", "face", "liste-depenses"):
        (made_form,) = form_reports(context, model)
        said[model] = "a commencé avant ces livres" in made_form.provisional_why
        assert made_form.provisional or not said[model]
        assert ("a commencé avant ces livres" in str(html(made_form))) == said[model]
    assert [model for model, warned in said.items() if not warned] == ["face", "liste-depenses"]
    rows = {row.key: row.cells for row in table(funds_request.report(context), "request-DON-2026").rows}
    assert {"left", "need"}.isdisjoint(rows)
    assert rows["spent"]["label"] == "Dépenses depuis l'ouverture des livres"
    # the board's pack sets nothing against the budget either, and says what it can
    grid = management_report.execution(context, management_report.budgets(context, "DON"))
    assert [grid.rows[0].cells.get(key) for key in ("budget", "actual", "available", "rate")] == [None] * 4
    assert grid.rows[0].cells["period"] == 5_000_000
    assert "DON-2026 a commencé avant ces livres" in grid.note
