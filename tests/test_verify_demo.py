"""The demonstration books, signed with its known keys: a payment, the rules, a closing; what is touched afterwards is named."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grandlivre.cli import cli

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from demo import keys  # noqa: E402

TODAY = "2026-10-31"
OCTOBER = "ledger/ue-eau/2026-10.beancount"
CLOSED = "ledger/ue-eau/2026-09.beancount"


def run(root: Path, *words: str) -> Result:
    main = str(root / "ledger/main.beancount")
    return CliRunner().invoke(cli, [words[0], "--ledger", main, "--today", TODAY, *words[1:]])


def faults(root: Path) -> list[str]:
    done = run(root, "verify", "--format", "json")
    said = json.loads(done.stdout)["faults"]
    assert (done.exit_code == 1) is bool(said)
    return [f"{each['file']} {each['rule']}: {each['message']}" for each in said]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two guardians signed the rules, the director and the treasurer what awaits them, the board a closing."""
    root = tmp_path_factory.mktemp("demo")
    for name in ("ledger", "rules"):
        shutil.copytree(ROOT / name, root / name)
    folder = tmp_path_factory.mktemp("cles")
    (root / "rules/cles.yaml").write_text(keys.register("2026-10-16"), encoding="utf-8")
    for person, words in (
        ("directeur", ["--nature", "regles"]),
        ("president", ["--nature", "regles"]),
        ("directeur", ["--nature", "ecritures"]),
        ("directeur", ["--nature", "cloture", "2026-T3"]),
        ("president", ["--nature", "cloture", "2026-T3"]),
    ):
        key = str(keys.write(folder, person))
        done = run(root, "sign", "--personne", person, "--cle", key, "--oui", *words)
        assert done.exit_code == 0, done.output
    assert faults(root) == []
    return root


def test_the_keys_are_always_the_same_and_say_so(tmp_path: Path) -> None:
    """OpenSSH reads them; what is printed names them for what they are; no private part is in the repository."""
    path = keys.write(tmp_path, "directeur")
    read = subprocess.run(["ssh-keygen", "-y", "-f", str(path)], capture_output=True, text=True, check=True)
    assert read.stdout.split()[:2] == keys.public("directeur").split()
    assert keys.public("directeur") == (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAF+1X47h0K2tw0nsvDTZjlcGLy6jpIHmitnITstHmW2"
    )
    assert "connues de tous" in path.with_name("directeur.pub").read_text(encoding="utf-8")
    assert keys.register("2026-10-16").startswith(
        "# Clés de démonstration, connues de tous : elles ne prouvent rien.\n"
    )


def _sub(path: Path, pattern: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    changed, many = re.subn(pattern, new, text, count=1, flags=re.MULTILINE)
    assert many == 1
    path.write_text(changed, encoding="utf-8", newline="\n")


def payee(root: Path) -> None:
    _sub(root / OCTOBER, r'^(2026-10-\d\d \* ")([^"]+)("(?: "[^"]*")?\n  piece: "BQ-)', r"\1\2 et Cie\3")


def closed_word(root: Path) -> None:
    _sub(root / CLOSED, r'^(2026-09-\d\d \* "[^"]+" ")', r"\1Autre : ")


def document(root: Path) -> None:
    path = next(iter(sorted((root / "ledger/documents/ue-eau/2026-09").glob("*.pdf"))))
    path.write_bytes(path.read_bytes() + b" ")


def ceiling(root: Path) -> None:
    _sub(root / "rules/controles.yaml", r"frais-bancaires-plafond: 25 000", "frais-bancaires-plafond: 24 000")


def key(root: Path) -> None:
    _sub(root / "rules/cles.yaml", re.escape(keys.public("president")), keys.public("tresoriere-2"))


def text(root: Path) -> None:
    path = next((root / "ledger/visas/ecritures/2026-10").glob("*-directeur-1.visa"))
    path.write_bytes(path.read_bytes().replace(b"date 2026-10-31", b"date 2026-10-30"))


def root_of(root: Path) -> None:
    _sub(
        root / "ledger/fonct/2026-10.beancount",
        r'(custom "cloture" "2026-T3"(?:\n  .*)*?\n  empreinte: "sha256:)....',
        r"\g<1>0000",
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (payee, r"ue-eau/2026-10\.beancount visa: BQ-UE-EAU-2026-\d+ n'est plus ce qui a été signé : le bénéficiaire"),
        (closed_word, r"fonct/2026-10\.beancount periode-close: .*clôture 2026-T3"),
        (
            document,
            r"fonct/2026-10\.beancount periode-close: Une pièce de la période close 2026-T3 a changé : ue-eau/2026-09/",
        ),
        (
            ceiling,
            r"rules/controles\.yaml regles-visees: rules/controles\.yaml n'est pas ce que directeur et president ont signé",
        ),
        (key, r"cloture/2026-T3\.visa\.president\.sig visa: La signature de president ne vaut rien : sa clé SHA256:"),
        (text, r"directeur-1\.visa visa: Ce visa de nature « ecritures » du 30/10/2026 n'est pas à sa place"),
        (root_of, r"fonct/2026-10\.beancount periode-close: L'empreinte de la clôture 2026-T3"),
    ],
)
def test_what_is_touched_is_named(signed: Path, tmp_path: Path, change: Callable[[Path], None], told: str) -> None:
    root = Path(shutil.copytree(signed, tmp_path / "ong"))
    change(root)
    said = faults(root)
    assert any(re.search(told, each) for each in said), said
