"""The demonstration books, inspected once for all the tests that read them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from grandlivre.inspection import Inspection, inspect
from grandlivre.inspection.today import VARIABLE

os.environ[VARIABLE] = "2026-11-29"
"""Commands judge on the machine's day: the tests', so that they say the same tomorrow."""
ROOT = Path(__file__).resolve().parent.parent
QUICK = ("unit", "test_checks.py", "test_digest.py", "test_house.py", "test_policy.py", "test_schemas.py")
"""The unit part; every other test is marked `slow` (whole books, real processes, browsers, PDFs)."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what is not the unit part."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).parts[0] not in QUICK:
            item.add_marker(pytest.mark.slow)


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
