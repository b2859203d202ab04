"""The records of the books: what stands in the ledger, as small immutable tuples of ints, dates and texts.

Amounts are whole smallest units of their commodity (XOF: whole francs). `value` is the amount in the books' currency,
also for a posting priced with `@@`. Debits are positive, credits negative.
"""

from __future__ import annotations

import datetime as dt
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

from grandlivre.books.metadata import is_missing
from grandlivre.i18n import day as french_day
from grandlivre.policy import sycebnl

_date_of = itemgetter(0)
"""The booking date of an entry."""
RECKONED = frozenset({"quote-part", "amortissement", "cloture", "reouverture", "affectation"})
"""What `ecriture` says of an entry that follows from the others, or from a decision on the organisation's own funds."""
_PAID = (*sycebnl.THIRD_PARTIES, *sycebnl.TREASURY)
LAST_NUMBER = 10**12
"""Entries without a voucher number come after the numbered ones of their day."""


def as_text(value: object) -> str:
    """A metadata value as text, "" when it has none."""
    return value.strip() if isinstance(value, str) else "" if value is None else str(value).strip()


class Place(NamedTuple):
    """A file and a line (1-based)."""

    file: str
    line: int

    @classmethod
    def of(cls, meta: Mapping[str, Any]) -> Place:
        """Where one of Beancount's directives begins, as its metadata tells."""
        return cls(str(meta.get("filename", "")), int(meta.get("lineno", 0)))


