"""The dates of a report as a file that telephones and calendars open (iCalendar, RFC 5545): always the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from grandlivre.render.format import printable
from grandlivre.reports.kit.table import Event, Report

_LATE = 1
"""The highest priority of RFC 5545."""


def ics(report: Report) -> bytes:
    """The events of a report, by day; each lasts that day. It was written on the day that its figures speak of."""
    from icalendar import Calendar, vText  # 60 ms that only this format needs

    agenda = Calendar()
    agenda.add("prodid", "-//Grand Livre//grandlivre//FR")
    agenda.add("version", "2.0")
    agenda.add("calscale", "GREGORIAN")
    agenda.add("method", "PUBLISH")
    agenda.add("x-wr-calname", vText(_line((report.title, report.letterhead.acronym, report.scope))), encode=False)
    written = datetime.combine(report.situation or report.period.end, time(), UTC)
    for each in sorted(report.events or (), key=lambda each: (each.day, each.uid)):
        agenda.add_component(_event(each, written))
    return bytes(agenda.to_ical())


def _event(each: Event, written: datetime) -> Any:
    from icalendar import Event as Entry

    entry = Entry()
    entry.add("uid", each.uid)
    entry.add("dtstamp", written)
    entry.add("dtstart", each.day)
    entry.add("dtend", each.day + timedelta(days=1))
    entry.add("summary", _line((each.summary,)))
    if each.description:
        entry.add("description", printable(each.description))
    entry.add("transp", "TRANSPARENT")
    if each.late:
        entry.add("priority", _LATE)
    return entry


def _line(words: Iterable[str]) -> str:
    """On one line, without what no screen shows."""
    return " ".join(printable(" – ".join(filter(None, words))).split())
