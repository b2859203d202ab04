"""What suppliers are owed, bill by bill."""

from __future__ import annotations

from collections import Counter
from zlib import crc32

from grandlivre.guards.change import Change, PlainEntry
from grandlivre.guards.naming import invoice_key, pair_of
from grandlivre.guards.reading import altered, said, value_date
from grandlivre.guards.record import NamedTuple

# annotations are texts here: `date` is not imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date


class Marks(NamedTuple):
    """Invoice numbers, as `invoice_key` writes them, by tree: one that is not among them may look as if it were."""

    bits: int
    """How many there are."""
    digits: str
    """The bits, four a hexadecimal digit."""

    @classmethod
    def of(cls, numbers: Collection[tuple[str, str]]) -> Marks:
        """The marks of some numbers: one in eight of the others looks like one of them."""
        bits = 1 << max(6, (8 * len(numbers)).bit_length())
        four = bytearray(bits // 4)
        for tree, number in numbers:
            place = _place(tree, number, bits)
            four[place // 4] |= 1 << place % 4
        return cls(bits, "".join(["0123456789abcdef"[each] for each in four]))

    def may_hold(self, tree: str, number: str) -> bool:
        """Whether a number may be one of them."""
        place = _place(tree, number, self.bits)
        return bool(int(self.digits[place // 4], 16) >> place % 4 & 1)


def _place(tree: str, number: str, bits: int) -> int:
    return crc32(f"{tree} {number}".encode()) % bits


class Bill(NamedTuple):
    """A bill of which something is left, and of which nothing is said."""

    tree: str
    pairs: frozenset[str]
    """The tax numbers and names under which it is booked."""
    numbers: frozenset[str]
    """Its number, as written."""
    left: int


class Row(NamedTuple):
    """A movement on what suppliers are owed: what it books is less than nothing."""

    sign: int
    """-1 gone, 1 come."""
    tree: str
    pair: str
    number: str
    amount: int
    day: date
    """When it happened."""


class Bills(NamedTuple):
    """What suppliers are owed, where each payment names its invoice.

    Not met: a bill that is paid no more than what is left, one that is booked otherwise and is not old, a new one.
    """

    prefixes: tuple[str, ...]
    since: date
    """The first day of which no bill is late."""
    open: tuple[Bill, ...]
    odd: frozenset[str]
    """By tree, the tax numbers and names of suppliers who are paid, or owed, in another way."""
    numbers: Marks
    """All numbers that the books hold."""

    def is_met(self, change: Change) -> bool:
        """Whether a supplier may be owed, or have been paid, something else than nothing is said of."""
        changed = altered(change)
        rows = [*self._rows(-1, changed.gone), *self._rows(1, changed.come)]
        if any(not row.number or f"{row.tree}\0{row.pair}" in self.odd for row in rows):
            return True
        if any(row.amount < 0 and row.sign > 0 and row.day < self.since for row in rows):
            return True
        left: Counter[int] = Counter()
        fresh: Counter[tuple[str, str, str]] = Counter()
        for row in rows:
            rank = self._bill(row)
            if rank is not None:
                left[rank] -= row.sign * row.amount
            elif row.sign < 0 or self.numbers.may_hold(row.tree, invoice_key(row.number)):
                return True
            else:
                fresh[row.tree, row.pair, row.number] -= row.amount
        short = any(self.open[rank].left + more < 0 for rank, more in left.items())
        return short or any(amount < 0 for amount in fresh.values())

    def _rows(self, sign: int, entries: Iterable[PlainEntry]) -> Iterator[Row]:
        for entry in entries:
            for each in entry.movements:
                if each.amount and each.number.startswith(self.prefixes):
                    told = (entry.tree, pair_of(entry, each), said(entry, "facture", each))
                    yield Row(sign, *told, each.amount, value_date(entry))

    def _bill(self, row: Row) -> int | None:
        for rank, bill in enumerate(self.open):
            if bill.tree == row.tree and row.pair in bill.pairs and row.number in bill.numbers:
                return rank
        return None
