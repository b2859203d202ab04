"""The figures of the project set: one tree, or all trees that have one, added up less what they owe each other.

In this set nothing is depreciated (SYCEBNL, art. 7 and 9): what the books of the association depreciate is taken back, and the
results of the years before hold what it cost them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from grandlivre.books.index import Books
from grandlivre.policy.sycebnl import DEPRECIATION, DEPRECIATIONS, PROJECTS, RESULTS_BROUGHT
from grandlivre.statements.between import Between, Trees, without_loans, without_shares
from grandlivre.statements.figures import AccountYear, Span, figures
from grandlivre.statements.years import Year, opening_gap, year_read


def project_trees(books: Books) -> Trees:
    """The trees with an agreement of model A, B or F."""
    donors = sorted(books.policy.donors.items())
    return tuple(code for code, donor in donors if any(each.financing in PROJECTS for each in donor.agreements))


def project_accounts(books: Books, span: Span, trees: Trees) -> tuple[AccountYear, ...]:
    """What the accounts of those trees did in a year: several trees, less what they owe and charge each other."""

    def read() -> tuple[AccountYear, ...]:
        if len(trees) < 2:
            return figures(books, span, *trees)
        every = (each for tree in trees for each in figures(books, span, tree))
        return without_loans(books, trees, span, without_shares(books, trees, span, every)[0])[0]

    return books.once(("project accounts", span, trees), read)


def project_figures(books: Books, span: Span, trees: Trees) -> tuple[AccountYear, ...]:
    """The same as balances show them: nothing is depreciated."""
    return tuple(undepreciated(project_accounts(books, span, trees)))


def between(books: Books, span: Span, trees: Trees) -> Between:
    """What those trees owe and charge each other in a year; nothing for one alone."""
    if len(trees) < 2:
        return Between((), ())
    every = tuple(each for tree in trees for each in figures(books, span, tree))
    kept, shares = without_shares(books, trees, span, every)
    return Between(without_loans(books, trees, span, kept)[1], shares)


def project_year(books: Books, statement: str, end: date, trees: Trees) -> Year:
    """A statement of the project set beside the year before; raises `RefusedError` while its own layout has mistakes."""
    return year_read(books, statement, end, lambda span: project_figures(books, span, trees))


def project_opening_gap(books: Books, span: Span, trees: Trees) -> int:
    """What those trees' accounts opened the year with that they did not close the year before with."""
    return sum(opening_gap(books, span, tree) for tree in trees)


def undepreciated(read: Iterable[AccountYear]) -> Iterable[AccountYear]:
    """The figures without depreciation: what it changed is given to the results brought forward, so that all still adds up."""
    worn = []
    for each in read:
        if each.account.is_(*DEPRECIATION, *DEPRECIATIONS):
            worn.append(each)
        else:
            yield each
    if worn:
        moved = sum(each.movement for each in worn)
        yield AccountYear(
            worn[0].account._replace(number=RESULTS_BROUGHT),
            sum(each.opening for each in worn),
            max(moved, 0),
            max(-moved, 0),
            sum(each.closed for each in worn),
        )
