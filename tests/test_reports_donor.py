"""Donors' reports: every figure found again by another path, on the demonstration books."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from beancount.core import data
from beanquery import query

from grandlivre.books.budget import planned
from grandlivre.books.index import build
from grandlivre.i18n import catalog
from grandlivre.inspection import inspect
from grandlivre.policy.donors import BudgetLine
from grandlivre.policy.periods import Period
from grandlivre.render.format import Format
from grandlivre.reports import bid_comparison, budget_followup, commitments, dashboard, financial_report
from grandlivre.reports.asked import ask
from grandlivre.reports.catalogue import due, models
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Bars, Table, Text
from grandlivre.sources.problem import RefusedError

ROOT = Path(__file__).resolve().parent.parent
TREES = ("FONCT", "GENRE", "UE-EAU", "UNICEF-EDU")
PERIODS = ("2026-T1", "2026-T3", "2026-10", "2026")


def context(demo, tree, period, **scope) -> Context:
    span = Period.parse(period)
    assert span is not None
    return Context(demo.books, Scope(tree, **scope), span, demo.findings, demo.waived, "0" * 12)


def leaf(account: str) -> str:
    return account.split(":")[2].split("-")[0]


def postings(demo, tree):
    """(date, number, amount in francs, line, transaction) of each posting of a tree, straight from Beancount."""
    for entry in demo.entries:
        if isinstance(entry, data.Transaction):
            for posting in entry.postings:
                if posting.account.split(":")[1] == tree:
                    amount = posting.units.number * posting.price.number if posting.price else posting.units.number
                    line = posting.meta.get("ligne") or entry.meta.get("ligne") or ""
                    yield entry.date, leaf(posting.account), round(amount), line, entry


def spending(demo, tree, start, end):
    """What budgets paid, by a plain loop."""
    for day, number, amount, line, entry in postings(demo, tree):
        spends = number[0] == "6" and number[:2] not in ("68", "69") and number[:3] != "603"
        spends = spends or (number[0] == "2" and number[:2] not in ("28", "29"))
        if spends and start <= day <= end and entry.meta.get("ecriture") not in ("a-nouveau", "cloture"):
            yield line, amount


def spent_before(tree):
    """What the donor's file says was spent before the books, read as text."""
    said = (ROOT / "rules" / "bailleurs" / f"{tree.lower()}.yaml").read_text("utf-8")
    found = re.findall(r'code: "([^"]+)".*realise-anterieur: ([\d ]+) XOF', said)
    return {code: int(amount.replace(" ", "")) for code, amount in found}


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("period", PERIODS)
def test_each_line_of_the_budget_is_found_again(demo, tree, period):
    asked = context(demo, tree, period)
    facts = financial_report.build(asked)
    now, ever = defaultdict(int), defaultdict(int, spent_before(tree))
    for line, amount in spending(demo, tree, asked.period.start, asked.period.end):
        now[line] += amount
    for line, amount in spending(demo, tree, date.min, asked.period.end):
        ever[line] += amount
    shown, cumulated = defaultdict(int), defaultdict(int)
    for execution in facts.executions:
        for line in execution.lines:
            shown[line.code] += line.period
            cumulated[line.code] += line.cumulative
            assert line.available == line.budget - line.cumulative - line.outstanding
    assert {code: amount for code, amount in shown.items() if amount} == dict(now)
    if tree != "GENRE":  # its first agreement is not on the reports of the second one's periods
        assert {code: amount for code, amount in cumulated.items() if amount} == dict(ever)
    assert sum(shown.values()) == facts.funds.expenses


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("period", PERIODS)
def test_the_statement_of_funds_by_two_paths_and_a_third(demo, tree, period):
    asked = context(demo, tree, period)
    found = financial_report.build(asked).funds
    assert found.gap == 0
    held = treasury = received = 0
    for day, number, amount, _, entry in postings(demo, tree):
        if day > asked.period.end:
            continue
        fund = number.startswith(("462", "463", "464", "469", "473", "477"))
        held += amount if number[0] == "5" or (number[0] == "4" and not fund) else 0
        treasury += amount if number[:2] in ("52", "55", "57") else 0
        gives = number == "165" or (fund and "virement reçu" in entry.narration)
        if day in asked.period and gives and amount < 0 and entry.narration.startswith("Tranche"):
            received += -amount
    assert found.closing == found.held == held
    assert found.holdings.available == treasury
    if tree in ("UE-EAU", "UNICEF-EDU", "GENRE"):
        assert found.received == received


