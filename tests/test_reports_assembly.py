"""The yearly pack for the general assembly: figures found again by a plain loop, resolutions with what was adopted already."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from beancount.core import data

from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.periods import Period
from grandlivre.reports import budget_proposal
from grandlivre.reports.assembly_report import report
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Table, Text


def context(found: Inspection, code: str = "2026", tree: str = "") -> Context:
    period = Period.parse(code)
    assert period is not None
    seen = found.at(min(period.end, found.books.today))
    return Context(seen.books, Scope(tree), period, seen.findings, seen.waived)


def table(made: Any, key: str) -> Table:
    return next(each for each in made.tables if each.key == key)


def resolutions(made: Any) -> dict[str, str]:
    return {str(row.cells["text"]): str(row.cells["state"]) for row in table(made, "resolutions").rows}


def test_activities_by_project_by_a_plain_loop(demo: Inspection) -> None:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for entry in demo.books.raw:
        if isinstance(entry, data.Custom) and entry.type == "activite" and entry.date <= demo.books.today:
            tree = entry.values[0].value
            found[tree, "done"] += 1
            for column, key in (("women", "femmes"), ("men", "hommes")):
                found[tree, column] += int(entry.meta[key])
                found[tree, f"new_{column}"] += int(entry.meta.get(f"nouveaux-{key}", entry.meta[key]))
        if isinstance(entry, data.Transaction) and "activite" in entry.meta:
            for posting in entry.postings:
                _, tree, leaf = posting.account.split(":")
                found[tree, "cost"] += round(posting.units.number) if leaf[0] in "26" else 0
    *rows, total = table(report(context(demo)), "activities").rows
    assert [row.cells["tree"] for row in rows] == ["GENRE", "UE-EAU", "UNICEF-EDU"]
    for key in ("done", "women", "men", "new_women", "new_men", "cost"):
        for row in rows:
            assert row.cells[key] == found[str(row.cells["tree"]), key]
        assert total.cells[key] == sum(amount for (_, what), amount in found.items() if what == key)


def test_execution_and_treasury_by_a_plain_loop(demo: Inspection) -> None:
    spent: dict[str, int] = defaultdict(int)
    held: dict[str, int] = defaultdict(int)
    for entry in demo.books.raw:
        if isinstance(entry, data.Transaction) and entry.date <= demo.books.today:
            for posting in entry.postings:
                _, tree, leaf = posting.account.split(":")
                held[tree] += round(posting.units.number) if leaf[0] == "5" else 0
                spent[tree] += (
                    round(posting.units.number) if leaf[0] in "26" and entry.meta.get("ecriture") != "a-nouveau" else 0
                )
    made = report(context(demo))
    by_tree: dict[str, int] = defaultdict(int)
    for row in table(made, "execution").rows[:-1]:
        by_tree[str(row.cells["tree"])] += int(str(row.cells["period"]))
    assert by_tree == {tree: amount for tree, amount in spent.items() if amount}
    for row in table(made, "treasury").rows[:-1]:
        assert row.cells["available"] == held[str(row.cells["tree"])]


def test_the_budget_is_that_of_the_proposal(demo: Inspection) -> None:
    made = report(context(demo))
    proposed = budget_proposal.report(context(demo, "2027"))
    assert [row.cells for row in table(made, "budgets").rows] == [row.cells for row in table(proposed, "budgets").rows]
    assert table(made, "budgets").title == "Budget de l'année suivante (2027)"


def test_resolutions_are_numbered_and_say_what_was_adopted(demo: Inspection, demo_texts: Path) -> None:
    made = report(context(demo))
    rows = table(made, "resolutions").rows
    assert [row.cells["number"] for row in rows] == list(range(1, len(rows) + 1))
    assert {row.cells[key] for row in rows for key in ("yes", "no", "abstained")} == {"□"}
    said = resolutions(made)
    assert said["Approuver les comptes de 2026."] == "À adopter"
    assert said["Adopter le programme de 2027."] == "À adopter"
    assert said["Adopter le budget FONCT-2027."] == "À écrire, puis à adopter"
    assert [state for text, state in said.items() if "UE-2025-118" in text] == [
        "Adopté par le Bureau exécutif le 19/12/2025."
    ]
    path = demo_texts / "ledger/fonct/2026-10.beancount"
    path.write_text(
        path.read_text(encoding="utf-8")
        + '\n2026-10-30 custom "rencontre" "bureau" "Comptes"\n  presents: "president tresoriere conseiller"\n'
        + '  adopte: "comptes-2026"\n'
        + '\n2026-10-31 custom "rencontre" "ag" "Assemblée"\n  adopte: "programme-2027 FH-2026-044"\n',
        encoding="utf-8",
    )
    later = resolutions(report(context(inspect(demo_texts / "ledger/main.beancount"))))
    assert later["Approuver les comptes de 2026."] == "Arrêté par le Bureau exécutif le 30/10/2026 ; à adopter."
    assert later["Adopter le programme de 2027."] == "Adopté par l'assemblée générale le 31/10/2026."
    assert [state for text, state in later.items() if "FH-2026-044" in text] == [
        "Adopté par l'assemblée générale le 31/10/2026."
    ]


def test_mandates_that_end_are_put_to_the_vote_power_by_power(demo: Inspection, demo_texts: Path) -> None:
    said = resolutions(report(context(demo)))
    (bank,) = [text for text in said if "signature à la banque" in text]
    ending = [each for each in demo.books.policy.mandates if each.power == "signature-bancaire" and each.end]
    for person in {each.person for each in ending}:
        last = max(each.end for each in ending if each.person == person and each.end)
        assert f"{demo.books.policy.people[person].name}, {last:%d/%m/%Y}" in bank
    assert bank.count("F. Diarra") == 1  # renewed within the year: its last day alone counts
    rules = demo_texts / "rules/mandats.yaml"
    renewed = (
        "{personne: directeur, pouvoir: signature-bancaire, du: 2027-01-01, au: 2027-12-31, decide-le: 2026-10-30}"
    )
    rules.write_text(f"{rules.read_text(encoding='utf-8').rstrip()}\n  - {renewed}\n", encoding="utf-8")
    later = resolutions(report(context(inspect(demo_texts / "ledger/main.beancount"))))
    again, pending = sorted((state, text) for text, state in later.items() if "signature à la banque" in text)
    assert again[0] == "Déjà renouvelés"
    assert "A. Traoré (fictif), 31/12/2026, décidé le 30/10/2026" in again[1]
    assert "A. Traoré" not in pending[1]


def test_a_year_that_the_books_know_nothing_of(demo: Inspection) -> None:
    made = report(context(demo, "2025"))
    said = [paragraph for block in made.body if isinstance(block, Text) for paragraph in block.paragraphs]
    assert "Aucune activité n'est inscrite pour cette période." in said
    assert "Aucune dérogation n'a été accordée." in said


def test_a_shorter_period_has_the_resolutions_of_its_year(demo: Inspection) -> None:
    made = report(context(demo, "2026-T3"))
    assert made.period.label == "3e trimestre 2026"
    assert list(resolutions(made)) == list(resolutions(report(context(demo))))
