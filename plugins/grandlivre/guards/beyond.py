"""What changed beyond the words that a rule does not read."""

from __future__ import annotations

from collections import Counter

from grandlivre.guards.change import Change, PlainEntry
from grandlivre.guards.guard import Condition
from grandlivre.guards.record import NamedTuple

# annotations are texts here: nothing is imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Beyond(NamedTuple):
    """One of some conditions, once what went and came back with other words is left out."""

    conditions: tuple[Condition, ...]
    told: frozenset[str] = frozenset()
    """The vouchers of the entries of which the rule said something: it is asked whenever one changes."""
    unread: frozenset[str] = frozenset()
    """Keys of an entry and its movements, beside its narration, tags and links, that the rule does not read."""

    def is_met(self, change: Change) -> bool:
        """Whether something told of changed, or what is left meets a condition."""
        if any(entry.text("piece") in self.told for entry in change.entries()):
            return True
        left = self._left(change)
        return bool(left.gone or left.come) and any(each.is_met(left) for each in self.conditions)

    def _left(self, change: Change) -> Change:
        """The change without the entries that say the same before and after."""
        gone, come = ([self._read(entry) for entry in entries] for entries in change)
        left, right = Counter(map(repr, gone)), Counter(map(repr, come))
        return Change(_without(change.gone, gone, right), _without(change.come, come, left))

    def _read(self, entry: PlainEntry) -> tuple[object, ...]:
        moved = [(each.account, each.amount, self._kept(each.keys)) for each in entry.movements]
        return entry.date, entry.payee, self._kept(entry.keys), moved

    def _kept(self, keys: Mapping[str, str]) -> list[tuple[str, str]]:
        return sorted((key, value) for key, value in keys.items() if key not in self.unread)


def _without(
    entries: tuple[PlainEntry, ...], read: list[tuple[object, ...]], others: Counter[str]
) -> tuple[PlainEntry, ...]:
    """The entries less those that the other side holds too, one for one."""
    waiting, left = others.copy(), []
    for entry, own in zip(entries, map(repr, read), strict=True):
        if waiting[own]:
            waiting[own] -= 1
        else:
            left.append(entry)
    return tuple(left)


class Lost(NamedTuple):
    """A voucher that fewer entries carry, or one of some that nothing carried."""

    missing: frozenset[str]

    def is_met(self, change: Change) -> bool:
        """Whether a voucher went, or came back."""
        gone, come = (Counter(entry.text("piece") for entry in entries) for entries in change)
        return any(come[piece] < many for piece, many in gone.items()) or not self.missing.isdisjoint(come)


class Twice(NamedTuple):
    """Another number of entries under one of some vouchers."""

    pieces: frozenset[str]

    def is_met(self, change: Change) -> bool:
        """Whether more, or fewer, entries carry one of the vouchers."""
        gone, come = (Counter(entry.text("piece") for entry in entries) for entries in change)
        return any(gone[piece] != come[piece] for piece in {*gone, *come} if piece in self.pieces)
