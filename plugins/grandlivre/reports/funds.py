"""The statement of a donor's funds, by two paths that never meet: what moved, and what is held.

Flow: opening + received + interest − expenses = closing, from the accounts of funds, income and charges.
Position: bank + till + mobile money + advances − debts, from the balances of treasury and third parties.
Receivables from donors (469, 473) are not money: what was promised and not paid counts on neither side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from grandlivre.books.records import Account, Entry, Movement
from grandlivre.policy.donors import Agreement
from grandlivre.policy.people import normalise
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import DONOR_ACCOUNTS, GRANTS, INTEREST, THIRD_PARTIES, TREASURY
from grandlivre.reports.execution import charges
from grandlivre.reports.kit.context import Context

Group = Literal["bank", "till", "mobile", "transit", "advances", "receivables", "debts", "funds", "interest", "other"]

_HELD = frozenset({"bank", "till", "mobile", "transit", "advances", "receivables", "debts"})


@dataclass(frozen=True, slots=True)
class Funds:
    """A tree's funds over a period, in whole francs; the entries behind each part of the flow."""

    opening: int
    received: int
    interest: int
    other: int
    """Own and other income, and what costs no money (depreciation, provisions)."""
    expenses: int
    bank: int
    till: int
    mobile: int
    transit: int
    """Transfers between accounts of the tree that have not arrived."""
    advances: int
    receivables: int
    debts: int
    """Positive."""
    receipts: tuple[Entry, ...]
    interests: tuple[Entry, ...]

    @property
    def closing(self) -> int:
        """By the flow."""
        return self.opening + self.received + self.interest + self.other - self.expenses

    @property
    def held(self) -> int:
        """By the position."""
        return self.bank + self.till + self.mobile + self.transit + self.advances + self.receivables - self.debts

    @property
    def gap(self) -> int:
        """0 in books that balance tree by tree."""
        return self.closing - self.held


def funds(context: Context) -> Funds:
    """The statement of funds of the scope's tree."""
    tree, start, end = context.scope.tree, context.period.start, context.period.end
    groups = {account.name: group(account) for account in context.books.accounts.values() if account.tree == tree}
    before = {"funds": 0, "interest": 0, "other": 0}
    within = dict(before)
    receipts: list[Entry] = []
    interests: list[Entry] = []
    for entry in context.entries_to_date:
        if entry.kind == "cloture":
            continue
        past = entry.date < start or entry.is_taken_over
        sums = before if past else within
        moved: dict[str, int] = {}
        for movement in entry.movements:
            if movement.account.tree == tree and movement.value:
                part = _part(groups[movement.account.name], entry, movement)
                if part in sums:
                    moved[part] = moved.get(part, 0) - movement.value
        for name, amount in moved.items():
            sums[name] += amount
        if not past and moved.get("funds"):
            receipts.append(entry)
        if not past and moved.get("interest"):
            interests.append(entry)
    spent = charges(context)
    spent_before = sum(each.amount for each in spent if each.entry.date < start)
    spent_now = sum(each.amount for each in spent) - spent_before
    # what a charge spends was counted above under `other`, among everything that is not funds
    before["other"] += spent_before
    within["other"] += spent_now
    held: dict[str, int] = dict.fromkeys(_HELD, 0)
    for name, place in groups.items():
        if place not in _HELD:
            continue
        balance = context.books.balance(name, end)
        if place in ("receivables", "debts"):
            held["receivables" if balance > 0 else "debts"] += balance
        else:
            held[place] += balance
    return Funds(
        sum(before.values()) - spent_before,
        within["funds"],
        within["interest"],
        within["other"],
        spent_now,
        held["bank"],
        held["till"],
        held["mobile"],
        held["transit"],
        held["advances"],
        held["receivables"],
        -held["debts"],
        tuple(receipts),
        tuple(interests),
    )


def carried_over(context: Context) -> tuple[Agreement | None, int]:
    """The agreement before the one in force, and how much of the opening balance is still its own, in whole francs.

    What it left when the next one began, less what was charged to it since. (None, 0) where no agreement follows another.
    """
    donor = context.donor
    in_force = context.agreements()
    if donor is None or not in_force:
        return None, 0
    current = max(in_force, key=lambda each: each.start)
    before = [each for each in donor.agreements if each.final_day < current.start]
    if not before:
        return None, 0
    former, start = max(before, key=lambda each: each.start), context.period.start
    turn = max(current.start, context.books.start)
    left = funds(replace(context, period=Period("", min(turn, start), context.period.end))).opening
    ids = {each.id for each in before}
    own = (each for each in charges(context) if each.agreement is not None and each.agreement.id in ids)
    return former, left - sum(each.amount for each in own if turn <= each.entry.date < start)


def group(account: Account) -> Group:
    """The part of the statement an account belongs to."""
    number = account.number
    if not number:
        return {"assets": "receivables", "liabilities": "debts", "equity": "funds"}.get(account.root, "other")  # type: ignore[return-value]
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


def _part(part: Group, entry: Entry, movement: Movement) -> Group:
    """Interest that a donor keeps is credited to its funds (462, 165): the narration says so."""
    if part == "funds" and movement.value < 0 and "interet" in normalise(entry.narration):
        return "interest"
    return part
