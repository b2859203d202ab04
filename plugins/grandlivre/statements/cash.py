"""What moved no cash, left out of a statement of flows: an entry made of a couple of accounts that the layout names."""

from __future__ import annotations

from collections.abc import Iterable

from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Pattern
from grandlivre.policy.layouts import Selector
from grandlivre.statements.figures import AccountYear, Span, is_closing

Couples = tuple[tuple[Selector, ...], ...]


def with_cash(books: Books, span: Span, read: Iterable[AccountYear], couples: Couples) -> tuple[AccountYear, ...]:
    """The figures less the year's entries that touch the accounts of one couple, each of them, and no other account."""
    debited: dict[str, int] = {}
    credited: dict[str, int] = {}
    for entry in books.matching(lambda pattern: _made_of_one(pattern, couples)):
        if entry.is_opening or is_closing(entry) or not span.start <= entry.date <= span.end:
            continue
        for movement in entry.movements:
            name, value = movement.account.name, movement.value
            if (value > 0) is not entry.is_storno:
                debited[name] = debited.get(name, 0) + value
            else:
                credited[name] = credited.get(name, 0) - value
    return tuple(
        each._replace(
            debit=each.debit - debited.get(each.account.name, 0),
            credit=each.credit - credited.get(each.account.name, 0),
        )
        for each in read
    )


def moves_cash(entry: Entry, couples: Couples) -> bool:
    """Whether an entry is none of the couples."""
    return not _made_of_one(entry.pattern, couples)


def _made_of_one(pattern: Pattern, couples: Couples) -> bool:
    numbers = [account.number for account in pattern.accounts]
    return any(_made_of(numbers, tuple(selector.prefix for selector in couple)) for couple in couples)


def _made_of(numbers: list[str], couple: tuple[str, ...]) -> bool:
    return all(number.startswith(couple) for number in numbers) and all(
        any(number.startswith(prefix) for number in numbers) for prefix in couple
    )
