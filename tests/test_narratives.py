"""The skeletons of narratives that `month` writes at the end of a quarter, and what counts as written in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from grandlivre.cli.month import command
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.periods import Period
from grandlivre.reports import activity_report
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Report, Text
from grandlivre.reports.kit.tellings import telling


def month(books: Path, code: str) -> str:
    result = CliRunner().invoke(command, [code, "--ledger", str(books / "ledger" / "main.beancount")])
    assert result.exit_code == 0, result.output
    return result.output


def context(found: Inspection, tree: str, code: str) -> Context:
    period = Period.parse(code)
    assert period is not None
    return Context(found.books, Scope(tree), period)


def texts(made: Report) -> dict[str, Text]:
    return {block.title: block for block in made.body if isinstance(block, Text)}


def test_the_last_month_of_a_quarter_writes_one_file_a_programme(demo_texts: Path) -> None:
    recits = demo_texts / "ledger" / "recits"
    before = sorted(recits.rglob("*.md"))
    month(demo_texts, "2026-11")
    assert sorted(recits.rglob("*.md")) == before, "November ends nothing"
    said = month(demo_texts, "2026-12")
    made = sorted(path.relative_to(recits).as_posix() for path in set(recits.rglob("*.md")) - set(before))
    assert made == ["ensemble/2026.md", "genre/2026-T4.md", "ue-eau/2026-T4.md", "unicef-edu/2026-T4.md"]
    assert all(f"créé : ledger/recits/{path}" in said for path in made)
    titles = [line[3:] for line in (recits / "ue-eau/2026-T4.md").read_text("utf-8").splitlines() if line[:3] == "## "]
    found = inspect(demo_texts / "ledger" / "main.beancount")
    (programme,) = (each for each in found.books.policy.programmes if each.donor == "UE-EAU")
    lines = found.books.policy.donors["UE-EAU"].agreements[0].budget_at(Period.quarter(found.books.today).end)
    assert titles == [f"{each.code} {each.label}" for each in programme.activities] + [
        f"{code} {line.label}" for code, line in lines.items()
    ]


def test_an_existing_file_is_never_touched(demo_texts: Path) -> None:
    own = demo_texts / "ledger" / "recits" / "ue-eau" / "2026-T4.md"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("Les miens.\n", encoding="utf-8")
    assert "existe déjà : ledger/recits/ue-eau/2026-T4.md" in month(demo_texts, "2026-12")
    assert own.read_text("utf-8") == "Les miens.\n"


def test_a_skeleton_is_not_written_until_somebody_writes(demo_texts: Path) -> None:
    month(demo_texts, "2026-12")
    found = inspect(demo_texts / "ledger" / "main.beancount")
    blank = telling(context(found, "UE-EAU", "2026-T4"))
    assert (blank.general, blank.opening, blank.lines) == ((), (), {})
    year = texts(activity_report.report(context(found, "", "2026")))
    assert [year[heading].role for heading in activity_report.LAW] == ["warning"] * 4
    path = demo_texts / "ledger" / "recits" / "ensemble" / "2026.md"
    text = path.read_text("utf-8").replace("## Trésorerie\n", "## Trésorerie\nDeux mois devant nous.\n")
    path.write_text(text, encoding="utf-8")
    year = texts(activity_report.report(context(found, "", "2026")))
    assert year["Trésorerie"].paragraphs == ("Deux mois devant nous.",)
    assert [year[heading].role for heading in activity_report.LAW].count("warning") == 3


@pytest.mark.parametrize(
    ("written", "counts"),
    [("…", False), ("À compléter.", False), ("<!-- fait -->", False), ("<!-- fait", False), ("[à écrire]", False),
     ("À compléter par deux forages.", True), ("<!-- a --> Fait. <!-- b -->", True), ("0", True)],
)  # fmt: skip
def test_what_holds_a_place_is_not_written(demo_texts: Path, written: str, counts: bool) -> None:
    path = demo_texts / "ledger" / "recits" / "ensemble" / "2026.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"## Trésorerie\n{written}\n", encoding="utf-8")
    found = inspect(demo_texts / "ledger" / "main.beancount")
    assert bool(telling(context(found, "", "2026")).section("Trésorerie")) is counts


def test_what_is_told_of_an_activity_is_printed(demo_texts: Path) -> None:
    path = demo_texts / "ledger" / "recits" / "ue-eau" / "2026-T3.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("## A1.1 Forages\nLe forage de Koro est en service.\n", encoding="utf-8")
    found = inspect(demo_texts / "ledger" / "main.beancount")
    made = texts(activity_report.report(context(found, "UE-EAU", "2026-T3")))
    (title,) = (each for each in made if each.startswith("A1.1 "))
    assert made[title].paragraphs == ("Le forage de Koro est en service.",)
