"""The chain of the rules: shown as what it does, signed by enough guardians, and held against each known attack."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from grandlivre.inspection import inspect
from grandlivre.proof.steadfast import taken_back
from signed_books import all_signed, keyed, keys, run, sign
from signing import Keys, made_by_ssh_keygen, public, ssh_sign
from small_books import ready

__all__ = ["all_signed", "keyed", "keys", "ready"]
GUARD = "politique: {gardiens: [directeur, tresorier, comptable], seuil: 2}"
CHAIN = "ledger/visas/regles"


def edit(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")


def both(root: Path, keys: Keys, *people: str, today: str = "2026-02-10") -> None:
    for person in people or ("directeur", "tresorier"):
        done = sign(root, keys, person, "--nature", "regles", "--oui", today=today)
        assert done.exit_code == 0, done.output


def said(root: Path, today: date = date(2026, 3, 5)) -> list[str]:
    found = inspect(root / "ledger/main.beancount", today).findings
    return [f"{Path(each.file).name}: {each.message}" for each in found if each.rule in ("regles-visees", "visa")]


@pytest.fixture(scope="module")
def guarded(all_signed: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions: the first, and one that raises the ceiling of the till."""
    root = Path(shutil.copytree(all_signed, tmp_path_factory.mktemp("regles") / "ong"))
    (root / "rules/cles.yaml").write_text(keys.yaml(GUARD), encoding="utf-8")
    both(root, keys)
    edit(root, "rules/bailleurs/fonct.yaml", "plafond: 150 000 XOF", "plafond: 400 000 XOF")
    both(root, keys, today="2026-02-20")
    return root


@pytest.fixture
def books(guarded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(guarded, tmp_path / "ong"))


def test_silent_until_something_asks(all_signed: Path, keys: Keys) -> None:
    assert said(all_signed) == []


def test_a_version_is_signed_by_two(all_signed: Path, keys: Keys, tmp_path: Path) -> None:
    root = Path(shutil.copytree(all_signed, tmp_path / "ong"))
    (root / "rules/cles.yaml").write_text(keys.yaml(GUARD), encoding="utf-8")
    shown = sign(root, keys, "directeur", "--nature", "regles")
    assert shown.exit_code == 2
    assert "Règles, version 0001 (nouvelle) :\n  Première version : " in shown.output
    both(root, keys, "directeur")
    [waiting] = said(root)
    assert "La version 0001 est signée par directeur ; il manque 1 gardien" in waiting
    twice = sign(root, keys, "directeur", "--nature", "regles", "--oui")
    assert "a déjà signé la version 0001" in twice.output
    stranger = sign(root, keys, "caissier", "--nature", "regles", "--oui")
    assert "n'est pas gardien des règles" in stranger.output
    both(root, keys, "comptable")
    assert said(root) == []
    assert "rien à signer" in sign(root, keys, "tresorier", "--nature", "regles", "--oui").output
    text = (root / CHAIN / "0001.visa").read_text(encoding="utf-8")
    assert "numero 0001\ndate 2026-02-10\nprecedent -\nprogramme >= 0.1\nmain sha256:" in text
    assert text.count("\ntete SHA256:") == 4


def test_a_change_is_shown_as_what_it_does(guarded: Path, keys: Keys, tmp_path: Path) -> None:
    root = Path(shutil.copytree(guarded, tmp_path / "ong"))
    assert said(root) == []
    edit(root, "rules/bailleurs/fonct.yaml", "plafond: 400 000 XOF", "plafond: 900 000 XOF")
    [changed] = said(root)
    assert changed.startswith(
        "fonct.yaml: rules/bailleurs/fonct.yaml n'est pas ce que directeur et tresorier ont signé le 20/02/2026"
    )
    shown = sign(root, keys, "directeur", "--nature", "regles", today="2026-03-01").output
    assert "rules/bailleurs/fonct.yaml : comptes.caisses.Actif:FONCT:5711-Caisse.bornes." in shown
    assert "plafond : 400 000 → 900 000 FCFA. Solde que la caisse ne dépasse jamais." in shown


