"""`grandlivre sign`: what awaits a person is shown, signed under that person's key, and OpenSSH agrees."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from grandlivre.proof.visa import digest_of, read
from signed_books import COUNT, PAYMENT, all_signed, keyed, keys, run, sign, signed, unsigned, visas
from signing import Keys, public
from small_books import month_of, ready, swap

__all__ = ["all_signed", "keyed", "keys", "ready", "signed", "unsigned"]


def test_what_awaits_is_shown_then_signed(unsigned: Path, keys: Keys) -> None:
    shown = sign(unsigned, keys, "directeur")
    assert shown.exit_code == 2, shown.output
    for words in (
        f"{PAYMENT}  06/01/2026  100 000 FCFA  Caisse : Dotation",
        "Actif:FONCT:585-Virements-de-fonds",
        "document fonct/b.pdf  sha256 ",
        "sans terminal, ajoutez --oui",
    ):
        assert words in shown.output
    assert visas(unsigned) == []
    done = sign(unsigned, keys, "directeur", "--oui")
    assert done.exit_code == 0, done.output
    assert "1 pièce signée par D. Deux (directeur)." in done.output
    assert "aucun constat nouveau" in done.output
    path = "ecritures/2026-02/2026-02-10-directeur-1.visa"
    assert visas(unsigned) == [path, f"{path}.directeur.sig", f"{path}.jsonl"]
    again = sign(unsigned, keys, "directeur", "--oui")
    assert again.output == "Rien n'attend la signature de D. Deux (directeur).\n"


def test_openssh_alone_verifies_what_was_signed(signed: Path, keys: Keys) -> None:
    """With nothing of ours: the keys of cles.yaml as OpenSSH writes them, its own tool, the visa's date."""
    for person in ("directeur", "tresorier"):
        visa = signed / f"ledger/visas/ecritures/2026-02/2026-02-10-{person}-1.visa"
        allowed = signed / f"allowed-{person}"
        line = Path(f"{keys.files[person]}.pub").read_text(encoding="utf-8")
        allowed.write_text(f'{person} namespaces="grandlivre" {line}', encoding="utf-8")
        words = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", person, "-n", "grandlivre"]
        words += ["-s", f"{visa}.{person}.sig", "-O", "verify-time=20260210"]
        done = subprocess.run(words, input=visa.read_bytes(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        assert b'Good "grandlivre" signature' in done.stdout


def test_the_text_says_who_signed_what(signed: Path, keys: Keys) -> None:
    content = (signed / "ledger/visas/caisse/2026-02/2026-02-10-caissier-1.visa").read_bytes()
    visa = read(content)
    assert (visa.nature, visa.tree, visa.person, visa.previous) == ("caisse", "FONCT", "caissier", "-")
    assert visa.key == keys.fingerprint("caissier")
    assert [each.object for each in visa.body] == [COUNT]
    kept = (signed / "ledger/visas/caisse/2026-02/2026-02-10-caissier-1.visa.jsonl").read_bytes()
    assert digest_of(kept.rstrip(b"\n")) == visa.body[0].digest


def test_each_visa_follows_the_one_before(signed: Path, keys: Keys) -> None:
    swap("100000 XOF", "90000 XOF")(signed)
    done = sign(signed, keys, "directeur", "--oui", today="2026-02-11")
    assert (
        "le montant est passé de 100 000 à 90 000 FCFA depuis la signature de votre part du 10/02/2026" in done.output
    )
    first = (signed / "ledger/visas/ecritures/2026-02/2026-02-10-directeur-1.visa").read_bytes()
    second = read((signed / "ledger/visas/ecritures/2026-02/2026-02-11-directeur-1.visa").read_bytes())
    assert second.previous == digest_of(first)


def test_a_refusal_says_why(unsigned: Path, keys: Keys) -> None:
    bare = sign(unsigned, keys, "directeur", "--nature", "refus", PAYMENT, "--oui")
    assert bare.exit_code == 2
    assert "Un refus se motive" in bare.output
    done = sign(
        unsigned, keys, "directeur", "--nature", "refus", "--motif", "Le bon  n'est pas joint", PAYMENT, "--oui"
    )
    assert "1 pièce refusée par D. Deux" in done.output
    visa = read((unsigned / "ledger/visas/refus/2026-02/2026-02-10-directeur-1.visa").read_bytes())
    assert (visa.reason, visa.body[0].object) == ("Le bon n'est pas joint", PAYMENT)
    assert "Rien n'attend" in sign(unsigned, keys, "directeur", "--oui").output


def test_an_absent_document_is_not_signed(unsigned: Path, keys: Keys) -> None:
    (unsigned / "ledger/documents/fonct/b.pdf").unlink()
    waiting = sign(unsigned, keys, "directeur", "--oui")
    assert "document fonct/b.pdf : ABSENT" in waiting.output
    assert "Rien n'a été signé." in waiting.output
    asked = sign(unsigned, keys, "directeur", PAYMENT, "--oui")
    assert asked.exit_code == 2
    assert "Ce qui manque ne se signe pas" in asked.output
    assert visas(unsigned) == []


@pytest.mark.parametrize(
    ("person", "key", "today", "words"),
    [
        ("directrice", "directeur", "2026-02-10", "Vouliez-vous écrire « directeur » ?"),
        ("directeur", "tresorier", "2026-02-10", "est celle de tresorier"),
        ("directeur", "directeur", "2025-12-31", "elle ne signe pas le 31/12/2025"),
    ],
)
def test_who_may_not_sign(unsigned: Path, keys: Keys, person: str, key: str, today: str, words: str) -> None:
    done = run(unsigned, "sign", "--personne", person, "--cle", str(keys.files[key]), "--oui", today=today)
    assert done.exit_code == 2
    assert words in done.output
    assert visas(unsigned) == []


def test_who_has_no_key_is_told_the_three_steps(unsigned: Path, keys: Keys) -> None:
    (unsigned / "rules/cles.yaml").unlink()
    done = sign(unsigned, keys, "directeur", "--oui")
    assert done.exit_code == 2
    for words in (
        "n'a pas de clé dans rules/cles.yaml",
        "1. faites votre clé",
        "2. Faites inscrire",
        f'- {{personne: directeur, cle: "{public(keys.files["directeur"])}", du: 2026-02-10}}',
        "3. grandlivre sign",
    ):
        assert words in done.output


def test_a_revoked_key_signs_no_more(unsigned: Path, keys: Keys) -> None:
    path = unsigned / "rules/cles.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("du: 2026-01-01}", "du: 2026-01-01, revoquee-le: 2026-02-01, motif: perdue}", 1), encoding="utf-8"
    )
    done = sign(unsigned, keys, "directeur", "--oui")
    assert "révoquée le 01/02/2026 (perdue)" in done.output
    assert done.exit_code == 2


