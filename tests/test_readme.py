"""The commands the documents show are run, and print what the documents say they print."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import nursery
from grandlivre.reports.catalogue import models

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def shown() -> list[tuple[str, list[str]]]:
    """Each `$ command` of a console block with the lines shown under it."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


@pytest.mark.parametrize(("command", "lines"), shown(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_command_of_the_readme(command: str, lines: list[str], tmp_path: Path) -> None:
    words = command.split()
    assert words[0] == "grandlivre"
    more = ["--out", str(tmp_path)] if words[1] == "report" else []
    done = nursery.run([sys.executable, "-m", "grandlivre", *words[1:], *more], ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    for line in lines:
        assert line in done.stdout


def test_every_command_is_in_the_readme_and_no_other() -> None:
    listed = set(re.findall(r"^\| `grandlivre ([a-z]+)", TEXT, re.MULTILINE))
    done = subprocess.run(
        [sys.executable, "-m", "grandlivre", "--help"], capture_output=True, text=True, encoding="utf-8", check=True
    )
    exist = set(re.findall(r"^  ([a-z]+)  ", done.stdout.split("Commandes:")[1], re.MULTILINE))
    assert listed == exist


def test_the_quick_start_comes_in_the_order_it_works(tmp_path: Path) -> None:
    """The month's files are made before anybody writes in them, and no number of controls is typed by hand."""
    steps = TEXT.split("## Démarrage rapide")[1].split("\n## ")[0]
    places = [
        steps.index(word) for word in ("scripts/start.py", "init livres", "month 2026-11", "Écrivez dans", "check")
    ]
    assert places == sorted(places)
    assert not re.search(r"\d+ (controls|contrôles)", TEXT)


def test_the_models_it_sends_to_are_in_the_help() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "grandlivre", "report", "--help"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    listed = set(re.findall(r"^  ([a-z][a-z0-9-]+)  ", done.stdout.split("Modèles:")[-1], re.MULTILINE))
    assert set(models()) == listed


def test_the_scripts_it_names_exist() -> None:
    for name in re.findall(r"scripts/[a-z_]+\.(?:py|cmd|sh)", TEXT):
        assert (ROOT / name).exists(), name


def test_the_plugin_it_shows_loads(tmp_path: Path) -> None:
    from marks import outcome

    block = re.search(r"```beancount\n(.*?)```", TEXT, re.DOTALL)
    assert block is not None
    path = tmp_path / "x.beancount"
    entry = '2026-01-02 * "Thé"\n  Expenses:Tea  1 XOF\n  Assets:Cash\n'
    opens = "2026-01-01 open Assets:Cash\n2026-01-01 open Expenses:Tea\n"
    path.write_text(f"{block[1]}\n{opens}{entry}", encoding="utf-8")
    said, _ = outcome(path)
    assert [f.rule for f in said.findings] == ["caisse-hors-bornes"]
