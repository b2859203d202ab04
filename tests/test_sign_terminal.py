"""Signing as people do: in a terminal, with a passphrase, with a key that an agent holds, with a security key (made of software)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grandlivre.cli import cli
from signed_books import PAYMENT, all_signed, keyed, keys, run, visas
from signing import Keys, public
from small_books import month_of, ready
from test_terminal import Terminal

__all__ = ["all_signed", "keyed", "keys", "ready"]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no pseudo-terminal on this system (Windows)")
DAY = "2026-02-10"
LEDGER = ("--ledger", "ledger/main.beancount")


@pytest.fixture
def books(keyed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(keyed, tmp_path / "ong"))


def with_key(root: Path, keys: Keys, person: str, line: str) -> None:
    """Another key in the place of a person's."""
    path = root / "rules/cles.yaml"
    text = path.read_text(encoding="utf-8").replace(public(keys.files[person]), line)
    assert line in text
    path.write_text(text, encoding="utf-8", newline="\n")


def made(folder: Path, *words: str, **env: str) -> Path:
    """A key of ssh-keygen."""
    path = folder / "cle"
    subprocess.run(
        ["ssh-keygen", "-q", "-C", "essai", "-f", str(path), *words],
        check=True,
        capture_output=True,
        env={**os.environ, **env},
    )
    return path


def waits_for_two(root: Path) -> None:
    """One payment more of another nature: two texts await the director."""
    waived = (
        '\n2026-01-30 * "Quelqu\'un" "Achat"\n  piece: "CS-FONCT-2026-0003"\n  derogation: "piece-justificative"\n'
        '  derogation-par: "directeur"\n  motif: "reçu perdu"\n'
        "  Charges:FONCT:6055-Fournitures-de-bureau  3000 XOF\n  Actif:FONCT:5711-Caisse\n"
    )
    month = month_of(root)
    month.write_text(month.read_text(encoding="utf-8") + waived, encoding="utf-8", newline="\n")


def test_each_batch_is_asked_for(books: Path, keys: Keys) -> None:
    """An answer that is none is asked again; a no signs nothing; a refusal says why."""
    words = ("sign", *LEDGER, "--personne", "directeur", "--cle", str(keys.files["directeur"]))
    here = Terminal(books, *words, day=DAY)
    here.sees("FONCT : paiements et autorisations (1 pièce)")
    here.sees("Total : 100 000 FCFA")
    here.mends("Signer 1 pièce de FONCT ?", "signe", "Répondez o (oui) ou n (non).", "")
    assert "Rien n'a été signé." in here.ends()
    assert visas(books) == []
    here = Terminal(books, *words, "--nature", "refus", PAYMENT, day=DAY)
    here.says("Motif du refus", "Le bon n'est pas joint")
    here.says("Refuser 1 pièce de FONCT ?", "o")
    assert "1 pièce refusée par D. Deux (directeur)." in here.ends()
    here = Terminal(books, *words, PAYMENT, day="2026-02-11")
    here.sees("refusé le 10/02/2026 : Le bon n'est pas joint")
    here.says("Signer 1 pièce de FONCT ?", "oui")
    assert "1 pièce signée par D. Deux (directeur)." in here.ends()


def test_a_passphrase_is_asked_for_once(books: Path, keys: Keys, tmp_path: Path) -> None:
    """By ssh-keygen, however many texts there are; a wrong one writes nothing."""
    waits_for_two(books)
    key = made(tmp_path, "-t", "ed25519", "-N", "le mil pousse")
    with_key(books, keys, "directeur", public(key))
    words = ("sign", *LEDGER, "--personne", "directeur", "--cle", str(key))
    for phrase, ends in (("le riz pousse", 2), ("le mil pousse", 0)):
        here = Terminal(books, *words, day=DAY)
        here.says("Signer 1 pièce de FONCT ?", "o")
        here.says("Signer 1 pièce de FONCT ?", "o")
        here.sees("s'il demande « Enter passphrase », tapez la phrase de passe de la clé.")
        here.run.expect("Enter passphrase[^\r\n]*: $")
        here.run.sendline(phrase)
        rest = here.ends(ends)
        assert "Enter passphrase" not in rest
        assert len(visas(books)) == (0 if ends else 6), rest
        assert ("la phrase de passe n'est pas la bonne. Relancez la commande" in rest) is bool(ends), rest
    assert "2 pièces signées par D. Deux (directeur)." in rest


