"""What falls due around a period: reports owed, bank statements, cash counts, advances, meetings, closings, dates of agreements.

An obligation is listed when its deadline falls in the period, or when it comes from a month, quarter or year that ends in it.
What is late is late on every screen and paper until it is done: `overdue` is the one count.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate
from typing import Literal, Protocol

from grandlivre.books.directives.cash import CashCount
from grandlivre.books.directives.closings import Closing
from grandlivre.books.directives.governance import Meeting
from grandlivre.books.index import Books
from grandlivre.books.purchases import Advance
from grandlivre.books.records import Account, Entry, Place
from grandlivre.books.reports_owed import ending, reports_owed
from grandlivre.checks.cash_not_counted import CashNotCounted
from grandlivre.checks.unreconciled_bank import UnreconciledBank
from grandlivre.policy.donors import Agreement
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import TREASURY
from grandlivre.policy.values import add_months
from grandlivre.reports.holdings import group
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.limits import setting

Kind = Literal[
    "rapport", "releve", "comptage", "avance", "reunion", "decision", "cloture", "tranche", "convention", "mandat"
]
DUTIES = ("rapport", "releve", "comptage", "avance", "decision", "cloture")
"""What can be done after its day: late until then. A meeting that was not held is missed; the other dates are not ours to keep."""
_BACK, _AHEAD = -15, 2
"""Months around a period that can hold what falls due in it."""


@dataclass(frozen=True)
class Deadline:
    """One thing due."""

    day: date
    kind: Kind
    tree: str
    subject: str
    """A model, an account, an advance, a decision, an agreement or a person."""
    period: str
    """The month, quarter or year it comes from; "" when it comes from none."""
    who: str = ""
    """The identifier of who does it, when somebody is named."""
    done: date | None = None
    """The day it was done, when the books say so."""
    place: Place | None = None
    many: tuple[int, int] | None = None
    """(held, expected), for weekly meetings."""
    since: date | None = None
    """What tells it from another of the same words: the day of its meeting, of its instalment, the first of its mandate."""

    @property
    def identity(self) -> tuple[str, ...]:
        """What it is, whatever becomes of it: a report, a statement or a decision keeps it when its day or state changes."""
        holder = self.who if self.kind == "mandat" else ""
        return (self.tree, self.kind, self.subject, self.period, holder, self.since.isoformat() if self.since else "")

    def is_done(self, today: date) -> bool:
        """Whether it was done by the end of a day."""
        return self.done is not None and self.done <= today

    def is_late(self, today: date) -> bool:
        """Whether it is past its day and not done."""
        return self.kind in DUTIES and self.day < today and not self.is_done(today)


def overdue(books: Books, tree: str, today: date) -> tuple[Deadline, ...]:
    """Everything late on a day since the books began, of a tree or of all, the oldest first."""
    since = Context(books, Scope(tree), Period("", min(books.start, today), today))
    return tuple(each for each in deadlines(since) if each.is_late(today))


def deadlines(context: Context) -> tuple[Deadline, ...]:
    """Everything due, by day, kind and tree."""
    books, scope = context.books, context.scope.tree
    trees = (scope,) if scope else books.trees
    found = [
        *_reports(context, trees),
        *_statements(context, trees),
        *_counts(context, trees),
        *_advances(context, trees),
        *_team_meetings(context, trees),
        *_agreements(context, trees),
        *_decisions(context, trees),
    ]
    if not scope:
        found += [*_board_meetings(context), *_closings(context), *_mandates(context)]
    return tuple(sorted(found, key=lambda each: (each.day, each.kind, each.tree, each.subject, each.period)))


def _beginning(books: Books) -> date:
    """The day from which anything is owed, as the controls have it: the first transaction's; today in fresh books."""
    return max(books.first_transaction or books.today, books.start)


def _owing(context: Context) -> Iterator[Period]:
    """The months of the period in which something may be owed."""
    return (month for month in context.period.months() if month.end >= _beginning(context.books))


def _months(context: Context) -> Iterator[Period]:
    """The months whose duties may fall in the period, from the first that owes anything."""
    first = add_months(context.period.start, _BACK)
    last = add_months(context.period.end.replace(day=1), _AHEAD)
    yield from Period("", max(first, _beginning(context.books).replace(day=1)), last).months()


def _listed(context: Context, ends: date, deadline: date) -> bool:
    return ends in context.period or deadline in context.period


