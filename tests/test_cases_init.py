"""Trial balances that an opening must take over whole or refuse by row, and where `init` writes."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook

from grandlivre.cli import cli
from grandlivre.inspection import inspect

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
    done = init(str(tmp_path / "livres"), "--from", str(sheet(tmp_path / "balance.xlsx", *rows[1:], titles=rows[0])))
    assert done.exit_code == 0, done.output
    assert booked(tmp_path / "livres") == {"121": -800_000, "521": 800_000}


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
    done = init(str(tmp_path / "livres"), "--from", str(sheet(tmp_path / "balance.xlsx", *rows[1:], titles=rows[0])))
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert not (tmp_path / "livres").exists()


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
    assert "0 erreur(s), 0 alerte(s)" in done.output
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
