"""What a person signs of an entry: what the books say, not how it is written, and nothing that comes after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from beancount import loader

from grandlivre.books.digest import Closed, make_manifest, period_items
from grandlivre.books.index import Books, build
from grandlivre.books.signed import Signable, count_object, signables
from grandlivre.policy.loading import Policy
from grandlivre.policy.periods import Period

OPENS = """\
option "name_assets" "Actif"
option "name_liabilities" "Passif"
option "name_equity" "Fonds"
option "name_income" "Produits"
option "name_expenses" "Charges"
2026-01-01 open Actif:UE-EAU:52111-Banque-BDM
2026-01-01 open Actif:UE-EAU:5711-Caisse
2026-01-01 open Passif:UE-EAU:4011-Fournisseurs
"""
# contract-2 §11's example, as an accountant writes it, before anybody signed
EXAMPLE = """\
2026-03-12 ! "Faso Papeterie" "Fournitures de formation"
  piece: "BQ-UE-EAU-2026-0042"
  mode: "cheque"
  cheque: "0441030"
  facture: "F26-0070"
  nif: "084112345A"
  ligne: "2.1"
  autorise-par: "directeur"
  document: "ue-eau/2026-03/BQ-UE-EAU-2026-0042.pdf"
  Passif:UE-EAU:4011-Fournisseurs   285000 XOF
  Actif:UE-EAU:52111-Banque-BDM
"""
DIGEST = "sha256:275b05bf9a674f601a88dbbe233f105a1efd0e77ac2901c349ddcff54c2df95a"
COUNT = """\
2026-03-31 custom "pv-caisse" Actif:UE-EAU:5711-Caisse 87500 XOF
  heure: "17:30"
  billets: "10000x8 5000x1 2000x1"
  pieces: "250x2"
  caissier: "caissiere-eau"
"""


def books(root: Path, text: str) -> Books:
    document = root / "documents/ue-eau/2026-03/BQ-UE-EAU-2026-0042.pdf"
    document.parent.mkdir(parents=True, exist_ok=True)
    document.write_bytes(b"")  # e3b0c442…: the contract's document is empty
    main = root / "main.beancount"
    main.write_text(OPENS + text, encoding="utf-8")
    entries, errors, options = loader.load_file(str(main))
    assert errors == []
    return build(entries, options, Policy())


def signed(root: Path, text: str) -> Signable:
    found = books(root, text)
    [entry] = found.vouchers("BQ-UE-EAU-2026-0042")
    return signables(found).entry(entry)


def test_the_contract_s_example(tmp_path: Path) -> None:
    found = signed(tmp_path, EXAMPLE)
    assert found.text.startswith('["transaction","2026-03-12","","Faso Papeterie"')
    assert (found.digest, found.object, found.absent) == (DIGEST, "BQ-UE-EAU-2026-0042", ())


def _in(key: str) -> Callable[[str], str]:
    return lambda text: text.replace("  mode:", f"  {key}\n  mode:")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("2026-03-12 !", "2026-03-12 *"),
        lambda text: text.replace("  piece", "  ; un commentaire\n  piece"),
        lambda text: text.replace("285000 XOF", "285,000.00 XOF"),
        lambda text: text.replace("Banque-BDM\n", "Banque-BDM  -285000 XOF\n"),
        lambda text: text.replace('  nif: "084112345A"\n', "").replace("  mode:", '  nif: "084112345A"\n  mode:'),
        lambda text: "2026-03-12 open Charges:UE-EAU:6047-X\n\n\n" + text,
        _in('signataire-1: "directeur"'),
        _in('signataire-2: "presidente"'),
        _in('pointage: "2026-03"'),
        _in('document-paiement: "ue-eau/2026-03/recu.pdf"'),
        _in('document-paiement-2: "ue-eau/2026-03/talon.pdf"'),
        lambda text: f'{text}    pointage: "2026-03"\n    signataire-1: "directeur"\n',
    ],
)
def test_what_voids_nothing(tmp_path: Path, change: Callable[[str], str]) -> None:
    assert change(EXAMPLE) != EXAMPLE
    assert signed(tmp_path, change(EXAMPLE)).digest == DIGEST


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("285000", "385000"),
        lambda text: text.replace("2026-03-12", "2026-03-13"),
        lambda text: text.replace("Faso Papeterie", "Faso Papeterie SARL"),
        lambda text: text.replace("de formation", "de bureau"),
        lambda text: text.replace("4011-Fournisseurs ", "4011-Autres "),
        lambda text: text.replace("0441030", "0441031"),
        lambda text: text.replace('autorise-par: "directeur"', 'autorise-par: "presidente"'),
        lambda text: text.replace("  ligne", "  date-valeur: 2026-03-11\n  ligne"),
        lambda text: text.replace('formation"', 'formation" #avance'),
        lambda text: f'{text}    rib-beneficiaire: "123"\n',
        _in('document-2: "ue-eau/2026-03/BQ-UE-EAU-2026-0042.pdf"'),
        _in('signataire: "directeur"'),
        _in('derogation: "trois-proformas"'),
    ],
)
def test_what_voids_a_signature(tmp_path: Path, change: Callable[[str], str]) -> None:
    text = change(EXAMPLE)
    assert text != EXAMPLE
    opens = "2026-01-01 open Passif:UE-EAU:4011-Autres\n" if "4011-Autres" in text else ""
    assert signed(tmp_path, opens + text).digest != DIGEST


def test_the_bytes_of_a_document_are_signed(tmp_path: Path) -> None:
    found = books(tmp_path, EXAMPLE)
    path = tmp_path / "documents/ue-eau/2026-03/BQ-UE-EAU-2026-0042.pdf"
    path.write_bytes(b"%PDF-1.4 une autre facture")
    [entry] = found.vouchers("BQ-UE-EAU-2026-0042")
    assert hashlib.sha256(path.read_bytes()).hexdigest() in signables(found).entry(entry).text


@pytest.mark.parametrize("path", ["ue-eau/2026-03/autre.pdf", "../ailleurs.pdf", "/etc/hostname"])
def test_an_absent_document_cannot_be_signed(tmp_path: Path, path: str) -> None:
    text = EXAMPLE.replace("ue-eau/2026-03/BQ-UE-EAU-2026-0042.pdf", path)
    assert signed(tmp_path, text).absent == (path,)


def test_a_cash_count_is_its_item_as_in_a_closing(tmp_path: Path) -> None:
    found = books(tmp_path, COUNT)
    [count] = found.directives.counts
    quarter = Period.parse("2026-T1")
    assert quarter is not None
    [[item]] = period_items(found, [Closed(quarter, 2, make_manifest(found, quarter)[0])])
    assert signables(found).count(count).digest == f"sha256:{item.digest}"
    assert count_object(count) == "pv-caisse Actif:UE-EAU:5711-Caisse 2026-03-31 17:30"
