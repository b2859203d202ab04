"""Purchases, payments, invoices and advances: what the movements of the books mean together (contract §5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from grandlivre.books.records import Advance, Entry, Invoice, Movement, Payment, Posted, Purchase
from grandlivre.books.suppliers import Suppliers, same_name

PURCHASE_NATURES = ("21", "22", "23", "24", "25", "60", "61", "62", "63")
PURCHASE_EXCLUSIONS = ("603", "6051", "6052", "614", "6181", "6222", "631", "6384")
BANK_FEES = ("631", "6712", "6745")


class Nature(NamedTuple):
    """Which numbers make a purchase: the natures less the exclusions."""

    included: tuple[str, ...] = PURCHASE_NATURES
    excluded: tuple[str, ...] = PURCHASE_EXCLUSIONS

    def holds(self, number: str) -> bool:
        """Whether an account of that number is bought."""
        return number.startswith(self.included) and not number.startswith(self.excluded)


def cancelled_by_storno(entries: Iterable[Entry]) -> frozenset[str]:
    """The vouchers a storno reverses."""
    return frozenset(entry.text("annule") for entry in entries if entry.is_storno) - {""}


def purchase_lines(entries: Iterable[Entry], nature: Nature, reversed_: frozenset[str]) -> Iterator[Posted]:
    """Every posting that buys something, in the order of the books."""
    included, excluded = nature
    for entry in entries:
        if entry.kind or entry.meta.get("reciproque") is True or entry.piece in reversed_:
            continue
        for movement in entry.movements:
            number = movement.account.number
            if movement.value > 0 and number.startswith(included) and not number.startswith(excluded):
                yield Posted(entry, movement)


def purchases(lines: Iterable[Posted], suppliers: Suppliers) -> tuple[Purchase, ...]:
    """Purchases added up by dossier, else (supplier, invoice), else voucher."""
    groups: dict[tuple[str, str, str], list[Posted]] = {}
    for line in lines:
        entry, movement = line
        dossier = entry.text("marche", movement)
        invoice = entry.text("facture", movement)
        if dossier:
            key = ("marche", entry.tree, dossier)
        elif invoice:
            who = suppliers.key(entry.text("nif", movement), entry.payee_of(movement))
            key = ("facture", entry.tree, f"{who}\0{invoice}")
        else:
            # a mission voucher split by `beneficiaire` buys from each supplier apart
            who = same_name(entry.text("beneficiaire", movement))
            key = ("piece", entry.tree, f"{entry.piece or f'{entry.file}:{entry.line}'}\0{who}")
        groups.setdefault(key, []).append(line)
    found = []
    for (kind, tree, key_text), group in groups.items():
        entry, movement = group[0]
        name = entry.payee_of(movement)
        supplier = suppliers.key(entry.text("nif", movement), name)
        total = sum(line.movement.value for line in group)
        found.append(
            Purchase(
                kind, key_text.split("\0")[-1 if kind == "facture" else 0], tree, supplier, name, tuple(group), total
            )
        )
    return tuple(found)


def payments(entries: Iterable[Entry], accounts: tuple[str, ...], fees: tuple[str, ...]) -> tuple[Payment, ...]:
    """What goes out of treasury accounts of those numbers, less stornos and plain bank charges; one a (entry, account)."""
    found: list[Payment] = []
    for entry in entries:
        if entry.kind in ("extourne", "a-nouveau", "cloture"):
            continue
        out: dict[str, list[Movement]] = {}
        others: list[Movement] = []
        for movement in entry.movements:
            if movement.account.number.startswith(accounts):
                if movement.value < 0 or movement.units < 0:
                    out.setdefault(movement.account.name, []).append(movement)
            else:
                others.append(movement)
        if not out or (others and all(movement.account.number.startswith(fees) for movement in others)):
            continue
        for group in out.values():
            amount = -sum(movement.value for movement in group)
            found.append(Payment(entry, group[0].account, amount, tuple(group)))
    return tuple(found)


_SUPPLIER_DEBTS = ("401", "402", "404", "408", "481")


def _is_debt(number: str) -> bool:
    return number.startswith(_SUPPLIER_DEBTS)


def invoices(entries: Iterable[Entry], suppliers: Suppliers) -> tuple[Invoice, ...]:
    """Debts to suppliers with what settled each: by invoice or dossier when named, else the supplier's oldest (FIFO)."""
    owed: dict[tuple[str, str], list[_Debt]] = {}
    every: list[_Debt] = []
    for entry in entries:
        for movement in entry.movements:
            if not movement.value or not _is_debt(movement.account.number):
                continue
            name = entry.payee_of(movement)
            supplier = suppliers.key(entry.text("nif", movement), name)
            number = entry.text("facture", movement)
            dossier = entry.text("marche", movement)
            queue = owed.setdefault((entry.tree, supplier), [])
            if entry.is_storno:
                _reverse(every, entry, movement)
            elif movement.value < 0:
                debt = _Debt(entry, movement, supplier, number, dossier, -movement.value, [])
                queue.append(debt)
                every.append(debt)
            else:
                _settle(queue, entry, movement.value, number, dossier)
    return tuple(
        Invoice(debt.entry, debt.movement, debt.supplier, debt.number, debt.amount, tuple(debt.settlements))
        for debt in every
    )


class _Debt(NamedTuple):
    entry: Entry
    movement: Movement
    supplier: str
    number: str
    dossier: str
    amount: int
    settlements: list[tuple[Entry, int]]

    @property
    def left(self) -> int:
        return self.amount - sum(paid for _, paid in self.settlements)


def _settle(queue: list[_Debt], entry: Entry, paid: int, number: str, dossier: str) -> None:
    named = [debt for debt in queue if number and debt.number == number]
    if not named and dossier:
        named = [debt for debt in queue if debt.dossier == dossier]
    for debt in named or queue:
        left = debt.left
        if left <= 0:
            continue
        part = min(left, paid)
        debt.settlements.append((entry, part))
        paid -= part
        if not paid:
            break
    while not named and queue and queue[0].left <= 0:
        queue.pop(0)


def _reverse(every: list[_Debt], entry: Entry, movement: Movement) -> None:
    """A storno settles the debt it mirrors, or takes back the payment it mirrors."""
    target = entry.text("annule")
    for debt in every:
        if debt.entry.piece == target and debt.movement.account.name == movement.account.name and debt.left > 0:
            debt.settlements.append((entry, min(debt.left, abs(movement.value))))
            return
        if any(paid.piece == target for paid, _ in debt.settlements):
            debt.settlements.append((entry, -abs(movement.value)))
            return


_ADVANCES = ("4211", "4213", "4091", "4212")


def advances(entries: Iterable[Entry]) -> tuple[Advance, ...]:
    """Money advanced to staff or suppliers under an `avance` number, with what justified or repaid it."""
    opened: dict[tuple[str, str], tuple[Entry, Movement, str, date | None, list[tuple[Entry, int]]]] = {}
    amounts: dict[tuple[str, str], int] = {}
    for entry in entries:
        for movement in entry.movements:
            if not movement.account.number.startswith(_ADVANCES) or not movement.value:
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
