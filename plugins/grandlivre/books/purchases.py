"""Purchases, payments, invoices and advances: what the movements of the books mean together (contract §5)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, MutableSequence, Sequence, Set
from datetime import date
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from grandlivre.books.records import Account, Entry, Movement, Pattern, Shape
from grandlivre.books.suppliers import Suppliers
from grandlivre.policy.people import same_name
from grandlivre.policy.sycebnl import ADVANCES, BANK_FEES, PURCHASE_EXCLUSIONS, PURCHASE_NATURES, SUPPLIER_DEBTS

_new: Any = tuple.__new__
"""Makes a named tuple without the cost of its keyword constructor."""

_NOT_BOUGHT = ("extourne", "a-nouveau", "reprise")
"""Kinds of entries that buy nothing."""


class Nature(NamedTuple):
    """Which numbers make a purchase: the natures less the exclusions."""

    included: tuple[str, ...] = PURCHASE_NATURES
    excluded: tuple[str, ...] = PURCHASE_EXCLUSIONS

    def holds(self, number: str) -> bool:
        """Whether an account of that number is bought."""
        return number.startswith(self.included) and not number.startswith(self.excluded)


ChargeFault = Literal["", "ordre", "montant", "beneficiaire"]
"""Why a payment booked as bank charges is none that the bank took by itself: an order to pay, its amount, who receives."""

_ORDERED = ("mode", "cheque", "ordre")
"""Keys of what the organisation itself told the bank to pay."""


class ChargePayees(NamedTuple):
    """Who may take charges by itself, names normalised."""

    banks: Mapping[str, str]
    """The bank of an account, where the donor's file says it."""
    others: Set[str]
    """People and suppliers: none of them is a bank."""

    def fit(self, account: Account, names: Iterable[str]) -> bool:
        """Whether what an account pays to those names goes to its bank."""
        bank = self.banks.get(account.name)
        payees = {same_name(name) for name in names}
        return self.others.isdisjoint(payees) if bank is None else payees == {bank}


class BankCharges(NamedTuple):
    """What a bank takes by itself: on which numbers, and up to how many francs an entry (contract-2 §7 bis)."""

    numbers: tuple[str, ...] = BANK_FEES
    ceiling: int | None = 25_000

    def alone(self, pattern: Pattern, positions: Sequence[int]) -> bool:
        """Whether those movements are of one account, and all others are charges."""
        own = {pattern.accounts[position].name for position in positions}
        others = [account for account in pattern.accounts if account.name not in own]
        return len(own) == 1 and bool(others) and all(account.number.startswith(self.numbers) for account in others)

    def fault(self, entry: Entry, account: Account, amount: int, payees: ChargePayees) -> ChargeFault:
        """Why charges were not taken by the bank itself, "" when they were."""
        if any(entry.text(key, movement) for key in _ORDERED for movement in entry.movements):
            return "ordre"
        if self.ceiling is not None and amount > self.ceiling:
            return "montant"
        told = {entry.text("beneficiaire", movement) for movement in entry.movements} - {""}
        return "" if payees.fit(account, {entry.payee, *told}) else "beneficiaire"


CHARGES = BankCharges()


class Payment(NamedTuple):
    """What one entry pays out of one treasury account, in whole francs (positive)."""

    entry: Entry
    account: Account
    amount: int
    movements: tuple[Movement, ...]
    charge: ChargeFault = ""
    """Booked as bank charges, why it is none."""

    @property
    def awaits_signature(self) -> bool:
        """Whether it is only prepared: flagged `!`, without both signatures, and no statement shows it (contract §7 bis)."""
        entry = self.entry
        return entry.flag == "!" and any(
            not (entry.text("signataire-1", each) and entry.text("signataire-2", each))
            and not entry.text("pointage", each)
            for each in self.movements
        )


