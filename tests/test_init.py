"""A new organisation: what `init` writes is clean, its example works, an opening balance is taken or refused by row."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from beancount import loader
from click.testing import CliRunner, Result
from openpyxl import Workbook

from grandlivre.checks import rule_classes
from grandlivre.cli import cli
from grandlivre.importers.formats import load_formats
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.loading import load_policy
from grandlivre.rules import Level, configure
from grandlivre.scaffold import program
from grandlivre.scaffold.accounts import opened
from grandlivre.scaffold.examples import forms
from grandlivre.scaffold.founding import SCRIPTS
from grandlivre.scaffold.organisation import FINANCINGS, NewTree
from grandlivre.sources.problem import Problem
from small_books import close, ready

__all__ = ["ready"]
ROOT = Path(__file__).resolve().parent.parent
PLAN = tuple(
    f"--arbre={code}:Bailleur {code}:{financing}:BE"
    for code, financing in (
        ("UE-EAU", "fonds-administration"),
        ("EDU", "fonds-affectes"),
        ("GENRE", "subvention-exploitation"),
        ("BATIR", "subvention-investissement"),
        ("DONS", "don"),
        ("AVANCE", "avance"),
    )
)


@pytest.fixture(autouse=True)
def _git_of_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Git as on a fresh machine: no configuration, and no repository above the test's folder."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))


def init(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["init", str(folder), "--oui", "--exercice", "2026", *words])


def books(folder: Path) -> Inspection:
    return inspect(folder / "ledger" / "main.beancount")


def sheet(path: Path, rows: Iterable[tuple[object, ...]]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


BALANCE: tuple[tuple[object, ...], ...] = (
    ("ASSOCIATION EXEMPLE", None, None, None, None, None, None),
    ("Balance générale au 31/12/2025", None, None, None, None, None, None),
    (None, None, "Mouvements", None, "Soldes", None, None),
    ("N° compte", "Intitulé du compte", "Débit", "Crédit", "Débit", "Crédit", "Bailleur"),
    ("Classe 1", None, None, None, None, None, None),
    ("121", "Report à nouveau", None, 4_000_000, None, "2 411 500", ""),
    (401100, "Fournisseurs d'exploitation", 100_000, 250_000, None, 150_000, None),
    ("421100", "Personnel, avances", 61_500, None, 61_500, None, None),
    ("52118", "Banque de l'Avenir", 9_000_000, 6_600_000, 2_400_000.0, None, None),
    ("5711", "Caisse du siège", 900_000, 800_000, "100\u202f000", None, None),
    ("6047", "Fournitures", 10, 10, 0, 0, None),
    ("462", "Fonds d'administration", None, 700_000, None, 700_000, "UE-EAU"),
    ("5211", "Banque du projet", 700_000, None, 700_000, None, "UE-EAU"),
    ("Total", None, 1, 1, 3_261_500, 3_261_500, None),
)


def test_a_new_organisation_is_clean_and_its_first_commit_is_made(tmp_path: Path) -> None:
    result = init(tmp_path / "ong", "--sigle", "AVEC", "--nom", "Association d'entraide « Avec »", *PLAN)
    assert result.exit_code == 0, result.output
    found = books(tmp_path / "ong")
    assert (found.findings, found.halted) == ((), False)
    entries, errors, _ = loader.load_file(str(tmp_path / "ong/ledger/main.beancount"))
    assert errors == []
    assert len(entries) > 200
    if shutil.which("git"):
        said = subprocess.run(
            ["git", "status", "--short"], cwd=tmp_path / "ong", capture_output=True, text=True, check=True
        )
        assert said.stdout == ""
        log = subprocess.run(
            ["git", "log", "--format=%s"], cwd=tmp_path / "ong", capture_output=True, text=True, check=True
        )
        assert log.stdout == "Livres de AVEC ouverts\n"


def test_controls_are_written_at_their_defaults(tmp_path: Path) -> None:
    assert init(tmp_path / "ong").exit_code == 0
    policy = load_policy(tmp_path / "ong" / "rules")
    written = {rule.id for rule in rule_classes() if rule.settable}
    assert set(policy.controls) == written
    rules, policy = configure(rule_classes(), policy)
    assert policy.problems == ()
    for rule in rules:
        assert rule == type(rule).model_validate({}), rule.id


def test_the_first_expense_of_the_readme_works(tmp_path: Path) -> None:
    assert init(tmp_path / "ong", *PLAN).exit_code == 0
    example = re.search(r"```beancount\n(.*?)```", (tmp_path / "ong/README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    month = tmp_path / "ong/ledger/fonct/2026-01.beancount"
    month.write_text(month.read_text(encoding="utf-8") + example[1], encoding="utf-8", newline="\n")
    found = books(tmp_path / "ong")
    waited = {(rule, Level.WARNING) for rule in WAITED}
    assert {(finding.rule, finding.level) for finding in found.findings} == waited
    assert len(found.books.entries) == 4
    assert found.books.entries[-1].movements[0].units == 10750


EVERYTHING = (*PLAN, "--mobile", "FONCT:Orange Money", "--banque", "FONCT:BIM")
FEW = ("--caisse", "FONCT:non", "--exercice", "2026-03-20:2027-03-19")
PEOPLE_OF_THEIR_OWN = tuple(
    f"--personne={each}"
    for each in (
        "aminata:Aminata Diallo:Directrice:direction",
        "moussa:Moussa Keïta:Trésorier:bureau-executif",
        "fanta:Fanta Coulibaly:Comptable:appui",
        "seydou:Seydou Traoré:Caissier:appui",
    )
)


def paste(folder: Path, month: str, block: str) -> None:
    """Puts each entry of a form in the month's file of its tree, as somebody would."""
    for entry in re.split(r"\n(?=\d{4}-)", block):
        tree = re.search(r'(?:Actif|Passif|Capitaux|Produits|Charges):([A-Z-]+):|piece: "[A-Z]{2}-([A-Z-]+?)-\d', entry)
        code = next(filter(None, tree.groups()), "FONCT") if tree else "FONCT"
        with (folder / f"ledger/{code.lower()}/{month}.beancount").open("a", encoding="utf-8", newline="\n") as file:
            file.write(f"\n{entry}\n")


