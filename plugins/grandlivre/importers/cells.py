"""What one cell says: an amount in whole francs, a day, a text. What cannot be read is refused in French."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal, TypeAlias

from grandlivre.importers.formats import StatementFormat
from grandlivre.policy.values import ambiguous

Cell: TypeAlias = "str | Decimal | date | CellFormula | None"
Side: TypeAlias = Literal["debit", "credit"]

_SHAPES = {"AAAA": "%Y", "AA": "%y", "JJ": "%d", "MM": "%m", "hh": "%H", "mm": "%M", "ss": "%S"}
_PART = r"AAAA|AA|JJ|MM|hh|mm|ss"
_TOUCHING = re.compile(rf"({_PART})(?!\1)(?:{_PART})")
"""Parts of a date that nothing parts: each then has all its digits, for « 1112026 » is a day of January or of November."""
_LONGEST = 15
_AS_TEXT = re.compile(r'="([^"]*)"')
"""How exports keep a spreadsheet from reading a number: ="0441060"."""
_FRANCS = r"XOF|F\.? ?CFA|CFA|F"
_AMOUNT = re.compile(
    rf"(?:(?:{_FRANCS}) ?)?\**(?P<open>\()? ?(?P<before>[-+−])? ?(?P<digits>\d|\d.*?\d) ?(?P<after>[-+−])?(?P<close>\))?\**"
    rf"(?: ?(?:{_FRANCS}))?(?: ?(?P<mark>CR|DR|DB|DT|C|D))?",
    re.IGNORECASE,
)
"""An amount with its currency, its sign before, after or as parentheses, and what side of the account it stands on."""
_DEBITS = ("D", "DR", "DB", "DT")
_UNSEEN = ("Cc", "Cf", "Cs")
_DASHES = "-–—―−"


class CellFormula(str):
    """A spreadsheet formula: never computed, refused wherever a value is needed."""

    __slots__ = ()


_OLDEST, _LATEST = 1990, 2099
"""The years of the statements of an organisation that lives."""


class UnreadableError(Exception):
    """A cell that does not say what its column promises; the text is the French sentence."""


def text_of(cell: Cell) -> str:
    """The cell as text, spaces collapsed, without marks of direction; an empty cell is an empty text. Raises UnreadableError."""
    match cell:
        case None:
            return ""
        case CellFormula():
            raise UnreadableError(
                f"une formule ({cell[:30]}) est trouvée là où une valeur est attendue. "
                "Dans le tableur, recopiez la colonne en « valeurs seulement »."
            )
        case datetime() | date():
            return f"{cell.day:02d}/{cell.month:02d}/{cell.year:04d}"
        case Decimal():
            return f"{cell:f}"
        case _:
            said = clean(cell)
            kept = _AS_TEXT.fullmatch(said)
            return kept[1].strip() if kept else said


@lru_cache(maxsize=1 << 14)
def clean(text: str) -> str:
    """The text without what no one sees (marks of direction, control characters), its spaces collapsed."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    return " ".join(text.split())


def shown(cell: Cell) -> str:
    """The cell as text for searching and for messages; a formula shows as nothing."""
    try:
        return text_of(cell)
    except UnreadableError:
        return ""


def reference_of(cell: Cell) -> str | None:
    """A reference or a number of cheque; None when the cell is empty or holds a dash."""
    said = text_of(cell)
    return None if _says_nothing(said) else said


def amount_of(cell: Cell, form: StatementFormat, side: Side | None = None) -> int | None:
    """Whole francs, or None when the cell is empty (a lone dash is empty too). Raises UnreadableError.

    CR, DR, C or D after the figures give the sign; in the column of one side they only confirm it.
    """
    if isinstance(cell, date):
        raise UnreadableError(f"un montant est attendu ; une date est trouvée ({text_of(cell)}).")
    if isinstance(cell, Decimal):
        return _whole(cell, text_of(cell), "Vérifiez la devise.")
    said = text_of(cell)
    if _says_nothing(said):
        return None
    match = _AMOUNT.fullmatch(said.strip("* "))
    if match is None or not _one_sign(match):
        raise _no_amount(said, form)
    units = _units(match["digits"], said, form)
    minus = bool(match["open"]) or (match["before"] or match["after"] or "+") != "+"
    if match["mark"]:
        minus = _minus_by_mark(match["mark"].upper(), side, said, minus=minus)
    return -units if minus else units


def _one_sign(match: re.Match[str]) -> bool:
    """Whether what stands around the figures is whole: parentheses both or none, a sign before or after."""
    return bool(match["open"]) == bool(match["close"]) and not (match["before"] and match["after"])


def _minus_by_mark(mark: str, side: Side | None, said: str, *, minus: bool) -> bool:
    """Whether the letters of the side make an amount negative: they do where its column has no side of its own."""
    debit = mark in _DEBITS
    if (minus and not debit) or side == ("credit" if debit else "debit"):
        raise UnreadableError(f"« {said[:40]} » : la lettre {mark} contredit le signe ou la colonne.")
    return debit and side is None


