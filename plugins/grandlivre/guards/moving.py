"""What entries move, by the numbers of their accounts."""

from __future__ import annotations

from grandlivre.guards.change import Change
from grandlivre.guards.record import NamedTuple

# annotations are texts here: `date` is not imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date


class Across(NamedTuple):
    """An entry on accounts of several kinds."""

    kinds: tuple[str, ...]
    """How the numbers of each kind begin."""

    def is_met(self, change: Change) -> bool:
        """Whether an entry went or came that touches two kinds, or more."""
        return any(
            sum(any(each.number.startswith(kind) for each in entry.movements) for kind in self.kinds) > 1
            for entry in change.entries()
        )


class Debited(NamedTuple):
    """A debit of an account whose number begins with one of the prefixes."""

    prefixes: tuple[str, ...]

    def is_met(self, change: Change) -> bool:
        """Whether such a debit went or came."""
        return any(
            each.amount > 0 and each.number.startswith(self.prefixes)
            for entry in change.entries()
            for each in entry.movements
        )


class Begun(NamedTuple):
    """Another day of the first transaction."""

    first: date

    def is_met(self, change: Change) -> bool:
        """Whether an entry came before it, or all those of that day may have gone."""
        if any(entry.date < self.first for entry in change.come):
            return True
        went = any(entry.date <= self.first for entry in change.gone)
        return went and all(entry.date != self.first for entry in change.come)
