"""What `check` remembers of the rules is what it would read again, and is believed only while nothing changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from grandlivre.checks import rules_in
from grandlivre.policy.loading import Policy
from grandlivre.rules import remembered
from grandlivre.rules.remembered import Known, RememberedRules

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def read() -> Known:
    return rules_in(ROOT / "rules")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "rules", tmp_path / "rules", ignore=shutil.ignore_patterns("formulaires", "schemas"))
    return tmp_path / "rules"


def asked(rules: Path) -> tuple[Known, bool]:
    """The rules of a folder, and whether they were read."""
    memory = RememberedRules.of(rules.parent)
    assert memory is not None
    readings: list[Path] = []

    def reading() -> Known:
        readings.append(rules)
        return rules_in(rules)

    return memory.or_read(rules, reading), bool(readings)


def test_what_is_remembered_is_what_was_read(rules: Path) -> None:
    first, was_read = asked(rules)
    again, is_read = asked(rules)
    assert (was_read, is_read) == (True, False)
    assert remembered._is_same(first, again)
    policy: Policy = again[1]
    assert policy.files == first[1].files
    assert policy.donor_line("GENRE", "conventions", 0) == first[1].donor_line("GENRE", "conventions", 0)
    assert list(policy.controls) == list(first[1].controls)
    assert [each.model_fields_set for each in again[0]] == [each.model_fields_set for each in first[0]]


@pytest.mark.parametrize("name", ["organisation.yaml", "bailleurs/genre.yaml", "releves/nouveau.yaml"])
def test_any_change_of_a_file_is_read(rules: Path, name: str) -> None:
    asked(rules)
    path = rules / name
    before = path.stat() if path.exists() else None
    text = path.read_text(encoding="utf-8") if before else "nom: x\n"
    path.write_text(
        text + "# \n" if before is None else text.replace("a", "a", 1) + "#", encoding="utf-8", newline="\n"
    )
    if before is not None:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert asked(rules)[1]
    path.unlink()
    assert asked(rules)[1]


def test_rules_with_a_mistake_are_read_each_time(rules: Path) -> None:
    with (rules / "mandats.yaml").open("a", encoding="utf-8") as stream:
        stream.write("inconnue: oui\n")
    assert asked(rules)[1]
    assert asked(rules)[1]


def test_a_damaged_memory_is_not_believed(rules: Path) -> None:
    asked(rules)
    store = rules.parent / ".grandlivre" / "regles"
    body = store.read_bytes()
    for damaged in (body[:-1], body.replace(b"Organisation", b"Organisatiom", 1), b"", b"\xff\n"):
        store.write_bytes(damaged)
        assert asked(rules)[1]


def test_another_program_believes_nothing(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(rules)
    monkeypatch.setattr(remembered, "program_files", lambda: ["another"])
    assert asked(rules)[1]


def test_a_folder_that_cannot_be_written_costs_time_only(rules: Path, read: Known) -> None:
    (rules.parent / ".grandlivre").write_text("", encoding="utf-8")
    assert RememberedRules.of(rules.parent) is None
    (rules.parent / ".grandlivre").unlink()
    memory = RememberedRules.of(rules.parent)
    assert memory is not None
    (rules.parent / ".grandlivre" / "regles").mkdir(parents=True)
    assert memory.or_read(rules, partial(lambda found: found, read)) is read


def test_a_rule_as_shipped_needs_no_pydantic_nor_yaml() -> None:
    script = (
        "import sys, grandlivre.kept.running, grandlivre.checks as checks\n"
        "assert all(each.shipped() for each in checks.rule_classes())\n"
        "print(*sorted({'pydantic', 'pydantic_core', 'yaml', 'jinja2', 'click', 'babel'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
