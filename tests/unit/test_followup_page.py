"""What the page of the follow-up and the first page say of programmes, meetings and income, against plain loops."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount.core.data import Custom, Transaction

from grandlivre.books.meetings import team_meetings
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.donors import Agreement
from grandlivre.reports import dashboard, duties
from grandlivre.reports.asked import Asked, ask
from grandlivre.reports.dependence import income, months_left
from grandlivre.viewer import followup
from grandlivre.viewer.voucher import spent_on

SPANS = [None, (date(2026, 7, 1), date(2026, 9, 30)), (date(2026, 2, 1), date(2026, 2, 28))]


def asked_of(demo: Inspection, span: tuple[date, date] | None, tree: str) -> Asked:
    return ask(demo.books, span, (lambda name: f":{tree}:" in name) if tree else None)


def directives(demo: Inspection, kind: str) -> list[Custom]:
    return [each for each in demo.entries if isinstance(each, Custom) and each.type == kind]


@pytest.mark.parametrize("tree", ["", "UE-EAU", "GENRE", "FONCT"])
@pytest.mark.parametrize("span", SPANS)
def test_activities_are_those_of_the_books(demo: Inspection, span: tuple[date, date] | None, tree: str) -> None:
    asked = asked_of(demo, span, tree)
    found = followup.sheet(demo.books, asked)
    wanted = [
        each
        for each in directives(demo, "activite")
        if asked.start <= each.meta.get("fin", each.date) <= asked.day and each.values[0].value in asked.trees
    ]
    shown = [row.step.place for of_tree in found.trees for each in of_tree.activities for row in each.steps]
    assert sorted(shown) == sorted((each.meta["filename"], each.meta["lineno"]) for each in wanted)
    assert found.people.women == sum(int(each.meta["femmes"]) for each in wanted)
    assert found.people.men == sum(int(each.meta["hommes"]) for each in wanted)
    assert all(of_tree.tree in asked.trees for of_tree in found.trees)


@pytest.mark.parametrize("span", SPANS)
def test_the_list_behind_a_cost_adds_up_to_it(demo: Inspection, span: tuple[date, date] | None) -> None:
    asked = asked_of(demo, span, "")
    found = followup.sheet(demo.books, asked)
    for of_tree in found.trees:
        for row in of_tree.activities:
            one = row.activity
            listed = spent_on(demo.books, one.tree, one.code, asked.start, asked.day)
            assert sum(each.amount for each in listed) == one.cost
    assert found.cost == sum(each.cost for each in found.facts.activities)
    assert found.cost > 0


def test_trees_one_after_another_say_what_the_organisation_says(demo: Inspection) -> None:
    whole = ask(demo.books)
    parts = whole._replace(whole=False)
    one, other = followup.facts_of(demo.books, whole), followup.facts_of(demo.books, parts)
    assert sorted(one.activities, key=repr) == sorted(other.activities, key=repr)
    assert {each.body for each in other.meetings} == {"equipe"}


def test_papers_are_those_the_directives_name(demo: Inspection) -> None:
    found = followup.sheet(demo.books, ask(demo.books))
    for row in (row for of_tree in found.trees for each in of_tree.activities for row in each.steps):
        assert (row.paper.path if row.paper else "") == row.step.document
    assert {row.body.id for row in found.communities} == {"OC-001", "OC-002", "OC-003"}
    reelected = next(row for row in found.communities if row.body.id == "OC-002")
    assert reelected.body.date == date(2026, 9, 9)
    assert reelected.paper is not None
    assert reelected.paper.present
    before = followup.sheet(demo.books, asked_of(demo, (date(2026, 1, 1), date(2026, 9, 8)), ""))
    assert next(row.body.date for row in before.communities if row.body.id == "OC-002") == date(2026, 3, 4)


def test_a_tree_alone_shows_its_own_people(demo: Inspection) -> None:
    found = followup.sheet(demo.books, asked_of(demo, None, "UE-EAU"))
    assert {(row.share.group, row.share.subject) for row in found.parity} == {
        ("participants", "UE-EAU"),
        ("communautes", "UE-EAU"),
    }
    assert {row.body.tree for row in found.communities} == {"UE-EAU"}
    assert {row.held.body for row in found.bodies} == {"equipe"}
    rate = next(row for row in found.parity if row.share.group == "communautes")
    assert rate.rate == (Decimal(rate.share.women) / rate.share.total).quantize(Decimal("0.0001"))
    empty = followup.sheet(demo.books, asked_of(demo, None, "FONCT"))
    assert empty.is_empty


@pytest.fixture
def without_a_meeting(demo_copy: Path) -> Inspection:
    """The demonstration without its team meeting of 14 September, and without the board's of the first quarter."""
    path = demo_copy / "ledger/ue-eau/2026-09.beancount"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('2026-09-14 custom "rencontre"', '2026-09-07 custom "rencontre"'), encoding="utf-8")
    return inspect(demo_copy / "ledger/main.beancount")


