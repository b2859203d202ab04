"""What third parties are owed: a supplier's account bill by bill, and what of an account's balance is not settled yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from grandlivre.books.guarding import names
from grandlivre.books.index import Books
from grandlivre.books.ledger import Ledger
from grandlivre.books.purchases import Bought, told
from grandlivre.books.records import Account, Entry, Shape
from grandlivre.books.suppliers import Suppliers
from grandlivre.guards.bills import Bill as OpenBill
from grandlivre.guards.bills import Bills, Marks
from grandlivre.guards.naming import invoice_key, pair
from grandlivre.policy.sycebnl import SUPPLIER_DEBTS, TREASURY

_Key = tuple[str, str, str]
"""The tree, the supplier, and the invoice's number."""
_Row = tuple[Shape, int, list[_Key]]
"""Entries alike, one of their movements, and its key in each."""


class Unsettled(NamedTuple):
    """A part of a balance, and the entry that made it."""

    entry: Entry
    amount: int


def unsettled(ledger: Ledger, reached: int) -> Iterator[Unsettled]:
    """What the balance after so many movements is made of, the latest first: the oldest movements are settled first.

    A voucher and the storno that cancels it settle each other.
    """
    left = ledger.balances[reached - 1] if reached else 0
    side = 1 if left > 0 else -1
    stornos = [ledger[rank].entry for rank in ledger.stornos if rank < reached]
    cancelled = {storno.text("annule") for storno in stornos} - {""}
    for rank in range(reached - 1, -1, -1):
        if not left:
            return
        entry = ledger[rank].entry
        if ledger.amounts[rank] * side > 0 and not (entry.is_storno or entry.piece in cancelled):
            part = side * min(left * side, ledger.amounts[rank] * side)
            yield Unsettled(entry, part)
            left -= part


def turned(ledger: Ledger, reached: int) -> Entry:
    """The entry since which a balance that is not nil, after so many movements, is on its side."""
    rank = reached - 1
    while rank and ledger.balances[rank - 1] * ledger.balances[reached - 1] > 0:
        rank -= 1
    return ledger[rank].entry


@dataclass(slots=True)
class Bill:
    """What a supplier is owed under one invoice number, or by one entry that gives none."""

    account: Account
    name: str
    number: str
    """As written; "" when none is."""
    booked: int = 0
    paid: int = 0
    entry: Entry | None = None
    """What booked it; None when nothing did."""
    payment: Entry | None = None
    """The last entry that paid it out of treasury; None when none did."""

    @property
    def left(self) -> int:
        """What is still owed; less than nothing when more was paid than booked."""
        return self.booked - self.paid

    def book(self, entry: Entry, amount: int) -> None:
        """What is booked anew, after a storno too, counts from that entry."""
        if self.booked <= 0 and not entry.is_storno:
            self.entry = entry
        self.booked += amount

    def pay(self, entry: Entry, amount: int) -> None:
        """Out of treasury, or by any other account."""
        if not entry.is_storno and entry.pattern.touches(TREASURY):
            self.payment = entry
        self.paid += amount


class Excess(NamedTuple):
    """What a supplier was paid and is not owed."""

    payment: Entry
    account: Account
    name: str
    amount: int
    bill: Bill | None
    """The invoice that the payment names; None when it names none."""


class SuppliersOwed(NamedTuple):
    """What suppliers are owed at the end of a day, and what they were paid without being owed it."""

    bills: tuple[Bill, ...]
    excesses: tuple[Excess, ...]


