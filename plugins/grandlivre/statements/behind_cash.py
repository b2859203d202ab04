"""The movements behind a line of the reconciliation of a project's cash: those of the lines of sources and uses it comes from."""

from __future__ import annotations

from collections.abc import Iterator

from grandlivre.books.index import Books
from grandlivre.policy.sycebnl import INTEREST, SUPPLIER_DEBTS, TRANSIT
from grandlivre.statements.behind_uses import behind_uses
from grandlivre.statements.cash_reconciliation import keeps_interest
from grandlivre.statements.explaining import Behind
from grandlivre.statements.uses import Uses

_SAME = {"A": "GW", "F": "GU", "G": "GY"}
"""The lines that are a line of sources and uses; G is the cash at the end."""


def behind_cash(books: Books, made: Uses, key: str) -> tuple[Behind, ...]:
    """The movements behind a line, in the order of the books."""
    found = sorted(_behind(books, made, key), key=lambda each: (each.entry.sort_key, each.movement.line))
    return tuple(found)


def _behind(books: Books, made: Uses, key: str) -> Iterator[Behind]:
    if key in _SAME:
        yield from behind_uses(books, made, _SAME[key])
    elif key in ("B", "C"):
        given = behind_uses(books, made, "FA")
        yield from (each for each in given if keeps_interest(each.entry) is (key == "C"))
    if key in ("C", "D"):
        other = (*behind_uses(books, made, "FC"), *behind_uses(books, made, "FD"))
        yield from (each for each in other if each.movement.account.is_(*INTEREST) is (key == "C"))
    if key == "E":
        yield from _on(books, made, TRANSIT, 1, of_the_year=True)
    if key in ("H", "I"):
        yield from _on(books, made, SUPPLIER_DEBTS, -1 if key == "H" else 1, of_the_year=False)
    if key == "I":
        yield from behind_uses(books, made, "GY")


def _on(books: Books, made: Uses, numbers: tuple[str, ...], sign: int, *, of_the_year: bool) -> Iterator[Behind]:
    """The movements on some accounts, of the year or up to its end."""
    for account in (each for tree in made.trees for each in books.tree_accounts(tree, *numbers)):
        for entry, movement in books.movements(account.name):
            ahead = entry.date < made.span.start or entry.is_opening
            if movement.value and entry.date <= made.span.end and not (of_the_year and ahead):
                yield Behind(entry, movement, sign * movement.value)
