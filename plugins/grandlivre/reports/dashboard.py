"""The figures of the first page: Books + Policy + findings → rows. Whole francs; nothing is formatted here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from grandlivre.books.budget import Charge
from grandlivre.books.funds import Funds, month_ends
from grandlivre.books.index import Books
from grandlivre.books.purchases import Advance
from grandlivre.books.records import Account
from grandlivre.policy.donors import Agreement
from grandlivre.policy.periods import Period
from grandlivre.reports import awaiting
from grandlivre.reports.asked import Asked
from grandlivre.reports.awaiting import ToSign
from grandlivre.reports.budget_followup import lagging
from grandlivre.reports.exchange import MissingRateError
from grandlivre.reports.execution import Execution, executions
from grandlivre.reports.funds_request import blocks, requests
from grandlivre.reports.holdings import Holdings, holdings
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Bar, Gauge
from grandlivre.rules import Finding

_EQUATION = ("fonds-administration", "fonds-affectes")
"""Models of financing whose money held must equal the funds not spent (contract §5)."""


# Treasury -----------------------------------------------------------------------------------------------------------


_FINANCING = {
    "subvention-exploitation": "subvention",
    "subvention-investissement": "subvention",
    "don": "don",
    "avance": "avance",
    "ressources-propres": "ressources propres",
}


class Treasury(NamedTuple):
    """What a tree holds on a day, and the donor's funds it answers for at the last month end."""

    tree: str
    name: str
    held: Holdings
    funds: Funds | None
    """The equation at the last month end; None where the financing knows no such equation."""
    financing: str
    """What stands in its place: « subvention », « ressources propres »…"""


def equations(books: Books) -> tuple[Funds, ...]:
    """The equation of funds of every tree that answers for some, at every month end the books have reached."""
    answering = frozenset(tree for tree in books.trees if _answers(books, tree))
    return (
        tuple(month_ends(books.entries, books.shapes, answering, books.policy.loan_accounts, books.today))
        if answering
        else ()
    )


def treasury(books: Books, asked: Asked, known: Sequence[Funds]) -> tuple[Treasury, ...]:
    """One row a tree; `known` are the equations."""
    latest = {funds.tree: funds for funds in known if funds.month.end <= asked.day}
    rows = []
    for tree in asked.trees:
        donor = books.donor(tree)
        name = donor.name if donor is not None else tree
        rows.append(Treasury(tree, name, holdings(books, tree, asked.day), latest.get(tree), _financing(books, tree)))
    return tuple(rows)


def _answers(books: Books, tree: str) -> bool:
    donor = books.donor(tree)
    return donor is not None and any(agreement.financing in _EQUATION for agreement in donor.agreements)


def _financing(books: Books, tree: str) -> str:
    donor = books.donor(tree)
    found = [_FINANCING.get(agreement.financing, "") for agreement in donor.agreements] if donor is not None else []
    return next(filter(None, found), "")


# Tills --------------------------------------------------------------------------------------------------------------


class Till(NamedTuple):
    """What a till holds between its floor and its ceiling."""

    account: Account
    held: int
    floor: int | None
    """None when no bounds are declared that day."""
    ceiling: int
    cashier: str

    @property
    def request(self) -> int:
        """What to ask from the bank to reach the ceiling, when the till is below its floor."""
        return self.ceiling - self.held if self.floor is not None and self.held < self.floor else 0

    @property
    def excess(self) -> int:
        """What to bring to the bank, when it is above its ceiling."""
        return self.held - self.ceiling if self.floor is not None and self.held > self.ceiling else 0

    @property
    def gauge(self) -> Gauge | None:
        """The till as reports draw it."""
        return None if self.floor is None else Gauge(self.account.tree, self.held, self.floor, self.ceiling)


def tills(books: Books, asked: Asked) -> tuple[Till, ...]:
    """The tills of the trees, in the order of the trees."""
    found = []
    for account in sorted(books.tills, key=lambda each: each.name):
        if account.tree not in asked.trees or (account.closed is not None and account.closed <= asked.day):
            continue
        box = books.policy.tills.get(account.name)
        bounds = box.bounds_at(asked.day) if box is not None else None
        held = books.balance(account.name, asked.day)
        person = books.policy.people.get(box.cashier or "") if box is not None else None
        floor, ceiling = (bounds.floor.units, bounds.ceiling.units) if bounds is not None else (None, 0)
        found.append(Till(account, held, floor, ceiling, person.name if person is not None else ""))
    return tuple(sorted(found, key=lambda till: asked.trees.index(till.account.tree)))


