"""The words of reports: amounts in the sentences of minutes and vouchers, periods and modes of payment as readers call them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from grandlivre import i18n
from grandlivre.books.directives.governance import Decision
from grandlivre.policy.periods import Period

MODES = {"cheque": "chèque", "virement": "virement", "especes": "espèces", "mobile": "mobile"}
"""Modes of payment as they are printed, by what is typed."""
BODIES = {
    "equipe": "Équipe de programme",
    "direction": "Direction",
    "bureau": "Bureau exécutif",
    "ag": "Assemblée générale",
}
"""The bodies that meet, as reports call them, by what is typed."""
_CURRENCIES = {"fr": ("franc CFA", "francs CFA"), "en": ("CFA franc", "CFA francs")}
_THIN, _NBSP, _MINUS = "\u202f", "\u00a0", "\u2212"
_MONTHS = "January February March April May June July August September October November December".split()
_RANKS = {"1": "1st", "2": "2nd", "3": "3rd", "4": "4th"}


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
        return f"{francs:,}{_NBSP}XOF".replace("-", _MINUS)
    return f"{i18n.integer(francs).replace(' ', _THIN)}{_NBSP}{i18n.currency_label()}".replace("-", _MINUS)


def sum_in_figures(money: i18n.Money, language: str = "fr") -> str:
    """« 150 000,00 EUR »; “150,000.00 EUR” for `en`."""
    if language == "fr":
        return str(money)
    return f"{Decimal(money.units).scaleb(-money.exponent):,.{money.exponent}f} {money.currency or i18n.kept_in()}".replace(
        "-", _MINUS
    )


def decision_state(word: Callable[[str], str], decision: Decision, at: date) -> str:
    """« fait le 10/04/2026 », « en retard de 3 j » or « à faire », on a day."""
    if decision.done is not None and decision.done <= at:
        return word("fait le {day}").format(day=day(decision.done))
    late = (at - decision.due).days if decision.due is not None else 0
    return word("en retard de {days} j").format(days=late) if late > 0 else word("à faire")


def period_label(period: Period, language: str = "fr") -> str:
    """« 3e trimestre 2026 », « septembre 2026 »; “3rd quarter 2026”, “September 2026” for `en`."""
    if language == "fr":
        return period.label
    year, _, part = period.code.partition("-")
    if part.isdigit():
        return f"{_MONTHS[period.start.month - 1]} {year}"
    kind = {"T": "quarter", "S": "half"}.get(part[:1])
    return f"{_RANKS[part[1:]]} {kind} {year}" if kind else f"year {year}"


def day(value: date) -> str:
    """JJ/MM/AAAA."""
    return i18n.day(value)
