"""Reconciliations, cash plan, advances, findings and calendar: every figure worked out again from Beancount's own entries."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from beancount.core import convert, data
from beanquery import query

from grandlivre import render
from grandlivre.i18n import catalog
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy import sycebnl
from grandlivre.policy.periods import Period
from grandlivre.reports import (
    budget_followup,
    calendar,
    cash_plan,
    dashboard,
    financial_report,
    forecast,
    funds,
    holdings,
    open_advances,
    reconciliation,
    waivers,
)
from grandlivre.reports.asked import ask
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Report, Table, Text
from grandlivre.reports.making import Job, make
from grandlivre.rules import Finding, Level
from grandlivre.sources.problem import RefusedError
from march_books import HEADER
from xlsx_eval import sheets

TREES = ("FONCT", "GENRE", "UE-EAU", "UNICEF-EDU")
THREE = (holdings.AVAILABLE, holdings.COMMITTED, holdings.NET)
PERIODS = ("2026-T1", "2026-T3", "2026-10")
REPORTS = Path(__file__).resolve().parent.parent / "plugins" / "grandlivre" / "reports"


def of(demo: Inspection, period: str, tree: str = "", account: str = "") -> Context:
    """A report's inputs on the demonstration books."""
    span = Period.parse(period)
    assert span is not None
    return Context(demo.books, Scope(tree, account), span, demo.findings, demo.waived, "0123456789ab")


def on(day: date, context: Context) -> Context:
    """The same on another day."""
    return replace(context, books=replace(context.books, as_of=day))


def francs(posting: data.Posting) -> int:
    weight = convert.get_weight(posting)
    return int(weight.number) if weight.currency == "XOF" else 0


def transactions(demo: Inspection, until: date = date.max) -> list[data.Transaction]:
    return [entry for entry in demo.entries if isinstance(entry, data.Transaction) and entry.date <= until]


def customs(demo: Inspection, kind: str) -> list[data.Custom]:
    return [entry for entry in demo.entries if isinstance(entry, data.Custom) and entry.type == kind]


def number(account: str) -> str:
    return account.split(":")[2].split("-")[0]


BALANCES: dict[date, dict[str, int]] = {}


def bql_balance(demo: Inspection, account: str, until: date) -> int:
    """A balance of the demonstration books at the end of a day, by BQL; each day is asked once."""
    if until not in BALANCES:
        asked = (
            f"SELECT account, sum(number(weight)) WHERE date <= {until} AND currency(weight) = 'XOF' GROUP BY account"
        )
        rows = query.run_query(list(demo.entries), dict(demo.options), asked)[1]
        BALANCES[until] = {name: int(total) for name, total in rows}
    return BALANCES[until].get(account, 0)


def table(report: Report, key: str) -> Table:
    return next(each for each in report.tables if each.key == key)


def spreadsheets_agree(report: Report) -> int:
    """How many formulas the spreadsheet holds; each is worth what its cell shows."""
    found = 0
    for sheet in sheets(render.xlsx(report)).values():
        for at, (worth, shown) in sheet.formulas().items():
            assert worth == shown, at
            found += 1
    return found


# --- bank reconciliation --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tree", TREES)
def test_every_statement_is_reconciled_again(demo, tree):
    sheets_ = reconciliation.build(of(demo, "2026", tree))
    entered = [each for each in customs(demo, "releve") if each.values[0].value.split(":")[1] == tree]
    entered = [each for each in entered if each.values[1].value.startswith("2026-")]
    assert len(sheets_) == len(entered) >= 10
    by_key = {(each.account.name, each.month.code): each for each in sheets_}
    moved: dict[str, list[tuple[data.Transaction, data.Posting]]] = defaultdict(list)
    for entry in transactions(demo):
        for posting in entry.postings:
            moved[posting.account].append((entry, posting))
    for each in entered:
        account, month, amount = (value.value for value in each.values)
        found = by_key[account, month]
        waiting = defaultdict(int)
        for entry, posting in moved[account]:
            if entry.date <= each.date:
                ticked = (posting.meta or {}).get("pointage") or entry.meta.get("pointage") or ""
                old = entry.meta.get("ecriture") == "a-nouveau" and not (posting.meta or {}).get("piece")
                if not old and (not ticked or ticked > month):
                    waiting[(posting.meta or {}).get("piece") or entry.meta["piece"]] += francs(posting)
        gone = {e.meta["annule"]: e.meta["piece"] for e in transactions(demo, each.date) if "annule" in e.meta}
        for original, storno in gone.items():
            if waiting.get(original) and waiting.get(original) == -waiting.get(storno, 0):
                del waiting[original], waiting[storno]
        waiting = {piece: amount for piece, amount in waiting.items() if amount}
        book = bql_balance(demo, account, each.date)
        assert found.book == book
        assert {tick.piece: tick.movement.value for tick in found.outstanding} == waiting
        assert found.bank_adjusted == int(amount.number) + sum(waiting.values())
        assert found.gap == int(amount.number) + sum(waiting.values()) - book == 0
        assert set(waiting) == set(each.meta.get("suspens", "").split())


def test_the_reconciliation_as_it_is_signed(demo):
    found = reconciliation.report(of(demo, "2026-09", "UNICEF-EDU"))
    assert [each.subtitle for each in found] == ["Relevé de septembre 2026, compte n° ML043 02110 001180521120 64"]
    (sheet,) = found
    two = table(sheet, "rapprochement")
    assert [column.group for column in two.columns] == ["A. Banque"] * 2 + ["B. Comptabilité"] * 2
    assert two.rows[0].cells["bank"] == 10077932
    assert two.rows[2].cells["bank"] == -157550  # two cheques not presented
    assert two.rows[-1].cells["bank"] == two.rows[-1].cells["book"] == 9920382
    assert table(sheet, "ecart").rows[-1].cells["amount"] == 0
    rows = table(sheet, "suspens").rows
    assert [(row.cells["piece"], row.cells["age"], row.cells["class"]) for row in rows[:2]] == [
        ("BQ-UNICEF-EDU-2026-0078", 72, "31 à 90 jours"),
        ("BQ-UNICEF-EDU-2026-0099", 5, "0 à 30 jours"),
    ]
    assert rows[-1].cells["amount"] == table(sheet, "ages").rows[-1].cells["amount"] == -157550
    assert [box.role for box in sheet.signatures] == ["Établi par", "Vérifié par", "Approuvé par"]
    assert len({box.name for box in sheet.signatures}) == 3
    assert spreadsheets_agree(sheet) == 8


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (0, "0 à 30 jours"),
        (30, "0 à 30 jours"),
        (31, "31 à 90 jours"),
        (90, "31 à 90 jours"),
        (91, "91 à 180 jours"),
        (180, "91 à 180 jours"),
        (181, "plus de 180 jours"),
    ],
)
def test_ageing_classes(days, name):
    assert reconciliation.age_class(days) == name


