"""The words values are written with in the rules: amounts, percentages, durations, dates, periods, dated values.

Each type reads one text (as `sources.yaml` gives it) and refuses it in French. JSON Schemas describe the same texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from grandlivre.i18n import Money
from grandlivre.policy.model import BeforeValidator, Field, Model, WithJsonSchema, model_validator
from grandlivre.policy.model import field_docs as field_docs
from grandlivre.policy.periods import Period

if TYPE_CHECKING:
    from pydantic_core import PydanticCustomError

T = TypeVar("T")

MOST = 10**15
"""Amounts of more than 15 digits are refused: no NGO holds them and spreadsheets round them."""

WHOLE_CURRENCIES = frozenset({"XOF", "XAF", "GNF", "XOF-CVN", "JPY", "RWF", "BIF", "DJF", "KMF"})
"""Currencies without smaller units."""

_SPACE = re.compile(r"[ \u00a0\u202f\u2009_]")
_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009_")


def exponent(currency: str) -> int:
    """How many decimals the smallest unit of a currency stands for: 0 for XOF, 2 otherwise."""
    return 0 if currency in WHOLE_CURRENCIES else 2


def refuse(message: str) -> PydanticCustomError:
    """The mistake as pydantic carries it; `message` is a French sentence."""
    from pydantic_core import PydanticCustomError

    return PydanticCustomError("francais", "{said}", {"said": message})


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise refuse("une valeur simple est attendue ici, pas une liste ni un bloc")
    return value.strip()


_GROUPED = re.compile(r"[+-]? ?\d{1,3}(?: \d{3})+(?:[.,]\d+)?|[^ ]*")
"""Spaces in a number part thousands, or are a typing error."""
_AMBIGUOUS = re.compile(r"[+-]?(?!0{1,3}[.,])(\d{1,3}(?: \d{3})*)[.,](\d{3})")
"""One mark, groups of one to three digits before it, three after: thousands for one reader, a fraction for another."""


def ambiguous(text: str) -> tuple[str, str] | None:
    """The digits before and after the only mark of an amount that two people read two ways; None when there is one reading."""
    match = _AMBIGUOUS.fullmatch(re.sub(_SPACE, " ", text.strip()))
    return (match[1], match[2]) if match else None


def _number(text: str) -> Decimal:
    if not _GROUPED.fullmatch(re.sub(_SPACE, " ", text)):
        raise refuse(f"« {text[:40]} » : les espaces n'y séparent pas des milliers ; corrigez, par exemple 150 000")
    cleaned = text.translate(_SPACES).replace(",", ".")
    if not re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,12})?", cleaned):
        raise refuse(f"« {text[:40]} » n'est pas un nombre (exemples : 12, 12.5, 51 000)")
    try:
        return Decimal(cleaned)
    except InvalidOperation as error:  # pragma: no cover - the pattern above admits only numbers
        raise refuse(f"« {text[:40]} » n'est pas un nombre") from error


def read_number(value: Any) -> Decimal:
    """A decimal number, comma or point."""
    return value if isinstance(value, Decimal) else _number(_text(value))


def _once(text: str) -> str:
    """The text of a number that has one reading; refused in French otherwise."""
    if two := ambiguous(text):
        whole, rest = two
        raise refuse(
            f"« {text[:40]} » se lit {whole} {rest}, ou {whole} et une fraction : écrivez {whole} {rest} avec une espace, ou {whole}"
            + (f",{rest}0" if rest.strip("0") else "")
        )
    return text


def read_quantity(value: Any) -> Decimal:
    """How many there are, perhaps with a fraction: 180.000 is refused, for it may be thousands."""
    return value if isinstance(value, Decimal) else _number(_once(_text(value)))


def read_count(value: Any) -> int:
    """A whole number. Refused in French when it is not one, or when its mark may part thousands."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = _number(_once(_text(value)))
    if number != number.to_integral_value():
        raise refuse(f"« {value} » doit être un nombre entier")
    return int(number)


