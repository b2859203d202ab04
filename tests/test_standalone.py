"""Each control is a plugin of its own in anybody's Beancount file, with English roots and without SYCEBNL numbers."""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
import random
from pathlib import Path

import pytest
from beancount import loader
from beancount.scripts import example

from grandlivre import checks
from grandlivre.rules import Rule

MODULES = sorted(module.name for module in pkgutil.iter_modules(checks.__path__))


def own_rule(module: str) -> type[Rule] | None:
    """The rule a module defines, when it runs on books."""
    found = importlib.import_module(f"grandlivre.checks.{module}")
    for value in vars(found).values():
        if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == found.__name__:
            return value
    return None


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[object]]:
    """Beancount's own example, seeded, and its entries without any plugin of ours."""
    random.seed(20260101)
    path = tmp_path_factory.mktemp("example") / "example.beancount"
    today = dt.date(2026, 6, 30)
    with path.open("w", encoding="utf-8") as output:
        example.write_example_file(dt.date(1980, 5, 12), dt.date(2025, 1, 1), today, True, output)
    entries, errors, _ = loader.load_file(str(path))
    assert errors == []
    return path, entries


@pytest.mark.parametrize("module", MODULES)
def test_on_somebody_elses_books(module: str, ledger: tuple[Path, list[object]]) -> None:
    """It does not crash, changes no entry, and says only what is its own or that of its configuration."""
    rule = own_rule(module)
    path, entries = ledger
    with_plugin = path.with_name(f"{module}.beancount")
    with_plugin.write_text(f'plugin "grandlivre.checks.{module}"\ninclude "{path.name}"\n', encoding="utf-8")
    again, errors, options = loader.load_file(str(with_plugin))
    assert [str(entry) for entry in again[:50]] == [str(entry) for entry in entries[:50]]
    assert len(again) == len(entries)
    said = options["grandlivre"]
    assert said.rules == (rule.id,)
    assert {type(error).__name__ for error in errors} <= {"RuleError"}
    assert not any("interrompu" in finding.message for finding in said.findings)
    assert {finding.rule for finding in said.findings} <= {rule.id}
