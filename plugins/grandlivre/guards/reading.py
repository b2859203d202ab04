"""What guards read of ordinary entries: their dates, what they name, what they charge, and which of them really changed."""

from __future__ import annotations

from collections import Counter
from typing import Any, TypeVar

from grandlivre.guards.change import Change, PlainEntry, PlainMovement
from grandlivre.guards.record import NamedTuple

# annotations are texts here: `date` is not imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

T = TypeVar("T")
_TRUTHS = {"b": "False", "b1": "True"}


def value_date(entry: PlainEntry) -> date:
    """When it happened: `date-valeur`, else its date."""
    written = entry.keys.get("date-valeur", "")
    return type(entry.date).fromisoformat(written[1:]) if written[:1] == "d" else entry.date


def month_of(day: date) -> int:
    """Its month, as a number: one more than that of the month before."""
    return day.year * 12 + day.month


def said(entry: PlainEntry, key: str, movement: PlainMovement | None = None) -> str:
    """A metadata value as text, the movement's before the entry's; "" when missing."""
    own = _text(movement.keys.get(key, "")) if movement is not None else ""
    return own or _text(entry.keys.get(key, ""))


def _text(written: str) -> str:
    return _TRUTHS.get(written, written[1:].strip())


def cancelled(change: Change, essence: Callable[[PlainEntry], Any]) -> Change:
    """The change without the pairs, one gone and one come, that say the same of what counts."""
    gone, come = Counter(map(essence, change.gone)), Counter(map(essence, change.come))
    both = gone & come
    return Change(tuple(less(change.gone, essence, both)), tuple(less(change.come, essence, both)))


def less(things: Iterable[T], essence: Callable[[T], Any], both: Mapping[Any, int]) -> list[T]:
    """The things, in their order, without as many of each essence as stand on both sides."""
    left, found = Counter(both), []
    for each in things:
        what = essence(each)
        if left[what] > 0:
            left[what] -= 1
        else:
            found.append(each)
    return found


def altered(change: Change) -> Change:
    """The change without what only a narration, tags, links or papers make another."""
    return cancelled(change, _essence)


def _essence(entry: PlainEntry) -> tuple[Any, ...]:
    return (entry.date, entry.payee, _kept(entry.keys.items()), tuple(_moved(each) for each in entry.movements))


def _moved(movement: PlainMovement) -> tuple[Any, ...]:
    return movement.account, movement.amount, _kept(movement.keys.items())


def _kept(keys: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(each for each in keys if not each[0].startswith("document")))


# --- what entries charge to budgets -----------------------------------------------------------------------------------


class Agreed(NamedTuple):
    """An agreement: its days, both included."""

    tree: str
    id: str
    start: date
    end: date


class PlainCharge(NamedTuple):
    """A movement that spends a budget (negative: it gives back)."""

    entry: PlainEntry
    agreement: str
    """Its agreement's id; "" when none, or several, fit."""
    line: str
    dossier: str
    activity: str
    number: str
    """Of its account."""
    amount: int
    day: date
    """The day that decides its budget."""


class Charging(NamedTuple):
    """How entries charge budgets."""

    agreements: tuple[Agreed, ...]
    expenses: tuple[str, ...]
    assets: tuple[str, ...]
    disposals: tuple[str, ...]
    """An entry that touches them spends nothing on assets."""
    excluded: tuple[str, ...]

    def of(self, entry: PlainEntry) -> Iterator[PlainCharge]:
        """What an entry charges."""
        disposed = any(each.number.startswith(self.disposals) for each in entry.movements)
        wanted = self.expenses if disposed else (*self.expenses, *self.assets)
        day = value_date(entry)
        for each in entry.movements:
            if each.amount and each.number.startswith(wanted) and not each.number.startswith(self.excluded):
                line, dossier, activity = (said(entry, key, each) for key in ("ligne", "marche", "activite"))
                agreement = self._agreement(entry, each, day)
                yield PlainCharge(entry, agreement, line, dossier, activity, each.number, each.amount, day)

    def every(self, entries: Iterable[PlainEntry]) -> Iterator[PlainCharge]:
        """What entries charge."""
        for entry in entries:
            yield from self.of(entry)

    def _agreement(self, entry: PlainEntry, movement: PlainMovement, day: date) -> str:
        named, tree = said(entry, "convention", movement), entry.tree
        found = [
            each.id
            for each in self.agreements
            if each.tree == tree and (each.id == named if named else each.start <= day <= each.end)
        ]
        return found[0] if len(found) == 1 else ""
