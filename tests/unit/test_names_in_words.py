"""Rules are shown to readers as people write them."""

from __future__ import annotations

import re
import unicodedata

import pytest

from grandlivre.i18n import in_words
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
    assert bare(title) == name.replace("-", " ")
    assert title[0].isupper()
    for word in name.split("-"):
        if word in ACCENTED and word not in PLAIN:
            assert bare(title) != title.casefold(), f"{word} is written {ACCENTED[word]}"
