"""Closings that hold: signed by one of the Direction and one of the board, with the list of every visa they keep."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result

from grandlivre.inspection import inspect
from grandlivre.proof.visa import read
from once import once
from signed_books import PAYMENT, all_signed, keyed, keys, run, sign
from signing import Keys, made_by_ssh_keygen, public, ssh_sign
from small_books import ready, swap
from test_proved import prove
from test_sign_rules import GUARD, both

__all__ = ["all_signed", "keyed", "keys", "ready"]
CLOSING = "ledger/fonct/2026-02.beancount"
LIST = "ledger/visas/VISAS-2026-01.tsv"


def said(root: Path, today: date = date(2026, 2, 20)) -> list[str]:
    found = inspect(root / "ledger/main.beancount", today).findings
    return [f"{each.rule} {Path(each.file).name}: {each.message}" for each in found if each.level == "erreur"]


@pytest.fixture(scope="session")
@once
def closed(all_signed: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(shutil.copytree(all_signed, tmp_path_factory.mktemp("clos") / "ong"))
    (root / "rules/cles.yaml").write_text(keys.yaml(GUARD), encoding="utf-8")
    prove(root, "periode-close", "pv-de-caisse", "double-signature")
    both(root, keys)
    done = run(root, "close", "2026-01", "--date", "2026-02-11", "--oui", today="2026-02-11")
    assert done.exit_code == 0, done.output
    return root


@pytest.fixture(scope="session")
@once
def proved(closed: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(shutil.copytree(closed, tmp_path_factory.mktemp("prouve") / "ong"))
    for person in ("directeur", "tresorier"):
        done = sign(root, keys, person, "--nature", "cloture", "--oui", today="2026-02-12")
        assert done.exit_code == 0, done.output
    return root


@pytest.fixture
def books(proved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(proved, tmp_path / "ong"))


def test_a_closing_keeps_the_list_of_the_visas(closed: Path) -> None:
    """Every file under visas/, with the sha256 of its bytes; the directive seals the list's own."""
    folder = closed / "ledger/visas"
    rows = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}\t{path.relative_to(folder).as_posix()}\n"
        for path in folder.rglob("*")
        if path.is_file() and path.name != "VISAS-2026-01.tsv"
    ]
    contents = len(list((folder / "regles/contenus").iterdir()))
    # four people, each a text, a signature, what was signed; a version of the rules, its two signatures, the files it signs
    assert len(rows) == 4 * 3 + 3 + contents
    text = (closed / LIST).read_bytes()
    assert text.decode() == "".join(sorted(rows))
    directive = (closed / CLOSING).read_text(encoding="utf-8")
    assert f'visas: "sha256:{hashlib.sha256(text).hexdigest()}"' in directive
    version = hashlib.sha256((folder / "regles/0001.visa").read_bytes()).hexdigest()
    assert f'visa-regles: "0001 sha256:{version}"' in directive
    assert len(said(closed)) == 1  # it is still to be signed


def test_books_without_visas_close_as_before(keyed: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(keyed, tmp_path / "ong"))
    assert run(root, "close", "2026-01", "--date", "2026-02-11", "--oui", today="2026-02-11").exit_code == 0
    assert "visas:" not in (root / CLOSING).read_text(encoding="utf-8")
    assert not (root / "ledger/visas").exists()
    assert said(root) == []


def test_one_of_each_body_signs(closed: Path, keys: Keys, tmp_path: Path) -> None:
    root = Path(shutil.copytree(closed, tmp_path / "ong"))
    assert "personne ne l'a signée pour la Direction et le Bureau exécutif" in said(root)[0]
    stranger = sign(root, keys, "caissier", "--nature", "cloture", "--oui", today="2026-02-12")
    assert "n'est ni de la Direction ni du Bureau exécutif" in stranger.output
    first = sign(root, keys, "directeur", "--nature", "cloture", "2026-01", "--oui", today="2026-02-12")
    assert "Clôture 2026-01 signée par D. Deux (directeur)." in first.output
    assert "À recopier au registre du Bureau exécutif, hors de ces livres : 2026-01=sha256:" in first.output
    assert "personne ne l'a signée pour le Bureau exécutif" in said(root)[0]
    again = sign(root, keys, "directeur", "--nature", "cloture", "--oui", today="2026-02-12")
    assert "a déjà signé la clôture 2026-01" in again.output
    assert sign(root, keys, "tresorier", "--nature", "cloture", "--oui", today="2026-02-13").exit_code == 0
    assert said(root) == []
    visa = read((root / "ledger/visas/cloture/2026-01.visa").read_bytes())
    assert [each.object for each in sorted(visa.body, key=lambda each: each.object)] == [
        "arbre fonct",
        "directive cloture",
        "manifeste 2026-01",
        "racine",
    ]
    assert (visa.previous, len(visa.heads)) == ("-", 4)


