"""Beancount's own cache of a load never hides what changed since: a voucher, a rule, a new file, this program."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import grandlivre
import nursery
from grandlivre.policy.loading import load_policy
from grandlivre.rules import watch

ROOT = Path(__file__).resolve().parents[2]
_CHECK = (
    "import sys; from beancount import loader; loader.PICKLE_CACHE_THRESHOLD = 0.0; loader.initialize(True); "
    "print(*(error.message for error in loader.load_file(sys.argv[1])[1]), sep=chr(10))"
)


def errors(main: Path) -> str:
    """What a plain load says, through the cache that Beancount keeps beside the books."""
    env = {name: value for name, value in os.environ.items() if name != "BEANCOUNT_DISABLE_LOAD_CACHE"}
    done = nursery.run([sys.executable, "-c", _CHECK, str(main)], env=env, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def drop_a_voucher(root: Path) -> None:
    (root / "ledger/documents/ue-eau/2026-10/BQ-UE-EAU-2026-0112.pdf").unlink()


def lower_a_ceiling(root: Path) -> None:
    path = root / "rules/bailleurs/genre.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("plafond: 120 000 XOF", "plafond: 6 000 XOF"), encoding="utf-8")


def add_a_donor(root: Path) -> None:
    (root / "rules/bailleurs/nouveau.yaml").write_text("code: [\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (drop_a_voucher, "BQ-UE-EAU-2026-0112.pdf n'existe pas dans documents/"),
        (lower_a_ceiling, "sous le plafond (6 000 FCFA)"),
        (add_a_donor, "reglement"),
    ],
)
def test_a_cached_load_tells_what_changed(tmp_path: Path, change: Callable[[Path], None], said: str) -> None:
    for name in ("ledger", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name)
    main = tmp_path / "ledger/main.beancount"
    assert errors(main) == ""
    assert (main.parent / ".main.beancount.picklecache").exists()
    change(tmp_path)
    assert said in errors(main)


def test_what_a_cache_looks_at() -> None:
    options = {"include": [], "filename": str(ROOT / "ledger/main.beancount")}
    watch(options, load_policy(ROOT / "rules"))
    names = set(options["include"])
    package = Path(grandlivre.__file__).parent
    assert {
        str(ROOT / "ledger/documents"),
        str(ROOT / "ledger/documents/ue-eau/2026-10"),
        str(ROOT / "rules/bailleurs"),
        str(ROOT / "rules/controles.yaml"),
        str(package),
        str(package / "checks"),
    } <= names
    assert not any("__pycache__" in name for name in names)
