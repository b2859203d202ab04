"""The movements behind a line of the statement of sources and uses: those of the year, less what moved no cash, debts by origin."""

from __future__ import annotations

from collections.abc import Iterator, Set

from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Movement
from grandlivre.statements.between import is_shared
from grandlivre.statements.debts import debts_by_origin, debts_of
from grandlivre.statements.explaining import Behind
from grandlivre.statements.figures import AccountYear, Span, is_closing
from grandlivre.statements.mapping import Share
from grandlivre.statements.offsets import Groups, offset_movements
from grandlivre.statements.uses import Uses

_Counted = tuple[Entry, Movement, int]


def behind_uses(books: Books, made: Uses, key: str) -> tuple[Behind, ...]:
    """The movements behind a line in the year (the lines it adds up too), in the order of the books.

    What trees charge each other is left out as in the line.
    """
    shared = is_shared(books, made.trees, made.span)
    read: dict[tuple[int, str, str], list[Share]] = {}
    for sign, share in made.year.shares_behind(key):
        account = share.figures.account
        number = account.number if share.reading == "mouvement" else ""
        read.setdefault((sign, account.name, number), []).append(share)
    found = [
        Behind(entry, movement, sign * amount)
        for (sign, _, _), shares in read.items()
        for entry, movement, amount in _counted(books, made, shares)
        if not shared(entry, movement)
    ]
    return tuple(sorted(found, key=lambda each: (each.entry.sort_key, each.movement.line)))


def _counted(books: Books, made: Uses, shares: list[Share]) -> Iterator[_Counted]:
    """The movements that one account gives a line: its shares are those of its sides."""
    span, figures = made.span, shares[0].figures
    if shares[0].reading != "mouvement":
        return _held(books, span, figures, opening=shares[0].reading == "ouverture")
    real = books.accounts[figures.account.name]
    if figures.account.number != real.number:
        return _of_debts(books, span, figures)
    known = real.name in debts_by_origin(books, span)
    sides = {"D", "C"} if known else {share.side for share in shares}
    return _moved(books, span, figures, made.year.layout.offset, sides)


def _moved(books: Books, span: Span, figures: AccountYear, groups: Groups, sides: Set[str]) -> Iterator[_Counted]:
    explained = _explained(books, span, figures)
    for entry, movement in books.movements(figures.account.name):
        side = "D" if (movement.value > 0) is not entry.is_storno else "C"
        if not _of_the_year(entry, span) or not movement.value or side not in sides:
            continue
        if entry.movements.index(movement) in offset_movements(entry.pattern, entry.movements, groups):
            continue
        left = movement.value - explained.get((entry.place, movement.line), 0)
        if left:
            yield entry, movement, left


def _held(books: Books, span: Span, figures: AccountYear, *, opening: bool) -> Iterator[_Counted]:
    for entry, movement in books.movements(figures.account.name):
        ahead = entry.date < span.start or entry.is_opening
        if entry.date <= span.end and movement.value and (ahead or not opening):
            yield entry, movement, movement.value


def _of_debts(books: Books, span: Span, figures: AccountYear) -> Iterator[_Counted]:
    for entry, account, origin, amount in debts_of(books, figures.account.tree):
        if (
            account.name == figures.account.name
            and origin.number == figures.account.number
            and _of_the_year(entry, span)
        ):
            yield entry, next((m for m in entry.movements if m.account == account), entry.movements[0]), amount


def _explained(books: Books, span: Span, figures: AccountYear) -> dict[tuple[object, int], int]:
    """What of an account's movements is read under the number it was born of."""
    found: dict[tuple[object, int], int] = {}
    for entry, account, origin, amount in debts_of(books, figures.account.tree):
        if account.name == figures.account.name and origin.number and _of_the_year(entry, span):
            movement = next((m for m in entry.movements if m.account == account), entry.movements[0])
            key = (entry.place, movement.line)
            found[key] = found.get(key, 0) + amount
    return found


def _of_the_year(entry: Entry, span: Span) -> bool:
    return span.start <= entry.date <= span.end and not entry.is_opening and not is_closing(entry)