def read_money(value: Any) -> Money:
    """An amount with its currency: « 51 000 XOF ». Refused in French when it is not one."""
    if isinstance(value, Money):
        return value
    text = _text(value)
    match = re.fullmatch(r"(.+?)[ \u00a0\u202f]*([A-Z][A-Z-]{2,10})", text)
    if not match:
        raise refuse(
            f"« {text[:40]} » n'a pas de devise : écrivez le montant suivi de la devise, par exemple 51 000 XOF"
        )
    number, currency = _number(match[1]), match[2]
    if two := ambiguous(match[1]):
        whole, rest = two
        raise refuse(
            f"« {text[:40]} » se lit de deux façons : {whole} {rest} {currency}, ou {whole} {currency} et une fraction. "
            f"Écrivez les milliers avec une espace ({whole} {rest} {currency}), ou sans fraction de trois chiffres"
        )
    places = exponent(currency)
    units = number.scaleb(places)
    if units != units.to_integral_value():
        most = f"avec {places} décimales au plus" if places else "sans décimale"
        raise refuse(f"« {text[:40]} » : {currency} s'écrit {most}")
    if abs(units) > MOST:
        raise refuse(f"« {text[:40]} » dépasse 15 chiffres : vérifiez le montant")
    return Money(int(units), currency, places)


def read_percent(value: Any) -> Decimal:
    """A percentage: « 10 % » is Decimal(10). Refused in French when it is not one."""
    if isinstance(value, Decimal):
        return value
    text = _text(value)
    if not text.endswith("%"):
        raise refuse(f"« {text[:40]} » n'est pas un pourcentage : écrivez par exemple 10 %")
    number = _number(text[:-1].strip())
    if not 0 <= number <= 1000:
        raise refuse(f"« {text[:40]} » : un pourcentage va de 0 % à 1000 %")
    return number


def read_date(value: Any) -> date:
    """A date that exists, written AAAA-MM-JJ. Refused in French when it is not one."""
    if isinstance(value, date):
        return value
    text = _text(value)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise refuse(f"« {text[:40]} » n'est pas une date : écrivez AAAA-MM-JJ, par exemple 2026-03-31")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise refuse(f"la date {text} n'existe pas dans le calendrier") from error


def read_bool(value: Any) -> bool:
    """oui / non (true and false are understood). Refused in French when it is not one."""
    if isinstance(value, bool):
        return value
    text = _text(value).lower()
    if text in ("oui", "true"):
        return True
    if text in ("non", "false"):
        return False
    raise refuse(f"« {text[:40]} » : écrivez oui ou non")


def read_name(value: Any) -> str:
    """A text that is not empty. Refused in French when it is not one."""
    text = _text(value)
    if not text:
        raise refuse("cette valeur est vide")
    return text


def read_books_id(value: Any) -> str:
    """32 hexadecimal digits, lower case. Refused in French when it is not one."""
    text = _text(value)
    if not re.fullmatch(r"[0-9a-f]{32}", text):
        raise refuse(
            f"« {text[:40]} » n'est pas l'identité des livres : 32 chiffres hexadécimaux, écrits par grandlivre init"
        )
    return text


def read_whole_currency(value: Any) -> str:
    """A currency that books may be kept in: one without decimals, for limits and amounts are whole units. Refused in French when it is not one."""
    text = _text(value)
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise refuse(f"« {text[:40]} » n'est pas une devise : écrivez trois majuscules, par exemple XOF")
    if exponent(text):
        raise refuse(
            f"les livres ne se tiennent pas en {text}, qui a des centimes : les seuils et les montants y sont des unités "
            "entières. Écrivez une devise sans décimales (XOF, XAF, GNF), et les fonds reçus en devises avec @@"
        )
    return text


def read_currency(value: Any) -> str:
    """The ISO code of a currency. Refused in French when it is not one."""
    text = _text(value)
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise refuse(f"« {text[:40]} » n'est pas une devise : écrivez trois majuscules, par exemple USD")
    return text


def read_number_prefix(value: Any) -> str:
    """The first digits of a SYCEBNL account. Refused in French when it is not one."""
    text = _text(value)
    if not re.fullmatch(r"\d{1,10}", text):
        raise refuse(f"« {text[:40]} » n'est pas un numéro de compte (des chiffres seulement, par exemple 6047)")
    return text


def read_period(value: Any) -> Period:
    """2026, 2026-S1, 2026-T1 or 2026-03. Refused in French when it is not one."""
    if isinstance(value, Period):
        return value
    text = _text(value)
    period = Period.parse(text)
    if period is None:
        raise refuse(f"« {text[:40]} » n'est pas une période : écrivez 2026, 2026-S1, 2026-T1 ou 2026-03")
    return period