VISA = "ledger/visas/cloture/2026-01.visa"
BESIDE = f"{VISA}.union-europeenne.sig"


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_by_ssh_keygen(tmp_path_factory.mktemp("temoin"), "temoin")


@pytest.fixture(scope="module")
def _witnessed(proved: Path, keys: Keys, witness: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(shutil.copytree(proved, tmp_path_factory.mktemp("temoins") / "ong"))
    named = f'temoins: [{{nom: Union européenne, cle: "{public(witness)}", du: 2026-02-02}}]'
    (root / "rules/cles.yaml").write_text(keys.yaml(f"{GUARD}\n{named}"), encoding="utf-8")
    both(root, keys, today="2026-02-15")
    return root


@pytest.fixture
def witnessed(_witnessed: Path, tmp_path: Path) -> Path:
    """The books, whose rules name a witness."""
    return Path(shutil.copytree(_witnessed, tmp_path / "ong"))


def attest(root: Path, file: Path, *words: str) -> Result:
    return run(root, "sign", "--temoin", str(file), *words, today="2026-02-20")


def test_a_witness_signature_is_taken(witnessed: Path, witness: Path, tmp_path: Path) -> None:
    """Found good before it is kept, line ends of Windows or not; nothing without a yes; nothing twice."""
    file = tmp_path / "2026-01.visa.sig"
    made = ssh_sign(witness, (witnessed / VISA).read_bytes(), "grandlivre-temoin")
    file.write_bytes(made.replace(b"\n", b"\r\n"))
    shown = attest(witnessed, file, "--nature", "cloture", "2026-01")
    assert shown.exit_code == 2
    assert "Signature valable de Union européenne, témoin (SHA256:" in shown.output
    assert "pour la clôture 2026-01 :\n  racine sha256:" in shown.output
    assert "Rien n'a été rangé : sans terminal, ajoutez --oui" in shown.output
    assert not (witnessed / BESIDE).exists()
    done = attest(witnessed, file, "--oui")
    assert done.exit_code == 0, done.output
    assert f"écrit : {BESIDE}" in done.output
    assert (witnessed / BESIDE).read_bytes() == made
    assert said(witnessed) == []
    assert "témoin union-europeenne" in run(witnessed, "verify", today="2026-02-20").output
    again = attest(witnessed, file, "--oui")
    assert again.exit_code == 2
    assert "Cette signature de Union européenne est déjà dans" in again.output


@pytest.mark.parametrize(
    ("namespace", "signed", "words"),
    [
        ("grandlivre", None, "elle a été faite pour « grandlivre », pas pour « grandlivre-temoin »"),
        (
            "grandlivre-temoin",
            b"un autre texte\n",
            "elle ne correspond pas au texte : le texte ou la signature a changé",
        ),
    ],
)
def test_a_witness_signature_of_something_else_is_refused(
    witnessed: Path, witness: Path, tmp_path: Path, namespace: str, signed: bytes | None, words: str
) -> None:
    file = tmp_path / "x.sig"
    file.write_bytes(ssh_sign(witness, signed or (witnessed / VISA).read_bytes(), namespace))
    done = attest(witnessed, file, "--nature", "cloture", "--oui")
    assert done.exit_code == 2
    assert f"ne vaut rien pour {VISA} : {words}. Rien n'a été rangé." in done.output
    assert f"ssh-keygen -Y sign -n grandlivre-temoin -f SA_CLÉ {VISA}" in done.output
    assert not (witnessed / BESIDE).exists()


def test_who_is_no_witness(witnessed: Path, keys: Keys, witness: Path, tmp_path: Path) -> None:
    """A person, a stranger, no signature at all; and what is there is never written over."""
    file, text = tmp_path / "x.sig", (witnessed / VISA).read_bytes()
    stranger = made_by_ssh_keygen(tmp_path, "inconnu")
    for key, words in (
        (keys.files["caissier"], "sa clé est celle de caissier, qui signe par grandlivre sign --personne caissier"),
        (stranger, "n'est celle d'aucun témoin (temoins: dans rules/cles.yaml, avec nom, cle et du)"),
    ):
        file.write_bytes(ssh_sign(key, text, "grandlivre-temoin"))
        assert words in attest(witnessed, file, "--oui").output
    assert "n'est pas une signature de ssh-keygen" in attest(witnessed, witnessed / VISA, "--oui").output
    assert "ne se lit pas" in attest(witnessed, tmp_path / "absent.sig", "--oui").output
    assert "n'est pas close" in attest(witnessed, file, "--nature", "cloture", "2026-02", "--oui").output
    file.write_bytes(ssh_sign(witness, text, "grandlivre-temoin"))
    (witnessed / BESIDE).write_bytes(b"une autre\n")
    done = attest(witnessed, file, "--oui")
    assert "Une autre signature de Union européenne est déjà dans" in done.output
    assert (witnessed / BESIDE).read_bytes() == b"une autre\n"


def test_a_witness_before_anybody_signed(closed: Path, witness: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.sig"
    file.write_bytes(ssh_sign(witness, b"x", "grandlivre-temoin"))
    done = attest(closed, file, "--nature", "cloture", "2026-01", "--oui")
    assert "Personne n'a encore signé la clôture 2026-01 : un témoin signe après" in done.output


@pytest.mark.parametrize(
    "words",
    [["--personne", "directeur"], ["--nature", "ecritures"], ["--motif", "x"], ["--nature", "regles", "2026-01"]],
)
def test_a_witness_comes_alone(closed: Path, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "x.sig").write_text("x", encoding="utf-8")
    assert attest(closed, tmp_path / "x.sig", "--oui", *words).exit_code == 2
    assert run(closed, "sign", "--oui").exit_code == 2  # nobody said who signs


# --- attacks ---------------------------------------------------------------------------------------------------------


def made_again(root: Path) -> None:
    """The figure changed, the directive, manifest and lists taken away, and the period closed again."""
    for path in (root / CLOSING, root / LIST, root / "ledger/documents/MANIFESTE-2026-01.tsv"):
        path.unlink()
    (root / "ledger/documents/REGLES-2026-01.tsv").unlink()
    swap("Registres", "Registres et cahiers")(root)
    done = run(root, "close", "2026-01", "--date", "2026-02-11", "--oui", today="2026-02-20")
    assert done.exit_code == 0, done.output


def forgotten(root: Path) -> None:
    path = root / LIST
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(True)[1:]), encoding="utf-8", newline="\n")


