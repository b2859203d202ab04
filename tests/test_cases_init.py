"""Trial balances that an opening must take over whole or refuse by row, and where `init` writes."""

from __future__ import annotations

import re
import subprocess
from contextlib import chdir
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook

from grandlivre.cli import cli
from grandlivre.inspection import inspect
from grandlivre.policy.organisation import FiscalYear
from grandlivre.scaffold.opening import with_opening
from grandlivre.scaffold.organisation import NewOrganisation, NewTree
from grandlivre.sources.problem import Problem

TITLES = ("N° compte", "Intitulé", "Solde débit", "Solde crédit")
ARGUMENTS = ("--nom", "Association X (fictif)", "--sigle", "AX", "--exercice", "2026", "--oui")


def sheet(path: Path, *rows: tuple[Any, ...], titles: tuple[Any, ...] = TITLES) -> Path:
    book = Workbook()
    assert book.active is not None
    for row in (titles, *rows):
        book.active.append(row)
    book.save(path)
    return path


def init(folder: str, *more: str) -> Result:
    return CliRunner().invoke(cli, ["init", folder, *ARGUMENTS, *more])


BALANCED = ((121, "Report à nouveau", None, 800_000), (521, "Banque", 800_000, None))


@pytest.mark.parametrize("pair", [("411DUPONT", "4712-DIV"), ("411/1", "?"), ("client X", ""), (" - ", None)])
def test_a_row_with_an_amount_and_no_account_is_named(pair: tuple[Any, Any], tmp_path: Path) -> None:
    rows = ((pair[0], "Client", 250_000, None), (pair[1], "Divers", None, 250_000))
    done = init(str(tmp_path / "livres"), "--from", str(sheet(tmp_path / "balance.xlsx", *BALANCED, *rows)))
    assert done.exit_code == 2, done.output
    assert "balance.xlsx:4: " in done.output
    assert "balance.xlsx:5: " in done.output
    assert "250000" in done.output
    assert not (tmp_path / "livres").exists()


def test_numbers_filled_with_zeros_are_the_charts(tmp_path: Path) -> None:
    rows = (
        ("12100000", "Report", None, 800_000),
        ("52100000", "Banque", 750_000, None),
        ("411.0", "Client", 50_000, None),
    )
    done = init(str(tmp_path / "livres"), "--from", str(sheet(tmp_path / "balance.xlsx", *rows)))
    assert done.exit_code == 0, done.output
    books = inspect(tmp_path / "livres" / "ledger" / "main.beancount").books
    held = {m.account.number: m.value for entry in books.entries for m in entry.movements}
    assert held == {"121": -800_000, "521": 750_000, "411": 50_000}


def test_titles_totals_and_classes_are_no_accounts(tmp_path: Path) -> None:
    rows = (
        ("1", "Ressources", None, 800_000),
        BALANCED[0],
        ("Total classe 1", None, None, 800_000),
        BALANCED[1],
        (None, "TOTAUX", 800_000, 800_000),
    )
    done = init(str(tmp_path / "livres"), "--from", str(sheet(tmp_path / "balance.xlsx", *rows)))
    assert done.exit_code == 0, done.output


def test_the_balances_of_two_years_are_not_chosen_between(tmp_path: Path) -> None:
    years = ("N° compte", "Intitulé", "Solde débit N", "Solde crédit N", "Solde débit N-1", "Solde crédit N-1")
    rows = ((121, "Report", None, 800_000, None, 300_000), (521, "Banque", 800_000, None, 300_000, None))
    done = init(str(tmp_path / "a"), "--from", str(sheet(tmp_path / "balance.xlsx", *rows, titles=years)))
    assert done.exit_code == 0, done.output
    books = inspect(tmp_path / "a" / "ledger" / "main.beancount").books
    assert {m.value for entry in books.entries for m in entry.movements} == {-800_000, 800_000}
    unnamed = (
        "N° compte",
        "Intitulé",
        "Solde débit 2025",
        "Solde crédit 2025",
        "Solde débit 2024",
        "Solde crédit 2024",
    )
    done = init(str(tmp_path / "b"), "--from", str(sheet(tmp_path / "balance.xlsx", *rows, titles=unnamed)))
    assert done.exit_code == 2
    assert "« Solde débit 2025 » (colonne 3)" in done.output
    assert "« Solde débit 2024 » (colonne 5)" in done.output