@pytest.mark.parametrize(
    "words", [EVERYTHING, FEW, (*PLAN[:2], *PEOPLE_OF_THEIR_OWN)], ids=["tout", "peu", "personnes"]
)
def test_every_form_of_the_page_passes_check(words: tuple[str, ...], tmp_path: Path) -> None:
    """Pasted one after another into the new books; the papers they wait for are the only thing said of them."""
    made = init(tmp_path / "ong", *words)
    assert made.exit_code == 0, made.output
    page = (tmp_path / "ong/ledger/README.md").read_text(encoding="utf-8")
    readme = (tmp_path / "ong/README.md").read_text(encoding="utf-8")
    shown = [("", "README", block) for block in re.findall(r"```beancount\n(.*?)```", readme, re.DOTALL)] + forms(page)
    assert len(shown) == 1 + page.count("```beancount"), "every form has its title and its word"
    month = re.search(r"month (\d{4}-\d\d)` prépare", page)
    assert month is not None
    for word, title, block in shown:
        paste(tmp_path / "ong", month[1], block)
        if words is not EVERYTHING and word != shown[-1][0]:
            continue
        found = inspect(tmp_path / "ong/ledger/main.beancount")
        said = [f"{each.rule}: {each.message}" for each in found.findings if each.rule not in WAITED]
        assert not found.halted, (title, said)
        assert said == [], title
    assert found.errors == 0
    snippets = json.loads((tmp_path / "ong/.vscode/grandlivre.code-snippets").read_text(encoding="utf-8"))
    assert {each["prefix"] for each in snippets.values()} == {word for word, *_ in forms(page)}
    assert "tresoriere" not in json.dumps(snippets)


WAITED = {"piece-justificative", "budget-non-adopte"}
"""What the forms of new books still wait for: the papers, and the board's meeting that adopted the budgets."""


def test_the_agreement_of_the_page_reads(tmp_path: Path) -> None:
    assert init(tmp_path / "ong", *PLAN[:1]).exit_code == 0
    page = (tmp_path / "ong/ledger/README.md").read_text(encoding="utf-8")
    block = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert block is not None
    with (tmp_path / "ong/rules/bailleurs/ue-eau.yaml").open("a", encoding="utf-8", newline="\n") as file:
        file.write(block[1])
    found = books(tmp_path / "ong")
    assert found.findings == ()
    assert [each.id for each in found.books.policy.donors["UE-EAU"].agreements] == ["UE-EAU-2026", "UE-EAU-2027"]


def test_the_editor_completes_with_accounts_that_are_open() -> None:
    """This repository's own snippets name the accounts of its books."""
    text = (ROOT / ".vscode/grandlivre.code-snippets").read_text(encoding="utf-8")
    opened_here = (ROOT / "ledger/ue-eau/comptes.beancount").read_text(encoding="utf-8")
    leaves = re.findall(r"(?:Actif|Passif|Charges):\$\{\d(?::UE-EAU)?\}:([\w-]+)", text)
    assert len(leaves) > 10
    assert [leaf for leaf in leaves if f":{leaf} " not in opened_here] == []
    words = {each["prefix"] for each in json.loads(text).values()}
    assert {"equipe", "bureau", "activite", "organe-communautaire", "cotisation"} <= words


@pytest.mark.parametrize("financing", FINANCINGS)
def test_every_account_opened_is_of_the_chart(financing: str) -> None:
    policy = load_policy(ROOT / "rules")
    for each in opened(NewTree("A", "A", financing)):
        assert policy.chart.holds(each.number), each


def test_an_opening_balance_and_its_chart_come_from_a_spreadsheet(tmp_path: Path) -> None:
    source = sheet(tmp_path / "balance.xlsx", BALANCE)
    result = init(tmp_path / "ong", "--from", str(source), "--arbre", "UE-EAU:Union:fonds-administration:BE")
    assert result.exit_code == 0, result.output
    found = books(tmp_path / "ong")
    assert found.findings == ()
    opening = {entry.piece: {m.account.name: m.units for m in entry.movements} for entry in found.books.entries}
    assert opening == {
        "OD-FONCT-2026-0001": {
            "Capitaux:FONCT:121-Report-a-nouveau": -2_411_500,
            "Passif:FONCT:401100-Fournisseurs-d-exploitation": -150_000,
            "Actif:FONCT:421100-Personnel-avances": 61_500,
            "Actif:FONCT:52118-Banque-de-l-Avenir": 2_400_000,
            "Actif:FONCT:5711-Caisse": 100_000,
        },
        "OD-UE-EAU-2026-0001": {
            "Passif:UE-EAU:462-Fonds-administration": -700_000,
            "Actif:UE-EAU:5211-Banque-du-projet": 700_000,
        },
    }
    assert found.books.policy.donors["FONCT"].accounts.bank == "Actif:FONCT:52118-Banque-de-l-Avenir"
    assert (tmp_path / "ong/ledger/documents/fonct/2026-01/OD-FONCT-2026-0001.xlsx").read_bytes() == source.read_bytes()


