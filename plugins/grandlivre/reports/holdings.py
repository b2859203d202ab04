"""What a tree holds on a day, in three figures that every screen and paper names alike: available, committed, net.

Available: bank, mobile money, tills and transfers on their way between them (class 5); a payment that awaits its signatures has
not left yet, though the books' balance has it out. Committed: that payment, and what is owed. Net: available + advances + receivables − committed; it is the position of the donor's statement of funds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, cast

from grandlivre.books.index import Books
from grandlivre.books.records import Account
from grandlivre.policy.sycebnl import DONOR_ACCOUNTS, GRANTS, INTEREST, THIRD_PARTIES, TREASURY

AVAILABLE, COMMITTED, NET = "Disponible en banque et caisses", "Engagé : dettes à payer", "Position nette"

Group = Literal["bank", "till", "mobile", "transit", "advances", "receivables", "debts", "funds", "interest", "other"]
"""The part of the statement of funds an account belongs to; third parties stand under `debts` whatever their sign."""
HELD = ("bank", "till", "mobile", "transit", "unsigned", "advances", "receivables", "debts")


class HoldingSum(NamedTuple):
    """An amount and the accounts it stands on."""

    amount: int = 0
    accounts: tuple[str, ...] = ()


_NOTHING = HoldingSum()


@dataclass(frozen=True, slots=True)
class Holdings:
    """What one tree, or several added up, hold; whole francs, `debts` positive."""

    bank: HoldingSum = _NOTHING
    till: HoldingSum = _NOTHING
    mobile: HoldingSum = _NOTHING
    transit: HoldingSum = _NOTHING
    """Transfers between accounts of the tree that have not arrived."""
    unsigned: HoldingSum = _NOTHING
    """Payments prepared that await their signatures."""
    advances: HoldingSum = _NOTHING
    receivables: HoldingSum = _NOTHING
    debts: HoldingSum = _NOTHING

    @property
    def available(self) -> int:
        """The money itself."""
        return self.bank.amount + self.till.amount + self.mobile.amount + self.transit.amount + self.unsigned.amount

    @property
    def committed(self) -> int:
        """What is owed, or prepared and not signed yet."""
        return self.debts.amount + self.unsigned.amount

    @property
    def owed(self) -> HoldingSum:
        """The same with its accounts."""
        return HoldingSum(self.committed, tuple(dict.fromkeys((*self.debts.accounts, *self.unsigned.accounts))))

    @property
    def net(self) -> int:
        """What would be left once advances are justified, receivables paid in and debts paid."""
        return self.available + self.advances.amount + self.receivables.amount - self.committed


def holdings(books: Books, tree: str, day: date) -> Holdings:
    """What a tree holds at the end of a day."""
    loans = books.policy.loan_accounts
    parts: dict[str, list[tuple[str, int]]] = {part: [] for part in HELD}
    for account in books.tree_accounts(tree):
        part = group(account, loans)
        if part in parts:
            amount = books.balance(account.name, day)
            if part == "debts" and amount > 0:
                part = "receivables"
            parts[part].append((account.name, -amount if part == "debts" else amount))
    for payment in books.unsigned_payments:
        if payment.account.tree == tree and payment.entry.date <= day:
            parts["unsigned"].append((payment.account.name, payment.amount))
    return Holdings(**{part: _sum(found) for part, found in parts.items()})


def together(found: Iterable[Holdings]) -> Holdings:
    """Several trees added up."""
    kept = list(found)
    sums = {part: [cast(HoldingSum, getattr(each, part)) for each in kept] for part in HELD}
    return Holdings(
        **{
            part: HoldingSum(sum(each.amount for each in own), tuple(name for each in own for name in each.accounts))
            for part, own in sums.items()
        }
    )


def _sum(found: list[tuple[str, int]]) -> HoldingSum:
    """The accounts that hold something, or all of them when none does."""
    moved = tuple(dict.fromkeys(name for name, amount in found if amount))
    return HoldingSum(sum(amount for _, amount in found), moved or tuple(name for name, _ in found))


def group(account: Account, loans: frozenset[str] = frozenset()) -> Group:
    """The part of the statement an account belongs to; one declared for loans between trees is a third party's."""
    number = account.number
    if account.name in loans:
        return "debts"
    if not number:
        return _ROOTS.get(account.root, "other")
    if account.is_mobile:
        return "mobile"
    if account.is_till:
        return "till"
    if account.is_transit:
        return "transit"
    if number.startswith(TREASURY):
        return "bank"
    if number.startswith(INTEREST):
        return "interest"
    if number.startswith((*DONOR_ACCOUNTS, *GRANTS)):
        return "funds"
    if number.startswith(THIRD_PARTIES):
        return "advances" if account.is_advance else "debts"
    return "other"


_ROOTS: Mapping[str, Group] = {"assets": "receivables", "liabilities": "debts", "equity": "funds"}
"""Of accounts whose name carries no number."""