def without(name: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / "ledger/visas" / name).unlink()

    return change


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        (
            made_again,
            "periode-close 2026-02.beancount: Le visa de la clôture 2026-01 ne la prouve pas : la clôture, ou ce qu'elle scelle",
        ),
        (forgotten, "La liste des visas VISAS-2026-01.tsv de la clôture 2026-01 manque, ou n'est plus"),
        (without("VISAS-2026-01.tsv"), "La liste des visas VISAS-2026-01.tsv"),
        (
            without("caisse/2026-02/2026-02-10-caissier-1.visa.jsonl"),
            "caissier-1.visa.jsonl manque, que la clôture 2026-01 a gardé",
        ),
        (without("caisse/2026-02/2026-02-10-caissier-1.visa"), "Ce visa a connu comme dernier visa de la clé"),
        (without("cloture/2026-01.visa.tresorier.sig"), "personne ne l'a signée pour le Bureau exécutif"),
        (without("cloture/2026-01.visa"), "n'est pas prouvée"),
        (swap("Registres", "Cahiers"), "Le projet FONCT a changé depuis la clôture"),
    ],
)
def test_an_attack_on_a_closing_is_told(books: Path, attack: Callable[[Path], None], words: str) -> None:
    attack(books)
    assert any(words in each for each in said(books)), said(books)


def revoke(root: Path, keys: Keys, person: str, day: str) -> None:
    path = root / "rules/cles.yaml"
    text = path.read_text(encoding="utf-8")
    line = next(each for each in text.splitlines() if f"personne: {person}," in each)
    path.write_text(text.replace(line, line.replace("}", f", revoquee-le: {day}, motif: perdue}}")), encoding="utf-8")


@pytest.mark.parametrize(
    ("person", "day", "holds"),
    [
        ("caissier", "2026-02-11", True),  # the closing is of that day, and signed by two others
        ("caissier", "2026-03-01", True),
        ("caissier", "2026-02-10", False),  # before the closing: nothing proves that the visa was there
        ("directeur", "2026-03-01", False),  # his own key signed the closing
    ],
)
def test_what_a_revoked_key_signed_holds_if_a_closing_kept_it(
    books: Path, keys: Keys, person: str, day: str, holds: bool
) -> None:
    revoke(books, keys, person, day)
    if day > "2026-01-31":  # an end after the closed period rewrites nothing of it
        assert not any(each.startswith("regle-retroactive") for each in said(books)), said(books)
    found = [each for each in said(books) if each.startswith("visa")]
    assert (found == []) is holds, found
    if not holds:
        assert all("a été révoquée" in each for each in found)