def test_a_plain_file_asks_for_one(books: Path, keys: Keys) -> None:
    """rules/membres.yaml is among the `simples`; the till's ceiling is not."""
    (books / "rules/membres.yaml").write_text("membres: []\n", encoding="utf-8")
    both(books, keys, "comptable", today="2026-03-01")
    assert said(books) == []


def test_the_lines_of_the_entry_point_are_signed(books: Path) -> None:
    edit(books, "ledger/main.beancount", 'option "operating_currency" "XOF"', 'option "operating_currency" "XAF"')
    assert any("Les lignes option et plugin de main.beancount" in each for each in said(books))


# --- attacks ---------------------------------------------------------------------------------------------------------


def older_policy(root: Path) -> None:
    """An older version, validly signed, put back: the rules and the end of the chain."""
    for path in (root / CHAIN).glob("0002*"):
        path.unlink()
    edit(root, "rules/bailleurs/fonct.yaml", "plafond: 400 000 XOF", "plafond: 150 000 XOF")


def old_rules(root: Path) -> None:
    edit(root, "rules/bailleurs/fonct.yaml", "plafond: 400 000 XOF", "plafond: 150 000 XOF")


def too_few(root: Path) -> None:
    (root / CHAIN / "0001.visa.tresorier.sig").unlink()


def too_few_at_the_end(root: Path) -> None:
    (root / CHAIN / "0002.visa.tresorier.sig").unlink()


def hole(root: Path) -> None:
    for path in (root / CHAIN).glob("0001*"):
        path.unlink()


def renumbered(root: Path) -> None:
    hole(root)
    for path in sorted((root / CHAIN).glob("0002*")):
        path.rename(path.with_name(path.name.replace("0002", "0001")))


def edited(root: Path) -> None:
    edit(root, f"{CHAIN}/0001.visa", "date 2026-02-10", "date 2026-02-09")


def new_file(root: Path) -> None:
    (root / "rules/programmes").mkdir(exist_ok=True)
    (root / "rules/formulaires").mkdir(exist_ok=True)
    (root / "rules/formulaires/x.yaml").write_text("{}\n", encoding="utf-8")


def template(root: Path) -> None:
    (root / "templates").mkdir(exist_ok=True)
    (root / "templates/journal.html").write_text("<p>rien</p>\n", encoding="utf-8")


def gone(root: Path) -> None:
    (root / "rules/cles.yaml").write_text("cles: []\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        (old_rules, "n'est pas ce que directeur et tresorier ont signé"),
        (too_few, "n'a été signée que par directeur : il en faut 2"),
        (too_few_at_the_end, "La version 0002 est signée par directeur ; il manque 1 gardien"),
        (hole, "La version 0001 manque"),
        (renumbered, "n'est pas à sa place"),
        (edited, "ne suit pas celle qui est avant elle"),
        (new_file, "rules/formulaires/x.yaml n'est pas dans la version 0002"),
        (template, "templates/journal.html n'est pas dans la version 0002"),
        (gone, "rules/cles.yaml n'est pas ce que"),
    ],
)
def test_an_attack_on_the_rules_is_told(books: Path, attack: Callable[[Path], None], words: str) -> None:
    attack(books)
    assert any(words in each for each in said(books)), said(books)


def test_keys_put_in_by_a_version_that_too_few_signed(books: Path, keys: Keys) -> None:
    """A lone guardian makes himself two: his new version's own keys never sign for it."""
    text = keys.yaml("politique: {gardiens: [directeur, caissier], seuil: 2}")
    (books / "rules/cles.yaml").write_text(text, encoding="utf-8")
    both(books, keys, "directeur", "caissier", today="2026-03-01")
    assert any("La version 0003 est signée par directeur ; il manque 1 gardien" in each for each in said(books))


