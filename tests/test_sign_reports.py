"""Reports that were sent are signed: the digest of their JSON, with the last visa of each key, and `verify` reads it again."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grandlivre.proof.visa import digest_of, read
from signed_books import all_signed, keyed, keys, run, sign, visas
from signing import Keys
from small_books import ready

__all__ = ["all_signed", "keyed", "keys", "ready"]
NAME = "balance FONCT 2026-01"
SENT = "ledger/documents/fonct/transmis/balance-2026-01.json"
VISA = "ledger/visas/rapport/2026-02/2026-02-10-directeur-1.visa"


@pytest.fixture(scope="module")
def sent(all_signed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The balance of January, sent."""
    root = Path(shutil.copytree(all_signed, tmp_path_factory.mktemp("envoi") / "ong"))
    words = [
        "report",
        "balance",
        "--bailleur",
        "FONCT",
        "--periode",
        "2026-01",
        "--transmettre",
        "--date",
        "2026-02-10",
    ]
    done = run(root, *words)
    assert done.exit_code == 0, done.output
    return root


@pytest.fixture(scope="module")
def proved(sent: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(shutil.copytree(sent, tmp_path_factory.mktemp("rapport") / "ong"))
    for person in ("directeur", "tresorier"):
        done = sign(root, keys, person, "--nature", "rapport", "--oui")
        assert done.exit_code == 0, done.output
    return root


def faults(root: Path) -> list[str]:
    done = run(root, "verify", "--format", "json", today="2026-02-12")
    said = json.loads(done.stdout)
    assert bool(said["faults"]) == (done.exit_code == 1)
    return [f"{each['file']} {each['rule']}: {each['message']}" for each in said["faults"]]


def test_what_was_sent_is_shown_then_signed(sent: Path, keys: Keys, tmp_path: Path) -> None:
    root = Path(shutil.copytree(sent, tmp_path / "ong"))
    before = visas(root)
    shown = sign(root, keys, "directeur", "--nature", "rapport")
    assert shown.exit_code == 2
    digest = hashlib.sha256((root / SENT).read_bytes()).hexdigest()
    for words in ("FONCT : rapports envoyés (1 pièce)", f"{NAME}  envoyé le 10/02/2026", f"sha256 {digest[:16]}…"):
        assert words in shown.output
    assert visas(root) == before
    done = sign(root, keys, "directeur", "--nature", "rapport", "--oui", NAME)
    assert done.exit_code == 0, done.output
    assert "1 pièce signée par D. Deux (directeur)." in done.output
    again = sign(root, keys, "directeur", "--nature", "rapport", "--oui")
    assert again.output == "Rien n'attend la signature de D. Deux (directeur).\n"


def test_the_text_holds_the_sent_json_and_the_head_of_each_key(proved: Path, keys: Keys) -> None:
    visa = read((proved / VISA).read_bytes())
    assert visa.body == ((digest_of((proved / SENT).read_bytes()), NAME),)
    assert (visa.nature, visa.tree, visa.person) == ("rapport", "FONCT", "directeur")
    heads = {head.key for head in visa.heads}
    assert heads == {keys.fingerprint(who) for who in ("directeur", "tresorier", "caissier", "comptable")}
    assert next(head.visa for head in visa.heads if head.key == visa.key) == visa.previous
    assert not (proved / f"{VISA}.jsonl").exists()  # the report's own file is what was signed


def test_verify_reads_it_again(proved: Path) -> None:
    done = run(proved, "verify", today="2026-02-12")
    assert done.exit_code == 0, done.output
    assert "signatures, rapports envoyés : 2 prouvées" in done.output


def _edit(path: Path, pattern: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    changed = re.sub(pattern, new, text, count=1, flags=re.DOTALL)
    assert changed != text
    path.write_text(changed, encoding="utf-8", newline="\n")


def altered(root: Path) -> None:
    """A figure of the sent file."""
    _edit(root / SENT, r"500000", "900000")


def altered_together(root: Path) -> None:
    """The sent file, and the `transmission` that says its digest."""
    altered(root)
    digest = hashlib.sha256((root / SENT).read_bytes()).hexdigest()
    _edit(root / "ledger/fonct/2026-02.beancount", r'empreinte: "sha256:\w+"', f'empreinte: "sha256:{digest}"')


def forgotten(root: Path) -> None:
    """The sending itself."""
    _edit(root / "ledger/fonct/2026-02.beancount", r'2026-02-10 custom "transmission".*?(?=\n\S|\Z)', "")
    (root / SENT).unlink()


def cut(root: Path) -> None:
    """The end of another key's chain, which the report's visa knew."""
    for path in (root / "ledger/visas/caisse").rglob("*comptable*"):
        path.unlink()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (altered, r"2026-02\.beancount piece-justificative: Le rapport balance de FONCT .*remettez le fichier envoyé"),
        (
            altered_together,
            r"2026-02\.beancount visa: balance FONCT 2026-01 n'est plus ce qui a été signé : le rapport envoyé",
        ),
        (
            forgotten,
            r"2026-02-10-directeur-1\.visa visa: .* a signé balance FONCT 2026-01 le 10/02/2026, et les livres n'en ont plus",
        ),
        (cut, r"rapport/.*\.visa visa: .*la fin de sa chaîne a été coupée"),
    ],
)
def test_what_changes_after_is_told(proved: Path, tmp_path: Path, change: Callable[[Path], None], told: str) -> None:
    root = Path(shutil.copytree(proved, tmp_path / "ong"))
    assert faults(root) == []
    change(root)
    assert any(re.search(told, each) for each in faults(root)), faults(root)


def test_who_signs_and_what(sent: Path, keys: Keys, tmp_path: Path) -> None:
    clerk = sign(sent, keys, "comptable", "--nature", "rapport", "--oui")
    assert clerk.exit_code == 2
    assert "n'est ni de la Direction ni du Bureau exécutif" in clerk.output
    unknown = sign(sent, keys, "directeur", "--nature", "rapport", "--oui", "balance FONCT 2026-02")
    assert unknown.exit_code == 2
    assert f"Aucun rapport « balance FONCT 2026-02 » n'a été envoyé. Vouliez-vous écrire « {NAME} »" in unknown.output
    root = Path(shutil.copytree(sent, tmp_path / "ong"))
    altered(root)
    changed = sign(root, keys, "directeur", "--nature", "rapport", "--oui")
    assert changed.exit_code == 2
    assert "a été modifié depuis" in changed.output
