"""What entries buy: under which invoice, from whom, for how much."""

from __future__ import annotations

from itertools import chain
from zlib import crc32

from grandlivre.guards.change import Change, PlainEntry, PlainMovement
from grandlivre.guards.naming import carries, invoice_key, pair_of, said
from grandlivre.guards.papers import have_in_common
from grandlivre.guards.record import NamedTuple
from grandlivre.guards.sieve import Sieve

# annotations are texts here: nothing is imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOBODY = "\0"
"""The pair of who has neither tax number nor name."""
ODD_DAY = "*"
"""In the place of the day of a bill whose day is not that of its entry."""


class Bills(NamedTuple):
    """A bill under a known number of its supplier, or of the amount of another of about that day."""

    natures: tuple[str, ...]
    """How the numbers of accounts begin whose debit is a purchase."""
    excluded: tuple[str, ...]
    """Of these, which are none."""
    days: int
    """Up to how many days apart two bills of one amount are too much alike."""
    known: Sieve
    """The numbers and the amounts of the bills."""
    common: Sieve
    """Of these, what several have in common."""
    since: int = 1
    """From which day on the amounts are known, as a number."""

    def is_met(self, change: Change) -> bool:
        """Whether such a bill went or came."""
        bills = [(self._bills(entry), entry) for entry in change.entries()]
        found = [(each, entry) for each, entry in bills if each is not None]
        if len(found) < len(bills):
            return True
        marks = [frozenset(self._own(each, entry)) for each, entry in found]
        own, new = marks[: len(change.gone)], marks[len(change.gone) :]
        left, right = frozenset(chain.from_iterable(own)), frozenset(chain.from_iterable(new))
        near = frozenset(chain.from_iterable(self._near(each, entry) for each, entry in found))
        return (
            have_in_common(new)
            or not near.isdisjoint(right)
            or any(each in self.common for each in left | right | near)
            or any(each in self.known for each in (right | near) - left)
        )

    def _bills(self, entry: PlainEntry) -> dict[tuple[str, str], int] | None:
        """What an entry buys, by supplier and number; None where that is not told by what it says alone."""
        found: dict[tuple[str, str], int] = {}
        for each in bought(entry, self.natures, self.excluded):
            number, who = invoice_key(said(entry, "facture", each)), pair_of(entry, each)
            if number and who != NOBODY:
                found[who, number] = found.get((who, number), 0) + each.amount
        late = entry.date.toordinal() >= self.since and not carries(entry, "date-valeur")
        odd = len({who for who, _ in found}) > 1 or (found and not late)
        return None if odd else found

    def _own(self, bills: dict[tuple[str, str], int], entry: PlainEntry) -> Iterator[str]:
        for (who, number), amount in bills.items():
            yield bill_mark(who, number)
            yield amount_mark(who, amount, self.span(entry.date.toordinal()))

    def _near(self, bills: dict[tuple[str, str], int], entry: PlainEntry) -> Iterator[str]:
        at = self.span(entry.date.toordinal())
        for (who, _), amount in bills.items():
            yield from [amount_mark(who, amount, span) for span in (at - 1, at + 1, ODD_DAY)]

    def span(self, day: int) -> int:
        """The rank of the days among which a day is: two bills further apart than to the next are not alike."""
        return day // (self.days + 1)


class Purchases(NamedTuple):
    """A purchase without a dossier that is neither small nor large enough by itself for nothing to be said."""

    natures: tuple[str, ...]
    """How the numbers of accounts begin whose debit is a purchase."""
    excluded: tuple[str, ...]
    """Of these, which are none."""
    known: Sieve
    """The invoices and vouchers that buy something."""
    common: Sieve
    """Of these, what several entries carry."""
    upto: int
    """Up to which amount nothing is said."""
    above: int | None
    """Above which amount nothing is said."""
    dossiers: bool
    """Whether something is said of what a dossier buys."""

    def is_met(self, change: Change) -> bool:
        """Whether such a purchase went or came."""
        gone, come = ([self._groups(entry) for entry in entries] for entries in change)
        if any(map(self._is_doubtful, (*gone, *come))):
            return True
        own, new = ([frozenset(mark for mark, _ in groups) for groups in side] for side in (gone, come))
        left, right = frozenset(chain.from_iterable(own)), frozenset(chain.from_iterable(new))
        return (
            have_in_common(new)
            or any(each in self.common for each in left | right)
            or any(each in self.known for each in right - left)
        )

    def _groups(self, entry: PlainEntry) -> dict[tuple[str, str], int]:
        """What an entry buys by the mark of its invoice or voucher, and who is paid of a voucher; "" for a dossier's."""
        found: dict[tuple[str, str], int] = {}
        for each in bought(entry, self.natures, self.excluded):
            invoice = said(entry, "facture", each)
            if said(entry, "marche", each):
                key = ("", "")
            elif invoice:
                key = (invoice_mark(entry.tree, pair_of(entry, each), invoice), "")
            else:
                key = (piece_mark(entry.tree, said(entry, "piece")), said(entry, "beneficiaire", each))
            found[key] = found.get(key, 0) + each.amount
        if not self.dossiers:
            found.pop(("", ""), None)
        return found

    def _is_doubtful(self, groups: dict[tuple[str, str], int]) -> bool:
        if ("", "") in groups:
            return True
        large = self.above is not None and all(amount > self.above for amount in groups.values())
        return bool(groups) and not large and sum(groups.values()) > self.upto