def test_what_a_revoked_key_signed_is_signed_again(all_signed: Path, keys: Keys, tmp_path: Path) -> None:
    """Nothing is left to say once the person's other key signed each thing, that day or later; not before."""
    root = Path(shutil.copytree(all_signed, tmp_path / "ong"))
    revoke(root, keys, "directeur", "2026-02-11")
    other = made_by_ssh_keygen(tmp_path, "autre")
    path = root / "rules/cles.yaml"
    line = f'  - {{personne: directeur, cle: "{public(other)}", du: 2026-02-12}}'
    path.write_text(path.read_text(encoding="utf-8").replace("cles:\n", f"cles:\n{line}\n"), encoding="utf-8")
    [told] = said(root)
    assert "a été révoquée le 11/02/2026 (perdue), et aucune clôture d'avant ne garde ce visa" in told
    done = run(root, "sign", "--personne", "directeur", "--cle", str(other), "--oui", today="2026-02-12")
    assert "1 pièce signée par D. Deux (directeur)." in done.output
    assert said(root) == []
    assert run(root, "verify", today="2026-02-12").exit_code == 0


def test_a_refusal_under_a_revoked_key_is_not_forgotten(all_signed: Path, keys: Keys, tmp_path: Path) -> None:
    """Signed before it under another key, the voucher is not approved again by the revocation."""
    root = Path(shutil.copytree(all_signed, tmp_path / "ong"))
    other = made_by_ssh_keygen(tmp_path, "autre")
    path = root / "rules/cles.yaml"
    line = f'  - {{personne: directeur, cle: "{public(other)}", du: 2026-02-11, revoquee-le: 2026-02-14, motif: volée}}'
    kept = line.replace(", revoquee-le: 2026-02-14, motif: volée", "")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("cles:\n", f"cles:\n{kept}\n"), encoding="utf-8")
    words = ["--cle", str(other), "--nature", "refus", "--motif", "faux reçu", "--oui", PAYMENT]
    assert run(root, "sign", "--personne", "directeur", *words, today="2026-02-12").exit_code == 0
    path.write_text(text.replace("cles:\n", f"cles:\n{line}\n"), encoding="utf-8")
    assert [each for each in said(root) if "a été révoquée" in each]


def test_a_closing_that_two_others_signed_outlives_a_revoked_key(books: Path, keys: Keys, tmp_path: Path) -> None:
    """The one whose key is gone cannot sign it again: another of the same body does, beside."""
    revoke(books, keys, "tresorier", "2026-02-01")
    refused = [
        each for each in said(books) if "cloture/2026-01.visa.tresorier.sig" in each or "clôture d'avant" in each
    ]
    assert refused
    other = made_by_ssh_keygen(tmp_path, "autre")
    path = books / "rules/cles.yaml"
    rows = f'  - {{personne: tresorier, cle: "{public(other)}", du: 2026-02-13}}\n'
    path.write_text(path.read_text(encoding="utf-8").replace("cles:\n", f"cles:\n{rows}"), encoding="utf-8")
    words = ["--nature", "cloture", "2026-01", "--oui"]
    again = run(books, "sign", "--personne", "tresorier", "--cle", str(other), *words, today="2026-02-13")
    assert again.exit_code == 2
    assert "ne se refait pas : une autre personne du même collège signe à côté" in again.output
    second = made_by_ssh_keygen(tmp_path, "secretaire")
    rows = f'  - {{personne: secretaire, cle: "{public(second)}", du: 2026-01-01}}\n'
    path.write_text(path.read_text(encoding="utf-8").replace("cles:\n", f"cles:\n{rows}"), encoding="utf-8")
    people = books / "rules/mandats.yaml"
    new = "personnes:\n  secretaire: {nom: S. Cinq, fonction: Secrétaire générale, college: bureau-executif}\n"
    people.write_text(people.read_text(encoding="utf-8").replace("personnes:\n", new, 1), encoding="utf-8")
    done = run(books, "sign", "--personne", "secretaire", "--cle", str(second), *words, today="2026-02-13")
    assert done.exit_code == 0, done.output
    assert not [
        each for each in said(books) if "2026-01.visa.tresorier.sig" in each or each.startswith("periode-close")
    ]
