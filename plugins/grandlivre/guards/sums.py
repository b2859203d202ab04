"""Conditions on sums: balances day after day, transfers under way, counts, the equation of funds, statements, third parties."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from grandlivre.guards.change import Change, PlainEntry
from grandlivre.guards.naming import pairs_of, plain_name
from grandlivre.guards.reading import altered, month_of, said, value_date
from grandlivre.guards.record import NamedTuple

# annotations are texts here: `date` is not imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date


# --- balances ---------------------------------------------------------------------------------------------------------


class Least(NamedTuple):
    """A day after which an account always has more to spare than on it."""

    day: date
    following: date
    """The next day on which the account moves."""
    spare: int
    """How far the balance is from its bound; less than nothing beyond it."""


class Course(NamedTuple):
    """The balance of an account, day after day, within what nothing is said of.

    Met when a change may bring it, from its day on, beyond a bound, or comes before something that is beyond one already.
    """

    account: str
    floor: tuple[Least, ...]
    """Above the least it may hold."""
    ceiling: tuple[Least, ...]
    """Below the most it may hold; nothing: any amount."""
    evenings: bool
    """Whether only the evenings count; else the balance after each movement, whatever the order of a day."""

    def is_met(self, change: Change) -> bool:
        """Whether the balance may be said something else of."""
        before = 0
        for day, moved in sorted(self._days(change).items()):
            net = sum(moved)
            least = net if self.evenings else sum(each for each in moved if each < 0)
            most = net if self.evenings else sum(each for each in moved if each > 0)
            low = spare(self.floor, day)
            high = spare(self.ceiling, day) if self.ceiling else None
            if low < 0 or low + before + least < 0:
                return True
            if high is not None and (high < 0 or high - before - most < 0):
                return True
            before += net
        return False

    def _days(self, change: Change) -> dict[date, list[int]]:
        """By day, what is moved more than it was; of a voucher that moves once as it did, the difference alone."""
        days: dict[date, list[int]] = {}
        gone, come = _rows(change.gone, self.account), _rows(change.come, self.account)
        for key in dict.fromkeys((*gone, *come)):
            before, after = gone.get(key, []), come.get(key, [])
            if before == after:
                continue
            alone = len(before) == len(after) == 1
            parts = [after[0] - before[0]] if alone else [*(-each for each in before), *after]
            days.setdefault(key[0], []).extend(parts)
        return days


def _rows(entries: Iterable[PlainEntry], account: str) -> dict[tuple[date, str], list[int]]:
    """By day and voucher, each amount moved on an account."""
    found: dict[tuple[date, str], list[int]] = {}
    for entry in entries:
        for movement in entry.movements:
            if movement.account == account:
                found.setdefault((entry.date, entry.text("piece")), []).append(movement.amount)
    return found


def spare(steps: tuple[Least, ...], day: date) -> int:
    """The least there is to spare from the evening before a day on."""
    rank = bisect_left(steps, day, key=lambda each: each.day)
    if rank and (rank == len(steps) or day <= steps[rank - 1].following):
        return steps[rank - 1].spare
    return steps[rank].spare


def moved_by_voucher(change: Change, account: str) -> dict[tuple[date, str], int]:
    """By how much what a voucher of a day moves on an account changed; nothing that it does not touch."""
    found: dict[tuple[date, str], int] = {}
    for sign, entries in ((-1, change.gone), (1, change.come)):
        for entry in entries:
            for movement in entry.movements:
                if movement.account == account:
                    key = (entry.date, entry.text("piece"))
                    found[key] = found.get(key, 0) + sign * movement.amount
    return found


class CashSpent(NamedTuple):
    """What entries pay out of a till, against the most that one of them, and a payee a day, may receive."""

    account: str
    most: int | None
    """By one entry; None: any amount."""
    day_most: int | None
    """By the payments of a day together, unless it is one of `days`; None: any amount."""
    days: frozenset[date]
    """The days on which a payee received more than the rest of what may be paid."""

    def is_met(self, change: Change) -> bool:
        """Whether an expense may be, or have been, too high."""
        if not self.days.isdisjoint(entry.date for entry in change.entries() if self._paid(entry)):
            return True
        days: dict[date, int] = {}
        for entry in altered(change).entries():
            paid = self._paid(entry)
            days[entry.date] = days.get(entry.date, 0) + paid
            if self.most is not None and paid > self.most:
                return True
        return self.day_most is not None and any(paid > self.day_most for paid in days.values())

    def _paid(self, entry: PlainEntry) -> int:
        return -sum(each.amount for each in entry.movements if each.account == self.account and each.amount < 0)


# --- transfers and counts ---------------------------------------------------------------------------------------------


class Transit(NamedTuple):
    """A transfer account: met on a day that is not, or would not be, settled."""

    account: str
    spans: tuple[tuple[date, date], ...]
    """The days on which something waits, from the one that leaves it to the one that settles it."""
    stornos: frozenset[str]
    """The vouchers that stornos take back."""

    def is_met(self, change: Change) -> bool:
        """Whether something may be left, or arrive, elsewhere."""
        days: dict[date, int] = {}
        for (day, piece), amount in moved_by_voucher(change, self.account).items():
            if piece in self.stornos or any(first <= day <= last for first, last in self.spans):
                return True
            days[day] = days.get(day, 0) + amount
        return any(days.values())


class Counted(NamedTuple):
    """A till that is counted: what its counts, and the months and quarters that ask for one, take from its movements."""

    account: str
    day: date
    """The day of its last count; the first of all days without any."""
    last: tuple[date, int] | None
    """The day and the number of the last voucher that this count takes in; None: all of that day."""
    pieces: frozenset[str]
    """The vouchers that counts name."""
    months: tuple[tuple[int, int], ...]
    """The months up to the day judged on, as year * 12 + month, and how many movements each has."""

    def is_met(self, change: Change) -> bool:
        """Whether a count may be compared with another balance, or another month ask for one."""
        vouchers = moved_by_voucher(change, self.account)
        if any(
            piece in self.pieces or (amount and self._is_counted(*key))
            for key, amount in vouchers.items()
            for piece in key[1:]
        ):
            return True
        more = self._movements(change)
        first = min((month_of(day) for (day, _), amount in vouchers.items() if amount), default=_NEVER)
        first = min(first, min((month for month, count in more.items() if count), default=_NEVER))
        return any(self._may_turn(month, count, more.get(month), first) for month, count in self.months)

    def _movements(self, change: Change) -> dict[int, int]:
        """By month that is touched, how many movements more it has."""
        found: dict[int, int] = {}
        for sign, entries in ((-1, change.gone), (1, change.come)):
            for entry in entries:
                many = sum(movement.account == self.account for movement in entry.movements)
                if many:
                    found[month_of(entry.date)] = found.get(month_of(entry.date), 0) + sign * many
        return found

    @staticmethod
    def _may_turn(month: int, count: int, more: int | None, first: int) -> bool:
        """Whether a month may hold or move money that did not, or no longer; the balance changed from `first` on."""
        if more is not None:
            return count == 0 or count + more <= 0
        return count == 0 and month >= first

    def _is_counted(self, day: date, piece: str) -> bool:
        if day != self.day or self.last is None:
            return day <= self.day
        return (day, int(piece.rpartition("-")[2])) <= self.last


_NEVER = 10_000 * 12


# --- the equation of funds --------------------------------------------------------------------------------------------


class Sides(NamedTuple):
    """On which side of the equation an account stands, by its number."""

    held: tuple[str, ...]
    funds: tuple[str, ...]
    also_held: tuple[str, ...]
    """Held, where no other prefix says otherwise."""
    loans: frozenset[str]
    """Names of accounts that are held, whatever their numbers."""
    charges: tuple[str, ...]
    computed: tuple[str, ...]
    """Of charges, those that are none here."""
    income: tuple[str, ...]

    def of(self, name: str, number: str) -> str:
        """The side of an account; "" for none."""
        if name in self.loans or number.startswith(self.held):
            return "held"
        if number.startswith(self.funds):
            return "funds"
        if number.startswith(self.also_held):
            return "held"
        if number.startswith(self.income):
            return "income"
        return "charges" if number.startswith(self.charges) and not number.startswith(self.computed) else ""


class EqualTree(NamedTuple):
    """A tree that obeys the equation."""

    code: str
    until: date
    """The end of the last month in which it does not; the first of all days when it always does."""
    released: tuple[str, ...]
    """Numbers of the funds that are never in debit at a month's end."""


