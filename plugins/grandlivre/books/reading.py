"""From Beancount's transactions to our own records; only `loading` (which makes them) and `digest` (which seals them) see them too."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import groupby
from operator import attrgetter, is_, itemgetter
from typing import Any, NamedTuple

from beancount.core import data

from grandlivre.books.metadata import is_sound
from grandlivre.books.records import (
    LAST_NUMBER,
    Account,
    BookProblem,
    Entry,
    Form,
    Fractional,
    Movement,
    Pattern,
    Place,
    Shape,
    Voucher,
    VoucherSeries,
)
from grandlivre.policy.loading import Policy
from grandlivre.policy.values import ambiguous, exponent

_account_of = itemgetter(0)
"""The account of a posting."""
_date_of = itemgetter(1)
"""The date of a directive."""
_opened_of = attrgetter("opened")
"""The day on which an account is opened."""
_SERIES = frozenset({"BQ", "CS", "MM", "OD"})
_NOTHING: Mapping[str, Any] = {}
_NO_WORDS: frozenset[str] = frozenset()
_new: Any = tuple.__new__
"""Makes a named tuple without the cost of its keyword constructor."""
_NUMBER = re.compile(r"\d+")


def parse_voucher(text: str) -> Voucher | None:
    """The parts of « BQ-UE-EAU-2026-0042 », or None."""
    head, _, number = text.rpartition("-")
    series = _series(head)
    if series is None or not 4 <= len(number) <= 12 or not (number.isdecimal() and number.isascii()):
        return None
    voucher: Voucher = _new(Voucher, (*series, int(number), text))
    return voucher


@cache
def _series(text: str) -> tuple[str, str, int] | None:
    """Series, tree and year of « BQ-UE-EAU-2026 », or None."""
    head, _, year = text.rpartition("-")
    series, tree = head[:2], head[3:]
    if series not in _SERIES or head[2:3] != "-" or not tree or len(year) != 4:
        return None
    return (series, tree, int(year)) if year.isdecimal() and text.isascii() else None


class AccountIndex:
    """Every account by name; numbers come from the leaf, or from `numeros` where names carry none."""

    def __init__(self, entries: Iterable[Any], options: Mapping[str, Any], policy: Policy) -> None:
        self._roots = {
            str(options.get(f"name_{kind}", "")): kind
            for kind in ("assets", "liabilities", "equity", "income", "expenses")
        }
        self._trees = frozenset(policy.donors)
        self._numbers = sorted(policy.numbers.items(), key=lambda item: -len(item[0]))
        self._opens: dict[str, data.Open] = {}
        self._closes: dict[str, date] = {}
        for entry in entries:
            if isinstance(entry, data.Open):
                self._opens.setdefault(entry.account, entry)
            elif isinstance(entry, data.Close):
                self._closes[entry.account] = entry.date
        self.by_name: dict[str, Account] = {}
        for name in self._opens:
            self.get(name)

    def get(self, name: str) -> Account:
        """The account of that name, opened or not."""
        account = self.by_name.get(name)
        if account is None:
            account = self.by_name[name] = self._make(name)
        return account

    def root_name(self, kind: str) -> str:
        """The word that accounts of a root begin with, as the options say: « Actif » for assets."""
        return next(word for word, each in self._roots.items() if each == kind)

    def is_open(self, name: str, day: date) -> bool:
        """Whether an account is open on a day (its closing day included)."""
        opened = self._opens.get(name)
        closed = self._closes.get(name)
        return opened is not None and opened.date <= day and (closed is None or day <= closed)

    def _make(self, name: str) -> Account:
        parts = name.split(":")
        leaf = parts[-1]
        match = _NUMBER.match(leaf)
        number = match[0] if match else ""
        if not number:
            for prefix, given in self._numbers:
                if name == prefix or name.startswith(prefix + ":"):
                    number = given
                    break
        tree = parts[1] if len(parts) >= 3 else ""
        if self._trees and tree not in self._trees and not number:
            tree = ""
        opened = self._opens.get(name)
        place = Place.of(opened.meta) if opened else Place("", 0)
        label = leaf[match.end() :].lstrip("-") if match else leaf
        return Account(
            name,
            self._roots.get(parts[0], ""),
            tree,
            number,
            label.replace("-", " ") or leaf,
            opened.date if opened else None,
            self._closes.get(name),
            place,
        )


class _Shape:
    """Entries alike while the books are read."""

    __slots__ = (
        "_apart",
        "amounts",
        "dated",
        "entries",
        "flag",
        "form",
        "looks",
        "odd",
        "pattern",
        "payees",
        "places",
        "series",
        "tree",
        "values",
    )

    def __init__(self, pattern: Pattern, form: Form, flag: str, odd: tuple[bool, bool] = (False, False)) -> None:
        self.pattern, self.form, self.flag = pattern, form, flag
        self.looks: tuple[Any, ...] = ()
        """By what the reader knows those alike."""
        self.tree = pattern.trees[0] if pattern.trees else ""
        self.dated = "date-valeur" in form.keys
        self.odd = odd
        """Whether a movement may carry metadata of its own, and whether one is of another commodity."""
        self._apart: dict[tuple[bool, bool], _Shape] = {}
        self.entries: list[Entry] = []
        self.places: list[int] = []
        self.payees: list[str] = []
        self.values: list[tuple[Any, ...]] = []
        self.amounts: array[int] | list[int] = array("q")
        self.series: set[VoucherSeries] = set()

    def apart(self, odd: tuple[bool, bool]) -> _Shape:
        """Those among them that are odd in one of those ways."""
        if odd not in self._apart:
            self._apart[odd] = _Shape(self.pattern, self.form, self.flag, odd)
            self._apart[odd].looks = self.looks
        return self._apart[odd]

    def every(self) -> tuple[_Shape, ...]:
        """Themselves and those kept apart."""
        return (self, *self._apart.values())

    def widen(self, amounts: list[int]) -> None:
        """Takes amounts of any size from now on, and those of the entry to come."""
        self.amounts = [*self.amounts[: len(self.entries) * len(amounts)], *amounts]

    def done(self) -> Shape:
        """What is known of them once the books are read."""
        return Shape(
            self.pattern,
            self.form,
            *self.odd,
            self.flag,
            entries=self.entries,
            places=self.places,
            payees=self.payees,
            values=self.values,
            amounts=self.amounts,
            series=self.series,
        )


_Row = tuple[bool, int, str, int, int, Any, str, VoucherSeries | None]
"""A transaction as the books order it: whether no opening, voucher number, file, line, rank; then it, piece and series."""

_Moved = tuple[tuple[Movement, ...], list[int], tuple[bool, bool], list[tuple[int, Decimal, str]]]
"""Movements; what each moves in the books' currency; whether one is annotated, and one foreign; amounts with decimals."""
_LOT = "Le compte {account} reçoit un lot ({{…}}) : ces livres n'en tiennent pas. Écrivez le prix total après @@."
"""What is said of a posting at cost."""