class Bought(NamedTuple):
    """What one posting buys, and from whom."""

    entry: Entry
    movement: Movement
    supplier: str
    """The supplier's canonical key (NIF, else normalised name)."""
    name: str
    """The supplier's name as written."""
    invoice: str
    """The invoice's number; "" when missing."""
    dossier: str
    """The procurement dossier; "" when none."""


class Purchase(NamedTuple):
    """Goods or services bought together: one dossier, one invoice, or one voucher."""

    kind: str  # marche | facture | piece
    key: str
    tree: str
    supplier: str
    """The supplier's canonical key (NIF, else normalised name)."""
    name: str
    """The supplier's name as first written."""
    lines: tuple[Bought, ...]
    total: int


class Invoice(NamedTuple):
    """A debt to a supplier and what settled it."""

    entry: Entry
    movement: Movement
    supplier: str
    number: str
    amount: int
    settlements: tuple[tuple[Entry, int], ...]

    @property
    def open(self) -> int:
        """What is still owed."""
        return self.amount - sum(paid for _, paid in self.settlements)

    def open_on(self, day: date) -> int:
        """What was still owed at the end of a day."""
        return self.amount - sum(paid for entry, paid in self.settlements if entry.date <= day)


class Advance(NamedTuple):
    """Money advanced to someone who must justify it."""

    id: str
    tree: str
    holder: str
    opened: Entry
    due: date | None
    amount: int
    settlements: tuple[tuple[Entry, int], ...]

    @property
    def open(self) -> int:
        """What is not yet justified or repaid."""
        return self.amount - sum(part for _, part in self.settlements)

    def open_on(self, day: date) -> int:
        """What was not yet justified or repaid at the end of a day."""
        return self.amount - sum(part for entry, part in self.settlements if entry.date <= day)


def cancelled_by_storno(entries: Iterable[Entry]) -> frozenset[str]:
    """The vouchers a storno reverses."""
    return frozenset([entry.text("annule") for entry in entries if entry.kind == "extourne"]) - {""}


def bought(
    shapes: Iterable[Shape], nature: Nature, reversed_: frozenset[str], suppliers: Suppliers
) -> Iterator[Bought]:
    """Every posting that buys something, in the order of the books."""
    for line in _told(shapes, nature, suppliers):
        entry = line.entry
        if line.movement.value > 0 and not (
            entry.kind in _NOT_BOUGHT or entry.piece in reversed_ or entry.truth("reciproque")
        ):
            yield line


_NAMED = ("nif", "facture", "marche")
"""Keys that say what a movement buys or pays."""


def told(shape: Shape, position: int) -> tuple[Sequence[str], ...]:
    """What one movement of each of the entries names: who it is for, the tax number, the invoice and the dossier."""
    if not shape.annotated:
        return shape.names(), *map(shape.texts, _NAMED)
    rows = [(entry, entry.movements[position]) for entry in shape.entries]
    texts = ([entry.text(key, movement) for entry, movement in rows] for key in _NAMED)
    return [entry.payee_of(movement) for entry, movement in rows], *texts


def _told(shapes: Iterable[Shape], nature: Nature, suppliers: Suppliers) -> Iterator[Bought]:
    """Every movement on accounts of those numbers with the supplier, invoice and dossier it names, in their order."""
    rows: list[tuple[int, int, Bought]] = []
    for shape in shapes:
        positions = shape.pattern.positions(*nature)
        if not positions:
            continue
        for position in positions:
            for place, entry, name, nif, invoice, dossier in zip(
                shape.places, shape.entries, *told(shape, position), strict=True
            ):
                movement = entry.movements[position]
                line = _new(Bought, (entry, movement, suppliers.key(nif, name), name, invoice, dossier))
                rows.append((place, position, line))
    rows.sort(key=itemgetter(0, 1))
    return (line for _, _, line in rows)