def read_month(value: Any) -> Period:
    """A month, written AAAA-MM. Refused in French when it is not one."""
    if isinstance(value, Period):
        return value
    text = _text(value)
    period = Period.parse(text)
    if period is None or len(text) != 7 or not text[5:].isdigit():
        raise refuse(f"« {text[:40]} » n'est pas un mois : écrivez AAAA-MM, par exemple 2026-01")
    return period


def read_points(value: Any) -> Decimal:
    """Percentage points: « 10 points » is Decimal(10). Refused in French when it is not that."""
    if isinstance(value, Decimal):
        return value
    text = _text(value)
    match = re.fullmatch(r"(.+?) ?points?", text)
    if not match:
        raise refuse(f"« {text[:40]} » n'est pas un écart en points : écrivez par exemple 10 points")
    number = _number(match[1].strip())
    if not 0 <= number <= 100:
        raise refuse(f"« {text[:40]} » : un écart va de 0 à 100 points")
    return number


def read_week(value: Any) -> str:
    """A week of the ISO calendar, written AAAA-WSS. Refused in French when it does not exist."""
    text = _text(value)
    match = re.fullmatch(r"(\d{4})-W(\d{2})", text)
    if not match:
        raise refuse(f"« {text[:40]} » n'est pas une semaine : écrivez AAAA-WSS, par exemple 2026-W33")
    try:
        date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError as error:
        raise refuse(f"la semaine {text} n'existe pas dans le calendrier") from error
    return text


def read_positive(value: Any) -> int:
    """A whole number from 1 on. Refused in French when it is not one."""
    number = read_count(value)
    if number < 1:
        raise refuse(f"« {value} » : il faut au moins 1")
    return number


def read_year(value: Any) -> int:
    """A calendar year of four digits. Refused in French when it is not one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = _text(value)
    if not re.fullmatch(r"(19|20|21)\d{2}", text):
        raise refuse(f"« {text[:40]} » n'est pas une année : écrivez par exemple 2026")
    return int(text)


@dataclass(frozen=True)
class Duration:
    """A length of time: calendar days, working days, weeks or months."""

    number: int
    unit: str  # "jours" | "jours ouvrés" | "mois" | "semaines" | "ans"

    def after(self, start: date, holidays: frozenset[date] = frozenset()) -> date:
        """The last day of the duration that begins the day after `start`; the last day of time when it ends later."""
        try:
            return self._after(start, holidays)
        except OverflowError:
            return date.max

    def _after(self, start: date, holidays: frozenset[date]) -> date:
        match self.unit:
            case "jours ouvrés":
                day, left = start, self.number
                while left:
                    day += timedelta(days=1)
                    left -= day.weekday() < 5 and day not in holidays
                return day
            case "semaines":
                return start + timedelta(weeks=self.number)
            case "mois" | "ans":
                return add_months(start, self.number * (12 if self.unit == "ans" else 1))
            case _:
                return start + timedelta(days=self.number)

    def __str__(self) -> str:
        unit = self.unit if self.number > 1 or self.unit == "mois" else self.unit.replace("s", "", 1)
        return f"{self.number} {'jour ouvré' if self.number <= 1 and self.unit == 'jours ouvrés' else unit}"


def add_months(start: date, months: int) -> date:
    """The same day `months` later, or the last day of that month when it is shorter."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    if year > date.max.year:
        return date.max
    for day in (start.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day, start.day))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def read_duration(value: Any) -> Duration:
    """« 3 jours », « 5 jours ouvrés », « 24 mois ». Refused in French when it is not one."""
    if isinstance(value, Duration):
        return value
    text = _text(value)
    match = re.fullmatch(r"(\d{1,4})\s*(jours? ouvrés?|jours?|semaines?|mois|ans?)", text)
    if not match:
        raise refuse(f"« {text[:40]} » n'est pas une durée : écrivez 3 jours, 5 jours ouvrés ou 24 mois")
    unit = match[2]
    singular = {"jour": "jours", "jour ouvré": "jours ouvrés", "semaine": "semaines", "an": "ans"}
    return Duration(int(match[1]), singular.get(unit, "jours ouvrés" if "ouvré" in unit else unit))


def _schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": ["string", "number"], "pattern": pattern, "examples": [example]})