def _controls(root: Path, proof: str) -> None:
    path = root / "rules/controles.yaml"
    text = re.sub(r"^derogation:.*\n(?: .*\n)*", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(f"{text}derogation: {{preuve: {proof}}}\n", encoding="utf-8", newline="\n")


@pytest.mark.parametrize(
    ("proof", "kept"),
    [
        ("declaree", False),
        ("[{depuis: 2026-01-01, valeur: visa}, {depuis: 2026-02-28, valeur: declaree}]", False),
        ("[{depuis: 2026-02-01, valeur: visa}]", False),
        ("[{depuis: 2026-01-01, valeur: visa}, {depuis: 2026-03-01, valeur: declaree}]", True),
    ],
)
def test_a_proof_is_not_taken_back_before_it_is_signed(books: Path, keys: Keys, proof: str, kept: bool) -> None:
    """The version that takes it back is signed on 1 March: that day on, never before, two guardians or not."""
    _controls(books, "[{depuis: 2026-01-01, valeur: visa}]")
    both(books, keys, today="2026-02-25")
    assert said(books) == []
    _controls(books, proof)
    done = sign(books, keys, "directeur", "--nature", "regles", "--oui", today="2026-03-01")
    assert (done.exit_code == 0) is kept, done.output
    if not kept:
        assert "declaree ne vaut qu'à partir du jour où les gardiens le signent" in done.output
        # a version written by another program says it itself
        before = b"derogation: {preuve: [{depuis: 2026-01-01, valeur: visa}]}"
        assert [
            rule for rule, _ in taken_back(before, f"derogation: {{preuve: {proof}}}".encode(), date(2026, 3, 1))
        ] == ["derogation"]


def test_a_shortened_chain_is_known_by_a_closing(books: Path) -> None:
    digest = "0002 sha256:" + "a" * 64
    month = books / "ledger/fonct/2026-01.beancount"
    month.write_text(
        month.read_text(encoding="utf-8")
        + f'\n2026-02-25 custom "transmission" "rapport-financier" "FONCT" "2026-01"\n  visa-regles: "{digest}"\n  empreinte: "sha256:0"\n  document: "x.json"\n',
        encoding="utf-8",
    )
    older_policy(books)
    assert any("qui n'est plus dans ledger/visas/regles/" in each for each in said(books))


def test_without_signed_rules_visas_prove_little(all_signed: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(all_signed, tmp_path / "ong"))
    path = root / "rules/controles.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("preuve: declaree", "preuve: visa", 1), encoding="utf-8")
    assert any("personne n'a signé les règles" in each for each in said(root))


# --- a chain in the place of another ---------------------------------------------------------------------------------

WITNESS = "temoins: [{{nom: Union européenne, cle: '{}', du: 2026-01-01}}]"
ASSEMBLY = """
2026-02-25 custom "rencontre" "ag" "Gardiens des règles"
  presents: "tresorier"
  decision-1: "Le caissier et la comptable gardent les règles"
  document: "fonct/pv-ag.pdf"
"""


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_by_ssh_keygen(tmp_path_factory.mktemp("temoin"), "temoin")


@pytest.fixture
def lost(guarded: Path, keys: Keys, witness: Path, tmp_path: Path) -> Path:
    """The guardians can sign no more; the assembly gave the rules to two others, before a witness."""
    root = Path(shutil.copytree(guarded, tmp_path / "ong"))
    guard = GUARD.replace("[directeur, tresorier, comptable]", "[caissier, comptable]")
    text = keys.yaml("\n".join([WITNESS.format(public(witness)), guard]))
    (root / "rules/cles.yaml").write_text(text, encoding="utf-8")
    month = root / "ledger/fonct/2026-02.beancount"
    if not month.exists():
        month = root / "ledger/fonct/2026-01.beancount"
    month.write_text(month.read_text(encoding="utf-8") + ASSEMBLY, encoding="utf-8", newline="\n")
    (root / "ledger/documents/fonct/pv-ag.pdf").write_bytes(b"%PDF-1.4 assemblee")
    return root


def replaced(root: Path, keys: Keys, witness: Path | None) -> None:
    for person, words in (("caissier", ["--remplace"]), ("comptable", [])):
        done = sign(root, keys, person, "--nature", "regles", "--oui", *words, today="2026-03-01")
        assert done.exit_code == 0, done.output
    text = root / "ledger/visas/regles-2/0001.visa"
    if witness is not None:
        file = root.parent / "recu.sig"
        file.write_bytes(ssh_sign(witness, text.read_bytes(), "grandlivre-temoin"))
        done = run(root, "sign", "--temoin", str(file), "--nature", "regles", "--oui", today="2026-03-02")
        assert done.exit_code == 0, done.output
        assert "pour la version 0001 des règles" in done.output
        assert text.with_name("0001.visa.union-europeenne.sig").read_bytes() == file.read_bytes()


def test_a_chain_is_replaced_before_a_witness(lost: Path, keys: Keys, witness: Path) -> None:
    """The old one stays where it is, and is named by its end; the next version follows the new one."""
    old = lost / CHAIN / "0002.visa"
    replaced(lost, keys, witness)
    assert said(lost) == []
    assert f"remplace sha256:{hashlib.sha256(old.read_bytes()).hexdigest()}\n" in (
        lost / "ledger/visas/regles-2/0001.visa"
    ).read_text(encoding="utf-8")
    edit(lost, "rules/bailleurs/fonct.yaml", "plafond: 400 000 XOF", "plafond: 300 000 XOF")
    both(lost, keys, "caissier", "comptable", today="2026-03-02")
    assert said(lost) == []
    assert (lost / "ledger/visas/regles-2/0002.visa").is_file()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda root: (root / "ledger/visas/regles-2/0001.visa.union-europeenne.sig").unlink(), "un témoin du dehors"),
        (lambda root: (root / "ledger/documents/fonct/pv-ag.pdf").unlink(), "aucun procès-verbal d'assemblée générale"),
        (lambda root: (root / "ledger/visas/regles-2/0001.visa.caissier.sig").unlink(), "il manque 1 gardien"),
        (lambda root: (root / CHAIN / "0002.visa").unlink(), "ne nomme pas (remplace) la fin de la chaîne"),
        (
            lambda root: shutil.rmtree(root / "ledger/visas/regles-2"),
            "n'est pas ce que directeur et tresorier ont signé",
        ),
    ],
)
def test_a_replacement_that_lacks_something_is_told(
    lost: Path, keys: Keys, witness: Path, change: Callable[[Path], None], words: str
) -> None:
    replaced(lost, keys, witness)
    change(lost)
    assert any(words in each for each in said(lost)), said(lost)


