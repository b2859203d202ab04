"""A change of the books: ordinary entries that are no more, and ordinary entries that have come; all else is as it was."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from grandlivre.guards.record import NamedTuple

# annotations are texts here: `date` is not imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date


class PlainMovement(NamedTuple):
    """One posting of an ordinary entry."""

    account: str
    """Its whole name."""
    amount: int
    """Whole units of the books' currency; debits are positive."""
    keys: Mapping[str, str] = {}
    """Its own metadata, as a page writes a value: a letter for its kind, then the text."""

    @property
    def number(self) -> str:
        """The digits that begin the last part of the account's name; "" without any."""
        leaf = self.account.rpartition(":")[2]
        return leaf[: len(leaf) - len(leaf.lstrip("0123456789"))]


class PlainEntry(NamedTuple):
    """An ordinary entry, as its file says it: what needs no other entry, no rule and no plugin to be known.

    Ordinary: its flag is `*`; it says neither `ecriture`, `annule`, `annulee` nor a waiver (`derogation…`); its movements are whole
    amounts of the books' currency, without cost or price, that add up to zero; they are all in one tree, on accounts that are open
    that day and carry their own number; its voucher is of that tree and reads as one. `kept` asks for a whole run for all others.
    """

    date: date
    payee: str
    narration: str
    tags: str
    links: str
    keys: Mapping[str, str]
    """Its metadata, as a page writes a value: a letter for its kind, then the text."""
    movements: tuple[PlainMovement, ...]

    @property
    def tree(self) -> str:
        """The tree of its accounts."""
        return self.movements[0].account.split(":")[1]

    def text(self, key: str) -> str:
        """A metadata value as text; "" when it is missing."""
        return self.keys.get(key, "0")[1:].strip()

    @property
    def named(self) -> tuple[str, ...]:
        """Each key that it or one of its movements carries."""
        return tuple(sorted({*self.keys, *chain.from_iterable(each.keys for each in self.movements)}))


class Change(NamedTuple):
    """Ordinary entries that became others.

    The lines on which the other entries stand may have moved, their order has not. The day judged on is the same.
    """

    gone: tuple[PlainEntry, ...]
    come: tuple[PlainEntry, ...]

    def entries(self) -> Iterator[PlainEntry]:
        """What went and what came."""
        return chain(self.gone, self.come)

    def moved(self, name: str) -> dict[date, int]:
        """By day, by how much an account's movements of that day changed; days without a difference left out."""
        found: dict[date, int] = {}
        for sign, entries in ((-1, self.gone), (1, self.come)):
            for entry in entries:
                for movement in entry.movements:
                    if movement.account == name:
                        found[entry.date] = found.get(entry.date, 0) + sign * movement.amount
        return {day: amount for day, amount in found.items() if amount}
