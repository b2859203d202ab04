"""The demonstration books, inspected once for all the tests that read them."""

from __future__ import annotations

import filecmp
import gc
import os
import shutil
from collections import OrderedDict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from beancount import loader

import grandlivre.inspection
import grandlivre.tasks.desk
import read_once
from grandlivre.inspection import Inspection, inspect
from grandlivre.inspection.today import VARIABLE

os.environ[VARIABLE] = "2026-11-29"
"""Commands judge on the machine's day: the tests', so that they say the same tomorrow."""
loader.initialize(use_cache=False)
"""What Beancount keeps of a load that took a second was judged by the rules as they were then."""
ROOT = Path(__file__).resolve().parent.parent
gc.set_threshold(100_000, 50, 100)
"""A worker keeps whole books: looking them through for rubbish at each turn took a twentieth of the tests' time."""
QUICK = ("unit", "test_checks.py", "test_digest.py", "test_house.py", "test_policy.py", "test_schemas.py")
"""The unit part; every other test is marked `slow` (whole books, real processes, browsers, PDFs)."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what is not the unit part."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).parts[0] not in QUICK:
            item.add_marker(pytest.mark.slow)


class Unchanged:
    """Inspections of books that nothing changed since: what a command says after it wrote is what the next one reads."""

    KEPT = 3

    def __init__(self) -> None:
        self.found: OrderedDict[object, Inspection] = OrderedDict()

    def inspect(self, main: Path, today: date | None = None, *memory: Any) -> Inspection:
        """What `inspect` says, at once when every file of the books is the one it read then."""
        if memory:
            return inspect(main, today, *memory)
        key = (main, today, self._state(main))
        if key not in self.found:
            self.found[key] = inspect(main, today)
            if len(self.found) > self.KEPT:
                self.found.popitem(last=False)
        return self.found[key]

    @staticmethod
    def _state(main: Path) -> tuple[tuple[str, int, int, int], ...]:
        """What the books, what stands beside them and git's list of files look like."""
        folder = main.resolve().parent
        root = folder.parent
        files = [*root.glob("*"), *root.glob(".git/index")]
        for each in {folder, root / "rules", root / "templates"}:
            files += each.rglob("*")
        known = ((str(path), path.lstat()) for path in sorted(files))
        return tuple((path, each.st_mtime_ns, each.st_ctime_ns, each.st_size) for path, each in known)


@pytest.fixture(scope="session", autouse=True)
def _unchanged() -> Iterator[None]:
    """Commands of one process inspect books again only when a file of theirs changed; `check` always does, from what is read once."""
    with pytest.MonkeyPatch.context() as patch:
        known = Unchanged()
        for module in (grandlivre.inspection, grandlivre.tasks.desk):
            patch.setattr(module, "inspect", known.inspect)
        rules = read_once.share(patch)
        yield
        assert rules.same(), "a test changed what rules say for the tests after it"


@pytest.fixture(scope="session")
def demo() -> Inspection:
    """What `grandlivre check` sees of the demonstration books."""
    return inspect(ROOT / "ledger" / "main.beancount")


def _copy(source: str, target: str) -> None:
    """A file of its own; of a voucher, another name."""
    if source.endswith((".pdf", ".png")):
        os.link(source, target)
    else:
        shutil.copyfile(source, target)


@pytest.fixture(scope="session")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demonstration books whose vouchers `demo_texts` shares."""
    root = tmp_path_factory.mktemp("livres")
    for name in ("ledger", "rules"):
        shutil.copytree(ROOT / name, root / name)
    yield root
    vouchers = [str(path.relative_to(root)) for path in root.rglob("*") if path.suffix in {".pdf", ".png"}]
    _, *changed = filecmp.cmpfiles(root, ROOT, vouchers, shallow=False)
    assert changed == [[], []], "a test that writes in a voucher takes demo_copy"


@pytest.fixture
def demo_copy(tmp_path: Path) -> Path:
    """A copy of the demonstration books (ledger/, rules/) that a test may change; returns its root."""
    for name in ("ledger", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def demo_texts(tmp_path: Path, _kept: Path) -> Path:
    """The same, made at once, for a test that writes in texts alone: the vouchers are shared."""
    for name in ("ledger", "rules"):
        shutil.copytree(_kept / name, tmp_path / name, copy_function=_copy)
    return tmp_path
