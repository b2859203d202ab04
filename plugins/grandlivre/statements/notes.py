"""What the notes to the statements of associations detail: the accounts behind each line that refers to a note."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Account
from grandlivre.policy.layouts import StatementLine
from grandlivre.policy.model import Field, Model
from grandlivre.policy.reading import read
from grandlivre.policy.sycebnl import YEAR_RESULT
from grandlivre.policy.values import Flag, Name, Prefix
from grandlivre.sources.problem import Problem
from grandlivre.sources.yaml import load
from grandlivre.statements.figures import AccountYear, figures
from grandlivre.statements.mapping import Share
from grandlivre.statements.years import Year


class Note(Model):
    """Une note annexe."""

    number: Name = Field(alias="numero")
    """Numéro officiel."""
    label: Name = Field(alias="libelle")
    """Titre."""
    kind: Literal[
        "detail",
        "engagements",
        "immobilisations",
        "cessions",
        "amortissements",
        "fonds",
        "effectifs",
        "indicateurs",
        "execution",
    ] = Field(alias="genre")
    """Ce qu'elle contient."""
    lines: tuple[str, ...] = Field((), alias="renvois")
    """Renvois des lignes qu'elle suit ; absents : le sien."""
    numbers: tuple[Prefix, ...] = Field((), alias="comptes")
    """Comptes qu'elle suit."""
    excluded: tuple[Prefix, ...] = Field((), alias="sauf")
    """Comptes qu'une autre note détaille."""
    always: Flag = Field(False, alias="toujours")
    """oui : imprimée même vide."""

    @property
    def key(self) -> str:
        """The key of its table."""
        return f"note-{self.number.lower()}"


class Notes(Model):
    """Les notes annexes, dans l'ordre imprimé."""

    notes: tuple[Note, ...] = Field()
    """Notes."""


@cache
def notes() -> tuple[Note, ...]:
    """The notes that come with the program."""
    path = Path(__file__).with_suffix(".yaml")
    problems: list[Problem] = []
    found, _ = read(Notes, load(path, problems), path, problems)
    if found is None or problems:
        raise ValueError(f"{path}: {problems}")
    return found.notes


class Detail(NamedTuple):
    """A number of the chart under a line of a statement, in whole francs, positive in the line's direction."""

    number: str
    accounts: tuple[Account, ...]
    amount: int
    previous: int | None
    """None in the first year of a statement of movements."""


class Movements(NamedTuple):
    """What a line's accounts did in the year, in whole francs, positive in the line's direction."""

    label: str
    opening: int
    increase: int
    decrease: int

    @property
    def closing(self) -> int:
        """opening + increase − decrease."""
        return self.opening + self.increase - self.decrease


def notes_of(line: StatementLine) -> tuple[str, ...]:
    """The notes a line refers to: « 5D et 30 » is two."""
    return tuple(part.strip() for part in line.note.split(" et ") if part.strip())


def lines_of(year: Year, note: str) -> Iterator[StatementLine]:
    """The lines of a statement that refer to a note, with those that add up to them instead of them."""
    for line in year.now.layout.lines:
        if note in notes_of(line):
            yield from _reading(year, line)


def _reading(year: Year, line: StatementLine) -> Iterator[StatementLine]:
    if not line.sums:
        yield line
    for term in line.sums:
        yield from _reading(year, year.now.layout.by_key[term.key])


def details(year: Year, line: StatementLine) -> tuple[Detail, ...]:
    """What a line is made of, number by number; their sum is the line's net amount, and its amount of the year before."""
    sign = year.now.layout.direction_of(line)
    now, before = _by_number(year, line, former=False), _by_number(year, line, former=True)
    return tuple(
        Detail(
            number,
            tuple(now.get(number, before.get(number, ((), 0)))[0]),
            sign * now.get(number, ((), 0))[1],
            sign * before.get(number, ((), 0))[1] if year.before is not None else None,
        )
        for number in sorted({*now, *before})
    )


def _by_number(year: Year, line: StatementLine, *, former: bool) -> dict[str, tuple[tuple[Account, ...], int]]:
    statement = year.before if former else year.now
    found: dict[str, tuple[tuple[Account, ...], int]] = {}
    for share in _told(statement.shares.get(line.key, ())) if statement is not None else ():
        accounts, amount = found.get(share.figures.account.number, ((), 0))
        found[share.figures.account.number] = ((*accounts, share.figures.account), amount + share.amount)
    return found


def _told(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """A line's shares without the closing of accounts and what it closed, which weigh nothing together."""
    closed = [share for share in shares if share.reading == "anterieur" or share.figures.account.is_(*YEAR_RESULT)]
    if sum(share.amount for share in closed):
        return shares
    return tuple(share for share in shares if share not in closed)


def movements(year: Year, line: StatementLine, *, deductions: bool) -> Movements:
    """A line's gross amount over the year, or (`deductions`) what depreciation and impairment take away of it."""
    sign = -1 if deductions else 1
    sign *= year.now.layout.direction_of(line)
    opening = debit = credit = 0
    for share in year.now.shares.get(line.key, ()):
        if share.deduction is deductions:
            opening += share.figures.opening
            debit += share.figures.debit
            credit += share.figures.credit
    up, down = (debit, credit) if sign > 0 else (credit, debit)
    return Movements(line.label, sign * opening, up, down)


def funds(books: Books, year: Year, prefixes: Iterable[str], tree: str = "") -> tuple[AccountYear, ...]:
    """The accounts of donors' funds that opened or moved, by tree then number."""
    wanted = tuple(prefixes)
    found = (
        each
        for each in figures(books, year.span, tree)
        if each.account.is_(*wanted) and (each.opening or each.debit or each.credit)
    )
    return tuple(sorted(found, key=lambda each: (each.account.tree, each.account.number)))
