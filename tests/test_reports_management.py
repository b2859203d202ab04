"""The management's report to the board: every figure found again by a plain loop or in the report that explains it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from beancount.core import data

from grandlivre.inspection import Inspection, inspect
from grandlivre.inspection.families import family_of
from grandlivre.policy.periods import Period
from grandlivre.reports import budget_followup, funds
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Table, Text
from grandlivre.reports.management_report import report
from grandlivre.rules import Level


def context(found: Inspection, code: str = "2026-09", tree: str = "") -> Context:
    period = Period.parse(code)
    assert period is not None
    seen = found.at(min(period.end, found.books.today))
    return Context(seen.books, Scope(tree), period, seen.findings, seen.waived)


def table(made: Any, key: str) -> Table:
    return next(each for each in made.tables if each.key == key)


def test_treasury_by_a_plain_loop(demo: Inspection) -> None:
    asked = context(demo)
    held: dict[tuple[str, str], int] = defaultdict(int)
    for entry in demo.books.raw:
        if isinstance(entry, data.Transaction) and entry.date <= asked.period.end:
            for posting in entry.postings:
                _, tree, leaf = posting.account.split(":")
                for key, number in (("bank", "52"), ("till", "57"), ("mobile", "55"), ("transit", "58")):
                    held[tree, key] += round(posting.units.number) if leaf.startswith(number) else 0
    *rows, total = table(report(asked), "treasury").rows
    for row in rows:
        for key in ("bank", "till", "mobile", "transit"):
            assert row.cells[key] == held[str(row.cells["tree"]), key]
        statement = funds.funds(context(demo, tree=str(row.cells["tree"])))
        assert row.cells["net"] == statement.held == statement.closing
    assert total.cells["available"] == sum(held.values())


def test_execution_is_that_of_the_budget_follow_up(demo: Inspection) -> None:
    *rows, _ = table(report(context(demo)), "execution").rows
    assert [row.cells["agreement"] for row in rows] == ["FONCT-2026", "FH-2026-044", "UE-2025-118", "UNICEF-2025-07"]
    for row in rows:
        made = budget_followup.report(context(demo, tree=str(row.cells["tree"])))
        same = table(made, f"budget-{row.cells['agreement']}").rows[-1].cells
        assert {key: row.cells[key] for key in ("budget", "period", "actual", "orders", "available", "rate")} == {
            key: same[key] for key in ("budget", "period", "actual", "orders", "available", "rate")
        }


def test_findings_by_family_count_them_all_once(demo: Inspection) -> None:
    asked = context(demo)
    *rows, total = table(report(asked), "findings").rows
    known = [each for each in asked.findings if each.date is None or each.date <= asked.period.end]
    for row in rows:
        own = [each for each in known if family_of(each.rule) == row.cells["family"]]
        assert row.cells["errors"] == sum(each.level == Level.ERROR for each in own)
        assert row.cells["warnings"] == sum(each.level == Level.WARNING for each in own)
        assert len(row.refs) == len(own)
    assert (total.cells["errors"], total.cells["warnings"]) == (0, len(known))


def test_meetings_of_the_bodies_come_with_their_minutes(demo: Inspection) -> None:
    made = report(context(demo))
    assert [(row.cells["body"], row.cells["document"]) for row in table(made, "minutes").rows] == [
        ("Direction", "fonct/2026-09/pv-direction-03.pdf"),
        ("Bureau exécutif", "fonct/2026-09/pv-bureau-18.pdf"),
    ]
    (row,) = table(made, "decisions").rows
    assert row.cells["decision"] == "Obtenir du bailleur un avis sur le report de l'évaluation"
    activities = table(made, "activities").rows[:-1]
    assert all(row.cells["done"] or row.cells["cost"] for row in activities)


def test_what_is_late_and_what_awaits_a_signature(demo_texts: Path) -> None:
    path = demo_texts / "ledger/ue-eau/2026-09.beancount"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(index for index, line in enumerate(lines) if "signataire-2" in line)
    piece = next(line for line in reversed(lines[:at]) if "piece:" in line).split('"')[1]
    path.write_text("".join(lines[:at] + lines[at + 1 :]), encoding="utf-8")
    made = report(context(inspect(demo_texts / "ledger/main.beancount"), "2026-10"))
    (row, _) = table(made, "to_sign").rows
    assert (row.cells["piece"], row.cells["missing"]) == (piece, "1 signature")
    assert row.refs[0].piece == piece
    for late in table(made, "late").rows:
        assert late.cells["days"] > 0


def test_books_without_anything_get_a_report_that_says_so(demo_texts: Path) -> None:
    made = report(context(inspect(demo_texts / "ledger/main.beancount"), "2025-11"))
    said = [paragraph for block in made.body if isinstance(block, Text) for paragraph in block.paragraphs]
    assert "Aucune activité n'est inscrite pour cette période." in said
    assert "Rien n'attend de signature." in said


def test_a_project_alone_has_its_own_figures(demo: Inspection) -> None:
    made = report(context(demo, tree="UE-EAU"))
    assert [row.cells["tree"] for row in table(made, "treasury").rows] == ["UE-EAU", "Total"]
    assert {row.cells["tree"] for row in table(made, "execution").rows} == {"UE-EAU", "Total"}
