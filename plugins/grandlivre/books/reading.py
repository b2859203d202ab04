"""From Beancount's directives to our own records: the only module of the books that sees a Beancount transaction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from operator import itemgetter
from typing import Any

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
    Voucher,
)
from grandlivre.policy.loading import Policy
from grandlivre.policy.values import exponent

_account_of = itemgetter(0)
"""The account of a posting."""
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
        place = (
            Place(str(opened.meta.get("filename", "")), int(opened.meta.get("lineno", 0))) if opened else Place("", 0)
        )
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


class Reader:
    """Reads transactions into entries, and notes what no record can hold."""

    def __init__(self, entries: list[Any], options: Mapping[str, Any], policy: Policy) -> None:
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
        self._patterns: dict[tuple[str, ...], Pattern] = {}
        self._forms: dict[tuple[Any, ...], Form] = {}
        for entry in self.others:
            if isinstance(entry, data.Commodity):
                precision = entry.meta.get("precision")
                if isinstance(precision, Decimal | int):
                    self.places[entry.currency] = int(precision)

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

    def entries(self) -> tuple[Entry, ...]:
        """The transactions in the order of the books: date, openings first, voucher number, file, line."""
        read: list[tuple[date, bool, int, str, int, int, Entry]] = []
        for rank, txn in enumerate(self.transactions):
            try:
                entry = self._entry(txn)
            except TypeError:  # a posting that another plugin left without an amount
                whole = [each for each in txn.postings if each.units is not None and each.units.number is not None]
                entry = self._entry(txn._replace(postings=whole))
            voucher = entry.voucher
            number = LAST_NUMBER if voucher is None else voucher.number
            # the rank keeps the sort from ever comparing two entries
            read.append((entry.date, entry.kind != "a-nouveau", number, entry.file, entry.line, rank, entry))
        read.sort()
        return tuple([row[-1] for row in read])

    def _entry(self, txn: Any) -> Entry:
        """One transaction; written for speed, as every load passes each of its postings through here."""
        meta, day, flag, payee, narration, tags, links, postings = txn
        meta = meta or _NOTHING
        file, line = meta.get("filename", ""), meta.get("lineno", 0)
        names = tuple(map(_account_of, postings))
        pattern = self._patterns.get(names) or self._pattern(names)
        # what `is_sound` looks at: kinds of values, and the words of CHOICES
        kind = meta.get("ecriture")
        values = tuple(meta.values())
        signature = (*meta, *map(type, values), meta.get("mode"), kind)
        form = self._forms.get(signature)
        if form is None:
            form = self._forms[signature] = Form({key: where for where, key in enumerate(meta)}, is_sound(meta))
        annotated = foreign = False
        movements: list[Movement] = []
        slow: list[tuple[int, Decimal, str]] = []
        base = self.currency
        for posting, account in zip(postings, pattern.accounts, strict=True):
            _, (number, currency), cost, _, _, posting_meta = posting
            posting_meta = posting_meta or _NOTHING
            at = posting_meta.get("lineno", line)
            if len(posting_meta) > 2:  # more than its file and line
                annotated = True
            if currency == base:
                try:
                    units = int(str(number))
                except ValueError:  # it is written with decimals, or they come from a price
                    units = round(number)
                    if units != number or not posting_meta.get("__automatic__"):
                        slow.append((at, number, currency))
                value = units
            else:
                foreign = True
                units, value = self._foreign(posting, at, slow)
            if cost is not None:
                said = (
                    f"Le compte {account.name} reçoit un lot ({{…}}) : ces livres n'en tiennent pas. "
                    "Écrivez le prix total après @@."
                )
                self.problems.append(BookProblem(Place(file, at), said))
            movements.append(_new(Movement, (account, units, currency, value, at, posting_meta)))
        trees = pattern.trees
        value_date = meta.get("date-valeur") if "date-valeur" in form.keys else None
        piece = meta.get("piece")
        piece = piece.strip() if isinstance(piece, str) else ""
        entry: Entry = _new(
            Entry,
            (
                day,
                value_date if isinstance(value_date, date) else day,
                flag or "*",
                payee or "",
                narration or "",
                file,
                line,
                trees[0] if trees else "",
                trees,
                piece,
                parse_voucher(piece) if piece else None,
                kind if isinstance(kind, str) else "",
                tuple(movements),
                meta,
                tags or _NO_WORDS,
                links or _NO_WORDS,
                pattern,
                form,
                annotated,
                values,
            ),
        )
        if foreign:
            self.foreign.append(entry)
        for at, number, currency in slow:
            self.fractional.append(Fractional(Place(file, at), number, currency, entry))
        return entry

    def _pattern(self, names: tuple[str, ...]) -> Pattern:
        """A new pattern, of the accounts of those names."""
        accounts = tuple(self.accounts.get(name) for name in names)
        trees = tuple(dict.fromkeys(account.tree for account in accounts if account.tree))
        pattern = self._patterns[names] = Pattern(accounts, trees)
        return pattern

    def _foreign(self, posting: Any, at: int, slow: list[tuple[int, Decimal, str]]) -> tuple[int, int]:
        """Units and value in the books' currency of a posting in another commodity."""
        number, currency = posting.units
        units = self.units(number, currency)
        if not self.exponent(currency) and number != units:
            slow.append((at, number, currency))
        price = posting.price
        if price is not None and price.currency == self.currency and price.number is not None:
            return units, round(number * price.number)
        return units, 0
