"""`grandlivre import --decrire`: the format of a bank, from one of its files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grandlivre.cli import cli
from grandlivre.importers.describing import guess, propose, sample
from grandlivre.importers.formats import load_formats
from grandlivre.importers.reading import read_statement, recognised
from grandlivre.importers.statement import BankFile
from grandlivre.sources.problem import Problem

ROOT = Path(__file__).resolve().parent.parent
STATEMENTS = sorted(path for path in (ROOT / "ledger/releves").rglob("*-*.*") if path.suffix != ".md")
CASES = ROOT / "tests" / "cases"
READ = ("30-csv-sauts-de-page", "32-csv-ordre-decroissant", "33-csv-solde-cr", "36-xlsx-dates-en-nombres")
READ += ("39-csv-date-une-fois-par-jour", "57-ok-csv-libelle-sur-deux-lignes", "58-ok-csv-en-tete-decale")
READ += ("12-mobile-echec-compte", "60-ok-xlsx-montants-texte", "62-ok-csv-bom")
UNREAD = ("11-csv-point-virgule-dans-libelle", "48-csv-annee-0026", "29-ofx-tronque-sans-motif", "59-ok-xlsx-html")


def said(statement: BankFile | None) -> object:
    assert statement is not None
    lines = [(line.date, line.amount, line.text, line.reference, line.balance) for line in statement.lines]
    return (statement.account_id, statement.opening, statement.closing, lines)


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.name)
def test_a_proposed_format_reads_as_the_written_one(path: Path) -> None:
    formats = load_formats(ROOT / "rules" / "releves", [])
    written = next(form for form in formats.values() if recognised(path, form) and read_statement(path, form).statement)
    found = sample(path)
    assert not isinstance(found, Problem)
    proposal = propose(found, "Banque", guess(found), None)
    assert said(proposal.reading.statement) == said(read_statement(path, written).statement)


def test_the_demonstration_has_statements_to_try() -> None:
    assert {path.suffix for path in STATEMENTS} == {".csv", ".xlsx", ".ofx"}


@pytest.mark.parametrize("case", READ)
def test_statements_as_banks_write_them_are_described(case: str) -> None:
    [path] = (CASES / case).glob("releve.*")
    found = sample(path)
    assert not isinstance(found, Problem)
    assert propose(found, "Banque", guess(found), None).reading.problems == ()


@pytest.mark.parametrize("case", UNREAD)
def test_a_file_that_no_format_reads_is_not_described(case: str) -> None:
    [path] = (CASES / case).glob("releve.*")
    found = sample(path)
    assert isinstance(found, Problem) or propose(found, "x", guess(found), None).reading.problems != ()


@pytest.fixture
def new_books(tmp_path: Path) -> Path:
    made = CliRunner().invoke(
        cli, ["init", str(tmp_path / "ong"), "--oui", "--exercice", "2026", "--banque", "FONCT:BDM"]
    )
    assert made.exit_code == 0, made.output
    shutil.copy(ROOT / "ledger/releves/ue-eau/2026-01-52111.csv", tmp_path / "releve.csv")
    return tmp_path


def describe(folder: Path, *words: str, typed: str = "", again: bool = True) -> Result:
    ledger = str(folder / "ong/ledger/main.beancount")
    flag = ["--decrire"] if again else []
    return CliRunner().invoke(
        cli, ["import", *flag, str(folder / "releve.csv"), "--ledger", ledger, *words], input=typed
    )


def test_the_first_statement_of_new_books_is_described_then_imported(new_books: Path) -> None:
    refused = describe(new_books, again=False)
    assert (refused.exit_code, "--decrire" in refused.output) == (2, True)
    shown = describe(new_books, "--nom", "Banque BDM", "--compte", "fonct")
    assert (shown.exit_code, "--oui l'écrit" in shown.output) == (0, True), shown.output
    assert "solde de fin 30 955 453" in shown.output
    assert not (new_books / "ong/rules/releves/banque-bdm.yaml").exists()
    done = describe(new_books, "--nom", "Banque BDM", "--compte", "fonct", "--oui")
    assert done.exit_code == 0, done.output
    text = (new_books / "ong/rules/releves/banque-bdm.yaml").read_text(encoding="utf-8")
    assert "Actif:FONCT:52111-Banque-BDM" in text
    drafts = describe(new_books, again=False)
    assert (drafts.exit_code, "7 nouvelles" in drafts.output) == (0, True), drafts.output
    assert "existe déjà" in describe(new_books, "--nom", "Banque BDM").output


def test_columns_are_asked_one_by_one(new_books: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grandlivre.cli._terminal.interactive", lambda: True)
    typed = "\n".join(["", "9", "Libellé", "", "", "-", "", "", "-", "Solde", "", "52111", "o"]) + "\n"
    done = describe(new_books, "--nom", "BDM", typed=typed)
    assert done.exit_code == 0, done.output
    assert "« 9 » n'est pas un titre de ce fichier : Date, Valeur, Libellé" in done.output
    assert (new_books / "ong/rules/releves/bdm.yaml").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--colonne", "libele=Libellé"), "écrivez CLÉ=TITRE"),
        (("--colonne", "libelle=Objet"), "« Objet »"),
        (("--colonne", "date="), "Colonnes à dire encore : date"),
        (("--colonne", "solde=Débit"), "Le solde imprimé est"),
        (("--compte", "nulle-part"), "n'est pas un compte de banque"),
    ],
)
def test_what_cannot_be_described_is_said(words: tuple[str, ...], message: str, new_books: Path) -> None:
    done = describe(new_books, *words, "--oui")
    assert (done.exit_code, message in done.output) == (2, True), done.output
    assert list((new_books / "ong/rules/releves").glob("*.yaml")) == []