@pytest.mark.parametrize("text", ["800.000", "800,000"])
def test_a_text_that_reads_two_ways_is_refused(text: str, tmp_path: Path) -> None:
    rows = ((121, "Report", None, text), (521, "Banque", text, None))
    done = init(str(tmp_path / "livres"), "--from", str(sheet(tmp_path / "balance.xlsx", *rows)))
    assert done.exit_code == 2
    assert "se lit 800 000 ou 800 et une fraction" in done.output
    assert "balance.xlsx:2: " in done.output


def test_a_formula_never_calculated_is_said(tmp_path: Path) -> None:
    rows = (*BALANCED, (411, "Clients", "=C3", None), (401, "Fournisseurs", None, "=C3"))
    done = init(str(tmp_path / "livres"), "--from", str(sheet(tmp_path / "balance.xlsx", *rows)))
    assert done.exit_code == 2
    assert "balance.xlsx:4: Compte 411 : une formule sans valeur" in done.output
    assert "balance.xlsx:5: Compte 401 : une formule sans valeur" in done.output


def booked(folder: Path) -> dict[str, int]:
    """The opening by account number."""
    found = inspect(folder / "ledger" / "main.beancount")
    assert found.errors == 0
    return {m.account.number: m.value for entry in found.books.entries for m in entry.movements}


def opened(folder: Path, *rows: tuple[Any, ...]) -> tuple[NewOrganisation, tuple[Problem, ...]]:
    """The opening of the rows under the usual titles, nothing written."""
    return with_opening(ORG, sheet(folder / "balance.xlsx", *rows))


YEAR = FiscalYear.model_validate({"du": date(2026, 1, 1), "au": date(2026, 12, 31)})
ORG = NewOrganisation("AX", "AX", "XOF", YEAR, (NewTree("FONCT", "AX", "ressources-propres"),), (), ())
N = None
READ: dict[str, tuple[tuple[Any, ...], ...]] = {
    "the number on the upper line": (
        ("N° compte", "Intitulé", "Mouvements", N, "Soldes", N),
        (N, N, "Débit", "Crédit", "Débit", "Crédit"),
        (121, "Report", N, 800_000, N, 800_000),
        (521, "Banque", 900_000, 100_000, 800_000, N),
    ),
    "one group over two columns": (
        ("Compte", "Libellé", "Solde", N),
        (N, N, "Débiteur", "Créditeur"),
        (121, "Report", N, 800_000),
        (521, "Banque", 800_000, N),
    ),
    "abbreviated": (("Cpte", "Libellé", "SD", "SC"), (121, "Report", N, 800_000), (521, "Banque", 800_000, N)),
    "cpte n°": (
        ("N° Cpte", "Désignation", "Solde Db", "Solde Cr"),
        (121, "Report", N, 800_000),
        (521, "Banque", 800_000, N),
    ),
    "a balance and its side": (
        ("Compte", "Intitulé", "Solde", "Sens"),
        (121, "Report", 800_000, "C"),
        (521, "Banque", 800_000, "D"),
    ),
    "a balance with its side": (
        ("Compte", "Intitulé", "Solde"),
        (121, "Report", "800 000 C"),
        (521, "Banque", "800 000 D"),
    ),
    "a signed balance": (("Compte", "Intitulé", "Solde"), (121, "Report", -800_000), (521, "Banque", 800_000)),
    "openings and movements beside the final balances": (
        ("Compte", "Intitulé", "A nouveau", N, "Mouvements", N, "Solde final", N),
        (N, N, "Débit", "Crédit", "Débit", "Crédit", "Débit", "Crédit"),
        (121, "Report", N, 500_000, N, 300_000, N, 800_000),
        (521, "Banque", 500_000, N, 300_000, N, 800_000, N),
    ),
    "only opening balances": (
        ("Compte", "Intitulé", "Solde d'ouverture débit", "Solde d'ouverture crédit"),
        (121, "Report", N, 800_000),
        (521, "Banque", 800_000, N),
    ),
}


@pytest.mark.parametrize("rows", READ.values(), ids=READ)
def test_titles_as_programs_write_them_are_read(rows: tuple[tuple[Any, ...], ...], tmp_path: Path) -> None:
    org, problems = with_opening(ORG, sheet(tmp_path / "balance.xlsx", *rows[1:], titles=rows[0]))
    assert problems == ()
    assert {account.number: units for account, units in org.trees[0].opening} == {"121": -800_000, "521": 800_000}


