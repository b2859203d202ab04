"""`grandlivre import`: drafts beside the books, never twice, and what was expected when a file is the wrong one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grandlivre.cli import cli
from grandlivre.inspection import inspect
from test_reconcile import NAMES, TWINS, bank_file, make, texts

ROOT = Path(__file__).resolve().parent.parent
DRAFTS = "ledger/brouillons/eau-52111-2026-03.beancount"


def take(root: Path, file: Path, *words: str) -> Result:
    given = ["import", str(file), *words, "--ledger", str(root / "ledger" / "main.beancount")]
    return CliRunner().invoke(cli, given)


def test_new_lines_become_drafts_and_the_books_are_not_touched(tmp_path: Path) -> None:
    make(tmp_path, *TWINS)
    seen = texts(tmp_path)
    file = bank_file(
        tmp_path,
        50_000_000,
        ("04/03/2026", 'VIR "DIARRA" MOUSSA', -25_000),
        ("09/03/2026", "CHQ 0441099 FASO", -60_000),
        ("31/03/2026", "AGIOS", -900),
    )
    said = take(tmp_path, file, "--compte", "EAU")
    assert said.exit_code == 0, said.output
    assert "3 opérations lues, 0 déjà importée, 0 déjà dans les livres, 3 nouvelles" in said.output
    assert f"écrit : {DRAFTS}" in said.output
    after = texts(tmp_path)
    text = after.pop(DRAFTS).decode()
    assert after == seen
    assert text.count('ligne-releve: "') == 3
    assert '  peut-etre: "BQ-EAU-2026-0001 BQ-EAU-2026-0002"\n' in text
    assert '2026-03-09 ! "CHQ 0441099 FASO"\n' in text
    assert "  Charges:EAU:6318-Frais                               900 XOF\n" in text
    assert NAMES in text
    assert not inspect(tmp_path / "ledger" / "main.beancount").halted


def test_the_same_statement_twice_adds_nothing(tmp_path: Path) -> None:
    make(tmp_path)
    lines = (("04/03/2026", "VIR A", -100), ("04/03/2026", "VIR A", -100), ("05/03/2026", "VIR B", -300))
    assert take(tmp_path, bank_file(tmp_path, 50_000_000, *lines[:2]), "--compte", "EAU").exit_code == 0
    first = texts(tmp_path)
    again = take(tmp_path, bank_file(tmp_path, 50_000_000, *lines[:2]), "--compte", "EAU")
    assert (again.exit_code, texts(tmp_path)) == (0, first)
    assert "2 déjà importées" in again.output
    assert "Rien à ajouter : aucun fichier n'a été modifié." in again.output
    longer = take(tmp_path, bank_file(tmp_path, 50_000_000, *lines), "--compte", "EAU")
    assert "2 déjà importées, 0 déjà dans les livres, 1 nouvelle" in longer.output
    assert texts(tmp_path)[DRAFTS].startswith(first[DRAFTS])
    # A draft that was completed and moved into the month's file still counts, whatever is left of the drafts.
    text = texts(tmp_path)[DRAFTS].decode()
    month = tmp_path / "ledger" / "eau" / "2026-03.beancount"
    month.write_text(text.replace("; Brouillons", "; Mars"), encoding="utf-8")
    (tmp_path / DRAFTS).unlink()
    assert "3 déjà importées" in take(tmp_path, bank_file(tmp_path, 50_000_000, *lines), "--compte", "EAU").output


def test_a_long_statement_is_drafted_whole_and_shown_in_part(tmp_path: Path) -> None:
    make(tmp_path)
    lines = tuple(("04/03/2026", f"VIR {rank}", -100) for rank in range(203))
    said = take(tmp_path, bank_file(tmp_path, 50_000_000, *lines), "--compte", "EAU")
    assert said.exit_code == 0, said.output
    assert "203 nouvelles" in said.output
    assert "… et 3 autres brouillons, dans le fichier." in said.output
    assert (tmp_path / DRAFTS).read_text(encoding="utf-8").count('ligne-releve: "') == 203


def test_what_the_books_hold_is_not_drafted(tmp_path: Path) -> None:
    make(tmp_path, TWINS[0])
    file = bank_file(tmp_path, 50_000_000, ("05/03/2026", "VIR DIARRA MOUSSA", -25_000))
    said = take(tmp_path, file, "--compte", "Actif:EAU:52111-Banque")
    assert (said.exit_code, (tmp_path / DRAFTS).exists()) == (0, False)
    assert "1 déjà dans les livres, 0 nouvelle" in said.output


def test_drafts_typed_under_windows_keep_their_lines(tmp_path: Path) -> None:
    make(tmp_path)
    drafts = tmp_path / DRAFTS
    drafts.parent.mkdir()
    typed = '; à moi\r\n2026-03-01 ! "Déjà là" ; noté\r\n  Actif:EAU:52111-Banque   -5 XOF\r\n'.encode()
    drafts.write_bytes(typed)
    file = bank_file(tmp_path, 50_000_000, ("05/03/2026", "VIR X", -25_000))
    assert take(tmp_path, file, "--compte", "EAU").exit_code == 0
    assert drafts.read_bytes().startswith(typed)
    assert b"\r\n\r\n2026-03-05 ! " in drafts.read_bytes()
    assert b"\n" not in drafts.read_bytes().replace(b"\r\n", b"")


def test_a_wrong_file_says_what_was_expected_and_found(tmp_path: Path) -> None:
    make(tmp_path)
    wrong = tmp_path / "autre.csv"
    wrong.write_text("Jour,Libellé,Somme\n2026-03-01,x,5\n", encoding="utf-8")
    said = take(tmp_path, wrong, "--compte", "EAU")
    assert said.exit_code == 2
    assert (
        "essai (Banque d'essai) : autre.csv:1: Colonnes attendues et absentes : « Date », « Libellé », « Montant »"
        in said.output
    )
    assert "« Jour,Libellé,Somme »" in said.output
    page = tmp_path / "releve.pdf"
    page.write_bytes(b"%PDF-1.4")
    other = take(tmp_path, page).output
    assert "un fichier .csv est attendu ; c'est .pdf" in other
    assert "ajoutez --format-releve (par exemple essai)" in other
    empty = tmp_path / "vide.csv"
    empty.write_bytes(b"")
    assert "Le fichier est vide" in take(tmp_path, empty, "--compte", "EAU", "--format-releve", "essai").output
    bad = bank_file(tmp_path, 50_000_000, ("31/02/2026", "VIR", -5))
    assert "releve.csv:3: Colonne « Date »" in take(tmp_path, bad, "--compte", "EAU").output
    good = bank_file(tmp_path, 50_000_000, ("28/02/2026", "VIR", -5))
    nowhere = take(tmp_path, good)
    assert "ne dit pas son numéro de compte" in nowhere.output
    assert "Comptes possibles : Actif:EAU:52111-Banque" in nowhere.output


def test_a_command_that_reads_no_statement_loads_no_beangulp(tmp_path: Path) -> None:
    make(tmp_path)
    asked = ["check", "--ledger", str(tmp_path / "ledger" / "main.beancount")]
    code = (
        "import sys; from click.testing import CliRunner; from grandlivre.cli import cli\n"
        "for name in cli.list_commands(None): cli.get_command(None, name)\n"
        f"assert CliRunner().invoke(cli, {asked!r}).exit_code < 2\n"
        "assert 'beangulp' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_the_bank_s_number_names_the_account_and_refuses_another(tmp_path: Path) -> None:
    for name in ("ledger", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("documents"))
    seen = texts(tmp_path)
    folder = tmp_path / "ledger" / "releves"
    for file in (
        "ue-eau/2026-10-52111.csv",
        "unicef-edu/2026-10-52112.xlsx",
        "genre/2026-10-52113.csv",
        "fonct/2026-10-52114.ofx",
    ):
        said = take(tmp_path, folder / file)
        assert said.exit_code == 0, said.output
        assert "Rien à ajouter" in said.output
    other = take(tmp_path, folder / "ue-eau/2026-10-52111.csv", "--compte", "GENRE")
    assert other.exit_code == 2
    assert "c'est-à-dire Actif:UE-EAU:52111-Banque-BDM ; vous demandez Actif:GENRE:52113-Banque-BMS" in other.output
    assert texts(tmp_path) == seen