def changed(row: int, cells: tuple[object, ...]) -> tuple[tuple[object, ...], ...]:
    return tuple(cells if rank == row else each for rank, each in enumerate(BALANCE, 1))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            changed(7, (401100, "Fournisseurs", None, None, None, "150 000,50")),
            "balance.xlsx:7: « 150 000,50 » n'est pas un montant",
        ),
        (changed(7, (999999, "Fournisseurs", None, None, None, 150_000)), "balance.xlsx:7: Le compte 999999"),
        (changed(7, (40, "Fournisseurs", None, None, None, 150_000)), "Le projet"),
        (changed(8, ("401100", "Encore", None, None, 61_500)), "balance.xlsx:8: Le compte 401100 est déjà ligne 7"),
        (changed(9, ("52118", "Banque", None, None, 2_400_001)), "écart 1 FCFA"),
        (
            changed(11, ("6047", "Fournitures", None, None, 10, None)),
            "balance.xlsx:11: Le compte 6047 porte un solde de 10 FCFA",
        ),
        (
            changed(12, ("462", "Fonds", None, None, None, 700_000, "UE-EUA")),
            "balance.xlsx:12: Le projet « UE-EUA » n'existe pas",
        ),
        (
            changed(10, ("52119", "Autre banque", None, None, 100_000, None, "UE-EAU")),
            "UE-EAU aurait 2 comptes de banque",
        ),
        (
            changed(9, ("52118", "Banque", None, None, "(240.000)")),
            "« (240.000) » (compte 52118) se lit 240 000 ou 240",
        ),
        (
            changed(9, ("52118", "Banque", None, None, None, None, None, None, 2_400_000)),
            "balance.xlsx:9: Le compte 52118 porte 2400000 sous aucun titre",
        ),
        (
            changed(9, ("4012X", "Report à nouveau", None, None, 2_400_000)),
            "balance.xlsx:9: Le compte « 4012X » ne se lit pas",
        ),
        (
            changed(9, ("4011TOTAL", "TOTAL MALI SA", None, None, "٤٠٠")),
            "balance.xlsx:9: Le compte « 4011TOTAL » ne se lit pas",
        ),
        (BALANCE[:3], "Aucune ligne de titres"),
    ],
)
def test_a_wrong_balance_is_refused_by_row(tmp_path: Path, rows: tuple[tuple[object, ...], ...], said: str) -> None:
    source = sheet(tmp_path / "balance.xlsx", rows)
    tree = () if said == "Le projet" else ("--arbre", "UE-EAU:Union:fonds-administration:BE")
    result = init(tmp_path / "ong", "--from", str(source), *tree)
    assert result.exit_code == 2
    assert said in result.output
    assert not (tmp_path / "ong" / "ledger").exists()


def test_a_second_sheet_of_balance_is_named(tmp_path: Path) -> None:
    book = Workbook()
    for name in ("FONCT", "UE-EAU"):
        for row in BALANCE:
            (book[name] if name in book else book.create_sheet(name)).append(row)
    book.save(tmp_path / "balance.xlsx")
    result = init(tmp_path / "ong", "--from", str(tmp_path / "balance.xlsx"))
    assert (result.exit_code, "« FONCT », « UE-EAU »" in result.output) == (2, True), result.output


def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "balance.xlsx"
    source.write_text("N° compte;Solde\n", encoding="utf-8")
    result = init(tmp_path / "ong", "--from", str(source))
    assert (result.exit_code, "classeur xlsx lisible" in result.output) == (2, True)
    result = init(tmp_path / "ong", "--from", str(tmp_path / "rien.xlsx"))
    assert (result.exit_code, "introuvable" in result.output) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--arbre", "ue eau:Union:fonds-administration"), "« UE EAU » ne peut pas être un code de projet"),
        (("--arbre", "UE:Union:fonds"), "Le financement « fonds » de UE n'existe pas"),
        (("--arbre", "UE:Union:don", "--arbre", "UE:Union:don"), "Le projet UE est donné deux fois"),
        (("--arbre", "DOCUMENTS:D:don"), "ne peut pas être un code de projet"),
        (("--arbre", "UE:Union"), "--projet « UE:Union » ne se lit pas"),
        (("--caisse", "FONCT:awa"), "tenue par « awa », qui n'est pas une personne"),
        (("--banque", "EU:BDM"), "--banque EU : ce projet n'est pas donné"),
        (("--personne", "a:A:Agent:chefs"), "Le collège « chefs » de a n'existe pas"),
        (("--mandat", "absent:autorisation"), "donné à « absent »"),
        (("--mandat", "directeur:magie"), "Le pouvoir « magie » n'existe pas"),
        (("--devise", "francs"), "n'est pas une devise"),
        (("--exercice", "2026-12-31:2026-01-01"), "avant de commencer"),
        (("--exercice", "26"), "n'est pas un exercice"),
    ],
)
def test_a_wrong_answer_is_refused_and_nothing_written(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    result = init(tmp_path / "ong", *words)
    assert result.exit_code == 2
    assert said in result.output
    assert not (tmp_path / "ong" / "ledger").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "le nom du dossier est vide"),
        ("livres [2026]", "Beancount le prendrait pour un motif"),
        ("livres*", "Beancount le prendrait pour un motif"),
        ("~/livres", "écrivez le chemin entier"),
        ("a\nb", "un caractère qui ne s'écrit pas"),
        ("a\udcffb", "un caractère qui ne s'écrit pas"),
        ("x" * 300, "trop long"),
        ("fichier/livres", "passe par un fichier"),
    ],
)
def test_a_folder_that_cannot_be_named_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fichier").touch()
    refused = CliRunner().invoke(cli, ["init", name, "--oui", "--exercice", "2026"])
    assert (refused.exit_code, said in refused.output) == (2, True), refused.output
    assert [each.name for each in tmp_path.iterdir()] == ["fichier"]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("à moi", encoding="utf-8")
    result = init(tmp_path)
    assert (result.exit_code, "n'est pas vide (notes.txt)" in result.output) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def interview(folder: Path, *lines: str, more: tuple[str, ...] = ()) -> Result:
    """`init` in a terminal, with these lines typed, then the end of the input."""
    return CliRunner().invoke(cli, ["init", str(folder), *more], input="\n".join(lines) + "\n")


