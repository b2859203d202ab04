"""Trial balances that an opening must take over whole or refuse by row, and where `init` writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook

from grandlivre.cli import cli
from grandlivre.inspection import inspect

TITLES = ("N° compte", "Intitulé", "Solde débit", "Solde crédit")
ARGUMENTS = ("--nom", "Association X (fictif)", "--sigle", "AX", "--exercice", "2026", "--oui")


def sheet(path: Path, *rows: tuple[Any, ...], titles: tuple[str, ...] = TITLES) -> Path:
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


def test_a_currency_with_cents_is_refused(tmp_path: Path) -> None:
    done = init(str(tmp_path / "livres"), "--devise", "EUR")
    assert done.exit_code == 2
    assert "ne se tiennent pas en EUR" in done.output
    assert not (tmp_path / "livres").exists()


@pytest.mark.parametrize("folder", ["livres", "./livres", "a/b", "mes livres/été"])
def test_init_writes_where_it_is_told_and_nowhere_else(folder: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "grandlivre", "init", folder, *ARGUMENTS]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 erreur(s)" in done.stdout
    assert (tmp_path / folder / "ledger" / "main.beancount").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [Path(folder).parts[0]]
    assert len(list(tmp_path.rglob("main.beancount"))) == 1
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=tmp_path / folder, capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert "ledger/main.beancount" in tracked.stdout.splitlines()