def test_a_voucher_asked_by_name(unsigned: Path, keys: Keys) -> None:
    done = sign(unsigned, keys, "directeur", "BQ-FONCT-2026-0003", "--oui")
    assert (
        "Aucune écriture ne porte la pièce BQ-FONCT-2026-0003. Vouliez-vous écrire « BQ-FONCT-2026-000" in done.output
    )
    assert done.exit_code == 2
    both = sign(unsigned, keys, "directeur", PAYMENT, "--en-attente")
    assert both.exit_code == 2


def test_one_command_signs_twelve_payments(unsigned: Path, keys: Keys) -> None:
    """Of one project: one text, one signature, in the order of digests."""
    rows = []
    for number in range(3, 15):
        (unsigned / f"ledger/documents/fonct/p{number}.pdf").write_bytes(b"%PDF-1.4 " + str(number).encode())
        rows.append(
            f'\n2026-01-{number + 5:02d} * "Papeterie" "Cahiers {number}"\n  piece: "BQ-FONCT-2026-{number:04d}"\n'
            f'  signataire-1: "directeur"\n  signataire-2: "tresorier"\n  document: "fonct/p{number}.pdf"\n'
            "  Charges:FONCT:6055-Fournitures-de-bureau  1000 XOF\n  Actif:FONCT:52111-Banque\n"
        )
    month = month_of(unsigned)
    month.write_text(month.read_text(encoding="utf-8") + "".join(rows), encoding="utf-8", newline="\n")
    done = sign(unsigned, keys, "tresorier", "--en-attente", "--oui")
    assert "FONCT : paiements et autorisations (13 pièces)" in done.output
    assert "Total : 112 000 FCFA" in done.output
    assert "13 pièces signées par T. Un (tresorier)." in done.output
    assert len([name for name in visas(unsigned) if name.endswith(".sig")]) == 1