@pytest.fixture
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grandlivre.cli._terminal.interactive", lambda: True)


IDENTITY = ("AVEC", "Avec nous", "XOF", "2027")
PEOPLE = ("", "", "Awa Traoré", "", "", "Fatou Bah", "", "Cheffe de projet", "3", "")
DONOR = ("eau", "Union", "2", "be", "UE/2027/4", "2027-03-01", "2028-02-28", "150 000 EUR", "", "")
MONEY = ("BDM", "fatou-bah", "Koro", "caissier", "", "Orange Money", "", "BIM", "BNDA", "", "non", "", "5 000 000")


@pytest.mark.usefixtures("_terminal")
def test_questions_are_asked(tmp_path: Path) -> None:
    result = interview(tmp_path / "ong", *IDENTITY, *PEOPLE, *DONOR, *MONEY, "o")
    assert result.exit_code == 0, result.output
    policy = load_policy(tmp_path / "ong" / "rules")
    assert policy.people["directeur"].name == "Awa Traoré"
    assert policy.people["fatou-bah"].college == "programme"
    eau = policy.donors["EAU"]
    assert eau.accounts.bank == "Actif:EAU:52111-Banque-BDM"
    assert [(till.account, till.cashier) for till in eau.accounts.tills] == [
        ("Actif:EAU:57111-Caisse", "fatou-bah"),
        ("Actif:EAU:57112-Caisse-Koro", "caissier"),
    ]
    assert eau.accounts.mobile == ("Actif:EAU:5521-Orange-Money",)
    [agreement] = eau.agreements
    assert (agreement.id, agreement.number, str(agreement.start)) == ("UE-2027-4", "UE/2027/4", "2027-03-01")
    assert agreement.amount is not None
    assert (agreement.amount.units, agreement.amount.currency) == (15_000_000, "EUR")
    assert agreement.in_francs(agreement.amount, agreement.start) == 98_393_550
    fonct = policy.donors["FONCT"].accounts
    assert fonct.tills == ()
    assert fonct.banks == ("Actif:FONCT:52112-Banque-BIM", "Actif:FONCT:52113-Banque-BNDA")
    assert {mandate.ceiling.units for mandate in policy.mandates if mandate.ceiling} == {5_000_000}
    assert books(tmp_path / "ong").findings == ()
    assert not (tmp_path / "ong/.grandlivre/ouverture.json").exists()


@pytest.mark.usefixtures("_terminal")
@pytest.mark.parametrize(
    ("before", "wrong", "said"),
    [
        (("AVEC", "Avec nous"), "EUR", "ne se tiennent pas en EUR"),
        (("AVEC", "Avec nous", ""), "26", "n'est pas un exercice"),
        ((*IDENTITY, "Awa Bah"), "AWA BAH", "est déjà le nom d'une personne"),
        ((*IDENTITY, *PEOPLE[:6]), "Fatou Bah", "Des minuscules"),
        ((*IDENTITY, *PEOPLE[:6]), "caissier", "désigne déjà quelqu'un"),
        ((*IDENTITY, *PEOPLE[:8]), "chefs", "Choix : direction, bureau-executif"),
        ((*IDENTITY, *PEOPLE), "fonct", "un bailleur, un projet"),
        ((*IDENTITY, *PEOPLE), "documents", "ne peut pas être un code de projet"),
        ((*IDENTITY, *PEOPLE, *DONOR[:2]), "dons", "Choix : fonds-administration"),
        ((*IDENTITY, *PEOPLE, *DONOR[:6]), "2027-02-28", "avant de commencer"),
        ((*IDENTITY, *PEOPLE, *DONOR[:7]), "150.000 EUR", "se lit de deux façons"),
        ((*IDENTITY, *PEOPLE, *DONOR, "BDM"), "fatou", "n'est pas une personne donnée"),
        ((*IDENTITY, *PEOPLE, *DONOR, *MONEY[:-1]), "beaucoup", "n'est pas un nombre"),
    ],
)
def test_a_wrong_answer_is_said_at_once_and_asked_again(
    before: tuple[str, ...], wrong: str, said: str, tmp_path: Path
) -> None:
    result = interview(tmp_path / "ong", *before, wrong)
    assert said in result.output
    assert "Vos réponses sont gardées" in result.output
    assert not (tmp_path / "ong/ledger").exists()
    kept = json.loads((tmp_path / "ong/.grandlivre/ouverture.json").read_text(encoding="utf-8"))
    assert len(kept) == len(before), "what was right is kept, what was wrong is not"


@pytest.mark.usefixtures("_terminal")
def test_an_interview_that_was_left_goes_on_and_goes_back(tmp_path: Path) -> None:
    everything = (*IDENTITY, *PEOPLE, *DONOR, *MONEY)
    left = interview(tmp_path / "ong", *everything[:12])
    assert (left.exit_code, "Rien n'a été écrit" in left.output) == (0, True)
    refused = interview(tmp_path / "ong", *everything[12:], "n")
    assert "12 réponses gardées sont reprises" in refused.output
    assert (refused.exit_code, "Vos réponses sont gardées" in refused.output) == (0, True)
    made = interview(tmp_path / "ong", "retour", "6 000 000", "o")
    assert made.exit_code == 0, made.output
    policy = load_policy(tmp_path / "ong" / "rules")
    assert {mandate.ceiling.units for mandate in policy.mandates if mandate.ceiling} == {6_000_000}
    assert policy.donors["EAU"].accounts.mobile == ("Actif:EAU:5521-Orange-Money",)


