"""What a year's budget is, agreement by agreement: lines by quarter, who pays, what the year before spent, who adopted it.

A line's part of a quarter is what its calendar, else the passing of time, puts there; parts are differences of rounded running
totals, so that they add up to the line over the agreement. What waits for the donor's approval is in no quarter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby

from grandlivre.books.adoptions import addendum_text, adoptions, budget_texts, is_yearly, stated
from grandlivre.books.budget import Charge, budget_versions, lines_in_force, planned
from grandlivre.books.directives.governance import Meeting
from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.policy.donors import OWN_TREE, Agreement, BudgetLine
from grandlivre.policy.periods import Period, day_after, day_before
from grandlivre.policy.sycebnl import SHARED_COSTS
from grandlivre.policy.values import add_months
from grandlivre.reports.execution import total

Quarters = tuple[int, ...]
"""One amount a quarter of the year."""


@dataclass(frozen=True, slots=True)
class LineBudget:
    """A line of a budget in a year, whole francs."""

    code: str
    line: BudgetLine | None
    """None for what was spent on a line that the budget does not have."""
    heading: str
    quarters: Quarters
    donor: int
    """Of the year, what the donor pays."""
    reserve: int
    """The whole line, when it waits for the donor's approval; then it is in no quarter."""
    spent: tuple[Charge, ...]
    """In the year before."""

    @property
    def year(self) -> int:
        """The year's budget."""
        return sum(self.quarters)

    @property
    def own(self) -> int:
        """What own resources pay of it."""
        return self.year - self.donor


@dataclass(frozen=True, slots=True)
class Adopted:
    """A budget or an addendum, and how it was adopted."""

    text: str
    """What `adopte` calls it."""
    day: date | None
    """None: still to adopt."""
    meeting: Meeting | None
    """None when `adoptee-le` says it."""


