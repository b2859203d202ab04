"""What each paper serves: the files that vouchers, quotes and dossiers cite, the numbers under which money leaves an account."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date
from functools import cache, cached_property
from typing import NamedTuple, TypeAlias

from grandlivre.books.documents import composed, is_document_key
from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Place, Shape
from grandlivre.policy.sycebnl import INTERNAL, MONEY, STATED, TRANSFERS

CHEQUE, ORDER = "cheque", "ordre"
COUNT = "comptage"
Number: TypeAlias = tuple[str, str, str, str]
"""An account, the kind of number, the year (of an order: its numbers begin again), the number as it is compared."""


class Use(NamedTuple):
    """One use of a paper: by a voucher, a quote or a dossier."""

    key: Hashable
    """What the paper is known by: its path, or the account and the number."""
    written: str
    """The path or the number as it was written."""
    at: Entry | Place
    day: date
    amount: int
    """What the voucher moves; 0 for a quote or a dossier."""
    dossier: str
    """The dossier of a quote, or the dossier itself; "" for a voucher."""
    name: str = ""
    """Who made the quote."""
    kind: str = ""
    """`cheque` or `ordre` for a number."""
    account: str = ""
    """The account that the number's money left."""


def path_of(value: object) -> str:
    """The path that a metadata value names, as paths are compared; "" when it names none."""
    return composed(value.strip()) if isinstance(value, str) else ""


def paths(entry: Entry) -> frozenset[str]:
    """The files an entry and its postings name."""
    rows = [entry.meta, *(movement.meta for movement in entry.movements)]
    return frozenset(
        [path_of(value) for row in rows for key, value in row.items() if key[:8] == "document" and is_document_key(key)]
    ) - {""}


def numbers(books: Books, entry: Entry) -> Iterator[Use]:
    """The numbers under which an entry takes money out of accounts that send statements."""
    year = books.policy.organisation.year_of(entry.date)
    for movement in entry.movements:
        if movement.value >= 0 or not movement.account.is_(*STATED):
            continue
        for kind in (CHEQUE, ORDER):
            written = entry.text(kind, movement)
            if bare := _bare(written):
                begun = str(year.start.year if year is not None else entry.date.year) if kind == ORDER else ""
                name = movement.account.name
                yield Use(
                    (name, kind, begun, bare), written, entry, entry.date, -movement.value, "", kind=kind, account=name
                )


@cache
def _bare(number: str) -> str:
    """A number without what may be written in several ways."""
    return re.sub(r"[\W_]+", "", number).casefold().lstrip("0")


def paths_alike(shape: Shape) -> list[frozenset[str]]:
    """The files that each of some entries alike names."""
    if shape.annotated:
        return [paths(entry) for entry in shape.entries]
    columns = [shape.column(key) for key in shape.form.keys if is_document_key(key)]
    if len(columns) == 1:
        return [frozenset([path] if path else []) for path in map(path_of, columns[0])]
    return [paths(entry) for entry in shape.entries] if columns else [frozenset()] * len(shape.entries)


def paths_named(shape: Shape) -> Iterable[str]:
    """The files that some entries alike name, each once an entry."""
    keys = [key for key in shape.form.keys if is_document_key(key)]
    if len(keys) == 1 and not shape.annotated:
        return [path for path in map(path_of, shape.column(keys[0])) if path]
    return [path for own in paths_alike(shape) for path in own]


def numbers_alike(books: Books, shape: Shape) -> list[frozenset[Number]]:
    """The numbers under which each of some entries alike takes money out."""
    numbered = shape.annotated or not shape.form.keys.keys().isdisjoint((CHEQUE, ORDER))
    if not numbered or not shape.pattern.touches(STATED):
        return [frozenset()] * len(shape.entries)
    return [frozenset([use.key for use in numbers(books, entry)]) for entry in shape.entries]  # type: ignore[misc]


def files_used(books: Books) -> list[Use]:
    """Every use of a file, by date, quotes and dossiers first."""
    found = [*_bought(books)]
    for entry in books.entries:
        if not _gives_it_back(entry, books):
            amount = sum(movement.value for movement in entry.movements if movement.value > 0)
            found += [Use(path, path, entry, entry.date, amount, "") for path in sorted(paths(entry))]
    return sorted(found, key=lambda use: use.day)


def numbers_used(books: Books) -> list[Use]:
    """Every number under which money left an account, in the order of the books."""
    return [
        use
        for entry in books.touching(*STATED)
        if not entry.is_storno and entry.piece not in books.reversed_pieces
        for use in numbers(books, entry)
    ]


def is_told_by_bank(entry: Entry) -> bool:
    """Whether a bank took or gave the money by itself: nobody signed it, nobody ordered it."""
    named = any(entry.text(key) for key in ("mode", CHEQUE, ORDER, "signataire-1"))
    return not named and entry.pattern.touches(STATED)