@pytest.mark.usefixtures("_terminal")
def test_one_may_begin_again_and_ask_what_a_word_means(tmp_path: Path) -> None:
    result = interview(tmp_path / "ong", *IDENTITY, *PEOPLE[:8], "?", "recommencer", "NOUS", "retour", "NOTRE", "Nous")
    assert "bureau-executif : les élus" in result.output
    kept = json.loads((tmp_path / "ong/.grandlivre/ouverture.json").read_text(encoding="utf-8"))
    assert [answer for _, answer in kept] == ["NOTRE", "Nous"]
    result = interview(tmp_path / "ong", "", "", *PEOPLE, *DONOR[:2], "?")
    assert "fonds-affectes : l'argent d'un projet porté par l'association" in result.output


@pytest.mark.usefixtures("_terminal")
def test_a_faulty_balance_loses_no_answer(tmp_path: Path) -> None:
    everything = (*IDENTITY, *PEOPLE, "", "BDM", "", "", "non", "", "")
    source = sheet(tmp_path / "balance.xlsx", BALANCE[:3])
    result = interview(tmp_path / "ong", *everything, more=("--from", str(source)))
    assert (result.exit_code, "Aucune ligne de titres" in result.output) == (2, True), result.output
    assert len(json.loads((tmp_path / "ong/.grandlivre/ouverture.json").read_text(encoding="utf-8"))) > 15
    result = interview(tmp_path / "ong", "o")
    assert result.exit_code == 0, result.output
    assert [till.account for till in load_policy(tmp_path / "ong/rules").donors["FONCT"].accounts.tills] == [
        "Actif:FONCT:5711-Caisse"
    ]


def test_the_organisation_itself_may_have_several_banks(tmp_path: Path) -> None:
    rows = changed(10, ("52119", "Banque du Sahel", None, None, 100_000, None))
    result = init(tmp_path / "ong", "--from", str(sheet(tmp_path / "balance.xlsx", rows)), *PLAN[:1])
    assert result.exit_code == 0, result.output
    found = books(tmp_path / "ong")
    assert found.findings == ()
    assert found.books.policy.donors["FONCT"].accounts.banks == (
        "Actif:FONCT:52118-Banque-de-l-Avenir",
        "Actif:FONCT:52119-Banque-du-Sahel",
    )
    donor = tmp_path / "ong/rules/bailleurs/ue-eau.yaml"
    text = donor.read_text(encoding="utf-8").replace(
        "  mobile: []", "  autres-banques: [Actif:UE-EAU:5212-B]\n  mobile: []"
    )
    donor.write_text(text, encoding="utf-8")
    assert any("n'est permis que dans FONCT" in each.message for each in books(tmp_path / "ong").findings)


def test_tills_electronic_money_and_agreements_are_options_too(tmp_path: Path) -> None:
    words = ("--arbre", "EAU:Union:fonds-affectes:BE", "--caisse", "EAU:caissier", "--caisse", "EAU:personne:Koro")
    words += ("--mobile", "EAU:Orange Money", "--mobile", "EAU:Moov", "--caisse", "FONCT:non")
    words += ("--convention", "EAU:UE/2026/4:2026-03-01:2027-02-28:150 000 USD:601,25")
    result = init(tmp_path / "ong", *words)
    assert result.exit_code == 0, result.output
    eau = load_policy(tmp_path / "ong" / "rules").donors["EAU"]
    assert [till.account.split(":")[2] for till in eau.accounts.tills] == ["57111-Caisse", "57112-Caisse-Koro"]
    assert [name.split(":")[2] for name in eau.accounts.mobile] == ["5521-Orange-Money", "5522-Moov"]
    [agreement] = eau.agreements
    assert agreement.amount is not None
    assert agreement.in_francs(agreement.amount, agreement.start) == 90_187_500
    assert agreement.rate_policy == "fixe", "a currency without a parity says how it is converted"
    for words, said in (
        (("--convention", "UE:1:2026-01-01:2026-12-31"), "--convention UE : ce projet n'est pas donné"),
        (("--convention", "FONCT:1:2026-01-01"), "ne se lit pas"),
        (("--convention", "FONCT:1:2026-02-01:2026-01-31"), "avant de commencer"),
        (("--convention", "FONCT:1:2026-01-01:2026-12-31:9 USD"), "Un taux est attendu"),
        (("--convention", "FONCT:1:2026-01-01:2026-12-31:9 USD:mois"), "mois=601,25"),
        (("--mobile", "FONCT"), "--mobile « FONCT » ne se lit pas"),
    ):
        refused = init(tmp_path / "non", *words)
        assert (refused.exit_code, said in refused.output) == (2, True), refused.output


