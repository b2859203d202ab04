"""What was received and paid, and what it was for: the books read on a cash basis for the minimal cash system (SYCEBNL, SMT).

A payment that settles a debt is for what the debt was born of: the charge of the invoice it names, else of the supplier's (the
account's) oldest. A debt brought forward has no known birth: its payment stays on the account of the debt. Whole francs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry, Movement
from grandlivre.guards.naming import invoice_key
from grandlivre.policy.layouts import NO_SIDE, Side
from grandlivre.policy.sycebnl import (
    ASSET_DEBTS,
    ASSETS,
    BANK_FEES,
    CAPITAL,
    NOT_OWED,
    PAYABLES,
    RESULT,
    STOCKS,
    SUPPLIERS,
    TREASURY,
)
from grandlivre.statements.couples import Couple, couples
from grandlivre.statements.figures import Span, is_closing

_BIRTHS = (*ASSETS, *STOCKS, *RESULT)
"""What a debt may be born of."""
_OUTSIDE = (*CAPITAL, *ASSETS, *ASSET_DEBTS)
"""What receipts and payments are never counted for: class 1, class 2 and the debts of assets."""


class Flow(NamedTuple):
    """A part of an entry: money that came in (positive) or went out, or a change without money."""

    entry: Entry
    movement: Movement
    """The posting that is not treasury."""
    account: Account
    """What it is for: the posting's account, else that of the charge or asset behind a debt."""
    amount: int
    side: Side = NO_SIDE
    """C for a receipt, D for a payment, whatever a storno makes of its sign."""
    treasury: Account | None = None
    """Where the money was; None without money."""

    @property
    def counts(self) -> bool:
        """Whether it is a receipt or a payment of the year's activity."""
        return not self.account.is_(*_OUTSIDE)


@dataclass(frozen=True)
class CashBasis:
    """A year on a cash basis."""

    flows: tuple[Flow, ...]
    """Receipts and payments, in the order of the books."""
    beside: tuple[Flow, ...]
    """What class 1, class 2 and the debts of assets moved without money: debits positive."""
    asset_debts: tuple[Flow, ...]
    """What the debts born of an asset gained and lost, money or not: debits positive."""

    @property
    def parts(self) -> tuple[tuple[Flow, ...], ...]:
        """The three, in the order they are written."""
        return self.flows, self.beside, self.asset_debts

    def between(self, span: Span) -> CashBasis:
        """What of it is of a span."""

        def of_the_span(flows: Sequence[Flow]) -> tuple[Flow, ...]:
            first = bisect_left(flows, span.start, key=_day_of)
            return tuple(flows[first : bisect_right(flows, span.end, key=_day_of)])

        return CashBasis(*map(of_the_span, self.parts))

    @property
    def new_asset_debts(self) -> int:
        """What more is owed for assets at the end than at the beginning."""
        return -sum(each.amount for each in self.asset_debts)


def cash_basis(books: Books, span: Span) -> CashBasis:
    """The year on a cash basis: debts are followed since the books began."""
    read = books.once("cash basis", lambda: Reading(books, Kinds(books.accounts.values())).read(books.entries))
    return books.once(("cash basis", span), lambda: read.between(span))


def _day_of(flow: Flow) -> date:
    return flow.entry.date


class _Birth(NamedTuple):
    """A part of what is settled, and what it was born of."""

    origin: Account | None
    """None where nothing says it."""
    amount: int


@dataclass(slots=True)
class Lot:
    """A part of a debt that is not settled yet."""

    origin: Account | None
    left: int


Key = tuple[str, str, str]
"""The account, the supplier and the invoice."""


@dataclass(slots=True)
class Outcome:
    """What entries did, and what must be done again the other way when a storno takes one back."""

    flows: list[Flow] = field(default_factory=list)
    beside: list[Flow] = field(default_factory=list)
    asset_debts: list[Flow] = field(default_factory=list)
    owed: list[tuple[Key, Account | None, int]] = field(default_factory=list)
    settled: list[tuple[Key, Account | None, int]] = field(default_factory=list)

    @property
    def told(self) -> tuple[list[Flow], list[Flow], list[Flow]]:
        """What the books say of money."""
        return self.flows, self.beside, self.asset_debts

    @property
    def basis(self) -> CashBasis:
        """The same, for good."""
        return CashBasis(*map(tuple, self.told))