class Equation(NamedTuple):
    """The equation of funds at the end of each month that is over."""

    end: date
    """Of the last month that is over."""
    sides: Sides
    trees: tuple[EqualTree, ...]

    def is_met(self, change: Change) -> bool:
        """Whether a month that is over may not end as it did."""
        return any(self._is_other(tree, change) for tree in self.trees)

    def _is_other(self, tree: EqualTree, change: Change) -> bool:
        parts: Counter[tuple[int, str]] = Counter()
        released: Counter[tuple[int, str]] = Counter()
        said = False
        for sign, entries in ((-1, change.gone), (1, change.come)):
            for entry in entries:
                if entry.tree != tree.code or entry.date > self.end:
                    continue
                said = said or entry.date <= tree.until
                for each in entry.movements:
                    amount, month = sign * each.amount, month_of(entry.date)
                    parts[month, self.sides.of(each.account, each.number)] += amount
                    if each.number.startswith(tree.released):
                        released[month, each.account] += amount
        gaps: Counter[int] = Counter()
        for (month, side), amount in parts.items():
            gaps[month] += amount if side in ("held", "funds") else 0
        named = any(amount for (_, side), amount in parts.items() if side)
        return any(gaps.values()) or any(released.values()) or (said and named)


class InTrees(NamedTuple):
    """A movement in some trees, on some numbers, by a day."""

    trees: frozenset[str]
    prefixes: tuple[str, ...]
    until: date

    def is_met(self, change: Change) -> bool:
        """Whether such a movement went or came."""
        return any(
            entry.tree in self.trees
            and entry.date <= self.until
            and any(each.number.startswith(self.prefixes) for each in entry.movements)
            for entry in altered(change).entries()
        )


