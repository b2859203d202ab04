"""What leaves the treasury: who signed it, and up to which amount nobody has to authorise it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from grandlivre.guards.change import Change, PlainEntry, PlainMovement
from grandlivre.guards.naming import carries, names_of_traders, plain_name, said
from grandlivre.guards.record import NamedTuple

# annotations are texts here: `date` is not imported for them
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

Hand = tuple[str, int, int, tuple[str, ...]]
"""An account that pays, the rank of the day and of the amount among their thresholds, who signed."""
APART = ("date-valeur", "mode", "cheque", "ordre")
"""Keys by which charges are none that a bank took by itself, and a day is not the ordinary one."""


class Charges(NamedTuple):
    """What a bank takes by itself, with nothing to be signed."""

    numbers: tuple[str, ...]
    """How the numbers of charges begin."""
    ceiling: int | None
    banks: tuple[tuple[str, str], ...]
    """The bank of an account, as names are compared."""
    takers: frozenset[str | None]
    """Of other accounts, whoever took some, as names are compared, and is neither one of the people nor a supplier."""
    payables: tuple[str, ...]
    """How the numbers of accounts begin on which suppliers are owed."""

    def holds(self, entry: PlainEntry, paid: PlainMovement) -> bool:
        """Whether all else is charges of an account."""
        others = [each for each in entry.movements if each.account != paid.account]
        return bool(others) and all(each.number.startswith(self.numbers) for each in others)

    def are_quiet(self, entry: PlainEntry, paid: PlainMovement, traders: frozenset[str | None]) -> bool:
        """Whether its bank surely took them by itself, whoever else became a supplier."""
        names = {plain_name(text) for text in payees(entry) | {entry.payee}}
        bank = dict(self.banks).get(paid.account)
        taken = names == {bank} if bank is not None else names <= self.takers - traders
        within = self.ceiling is None or -paid.amount <= self.ceiling
        return within and taken and not any(carries(entry, key) for key in APART[1:])


class Signatures(NamedTuple):
    """A payment that is not signed as those of which the rule was silent."""

    paying: tuple[str, ...]
    """How the numbers of accounts begin whose payments are signed."""
    keys: tuple[str, ...]
    """The keys of the signatories."""
    days: tuple[date, ...]
    """The days, in order, from which on other mandates hold."""
    amounts: tuple[int, ...]
    """The ceilings of the mandates, in order."""
    people: frozenset[str]
    """The names of the people, as they are compared, and their identifiers: none signs what is for him."""
    charges: Charges
    silent: frozenset[Hand]
    """How the payments were signed of which nothing is said."""
    proved: date | None = None
    """From which day on a payment asks for visas."""

    def is_met(self, change: Change) -> bool:
        """Whether such a payment went or came."""
        traders = names_of_traders(change, self.charges.payables)
        return not all(self._is_quiet(entry, traders) for entry in change.entries())

    def _is_quiet(self, entry: PlainEntry, traders: frozenset[str | None]) -> bool:
        touched = [each for each in entry.movements if each.number.startswith(self.paying)]
        if all(each.amount > 0 for each in touched):
            return True
        if len(touched) > 1 or carries(entry, "date-valeur"):
            return False
        [paid] = touched
        if self.charges.holds(entry, paid):
            return self.charges.are_quiet(entry, paid, traders)
        names = {plain_name(text) for text in payees(entry)}
        if None in names or not self.people.isdisjoint(names | payees(entry)):
            return False
        if self.proved is not None and self.proved <= entry.date:
            return False
        return self.hand(entry, paid) in self.silent

    def hand(self, entry: PlainEntry, paid: PlainMovement) -> Hand:
        """How a payment is signed."""
        signed = tuple([said(entry, key, paid) for key in self.keys])
        return paid.account, self.day(entry.date), self.amount(-paid.amount), signed

    def day(self, day: date) -> int:
        """The rank of a day among the turning days."""
        return bisect_right(self.days, day)

    def amount(self, amount: int) -> int:
        """The rank of an amount among the ceilings."""
        return bisect_left(self.amounts, amount)


def payees(entry: PlainEntry) -> set[str]:
    """Whoever an entry names as its payee."""
    told = {said(entry, "beneficiaire", each) for each in entry.movements}
    return {entry.payee, said(entry, "beneficiaire"), *told} - {""}


class Spending(NamedTuple):
    """A spending beyond what nobody has to authorise, alone or with others of its invoice or dossier."""

    paying: tuple[str, ...]
    """How the numbers of accounts of treasury begin."""
    limit: int
    """Up to which amount nobody authorises."""
    heavy: frozenset[str]
    """The invoices and dossiers, by tree, of which more than half of that is paid."""
    frameworks: frozenset[str]
    """The dossiers of framework contracts, which do not add up."""

    def is_met(self, change: Change) -> bool:
        """Whether such a spending went or came, or what may authorise it."""
        if any(self._paid(entry) > self.limit for entry in change.entries()):
            return True
        added: dict[str, int] = {}
        for entry in change.entries():
            for number in numbers(entry, self.frameworks):
                if number in self.heavy:
                    return True
        for entry in change.come:
            for number in numbers(entry, self.frameworks):
                added[number] = added.get(number, 0) + self._paid(entry)
        return any(2 * amount > self.limit for amount in added.values())

    def _paid(self, entry: PlainEntry) -> int:
        paid = [each.amount for each in entry.movements if each.number.startswith(self.paying)]
        return -sum([amount for amount in paid if amount < 0])


def numbers(entry: PlainEntry, frameworks: frozenset[str]) -> Iterator[str]:
    """The invoices and dossiers that an entry and its movements carry, each once."""
    found = {
        (key, number)
        for key in ("facture", "marche")
        for each in (None, *entry.movements)
        if (number := said(entry, key, each))
    }
    yield from [
        f"{entry.tree}\0{key}\0{number}" for key, number in found if key == "facture" or number not in frameworks
    ]
