"""The cash basis added up: entries alike are one flow where no order matters, the others are read one by one.

No order matters among entries of two movements that touch no debt, nor among those of a bill that nothing disturbs: owed first, of
one origin, then paid under its number and never beyond. `cash_basis` says what each is for; this only spares its reading them all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import compress
from operator import add, attrgetter
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry, Shape
from grandlivre.guards.naming import invoice_key
from grandlivre.statements.cash_basis import CashBasis, Key, Kinds, Lot, Outcome, Reading
from grandlivre.statements.couples import couples
from grandlivre.statements.figures import Span, is_closing


def cash_sums(books: Books, span: Span) -> CashBasis:
    """The year on a cash basis, where only sums are asked for: a flow of entries alike is the first one's, for the sum of all."""
    alike = books.once("cash alike", lambda: Alike(books))
    one_by_one = books.once("cash one by one", lambda: Reading(books, alike.kinds).read(alike.others))

    def made() -> CashBasis:
        parts = zip(one_by_one.between(span).parts, alike.added_up(span).parts, strict=True)
        return CashBasis(*(own + more for own, more in parts))

    return books.once(("cash sums", span), made)


class _Rows(NamedTuple):
    """Entries alike, of two movements, that no storno takes back."""

    other: Account
    """The account beside what a supplier is owed, else the second one."""
    entries: Sequence[Entry]
    places: Sequence[int]
    values: Sequence[int]
    """What each moves: on what a supplier is owed, else at its first movement."""
    bills: Sequence[Key]
    """The bill each owes or pays; none where no debt is touched."""

    def kept(self, which: Sequence[bool]) -> _Rows:
        """Some of them."""
        if all(which):
            return self
        entries, places = list(compress(self.entries, which)), list(compress(self.places, which))
        return _Rows(self.other, entries, places, list(compress(self.values, which)), list(compress(self.bills, which)))


@dataclass(slots=True)
class _Bill:
    """A bill while entries alike are looked at."""

    origin: Account
    owed_at: int
    """The place of the last entry that owes it."""
    left: int = 0


class Alike:
    """What can be added up, and what cannot."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.kinds = Kinds(books.accounts.values())
        self.bills: dict[Key, _Bill] = {}
        found = [(shape, self._rows(shape)) for shape in books.shapes]
        alike = [rows for _, rows in found if rows is not None]
        rest = {place for shape, rows in found for place in _left(shape.places, rows)}
        disturbed = {*self._named(rest), *self._unsteady(alike)}
        self.rows = [rows.kept([bill[:2] not in disturbed for bill in rows.bills]) for rows in alike]
        for before, after in zip(alike, self.rows, strict=True):
            rest.update(_left(before.places, after))
        self.others = tuple([books.entries[place] for place in sorted(rest)])

    def _rows(self, shape: Shape) -> _Rows | None:
        """The entries of a shape that can be looked at together; None when none can."""
        if not _is_plain(shape):
            return None
        accounts, kinds = shape.pattern.accounts, self.kinds
        owed = [place for place, account in enumerate(accounts) if account.name in kinds.owed]
        if len(owed) > 1 or any(accounts[place].name not in kinds.suppliers & kinds.debts for place in owed):
            return None
        at = owed[0] if owed else 0
        bills = list(self._bills_named(shape, accounts[at])) if owed else []
        rows = _Rows(accounts[1 - at], shape.entries, shape.places, shape.moved(at), bills)
        uneven, pieces, reversed_ = shape.moved(1 - at), shape.texts("piece"), self.books.reversed_pieces
        if reversed_.isdisjoint(pieces) and not any(map(add, rows.values, uneven)):
            return rows
        told = zip(rows.values, uneven, pieces, strict=True)
        return rows.kept([value == -beside and piece not in reversed_ for value, beside, piece in told])

    def _bills_named(self, shape: Shape, account: Account) -> Iterator[Key]:
        """What `Reading.keys` says of a movement on an account, first, for each entry."""
        key_of = self.books.suppliers.key
        told = zip(shape.texts("nif"), shape.names(), shape.texts("facture"), strict=True)
        return ((account.name, key_of(nif, name), invoice_key(number)) for nif, name, number in told)

    def _named(self, places: Set[int]) -> Iterator[tuple[str, str]]:
        """The suppliers that some entries name."""
        reading = Reading(self.books, self.kinds)
        for entry in (self.books.entries[place] for place in places):
            for movement in entry.movements:
                if movement.account.name in self.kinds.suppliers:
                    yield reading.keys(entry, movement)[-2][:2]

    def _unsteady(self, alike: Sequence[_Rows]) -> Iterator[tuple[str, str]]:
        """The suppliers with a payment that names no bill, or a bill of several origins, paid before it is owed or beyond."""
        bills = self.bills
        for other, _, places, values, named in alike:
            for place, value, key in zip(places, values, named, strict=False):
                if value < 0:
                    bill = bills.get(key)
                    if bill is None:
                        bill = bills[key] = _Bill(other, place)
                    bill.left -= value
                    bill.owed_at = max(bill.owed_at, place)
                    if bill.origin is not other or not key[2]:
                        yield key[:2]
        for _, _, places, values, named in alike:
            for place, value, key in zip(places, values, named, strict=False):
                if value > 0:
                    bill = bills.get(key)
                    if bill is None or place < bill.owed_at:
                        yield key[:2]
                    else:
                        bill.left -= value
        yield from (key[:2] for key, bill in bills.items() if bill.left < 0)

    def added_up(self, span: Span) -> CashBasis:
        """What they did in a span."""
        outcome = Outcome()
        for rows in self.rows:
            start = bisect_left(rows.entries, span.start, key=_date_of)
            run = slice(start, bisect_right(rows.entries, span.end, start, key=_date_of))
            firsts: dict[tuple[bool, Account | None], Entry] = {}
            sums: dict[tuple[bool, Account | None], int] = {}
            for entry, value, origin in zip(rows.entries[run], rows.values[run], self._origins(rows, run), strict=True):
                alike = (value > 0, origin)
                firsts.setdefault(alike, entry)
                sums[alike] = sums.get(alike, 0) + abs(value)
            for alike, amount in sums.items():
                self._add(outcome, firsts[alike], amount, alike[1])
        return outcome.basis

    def _origins(self, rows: _Rows, run: slice) -> Sequence[Account | None]:
        """What is paid by each that pays a bill."""
        if not rows.bills:
            return [None] * len(rows.entries[run])
        told = zip(rows.values[run], rows.bills[run], strict=True)
        return [self.bills[bill].origin if value > 0 else None for value, bill in told]

    def _add(self, outcome: Outcome, first: Entry, amount: int, origin: Account | None) -> None:
        reading = Reading(self.books, self.kinds)
        for couple in couples(first):
            if origin is not None:
                born = origin if origin.name in self.kinds.births else None
                reading.add(reading.keys(first, couple.debit)[0], Lot(born, amount))
            reading.couple(outcome, first, couple._replace(amount=amount))


_date_of = attrgetter("date")


def _left(places: Sequence[int], rows: _Rows | None) -> Iterable[int]:
    """The places that are not among those of the rows."""
    if rows is None:
        return places
    return () if len(rows.places) == len(places) else set(places).difference(rows.places)


def _is_plain(shape: Shape) -> bool:
    """Whether its columns say all of entries of two movements, none of them set against another tree's."""
    if not shape.ordinary or "reciproque" in shape.form.keys:
        return False
    return len(shape.pattern.accounts) == len(("debit", "credit")) and not is_closing(shape.entries[0])
