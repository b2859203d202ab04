"""Amounts in words, as minutes of a cash count and payment orders print them."""

from __future__ import annotations

import re

_CURRENCIES = {"fr": ("franc CFA", "francs CFA"), "en": ("CFA franc", "CFA francs")}


def amount_in_words(francs: int, language: str = "fr") -> str:
    """« deux millions de francs CFA », « quatre-vingt-sept mille cinq cents francs CFA »; English for `en`."""
    from num2words import num2words

    language = language if language in _CURRENCIES else "fr"
    one, many = _CURRENCIES[language]
    words = str(num2words(abs(francs), lang=language))
    if language == "en":
        words = words.replace(",", "")
        unit = one if abs(francs) == 1 else many
    else:
        unit = one if abs(francs) < 2 else many
        if re.search(r"(million|milliard|billion|billiard|trillion)s?$", words):
            words += " de"
    minus = ("minus " if language == "en" else "moins ") if francs < 0 else ""
    return f"{minus}{words} {unit}"
