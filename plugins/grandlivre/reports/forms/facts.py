"""What a form may ask about one agreement over one period: its lines, activities, expenses and funds, in its currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from grandlivre.books.budget import Charge, planned
from grandlivre.books.directives.agency import AgencyFigures
from grandlivre.policy.donors import Agreement, BudgetLine
from grandlivre.policy.periods import Period, day_after
from grandlivre.policy.programmes import Activity, Programme, Result
from grandlivre.policy.sycebnl import ASSETS
from grandlivre.policy.values import add_months
from grandlivre.reports.agreement_funds import Flow, agreement_funds
from grandlivre.reports.execution import Execution, charges
from grandlivre.reports.forms.purse import Purse, Spent
from grandlivre.reports.holdings import Holdings, holdings
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import rounded
from grandlivre.reports.kit.tellings import Telling, telling
from grandlivre.reports.spending_list import Payments


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A budget line of the whole action, whoever pays it; amounts in smallest units of the agreement's currency."""

    code: str
    label: str
    heading: tuple[str, str]
    """Code and label."""
    initial: BudgetLine | None
    now: BudgetLine | None
    """In force at the period's end; None for what no budget has."""
    earlier: int
    """Spent before these books began."""
    before: tuple[Spent, ...]
    spent: tuple[Spent, ...]
    """Of the period."""
    orders: int

    @property
    def is_reserve(self) -> bool:
        """Contingencies."""
        return self.now is not None and self.now.is_reserve

    @property
    def is_indirect(self) -> bool:
        """Indirect costs."""
        return self.now is not None and self.now.is_indirect

    @property
    def period(self) -> int:
        """Spent in the period."""
        return total(self.spent)

    @property
    def cumulative(self) -> int:
        """Spent since the agreement began."""
        return self.earlier + total(self.before) + self.period

    @property
    def units(self) -> Decimal | None:
        """How many units the period's expenses bought."""
        return units_bought(self.spent)

    def spent_in(self, currency: str) -> tuple[Spent, ...]:
        """The period's expenses booked in a currency."""
        return tuple(each for each in self.spent if each.charge.movement.currency == currency)


def units_bought(spent: Sequence[Spent]) -> Decimal | None:
    """How many units expenses say that they bought (`quantite:`); None unless each of them says it."""
    said = [each.charge.movement.meta.get("quantite") or each.charge.entry.meta.get("quantite") for each in spent]
    numbers = [each for each in said if isinstance(each, Decimal)]
    return sum(numbers, Decimal(0)) if said and len(numbers) == len(said) else None


class ActivityFacts(NamedTuple):
    """An activity, or a budget line whose expenses name no activity."""

    code: str
    label: str
    heading: tuple[str, str]
    spent: tuple[Spent, ...]
    agency: AgencyFigures | None


class FundingFacts(NamedTuple):
    """A source of funding."""

    label: str
    budget: int | None
    received: int
    received_now: int


class Moved(NamedTuple):
    """What moved over a time, in smallest units of the agreement's currency."""

    received: int
    interest: int
    other: int
    spent: int

    @property
    def left(self) -> int:
        """What is not spent."""
        return self.received + self.interest + self.other - self.spent

    def less(self, later: Moved) -> Moved:
        """What moved before a part of that time."""
        return Moved(*(whole - part for whole, part in zip(self, later, strict=True)))


def total(spent: Iterable[Spent]) -> int:
    """What expenses come to, in smallest units."""
    return sum(each.units for each in spent)


