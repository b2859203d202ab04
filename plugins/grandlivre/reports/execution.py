"""The execution of a budget: what each line was given, spent, ordered and has left, agreement by agreement."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Set
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from grandlivre.books.budget import Charge, Commitment, budget_versions, spent_before
from grandlivre.books.records import Place
from grandlivre.policy.donors import Agreement, BudgetLine
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import STATED
from grandlivre.reports.kit.context import Context

GAP = Decimal("0.15")
"""An execution that is further than this from the passing of time is said."""


@dataclass(frozen=True, slots=True)
class LineExecution:
    """A budget line over a period, in whole francs."""

    code: str
    label: str
    initial: int
    """In the agreement as signed."""
    budget: int
    """In force at the period's end."""
    planned: int
    """Of that, what the calendar (else the passing of time) puts in the period."""
    cumulative: int
    """Spent up to the period's end, before these books began included where the rules say it."""
    outstanding: int
    """Ordered and not invoiced yet, or prepared and not signed yet where that was asked for."""
    spent: tuple[Charge, ...]
    """The movements of the period."""
    orders: tuple[Commitment, ...]
    earlier: int = 0
    """Of the cumulative, what was spent before these books began."""
    reserve: bool = False
    """Whether it waits for the donor's approval: contingencies."""

    @property
    def period(self) -> int:
        """Spent in the period."""
        return sum(each.amount for each in self.spent)

    @property
    def available(self) -> int:
        """Budget − spent − ordered."""
        return self.budget - self.cumulative - self.outstanding

    @property
    def rate(self) -> Decimal | None:
        """Spent / budget; None without a budget."""
        return ratio(self.cumulative, self.budget)


@dataclass(frozen=True, slots=True)
class HeadingExecution:
    """A budget heading and its lines."""

    code: str
    label: str
    lines: tuple[LineExecution, ...]


@dataclass(frozen=True, slots=True)
class Execution:
    """The execution of one agreement's budget at the end of a period."""

    agreement: Agreement | None
    """None for what was spent outside every agreement."""
    elapsed: Decimal
    """Share of its time gone by at the period's end, from 0 to 1."""
    headings: tuple[HeadingExecution, ...]
    began_before: bool
    """Whether the agreement began before these books: what was spent then is not known."""

    @property
    def lines(self) -> tuple[LineExecution, ...]:
        """Every line in the budget's order."""
        return tuple(line for heading in self.headings for line in heading.lines)

    @property
    def granted(self) -> int:
        """The budget in force."""
        return sum(line.budget for line in self.lines)

    @property
    def spent(self) -> int:
        """Since the agreement began."""
        return sum(line.cumulative for line in self.lines)

    @property
    def rate(self) -> Decimal | None:
        """Spent / budget; None without a budget."""
        return ratio(self.spent, self.granted)

    @property
    def unspent(self) -> int | None:
        """What would be left at the end at this pace, when spending lags time by more than `GAP`; None when it does not."""
        rate = self.rate
        if rate is None or self.began_before or self.agreement is None or self.elapsed - rate <= GAP:
            return None
        return self.granted - int((Decimal(self.spent) / self.elapsed).quantize(Decimal(1), ROUND_HALF_UP))


def ratio(part: int, whole: int) -> Decimal | None:
    """A share rounded to four decimals; None when the whole is nothing."""
    if not whole:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def elapsed(agreement: Agreement, day: date) -> Decimal:
    """Days gone by / days of the agreement, its first and last day included."""
    whole = (agreement.final_day - agreement.start).days + 1
    gone = (min(day, agreement.final_day) - agreement.start).days + 1
    return ratio(max(gone, 0), whole) or Decimal(0)


def charges(context: Context) -> list[Charge]:
    """What the scope's tree spent up to the period's end, in the order of the books."""
    tree, end = context.scope.tree, context.period.end
    own = context.books.charges_by_tree.get(tree, ())
    return list(own[: bisect_right(own, end, key=lambda charge: charge.entry.date)])


def orders(context: Context) -> list[Commitment]:
    """The dossiers of the tree awarded up to the period's end, by date and number."""
    tree, end = context.scope.tree, context.period.end
    found = [each for each in context.books.commitments if each.dossier.tree == tree and each.dossier.date <= end]
    return sorted(found, key=lambda each: (each.dossier.date, each.dossier.id))


