"""The activity report: every figure found again by a plain loop, and periods that add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core import data
from hypothesis import given, settings
from hypothesis import strategies as st

from grandlivre.books.index import build
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.loading import load_policy
from grandlivre.policy.periods import Period
from grandlivre.reports.activity_report import report
from grandlivre.reports.followup import FollowUp, People, follow_up
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Table

TREES = ("", "GENRE", "UE-EAU", "UNICEF-EDU", "FONCT")
WHOLES = {"2026": ("2026-S1", "2026-S2"), "2026-S1": ("2026-T1", "2026-T2"), "2026-S2": ("2026-T3", "2026-T4")}


def period(code: str) -> Period:
    found = Period.parse(code)
    assert found is not None
    return found


def facts(books: Any, tree: str, code: str) -> FollowUp:
    return follow_up(Context(books, Scope(tree), period(code)))


def counted(found: FollowUp) -> Mapping[str, Any]:
    """Every count, person and cost of a period, by what it is of."""
    said: dict[str, Any] = {}
    for each in found.activities:
        key = f"{each.tree} {each.code}"
        people = each.people
        said[f"{key} done"], said[f"{key} cost"] = len(each.steps), each.cost
        said[f"{key} people"] = (people.women, people.men, people.new_women, people.new_men)
        said[f"{key} planned"] = each.planned
    for held in found.meetings:
        said[f"{held.body} {held.programme}"] = (held.expected, held.held, len(held.slots))
    return said


def added(one: Any, other: Any) -> Any:
    if isinstance(one, tuple):
        return tuple(added(a, b) for a, b in zip(one, other, strict=True))
    return one if other is None else other if one is None else one + other


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("whole", WHOLES)
def test_quarters_add_up_to_halves_and_halves_to_the_year(demo: Inspection, tree: str, whole: str) -> None:
    first, second = (counted(facts(demo.books, tree, part)) for part in WHOLES[whole])
    both = counted(facts(demo.books, tree, whole))
    sums = {key: added(first.get(key), second.get(key)) for key in first | second}
    assert {key: value for key, value in both.items() if value not in (0, (0, 0, 0, 0), None)} == {
        key: value for key, value in sums.items() if value not in (0, (0, 0, 0, 0), None)
    }


def test_months_add_up_too(demo: Inspection) -> None:
    year = facts(demo.books, "", "2026")
    months = [facts(demo.books, "", f"2026-{month:02d}") for month in range(1, 13)]
    assert sum(len(each.steps) for each in months) == len(year.steps) == 30
    assert sum(activity.cost for each in months for activity in each.activities) == sum(
        activity.cost for activity in year.activities
    )


def directives(demo: Inspection, kind: str) -> Iterator[data.Custom]:
    yield from (entry for entry in demo.books.raw if isinstance(entry, data.Custom) and entry.type == kind)


@pytest.mark.parametrize("code", ["2026-T1", "2026-T3", "2026-10"])
def test_people_and_cost_by_a_plain_loop(demo: Inspection, code: str) -> None:
    span = period(code)
    rows = table(report(Context(demo.books, Scope("UE-EAU"), span)), "activities").rows
    for row in rows[:-1]:
        steps = [
            entry
            for entry in directives(demo, "activite")
            if entry.values[0].value == "UE-EAU"
            and entry.values[1].value == row.cells["code"]
            and span.start <= entry.meta.get("fin", entry.date) <= span.end
        ]
        assert row.cells["done"] == len(steps)
        for column, key in (("women", "femmes"), ("men", "hommes")):
            assert row.cells[column] == sum(int(entry.meta[key]) for entry in steps)
            new = [int(entry.meta.get(f"nouveaux-{key}", entry.meta[key])) for entry in steps]
            assert row.cells[f"new_{column}"] == sum(new)
        spent = 0
        for entry in demo.books.raw:
            if (
                isinstance(entry, data.Transaction)
                and entry.meta.get("activite") == row.cells["code"]
                and entry.date in span
            ):
                for posting in entry.postings:
                    _, tree, leaf = posting.account.split(":")
                    if tree == "UE-EAU" and leaf[0] in "26":
                        spent += round(posting.units.number)
        assert row.cells["cost"] == spent
    total = rows[-1].cells
    assert total["done"] == sum(row.cells["done"] for row in rows[:-1])


def table(made: Any, key: str) -> Table:
    return next(each for each in made.tables if each.key == key)


def test_the_json_other_programs_read(demo: Inspection) -> None:
    made = report(Context(demo.books, Scope("UE-EAU"), period("2026-T3")))
    names = {each.key: {column.key for column in each.columns} for each in made.tables}
    assert names["activities"] >= {
        *("code", "label", "planned", "done", "women", "men", "new_women", "new_men", "cost", "budget")
    }
    assert names["indicators"] >= {"label", "unit", "baseline", "target", "period", "cumulative", "rate"}
    assert names["meetings"] >= {"kind", "programme", "expected", "held"}
    (team,) = table(made, "meetings").rows
    assert (team.cells["kind"], team.cells["programme"], team.cells["expected"]) == (
        "equipe",
        "UE-EAU",
        12,
    )  # week 33 is closed


BOOKS = """\
option "name_assets" "Actif"
option "name_equity" "Capitaux"
option "name_expenses" "Charges"
2026-01-01 open Actif:EAU:521-Banque
2026-01-01 open Charges:EAU:604-Achats
2026-01-01 open Capitaux:EAU:118-Reserves
"""
RULES = {
    "organisation.yaml": "sigle: A\nnom: Fictive\nexercices: [{du: 2026-01-01, au: 2026-12-31}]\nrencontres: {equipe: semaine}\n",
    "mandats.yaml": "personnes: {}\n",
    "plan-comptable.yaml": 'comptes: {"521": Banque, "604": Achats, "118": Autres réserves}\n',
    "bailleurs/eau.yaml": "code: EAU\nnom: Eau\n",
    "bailleurs/fonct.yaml": "code: FONCT\nnom: Siège\n",
    "programmes/eau.yaml": """\
