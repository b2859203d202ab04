"""Books whose chain of rules was replaced after a closing: `check`, `check --since`, `verify`, `history` and `audit` go on across it."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest

from grandlivre.proof import verifier
from grandlivre.tasks import closing
from grandlivre.tasks.desk import open_desk
from signed_books import PAYMENT, all_signed, keyed, keys, run, sign
from signing import Keys, made_by_ssh_keygen, public
from small_books import ready
from test_history import git
from test_sign_closing import CLOSING, closed, proved
from test_sign_rules import ASSEMBLY, GUARD, WITNESS, replaced

__all__ = ["all_signed", "closed", "keyed", "keys", "proved", "ready"]
LEFT = ("directeur", "tresorier")
"""The guardians who signed the rules and the closing, and whose keys ended."""


@pytest.fixture(scope="module")
def chained(proved: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Signed and closed, recorded in git; then two others guard the rules, before a witness, recorded again."""
    folder = tmp_path_factory.mktemp("chaines")
    root = Path(shutil.copytree(proved, folder / "ong"))
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Janvier clos")
    witness = made_by_ssh_keygen(folder, "temoin")
    named = WITNESS.format(public(witness)).replace("2026-01-01", "2026-02-24")
    text = keys.yaml(f"{named}\n{GUARD.replace('directeur, tresorier, comptable', 'caissier, comptable')}")
    text = re.sub(rf"(personne: (?:{'|'.join(LEFT)}), .*)}}", r"\1, au: 2026-02-24}", text)
    (root / "rules/cles.yaml").write_text(text, encoding="utf-8")
    month = root / CLOSING
    month.write_text(month.read_text(encoding="utf-8") + ASSEMBLY, encoding="utf-8", newline="\n")
    (root / "ledger/documents/fonct/pv-ag.pdf").write_bytes(b"%PDF-1.4 assemblee")
    replaced(root, keys, witness)
    git(root, "add", "-A", day="2026-03-02")
    git(root, "commit", "-qm", "Autres gardiens", day="2026-03-02")
    return root


def said(root: Path, *words: str, status: int = 0) -> str:
    done = run(root, *words, today="2026-03-05")
    assert done.exit_code == status, done.output
    return done.output


def test_the_books_stay_clean(chained: Path) -> None:
    """New guardians contradict no closed period: the chain of versions answers for them."""
    assert "erreur:" not in said(chained, "check")
    since = said(chained, "check", "--since", "HEAD~1")
    assert "politique.gardiens.1 : directeur → caissier" in since
    assert "erreur:" not in since


def test_verify_says_which_chain_is_in_force(chained: Path) -> None:
    found = said(chained, "verify", "--historique")
    assert "de la chaîne regles-2, signée par caissier et comptable, témoin union-europeenne\n" in found
    assert "signée par directeur et tresorier" in found
    assert "histoire : aucun visa retiré ni modifié" in found


def test_a_voucher_of_before_keeps_its_history(chained: Path) -> None:
    found = said(chained, "history", PAYMENT)
    for words in (
        "D. Deux (directeur) signe, prouvée",
        "T. Un (tresorier) signe, prouvée",
        "période 2026-01 close, signée par directeur et tresorier",
    ):
        assert words in found


def test_the_auditor_s_pack_verifies_alone(chained: Path, tmp_path: Path) -> None:
    """With the keys that ended, both chains and the witness."""
    out = tmp_path / "dossier.zip"
    said(chained, "audit", "--periode", "2026-T1", "--echantillon", "5", "--graine", "7", "--out", str(out))
    with zipfile.ZipFile(out) as archive:
        names = archive.namelist()
    assert {"visas/regles/0001.visa", "visas/regles-2/0001.visa.union-europeenne.sig"} <= set(names)
    words = [sys.executable, "-I", "-S", verifier.__file__, str(out)]
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "clôture 2026-01 signée par tresorier" in done.stdout


def test_the_old_chain_does_not_go(chained: Path, keys: Keys, tmp_path: Path) -> None:
    """Taken away, it is missed by the closing, by the new chain and by whoever saw it; its guardians sign no more."""
    root = Path(shutil.copytree(chained, tmp_path / "ong"))
    refused = sign(root, keys, "directeur", "--nature", "regles", "--oui", today="2026-03-05")
    assert refused.exit_code == 2
    assert "elle ne signe pas le 05/03/2026" in refused.output
    for path in (root / "ledger/visas/regles").glob("0001*"):
        path.unlink()
    since = said(root, "check", "--since", "HEAD", status=1)
    assert "Le visa regles/0001.visa était dans la révision comparée et n'est plus là" in since
    found = said(root, "verify", status=1)
    assert "Cette première version ne nomme pas (remplace) la fin de la chaîne qui est avant elle" in found
    assert "regles/0001.visa manque, que la clôture 2026-01 a gardé" in found


def test_a_later_closing_names_the_new_chain(chained: Path, tmp_path: Path) -> None:
    """Sealed as February stands; its minutes say which file to look for."""
    root = Path(shutil.copytree(chained, tmp_path / "ong"))
    desk = open_desk(root / "ledger/main.beancount", "close", date(2026, 3, 5))
    closing.write(desk, closing.seal(desk.books, closing.read_period(desk.books, "2026-02"), date(2026, 3, 5)))
    said(root, "report", "pv-cloture", "--periode", "2026-02", "--format", "csv", "--out", str(tmp_path / "pv"))
    [paper] = (tmp_path / "pv").rglob("*.csv")
    signed = (root / "ledger/visas/regles-2/0001.visa").read_bytes()
    row = next(line for line in paper.read_text(encoding="utf-8-sig").splitlines() if "visas/regles" in line)
    assert "visas/regles-2/0001.visa" in row
    assert hashlib.sha256(signed).hexdigest() in row