def test_a_policy_is_asked_what_it_needs_only(tmp_path: Path) -> None:
    """A fixed rate is the agreement's; monthly ones stand in their own file; an instalment says its own."""
    words: list[str] = []
    for code, said in (("A", "mois=601,25"), ("B", "moyenne-mensuelle=440"), ("C", "encaissement=599,5"), ("D", "encaissement-pondere=600")):  # fmt: skip
        words += ["--arbre", f"{code}:Don {code}:fonds-administration:US", "--caisse", f"{code}:non"]
        words += ["--convention", f"{code}:{code}/1:2026-02-01:2026-12-31:90 000 {'CAD' if code == 'B' else 'USD'}:{said}"]  # fmt: skip
    result = init(tmp_path / "ong", *words)
    assert result.exit_code == 0, result.output
    policy = load_policy(tmp_path / "ong" / "rules")
    assert policy.problems == ()
    signed = {code: policy.donors[code].agreements[0] for code in "ABCD"}
    assert [each.rate_policy for each in signed.values()] == [
        "mois", "moyenne-mensuelle", "encaissement", "encaissement-pondere",
    ]  # fmt: skip
    texts = {code: (tmp_path / f"ong/rules/bailleurs/{code.lower()}.yaml").read_text(encoding="utf-8") for code in "ABCD"}  # fmt: skip
    assert [re.findall(r"^ +taux: .*", text, re.MULTILINE) for text in texts.values()] == [
        [], [], ["    taux: [{depuis: 2026-02-01, valeur: 599.5}]"], ["    taux: [{depuis: 2026-02-01, valeur: 600}]"],
    ]  # fmt: skip
    assert ["cout-unitaire: 80 USD" in texts[code] for code in "ABCD"] == [True, False, True, True]
    assert "cout-unitaire: 80 CAD" in texts["B"]
    rates = (tmp_path / "ong/rules/taux.yaml").read_text(encoding="utf-8")
    assert [line.strip() for line in rates.splitlines() if line.startswith("  ")] == [
        "- {devise: USD, mois: 2026-02, valeur: 601.25}",
        "- {devise: CAD, mois: 2026-02, valeur: 440}",
    ]
    assert books(tmp_path / "ong").findings == ()


@pytest.mark.usefixtures("_terminal")
def test_a_dollar_agreement_of_monthly_rates_is_asked_for_one_month(tmp_path: Path) -> None:
    signed = ("edu", "UNICEF", "1", "us", "U/1", "2027-03-01", "2028-02-28", "150 000 USD")
    result = interview(tmp_path / "ong", *IDENTITY, *PEOPLE, *signed, "?", "mensuel", "2", "601,25")
    assert "2 mois : chaque dépense au taux de son mois (rules/taux.yaml)" in result.output
    assert "Choix : fixe, mois, moyenne-mensuelle" in result.output
    assert "Taux publié pour mars 2027 : un USD vaut combien de XOF" in result.output
    assert "  Un USD vaut combien" not in result.output


def test_new_books_hold_formats_of_statements_to_copy(tmp_path: Path) -> None:
    assert init(tmp_path / "ong", "--banque", "FONCT:BIM").exit_code == 0
    problems: list[Problem] = []
    found = load_formats(tmp_path / "ong/rules/releves/exemples", problems)
    assert problems == []
    assert {form.kind for form in found.values()} == {"csv", "xlsx", "ofx"}
    assert {account for form in found.values() for account in form.accounts.values()} == {
        "Actif:FONCT:52111-Banque-BIM"
    }
    assert load_formats(tmp_path / "ong/rules/releves", problems) == {}


def test_the_editor_and_ci_files_name_only_this_organisation(tmp_path: Path) -> None:
    assert init(tmp_path / "ong", "--arbre", "SANTE:Santé:don:CA", "--banque", "SANTE:BIM").exit_code == 0
    text = "".join(
        path.read_text(encoding="utf-8")
        for path in (tmp_path / "ong").rglob("*")
        if path.is_file() and not {".git", "schemas", "outils"} & set(path.relative_to(tmp_path / "ong").parts)
    )
    assert "UE-EAU:" not in text
    assert "ANI-Mali" not in text
    assert not re.search(r"@[A-Z][A-Z0-9-]+@", text)
    for name in ("settings.json", "tasks.json", "extensions.json", "grandlivre.code-snippets"):
        json.loads((tmp_path / "ong/.vscode" / name).read_text(encoding="utf-8"))
    assert "52111-Banque-BIM" in (tmp_path / "ong/.vscode/grandlivre.code-snippets").read_text(encoding="utf-8")


def test_ci_files_install_the_program_the_books_keep_and_run_what_exists(tmp_path: Path) -> None:
    assert init(tmp_path / "ong").exit_code == 0
    github = yaml.safe_load((tmp_path / "ong/.github/workflows/controle.yml").read_text(encoding="utf-8"))
    gitlab = yaml.safe_load((tmp_path / "ong/.gitlab-ci.yml").read_text(encoding="utf-8"))
    steps = [step["run"] for step in github["jobs"]["controle"]["steps"] if "run" in step]
    commands = [*steps, *gitlab["controle"]["script"]]
    assert commands.count("pip install -c outils/constraints.txt outils/grandlivre-*.whl") == 2
    assert len(list((tmp_path / "ong").glob("outils/grandlivre-*.whl"))) == 1
    assert (tmp_path / "ong/outils/constraints.txt").read_bytes() == (ROOT / "constraints.txt").read_bytes()
    runner = CliRunner()
    ledger = str(tmp_path / "ong/ledger/main.beancount")
    for line in commands:
        words = line.split(">")[0].split("||")[0].split()
        if words[0] == "grandlivre":
            assert runner.invoke(cli, [*words[1:], "--ledger", ledger]).exit_code == 0, line


def test_new_books_name_no_package_that_anybody_could_own(tmp_path: Path) -> None:
    """Whoever takes a name on a public index would run code on every machine: pip is given a file, never our bare name."""
    assert init(tmp_path / "ong").exit_code == 0
    for path in sorted((tmp_path / "ong").rglob("*")):
        if path.is_file() and path.suffix not in (".whl", ".json") and ".git" not in path.parts:
            for line in path.read_text(encoding="utf-8").splitlines():
                if re.search(r"\bpip3?\b.*\binstall\b", line):
                    assert not re.search(r"install\b.*[ \"']grandlivre\b(?!-\*\.whl)", line), f"{path}: {line}"


