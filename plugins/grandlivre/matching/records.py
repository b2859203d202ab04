"""What goes into a matching and what comes out of it."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import NamedTuple, Protocol


class Line(Protocol):
    """A statement line; `grandlivre.importers.statement.StatementLine` is one. Lines are hashable values."""

    @property
    def row(self) -> int:
        """Where it stands in the statement's file."""

    @property
    def date(self) -> dt.date:
        """The day the bank booked it."""

    @property
    def value_date(self) -> dt.date | None:
        """The bank's value date."""

    @property
    def amount(self) -> int:
        """Signed whole francs, receipts positive."""

    @property
    def text(self) -> str:
        """The bank's wording."""

    @property
    def reference(self) -> str | None:
        """The reference printed apart."""

    @property
    def nature(self) -> str | None:
        """frais, interets, prelevements, impayes, or None."""


class BookMovement(NamedTuple):
    """One movement of the bank account in the books, not yet ticked."""

    key: str
    """What tells it from every other, for example file:line."""
    date: dt.date
    amount: int
    """Signed whole francs, receipts positive."""
    cheque: str | None = None
    transfer: str | None = None
    payee: str = ""
    text: str = ""
    voucher: str = ""
    charge: bool = False
    """Its every other posting is a bank charge: it pairs with the bank's own charges before anything else."""


class Evidence(StrEnum):
    """Why a match is certain, in the accountant's words."""

    NUMBER = "numéro"
    NUMBER_SUM = "numéro et somme"
    PAYEE = "bénéficiaire"
    PAYEE_SUM = "bénéficiaire et somme"
    AMOUNT = "montant seul"
    FEE_SUM = "montant et ses frais"
    DAY_SUM = "somme d'un même jour"
    DECIDED = "choix"


class Reason(StrEnum):
    """Why a person must choose."""

    EQUAL = "montants égaux que rien ne distingue"
    OLDER = "un mouvement plus ancien du même montant attend encore"
    OTHER_PAYEE = "le libellé nomme un autre bénéficiaire"
    SEVERAL_SUMS = "plusieurs sommes possibles"
    LONE_SUM = "somme exacte, sans numéro ni bénéficiaire commun"
    SINGLE_OR_SUM = "un montant seul ou une somme"
    PERHAPS_BOOKED = "les livres ont peut-être déjà ce mouvement, sous un autre libellé"


class Match(NamedTuple):
    """Lines and movements of one total that settle each other (1-1, n-1, 1-n, or n-n equal ones)."""

    lines: tuple[Line, ...]
    movements: tuple[BookMovement, ...]
    evidence: Evidence


class Choice(NamedTuple):
    """What only a person can decide. Options may exclude each other; none need be right."""

    lines: tuple[Line, ...]
    movements: tuple[BookMovement, ...]
    options: tuple[Match, ...]
    """The nearest few."""
    reason: Reason
    more: int = 0
    """How many other options there were, further away."""


class Discrepancy(NamedTuple):
    """A line that carries a movement's number but not its amount: the bank's error or the books'."""

    line: Line
    movement: BookMovement


class Outstanding(NamedTuple):
    """A movement the bank has not shown, and its age in days."""

    movement: BookMovement
    days: int


class Matching(NamedTuple):
    """The outcome. Every line and every movement is in `certain`, in a choice, or left over."""

    certain: tuple[Match, ...]
    choices: tuple[Choice, ...]
    unmatched: tuple[Line, ...]
    """Lines nothing explains; their `nature` says which are charges or interest to be booked."""
    outstanding: tuple[Outstanding, ...]
    """Movements nothing explains (suspens); those of open choices are not here, see `suspens`."""
    discrepancies: tuple[Discrepancy, ...]
    """Among the left-overs: same number, another amount."""

    @property
    def suspens(self) -> tuple[BookMovement, ...]:
        """Every movement without a certain match, open choices included, by date and key."""
        movements = {each.movement for each in self.outstanding}
        movements.update(movement for choice in self.choices for movement in choice.movements)
        return tuple(sorted(movements, key=lambda movement: (movement.date, movement.key)))

    @property
    def unexplained(self) -> tuple[Line, ...]:
        """Every line without a certain match, open choices included, by date and row."""
        lines = {line for choice in self.choices for line in choice.lines} | set(self.unmatched)
        return tuple(sorted(lines, key=lambda line: (line.date, line.row)))