class Reading:
    """One pass over the books, from their first entry."""

    def __init__(self, books: Books, kinds: Kinds) -> None:
        self.books = books
        self.kinds = kinds
        self.every = Outcome()
        self.lots: dict[Key, deque[Lot]] = {}
        self.bills: dict[tuple[str, str], dict[Key, None]] = {}
        """The numbered invoices that each supplier is still owed, the oldest first."""
        self.reversed: dict[str, Outcome] = {}
        """What the vouchers did that a storno takes back."""

    def read(self, entries: Iterable[Entry]) -> CashBasis:
        """What entries did, in their order."""
        for entry in entries:
            if entry.is_opening:
                self._brought_forward(entry)
            elif not is_closing(entry):
                self._entry(entry)
        return self.every.basis

    def _brought_forward(self, entry: Entry) -> None:
        """Debts whose birth is in no book of ours."""
        for movement in entry.movements:
            if movement.value < 0 and movement.account.name in self.kinds.debts:
                self._owe(Outcome(), entry, movement, None, -movement.value)

    def _entry(self, entry: Entry) -> None:
        original = self.reversed.get(entry.text("annule")) if entry.is_storno else None
        if original is not None:
            self._take_back(entry, original)
            return
        if entry.piece not in self.books.reversed_pieces:
            for couple in couples(entry):
                self.couple(self.every, entry, couple)
            return
        outcome = self.reversed[entry.piece] = Outcome()
        for couple in couples(entry):
            self.couple(outcome, entry, couple)
        for whole, part in zip(self.every.told, outcome.told, strict=True):
            whole += part

    def _take_back(self, storno: Entry, original: Outcome) -> None:
        """The original's outcome with the opposite sign; debts are as if it had never been."""
        own = {movement.account.name: movement for movement in storno.movements}
        for whole, part in zip(self.every.told, original.told, strict=True):
            whole += [
                each._replace(
                    entry=storno, movement=own.get(each.movement.account.name, each.movement), amount=-each.amount
                )
                for each in part
            ]
        for key, origin, amount in original.owed:
            self._forget(key, origin, amount)
        for key, origin, amount in original.settled:
            self.add(key, Lot(origin, amount))

    def couple(self, outcome: Outcome, entry: Entry, couple: Couple) -> None:
        """What a debit and the credit that answers it did."""
        debit, credit, amount = couple
        paid, received = credit.account.name in self.kinds.money, debit.account.name in self.kinds.money
        if paid and received:
            return
        if paid:
            self._pay(outcome, entry, couple)
        elif received:
            outcome.flows.append(Flow(entry, credit, credit.account, amount, "C", debit.account))
            self._born(outcome, entry, credit, None, amount)
        elif debit.account.name in self.kinds.fees and (bank := self._kept_back(entry, credit)) is not None:
            outcome.flows.append(Flow(entry, credit, credit.account, amount, "C", bank))
            outcome.flows.append(Flow(entry, debit, debit.account, -amount, "D", bank))
        else:
            self._without_money(outcome, entry, couple)

    def _pay(self, outcome: Outcome, entry: Entry, couple: Couple) -> None:
        debit, credit, amount = couple
        if debit.account.name not in self.kinds.debts:
            outcome.flows.append(Flow(entry, debit, debit.account, -amount, "D", credit.account))
            return
        for birth in self._settle(outcome, entry, debit, amount):
            account = birth.origin or debit.account
            outcome.flows.append(Flow(entry, debit, account, -birth.amount, "D", credit.account))
            if self.kinds.is_of_an_asset(debit.account, birth.origin):
                outcome.asset_debts.append(Flow(entry, debit, account, birth.amount))

    def _without_money(self, outcome: Outcome, entry: Entry, couple: Couple) -> None:
        """A charge, an asset or another debt against a debt, or what only moves between accounts."""
        debit, credit, amount = couple
        for birth in self._settle(outcome, entry, debit, amount):
            part = Flow(entry, debit, debit.account, birth.amount)
            if debit.account.name in self.kinds.lasting:
                outcome.beside.append(part)
            elif self.kinds.is_of_an_asset(debit.account, birth.origin):
                outcome.beside.append(part)
                outcome.asset_debts.append(part)
            if self._born(outcome, entry, credit, birth.origin, birth.amount):
                outcome.beside.append(Flow(entry, credit, credit.account, -birth.amount))
            if credit.account.name in self.kinds.lasting:
                outcome.beside.append(Flow(entry, credit, credit.account, -birth.amount))

    def _born(self, outcome: Outcome, entry: Entry, credit: Movement, origin: Account | None, amount: int) -> bool:
        """Follows what is owed from here on; whether it is owed for an asset."""
        if credit.account.name in self.kinds.debts:
            self._owe(outcome, entry, credit, origin, amount)
        if not self.kinds.is_of_an_asset(credit.account, origin):
            return False
        outcome.asset_debts.append(Flow(entry, credit, credit.account, -amount))
        return True

    # --- debts --------------------------------------------------------------------------------------------------------

    def keys(self, entry: Entry, movement: Movement) -> tuple[Key, ...]:
        """Where a debt is looked for: the invoice named, then its supplier, then whoever was brought forward."""
        account = movement.account
        if account.name not in self.kinds.suppliers:
            return ((account.name, "", ""),)
        who = self.books.suppliers.key(entry.text("nif", movement), entry.payee_of(movement))
        number = invoice_key(entry.text("facture", movement))
        named = ((account.name, who, number),) if number else ()
        return (*named, (account.name, who, ""), (account.name, "", ""))

    def _owe(self, outcome: Outcome, entry: Entry, movement: Movement, origin: Account | None, amount: int) -> None:
        key = self.keys(entry, movement)[0]
        if entry.is_taken_over and origin is None and not key[2]:
            key = (key[0], "", "")
        self.add(key, Lot(origin, amount))
        outcome.owed.append((key, origin, amount))

    def add(self, key: Key, lot: Lot) -> None:
        """What is owed from here on, under a key."""
        self.lots.setdefault(key, deque()).append(lot)
        if key[2]:
            self.bills.setdefault(key[:2], {})[key] = None

    def _settle(self, outcome: Outcome, entry: Entry, movement: Movement, amount: int) -> Iterator[_Birth]:
        """What an amount debited to a posting settles: the posting's own account where it is no debt."""
        account = movement.account
        if account.name not in self.kinds.debts:
            yield _Birth(account if account.name in self.kinds.births else None, amount)
            return
        for key in self._searched(entry, movement):
            for lot, part in self._taken(key, amount):
                amount -= part
                outcome.settled.append((key, lot.origin, part))
                yield _Birth(lot.origin, part)
        if amount:
            yield _Birth(None, amount)

    def _taken(self, key: Key, amount: int) -> Iterator[tuple[Lot, int]]:
        """The lots of a debt that an amount settles, the oldest first."""
        lots = self.lots.get(key)
        while amount and lots:
            lot = lots[0]
            part = min(amount, lot.left)
            lot.left -= part
            amount -= part
            if not lot.left:
                lots.popleft()
            yield lot, part
        if not lots and key[2]:
            self.bills.get(key[:2], {}).pop(key, None)

    def _searched(self, entry: Entry, movement: Movement) -> tuple[Key, ...]:
        """The debts of a payment: the invoice it names, else its supplier's, else what was brought forward for anybody."""
        *named, own, anybody = ("", "", ""), *self.keys(entry, movement)
        if movement.account.name not in self.kinds.suppliers:
            return (anybody,)
        if self.lots.get(named[-1]):
            return (named[-1],)
        return (own, *self.bills.get(own[:2], {}), anybody)

    def _forget(self, key: Key, origin: Account | None, amount: int) -> None:
        """Takes a debt out again, the latest of that origin first."""
        lots = self.lots.get(key, deque())
        for lot in reversed(lots):
            part = min(amount, lot.left) if lot.origin == origin else 0
            lot.left -= part
            amount -= part
        self.lots[key] = deque(lot for lot in lots if lot.left)

    def _kept_back(self, entry: Entry, credit: Movement) -> Account | None:
        """The bank that kept its fee back from what it received: received whole, then paid (SYCEBNL art. 16: no set-off)."""
        if credit.account.is_(*PAYABLES):
            return None
        received = (m for m in entry.movements if (m.value > 0) is not entry.is_storno)
        return next((m.account for m in received if m.account.name in self.kinds.money), None)


class Kinds:
    """What each account is, by its name: asked at every posting."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        every = tuple(accounts)

        def names(prefixes: tuple[str, ...], less: tuple[str, ...] = ()) -> frozenset[str]:
            return frozenset(each.name for each in every if each.is_(*prefixes) and not each.is_(*less))

        self.money = names(TREASURY)
        self.debts = names(PAYABLES, NOT_OWED)
        """What is owed for charges and assets."""
        self.suppliers = names(SUPPLIERS)
        self.births = names(_BIRTHS)
        self.lasting = names((*CAPITAL, *ASSETS))
        self.assets = names(ASSETS)
        self.asset_debts = names(ASSET_DEBTS)
        self.owed = self.debts | self.asset_debts
        self.fees = names(BANK_FEES)

    def is_of_an_asset(self, account: Account, origin: Account | None) -> bool:
        """Whether a debt on an account, born of another, is owed for an asset."""
        if account.name in self.asset_debts:
            return True
        return origin is not None and origin.name in self.assets and account.name in self.debts
