"""`entries sortie`: an asset leaves the accounts and the register together, once, whatever its tree's model."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from asset_books import FILES, write_books
from grandlivre.cli import cli
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.values import read_date

FONCT = "ledger/fonct/2026-01.beancount"


def run(main: Path, *words: str, today: str = "2027-04-02") -> Result:
    made = CliRunner().invoke(cli, ["entries", *words, "--today", today, "--ledger", str(main)])
    assert made.exception is None or isinstance(made.exception, SystemExit), made.output
    return made


def looked(main: Path) -> Inspection:
    return inspect(main, read_date("2027-04-02"))


def test_it_is_shown_with_what_remains_to_be_done(tmp_path: Path) -> None:
    main = write_books(tmp_path)
    before = {path: path.read_bytes() for path in main.parent.rglob("*") if path.is_file()}
    made = run(main, "sortie", "IM-2026-001", "--date", "2027-03-31", "--motif", "vente")
    # 261 296 of 2026 and 70 833 for 90 days of 2027: 332 129; 517 871 are left
    assert (
        '2027-03-31 ! "ONG" "Sortie, vente : Ordinateur"\n'
        '  piece: "OD-FONCT-2027-0001"\n'
        '  immobilisation: "IM-2026-001"\n'
        "  Actif:FONCT:2844-Amortissements                   332129 XOF\n"
        "  Charges:FONCT:812-Valeurs-comptables              517871 XOF\n"
        "  Actif:FONCT:2442-Informatique                    -850000 XOF\n"
    ) in made.output
    assert "joignez le procès-verbal de sortie" in made.output
    assert "Rien n'a été écrit" in made.output
    assert {path: path.read_bytes() for path in main.parent.rglob("*") if path.is_file()} == before


def test_it_is_written_once_and_ties(tmp_path: Path) -> None:
    main = write_books(tmp_path)
    assert run(main, "amortissements", "--periode", "2026", "--ecrire").exit_code == 0
    made = run(main, "sortie", "IM-2026-001", "--date", "2027-03-31", "--motif", "vente", "--ecrire")
    assert made.exit_code == 0, made.output
    assert "aucun constat nouveau" in made.output
    text = (tmp_path / FONCT).read_text("utf-8")
    assert '  sortie: 2027-03-31\n  motif-sortie: "vente"\n' in text
    again = run(main, "sortie", "IM-2026-001", "--ecrire")
    assert "IM-2026-001 est déjà sortie des comptes : OD-FONCT-2027-0001." in again.output
    assert (tmp_path / FONCT).read_text("utf-8") == text
    assert run(main, "amortissements", "--periode", "2027-T1", "--ecrire").exit_code == 0
    books = looked(main).books
    # what is left on 2844 is the furniture alone: 1 480 000 and 92 500 of the quarter
    assert books.balance("Actif:FONCT:2844-Amortissements", read_date("2027-03-31")) == -1_572_500
    assert books.balance("Actif:FONCT:2442-Informatique", read_date("2027-03-31")) == 0
    assert [each.message for each in looked(main).findings if each.rule in ("immobilisations", "reglement")] == []


def test_a_subsidised_car_leaves_and_its_subsidy_with_it(tmp_path: Path) -> None:
    main = write_books(tmp_path)
    run(main, "amortissements", "--periode", "2026", "--ecrire")
    run(main, "sortie", "IM-2026-002", "--date", "2027-06-30", "--motif", "don", "--ecrire", today="2027-07-02")
    made = run(main, "amortissements", "--periode", "2027-S1", "--bailleur", "EQUIP", "--ecrire", today="2027-07-02")
    # half a year is 500 000; of the car's 4 000 000, 3 000 000 were not released, and the land's half tenth is 50 000
    assert "amortissements : il manque 500 000 FCFA ; subventions à reprendre : il manque 3 050 000 FCFA" in made.output
    assert "aucun constat nouveau" in made.output


def test_in_a_project_of_model_a_the_whole_cost_is_its_book_value(tmp_path: Path) -> None:
    made = run(write_books(tmp_path), "sortie", "IM-2026-004", "--date", "2027-01-05", "--motif", "transfert")
    assert "amortie de 0 FCFA, valeur comptable 1 150 000 FCFA" in made.output
    assert "Charges:EAU:812-Valeurs-comptables" in made.output
    assert "grandlivre entries amortissements" not in made.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("IM-2026-009", "--date", "2027-01-05", "--motif", "vol"), "« IM-2026-009 » n'est inscrite nulle part"),
        (("IM-2026-001", "--motif", "vol"), "Dites le jour de la sortie"),
        (("IM-2026-001", "--date", "2027-01-05"), "Dites pourquoi : --motif"),
        (
            ("IM-2026-001", "--date", "2026-01-28", "--motif", "vol"),
            f"{FONCT}:28 : IM-2026-001 est là depuis le 29/01/2026",
        ),
    ],
)
def test_what_cannot_leave_as_asked_is_refused(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    made = run(write_books(tmp_path), "sortie", *words)
    assert made.exit_code == 2
    assert said in made.output


def test_the_directive_decides_the_day(tmp_path: Path) -> None:
    text = FILES[FONCT].replace('  etat: "bon"\n', '  etat: "bon"\n  sortie: 2027-02-01\n  motif-sortie: "vol"\n')
    main = write_books(tmp_path, {FONCT: text})
    assert "porte sortie: 2027-02-01" in run(main, "sortie", "IM-2026-001", "--date", "2027-02-02").output
    assert '2027-02-01 ! "ONG" "Sortie, vol : Ordinateur"' in run(main, "sortie", "IM-2026-001").output


def test_an_entry_that_names_it_took_it_out_already(tmp_path: Path) -> None:
    entry = """
2027-01-05 * "Voleur inconnu" "Vol de l'ordinateur"
  piece: "OD-FONCT-2027-0001"
  immobilisation: "IM-2026-001"
  Charges:FONCT:812-Valeurs-comptables   850000 XOF
  Actif:FONCT:2442-Informatique
"""
    main = write_books(tmp_path, {FONCT: FILES[FONCT] + entry})
    made = run(main, "sortie", "IM-2026-001", "--date", "2027-01-05", "--motif", "vol", "--ecrire")
    assert "est déjà sortie des comptes : OD-FONCT-2027-0001." in made.output
