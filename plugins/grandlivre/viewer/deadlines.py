"""What is due soon: reports to donors, decisions of meetings, and when each body met last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.policy.donors import Agreement, ReportDue
from grandlivre.policy.periods import Period
from grandlivre.reports.catalogue import models
from grandlivre.viewer.asking import Asked

HORIZON = 30
"""Days ahead that a director looks at."""
_MONTHS = {"mois": 1, "trimestre": 3, "semestre": 6, "annee": 12}
BODIES = {"bureau": "Bureau exécutif", "direction": "Direction", "equipe": "Équipes", "ag": "Assemblée générale"}


class ReportToSend(NamedTuple):
    """A report owed to a donor and not recorded as sent."""

    tree: str
    model: str
    period: Period
    deadline: date
    days: int
    """Left before the deadline; negative once it is past."""
    older: int
    """How many earlier ones of the same kind are not recorded as sent either."""

    @property
    def title(self) -> str:
        """What the report is called."""
        model = models().get(self.model)
        return model.title if model is not None else self.model

    @property
    def exists(self) -> bool:
        """Whether the report can be made."""
        return self.model in models()


def reports_to_send(books: Books, asked: Asked) -> tuple[ReportToSend, ...]:
    """For each report a donor is owed, the latest that has begun to count and was not sent, by deadline."""
    sent = {(each.tree, each.model, each.period) for each in books.directives.transmissions if each.date <= asked.day}
    found = []
    for tree in asked.trees:
        donor = books.donor(tree)
        for agreement in donor.agreements if donor is not None else ():
            for owed in agreement.reports:
                waiting = [
                    (period, deadline)
                    for period, deadline in _owed(agreement, owed, asked.day, books.policy.holidays)
                    if (tree, owed.model, period.code) not in sent and period.end >= books.start
                ]
                if waiting:
                    period, deadline = waiting[-1]
                    left = (deadline - asked.day).days
                    found.append(ReportToSend(tree, owed.model, period, deadline, left, len(waiting) - 1))
    return tuple(sorted(found, key=lambda row: (row.deadline, row.tree, row.model)))


def _owed(agreement: Agreement, owed: ReportDue, day: date, holidays: frozenset[date]) -> Iterator[tuple[Period, date]]:
    """The periods of a report that have ended, or whose deadline is near, oldest first."""
    months = _MONTHS[owed.every]
    year, index = agreement.start.year, (agreement.start.month - 1) // months
    while True:
        code = {
            1: f"{year:04d}-{index + 1:02d}",
            3: f"{year:04d}-T{index + 1}",
            6: f"{year:04d}-S{index + 1}",
            12: f"{year:04d}",
        }[months]
        period = Period.parse(code)
        assert period is not None
        deadline = owed.delay.after(period.end, holidays)
        near = period.end <= day or deadline <= day + timedelta(days=HORIZON)
        if not near or period.start > min(day, agreement.final_day):
            return
        yield period, deadline
        index += 1
        if index == 12 // months:
            year, index = year + 1, 0


class SameReport(NamedTuple):
    """A report that several trees owe on the same day."""

    rows: tuple[ReportToSend, ...]

    @property
    def first(self) -> ReportToSend:
        """One of them, for what they share."""
        return self.rows[0]

    @property
    def older(self) -> int:
        """Earlier ones that are not recorded as sent."""
        return sum(row.older for row in self.rows)


def together(rows: tuple[ReportToSend, ...]) -> tuple[SameReport, ...]:
    """Reports of one model, period and deadline on one line: those to come first, then the latest deadline."""
    found: dict[tuple[str, str, date], list[ReportToSend]] = {}
    for row in rows:
        found.setdefault((row.model, row.period.code, row.deadline), []).append(row)
    same = [SameReport(tuple(group)) for group in found.values()]
    return tuple(sorted(same, key=lambda each: (each.first.days < 0, abs(each.first.days), each.first.model)))


class LastMeeting(NamedTuple):
    """When a body met last."""

    body: str
    date: date
    subject: str
    place: tuple[str, int]


def last_meetings(books: Books, asked: Asked) -> tuple[LastMeeting, ...]:
    """The latest meeting of each body, in the order of the bodies."""
    latest: dict[str, LastMeeting] = {}
    for meeting in sorted(books.directives.meetings, key=lambda each: each.date):
        if meeting.date <= asked.day:
            place = (meeting.place.file, meeting.place.line)
            latest[meeting.body] = LastMeeting(meeting.body, meeting.date, meeting.subject, place)
    return tuple(latest[body] for body in BODIES if body in latest)


class Decision(NamedTuple):
    """A decision of a meeting that comes due."""

    text: str
    person: str
    deadline: date
    days: int
    place: tuple[str, int]


def decisions(books: Books, asked: Asked) -> tuple[Decision, ...]:
    """The decisions whose deadline lies within a month before or after the day."""
    found = []
    for meeting in books.directives.meetings:
        if meeting.date > asked.day:
            continue
        for text, who, deadline in meeting.decisions:
            if deadline is not None and abs((deadline - asked.day).days) <= HORIZON:
                person = books.policy.people.get(who)
                place = (meeting.place.file, meeting.place.line)
                name = person.name if person is not None else who
                found.append(Decision(text, name, deadline, (deadline - asked.day).days, place))
    return tuple(sorted(found, key=lambda row: (row.deadline, row.text)))