def executions(context: Context, *, signed: bool = False) -> tuple[Execution, ...]:
    """The budgets in force in the period or spent from in it, oldest first, then what no agreement covers.

    `signed` counts a payment that awaits its signatures as ordered, not as spent (contract §7 bis).
    """
    waiting = frozenset(
        payment.entry.place for payment in context.books.payments(STATED) if signed and payment.awaits_signature
    )
    period, donor = context.period, context.donor
    every, ordered = charges(context), orders(context)
    spent: dict[str, list[Charge]] = {}
    for charge in every:
        spent.setdefault(charge.agreement.id if charge.agreement else "", []).append(charge)
    now = {key: [each for each in found if each.entry.date >= period.start] for key, found in spent.items()}
    in_force = {agreement.id for agreement in context.agreements()}
    found = [
        _execution(
            context,
            agreement,
            spent.get(agreement.id, []),
            [order for order in ordered if order.agreement is not None and order.agreement.id == agreement.id],
            waiting,
        )
        for agreement in (donor.agreements if donor is not None else ())
        if agreement.id in in_force or now.get(agreement.id)
    ]
    loose = now.get("", [])
    if loose:
        label = context._("Dépenses hors convention")
        before = sum(charge.amount for charge in spent[""])
        line = LineExecution("", label, 0, 0, 0, before, 0, tuple(loose), ())
        found.append(Execution(None, Decimal(0), (HeadingExecution("", label, (line,)),), False))
    return tuple(found)


def _execution(
    context: Context, agreement: Agreement, charged: list[Charge], ordered: list[Commitment], unsigned: Set[Place]
) -> Execution:
    spent = [charge for charge in charged if charge.entry.place not in unsigned]
    prepared: dict[str, int] = {}
    for charge in charged:
        if charge.entry.place in unsigned:
            prepared[charge.line] = prepared.get(charge.line, 0) + charge.amount
    period, english = context.period, context.language == "en"
    versions = budget_versions(agreement, context.books.policy.currency)
    initial = versions[0].lines
    budget = next((each.lines for each in reversed(versions) if each.since <= period.end), initial)
    earlier = spent_before(agreement, context.books.policy.currency)
    definitions = {**agreement.budgets[0][1], **agreement.budget_at(period.end)}
    by_line: dict[str, list[Charge]] = {}
    for charge in spent:
        by_line.setdefault(charge.line, []).append(charge)
    waiting = {order.dossier.line for order in ordered if order.outstanding_on(period.end)}
    codes = [*definitions, *sorted((by_line.keys() | waiting | prepared.keys()) - definitions.keys())]
    lines: dict[str, list[LineExecution]] = {}
    for code in codes:
        line = definitions.get(code)
        label = (line.english if english and line.english else line.label) if line else ""
        own = by_line.get(code, [])
        mine = tuple(order for order in ordered if order.dossier.line == code)
        row = LineExecution(
            code,
            label or context._("Hors budget"),
            initial.get(code, 0),
            budget.get(code, 0),
            planned(agreement, line, budget.get(code, 0), period),
            earlier.get(code, 0) + sum(charge.amount for charge in own),
            sum(order.outstanding_on(period.end) for order in mine) + prepared.get(code, 0),
            tuple(charge for charge in own if charge.entry.date >= period.start),
            mine,
            earlier.get(code, 0),
            line is not None and line.is_reserve,
        )
        lines.setdefault(agreement.heading_of.get(code, code.split(".")[0]) if line else "", []).append(row)
    titles = {each.code: each.english if english and each.english else each.label for each in agreement.headings}
    sequence = [code for code in titles if code in lines] + [code for code in lines if code not in titles]
    headings = tuple(
        HeadingExecution(code, titles.get(code) or context._("Hors budget"), tuple(lines[code])) for code in sequence
    )
    return Execution(
        agreement, elapsed(agreement, context.reached), headings, agreement.start < context.books.start and not earlier
    )


def planned(agreement: Agreement, line: BudgetLine | None, budget: int, period: Period) -> int:
    """What a line's calendar puts in a period, else its budget in proportion to the days of the agreement in it."""
    if line is None:
        return 0
    if line.calendar:
        share = sum(
            (Fraction(part) / 100 * _overlap(own, period.start, period.end) for own, part in line.calendar.items()),
            Fraction(0),
        )
    else:
        share = _overlap(Period("", agreement.start, agreement.final_day), period.start, period.end)
    worth = budget * share
    return int((2 * worth.numerator + worth.denominator) // (2 * worth.denominator))


def _overlap(own: Period, start: date, end: date) -> Fraction:
    """The part of `own` that falls between two days."""
    days = (min(own.end, end) - max(own.start, start) + timedelta(days=1)).days
    return Fraction(max(days, 0), (own.end - own.start).days + 1)
