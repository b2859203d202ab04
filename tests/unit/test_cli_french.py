"""What a person reads from the command line is French: every page of help, every word of click, every misuse."""

from __future__ import annotations

import ast
import inspect
import re

import click
import pytest
from click.testing import CliRunner

from grandlivre.cli import cli
from grandlivre.cli._french import MODULES, WORDS

FOR_DEVELOPERS = re.compile(
    r"DeprecationWarning|^deprecated$|for option with declarations|No options defined|Arguments take exactly|defined twice"
    r"|cannot use the same flag|Invalid start character|Confirm the action|Unknown color|UUID|does not match the format"
    r"|^Choice\(|\{len_type\}|^%\(prog\)s"
)
"""What only a programmer who declares a command wrongly sees, and types that no command uses."""
ENGLISH = re.compile(r"\b(Usage|Show|exit|Error|Missing|Invalid|such|required|default|INTEGER|RANGE|COMMAND|ARGS)\b")
COMMANDS = cli.list_commands(click.Context(cli))


def run(*words: str):
    return CliRunner().invoke(cli, [*words], prog_name="grandlivre")


def said_by_click() -> set[str]:
    """Every sentence of click's modules that passes through gettext."""
    found = set()
    for module in MODULES:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "ngettext"):
                found |= {part.value for part in node.args if isinstance(part, ast.Constant)}
    return {text for text in found if not FOR_DEVELOPERS.search(text)}


def test_every_sentence_of_click_has_its_french():
    assert said_by_click() - set(WORDS) == set()


def test_a_translation_fills_only_the_gaps_of_its_sentence():
    for english, french in WORDS.items():
        gaps = re.compile(r"\{(\w+)")
        assert set(gaps.findall(french)) <= set(gaps.findall(english)), english


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_french_and_names_its_options(command):
    shown = run(*filter(None, [command]), "--help")
    assert shown.exit_code == 0
    assert shown.output.startswith("Emploi : grandlivre")
    assert ENGLISH.findall(shown.output) == []
    if command:
        found = cli.get_command(click.Context(cli), command)
        assert found is not None
        assert all(option.help for option in found.params if isinstance(option, click.Option))
        assert found.help
        assert found.short_help


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["chek"], "Erreur : La commande « chek » n'existe pas. Vouliez-vous écrire « check » ?"),
        (["--oui"], "Erreur : L'option « --oui » n'existe pas."),
        (["check", "--form"], "Vouliez-vous écrire '--format' ?"),
        (["check", "--format", "xml"], "Valeur refusée pour '--format' : « xml » n'est pas parmi 'text', 'json'"),
        (["check", "--today"], "L'option « --today » attend une valeur."),
        (["check", "--today", "2026-02-30"], "« 2026-02-30 » n'est pas une date"),
        (["check", "trop"], "Un mot est de trop : trop."),
        (["month"], "Il manque l'argument 'AAAA-MM'."),
        (["rules", "a", "b", "c"], "Des mots sont de trop : b c."),
        (["serve", "--port", "abc"], "« abc » n'est pas un nombre entier."),
        (["serve", "--port", "99999"], "99999 n'est pas dans l'intervalle 0<=x<=65535."),
        (["reconcile", "5211"], "Il manque l'option '--releve'."),
    ],
)
def test_a_misuse_is_said_in_french(words, said):
    shown = run(*words)
    assert shown.exit_code == 2
    assert said in " ".join(shown.output.split())
    assert ENGLISH.findall(shown.output) == []


def test_the_locale_changes_nothing(monkeypatch):
    for language in ("C", "de_DE.UTF-8", "en_US.UTF-8"):
        monkeypatch.setenv("LC_ALL", language)
        monkeypatch.setenv("LANGUAGE", language)
        assert "Erreur : L'option « --x » n'existe pas." in run("check", "--x").output
