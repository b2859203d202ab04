"""What one cell says: an amount in whole francs, a day, a text. What cannot be read is refused in French."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from grandlivre.importers.formats import StatementFormat

Cell: TypeAlias = "str | Decimal | date | Formula | None"

_SPACES = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009\u2007", " "))
_SHAPES = {"AAAA": "%Y", "AA": "%y", "JJ": "%d", "MM": "%m", "hh": "%H", "mm": "%M", "ss": "%S"}
_LONGEST = 15


class Formula(str):
    """A spreadsheet formula: never computed, refused wherever a value is needed."""

    __slots__ = ()


_OLDEST, _LATEST = 1990, 2099
"""The years of the statements of an organisation that lives."""


class UnreadableError(Exception):
    """A cell that does not say what its column promises; the text is the French sentence."""


def text_of(cell: Cell) -> str:
    """The cell as text, spaces collapsed; an empty cell is an empty text."""
    match cell:
        case None:
            return ""
        case Formula():
            raise UnreadableError(
                f"une formule ({cell[:30]}) est trouvée là où une valeur est attendue. "
                "Dans le tableur, recopiez la colonne en « valeurs seulement »."
            )
        case datetime() | date():
            return f"{cell.day:02d}/{cell.month:02d}/{cell.year:04d}"
        case Decimal():
            return f"{cell:f}"
        case _:
            return " ".join(cell.translate(_SPACES).split())


def amount_of(cell: Cell, form: StatementFormat) -> int | None:
    """Whole francs, or None when the cell is empty (a lone dash is empty too)."""
    if isinstance(cell, date):
        raise UnreadableError(f"un montant est attendu ; une date est trouvée ({text_of(cell)}).")
    if isinstance(cell, Decimal):
        return _whole(cell, text_of(cell))
    said = text_of(cell)
    if said in ("", "-", "–"):
        return None
    digits = re.sub(r" ?(F ?CFA|XOF|F)$", "", said)
    minus = digits.startswith(("-", "−", "(")) or digits.endswith("-")
    digits = digits.strip("+-−() ")
    # Grouping is checked: « 1 50 000 » is a typing error, not 150 000.
    mark = re.escape(form.thousands)
    grouped = rf"\d{{1,3}}(?:{mark}\d{{3}})+|\d+" if mark else r"\d+"
    if not re.fullmatch(rf"(?:{grouped})(?:{re.escape(form.point)}\d+)?", digits):
        example = f"1{form.thousands}234{form.thousands}567"
        raise UnreadableError(f"un montant comme {example} est attendu ; « {said[:40]} » est trouvé.")
    number = digits.replace(form.thousands, "") if form.thousands else digits
    units = _whole(Decimal(number.replace(form.point, ".")), said)
    return -units if minus else units


def _whole(number: Decimal, said: str) -> int:
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise UnreadableError(f"un montant est attendu ; « {said[:40]} » est trouvé.")
    if exponent == -3:
        # 51.000 is fifty-one thousand for one reader and fifty-one for the other: nobody may guess.
        raise UnreadableError(
            f"« {said[:40]} » a trois chiffres après la décimale : est-ce un séparateur de milliers ? "
            "Corrigez « separateur-milliers » et « decimale » du format."
        )
    if number != number.to_integral_value():
        raise UnreadableError(
            f"« {said[:40]} » porte des décimales : le franc CFA n'en a pas. Vérifiez la devise et « decimale »."
        )
    if abs(number) >= 10**_LONGEST:
        raise UnreadableError(f"« {said[:40]} » dépasse {_LONGEST} chiffres : vérifiez le montant.")
    return int(number)


def day_of(cell: Cell, form: StatementFormat) -> date | None:
    """The day, or None when the cell is empty."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    said = text_of(cell)
    if not said:
        return None
    shape = re.sub("|".join(_SHAPES), lambda found: _SHAPES[found[0]], form.day.replace("%", "%%"))
    try:
        found = datetime.strptime(said, shape).date()  # noqa: DTZ007 - a bank's day has no time zone
    except ValueError:
        raise UnreadableError(f"une date écrite {form.day} est attendue ; « {said[:40]} » est trouvé.") from None
    return _sensible(found, said)


def day_written(digits: str) -> date:
    """The day of eight digits, AAAAMMJJ; raises UnreadableError."""
    try:
        found = datetime.strptime(digits, "%Y%m%d").date()  # noqa: DTZ007 - a bank's day has no time zone
    except ValueError:
        raise UnreadableError(f"huit chiffres AAAAMMJJ sont attendus ; « {digits[:40]} » est trouvé.") from None
    return _sensible(found, digits)


def _sensible(day: date, said: str) -> date:
    if not _OLDEST <= day.year <= _LATEST:
        raise UnreadableError(f"l'année de « {said[:40]} » n'est pas celle d'un relevé : corrigez cette date.")
    return day


def fold(text: str) -> str:
    """The text in capitals without accents, spaces collapsed: how banks print and how words are compared."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.upper().split())
