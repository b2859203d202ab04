"""Working days of the demonstration year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

HOLIDAYS = {
    date(2026, 1, 1): "jour de l'an",
    date(2026, 1, 20): "fête de l'armée",
    date(2026, 3, 20): "Aïd el-Fitr (date de démonstration)",
    date(2026, 3, 26): "journée des martyrs",
    date(2026, 4, 6): "lundi de Pâques",
    date(2026, 5, 1): "fête du travail",
    date(2026, 5, 25): "journée de l'Afrique",
    date(2026, 5, 27): "Tabaski (date de démonstration)",
    date(2026, 8, 26): "Maouloud (date de démonstration)",
    date(2026, 9, 2): "baptême du Prophète (date de démonstration)",
    date(2026, 9, 22): "fête de l'indépendance",
    date(2026, 12, 25): "Noël",
}
CLOSED_WEEKS = ("2026-W33",)

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def works(day: date) -> bool:
    """Whether the office is open that day."""
    year, week, weekday = day.isocalendar()
    return weekday <= 5 and day not in HOLIDAYS and f"{year}-W{week:02d}" not in CLOSED_WEEKS


def after(day: date) -> date:
    """The day itself when the office is open, else the next open day."""
    while not works(day):
        day += timedelta(days=1)
    return day


def before(day: date) -> date:
    """The day itself when the office is open, else the open day before."""
    while not works(day):
        day -= timedelta(days=1)
    return day


def shift(day: date, count: int) -> date:
    """The open day `count` open days after (or before, when negative)."""
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not works(day):
            day += step
    return day


def month_end(day: date) -> date:
    """The last day of the month."""
    first_of_next = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return first_of_next - timedelta(days=1)


def month_code(day: date) -> str:
    """2026-03."""
    return f"{day.year}-{day.month:02d}"


def mondays(first: date, last: date) -> Iterator[date]:
    """The first open day of each week in which the office opens."""
    day = first - timedelta(days=first.weekday())
    while day <= last:
        meeting = next((day + timedelta(days=n) for n in range(5) if works(day + timedelta(days=n))), None)
        if meeting is not None and first <= meeting <= last:
            yield meeting
        day += timedelta(days=7)


def of_month(month: str) -> str:
    """« de mars », « d'avril »."""
    return f"d'{month}" if month[0] in "ao" else f"de {month}"
