"""The reconciliation of a project's cash: what the statement of sources and uses says, from A to I."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.policy.people import folded
from grandlivre.policy.sycebnl import DONOR_DEBTS, DONOR_FUNDS, EXPENSES, INTEREST, SUPPLIER_DEBTS, TREASURY
from grandlivre.statements.between import Trees
from grandlivre.statements.figures import Span
from grandlivre.statements.layout_files import layout_of
from grandlivre.statements.mapping import Share, Statement, fill
from grandlivre.statements.projects import project_accounts
from grandlivre.statements.uses import uses
from grandlivre.statements.years import choices

STATEMENT = "reconciliation-tresorerie"
_FUNDS = (*DONOR_FUNDS, *DONOR_DEBTS)


def cash_reconciliation(books: Books, end: date, trees: Trees) -> Statement:
    """The statement of those trees over the fiscal year of a day, up to that day."""
    made = uses(books, end, trees)
    accounts = project_accounts(books, made.span, trees)
    earned = interest_kept(books, made.span, trees)

    def placed() -> Iterator[tuple[str, Share]]:
        for _, share in made.year.shares_behind("GW"):
            yield "A", share
        given = {share.figures.account.name: share for _, share in made.year.shares_behind("FA")}
        for _, share in made.year.shares_behind("FA"):
            yield "B", share
        for name, kept in earned.items():
            if name in given:
                yield "B", given[name]._replace(amount=-kept)
                yield "C", given[name]._replace(amount=kept)
        for key in ("FC", "FD"):
            for _, share in made.year.shares_behind(key):
                yield "C" if share.figures.account.is_(*INTEREST) else "D", share
        for _, share in made.year.shares_behind("GU"):
            yield "F", share
        for each in accounts:
            if each.account.is_(*SUPPLIER_DEBTS):
                yield "H", Share(each, each.balance)

    return fill(layout_of(books.policy, STATEMENT), accounts, choices(books), placed())


def interest_kept(books: Books, span: Span, trees: Trees) -> Mapping[str, int]:
    """Interest that a donor keeps, credited to its funds (462, 165), by account; debits positive."""
    found: dict[str, int] = {}
    for entry in books.matching(
        lambda pattern: pattern.touches(_FUNDS) and pattern.touches(TREASURY) and not pattern.touches(EXPENSES)
    ):
        if not span.start <= entry.date <= span.end or not entry.is_of_the_year or not keeps_interest(entry):
            continue
        for movement in entry.movements:
            if movement.account.is_(*_FUNDS) and movement.account.tree in trees:
                found[movement.account.name] = found.get(movement.account.name, 0) + movement.value
    return found


def keeps_interest(entry: Entry) -> bool:
    """Whether what an entry credits to a donor's funds is interest: the narration says so."""
    return not entry.pattern.touches(EXPENSES) and "interet" in folded(entry.narration)
