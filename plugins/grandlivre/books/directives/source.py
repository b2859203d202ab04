"""One custom directive as its reader sees it: its values of the right kinds, its metadata asked for by kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from beancount.core import amount

from grandlivre.books.metadata import is_missing
from grandlivre.books.reading import Reader
from grandlivre.books.records import Account, BookProblem, Fractional, Place
from grandlivre.policy.values import ambiguous


class Source:
    """One custom directive, its values already of the right kinds."""

    def __init__(self, entry: Any, reader: Reader) -> None:
        self.entry = entry
        self.reader = reader
        self.date: date = entry.date
        self.place = Place.of(entry.meta)
        self.values = [value.value for value in entry.values or ()]  # None when it has no value

    def say(self, message: str) -> None:
        """Note a mistake of this directive."""
        self.reader.problems.append(BookProblem(self.place, message))

    def text(self, key: str) -> str:
        """A metadata value as text, "" when missing."""
        value = self.entry.meta.get(key)
        if value is None:
            return ""
        if isinstance(value, str):
            return value.strip()
        return str(value)

    def day(self, key: str) -> date | None:
        """A metadata date; a quoted one is refused in French."""
        value = self.entry.meta.get(key)
        if is_missing(value):
            return None
        if isinstance(value, date):
            return value
        self.say(
            f"La date « {key} » est entre guillemets ou n'en est pas une : écrivez {key}: 2026-03-31, sans guillemets."
        )
        return None

    def truth(self, key: str) -> bool:
        """A metadata value that is TRUE or FALSE."""
        value = self.entry.meta.get(key)
        if isinstance(value, bool) or value is None:
            return bool(value)
        self.say(f"« {key} » s'écrit TRUE ou FALSE, sans guillemets.")
        return False

    def count(self, key: str) -> int:
        """A metadata value that is a whole number, 0 when missing."""
        value = self.entry.meta.get(key)
        if is_missing(value):
            return 0
        if isinstance(value, Decimal) and "." not in str(value) and value >= 0:
            return int(value)
        self.say(f"« {key} » doit être un nombre entier qui n'est pas négatif, sans guillemets ni point.")
        return 0

    def once(self, key: str, number: Decimal) -> bool:
        """Whether a number has one reading; « 1.200 » is said."""
        if two := ambiguous(str(number)):
            whole, rest = two
            self.say(
                f"« {key} » vaut {number}, qui se lit {whole} {rest} ou {whole} et une fraction : écrivez {whole}{rest}, sans point, ou "
                f"une fraction d'un autre nombre de chiffres ({number}0)."
            )
        return two is None

    def francs(self, key: str) -> int | None:
        """A metadata value that is an amount, in whole smallest units; None when missing."""
        value = self.entry.meta.get(key)
        if is_missing(value):
            return None
        if isinstance(value, amount.Amount):
            return self.money(value)
        self.say(f"« {key} » s'écrit comme un montant, sans guillemets : {key}: 150000 {self.reader.currency}.")
        return None

    def choice(self, key: str, value: str, allowed: tuple[str, ...]) -> str:
        """The value when it is one of the allowed words."""
        if value and value not in allowed:
            self.say(f"« {key} » vaut « {value} » ; valeurs permises : {', '.join(allowed)}.")
        return value

    def account(self, value: str) -> Account:
        """An account, which must be open on the directive's date."""
        account = self.reader.accounts.get(value)
        if not self.reader.accounts.is_open(value, self.date):
            self.say(f"Le compte {value} n'est pas ouvert le {self.date.isoformat()} : corrigez-le ou ouvrez-le.")
        return account

    def money(self, value: amount.Amount) -> int:
        """An amount in the currency of the books, whole smallest units."""
        if value.currency != self.reader.currency:
            self.say(f"Le montant est en {value.currency} : écrivez-le en {self.reader.currency}.")
        number = value.number or Decimal(0)
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent < 0 and not self.reader.exponent(value.currency):
            self.reader.fractional.append(Fractional(self.place, number, value.currency, None))
        return self.reader.units(number, value.currency)


class Kind(NamedTuple):
    """A kind of directive: its word, how its values are written, of what types they are, and who reads it."""

    word: str
    example: str
    types: tuple[Any, ...]
    read: Callable[[Source], Any]

    def fits(self, source: Source) -> bool:
        """Whether the values are those of the kind; what is wrong is said."""
        values = source.entry.values or ()
        good = len(values) == len(self.types) and all(
            value.dtype == kind if isinstance(kind, str) else (isinstance(value.value, kind) and value.dtype is kind)
            for value, kind in zip(values, self.types, strict=True)
        )
        if not good:
            source.say(f'La directive s\'écrit : custom "{self.word}" {self.example}. Complétez-la.')
        return good
