"""The calendar as an agenda: RFC 5545 to the letter, read back, the same bytes each time and the same identifiers for ever."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from grandlivre.inspection import Inspection
from grandlivre.render import ics
from grandlivre.reports.calendar import build, report
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.table import Report
from grandlivre.reports.making import Job, make
from grandlivre.tasks.publishing import publish
from test_reports_followup import RULES, made, period

ONCE = {"VCALENDAR": ("PRODID", "VERSION"), "VEVENT": ("UID", "DTSTAMP", "DTSTART")}
"""What RFC 5545 requires once (3.6, 3.6.1)."""
AT_MOST_ONCE = ("CALSCALE", "METHOD", "SUMMARY", "DESCRIPTION", "PRIORITY", "TRANSP", "DTEND")
TEXTS = ("SUMMARY", "DESCRIPTION", "UID", "PRODID", "X-WR-CALNAME")
FORMS = {
    "DTSTART": r"DTSTART;VALUE=DATE:\d{8}",
    "DTEND": r"DTEND;VALUE=DATE:\d{8}",
    "DTSTAMP": r"DTSTAMP:\d{8}T\d{6}Z",
    "VERSION": r"VERSION:2\.0",
    "CALSCALE": r"CALSCALE:GREGORIAN",
    "METHOD": r"METHOD:PUBLISH",
    "TRANSP": r"TRANSP:(OPAQUE|TRANSPARENT)",
    "PRIORITY": r"PRIORITY:[0-9]",
}


def calendar(inspection: Inspection, code: str, tree: str = "") -> Report:
    (found,) = make(inspection, Job(models()["calendrier"], Scope(tree), period(code)), "")
    return found


def unfolded(content: bytes) -> list[str]:
    """The lines of a file, each part of them at most 75 octets long and whole characters (RFC 5545, 3.1)."""
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    lines: list[str] = []
    for raw in content[:-2].split(b"\r\n"):
        assert 0 < len(raw) <= 75
        part = raw.decode("utf-8")
        if part[0] in " \t":
            lines[-1] += part[1:]
        else:
            lines.append(part)
    return lines


def strict(content: bytes) -> list[dict[str, str]]:
    """The events of a file, its lines by name; every departure from RFC 5545 fails."""
    open_parts: list[str] = []
    held: list[dict[str, str]] = []
    events: list[dict[str, str]] = []
    for line in unfolded(content):
        assert re.fullmatch(r"[A-Z0-9-]+[;:].*", line), line
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", line), line
        name = re.split("[;:]", line, maxsplit=1)[0]
        if name == "BEGIN":
            open_parts.append(line.removeprefix("BEGIN:"))
            held.append({})
            assert open_parts in (["VCALENDAR"], ["VCALENDAR", "VEVENT"])
            continue
        if name == "END":
            part, values = open_parts.pop(), held.pop()
            assert line == f"END:{part}"
            assert all(each in values for each in ONCE[part])
            if part == "VEVENT":
                assert values["DTSTART"][-8:] < values["DTEND"][-8:]
                events.append(values)
            continue
        assert open_parts
        assert name not in held[-1], f"{name} twice"
        assert name in (*ONCE[open_parts[-1]], *AT_MOST_ONCE) or name.startswith("X-")
        held[-1][name] = line
        if name in FORMS:
            assert re.fullmatch(FORMS[name], line), line
        if name in TEXTS:
            value = line.split(":", 1)[1]
            assert re.fullmatch(r"(?:[^\\;,]|\\[\\;,nN])*", value), line
    assert not open_parts
    assert events, "a calendar holds at least one component (3.4)"
    names = [each["UID"] for each in events]
    assert len(set(names)) == len(names)
    return events


@pytest.mark.parametrize("tree", ["", "UE-EAU"])
@pytest.mark.parametrize("code", ["2026-T1", "2026-T3", "2026-T4", "2026-11"])
def test_the_file_is_strict_and_says_what_the_paper_says(demo: Inspection, code: str, tree: str) -> None:
    found = calendar(demo, code, tree)
    content = ics(found)
    assert len(strict(content)) == len(found.events or ())
    (table,) = found.tables
    rows = [row.cells for row in table.rows if row.role == "normal"]
    read = Calendar.from_ical(content).walk("VEVENT")
    assert sorted((each["DTSTART"].dt, str(each["SUMMARY"])) for each in read) == sorted(
        (
            row["day"],
            f"{'En retard : ' if is_late(row) else ''}{row['what']}" + (f" ({row['tree']})" if row["tree"] else ""),
        )
        for row in rows
    )
    for each in read:
        assert each["DTEND"].dt - each["DTSTART"].dt == timedelta(days=1)
        assert ("PRIORITY" in each) == str(each["SUMMARY"]).startswith("En retard : ")
    situation = min(period(code).end, demo.books.today)
    assert {each["DTSTAMP"].dt for each in read} == {datetime(*situation.timetuple()[:3], tzinfo=UTC)}


def is_late(row: Any) -> bool:
    """Whether the paper says so; an instalment that is awaited and a week without meeting are nobody's delay."""
    return "en retard" in str(row["state"])


def test_it_is_the_same_bytes_each_time(demo: Inspection) -> None:
    assert ics(calendar(demo, "2026-T4")) == ics(calendar(demo, "2026-T4"))


