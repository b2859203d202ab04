"""What a person signs: an entry or a cash count in the canonical form of `books/digest.py`, less what comes after.

An entry is signed with flag "" and without `pointage`, `document-paiement…` (the receipt that comes after the payment) and
`signataire-N`, on itself and on its postings; every other key, date and account stays in. A cash count is its item as in a
closing. A report that was sent is signed by the sha256 of its JSON, the one that its `transmission` says. A document is signed by the sha256 of its bytes as they lie in documents/; without them nothing can be signed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from beancount.core import data

from grandlivre.books.digest import ItemWriter, ManifestRow, is_left_out
from grandlivre.books.directives.cash import CashCount
from grandlivre.books.directives.closings import Transmission
from grandlivre.books.documents import DocumentFolder
from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Place

_AFTER = re.compile(r"pointage|document-paiement.*|signataire-\d+")
"""Keys that are written after somebody signed, or that say who signs."""


class Signable(NamedTuple):
    """What a visa binds of one entry or count."""

    object: str
    """What the visa calls it: a voucher, `pv-caisse <compte> <date> <heure>`."""
    text: str
    """The text that is hashed: one JSON array."""
    documents: tuple[tuple[str, str], ...]
    """Its documents: path, sha256."""
    absent: tuple[str, ...]
    """Its documents that are not there: it cannot be signed without them."""

    @property
    def digest(self) -> str:
        """« sha256:… » of the text."""
        return f"sha256:{hashlib.sha256(self.text.encode()).hexdigest()}"


class Signables:
    """What the entries and counts of the books are, as people sign them; each is worked out when it is asked for."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._entries = ItemWriter(self._row, _comes_after, flagged=False)
        self._counts = ItemWriter(self._row)
        self._known: dict[Place, Signable] = {}

    def entry(self, entry: Entry) -> Signable:
        """What is signed of an entry."""
        return self._made(entry.place, entry.piece, self._entries)

    def count(self, count: CashCount) -> Signable:
        """What is signed of a cash count."""
        return self._made(count.place, count_object(count), self._counts)

    def _made(self, place: Place, name: str, writer: ItemWriter) -> Signable:
        if place not in self._known:
            text, documents = writer.written(self._raw[place])
            rows = [(path, self._row(path)) for path in documents]
            kept = tuple((path, row.sha256) for path, row in rows if row is not None)
            absent = tuple(path for path, row in rows if row is None)
            self._known[place] = Signable(name, text, kept, absent)
        return self._known[place]

    def _row(self, path: str) -> ManifestRow | None:
        found = None if DocumentFolder.escapes(path) else self._books.documents.hashed(path)
        return ManifestRow(*found) if found is not None else None

    @cached_property
    def _raw(self) -> Mapping[Place, Any]:
        return {
            Place.of(entry.meta): entry
            for entry in self._books.raw
            if type(entry) is data.Transaction or (type(entry) is data.Custom and entry.type == "pv-caisse")
        }


def signables(books: Books) -> Signables:
    """What these books hold to be signed."""
    return books.once("signables", lambda: Signables(books))


def count_object(count: CashCount) -> str:
    """What a visa calls a cash count."""
    return " ".join(f"pv-caisse {count.account.name} {count.date.isoformat()} {count.hour}".split())


def sent_object(sent: Transmission) -> str:
    """What a visa calls a report that was sent: « rapport-financier UE-EAU 2026-T1 »."""
    return f"{sent.model} {sent.tree} {sent.period}"


def _comes_after(key: str) -> bool:
    return is_left_out(key) or _AFTER.fullmatch(key) is not None
