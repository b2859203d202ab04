"""The small organisation of `small_books`, whose people have keys; what tests sign there and change afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grandlivre.cli import cli
from once import once
from signing import Keys
from small_books import ready

__all__ = ["ready"]

PEOPLE = ("directeur", "tresorier", "caissier", "comptable")
PAYMENT, COUNT = "BQ-FONCT-2026-0002", "pv-caisse Actif:FONCT:5711-Caisse 2026-01-31 17:30"


@pytest.fixture(scope="session")
@once
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("cles"), PEOPLE)


@pytest.fixture(scope="session")
@once
def keyed(ready: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(shutil.copytree(ready, tmp_path_factory.mktemp("visas") / "ong"))
    (root / "rules/cles.yaml").write_text(keys.yaml(), encoding="utf-8")
    return root


@pytest.fixture(scope="session")
@once
def all_signed(keyed: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that awaits the director, the treasurer and the cashier, signed."""
    root = Path(shutil.copytree(keyed, tmp_path_factory.mktemp("signe") / "ong"))
    for person in ("directeur", "tresorier", "caissier", "comptable"):
        done = sign(root, keys, person, "--oui")
        assert done.exit_code == 0, done.output
    return root


@pytest.fixture
def unsigned(keyed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(keyed, tmp_path / "ong"))


@pytest.fixture
def signed(all_signed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(all_signed, tmp_path / "ong"))


def run(root: Path, *words: str, today: str = "2026-02-10") -> Result:
    main = str(root / "ledger/main.beancount")
    return CliRunner().invoke(cli, [words[0], "--ledger", main, "--today", today, *words[1:]])


def sign(root: Path, keys: Keys, person: str, *words: str, today: str = "2026-02-10") -> Result:
    return run(root, "sign", "--personne", person, "--cle", str(keys.files[person]), *words, today=today)


def visas(root: Path) -> list[str]:
    folder = root / "ledger/visas"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
