"""Words and numbers: sentences with named gaps, and amounts, dates and lists as French readers write them.

Source sentences are French. `catalog("en")` gives the English of donors' reports. Everything here is pure text:
no locale of the machine is read, spaces are plain (pages use `render` for their no-break spaces).
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from grandlivre.words import capital as capital
from grandlivre.words import counted as counted
from grandlivre.words import day as day
from grandlivre.words import integer as integer
from grandlivre.words import one_line as one_line

_LABELS = {"XOF": "FCFA", "XAF": "FCFA"}
_kept_in: ContextVar[str] = ContextVar("currency of the books", default="XOF")


class Money(NamedTuple):
    """An amount in whole smallest units of its currency (XOF: whole francs; EUR: cents)."""

    units: int
    currency: str = ""
    """"" is the currency of the books."""
    exponent: int = 0
    """How many decimals the smallest unit stands for: 0 for XOF, 2 for EUR."""

    def __str__(self) -> str:
        return amount(self.units, self.currency, self.exponent)


class Percent(NamedTuple):
    """A percentage; 87.5 prints « 87,5 % »."""

    value: Decimal

    def __str__(self) -> str:
        return f"{decimal(self.value)} %"


def decimal(number: Decimal) -> str:
    """A decimal comma, no trailing zeros: 87,5."""
    whole, _, fraction = f"{number:f}".partition(".")
    sign = "-" if whole.startswith("-") else ""
    fraction = fraction.rstrip("0")
    digits = integer(abs(int(whole)))
    return f"{sign}{digits},{fraction}" if fraction else f"{sign}{digits}"


def keep_in(currency: str) -> None:
    """Amounts without a currency are from now on in that of the books just read."""
    _kept_in.set(currency)


def kept_in() -> str:
    """The currency of the books just read."""
    return _kept_in.get()


def currency_label(currency: str = "") -> str:
    """FCFA for the two francs CFA, else the code; "" is the currency of the books."""
    currency = currency or kept_in()
    return _LABELS.get(currency, currency)


def amount(units: int, currency: str = "", exponent: int = 0) -> str:
    """« 285 000 FCFA »: whole smallest units of a currency (the books' own when none is given), as a Malian accountant says it."""
    label = currency_label(currency)
    if exponent == 0:
        return f"{integer(units)} {label}"
    sign = "-" if units < 0 else ""
    whole, cents = divmod(abs(units), 10**exponent)
    return f"{sign}{integer(whole)},{cents:0{exponent}d} {label}"


def listing(words: list[str] | tuple[str, ...]) -> str:
    """« a, b et c »."""
    *head, last = words or ("",)
    return f"{', '.join(head)} et {last}" if head else last


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "", likeness: float = 0.6) -> str:
    """A space and « Vouliez-vous écrire … ? » when a known word looks like the one written, else `otherwise`.

    `likeness` (0 to 1) is higher where the known words look like each other.
    """
    from difflib import get_close_matches

    close = [each for each in get_close_matches(word, list(known), n=2, cutoff=likeness) if each != word]
    return f" Vouliez-vous écrire « {close[0]} » ?" if close else otherwise


class _French(string.Formatter):
    """`str.format` whose bare fields print as a French reader expects; {pieces:pièce} counts: « 3 pièces »."""

    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, int) and len(format_spec) > 1 and format_spec[0].isalpha():
            return counted(value, *format_spec.split("|"))
        if format_spec:
            return str(super().format_field(value, format_spec))
        return show(value)


def show(value: object) -> str:
    """A fact as a French reader writes it: amounts, dates, percentages, lists and counts."""
    match value:
        case bool():
            return "oui" if value else "non"
        case Money() | Percent():
            return str(value)
        case int():
            return integer(value)
        case Decimal():
            return decimal(value)
        case date():
            return day(value)
        case list() | tuple():
            return listing([show(each) for each in value])
        case frozenset() | set():
            return listing(sorted(show(each) for each in value))
        case _:
            return str(value)


_FORMATTER = _French()


class Message:
    """A French sentence with named gaps: the figures, then the rule, then what to do."""

    __slots__ = ("moving", "text")

    def __init__(self, text: str, *, moving: tuple[str, ...] = ()) -> None:
        self.text = text
        self.moving = moving
        """Gaps whose figures move on as days go by, while what is said stays the same thing: an age, what is left."""

    def __call__(self, **facts: object) -> str:
        """The sentence with its gaps filled, on one line."""
        return one_line(_FORMATTER.vformat(self.text, (), facts))

    def steady(self, **facts: object) -> str:
        """The sentence without the figures that move on: the same from one day to the next."""
        return self(**{**facts, **dict.fromkeys(self.moving, "…")})

    def __repr__(self) -> str:
        return f"Message({self.text!r})"


def plain(value: object) -> object:
    """A fact as JSON can hold it: whole units, ISO dates, text."""
    match value:
        case bool() | str() | None:
            return value
        case Money():
            return value.units
        case int():
            return value
        case Percent():
            return str(value.value)
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case set() | frozenset():
            return sorted(str(plain(each)) for each in value)
        case _:
            return str(value)


@cache
def catalog(language: str) -> Callable[[str], str]:
    """The translation of French source words into a reader's language; French gives the words themselves."""
    if language == "fr":
        return lambda text: text
    from importlib import resources

    from babel.messages.pofile import read_po

    source = resources.files("grandlivre").joinpath("locale", language, "LC_MESSAGES", "grandlivre.po")
    if not source.is_file():
        return lambda text: text
    with source.open("rb") as stream:
        words = {str(m.id): str(m.string) for m in read_po(stream, locale=language) if m.id and m.string}
    return lambda text: words.get(text, text)


_SPELLED = {
    "a": "à",
    "activite": "activité",
    "activites": "activités",
    "adopte": "adopté",
    "budgetaire": "budgétaire",
    "cloture": "clôture",
    "croises": "croisés",
    "decide": "décidé",
    "decision": "décision",
    "decouvert": "découvert",
    "depassement": "dépassement",
    "depense": "dépense",
    "derogation": "dérogation",
    "egalite": "égalité",
    "executif": "exécutif",
    "interets": "intérêts",
    "numerotation": "numérotation",
    "parite": "parité",
    "periode": "période",
    "piece": "pièce",
    "pieces": "pièces",
    "pv": "PV",
    "regle": "règle",
    "regles": "règles",
    "reglement": "règlement",
    "releve": "relevé",
    "retroactive": "rétroactive",
    "reutilisee": "réutilisée",
    "serie": "série",
    "tresorerie": "trésorerie",
    "tronquee": "tronquée",
    "visees": "visées",
}
"""Words of names, which are written without accents, as people write them."""


def in_words(name: str) -> str:
    """« Dépassement budgétaire » for `depassement-budgetaire`."""
    said = " ".join(_SPELLED.get(word, word) for word in name.split("-"))
    return capital(said.replace(" d ", " d'"))
