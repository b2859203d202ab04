"""`grandlivre audit`: a pack that verifies itself without Grand Livre, the same bytes from the same books and seed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grandlivre.proof import verifier
from signed_books import PAYMENT, all_signed, keyed, keys, run
from small_books import ready
from test_sign_closing import closed, proved
from test_verify import whole

__all__ = ["all_signed", "closed", "keyed", "keys", "proved", "ready", "whole"]
ASKED = ("--periode", "2026-T1", "--echantillon", "25", "--graine", "20260718")


def audit(root: Path, out: Path, *words: str) -> Path:
    done = run(root, "audit", *(words or ASKED), "--out", str(out), today="2026-03-05")
    assert done.exit_code == 0, done.output
    return out


@pytest.fixture(scope="module")
def packed(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return audit(whole, tmp_path_factory.mktemp("audit") / "dossier.zip")


@pytest.fixture
def folder(packed: Path, tmp_path: Path) -> Path:
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "dossier")
    return tmp_path / "dossier"


def test_the_same_bytes_from_the_same_seed(whole: Path, packed: Path, tmp_path: Path) -> None:
    assert audit(whole, tmp_path / "autre.zip").read_bytes() == packed.read_bytes()
    other = ("--periode", "2026-T1", "--echantillon", "1", "--graine", "1", "--methode", "aleatoire")
    drawn = {
        audit(whole, tmp_path / f"{seed}.zip", *other[:5], str(seed), *other[6:]).read_bytes() for seed in range(6)
    }
    assert len(drawn) == 6


def test_the_pack_verifies_itself_with_python_and_openssh_alone(folder: Path) -> None:
    """Isolated from what is installed here: -I -S leaves the standard library only."""
    words = [sys.executable, "-I", "-S", str(folder / "verifier.py")]
    done = subprocess.run(
        words,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "2026-01 racine sha256:",
        f"{PAYMENT} signée par directeur",
        "BQ-FONCT-2026-0003 signée par tresorier",
        "clôture 2026-01 signée par directeur",
        "pièces de l'échantillon sont dans une période close",
        "Tout concorde.",
    ):
        assert words in done.stdout, done.stdout
    assert len((folder / "verifier.py").read_text(encoding="utf-8").splitlines()) <= 500


def test_what_is_in_the_pack(folder: Path) -> None:
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"LISEZMOI.txt", "dossier.json", "elements.jsonl", "cles/allowed_signers", "pieces/fonct/b.pdf"} <= names
    readme = (folder / "LISEZMOI.txt").read_text(encoding="utf-8")
    assert "grandlivre audit --periode 2026-T1 --echantillon 25 --graine 20260718 --methode unites-monetaires" in readme
    assert "D. Deux" not in readme
    assert [json.loads(line)["piece"] for line in (folder / "population.jsonl").read_text().splitlines()] == [
        PAYMENT, "CS-FONCT-2026-0002", "BQ-FONCT-2026-0003",
    ]  # fmt: skip


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / name).read_text(encoding="utf-8")
        assert old in text
        (root / name).write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")

    return change


VISA = "visas/ecritures/2026-02/2026-02-10-directeur-1.visa"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (edit("elements.jsonl", "10750", "10751"), "ne font pas l'empreinte scellée"),
        (edit("elements.jsonl", "Papeterie", "Papeteries"), "ne font pas l'empreinte scellée"),
        (edit("dossier.json", '"precedente": ""', '"precedente": "sha256:0"'), "sa racine n'est pas celle"),
        (lambda root: (root / "pieces/fonct/b.pdf").write_bytes(b"%PDF-1.4 x"), "n'a pas le contenu"),
        (lambda root: (root / "pieces/fonct/b.pdf").unlink(), "manque dans pieces/"),
        (edit(VISA, "2026-02-10", "2026-02-09"), "la signature de directeur ne vaut rien"),
        (edit("cles/allowed_signers", "directeur ", "autre "), "la signature de directeur ne vaut rien"),
        (edit("population.jsonl", "CS-FONCT-2026-0002", "CS-FONCT-2026-0009"), "n'est pas celui que la graine tire"),
    ],
)
def test_a_pack_that_was_changed_says_so(folder: Path, change: Callable[[Path], None], words: str) -> None:
    change(folder)
    false, _ = verifier.check(folder)
    assert any(words in each for each in false), false


def test_monetary_units_take_one_in_so_many() -> None:
    """The interval is 1000/4 = 250: a payment of 600 holds two points at least, and is drawn once."""
    amounts = [600, 100, 100, 100, 100]
    for seed in range(20):
        ranks = verifier.chosen(amounts, "sha256:a", str(seed), 4, "unites-monetaires")
        assert ranks[0] == 0
        assert len(ranks) in (2, 3)
        assert ranks == sorted(set(ranks))
    assert verifier.chosen([5, 5, 5], "r", "s", 10, "aleatoire") == [0, 1, 2]
    assert verifier.chosen([], "r", "s", 10, "aleatoire") == []


def test_nothing_is_drawn_before_a_closing(all_signed: Path, tmp_path: Path) -> None:
    done = run(all_signed, "audit", *ASKED, "--out", str(tmp_path / "x.zip"), today="2026-03-05")
    assert done.exit_code == 2
    assert "Aucune période n'est close" in done.output


def test_people_are_named_when_it_is_asked(whole: Path, tmp_path: Path) -> None:
    out = audit(whole, tmp_path / "x.zip", *ASKED, "--nominatif", "--bailleur", "FONCT")
    with zipfile.ZipFile(out) as archive:
        assert "directeur : D. Deux" in archive.read("LISEZMOI.txt").decode()
        assert json.loads(archive.read("dossier.json"))["arbres"] == ["fonct"]
    assert shutil.which("ssh-keygen")