bailleur: EAU
nom: Eau
du: 2026-01-01
activites:
  - code: A1
    libelle: Formation
    prevues: {2026-T1: 2, 2026-T2: 1, 2026-T4: 3}
    indicateurs:
      - {libelle: formés, cible: {2026: 100}}
      - {libelle: comités, cible: 10, cumul: dernier}
      - {libelle: débit, cible: 5, cumul: maximum}
  - {code: A2, libelle: Suivi}
""",
}


def made(folder: Path, ledger: str, rules: Mapping[str, str] = RULES) -> Any:
    """Books of one programme, read by the real loader."""
    for name, text in rules.items():
        path = folder / "rules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    main = folder / "ledger" / "main.beancount"
    main.parent.mkdir(exist_ok=True)
    main.write_text(BOOKS + ledger, encoding="utf-8")
    entries, errors, options = loader.load_file(str(main))
    assert not errors
    return build(entries, options, load_policy(folder / "rules")).at(date(2026, 12, 31))


def activity(day: str, more: str) -> str:
    return f'{day} custom "activite" "EAU" "A1" "Formation"\n' + "".join(f"  {line}\n" for line in more.split("; "))


def test_an_activity_over_two_quarters_counts_once_at_its_end(tmp_path: Path) -> None:
    books = made(tmp_path, activity("2026-03-30", "fin: 2026-04-02; femmes: 5; hommes: 3; nouveaux-femmes: 2"))
    first, second = (facts(books, "EAU", code).activities[0] for code in ("2026-T1", "2026-T2"))
    assert (len(first.steps), first.planned) == (0, 2)
    assert (len(second.steps), second.planned) == (1, 1)
    assert second.people == People(5, 3, 2, 3)


def test_an_indicator_sums_takes_the_last_or_the_largest(tmp_path: Path) -> None:
    text = activity("2026-02-01", 'indicateur-1: "formés"; valeur-1: 30; indicateur-2: "comités"; valeur-2: 6')
    text += activity("2026-05-01", 'indicateur-1: "formés"; valeur-1: 25; indicateur-2: "comités"; valeur-2: 4')
    text += activity("2026-05-02", 'indicateur: "débit"; valeur: 2.5')
    text += activity("2026-08-01", 'indicateur: "débit"; valeur: 1.5')
    books = made(tmp_path, text)
    reached = {each.label: each for each in facts(books, "EAU", "2026-T2").indicators}
    said = {label: (each.period, each.cumulative, each.rate) for label, each in reached.items()}
    assert said == {
        "formés": (Decimal(25), Decimal(55), Decimal("0.5500")),
        "comités": (Decimal(4), Decimal(4), Decimal("0.4000")),
        "débit": (Decimal("2.5"), Decimal("2.5"), Decimal("0.5000")),
    }
    last = {each.label: each for each in facts(books, "EAU", "2026-T3").indicators}
    assert (last["formés"].period, last["formés"].cumulative) == (None, Decimal(55))
    assert (last["débit"].period, last["débit"].cumulative) == (Decimal("1.5"), Decimal("2.5"))


def test_without_programme_activity_or_meeting_the_report_says_so(tmp_path: Path) -> None:
    books = made(tmp_path, "")
    (tmp_path / "rules/programmes/eau.yaml").unlink()
    bare = build(list(books.raw), loader.load_file(books.main)[2], load_policy(tmp_path / "rules"))
    said = report(Context(bare, Scope("EAU"), period("2026-T1")))
    assert "Aucun programme, aucune activité et aucune réunion" in str(said.body)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 364), st.integers(0, 40), *[st.integers(0, 30)] * 4), max_size=25))
def test_first_time_people_are_never_more_than_those_who_came(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, int, int, int, int]]
) -> None:
    """The year's are the sum of the quarters', and each of them at most those who came."""
    text = ""
    for first, long, women, men, new_women, new_men in steps:
        start = date.fromordinal(date(2026, 1, 1).toordinal() + first)
        end = min(date.fromordinal(start.toordinal() + long), date(2026, 12, 31))
        text += activity(
            start.isoformat(),
            f"fin: {end}; femmes: {women}; hommes: {men}; "
            f"nouveaux-femmes: {min(new_women, women)}; nouveaux-hommes: {min(new_men, men)}",
        )
    books = made(tmp_path_factory.mktemp("books"), text)
    people = {code: People.of(facts(books, "EAU", code).steps) for code in ("2026-T1", "2026-T2", "2026-T3", "2026-T4")}
    year = People.of(facts(books, "EAU", "2026").steps)
    for name in ("women", "men", "new_women", "new_men"):
        assert sum(getattr(each, name) for each in people.values()) == getattr(year, name)
    for each in (*people.values(), year):
        assert each.new_women <= each.women
        assert each.new_men <= each.men
    assert year.women == sum(step[2] for step in steps)


def test_the_report_of_a_year_says_which_legal_heading_is_empty(demo_texts: Path) -> None:
    told = demo_texts / "ledger/recits/ue-eau/2026.md"
    told.write_text(
        "Une année pleine.\n\n## Trésorerie\n\nElle tient jusqu'en mars.\n\n## situation de l'entite\n\nSaine.\n"
    )
    books = inspect(demo_texts / "ledger/main.beancount").books
    said = str(report(Context(books, Scope("UE-EAU"), period("2026"))).body)
    assert said.count("Rien n'est écrit sous ce titre (ledger/recits/ue-eau/2026.md).") == 2
    for written in ("Elle tient jusqu'en mars.", "Saine.", "Une année pleine."):
        assert written in said
