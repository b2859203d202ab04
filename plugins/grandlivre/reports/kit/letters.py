"""Lettrage: what settles what on an account of third parties, by one letter for the debt and for its payments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import count
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Entry


class Settled(NamedTuple):
    """A debt or an advance and what settled it wholly, on one account."""

    account: str
    day: date
    """Of the last settlement: letters follow one another by it, so that what settles later changes none."""
    first: Entry
    others: tuple[Entry, ...]


Place = tuple[str, int, str]
"""An entry's file and line, and one of its accounts."""


def letters(books: Books, until: date) -> Mapping[Place, str]:
    """The letters of each entry on each account, of what was wholly settled at the end of a day; worked out once for the books."""
    return books.once(("letters", until), lambda: _letters(books, until))


def _letters(books: Books, until: date) -> Mapping[Place, str]:
    following: dict[str, Iterator[int]] = {}
    found: dict[Place, str] = {}
    for each in sorted(_settled(books, until), key=lambda one: (one.account, one.day, one.first.file, one.first.line)):
        letter = _letter(next(following.setdefault(each.account, count())))
        for place in dict.fromkeys((entry.file, entry.line, each.account) for entry in (each.first, *each.others)):
            found[place] = f"{found[place]}, {letter}" if place in found else letter
    return found


def _settled(books: Books, until: date) -> Iterable[Settled]:
    for invoice in books.invoices:
        if invoice.settlements and invoice.open_on(until) == 0:
            yield _of(invoice.movement.account.name, invoice.entry, invoice.settlements, until)
    for advance in books.advances:
        account = next((m.account.name for m in advance.opened.movements if m.account.is_advance), "")
        if account and advance.settlements and advance.open_on(until) == 0:
            yield _of(account, advance.opened, advance.settlements, until)


def _of(account: str, first: Entry, settlements: Iterable[tuple[Entry, int]], until: date) -> Settled:
    others = tuple(entry for entry, _ in settlements if entry.date <= until)
    return Settled(account, max((entry.date for entry in others), default=first.date), first, others)


def _letter(rank: int) -> str:
    """A, B … Z, AA."""
    text = ""
    rank += 1
    while rank:
        rank, rest = divmod(rank - 1, 26)
        text = chr(65 + rest) + text
    return text