@dataclass(slots=True)
class _Supplier:
    """One supplier of a tree while the books are read."""

    bills: dict[str, Bill] = field(default_factory=dict)
    unnamed: int = 0
    """What was paid without an invoice number."""
    last: Bought | None = None
    """The last line that paid without one."""

    def take(self, line: Bought, number: str, piece: str) -> None:
        """Books or pays; `piece` is the voucher that a storno takes back, else the line's own."""
        entry, movement = line.entry, line.movement
        if (movement.value < 0) is not entry.is_storno:
            self._bill(line, number, piece).book(entry, -movement.value)
        elif number:
            self._bill(line, number, piece).pay(entry, movement.value)
        else:
            self.unnamed += movement.value
            self.last = self.last if entry.is_storno else line

    def _bill(self, line: Bought, number: str, piece: str) -> Bill:
        key = f"facture {invoice_key(number)}" if number else f"piece {piece or line.entry.place}"
        return self.bills.setdefault(key, Bill(line.movement.account, line.name, number))

    def settle(self) -> Iterator[Excess]:
        """Lets what was paid settle what is owed; what is too much.

        A payment that names an invoice settles that one, else what was booked without a number; the others, the oldest.
        """
        bills = list(self.bills.values())
        bare = [bill for bill in bills if not bill.number]
        for bill in bills:
            if bill.left < 0 and bill.payment is None:
                self.unnamed -= bill.left
            elif bill.left < 0 and bill.payment is not None and (left := settled(bare, -bill.left)):
                yield Excess(bill.payment, bill.account, bill.name, left, bill)
        left = settled(bills, self.unnamed)
        if left > 0 and self.last is not None:
            yield Excess(self.last.entry, self.last.movement.account, self.last.name, left, None)


def settled(bills: Iterable[Bill], amount: int) -> int:
    """Pays bills in their order; what is left of the amount."""
    for bill in bills:
        if amount <= 0:
            break
        part = min(amount, max(bill.left, 0))
        bill.paid += part
        amount -= part
    return amount


def suppliers_owed(
    lines: Iterable[Bought], vouchers: Callable[[str], tuple[Entry, ...]], until: date
) -> Mapping[str, SuppliersOwed]:
    """By tree, what suppliers are owed at the end of a day: one pass over what their accounts moved.

    What was brought forward without a name is owed to whoever is paid and not known to be owed.
    """
    trees: dict[str, dict[str, _Supplier]] = {}
    for line in lines:
        entry, movement = line.entry, line.movement
        if entry.date > until or not movement.value:
            continue
        number, piece = line.invoice, entry.piece
        if entry.is_storno:
            piece = entry.text("annule") or piece
            number = number or _invoice_of(vouchers(piece), movement.account)
        tree = trees.setdefault(movement.account.tree, {})
        tree.setdefault("" if _lump(line) else line.supplier, _Supplier()).take(line, number, piece)
    return {code: _owed(trees[code]) for code in sorted(trees)}


def supplier_rows(books: Books) -> Sequence[_Row]:
    """Every movement on what suppliers are owed, of entries alike, with the keys under which it counts; read once."""
    return books.once(
        "keys of what suppliers are owed",
        lambda: [
            (shape, position, _keys(shape, position, books.suppliers))
            for shape in books.shapes
            for position in shape.pattern.positions(SUPPLIER_DEBTS)
        ],
    )


def doubtful_suppliers(books: Books) -> Iterator[Entry]:
    """The entries that a bill or a supplier with something left may need: what is even under one number needs nobody.

    What stornos and openings touch is told by nothing but `suppliers_owed`.
    """
    rows = supplier_rows(books)
    doubtful = _uneven(rows, books.reversed_pieces)
    doubtful |= {(tree, supplier, "") for tree, supplier, _ in doubtful}
    for shape, _, keys in rows:
        if not doubtful.isdisjoint(keys):
            yield from [entry for entry, key in zip(shape.entries, keys, strict=True) if key in doubtful]


def bills_for_guard(books: Books, since: date) -> Bills:
    """What suppliers are owed, for guards, when no bill booked from a day on is late.

    A supplier is odd in a tree when a movement of theirs names no invoice, is taken back or brought forward, or when more
    is paid than booked or something older is left under a number.
    """
    rows = supplier_rows(books)
    sums, odd = _summed(books, rows)
    left = {key: -amount for key, amount in sums.items() if amount < 0 and key[:2] not in odd}
    told_by: dict[_Key, tuple[set[str], set[str]]] = {key: (set(), set()) for key in left}
    for shape, position, keys in rows:
        if not left.keys().isdisjoint(keys):
            odd |= _noted(shape, position, keys, told_by, since)
    open_ = tuple(
        OpenBill(key[0], frozenset(told_by[key][0]), frozenset(told_by[key][1]), amount)
        for key, amount in sorted(left.items())
        if key[:2] not in odd
    )
    return Bills(
        SUPPLIER_DEBTS, since, open_, _named(books, odd), Marks.of({(tree, number) for tree, _, number in sums})
    )