@dataclass(frozen=True)
class FormFacts:
    """One agreement over one period."""

    context: Context
    execution: Execution
    agreement: Agreement
    purse: Purse
    ahead: int = 0
    """Months that the forecast runs over; 0: as many as the period's."""

    @cached_property
    def spent(self) -> tuple[Spent, ...]:
        """Every expense of the agreement up to the period's end, in the order of the books."""
        own = [
            each
            for each in charges(self.context)
            if each.agreement is not None and each.agreement.id == self.agreement.id
        ]
        return self.purse.spent(own)

    @cached_property
    def lines(self) -> tuple[LineFacts, ...]:
        """The lines in the budget's order, then those that only expenses name."""
        start, end = self.context.period.start, self.context.period.end
        initial, now = self.agreement.budgets[0][1], self.agreement.budget_at(end)
        by_line: dict[str, list[Spent]] = {}
        for each in self.spent:
            by_line.setdefault(each.charge.line, []).append(each)
        found = []
        for heading in self.execution.headings:
            for line in heading.lines:
                own = by_line.get(line.code, [])
                said = now.get(line.code) or initial.get(line.code)
                found.append(
                    LineFacts(
                        line.code,
                        line.label,
                        (heading.code, heading.label),
                        initial.get(line.code),
                        said,
                        self.earlier.get(line.code, 0),
                        tuple(each for each in own if each.charge.entry.date < start),
                        tuple(each for each in own if each.charge.entry.date >= start),
                        self.purse.worth(line.outstanding, self.context.reached),
                    )
                )
        return tuple(found)

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies in which the period's expenses were booked, the books' own first."""
        start = self.context.period.start
        found = {each.charge.movement.currency for each in self.spent if each.charge.entry.date >= start}
        return (self.purse.own, *sorted(found - {self.purse.own}))

    @cached_property
    def earlier(self) -> Mapping[str, int]:
        """What each line says was spent before these books began."""
        lines = (line for heading in self.agreement.headings for line in heading.lines)
        start = self.agreement.start
        return {
            each.code: self.purse.money(each.spent_before, start) for each in lines if each.spent_before is not None
        }

    def budget(self, line: BudgetLine | None) -> int | None:
        """The whole of a line; None where there is no such line."""
        return None if line is None else self.purse.money(line.total, self.context.period.end)

    @cached_property
    def reallocated(self) -> Mapping[str, int]:
        """What moved between lines since the last addendum, contingencies apart."""
        return self._moves(of_reserve=False)

    @cached_property
    def contingency(self) -> Mapping[str, int]:
        """What contingencies gave to each line since the last addendum, and lost themselves."""
        return self._moves(of_reserve=True)

    def _moves(self, *, of_reserve: bool) -> Mapping[str, int]:
        end = self.context.period.end
        reserves = {code for code, line in self.agreement.budget_at(end).items() if line.is_reserve}
        found: dict[str, int] = {}
        for move in self.agreement.moves_in_force(end):
            if bool(reserves & {move.source, move.target}) is of_reserve:
                units = self.purse.money(move.amount, move.since)
                found[move.source] = found.get(move.source, 0) - units
                found[move.target] = found.get(move.target, 0) + units
        return found

    def held(self, francs: int) -> int:
        """What the tree holds, at the rate of the day reached."""
        return self.purse.worth(francs, self.context.reached)

    @cached_property
    def programmes(self) -> tuple[Programme, ...]:
        """The programmes of the tree."""
        return tuple(each for each in self.context.books.policy.programmes if each.donor == self.context.scope.tree)

    @cached_property
    def payments(self) -> Payments:
        """How and when each expense was paid."""
        return Payments(self.context)

    @property
    def following(self) -> Period:
        """The period after this one, as long as it unless the form says otherwise."""
        months = self.ahead or sum(1 for _ in self.context.period.months())
        start = day_after(self.context.period.end)
        return Period("", start, add_months(start, months) - timedelta(days=1))

    def planned(self, line: LineFacts, period: Period) -> int | None:
        """What the calendar of a line, else the passing of time, puts in a period; nothing of contingencies."""
        whole = 0 if line.is_reserve else self.budget(line.now)
        return None if whole is None else planned(self.agreement, line.now, whole, period)

    def planned_units(self, line: LineFacts, period: Period) -> Decimal | None:
        """The same in units."""
        whole, part = self.budget(line.now), self.planned(line, period)
        if line.now is None or not whole or part is None:
            return None
        return rounded(Fraction(line.now.quantity) * part / whole, 2)

    @cached_property
    def told(self) -> Telling:
        """What people wrote of the period."""
        return telling(self.context)

    # --- activities ---------------------------------------------------------------------------------------------------

    @cached_property
    def activities(self) -> tuple[ActivityFacts, ...]:
        """The programme's activities by result, others that entries or the agency name, then what names none, line by line."""
        by_code: dict[str, list[Spent]] = {}
        loose: dict[str, list[Spent]] = {}
        for each in self.spent:
            if each.charge.entry.date >= self.context.period.start:
                code = each.charge.activity
                (by_code if code else loose).setdefault(code or each.charge.line, []).append(each)
        said = {each.activity: each for each in self.context.books.directives.agencies if self._speaks_of(each)}
        known = self._activity_labels
        found = [
            ActivityFacts(
                code,
                known.get(code, code),
                self._results.get(code, ("", "")),
                tuple(by_code.get(code, ())),
                said.get(code),
            )
            for code in dict.fromkeys((*known, *by_code, *said))
        ]
        word = self.context._
        support = {line.code for line in self.lines if line.is_indirect}
        labels = {line.code: line.label for line in self.lines}
        order = {code: rank for rank, code in enumerate(labels)}
        for code in sorted(loose, key=lambda each: order.get(each, len(order))):
            heading = word("Frais d'appui") if code in support else word("Dépenses sans activité")
            found.append(ActivityFacts(code, labels.get(code, code), ("", heading), tuple(loose[code]), None))
        return tuple(found)

    def coding(self, charge: Charge) -> tuple[str, str]:
        """Code and label of the row of `activities` that counts a charge."""
        if charge.activity:
            return charge.activity, self._activity_labels.get(charge.activity, charge.activity)
        return charge.line, next((line.label for line in self.lines if line.code == charge.line), charge.line)

    def _speaks_of(self, said: AgencyFigures) -> bool:
        return said.agreement == self.agreement.id and said.period == self.context.period.code

    def _named(self, said: Activity | Result) -> str:
        """What the donor reads."""
        return (said.english if self.context.language == "en" else "") or said.label

    @cached_property
    def _activity_labels(self) -> Mapping[str, str]:
        return {each.code: self._named(each) for programme in self.programmes for each in programme.activities}

    @cached_property
    def _results(self) -> Mapping[str, tuple[str, str]]:
        return {
            code: (result.code, self._named(result))
            for programme in self.programmes
            for result in programme.results
            for code in result.activities
        }

    # --- funds --------------------------------------------------------------------------------------------------------

    @cached_property
    def holdings(self) -> Holdings:
        """What the tree holds at the period's end, in whole francs."""
        return holdings(self.context.books, self.context.scope.tree, self.context.period.end)

    @cached_property
    def to_date(self) -> Moved:
        """From the agreement's first day to the period's end; before these books: what they opened with, and what was spent then."""
        start = max(self.agreement.start, self.context.books.start)
        found = self._flow(replace(self.context, period=Period("", start, max(start, self.context.period.end))))
        spent = total(self.spent) + sum(self.earlier.values())
        older = self.agreement.start < self.context.books.start
        received = found.received + (found.opening + sum(self.earlier.values()) if older else 0)
        return Moved(received, found.interest, found.other, spent)

    @cached_property
    def moved(self) -> Moved:
        """In the period."""
        found = self._flow(self.context)
        start = self.context.period.start
        spent = total(each for each in self.spent if each.charge.entry.date >= start)
        return Moved(found.received, found.interest, found.other, spent)

    @cached_property
    def before(self) -> Moved:
        """From the agreement's first day to the eve of the period."""
        return self.to_date.less(self.moved)

    @property
    def exchanged(self) -> int:
        """What conversion makes of the funds that are left, beside what the tree holds at the rate of the day reached."""
        if not self.purse.converts:
            return 0
        held = self.holdings
        parts = (held.available, held.advances.amount, held.receivables.amount, -held.committed)
        found = agreement_funds(self.context).get(self.agreement.id)
        unexplained = (found.francs.closing if found is not None else 0) - held.net
        return self.to_date.left - sum(map(self.held, parts)) - self.held(unexplained)

    def _flow(self, context: Context) -> Flow:
        """What came and went over the period of a context, in the agreement's currency."""
        found = agreement_funds(context).get(self.agreement.id)
        if found is None:
            return Flow()
        return found.foreign if self.purse.converts else found.francs

    @property
    def granted(self) -> int:
        """The agreement's amount, else what its lines come to."""
        if self.agreement.amount is not None:
            return self.purse.money(self.agreement.amount, self.context.period.end)
        return sum(self.budget(line.now) or 0 for line in self.lines) - self.own_share

    @cached_property
    def own_share(self) -> int:
        """What the budget leaves to the organisation and to others than the donor."""
        shares = [
            (self.budget(line.now) or 0) * (100 - Fraction(line.now.donor_share)) / 100
            for line in self.lines
            if line.now is not None
        ]
        return int(rounded(sum(shares, Fraction(0)), 0))

    @cached_property
    def funding(self) -> tuple[FundingFacts, ...]:
        """The donor, then the organisation where it pays a part, then what else came in."""
        word, donor = self.context._, self.context.donor
        name = (donor.partner or donor.name) if donor is not None else ""
        found = [FundingFacts(name, self.granted, self.to_date.received, self.moved.received)]
        if self.own_share:
            found.append(FundingFacts(self.context.letterhead.name, self.own_share, 0, 0))
        if self.to_date.other:
            found.append(FundingFacts(word("Autres ressources"), None, self.to_date.other, self.moved.other))
        found.append(FundingFacts(word("Intérêts"), None, self.to_date.interest, self.moved.interest))
        return tuple(found)

    @property
    def own_spent(self) -> int:
        """Of all that was spent, what the budget leaves to the organisation and to others than the donor."""
        shares = [
            line.cumulative * (100 - Fraction(line.now.donor_share)) / 100
            for line in self.lines
            if line.now is not None
        ]
        return int(rounded(sum(shares, Fraction(0)), 0))

    @property
    def unpaid(self) -> int:
        """What the tree owes of its expenses at the period's end."""
        return self.held(self.holdings.debts.amount)

    @property
    def assets(self) -> int:
        """What the period spent on equipment."""
        return total(each for line in self.lines for each in line.spent if each.charge.movement.account.is_(*ASSETS))