class _Directive(Protocol):
    """What says, at its place, that something was done on its date."""

    @property
    def date(self) -> date: ...
    @property
    def place(self) -> Place: ...


def _duty(
    day: date, kind: Kind, tree: str, subject: str, period: str, done: _Directive | None, *, who: str = ""
) -> Deadline:
    """What is to be done by a day, and the directive that says that it was."""
    found = (done.date, done.place) if done is not None else (None, None)
    return Deadline(day, kind, tree, subject, period, who, *found)


def _reports(context: Context, trees: tuple[str, ...]) -> Iterator[Deadline]:
    books = context.books
    first = max(add_months(context.period.start, _BACK), _beginning(books))
    for tree in trees:
        for owed in reports_owed(books, tree, first, add_months(context.period.end, _AHEAD)):
            if _listed(context, owed.period.end, owed.day):
                yield _duty(owed.day, "rapport", tree, owed.model, owed.period.code, owed.sent)


def _in_use(books: Books, account: Account, month: Period) -> bool:
    moved = books.movements(account.name)
    began = bool(moved) and moved[0].entry.date <= month.end
    return began and (account.closed is None or account.closed >= month.start)


def _statements(context: Context, trees: tuple[str, ...]) -> Iterator[Deadline]:
    books = context.books
    delay = setting(context, UnreconciledBank).delay
    known = {(each.account.name, each.month): each for each in reversed(books.directives.statements)}
    for month in _months(context):
        day = delay.after(month.end, books.policy.holidays)
        for account in books.banks:
            if account.tree not in trees or not _in_use(books, account, month) or not _listed(context, month.end, day):
                continue
            yield _duty(day, "releve", account.tree, account.name, month.code, known.get((account.name, month.code)))


def _counts(context: Context, trees: tuple[str, ...]) -> Iterator[Deadline]:
    """The monthly counts; as the control has it, one count serves one month."""
    books = context.books
    rule = setting(context, CashNotCounted)
    for account in books.tills:
        if account.tree not in trees:
            continue
        counts = _valid_counts(books, account, rule.kinds)
        for month in _months(context):
            day = rule.delay.after(month.end, books.policy.holidays)
            while counts and counts[0].date < month.start:
                counts.popleft()
            done = counts.popleft() if counts and counts[0].date <= day else None
            if _in_use(books, account, month) and _listed(context, month.end, day):
                yield _duty(
                    day,
                    "comptage",
                    account.tree,
                    account.name,
                    month.code,
                    done,
                    who=books.policy.cashier(account.name),
                )


def _valid_counts(books: Books, account: Account, kinds: Collection[str]) -> deque[CashCount]:
    """The counts of a till that may serve a month, oldest first."""
    own = (each for each in books.directives.counts if each.account.name == account.name)
    return deque(sorted((each for each in own if not each.kind or each.kind in kinds), key=lambda each: each.date))


def _advances(context: Context, trees: tuple[str, ...]) -> Iterator[Deadline]:
    """The last day to justify each advance; done once nothing of it is open any more."""
    for each in context.books.advances:
        if each.tree in trees and each.due is not None and each.due in context.period:
            opened = each.opened
            yield Deadline(
                each.due, "avance", each.tree, each.id, "", each.holder, settled(each), opened.place, since=opened.date
            )


def settled(advance: Advance) -> date | None:
    """The day from which nothing of it is open; None when something is, a justification that was reversed too."""
    done: date | None = None
    for day in sorted({entry.date for entry, _ in advance.settlements}):
        done = (done or day) if advance.open_on(day) <= 0 else None
    return done


def _team_meetings(context: Context, trees: tuple[str, ...]) -> Iterator[Deadline]:
    """A meeting a week and programme, closed weeks apart; a week belongs to the month of its Thursday."""
    books, closed = context.books, context.books.policy.organisation.closed_weeks
    for programme in books.policy.programmes:
        if programme.donor not in trees:
            continue
        met = _met(books, programme.donor)
        for month in _owing(context):
            weeks = _weeks(month)
            expected = sum(week not in closed for week in weeks)
            held = [met[week] for week in weeks if week in met]
            last, lead = held[-1] if held else None, programme.lead or ""
            duty = _duty(month.end, "reunion", programme.donor, "equipe", month.code, last, who=lead)
            yield replace(duty, done=duty.done if len(held) >= expected else None, many=(len(held), expected))


def _met(books: Books, programme: str) -> dict[str, Meeting]:
    """The team's meeting of each week."""
    own = (each for each in books.directives.meetings if each.body == "equipe" and each.programme == programme)
    return {_week(each.date): each for each in own}


