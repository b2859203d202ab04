"""The budget put to the vote: every figure found again by a plain loop; what projects charge each other counts once."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from beancount.core import data

from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.periods import Period
from grandlivre.reports.budget_proposal import report
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Table
from grandlivre.reports.yearly_budget import year_budget

ROOT = Path(__file__).resolve().parent.parent
QUARTERS = ("q1", "q2", "q3", "q4")


def made(demo: Inspection, year: str, tree: str = "") -> Any:
    period = Period.parse(year)
    assert period is not None
    return report(Context(demo.books, Scope(tree), period))


def table(found: Any, key: str) -> Table:
    return next(each for each in found.tables if each.key == key)


def texts(found: Any) -> str:
    return str(found.body)


def days(start: date, end: date, first: date, last: date) -> int:
    return max((min(end, last) - max(start, first)).days + 1, 0)


def transactions(demo: Inspection) -> list[data.Transaction]:
    return [each for each in demo.books.raw if isinstance(each, data.Transaction)]


def spent(demo: Inspection, year: int) -> dict[str, int]:
    """What each tree charged in a year, by a plain loop over postings of classes 6 and 2."""
    found: dict[str, int] = defaultdict(int)
    for entry in transactions(demo):
        if entry.date.year != year or entry.meta.get("ecriture") in ("a-nouveau", "cloture", "reprise"):
            continue
        for posting in entry.postings:
            _, tree, leaf = posting.account.split(":")
            if leaf[0] in "26" and not leaf.startswith(("28", "29", "68", "69")):
                found[tree] += round(posting.units.number)
    return found


@pytest.mark.parametrize("year", [2026, 2027])
def test_lines_by_quarter_by_a_plain_loop(demo: Inspection, year: int) -> None:
    """Demonstration lines have no calendar: quantity × unit cost, by the days of the agreement."""
    rules = yaml.safe_load((ROOT / "rules/bailleurs/ue-eau.yaml").read_text(encoding="utf-8"))
    (agreement,) = rules["conventions"]
    start, end = agreement["du"], agreement["au"]
    changed = {code: change for each in agreement["avenants"] for code, change in each["lignes"].items()}
    rows = {
        row.cells.get("code"): row.cells for row in table(made(demo, str(year), "UE-EAU"), "budget-UE-2025-118").rows
    }
    for heading in agreement["budget"]:
        for line in heading["lignes"]:
            if line["code"] == "5.1":
                assert "5.1" not in rows
                continue
            many = changed.get(line["code"], {}).get("quantite", line["quantite"])
            whole = many * int(str(line["cout-unitaire"]).replace(" ", "").removesuffix("XOF"))
            for rank, key in enumerate(QUARTERS):
                first, last = date(year, rank * 3 + 1, 1), Period.quarter(date(year, rank * 3 + 1, 1)).end
                share = Fraction(whole * days(start, end, first, last), (end - start).days + 1)
                assert abs(rows[line["code"]][key] - share) <= 1
            assert rows[line["code"]]["year"] == sum(rows[line["code"]][key] for key in QUARTERS)


def test_years_make_the_whole_line(demo: Inspection) -> None:
    for tree in demo.books.trees:
        for agreement in demo.books.tree_agreements(tree):
            total: dict[str, int] = defaultdict(int)
            for year in range(agreement.start.year, agreement.final_day.year + 1):
                for each in year_budget(demo.books, tree, year).running:
                    if each.agreement is agreement:
                        for line in each.lines:
                            total[line.code] += line.year if not line.reserve else 0
            for code, line in agreement.budget_at(agreement.final_day).items():
                assert total[code] == (0 if line.is_reserve else line.total.units)


def test_consolidated_is_the_sum_less_what_projects_charge_each_other(demo: Inspection) -> None:
    found = made(demo, "2027")
    *_, gross, shared, whole = table(found, "budgets").rows
    by_tree = spent(demo, 2026)
    assert gross.cells["previous"] == sum(by_tree.values())
    charged, taken = 0, 0
    for entry in transactions(demo):
        if entry.meta.get("reciproque") and entry.date.year == 2026:
            for posting in entry.postings:
                leaf = posting.account.split(":")[2]
                charged += round(posting.units.number) if leaf[0] in "26" else 0
                taken -= round(posting.units.number) if leaf.startswith("78") else 0
    assert (shared.cells["previous"], whole.cells["previous"]) == (charged, sum(by_tree.values()) - charged)
    assert charged == taken > 0
    last = table(found, "shared").rows[-1].cells
    assert [last[key] for key in (*QUARTERS, "year", "previous")] == [0] * 6


def test_shares_to_come_are_those_of_the_months_in_which_both_have_a_budget(demo: Inspection) -> None:
    """In 2027 the demonstration has no budget of its own running: nothing counts twice, nothing is taken out."""
    assert table(made(demo, "2027"), "budgets").rows[-2].cells["year"] == 0
    by_month: dict[str, dict[tuple[int, int], int]] = defaultdict(lambda: defaultdict(int))
    for entry in transactions(demo):
        if entry.meta.get("reciproque"):
            for posting in entry.postings:
                _, tree, leaf = posting.account.split(":")
                if leaf[0] in "26":
                    by_month[tree][entry.date.year, entry.date.month] += round(posting.units.number)
    expected = sum(3 * int(Fraction(sum(own.values()), len(own)) + Fraction(1, 2)) for own in by_month.values())
    cells = table(made(demo, "2026"), "budgets").rows[-2].cells
    assert [cells[key] for key in QUARTERS] == [expected] * 4


def test_who_pays_makes_the_budget(demo: Inspection) -> None:
    for year in ("2026", "2027"):
        for row in table(made(demo, year), "budgets").rows:
            assert row.cells["donor"] + row.cells["own"] == row.cells["year"]


def test_the_year_before_is_named_with_its_day_until_it_is_over(demo: Inspection) -> None:
    title = table(made(demo, "2027"), "budgets").column("previous").title
    assert title == f"Réalisé 2026 au {demo.books.today:%d/%m/%Y}"
    assert table(made(demo, "2028"), "budgets").column("previous").title.startswith("Réalisé 2027")
    said = made(demo, "2026")
    assert "Ces livres commencent le 01/01/2026 : ils ne disent rien de 2025." in texts(said)
    assert {row.cells.get("previous") for row in table(said, "budgets").rows} == {None}


def test_what_is_adopted_and_what_is_not(demo: Inspection, demo_texts: Path) -> None:
    rows = {row.cells["budget"]: row for row in table(made(demo, "2026"), "adoption").rows}
    assert rows["FONCT-2026"].cells["state"] == "Adopté par le Bureau exécutif le 19/12/2025."
    assert rows["FONCT-2026"].cells["document"] == "fonct/2025-12/pv-bureau-19.pdf"
    assert rows["UE-2025-118@2026-07-01"].cells["state"] == "Adopté par le Bureau exécutif le 12/06/2026."
    assert rows["programme-2026"].cells["state"] == "Adopté par l'assemblée générale le 20/12/2025."
    for row in rows.values():
        (ref,) = row.refs
        assert "rencontre" in Path(ref.file).read_text(encoding="utf-8").splitlines()[ref.line - 1]
    rules = demo_texts / "rules/bailleurs/fonct.yaml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("FONCT-2026", "FONCT").replace("au: 2026-12-31", "au: 2027-12-31"), encoding="utf-8")
    books = inspect(demo_texts / "ledger/main.beancount")
    later = {row.cells["budget"]: row.cells["state"] for row in table(made(books, "2027"), "adoption").rows}
    assert (later["FONCT-2027"], later["programme-2027"]) == ("À adopter", "À adopter")
    assert "Fonctionnement" in [row.cells.get("tree") for row in table(made(books, "2027"), "budgets").rows]


def test_contingencies_and_what_does_not_run_are_said_apart(demo: Inspection) -> None:
    found = made(demo, "2027")
    (row, _) = table(found, "reserves").rows
    assert (row.cells["agreement"], row.cells["code"], row.cells["reserve"]) == ("UE-2025-118", "5.1", 4_675_550)
    said = texts(found)
    assert "UNICEF-2025-07 (UNICEF-EDU) court du 01/07/2025 au 31/12/2026." in said
    assert "FONCT n'a aucun budget en 2027" in said
    assert "budget-UNICEF-2025-07" not in {each.key for each in found.tables}


def test_a_line_that_the_donor_pays_in_part_is_paid_by_own_resources_for_the_rest(demo_texts: Path) -> None:
    rules = demo_texts / "rules/bailleurs/ue-eau.yaml"
    text = rules.read_text(encoding="utf-8")
    line = '"Responsable de programme", unite: mois, quantite: 24, cout-unitaire: 430 000 XOF, comptes: [661], part-bailleur: '
    assert f"{line}100 %" in text
    rules.write_text(text.replace(f"{line}100 %", f"{line}75 %, calendrier: {{2027-T1: 40 %}}".replace(" %,", " %,")))
    books = inspect(demo_texts / "ledger/main.beancount")
    rows = {row.cells.get("code"): row.cells for row in table(made(books, "2027", "UE-EAU"), "budget-UE-2025-118").rows}
    whole = 24 * 430_000
    assert (rows["1.2"]["q1"], rows["1.2"]["year"], rows["1.2"]["own"]) == (whole * 2 // 5, whole * 2 // 5, whole // 10)


def test_without_any_agreement_it_says_so(demo_texts: Path) -> None:
    for each in (demo_texts / "rules/bailleurs").iterdir():
        lines = each.read_text(encoding="utf-8").partition("\nconventions:")[0]
        each.write_text(f"{lines}\n", encoding="utf-8")
    books = inspect(demo_texts / "ledger/main.beancount")
    assert "Aucune convention n'est écrite" in texts(made(books, "2030"))
