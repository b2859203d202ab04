"""Amounts written in rules/ in a way that two people read differently: refused on their line, never guessed."""

from __future__ import annotations

import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from pydantic import TypeAdapter, ValidationError

from grandlivre.checks import rules_of
from grandlivre.inspection import inspect
from grandlivre.policy.loading import load_policy
from grandlivre.policy.periods import Period
from grandlivre.policy.values import Amount, Count, Number, Positive, Quantity
from grandlivre.render import html
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.context import Scope
from grandlivre.reports.making import Job, make
from grandlivre.scaffold.controls import controls_file

RULES = Path(__file__).resolve().parent.parent / "rules"
UE_EAU = (RULES / "bailleurs" / "ue-eau.yaml").read_text(encoding="utf-8")
CASES = {
    "04": ("cout-unitaire: 180 000 XOF", "180.000 XOF"),
    "05": ("montant: 150 000 EUR", "150.000 EUR"),
    "06": ("plancher: 25 000 XOF", "25.000 XOF"),
    "07": ("cout-unitaire: 365 000 XOF", "365.000 XOF"),
    "08": ("montant: 150 000 EUR", "1 50 000 EUR"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_amount_of_the_rules_is_never_guessed(case: str, tmp_path: Path) -> None:
    written, typed = CASES[case]
    key = written.split(":")[0]
    shutil.copytree(RULES, tmp_path, dirs_exist_ok=True)
    assert load_policy(tmp_path).problems == ()
    changed = UE_EAU.replace(written, f"{key}: {typed}")
    (tmp_path / "bailleurs" / "ue-eau.yaml").write_text(changed, encoding="utf-8")
    lines = {number for number, line in enumerate(changed.splitlines(), 1) if typed in line}
    problems = [each for each in load_policy(tmp_path).problems if typed.rpartition(" ")[0] in each.message]
    assert {each.line for each in problems} == lines != set()
    assert {each.path.name for each in problems} == {"ue-eau.yaml"}
    if case != "08":
        whole, currency = typed.split()
        assert all(f"{whole.replace('.', ' ')} {currency}" in each.message for each in problems)


@pytest.mark.parametrize(
    "text",
    [
        "180.000 XOF",
        "51,000 XOF",
        "1.500 EUR",
        "-12.345 USD",
        "1 50 000 XOF",
        "15 00 XOF",
        "1 500,000 XOF",
        "12\u00a0345.000 EUR",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(ValidationError, match=r"se lit de deux façons|milliers"):
        TypeAdapter(Amount).validate_python(text)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("61100.000 XOF", 61_100),
        ("51 000 XOF", 51_000),
        ("51_000 XOF", 51_000),
        ("1 234 567 XOF", 1_234_567),
        ("12,50 EUR", 1_250),
        ("1 500,50 EUR", 150_050),
        ("150000 EUR", 15_000_000),
        ("0.00 EUR", 0),
    ],
)
def test_read(text: str, units: int) -> None:
    assert TypeAdapter(Amount).validate_python(text).units == units


@pytest.mark.parametrize("text", ["2.000", "180,000", "1 500,000", "+25.000"])
@pytest.mark.parametrize("kind", [Count, Positive, Quantity])
def test_how_many_is_never_guessed(kind: type, text: str) -> None:
    """« quantite: 2.000 » made a budget a thousand times too small; « taille: 25.000 » an assembly of 25 members."""
    with pytest.raises(ValidationError, match="et une fraction"):
        TypeAdapter(kind).validate_python(text)


def test_how_many_is_read() -> None:
    assert [TypeAdapter(Quantity).validate_python(text) for text in ("2 000", "12.5", "0,125", "1.1250", "2.0")] == [
        Decimal(text) for text in ("2000", "12.5", "0.125", "1.125", "2")
    ]
    assert TypeAdapter(Count).validate_python("2 000") == 2_000


def test_a_rate_is_no_amount() -> None:
    assert str(TypeAdapter(Number).validate_python("655.957")) == "655.957"


@pytest.mark.parametrize(
    ("name", "written", "typed"),
    [
        ("bailleurs/ue-eau.yaml", "plancher: 25 000 XOF", "plancher: 250 USD"),
        ("bailleurs/ue-eau.yaml", "plafond: 150 000 XOF", "plafond: 150 000 XAF"),
        ("controles.yaml", "valeur: 51 000 XOF", "valeur: 80 EUR"),
        ("controles.yaml", "au-dela: 1 000 000 XOF", "au-dela: 1 500 EUR"),
    ],
)
def test_a_limit_is_in_the_currency_of_the_books(name: str, written: str, typed: str, tmp_path: Path) -> None:
    shutil.copytree(RULES, tmp_path, dirs_exist_ok=True)
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert written in text
    changed = text.replace(written, typed, 1)
    (tmp_path / name).write_text(changed, encoding="utf-8")
    [problem] = rules_of(load_policy(tmp_path))[1].problems
    assert problem.path == tmp_path / name
    assert typed in changed.splitlines()[problem.line - 1]
    assert "les livres en XOF : elle ne s'appliquerait jamais" in problem.message


def test_a_lone_rule_says_a_limit_in_another_currency(tmp_path: Path) -> None:
    path = tmp_path / "livres.beancount"
    path.write_text('plugin "grandlivre.checks.missing_quotes" "devise: XAF"\n', encoding="utf-8")
    _, errors, _ = loader.load_file(str(path))
    assert ["51 000 FCFA est en XOF, et les livres en XAF" in error.message for error in errors] == [True]


def test_a_new_organisation_writes_its_limits_in_its_own_currency() -> None:
    assert "XOF" not in controls_file(currency="GNF")
    assert "51 000 GNF" in controls_file(currency="GNF")
    assert "écrivez ceux de votre procédure" in controls_file(currency="GNF")


def test_amounts_are_said_in_the_currency_of_the_books(demo_texts: Path) -> None:
    """Books of Guinea say GNF, on their findings and on their papers: no figure there is in francs CFA."""
    for path in [*demo_texts.rglob("*.beancount"), *demo_texts.rglob("*.yaml")]:
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\bXOF\b", "GNF", text), encoding="utf-8")
    found = inspect(demo_texts / "ledger" / "main.beancount")
    said = " ".join(finding.message for finding in found.findings)
    assert re.search(r"\d GNF", said)
    assert "FCFA" not in said
    period = Period.parse("2026-T3")
    assert period is not None
    [report] = make(found, Job(models()["suivi-budgetaire"], Scope("UE-EAU"), period), "")
    page = html(report)
    assert "Montants en GNF" in page
    assert "FCFA" not in page
