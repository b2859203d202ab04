"""The register of meetings: every row found again by a plain loop, numbers that hold, the limits of quorum and delays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from beancount.core import data

from grandlivre.inspection import Inspection
from grandlivre.render import json
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Report
from grandlivre.reports.making import Job, make
from grandlivre.reports.meetings_register import report
from test_reports_followup import RULES, made, period, table

QUARTERS = ("2026-T1", "2026-T2", "2026-T3", "2026-T4")


def register(inspection: Inspection, code: str, tree: str = "") -> Report:
    (found,) = make(inspection, Job(models()["registre-rencontres"], Scope(tree), period(code)), "")
    return found


def rows(found: Report, key: str) -> list[dict[str, Any]]:
    return [dict(row.cells) for each in found.tables if each.key == key for row in each.rows if row.role == "normal"]


def written(inspection: Inspection) -> Iterator[data.Custom]:
    found = [each for each in inspection.books.raw if isinstance(each, data.Custom) and each.type == "rencontre"]
    yield from sorted(found, key=lambda each: each.date)


@pytest.mark.parametrize("tree", ["", "UE-EAU"])
@pytest.mark.parametrize("code", ["2026-T2", "2026-09", "2026"])
def test_every_meeting_by_a_plain_loop(demo: Inspection, code: str, tree: str) -> None:
    span = period(code)
    mine = [
        each
        for each in written(demo)
        if span.start <= each.date <= min(span.end, demo.books.today)
        and (not tree or each.meta.get("programme") == tree)
    ]
    found = register(demo, code, tree)
    said = rows(found, "meetings")
    assert sorted((row["date"], row["subject"], row["programme"]) for row in said) == sorted(
        (each.date, each.values[1].value, each.meta.get("programme", "")) for each in mine
    )
    assert [row["date"] for row in said] == sorted(row["date"] for row in said)
    total = table(found, "meetings").rows[-1].cells
    for column, key in (("women", "femmes"), ("men", "hommes")):
        assert total[column] == sum(int(each.meta.get(key, 0)) for each in mine)
    decided = [key for each in mine for key in each.meta if key.startswith("decision-") and key.count("-") == 1]
    assert len(rows(found, "decisions")) == len(decided)
    for row in table(found, "meetings").rows[:-1]:
        (ref,) = row.refs
        assert str(row.cells["subject"]) in Path(ref.file).read_text(encoding="utf-8").split("\n")[ref.line - 1]


def test_the_quorum_by_a_plain_loop_over_the_rules(demo: Inspection) -> None:
    own = yaml.safe_load((demo.root / "rules/organisation.yaml").read_text(encoding="utf-8"))["organes"]
    board = own["bureau-executif"]
    said = {row["date"]: row for row in rows(register(demo, "2026"), "meetings") if row["kind"] == "bureau"}
    for each in written(demo):
        if each.values[0].value == "bureau" and each.date.year == 2026:
            came = [who for who in board["membres"] if who in each.meta.get("presents", "").split()]
            row = said.pop(each.date)
            assert (row["members"], row["quorum_needed"]) == (len(came), board["quorum"])
            assert str(row["quorum"]).startswith("atteint" if len(came) >= board["quorum"] else "non atteint")
    assert not said
    assert {fact.label: fact.value for fact in register(demo, "2026").facts}["Réunions sans quorum"] == 1


def test_a_number_is_the_same_whatever_is_asked_and_quarters_follow_one_another(demo: Inspection) -> None:
    year = rows(register(demo, "2026"), "meetings")
    assert [row["number"] for code in QUARTERS for row in rows(register(demo, code), "meetings")] == [
        row["number"] for row in year
    ]
    numbers = {(row["date"], row["subject"], row["programme"]): row["number"] for row in year}
    assert len(set(numbers.values())) == len(year)
    for row in rows(register(demo, "2026-T2", "UE-EAU"), "meetings"):
        assert numbers[row["date"], row["subject"], row["programme"]] == row["number"]
    ranks: Counter[str] = Counter()
    for row in year:
        series, _, rank = str(row["number"]).rpartition("-")
        ranks[series] += 1
        assert int(rank) == ranks[series]


BOARD = (
    "sigle: A\nnom: Fictive\nexercices: [{du: 2026-01-01, au: 2026-12-31}]\n"
    "organes: {bureau-executif: {membres: [a, b, c], taille: 5, quorum: 3}}\n"
)
PEOPLE = "personnes:\n" + "".join(f"  {who}: {{nom: {who.upper()} Koné}}\n" for who in "abcd")


def of(folder: Path, ledger: str) -> Context:
    rules = {**RULES, "organisation.yaml": BOARD, "mandats.yaml": PEOPLE}
    return Context(made(folder, ledger, rules), Scope(), period("2026"))


def meeting(*more: str, day: str = "2026-05-12", body: str = "bureau") -> str:
    return f'{day} custom "rencontre" "{body}" "Séance"\n' + "".join(f"  {line}\n" for line in more)


@pytest.mark.parametrize(
    ("present", "said"),
    [
        ("a b", "non atteint : 2 membres sur 5, il en faut 3"),
        ("a b d", "non atteint : 2 membres sur 5, il en faut 3"),
        ("a b c", "atteint : 3 membres sur 5, il en faut 3"),
    ],
)
def test_the_quorum_counts_members_alone(tmp_path: Path, present: str, said: str) -> None:
    (row,) = rows(report(of(tmp_path, meeting(f'presents: "{present}"'))), "meetings")
    assert row["quorum"] == said
    assert row["present"] == ", ".join(f"{who.upper()} Koné" for who in present.split())


def test_only_the_board_has_a_quorum(tmp_path: Path) -> None:
    (row,) = rows(report(of(tmp_path, meeting('presents: "a"', body="direction"))), "meetings")
    assert (row["members"], row["quorum_needed"], row["quorum"]) == (None, None, "")


def test_what_was_adopted_is_said_in_words(tmp_path: Path) -> None:
    adopted = "EAU-1 EAU-1@2026-07-01 EAU-1@demain FONCT-2026 programme-2026 comptes-2025"
    context = of(tmp_path, meeting(f'adopte: "{adopted}"', 'mandate: "b inconnu"', 'document: "fonct/pv.pdf"'))
    (row,) = rows(report(context), "meetings")
    assert row["adopted"] == (
        "convention EAU-1, avenant du 01/07/2026 à EAU-1, avenant du demain à EAU-1, budget 2026 de FONCT, "
        "programme de 2026, comptes de 2025"
    )
    assert (row["mandated"], row["document"], row["number"]) == ("B Koné, inconnu", "fonct/pv.pdf", "BUR-2026-01")


def test_a_decision_is_done_to_do_or_late_on_the_day_of_the_books(tmp_path: Path) -> None:
    lines = []
    for rank, more in enumerate(
        ("echeance: 2026-12-31", "echeance: 2026-12-30", "faite: 2026-12-31", "faite: 2027-01-01"), 1
    ):
        lines += [f'decision-{rank}: "Faire {rank}"', f"decision-{rank}-{more}"]
    found = report(of(tmp_path, meeting(*lines)))
    assert [(row["number"], row["state"]) for row in rows(found, "decisions")] == [
        ("BUR-2026-01/1", "à faire"),
        ("BUR-2026-01/2", "en retard de 1 j"),
        ("BUR-2026-01/3", "fait le 31/12/2026"),
        ("BUR-2026-01/4", "à faire"),
    ]
    assert [(fact.label, fact.value) for fact in found.facts][2:] == [
        ("Décisions", 4),
        ("À faire", 3),
        ("En retard", 1),
    ]


def test_books_without_meetings_say_so(tmp_path: Path) -> None:
    found = report(of(tmp_path, ""))
    assert "Aucune réunion n'est inscrite pour cette période." in str(found.body)
    assert not found.tables


def test_programs_read_it(demo: Inspection) -> None:
    found = register(demo, "2026-T2")
    assert json(found) == json(register(demo, "2026-T2"))
    assert [signature.name for signature in found.signatures] == ["A. Traoré (fictif)", "B. Konaté (fictif)"]
