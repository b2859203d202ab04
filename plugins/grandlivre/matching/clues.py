"""What a wording proves: the numbers it carries, the payee it names, and how well a line fits a movement."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from enum import Enum, IntEnum
from functools import lru_cache
from typing import NamedTuple

from grandlivre.matching.records import BookMovement, Line
from grandlivre.policy.people import without_asides

_STEM = 6
"""Banks cut words short: six letters are enough to know one."""

_EMPTY_WORDS = frozenset(
    word[:_STEM]
    for word in (
        "VIR VRT VIRT VIREMENT VIREMENTS CHQ CHQS CHEQUE CHEQUES PAIEMENT REGLEMENT RETRAIT VERSEMENT REMISE ORDRE "
        "RECU EMIS EMISSION FAVEUR BENEF BENEFICIAIRE POUR PAR DES LES SUR AUX AVEC SANS ACHAT FACTURE FACT REF "
        "SARL SUARL ETS ETABLISSEMENTS SOCIETE ENTREPRISE CABINET MALI MLI XOF FCFA TRANSFERT OPERATION DIVERS "
        "JANVIER FEVRIER MARS AVRIL MAI JUIN JUILLET AOUT SEPTEMBRE OCTOBRE NOVEMBRE DECEMBRE"
    ).split()
)
_CHEQUE = re.compile(r"\bCH(?:E?QUES?|EQ|QS?)?(?![A-Z])[^0-9A-Z]*(?:(?:NO|N)\b[^0-9A-Z]*)?((?:\d{3,}[^0-9A-Z]*)+)")
_CODED = re.compile(r"\b[A-Z]{1,6}[-/. ]?\d{2,}(?:[-/.]\d+)*\b")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Capitals without accents, spaces collapsed."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.upper().split())


def words(text: str) -> frozenset[str]:
    """The telling words of a wording, each cut to its first six letters."""
    found = re.findall(r"[A-Z]{3,}", fold(text))
    return frozenset(word[:_STEM] for word in found) - _EMPTY_WORDS


def _bare(number: str) -> str:
    kept = re.sub(r"[^A-Z0-9]", "", fold(number))
    return kept.lstrip("0") or "0" if kept.isdigit() else kept


class LineClue(NamedTuple):
    """Everything about a line that decides what it fits; equal clues are interchangeable lines."""

    amount: int
    date: dt.date
    value_date: dt.date | None
    numbers: frozenset[str]
    """Every number in the wording or the reference, leading zeros dropped."""
    strong: frozenset[str]
    """Those that cannot be a day, a year or a count."""
    cheques: frozenset[str]
    """Numbers the wording itself calls a cheque's."""
    words: frozenset[str]
    special: bool
    """The bank's own: charge, interest, levy or unpaid item."""


class MovementClue(NamedTuple):
    """Everything about a movement that decides what it fits; equal clues are interchangeable movements."""

    amount: int
    date: dt.date
    numbers: frozenset[str]
    words: frozenset[str]
    charge: bool


def line_clue(line: Line) -> LineClue:
    """The clue of a line."""
    said = fold(f"{line.text} {line.reference or ''}")
    runs = re.findall(r"\d{3,}", said)
    coded = frozenset(_bare(code) for code in _CODED.findall(said))
    cheques = frozenset(_bare(run) for found in _CHEQUE.findall(said) for run in re.findall(r"\d{3,}", found))
    strong = coded | cheques | frozenset(_bare(run) for run in runs if len(run) >= 5)
    ends = (re.findall(r"\d+", code)[-1] for code in _CODED.findall(said))
    numbers = strong | frozenset(_bare(run) for run in (*runs, *ends))
    return LineClue(
        line.amount, line.date, line.value_date, numbers, strong, cheques, words(line.text), line.nature is not None
    )


