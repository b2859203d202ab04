"""Values as pages print them: thin no-break spaces between thousands, no-break space before a unit, the reader's date."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from grandlivre.reports.kit.formula import rounded
from grandlivre.reports.kit.table import Fact, Kind, Value

THIN = "\u202f"
"""No-break thin space, between thousands."""
NBSP = "\u00a0"
"""No-break space, before FCFA and %."""
MINUS = "\u2212"
"""The minus sign, as wide as a plus; the hyphen is for words."""

_BOUND = re.compile(
    r"(?<=\d)(?<!\d{4}) (?=\d{3}(?!\d))"  # 1 250 000, not « 2026 100 »
    r"|(?<=\d) (?=(?:FCFA|XOF|EUR)\b|[%€])"
    r"|(?<=«) | (?=[»:;!?](?![^\s)\].,…]))"
)
"""A plain space at which no French line ends."""

_UNPRINTABLE: dict[int, str] = dict.fromkeys(
    (
        *range(9), *range(0xB, 0xD), *range(0xE, 32), *range(0x7F, 0xA0),  # control characters
        0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF,  # invisible, direction
        *range(0xD800, 0xE000), 0xFFFE, 0xFFFF,  # no text at all
    ),
    "\ufffd",
)  # fmt: skip
_UNPRINTABLE |= {9: " ", 0x2028: "\n", 0x2029: "\n"}


def printable(text: str) -> str:
    """The text with every character that would not show, or would turn the line round, replaced by « � »."""
    if text.isascii() and text.isprintable():
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNPRINTABLE)


def ascii_words(text: str) -> list[str]:
    """Its words in plain letters and figures, for the names of files, tables and totals."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    return re.findall("[A-Za-z0-9]+", plain.encode("ascii", "ignore").decode())


@lru_cache(maxsize=16_384)  # a quarter's books print the same wordings over and over
def typeset(text: str) -> str:
    """The printable text, its lines never broken before « : ; ! ? % » or inside an amount, as French printers do."""
    text = printable(text)
    return _BOUND.sub(_unbroken, text) if " " in text else text


def _unbroken(space: re.Match[str]) -> str:
    after = space.string[space.end() : space.end() + 1]
    return THIN if after.isdigit() or after in (";", "!", "?") else NBSP


@dataclass(frozen=True, slots=True)
class Format:
    """How a reader of one language reads numbers and dates."""

    language: str = "fr"

    @property
    def _comma(self) -> str:
        return "." if self.language == "en" else ","

    def integer(self, number: int) -> str:
        """1 234 567, or 1,234,567 in English."""
        text = f"{number:,}".replace("-", MINUS)
        return text if self.language == "en" else text.replace(",", THIN)

    def money(self, units: int, exponent: int = 0, label: str = "") -> str:
        """Whole smallest units, with the currency's label after a no-break space."""
        text = self.integer(units)
        if exponent:
            whole, cents = divmod(abs(units), 10**exponent)
            text = f"{MINUS if units < 0 else ''}{self.integer(whole)}{self._comma}{cents:0{exponent}d}"
        return f"{text}{NBSP}{label}" if label else text

    def decimal(self, number: Decimal, places: int | None = None) -> str:
        """A decimal comma; with `places`, rounded half away from zero and padded, else without trailing zeros."""
        if places is not None:
            number = rounded(number, places)
        sign = MINUS if number < 0 else ""
        whole, _, cents = f"{abs(number):f}".partition(".")
        cents = cents if places is not None else cents.rstrip("0")
        return f"{sign}{self.integer(int(whole))}{self._comma if cents else ''}{cents}"

    def percent(self, ratio: Decimal, places: int | None = None) -> str:
        """0.875 is « 87,5 % »; one decimal at most, or exactly `places`."""
        text = self.decimal(rounded(Fraction(ratio) * 100, places or 1), places)
        return f"{text}%" if self.language == "en" else f"{text}{NBSP}%"

    def date(self, day: date) -> str:
        """JJ/MM/AAAA."""
        return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"

    def value(self, value: Value, kind: Kind, exponent: int = 0, label: str = "", places: int | None = None) -> str:
        """A cell as printed; an empty cell is an empty text; `places` are the decimals of a percentage."""
        match value:
            case None:
                return ""
            case str():
                return typeset(value)
            case date():
                return self.date(value)
            case Decimal():
                if kind == "points":
                    return f"{self.decimal(value, 1)}{NBSP}{'pp' if self.language == 'en' else 'pt'}"
                return self.percent(value, places) if kind == "percent" else self.decimal(value)
            case _:
                return self.money(value, exponent, label if kind == "money" else "")

    def written(self, number: Decimal) -> str:
        """A number with the decimals it came with: « 4 100,00 »."""
        return self.decimal(number, decimals(number))

    def fact(self, fact: Fact, label: str) -> str:
        """A fact's value as printed, amounts with the currency."""
        return self.value(fact.value, fact.kind or kind_of(fact.value), fact.exponent, label)


def decimals(number: Decimal) -> int:
    """How many decimals a number was written with."""
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def kind_of(value: Value) -> Kind:
    """What a fact's value is when the report does not say."""
    match value:
        case int():
            return "money"
        case Decimal():
            return "percent"
        case date():
            return "date"
        case _:
            return "text"


_CODE = re.compile(r"[A-Z]{0,3}[0-9]+([.-][0-9A-Z]+)*")


def is_code(text: str) -> bool:
    """Whether a text is the number of a line or an account (1, 3.10, A1.2), which is never indented."""
    return _CODE.fullmatch(text) is not None
