"""Amounts inside the sentences of minutes and vouchers: in words, and in figures that never break over two lines."""

from __future__ import annotations

import re
from datetime import date

from grandlivre import i18n

_CURRENCIES = {"fr": ("franc CFA", "francs CFA"), "en": ("CFA franc", "CFA francs")}
_THIN, _NBSP = "\u202f", "\u00a0"


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


def amount_in_figures(francs: int, language: str = "fr") -> str:
    """« 87 500 FCFA » with no-break spaces; « 87,500 XOF » for `en`."""
    if language == "en":
        return f"{francs:,}{_NBSP}XOF"
    return f"{i18n.integer(francs).replace(' ', _THIN)}{_NBSP}FCFA"


def day(value: date) -> str:
    """JJ/MM/AAAA."""
    return i18n.day(value)