REFUSED: dict[str, tuple[tuple[tuple[Any, ...], ...], str]] = {
    "no title says balance": (
        (("Compte", "Intitulé", "Débit", "Crédit"), (121, "Report", N, 800_000), (521, "Banque", 800_000, N)),
        "« Débit » (colonne 3), « Crédit » (colonne 4)",
    ),
    "openings and movements": (
        (
            ("Compte", "Intitulé", "A nouveau", N, "Mouvements", N),
            (N, N, "Débit", "Crédit", "Débit", "Crédit"),
            (121, "Report", N, 800_000, N, 0),
            (521, "Banque", 800_000, N, 0, N),
        ),
        "« Mouvements Débit » (colonne 5)",
    ),
    "a row of groups short of a cell": (
        (
            ("Compte", "Intitulé", "Mouvements", "Soldes"),
            (N, N, "Débit", "Crédit", "Débit", "Crédit"),
            (121, "Report", 1, 800_001, N, 800_000),
            (521, "Banque", 900_000, 100_000, 800_000, N),
        ),
        "(colonne 4)",
    ),
    "groups shifted": (
        (
            ("Compte", "Intitulé", N, "Mouvements", N, "Soldes"),
            (N, N, "Débit", "Crédit", "Débit", "Crédit"),
            (121, "Report", 1, 800_001, N, 800_000),
            (521, "Banque", 900_000, 100_000, 800_000, N),
        ),
        "Quelles colonnes",
    ),
    "a side that is none": (
        (("Compte", "Intitulé", "Solde", "Sens"), (121, "Report", 800_000, "X"), (521, "Banque", 800_000, "D")),
        "balance.xlsx:2: Le sens du compte 121",
    ),
    "a sign and a side": (
        (("Compte", "Intitulé", "Solde", "Sens"), (121, "Report", -800_000, "C"), (521, "Banque", 800_000, "D")),
        "un solde sans signe",
    ),
}


@pytest.mark.parametrize(("rows", "said"), REFUSED.values(), ids=REFUSED)
def test_titles_that_do_not_choose_are_refused_and_named(
    rows: tuple[tuple[Any, ...], ...], said: str, tmp_path: Path
) -> None:
    _, problems = with_opening(ORG, sheet(tmp_path / "balance.xlsx", *rows[1:], titles=rows[0]))
    assert any(said in f"balance.xlsx:{each.line}: {each.message}" for each in problems), problems


MID_YEAR = (
    (121, "Report", N, 800_000),
    (521, "Banque", 1_150_000, N),
    (5711, "Caisse", 50_000, N),
    (401, "Fournisseurs", N, 20_000),
    (4211, "Avances au personnel", 10_000, N),
    (6047, "Fournitures", 210_000, N),
    (2442, "Ordinateur", 100_000, N),
    (701, "Cotisations", N, 700_000),
)


def test_a_year_begun_elsewhere_is_taken_over(tmp_path: Path) -> None:
    """Classes 6 and 7 too, as `reprise`: nothing is asked of what was booked in other books, and the year is whole."""
    balance = str(sheet(tmp_path / "balance.xlsx", *MID_YEAR))
    refused = init(str(tmp_path / "non"), "--from", balance)
    assert (refused.exit_code, "--au 2026-06-30" in refused.output) == (2, True), refused.output
    done = init(str(tmp_path / "livres"), "--from", balance, "--au", "2026-06-30")
    assert done.exit_code == 0, done.output
    assert "0 erreur, 0 alerte" in done.output
    main = tmp_path / "livres/ledger/main.beancount"
    found = inspect(main)
    [entry] = found.books.entries
    assert (str(entry.date), entry.kind, entry.piece) == ("2026-06-30", "reprise", "OD-FONCT-2026-0001")
    assert {m.account.number: m.value for m in entry.movements}["6047"] == 210_000
    assert str(found.books.start) == "2026-07-01"
    donor = tmp_path / "livres/rules/bailleurs/fonct.yaml"
    lines = donor.read_text(encoding="utf-8").splitlines()
    shown = [line.replace("    # ", "    ") for line in lines if "# Le budget, quand" not in line]
    donor.write_text("\n".join(shown) + "\n", encoding="utf-8")
    assert inspect(main).books.policy.donors["FONCT"].agreements[0].headings
    for day in ("2026-07-01", "2026-07-20", "2026-07-31"):
        assert [str(each) for each in inspect(main, date.fromisoformat(day)).findings] == [], day
    readme = (tmp_path / "livres/README.md").read_text(encoding="utf-8")
    assert '2026-07-05 ! "Membres de AX"' in readme