MAIN = f"""\
{HEADER}option "operating_currency" "XOF"
plugin "grandlivre.checks" "../rules"
"""


def small_books(folder: Path, ledger: str, **rules: str) -> Inspection:
    """A ledger of one file, with its rules."""
    (folder / "ledger").mkdir(parents=True)
    (folder / "rules" / "bailleurs").mkdir(parents=True)
    years = "sigle: ONG\nnom: Essai\nexercices: [{du: 2026-01-01, au: 2026-12-31}]\n"
    (folder / "rules" / "organisation.yaml").write_text(years, encoding="utf-8")
    for name, text in rules.items():
        place = folder / "rules" / f"{name.replace('__', '/')}.yaml"
        place.write_text(text, encoding="utf-8")
    main = folder / "ledger" / "main.beancount"
    main.write_text(MAIN + ledger, encoding="utf-8")
    return inspect(main)


BANK = """
2026-01-01 open Actif:EAU:52111-Banque
2026-01-01 open Charges:EAU:6318-Frais
2026-01-01 open Charges:EAU:6047-Fournitures
2026-01-01 open Produits:EAU:7718-Revenus
2026-01-01 open Passif:EAU:462-Fonds
2026-01-02 * "Bailleur" "Fonds"
  piece: "BQ-EAU-2026-0001"
  pointage: "2026-01"
  Actif:EAU:52111-Banque  1000000 XOF
  Passif:EAU:462-Fonds
2026-01-10 * "Papeterie" "Chèque"
  piece: "BQ-EAU-2026-0002"
  mode: "cheque"
  Charges:EAU:6047-Fournitures  40000 XOF
  Actif:EAU:52111-Banque
2026-01-12 * "Librairie" "Ordre"
  piece: "BQ-EAU-2026-0003"
  mode: "virement"
  Charges:EAU:6047-Fournitures  60000 XOF
  Actif:EAU:52111-Banque
2026-01-31 * "Bailleur" "Chèque remis"
  piece: "BQ-EAU-2026-0004"
  Actif:EAU:52111-Banque  5000 XOF
  Passif:EAU:462-Fonds
2026-01-31 custom "releve" Actif:EAU:52111-Banque "2026-01" 1000100 XOF
  suspens: "BQ-EAU-2026-0002 BQ-EAU-2026-0003 BQ-EAU-2026-0004"
2026-02-03 * "Banque" "Frais de tenue"
  piece: "BQ-EAU-2026-0005"
  pointage: "2026-01"
  Charges:EAU:6318-Frais  900 XOF
  Actif:EAU:52111-Banque
2026-02-03 * "Banque" "Intérêts"
  piece: "BQ-EAU-2026-0006"
  pointage: "2026-01"
  Actif:EAU:52111-Banque  1000 XOF
  Produits:EAU:7718-Revenus
2026-08-15 * "Papeterie" "Fournitures"
  piece: "BQ-EAU-2026-0007"
  Charges:EAU:6047-Fournitures  1 XOF
  Actif:EAU:52111-Banque
2026-08-31 custom "releve" Actif:EAU:52111-Banque "2026-08" 1000099 XOF
  suspens: "BQ-EAU-2026-0002"
"""


def test_what_the_bank_shows_first_stands_in_the_books_column(tmp_path):
    books = small_books(tmp_path, BANK)
    january, *missing = reconciliation.report(of(books, "2026-S1"))
    rows = table(january, "rapprochement").rows
    assert [row.cells["bank"] for row in rows] == [1000100, 5000, -40000, -60000, 0, None, 905100]
    assert [row.cells["book"] for row in rows] == [905000, 0, 1000, -900, 0, 0, 905100]
    assert table(january, "ecart").rows[-1].cells["amount"] == 0
    assert [row.cells["label"] for row in table(january, "a-passer").rows] == ["Frais de tenue", "Intérêts", "Total"]
    assert [sheet.subtitle for sheet in missing] == [
        f"Relevé de {month} 2026" for month in ("février", "mars", "avril", "mai", "juin")
    ]
    assert "Aucun relevé n'est saisi pour ce mois" in missing[0].body[0].paragraphs[0]


def test_a_sheet_printed_again_is_the_one_that_was_signed(tmp_path):
    """What a later statement shows, and a longer period asked for, change nothing of it."""
    later = BANK.replace(
        '"Chèque"\n  piece: "BQ-EAU-2026-0002"', '"Chèque"\n  piece: "BQ-EAU-2026-0002"\n  pointage: "2026-08"'
    )
    assert later != BANK
    pages = []
    for folder, text in (("a", BANK), ("b", later)):
        books = small_books(tmp_path / folder, text)
        context = replace(on(date(2026, 8, 31), of(books, "2026-01")), digest12="")
        pages.append(str(render.html(reconciliation.report(context)[0])))
    assert pages[0] == pages[1]
    january = reconciliation.report(replace(on(date(2026, 8, 31), of(books, "2026")), digest12=""))[0]
    assert january.situation is None
    assert str(render.html(january)) == pages[1]


@pytest.mark.parametrize("written", ["", "    date-valeur: 2025-09-15\n"])
def test_a_cheque_brought_forward_has_its_own_age_or_none(tmp_path, written):
    text = f"""
2026-01-01 open Actif:EAU:52111-Banque
2026-01-01 open Passif:EAU:462-Fonds
2026-01-01 * "Report"
  piece: "AN-EAU-2026-0001"
  ecriture: "a-nouveau"
  Actif:EAU:52111-Banque  500000 XOF
    pointage: "2025-12"
  Actif:EAU:52111-Banque  -85000 XOF
    piece: "BQ-EAU-2025-0188"
    cheque: "0730498"
{written}  Passif:EAU:462-Fonds
2026-01-31 custom "releve" Actif:EAU:52111-Banque "2026-01" 500000 XOF
  suspens: "BQ-EAU-2025-0188"
"""
    (sheet,) = reconciliation.report(of(small_books(tmp_path, text), "2026-01"))
    row = table(sheet, "suspens").rows[0].cells
    ages = {line.cells["class"]: line.cells["many"] for line in table(sheet, "ages").rows}
    if written:
        assert (row["date"], row["age"], row["class"]) == (date(2025, 9, 15), 138, "91 à 180 jours")
        assert ages["91 à 180 jours"] == 1
    else:
        assert (row["date"], row["age"], row["class"]) == (None, None, "avant l'ouverture des livres")
        assert row["comment"] == "date d'émission à écrire (date-valeur)"
        assert (ages["avant l'ouverture des livres"], ages["0 à 30 jours"], ages["Total"]) == (1, 0, 1)


