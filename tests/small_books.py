"""A small organisation with one month of entries, counted and reconciled, and what tests do to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grandlivre.cli import cli
from once import once


@pytest.fixture(scope="session")
@once
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new organisation with a month of entries, counted and reconciled: ready to be closed."""
    root = tmp_path_factory.mktemp("close") / "ong"
    words = ["--oui", "--exercice", "2026", "--personne", "tresorier:T. Un:Trésorier:bureau-executif"]
    words += ["--personne", "directeur:D. Deux:Directeur:direction", "--personne", "caissier:C. Trois:Caissier:appui"]
    words += ["--personne", "comptable:K. Quatre:Comptable:appui", "--caisse", "FONCT:caissier"]
    made = CliRunner().invoke(cli, ["init", str(root), *words])
    assert made.exit_code == 0, made.output
    for name in ("a", "b", "c", "d"):
        path = root / f"ledger/documents/fonct/{name}.pdf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%PDF-1.4 " + name.encode())
    month = root / "ledger/fonct/2026-01.beancount"
    month.write_text(month.read_text(encoding="utf-8") + MONTH, encoding="utf-8", newline="\n")
    shutil.rmtree(root / ".git", ignore_errors=True)
    return root


@pytest.fixture
def small(ready: Path, tmp_path: Path) -> Path:
    """A copy of that organisation which a test may change."""
    return Path(shutil.copytree(ready, tmp_path / "ong"))


MONTH = """
2026-01-02 custom "rencontre" "bureau" "Budget de l'année"
  presents: "tresorier"
  adopte: "FONCT-2026"

2026-01-20 custom "rencontre" "direction" "Réunion du mois"

2026-01-05 * "Membres" "Cotisations"
  piece: "BQ-FONCT-2026-0001"
  pointage: "2026-01"
  document: "fonct/a.pdf"
  Actif:FONCT:52111-Banque      500000 XOF
  Produits:FONCT:701-Cotisations

2026-01-06 * "Caisse" "Dotation"
  piece: "BQ-FONCT-2026-0002"
  signataire-1: "directeur"
  signataire-2: "tresorier"
  pointage: "2026-01"
  document: "fonct/b.pdf"
  Actif:FONCT:585-Virements-de-fonds  100000 XOF
  Actif:FONCT:52111-Banque

2026-01-06 * "Banque" "Dotation"
  piece: "CS-FONCT-2026-0001"
  document: "fonct/c.pdf"
  Actif:FONCT:5711-Caisse  100000 XOF
  Actif:FONCT:585-Virements-de-fonds

2026-01-07 * "Papeterie" "Registres"
  piece: "CS-FONCT-2026-0002"
  document: "fonct/d.pdf"
  Charges:FONCT:6055-Fournitures-de-bureau  10750 XOF
  Actif:FONCT:5711-Caisse

2026-01-31 custom "pv-caisse" Actif:FONCT:5711-Caisse 89250 XOF
  type: "mensuel"
  heure: "17:30"
  billets: "10000x8 5000x1 2000x2"
  pieces: "250x1"
  caissier: "caissier"
  controleur: "comptable"

2026-01-31 custom "releve" Actif:FONCT:52111-Banque "2026-01" 400000 XOF
"""


def close(root: Path, period: str, *words: str) -> Result:
    return CliRunner().invoke(cli, ["close", period, "--ledger", str(root / "ledger/main.beancount"), *words])


def month_of(root: Path) -> Path:
    return root / "ledger/fonct/2026-01.beancount"


def swap(old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = month_of(root).read_text(encoding="utf-8")
        assert old in text
        month_of(root).write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")

    return change
