"""The rule `reglement` where little or nothing is declared."""

from __future__ import annotations

from pathlib import Path

from beancount import loader

from grandlivre.policy.donors import DONOR_REPORTS, HOUSE_REPORTS
from grandlivre.reports.catalogue import models
from grandlivre.rules import OPTION

LEDGER = """
option "inferred_tolerance_default" "XOF:0.5"
{plugin}
2026-01-01 open Assets:Bank
2026-01-01 open Assets:EAU:571-Cash
2026-01-01 open Expenses:EAU:6047-Supplies
2026-01-05 * "Papeterie" "Cahiers"
  autorise-par: "anyone"
  convention: "ANY"
  Expenses:EAU:6047-Supplies   1 XOF
  Assets:EAU:571-Cash
"""


def said(folder: Path, plugin: str) -> list[tuple[int, str]]:
    """Line and sentence of each finding of the stand-alone rule."""
    main = folder / "main.beancount"
    main.write_text(LEDGER.format(plugin=plugin), encoding="utf-8")
    _, errors, options = loader.load_file(str(main))
    assert not [error for error in errors if type(error).__name__ != "RuleError"]
    return [(finding.line, finding.message) for finding in options[OPTION].findings]


def test_nothing_declared_nothing_said(tmp_path: Path) -> None:
    """Alone, without donors or people, it has nothing to compare the ledger with."""
    assert said(tmp_path, 'plugin "grandlivre.checks.regulation"') == []


def test_inline_declarations_are_compared(tmp_path: Path) -> None:
    """Tills and numbers of the configuration must be opened; the finding stands at the top of the books."""
    bounds = "[{depuis: 2026-01-01, plancher: 0 XOF, plafond: 9 XOF}]"
    config = (
        f"caisses: [{{compte: Assets:EAU:572-Cash, bornes: {bounds}}}]\nnumeros: {{Assets:Old: 521, Assets:Bank: 521}}"
    )
    findings = said(tmp_path, f'plugin "grandlivre.checks.regulation" "{config}"')
    assert [(line, sentence.split(",")[0]) for line, sentence in findings] == [
        (1, "Le compte Assets:EAU:572-Cash"),
        (1, "Le compte Assets:Old"),
    ]


def test_missing_folder_of_rules(tmp_path: Path) -> None:
    """A wrong path is one finding, and no crash."""
    ((line, sentence),) = said(tmp_path, 'plugin "grandlivre.checks.regulation" "regles: ../nulle-part"')
    assert line == 1
    assert sentence.startswith("Le dossier des règles nulle-part/ manque")


def test_bad_configuration_is_said(tmp_path: Path) -> None:
    """What is wrong in the plugin's own lines stands at the top of the books."""
    findings = said(tmp_path, 'plugin "grandlivre.checks.regulation" "exercices: [{du: 2026-02-30, au: 2026-12-31}]"')
    assert [line for line, _ in findings] == [1]
    assert "2026-02-30 n'existe pas" in findings[0][1]


def test_every_report_may_be_promised() -> None:
    """What `report` makes and no donor's file may promise would be refused as unknown."""
    assert set(models()) <= {*DONOR_REPORTS, *HOUSE_REPORTS}
