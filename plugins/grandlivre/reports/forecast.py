"""What the treasury of a tree will be over the twelve months after a day: what is promised, budgeted and owed.

Receipts: the instalments of the agreements on their dates; own income and shares of common costs at the monthly average of
the past year. Disbursements: what is left of each budget line, by its calendar, else in proportion to the days left; debts
in the first month, which also takes in the days left of a month that has begun. Advances and receivables are left out, so
that the plan errs on the side of caution. Nothing is planned on a line that waits for the donor's approval, nor after the
last month of which the agreements say something.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from itertools import chain

from grandlivre.books.budget import budget_versions, lines_in_force, spent_before
from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Movement
from grandlivre.policy import sycebnl
from grandlivre.policy.donors import Agreement, BudgetLine
from grandlivre.policy.periods import Period
from grandlivre.policy.values import add_months
from grandlivre.reports.holdings import holdings

MONTHS = 12
INSTALMENTS, FEES, SERVICES, OTHER, SHARES = (
    "Tranches attendues",
    "Cotisations",
    "Prestations",
    "Autres ressources propres",
    "Quotes-parts des projets",
)
RECEIPTS = (INSTALMENTS, FEES, SERVICES, OTHER, SHARES)
STAFF, RUNNING, ACTIVITIES, ASSETS, TAXES, DEBTS = (
    "Personnel",
    "Fonctionnement",
    "Activités",
    "Investissements",
    "Impôts et INPS",
    "Dettes à régler",
)
RESERVE = "Imprévus, hors plan"
"""What waits for the donor's approval."""
PAYMENTS = (STAFF, RUNNING, ACTIVITIES, ASSETS, TAXES, DEBTS)

Flow = tuple[int, ...]
"""One amount a month."""


@dataclass(frozen=True)
class Forecast:
    """The twelve months of one tree, or of several added up; whole francs, payments positive."""

    trees: tuple[str, ...]
    months: tuple[Period, ...]
    start: int
    """What is available at the day the plan is made."""
    known: int
    """How many of the months the agreements say something of; nothing is planned in the others."""
    covered: tuple[bool, ...]
    """Whether an agreement is in force in each month, of some tree."""
    reserve: int
    """What is left on the lines that wait for the donor's approval: in no month."""
    receipts: Mapping[str, Flow]
    payments: Mapping[str, Flow]
    alarms: Flow
    """The balance under which there is less than one month of salaries; 0 in a month no agreement covers."""
    needs: Flow
    """What is missing to stay at the alarm, tree by tree."""
    uncovered: tuple[tuple[str, Period], ...]
    """Trees that no agreement covers any more, from a month on."""

    @property
    def closings(self) -> Flow:
        """The balance at the end of each month that is known."""
        balance, found = self.start, []
        for month in range(self.known):
            balance += sum(flow[month] for flow in self.receipts.values())
            balance -= sum(flow[month] for flow in self.payments.values())
            found.append(balance)
        return tuple(found)

    @property
    def is_planned(self) -> bool:
        """Whether an agreement covers a month, or was to be spent in the days left of the one that has begun."""
        spent = (flow for kind, flow in self.payments.items() if kind != DEBTS)
        return any(self.covered) or any(map(any, spent))

    @property
    def openings(self) -> Flow:
        """The balance at the beginning of each month that is known."""
        return (self.start, *self.closings)[: self.known]

    @property
    def lowest(self) -> int | None:
        """The index of the month that ends lowest; the first one of equals; None when no month is known."""
        closings = self.closings
        return closings.index(min(closings)) if closings else None


def forecast(books: Books, tree: str, end: date) -> Forecast:
    """The plan of one tree for the twelve months after `end`."""
    months = tuple(Period.month(add_months(end.replace(day=1), ahead)) for ahead in range(1, MONTHS + 1))
    agreements = books.tree_agreements(tree)
    covered = tuple(any(a.start <= month.end and a.final_day >= month.start for a in agreements) for month in months)
    held = holdings(books, tree, end)
    receipts = {INSTALMENTS: _instalments(books, agreements, end, months), **_own_income(books, tree, end, covered)}
    payments, reserve = _budgets(books, tree, end, agreements, months)
    payments[DEBTS] = (held.committed, *(0,) * (MONTHS - 1))
    salaries = _month_of_salaries(books, tree, end)
    alarms = tuple(salaries if here else 0 for here in covered)
    known = _known(covered, (*receipts.values(), *payments.values()))
    uncovered = ((tree, months[known]),) if known < MONTHS else ()
    plan = Forecast((tree,), months, held.available, known, covered, reserve, receipts, payments, alarms, (), uncovered)
    needs = tuple(max(0, alarm - closing) for alarm, closing in zip(alarms, plan.closings, strict=False))
    return replace(plan, needs=needs)