# --- bank statements --------------------------------------------------------------------------------------------------


class Stated(NamedTuple):
    """A bank account: its statements, and the ticks that nothing is said of."""

    account: str
    first: date
    """The day of its first movement; the last of all days without any."""
    day: date
    """Of its last statement; the first of all days without any."""
    month: str
    """The last month of its statements."""
    since: str
    """A tick from this month on needs a statement."""
    known: frozenset[str]
    """The months that have one."""
    awaited: tuple[str, str]
    """The months, from one to another, whose statement is asked for anyway; ("", "") for none."""

    def is_met(self, change: Change) -> bool:
        """Whether a statement may be compared otherwise, or a tick be doubtful."""
        gone, come = Counter(self._ticks(change.gone)), Counter(self._ticks(change.come))
        return any(map(self._counts, ((gone - come) + (come - gone)).elements()))

    def _ticks(self, entries: Iterable[PlainEntry]) -> Iterator[tuple[date, str, str, tuple[object, ...]]]:
        for entry in entries:
            for each in entry.movements:
                if each.account == self.account and each.amount:
                    others = tuple(other.number for other in entry.movements)
                    more = (each.amount, value_date(entry), each.keys.get("date-valeur"), others)
                    yield entry.date, said(entry, "pointage", each), said(entry, "piece", each), more

    def _counts(self, tick: tuple[date, str, str, tuple[object, ...]]) -> bool:
        day, month, _, _ = tick
        if day <= self.first or day <= self.day:
            return True
        if not month:
            return False
        if month <= self.month or not _is_month(month) or month < f"{day:%Y-%m}":
            return True
        first, last = self.awaited
        return not (month in self.known or month < self.since or first <= month <= last)


