"""What several rules' guards take from the books (`guards/`): how entries charge budgets, balances within bounds, vouchers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from datetime import date
from itertools import pairwise

from grandlivre.books.guarding import names, pairs
from grandlivre.books.index import Books
from grandlivre.books.ledger import Ledger
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


def tied(books: Books) -> frozenset[str]:
    """The vouchers whose place among those of their day and tree is by file and line: two series reached the same number."""

    def read(_: Books) -> frozenset[str]:
        entries = books.entries
        seats: dict[tuple[date, int, str], list[str]] = {}
        numbers = [entry.number for entry in entries]
        for rank, (one, other) in enumerate(pairwise(numbers)):
            if one == other and entries[rank].date == entries[rank + 1].date:
                for entry in entries[rank : rank + 2]:
                    seats.setdefault((entry.date, entry.number, entry.tree), []).append(entry.piece)
        return frozenset(piece for alike in seats.values() if len(set(alike)) > 1 for piece in alike) - {""}

    return books.once_for_all("tied vouchers", read)


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
    dates = ledger.dates()
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


def names_of(books: Books, keys: Set[str]) -> NamesOf:
    """The condition of whoever asks who some suppliers are, by their keys."""
    counts, own = pairs(books), set()
    for each in names(books).known:
        nif, _, name = each.partition("\0")
        if books.suppliers.key(nif, name) in keys:
            own.add(each)
    rare = frozenset(each for each in own if counts[each] == 1)
    called = frozenset(same_name(each.partition("\0")[2]) for each in own)
    numbers = frozenset(bare_number(each.partition("\0")[0]) for each in own) - {""}
    return NamesOf(frozenset(own), rare, called, numbers)