def _known(covered: Sequence[bool], flows: Sequence[Flow]) -> int:
    """How many months there are up to the last one that an agreement covers or that something is planned in."""
    return max((i + 1 for i in range(MONTHS) if covered[i] or any(flow[i] for flow in flows)), default=0)


def together(plans: Sequence[Forecast]) -> Forecast:
    """Several trees added up, as far as all of them are known; what one tree lacks, another's money does not pay."""
    planned = _planned(plans)
    known = min(plan.known for plan in planned)
    return Forecast(
        tuple(chain.from_iterable(plan.trees for plan in planned)),
        plans[0].months,
        sum(plan.start for plan in planned),
        known,
        tuple(map(any, zip(*(plan.covered for plan in planned), strict=True))),
        sum(plan.reserve for plan in planned),
        _added_by_kind([plan.receipts for plan in planned]),
        _added_by_kind([plan.payments for plan in planned]),
        _added(plan.alarms for plan in planned),
        _added(plan.needs[:known] for plan in planned),
        tuple(chain.from_iterable(plan.uncovered for plan in plans)),
    )


def _planned(plans: Sequence[Forecast]) -> Sequence[Forecast]:
    """Without the trees of which nothing is planned, if something is of some: what they hold is in no month either."""
    return [plan for plan in plans if plan.is_planned] or plans


def _added_by_kind(plans: Sequence[Mapping[str, Flow]]) -> Mapping[str, Flow]:
    return {kind: _added(flows[kind] for flows in plans) for kind in plans[0]}


def _added(flows: Iterable[Flow]) -> Flow:
    return tuple(sum(month) for month in zip(*flows, strict=True))


def _past(books: Books, end: date, months: int) -> tuple[date, int]:
    """The first day of the months up to a day, and how many of them the books know: one at least."""
    since = max(add_months(end + timedelta(days=1), -months), books.start)
    return since, max(1, (end.year - since.year) * 12 + end.month - since.month + 1)