def _weeks(month: Period) -> list[str]:
    """Those whose Thursday falls in a month."""
    thursday = month.start + timedelta(days=(3 - month.start.weekday()) % 7)
    return [_week(thursday + timedelta(weeks=more)) for more in range((month.end - thursday).days // 7 + 1)]


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def _board_meetings(context: Context) -> Iterator[Deadline]:
    """The management's monthly meeting."""
    if not context.books.policy.organisation.bodies:
        return
    for month in _owing(context):
        every = context.books.directives.meetings
        held = next((each for each in every if each.body == "direction" and each.date in month), None)
        yield _duty(month.end, "reunion", "", "direction", month.code, held)


def _decisions(context: Context, trees: tuple[str, ...]) -> Iterator[Deadline]:
    """Those of the trees' own meetings; without a scope, those of every meeting."""
    for meeting in context.books.directives.meetings:
        if context.scope.tree and meeting.programme not in trees:
            continue
        for each in meeting.decisions:
            if each.due is not None and each.due in context.period:
                who, done, place, since = each.who, each.done, meeting.place, meeting.date
                yield Deadline(each.due, "decision", meeting.programme, each.text, "", who, done, place, since=since)


def _closings(context: Context) -> Iterator[Deadline]:
    """A quarter is closed by whatever closing reaches its end, its last month's too."""
    books = context.books
    spans = [(span.end, each) for each in books.closings if (span := Period.parse(each.period)) is not None]
    for month in _months(context):
        quarter = ending(month.end, 3)
        if quarter is None:
            continue
        day = books.policy.organisation.closing_delay.after(quarter.end, books.policy.holidays)
        if _listed(context, quarter.end, day):
            yield _duty(day, "cloture", "", quarter.code, quarter.code, _reaching(spans, quarter.end))


def _reaching(spans: Iterable[tuple[date, Closing]], end: date) -> Closing | None:
    """The closing by which everything up to a day was closed first."""
    return min((each for until, each in spans if until >= end), key=lambda each: each.date, default=None)


def _agreements(context: Context, trees: tuple[str, ...]) -> Iterator[Deadline]:
    """Instalments, with the day they came in, and last days of eligibility."""
    for tree in trees:
        for agreement in context.books.tree_agreements(tree):
            name = agreement.number or agreement.id
            expected = [each for each in agreement.instalments if each.due in context.period]
            came = _came_in(context.books, tree, agreement) if expected else {}
            for instalment in expected:
                subject = f"{name} : {instalment.amount}"
                done, place = came.get(instalment.due, (None, None))
                yield Deadline(
                    instalment.due, "tranche", tree, subject, "", done=done, place=place, since=instalment.due
                )
            if agreement.final_day in context.period:
                yield Deadline(agreement.final_day, "convention", tree, name, "")


def _came_in(books: Books, tree: str, agreement: Agreement) -> dict[date, tuple[date, Place]]:
    """When each instalment since the books began was whole: receipts fill the oldest first."""
    waiting = deque(
        sorted((each for each in agreement.instalments if each.due >= books.start), key=lambda each: each.due)
    )
    wanted = deque(accumulate(agreement.in_francs(each.amount, each.due, books.policy.currency) for each in waiting))
    found: dict[date, tuple[date, Place]] = {}
    for entry, received in _received(books, tree, agreement):
        while wanted and received >= wanted[0]:
            wanted.popleft()
            found[waiting.popleft().due] = (entry.date, entry.place)
    return found


def _received(books: Books, tree: str, agreement: Agreement) -> Iterator[tuple[Entry, int]]:
    """The entries of an agreement, each with all that the donor had paid in by then."""
    loans = books.policy.loan_accounts
    received = 0
    for entry in books.matching(lambda pattern: tree in pattern.trees):
        if entry.is_opening or entry.kind == "cloture" or books.agreement(entry) is not agreement:
            continue
        own = [each for each in entry.movements if each.account.tree == tree]
        if any(each.value > 0 and each.account.is_(*TREASURY) for each in own):
            received -= sum(each.value for each in own if group(each.account, loans) == "funds")
        yield entry, received


def _mandates(context: Context) -> Iterator[Deadline]:
    for mandate in context.books.policy.mandates:
        if mandate.end is not None and mandate.end in context.period:
            yield Deadline(mandate.end, "mandat", "", mandate.power, "", mandate.person, since=mandate.start)