def test_a_gap_and_old_items_are_said(tmp_path):
    books = small_books(tmp_path, BANK)
    (august,) = reconciliation.report(of(books, "2026-08"))
    (warning,) = [block for block in august.body if isinstance(block, Text)]
    said = " ".join(warning.paragraphs)
    assert "Écart de" in said
    assert "absentes de la liste arrêtée : BQ-EAU-2026-0003, BQ-EAU-2026-0004, BQ-EAU-2026-0007" in said
    assert "plus de 90 jours : BQ-EAU-2026-0002, BQ-EAU-2026-0003, BQ-EAU-2026-0004" in said
    rows = table(august, "suspens").rows
    assert rows[0].cells["comment"] == "à régulariser : opposition, extourne"
    assert reconciliation.build(of(books, "2026-12")) == ()
    (nothing,) = reconciliation.report(of(books, "2026-12"))
    assert "Aucun mois terminé" in nothing.body[0].paragraphs[0]


# --- cash plan ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("period", PERIODS)
def test_the_plan_starts_from_what_is_held_and_chains(demo, tree, period):
    context = of(demo, period, tree)
    (plan,) = cash_plan.build(context).trees
    end = context.period.end
    held = sum(
        bql_balance(demo, name, end)
        for name, account in demo.books.accounts.items()
        if account.tree == tree and account.number.startswith("5")
    )
    assert plan.start == held
    assert plan.months[0].code == Period.month(end + timedelta(days=1)).code
    assert len(plan.months) == 12
    balance = held
    last = max(agreement.final_day for agreement in demo.books.policy.donors[tree].agreements)
    assert len(plan.closings) == plan.known == sum(month.start <= last for month in plan.months)
    for index, closing in enumerate(plan.closings):
        assert plan.openings[index] == balance
        balance += sum(flow[index] for flow in plan.receipts.values())
        balance -= sum(flow[index] for flow in plan.payments.values())
        assert closing == balance
        assert plan.needs[index] == max(0, plan.alarms[index] - closing)
    assert plan.closings[plan.lowest] == min(plan.closings)


