"""Conditions on what budgets bear: the room of lines, the months of spending, activities, the days of agreements."""

from __future__ import annotations

from collections import Counter

from grandlivre.guards.change import Change, PlainEntry
from grandlivre.guards.reading import Charging, PlainCharge, altered, less, month_of, value_date
from grandlivre.guards.record import NamedTuple

# annotations are texts here: `date` is not imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date


class LineRoom(NamedTuple):
    """A budget line: its heading, and whether something is said of it or of what it counts in."""

    code: str
    heading: str
    room: int
    """What may still be charged to it without a word."""
    told: bool


class BudgetRoom(NamedTuple):
    """An agreement's budget."""

    agreement: str
    lines: tuple[LineRoom, ...]
    headings: tuple[tuple[str, int], ...]
    """By heading that has a limit of its own, what may still be charged to it."""
    total: int
    awards: tuple[tuple[str, str], ...]
    """By dossier that is awarded, its line."""
    told_on: frozenset[str]
    """The vouchers on which something is said, and those whose place in their day is not sure."""


class Budgets(NamedTuple):
    """What may still be charged to budgets before anything is said of them."""

    charging: Charging
    rooms: tuple[BudgetRoom, ...]
    reversed: frozenset[str]
    """The vouchers that stornos take back."""

    def is_met(self, change: Change) -> bool:
        """Whether a budget may come near its limits, or was there."""
        gone, come = list(self.charging.every(change.gone)), list(self.charging.every(change.come))
        if any(each.entry.text("piece") in self.reversed for each in (*gone, *come)):
            return True
        return any(_is_tight(room, _own(room, gone), _own(room, come)) for room in self.rooms)


def _own(room: BudgetRoom, charges: Iterable[PlainCharge]) -> list[PlainCharge]:
    codes = {line.code for line in room.lines}
    return [each for each in charges if each.agreement == room.agreement and each.line in codes]


def _is_tight(room: BudgetRoom, gone: list[PlainCharge], come: list[PlainCharge]) -> bool:
    """Whether something may be said of an agreement once those charges went, and those came."""
    if any(each.entry.text("piece") in room.told_on for each in (*gone, *come)):
        return True
    both = Counter(map(_charged, gone)) & Counter(map(_charged, come))
    gone, come = less(gone, _charged, both), less(come, _charged, both)
    lines = {line.code: line for line in room.lines}
    awards = dict(room.awards)
    more: Counter[tuple[str, str]] = Counter()
    for sign, charges in ((-1, gone), (1, come)):
        for each in charges:
            awarded = lines.get(awards.get(each.dossier, each.line))
            if lines[each.line].told or (awarded is not None and awarded.told):
                return True
            more[each.line, each.dossier] += sign * max(each.amount, 0)
    return _is_beyond(room, {key: max(amount, 0) if key[1] in awards else amount for key, amount in more.items()})


def _is_beyond(room: BudgetRoom, more: Mapping[tuple[str, str], int]) -> bool:
    """Whether a line, a heading or the total bears more than its room; `more` by line and dossier."""
    home = {line.code: line.heading for line in room.lines}
    loads: Counter[tuple[str, str]] = Counter()
    for (code, _), amount in more.items():
        for key in (("ligne", code), ("rubrique", home[code]), ("total", "")):
            loads[key] += amount
    rooms = {("ligne", line.code): line.room for line in room.lines}
    rooms |= {("rubrique", code): left for code, left in room.headings}
    rooms["total", ""] = room.total
    return any(amount > 0 and amount > rooms.get(key, amount) for key, amount in loads.items())


def _charged(each: PlainCharge) -> tuple[object, ...]:
    entry = each.entry
    return each.line, each.dossier, each.amount, each.day, entry.date, entry.text("piece")


class EarlySpan(NamedTuple):
    """The days on which a charge to an agreement (to any, of "") would be, or come before, the first of a budget."""

    agreement: str
    since: date
    until: date
    """Included."""


class Spending(NamedTuple):
    """Charges on days that somebody looks at."""

    charging: Charging
    spans: tuple[EarlySpan, ...]

    def is_met(self, change: Change) -> bool:
        """Whether such a charge went or came."""
        return any(
            span.agreement in ("", each.agreement) and span.since <= each.day <= span.until
            for each in self.charging.every(altered(change).entries())
            for span in self.spans
        )


class LineSums(NamedTuple):
    """What is charged to each line of an agreement by some days."""

    charging: Charging
    ends: tuple[tuple[str, date], ...]
    """By agreement, a day by whose end its charges are added up."""

    def is_met(self, change: Change) -> bool:
        """Whether such a sum changed."""
        sums: Counter[tuple[str, date, str]] = Counter()
        for sign, entries in ((-1, change.gone), (1, change.come)):
            for each in self.charging.every(entries):
                for agreement, end in self.ends:
                    if agreement == each.agreement and each.entry.date <= end:
                        sums[agreement, end, each.line] += sign * each.amount
        return any(sums.values())


