"""The movements behind a line of the project set's balance sheet and operating statement."""

from __future__ import annotations

from collections.abc import Iterator

from grandlivre.books.index import Books
from grandlivre.policy.sycebnl import DEPRECIATION, DEPRECIATIONS
from grandlivre.statements.between import Trees, is_shared
from grandlivre.statements.explaining import Behind, behind
from grandlivre.statements.years import Year

_WORN = (*DEPRECIATION, *DEPRECIATIONS)


def behind_project(books: Books, made: Year, trees: Trees, key: str) -> tuple[Behind, ...]:
    """The movements behind a line, in the order of the books; what trees charge each other is left out as in the line."""
    shared = is_shared(books, trees, made.span)
    found = [
        each
        for each in behind(books, made, key)
        if not each.movement.account.is_(*_WORN) and not shared(each.entry, each.movement)
    ]
    found += _worn(books, made, trees, key)
    return tuple(sorted(found, key=lambda each: (each.entry.sort_key, each.movement.line)))


def _worn(books: Books, made: Year, trees: Trees, key: str) -> Iterator[Behind]:
    """What depreciation gave to the results brought forward: every movement of its accounts."""
    for sign, share in made.now.shares_behind(key):
        if books.accounts[share.figures.account.name].number == share.figures.account.number:
            continue
        for account in (each for tree in trees for each in books.tree_accounts(tree, *_WORN)):
            for entry, movement in books.movements(account.name):
                if movement.value and entry.date <= made.span.end:
                    yield Behind(entry, movement, sign * movement.value)