@pytest.mark.parametrize("tree", TREES)
def test_instalments_own_income_salaries_and_debts_are_found_again(demo, tree):
    context = of(demo, "2026-T3", tree)
    (plan,) = cash_plan.build(context).trees
    end = context.period.end
    donor = demo.books.policy.donors[tree]
    expected = defaultdict(int)
    for agreement in donor.agreements:
        for each in agreement.instalments:
            if end < each.due <= date(2027, 9, 30):
                rate = Decimal("655.957") if each.amount.currency == "EUR" else Decimal(1)
                worth = Decimal(each.amount.units).scaleb(-each.amount.exponent) * rate
                expected[f"{each.due:%Y-%m}"] += int(worth.to_integral_value("ROUND_HALF_UP"))
    flow = plan.receipts[forecast.INSTALMENTS]
    assert {month.code: amount for month, amount in zip(plan.months, flow, strict=True) if amount} == dict(expected)
    sums: dict[str, int] = defaultdict(int)
    salaries, debts = 0, defaultdict(int)
    for entry in transactions(demo, end):
        for posting in entry.postings:
            if posting.account.split(":")[1] != tree:
                continue
            code, amount = number(posting.account), francs(posting)
            if code.startswith("4"):
                debts[posting.account] += amount
            if code.startswith("66") and entry.date >= date(2026, 7, 1):
                salaries += amount
            if code.startswith("701"):
                sums[forecast.FEES] -= amount
            elif code.startswith("7052"):
                sums[forecast.SERVICES] -= amount
            elif code.startswith(("7041", "752")):
                sums[forecast.OTHER] -= amount
            elif code.startswith("781") and entry.meta.get("reciproque"):
                sums[forecast.SHARES] -= amount
    for kind in (forecast.FEES, forecast.SERVICES, forecast.OTHER, forecast.SHARES):
        average = int((Fraction(sums[kind], 9) + Fraction(1, 2)) // 1)
        last = {"FONCT": 3, "UNICEF-EDU": 3, "GENRE": 9, "UE-EAU": 12}[tree]
        assert plan.receipts[kind] == (average,) * last + (0,) * (12 - last)
    assert plan.alarms[0] == int((Fraction(salaries, 3) + Fraction(1, 2)) // 1)
    donors = ("409", "421", "449", "462", "463", "464", "469", "473", "475", "477")
    owed = -sum(amount for name, amount in debts.items() if amount < 0 and not number(name).startswith(donors))
    assert plan.payments[forecast.DEBTS] == (owed, *(0,) * 11)


@pytest.mark.parametrize("tree", ["FONCT", "UE-EAU"])
def test_what_is_left_of_the_budgets_is_spread_to_their_end(demo, tree):
    """For agreements that began with the books: nothing spent before them."""
    end = date(2026, 9, 30)
    (agreement,) = demo.books.policy.donors[tree].agreements
    spent: dict[str, int] = defaultdict(int)
    for entry in transactions(demo, end):
        for posting in entry.postings:
            code = number(posting.account)
            paid = code[0] == "6" and code[:2] not in ("68", "69") and code[:3] != "603"
            if posting.account.split(":")[1] == tree and (paid or code[:2] in ("21", "22", "23", "24", "25")):
                original = entry
                if entry.meta.get("ecriture") == "extourne":
                    original = next(e for e in transactions(demo) if e.meta.get("piece") == entry.meta["annule"])
                lines = [(p.meta or {}).get("ligne") for p in original.postings if p.account == posting.account]
                line = (
                    (posting.meta or {}).get("ligne")
                    or entry.meta.get("ligne")
                    or lines[0]
                    or original.meta.get("ligne", "")
                )
                spent[line] += francs(posting)
    months = Period("", date(2026, 10, 1), agreement.final_day)
    total: dict[str, int] = defaultdict(int)
    for code, line in agreement.budget_at(end).items():
        left = max(0, line.total.units - spent[code])
        if line.is_reserve:
            assert (tree, code) == ("UE-EAU", "5.1")
            continue
        flow = forecast.phased(agreement, line, left, end, tuple(months.months()))
        assert sum(flow) == left
        days = (agreement.final_day - end).days
        assert flow[0] == int((Fraction(left * 31, days) + Fraction(1, 2)) // 1)
        total["first"] += flow[0]
    (plan,) = cash_plan.build(of(demo, "2026-T3", tree)).trees
    kinds = [kind for kind in forecast.PAYMENTS if kind != forecast.DEBTS]
    assert sum(plan.payments[kind][0] for kind in kinds) == total["first"]


def test_the_calendar_of_a_line_decides_when_it_is_spent(demo):
    (agreement,) = demo.books.policy.donors["UE-EAU"].agreements
    line = next(iter(agreement.budget_at(agreement.start).values()))
    quarter, whole = Period.parse("2026-T4"), Period.parse("2027")
    planned = line.model_copy(update={"calendar": {quarter: Decimal(10), whole: Decimal(30)}})
    months = tuple(Period("", date(2026, 10, 1), agreement.final_day).months())
    flow = forecast.phased(agreement, planned, 4_000_000, date(2026, 9, 30), months)
    assert sum(flow[:3]) == 1_000_000
    assert sum(flow) == 4_000_000
    late = line.model_copy(update={"calendar": {Period.parse("2026-T1"): Decimal(100)}})
    assert forecast.phased(agreement, late, 1000, date(2026, 9, 30), months) == forecast.phased(
        agreement, line, 1000, date(2026, 9, 30), months
    )


def test_lines_are_sorted_by_what_they_pay(demo):
    lines = demo.books.policy.donors["UE-EAU"].agreements[0].budget_at(date(2026, 9, 30))
    kinds = {code: forecast.nature(lines[code], {"2.1", "2.2"}) for code in ("1.1", "1.4", "2.1", "3.1", "4.1", "5.1")}
    assert list(kinds.values()) == [
        forecast.STAFF,
        forecast.TAXES,
        forecast.ACTIVITIES,
        forecast.ASSETS,
        forecast.RUNNING,
        forecast.RUNNING,
    ]
    assert [code for code, line in lines.items() if line.is_reserve] == ["5.1"]


def test_the_whole_is_the_sum_of_the_trees(demo):
    plan = cash_plan.build(of(demo, "2026-T3"))
    assert tuple(each.trees[0] for each in plan.trees) == TREES
    # two agreements end in December: the whole says nothing of January
    assert plan.whole.known == 3
    assert plan.whole.closings == tuple(
        sum(month) for month in zip(*(each.closings[:3] for each in plan.trees), strict=True)
    )
    assert plan.whole.needs == tuple(sum(month) for month in zip(*(each.needs[:3] for each in plan.trees), strict=True))
    report = cash_plan.report(of(demo, "2026-T3"))
    grid = table(report, "plan-ensemble")
    closing = next(row for row in grid.rows if row.role == "closing")
    shown = tuple(closing.cells.get(f"m{month}") for month in range(1, 13))
    assert shown == (*plan.whole.closings, *(None,) * 9)
    assert closing.cells["total"] == plan.whole.closings[-1]
    assert [each.key for each in report.tables] == ["plan-ensemble", *(f"plan-{tree}" for tree in TREES)]
    assert spreadsheets_agree(report) > 80


DONOR = """
code: EAU
nom: Eau
comptes: {banque: Actif:EAU:52111-Banque}
conventions:
  - id: EAU-1
    du: 2026-01-01
    au: 2026-12-31
    financement: fonds-administration
    tranches: [{date: 2026-03-01, montant: 100 000 XOF}]
    budget:
      - {code: "1", libelle: Tout, lignes: [{code: "1.1", libelle: Salaires, cout-unitaire: 365 000 XOF, comptes: [661]}]}
"""
POOR = """
2026-01-01 open Actif:EAU:52111-Banque
2026-01-01 open Charges:EAU:6611-Salaires
2026-01-01 open Passif:EAU:462-Fonds
2026-01-02 * "Bailleur" "Fonds"
  piece: "BQ-EAU-2026-0001"
  Actif:EAU:52111-Banque  62000 XOF
  Passif:EAU:462-Fonds
2026-01-31 * "Personnel" "Salaires"
  piece: "BQ-EAU-2026-0002"
  ligne: "1.1"
  Charges:EAU:6611-Salaires  31000 XOF
  Actif:EAU:52111-Banque
"""


def test_too_little_money_is_said_with_its_month(tmp_path):
    books = small_books(tmp_path, POOR, bailleurs__eau=DONOR)
    context = of(books, "2026-01", "EAU")
    (plan,) = cash_plan.build(context).trees
    # 31 000 held; 28 000 spent in February, 100 000 received in March, 1 000 a day until December
    assert plan.closings[:3] == (3000, 72000, 42000)
    assert plan.alarms[0] == 31000
    assert plan.alarms[11] == 0
    assert plan.needs[:3] == (28000, 0, 0)
    assert plan.known == 11
    assert plan.closings[10] == 31000 + 100000 - 334000
    report = cash_plan.report(context)
    (warning, *_) = [block for block in report.body if isinstance(block, Text)]
    assert warning.role == "warning"
    assert re.search(r"3\s000\sFCFA à la fin de février 2026, moins d'un mois", warning.paragraphs[0])
    assert "au plus bas \u2212203" in warning.paragraphs[0].replace("\u202f", " ")
    assert "EAU à partir de janvier 2027" in warning.paragraphs[1]
    assert [block.key for block in report.tables] == ["plan-EAU"]


def test_nothing_is_planned_after_an_agreement_nor_on_contingencies(tmp_path):
    lines = """          - {code: "1.1", libelle: Salaires, cout-unitaire: 365 000 XOF, comptes: [661]}
          - {code: "1.2", libelle: "Imprévus, sur accord du bailleur", cout-unitaire: 90 000 XOF}
          - {code: "1.3", libelle: Étude, cout-unitaire: 33 400 XOF, sur-accord: oui}
"""
    donor = (
        DONOR[: DONOR.index("      - {code")] + f'      - code: "1"\n        libelle: Tout\n        lignes:\n{lines}'
    )
    books = small_books(tmp_path / "a", POOR, bailleurs__eau=donor)
    report = cash_plan.report(of(books, "2026-01", "EAU"))
    (grid,) = report.tables
    rows = {row.cells["label"]: row for row in grid.rows}
    for label in ("Solde initial", "Décaissements", "Personnel", "Solde de fin", "Seuil d'alerte", "Besoin"):
        assert rows[label].cells["m11"] is not None, label  # December
        assert rows[label].cells.get("m12") is None, label  # January: the agreement has ended
    assert "Fonctionnement" not in rows
    assert rows["Imprévus, hors plan"].cells == {"label": "Imprévus, hors plan", "total": 123_400}
    page = str(render.html(report))
    assert len(re.findall(r'<td class="n[^"]*">—</td>', page)) > 6
    assert {fact.label: fact.value for fact in report.facts} == {
        "Situation au": date(2026, 1, 31),
        "Disponible en banque et caisses": 31000,
        "Solde le plus bas": -203_000,
        "À la fin de": "décembre 2026",
        "Dernier mois prévu": "décembre 2026",
        "Imprévus, hors plan": 123_400,
    }
    assert report.period == ("février 2026 à janvier 2027", date(2026, 2, 1), date(2027, 1, 31))
    released = f'{donor}    avenants: [{{date: 2026-01-15, lignes: {{"1.3": {{sur-accord: non}}}}}}]\n'
    books = small_books(tmp_path / "b", POOR, bailleurs__eau=released)
    (plan,) = cash_plan.build(of(books, "2026-01", "EAU")).trees
    assert (plan.reserve, sum(plan.payments[forecast.RUNNING])) == (90_000, 33_400)


def test_a_tree_without_agreement_does_not_cut_the_plan_of_the_others(tmp_path):
    ended = DONOR.replace("EAU", "SOL").replace("2026-12-31", "2026-01-31").replace("2026-03-01", "2026-01-01")
    text = POOR + re.sub("EAU", "SOL", POOR)
    books = small_books(tmp_path, text, bailleurs__eau=DONOR, bailleurs__sol=ended)
    plan = cash_plan.build(of(books, "2026-01"))
    assert {each.trees: each.known for each in plan.trees} == {("EAU",): 11, ("SOL",): 0}
    assert (plan.whole.trees, plan.whole.start, plan.whole.known) == (("EAU",), 31000, 11)
    report = cash_plan.report(of(books, "2026-01"))
    assert "SOL à partir de février 2026" in report.body[0].paragraphs[1]
    assert [row.cells.get("m1") for row in table(report, "plan-SOL").rows if row.role == "closing"] == [None]


def test_what_was_spent_before_the_books_is_not_planned_again(tmp_path):
    donor = DONOR.replace("du: 2026-01-01", "du: 2025-07-01").replace(
        "comptes: [661]}", "comptes: [661], realise-anterieur: 300 000 XOF}"
    )
    (plan,) = cash_plan.build(of(small_books(tmp_path, POOR, bailleurs__eau=donor), "2026-01", "EAU")).trees
    assert sum(plan.payments[forecast.STAFF]) == 365_000 - 300_000 - 31_000


def test_a_plan_starts_today_when_the_period_is_not_over(tmp_path):
    books = small_books(tmp_path, POOR, bailleurs__eau=DONOR.replace("2026-03-01", "2026-01-31"))
    early = on(date(2026, 1, 30), of(books, "2026", "EAU"))
    (plan,) = cash_plan.build(early).trees
    # the first column says that it is more than its month
    made = cash_plan.report(early)
    assert [column.title for column in made.tables[0].columns[1:3]] == ["fin janv. + févr. 2026", "mars 2026"]
    said = "La colonne de février 2026 comprend aussi ce qui reste à faire du 31/01/2026 au 31/01/2026."
    assert said in [line for block in made.body if isinstance(block, Text) for line in block.paragraphs]
    assert plan.start == 62000
    assert plan.receipts[forecast.INSTALMENTS][0] == 100000  # due on the last day of January, with February
    days = 365 - 30
    assert plan.payments[forecast.STAFF][0] == int((Fraction(365000 * 29, days) + Fraction(1, 2)) // 1)


def test_books_without_any_tree_have_no_plan(tmp_path):
    books = small_books(tmp_path, "")
    with pytest.raises(RefusedError, match="aucun projet"):
        cash_plan.report(of(books, "2026-01"))


# --- advances -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("period", ["2026-02", "2026-05", "2026-T3", "2026-10"])
def test_open_advances_agree_with_their_accounts(demo, tree, period):
    context = of(demo, period, tree)
    (found,) = open_advances.build(context)
    end = context.period.end
    left: dict[str, int] = defaultdict(int)
    loose = 0
    for entry in transactions(demo, end):
        for posting in entry.postings:
            if posting.account.split(":")[1] == tree and number(posting.account).startswith(sycebnl.ADVANCES):
                advance = (posting.meta or {}).get("avance") or entry.meta.get("avance")
                if advance:
                    left[advance] += francs(posting)
                else:
                    loose += francs(posting)
    assert {each.advance.id: each.left for each in found.advances} == {id_: rest for id_, rest in left.items() if rest}
    assert found.unnumbered == loose
    accounts = [a.name for a in demo.books.tree_accounts(tree, *sycebnl.ADVANCES)]
    assert found.balance == sum(bql_balance(demo, name, end) for name in accounts)
    for each in found.advances:
        assert each.age == (end - each.advance.opened.date).days
    report = open_advances.report(context)
    if found.advances:
        assert table(report, f"comptes-{tree}").rows[-1].cells["amount"] == found.balance
        assert table(report, f"avances-{tree}").rows[-1].cells["left"] == found.left
        assert spreadsheets_agree(report) > 5


ADVANCES = """
2026-01-01 open Actif:EAU:5711-Caisse
2026-01-01 open Actif:EAU:4213-Avances
2026-01-01 open Charges:EAU:6181-Voyages
2026-01-01 open Passif:EAU:462-Fonds
2026-01-02 * "Bailleur" "Fonds"
  piece: "CS-EAU-2026-0001"
  Actif:EAU:5711-Caisse  100000 XOF
  Passif:EAU:462-Fonds
2026-01-05 * "Awa" "Mission à Mopti"
  piece: "CS-EAU-2026-0002"
  avance: "AV-1"
  echeance: 2026-01-20
  Actif:EAU:4213-Avances  30000 XOF
  Actif:EAU:5711-Caisse
2026-01-12 * "Moussa" "Mission à Gao"
  piece: "CS-EAU-2026-0003"
  avance: "AV-2"
  Actif:EAU:4213-Avances  20000 XOF
  Actif:EAU:5711-Caisse
2026-01-18 * "Awa" "Justificatifs et reliquat"
  piece: "CS-EAU-2026-0004"
  avance: "AV-1"
  Charges:EAU:6181-Voyages  12000 XOF
  Actif:EAU:5711-Caisse  3000 XOF
  Actif:EAU:4213-Avances
"""


@pytest.mark.parametrize(
    ("period", "states"),
    [
        ("2026-01", {"AV-1": ("en retard", 15000), "AV-2": ("en retard", 20000)}),
        ("2026-02", {"AV-1": ("bloquante", 15000), "AV-2": ("bloquante", 20000)}),
    ],
)
def test_states_of_advances(tmp_path, period, states):
    books = small_books(tmp_path, ADVANCES)
    (found,) = open_advances.build(on(date(2026, 3, 1), of(books, period, "EAU")))
    assert {each.advance.id: (each.state, each.left) for each in found.advances} == states
    first = next(each for each in found.advances if each.advance.id == "AV-1")
    assert (first.given, first.justified, first.returned) == (30000, 12000, 3000)
    # five working days after Monday 12 January
    assert next(each for each in found.advances if each.advance.id == "AV-2").due == date(2026, 1, 19)


def test_an_advance_is_late_the_day_after_its_last_day(tmp_path):
    books = small_books(tmp_path, ADVANCES.replace("2026-01-20", "2026-01-31"))
    (found,) = open_advances.build(on(date(2026, 1, 31), of(books, "2026-01", "EAU")))
    assert {each.advance.id: each.state for each in found.advances} == {"AV-1": "ouverte", "AV-2": "en retard"}
    # the books have reached 18 January: a longer period knows no more
    (found,) = open_advances.build(of(books, "2026", "EAU"))
    assert {each.state for each in found.advances} == {"ouverte"}
    assert [each.age for each in found.advances] == [13, 6]
    report = open_advances.report(on(date(2026, 3, 15), of(books, "2026-03")))
    assert [each.key for each in report.tables] == ["avances-EAU", "comptes-EAU"]
    assert any("bloquent toute nouvelle avance" in said for said in report.body[0].paragraphs)


@pytest.mark.parametrize("number", [*sycebnl.ADVANCES, "4098"])
def test_an_advance_is_the_same_wherever_it_is_shown(tmp_path, number):
    books = small_books(tmp_path, ADVANCES.replace("4213-Avances", f"{number}-Avances"))
    context = of(books, "2026-01", "EAU")
    (found,) = open_advances.build(context)
    (row,) = dashboard.treasury(books.books, ask(books.books), ())
    shown = 0 if number == "4098" else 35000
    assert (found.balance, funds.funds(context).holdings.advances.amount, row.held.advances.amount) == (
        shown,
        shown,
        shown,
    )


# --- what is held -------------------------------------------------------------------------------------------------


def test_available_committed_and_net_are_the_same_on_screen_plan_and_donors_paper(demo):
    """Three figures, one name each, wherever they stand."""
    for row in dashboard.treasury(demo.books, ask(demo.books), ()):
        context = of(demo, "2026-10", row.tree)
        position = {
            line.cells["label"].removeprefix("− "): line.cells["amount"]
            for line in table(financial_report.report(context), "position").rows
        }
        plan = cash_plan.report(context)
        facts = {fact.label: fact.value for fact in plan.facts}
        available, committed, net = row.held.available, row.held.committed, row.held.net
        assert [position[name] for name in THREE] == [available, committed, net], row.tree
        assert facts[holdings.AVAILABLE] == available
        debts = [line.cells["m1"] for line in plan.tables[0].rows if line.cells["label"] == forecast.DEBTS]
        assert debts == ([committed] if committed else [])


def test_a_payment_that_awaits_its_signatures_is_committed(tmp_path):
    """On the first page, in the plan and the budget: the money has not left. Once signed, or on a statement, it has."""
    payment = """
2026-01-30 ! "Personnel" "Prime"
  piece: "BQ-EAU-2026-0003"
  ligne: "1.1"
  signataire-1: "directeur"
  Charges:EAU:6611-Salaires  5000 XOF
  Actif:EAU:52111-Banque
"""
    shown = {}
    for name, text in (
        ("none", POOR),
        ("one", POOR + payment),
        ("both", POOR + payment.replace('"directeur"\n', '"directeur"\n  signataire-2: "presidente"\n')),
        ("stated", POOR + payment.replace('"directeur"\n', '"directeur"\n  pointage: "2026-01"\n')),
    ):
        books = small_books(tmp_path / name, text, bailleurs__eau=DONOR)
        context = of(books, "2026-01", "EAU")
        (row,) = dashboard.treasury(books.books, ask(books.books), ())
        (plan,) = cash_plan.build(context).trees
        (budget,) = budget_followup.build(context).executions[0].lines
        assert funds.funds(context).gap == 0
        charged = dashboard.charged(books.books, "EAU", "EAU-1", "1.1", date(2026, 1, 31))
        assert sum(charge.amount for charge in charged) == budget.cumulative
        held = row.held
        shown[name] = (held.available, held.committed, held.net, plan.start, plan.payments[forecast.DEBTS][0])
        shown[name] += (budget.cumulative, budget.outstanding)
    assert shown["none"] == (31000, 0, 31000, 31000, 0, 31000, 0)
    assert shown["one"] == (31000, 5000, 26000, 31000, 5000, 31000, 5000)
    assert shown["both"] == shown["stated"] == (26000, 0, 26000, 26000, 0, 36000, 0)


def test_an_account_for_loans_between_trees_is_no_gift(tmp_path):
    """Whatever its number: 181 is of class 1, where donors' funds stand."""
    donor = DONOR.replace("comptes: {", "comptes: {prets: [Passif:EAU:181-Pret], ")
    text = (
        POOR
        + """
2026-01-01 open Passif:EAU:181-Pret
2026-01-20 * "Autre projet" "Prêt"
  piece: "BQ-EAU-2026-0003"
  Actif:EAU:52111-Banque  10000 XOF
  Passif:EAU:181-Pret
"""
    )
    books = small_books(tmp_path, text, bailleurs__eau=donor)
    found = funds.funds(of(books, "2026-01", "EAU"))
    assert (found.received, found.holdings.available, found.holdings.committed, found.gap) == (62000, 41000, 10000, 0)


# --- findings and waivers -------------------------------------------------------------------------------------------


def test_findings_of_the_demonstration_are_listed_by_tree(demo):
    whole = waivers.build(of(demo, "2026"))
    assert len(whole.open) == len(demo.findings)
    parts = [waivers.build(of(demo, "2026", tree)) for tree in TREES]
    nobodys = sum(not demo.books.tree_at(each.file, each.line) for each in demo.findings)
    assert sum(len(part.open) for part in parts) == len(demo.findings) + nobodys * (len(TREES) - 1)
    rules = {each.rule for each in demo.findings}
    assert {tally.rule: tally.warnings for tally in whole.tallies} == {
        rule: sum(each.rule == rule for each in demo.findings) for rule in rules
    }
    october = waivers.build(of(demo, "2026-10"))
    assert {each.piece for each in october.open} == {
        each.piece for each in demo.findings if each.date is None or each.date >= date(2026, 10, 1)
    }


WAIVED = """
2026-01-01 open Actif:EAU:52111-Banque
2026-01-01 open Charges:EAU:6047-Fournitures
2026-01-01 open Passif:EAU:462-Fonds
2026-01-02 * "Bailleur" "Fonds"
  piece: "BQ-EAU-2026-0001"
  Actif:EAU:52111-Banque  900000 XOF
  Passif:EAU:462-Fonds
2026-02-10 * "Papeterie" "Fournitures"
  piece: "BQ-EAU-2026-0002"
  derogation: "trois-proformas"
  motif: "fournisseur unique à Bandiagara"
  Charges:EAU:6047-Fournitures  60000 XOF
  Actif:EAU:52111-Banque
2026-02-12 * "Librairie" "Livres"
  piece: "BQ-EAU-2026-0003"
  Charges:EAU:6047-Fournitures  70000 XOF
  Actif:EAU:52111-Banque
"""


def test_waivers_are_counted_and_listed_with_what_they_silence(tmp_path):
    books = small_books(tmp_path, WAIVED)
    facts = waivers.build(of(books, "2026-02", "EAU"))
    (excused,) = facts.excused
    assert (excused.waiver.rule, excused.amount) == ("trois-proformas", 60000)
    assert [finding.rule for finding in excused.findings] == ["trois-proformas"]
    tally = next(each for each in facts.tallies if each.rule == "trois-proformas")
    assert (tally.errors, tally.warnings, tally.waived) == (1, 0, 1)
    report = waivers.report(of(books, "2026-02", "EAU"))
    (row,) = table(report, "derogations").rows
    assert row.cells["reason"] == "fournisseur unique à Bandiagara"
    assert "60 000" in row.cells["finding"]
    places = [row.cells["place"] for row in table(report, "constats").rows]
    assert all(place.startswith(("ledger/", "rules/")) for place in places)
    assert spreadsheets_agree(report) >= 3
    assert waivers.build(of(books, "2026-03", "EAU")).excused == ()


def test_a_finding_on_a_posting_is_silenced_by_its_entrys_waiver(tmp_path):
    books = small_books(tmp_path, WAIVED)
    entry = next(each for each in books.books.entries if each.piece == "BQ-EAU-2026-0002")
    said = Finding("trois-proformas", Level.ERROR, entry.file, entry.movements[0].line, "ici", entry.date, entry.piece)
    context = replace(of(books, "2026-02", "EAU"), waived=(said,))
    assert [finding.message for finding in waivers.build(context).excused[0].findings] == ["ici"]


# --- calendar -------------------------------------------------------------------------------------------------------


def test_the_calendar_of_a_quarter(demo):
    facts = calendar.build(of(demo, "2026-T3"))
    by_kind: dict[str, set[tuple[str, str, date]]] = defaultdict(set)
    for each in (*facts.late, *facts.deadlines):
        by_kind[each.kind].add((each.tree, each.period, each.day))
    banks = demo.books.banks
    expected = set()
    for month, day in (("06", "07-10"), ("07", "08-10"), ("08", "09-10"), ("09", "10-10")):
        expected |= {(bank.tree, f"2026-{month}", date.fromisoformat(f"2026-{day}")) for bank in banks}
    assert by_kind["releve"] == expected
    assert {(period, day) for _, period, day in by_kind["comptage"]} == {
        (f"2026-0{month}", date(2026, month + 1, 5)) for month in (6, 7, 8, 9)
    }
    assert by_kind["cloture"] == {("", "2026-T2", date(2026, 7, 30)), ("", "2026-T3", date(2026, 10, 30))}
    assert {(tree, day) for tree, _, day in by_kind["tranche"]} == {
        (tree, each.due)
        for tree, donor in demo.books.policy.donors.items()
        for agreement in donor.agreements
        for each in agreement.instalments
        if date(2026, 7, 1) <= each.due <= date(2026, 9, 30)
    }
    assert ("GENRE", "2026-T2", date(2026, 7, 15)) in by_kind["rapport"]
    decisions = {
        value
        for entry in customs(demo, "rencontre")
        for key, value in entry.meta.items()
        if key.endswith("-echeance")
        and (
            date(2026, 7, 1) <= value <= date(2026, 9, 30)
            or (value < date(2026, 10, 31) and key.replace("-echeance", "-faite") not in entry.meta)
        )
    }
    assert {day for _, _, day in by_kind["decision"]} == decisions
    days = [each.day for each in facts.deadlines]
    assert days == sorted(days)
    assert facts.open + facts.done <= len(facts.deadlines)


def test_what_is_done_late_or_to_do(demo):
    facts = calendar.build(of(demo, "2026-T3"))
    states = {(each.kind, each.tree, each.period): each for each in facts.deadlines}
    statement = states["releve", "UE-EAU", "2026-09"]
    assert statement.done == date(2026, 9, 30)
    assert not statement.is_late(facts.today)
    count = states["comptage", "UE-EAU", "2026-09"]
    assert count.who == "caissiere-eau"
    assert count.done is not None
    meetings = states["reunion", "GENRE", "2026-08"]
    assert meetings.many == (3, 3)  # four Thursdays, one week closed
    report = calendar.report(of(demo, "2026-T3"))
    assert "saisi" in [row.cells.get("state") for row in table(report, "echeances").rows]
    early = replace(demo.books, as_of=date(2026, 7, 1))
    assert all(each.day < date(2026, 7, 1) for each in calendar.build(replace(of(demo, "2026-T3"), books=early)).late)


def test_a_report_that_was_sent_is_done(tmp_path):
    donor = f"{DONOR}    rapports: [{{modele: rapport-financier, periodicite: trimestre, delai: 15 jours}}]\n"
    sent = '2026-04-20 custom "transmission" "rapport-financier" "EAU" "2026-T1"\n  empreinte: "sha256:0"\n'
    books = small_books(tmp_path, POOR + sent, bailleurs__eau=donor)
    found = [each for each in calendar.build(of(books, "2026-T2", "EAU")).deadlines if each.kind == "rapport"]
    assert [(each.period, each.day, each.done) for each in found] == [
        ("2026-T1", date(2026, 4, 15), date(2026, 4, 20)),
        ("2026-T2", date(2026, 7, 15), None),
    ]
    titles = [row.cells.get("what") for row in table(calendar.report(of(books, "2026-T2", "EAU")), "echeances").rows]
    assert "Rapport au bailleur : Rapport financier" in titles


def test_what_is_past_its_day_is_late(tmp_path):
    books = small_books(tmp_path, POOR, bailleurs__eau=DONOR)
    context = of(books, "2026-T1")
    for day, said, overdue in (
        (date(2026, 4, 30), "à faire", 3),
        (date(2026, 5, 1), "en retard de 1 j", 4),
    ):
        dated = replace(context, books=replace(books.books, as_of=day))
        assert calendar.build(dated).overdue == overdue  # three statements, then the closing
        rows = {row.cells["what"]: row.cells.get("state") for row in table(calendar.report(dated), "echeances").rows}
        assert rows["Clôture : 1er trimestre 2026"] == said
        assert rows["Tranche attendue, EAU-1 : 100 000 FCFA"] == f"attendue depuis {(day - date(2026, 3, 1)).days} j"


def test_what_was_late_before_the_period_stands_first(tmp_path):
    books = small_books(tmp_path, POOR, bailleurs__eau=DONOR)
    context = on(date(2026, 10, 20), of(books, "2026-T4"))
    rows = table(calendar.report(context), "echeances").rows
    assert (rows[0].role, rows[0].cells["what"]) == ("heading", "En retard")
    facts = calendar.build(context)
    assert facts.overdue == 11  # nine statements, two closings
    assert [row.cells["day"] for row in rows[1:12]] == [each.day for each in facts.late]
    assert rows[1].cells["what"] == "Relevé bancaire : Banque (52111)"
    assert rows[12].role == "heading"


def test_every_line_of_the_calendar_says_where_it_stands_in_words(demo):
    """Instalments received, decisions, ends of agreements and mandates too; no identifier of ours."""
    context = of(demo, "2026")
    rows = [row.cells for row in table(calendar.report(context), "echeances").rows if row.role == "normal"]
    assert not [row for row in rows if not row["state"]]
    said = {str(row["what"]): row["state"] for row in rows}
    assert said["Tranche attendue, FH/2026/044 : 12 000 000 FCFA"] == "reçue le 06/07/2026"
    assert said["Tranche attendue, MLI/PCA/2025-07 : 12 500 000 FCFA"] == "attendue"
    assert said["Dernier jour de la convention FH/2025/031"] == "fini"
    assert not [what for what in said if "Actif:" in what or re.search(r"[a-z]-[a-z]+$", what.removesuffix("annexe-6"))]
    assert {str(row["what"]) for row in rows if row["tree"] == "FONCT" and "Rapport" in str(row["what"])} == {
        "Rapport interne : Suivi budgétaire"
    }


def test_the_calendar_of_a_finished_quarter_is_the_same_on_any_day(tmp_path):
    later = '2026-04-20 custom "cloture" "2026-T1"\n'
    books = small_books(tmp_path, POOR + later, bailleurs__eau=DONOR)
    period = Period.parse("2026-T1")
    job = Job(models()["calendrier"], Scope(), period)
    pages = {str(render.html(make(books.at(day), job, "")[0])) for day in (date(2026, 4, 1), date(2026, 4, 30))}
    assert len(pages) == 1


# --- all of them ----------------------------------------------------------------------------------------------------

MODULES = (reconciliation, cash_plan, open_advances, waivers, calendar)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.REPORT.name)
def test_reports_are_the_same_twice_and_speak_english(demo, module):
    def pages(context: Context) -> list[str | render.Problem]:
        made = module.report(context)
        return [render.html(each) for each in (made if isinstance(made, tuple) else (made,))]

    context = of(demo, "2026-10", "GENRE")
    first = pages(context)
    assert first == pages(context)
    assert all(isinstance(page, str) for page in first)
    donor = demo.books.policy.donors["GENRE"].model_copy(update={"language": "en"})
    policy = replace(demo.books.policy, donors={**demo.books.policy.donors, "GENRE": donor})
    english = pages(replace(context, books=replace(demo.books, policy=policy)))
    assert not any("Date et signature" in str(page) for page in english)


def words_of(path: Path) -> set[str]:
    """The source words a module passes to the translation: `_("…")`, `word("…")`, `context._("…")`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("_", "word") and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                found.add(node.args[0].value)
    return found


def test_every_word_of_the_reports_has_its_english():
    english = catalog("en")
    same = {"", "Adoption", "Budget", "Code", "Date", "Document", "Initial", "Journal", "Participants"}
    same |= {"Certification", "Contact", "Net", "Note", "Programme", "Quorum", "Source", "Total", "Vote"}
    words = {word for path in REPORTS.glob("*.py") for word in words_of(path)}
    assert len(words) > 300
    # words that reach the translation by a constant
    words |= (
        {model.title for model in models().values()}
        | {name for _, name in reconciliation.AGES}
        | {reconciliation.BEFORE}
    )
    words |= {
        *forecast.RECEIPTS,
        *forecast.PAYMENTS,
        forecast.RESERVE,
        *THREE,
        *Level,
        open_advances.OPEN,
        open_advances.LATE,
    }
    words |= {open_advances.BLOCKING, open_advances.EXCESS, "Établi par", "Vérifié par", "Approuvé par"}
    words |= {
        *calendar.SENTENCES.values(),
        *calendar.MEETINGS.values(),
        *calendar.WHO.values(),
        *calendar.POWERS.values(),
    }
    assert sorted(word for word in words - same if english(word) == word) == []


def test_the_whole_says_whose_money_is_no_part_of_it(demo):
    """Two agreements end on 31 December: until then their money is in the plan, from then on it is said apart."""
    said = {}
    for day in (date(2026, 12, 12), date(2026, 12, 31)):
        context = on(day, of(demo, "2026-12"))
        held = {tree: holdings.holdings(context.books, tree, day).available for tree in context.books.trees}
        plan, made = cash_plan.build(context), cash_plan.report(context)
        out = set(held) - {*plan.whole.trees}
        assert plan.whole.start == sum(held[tree] for tree in plan.whole.trees)
        lines = [line for block in made.body if isinstance(block, Text) for line in block.paragraphs]
        left_out = (" ".join(line.split()) for line in lines if line.startswith("L'ensemble ne comprend pas"))
        said[day.day] = out, list(left_out)
    gone = {"FONCT", "UNICEF-EDU"}
    assert said == {
        12: (set(), []),
        31: (gone, ["L'ensemble ne comprend pas FONCT, UNICEF-EDU : 14 480 792 FCFA en banque et caisses."]),
    }
