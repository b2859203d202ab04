"""The table of parity: every count by a plain loop over rules and directives, the limits of the aim, the quarters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from beancount.core import data

from grandlivre.inspection import Inspection
from grandlivre.render import json, xlsx
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Bars, Report
from grandlivre.reports.making import Job, make
from grandlivre.reports.parity_table import report
from test_reports_followup import RULES, activity, made, period, table

DAYS = {"2026-T1": date(2026, 3, 31), "2026-T2": date(2026, 6, 30), "2026-T3": date(2026, 9, 30)}


def parity(inspection: Inspection, code: str, tree: str = "") -> Report:
    (found,) = make(inspection, Job(models()["tableau-parite"], Scope(tree), period(code)), "")
    return found


def counts(found: Report) -> dict[tuple[Any, Any], tuple[Any, Any]]:
    return {
        (row.cells["kind"], row.cells["subject"]): (row.cells["women"], row.cells["men"])
        for row in table(found, "groups").rows
    }


def customs(inspection: Inspection, kind: str) -> Iterator[data.Custom]:
    yield from (each for each in inspection.books.raw if isinstance(each, data.Custom) and each.type == kind)


def expected(inspection: Inspection, day: date) -> dict[tuple[str, str], tuple[int, int]]:
    """Women and men of every group on a day, from the files as they are written."""
    people = yaml.safe_load((inspection.root / "rules/mandats.yaml").read_text(encoding="utf-8"))["personnes"]
    own = yaml.safe_load((inspection.root / "rules/organisation.yaml").read_text(encoding="utf-8"))["organes"]
    found: Counter[tuple[str, str, str]] = Counter({("personnel", "", "f"): 0, ("recrutements", "", "f"): 0})
    for person in people.values():
        posts = [each for each in person.get("postes", ()) if each["du"] <= day]
        if person["college"] != "bureau-executif" and any(each.get("au", day) >= day for each in posts):
            found["personnel", "", person["sexe"]] += 1
        recruited = [each for each in posts if each.get("recrutement") and each["du"].year == day.year]
        found["recrutements", "", person["sexe"]] += len(recruited)
    for name, body in own.items():
        for who in body["membres"] if isinstance(body, dict) else body:
            found[
                "organe", {"bureau-executif": "Bureau exécutif", "direction": "Direction"}[name], people[who]["sexe"]
            ] += 1
    for each in customs(inspection, "activite"):
        end = each.meta.get("fin", each.date)
        if end.year == day.year and end <= day:
            for tree in (each.values[0].value, "Tous les projets"):
                found["participants", tree, "f"] += int(each.meta["femmes"])
                found["participants", tree, "h"] += int(each.meta["hommes"])
    last = {each.values[1].value: each for each in customs(inspection, "organe-communautaire") if each.date <= day}
    for each in last.values():
        for tree in (each.values[0].value, "Tous les projets"):
            found["communautes", tree, "f"] += int(each.meta["femmes"])
            found["communautes", tree, "h"] += int(each.meta["hommes"])
    said = {(kind, who): (found[kind, who, "f"], found[kind, who, "h"]) for kind, who, _ in found}
    for kind in ("participants", "communautes"):  # one tree needs no total
        if len([who for group, who in said if group == kind]) == 2:
            del said[kind, "Tous les projets"]
    return said


@pytest.mark.parametrize("code", DAYS)
def test_every_count_by_a_plain_loop(demo: Inspection, code: str) -> None:
    assert counts(parity(demo, code)) == expected(demo, DAYS[code])


def test_the_quarters_are_those_of_the_quarters_own_reports(demo: Inspection) -> None:
    year = parity(demo, "2026")
    kinds = {row.cells["group"]: row.cells["kind"] for row in table(year, "groups").rows}
    for rank, code in enumerate(DAYS, 1):
        then = expected(demo, DAYS[code])
        for row in table(year, "trend").rows:
            key = (kinds[row.cells["group"]], row.cells["subject"])
            one = next(
                (both for (kind, who), both in then.items() if kind == key[0] and who not in ("", key[1])), (0, 0)
            )
            whole = one if key[1] == "Tous les projets" else (0, 0)  # of a single tree
            assert (row.cells[f"women_{rank}"], row.cells[f"men_{rank}"]) == then.get(key, whole)
            women, men = int(str(row.cells[f"women_{rank}"])), int(str(row.cells[f"men_{rank}"]))
            rate = row.cells.get(f"rate_{rank}")
            assert rate is None if women + men == 0 else round(women / (women + men), 4) == float(str(rate))
    assert [column.title for column in table(year, "trend").columns if column.page][2:] == [
        *("T1 2026", "T2 2026", "T3 2026"),
        "T4 2026 (au 31/10/2026)",
    ]


def test_a_bar_a_quarter_with_the_aim(demo: Inspection) -> None:
    found = [block for block in parity(demo, "2026-T3").body if isinstance(block, Bars)]
    assert [block.title for block in found] == [
        *("Personnel en poste", "Recrutements de l'année"),
        *("Participants de l'année – Tous les projets", "Organes communautaires – Tous les projets"),
    ]
    for block in found:
        assert [bar.label for bar in block.bars] == ["T1 2026", "T2 2026", "T3 2026"]
        assert {str(bar.mark) for bar in block.bars} == {"0.5"}
    three = expected(demo, DAYS["2026-T3"])["participants", "Tous les projets"]
    assert (found[2].bars[2].part, found[2].bars[2].whole) == (three[0], sum(three))


def test_a_tree_has_its_participants_and_its_communities(demo: Inspection) -> None:
    found = parity(demo, "2026-T3", "UE-EAU")
    said = expected(demo, DAYS["2026-T3"])
    assert counts(found) == {key: both for key, both in said.items() if key[1] == "UE-EAU"}
    assert {row.cells["tree"] for row in table(found, "bodies").rows} == {"UE-EAU"}
    assert "organisation.yaml" not in table(found, "trend").note


def test_each_body_that_a_community_elected_as_it_was_last_elected(demo: Inspection) -> None:
    rows = {row.cells["id"]: row for row in table(parity(demo, "2026"), "bodies").rows}
    last = {each.values[1].value: each for each in customs(demo, "organe-communautaire")}
    assert rows.keys() == last.keys()
    for name, each in last.items():
        row = rows[name]
        assert (row.cells["label"], row.cells["elected"]) == (each.values[2].value, each.date)
        assert (row.cells["women"], row.cells["men"]) == (each.meta["femmes"], each.meta["hommes"])
        assert row.refs[0].line == each.meta["lineno"]


def of(
    folder: Path, ledger: str, aim: str = "parite: {objectif: 50 %, tolerance: 10 points}\n", code: str = "2026"
) -> Report:
    rules = {**RULES, "organisation.yaml": RULES["organisation.yaml"] + aim}
    return report(Context(made(folder, ledger, rules), Scope(), period(code)))


@pytest.mark.parametrize(
    ("women", "men", "said"),
    [
        (60, 40, "atteint"),
        (61, 39, "non atteint"),
        (40, 60, "atteint"),
        (39, 61, "non atteint"),
        (1, 2, "au plus près"),
        (0, 3, "non atteint"),
        (0, 1, "au plus près"),
        (0, 0, "personne"),
    ],
)
def test_whether_the_aim_is_met(tmp_path: Path, women: int, men: int, said: str) -> None:
    found = of(tmp_path, activity("2026-03-30", f"femmes: {women}; hommes: {men}"))
    (row,) = [row for row in table(found, "groups").rows if row.cells["kind"] == "participants"]
    assert (row.cells["state"], str(row.cells["aim"]), str(row.cells["tolerance"])) == (said, "0.5", "10")
    judged = {fact.label: fact.value for fact in found.facts}
    assert (judged["Groupes jugés"], judged["Objectif non atteint"]) == (
        int(women + men > 0),
        int(said == "non atteint"),
    )


def test_without_an_aim_nothing_is_judged(tmp_path: Path) -> None:
    found = of(tmp_path, activity("2026-03-30", "femmes: 0; hommes: 9"), aim="")
    (row,) = [row for row in table(found, "groups").rows if row.cells["kind"] == "participants"]
    assert (row.cells["state"], row.cells["aim"], row.cells["tolerance"]) == ("aucun objectif", None, None)
    assert [(fact.label, fact.value) for fact in found.facts[1:]] == [
        ("Objectif", "aucun objectif"),
        ("Groupes jugés", 0),
        ("Objectif non atteint", 0),
    ]
    assert all(bar.mark is None for block in found.body if isinstance(block, Bars) for bar in block.bars)


def test_books_without_people_say_so(tmp_path: Path) -> None:
    assert "Personne n'est compté" in str(of(tmp_path, "").body)


def test_a_quarter_has_none_of_what_came_after(tmp_path: Path) -> None:
    text = activity("2026-03-30", "fin: 2026-04-01; femmes: 5; hommes: 5") + activity(
        "2026-02-01", "femmes: 2; hommes: 1"
    )
    (first,) = [row for row in table(of(tmp_path, text, code="2026-T1"), "trend").rows if row.cells["subject"] == "EAU"]
    assert (first.cells["women_1"], first.cells["men_1"], first.cells.get("women_2")) == (2, 1, None)


def test_programs_and_spreadsheets_read_it(demo: Inspection) -> None:
    assert json(parity(demo, "2026-T3")) == json(parity(demo, "2026-T3"))
    assert xlsx(parity(demo, "2026-T3"))[:2] == b"PK"