class Account(NamedTuple):
    """An account: its tree is its second part, its SYCEBNL number begins its leaf ("" when it carries none)."""

    name: str
    root: str  # assets | liabilities | equity | income | expenses
    tree: str
    number: str
    label: str
    opened: dt.date | None
    closed: dt.date | None
    place: Place

    def is_(self, *prefixes: str) -> bool:
        """Whether its number begins with one of the prefixes."""
        return self.number.startswith(prefixes)

    @property
    def is_bank(self) -> bool:
        """52."""
        return self.number.startswith(sycebnl.BANK)

    @property
    def is_mobile(self) -> bool:
        """55."""
        return self.number.startswith(sycebnl.MOBILE)

    @property
    def is_till(self) -> bool:
        """57."""
        return self.number.startswith(sycebnl.TILL)

    @property
    def is_advance(self) -> bool:
        """Money handed to a supplier or to staff that somebody must still justify or give back."""
        return self.number.startswith(sycebnl.ADVANCES)

    @property
    def is_transit(self) -> bool:
        """58."""
        return self.number.startswith(sycebnl.TRANSIT)

    @property
    def is_expense(self) -> bool:
        """Class 6."""
        return self.number.startswith(sycebnl.EXPENSES)


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """The accounts an entry's movements touch, one a movement; entries that touch the same accounts share one pattern.

    What depends on the accounts alone is decided once a pattern: books hold many entries and few patterns.
    """

    accounts: tuple[Account, ...]
    trees: tuple[str, ...]
    """The trees of the accounts, each once, in the order written."""

    def touches(self, prefixes: tuple[str, ...]) -> bool:
        """Whether an account's number begins with one of the prefixes."""
        return any(account.number.startswith(prefixes) for account in self.accounts)

    def positions(self, included: tuple[str, ...], excluded: tuple[str, ...] = ()) -> tuple[int, ...]:
        """Which movements are on accounts whose number begins with one prefix and none of the exclusions."""
        return tuple(
            position
            for position, account in enumerate(self.accounts)
            if account.number.startswith(included) and not account.number.startswith(excluded)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """The metadata keys an entry carries; entries with the same keys and kinds of values share one form."""

    keys: Mapping[str, int]
    """Each key, and where its value stands in the entry's `values`."""
    sound: bool
    """Whether each value is surely of the kind its key asks for."""


NO_PATTERN, NO_FORM = Pattern((), ()), Form({}, False)


class Voucher(NamedTuple):
    """A voucher number: series – tree – booking year – number."""

    series: str  # BQ | CS | MM | OD
    tree: str
    year: int
    number: int
    text: str


@dataclass(slots=True, eq=False)
class VoucherSeries:
    """The vouchers of one journal, tree and booking year; only the reader of the books adds to it."""

    journal: str  # BQ | CS | MM | OD
    tree: str
    year: int
    numbers: array[int]
    """In the order of the books."""
    first: dt.date = dt.date.max
    """The first booking date."""
    last: dt.date = dt.date.min
    """The last booking date."""


class Movement(NamedTuple):
    """One posting."""

    account: Account
    units: int
    """Whole smallest units of `currency`."""
    currency: str
    value: int
    """The same in the books' currency; 0 for a commodity without a price in it (XOF-CVN)."""
    line: int
    meta: Mapping[str, Any]


class Entry(NamedTuple):
    """One transaction."""

    date: dt.date
    value_date: dt.date
    """When it happened: `date-valeur`, else its date."""
    flag: str
    payee: str
    narration: str
    file: str
    line: int
    tree: str
    """The tree of its postings ("" when it has none; the first one written when it mixes several)."""
    trees: tuple[str, ...]
    piece: str
    """The voucher as written ("" when missing)."""
    series: VoucherSeries | None
    """The series of its voucher; None when it does not read so."""
    number: int
    """Its voucher's number; after all others when it has none."""
    kind: str
    """`ecriture`: "" | a-nouveau | cloture | extourne | reprise."""
    movements: tuple[Movement, ...]
    meta: Mapping[str, Any]
    tags: frozenset[str]
    links: frozenset[str]
    pattern: Pattern = NO_PATTERN
    """The accounts of its movements."""
    form: Form = NO_FORM
    """The keys of its metadata."""
    annotated: bool = True
    """Whether a movement may carry metadata of its own."""
    values: tuple[Any, ...] = ()
    """The values of its metadata, where its form says: as `meta`, and faster to read entry after entry."""

    @property
    def voucher(self) -> Voucher | None:
        """Its voucher; None when it does not read so."""
        series = self.series
        if series is None:
            return None
        return Voucher(series.journal, series.tree, series.year, self.number, self.piece)

    @property
    def place(self) -> Place:
        """Where it begins."""
        return Place(self.file, self.line)

    @property
    def named(self) -> str:
        """What a sentence calls it: its voucher, else its day."""
        return self.piece or f"l'écriture du {french_day(self.date)}"

    def text(self, key: str, movement: Movement | None = None) -> str:
        """A metadata value as text, the posting's before the transaction's; "" when missing or empty."""
        if self.annotated and movement is not None:
            value = movement.meta.get(key)
            if not is_missing(value):
                return str(value).strip()
        where = self.form.keys.get(key)
        if where is None:
            return ""
        return as_text(self.values[where])

    def day(self, key: str, movement: Movement | None = None) -> dt.date | None:
        """A metadata value that is a date, else None."""
        value = movement.meta.get(key) if movement is not None else None
        value = self.meta.get(key) if is_missing(value) else value
        return value if isinstance(value, dt.date) else None

    def truth(self, key: str) -> bool:
        """Whether a metadata value is TRUE."""
        return self.meta.get(key) is True

    def payee_of(self, movement: Movement | None = None) -> str:
        """Who received it: `beneficiaire`, else the payee."""
        return self.text("beneficiaire", movement) or self.payee

    def label_of(self, movement: Movement | None = None) -> str:
        """What a movement is for: its own `libelle`, else the narration."""
        return self.text("libelle", movement) or self.narration

    @property
    def is_storno(self) -> bool:
        """Whether it reverses another entry."""
        return self.kind == "extourne"

    @property
    def is_opening(self) -> bool:
        """Whether it brings balances forward."""
        return self.kind == "a-nouveau"

    @property
    def is_taken_over(self) -> bool:
        """Whether it brings in what was booked elsewhere: balances brought forward, or a year begun in other books."""
        return self.kind in ("a-nouveau", "reprise")

    @property
    def is_of_the_year(self) -> bool:
        """Whether it says what happened in the year: neither taken over nor the closing of accounts."""
        return not self.is_taken_over and self.kind != "cloture"

    @property
    def is_reckoned(self) -> bool:
        """Whether `grandlivre entries` writes such an entry: what a period calls for, dated the day it speaks of.

        Its accounts are none of treasury nor of third parties, whatever its word says.
        """
        return self.kind in RECKONED and not any(
            account.number.startswith(_PAID) and not account.number.startswith(sycebnl.INTERNAL)
            for account in self.pattern.accounts
        )

    @property
    def is_apart(self) -> bool:
        """Whether its word sets it apart from what the year spends: taken over, a storno, or reckoned; the word alone does not."""
        return self.is_taken_over or self.is_storno or self.is_reckoned

    @property
    def is_cancelled(self) -> bool:
        """Whether it only keeps a cancelled number in its series."""
        return bool(self.text("annulee"))

    @property
    def sort_key(self) -> tuple[dt.date, bool, int, str, int]:
        """(date, opening first, voucher number, file, line): the order of the books."""
        return (self.date, not self.is_opening, self.number, self.file, self.line)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Entries alike: the same accounts, the same metadata keys. What depends on these is decided once for all of them.

    Its columns let a rule see at once that nothing is wrong with many entries, and look closer at a few.
    """

    pattern: Pattern
    form: Form
    annotated: bool
    """Whether a movement may carry metadata of its own: columns, of the entries' own values, then do not say all."""
    foreign: bool
    """Whether a movement is of another commodity than the books' currency."""
    flag: str
    entries: Sequence[Entry]
    """In the order of the books."""
    places: Sequence[int]
    """Where each stands among the entries of the books."""
    payees: Sequence[str]
    values: Sequence[tuple[Any, ...]]
    """The values of each entry's metadata, where the form says."""
    amounts: Sequence[int]
    """What each movement of each entry moves in the books' currency, entry after entry."""
    series: Set[VoucherSeries]
    """The series their vouchers are of."""
    _texts: dict[str, list[str]] = field(default_factory=dict, repr=False)

    @property
    def ordinary(self) -> bool:
        """Whether its columns say all of its entries, none of them an opening, a closing or a storno."""
        return not (self.annotated or self.foreign or "ecriture" in self.form.keys)

    def column(self, key: str) -> list[Any]:
        """The value of a metadata key as each entry writes it; None for all without that key."""
        where = self.form.keys.get(key)
        if where is None:
            return [None] * len(self.entries)
        return [values[where] for values in self.values]

    def texts(self, key: str) -> list[str]:
        """The value of a metadata key as text, "" where it is missing."""
        found = self._texts.get(key)
        if found is None:
            told = self.column(key) if key in self.form.keys else ()
            found = [value.strip() if type(value) is str else as_text(value) for value in told]
            self._texts[key] = found = found or [""] * len(self.entries)
        return found

    def names(self) -> Sequence[str]:
        """Who received each entry's money: `beneficiaire`, else the payee."""
        if "beneficiaire" not in self.form.keys:
            return self.payees
        return [name or payee for name, payee in zip(self.texts("beneficiaire"), self.payees, strict=True)]

    def stornos(self) -> Iterable[bool]:
        """Which of the entries are stornos; endless when none is."""
        return [entry.is_storno for entry in self.entries] if "ecriture" in self.form.keys else repeat(False)

    def moved(self, position: int) -> Sequence[int]:
        """What each entry moves at one of its movements, in the books' currency."""
        return self.amounts[position :: len(self.pattern.accounts)]

    def between(self, start: dt.date, end: dt.date) -> slice:
        """The entries booked from one day to another."""
        first = bisect_left(self.entries, start, key=_date_of)
        return slice(first, bisect_right(self.entries, end, first, key=_date_of))

    def runs(self, turns: Sequence[dt.date]) -> Iterator[slice]:
        """The runs of entries between turning days (in order), by booking date."""
        ends = [bisect_left(self.entries, turn, key=_date_of) for turn in turns]
        for start, end in zip([0, *ends], [*ends, len(self.entries)], strict=True):
            if start < end:
                yield slice(start, end)


class Posted(NamedTuple):
    """A movement with the entry it belongs to."""

    entry: Entry
    movement: Movement


class Waiver(NamedTuple):
    """A waiver of one rule on one entry."""

    entry: Entry
    rule: str
    reason: str
    by: str


class Fractional(NamedTuple):
    """An amount of a whole currency written with decimals."""

    place: Place
    number: Decimal
    currency: str
    entry: Entry | None


class BookProblem(NamedTuple):
    """Something in the ledger that does not say what it should; a French sentence."""

    place: Place
    message: str
    entry: Entry | None = None
