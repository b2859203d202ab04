"""The fields of a form as a person filled them in: each is read once, and what cannot be read is said on its field, in French."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from pydantic_core import PydanticCustomError

from grandlivre.i18n import Money, capital, did_you_mean, one_line
from grandlivre.policy.values import read_bool, read_count, read_date, read_money, read_quantity
from grandlivre.sources.problem import RefusedError

T = TypeVar("T")
LONGEST = 500
"""Characters of one field."""
_MOST = 200
"""Rows of a list."""
_DOCUMENT = re.compile(r"document(?:-[a-z0-9]+(?:-[a-z0-9]+)*)?")


class FieldsError(RefusedError):
    """Fields that cannot be read; nothing of the form is lost, and nothing was written."""

    def __init__(self, said: Mapping[str, str]) -> None:
        super().__init__(*(f"{name} : {sentence}" for name, sentence in said.items()))
        self.said = dict(said)
        """By field, a French sentence."""


class Form:
    """The fields of one form, or of one row of a list in it."""

    def __init__(self, fields: Mapping[str, Any], currency: str, where: str = "", said: dict[str, str] | None = None):
        self._fields = {name: value for name, value in fields.items() if not _is_empty(value)}
        self._currency = currency
        self._where = where
        self.said = said if said is not None else {}
        """By field, what is wrong with it."""

    def __contains__(self, name: str) -> bool:
        """Whether something stands in the field."""
        return name in self._fields

    def text(self, name: str, *, needed: str = "") -> str:
        """A text on one line; "" when it is missing, which is a mistake when `needed` says what to write."""
        return self._value(name, "", _line, needed)

    def day(self, name: str, *, needed: str = "") -> date | None:
        """A date; None when it is missing or wrong."""
        return self._value(name, None, read_date, needed)

    def amount(self, name: str, *, needed: str = "") -> int:
        """An amount of the books' currency, in whole units, more than nothing; 0 when it is missing or wrong."""
        return self._value(name, 0, lambda value: _positive(self._money(value, self._currency)), needed)

    def money(self, name: str) -> Money | None:
        """An amount of any currency (« 50 000 EUR »); None when it is missing or wrong."""
        return self._value(name, None, lambda value: self._money(value, ""))

    def count(self, name: str) -> int | None:
        """A number of things or of people; None when it is missing or wrong."""
        return self._value(name, None, _natural)

    def number(self, name: str) -> Decimal | None:
        """Any number; None when it is missing or wrong."""
        return self._value(name, None, lambda value: read_quantity(_spelled(value)))

    def flag(self, name: str) -> bool | None:
        """oui or non; None when it is missing or wrong."""
        return self._value(name, None, lambda value: value if isinstance(value, bool) else read_bool(_spelled(value)))

    def words(self, name: str) -> tuple[str, ...]:
        """Several identifiers: a list, or words parted by spaces or commas."""
        return self._value(name, (), _words)

    def choice(self, name: str, among: Sequence[str], *, needed: str = "") -> str:
        """One of some words; "" when it is missing or wrong."""
        return self._value(name, "", lambda value: _one_of(_line(value), among), needed)

    def rows(self, name: str) -> tuple[Form, ...]:
        """The rows of a list, each a form of its own."""
        found = self._fields.get(name)
        if found is None:
            return ()
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found) or len(found) > _MOST:
            self.say(name, f"une liste de {_MOST} lignes au plus est attendue ici.")
            return ()
        return tuple(
            Form(each, self._currency, f"{self._where}{name}.{rank}.", self.said)
            for rank, each in enumerate(found)
            if not all(map(_is_empty, each.values()))
        )

    def documents(self) -> Mapping[str, str]:
        """Each paper that the form names: `document`, `document-facture`…, its path from documents/."""
        return {name: path for name in self._fields if _DOCUMENT.fullmatch(name) and (path := self.text(name))}

    def numbered(self, stem: str) -> tuple[str, ...]:
        """The fields written `stem`, `stem-1`, `stem-2-more`…, in the order written."""
        pattern = re.compile(rf"{re.escape(stem)}(?:-[a-z0-9-]+)?")
        return tuple(name for name in self._fields if pattern.fullmatch(name))

    def say(self, name: str, sentence: str) -> None:
        """What is wrong with a field; the first thing said of it stays."""
        self.said.setdefault(f"{self._where}{name}", capital(sentence))

    def require(self, known: Iterable[str], stems: Iterable[str] = (), *, papers: bool = True) -> None:
        """Says which fields are none of a form's; papers, and what begins like a numbered field, may be there."""
        known, stems = tuple(known), tuple(stems)
        for name in self._fields:
            paper = papers and _DOCUMENT.fullmatch(name)
            if name not in known and not paper and not name.startswith(stems or ("\0",)):
                self.say(name, f"ce champ n'est pas de ce formulaire.{did_you_mean(name, known)}")

    def _value(self, name: str, missing: Any, read: Callable[[Any], T], needed: str = "") -> T:
        if name not in self._fields:
            if needed:
                self.say(name, needed)
            return missing  # type: ignore[no-any-return]
        try:
            return read(self._fields[name])
        except PydanticCustomError as error:
            self.say(name, f"{error}.".replace("..", "."))
        except _Wrong as error:
            self.say(name, str(error))
        return missing  # type: ignore[no-any-return]

    def _money(self, value: Any, currency: str) -> Money:
        """An amount as a number, or as a text; its currency may be left out where there is only one."""
        text = _spelled(value).removesuffix("FCFA").strip()
        found = read_money(f"{text} {currency}" if currency and not re.search(r"[A-Z]", text) else text)
        if currency and found.currency != currency:
            raise _Wrong(f"« {text[:40]} » : les livres sont tenus en {currency}.")
        return found


class _Wrong(Exception):  # noqa: N818 - a sentence on its way to its field
    """What is wrong with a value."""


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _line(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise _Wrong("un texte est attendu ici.")
    text = one_line(str(value)).strip()
    if len(text) > LONGEST:
        raise _Wrong(f"ce texte compte {len(text)} caractères ; {LONGEST} au plus.")
    wrong = next((ch for ch in text if not ch.isprintable()), "")
    if wrong:
        raise _Wrong(f"ce texte contient un caractère invisible (U+{ord(wrong):04X}) : retapez-le.")
    if set("<>") & set(text):
        raise _Wrong("les signes < et > ne sont pas permis : écrivez-le en mots.")
    return text


def _spelled(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal, float)):
        raise _Wrong("une valeur simple est attendue ici.")
    return str(value).strip()[:LONGEST]


def _positive(found: Money) -> int:
    if found.units <= 0:
        raise _Wrong("le montant doit être plus grand que zéro.")
    return found.units


def _natural(value: Any) -> int:
    found = read_count(_spelled(value))
    if not 0 <= found < 10_000_000:
        raise _Wrong("un nombre de 0 à 9 999 999 est attendu ici.")
    return found


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(dict.fromkeys(word for each in value if (word := _line(each))))
    return tuple(dict.fromkeys(_line(value).replace(",", " ").split()))


def _one_of(value: str, among: Sequence[str]) -> str:
    if value not in among:
        raise _Wrong(f"« {value[:40]} » n'est pas un choix possible : {', '.join(among)}.{did_you_mean(value, among)}")
    return value