Amount = Annotated[Money, BeforeValidator(read_money), _schema(r"^[\d   .,_]+ ?[A-Z][A-Z-]{2,10}$", "51 000 XOF")]
Percentage = Annotated[Decimal, BeforeValidator(read_percent), _schema(r"^[\d.,]+ ?%$", "10 %")]
Number = Annotated[Decimal, BeforeValidator(read_number), _schema(r"^[+-]?[\d   .,_]+$", "655.957")]
Quantity = Annotated[Decimal, BeforeValidator(read_quantity), _schema(r"^[+-]?[\d   .,_]+$", "12.5")]
Count = Annotated[int, BeforeValidator(read_count), _schema(r"^\d+$", "3")]
Day = Annotated[date, BeforeValidator(read_date), WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"})]
Flag = Annotated[
    bool, BeforeValidator(read_bool), WithJsonSchema({"enum": ["oui", "non", True, False], "default": "non"})
]
Name = Annotated[str, BeforeValidator(read_name), WithJsonSchema({"type": ["string", "number"]})]
BooksId = Annotated[str, BeforeValidator(read_books_id), _schema(r"^[0-9a-f]{32}$", "6f0c1e9d5a7b4c3d8e2f1a0b9c8d7e6f")]
WholeCurrency = Annotated[str, BeforeValidator(read_whole_currency), _schema(r"^[A-Z]{3}$", "XOF")]
Currency = Annotated[str, BeforeValidator(read_currency), _schema(r"^[A-Z]{3}$", "USD")]
MonthText = Annotated[Period, BeforeValidator(read_month), _schema(r"^\d{4}-\d{2}$", "2026-01")]
Prefix = Annotated[str, BeforeValidator(read_number_prefix), _schema(r"^\d{1,10}$", "6047")]
Span = Annotated[
    Duration,
    BeforeValidator(read_duration),
    _schema(r"^\d+ ?(jours? ouvrés?|jours?|semaines?|mois|ans?)$", "5 jours ouvrés"),
]
Points = Annotated[Decimal, BeforeValidator(read_points), _schema(r"^[\d.,]+ ?points?$", "10 points")]
Week = Annotated[str, BeforeValidator(read_week), _schema(r"^\d{4}-W\d{2}$", "2026-W33")]
Positive = Annotated[int, BeforeValidator(read_positive), _schema(r"^[1-9]\d*$", "3")]
Year = Annotated[int, BeforeValidator(read_year), WithJsonSchema({"type": ["string", "number"], "pattern": r"^\d{4}$"})]
PeriodText = Annotated[Period, BeforeValidator(read_period), _schema(r"^\d{4}(-(S[12]|T[1-4]|\d{2}))?$", "2026-T1")]


class Since(Model, Generic[T]):
    """Une valeur et le jour depuis lequel elle vaut."""

    since: Day = Field(alias="depuis")
    """Premier jour d'application."""
    value: T = Field(alias="valeur")
    """La valeur à partir de ce jour."""


class Dated(Model, Generic[T]):
    """Une valeur qui change à des dates connues ; une valeur seule vaut depuis toujours."""

    steps: tuple[Since[T], ...]

    def at(self, day: date) -> T | None:
        """The value in force on `day`, or None before the first."""
        found: T | None = None
        for step in self.steps:
            if step.since > day:
                break
            found = step.value
        return found

    @model_validator(mode="before")
    @classmethod
    def _scalar_or_list(cls, value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"steps"}:
            return value
        if isinstance(value, list):
            return {"steps": value}
        return {"steps": [{"depuis": "0001-01-01", "valeur": value}]}

    @model_validator(mode="after")
    def _in_order(self) -> Dated[T]:
        check_order([step.since for step in self.steps])
        return self

    @classmethod
    def always(cls, value: T) -> Dated[T]:
        """A value in force for ever."""
        return cls.model_construct(steps=(Since[T].model_construct(since=date.min, value=value),))

    @classmethod
    def _json_schema(cls, core: Any, handler: Any) -> dict[str, Any]:
        schema = handler(core)
        schema = handler.resolve_ref_schema(schema)
        steps = schema.get("properties", {}).get("steps", {"type": "array"})
        return {"anyOf": [steps, {"type": ["string", "number"]}], "description": schema.get("description", "")}


def check_order(days: list[date]) -> None:
    """Refuses dated values that are empty, overlap (same day twice) or go backwards."""
    if not days:
        raise refuse("il faut au moins une valeur")
    for before, after in zip(days, days[1:], strict=False):
        if after == before:
            raise refuse(f"deux valeurs commencent le {before.isoformat()} : gardez-en une")
        if after < before:
            raise refuse("les valeurs datées doivent être écrites de la plus ancienne à la plus récente")
