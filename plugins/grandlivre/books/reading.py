"""From Beancount's directives to our own records: the only module of the books that sees a Beancount transaction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from beancount.core import data

from grandlivre.books.records import Account, BookProblem, Entry, Fractional, Movement, Place, Voucher
from grandlivre.policy.loading import Policy
from grandlivre.policy.values import exponent

_SERIES = frozenset({"BQ", "CS", "MM", "OD"})
_NOTHING: Mapping[str, Any] = {}
_NO_WORDS: frozenset[str] = frozenset()
_new: Any = tuple.__new__
"""Makes a named tuple without the cost of its keyword constructor."""
_NUMBER = re.compile(r"\d+")
_NOWHERE: Mapping[str, Any] = {}


def parse_voucher(text: str) -> Voucher | None:
    """The parts of « BQ-UE-EAU-2026-0042 », or None."""
    head, _, number = text.rpartition("-")
    head, _, year = head.rpartition("-")
    series, tree = head[:2], head[3:]
    if series not in _SERIES or head[2:3] != "-" or not tree or len(year) != 4 or not 4 <= len(number) <= 12:
        return None
    if not (year.isdecimal() and number.isdecimal() and text.isascii()):
        return None
    return Voucher(series, tree, int(year), int(number), text)


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
        self.accounts = AccountIndex(entries, options, policy)
        self.currency = policy.currency
        self.places: dict[str, int] = {}
        self.fractional: list[Fractional] = []
        self.problems: list[BookProblem] = []
        for entry in entries:
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

    def entries(self, directives: Iterable[Any]) -> tuple[Entry, ...]:
        """The transactions in the order of the books."""
        read = [self._entry(each) for each in directives if isinstance(each, data.Transaction)]
        read.sort(key=lambda entry: entry.sort_key)
        return tuple(read)

    def _entry(self, txn: data.Transaction) -> Entry:
        """One transaction; written for speed, as every load passes each of its postings through here."""
        meta = txn.meta or _NOTHING
        file, line = meta.get("filename", ""), meta.get("lineno", 0)
        trees: tuple[str, ...] = ()
        movements: list[Movement] = []
        slow: list[tuple[int, Decimal, str]] = []
        known, base = self.accounts.by_name, self.currency
        for posting in txn.postings:
            amount = posting.units
            if amount is None or amount.number is None:
                continue
            account = known.get(posting.account) or self.accounts.get(posting.account)
            number: Any = amount.number
            currency = amount.currency
            posting_meta = posting.meta or _NOTHING
            at = posting_meta.get("lineno", line)
            if currency == base:
                try:
                    units = int(str(number))
                except ValueError:  # it is written with decimals, or they come from a price
                    units = round(number)
                    if units != number or not posting_meta.get("__automatic__"):
                        slow.append((at, number, currency))
                value = units
            else:
                units, value = self._foreign(posting, at, slow)
            if posting.cost is not None:
                said = (
                    f"Le compte {account.name} reçoit un lot ({{…}}) : ces livres n'en tiennent pas. "
                    "Écrivez le prix total après @@."
                )
                self.problems.append(BookProblem(Place(file, at), said))
            movements.append(_new(Movement, (account, units, currency, value, at, posting_meta)))
            tree = account.tree
            if tree and tree not in trees:
                trees = (*trees, tree)
        day, value_date, piece, kind = txn.date, meta.get("date-valeur"), meta.get("piece"), meta.get("ecriture")
        piece = piece.strip() if isinstance(piece, str) else ""
        entry: Entry = _new(
            Entry,
            (
                day,
                value_date if isinstance(value_date, date) else day,
                txn.flag or "*",
                txn.payee or "",
                txn.narration or "",
                file,
                line,
                trees[0] if trees else "",
                trees,
                piece,
                parse_voucher(piece) if piece else None,
                kind if isinstance(kind, str) else "",
                tuple(movements),
                meta,
                txn.tags or _NO_WORDS,
                txn.links or _NO_WORDS,
            ),
        )
        for at, number, currency in slow:
            self.fractional.append(Fractional(Place(file, at), number, currency, entry))
        return entry

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
