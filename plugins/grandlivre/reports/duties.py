"""What is late or due soon, as the calendar counts it, and when each body met last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.meetings import Held, Slot, body_meetings, team_meetings
from grandlivre.policy.periods import Period
from grandlivre.reports import followup
from grandlivre.reports.asked import Asked
from grandlivre.reports.calendar import what
from grandlivre.reports.catalogue import models
from grandlivre.reports.deadlines import DUTIES, Deadline, deadlines
from grandlivre.reports.kit.context import Context, Scope

HORIZON = 30
"""Days ahead that a director looks at."""
BODIES = {"bureau": "Bureau exécutif", "direction": "Direction", "equipe": "Équipes", "ag": "Assemblée générale"}


class DueGroup(NamedTuple):
    """Obligations on one line: those of one kind that are late, or those due on the same day."""

    title: str
    rows: tuple[Deadline, ...]
    """The oldest first."""
    today: date
    exists: bool = True
    """Whether the report can be made."""

    @property
    def first(self) -> Deadline:
        """The oldest one."""
        return self.rows[0]

    @property
    def days(self) -> int:
        """Left before its day; negative when it is late."""
        return (self.first.day - self.today).days

    @property
    def latest(self) -> tuple[Deadline, ...]:
        """The latest one of each tree."""
        return tuple({each.tree: each for each in self.rows}.values())

    @property
    def label(self) -> str:
        """The months or quarters they come from."""
        spans = [span.label for each in self.rows if (span := Period.parse(each.period)) is not None]
        return " – ".join(dict.fromkeys((spans[0], spans[-1]))) if spans else ""


def waiting(books: Books, asked: Asked) -> tuple[DueGroup, ...]:
    """What is not done today, whatever days are looked at: first what is late, whatever its age, then what comes due or has ended."""
    today = books.today
    ahead = today + timedelta(days=HORIZON)
    context = Context(books, Scope(), Period("", min(books.start, today), ahead))
    found: dict[tuple[object, ...], list[Deadline]] = {}
    for each in deadlines(context):
        if each.kind not in DUTIES or each.is_done(today) or not (asked.whole or each.tree in asked.trees):
            continue
        late, ended = each.is_late(today), Period.parse(each.period)
        if each.day <= ahead or (ended is not None and ended.end <= today):
            subject = each.subject if each.kind in ("rapport", "decision") else ""
            own = () if late else (each.period, each.day.isoformat())
            found.setdefault((late, each.kind, subject, *own), []).append(each)
    known = models(books.policy)
    same = (DueGroup(_title(context, rows[0]), tuple(rows), today, rows[0].subject in known) for rows in found.values())
    return tuple(sorted(same, key=lambda due: (due.first.day, due.title)))


def late(found: Iterable[DueGroup]) -> int:
    """How many are late, one by one: the calendar's own count."""
    return sum(len(due.rows) for due in found if due.days < 0)


def to_send(found: Iterable[DueGroup]) -> int:
    """How many reports come due within the horizon."""
    return sum(len(due.rows) for due in found if due.first.kind == "rapport" and 0 <= due.days <= HORIZON)


def _title(context: Context, each: Deadline) -> str:
    """What they have in common: the report's name, the decision, else the kind of obligation."""
    words = what(context, each)
    if each.kind == "rapport":
        return words.partition(" : ")[2]
    return words if each.kind == "decision" else words.partition(" : ")[0]


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


class MissedMeetings(NamedTuple):
    """The meetings that a body, or a programme's team, owed since the first day asked for and did not hold."""

    body: str
    programme: str
    slots: tuple[Slot, ...]


def missed(books: Books, start: date, trees: Iterable[str], *, whole: bool) -> tuple[MissedMeetings, ...]:
    """The meetings missed from a day on, judged today: the teams' of some trees, then the bodies' of the organisation."""
    found = [
        MissedMeetings("equipe", programme.donor, not_held(team_meetings(books, programme), start))
        for programme in books.policy.programmes
        if programme.donor in set(trees)
    ]
    if whole:
        found += [MissedMeetings(body, "", not_held(body_meetings(books, body), start)) for body in followup.BODIES]
    return tuple(row for row in found if row.slots)


def not_held(every: Iterable[Held], start: date = date.min) -> tuple[Slot, ...]:
    """The days of some meetings that were not held, from a day on."""
    return tuple(each.slot for each in every if each.meeting is None and each.slot.end >= start)