def movement_clue(movement: BookMovement) -> MovementClue:
    """The clue of a movement: its payee's words, or its own wording's when there is no payee or it is a bank charge."""
    numbers: set[str] = set()
    for number in filter(None, (movement.cheque, movement.transfer)):
        numbers.add(_bare(number))
        last = re.findall(r"\d{3,}", number)[-1:]
        numbers.update(_bare(run) for run in last)
    telling = words(without_asides(movement.payee))
    if movement.charge or not telling:
        telling |= words(movement.text)
    return MovementClue(movement.amount, movement.date, frozenset(numbers), telling, movement.charge)


class Fit(IntEnum):
    """How well a line fits a movement of the same amount."""

    NOT = 0
    OTHER_PAYEE = 1
    AMOUNT = 2
    SOME_WORDS = 3
    ALL_WORDS = 4
    NUMBER = 5


class Role(Enum):
    """What a line and a movement are to each other."""

    SINGLE = "one line, one movement"
    MERGED = "the line stands for several movements"
    SPLIT = "the movement stands on several lines"


class Judge:
    """Says how lines fit movements, knowing every payee and every number of the books and of the statement."""

    def __init__(self, lines: Iterable[LineClue], movements: Iterable[MovementClue], window_days: int) -> None:
        self.window = dt.timedelta(days=window_days)
        movements = list(movements)
        self._booked = frozenset(number for movement in movements for number in movement.numbers)
        self._printed = frozenset(number for line in lines for number in line.strong)
        self._payees: dict[str, set[frozenset[str]]] = {}
        for movement in movements:
            for word in movement.words:
                self._payees.setdefault(word, set()).add(movement.words)

    def near(self, line: LineClue, movement: MovementClue) -> bool:
        """Within the days, by the day the bank booked it or by its value date."""
        if abs(line.date - movement.date) <= self.window:
            return True
        return line.value_date is not None and abs(line.value_date - movement.date) <= self.window

    def perhaps(self, line: LineClue, movement: MovementClue) -> bool:
        """Whether they may be one and the same: near enough, and no number says that they are not."""
        return self.near(line, movement) and not self._contradict(line, movement, Role.SINGLE)

    def booked_already(self, line: LineClue, movement: MovementClue) -> bool:
        """Whether the books may hold the line so. A charge is booked under the number of what it was taken for: none tells it apart."""
        return self.near(line, movement) if line.special else self.perhaps(line, movement)

    def late(self, line: LineClue, movement: MovementClue) -> bool:
        """Not before the movement (less the days): a cheque may be cashed months later."""
        return max(line.date, line.value_date or line.date) >= movement.date - self.window

    def fit(self, line: LineClue, movement: MovementClue, role: Role = Role.SINGLE, *, whenever: bool = False) -> Fit:
        """How well they fit, amounts apart; `whenever` lets the bank be later than the days allow."""
        if not self.late(line, movement):
            return Fit.NOT
        if line.numbers & movement.numbers:
            return Fit.NUMBER
        if self._contradict(line, movement, role) or not (whenever or self.near(line, movement)):
            return Fit.NOT
        common = line.words & movement.words
        if common:
            return Fit.ALL_WORDS if common == movement.words else Fit.SOME_WORDS
        if line.special != movement.charge:
            return Fit.NOT
        return Fit.OTHER_PAYEE if self._names_another(line, movement) else Fit.AMOUNT

    def _contradict(self, line: LineClue, movement: MovementClue, role: Role) -> bool:
        """The line carries another movement's number, or the movement's number stands on another line.

        One line for several movements may carry the numbers of some only, and several lines for one movement may
        carry its number on some only.
        """
        named = bool(line.strong & self._booked)
        printed = bool(movement.numbers & self._printed)
        if movement.numbers and (named or line.cheques):
            return True
        return (named and role is not Role.MERGED) or (printed and role is not Role.SPLIT)

    def _names_another(self, line: LineClue, movement: MovementClue) -> bool:
        payees = {payee for word in line.words for payee in self._payees.get(word, ())}
        return any(payee <= line.words for payee in payees if payee != movement.words)