def _units(digits: str, said: str, form: StatementFormat) -> int:
    """The figures of an amount as whole francs. Grouping is checked: « 1 50 000 » is a typing error, not 150 000."""
    if any(mark in digits for mark in "'’"):
        digits = re.sub(r"['’](?=\d{3}(?!\d))", form.thousands, digits)
    mark = re.escape(form.thousands)
    grouped = rf"\d{{1,3}}(?:{mark}\d{{3}})+|\d+" if mark else r"\d+"
    if not re.fullmatch(rf"(?:{grouped})(?:{re.escape(form.point)}\d+)?", digits):
        raise _no_amount(said, form)
    if form.point in digits and (two := ambiguous(digits)):
        raise UnreadableError(
            f"« {said[:40]} » se lit {two[0]} {two[1]} ou {two[0]} et une fraction : est-ce un séparateur de milliers ? "
            "Corrigez « separateur-milliers » et « decimale » du format."
        )
    number = digits.replace(form.thousands, "") if form.thousands else digits
    return _whole(Decimal(number.replace(form.point, ".")), said, "Vérifiez la devise et « decimale ».")


def _no_amount(said: str, form: StatementFormat) -> UnreadableError:
    example = f"1{form.thousands}234{form.thousands}567"
    found = f"un montant comme {example} est attendu ; « {said[:40]} » est trouvé."
    other = re.fullmatch(r"[-+( ]*\d{1,3}(?:([ .,'’])\d{3})(?:\1\d{3})*[-+) ]*", said)
    if other and other[1] != form.thousands:
        found += f' Si la banque écrit ainsi les milliers : « separateur-milliers: "{other[1]}" ».'
    return UnreadableError(found)


def _says_nothing(said: str) -> bool:
    return not said.strip(_DASHES)


def _whole(number: Decimal, said: str, remedy: str) -> int:
    if number != number.to_integral_value():
        raise UnreadableError(f"« {said[:40]} » porte des décimales : le franc CFA n'en a pas. {remedy}")
    if abs(number) >= 10**_LONGEST:
        raise UnreadableError(f"« {said[:40]} » dépasse {_LONGEST} chiffres : vérifiez le montant.")
    return int(number)


def whole_francs(number: Decimal, said: str) -> int:
    """The number of a file that knows no format of ours; raises UnreadableError with the remedy at the bank."""
    return _whole(number, said, "Demandez à la banque un fichier en francs.")


def day_of(cell: Cell, form: StatementFormat, epoch: date | None = None) -> date | None:
    """The day, or None when the cell is empty; a workbook may hold it as a number of days after its epoch. Raises UnreadableError."""
    if isinstance(cell, datetime):
        return _sensible(cell.date(), text_of(cell))
    if isinstance(cell, date):
        return _sensible(cell, text_of(cell))
    if isinstance(cell, Decimal) and epoch is not None and not form.day.isalpha() and 0 < cell < 100_000:
        return _sensible(epoch + timedelta(days=int(cell)), text_of(cell))
    said = text_of(cell)
    if _says_nothing(said):
        return None
    found = _day_written_as(form.day, said)
    if found is None:
        raise UnreadableError(f"une date écrite {form.day} est attendue ; « {said[:40]} » est trouvé.")
    return _sensible(found, said)


@lru_cache(maxsize=1 << 12)
def _day_written_as(form: str, said: str) -> date | None:
    shape = re.sub("|".join(_SHAPES), lambda found: _SHAPES[found[0]], form.replace("%", "%%"))
    if _TOUCHING.search(form) and not _whole_parts(form, said):
        return None
    try:
        return datetime.strptime(said, shape).date()  # noqa: DTZ007 - a bank's day has no time zone
    except ValueError:
        return None


def _whole_parts(form: str, said: str) -> bool:
    """Whether every part of a date has all its digits."""
    return len(said) == len(form) and all(
        digit.isdigit() for digit, mark in zip(said, form, strict=True) if mark in "AJMhms"
    )


def day_written(digits: str) -> date:
    """The day of eight digits, AAAAMMJJ; raises UnreadableError."""
    found = _day_written_as("AAAAMMJJ", digits)
    if found is None:
        raise UnreadableError(f"huit chiffres AAAAMMJJ sont attendus ; « {digits[:40]} » est trouvé.")
    return _sensible(found, digits)


def _sensible(day: date, said: str) -> date:
    if not _OLDEST <= day.year <= _LATEST:
        raise UnreadableError(f"l'année de « {said[:40]} » n'est pas celle d'un relevé : corrigez cette date.")
    return day


@lru_cache(maxsize=1 << 14)
def fold(text: str) -> str:
    """The text in capitals without accents, spaces collapsed: how banks print and how words are compared."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.upper().split())