class Windows(NamedTuple):
    """A small purchase without a dossier that may go beyond a threshold with others of about that time."""

    natures: tuple[str, ...]
    """How the numbers of accounts begin whose debit is a purchase."""
    excluded: tuple[str, ...]
    """Of these, which are none."""
    limit: int
    """Up to which amount nothing is said of purchases together."""
    above: int
    """Above which amount a purchase is none of these."""
    width: int
    """Of how many days purchases are added up, at most."""
    since: int
    """From which day on the sums are known, as a number."""
    sums: tuple[tuple[int, int], ...]
    """What was bought on one day with one thing in common, by the number of its mark; some may be of two."""

    def is_met(self, change: Change) -> bool:
        """Whether such a purchase went or came."""
        gone, come = ([self._parts(entry) for entry in entries] for entries in change)
        if None in gone or None in come:
            return True
        sums = dict(self.sums)
        went, arrived = ([part for parts in side for part in parts or ()] for side in (gone, come))
        if any(self._is_beyond(sums, signal, day) for signal, day, _ in went):
            return True
        for sign, parts in ((-1, went), (1, arrived)):
            for signal, day, amount in parts:
                mark = day_mark(signal, day)
                sums[mark] = sums.get(mark, 0) + sign * amount
        return any(self._is_beyond(sums, signal, day) for signal, day, _ in arrived)

    def _parts(self, entry: PlainEntry) -> list[tuple[str, int, int]] | None:
        """What an entry buys, by what it may have in common with others, and its day; None where that is not known."""
        day = entry.date.toordinal()
        lines = [
            each
            for each in bought(entry, self.natures, self.excluded)
            if each.amount <= self.above and not said(entry, "marche", each)
        ]
        found: list[tuple[str, int, int]] = []
        for each in lines:
            who, line, activity = pair_of(entry, each), said(entry, "ligne", each), said(entry, "activite", each)
            found.append((supplier_signal(who), day, each.amount))
            found.append((nature_signal(entry.tree, each.number, line), day, each.amount))
            if activity:
                found.append((activity_signal(entry.tree, activity), day, each.amount))
        odd = day < self.since or carries(entry, "date-valeur") or len({pair_of(entry, each) for each in lines}) > 1
        return None if lines and odd else found

    def _is_beyond(self, sums: Mapping[int, int], signal: str, day: int) -> bool:
        """Whether some days together that hold one go beyond the limit."""
        days = range(day - self.width + 1, day + self.width)
        each = [sums.get(day_mark(signal, other), 0) for other in days]
        return any(sum(each[start : start + self.width]) > self.limit for start in range(self.width))


def bought(entry: PlainEntry, natures: tuple[str, ...], excluded: tuple[str, ...]) -> list[PlainMovement]:
    """The movements of an entry that buy something."""
    if entry.keys.get("reciproque") == "b1":
        return []
    return [
        each
        for each in entry.movements
        if each.amount > 0 and each.number.startswith(natures) and not each.number.startswith(excluded)
    ]


def bill_mark(who: str, number: str) -> str:
    """A supplier's number of an invoice as one text."""
    return f"{who}\0n\0{number}"


def amount_mark(who: str, amount: int, span: int | str) -> str:
    """A supplier's amount at a time as one text."""
    return f"{who}\0{amount}\0{span}"


def invoice_mark(tree: str, who: str, invoice: str) -> str:
    """A tree's invoice as one text."""
    return f"f\0{tree}\0{who}\0{invoice}"


def piece_mark(tree: str, piece: str) -> str:
    """A tree's voucher as one text."""
    return f"p\0{tree}\0{piece}"


def supplier_signal(who: str) -> str:
    """What purchases from one supplier have in common."""
    return f"s\0{who}"


def nature_signal(tree: str, number: str, line: str) -> str:
    """What purchases of one nature on one budget line have in common."""
    return f"n\0{tree}\0{number}\0{line}"


def activity_signal(tree: str, activity: str) -> str:
    """What purchases for one activity have in common."""
    return f"a\0{tree}\0{activity}"


def day_mark(signal: str, day: int) -> int:
    """What some purchases of one day have in common, as a number."""
    return crc32(f"{signal}\0{day}".encode("utf-8", "surrogatepass"))