def test_without_a_terminal_nobody_waits_for_a_passphrase(books: Path, keys: Keys, tmp_path: Path) -> None:
    key = made(tmp_path, "-t", "ed25519", "-N", "le mil pousse")
    with_key(books, keys, "directeur", public(key))
    words = ["sign", *LEDGER, "--personne", "directeur", "--cle", str(key), "--oui", "--today", DAY]
    done = subprocess.run(
        [sys.executable, "-m", "grandlivre", *words],
        cwd=books,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        start_new_session=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "la phrase de passe n'est pas la bonne" in done.stderr
    assert visas(books) == []


# --- an agent --------------------------------------------------------------------------------------------------------


@pytest.fixture
def agent(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A real ssh-agent, on its own socket."""
    socket = tmp_path_factory.mktemp("agent") / "s"
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()  # it says its socket once it listens
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        yield
    finally:
        process.terminate()
        process.wait()


def test_a_key_that_an_agent_holds(
    books: Path, keys: Keys, agent: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its `.pub` is all that is on the disk, given or found in the folder .ssh."""
    key = made(tmp_path, "-t", "ed25519", "-N", "")
    with_key(books, keys, "directeur", public(key))
    home = tmp_path / "maison"
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    shutil.copy(f"{key}.pub", home / ".ssh/a.pub")

    def sign(*words: str) -> Result:
        return run(books, "sign", "--personne", "directeur", "--oui", *words)

    refused = sign("--cle", str(home / ".ssh/a.pub"))
    assert refused.exit_code == 2
    assert "la clé privée n'est ni dans ce fichier, ni dans un agent" in refused.output
    key.chmod(0o644)
    assert "d'autres que vous peuvent lire ce fichier." in sign("--cle", str(key)).output
    key.chmod(0o600)
    assert visas(books) == []
    subprocess.run(["ssh-add", "-q", str(key)], check=True, capture_output=True)
    key.unlink()
    done = sign()
    assert done.exit_code == 0, done.output
    assert "1 pièce signée par D. Deux (directeur)." in done.output
    assert run(books, "verify").exit_code == 0
    waits_for_two(books)
    assert sign("--cle", str(home / ".ssh/a.pub")).exit_code == 0


# --- a security key --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authenticator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A security key made of software, which OpenSSH loads as it loads the driver of a real one."""
    path = tmp_path_factory.mktemp("sk") / "sk.so"
    source = Path(__file__).parent / "authenticator.c"
    words = ["cc", "-shared", "-fPIC", "-w", "-o", str(path), str(source), "-lcrypto"]
    if shutil.which("cc") is None or subprocess.run(words, capture_output=True, check=False).returncode != 0:
        pytest.skip("no C compiler, or no OpenSSL headers, on this machine")
    return path


def test_a_security_key(
    books: Path, keys: Keys, authenticator: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enrolled and used by OpenSSH; one that is absent, or that nobody touched, signs nothing."""
    key = made(tmp_path, "-t", "ed25519-sk", "-N", "", SSH_SK_PROVIDER=str(authenticator))
    with_key(books, keys, "directeur", public(key))
    assert public(key).startswith("sk-ssh-ed25519@openssh.com ")
    words = ["sign", "--personne", "directeur", "--cle", str(key), "--oui"]
    absent = run(books, *words)
    assert absent.exit_code == 2
    assert "ssh-keygen n'a pas signé avec" in absent.output
    assert "la clé de sécurité n'est pas là. Branchez-la" in absent.output
    monkeypatch.setenv("SSH_SK_PROVIDER", str(authenticator))
    monkeypatch.setenv("SK_FLAGS", "0")
    untouched = run(books, *words)
    assert untouched.exit_code == 2
    assert "personne n'a touché la clé de sécurité. Rien n'a été écrit." in untouched.output
    assert visas(books) == []
    monkeypatch.delenv("SK_FLAGS")
    here = Terminal(books, "sign", *LEDGER, *words[1:-1], day=DAY)
    here.says("Signer 1 pièce de FONCT ?", "o")
    here.sees("Touchez votre clé de sécurité quand elle clignote.")
    assert "1 pièce signée par D. Deux (directeur)." in here.ends()
    done = run(books, "verify")
    assert done.exit_code == 0, done.output
    assert "écritures : 1 prouvée" in done.output
    history = CliRunner().invoke(cli, ["history", PAYMENT, "--ledger", str(books / "ledger/main.beancount")])
    assert "signe, prouvée (compteur de la clé : 7)" in history.output
