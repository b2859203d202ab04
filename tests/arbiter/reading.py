"""What the text says: transactions, directives and rules, as plain records."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from beancount import loader
from beancount.core import data

PURCHASES = ("21", "22", "23", "24", "25", "60", "61", "62", "63")
NOT_PURCHASES = ("603", "6051", "6052", "614", "6181", "6222", "631", "6384")


class Verdict(NamedTuple):
    """One finding: the rule, its level, and the object it stands on (the first line of an entry, or a YAML line)."""

    rule: str
    level: str
    file: str
    line: int


def whole(text: str) -> int:
    """The first number of « 51 000 XOF », « 30 jours », « 10 % »."""
    return int(Decimal(re.sub(r"[^\d.,-]", "", text).replace(",", ".")))


def dated(value: Any, day: date) -> str | None:
    """A scalar, or the last row of dated values that began on or before the day."""
    if not isinstance(value, list):
        return str(value)
    began = [row for row in value if row["depuis"] <= day.isoformat()]
    return max(began, key=lambda row: row["depuis"])["valeur"] if began else None


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """A name without case, accents, punctuation nor doubled spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())


@lru_cache(maxsize=2_000)
def number_of(account: str) -> str:
    """The digits that begin an account's last part."""
    found = re.match(r"\d+", account.rsplit(":", 1)[-1])
    return found.group() if found else ""


def starts(number: str, prefixes: Any) -> bool:
    return number.startswith(tuple(prefixes))


@dataclass(frozen=True)
class Leg:
    """One posting."""

    account: str
    value: int
    """In the posting's own smallest unit where it is not the books' currency."""
    currency: str
    line: int
    meta: dict[str, Any]

    @property
    def tree(self) -> str:
        parts = self.account.split(":")
        return parts[1] if len(parts) > 2 else ""

    @property
    def number(self) -> str:
        return number_of(self.account)

    def is_(self, *prefixes: str) -> bool:
        return starts(self.number, prefixes)


@dataclass(frozen=True, eq=False)
class Entry:
    """One transaction."""

    file: str
    line: int
    day: date
    flag: str
    payee: str
    narration: str
    meta: dict[str, Any]
    legs: tuple[Leg, ...]

    def text(self, key: str, leg: Leg | None = None) -> str:
        """A value, the posting's before the entry's; an empty string is a missing value."""
        said = (leg.meta.get(key) if leg else None) or self.meta.get(key)
        return said if isinstance(said, str) else ""

    @property
    def piece(self) -> str:
        return self.text("piece")

    @property
    def kind(self) -> str:
        return self.text("ecriture")

    @property
    def value_day(self) -> date:
        said = self.meta.get("date-valeur")
        return said if isinstance(said, date) else self.day

    @property
    def trees(self) -> list[str]:
        return sorted({leg.tree for leg in self.legs if leg.tree})

    @property
    def tree(self) -> str:
        return self.trees[0] if self.trees else ""

    @property
    def shared(self) -> bool:
        return self.meta.get("reciproque") is True

    @property
    def order(self) -> tuple[Any, ...]:
        """Date, voucher number, file, line: the order of a till, and of the books."""
        number = re.search(r"\d+$", self.piece)
        return (self.day, int(number.group()) if number else 0, self.file, self.line)

    def of(self, *prefixes: str) -> list[Leg]:
        return [leg for leg in self.legs if leg.is_(*prefixes)]

    def total(self, *prefixes: str) -> int:
        return sum(leg.value for leg in self.of(*prefixes))

    @property
    def receivers(self) -> set[str]:
        """Who gets the money, as ids and as plain names."""
        said = [self.payee, self.text("beneficiaire"), *(leg.meta.get("beneficiaire", "") for leg in self.legs)]
        return {word for each in said if each for word in (each, plain(each))}


@dataclass(frozen=True, eq=False)
class Note:
    """One custom directive."""

    file: str
    line: int
    day: date
    kind: str
    values: tuple[Any, ...]
    meta: dict[str, Any]

    def text(self, key: str) -> str:
        said = self.meta.get(key)
        return said if isinstance(said, str) else ""


