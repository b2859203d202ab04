"""Meetings owed and held: the weeks, months, quarters and years that ask for one, and which of them had it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from grandlivre.books.directives.governance import Meeting
from grandlivre.books.documents import DocumentFolder
from grandlivre.books.index import Books
from grandlivre.policy.organisation import Organisation, Rhythm
from grandlivre.policy.periods import Period, day_after
from grandlivre.policy.programmes import Programme

BOARD = "bureau-executif"
"""The organ whose members make the quorum of a meeting of the board."""
_MONTHS = {"mois": 1, "trimestre": 3, "semestre": 6, "annee": 12}


class Slot(NamedTuple):
    """A stretch of time that asks for one meeting: a week of the ISO calendar, a month, a quarter, a half, a year."""

    code: str
    """2026-W10, 2026-03, 2026-T1, 2026-S1 or 2026."""
    start: date
    end: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end

    @property
    def label(self) -> str:
        """In French, with its article: « la semaine 10 de 2026 », « mars 2026 », « le 1er trimestre 2026 », « l'année 2026 »."""
        if "-W" in self.code:
            year, _, week = self.code.partition("-W")
            return f"la semaine {int(week)} de {year}"
        period = Period.parse(self.code)
        said = period.label if period is not None else self.code
        article = {4: "l'", 7: "le " if "-T" in self.code or "-S" in self.code else ""}
        return f"{article.get(len(self.code), '')}{said}"


class Held(NamedTuple):
    """A slot and the first meeting that was held in it, None when there was none."""

    slot: Slot
    meeting: Meeting | None


class Quorum(NamedTuple):
    """Whether enough members of the board came to decide."""

    present: int
    """Members who came; whoever else was there does not count."""
    needed: int
    size: int
    """Seats of the board."""

    @property
    def is_reached(self) -> bool:
        """Whether the meeting may adopt and give mandates."""
        return self.present >= self.needed


def quorum(organisation: Organisation, meeting: Meeting) -> Quorum | None:
    """Of a meeting of the board; None for any other, and where the rules name no board."""
    board = organisation.bodies.get(BOARD)
    if board is None or meeting.body != "bureau":
        return None
    present = len(set(meeting.present) & set(board.members))
    return Quorum(present, board.needed, board.size or len(board.members))


def slots(every: Rhythm, first: date, last: date, organisation: Organisation) -> Iterator[Slot]:
    """The slots that ask for a meeting between two days.

    A week asks for one when it has a working day (Monday to Friday, not a holiday), is not closed, and had begun on or
    after `first` by its first working day; a longer slot when it holds a day from `first` on. One that ends after `last` asks for nothing yet.
    """
    found = _weeks(first, last, organisation) if every == "semaine" else _spans(_MONTHS[every], first, last)
    yield from (slot for slot in found if slot.end <= last)


def _weeks(first: date, last: date, organisation: Organisation) -> Iterator[Slot]:
    closed, holidays = frozenset(organisation.closed_weeks), frozenset(organisation.holidays)
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        working = [day for ahead in range(5) if (day := monday + timedelta(days=ahead)) not in holidays]
        code = week_of(monday)
        if working and first <= working[0] and code not in closed:
            yield Slot(code, monday, monday + timedelta(days=6))
        monday += timedelta(days=7)


def _spans(months: int, first: date, last: date) -> Iterator[Slot]:
    day = date(first.year, (first.month - 1) // months * months + 1, 1)
    while day <= last:
        rank = (day.month - 1) // months + 1
        code = {1: f"{day:%Y-%m}", 3: f"{day.year}-T{rank}", 6: f"{day.year}-S{rank}", 12: f"{day.year}"}[months]
        period = Period.parse(code)
        if period is None:  # beyond the years that periods know
            return
        yield Slot(*period)
        day = day_after(period.end)


def week_of(day: date) -> str:
    """The week of the ISO calendar that holds a day, AAAA-WSS."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def owed(books: Books, body: str, programme: Programme | None, until: date) -> tuple[Slot, ...] | None:
    """The slots, up to a day, that ask a body or a programme's team for a meeting; None when nothing is asked at all."""
    organisation, first = books.policy.organisation, books.first_transaction
    every = rhythm(organisation, body)
    if every is None or first is None:
        return None
    start, last = max(first, books.start), until
    if programme is not None:
        start, last = max(start, programme.start or start), min(last, programme.end or last)
    return tuple(slots(every, start, last, organisation))


def team_meetings(books: Books, programme: Programme) -> tuple[Held, ...]:
    """The slots of a programme's team up to today, each with its meeting."""
    own = [each for each in meetings(books, "equipe") if each.programme == programme.donor]
    return held(owed(books, "equipe", programme, books.today) or (), own)


def body_meetings(books: Books, body: str) -> tuple[Held, ...]:
    """The slots of the management (`direction`), of the board (`bureau`) or of the assembly (`ag`) up to today."""
    return held(owed(books, body, None, books.today) or (), meetings(books, body))


def rhythm(organisation: Organisation, body: str) -> Rhythm | None:
    """How often a body owes a meeting; None when nothing is asked."""
    asked = organisation.rhythms
    return {"equipe": asked.team, "direction": asked.management, "bureau": asked.board, "ag": asked.assembly}[body]


def meetings(books: Books, body: str) -> list[Meeting]:
    """The meetings of a body up to today, by date."""
    return [each for each in books.directives.meetings if each.body == body and each.date <= books.today]


def held(asked: Iterable[Slot], found: Iterable[Meeting]) -> tuple[Held, ...]:
    """Each slot with the first meeting that falls in it."""
    waiting = sorted(found, key=lambda each: each.date)
    days = [each.date for each in waiting]

    def of(slot: Slot) -> Meeting | None:
        at = bisect_left(days, slot.start)
        return waiting[at] if at < len(days) and days[at] <= slot.end else None

    return tuple(Held(slot, of(slot)) for slot in asked)


def assembly_minutes(books: Books, since: date, until: date) -> Meeting | None:
    """The last general assembly of those days (both included) whose minutes lie in documents/."""
    for meeting in sorted(books.directives.meetings, key=lambda each: each.date, reverse=True):
        if (
            meeting.body == "ag"
            and since <= meeting.date <= until
            and meeting.document
            and not DocumentFolder.escapes(meeting.document)
            and books.documents.place(meeting.document).is_file()
        ):
            return meeting
    return None