def test_treasury_and_interest_are_those_of_a_query(demo):
    asked = context(demo, "UE-EAU", "2026-T3")
    found = financial_report.build(asked).funds
    _, rows = query.run_query(
        list(demo.entries),
        dict(demo.options),
        "SELECT sum(number) WHERE account ~ 'Actif:UE-EAU:52' AND date <= 2026-09-30",
        numberify=True,
    )
    assert found.holdings.bank.amount == int(rows[0][0])
    _, rows = query.run_query(
        list(demo.entries),
        dict(demo.options),
        "SELECT sum(number) WHERE account ~ 'UE-EAU:462' AND narration ~ 'Intérêts' AND date >= 2026-07-01 AND date <= 2026-09-30",
        numberify=True,
    )
    assert found.interest == -int(rows[0][0]) > 0


def test_the_next_period_opens_where_this_one_closes(demo):
    for tree in TREES:
        quarters = [financial_report.build(context(demo, tree, f"2026-T{n}")).funds for n in (1, 2, 3)]
        for before, after in zip(quarters, quarters[1:], strict=False):
            assert after.opening == before.closing


def test_open_orders_are_awards_less_purchases(demo):
    for tree in TREES:
        asked = context(demo, tree, "2026-T3")
        expected = {}
        for entry in demo.entries:
            if isinstance(entry, data.Custom) and entry.type == "marche" and entry.meta["bailleur"] == tree:
                if entry.date > asked.period.end or entry.meta.get("fin", date.max) < asked.period.end:
                    continue
                number = entry.values[0].value
                quotes = [e for e in demo.entries if isinstance(e, data.Custom) and e.type == "proforma"]
                award = next(
                    int(q.values[2].value.number)
                    for q in quotes
                    if q.values[0].value == number and q.values[1].value == entry.meta["attributaire"]
                )
                booked = sum(
                    amount
                    for day, account, amount, _, txn in postings(demo, tree)
                    if txn.meta.get("marche") == number and account[0] in "26" and day <= asked.period.end
                )
                if award > booked:
                    expected[number] = award - booked
        found = commitments.build(asked)
        assert {o.dossier.id: o.outstanding_on(asked.period.end) for o in found.orders} == expected
        shown = sum(line.outstanding for e in financial_report.build(asked).executions for line in e.lines)
        assert shown == sum(expected.values())


def test_open_invoices_are_what_supplier_accounts_hold(demo):
    for tree in TREES:
        asked = context(demo, tree, "2026-T3")
        owed = -sum(
            amount
            for day, number, amount, _, _ in postings(demo, tree)
            if number.startswith(("401", "402", "404", "408", "481")) and day <= asked.period.end
        )
        assert sum(invoice.open_on(asked.period.end) for invoice in commitments.build(asked).invoices) == owed


def test_the_list_of_expenses_is_the_period_column(demo):
    made = financial_report.report(context(demo, "UE-EAU", "2026-T3"))
    budget = next(table for table in made.tables if table.key.startswith("budget"))
    expenses = made.annexes[0]
    assert isinstance(expenses, Table)
    assert expenses.rows[-1].cells["amount"] == budget.rows[-1].cells["period"]
    assert all(row.refs and row.cells["piece"] for row in expenses.rows[:-1])
    assert [row.cells["order"] for row in expenses.rows[:-1]] == list(range(1, len(expenses.rows)))


def test_an_addendum_shows_beside_the_initial_budget(demo):
    made = financial_report.report(context(demo, "UE-EAU", "2026-T3"))
    row = next(row for row in made.tables[0].rows if row.cells["code"] == "1.1")
    assert (row.cells["initial"], row.cells["budget"]) == (72 * 180_000, 74 * 180_000)
    before = financial_report.report(context(demo, "UE-EAU", "2026-T2"))
    row = next(row for row in before.tables[0].rows if row.cells["code"] == "1.1")
    assert (row.cells["initial"], row.cells["budget"]) == (72 * 180_000, 72 * 180_000)


def test_the_time_gone_by_is_in_days(demo):
    (execution,) = financial_report.build(context(demo, "UE-EAU", "2026-T3")).executions
    assert execution.elapsed == Decimal("0.3740")  # 273 of 730 days
    first, second = financial_report.build(context(demo, "GENRE", "2026")).executions
    assert (first.elapsed, first.began_before, second.began_before) == (1, False, False)