def _rounded(number: Fraction) -> int:
    return int((2 * number.numerator + number.denominator) // (2 * number.denominator))


# --- receipts -----------------------------------------------------------------------------------------------------


def _instalments(books: Books, agreements: Iterable[Agreement], end: date, months: tuple[Period, ...]) -> Flow:
    found = [0] * len(months)
    for agreement in agreements:
        for instalment in agreement.instalments:
            if instalment.due > end:
                index = next((i for i, month in enumerate(months) if instalment.due <= month.end), None)
                if index is not None:
                    found[index] += agreement.in_francs(instalment.amount, instalment.due, books.policy.currency)
    return tuple(found)


def _own_income(books: Books, tree: str, end: date, covered: tuple[bool, ...]) -> dict[str, Flow]:
    """The monthly average of the past year (of the months the books know), in the months an agreement covers."""
    since, many = _past(books, end, MONTHS)
    own = books.policy.organisation.own_income
    sums = dict.fromkeys((FEES, SERVICES, OTHER, SHARES), 0)
    numbers = (*own, *sycebnl.SHARED_COSTS)
    entries = books.matching(
        lambda pattern: any(each.tree == tree and each.number.startswith(numbers) for each in pattern.accounts)
    )
    start = bisect_left(entries, since, key=lambda entry: entry.date)
    for entry in entries[start : bisect_right(entries, end, key=lambda entry: entry.date)]:
        if not entry.is_of_the_year:
            continue
        for movement in entry.movements:
            kind = _income(entry, movement, own) if movement.account.tree == tree else None
            if kind is not None:
                sums[kind] -= movement.value
    averages = {kind: _rounded(Fraction(amount, many)) for kind, amount in sums.items()}
    return {kind: tuple(amount if here else 0 for here in covered) for kind, amount in averages.items()}


def _income(entry: Entry, movement: Movement, own: tuple[str, ...]) -> str | None:
    """Which of the organisation's own receipts a movement is; None when it is none."""
    number = movement.account.number
    if entry.truth("reciproque") and number.startswith(sycebnl.SHARED_COSTS):
        return SHARES
    if not (own and number.startswith(own)):
        return None
    kinds = ((FEES, sycebnl.MEMBERSHIP_FEES), (SERVICES, sycebnl.SERVICES_SOLD))
    return next((kind for kind, numbers in kinds if number.startswith(numbers)), OTHER)


# --- disbursements ------------------------------------------------------------------------------------------------


def _budgets(
    books: Books, tree: str, end: date, agreements: Iterable[Agreement], months: tuple[Period, ...]
) -> tuple[dict[str, Flow], int]:
    """What is left of the budgets month by month, and what is left of the lines that wait for the donor's approval."""
    charged = books.charges_by_line(tree).every
    active = {
        line for each in books.policy.programmes if each.donor == tree for act in each.activities for line in act.lines
    }
    found = {kind: [0] * len(months) for kind in PAYMENTS}
    reserve = 0
    for agreement in agreements:
        if agreement.final_day <= end:
            continue
        own = charged.get(agreement.id, {})
        for line, amount in _to_spend(books, agreement, end):
            left = max(0, amount - (own[line.code].spent(end) if line.code in own else 0))
            if line.is_reserve:
                reserve += left
                continue
            flow = found[nature(line, active)]
            for index, part in enumerate(phased(agreement, line, left, end, months)):
                flow[index] += part
    return {kind: tuple(flow) for kind, flow in found.items()}, reserve


def _to_spend(books: Books, agreement: Agreement, end: date) -> Iterator[tuple[BudgetLine, int]]:
    """The lines in force on a day, and what these books have to spend on each: all but what was spent before them."""
    currency, lines = books.policy.currency, agreement.budget_at(end)
    earlier = spent_before(agreement, currency)
    for code, amount in lines_in_force(budget_versions(agreement, currency), end).items():
        line = lines[code]
        left = amount - earlier.get(code, 0) if earlier else _knowable(books, agreement, line, amount)
        yield line, left


def nature(line: BudgetLine, activities: Iterable[str]) -> str:
    """What a budget line pays: by the accounts it allows, else by whether an activity of the programme draws on it."""
    return _kind_of(line.accounts) or (ACTIVITIES if line.code in activities else RUNNING)


@cache
def _kind_of(accounts: tuple[str, ...]) -> str:
    """What is paid by a line that allows these accounts; "" when they do not say."""
    for kind, numbers in ((ASSETS, sycebnl.ASSETS), (TAXES, sycebnl.TAXES), (STAFF, sycebnl.STAFF)):
        if accounts and all(number.startswith(numbers) for number in accounts):
            return kind
    return ""


def _knowable(books: Books, agreement: Agreement, line: BudgetLine, amount: int) -> int:
    """The part of a line to spend since the books began: what was spent before is not said, and taken as planned."""
    if agreement.start >= books.start:
        return amount
    days_before = agreement.start, books.start - timedelta(days=1)
    weights = _weights(line, agreement.start, agreement.final_day)
    whole = _sum(weights, agreement.start, agreement.final_day)
    return amount - _rounded(amount * _sum(weights, *days_before) / whole)


def phased(agreement: Agreement, line: BudgetLine, left: int, end: date, months: Sequence[Period]) -> Flow:
    """What is left of a line over the months to come: as its calendar says, else in proportion to the days left.

    Over all the months to the agreement's end, the parts add up to what is left.
    """
    first, last = max(end + timedelta(days=1), agreement.start), agreement.final_day
    weights = _weights(line, first, last)
    whole = _sum(weights, first, last)
    done, found = 0, []
    for month in months:
        now = _rounded(left * _sum(weights, first, min(month.end, last)) / whole)
        found.append(now - done)
        done = now
    return tuple(found)


def _weights(line: BudgetLine, first: date, last: date) -> Mapping[Period, Fraction]:
    """The line's calendar where it says something of those days, else the days themselves."""
    weights = {own: Fraction(part) for own, part in line.calendar.items()}
    return weights if _sum(weights, first, last) else {Period("", first, last): Fraction(1)}


def _sum(weights: Mapping[Period, Fraction], first: date, last: date) -> Fraction:
    return sum((weight * _share(own, first, last) for own, weight in weights.items()), Fraction(0))


def _share(own: Period, start: date, end: date) -> Fraction:
    """The part of a period's days that falls between two days."""
    days = (min(own.end, end) - max(own.start, start)).days + 1
    return Fraction(max(days, 0), (own.end - own.start).days + 1)


def _month_of_salaries(books: Books, tree: str, end: date) -> int:
    """The average of the last three months that the books know."""
    since, many = _past(books, end, 3)
    total = sum(
        posted.movement.value
        for account in books.tree_accounts(tree, *sycebnl.STAFF)
        for posted in books.movements(account.name)
        if since <= posted.entry.date <= end and posted.entry.is_of_the_year
    )
    return _rounded(Fraction(max(total, 0), many))
