"""A guard: conditions, each plain data, one of which a change must meet for its rule to be asked again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from grandlivre.guards.change import Change, PlainEntry
from grandlivre.guards.record import NamedTuple

# annotations are texts here: `date` is not imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date


class Condition(Protocol):
    """Something of a change on account of which a rule might say something else."""

    def is_met(self, change: Change) -> bool:
        """Whether the change may concern the rule; too often is allowed, too seldom never."""
        ...


class Guard(NamedTuple):
    """What a rule's findings hang on. No condition: nothing that ordinary entries say concerns it."""

    conditions: tuple[Condition, ...] = ()

    def is_met(self, change: Change) -> bool:
        """Whether the rule is to be asked again."""
        return any(condition.is_met(change) for condition in self.conditions)


class Anything(NamedTuple):
    """Any change: of a rule for which nobody has said better."""

    def is_met(self, change: Change) -> bool:
        """Always."""
        return True


class Touching(NamedTuple):
    """A movement on an account whose number begins with one of the prefixes, that went or came."""

    prefixes: tuple[str, ...]

    def is_met(self, change: Change) -> bool:
        """Whether such a movement went or came."""
        return _concerns(change, lambda entry: any(each.number.startswith(self.prefixes) for each in entry.movements))


class OnAccounts(NamedTuple):
    """A movement on one of the accounts."""

    names: frozenset[str]

    def is_met(self, change: Change) -> bool:
        """Whether such a movement went or came."""
        return _concerns(change, lambda entry: any(each.account in self.names for each in entry.movements))


class Carrying(NamedTuple):
    """An entry, or a movement, that carries one of the keys."""

    keys: frozenset[str]

    def is_met(self, change: Change) -> bool:
        """Whether such an entry went or came."""
        return _concerns(change, lambda entry: not self.keys.isdisjoint(entry.named))


class Until(NamedTuple):
    """An entry dated on a day or before."""

    day: date

    def is_met(self, change: Change) -> bool:
        """Whether such an entry went or came."""
        return _concerns(change, lambda entry: entry.date <= self.day)


class Vouchers(NamedTuple):
    """An entry whose voucher is one of some."""

    pieces: frozenset[str]

    def is_met(self, change: Change) -> bool:
        """Whether such an entry went or came."""
        return _concerns(change, lambda entry: entry.text("piece") in self.pieces)


def _concerns(change: Change, wanted: Callable[[PlainEntry], bool]) -> bool:
    return any(map(wanted, change.entries()))


class Traits(NamedTuple):
    """Which traits of an entry a rule looks at."""

    fields: tuple[str, ...] = ()
    """`accounts`, `signs`, `payee`, `narration`, `tree`, or a metadata key whose text counts."""
    present: tuple[str, ...] = ()
    """Metadata keys of which only counts whether they are there and not empty."""
    days: tuple[date, ...] = ()
    """The days, in order, from which on the rule judges otherwise."""
    amounts: tuple[int, ...] = ()
    """The thresholds, in order, of the total of the debits."""

    def of(self, entry: PlainEntry) -> tuple[Any, ...]:
        """The traits of one entry, comparable and hashable."""
        total = sum(each.amount for each in entry.movements if each.amount > 0)
        # of no entry whose movements carry keys that count is anything known by its traits
        own = tuple(
            sorted(
                (name, value)
                for each in entry.movements
                for name, value in each.keys.items()
                if name in self.fields or name in self.present
            )
        )
        return (
            *(_field(entry, name) for name in self.fields),
            *(bool(entry.text(name)) for name in self.present),
            sum(day <= entry.date for day in self.days),
            sum(each < total for each in self.amounts),
            sum(each <= total for each in self.amounts),
            own,
        )


class Alike(NamedTuple):
    """An entry unlike all those of which the rule was silent: what it says of one entry hangs on its traits alone."""

    traits: Traits
    silent: frozenset[Any]
    """The traits of the entries of which it said nothing."""

    def is_met(self, change: Change) -> bool:
        """Whether an entry came, or went, with other traits."""
        return not all(self.traits.of(entry) in self.silent for entry in change.entries())


def _field(entry: PlainEntry, name: str) -> Any:
    match name:
        case "accounts":
            return tuple([each.account for each in entry.movements])
        case "signs":
            return tuple([each.amount > 0 for each in entry.movements])
        case "payee":
            return entry.payee
        case "narration":
            return entry.narration
        case "tree":
            return entry.tree
    return entry.text(name)


def on(*conditions: Condition) -> Guard:
    """A guard of some conditions."""
    return Guard(conditions)


ANYTHING = Guard((Anything(),))
NOTHING = Guard()