@dataclass
class Ledger:
    """The books and their rules."""

    root: Path
    entries: list[Entry]
    notes: list[Note]
    opens: dict[str, tuple[str, int, date]]
    """Account → file, line and day of its `open`."""
    rules: dict[str, Any]
    """Path under rules/ → its values, all as text."""
    today: date
    ranges: list[tuple[str, int, int]] = field(default_factory=list)
    """Every entry's file, first line and last line."""
    suppliers: SameSupplier | None = None

    @cached_property
    def organisation(self) -> dict[str, Any]:
        return dict(self.rules["organisation.yaml"])

    @cached_property
    def controls(self) -> dict[str, Any]:
        return {key: said if isinstance(said, dict) else {} for key, said in self._written.items()}

    @property
    def _written(self) -> dict[str, Any]:
        return dict(self.rules.get("controles.yaml") or {})

    def stopped(self, rule: str) -> bool:
        return self._written.get(rule) in ("non", "false")

    def setting(self, rule: str, key: str, default: Any) -> Any:
        return self.controls.get(rule, {}).get(key, default)

    @cached_property
    def donors(self) -> dict[str, dict[str, Any]]:
        """Tree → its file."""
        found = [said for path, said in self.rules.items() if path.startswith("bailleurs/")]
        return {said["code"]: said for said in found}

    @cached_property
    def people(self) -> dict[str, dict[str, Any]]:
        return dict(self.rules["mandats.yaml"]["personnes"])

    @cached_property
    def mandates(self) -> list[dict[str, Any]]:
        return list(self.rules["mandats.yaml"].get("mandats") or [])

    @cached_property
    def by_piece(self) -> dict[str, Entry]:
        return {entry.piece: entry for entry in reversed(self.entries) if entry.piece}

    @cached_property
    def reversed_pieces(self) -> set[str]:
        """The vouchers that a storno cancels."""
        return {entry.text("annule") for entry in self.entries if entry.kind == "extourne"}

    def agreements(self, tree: str) -> list[dict[str, Any]]:
        return list(self.donors.get(tree, {}).get("conventions") or [])

    def notes_of(self, kind: str) -> list[Note]:
        return [note for note in self.notes if note.kind == kind]

    def accounts(self, *prefixes: str) -> list[str]:
        return sorted(name for name in self.opens if starts(number_of(name), prefixes))

    @cached_property
    def first_day(self) -> date | None:
        """The day of the first transaction: nothing older is asked for."""
        return min((entry.day for entry in self.entries), default=None)

    def person_holds(self, person: str, power: str, day: date, account: str = "", amount: int = 0) -> bool:
        """Whether some mandate gives that power, on that day, for that account and amount."""
        return any(
            row["personne"] == person and row["pouvoir"] == power and mandate_covers(row, day, account, amount)
            for row in self.mandates
        )

    def object_of(self, file: str, line: int) -> int:
        """The first line of the entry that holds a line."""
        for path, first, last in self.ranges:
            if path == file and first <= line <= last:
                return first
        return line


def mandate_covers(row: dict[str, Any], day: date, account: str, amount: int) -> bool:
    if not row["du"] <= day.isoformat() <= row.get("au", "9999"):
        return False
    number = number_of(account)
    wanted = row.get("comptes") or []
    if (
        account
        and wanted
        and not any(each == account or (each.isdigit() and number.startswith(each)) for each in wanted)
    ):
        return False
    return "plafond" not in row or amount <= whole(row["plafond"])


# --- reading --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _yaml(text: str) -> Any:
    return yaml.load(text, Loader=yaml.BaseLoader)


