"""`entries extourne`: the storno mirrors the voucher, stands in the open period, and the books stay right."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grandlivre.books.stornos import mirrors
from grandlivre.cli import cli
from grandlivre.inspection import inspect
from small_books import close, month_of, ready, small, swap

__all__ = ["ready", "small"]


def reverse(root: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["entries", "extourne", *words, "--ledger", str(root / "ledger/main.beancount")])


def test_it_is_shown_and_nothing_is_written(small: Path) -> None:
    before = month_of(small).read_bytes()
    result = reverse(small, "CS-FONCT-2026-0002")
    assert result.exit_code == 0, result.output
    assert (
        '2026-01-07 * "Papeterie" "Extourne : Registres"\n'
        '  piece: "CS-FONCT-2026-0003"\n'
        '  ecriture: "extourne"\n'
        '  annule: "CS-FONCT-2026-0002"\n'
        "  Charges:FONCT:6055-Fournitures-de-bureau          -10750 XOF\n"
        "  Actif:FONCT:5711-Caisse                            10750 XOF\n"
    ) in result.output
    assert '2026-01-07 ! "Papeterie" "Registres"\n  piece: "CS-FONCT-2026-0004"\n' in result.output
    assert "Rien n'a été écrit" in result.output
    assert month_of(small).read_bytes() == before


def test_a_voucher_of_a_closed_period_is_corrected_in_the_open_one(small: Path) -> None:
    assert close(small, "2026-01", "--date", "2026-01-31").exit_code == 0
    closed = month_of(small).read_bytes()
    result = reverse(small, "CS-FONCT-2026-0002", "--ecrire")
    assert result.exit_code == 0, result.output
    assert "écrit : ledger/fonct/2026-02.beancount" in result.output
    assert "(AUDCIF art. 22, 4°)" in result.output
    assert month_of(small).read_bytes() == closed
    found = inspect(small / "ledger/main.beancount")
    assert found.errors == 0, found.findings
    storno = found.books.entries[-1]
    assert (storno.date.isoformat(), storno.value_date.isoformat()) == ("2026-02-01", "2026-01-07")
    assert mirrors(storno, found.books.vouchers("CS-FONCT-2026-0002")[0])
    again = reverse(small, "CS-FONCT-2026-0002")
    assert (again.exit_code, "déjà extournée par CS-FONCT-2026-0003" in again.output) == (2, True)


def test_a_movement_the_bank_has_shown_is_ticked_on_both_sides(small: Path) -> None:
    result = reverse(small, "BQ-FONCT-2026-0001", "--date", "2026-02-03")
    assert result.exit_code == 0, result.output
    assert result.output.count('pointage: "2026-02"') == 2
    assert result.output.count("date-valeur: 2026-01-05") == 2
    assert 'signataire-1: "' not in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("CS-FONCT-2026-0009",), "n'existe pas dans les livres. Vouliez-vous écrire"),
        (("CS-FONCT-2026-0001", "--date", "2026-01-06"), "datez l'extourne du 07/01/2026"),
        (("BQ-FONCT-2026-0002", "--date", "2026-01-04"), "ne peut pas précéder"),
        (("BQ-FONCT-2026-0002", "--date", "2027-02-01"), "dans aucun exercice ouvert"),
    ],
)
def test_what_cannot_be_reversed_is_said(small: Path, words: tuple[str, ...], said: str) -> None:
    result = reverse(small, *words)
    assert (result.exit_code, said in result.output) == (2, True), result.output


def test_a_date_in_a_closed_period_is_refused(small: Path) -> None:
    assert close(small, "2026-01", "--date", "2026-01-31").exit_code == 0
    result = reverse(small, "CS-FONCT-2026-0002", "--date", "2026-01-15")
    assert (result.exit_code, "qui est close" in result.output) == (2, True)


def test_tags_foreign_prices_and_posting_metadata_come_back(small: Path) -> None:
    swap('2026-01-31 custom "pv-caisse"', FOREIGN)(small)
    comptes = small / "ledger/fonct/comptes.beancount"
    text = comptes.read_text(encoding="utf-8")
    comptes.write_text(
        text.replace("412-Clients-usagers                    XOF", "412-Clients-usagers XOF,EUR"), encoding="utf-8"
    )
    result = reverse(small, "OD-FONCT-2026-0001")
    assert result.exit_code == 0, result.output
    assert '"Extourne : Prestation" #atelier ^dossier-7\n' in result.output
    assert '-120.50 EUR @@ 79043 XOF\n    activite: "A1.1"\n' in result.output
    assert "  quantite: -3\n" in result.output


FOREIGN = """2026-01-20 * "Usager" "Prestation" #atelier ^dossier-7
  piece: "OD-FONCT-2026-0001"
  quantite: 3
  document: "fonct/d.pdf"
  Actif:FONCT:412-Clients-usagers  120.50 EUR @@ 79043 XOF
    activite: "A1.1"
  Produits:FONCT:7052-Services-vendus  -79043 XOF

2026-01-31 custom "pv-caisse\""""


@pytest.mark.parametrize("piece", ["CS-FONCT-2026-0001", "BQ-FONCT-2026-0002"])
def test_the_two_halves_of_a_transfer_are_taken_back_together(small: Path, piece: str) -> None:
    before = inspect(small / "ledger/main.beancount").findings
    result = reverse(small, piece, "--ecrire")
    assert result.exit_code == 0, result.output
    assert "les deux moitiés d'un même virement interne" in result.output
    after = inspect(small / "ledger/main.beancount")
    stornos = {each.text("annule"): each for each in after.books.entries if each.is_storno}
    assert set(stornos) == {"CS-FONCT-2026-0001", "BQ-FONCT-2026-0002"}
    assert len({each.date for each in stornos.values()}) == 1
    assert all(mirrors(each, after.books.vouchers(annulled)[0]) for annulled, each in stornos.items())
    assert not [f for f in after.findings if f.rule == "virement-en-transit" and f not in before]
    assert 'piece: "CS-FONCT-2026-0004"' in result.output
    assert 'piece: "BQ-FONCT-2026-0004"' in result.output


def test_a_deposit_taken_back_is_a_payment_to_be_signed(small: Path) -> None:
    swap('2026-01-31 custom "pv-caisse"', DEPOSIT)(small)
    result = reverse(small, "CS-FONCT-2026-0003")
    assert result.exit_code == 0, result.output
    assert '2026-01-20 ! "Banque" "Extourne : Versement"\n  piece: "BQ-FONCT-2026-0004"' in result.output
    assert '2026-01-20 * "Caisse" "Extourne : Versement"\n  piece: "CS-FONCT-2026-0004"' in result.output
    assert "L'extourne de BQ-FONCT-2026-0003 retire de l'argent de la banque" in result.output


DEPOSIT = """2026-01-20 * "Caisse" "Versement"
  piece: "CS-FONCT-2026-0003"
  Actif:FONCT:585-Virements-de-fonds  20000 XOF
  Actif:FONCT:5711-Caisse

2026-01-20 * "Banque" "Versement"
  piece: "BQ-FONCT-2026-0003"
  Actif:FONCT:52111-Banque  20000 XOF
  Actif:FONCT:585-Virements-de-fonds

2026-01-31 custom "pv-caisse\""""