def _is_month(text: str) -> bool:
    year, dash, month = text[:4], text[4:5], text[5:]
    plain = text.isascii() and len(text) == 7 and dash == "-" and year.isdecimal() and month.isdecimal()
    return plain and 1 <= int(month) <= 12


class Ticked(NamedTuple):
    """What the statements of an account show: receipts and payments apart, by month."""

    account: str
    month: str
    """The last month of its statements."""

    def is_met(self, change: Change) -> bool:
        """Whether a sum of theirs changed."""
        sums: Counter[tuple[str, bool]] = Counter()
        for sign, entries in ((-1, change.gone), (1, change.come)):
            for entry in entries:
                for each in entry.movements:
                    if each.account == self.account and "" < (month := said(entry, "pointage", each)) <= self.month:
                        sums[month, each.amount > 0] += sign * each.amount
        return any(sums.values())


class Altered(NamedTuple):
    """A movement on some numbers or accounts, unless only a narration or papers of its entry changed."""

    prefixes: tuple[str, ...]
    names: frozenset[str] = frozenset()

    def is_met(self, change: Change) -> bool:
        """Whether such a movement went or came."""
        return any(
            each.number.startswith(self.prefixes) or each.account in self.names
            for entry in altered(change).entries()
            for each in entry.movements
        )


# --- third parties ----------------------------------------------------------------------------------------------------


class Side(NamedTuple):
    """How far a balance may stand on one side without a word."""

    most: int | None
    """None: as far as it likes."""
    older: date
    """The last day of what is too old to count; a movement after it adds to, or takes from, what may stand."""


class Standing(NamedTuple):
    """The balance of an account of third parties: its side, and how old what it is made of may be."""

    account: str
    today: date
    balance: int
    since: date
    """The first day that is not too old."""
    debit: Side
    credit: Side
    told: bool
    """Whether something is said of it."""

    def is_met(self, change: Change) -> bool:
        """Whether the account may be said something else of."""
        changed = altered(change)
        rows = [row for sign, each in ((-1, changed.gone), (1, changed.come)) for row in self._rows(sign, each)]
        if not rows or self.told:
            return bool(rows)
        balance = self.balance + sum(sign * amount for sign, amount, _ in rows)
        side, way = (self.debit, 1) if balance > 0 else (self.credit, -1)
        if not balance or side.most is None:
            return False
        most = side.most
        for sign, amount, entry in rows:
            if amount * way > 0 and entry.date > side.older:
                if value_date(entry) < self.since:
                    return True
                most += sign * amount * way
        return balance * way > most

    def _rows(self, sign: int, entries: Iterable[PlainEntry]) -> Iterator[tuple[int, int, PlainEntry]]:
        for entry in entries:
            for each in entry.movements:
                if each.account == self.account and entry.date <= self.today:
                    yield sign, each.amount, entry


class NamesOf(NamedTuple):
    """A tax number and a name that make some suppliers one, or tell them apart, and were not given together, or no longer are."""

    known: frozenset[str]
    """Every pair that the books give of them."""
    rare: frozenset[str]
    """Of these, what one entry gives alone."""
    names: frozenset[str]
    """Their names, as names are compared."""
    numbers: frozenset[str]
    """Their tax numbers, without spaces and signs."""

    def is_met(self, change: Change) -> bool:
        """Whether such a pair came or went."""
        gone = frozenset().union(*map(pairs_of, change.gone))
        come = frozenset().union(*map(pairs_of, change.come))
        if any(each not in self.known and self._concerns(each) for each in gone ^ come):
            return True
        many = len(change.gone) > 1
        return any(each in self.rare or (many and each in self.known) for each in gone - come)

    def _concerns(self, pair: str) -> bool:
        nif, _, name = pair.partition("\0")
        bare = plain_name(name)
        number = "".join(each for each in nif if each not in " .+-/\t\u00a0\u202f").upper()
        return bare is None or bare in self.names or bool(nif and (number in self.numbers or not number.isascii()))
