"""What moved no cash, left out of a statement of flows: an entry made of a couple of accounts that the layout names."""

from __future__ import annotations

from collections.abc import Iterable

from grandlivre.books.index import Books
from grandlivre.books.records import Pattern
from grandlivre.policy.layouts import Selector
from grandlivre.statements.figures import AccountYear, Span


def with_cash(
    books: Books, span: Span, read: Iterable[AccountYear], couples: tuple[tuple[Selector, ...], ...]
) -> tuple[AccountYear, ...]:
    """The figures less the year's entries that touch the accounts of one couple, each of them, and no other account."""
    prefixes = [tuple(selector.prefix for selector in couple) for couple in couples]
    debited: dict[str, int] = {}
    credited: dict[str, int] = {}
    for entry in books.matching(lambda pattern: any(_made_of(pattern, couple) for couple in prefixes)):
        if entry.is_opening or entry.kind == "cloture" or not span.start <= entry.date <= span.end:
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


def _made_of(pattern: Pattern, couple: tuple[str, ...]) -> bool:
    numbers = [account.number for account in pattern.accounts]
    return all(number.startswith(couple) for number in numbers) and all(
        any(number.startswith(prefix) for number in numbers) for prefix in couple
    )