# Budgets ------------------------------------------------------------------------------------------------------------


class BudgetState(NamedTuple):
    """The budget of an agreement at the end of the days asked for."""

    tree: str
    agreement: Agreement
    execution: Execution
    behind: str
    """What is said when spending lags time; "" when it keeps pace."""

    @property
    def granted(self) -> int:
        """The budget in force."""
        return self.execution.granted

    @property
    def spent(self) -> int:
        """Since the agreement began."""
        return self.execution.spent

    @property
    def ordered(self) -> int:
        """Ordered and not invoiced yet."""
        return sum(line.outstanding for line in self.execution.lines)

    @property
    def available(self) -> int:
        """What is left to spend."""
        return self.granted - self.spent - self.ordered

    @property
    def adopted(self) -> bool:
        """Whether the agreement has a budget: what is spent without one exceeds nothing."""
        return bool(self.agreement.headings)

    @property
    def tight(self) -> int:
        """How many lines have nothing left, or less."""
        return sum(line.available < 0 for line in self.execution.lines) if self.adopted else 0

    @property
    def bar(self) -> Bar:
        """The budget as reports draw it, with the time gone by."""
        return Bar(self.tree, self.spent, self.granted, self.execution.elapsed)


def budgets(books: Books, asked: Asked) -> tuple[BudgetState, ...]:
    """The budgets in force in the days asked for, in the order of the trees."""
    found = []
    for tree in asked.trees:
        context = Context(books, Scope(tree), asked.period)
        for execution in executions(context, signed=True):
            if execution.agreement is not None and execution.lines:
                found.append(BudgetState(tree, execution.agreement, execution, lagging(context, execution)))
    return tuple(found)


class NextInstalment(NamedTuple):
    """The next instalment of an agreement, and what stands in the way of asking for it."""

    rank: int
    asked: str
    """« 45 000,00 EUR »."""
    due: date
    blocks: tuple[str, ...]


def next_instalments(
    books: Books, asked: Asked, findings: Sequence[Finding]
) -> Mapping[tuple[str, str], NextInstalment]:
    """By tree and agreement, at the end of the days asked for; nothing where no instalment is left."""
    found = {}
    for tree in asked.trees:
        span = Period("", Period.quarter(asked.day).start, asked.day)
        context = Context(books, Scope(tree), span, tuple(findings))
        try:
            waiting = [(each, tuple(blocks(context, each))) for each in requests(context)]
        except MissingRateError:
            continue  # the rule `taux-manquant` says which
        for each, stops in waiting:
            if each.next is not None and each.asked is not None:
                row = NextInstalment(each.next.rank, str(each.asked), each.next.promised.due, stops)
                found[tree, each.agreement.id] = row
    return found


def current(found: tuple[BudgetState, ...], day: date) -> tuple[BudgetState, ...]:
    """The budgets still in force on a day; all of them when none is."""
    return tuple(each for each in found if each.agreement.on(day)) or found


def charged(books: Books, tree: str, agreement: str, line: str, day: date) -> tuple[Charge, ...]:
    """What makes the amount spent on a budget line at the end of a day, in the order of the books."""
    return tuple(
        charge
        for charge in books.charges_by_tree.get(tree, ())
        if charge.line == line
        and charge.entry.place not in books.awaiting_signature
        and charge.entry.date <= day
        and (charge.agreement.id if charge.agreement is not None else "") == agreement
    )


# What waits ---------------------------------------------------------------------------------------------------------


def to_sign(books: Books, asked: Asked) -> tuple[ToSign, ...]:
    """What awaits signatures in the days and trees shown."""
    return awaiting.to_sign(books, asked.start, asked.day, None if asked.whole else asked.trees)


class LateAdvances(NamedTuple):
    """Advances whose justification is overdue."""

    advances: tuple[Advance, ...]
    people: int
    amount: int


def late_advances(books: Books, asked: Asked) -> LateAdvances:
    """The advances still open after their due date."""
    late = tuple(
        advance
        for advance in books.advances
        if advance.tree in asked.trees
        and advance.opened.date <= asked.day
        and advance.due is not None
        and advance.due < asked.day
        and advance.open_on(asked.day) > 0
    )
    return LateAdvances(late, len({advance.holder for advance in late}), sum(a.open_on(asked.day) for a in late))
