"""What the models of financing owe at the end of a fiscal year, tree by tree (SYCEBNL, Guide d'application)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from grandlivre.books.funds import Funds, month_ends
from grandlivre.books.index import Books
from grandlivre.policy.donors import Agreement, Donor
from grandlivre.policy.organisation import FiscalYear


class YearResult(NamedTuple):
    """A tree over a fiscal year that has ended, whole francs."""

    year: FiscalYear
    charges: int
    """Without 68 and 69."""
    income: int


def models(donor: Donor) -> frozenset[str]:
    """The models of a donor's agreements."""
    return frozenset(agreement.financing for agreement in donor.agreements)


def trees_of(books: Books, model: str) -> tuple[Donor, ...]:
    """The donors whose agreements are all of one model: their whole tree follows it."""
    return tuple(donor for donor in books.policy.donors.values() if models(donor) == {model})


def months_of(books: Books) -> Mapping[str, tuple[Funds, ...]]:
    """The equation of funds of each donor's tree that has agreements, at the end of each month that has ended; read once."""

    def read() -> Mapping[str, tuple[Funds, ...]]:
        found: dict[str, list[Funds]] = {donor.code: [] for donor in books.policy.donors.values() if donor.agreements}
        for row in month_ends(books.entries, books.shapes, frozenset(found), books.policy.loan_accounts, books.today):
            found[row.tree].append(row)
        return {tree: tuple(rows) for tree, rows in found.items()}

    return books.once(("equation of funds", books.today), read)


def year_results(books: Books, tree: str) -> Iterator[YearResult]:
    """Each fiscal year of a tree that has ended; closings of accounts left out."""
    ends = {row.month.end: row for row in months_of(books)[tree]}
    charges = income = 0
    for year in books.policy.organisation.years:
        row = ends.get(year.end)
        if row is not None:
            yield YearResult(year, row.charges - charges, row.income - income)
            charges, income = row.charges, row.income


def moved(books: Books, tree: str, numbers: tuple[str, ...], until: date) -> int:
    """What a tree has moved on accounts since its books began, closings of accounts left out; debits positive."""
    return sum(
        movement.value
        for account in books.tree_accounts(tree, *numbers)
        for entry, movement in books.movements(account.name)
        if entry.date <= until and entry.kind != "cloture"
    )


def balance(books: Books, tree: str, numbers: tuple[str, ...], day: date) -> int:
    """The balance of a tree's accounts together at the end of a day; debits positive."""
    return sum(books.balance(account.name, day) for account in books.tree_accounts(tree, *numbers))


def settled(books: Books, agreement: Agreement) -> date:
    """The last day on which what was received before an agreement's end may be paid."""
    grace = agreement.grace
    return grace.after(agreement.final_day, books.policy.holidays) if grace else agreement.final_day


def last_agreement(donor: Donor) -> Agreement:
    """The agreement of a donor that ends last."""
    return max(donor.agreements, key=lambda each: each.final_day)