def test_a_missed_meeting_is_on_both_pages(without_a_meeting: Inspection) -> None:
    books = without_a_meeting.books
    asked = ask(books)
    found = followup.sheet(books, asked)
    late = {(row.held.body, row.held.programme): [slot.code for slot in row.missing] for row in found.bodies}
    assert late["equipe", "UE-EAU"] == ["2026-W38"]
    assert found.missing == sum(len(codes) for codes in late.values())
    home = duties.missed(books, asked.start, asked.trees, whole=True)
    assert [(row.programme, [slot.code for slot in row.slots]) for row in home] == [("UE-EAU", ["2026-W38"])]
    assert duties.missed(books, asked.start, ("GENRE",), whole=False) == ()
    assert duties.missed(books, date(2026, 9, 21), asked.trees, whole=True) == ()
    programme = next(each for each in books.policy.programmes if each.donor == "UE-EAU")
    assert [row.slot.code for row in team_meetings(books, programme) if row.meeting is None] == ["2026-W38"]


def test_decisions_are_late_first(demo_copy: Path) -> None:
    for name in ("2026-02", "2026-04"):
        path = demo_copy / f"ledger/fonct/{name}.beancount"
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\n  decision-1-faite: [^\n]*", "", text), encoding="utf-8", newline="\n")
    books = inspect(demo_copy / "ledger/main.beancount").books
    asked = ask(books)
    found = followup.sheet(books, asked)
    dues = [row.open.decision.due for row in found.decisions if row.open.decision.due]
    assert dues == sorted(dues)
    assert len(dues) >= 2
    assert [row.late for row in found.decisions] == [
        max(0, (asked.day - row.open.decision.due).days) if row.open.decision.due else 0 for row in found.decisions
    ]
    assert found.late == sum(due < asked.day for due in dues)


# Whom the organisation depends on -----------------------------------------------------------------------------------


@pytest.mark.parametrize("span", [(date(2026, 1, 1), date(2026, 10, 31)), (date(2026, 4, 1), date(2026, 6, 30))])
def test_income_is_that_of_the_entries(demo: Inspection, span: tuple[date, date]) -> None:
    start, day = span
    sums: dict[str, int] = {}
    own = 0
    for entry in demo.entries:
        if not isinstance(entry, Transaction) or not start <= entry.date <= day:
            continue
        if entry.meta.get("ecriture") in ("a-nouveau", "cloture", "reprise"):
            continue
        for posting in entry.postings:
            _, tree, leaf = posting.account.split(":")
            if leaf.startswith("7") and not leaf.startswith("78"):
                amount = -int(posting.units.number)
                sums[tree] = sums.get(tree, 0) + amount
                own += amount if leaf.startswith(("701", "7041", "7052", "752")) else 0
    found = income(demo.books, start, day)
    assert found.total == sum(sums.values())
    assert found.own.amount == own
    donor = max((tree for tree in sums if tree != "FONCT"), key=lambda tree: sums[tree])
    assert (found.donor, found.given.amount) == (donor, sums[donor])
    assert found.donor_share == (Decimal(sums[donor]) / sum(sums.values())).quantize(Decimal("0.0001"))
    assert found.own_share == (Decimal(own) / sum(sums.values())).quantize(Decimal("0.0001"))


def test_no_income_has_no_share(demo: Inspection) -> None:
    found = income(demo.books, date(2027, 1, 1), date(2027, 1, 31))
    assert (found.total, found.donor, found.donor_share, found.own_share) == (0, "", None, None)


def left(demo: Inspection, granted: int, spent: int, *, before: bool = False) -> Any:
    agreement: Agreement = demo.books.tree_agreements("UE-EAU")[0]
    execution: Any = type(
        "Sums", (), {"agreement": agreement, "granted": granted, "spent": spent, "began_before": before}
    )()
    middle = agreement.start + timedelta(days=((agreement.final_day - agreement.start).days + 1) // 2 - 1)
    return agreement, middle, list(months_left([("UE-EAU", execution)], middle))


def test_months_left_are_those_of_the_end_or_of_the_pace(demo: Inspection) -> None:
    agreement, day, (row,) = left(demo, 1_000, 400)
    assert not row.by_pace
    assert row.months == Decimal((agreement.final_day - day).days) / Decimal("30.4375")
    _, day, (row,) = left(demo, 1_000, 800)
    assert row.by_pace
    gone = Decimal((day - agreement.start).days + 1) / Decimal("30.4375")
    assert abs(row.months - gone / 4) < Decimal("0.0001")
    assert left(demo, 1_000, 1_200)[2][0].months == 0
    assert not left(demo, 1_000, 800, before=True)[2][0].by_pace
    assert not left(demo, 0, 0)[2][0].by_pace


def test_months_left_on_the_last_day_and_after(demo: Inspection) -> None:
    asked = ask(demo.books)
    budgets = dashboard.budgets(demo.books, asked)
    found = list(months_left(((each.tree, each.execution) for each in budgets), asked.day))
    assert [row.months for row in found] == sorted(row.months for row in found)
    assert {row.tree for row in found} == {each.tree for each in budgets if each.agreement.on(asked.day)}
    agreement = demo.books.tree_agreements("UE-EAU")[-1]
    execution = next(each.execution for each in budgets if each.agreement.id == agreement.id)
    last, after = agreement.final_day, agreement.final_day + timedelta(days=1)
    assert [row.months for row in months_left([("UE-EAU", execution)], last)] == [0]
    assert list(months_left([("UE-EAU", execution)], after)) == []