class SpentMonths(NamedTuple):
    """The months in which agreements spend."""

    charging: Charging
    counts: tuple[tuple[str, int, int], ...]
    """By agreement and month, how many movements charge it."""

    def is_met(self, change: Change) -> bool:
        """Whether an agreement spends in another month, or no longer in one."""
        known = {(agreement, month): count for agreement, month, count in self.counts}
        asked = {agreement for agreement, _, _ in self.counts}
        more: Counter[tuple[str, int]] = Counter()
        for sign, entries in ((-1, change.gone), (1, change.come)):
            for each in self.charging.every(entries):
                if each.agreement in asked:
                    more[each.agreement, month_of(each.entry.date)] += sign
        return any(known.get(key, 0) == 0 or known[key] + count <= 0 for key, count in more.items())


class LinesAllowed(NamedTuple):
    """A charge to a line that is not surely in its agreement's budget, or surely takes its account."""

    charging: Charging
    budgeted: frozenset[str]
    """The agreements that have a budget."""
    allowed: tuple[tuple[str, date, str, tuple[str, ...]], ...]
    """By agreement, the first day of a version of its budget, a line, and the numbers that it takes; none: all of them."""

    def is_met(self, change: Change) -> bool:
        """Whether such a charge went or came."""
        return any(
            each.agreement in self.budgeted and not self._is_allowed(each)
            for each in self.charging.every(altered(change).entries())
        )

    def _is_allowed(self, charge: PlainCharge) -> bool:
        own = [each for each in self.allowed if each[0] == charge.agreement]
        first = min((since for _, since, _, _ in own), default=None)
        since = max((since for _, since, _, _ in own if since <= charge.day), default=first)
        return any(
            code == charge.line and (not numbers or charge.number.startswith(numbers))
            for _, day, code, numbers in own
            if day == since
        )


class Activities(NamedTuple):
    """Activities that were held, and whether an expense names each."""

    charging: Charging
    paid: tuple[tuple[str, str, int], ...]
    """By tree and code, how many expenses name it."""

    def is_met(self, change: Change) -> bool:
        """Whether an activity comes to be paid, or no longer is."""
        counts = {(tree, code): count for tree, code, count in self.paid}
        more: Counter[tuple[str, str]] = Counter()
        for sign, entries in ((-1, change.gone), (1, change.come)):
            for each in self.charging.every(entries):
                if each.amount > 0:
                    more[each.entry.tree, each.activity] += sign
        return any(key in counts and (not counts[key] or counts[key] + count <= 0) for key, count in more.items())


class Unheld(NamedTuple):
    """An expense, under an agreement that asks for activities, that names none which was held where one is wanted."""

    charging: Charging
    following: frozenset[str]
    """The agreements that ask."""
    held: frozenset[tuple[str, str]]
    """By tree, the codes of the activities that were held."""
    shared: frozenset[tuple[str, str]]
    """By tree, the lines that activities share; none of a tree: all its lines want one."""

    def is_met(self, change: Change) -> bool:
        """Whether such an expense went or came."""
        return any(
            each.amount > 0 and each.agreement in self.following and self._is_said(each)
            for each in self.charging.every(altered(change).entries())
        )

    def _is_said(self, charge: PlainCharge) -> bool:
        tree = charge.entry.tree
        lines = {line for code, line in self.shared if code == tree}
        if charge.activity:
            return (tree, charge.activity) not in self.held
        return not lines or charge.line in lines


class OutOfDays(NamedTuple):
    """An expense that is not surely within the days of its agreement."""

    charging: Charging
    trees: frozenset[str]
    """The trees whose expenses are judged."""
    free: frozenset[str]
    """The agreements whose days do not count."""

    def is_met(self, change: Change) -> bool:
        """Whether such an expense went or came."""
        return any(
            each.amount > 0 and each.entry.tree in self.trees and not self._is_within(each)
            for each in self.charging.every(altered(change).entries())
        )

    def _is_within(self, charge: PlainCharge) -> bool:
        if charge.agreement in self.free:
            return True
        return any(
            each.id == charge.agreement and each.tree == charge.entry.tree and each.start <= charge.day <= each.end
            for each in self.charging.agreements
        )


class PaidAfter(NamedTuple):
    """A movement on some numbers, in a tree, that happened after a day."""

    prefixes: tuple[str, ...]
    trees: tuple[tuple[str, date], ...]

    def is_met(self, change: Change) -> bool:
        """Whether such a movement went or came."""
        days = dict(self.trees)
        return any(
            entry.tree in days
            and value_date(entry) > days[entry.tree]
            and any(each.number.startswith(self.prefixes) for each in entry.movements)
            for entry in altered(change).entries()
        )


class Undecided(NamedTuple):
    """An entry that moves what moves by decision alone."""

    own: tuple[str, ...]
    """Own funds and suspense accounts: what treasury receives may be credited there."""
    income: tuple[str, ...]
    treasury: tuple[str, ...]

    def is_met(self, change: Change) -> bool:
        """Whether such an entry went or came."""
        return any(map(self._moves, altered(change).entries()))

    def _moves(self, entry: PlainEntry) -> bool:
        received = sum(each.amount for each in entry.movements if each.number.startswith(self.treasury)) > 0
        own: Counter[str] = Counter()
        for each in entry.movements:
            if each.number.startswith(self.own):
                own[each.account] += each.amount
        if any(amount > 0 or (amount and not received) for amount in own.values()):
            return True
        return sum(each.amount for each in entry.movements if each.number.startswith(self.income)) > 0