HOOK_TOOLS = shutil.which("git") is None or shutil.which("sh") is None


@pytest.mark.skipif(HOOK_TOOLS, reason="git and sh are not here")
def test_git_checks_the_books_before_each_commit(tmp_path: Path) -> None:
    """The hook finds the environment of the books by itself, and says in French that there is none."""
    books = tmp_path / "mes livres"
    assert init(books).exit_code == 0
    quiet = {**os.environ, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "PATH": "/usr/bin:/bin"}
    quiet |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}

    def commit(text: str, *names: str) -> subprocess.CompletedProcess[str]:
        for name in names:
            with (books / name).open("a", encoding="utf-8", newline="\n") as changed:
                changed.write(text)
        command = ["git", "commit", "--all", "-m", "x"]
        return subprocess.run(
            command, cwd=books, env=quiet, capture_output=True, text=True, encoding="utf-8", check=False
        )

    done = commit("\n", "README.md")
    assert done.returncode == 0, done.stderr
    done = commit("; ok\n", "ledger/comptes.beancount")
    assert (done.returncode, "scripts/start.py" in done.stderr) == (1, True), done.stderr
    tool = books / ".venv/bin/grandlivre"
    tool.parent.mkdir(parents=True)
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m grandlivre "$@"\n', encoding="utf-8")
    tool.chmod(0o755)
    done = commit("", "ledger/comptes.beancount")
    assert done.returncode == 0, done.stdout + done.stderr
    done = commit('\n2026-01-05 * "x" "y"\n', "ledger/fonct/2026-01.beancount")
    assert done.returncode == 1
    assert "[numerotation-pieces]" in done.stdout + done.stderr