def test_what_was_spent_before_the_books_is_said_or_the_column_says_since_when(demo):
    asked = context(demo, "UNICEF-EDU", "2026-T3")
    (execution,) = financial_report.build(asked).executions
    received, opening = 16_000_000, 6_402_058
    assert sum(line.earlier for line in execution.lines) == received - opening
    whole = financial_report.report(asked).tables[0]
    assert {"actual", "available", "rate"} <= {column.key for column in whole.columns}

    donor = demo.books.policy.donors["UNICEF-EDU"]
    (agreement,) = donor.agreements
    unsaid = tuple(
        heading.model_copy(
            update={"lines": tuple(line.model_copy(update={"spent_before": None}) for line in heading.lines)}
        )
        for heading in agreement.headings
    )
    donor = donor.model_copy(update={"agreements": (agreement.model_copy(update={"headings": unsaid}),)})
    policy = replace(demo.books.policy, donors={**demo.books.policy.donors, "UNICEF-EDU": donor})
    options = dict(demo.options)
    books = build(list(demo.entries), options, policy, demo.today)
    silent = replace(asked, books=books)
    for made in (financial_report.report(silent), budget_followup.report(silent)):
        table = next(each for each in made.tables if each.key.startswith("budget"))
        titles = {column.key: column.title for column in table.columns}
        assert titles["actual"] == "Depuis l'ouverture des livres"
        assert not {"available", "rate", "gap"} & titles.keys()
        assert "a commencé avant ces livres" in table.note
        assert not any(isinstance(block, Bars) for block in made.body)


def test_spending_that_lags_time_is_said_with_what_would_be_left(demo):
    """Beyond 15 points, in the same words on the paper and on the first page; not where what was spent is unknown."""
    said = {}
    for row in dashboard.current(dashboard.budgets(demo.books, ask(demo.books)), demo.today):
        paper = budget_followup.report(context(demo, row.tree, "2026-10"))
        texts = [block for block in paper.body if isinstance(block, Text) and block.role == "warning"]
        assert [text.paragraphs[0] for text in texts] == ([row.behind] if row.behind else [])
        late = row.execution.elapsed - Decimal(row.spent) / row.granted > Decimal("0.15")
        assert bool(row.behind) == late
        said[row.tree] = row.behind
    assert [tree for tree, text in said.items() if text] == ["UNICEF-EDU"]
    # 38 165 657 of 57 000 000 in 488 of 549 days
    left = 57_000_000 - 38_165_657 / 0.8889
    figures = re.search(
        r"([\d\s]+)\sFCFA resteraient à la fin de la convention \(31/12/2026\), à rendre", said["UNICEF-EDU"]
    )
    assert figures is not None
    assert int(re.sub(r"\s", "", figures[1])) == round(left)


def test_a_difference_of_two_rates_is_in_points_and_contingencies_are_not_watched(demo):
    asked = context(demo, "UNICEF-EDU", "2026-10")
    made = budget_followup.report(asked)
    sheet = made.tables[0]
    assert sheet.column("gap").kind == "points"
    for row in sheet.rows:
        assert row.cells["gap"] == (row.cells["rate"] - row.cells["elapsed"]) * 100
    (watched,) = (block for block in made.body if isinstance(block, Text) and block.title)
    assert watched.paragraphs
    assert not any("5.1" in said for said in watched.paragraphs)
    assert next(row.cells["comment"] for row in sheet.rows if row.cells["code"] == "5.1") == ""


def test_lines_that_are_not_the_agreements_amount_are_said_and_their_reason_asked(demo):
    plain = "Montant de la convention : 22 000 000 FCFA ; somme des lignes : 21 974 000 FCFA ; écart : 26 000 FCFA."
    for module in (financial_report, budget_followup):
        asked = context(demo, "GENRE", "2026-10")
        note = module.report(asked).tables[0].note.replace("\u202f", " ").replace("\u00a0", " ")
        assert note == f"{plain} Raison à écrire (motif-ecart: de la convention)."
        donor = demo.books.policy.donors["GENRE"]
        agreements = tuple(each.model_copy(update={"difference": "arrondi."}) for each in donor.agreements)
        policy = replace(
            demo.books.policy,
            donors={**demo.books.policy.donors, "GENRE": donor.model_copy(update={"agreements": agreements})},
        )
        told = replace(asked, books=replace(demo.books, policy=policy))
        assert module.report(told).tables[0].note.endswith("Raison : arrondi.")
        assert module.report(context(demo, "UE-EAU", "2026-10")).tables[0].note == "", "150 000 EUR are its lines"


