"""The execution of a budget: what each line was given, spent, ordered and has left, agreement by agreement."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from grandlivre.books.budget import (
    Charge,
    Commitment,
    LineCharges,
    booked,
    budget_versions,
    lines_in_force,
    planned,
    spent_before,
)
from grandlivre.policy.donors import Agreement, BudgetLine, Heading
from grandlivre.policy.periods import Period
from grandlivre.reports.kit.context import Context

_T = TypeVar("_T")
_Key = TypeVar("_Key", bound=Hashable)

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
        return total(self.spent)

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


def charged_since(own: Sequence[Charge], day: date) -> tuple[Charge, ...]:
    """Of charges in the order of the books, those from a day on."""
    return tuple(own[bisect_left(own, day, key=lambda charge: charge.entry.date) :])


def total(own: Iterable[Charge]) -> int:
    """What charges spend, in whole francs."""
    return sum(charge.amount for charge in own)


def orders(context: Context) -> list[Commitment]:
    """The dossiers of the tree awarded up to the period's end, by date and number."""
    tree, end = context.scope.tree, context.period.end
    found = [each for each in context.books.commitments if each.dossier.tree == tree and each.dossier.date <= end]
    return sorted(found, key=lambda each: (each.dossier.date, each.dossier.id))


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What was drawn on an agreement's lines up to the period's end, by line."""

    spent: Mapping[str, LineCharges]
    prepared: Mapping[str, LineCharges]
    """By payments that await their signatures, where these count as ordered."""
    orders: Mapping[str, list[Commitment]]
    period: Period

    @property
    def lines(self) -> set[str]:
        """Every line that something was spent on, or that something is still to come on."""
        drawn = [code for own in (self.spent, self.prepared) for code in own if own[code].begun(self.period.end)]
        return {*drawn, *(line for line in self.orders if self.outstanding(line))}

    def cumulative(self, line: str) -> int:
        """Spent in these books."""
        return _spent(self.spent, line, self.period.end)

    def now(self, line: str) -> tuple[Charge, ...]:
        """Spent in the period."""
        return self.spent[line].dated(self.period) if line in self.spent else ()

    def outstanding(self, line: str) -> int:
        """Ordered and not invoiced yet, or prepared and not signed yet."""
        to_come = sum(order.outstanding_on(self.period.end) for order in self.orders.get(line, ()))
        return to_come + _spent(self.prepared, line, self.period.end)


def _spent(lines: Mapping[str, LineCharges], line: str, day: date) -> int:
    return lines[line].spent(day) if line in lines else 0


def executions(context: Context, *, signed: bool = False) -> tuple[Execution, ...]:
    """The budgets in force in the period or spent from in it, oldest first, then what no agreement covers.

    `signed` counts a payment that awaits its signatures as ordered, not as spent (contract §7 bis).
    """
    period, charged = context.period, context.books.charges_by_line(context.scope.tree)
    spent, prepared = (charged.signed, charged.prepared) if signed else (charged.every, {})
    ordered = _grouped(orders(context), lambda order: order.agreement.id if order.agreement else "")
    in_force = {agreement.id for agreement in context.agreements()}
    found = []
    for agreement in context.books.tree_agreements(context.scope.tree):
        key = agreement.id
        if key in in_force or any(line.dated(period) for line in charged.every.get(key, {}).values()):
            to_come = _grouped(ordered.get(key, ()), lambda order: order.dossier.line)
            drawn = _Drawn(spent.get(key, {}), prepared.get(key, {}), to_come, period)
            found.append(_execution(context, agreement, drawn))
    return (*found, *_outside_agreements(context, charged.every.get("", {})))


def _grouped(every: Iterable[_T], key: Callable[[_T], _Key]) -> dict[_Key, list[_T]]:
    found: dict[_Key, list[_T]] = {}
    for each in every:
        found.setdefault(key(each), []).append(each)
    return found


def _outside_agreements(context: Context, own: Mapping[str, LineCharges]) -> Iterator[Execution]:
    """What the period spent outside every agreement, when it did."""
    period, every = context.period, context.books.charges_by_tree.get(context.scope.tree, ())
    now = tuple(each for each in booked(every, period) if each.agreement is None) if own else ()
    if now:
        label = context._("Dépenses hors convention")
        spent = sum(line.spent(period.end) for line in own.values())
        line = LineExecution("", label, 0, 0, 0, spent, 0, now, ())
        yield Execution(None, Decimal(0), (HeadingExecution("", label, (line,)),), False)


def _execution(context: Context, agreement: Agreement, drawn: _Drawn) -> Execution:
    period, currency = context.period, context.books.policy.currency
    versions = budget_versions(agreement, currency)
    initial, budget = versions[0].lines, lines_in_force(versions, period.end)
    earlier = spent_before(agreement, currency)
    definitions = {**agreement.budgets[0][1], **agreement.budget_at(period.end)}
    headings: dict[str, list[LineExecution]] = {}
    for code in (*definitions, *sorted(drawn.lines - definitions.keys())):
        line = definitions.get(code)
        before = earlier.get(code, 0)
        row = LineExecution(
            code,
            (_title(context, line) if line else "") or context._("Hors budget"),
            initial.get(code, 0),
            budget.get(code, 0),
            planned(agreement, line, budget.get(code, 0), period),
            before + drawn.cumulative(code),
            drawn.outstanding(code),
            drawn.now(code),
            tuple(drawn.orders.get(code, ())),
            before,
            line is not None and line.is_reserve,
        )
        headings.setdefault(agreement.heading_of[code] if line else "", []).append(row)
    return Execution(
        agreement,
        elapsed(agreement, context.reached),
        _in_order(context, agreement, headings),
        agreement.start < context.books.start and not earlier,
    )


def _in_order(
    context: Context, agreement: Agreement, rows: Mapping[str, list[LineExecution]]
) -> tuple[HeadingExecution, ...]:
    """The headings in the budget's order, then those that it does not have."""
    titles = {each.code: _title(context, each) for each in agreement.headings}
    return tuple(
        HeadingExecution(code, titles.get(code) or context._("Hors budget"), tuple(rows[code]))
        for code in dict.fromkeys((*titles, *rows))
        if code in rows
    )


def _title(context: Context, named: BudgetLine | Heading) -> str:
    """What the reader calls a line or a heading."""
    return (named.english if context.language == "en" else "") or named.label
