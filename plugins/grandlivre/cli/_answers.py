"""One answer of `grandlivre init`, read and checked: what is wrong with it is said at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

from pydantic_core import PydanticCustomError

from grandlivre.i18n import Money, did_you_mean, one_line
from grandlivre.policy.organisation import FiscalYear
from grandlivre.policy.values import read_money, read_number
from grandlivre.scaffold.organisation import wrong_currency
from grandlivre.sources.problem import RefusedError

T = TypeVar("T")


def refuse(sentences: Iterable[str]) -> None:
    """Raises RefusedError when there is anything to say."""
    said = tuple(sentences)
    if said:
        raise RefusedError(*said)


def words(text: str) -> str:
    """A text of one line that says something. Raises RefusedError."""
    if not text:
        raise RefusedError("Une réponse est attendue.")
    return one_line(text)


def optional(text: str) -> str:
    """A text of one line, or nothing."""
    return "" if text.lower() in ("non", "aucun", "aucune") else one_line(text)


def currency(text: str) -> str:
    """A currency that books can be kept in."""
    refuse(wrong_currency(text.upper()))
    return text.upper()


def day(text: str) -> date:
    """A day, AAAA-MM-JJ. Raises RefusedError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RefusedError(f"« {text} » n'est pas une date : écrivez AAAA-MM-JJ, par exemple 2026-03-31.") from None


def after(start: date, text: str) -> date:
    """The last day of an agreement that began on `start`. Raises RefusedError."""
    end = day(text)
    if end < start:
        raise RefusedError(f"La convention finirait le {end:%d/%m/%Y}, avant de commencer le {start:%d/%m/%Y}.")
    return end


def fiscal_year(text: str) -> FiscalYear:
    """A calendar year, or its first and last day. Raises RefusedError."""
    try:
        if re.fullmatch(r"(19|20|21)\d\d", text):
            start, end = date(int(text), 1, 1), date(int(text), 12, 31)
        else:
            first, _, last = text.partition(":")
            start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise RefusedError(f"« {text} » n'est pas un exercice : écrivez 2026, ou 2026-07-01:2027-06-30.") from None
    if not start < end:
        raise RefusedError(f"L'exercice finit le {end:%d/%m/%Y}, avant de commencer le {start:%d/%m/%Y}.")
    return FiscalYear.model_validate({"du": start, "au": end})


def amount(books: str, text: str) -> Money | None:
    """An amount; without a currency, in the books' own; None when nothing is said."""
    if not text:
        return None
    said = text.upper().replace("FCFA", books)
    return _read(read_money, said if re.search(r"[A-Z]{3}$", said) else f"{said} {books}")


def units(books: str, text: str) -> int:
    """An amount in the books' own currency; 0 when nothing is said. Raises RefusedError."""
    found = amount(books, text)
    if found is not None and (found.currency != books or found.units < 0):
        raise RefusedError(f"« {text} » n'est pas un montant en {books} : écrivez par exemple 5000000.")
    return found.units if found is not None else 0


def rate(text: str) -> Decimal:
    """Units of the books' currency for one of another. Raises RefusedError."""
    found = _read(read_number, text) if text else Decimal(0)
    if found <= 0:
        raise RefusedError(
            "Un taux est attendu, par exemple 655,957, après la politique de conversion quand elle n'est pas fixe : mois=601,25 "
            "(celui du premier mois), moyenne-mensuelle=601,25, encaissement=600 ou encaissement-pondere=600 (celui du budget)."
        )
    return found


def choice(known: Sequence[str], answer: str) -> str:
    """One of the words, or the word of that rank in the list that was shown. Raises RefusedError."""
    if answer.isdecimal() and 1 <= int(answer) <= len(known):
        return known[int(answer) - 1]
    if answer not in known:
        raise RefusedError(f"Choix : {', '.join(known)}.{did_you_mean(answer, known)}")
    return answer


def parts(text: str, option: str, form: str, least: int, most: int) -> list[str]:
    """The parts of an option, set apart by colons. Raises RefusedError."""
    found = [part.strip() for part in text.split(":")]
    if not least <= len(found) <= most or not all(found[:least]):
        raise RefusedError(f"--{option} « {text} » ne se lit pas : écrivez {form}.")
    return found


def listed(meanings: dict[str, str]) -> str:
    """Words and what they mean, numbered as `choice` understands them."""
    return "\n".join(f"    {rank} {word} : {meaning}" for rank, (word, meaning) in enumerate(meanings.items(), 1))


def _read(read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except PydanticCustomError as error:
        raise RefusedError(f"{error.message()}.") from None
