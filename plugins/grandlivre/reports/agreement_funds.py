"""The funds of each agreement of a tree over a period, in francs and in the agreement's own currency.

What an entry moves belongs to the agreement of its charge, else to that of its posting, else to the last one begun by its
day. An agreement that ended before the next one began leaves it what it has left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from grandlivre.books.records import Entry, Movement
from grandlivre.policy.donors import Agreement
from grandlivre.reports.exchange import Exchange, exchange
from grandlivre.reports.execution import charges
from grandlivre.reports.funds import FLOW, part_of
from grandlivre.reports.holdings import Group, group
from grandlivre.reports.kit.context import Context


@dataclass
class Flow:
    """What came and went, in smallest units of one currency."""

    opening: int = 0
    received: int = 0
    interest: int = 0
    other: int = 0
    expenses: int = 0

    @property
    def closing(self) -> int:
        """What is left."""
        return self.opening + self.received + self.interest + self.other - self.expenses

    def add(self, part: Group | str, amount: int, *, past: bool) -> None:
        """Counts an amount under its part, or in what the period opens with."""
        if past:
            self.opening += -amount if part == "expenses" else amount
        else:
            name = "received" if part == "funds" else part
            setattr(self, name, getattr(self, name) + amount)

    def __add__(self, other: Flow) -> Flow:
        names = ("opening", "received", "interest", "other", "expenses")
        return Flow(*(getattr(self, name) + getattr(other, name) for name in names))


@dataclass
class AgreementFunds:
    """One agreement's funds."""

    agreement: Agreement | None
    exchange: Exchange | None
    francs: Flow = field(default_factory=Flow)
    foreign: Flow = field(default_factory=Flow)
    """Nothing where the agreement is in the books' currency."""
    receipts: list[Entry] = field(default_factory=list)
    interests: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry, part: Group | str, amount: int, units: int, *, past: bool) -> None:
        """Counts what an entry moves."""
        self.francs.add(part, amount, past=past)
        self.foreign.add(part, units, past=past)
        if not past and part in ("funds", "interest"):
            (self.receipts if part == "funds" else self.interests).append(entry)


def agreement_funds(context: Context) -> Mapping[str, AgreementFunds]:
    """The funds of the scope's tree by the agreement's id; "" is what no agreement covers.

    Raises `MissingRateError` where a rate lacks.
    """
    return _Reading(context).read()


@dataclass(frozen=True)
class _Reading:
    context: Context

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        own = self.context.books.tree_agreements(self.context.scope.tree)
        return tuple(sorted(own, key=lambda each: each.start))

    @cached_property
    def spent(self) -> Mapping[int, Agreement | None]:
        """Whose each charged posting is."""
        return {id(each.movement): each.agreement for each in charges(self.context)}

    @cached_property
    def groups(self) -> Mapping[str, Group]:
        """The part of the statement each account of the tree belongs to."""
        books = self.context.books
        own = books.tree_accounts(self.context.scope.tree)
        return {account.name: group(account, books.policy.loan_accounts) for account in own}

    def read(self) -> Mapping[str, AgreementFunds]:
        context, start = self.context, self.context.period.start
        found: dict[str, AgreementFunds] = {}
        for entry in context.entries_to_date:
            if entry.kind == "cloture":
                continue
            past = entry.date < start or entry.is_taken_over
            for (id_, part), amount in self._moved(entry).items():
                own = found.get(id_)
                if own is None:
                    agreement = next((each for each in self.agreements if each.id == id_), None)
                    own = found[id_] = AgreementFunds(agreement, exchange(context, agreement))
                own.add(entry, part, amount, self._units(entry, own, part, amount), past=past)
        return found

    def _moved(self, entry: Entry) -> Mapping[tuple[str, str], int]:
        """What an entry brings to each part of each agreement's flow; what it charges counts as spent."""
        moved: dict[tuple[str, str], int] = {}
        for movement, part in self._parts(entry):
            agreement = self.spent[id(movement)] if part == "expenses" else self._home(entry, movement)
            key = (agreement.id if agreement is not None else "", part)
            moved[key] = moved.get(key, 0) + (movement.value if part == "expenses" else -movement.value)
        return moved

    def _parts(self, entry: Entry) -> Iterator[tuple[Movement, str]]:
        tree = self.context.scope.tree
        for movement in entry.movements:
            if movement.account.tree != tree or not movement.value:
                continue
            if id(movement) in self.spent:
                yield movement, "expenses"
                continue
            part = part_of(self.groups[movement.account.name], entry, movement)
            if part in FLOW:
                yield movement, part

    def _home(self, entry: Entry, movement: Movement) -> Agreement | None:
        named = self.context.books.agreement(entry, movement)
        if named is not None or not self.agreements:
            return named
        begun = [each for each in self.agreements if each.start <= entry.date]
        return begun[-1] if begun else self.agreements[0]

    def _units(self, entry: Entry, own: AgreementFunds, part: str, amount: int) -> int:
        """The same in the agreement's currency: what it was paid in, what its charges were converted to, else the day's rate."""
        if own.exchange is None:
            return 0
        if part == "expenses":
            charged = (each for each in entry.movements if self.spent.get(id(each)) is own.agreement)
            return sum(own.exchange.of_movement(each) for each in charged)
        receipt = own.exchange.receipts.get(entry.place) if part == "funds" else None
        if receipt is not None and receipt.units and not receipt.is_brought_forward:
            return receipt.units  # what the bank gave beside is the exchange's, whatever account keeps it
        if receipt is not None and receipt.units:
            return receipt.units + own.exchange.worth(amount - receipt.value, entry.date)
        return own.exchange.worth(amount, entry.date)