def read_rules(folder: Path) -> dict[str, Any]:
    return {
        path.relative_to(folder).as_posix(): _yaml(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.yaml"))
    }


def _values(custom: data.Custom) -> tuple[Any, ...]:
    return tuple(value.value for value in custom.values or ())


def _leg(posting: data.Posting, books: str) -> Leg:
    units, price = posting.units, posting.price
    value, currency = units.number, units.currency
    if price is not None and price.currency == books:
        value, currency = value * price.number, books
    meta = {key: said for key, said in (posting.meta or {}).items() if not key.startswith("__")}
    return Leg(posting.account, round(value), currency, meta.get("lineno", 0), meta)


def _plain_meta(directive: Any) -> dict[str, Any]:
    return {key: said for key, said in directive.meta.items() if key not in ("filename", "lineno")}


def read(root: Path, day: date | None = None) -> Ledger:
    """The books under `root`, loaded by plain Beancount, without any plugin."""
    main = root / "ledger" / "main.beancount"
    bare = main.with_name(".arbitre.beancount")
    bare.write_text(re.sub(r"(?m)^plugin .*$", "", main.read_text(encoding="utf-8")), encoding="utf-8")
    try:
        loaded, errors, _ = loader.load_file(str(bare))
    finally:
        bare.unlink()
    assert not errors, errors[0]
    rules = read_rules(root / "rules")
    return _ledger(root, loaded, rules, day)


def _ledger(root: Path, loaded: list[Any], rules: dict[str, Any], day: date | None) -> Ledger:
    organisation = rules["organisation.yaml"]
    currency = organisation.get("devise", "XOF")
    years = [(row["du"], row["au"]) for row in organisation["exercices"]]
    entries, notes, opens, ranges = [], [], {}, []
    for each in loaded:
        file, line = each.meta["filename"], each.meta["lineno"]
        if isinstance(each, data.Transaction):
            legs = tuple(_leg(posting, currency) for posting in each.postings)
            ranges.append((file, line, max([line, *(leg.line for leg in legs)])))
            if any(start <= each.date.isoformat() <= end for start, end in years):
                said = each.payee or "", each.narration or ""
                entries.append(Entry(file, line, each.date, each.flag, *said, _plain_meta(each), legs))
        elif isinstance(each, data.Custom):
            notes.append(Note(file, line, each.date, each.type, _values(each), _plain_meta(each)))
        elif isinstance(each, data.Open):
            opens[each.account] = (file, line, each.date)
    entries.sort(key=lambda e: e.order)
    example = organisation.get("exemple")
    today = day or (date.fromisoformat(example) if example else max((e.day for e in entries), default=date(2026, 1, 1)))
    return Ledger(root, entries, notes, opens, rules, today, ranges)


# --- facts that several rules share ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Supplier:
    """Someone who sells: a tax number, a name, or both."""

    nif: str
    name: str


class SameSupplier:
    """Same NIF, or one NIF missing and same plain name, as a union."""

    def __init__(self) -> None:
        self.seen: set[Supplier] = set()
        self.register: dict[str, str] = {}
        """Plain name → tax number, of the register of suppliers: it says who is who."""
        self.groups: dict[Supplier, Supplier] | None = None

    def add(self, supplier: Supplier) -> None:
        self.seen.add(supplier)
        self.groups = None

    def key(self, supplier: Supplier) -> str:
        """One word for all that are the same."""
        if supplier.name in self.register and supplier.nif not in self.register.values():
            supplier = Supplier(self.register[supplier.name], supplier.name)
        if supplier not in self.seen:
            self.add(supplier)
        if self.groups is None:
            self.groups = _united(self.seen, self.register)
        first = self.groups[supplier]
        return f"{first.nif} {first.name}"


def _united(seen: set[Supplier], register: dict[str, str]) -> dict[Supplier, Supplier]:
    """Each supplier → the first of its group."""
    groups = {supplier: supplier for supplier in seen}
    ordered = sorted(seen, key=lambda s: (s.nif, s.name))
    for one in ordered:
        for other in ordered:
            alike = one.name == other.name and bool(one.name) and not (one.nif and other.nif)
            alike = alike and one.name not in register
            if (one.nif and one.nif == other.nif) or alike:
                kept, gone = groups[one], groups[other]
                groups = {each: kept if group == gone else group for each, group in groups.items()}
    return groups


def supplier_of(entry: Entry, leg: Leg | None = None) -> Supplier:
    name = (leg.meta.get("beneficiaire") if leg else "") or entry.text("beneficiaire") or entry.payee
    return Supplier(re.sub(r"\s", "", entry.text("nif", leg)).upper(), plain(name))


def month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def months(start: date, end: date) -> Iterator[date]:
    """The first day of each month from the start's to the end's."""
    day = start.replace(day=1)
    while day <= end:
        yield day
        day = month_end(day) + timedelta(days=1)


def period_of(name: str) -> tuple[date, date]:
    """« 2026 », « 2026-S1 », « 2026-T1 », « 2026-03 »."""
    year, _, part = name.partition("-")
    first, count = 1, 12
    if part.isdigit():
        first, count = int(part), 1
    elif part:
        count = {"S": 6, "T": 3}[part[0]]
        first = (int(part[1:]) - 1) * count + 1
    start = date(int(year), first, 1)
    end = start
    for _ in range(count):
        end = month_end(end) + timedelta(days=1)
    return start, end - timedelta(days=1)


def working_days(start: date, count: int, holidays: set[str]) -> date:
    """The day that many working days after the start."""
    day = start
    while count:
        day += timedelta(days=1)
        if day.weekday() < 5 and day.isoformat() not in holidays:
            count -= 1
    return day
