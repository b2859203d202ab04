"""What several rules' guards take from the books (`guards/`): how entries charge budgets, balances within bounds, vouchers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import pairwise

from grandlivre.books.guarding import names, pairs
from grandlivre.books.index import Books
from grandlivre.books.ledger import Ledger
from grandlivre.books.purchases import told
from grandlivre.books.records import Entry, Pattern
from grandlivre.guards.guard import Vouchers
from grandlivre.guards.reading import Agreed, Charging
from grandlivre.guards.sums import Least, NamesOf
from grandlivre.policy.people import same_name
from grandlivre.policy.suppliers import bare_number
from grandlivre.policy.sycebnl import ASSETS, DISPOSALS, EXPENSES, NOT_CHARGED

FIRST, LAST = date.min, date.max


def charging(books: Books) -> Charging:
    """How entries charge the budgets of these books."""

    def read() -> Charging:
        agreements = [
            Agreed(code, each.id, each.start, each.final_day)
            for code, donor in sorted(books.policy.donors.items())
            for each in donor.agreements
        ]
        return Charging(tuple(agreements), EXPENSES, ASSETS, DISPOSALS, NOT_CHARGED)

    return books.once_for_all("charging", lambda _: read())


def reversed_vouchers(books: Books) -> Vouchers:
    """The entries that a storno takes back."""
    return Vouchers(books.reversed_pieces)


def tied(books: Books, wanted: Callable[[Pattern], bool]) -> frozenset[str]:
    """The vouchers of entries alike whose order on their day is that of their files and lines.

    Two series of a tree reached the same number: an entry that stands elsewhere may overtake another.
    """
    groups = books.once_for_all("tied entries", lambda whole: tuple(_tied(whole.entries)))
    found = ([entry.piece for entry in group if wanted(entry.pattern)] for group in groups)
    return frozenset(piece for alike in found if len(alike) > 1 for piece in alike) - {""}


def on_numbers(*prefixes: str) -> Callable[[Pattern], bool]:
    """Whether entries touch an account whose number begins with one of the prefixes."""
    return lambda pattern: pattern.touches(prefixes)


def on_account(name: str) -> Callable[[Pattern], bool]:
    """Whether entries touch an account."""
    return lambda pattern: any(account.name == name for account in pattern.accounts)


def _tied(entries: Sequence[Entry]) -> Iterator[tuple[Entry, ...]]:
    numbers = [entry.number for entry in entries]
    ranks = [rank for rank, (one, other) in enumerate(pairwise(numbers)) if one == other]
    for start, end in _runs(ranks):
        seats: dict[tuple[date, str], list[Entry]] = {}
        for entry in entries[start : end + 1]:
            seats.setdefault((entry.date, entry.tree), []).append(entry)
        yield from (tuple(alike) for alike in seats.values() if len(alike) > 1)


def _runs(ranks: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last place of each run of equal neighbours, of the places equal to the next."""
    start = 0
    for place in range(1, len(ranks) + 1):
        if place == len(ranks) or ranks[place] != ranks[place - 1] + 1:
            yield ranks[start], ranks[place - 1] + 1
            start = place


def floor_of(days: Sequence[tuple[date, int]]) -> tuple[Least, ...]:
    """The days after which there is always more to spare, of what each day leaves to spare; days in order."""
    found: list[Least] = []
    least, following = None, LAST
    for day, spare in reversed(days):
        if least is None or spare < least:
            found.append(Least(day, following, spare))
            least = spare
        following = day
    return tuple(reversed(found))


def evenings(ledger: Ledger) -> list[tuple[date, int]]:
    """The balance at the end of each day of an account, and of the first of all days: nothing."""
    found = [(FIRST, 0)]
    for day, ranks in days_of(ledger):
        found.append((day, ledger.balances[ranks.stop - 1]))
    return found


def days_of(ledger: Ledger) -> Iterator[tuple[date, range]]:
    """Each day of an account with the ranks of its movements."""
    dates = ledger.dates
    start = 0
    for rank in range(1, len(dates) + 1):
        if rank == len(dates) or dates[rank] != dates[start]:
            yield dates[start], range(start, rank)
            start = rank


def young_part(ledger: Ledger, reached: int, since: date, side: int) -> tuple[int, date]:
    """What the last of the first so many movements on one side (1 debit, -1 credit) add up to while none is older than a day.

    Then the day of the older one; the first of all days without any.
    """
    stornos = [ledger[rank].entry for rank in ledger.stornos if rank < reached]
    cancelled = {storno.text("annule") for storno in stornos} - {""}
    most = 0
    for rank in range(reached - 1, -1, -1):
        amount = ledger.amounts[rank] * side
        if amount > 0:
            entry = ledger[rank].entry
            if entry.is_storno or entry.piece in cancelled:
                continue
            if entry.value_date < since:
                return most, entry.date
            most += amount
    return most, FIRST


def names_of(books: Books, *prefixes: str) -> NamesOf:
    """The condition of whoever asks who is the same supplier, of those who are named on some accounts."""
    return books.once_for_all(("names of", prefixes), lambda whole: _names_of(whole, prefixes))


def _names_of(books: Books, prefixes: tuple[str, ...]) -> NamesOf:
    found: set[tuple[str, str]] = set()
    for shape in books.shapes:
        for position in shape.pattern.positions(prefixes):
            called, numbers, _, _ = told(shape, position)
            found |= set(zip(numbers, called, strict=True))
    key, counts = books.suppliers.key, pairs(books)
    keys = {key(nif, name) for nif, name in found}
    own = [each for each in names(books).known if key(*_apart(each)) in keys]
    rare = frozenset(each for each in own if counts[each] == 1)
    bare = frozenset(same_name(_apart(each)[1]) for each in own)
    return NamesOf(frozenset(own), rare, bare, frozenset(bare_number(_apart(each)[0]) for each in own) - {""})


def _apart(pair: str) -> tuple[str, str]:
    nif, _, name = pair.partition("\0")
    return nif, name
