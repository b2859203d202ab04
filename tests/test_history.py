"""`grandlivre history`: who recorded a voucher, who changed it and in what, who signed it, when it was closed."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date
from pathlib import Path

from click.testing import CliRunner

from grandlivre.cli import cli
from grandlivre.inspection import inspect
from grandlivre.tasks import signatures
from grandlivre.viewer.life import bank_lines, past
from signed_books import PAYMENT, all_signed, keyed, keys, run, sign
from signing import Keys
from small_books import ready, swap

__all__ = ["all_signed", "keyed", "keys", "ready"]


def git(root: Path, *words: str, who: str = "K. Quatre", day: str = "2026-02-05") -> None:
    setting = ["-c", f"user.name={who}", "-c", "user.email=k@exemple.org", "-c", "commit.gpgsign=false"]
    dates = {"GIT_AUTHOR_DATE": f"{day}T12:00:00Z", "GIT_COMMITTER_DATE": f"{day}T12:00:00Z", "PATH": "/usr/bin:/bin"}
    subprocess.run(["git", *setting, *words], cwd=root, check=True, capture_output=True, env=dates)


def test_the_life_of_a_voucher(keyed: Path, keys: Keys, tmp_path: Path) -> None:
    root = Path(shutil.copytree(keyed, tmp_path / "ong"))
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Saisie de janvier")
    assert sign(root, keys, "directeur", "--oui", today="2026-02-06").exit_code == 0
    assert sign(root, keys, "tresorier", PAYMENT, "--nature", "refus", "--motif", "Trop tôt", "--oui").exit_code == 0
    swap("100000 XOF\n  Actif:FONCT:52111", "90000 XOF\n  Actif:FONCT:52111")(root)
    git(root, "add", "-A", day="2026-02-11")
    git(root, "commit", "-qm", "Montant corrigé", who="D. Deux", day="2026-02-11")
    swap('"Caisse" "Dotation"', '"Caisse" "Dotation du mois"')(root)
    done = run(root, "history", PAYMENT, today="2026-02-12")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == f"{PAYMENT} · 06/01/2026 · Caisse · Dotation du mois · 90 000 FCFA"
    assert lines[1].startswith("05/02/2026  K. Quatre saisit (")
    assert lines[1].endswith("« Saisie de janvier »)")
    assert lines[2] == "06/02/2026  D. Deux (directeur) signe, changée"
    assert lines[3] == "10/02/2026  T. Un (tresorier) refuse : Trop tôt"
    assert lines[4].startswith("11/02/2026  D. Deux modifie (")
    assert lines[5:7] == [
        "    - Actif:FONCT:585-Virements-de-fonds  100000 XOF",
        "    + Actif:FONCT:585-Virements-de-fonds  90000 XOF",
    ]
    assert lines[7] == "aujourd'hui  modifiée depuis son dernier enregistrement dans git"
    assert run(root, "history", "BQ-FONCT-2026-0099").exit_code == 2
    books = inspect(root / "ledger/main.beancount", date(2026, 2, 12)).books
    (entry,) = books.vouchers(PAYMENT)
    director, treasurer = signatures.of_entry(books, entry)
    assert (director.name, director.capacity, director.state) == ("D. Deux", "signataire 1", "bad")
    assert director.said.startswith("signature tombée : le montant est passé de 100 000 à 90 000 FCFA")
    assert (treasurer.state, treasurer.said.partition(" ; ")[0]) == ("bad", "refusé le 10/02/2026 : Trop tôt")
    told = past(books, entry)
    assert told is not None
    assert [(each.who, each.day) for each in told.events[:1]] == [("K. Quatre", date(2026, 2, 5))]
    assert told.events[3].what.endswith(" : les comptes ou les montants")
    assert told.events[-1].day is None
    assert told.events[-1].what.endswith("la première ligne (date, bénéficiaire ou libellé)")
    assert told.silent == ""
    assert [line.said for line in bank_lines(books, entry)] == [
        "vu sur le relevé de janvier 2026, arrêté au 31/01/2026 et rapproché"
    ]


def test_without_git_the_visas_speak(all_signed: Path) -> None:
    done = run(all_signed, "history", PAYMENT, today="2026-02-12")
    assert "10/02/2026  D. Deux (directeur) signe, prouvée" in done.output
    assert "10/02/2026  T. Un (tresorier) signe, prouvée" in done.output
    assert done.output.splitlines()[-1] == "Ces livres ne sont pas dans un dépôt git."
    books = inspect(all_signed / "ledger/main.beancount", date(2026, 2, 12)).books
    (entry,) = books.vouchers(PAYMENT)
    assert [each.state for each in signatures.of_entry(books, entry)] == ["ok"] * 2
    told = past(books, entry)
    assert told is not None
    assert told.silent == "Ces livres ne sont pas dans un dépôt git."


def test_the_counter_of_a_security_key_is_shown() -> None:
    """The keys of the marked ledger say 7."""
    main = Path(__file__).parent / "checks/visa/ledger/main.beancount"
    done = CliRunner().invoke(cli, ["history", "BQ-EAU-2026-0001", "--ledger", str(main), "--today", "2026-07-02"])
    assert "03/02/2026  A. Traoré (directeur) signe, prouvée (compteur de la clé : 7)" in done.output
