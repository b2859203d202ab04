"""Entries proposed for what the bank did by itself: its charges and the interest it pays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from grandlivre.books.bank import Tick
from grandlivre.books.index import Books
from grandlivre.books.records import Account
from grandlivre.i18n import day as day_of
from grandlivre.importers.statement import StatementLine
from grandlivre.matching import WINDOW_DAYS
from grandlivre.policy.donors import OWN_TREE, Agreement
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import CHARGES_OF, INTEREST_OF
from grandlivre.tasks.entries import Value, transaction
from grandlivre.tasks.numbers import NextNumbers
from grandlivre.tasks.shares import SHARES, Share, complements, is_passed


class Proposal(NamedTuple):
    """An entry that would explain one statement line."""

    line: StatementLine
    date: date
    piece: str
    other: Account
    """The account against the bank's."""
    entry: str
    """The whole entry as it would be written."""
    after: str
    """Whose last voucher it had to follow, when it is dated after the bank's day."""


class Puzzle(NamedTuple):
    """A statement line that only a person can book, and why."""

    line: StatementLine
    why: str


class Drafted(NamedTuple):
    """What the lines that the books do not hold call for."""

    proposals: tuple[Proposal, ...]
    puzzles: tuple[Puzzle, ...]
    shares: tuple[Share, ...]
    """What the charges add to the shares of funds already passed."""


_WITH_ITS_FEE = "ces frais vont avec l'opération de la même ligne du relevé : passez-les ensemble, en une écriture."
"""Said of a fee printed beside an operation that nothing explains: booked alone, it would come again with the operation."""


class Drafter:
    """Proposes entries for lines of one account and one month, numbered one after another."""

    def __init__(self, books: Books, account: Account, month: Period, bank: str, document: str = "") -> None:
        self.books = books
        self.account = account
        self.month = month
        self.bank = bank
        self.document = document
        self.numbers = NextNumbers(books, "MM" if account.is_mobile else "BQ", account.tree)
        self.shares = NextNumbers(books, SHARES, account.tree)

    def draft(self, lines: tuple[StatementLine, ...], after: Sequence[Tick] = ()) -> Drafted:
        """What can be proposed, what cannot with the reason, each in the order of the lines, and the shares it calls for.

        `after`: what the books hold later than the month, and no statement shows yet.
        """
        proposals: list[Proposal] = []
        puzzles: list[Puzzle] = []
        unexplained = {each.row for each in lines if each.nature != "frais"}
        for line in sorted(lines, key=lambda each: (each.date, each.row)):
            with_another = line.nature == "frais" and line.row in unexplained
            found = _WITH_ITS_FEE if with_another else _booked_later(line, after) or self._one(line)
            if isinstance(found, Proposal):
                proposals.append(found)
            else:
                puzzles.append(Puzzle(line, found))
        charges = [(each.date, -each.line.amount) for each in proposals if each.other.is_expense]
        shares = complements(self.books, self.account.tree, charges, self.shares)
        return Drafted(tuple(proposals), tuple(puzzles), shares)

    def _one(self, line: StatementLine) -> Proposal | str:
        other = counterpart(self.books, self.account, line)
        if isinstance(other, str):
            return other
        words: dict[str, Value] = {}
        if other.is_expense:
            budget = self._budget(line.date, other)
            if isinstance(budget, str):
                return budget
            words.update(budget)
        else:
            words["mode"] = "virement"
        # numbers follow dates: after later vouchers, the next number takes the last one's day and `date-valeur` the bank's
        least = self._day(line.date, other)
        day, piece = self.numbers.next(least)
        if day != line.date:
            words["date-valeur"] = line.date
        words["pointage"] = self.month.code
        if self.document:
            words["document"] = self.document
        legs = ((other.name, -line.amount), (self.account.name, line.amount))
        if line.amount > 0:
            legs = (legs[1], legs[0])
        flag = "*" if self.document else "!"
        entry = transaction(
            day, flag, self.bank, line.text, {"piece": piece, **words}, legs, self.books.policy.currency
        )
        after = "de la série OD, où la quote-part se complète" if line.date < least == day else "de sa série"
        return Proposal(line, day, piece, other, entry, after)

    def _day(self, day: date, other: Account) -> date:
        """The day of a charge: where its month's share is passed and can no longer be completed, that of the last OD."""
        last = self.shares.latest
        if last is None or not other.is_expense or last <= Period.month(day).end:
            return day
        return last if is_passed(self.books, self.account.tree, Period.month(day)) else day

    def _budget(self, day: date, expense: Account) -> dict[str, Value] | str:
        """The budget line bank charges go to, and the agreement when several are in force."""
        donor = self.books.donor(self.account.tree)
        agreements = [each for each in donor.agreements if each.on(day)] if donor is not None else []
        found = [(each, lines) for each in agreements if (lines := _lines(each, day, expense.number))]
        if len(agreements) > 1:
            if len(found) != 1:
                names = ", ".join(each.id for each in agreements)
                return f"plusieurs conventions sont en vigueur ({names}) : dites laquelle paie les frais de banque."
            agreement, lines = found[0]
            words: dict[str, Value] = {"convention": agreement.id}
        elif not found:
            return {}
        else:
            (_, lines), words = found[0], {}
        if len(lines) > 1:
            return f"plusieurs lignes budgétaires admettent le {expense.number} ({', '.join(lines)}) : choisissez la ligne."
        return {**words, "ligne": lines[0]}