@pytest.mark.skipif(HOOK_TOOLS, reason="git and sh are not here")
def test_a_push_is_read_recording_by_recording(tmp_path: Path, ready: Path) -> None:
    """What the CI calls, over real commits: a file of a closing taken away and put back is refused; a rule is told."""
    books = tmp_path / "ong"
    assert init(books).exit_code == 0
    quiet = {**os.environ, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a"}
    quiet |= {"GIT_COMMITTER_EMAIL": "a@b", "GRANDLIVRE_AUJOURDHUI": "2026-02-10"}
    tool = books / ".venv/bin/grandlivre"
    tool.parent.mkdir(parents=True)
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m grandlivre "$@"\n', encoding="utf-8")
    tool.chmod(0o755)

    def run(*words: str, fails: bool = False) -> str:
        done = subprocess.run(
            words, cwd=books, env=quiet, capture_output=True, text=True, encoding="utf-8", check=False
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout.strip()

    def record(subject: str) -> str:
        run("git", "add", "--all")
        run("git", "commit", "--quiet", "--no-verify", "-m", subject)
        return run("git", "rev-parse", "HEAD")

    assert "« HEAD »" in run("sh", "scripts/relire.sh", "HEAD")
    for name in ("ledger", "rules"):  # a month of books, closed
        shutil.rmtree(books / name)
        shutil.copytree(ready / name, books / name)
    done = close(books, "2026-01", "--date", "2026-02-10", "--oui")
    assert done.exit_code == 0, done.output
    closed = record("Livres de janvier")
    controls = books / "rules/controles.yaml"
    text = controls.read_text(encoding="utf-8")
    controls.write_text(re.sub(r"^decouvert:.*(\n .*)*", "decouvert: non", text, flags=re.MULTILINE), encoding="utf-8")
    record("Règle arrêtée")
    run("git", "rm", "--quiet", "ledger/documents/REGLES-2026-01.tsv")
    record("Fichier de la clôture retiré")
    run("git", "checkout", closed, "--", ".")
    record("Tout remis")
    shown = run("sh", "scripts/relire.sh", closed, fails=True)
    first, second, third, end = re.split(r"^(?=\d/3 |Aucune)", shown, flags=re.MULTILINE)[1:]
    assert "La règle decouvert est arrêtée." in first
    assert "REGLES-2026-01.tsv manque" in second
    assert "La règle decouvert est remise en service" in third
    assert end.endswith("dans un enregistrement ci-dessus.")
    # the next push goes on from there; a new branch is read from what it shares with the main one
    assert not re.search(r"^\d+/\d+ ", run("sh", "scripts/relire.sh", "HEAD"), flags=re.MULTILINE)
    run("git", "branch", "principale", "HEAD~2")
    assert "2/2" in run("sh", "scripts/relire.sh", "0" * 40, "principale", fails=True)
    # before it is recorded, the hook says it already
    (books / "ledger/documents/REGLES-2026-01.tsv").unlink()
    run("git", "add", "--all")
    assert "REGLES-2026-01.tsv" in run(".githooks/pre-commit", fails=True)


@pytest.mark.skipif(HOOK_TOOLS, reason="git and sh are not here")
def test_a_clone_of_new_books_checks_clean_and_its_scripts_run(tmp_path: Path) -> None:
    assert init(tmp_path / "ong").exit_code == 0
    subprocess.run(["git", "clone", "--quiet", "ong", "copie"], cwd=tmp_path, check=True, capture_output=True)
    clone = tmp_path / "copie"
    assert books(clone).findings == ()
    for name in (".githooks/pre-commit", "scripts/ouvrir.sh"):
        assert os.access(clone / name, os.X_OK), name
    same = {path.relative_to(clone) for path in clone.rglob("*") if path.is_file() and ".git" not in path.parts}
    made = {path.relative_to(tmp_path / "ong") for path in (tmp_path / "ong").rglob("*") if path.is_file()}
    assert same == {path for path in made if path.parts[0] not in (".git", ".grandlivre")}


def test_the_wheel_carries_what_init_needs() -> None:
    included = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"][
        "targets"
    ]["wheel"]
    wanted = {"rules/plan-comptable.yaml", "rules/releves", "rules/schemas", ".vscode", "templates", "constraints.txt"}
    assert wanted | {f"scripts/{name}" for name in SCRIPTS} <= set(included["force-include"])


def test_the_wheel_the_books_keep_installs_and_checks_them(tmp_path: Path) -> None:
    assert init(tmp_path / "ong").exit_code == 0
    [kept] = (tmp_path / "ong/outils").glob("*.whl")
    quiet = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-index",
        "--no-deps",
        "--no-compile",
    ]
    subprocess.run([*pip, "--target", str(tmp_path / "site"), str(kept)], check=True, env=quiet)
    run = (
        "import sys, grandlivre, grandlivre.__main__ as main; from grandlivre.scaffold.program import wheel; "
        "open('autre.whl', 'wb').write(wheel()[1]); print(grandlivre.__file__); sys.argv[1:] = ['check']; main.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", run],
        cwd=tmp_path / "ong",
        env={**quiet, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert Path(done.stdout.splitlines()[0]).is_relative_to(tmp_path / "site")
    assert "Aucune erreur, aucune alerte" in done.stdout
    with zipfile.ZipFile(kept) as first, zipfile.ZipFile(tmp_path / "ong/autre.whl") as second:
        assert first.namelist() == second.namelist()
        assert first.testzip() is None


@pytest.mark.slow
def test_init_and_a_first_expense_work_from_the_wheel_alone(tmp_path: Path) -> None:
    built = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--disable-pip-version-check",
            "-w",
            str(tmp_path),
            str(ROOT),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    if built.returncode:
        pytest.skip("the wheel cannot be built here (hatchling is not at hand and there is no network)")
    [wheel] = tmp_path.glob("grandlivre-*.whl")
    with zipfile.ZipFile(wheel) as archive, zipfile.ZipFile(io.BytesIO(program.wheel()[1])) as ours:
        assert sorted(archive.namelist()) == sorted(ours.namelist())
    venv.EnvBuilder(with_pip=False).create(tmp_path / "env")
    python = tmp_path / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    site = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    )
    shutil.unpack_archive(wheel, site, "zip")
    libraries = [path for path in sys.path if path.endswith("site-packages") and Path(path).is_dir()]
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    (site / "libraries.pth").write_text("\n".join(libraries) + "\n", encoding="utf-8")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, "-m", "grandlivre", *words],
            cwd=tmp_path / "ong",
            env=clean,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=240,
        )

    (tmp_path / "ong").mkdir()
    made = run("init", ".", "--oui", "--exercice", "2026")
    assert made.returncode == 0, made.stdout + made.stderr
    where = subprocess.run(
        [python, "-c", "import grandlivre; print(grandlivre.__file__)"],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(site)
    example = re.search(r"```beancount\n(.*?)```", (tmp_path / "ong/README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    with (tmp_path / "ong/ledger/fonct/2026-01.beancount").open("a", encoding="utf-8", newline="\n") as month:
        month.write(example[1])
    checked = run("check", "--today", "2026-01-31")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    reported = run("report", "--all", "--format", "html", "--periode", "2026-01")
    assert reported.returncode == 0, reported.stdout + reported.stderr
    pages = list((tmp_path / "ong").rglob("*.html"))
    assert any("10\u202f750" in page.read_text(encoding="utf-8") for page in pages)


@pytest.mark.parametrize("day", ["2026-01-01", "2026-06-30", "2027-02-28", "2028-01-01"])
def test_new_books_are_clean_on_any_day(tmp_path: Path, day: str) -> None:
    """No rule asks for what is older than the books."""
    made = init(tmp_path / "ong", "--arbre", "UE-EAU:Union:fonds-administration:BE")
    assert made.exit_code == 0, made.output
    found = CliRunner().invoke(cli, ["check", "--ledger", str(tmp_path / "ong/ledger/main.beancount"), "--today", day])
    assert (found.exit_code, "Aucune erreur, aucune alerte" in found.output) == (0, True), found.output


def test_each_set_of_books_has_an_identity_of_its_own(tmp_path: Path) -> None:
    known = set()
    for name in ("a", "b"):
        assert init(tmp_path / name).exit_code == 0
        known.add(load_policy(tmp_path / name / "rules").organisation.books_id)
    assert len(known) == 2
    assert None not in known


def test_new_books_keep_the_bytes_of_visas_and_tell_how_to_sign(tmp_path: Path) -> None:
    """What is signed keeps its line ends whatever git does; three steps are told, and nobody is asked for a key."""
    made = init(tmp_path / "ong")
    assert made.exit_code == 0, made.output
    assert "clé" not in made.output
    kept = (tmp_path / "ong/.gitattributes").read_text(encoding="utf-8").splitlines()
    assert {"ledger/visas/** -text", "templates/** text eol=lf"} <= set(kept)
    page = (tmp_path / "ong/ledger/README.md").read_text(encoding="utf-8")
    steps = page.partition("## Signer avec sa clé (facultatif)")[2]
    for words in ("1. Chacun fait sa clé", "2. La ligne du fichier en `.pub`", "3. `grandlivre sign --personne"):
        assert words in steps
    for title in ("(intérim)", "Un téléphone ou une clé perdu", "Plus assez de gardiens", "Une clé remplacée"):
        assert f"{title}\n" in steps
    assert not (tmp_path / "ong/rules/cles.yaml").exists()