def test_comments_come_from_what_people_wrote(demo):
    made = financial_report.report(context(demo, "UE-EAU", "2026-T3"))
    row = next(row for row in made.tables[0].rows if row.cells["code"] == "2.2")
    assert "Deuxième phase des kits" in str(row.cells["comment"])
    said = [block for block in made.body if isinstance(block, Text)]
    assert any("troisième trimestre" in paragraph for block in said for paragraph in block.paragraphs)


def test_a_report_is_signed_by_the_director_and_the_board(demo):
    roles = [signature.role for signature in financial_report.report(context(demo, "GENRE", "2026-T3")).signatures]
    assert roles == ["Directeur", "Président du Bureau exécutif"]


def test_a_tight_line_is_said_first(demo):
    made = budget_followup.report(context(demo, "UE-EAU", "2026-T3"))
    said = next(block for block in made.body if isinstance(block, Text)).paragraphs
    assert said[0].replace("\u00a0", " ").replace("\u202f", " ") == (
        "Ligne 3.1 Motos tout-terrain : exécutée à 85,2 % pour 37,4 % du temps écoulé ; solde disponible : 400 000 FCFA"
    )


def test_a_calendar_decides_what_was_planned(demo):
    agreement = demo.books.policy.donors["UE-EAU"].agreements[0]
    line = BudgetLine.model_validate(
        {"code": "1", "libelle": "x", "cout-unitaire": "1000 XOF", "calendrier": {"2026-T1": "15 %", "2026-04": "10 %"}}
    )
    spans = {
        code: planned(agreement, line, 1000, Period.parse(code)) for code in ("2026-T1", "2026-01", "2026", "2027")
    }
    assert spans == {"2026-T1": 150, "2026-01": 52, "2026": 250, "2027": 0}


def test_quotes_stand_side_by_side_the_lowest_first(demo):
    sheets = bid_comparison.report(context(demo, "UE-EAU", "2026", piece="M-2026-016"))
    assert isinstance(sheets, tuple)
    (sheet,) = sheets
    rows = sheet.tables[0].rows
    amounts = [row.cells["amount"] for row in rows]
    assert amounts == sorted(amounts)
    assert rows[0].cells["said"] == "offre la plus basse, écartée : voir le motif du choix"
    winner = next(row for row in rows if "retenue" in str(row.cells["said"]))
    assert winner.cells["above"] == winner.cells["amount"] - amounts[0] > 0
    decision = sheet.body[-1]
    assert isinstance(decision, Text)
    assert "meilleure note technique" in decision.paragraphs[0]


def test_offers_are_compared_line_by_line_and_their_committee_signs(demo):
    (sheet,) = bid_comparison.report(context(demo, "FONCT", "2026", piece="M-2026-004"))
    items, quotes = sheet.tables
    assert [row.cells["label"] for row in items.rows][:2] == ["Ordinateur portable", "Imprimante laser"]
    totals = [[row.cells.get(f"amount_{each}") for each in (1, 2, 3)] for row in items.rows[-4:]]
    assert totals == [
        [720339, 761017, 773305],
        [0, 0, 0],
        [129661, 136983, 139195],
        [850000, 898000, 912500],
    ]
    first, second, _ = (row.cells for row in quotes.rows)
    assert (first["untaxed"], first["tax"], first["amount"], first["conforming"]) == (720339, 129661, 850000, "oui")
    assert str(second["said"]).replace("\u202f", " ").replace("\u00a0", " ") == (
        "plus chère de 48 000 FCFA que l'offre retenue"
    )
    told = next(block for block in sheet.body if isinstance(block, Text) and "dépouillement" in block.title)
    assert "Membres présents" in told.paragraphs[1]
    assert [box.role for box in sheet.signatures] == ["Président de la commission", *["Membre de la commission"] * 2]
    assert all(box.name for box in sheet.signatures)


def test_a_quote_whose_lines_do_not_make_its_amount_is_told_on_its_line(demo_texts):
    month = demo_texts / "ledger" / "fonct" / "2026-01.beancount"
    text = month.read_text("utf-8")
    month.write_text(text.replace("Imprimante laser · 1 · 160 000", "Imprimante laser · 1 · 150 000"), "utf-8")
    found = inspect(demo_texts / "ledger" / "main.beancount").findings
    (said,) = [each.message for each in found if "articles" in each.message]
    assert (
        said.replace("\u202f", " ")
        .replace("\u00a0", " ")
        .startswith(
            "Les articles de cette proforma font 838 200 FCFA toutes taxes comprises (710 339 FCFA hors taxes, TVA 127 861 FCFA), "
            "la proforma 850 000 FCFA : corrigez un article, remise: ou tva:."
        )
    )