def _bought(books: Books) -> Iterator[Use]:
    """The files of quotes, of dossiers and of cash counts."""
    dossiers = books.directives.dossiers
    quotes = [*books.directives.loose_quotes, *(quote for dossier in dossiers for quote in dossier.quotes)]
    said = {dossier.place: (dossier.date, dossier.id, "") for dossier in dossiers}
    said |= {quote.place: (quote.date, quote.dossier, quote.name) for quote in quotes}
    counted = {count.place: count for count in books.directives.counts}
    for each in books.directives.documents:
        path = path_of(each.value)
        if path and each.place in said:
            day, dossier, name = said[each.place]
            yield Use(path, path, each.place, day, 0, dossier, name)
        elif path and each.place in counted:
            till = counted[each.place]
            yield Use(path, path, each.place, till.date, 0, "", kind=COUNT, account=till.account.name)


def _gives_it_back(entry: Entry, books: Books) -> bool:
    """Whether another may have an entry's paper: that of a storno, of what it cancels, of what was taken over."""
    return entry.is_storno or entry.is_cancelled or entry.is_taken_over or entry.piece in books.reversed_pieces


def _is_reckoned(at: Entry | Place) -> bool:
    """Whether an entry is only reckoned: it needs no paper of its own, but no other takes the one that it shows."""
    if not isinstance(at, Entry):
        return False
    entry, accounts = at, at.pattern.accounts
    return all(a.is_(*INTERNAL) for a in accounts) or (bool(entry.kind) and not any(a.is_(*MONEY) for a in accounts))


def grouped(uses: Iterable[Use]) -> Iterator[list[Use]]:
    """The uses of each paper that is used more than once, by first use."""
    found: dict[Hashable, list[Use]] = {}
    for use in uses:
        found.setdefault(use.key, []).append(use)
    return (each for each in found.values() if len(each) > 1)


class Ties:
    """What allows two uses of one paper."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def repeats(self, uses: Sequence[Use]) -> Iterator[tuple[Use, Use]]:
        """Each use that nothing ties to an earlier rightful one, with the first of all."""
        rightful: list[tuple[Use, frozenset[Hashable]]] = []
        for use in uses:
            own = self._of(use)
            if rightful and not _is_reckoned(use.at) and not any(_may_share(use, own, *other) for other in rightful):
                yield use, uses[0]
            else:
                rightful.append((use, own))

    def _of(self, use: Use) -> frozenset[Hashable]:
        """Whoever has one of these in common may share the paper."""
        if not isinstance(use.at, Entry):
            return frozenset([("marche", use.dossier)])
        entry = use.at
        found: set[Hashable] = set()
        for movement in (None, *entry.movements):
            dossier, advance = entry.text("marche", movement), entry.text("avance", movement)
            invoice, tax_id = entry.text("facture", movement), entry.text("nif", movement)
            found |= {("marche", dossier)} if dossier else set()
            found |= {("avance", advance)} if advance else set()
            if invoice and tax_id:
                found.add(("facture", invoice, self._books.suppliers.key(tax_id, entry.payee_of(movement))))
        for movement in entry.movements:
            if movement.account.is_(*TRANSFERS):
                found.add(("virement", movement.account.tree, entry.date, abs(movement.value)))
            order = entry.text(ORDER, movement)
            if order and movement.account.is_(*STATED):
                found.add((ORDER, order, movement.account.name, entry.date))
        if entry.truth("reciproque"):
            found.add("reciproque")
        return frozenset(found | self._told_by_bank(use, entry))

    def _told_by_bank(self, use: Use, entry: Entry) -> set[Hashable]:
        """The statement of its account tells what a bank took or gave by itself."""
        own = {account.name for account in entry.pattern.accounts if account.is_(*STATED)}
        told = is_told_by_bank(entry) and own & self._statements.get(use.written, set())
        return {("releve", use.written)} if told else set()

    @cached_property
    def _statements(self) -> dict[str, set[str]]:
        """The accounts whose statement a file is."""
        found: dict[str, set[str]] = {}
        for statement in self._books.directives.statements:
            found.setdefault(path_of(statement.document), set()).add(statement.account.name)
        return found


def _may_share(use: Use, own: frozenset[Hashable], other: Use, others: frozenset[Hashable]) -> bool:
    """Whether one paper may serve both; two quotes, two counts, or a quote and a dossier, never share one."""
    if use.at == other.at:
        return True
    if COUNT in (use.kind, other.kind):  # the minutes of a count tell the entry of what was short
        count, entry = (use, other.at) if use.kind == COUNT else (other, use.at)
        return isinstance(entry, Entry) and any(each.name == count.account for each in entry.pattern.accounts)
    return not own.isdisjoint(others) and (isinstance(use.at, Entry) or isinstance(other.at, Entry))
