"""Every statutory statement of the demonstration's whole year: balanced, explained line by line, the same once the accounts are closed."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conftest import ROOT
from grandlivre import render
from grandlivre.cli import cli
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.periods import Period
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Report
from grandlivre.reports.making import Job, make
from grandlivre.sources.problem import RefusedError
from project_bed import SET as PROJECT
from xlsx_eval import sheets

sys.path.insert(0, str(ROOT / "scripts"))

import demo_books
from demo import bulk

NOW, YEAR = "2027-02-01", Period.parse("2026")
WHOLE = ("bilan", "resultat", "flux-tresorerie", "notes", "bilan-smt", "resultat-smt", "journal-tresorerie-smt")
COLUMN = {
    "bilan": "net",
    "resultat": "amount",
    "flux-tresorerie": "amount",
    "bilan-smt": "amount",
    "resultat-smt": "amount",
    "bilan-projet": "net",
    "exploitation-projet": "amount",
    "emplois-ressources": "year",
    "execution-budgetaire": "disbursed",
    "reconciliation-tresorerie": "amount",
}
"""What the movements behind a line add up to."""
LATE = {
    # the last two months: what each tree pays, and an invoice of December that stays due
    "ue-eau": """
2026-11-12 * "Quincaillerie du Djoliba (fictif)" "Petit matériel de forage"
  piece: "BQ-UE-EAU-2026-0125"
  ligne: "3.2"
  Charges:UE-EAU:6056-Petit-materiel  420000 XOF
  Actif:UE-EAU:52111-Banque-BDM

2026-12-18 * "Bureau d'études Sahel (fictif)" "Contrôle des ouvrages de décembre"
  piece: "OD-UE-EAU-2026-0060"
  ligne: "3.3"
  nif: "081447999Z"
  facture: "BES-77"
  Charges:UE-EAU:6327-Prestataires  300000 XOF
  Passif:UE-EAU:4011-Fournisseurs
""",
    "unicef-edu": """
2026-12-03 * "Comité de gestion scolaire (fictif)" "Subvention aux écoles"
  piece: "BQ-UNICEF-EDU-2026-0117"
  ligne: "2.1"
  Charges:UNICEF-EDU:652-Subventions-accordees  500000 XOF
  Actif:UNICEF-EDU:52112-Banque-BNDA
""",
    "genre": """
2026-12-08 * "Maison des femmes (fictif)" "Atelier de fin d'année"
  piece: "BQ-GENRE-2026-0094"
  ligne: "2.1"
  Charges:GENRE:6277-Ateliers  250000 XOF
  Actif:GENRE:52113-Banque-BMS
""",
    "fonct": """
2026-12-10 * "Membres d'ANI-Mali" "Cotisations du dernier trimestre"
  piece: "BQ-FONCT-2026-0151"
  Actif:FONCT:52114-Banque-BIM  40000 XOF
  Produits:FONCT:701-Cotisations
""",
}


def done(main: Path, word: str) -> str:
    """What `entries` said of a word of the year's end, written."""
    words = ["entries", word, "--periode", "2026", "--ecrire", "--today", NOW, "--ledger", str(main)]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
    return result.output


def _copied(source: str, target: str) -> None:
    """A file of its own; of a voucher, another name."""
    (os.link if source.endswith((".pdf", ".png")) else shutil.copyfile)(source, target)