def test_a_thing_keeps_its_identifier_in_every_period_and_on_every_day(demo: Inspection) -> None:
    year = dict(named(ics(calendar(demo, "2026"))))
    for code in ("2026-T2", "2026-10"):
        for uid, summary in named(ics(calendar(demo, code))):
            if uid in year:  # what the year lists once it is late, a month may list as it was then
                assert year[uid].removeprefix("En retard : ") == summary.removeprefix("En retard : ")
    assert {uid for uid, _ in named(ics(calendar(demo, "2026-T4")))} <= set(year)


def named(content: bytes) -> Iterator[tuple[str, str]]:
    for each in Calendar.from_ical(content).walk("VEVENT"):
        yield str(each["UID"]), str(each["SUMMARY"])


def of(folder: Path, *decisions: str, day: str = "2026-02-02", today: date = date(2026, 12, 31)) -> Report:
    text = ""
    for each in decisions:
        lines = "".join(f"  {line}\n" for line in each.split("; "))
        text += f'{day} custom "rencontre" "direction" "Séance"\n{lines}'
    return report(Context(made(folder, text, RULES).at(today), Scope(), period("2026")))


def decided(found: Report) -> dict[str, tuple[date, str, bool]]:
    return {each.uid: (each.day, each.summary, each.late) for each in found.events or () if "Décision" in each.summary}


def test_a_decision_put_off_or_done_moves_and_does_not_double(tmp_path: Path) -> None:
    first = of(tmp_path / "a", 'decision-1: "Relancer"; decision-1-echeance: 2026-03-01')
    later = of(tmp_path / "b", 'decision-1: "Relancer"; decision-1-echeance: 2026-04-01; decision-1-faite: 2026-03-30')
    assert decided(first).keys() == decided(later).keys()
    assert [*decided(first).values()] == [(date(2026, 3, 1), "En retard : Décision : Relancer", True)]
    assert [*decided(later).values()] == [(date(2026, 4, 1), "Décision : Relancer", False)]


def test_the_last_day_is_not_late_yet(tmp_path: Path) -> None:
    text = 'decision-1: "Relancer"; decision-1-echeance: 2026-03-01'
    on, after = (of(tmp_path / f"{day}", text, today=date(2026, 3, day)) for day in (1, 2))
    assert [late for _, _, late in decided(on).values()] == [False]
    assert [late for _, _, late in decided(after).values()] == [True]


def test_the_same_words_twice_are_two_events(tmp_path: Path) -> None:
    text = 'decision-1: "Relancer"; decision-1-echeance: 2026-03-01; decision-2: "Relancer"; decision-2-echeance: 2026-03-02'
    assert len(decided(of(tmp_path, text))) == 2
    other = of(tmp_path / "b", text, text.replace("Relancer", "Autre"))
    assert len(decided(other)) == 4


@pytest.mark.parametrize(
    "words",
    [
        "Payer ; puis, au plus tôt : C:\\\\caisse",
        "é" * 200,
        "x" * 74 + "€" + "y" * 80,
        "Fête 🎉 " * 30,
        "deux\nlignes\net END:VEVENT",
        "BEGIN:VEVENT",
        "retour\rchariot\x07",
    ],
)
def test_no_text_breaks_the_file(tmp_path: Path, words: str) -> None:
    found = with_text(of(tmp_path, 'decision-1: "Relancer"; decision-1-echeance: 2026-03-01'), words)
    strict(ics(found))
    (read,) = (each for each in Calendar.from_ical(ics(found)).walk("VEVENT") if "Essai" in str(each["SUMMARY"]))
    plain = " ".join(re.sub("[\x07]", "\ufffd", words).replace("\r", "\n").split())
    assert str(read["SUMMARY"]) == f"Essai {plain}"


def with_text(found: Report, words: str) -> Report:
    assert found.events
    return replace(found, events=(found.events[0]._replace(summary=f"Essai {words}", description=words),))


def test_the_paper_and_the_file_count_the_same(demo: Inspection) -> None:
    books = demo.books
    facts = build(Context(books, Scope(), period("2026-T4")))
    events = report(Context(books, Scope(), period("2026-T4"))).events or ()
    assert len(events) == len(facts.late) + len(facts.deadlines)
    assert sum(each.late for each in events) == facts.overdue


def test_only_the_calendar_is_written_so(demo: Inspection, tmp_path: Path) -> None:
    done = publish(calendar(demo, "2026-T4"), tmp_path / "calendrier", ("ics",), None)
    assert [path.name for path in done.files] == ["calendrier.ics"]
    assert done.files[0].read_bytes() == ics(calendar(demo, "2026-T4"))
    (other,) = make(demo, Job(models()["registre-rencontres"], Scope(), period("2026-T3")), "")
    refused = publish(other, tmp_path / "registre", ("ics",), None)
    assert not refused.files
    assert "le format ics est celui de calendrier" in str(refused.problem)


def test_an_empty_calendar_is_refused(demo: Inspection, tmp_path: Path) -> None:
    refused = publish(replace(calendar(demo, "2026-T4"), events=()), tmp_path / "vide", ("ics",), None)
    assert "Rien n'est dû" in str(refused.problem)


def test_other_formats_do_not_pay_for_it() -> None:
    code = "import sys, grandlivre.tasks.publishing, grandlivre.reports.calendar; assert 'icalendar' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