def _booked_later(line: StatementLine, after: Sequence[Tick]) -> str:
    """What to say of a line that the books may hold under a day after its month; "" when they do not."""
    days = line.date, line.value_date or line.date
    near = next(
        (
            each
            for each in after
            if each.movement.value == line.amount
            and min(abs((each.entry.date - own).days) for own in days) <= WINDOW_DAYS
        ),
        None,
    )
    if near is None:
        return ""
    return (
        f"les livres ont peut-être déjà ce mouvement, {near.named} du {day_of(near.entry.date)} : si c'est lui, ajoutez-y "
        f"date-valeur: {line.date} ; sinon, passez l'écriture."
    )


def counterpart(books: Books, account: Account, line: StatementLine) -> Account | str:
    """The account against the bank's for a charge or interest, or the reason why nobody but a person can say."""
    day = line.date
    if line.nature == "frais" and line.amount < 0:
        numbers = CHARGES_OF["MM" if account.is_mobile else "BQ"]
        found = next((each for number in numbers for each in _opened(books, account.tree, number, day)), None)
        return (
            found
            or f"le projet {account.tree} n'a aucun compte {numbers[0]} ouvert : ouvrez-le pour les frais de banque."
        )
    if line.nature == "interets" and line.amount > 0:
        number = _interest(books, account.tree, day)
        if not number:
            return "le modèle de financement ne dit pas où vont les intérêts : passez l'écriture avec la Direction."
        found = next(_opened(books, account.tree, number, day), None)
        return found or f"le projet {account.tree} n'a aucun compte {number} ouvert : ouvrez-le pour les intérêts."
    return {
        "frais": "c'est un remboursement de frais : passez l'écriture.",
        "interets": "ce sont des intérêts débiteurs : passez l'écriture (6745), et voyez pourquoi le compte a manqué.",
        "prelevements": "c'est un prélèvement d'office : demandez l'avis à la banque, puis passez l'écriture.",
        "impayes": "c'est un rejet : demandez l'avis à la banque, puis passez l'écriture inverse de la remise.",
    }.get(line.nature or "", "rien dans les livres ne l'explique : cherchez la pièce, ou demandez l'avis à la banque.")


def _interest(books: Books, tree: str, day: date) -> str:
    donor = books.donor(tree)
    models = {each.financing for each in donor.agreements if each.on(day)} if donor is not None else set()
    if tree == OWN_TREE:
        models = {"ressources-propres"}
    numbers = {INTEREST_OF.get(model, "") for model in models}
    return numbers.pop() if len(numbers) == 1 else ""


def _opened(books: Books, tree: str, number: str, day: date) -> Iterator[Account]:
    return (each for each in books.tree_accounts(tree, number) if books.index.is_open(each.name, day))


def _lines(agreement: Agreement, day: date, number: str) -> list[str]:
    """The budget lines that name a nature this number belongs to."""
    return [code for code, line in agreement.budget_at(day).items() if line.accounts and line.allows(number)]