def purchases(lines: Iterable[Bought]) -> tuple[Purchase, ...]:
    """Purchases added up by dossier, else (supplier, invoice), else voucher."""
    groups: dict[tuple[str, str, str], list[Bought]] = {}
    for line in lines:
        entry, movement, supplier, _, invoice, dossier = line
        if dossier:
            key = ("marche", entry.tree, dossier)
        elif invoice:
            key = ("facture", entry.tree, f"{supplier}\0{invoice}")
        else:
            # a mission voucher split by `beneficiaire` buys from each supplier apart
            payee = entry.text("beneficiaire", movement)
            who = same_name(payee) if payee else ""
            key = ("piece", entry.tree, f"{entry.piece or f'{entry.file}:{entry.line}'}\0{who}")
        groups.setdefault(key, []).append(line)
    found = []
    for (kind, tree, text), group in groups.items():
        first, total = group[0], sum([line.movement.value for line in group])
        known = text.split("\0")[-1 if kind == "facture" else 0]
        found.append(Purchase(kind, known, tree, first.supplier, first.name, tuple(group), total))
    return tuple(found)


def payments(
    entries: Iterable[Entry], accounts: tuple[str, ...], charges: BankCharges, payees: ChargePayees
) -> tuple[Payment, ...]:
    """What goes out of treasury accounts of those numbers, less plain bank charges; one a (entry, account)."""
    found: list[Payment] = []
    known: dict[Pattern, tuple[tuple[int, ...], bool]] = {}
    for entry in entries:
        told = known.get(entry.pattern)
        if told is None:
            positions = entry.pattern.positions(accounts)
            told = known[entry.pattern] = (positions, charges.alone(entry.pattern, positions))
        if not told[0] or entry.is_taken_over:
            continue
        for group in _out(entry, told[0]):
            account, amount = group[0].account, -sum([movement.value for movement in group])
            fault = charges.fault(entry, account, amount, payees) if told[1] else ""
            if fault or not told[1]:
                found.append(_new(Payment, (entry, account, amount, group, fault)))
    return tuple(found)


def _out(entry: Entry, positions: Sequence[int]) -> Iterable[tuple[Movement, ...]]:
    """The movements at those positions that take money out, by account."""
    leaving = [entry.movements[position] for position in positions]
    leaving = [movement for movement in leaving if movement.value < 0 or movement.units < 0]
    if len(leaving) == 1:
        return [(leaving[0],)]
    out: dict[str, list[Movement]] = {}
    for movement in leaving:
        out.setdefault(movement.account.name, []).append(movement)
    return map(tuple, out.values())


_SUPPLIER_DEBTS = Nature(SUPPLIER_DEBTS, ())


def supplier_lines(shapes: Iterable[Shape], suppliers: Suppliers) -> tuple[Bought, ...]:
    """Every posting on what suppliers are owed, in the order of the books."""
    return tuple(_told(shapes, _SUPPLIER_DEBTS, suppliers))


def invoices(lines: Sequence[Bought]) -> tuple[Invoice, ...]:
    """Debts to suppliers with what settled each: by invoice or dossier when named, else the supplier's oldest."""
    accounts = _Payables(cancelled_by_storno([line.entry for line in lines]))
    for entry, movement, supplier, _, number, dossier in lines:
        if not movement.value:
            continue
        if entry.is_storno:
            accounts.reverse(entry, movement)
        elif movement.value < 0:
            accounts.owe(_Debt(entry, movement, supplier, number, dossier))
        else:
            accounts.settle(entry, movement.value, supplier, number, dossier)
    return tuple(
        Invoice(debt.entry, debt.movement, debt.supplier, debt.number, -debt.movement.value, tuple(debt.settlements))
        for debt in accounts.every
    )


class _Debt:
    """A debt while the books are read."""

    __slots__ = ("dossier", "entry", "left", "movement", "number", "settlements", "supplier")

    def __init__(self, entry: Entry, movement: Movement, supplier: str, number: str, dossier: str) -> None:
        self.entry, self.movement, self.supplier = entry, movement, supplier
        self.number, self.dossier = number, dossier
        self.left = -movement.value
        self.settlements: list[tuple[Entry, int]] = []

    def pay(self, entry: Entry, amount: int) -> None:
        self.settlements.append((entry, amount))
        self.left -= amount


