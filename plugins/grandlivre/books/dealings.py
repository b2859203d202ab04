"""Which suppliers the entries name, and to which account of theirs a payment says that it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple

from grandlivre.books.records import Entry, Movement, Shape
from grandlivre.books.suppliers import Suppliers
from grandlivre.policy.sycebnl import MONEY

PAID_INTO = "rib-beneficiaire"
"""The key of the account, of a bank or of a telephone, that a payment goes to."""


class Dealing(NamedTuple):
    """A supplier that an entry names."""

    entry: Entry
    supplier: str
    """Its canonical key."""
    name: str
    """As the entry writes it."""


class Transfer(NamedTuple):
    """What an entry pays into a supplier's account."""

    entry: Entry
    movement: Movement
    supplier: str
    """Its canonical key."""
    name: str
    number: str
    """The account, as written."""


def dealings(shapes: Iterable[Shape], suppliers: Suppliers, wanted: Callable[[str, str], bool]) -> Iterator[Dealing]:
    """The entries that name a supplier whose key and name are wanted, each once a supplier, in the order of the books."""
    rows: list[tuple[int, Dealing]] = []
    for shape in shapes:
        named = list(zip(shape.texts("nif"), shape.names(), strict=True))
        asked = {pair for pair in set(named) if wanted(suppliers.key(*pair), pair[1])}
        if not asked and not shape.annotated:
            continue
        for place, entry, pair in zip(shape.places, shape.entries, named, strict=True):
            told = {suppliers.key(*pair): pair[1]} if pair in asked else {}
            for movement in entry.movements if shape.annotated else ():
                name = entry.payee_of(movement)
                key = suppliers.key(entry.text("nif", movement), name)
                if wanted(key, name):
                    told.setdefault(key, name)
            rows += [(place, Dealing(entry, key, name)) for key, name in told.items() if key]
    rows.sort(key=itemgetter(0))
    return (dealing for _, dealing in rows)


def transfers(shapes: Iterable[Shape], suppliers: Suppliers) -> Iterator[Transfer]:
    """Every payment that says into which account it goes, in the order of the books.

    On an entry the key speaks of what leaves the treasury, on a posting of that posting.
    """
    rows: list[tuple[int, Transfer]] = []
    for shape in shapes:
        if PAID_INTO not in shape.form.keys and not shape.annotated:
            continue
        for place, entry in zip(shape.places, shape.entries, strict=True):
            for movement in entry.movements:
                out = movement.account.is_(*MONEY) and movement.value < 0
                number = entry.text(PAID_INTO, movement) if out or PAID_INTO in movement.meta else ""
                name = entry.payee_of(movement)
                supplier = suppliers.key(entry.text("nif", movement), name)
                if number and supplier:
                    rows.append((place, Transfer(entry, movement, supplier, name, number)))
    rows.sort(key=itemgetter(0))
    return (transfer for _, transfer in rows)