def test_a_replacement_is_refused_without_minutes_or_witness(lost: Path, keys: Keys) -> None:
    def asked() -> str:
        done = sign(lost, keys, "caissier", "--nature", "regles", "--remplace", "--oui", today="2026-03-01")
        assert done.exit_code == 2
        return done.output

    minutes = lost / "ledger/documents/fonct/pv-ag.pdf"
    minutes.unlink()
    assert "que par décision de l'assemblée générale" in asked()
    minutes.write_bytes(b"%PDF-1.4 assemblee")
    path = lost / "rules/cles.yaml"
    path.write_text(
        re.sub(r"^temoins:.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8"
    )
    assert "Un témoin du dehors doit l'attester" in asked()
    assert not (lost / "ledger/visas/regles-2").exists()


def test_an_invented_witness_is_no_witness(
    guarded: Path, lost: Path, keys: Keys, witness: Path, tmp_path: Path
) -> None:
    """Where the replaced chain named a witness, only that one attests."""
    root = Path(shutil.copytree(guarded, tmp_path / "connu"))
    known = made_by_ssh_keygen(tmp_path, "connu-avant")
    named = WITNESS.format(public(known)).replace("Union européenne", "Cabinet Diarra")
    (root / "rules/cles.yaml").write_text(keys.yaml(f"{named}\n{GUARD}"), encoding="utf-8")
    both(root, keys, today="2026-02-21")
    shutil.copytree(root / "ledger/visas", lost / "ledger/visas", dirs_exist_ok=True)
    done = sign(lost, keys, "caissier", "--nature", "regles", "--remplace", "--oui", today="2026-03-01")
    assert done.exit_code == 2
    assert "parmi ceux d'avant (cabinet-diarra)" in done.output
