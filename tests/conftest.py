"""The demonstration books, inspected once for all the tests that read them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from grandlivre.inspection import Inspection, inspect

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def demo() -> Inspection:
    """What `grandlivre check` sees of the demonstration books."""
    return inspect(ROOT / "ledger" / "main.beancount")


@pytest.fixture
def demo_copy(tmp_path: Path) -> Path:
    """A copy of the demonstration books (ledger/, rules/) that a test may change; returns its root."""
    for name in ("ledger", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path
