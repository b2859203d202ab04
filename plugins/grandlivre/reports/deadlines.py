"""What falls due around a period: reports owed, bank statements, cash counts, meetings, closings, and dates of agreements.

An obligation is listed when its deadline falls in the period, or when it comes from a month, quarter or year that ends in it.
What is late is late on every screen and paper until it is done: `overdue` is the one count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from grandlivre.books.directives.governance import Meeting
from grandlivre.books.index import Books
from grandlivre.books.records import Account, Place
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

Kind = Literal["rapport", "releve", "comptage", "reunion", "decision", "cloture", "tranche", "convention", "mandat"]
DUTIES = ("rapport", "releve", "comptage", "decision", "cloture")
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
    """A model, an account, a decision, an agreement or a person."""
    period: str
    """The month, quarter or year it comes from; "" when it comes from none."""
    who: str = ""
    """The identifier of who does it, when somebody is named."""
    done: date | None = None
    """The day it was done, when the books say so."""
    place: Place | None = None
    many: tuple[int, int] | None = None
    """(held, expected), for weekly meetings."""

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
        *_team_meetings(context, trees),
        *_agreements(context, trees),
        *_decisions(context, trees),
    ]
    if not scope:
        found += [*_board_meetings(context), *_closings(context), *_mandates(context)]
    return tuple(sorted(found, key=lambda each: (each.day, each.kind, each.tree, each.subject, each.period)))


def _months(context: Context) -> Iterator[Period]:
    """The months whose duties may fall in the period, from the books' first day on."""
    first = add_months(context.period.start, _BACK)
    last = add_months(context.period.end.replace(day=1), _AHEAD)
    yield from Period("", max(first, context.books.start.replace(day=1)), last).months()


def _listed(context: Context, ends: date, deadline: date) -> bool:
    return ends in context.period or deadline in context.period


def _reports(context: Context, trees: tuple[str, ...]) -> Iterator[Deadline]:
    books = context.books
    first = max(add_months(context.period.start, _BACK), books.start)
    for tree in trees:
        for owed in reports_owed(books, tree, first, add_months(context.period.end, _AHEAD)):
            if _listed(context, owed.period.end, owed.day):
                at = owed.sent.place if owed.sent is not None else None
                yield Deadline(owed.day, "rapport", tree, owed.model, owed.period.code, done=owed.done, place=at)


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
            found = known.get((account.name, month.code))
            yield Deadline(
                day,
                "releve",
                account.tree,
                account.name,
                month.code,
                done=found.date if found is not None else None,
                place=found.place if found is not None else None,
            )


def _counts(context: Context, trees: tuple[str, ...]) -> Iterator[Deadline]:
    """The monthly counts; as the control has it, one count serves one month."""
    books = context.books
    rule = setting(context, CashNotCounted)
    for account in books.tills:
        counts = sorted(
            (
                each
                for each in books.directives.counts
                if each.account.name == account.name and (not each.kind or each.kind in rule.kinds)
            ),
            key=lambda each: each.date,
        )
        if account.tree not in trees:
            continue
        box = books.policy.tills.get(account.name)
        position = 0
        for month in _months(context):
            day = rule.delay.after(month.end, books.policy.holidays)
            while position < len(counts) and counts[position].date < month.start:
                position += 1
            found = counts[position] if position < len(counts) and counts[position].date <= day else None
            position += found is not None
            if _in_use(books, account, month) and _listed(context, month.end, day):
                yield Deadline(
                    day,
                    "comptage",
                    account.tree,
                    account.name,
                    month.code,
                    box.cashier or "" if box is not None else "",
                    found.date if found is not None else None,
                    found.place if found is not None else None,
                )