def _fresh(series: VoucherSeries) -> VoucherSeries:
    """A series as it is before its first voucher is met."""
    series.numbers, series.first, series.last = array("q"), date.max, date.min
    return series


def _value_date(meta: Mapping[str, Any], day: date) -> date:
    """The day that `date-valeur` says, else the booking date."""
    written = meta["date-valeur"]
    return written if isinstance(written, date) else day


def _whole(row: _Row) -> _Row:
    """The row without the postings that have no amount."""
    *place, txn, piece, series = row
    postings = [each for each in txn.postings if each.units is not None and each.units.number is not None]
    return (*place, txn._replace(postings=postings), piece, series)


class _Made(NamedTuple):
    """What was made of one transaction."""

    txn: Any
    entry: Entry
    looks: tuple[Any, ...]


_NAMES = ("name_assets", "name_liabilities", "name_equity", "name_income", "name_expenses")


class Reading:
    """What a reader made of the transactions, for the next reader of the same process: an entry is made once.

    The series of the entries are filled again by each reader, so that books read before are no more to be asked about them.
    """

    def __init__(self) -> None:
        self._facts: tuple[Any, ...] = ()
        self._opens: list[Any] = []
        self.made: dict[int, _Made] = {}
        self.accounts: dict[str, Account] = {}
        self.series: dict[str, VoucherSeries] = {}
        self.alike: dict[tuple[Any, ...], tuple[Pattern, Form, str]] = {}
        self.patterns: dict[tuple[str, ...], Pattern] = {}
        self.forms: dict[tuple[Any, ...], Form] = {}
        self.payees: dict[str, str] = {}

    def taken(
        self, others: Iterable[Any], options: Mapping[str, Any], policy: Policy, places: Mapping[str, int]
    ) -> Reading:
        """What still holds for a next load: nothing, once an account is opened or closed, or the policy reads otherwise."""
        former, opens = Reading(), [each for each in others if isinstance(each, data.Open | data.Close)]
        names = [options.get(each) for each in _NAMES]
        facts = (names, policy.currency, frozenset(policy.donors), dict(policy.numbers), dict(places))
        if facts == self._facts and len(opens) == len(self._opens) and all(map(is_, opens, self._opens)):
            vars(former).update(vars(self))
        vars(self).update(vars(Reading()))  # a reader that fails hands nothing over
        former._facts, former._opens = facts, opens
        return former


