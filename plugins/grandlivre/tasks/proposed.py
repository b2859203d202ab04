"""Entries that a command proposes: shown, or written all or none in one step, with the accounts that they still lack.

    draft = Draft(desk)
    funds, income = draft.account("EAU", "462", day), draft.account("EAU", "702", day)
    draft.add("EAU", day, "Quote-part …", "quote-part", ((funds, 500), (income, -500)), why="Charges de mars : …")
    write(desk, draft.done(), "entries")

What is right already is not proposed by the command that drafts, so that writing twice adds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.i18n import day as shown
from grandlivre.policy.periods import day_after
from grandlivre.scaffold.accounts import root_of, slug
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk, Pages
from grandlivre.tasks.entries import Value, transaction
from grandlivre.tasks.numbers import NextNumbers

_SERIES = "OD"
"""What is only reckoned has no bank, no till and no phone of its own."""
Leg = tuple[str, int]
"""An account's name and what it moves, in whole units of the books' currency; debits are positive."""


class Proposed(NamedTuple):
    """An entry that a command proposes."""

    tree: str
    date: date
    file: Path
    """Where it goes."""
    piece: str
    text: str
    """The whole entry as it would be written."""
    why: str
    """A French sentence: what asks for it."""
    legs: tuple[Leg, ...]

    def moved(self, account: str) -> int:
        """What it moves on an account, in whole units of the books' currency."""
        return sum(units for name, units in self.legs if name == account)

    @property
    def amount(self) -> int:
        """What it debits."""
        return sum(max(0, units) for _, units in self.legs)


class Opening(NamedTuple):
    """The accounts that a file has first to open."""

    date: date
    file: Path
    text: str


class Batch(NamedTuple):
    """What a command proposes together."""

    entries: tuple[Proposed, ...]
    openings: tuple[Opening, ...]
    notes: tuple[str, ...]
    """French sentences: what asks for nothing and why, what a person has still to do."""

    @property
    def where(self) -> tuple[Path, ...]:
        """The files that would change, each once."""
        files = [*(each.file for each in self.openings), *(each.file for each in self.entries)]
        return tuple(dict.fromkeys(files))


class Draft:
    """A batch while it is made: one series of vouchers a tree, accounts found or to be opened."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.books: Books = desk.books
        self._numbers: dict[str, NextNumbers] = {}
        self._entries: list[Proposed] = []
        self._missing: dict[str, str] = {}
        self._notes: list[str] = []

    def account(self, tree: str, number: str, day: date) -> str:
        """The name of a tree's account of that number, open on that day: the nearest there is, else one to be opened."""
        opened = [each for each in self.books.tree_accounts(tree, number) if self.books.index.is_open(each.name, day)]
        if opened:
            return min(opened, key=lambda each: (len(each.number), each.name)).name
        leaf = f"{number}-{slug(self.books.policy.chart.label(number))}".rstrip("-")
        name = f"{self.books.index.root_name(root_of(number))}:{tree}:{leaf}"
        known = self.books.accounts.get(name)
        if known is not None:
            raise RefusedError(f"{self.at(known.place)} : {name} n'est pas ouvert le {shown(day)} : changez sa date.")
        self._missing[name] = tree
        return name

    def at(self, place: Place) -> str:
        """A file and line, for a sentence."""
        return f"{self.desk.inspection.relative(place.file)}:{place.line}"

    def note(self, sentence: str) -> None:
        """Adds what a person has to know, once."""
        if sentence not in self._notes:
            self._notes.append(sentence)

    def next_number(self, tree: str, day: date) -> str:
        """The voucher of the tree's next entry."""
        if tree not in self._numbers:
            self._numbers[tree] = NextNumbers(self.books, _SERIES, tree)
        return self._numbers[tree].next_on(day)

    def add(
        self,
        tree: str,
        day: date,
        narration: str,
        kind: str,
        legs: Sequence[Leg],
        why: str,
        words: Mapping[str, Value] | None = None,
    ) -> Proposed:
        """Proposes an entry, dated the day it speaks of and numbered next (`numerotation-pieces` knows its word).

        Raises RefusedError when the day is closed, or in no fiscal year.
        """
        self.require_open(day, tree, narration)
        piece = self.next_number(tree, day)
        values: dict[str, Value] = {"piece": piece, "ecriture": kind}
        policy = self.books.policy
        text = transaction(
            day, "*", policy.organisation.acronym, narration, {**values, **(words or {})}, legs, policy.currency
        )
        made = Proposed(tree, day, self._file(tree, day), piece, text, why, tuple(legs))
        self._entries.append(made)
        return made

    def moved(self, account: str) -> int:
        """What the entries proposed so far move on an account."""
        return sum(each.moved(account) for each in self._entries)

    def require_open(self, day: date, tree: str, what: str) -> None:
        """Raises RefusedError, with the place of what closes it, when a day is closed or in no fiscal year."""
        for closing, period in self.books.closed:
            if day in period:
                raise RefusedError(
                    f"{self.at(closing.place)} : la période {closing.period} est close, rien ne s'y ajoute : « {what} » ({tree}) serait du "
                    f"{shown(day)}. Passez-la à la main dans la première période ouverte, avec la date-valeur du {shown(day)}."
                )
        if not self.books.policy.organisation.is_open(day):
            where = self.at(self.books.rules_place("organisation.yaml", "exercices"))
            raise RefusedError(
                f"{where} : le {shown(day)} n'est dans aucun exercice ouvert : ajoutez l'exercice dans exercices."
            )

    def first_open(self, day: date) -> tuple[date, dict[str, Value]]:
        """The day itself, or in a closed period the first one open, with `date-valeur` (AUDCIF art. 22-4°)."""
        ends = [period.end for _, period in self.books.closed if day <= period.end]
        if not ends:
            return day, {}
        return day_after(max(ends)), {"date-valeur": day}

    def done(self) -> Batch:
        """The batch: what is proposed, in the order it was added."""
        return Batch(tuple(self._entries), tuple(self._openings()), tuple(self._notes))

    def _openings(self) -> list[Opening]:
        """The accounts to open, together by file, from the first day of the books: any entry may then use them."""
        grouped: dict[Path, list[str]] = {}
        for name, tree in sorted(self._missing.items()):
            grouped.setdefault(self._home(tree), []).append(name)
        day, currency = self.books.start, self.books.policy.currency
        return [
            Opening(day, file, "".join(f"{day} open {name.ljust(52)} {currency}\n" for name in names))
            for file, names in grouped.items()
        ]

    def _home(self, tree: str) -> Path:
        """The file where a tree opens its accounts."""
        files = [each.place.file for each in self.books.tree_accounts(tree) if each.opened is not None]
        return Path(max(sorted(set(files)), key=files.count))

    def _file(self, tree: str, day: date) -> Path:
        opened = next(each for each in self.books.tree_accounts(tree) if each.opened is not None)
        return self.desk.month_file(opened, day)


def write(desk: Desk, batch: Batch, command: str) -> tuple[str, ...]:
    """Adds what is proposed to the books, all or none; returns the changed paths. Raises WriteError."""
    return desk.write(command, lambda pages: insert(pages, batch))


def insert(pages: Pages, batch: Batch) -> None:
    """Adds what is proposed to the pages of a change."""
    for opening in batch.openings:
        pages.insert(opening.file, opening.date, opening.text)
    for entry in batch.entries:
        pages.insert(entry.file, entry.date, entry.text)