def _summed(books: Books, rows: Sequence[_Row]) -> tuple[Mapping[_Key, int], set[tuple[str, str]]]:
    """What is booked less what is paid under each number; the suppliers, by tree, who are paid or owed in another way."""
    sums: defaultdict[_Key, int] = defaultdict(int)
    odd: set[tuple[str, str]] = set()
    for shape, position, keys in rows:
        for key, amount in zip(keys, shape.moved(position), strict=True):
            sums[key] += amount
        if books.reversed_pieces or "ecriture" in shape.form.keys:
            marked = zip(keys, shape.entries, strict=True)
            odd.update([key[:2] for key, entry in marked if entry.kind or entry.piece in books.reversed_pieces])
    return sums, odd | {key[:2] for key, amount in sums.items() if not key[2] or amount > 0}


def _noted(
    shape: Shape, position: int, keys: Sequence[_Key], told_by: Mapping[_Key, tuple[set[str], set[str]]], since: date
) -> set[tuple[str, str]]:
    """Notes under what names and numbers open bills stand; whose are older than a day."""
    old: set[tuple[str, str]] = set()
    names, taxes, invoices, _ = told(shape, position)
    amounts = shape.moved(position)
    for entry, key, name, nif, invoice, amount in zip(
        shape.entries, keys, names, taxes, invoices, amounts, strict=True
    ):
        if key in told_by:
            told_by[key][0].add(pair(nif, name))
            told_by[key][1].add(invoice)
            if amount < 0 and entry.value_date < since:
                old.add(key[:2])
    return old


def _named(books: Books, odd: Set[tuple[str, str]]) -> frozenset[str]:
    """By tree, every tax number and name that the books give of some suppliers."""
    trees: defaultdict[str, set[str]] = defaultdict(set)
    for tree, key in odd:
        trees[key].add(tree)
    found: set[str] = set()
    for each in names(books).known:
        nif, _, name = each.partition("\0")
        found.update(f"{tree}\0{each}" for tree in trees.get(books.suppliers.key(nif, name), ()))
    return frozenset(found)


def _uneven(rows: Iterable[_Row], reversed_: Set[str]) -> set[_Key]:
    """Under what something is left, or was taken back."""
    found: set[_Key] = set()
    sums: defaultdict[_Key, int] = defaultdict(int)
    for shape, position, keys in rows:
        for key, amount in zip(keys, shape.moved(position), strict=True):
            sums[key] += amount
        if reversed_ or "ecriture" in shape.form.keys:
            marked = zip(keys, shape.entries, strict=True)
            found.update([key for key, entry in marked if entry.kind or entry.piece in reversed_])
    return found.union([key for key, amount in sums.items() if amount])


def _keys(shape: Shape, position: int, suppliers: Suppliers) -> list[_Key]:
    """Under what each of the entries moves that account."""
    tree = shape.pattern.accounts[position].tree
    names, numbers, invoices, _ = told(shape, position)
    columns = zip(numbers, names, invoices, strict=True)
    return [(tree, suppliers.key(nif, name), invoice_key(number)) for nif, name, number in columns]


def _owed(suppliers: Mapping[str, _Supplier]) -> SuppliersOwed:
    found = [excess for supplier in suppliers.values() for excess in supplier.settle()]
    found.sort(key=lambda excess: (excess.payment.sort_key, excess.name, excess.bill.number if excess.bill else ""))
    lumps = suppliers.get("", _Supplier()).bills.values()
    left = [excess._replace(amount=settled(lumps, excess.amount)) for excess in found]
    bills = [bill for supplier in suppliers.values() for bill in supplier.bills.values() if bill.left > 0]
    bills.sort(key=lambda bill: (bill.entry.sort_key if bill.entry else (), bill.name, bill.number))
    return SuppliersOwed(tuple(bills), tuple([each for each in left if each.amount]))


def _lump(line: Bought) -> bool:
    """Whether a balance is brought forward in the name of no supplier."""
    entry, movement = line.entry, line.movement
    return entry.is_taken_over and not any(
        (line.invoice, entry.text("nif", movement), entry.text("beneficiaire", movement))
    )


def _invoice_of(entries: tuple[Entry, ...], account: Account) -> str:
    """The invoice number of what a storno takes back."""
    for entry in entries[:1]:
        for movement in entry.movements:
            if movement.account == account and (number := entry.text("facture", movement)):
                return number
    return ""