def _kind(meta: Mapping[str, Any]) -> str:
    """`ecriture`, where it is a word."""
    kind = meta.get("ecriture")
    return kind if isinstance(kind, str) else ""


class Reader:
    """Reads transactions into entries, and notes what no record can hold."""

    def __init__(
        self, entries: list[Any], options: Mapping[str, Any], policy: Policy, reading: Reading | None = None
    ) -> None:
        self.transactions: list[data.Transaction] = []
        self.others: list[Any] = []
        """Every directive but the transactions."""
        for entry in entries:
            (self.transactions if isinstance(entry, data.Transaction) else self.others).append(entry)
        self.accounts = AccountIndex(self.others, options, policy)
        self.currency = policy.currency
        self.places: dict[str, int] = {}
        self.fractional: list[Fractional] = []
        self.problems: list[BookProblem] = []
        self.foreign: list[Entry] = []
        """Entries that move another commodity than the books' currency."""
        self.entries: list[Entry] = []
        """In the order of the books."""
        self.strays: list[Entry] = []
        """The entries of days that are not open."""
        self.series: dict[str, VoucherSeries] = {}
        """By what a voucher says before its number: « BQ-UE-EAU-2026 »."""
        self._shapes: dict[tuple[Any, ...], _Shape] = {}
        self._payees: dict[str, str] = {}
        """One text a name: whoever compares the payees of many entries finds it at hand."""
        self._patterns: dict[tuple[str, ...], Pattern] = {}
        self._forms: dict[tuple[Any, ...], Form] = {}
        for entry in self.others:
            if isinstance(entry, data.Commodity):
                precision = entry.meta.get("precision")
                if isinstance(precision, Decimal | int):
                    self.places[entry.currency] = int(precision)
        self._reading = reading
        self._former = Reading() if reading is None else reading.taken(self.others, options, policy, self.places)
        self.accounts.by_name.update(self._former.accounts)
        self._heads = {id(series): head for head, series in self._former.series.items()}
        self._patterns |= self._former.patterns
        self._forms |= self._former.forms
        self._payees |= self._former.payees
        self._twins: dict[int, _Shape] = {}
        """The entries alike, by the very words by which a former reader knew them."""
        self.made: dict[int, _Made] = {}

    def exponent(self, currency: str) -> int:
        """How many decimals the smallest unit of a commodity stands for."""
        places = self.places.get(currency)
        if places is None:
            places = self.places[currency] = 0 if currency == self.currency else exponent(currency)
        return places

    def units(self, number: Decimal, currency: str) -> int:
        """Whole smallest units, the nearest when the amount holds smaller parts."""
        places = self.exponent(currency)
        return round(number.scaleb(places)) if places else round(number)

    def read(self, is_open: Callable[[date], bool]) -> None:
        """Reads the transactions in the order of the books: date, openings first, voucher number, file, line.

        Those of a day that is not open are kept apart. Written for speed, as what it calls: every load passes here.
        """
        for day, run in groupby(sorted(self.transactions, key=_date_of), key=_date_of):
            rows = [self._row(rank, txn) for rank, txn in enumerate(run)]
            if len(rows) > 1:
                rows.sort()
            counted = is_open(day)
            for row in rows:
                try:
                    entry, amounts, shape = self._entry(day, row)
                except TypeError:  # a posting that another plugin left without an amount
                    entry, amounts, shape = self._entry(day, _whole(row))
                if counted:
                    self._enter(row[1], entry, amounts, shape)
                else:
                    self.strays.append(entry)
        if self._reading is not None:
            self._hand_over(self._reading)

    def _hand_over(self, reading: Reading) -> None:
        """Leaves what was made to the next reader; of an account that is not open nothing is kept."""
        vars(reading).update(vars(self._former))
        reading.made, reading.series, reading.forms = self.made, self.series, self._forms
        reading.accounts = {name: each for name, each in self.accounts.by_name.items() if each.opened}
        reading.alike = {looks: (each.pattern, each.form, each.flag) for looks, each in self._shapes.items()}
        reading.patterns = {name: each for name, each in self._patterns.items() if all(map(_opened_of, each.accounts))}
        reading.payees = {each.payee: each.payee for each in self.entries}

    def _row(self, rank: int, txn: Any) -> _Row:
        """A transaction with what orders it among those of its day, and the series of its voucher."""
        made = self._former.made.get(id(txn))
        if made is not None and made[0] is txn:
            entry = made[1]
            if entry.series is not None:
                self._meet(entry.series)
            return (
                entry.kind != "a-nouveau",
                entry.number,
                entry.file,
                entry.line,
                rank,
                made,
                entry.piece,
                entry.series,
            )
        meta = txn[0] or _NOTHING
        piece, series, number = meta.get("piece"), None, LAST_NUMBER
        if isinstance(piece, str):
            piece = piece.strip()
            head, _, digits = piece.rpartition("-")
            found = self.series.get(head) or self._new_series(head)
            if found is not None and 4 <= len(digits) <= 12 and digits.isdecimal() and digits.isascii():
                series, number = found, int(digits)
        else:
            piece = ""
        later = meta.get("ecriture") != "a-nouveau"
        # the rank keeps the sort from ever comparing two transactions
        return later, number, meta.get("filename", ""), meta.get("lineno", 0), rank, txn, piece, series

    def _enter(self, number: int, entry: Entry, amounts: list[int], shape: _Shape) -> None:
        """Puts an entry among those of the books, those alike, and those of its series."""
        try:
            shape.amounts.extend(amounts)
        except OverflowError:  # more than 64 bits: nothing is lost, and a rule says that it is too much
            shape.widen(amounts)
        shape.places.append(len(self.entries))
        shape.entries.append(entry)
        shape.payees.append(entry.payee)
        shape.values.append(entry.values)
        self.entries.append(entry)
        series = entry.series
        if series is not None:
            shape.series.add(series)
            if not series.numbers:
                series.first = entry.date
            series.numbers.append(number)
            series.last = entry.date

    def _entry(self, day: date, row: _Row) -> tuple[Entry, list[int], _Shape]:
        """One transaction, what each of its postings moves in the books' currency, and the entries alike."""
        _, number, file, line, _, txn, piece, series = row
        if type(txn) is _Made:
            return self._again(txn)
        meta, _, flag, payee, narration, tags, links, postings = txn
        meta = meta or _NOTHING
        flag = flag or "*"
        payee = payee or ""
        payee = self._payees.setdefault(payee, payee)
        values = tuple(meta.values())
        shape = self._alike(postings, meta, values, flag)
        movements, amounts, odd, slow = self._moved(postings, shape.pattern.accounts, file, line)
        if odd != shape.odd:
            shape = shape.apart(odd)
        entry: Entry = _new(
            Entry,
            (
                day,
                _value_date(meta, day) if shape.dated else day,
                flag,
                payee,
                narration or "",
                file,
                line,
                shape.tree,
                shape.pattern.trees,
                piece,
                series,
                number,
                _kind(meta),
                movements,
                meta,
                tags or _NO_WORDS,
                links or _NO_WORDS,
                shape.pattern,
                shape.form,
                odd[0],
                values,
            ),
        )
        if odd[1]:
            self.foreign.append(entry)
        for at, number_, currency in slow:
            self.fractional.append(Fractional(Place(file, at), number_, currency, entry))
        if self._reading is not None and not slow and not odd[1]:
            self._keep(txn, entry, shape)
        return entry, amounts, shape

    def _keep(self, txn: Any, entry: Entry, shape: _Shape) -> None:
        """Notes what was made of a transaction on which nothing but itself and the accounts was asked."""
        if entry.series is None and entry.piece:
            return
        if all(map(_opened_of, shape.pattern.accounts)) and not any(posting.cost for posting in txn.postings):
            self.made[id(txn)] = _new(_Made, (txn, entry, shape.looks))

    def _again(self, made: _Made) -> tuple[Entry, list[int], _Shape]:
        """What a former reader made of a transaction."""
        txn, entry, looks = made
        shape = self._twins.get(id(looks))
        if shape is None:
            shape = self._shapes.get(looks)
            if shape is None:
                shape = self._shapes[looks] = _Shape(*self._former.alike[looks])
                shape.looks = looks
            self._twins[id(looks)] = shape
        self.made[id(txn)] = made
        if entry.annotated:
            shape = shape.apart((True, False))
        return entry, [movement.value for movement in entry.movements], shape

    def _meet(self, series: VoucherSeries) -> None:
        """A series of a former reader, met again: it is filled anew."""
        head = self._heads[id(series)]
        if head not in self.series:
            self.series[head] = _fresh(series)

    def _alike(self, postings: Iterable[Any], meta: Mapping[str, Any], values: tuple[Any, ...], flag: str) -> _Shape:
        """The entries of the same accounts, keys and flag."""
        # with what `is_sound` looks at: kinds of values, and the words of CHOICES
        looks = (*map(_account_of, postings), *meta, *map(type, values), meta.get("mode"), meta.get("ecriture"), flag)
        shape = self._shapes.get(looks)
        if shape is None:
            shape = self._shapes[looks] = _Shape(self._pattern(postings), self._form(meta), flag)
            shape.looks = looks
        return shape

    def _moved(self, postings: Iterable[Any], accounts: Iterable[Account], file: str, line: int) -> _Moved:
        """The movements that postings make, and what is odd about them."""
        annotated = foreign = False
        movements: list[Movement] = []
        amounts: list[int] = []
        slow: list[tuple[int, Decimal, str]] = []
        base = self.currency
        for posting, account in zip(postings, accounts):  # noqa: B905 - as many, and asking costs
            _, (number, currency), cost, _, _, meta = posting
            meta = meta or _NOTHING
            at = meta.get("lineno", line)
            known = len(meta)  # its file and its line, and whether Beancount worked the amount out
            if known > 3 or (known == 3 and "__automatic__" not in meta):
                annotated = True
            if currency == base:
                try:
                    units = int(str(number))
                except ValueError:  # it is written with decimals, or they come from a price
                    units = round(number)
                    if units != number or not meta.get("__automatic__"):
                        slow.append((at, number, currency))
                value = units
            else:
                foreign = True
                units, value = self._foreign(posting, at, slow)
            if cost is not None:
                self.problems.append(BookProblem(Place(file, at), _LOT.format(account=account.name)))
            amounts.append(value)
            movements.append(_new(Movement, (account, units, currency, value, at, meta)))
        return tuple(movements), amounts, (annotated, foreign), slow

    def _new_series(self, head: str) -> VoucherSeries | None:
        """A series met for the first time, or None when « BQ-UE-EAU-2026 » does not read so."""
        parts = _series(head)
        if parts is None:
            return None
        known = self._former.series.get(head)
        found = self.series[head] = VoucherSeries(*parts, array("q")) if known is None else _fresh(known)
        return found

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The entries grouped with those alike, by their first entry."""
        every = [each for shape in self._shapes.values() for each in shape.every() if each.entries]
        return tuple([each.done() for each in sorted(every, key=lambda each: each.places[0])])

    def _pattern(self, postings: Iterable[Any]) -> Pattern:
        """The accounts that postings touch, the same pattern for the same accounts."""
        names = tuple(map(_account_of, postings))
        if names not in self._patterns:
            accounts = tuple(self.accounts.get(name) for name in names)
            trees = tuple(dict.fromkeys(account.tree for account in accounts if account.tree))
            self._patterns[names] = Pattern(accounts, trees)
        return self._patterns[names]

    def _form(self, meta: Mapping[str, Any]) -> Form:
        """The keys that metadata carries, the same form for the same keys and kinds of values."""
        keys = (*meta, is_sound(meta))
        if keys not in self._forms:
            self._forms[keys] = Form({key: where for where, key in enumerate(meta)}, is_sound(meta))
        return self._forms[keys]

    def _foreign(self, posting: Any, at: int, slow: list[tuple[int, Decimal, str]]) -> tuple[int, int]:
        """Units and value in the books' currency of a posting in another commodity."""
        number, currency = posting.units
        units = self.units(number, currency)
        if (not self.exponent(currency) and number != units) or ambiguous(str(number)):
            slow.append((at, number, currency))
        price = posting.price
        if price is not None and price.currency == self.currency and price.number is not None:
            return units, round(number * price.number)
        return units, 0
