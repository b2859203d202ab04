"""What suppliers are owed, by what each debt was born of: a charge or an asset, its budget line; no pro-rata.

A debt belongs to the postings of its own entry, in their order: a debt for assets (48) to assets first, the others to
charges first. A payment settles the parts of the debt it pays, in their order. A debt that replaces another (408 → 401)
keeps the origin of the other. A payment that names no supplier who is owed settles the account's oldest debts. What no debt explains stays under the account's own number (Guide d'application, App. 21, 22).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import NamedTuple

from grandlivre.books.budget import Charge
from grandlivre.books.index import Books
from grandlivre.books.purchases import Invoice
from grandlivre.books.records import Account, Entry, Posted
from grandlivre.policy.sycebnl import ASSETS, BORN_OF, SUPPLIER_DEBTS, SUPPLIERS_OF_ASSETS
from grandlivre.statements.figures import AccountYear, Span


class Origin(NamedTuple):
    """What a debt was born of."""

    number: str
    """The number of the account charged; "" when unknown."""
    agreement: str
    """The agreement of its budget line; "" when unknown."""
    line: str
    """The code of its budget line; "" when unknown."""


class DebtMovement(NamedTuple):
    """What changes a debt of one origin, debits positive."""

    entry: Entry
    account: Account
    origin: Origin
    amount: int

    @property
    def date(self) -> date:
        """The booking date."""
        return self.entry.date


@dataclass(slots=True)
class _Part:
    """A part of an entry's charges, or of a debt, still to be taken."""

    origin: Origin
    left: int
    taken: int = 0

    def take(self, amount: int) -> int:
        """Takes at most an amount; what it took."""
        part = min(self.left, amount)
        self.left -= part
        self.taken += part
        return part

    def give_back(self, amount: int) -> int:
        """Takes back at most an amount; what it took back."""
        part = min(self.taken, amount)
        self.left += part
        self.taken -= part
        return part


def debt_movements(books: Books) -> tuple[DebtMovement, ...]:
    """Every movement on what suppliers are owed, by origin: one pass over the invoices and what settled them."""
    return books.once("debt movements", lambda: tuple(_movements(books)))


def debts_of(books: Books, tree: str) -> Sequence[DebtMovement]:
    """The same, of one tree."""

    def read() -> dict[str, list[DebtMovement]]:
        found: dict[str, list[DebtMovement]] = {}
        for each in debt_movements(books):
            found.setdefault(each.account.tree, []).append(each)
        return found

    return books.once("debt movements by tree", read).get(tree, ())


class DebtSum(NamedTuple):
    """What the debts of one origin did on an account, debits positive."""

    account: Account
    origin: Origin
    before: int
    """Before a span, and the openings of it."""
    within: int | None
    """In the span, openings left out; None when nothing moved."""


def debt_sums(books: Books, span: Span) -> Mapping[str, Sequence[DebtSum]]:
    """By tree, every debt movement up to the end of a span, added up by account and origin."""
    return books.once(("debt sums", span), lambda: _sums(debt_movements(books), span))


def _sums(movements: Iterable[DebtMovement], span: Span) -> dict[str, list[DebtSum]]:
    start, end = span
    accounts: dict[str, Account] = {}
    before: dict[tuple[str, Origin], int] = {}
    within: dict[tuple[str, Origin], int] = {}
    for entry, account, origin, amount in movements:
        if entry.date <= end:
            key = (account.name, origin)
            ahead = entry.date < start or entry.is_opening
            before[key] = before.get(key, 0) + (amount if ahead else 0)
            if not ahead:
                within[key] = within.get(key, 0) + amount
            accounts[account.name] = account
    found: dict[str, list[DebtSum]] = {}
    for (name, origin), amount in before.items():
        own = found.setdefault(accounts[name].tree, [])
        own.append(DebtSum(accounts[name], origin, amount, within.get((name, origin))))
    return found


def debts_by_origin(books: Books, span: Span) -> Mapping[str, Mapping[str, int]]:
    """By account, what its movements of a span bring to each origin's number (debits positive); openings left out."""

    def read() -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for account, origin, _, amount in chain.from_iterable(debt_sums(books, span).values()):
            if origin.number and amount is not None:
                own = found.setdefault(account.name, {})
                own[origin.number] = own.get(origin.number, 0) + amount
        return found

    return books.once(("debts by origin", span), read)


def at_origin(books: Books, span: Span, read: Iterable[AccountYear]) -> Iterator[AccountYear]:
    """The figures with what suppliers are owed under the numbers that the debts were born of: a line reads both together.

    For movements alone: their openings stay out.
    """
    known = debts_by_origin(books, span)
    for each in read:
        own = known.get(each.account.name)
        if own is None:
            yield each
            continue
        for number, amount in own.items():
            yield _moved(each.account._replace(number=number), amount)
        left = each.movement - sum(own.values())
        if left:
            yield _moved(each.account, left)


def _moved(account: Account, amount: int) -> AccountYear:
    return AccountYear(account, 0, max(amount, 0), max(-amount, 0), 0)


