"""The papers that entries name: files of documents/, numbers of cheques and of orders."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from grandlivre.guards.change import Change, PlainEntry
from grandlivre.guards.naming import said
from grandlivre.guards.record import NamedTuple
from grandlivre.guards.sieve import Sieve

# annotations are texts here: `date` is not imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date


class Papers(NamedTuple):
    """An entry without a file, or with one that is not known to be sound."""

    free: frozenset[str]
    """The sound files of documents/ that no entry names."""
    faulty: frozenset[str]
    """The paths that entries name and that are no sound file."""
    naming: int
    """How many entries name a file."""
    exempt: tuple[str, ...]
    """How the numbers of accounts begin that need none when an entry is on these alone."""

    def is_met(self, change: Change) -> bool:
        """Whether such an entry went or came, or all that name a file may have gone."""
        gone = frozenset(chain.from_iterable(map(_written, change.gone)))
        come = frozenset(chain.from_iterable(map(_written, change.come)))
        if len(change.gone) >= self.naming or not self.faulty.isdisjoint(gone | come):
            return True
        return not come <= (gone | self.free) or any(map(self._is_bare, change.entries()))

    def _is_bare(self, entry: PlainEntry) -> bool:
        values = [value for key, value in _documents(entry)]
        if any(value[:1] != "s" for value in values):
            return True
        exempt = bool(self.exempt) and all(each.number.startswith(self.exempt) for each in entry.movements)
        return not any(len(value) > 1 for value in values) and not exempt


class Reused(NamedTuple):
    """A file, a cheque or an order that serves something else too."""

    free: frozenset[str]
    """The files of documents/ that nothing names, and of which no file is a copy."""
    shared: frozenset[str]
    """The files that serve twice, or have a copy that serves."""
    numbers: Sieve
    """The numbers of cheques and orders under which money left."""
    common: Sieve
    """Of these, what several entries carry."""
    paying: tuple[str, ...]
    """How the numbers of accounts begin whose cheques and orders are numbered."""
    years: tuple[tuple[date, date], ...]
    """The fiscal years: the numbers of orders begin again with each."""

    def is_met(self, change: Change) -> bool:
        """Whether such a paper went or came."""
        gone, come = ([_composed(_written(entry)) for entry in entries] for entries in change)
        free = chain.from_iterable(gone)
        if not self.shared.isdisjoint(chain.from_iterable((*gone, *come))) or have_in_common(come):
            return True
        if not self.free.union(free).issuperset(chain.from_iterable(come)):
            return True
        left, right = ([self._numbers(entry) for entry in entries] for entries in change)
        own = frozenset(chain.from_iterable(left))
        new = frozenset(chain.from_iterable(right))
        return (
            have_in_common(right)
            or any(each in self.common for each in own | new)
            or any(each in self.numbers for each in new - own)
        )

    def _numbers(self, entry: PlainEntry) -> frozenset[str]:
        paid = [each for each in entry.movements if each.amount < 0 and each.number.startswith(self.paying)]
        written = [(each.account, kind, said(entry, kind, each)) for each in paid for kind in ("cheque", "ordre")]
        year = next((start.year for start, end in self.years if start <= entry.date <= end), entry.date.year)
        return frozenset(
            number_mark(account, kind, str(year) if kind == "ordre" else "", bare)
            for account, kind, number in written
            if (bare := "".join(filter(str.isalnum, number)).casefold().lstrip("0"))
        )


def number_mark(account: str, kind: str, year: str, bare: str) -> str:
    """The number of a cheque or an order as one text."""
    return f"{account}\0{kind}\0{year}\0{bare}"


def _documents(entry: PlainEntry) -> Iterator[tuple[str, str]]:
    """The keys of files of an entry and its movements, with what they say."""
    for keys in (entry.keys, *(each.keys for each in entry.movements)):
        yield from [each for each in keys.items() if each[0] == "document" or each[0].startswith("document-")]


def _written(entry: PlainEntry) -> list[str]:
    return [value[1:].strip() for _, value in _documents(entry) if value[:1] == "s" and len(value) > 1]


def _composed(paths: Iterable[str]) -> frozenset[str]:
    """Some paths as they are compared: each accented letter is one sign."""
    found = frozenset(paths)
    if all(map(str.isascii, found)):
        return found - {""}
    import unicodedata

    return frozenset([unicodedata.normalize("NFC", path) for path in found]) - {""}


def have_in_common(entries: Iterable[frozenset[str]]) -> bool:
    """Whether two entries have something in common."""
    counts = Counter(chain.from_iterable(entries))
    return max(counts.values(), default=0) > 1
