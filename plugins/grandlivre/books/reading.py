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

_VOUCHER = re.compile(r"(BQ|CS|MM|OD)-(.+)-(\d{4})-(\d{4,12})")
_NOTHING: Mapping[str, Any] = {}
_NUMBER = re.compile(r"\d+")
_NOWHERE: Mapping[str, Any] = {}


def parse_voucher(text: str) -> Voucher | None:
    """The parts of « BQ-UE-EAU-2026-0042 », or None."""
    match = _VOUCHER.fullmatch(text)
    if match is None:
        return None
    return Voucher(match[1], match[2], int(match[3]), int(match[4]), text)


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
        meta = txn.meta or _NOTHING
        file, line = str(meta.get("filename", "")), int(meta.get("lineno", 0))
        trees: list[str] = []
        movements: list[Movement] = []
        fractional: list[tuple[int, Decimal, str]] = []
        get, places, base = self.accounts.get, self.places, self.currency
        for posting in txn.postings:
            if posting.units is None or posting.units.number is None:
                continue
            account = get(posting.account)
            number, currency = posting.units.number, posting.units.currency
            posting_meta = posting.meta or _NOTHING
            at = posting_meta.get("lineno", line)
            size = places.get(currency)
            if size is None:
                size = self.exponent(currency)
            if size:
                units = round(number.scaleb(size))
            else:
                units = int(number)
                if number.as_tuple().exponent:
                    written = not posting_meta.get("__automatic__")
                    if units != number or (written and number.as_tuple().exponent < 0):  # type: ignore[operator]
                        fractional.append((at, number, currency))
                        units = round(number)
            if currency == base:
                value = units
            elif posting.price is not None and posting.price.currency == base and posting.price.number is not None:
                value = round(number * posting.price.number)
            else:
                value = 0
            if posting.cost is not None:
                said = (
                    f"Le compte {account.name} reçoit un lot ({{…}}) : ces livres n'en tiennent pas. "
                    "Écrivez le prix total après @@."
                )
                self.problems.append(BookProblem(Place(file, at), said))
            movements.append(Movement(account, units, currency, value, at, posting_meta))
            if account.tree and account.tree not in trees:
                trees.append(account.tree)
        day = txn.date
        value_date = meta.get("date-valeur")
        piece = meta.get("piece")
        piece = piece.strip() if isinstance(piece, str) else ""
        kind = meta.get("ecriture")
        entry = Entry(
            day,
            value_date if isinstance(value_date, date) else day,
            txn.flag or "*",
            txn.payee or "",
            txn.narration or "",
            file,
            line,
            trees[0] if trees else "",
            tuple(trees),
            piece,
            parse_voucher(piece) if piece else None,
            kind if isinstance(kind, str) else "",
            tuple(movements),
            meta,
            txn.tags or frozenset(),
            txn.links or frozenset(),
        )
        for at, number, currency in fractional:
            self.fractional.append(Fractional(Place(file, at), number, currency, entry))
        return entry