def test_an_old_opening_says_what_there_is_to_catch_up_with(tmp_path: Path) -> None:
    """On the day of the tests, ten months wait; books begun last week have nothing to hear."""
    till = (5711, "Caisse", 50_000, N)
    balance = str(sheet(tmp_path / "b.xlsx", (121, "Report", N, 850_000), BALANCED[1], till))
    old = init(str(tmp_path / "vieux"), "--from", balance)
    assert old.exit_code == 0, old.output
    assert "Contrôle au 01/01/2026 : 0 erreur, 0 alerte." in old.output
    assert "Les livres commencent le 01/01/2026 : au 29/11/2026, grandlivre check réclame" in old.output
    recent = init(str(tmp_path / "neuf"), "--from", balance, "--au", "2026-11-20")
    assert (recent.exit_code, "réclame" in recent.output) == (0, False), recent.output


@pytest.mark.parametrize("day", ["2025-12-31", "2026-12-31", "2027-06-30"])
def test_the_day_of_a_balance_is_inside_the_first_year(day: str, tmp_path: Path) -> None:
    balance = str(sheet(tmp_path / "balance.xlsx", *MID_YEAR))
    done = init(str(tmp_path / "livres"), "--from", balance, "--au", day)
    assert (done.exit_code, "sans --au" in done.output) == (2, True), done.output


def test_a_currency_with_cents_is_refused(tmp_path: Path) -> None:
    done = init(str(tmp_path / "livres"), "--devise", "EUR")
    assert done.exit_code == 2
    assert "ne se tiennent pas en EUR" in done.output
    assert not (tmp_path / "livres").exists()


def test_books_in_another_currency_set_their_limits_in_it(tmp_path: Path) -> None:
    """No limit of their rules is in a currency that their entries never have."""
    words = ("--devise", "GNF", "--arbre", "EAU:Union:don:BE")
    refused = init(str(tmp_path / "non"), *words, "--convention", "EAU:UE/1:2026-01-01:2026-12-31:150 000 EUR")
    assert (refused.exit_code, "Un taux est attendu" in refused.output) == (2, True)
    done = init(str(tmp_path / "livres"), *words)
    assert done.exit_code == 0, done.output
    rules = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "livres/rules").glob("*.yaml"))
    assert "51 000 GNF" in rules
    assert not re.search(r"\d XOF", rules)


def typed(where: Path, *words: str) -> Result:
    """The command as somebody types it in a folder."""
    with chdir(where):
        return CliRunner().invoke(cli, words)


