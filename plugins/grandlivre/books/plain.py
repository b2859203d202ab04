"""The ordinary entries of the books, as guards know them (`guards/change.py`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Movement
from grandlivre.guards.change import PlainEntry, PlainMovement

_APART = frozenset({"ecriture", "annule", "annulee"})
_PLACED = frozenset({"filename", "lineno"})
_LETTERS = {str: "s", Decimal: "n", dt.date: "d"}


def plain_entry(entry: Entry, books: Books) -> PlainEntry | None:
    """The entry as its file says it; None when it is not ordinary."""
    own = _keys(entry.meta)
    if own is None or not _is_sound(entry) or not _APART.isdisjoint(own):
        return None
    if any(key.startswith("derogation") for key in own):
        return None
    if sum(each.units for each in entry.movements) or not all(
        _is_ordinary(each, entry, books) for each in entry.movements
    ):
        return None
    if any(each.entry is entry for each in books.fractional):
        return None
    movements: list[PlainMovement] = []
    for each in entry.movements:
        keys = _keys(each.meta)
        if keys is None:
            return None
        movements.append(PlainMovement(each.account.name, each.units, keys))
    tags, links = " ".join(sorted(entry.tags)), " ".join(sorted(entry.links))
    return PlainEntry(entry.date, entry.payee, entry.narration, tags, links, own, tuple(movements))


def _is_sound(entry: Entry) -> bool:
    series = entry.series
    return entry.flag == "*" and series is not None and entry.trees == (series.tree,) and entry.form.sound


def _is_ordinary(movement: Movement, entry: Entry, books: Books) -> bool:
    account = movement.account
    return (
        movement.currency == books.policy.currency
        and account.tree == entry.tree
        and bool(account.number)
        and account.name.rpartition(":")[2].startswith(account.number)
        and books.index.is_open(account.name, entry.date)
    )


def _keys(meta: Mapping[str, Any]) -> dict[str, str] | None:
    """Metadata as a page writes it, what Beancount adds left out; None where a value is of a rare kind."""
    found: dict[str, str] = {}
    for key, value in meta.items():
        if key in _PLACED or key.startswith("__"):
            continue
        if type(value) is bool:
            found[key] = "b1" if value else "b"
        elif type(value) in _LETTERS:
            found[key] = f"{_LETTERS[type(value)]}{value}"
        else:
            return None
    return found
