"""What the keys of an entry say, and whether it is what they ask for."""

from __future__ import annotations

from itertools import chain

from grandlivre.guards.change import Change, PlainEntry
from grandlivre.guards.naming import carries, said
from grandlivre.guards.record import NamedTuple

# annotations are texts here: `date` is not imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date


class Misspelt(NamedTuple):
    """A value of another kind than its key asks for."""

    kinds: tuple[tuple[str, str], ...]
    """Of each key, the letter that its values begin with on a page."""
    choices: tuple[tuple[str, tuple[str, ...]], ...]
    """Of some keys, the only words that they may say."""

    def is_met(self, change: Change) -> bool:
        """Whether such a value went or came."""
        kinds, choices = dict(self.kinds), dict(self.choices)
        return any(
            kinds.get(key, value[:1]) != value[:1] or value[1:] not in choices.get(key, (value[1:],))
            for entry in change.entries()
            for key, value in chain(entry.keys.items(), *[each.keys.items() for each in entry.movements])
        )


class Citing(NamedTuple):
    """A word that names nothing declared."""

    key: str
    known: frozenset[str]
    several: bool = False
    """Whether a value may be several words."""

    def is_met(self, change: Change) -> bool:
        """Whether an entry went or came that cites another word, itself or by a movement."""
        values = [
            keys[self.key][1:]
            for entry in change.entries()
            for keys in (entry.keys, *(each.keys for each in entry.movements))
            if self.key in keys
        ]
        return not self.known.issuperset(
            word for value in values for word in (value.split() if self.several else [value])
        )


class Agreed(NamedTuple):
    """An entry that several agreements may pay, or that names one which its tree does not have."""

    known: frozenset[str]
    """Each agreement, after its tree and a slash."""
    donors: frozenset[str]
    """The trees that have a donor."""
    double: tuple[tuple[str, date, date], ...]
    """The trees that have two agreements in force, from which day to which."""
    accounts: tuple[str, ...]
    """How the numbers of accounts begin that agreements pay."""

    def is_met(self, change: Change) -> bool:
        """Whether such an entry went or came."""
        return any(self._is_doubtful(entry) for entry in change.entries())

    def _is_doubtful(self, entry: PlainEntry) -> bool:
        named = [said(entry, "convention", each) for each in (None, *entry.movements)]
        if entry.tree in self.donors and any(name and f"{entry.tree}/{name}" not in self.known for name in named):
            return True
        dated = carries(entry, "date-valeur")
        double = any(tree == entry.tree and (dated or start <= entry.date <= end) for tree, start, end in self.double)
        paid = zip(named[1:], entry.movements, strict=True)
        return double and any(not name and each.number.startswith(self.accounts) for name, each in paid)


class Outside(NamedTuple):
    """An entry of a day that is not open."""

    spans: tuple[tuple[date, date], ...]

    def is_met(self, change: Change) -> bool:
        """Whether such an entry went or came."""
        return any(not any(start <= entry.date <= end for start, end in self.spans) for entry in change.entries())


class Before(NamedTuple):
    """An entry of a tree on the day on which its balances are brought forward, or before."""

    days: tuple[tuple[str, date], ...]

    def is_met(self, change: Change) -> bool:
        """Whether such an entry went or came."""
        return any(tree == entry.tree and entry.date <= day for entry in change.entries() for tree, day in self.days)