@pytest.mark.parametrize("model", ["rapport-financier", "suivi-budgetaire"])
def test_a_tree_without_a_budget_is_a_sentence(demo, model):
    with pytest.raises(RefusedError, match="rules/bailleurs"):
        models()[model].reports(context(demo, "INCONNU", "2026-T3"))


@pytest.mark.parametrize("model", ["rapport-financier", "suivi-budgetaire", "engagements", "comparatif"])
def test_an_empty_period_is_a_report_that_says_so(demo, model):
    (made,) = models()[model].reports(context(demo, "UE-EAU", "2025"))
    assert made.body


@pytest.mark.parametrize(("period", "named"), [("2026-T3", True), ("2025", False)])
def test_nothing_is_certified_of_an_agreement_that_is_not_on_the_report(demo, period, named):
    made = financial_report.report(context(demo, "UE-EAU", period))
    (said,) = [block.paragraphs[0] for block in made.body if isinstance(block, Text) and block.title == "Certification"]
    assert ("faites pour la convention" in said) is named
    assert "conformes" not in said or named


def test_what_is_due_for_a_quarter(demo):
    policy = demo.books.policy
    quarter = {(each.tree, each.model): each for each in due(policy, Period.parse("2026-T3"))}
    assert quarter["UE-EAU", "rapport-financier"].deadline == date(2026, 10, 15)
    assert ("UE-EAU", "ue-annexe-6") not in quarter
    assert ("FONCT", "rapport-financier") not in quarter
    assert quarter["FONCT", "engagements"].deadline is None
    year = {(each.tree, each.model): each for each in due(policy, Period.parse("2026-T4"))}
    assert year["UE-EAU", "ue-annexe-6"].period.code == "2026"
    month = {(each.tree, each.model) for each in due(policy, Period.parse("2026-08"))}
    assert ("GENRE", "suivi-budgetaire") in month
    assert ("GENRE", "rapport-financier") not in month


def test_an_english_donor_reads_english(demo):
    policy = demo.books.policy
    donor = policy.donors["UNICEF-EDU"].model_copy(update={"language": "en"})
    books = replace(demo.books, policy=replace(policy, donors={**policy.donors, "UNICEF-EDU": donor}))
    asked = Context(books, Scope("UNICEF-EDU"), Period.parse("2026-T3"))
    made = financial_report.report(asked)
    assert (made.title, made.language, made.period.label) == ("Financial report", "en", "3rd quarter 2026")
    assert [table.title for table in made.tables][1:] == [
        "Budget: units, reallocations and flexibility – Grant agreement MLI/PCA/2025-07",
        "Variances and forecast – Grant agreement MLI/PCA/2025-07",
        "Sources of funding – Grant agreement MLI/PCA/2025-07, at 30/09/2026",
        "Instalments of grant agreement MLI/PCA/2025-07, in XOF",
        "Statement of funds: movements of the period",
        "Statement of funds: position at 30/09/2026",
        "List of expenses of the period",
    ]
    assert made.tables[0].rows[0].cells["label"] == "Staff"
    said = budget_followup.report(asked)
    assert said.title == "Budget follow-up"


DONORS = (
    "financial_report",
    "budget_followup",
    "kit/budget_rows",
    "funds",
    "fund_tables",
    "funds_request",
    "kit/identity",
    "budget_tables",
    "spending_list",
    "instalments",
    "exchange",
    "execution",
    "commitments",
    "bid_comparison",
    "sent",
    "activity_report",
    "meetings_register",
    "closing_minutes",
    "parity_table",
    "budget_proposal",
    "management_report",
    "assembly_report",
    "members_register",
    "receipt",
    "givers_register",
    "minimal_balance_sheet",
    "minimal_income",
    "minimal_journal",
    "state_file",
    "assets_register",
    "assets_count",
    "project_balance_sheet",
    "project_income",
    "sources_and_uses",
    "budget_execution",
    "cash_statement",
    "kit/project",
    "forms/facts",
    "forms/figures",
    "forms/laying",
)