def git(where: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=where, capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout


@pytest.mark.parametrize("form", ["livres", "./livres", "a/b", "mes livres/été", "../ailleurs/x", ".", "ABSOLU"])
def test_init_writes_where_it_is_told_and_nowhere_else(form: str, tmp_path: Path) -> None:
    here = tmp_path / "ici"
    here.mkdir()
    folder = str(tmp_path / "abs/livres") if form == "ABSOLU" else form
    done = typed(here, "init", folder, *ARGUMENTS)
    assert done.exit_code == 0, done.output
    assert "0 erreur, 0 alerte" in done.stdout
    books = here / folder
    assert (books / "ledger" / "main.beancount").is_file()
    assert len(list(tmp_path.rglob("main.beancount"))) == 1
    assert len(list(tmp_path.rglob(".git"))) == 1
    files = {path.relative_to(books).as_posix() for path in books.rglob("*") if path.is_file()}
    made = {name for name in files if not name.startswith((".git/", ".grandlivre/"))}
    assert set(git(books, "-c", "core.quotePath=false", "ls-files").splitlines()) == made
    assert git(books, "status", "--short") == ""
    checked = typed(books, "check")
    assert (checked.exit_code, "Aucune erreur, aucune alerte" in checked.stdout) == (0, True), checked.stdout
    again = typed(here, "init", folder, *ARGUMENTS)
    assert (again.exit_code, "n'est pas vide" in again.stderr) == (2, True), again.stderr


def test_books_inside_another_repository_are_left_to_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    done = typed(tmp_path, "init", "compta/livres", *ARGUMENTS)
    assert done.exit_code == 0, done.output
    assert "Ce dossier est dans un dépôt git" in done.stdout
    assert ".githooks/pre-commit" in done.stdout
    assert not (tmp_path / "compta/livres/.git").exists()
    assert git(tmp_path, "ls-files") == ""
    config = subprocess.run(["git", "config", "core.hooksPath"], cwd=tmp_path, capture_output=True, check=False)
    assert config.stdout == b"", "the hooks of somebody else's repository are theirs"
    git(tmp_path, "config", "core.hooksPath", "compta/livres/.githooks")
    git(tmp_path, "add", "--all")
    words = ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "x")
    tool = tmp_path / "compta/livres/.venv/bin/grandlivre"
    tool.parent.mkdir(parents=True)
    tool.write_text('#!/bin/sh\necho "contrôle dans $(basename "$PWD")"\nexit 1\n', encoding="utf-8")
    tool.chmod(0o755)
    refused = subprocess.run(
        ["git", *words], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert refused.returncode == 1
    assert "contrôle dans livres" in refused.stdout + refused.stderr


def test_a_new_clone_that_holds_nothing_is_filled(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "origine.git")
    git(tmp_path, "clone", "--quiet", "origine.git", "livres")
    done = typed(tmp_path, "init", "livres", *ARGUMENTS)
    assert done.exit_code == 0, done.output
    assert git(tmp_path / "livres", "config", "core.hooksPath") == ".githooks\n"
    assert git(tmp_path / "livres", "log", "--format=%s") == "Livres de AX ouverts\n"


def test_a_refused_opening_is_tried_again_in_the_same_folder(tmp_path: Path) -> None:
    wrong = str(sheet(tmp_path / "fausse.xlsx", *BALANCED[:1]))
    right = str(sheet(tmp_path / "juste.xlsx", *BALANCED))
    refused = typed(tmp_path, "init", "livres", *ARGUMENTS, "--from", wrong)
    assert (refused.exit_code, "pas équilibrée" in refused.stderr) == (2, True)
    assert not (tmp_path / "livres").exists()
    done = typed(tmp_path, "init", "livres", *ARGUMENTS, "--from", right)
    assert done.exit_code == 0, done.output


ODD_ROWS: tuple[tuple[Any, ...], ...] = (
    ("411 DUPONT", "Client", 5_000, N),
    ("4111", "Client", "5000", N),
    (411.0, "Client", 5_000.0, N),
    ("0411", "Client", 5_000, N),
    ("411-1", "Client", 5_000, N),
    ("C411", "Client", 5_000, N),
    ("41 1", "Client", "5 000", N),
    ("411\u00a0", "Client", "5\u202f000", N),
    (N, "Client divers", 5_000, N),
    ("Clients", N, 5_000, N),
    ("999", "Hors plan", 5_000, N),
    ("41", "Collectif", 5_000, N),
    ("4", "Collectif", 5_000, N),
    ("411", "Client", "cinq mille", N),
    ("411", "Client", "5 000,50", N),
    ("411", "Client", "#REF!", N),
    ("411", "Client", True, N),
    ("411", "Client", date(2026, 1, 1), N),
    ("411", "Client", -5_000, N),
    ("411", "Client", N, -5_000),
    ("411", "Client", "=A1", N),
    (411, "Client", "5000 D", N),
    (411, "Report de page", 5_000, N),
    (411, "Total des clients", 5_000, N),
)


@pytest.mark.parametrize("odd", ODD_ROWS, ids=lambda row: f"{row[0]} {row[1]} {row[2]}")
def test_every_row_with_an_amount_is_booked_or_named(odd: tuple[Any, ...], tmp_path: Path) -> None:
    """Whatever the row, its amount is in the opening, or the refusal says its number; it never goes away in silence.

    A good row on the other side stands beside it, so that nothing but the row itself can be found wrong.
    """
    org, problems = opened(tmp_path, *BALANCED, odd, ("4712", "Divers", odd[3], odd[2]))
    if problems:
        assert any(each.line == 4 or "de côté (classes, totaux, reports) : 4." in each.message for each in problems)
    else:
        assert [units for tree in org.trees for _, units in tree.opening if abs(units) == 5_000]