def _team_meetings(context: Context, trees: tuple[str, ...]) -> Iterator[Deadline]:
    """A meeting a week and programme, closed weeks apart; a week belongs to the month of its Thursday."""
    books, closed = context.books, context.books.policy.organisation.closed_weeks
    met: dict[tuple[str, str], Meeting] = {}
    for meeting in books.directives.meetings:
        if meeting.body == "equipe":
            met[meeting.programme, _week(meeting.date)] = meeting
    for programme in books.policy.programmes:
        if programme.donor not in trees:
            continue
        for month in context.period.months():
            days = (month.start + timedelta(days=ahead) for ahead in range((month.end - month.start).days + 1))
            weeks = [_week(day) for day in days if day.weekday() == 3]
            expected = sum(week not in closed for week in weeks)
            held = [met[programme.donor, week] for week in weeks if (programme.donor, week) in met]
            yield Deadline(
                month.end,
                "reunion",
                programme.donor,
                "equipe",
                month.code,
                programme.lead or "",
                held[-1].date if len(held) >= expected and held else None,
                held[-1].place if held else None,
                (len(held), expected),
            )


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def _board_meetings(context: Context) -> Iterator[Deadline]:
    """The management's monthly meeting."""
    if not context.books.policy.organisation.bodies:
        return
    for month in context.period.months():
        every = context.books.directives.meetings
        held = [each for each in every if each.body == "direction" and each.date in month]
        done = held[0] if held else None
        yield Deadline(
            month.end,
            "reunion",
            "",
            "direction",
            month.code,
            done=done.date if done is not None else None,
            place=done.place if done is not None else None,
        )


def _decisions(context: Context, trees: tuple[str, ...]) -> Iterator[Deadline]:
    """Those of the trees' own meetings; without a scope, those of every meeting."""
    for meeting in context.books.directives.meetings:
        if context.scope.tree and meeting.programme not in trees:
            continue
        for each in meeting.decisions:
            if each.due is not None and each.due in context.period:
                yield Deadline(
                    each.due, "decision", meeting.programme, each.text, "", each.who, each.done, meeting.place
                )


def _closings(context: Context) -> Iterator[Deadline]:
    books = context.books
    closed = {each.period: each for each in books.closings}
    for month in _months(context):
        quarter = ending(month.end, 3)
        if quarter is None:
            continue
        day = books.policy.organisation.closing_delay.after(quarter.end, books.policy.holidays)
        if _listed(context, quarter.end, day):
            done = closed.get(quarter.code)
            yield Deadline(
                day,
                "cloture",
                "",
                quarter.code,
                quarter.code,
                done=done.date if done is not None else None,
                place=done.place if done is not None else None,
            )


def _agreements(context: Context, trees: tuple[str, ...]) -> Iterator[Deadline]:
    """Instalments, with the day they came in, and last days of eligibility."""
    for tree in trees:
        donor = context.books.donor(tree)
        for agreement in donor.agreements if donor is not None else ():
            name = agreement.number or agreement.id
            expected = [each for each in agreement.instalments if each.due in context.period]
            came = _came_in(context.books, tree, agreement) if expected else {}
            for instalment in expected:
                subject = f"{name} : {instalment.amount}"
                done, place = came.get(instalment.due, (None, None))
                yield Deadline(instalment.due, "tranche", tree, subject, "", done=done, place=place)
            if agreement.final_day in context.period:
                yield Deadline(agreement.final_day, "convention", tree, name, "")


def _came_in(books: Books, tree: str, agreement: Agreement) -> dict[date, tuple[date, Place]]:
    """When each instalment since the books began was whole: receipts fill the oldest first."""
    waiting = [each for each in sorted(agreement.instalments, key=lambda each: each.due) if each.due >= books.start]
    loans, currency = books.policy.loan_accounts, books.policy.currency
    received = wanted = 0
    found: dict[date, tuple[date, Place]] = {}
    for entry in books.matching(lambda pattern: tree in pattern.trees):
        if entry.is_opening or entry.kind == "cloture" or books.agreement(entry) is not agreement:
            continue
        own = [each for each in entry.movements if each.account.tree == tree]
        if any(each.value > 0 and each.account.is_(*TREASURY) for each in own):
            received -= sum(each.value for each in own if group(each.account, loans) == "funds")
        while waiting and received >= wanted + agreement.in_francs(waiting[0].amount, waiting[0].due, currency):
            instalment = waiting.pop(0)
            wanted += agreement.in_francs(instalment.amount, instalment.due, currency)
            found[instalment.due] = (entry.date, entry.place)
    return found


def _mandates(context: Context) -> Iterator[Deadline]:
    for mandate in context.books.policy.mandates:
        if mandate.end is not None and mandate.end in context.period:
            yield Deadline(mandate.end, "mandat", "", mandate.power, "", mandate.person)