@dataclass(frozen=True, slots=True)
class AgreementBudget:
    """An agreement in a year; one that does not run in it has no lines but what the year before spent."""

    tree: str
    agreement: Agreement | None
    """None for what was spent outside every agreement."""
    runs: bool
    """Whether a day of the year is in it."""
    lines: tuple[LineBudget, ...]
    adopted: tuple[Adopted, ...]
    instalments: int
    """Expected in the year."""

    @property
    def headings(self) -> Iterator[tuple[str, tuple[LineBudget, ...]]]:
        """Its lines by heading."""
        for code, lines in groupby(self.lines, key=lambda line: line.heading):
            yield code, tuple(lines)

    @property
    def quarters(self) -> Quarters:
        """Its lines added up."""
        return added(line.quarters for line in self.lines)

    @property
    def year(self) -> int:
        """The year's budget."""
        return sum(self.quarters)

    @property
    def donor(self) -> int:
        """What the donor pays of it."""
        return sum(line.donor for line in self.lines)

    @property
    def own(self) -> int:
        """What own resources pay of it."""
        return self.year - self.donor

    @property
    def spent(self) -> int:
        """In the year before."""
        return sum(total(line.spent) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Shared:
    """What trees charge each other for costs they share."""

    charged: Mapping[str, tuple[Charge, ...]]
    """What each tree paid another in the year before, entry by entry."""
    received: tuple[Entry, ...]
    """The entries of the year before that hold the counterpart."""
    taken: int
    """What those entries credit (78)."""
    expected: Mapping[str, Quarters]
    """What each tree is expected to pay in the year: its monthly average of the last twelve months, in the months that it and
    the receiver have an agreement."""

    @property
    def trees(self) -> tuple[str, ...]:
        """Those that pay or paid another."""
        return tuple(sorted(self.charged.keys() | self.expected.keys()))

    @property
    def quarters(self) -> Quarters:
        """All that is expected."""
        return added(self.expected.values())

    @property
    def spent(self) -> int:
        """All that was charged in the year before."""
        return sum(total(own) for own in self.charged.values())

    @property
    def gap(self) -> int:
        """Charged less received in the year before: nothing, when every share has its counterpart."""
        return self.spent - self.taken


@dataclass(frozen=True)
class YearBudget:
    """The budget of one year, of a tree or of all."""

    year: Period
    before: Period
    """The year before, up to today."""
    known: bool
    """Whether the books hold something of the year before."""
    agreements: tuple[AgreementBudget, ...]
    shared: Shared

    @cached_property
    def running(self) -> tuple[AgreementBudget, ...]:
        """Those of which something falls in the year."""
        return tuple(each for each in self.agreements if each.runs)

    def shown(self, management: bool) -> tuple[AgreementBudget, ...]:
        """Of the organisation's own running, or of the projects: what runs in the year or was spent from in the year before."""
        kept = (each for each in self.agreements if each.runs or each.spent)
        return tuple(each for each in kept if (each.tree == OWN_TREE) == management)

    @property
    def quarters(self) -> Quarters:
        """The trees added up, less what they charge each other."""
        return tuple(
            all_ - shared
            for all_, shared in zip(added(each.quarters for each in self.agreements), self.shared.quarters, strict=True)
        )

    @property
    def spent(self) -> int:
        """The year before, less what trees charged each other."""
        return sum(each.spent for each in self.agreements) - self.shared.spent


def added(flows: Iterable[Quarters]) -> Quarters:
    """Quarter by quarter; nothing at all is four times nothing."""
    kept = list(flows)
    return tuple(map(sum, zip(*kept, strict=True))) if kept else (0, 0, 0, 0)


def year_budget(books: Books, tree: str, year: int) -> YearBudget:
    """The budget of a year, of a tree or, without one, of all; shares of common costs matter to all alone."""
    period, before = _year(year), _year(year - 1)
    before = before._replace(end=min(before.end, books.today))
    every = dict.fromkeys((*sorted(books.policy.donors), *books.trees))
    trees = (tree,) if tree else tuple(sorted(every, key=lambda code: code == OWN_TREE))
    reader = _Reader(books, period, before)
    return YearBudget(
        period,
        before,
        books.start <= before.end,
        tuple(each for code in trees for each in reader.agreements(code)),
        reader.nothing_shared() if tree else reader.shared(trees),
    )


def _year(year: int) -> Period:
    return Period(f"{year:04d}", date(year, 1, 1), date(year, 12, 31))


@dataclass(frozen=True)
class _Reader:
    books: Books
    year: Period
    before: Period

    @cached_property
    def quarters(self) -> tuple[Period, ...]:
        return tuple(Period.quarter(self.year.start.replace(month=month)) for month in (1, 4, 7, 10))

    @cached_property
    def by_board(self) -> Mapping[str, Meeting]:
        return adoptions(self.books, "bureau")

    def agreements(self, tree: str) -> Iterator[AgreementBudget]:
        """Every agreement of a tree, then what no agreement covers of the year before."""
        spent: dict[str, list[Charge]] = {}
        for charge in self.books.charges_by_tree.get(tree, ()):
            if charge.entry.date in self.before:
                spent.setdefault(charge.agreement.id if charge.agreement else "", []).append(charge)
        for agreement in self.books.tree_agreements(tree):
            runs = agreement.start <= self.year.end and agreement.final_day >= self.year.start
            yield self._agreement(tree, agreement, runs, spent.pop(agreement.id, []))
        outside = tuple(charge for own in spent.values() for charge in own)
        if outside:
            line = LineBudget("", None, "", (0, 0, 0, 0), 0, 0, outside)
            yield AgreementBudget(tree, None, False, (line,), (), 0)

    def _agreement(self, tree: str, agreement: Agreement, runs: bool, own: Sequence[Charge]) -> AgreementBudget:
        currency, end = self.books.policy.currency, self.year.end
        definitions = agreement.budget_at(end) if runs else {}
        donor = lines_in_force(budget_versions(agreement, currency), end) if runs else {}
        spent: dict[str, list[Charge]] = {}
        for charge in own:
            spent.setdefault(charge.line, []).append(charge)
        home = agreement.heading_of
        found = []
        for code in (*definitions, *sorted(spent.keys() - definitions.keys())):
            line, charged = definitions.get(code), tuple(spent.get(code, ()))
            if line is None:
                found.append(LineBudget(code, None, "", (0, 0, 0, 0), 0, 0, charged))
                continue
            whole = agreement.in_francs(line.total, end, currency)
            if line.is_reserve:
                found.append(LineBudget(code, line, home[code], (0, 0, 0, 0), 0, whole, charged))
                continue
            quarters = tuple(_part(agreement, line, whole, each) for each in self.quarters)
            paid = _part(agreement, line, donor[code], self.year)
            found.append(LineBudget(code, line, home[code], quarters, self._donor(agreement, paid), 0, charged))
        instalments = sum(
            agreement.in_francs(each.amount, each.due, currency)
            for each in agreement.instalments
            if each.due in self.year
        )
        adopted = tuple(self._adopted(tree, agreement)) if runs else ()
        return AgreementBudget(tree, agreement, runs, tuple(found), adopted, instalments)

    def _donor(self, agreement: Agreement, amount: int) -> int:
        """The donor's part; own resources have none."""
        return 0 if is_yearly(agreement) else amount

    def _adopted(self, tree: str, agreement: Agreement) -> Iterator[Adopted]:
        """The budget of the year, then the addenda that hold in it."""
        year = self.year.start.year
        first = not is_yearly(agreement) or year == agreement.start.year
        yield self._adoption(budget_texts(tree, agreement, year), stated(self.books, agreement) if first else None)
        for each in agreement.addenda:
            if each.since <= self.year.end:
                yield self._adoption((addendum_text(agreement, each.since),), None)

    def _adoption(self, texts: Sequence[str], said: date | None) -> Adopted:
        held = min((self.by_board[text] for text in texts if text in self.by_board), key=_day, default=None)
        return Adopted(texts[0], held.date if held is not None else said, held)

    # --- what trees charge each other -------------------------------------------------------------------------------

    def nothing_shared(self) -> Shared:
        """Of one tree alone: nothing is taken out."""
        return Shared({}, (), 0, {})

    def shared(self, trees: Sequence[str]) -> Shared:
        """The shares of the year before, and what is expected of the year."""
        entries = [each for each in self.books.carrying("reciproque") if each.truth("reciproque")]
        recent = Period("", add_months(day_after(self.books.today), -12), self.books.today)
        covered = self._months(each.tree for each in entries if each.date in recent and _taken(each))
        expected = {
            tree: self._expected(own, covered & self._months((tree,)))
            for tree, own in self._charged(entries, recent).items()
            if tree in trees
        }
        received = tuple(each for each in entries if each.date in self.before and _taken(each))
        return Shared(self._charged(entries, self.before), received, sum(map(_taken, received)), expected)

    def _charged(self, shares: Iterable[Entry], span: Period) -> dict[str, tuple[Charge, ...]]:
        """What each tree paid by the shares of some days."""
        found: dict[str, list[Charge]] = {}
        for charge in self.books.charges_of(each for each in shares if each.date in span):
            found.setdefault(charge.entry.tree, []).append(charge)
        return {tree: tuple(own) for tree, own in found.items()}

    def _months(self, trees: Iterable[str]) -> frozenset[Period]:
        """The months of the year in which one of some trees has an agreement."""
        every = [agreement for tree in set(trees) for agreement in self.books.tree_agreements(tree)]
        return frozenset(
            month
            for month in self.year.months()
            if any(each.start <= month.end and each.final_day >= month.start for each in every)
        )

    def _expected(self, own: Sequence[Charge], months: frozenset[Period]) -> Quarters:
        """The average of the months that hold a share, in each of these months."""
        many = len({(each.entry.date.year, each.entry.date.month) for each in own})
        average = (2 * total(own) + many) // (2 * many)
        return tuple(average * sum(month.start in quarter for month in months) for quarter in self.quarters)


def _day(meeting: Meeting) -> date:
    return meeting.date


def _part(agreement: Agreement, line: BudgetLine, amount: int, period: Period) -> int:
    """What of a line falls in a period: the running total at its end less that before it."""
    until, before = (Period("", date.min, day) for day in (period.end, day_before(period.start)))
    return planned(agreement, line, amount, until) - planned(agreement, line, amount, before)


def _taken(entry: Entry) -> int:
    """What an entry credits to shared costs."""
    return -sum(movement.value for movement in entry.movements if movement.account.number.startswith(SHARED_COSTS))
