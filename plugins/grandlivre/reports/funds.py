"""The statement of a donor's funds, by two paths that never meet: what moved, and what is held.

Flow: opening + received + interest − expenses = closing, from the accounts of funds, income and charges.
Position: bank + till + mobile money + advances − debts, from the balances of treasury and third parties.
Receivables from donors (469, 473) are not money: what was promised and not paid counts on neither side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grandlivre.books.records import Entry, Movement
from grandlivre.policy.people import folded
from grandlivre.reports.execution import charged_since, charges, total
from grandlivre.reports.holdings import Group, Holdings, group, holdings
from grandlivre.reports.kit.context import Context

FLOW: tuple[Group, ...] = ("funds", "interest", "other")
"""The groups of accounts whose movements change what is held."""


@dataclass(frozen=True, slots=True)
class FundsStatement:
    """A tree's funds over a period, in whole francs; the entries behind each part of the flow."""

    opening: int
    received: int
    interest: int
    other: int
    """Own and other income, and what costs no money (depreciation, provisions)."""
    expenses: int
    holdings: Holdings
    """What the tree holds at the period's end."""
    receipts: tuple[Entry, ...]
    interests: tuple[Entry, ...]

    @property
    def closing(self) -> int:
        """By the flow."""
        return self.opening + self.received + self.interest + self.other - self.expenses

    @property
    def held(self) -> int:
        """By the position."""
        return self.holdings.net

    @property
    def gap(self) -> int:
        """0 in books that balance tree by tree."""
        return self.closing - self.held


def funds(context: Context) -> FundsStatement:
    """The statement of funds of the scope's tree."""
    tree, start, end = context.scope.tree, context.period.start, context.period.end
    loans = context.books.policy.loan_accounts
    groups = {account.name: group(account, loans) for account in context.books.tree_accounts(tree)}
    before, within = dict.fromkeys(FLOW, 0), dict.fromkeys(FLOW, 0)
    behind: dict[Group, list[Entry]] = {part: [] for part in FLOW}
    for entry in context.entries_to_date:
        if entry.kind == "cloture":
            continue
        past = entry.date < start or entry.is_taken_over
        sums = before if past else within
        for part, amount in _moved(entry, tree, groups).items():
            sums[part] += amount
            if amount and not past:
                behind[part].append(entry)
    spent = charges(context)
    spent_now = total(charged_since(spent, start))
    spent_before = total(spent) - spent_now
    # what a charge spends was counted above under `other`, among everything that is not funds
    before["other"] += spent_before
    within["other"] += spent_now
    return FundsStatement(
        sum(before.values()) - spent_before,
        within["funds"],
        within["interest"],
        within["other"],
        spent_now,
        holdings(context.books, tree, end),
        tuple(behind["funds"]),
        tuple(behind["interest"]),
    )


def _moved(entry: Entry, tree: str, groups: Mapping[str, Group]) -> dict[Group, int]:
    """What an entry brings to each part of a tree's flow."""
    moved: dict[Group, int] = {}
    for movement in entry.movements:
        if movement.account.tree == tree and movement.value:
            part = part_of(groups[movement.account.name], entry, movement)
            if part in FLOW:
                moved[part] = moved.get(part, 0) - movement.value
    return moved


def part_of(part: Group, entry: Entry, movement: Movement) -> Group:
    """Interest that a donor keeps is credited to its funds (462, 165): the narration says so."""
    if part == "funds" and movement.value < 0 and "interet" in folded(entry.narration):
        return "interest"
    return part
