"""Rules are shown to readers as people write them."""

from __future__ import annotations

import ast
import re
import unicodedata
from importlib import resources
from pathlib import Path

import pytest

from grandlivre.i18n import Message, counted, in_words
from grandlivre.inspection import voices


def bare(text: str) -> str:
    return "".join(ch for ch in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(ch))


MANUALS = " ".join(cls.__doc__ or "" for cls in voices())
ACCENTED = {bare(word): word.casefold() for word in re.findall(r"\w+", MANUALS) if bare(word) != word.casefold()}
"""The words that the manual pages write with accents only."""
PLAIN = {word.casefold() for word in re.findall(r"\w+", MANUALS)}


@pytest.mark.parametrize("name", [cls.id for cls in voices()])
def test_title_of_a_rule(name: str) -> None:
    title = in_words(name)
    assert bare(title).replace("'", " ") == name.replace("-", " ")
    assert title[0].isupper()
    for word in name.split("-"):
        if word in ACCENTED and word not in PLAIN:
            assert bare(title) != title.casefold(), f"{word} is written {ACCENTED[word]}"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (counted(0, "opération lue"), "0 opération lue"),
        (counted(1, "opération lue"), "1 opération lue"),
        (counted(1200, "opération lue"), "1 200 opérations lues"),
        (counted(2, "constat nouveau", "constats nouveaux"), "2 constats nouveaux"),
        (counted(0, "erreur", none="aucune"), "aucune erreur"),
        (Message("Il faut {found:proforma}.")(found=3), "Il faut 3 proformas."),
        (Message("{n:cheval|chevaux} et {n:mois}.")(n=2), "2 chevaux et 2 mois."),
    ],
)
def test_plural_is_written(said: str, text: str) -> None:
    assert said == text


def test_no_plural_is_left_to_the_reader() -> None:
    """« 3 erreur(s) » asks the reader to write the French: `counted` does."""
    package = Path(str(resources.files("grandlivre")))
    lazy = [
        f"{path.name}:{node.lineno} {node.value}"
        for path in sorted(package.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"\w\((s|es|e|x)\)", node.value)
    ]
    assert not lazy
