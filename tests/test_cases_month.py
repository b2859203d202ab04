"""The month's cases of tests/cases/, run in a copy of the demonstration books."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner, Result

from grandlivre.cli import cli

CASES = Path(__file__).resolve().parent / "cases"


def run(root: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "--ledger", str(root / "ledger" / "main.beancount")])


def test_40_a_line_of_nothing_is_information(demo_copy: Path) -> None:
    for tree in ("genre", "fonct"):  # October is not reconciled yet
        month = demo_copy / "ledger" / tree / "2026-10.beancount"
        bare = month.read_text(encoding="utf-8").replace('  pointage: "2026-10"\n', "").split("\n\n")
        month.write_text("\n\n".join(each for each in bare if 'custom "releve"' not in each), encoding="utf-8")
    file = next(CASES.glob("40-*")) / "releve.csv"
    drafted = run(demo_copy, "import", str(file))
    assert (drafted.exit_code, "1 pour information (0 F)" in drafted.output) == (0, True), drafted.output
    drafts = (demo_copy / "ledger" / "brouillons").glob("*.beancount")
    assert not any(re.search(r" 0 XOF", path.read_text(encoding="utf-8")) for path in drafts)
    done = run(demo_copy, "reconcile", "GENRE", "--releve", str(file), "--accept")
    assert done.exit_code == 0, done.output
    assert "Pour information, 0 F, aucune écriture :" in done.output
    assert "octobre 2026 : rapproché" in done.output