@pytest.mark.parametrize("module", DONORS)
def test_every_word_of_a_donors_report_has_its_english(module):
    source = (
        Path(financial_report.__file__)
        .with_name("__init__.py")
        .parent.joinpath(f"{module}.py")
        .read_text(encoding="utf-8")
    )
    said = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (
            getattr(node.func, "id", "") in ("word", "_") or getattr(node.func, "attr", "") == "_"
        ):
            said |= {
                n.value
                for a in node.args
                for n in ast.walk(a)
                if isinstance(n, ast.Constant) and isinstance(n.value, str)
            }
    same = {"Code", "Total", "Budget", "Observation", "Date", "Initial", "mode", "Participants", "Programme", "Quorum"}
    same |= {"Document", "Adoption", "Vote", "Net", "Source", "Certification", "Contact", ""}
    assert {text for text in said - same if catalog("en")(text) == text} == set()


def test_what_a_former_agreement_left_stands_on_its_own_row(demo):
    """Two successive agreements of one donor: the second one did not open with the money of the first."""
    held, spent_late = 0, 0
    for day, number, amount, _, entry in postings(demo, "GENRE"):
        if day < date(2026, 7, 1) and number[0] in "45" and number[:3] not in ("477", "469", "473"):
            held += amount
        spent_late += entry.meta.get("convention") == "FH-2025-031" and day >= date(2026, 7, 1) and number[0] == "6"
    flow = {row.key: row.cells["amount"] for row in _flow(demo, "GENRE", "2026-T3").rows}
    assert (flow["opening"], flow["carried"]) == (0, held)
    later = {row.key: row.cells["amount"] for row in _flow(demo, "GENRE", "2026-10").rows}
    if not spent_late:
        assert later["carried"] == held
    assert (
        later["opening"] + later["carried"]
        == sum(value for key, value in flow.items() if key in ("opening", "carried", "received", "interest", "other"))
        - flow["expenses"]
    )
    assert "carried" not in {row.key for row in _flow(demo, "UE-EAU", "2026-T3").rows}


def _flow(demo, tree, period) -> Table:
    made = financial_report.report(context(demo, tree, period))
    return next(table for table in made.tables if table.key == "flow")


def test_open_orders_are_worth_in_euros_what_the_financial_report_says(demo):
    """UE-EAU, 30/09/2026: 986 250 francs of orders, 1 503.53 EUR at 655.957, in both papers."""
    asked = context(demo, "UE-EAU", "2026-T3")
    orders = next(each for each in commitments.report(asked).tables if each.key == "orders")
    assert orders.rows[-1].cells["left"] == 986_250
    assert orders.rows[-1].cells["left_currency"] == 150_353
    budget = next(each for each in financial_report.report(asked).tables if each.key.startswith("budget"))
    assert budget.rows[-1].cells["orders_currency"] == 150_353


@pytest.mark.parametrize("module", [financial_report, budget_followup, commitments])
def test_the_rate_stands_wherever_the_agreement_is_not_in_francs(demo, module):
    facts = {fact.label: fact.value for fact in module.report(context(demo, "UE-EAU", "2026-T3")).facts}
    assert facts["Taux de change"] == "1 EUR = 655,957 FCFA"
    facts = {fact.label for fact in module.report(context(demo, "UNICEF-EDU", "2026-T3")).facts}
    assert "Taux de change" not in facts


def test_a_donors_list_says_who_received_each_part_of_a_voucher(demo):
    """The bank's commission on an instalment is not money paid to the donor."""
    made = financial_report.report(context(demo, "UE-EAU", "2026-T3"))
    listed = made.tables[-1]
    (fee,) = [row.cells for row in listed.rows if row.cells.get("piece") == "BQ-UE-EAU-2026-0074"]
    assert (fee["payee"], fee["label"]) == ("BDM (fictif)", "Commission de la banque sur la tranche 2")
    assert not [row for row in listed.rows if "Union européenne" in str(row.cells.get("payee"))]


def test_a_rate_in_a_sentence_is_that_of_the_table_beside_it(demo):
    """18 673 384 of 22 324 000 is 0.8365 in the table, 83.65 %: half up in both, where the sentence said 83.6 %."""
    made = budget_followup.report(context(demo, "GENRE", "2026-T2"))
    grid = next(each for each in made.tables if each.key == "budget-FH-2025-031")
    rate = grid.rows[-1].cells["rate"]
    assert str(rate) == "0.8365"
    (said,) = (
        line for block in made.body if isinstance(block, Text) for line in block.paragraphs if "à ce rythme" in line
    )
    assert said.split("\u00a0%")[0] == Format("fr").percent(rate).split("\u00a0%")[0] == "83,7"
