"""A part of the books with the interface of the whole: what a rule says of the part, it would say of the whole.

What happens is the part's alone: entries, movements, purchases, payments, charges. What is known stays the whole's: the
day, suppliers, dossiers, vouchers, what stornos reverse, an account's balances.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from grandlivre.books.bank import Ticks
from grandlivre.books.directives.purchasing import Dossier
from grandlivre.books.documents import DocumentFolder
from grandlivre.books.index import Books
from grandlivre.books.ledger import Ledger
from grandlivre.books.purchases import Bought, ChargePayees, Invoice, Nature
from grandlivre.books.records import Account, Entry, Movement, Place, Posted, Shape
from grandlivre.books.suppliers import Suppliers
from grandlivre.policy.donors import Agreement
from grandlivre.policy.sycebnl import SUPPLIER_DEBTS

T = TypeVar("T")


class Doubt(NamedTuple):
    """Where something may be wrong: too much is allowed, too little never is.

    What is judged together comes together: all the entries of a series, a budget, an invoice or an account.
    """

    entries: Collection[Entry] | None = None
    """The entries to look at; None: all of them."""
    accounts: Collection[str] | None = None
    """The names of the accounts to look at; None: all of them."""


@dataclass(frozen=True)
class Part(Books):
    """Some entries of the books, or some of its accounts."""

    whole: Books = field(kw_only=True)
    named: frozenset[str] | None = None
    """The accounts it shows; None: all of them."""

    # --- what happens ---------------------------------------------------------------------------------------------

    @cached_property
    def accounts(self) -> Mapping[str, Account]:
        """The accounts in doubt."""
        every = self.whole.accounts
        if self.named is None:
            return every
        return {name: account for name, account in every.items() if name in self.named}

    def movements(self, account: str) -> tuple[Posted, ...]:
        """The part's movements of one account."""
        return self.whole.movements(account) if self.entries is self.whole.entries else super().movements(account)

    def bought(self, nature: Nature = Nature()) -> tuple[Bought, ...]:  # noqa: B008 - an immutable tuple
        """What the part's entries buy."""
        return tuple([line for line in self.whole.bought(nature) if id(line.entry) in self._ids]) if self._ids else ()

    @cached_property
    def invoices(self) -> tuple[Invoice, ...]:
        """The debts that the part's entries make or settle, each with all that settled it."""
        if not self.touching(*SUPPLIER_DEBTS):
            return ()
        return tuple(
            invoice
            for invoice in self.whole.invoices
            if any(id(entry) in self._ids for entry in (invoice.entry, *(entry for entry, _ in invoice.settlements)))
        )

    @cached_property
    def _ids(self) -> frozenset[int]:
        return frozenset(map(id, self.entries))

    # --- what is known --------------------------------------------------------------------------------------------

    def once_for_all(self, key: Any, read: Callable[[Books], T]) -> T:
        """The whole's."""
        return self.whole.once_for_all(key, read)

    @cached_property
    def today(self) -> date:
        """The whole's."""
        return self.whole.today

    @cached_property
    def start(self) -> date:
        """The whole's."""
        return self.whole.start

    @cached_property
    def first_transaction(self) -> date | None:
        """The whole's."""
        return self.whole.first_transaction

    @cached_property
    def last_value_date(self) -> date:
        """The whole's."""
        return self.whole.last_value_date

    @cached_property
    def trees(self) -> tuple[str, ...]:
        """The whole's."""
        return self.whole.trees

    def tree_accounts(self, tree: str, *prefixes: str) -> tuple[Account, ...]:
        """The whole's."""
        return self.whole.tree_accounts(tree, *prefixes)

    def tree_place(self, tree: str) -> Place:
        """The whole's."""
        return self.whole.tree_place(tree)

    def tree_at(self, file: str, line: int) -> str:
        """The whole's."""
        return self.whole.tree_at(file, line)

    @cached_property
    def tills(self) -> tuple[Account, ...]:
        """The whole's."""
        return self.whole.tills

    @cached_property
    def banks(self) -> tuple[Account, ...]:
        """The whole's."""
        return self.whole.banks

    def first_entry(self, tree: str) -> Entry:
        """The whole's."""
        return self.whole.first_entry(tree)

    def vouchers(self, piece: str) -> tuple[Entry, ...]:
        """The whole's."""
        return self.whole.vouchers(piece)

    def ledger(self, account: str) -> Ledger:
        """The whole's."""
        return self.whole.ledger(account)

    def ticks(self, account: str) -> Ticks:
        """The whole's."""
        return self.whole.ticks(account)

    def agreements(self, entry: Entry, movement: Movement | None = None) -> tuple[Agreement, ...]:
        """The whole's."""
        return self.whole.agreements(entry, movement)

    @cached_property
    def reversed_pieces(self) -> frozenset[str]:
        """The whole's."""
        return self.whole.reversed_pieces

    @cached_property
    def suppliers(self) -> Suppliers:
        """The whole's."""
        return self.whole.suppliers

    @cached_property
    def charge_payees(self) -> ChargePayees:
        """The whole's."""
        return self.whole.charge_payees

    @cached_property
    def dossiers(self) -> Mapping[str, Dossier]:
        """The whole's."""
        return self.whole.dossiers

    @cached_property
    def documents(self) -> DocumentFolder:
        """The whole's."""
        return self.whole.documents


def about(books: Books, doubt: Doubt) -> Part:
    """What a doubt leaves of the books."""
    own: dict[str, Any] = {each.name: getattr(books, each.name) for each in fields(Books)}
    if doubt.entries is not None:
        own |= _cut(books, doubt.entries)
    return Part(**own, whole=books, named=None if doubt.accounts is None else frozenset(doubt.accounts))


def _cut(books: Books, entries: Collection[Entry]) -> dict[str, Any]:
    """The fields of the books that hold entries, with some of them alone, in the same order."""
    wanted = frozenset(map(id, entries))
    alike = {(entry.pattern, entry.form) for entry in entries}
    ranks = [(shape, _ranks(shape, wanted)) for shape in books.shapes if (shape.pattern, shape.form) in alike]
    places = sorted(chain.from_iterable([shape.places[rank] for rank in kept] for shape, kept in ranks))
    seats = {place: seat for seat, place in enumerate(places)}
    return {
        "entries": tuple([books.entries[place] for place in places]),
        "shapes": tuple([_shape(shape, kept, seats) for shape, kept in ranks if kept]),
        "foreign": tuple([entry for entry in books.foreign if id(entry) in wanted]),
        "_memo": {},
    }


def _ranks(shape: Shape, wanted: frozenset[int]) -> list[int]:
    return [rank for rank, entry in enumerate(shape.entries) if id(entry) in wanted]


def _shape(shape: Shape, kept: list[int], seats: Mapping[int, int]) -> Shape:
    """The columns of some of the entries alike."""
    width = len(shape.pattern.accounts)
    return replace(
        shape,
        entries=[shape.entries[rank] for rank in kept],
        places=[seats[shape.places[rank]] for rank in kept],
        payees=[shape.payees[rank] for rank in kept],
        values=[shape.values[rank] for rank in kept],
        amounts=[amount for rank in kept for amount in shape.amounts[rank * width : (rank + 1) * width]],
        _texts={},
    )
