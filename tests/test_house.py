"""The house keeps its own rules: every control is documented, marked, set, described and catalogued; nothing names a machine."""

from __future__ import annotations

import ast
import inspect
import json
import re
import string
import subprocess
import tomllib
from pathlib import Path

import pytest

from grandlivre.checks import rule_classes
from grandlivre.inspection import voices
from grandlivre.policy.values import field_docs
from grandlivre.render.manual import catalogue, sentences
from grandlivre.rules import Rule, Voice
from grandlivre.sources.yaml import Block, load

ROOT = Path(__file__).resolve().parent.parent
VOICES = voices()
RULES = rule_classes()

CONTRACT = """double-signature caisse-hors-bornes trois-proformas fractionnement bailleurs-croises compte-bancaire-unique
decouvert montant-entier numerotation-pieces piece-justificative facture-en-double ligne-budgetaire
depassement-budgetaire hors-convention periode-close pv-de-caisse rapprochement-bancaire avance-en-retard
virement-en-transit compte-hors-plan egalite-de-tresorerie autorisation origine-des-fonds derogation texte reglement
beancount regle-retroactive cloture-en-retard regles-affaiblies serie-tronquee piece-reutilisee
date-valeur-lointaine releve-fichier tiers-a-solder comptes-de-bilan
conflit-d-interets virement-fournisseur""".split()


PACKAGE = ROOT / "plugins" / "grandlivre"
NUMBERS = re.compile(r"[1-9]\d{0,3}( [1-9]\d{0,3})*")
"""One account number of 1 to 4 digits, or several; none begins with 0."""
OTHER_NUMBERS = {
    "policy/periods.py": {"1"},
    "policy/values.py": {"3", "6047"},
    "reports/kit/wording.py": {"1", "2", "3", "4"},
    "tasks/past.py": {"1"},
    "viewer/compression.py": {"200"},
    "exchange/iati.py": {"1", "2", "3", "4", "10", "11", "24", "100", "110"},  # codes of the IATI lists, a percentage
}
"""Texts of digits that are no account: an example, a rank, a port, an answer's status."""


def numbers_in(source: str) -> set[str]:
    """The texts of a module that are account numbers; the parts of an f-string (widths, examples) are not texts."""
    tree = ast.parse(source)
    parts = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in parts)
    return {text for text in texts if isinstance(text, str) and NUMBERS.fullmatch(text)}