@pytest.fixture(scope="module")
def completed(_kept: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's books up to 31 December 2026, depreciated and released, 2027 open; returns their entry point."""
    root = tmp_path_factory.mktemp("annee")
    for name in ("ledger", "rules"):
        shutil.copytree(_kept / name, root / name, copy_function=_copied)
    organisation = root / "rules/organisation.yaml"
    said = organisation.read_text(encoding="utf-8")
    year = "{du: 2026-01-01, au: 2026-12-31}"
    assert f"[{year}]" in said
    organisation.write_text(said.replace(year, year + ", " + year.replace("2026", "2027")), encoding="utf-8")
    header = (root / "ledger/ue-eau/2026-10.beancount").read_text(encoding="utf-8").split("\n2026-", 1)[0]
    for folder, text in LATE.items():
        (root / f"ledger/{folder}/2026-12.beancount").write_text(f"{header}\n{text}", encoding="utf-8")
    for word in ("amortissements", "quote-part"):
        done(root / "ledger/main.beancount", word)
    return root / "ledger/main.beancount"


@pytest.fixture(scope="module")
def year(completed: Path) -> Inspection:
    """Those books before any closing."""
    return inspect(completed, date.fromisoformat(NOW))


@pytest.fixture(scope="module")
def closed(completed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with 2026 closed and 2027 opened on its balances."""
    root = tmp_path_factory.mktemp("close")
    shutil.copytree(completed.parent.parent, root, copy_function=_copied, dirs_exist_ok=True)
    for word in ("cloture", "reouverture"):
        assert "aucun constat nouveau" in done(root / "ledger/main.beancount", word)
    return root / "ledger/main.beancount"


@pytest.fixture(scope="module")
def bulk_year(tmp_path_factory: pytest.TempPathFactory) -> Inspection:
    """A year of three donors (models A, B, C) as the benchmark makes them."""
    root = tmp_path_factory.mktemp("engendres")
    demo_books.write(root, bulk.files(3, 1, 500, 7))
    return inspect(root / "ledger/main.beancount")


def statements(inspection: Inspection) -> Iterator[tuple[str, str, Report]]:
    """Every statement of every set over 2026: the whole organisation's, then each project's and the projects' together."""
    assert YEAR is not None
    for name in (*WHOLE, *PROJECT):
        for tree in ("", *inspection.books.trees) if name in PROJECT else ("",):
            try:
                made = make(inspection, Job(models(inspection.books.policy)[name], Scope(tree), YEAR), "0" * 12)
            except RefusedError:
                continue  # a tree whose agreements have no project set
            yield from ((name, tree, report) for report in made)


def told(inspection: Inspection) -> dict[tuple[str, str, str], Any]:
    """What each statement says as JSON, less what tells the books it was made from."""
    found = {}
    for name, tree, report in statements(inspection):
        said = json.loads(render.json(report))
        kept = {key: value for key, value in said.items() if key not in ("digest", "last_entry")}
        found[name, tree, report.subtitle] = kept
    return found


def test_every_statement_is_made_and_closes_to_the_franc(year: Inspection) -> None:
    """No account without a line, and nil what must be: asset and liability, V and VI, XC and CC, KZC and HB, cash two ways."""
    gaps: dict[str, set[str]] = {}
    made: dict[str, set[str]] = {}
    for name, tree, report in statements(year):
        nil = {fact.label: fact.value for fact in report.facts if fact.label.startswith("Écart")}
        assert set(nil.values()) <= {0}, (name, tree, nil)
        assert not report.provisional_why, (name, tree)
        assert not [row for each in report.tables if each.key == "unattached" for row in each.rows], (name, tree)
        gaps.setdefault(name, set()).update(nil)
        made.setdefault(name, set()).add(tree)
    assert made == {name: {"", "UE-EAU", "UNICEF-EDU"} if name in PROJECT else {""} for name in (*WHOLE, *PROJECT)}
    wanted = {
        "bilan": "Écart actif − passif",
        "resultat": "Écart résultat net − bilan",
        "flux-tresorerie": "Écart de trésorerie (flux − bilan)",
        "bilan-smt": "Écart actif − passif",
        "resultat-smt": "Écart KZC − HB",
        "bilan-projet": "Écart actif − passif",
        "exploitation-projet": "Écart XC − CC",
        "emplois-ressources": "Écart V − VI",
        "reconciliation-tresorerie": "Écart trésorerie en fin d'exercice",
    }
    assert {name: label for name, label in wanted.items() if label in gaps[name]} == wanted


def test_closing_and_reopening_change_no_statement_and_add_no_finding(year: Inspection, closed: Path) -> None:
    after = inspect(closed, date.fromisoformat(NOW))
    kinds = [
        each.kind for each in after.books.entries if each.kind in ("cloture", "a-nouveau") and each.date.year > 2025
    ]
    assert {"cloture", "a-nouveau"} <= set(kinds)
    said, again = told(year), told(after)
    assert said.keys() == again.keys()
    assert [key for key in said if said[key] != again[key]] == []
    known = {(each.rule, each.message) for each in year.findings}
    assert [each for each in after.findings if (each.rule, each.message) not in known] == []


@pytest.mark.parametrize("books", ["year", "bulk_year"])
def test_the_movements_behind_every_line_add_up_to_it(books: str, request: pytest.FixtureRequest) -> None:
    """As « --expliquer » lists them, for every row of every statement that has lines; a budget's lines by their codes."""
    inspection: Inspection = request.getfixturevalue(books)
    explained = dict.fromkeys(COLUMN, 0)
    assert YEAR is not None
    for name, tree, report in statements(inspection):
        explain = models()[name].explain
        assert (explain is not None) is (name in COLUMN)
        if explain is not None:
            for line, shown in shown_lines(report).items():
                found = explain(Context(inspection.books, Scope(tree), YEAR), line)
                assert sum(each.amount for each in found) == shown, (name, tree, line)
                explained[name] += 1
    assert min(explained.values()) > 10, explained


def shown_lines(report: Report) -> dict[str, int]:
    """What each line of a statement shows, under the word that « --expliquer » takes."""
    found: dict[str, int] = {}
    budget = report.model == "execution-budgetaire"
    for row in (row for table in report.tables for row in table.rows):
        line = row.cells.get("code") if budget and row.role == "normal" else row.behind
        if line:
            amount = row.cells.get(COLUMN[report.model]) or 0
            assert isinstance(amount, int)
            found[str(line)] = found.get(str(line), 0) + amount
    return found


def test_every_subtotal_of_every_workbook_is_a_formula(year: Inspection) -> None:
    """Each is worth what it shows, by an independent path; ZA alone, the cash of another statement, adds nothing up."""
    counted = 0
    for name, tree, report in statements(year):
        found = sheets(render.xlsx(report)).values()
        for sheet in found:
            for cell, (value, shown) in sheet.formulas().items():
                assert (value or 0) == Fraction(str(shown or 0)), f"{name} {tree} {cell}"
        rows = [row for each in report.tables for row in each.rows]
        summed = {row.cells.get("ref") for row in rows if row.role in ("subtotal", "total")}
        apart = {"ZA", *(row.cells.get("ref") for row in rows if row.role == "normal")}
        for sheet in found:
            for row in sheet.written.iter_rows():
                if row[0].value and row[0].value in summed - apart:
                    constants = [cell.coordinate for cell in row[1:] if isinstance(cell.value, int | float)]
                    assert not constants, f"{name} {tree} {row[0].value} {constants}"
                    counted += 1
    assert counted > 80, counted