def _movements(books: Books) -> Iterator[DebtMovement]:
    known = _known_origins(books)
    others = {id(invoice.entry): invoice.entry for invoice in books.invoices if id(invoice.entry) not in known}
    charges: dict[int, list[Charge]] = {}
    for charge in books.charges_of(others.values()):
        charges.setdefault(id(charge.entry), []).append(charge)
    settled: dict[int, list[_Part]] = {}
    """By entry, what it settled: what a debt that it books in turn was born of."""
    waiting: dict[int, list[_Part]] = {}
    """By entry, what its debts have not taken yet."""
    debts: list[_Debt] = []
    for invoice in books.invoices:
        place, account = id(invoice.entry), invoice.movement.account
        origin = known.get(place)
        if origin is not None:
            parts = [_Part(origin, invoice.amount)]
        else:
            if place not in waiting:
                waiting[place] = list(_sources(books, invoice.entry, charges.get(place, ())))
            parts, left = _born(invoice, [*waiting[place], *settled.get(place, ())])
            if left:
                parts.append(_Part(_own(books, invoice), left))
        for part in parts:
            yield DebtMovement(invoice.entry, account, part.origin, -part.left)
        for entry, amount in invoice.settlements:
            for origin, paid in _paid(parts, amount):
                yield DebtMovement(entry, account, origin, paid)
                if paid > 0:
                    settled.setdefault(id(entry), []).append(_Part(origin, paid))
        if any(part.left for part in parts):
            debts.append(_Debt(invoice, parts))
    yield from _paid_unnamed(books, debts, settled)


class _Debt(NamedTuple):
    """A debt with what is left of its parts."""

    invoice: Invoice
    parts: list[_Part]


def _paid_unnamed(
    books: Books, debts: Iterable[_Debt], settled: Mapping[int, Iterable[_Part]]
) -> Iterator[DebtMovement]:
    """What was paid without the name of a supplier who is owed: the account's debt of that invoice number, else its oldest."""
    open_: dict[str, list[_Debt]] = {}
    for debt in debts:
        open_.setdefault(debt.invoice.movement.account.name, []).append(debt)
    for name, owed in open_.items():
        left = sum(part.left for debt in owed for part in debt.parts)
        if books.ledger(name).balances[-1] == -left:
            continue  # every payment found its debt
        for posted in books.movements(name):
            if not (posted.entry.is_storno or posted.entry.is_opening):
                named = sum(part.left + part.taken for part in settled.get(id(posted.entry), ()))
                yield from _pays(posted, posted.movement.value - named, owed)


def _pays(posted: Posted, paid: int, owed: Sequence[_Debt]) -> Iterator[DebtMovement]:
    """What a payment without the supplier's name settles of an account's debts."""
    entry, movement = posted
    number = entry.text("facture", movement)
    for debt in sorted(owed, key=lambda debt: not (number and debt.invoice.number == number)):
        if paid > 0 and debt.invoice.entry.date <= entry.date:
            for origin, amount in _paid(debt.parts, paid):
                yield DebtMovement(entry, movement.account, origin, amount)
                paid -= amount


def _known_origins(books: Books) -> dict[int, Origin]:
    """By entry, what a debt is born of where entries alike charge one account and owe as much."""
    found: dict[int, Origin] = {}
    for each in books.alike_charges[0]:
        accounts, run = each.shape.pattern.accounts, each.run
        if len(accounts) != len(("debit", "credit")) or len(each.positions) != 1:
            continue
        (charged,) = each.positions
        number, agreement = accounts[charged].number, each.agreement.id if each.agreement is not None else ""
        told = zip(each.entries, each.shape.moved(charged)[run], each.shape.moved(1 - charged)[run], strict=True)
        if accounts[1 - charged].is_(*SUPPLIER_DEBTS) and all(value == -owed > 0 for _, value, owed in told):
            origins = {line: Origin(number, agreement, line) for line in each.lines()}
            lines = each.shape.texts("ligne")[run]
            found.update((id(entry), origins[line]) for entry, line in zip(each.entries, lines, strict=True))
    return found


def _sources(books: Books, entry: Entry, charged: Iterable[Charge]) -> Iterator[_Part]:
    """What an entry charges, posting by posting: accounts of charges and assets, and of what else a debt may be born of.

    Balances brought forward charge nothing.
    """
    if entry.is_opening:
        return
    lines = {charge.movement.line: charge for charge in charged}
    for movement in entry.movements:
        if movement.value > 0 and movement.account.is_(*BORN_OF):
            charge = lines.get(movement.line)
            agreement = charge.agreement.id if charge is not None and charge.agreement is not None else ""
            yield _Part(Origin(movement.account.number, agreement, charge.line if charge else ""), movement.value)


def _own(books: Books, invoice: Invoice) -> Origin:
    """What is known of a debt without charges (brought forward): the budget line it names."""
    entry, movement = invoice.entry, invoice.movement
    agreement = books.agreement(entry, movement)
    return Origin("", agreement.id if agreement is not None else "", entry.text("ligne", movement))


def _born(invoice: Invoice, sources: list[_Part]) -> tuple[list[_Part], int]:
    """The parts of a debt (of assets first when suppliers of assets are owed, else of all others first); what is left of it."""
    if len(sources) > 1:
        of_assets = invoice.movement.account.is_(*SUPPLIERS_OF_ASSETS)
        sources.sort(key=lambda part: part.origin.number.startswith(ASSETS) is not of_assets)
    parts, left = list[_Part](), invoice.amount
    for source in sources:
        taken = source.take(left)
        if taken:
            parts.append(_Part(source.origin, taken))
            left -= taken
    return parts, left


def _paid(parts: list[_Part], amount: int) -> Iterator[tuple[Origin, int]]:
    """Which parts of a debt an amount settles; a negative one (a payment reversed) takes the last ones back."""
    left = abs(amount)
    for part in parts if amount > 0 else reversed(parts):
        moved = part.take(left) if amount > 0 else part.give_back(left)
        if moved:
            yield part.origin, moved if amount > 0 else -moved
            left -= moved