def tracked() -> list[Path]:
    """The files git knows."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


def test_every_rule_of_the_contract_exists() -> None:
    assert set(CONTRACT) <= {voice.id for voice in VOICES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_documented(rule: type[Rule]) -> None:
    page = inspect.cleandoc(rule.__doc__ or "")
    assert len(page.splitlines()) >= 4, "the docstring is the manual page"
    assert page.splitlines()[0].endswith((".", ":", ","))
    for name, info in rule.model_fields.items():
        assert field_docs(rule).get(name), f"{rule.id}.{name} says nothing of itself"
        key = info.alias or name
        assert re.fullmatch(r"[a-z][a-z0-9-]*", key), key
    for text in sentences(rule):
        assert text.rstrip().endswith((".", "?", ")", "}", "»")), text
        assert "\n" not in text
        list(string.Formatter().parse(text))


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.id)
def test_a_source_is_one_that_a_reader_can_open(voice: type[Voice]) -> None:
    """The manual, a law or a standard; never a paper that does not come with the program."""
    source = re.search(r"^Source : (.*?)(?:\n\n|\Z)", inspect.cleandoc(voice.__doc__ or ""), re.MULTILINE | re.DOTALL)
    assert source, "the page says where the rule comes from"
    assert not re.search(r"contrat (?:§|de\b)|audit de sécurité|\bS\d", source[1])


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.id)
def test_a_rule_as_shipped_is_what_yaml_that_says_nothing_makes(voice: type[Voice]) -> None:
    shipped, read = voice.shipped(), voice.model_validate({})
    assert (shipped, shipped.model_fields_set) == (read, read.model_fields_set)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_which_way_each_setting_weakens_it(rule: type[Rule]) -> None:
    assert set(rule.weakens) == set(rule.model_fields) - {"level", "waiver"}, "see rules/slack.py"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_has_a_marked_ledger_that_fails_and_passes(rule: type[Rule]) -> None:
    folder = ROOT / "tests" / "checks"
    files = [
        folder / f"{rule.id}.beancount",
        *(folder / rule.id).rglob("*.beancount"),
        *(folder / rule.id).rglob("*.yaml"),
        *(folder / rule.id).rglob("*.marques"),
    ]
    text = "".join(path.read_text(encoding="utf-8") for path in files if path.exists())
    assert re.search(rf"[;#] (erreur|alerte): {rule.id}\b", text), f"no marked ledger complains of {rule.id}"
    assert len(re.findall(r"^\d{4}-\d{2}-\d{2} ", text, re.MULTILINE)) > len(
        re.findall(rf"[;#] erreur: {rule.id}", text)
    )


def test_every_rule_stands_in_controles_yaml() -> None:
    node = load(ROOT / "rules" / "controles.yaml", [])
    assert isinstance(node, Block)
    assert sorted(node.items) == sorted(rule.id for rule in RULES if rule.settable)


def test_the_catalogue_is_current() -> None:
    assert (ROOT / "rules" / "README.md").read_text(encoding="utf-8") == catalogue(VOICES), "run scripts/catalogue.py"


@pytest.mark.parametrize("folder", ["ledger", "rules", "templates", "plugins"])
def test_top_level_folders_explain_themselves(folder: str) -> None:
    assert len((ROOT / folder / "README.md").read_text(encoding="utf-8")) > 500


def test_nothing_names_a_machine_or_a_registry() -> None:
    words = ["/wo~rk/main", "/wo~rk/shared", "/tm~p/venv", "pypi~.org/simple", "files.python~hosted"]
    forbidden = re.compile("|".join(re.escape(word.replace("~", "")) for word in words).encode())
    guilty = [path.name for path in tracked() if path.stat().st_size < 400_000 and forbidden.search(path.read_bytes())]
    assert guilty == []


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for group in project["optional-dependencies"].values() for name in group),
    ]
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in pins.splitlines() if "==" in line}
    names = {re.split(r"[<>=!\[]", name)[0].lower().replace("_", "-") for name in wanted}
    assert names <= pinned
    assert "://" not in pins
    assert {"beancount==3.2.3", "fava==1.30.16"} <= set(project["dependencies"])


def test_the_editor_files_are_valid() -> None:
    for path in (ROOT / ".vscode").iterdir():
        json.loads(path.read_text(encoding="utf-8"))


def test_the_problem_matcher_reads_what_check_prints() -> None:
    tasks = json.loads((ROOT / ".vscode" / "tasks.json").read_text(encoding="utf-8"))
    pattern = tasks["tasks"][0]["problemMatcher"][0]["pattern"]["regexp"]
    line = "ledger/ue-eau/2026-03.beancount:214: erreur: Achat de 285 000 FCFA : il manque un devis. [trois-proformas]"
    match = re.match(pattern, line)
    assert match is not None
    assert match[2] == "214"


def test_every_row_of_the_security_table_names_a_test_that_exists() -> None:
    text = (ROOT / "plugins" / "SECURITY.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:S\d+(?:, )?)+) \|.*\| (`.*`) \|$", text, re.MULTILINE)
    assert {int(number) for names, _ in rows for number in re.findall(r"\d+", names)} == set(range(1, 38))
    for _, tests in rows:
        for path, name in re.findall(r"`([\w/]+\.py)::(\w+)`", tests):
            assert f"def {name}(" in (ROOT / "tests" / path).read_text(encoding="utf-8"), (path, name)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "plugins/SECURITY.md" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]


def test_ci_runs_what_developers_run() -> None:
    assert "scripts/test.py" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_what_an_account_number_means_is_said_once() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix(): numbers_in(path.read_text(encoding="utf-8"))
        for path in PACKAGE.rglob("*.py")
    }
    assert found.pop("policy/sycebnl.py"), "the meanings stand there"
    own = {name: left for name, numbers in found.items() if (left := numbers - OTHER_NUMBERS.get(name, set()))}
    assert own == {}, "say it in policy/sycebnl.py"
    assert all(found[name] >= numbers for name, numbers in OTHER_NUMBERS.items()), "gone: take it out of OTHER_NUMBERS"


@pytest.mark.parametrize(
    "source",
    ['a.is_("57")', 'n.startswith(("4", x))', 'KINDS = {"52": "BQ"}', 'ALL = "10 14 462".split()'],
)
def test_an_account_number_is_seen_however_it_is_written(source: str) -> None:
    assert numbers_in(source)
