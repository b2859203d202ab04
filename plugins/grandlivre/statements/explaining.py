"""The entries behind a line of a statement: what they bring to it adds up to its amount, to the franc."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Movement, Place
from grandlivre.policy.sycebnl import RESULT
from grandlivre.statements.cash import moves_cash
from grandlivre.statements.figures import Span, is_closing
from grandlivre.statements.mapping import Share
from grandlivre.statements.years import Year


class Behind(NamedTuple):
    """A movement that a line counts."""

    entry: Entry
    movement: Movement
    amount: int
    """What it brings to the line, in whole francs, positive in the line's own direction."""

    @property
    def place(self) -> Place:
        """Where the movement is written."""
        return Place(self.entry.file, self.movement.line)


def behind(books: Books, year: Year, key: str) -> tuple[Behind, ...]:
    """The movements behind a line (the lines it adds up too), in the order of the books."""
    found = [
        Behind(entry, movement, sign * movement.value)
        for sign, share in year.now.shares_behind(key)
        for entry, movement in _counted(books, year, share)
    ]
    return tuple(sorted(found, key=lambda each: (each.entry.sort_key, each.movement.line)))


def _counted(books: Books, year: Year, share: Share) -> Iterator[tuple[Entry, Movement]]:
    couples = year.now.layout.without_cash
    for entry, movement in books.movements(share.figures.account.name):
        if not movement.value or entry.date > year.span.end:
            continue
        if share.reading == "mouvement" and not (_on_side(share, entry, movement) and moves_cash(entry, couples)):
            continue
        if _is_read(share, entry, year.span):
            yield entry, movement


def _is_read(share: Share, entry: Entry, span: Span) -> bool:
    """Whether a share counts an entry: its account's balance, opening, year, or what is not the year's."""
    ahead = entry.date < span.start or entry.is_opening
    of_the_year = not ahead and not is_closing(entry)
    if share.reading == "solde":
        return True
    if share.reading == "ouverture":
        return ahead
    if share.reading == "anterieur":
        return not (of_the_year and share.figures.account.is_(*RESULT))
    return of_the_year


def _on_side(share: Share, entry: Entry, movement: Movement) -> bool:
    debited = (movement.value > 0) is not entry.is_storno
    return debited is (share.side == "D")