class _Payables:
    """Debts found by what a payment names: the invoice, the dossier, else the supplier in order of age."""

    def __init__(self, reversed_: frozenset[str]) -> None:
        self.every: list[_Debt] = []
        self._found: dict[tuple[str, str, str], MutableSequence[_Debt]] = {}
        self._reversed = reversed_
        self._by_piece: dict[tuple[str, str], list[_Debt]] = {}
        """The debts of vouchers that a storno takes back."""

    def _keys(self, tree: str, supplier: str, number: str, dossier: str) -> list[tuple[str, str, str]]:
        keys = [(tree, supplier, f"facture {number}")] if number else []
        keys += [(tree, "", f"marche {dossier}")] if dossier else []
        return [*keys, (tree, supplier, "")]

    def owe(self, debt: _Debt) -> None:
        self.every.append(debt)
        self._note(debt.entry, debt)
        for key in self._keys(debt.entry.tree, debt.supplier, debt.number, debt.dossier):
            queue = self._found.get(key)
            if queue is None:  # an invoice is one debt, or a few; a supplier's are many
                queue = self._found[key] = [] if key[2] else deque()
            queue.append(debt)

    def _note(self, entry: Entry, debt: _Debt) -> None:
        """Remembers what an entry did to a debt, when a storno will ask."""
        if entry.piece in self._reversed:
            self._by_piece.setdefault((entry.piece, debt.movement.account.name), []).append(debt)

    def settle(self, entry: Entry, paid: int, supplier: str, number: str, dossier: str) -> None:
        for key in self._keys(entry.tree, supplier, number, dossier):
            queue = self._found.get(key)
            if not queue:
                continue
            named = bool(key[2])
            while paid and queue:
                debt = queue[0]
                if debt.left <= 0:
                    del queue[0]
                    continue
                part = min(debt.left, paid)
                debt.pay(entry, part)
                self._note(entry, debt)
                paid -= part
            if named:
                return

    def reverse(self, entry: Entry, movement: Movement) -> None:
        """A storno extinguishes the debt it mirrors, or takes back the payment it mirrors."""
        for debt in self._by_piece.get((entry.text("annule"), movement.account.name), ()):
            if movement.value > 0 and debt.left > 0:
                debt.pay(entry, min(debt.left, movement.value))
                return
            if movement.value < 0:
                debt.pay(entry, movement.value)
                for key in self._keys(debt.entry.tree, debt.supplier, debt.number, debt.dossier):
                    self._found[key].insert(0, debt)
                return


def advances(entries: Iterable[Entry]) -> tuple[Advance, ...]:
    """Money advanced to staff or suppliers under an `avance` number, with what justified or repaid it."""
    opened: dict[tuple[str, str], tuple[Entry, Movement, str, date | None, list[tuple[Entry, int]]]] = {}
    amounts: dict[tuple[str, str], int] = {}
    advancing: dict[Pattern, tuple[int, ...]] = {}
    for entry in entries:
        positions = advancing.get(entry.pattern)
        if positions is None:
            positions = advancing[entry.pattern] = entry.pattern.positions(ADVANCES)
        for position in positions:
            movement = entry.movements[position]
            if not movement.value:
                continue
            number = entry.text("avance", movement)
            if not number:
                continue
            key = (entry.tree, number)
            if key not in opened:
                opened[key] = (entry, movement, entry.payee_of(movement), entry.day("echeance", movement), [])
                amounts[key] = movement.value
            else:
                opened[key][4].append((entry, -movement.value))
    return tuple(
        Advance(number, tree, who, entry, due, amounts[tree, number], tuple(parts))
        for (tree, number), (entry, _, who, due, parts) in opened.items()
    )
