"""Periods of accounts: years, halves, quarters and months of the calendar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()


class Period(NamedTuple):
    """A span of whole months: `code` as typed (2026, 2026-S1, 2026-T1, 2026-03), first and last day included."""

    code: str
    start: date
    end: date

    @classmethod
    def parse(cls, text: str) -> Period | None:
        """The period a text names, or None."""
        match = re.fullmatch(r"(\d{4})(?:-(?:S([12])|T([1-4])|(\d{2})))?", text.strip())
        if not match or not 1900 <= int(match[1]) <= 2200:
            return None
        year = int(match[1])
        if match[2]:
            first, months = int(match[2]) * 6 - 5, 6
        elif match[3]:
            first, months = int(match[3]) * 3 - 2, 3
        elif match[4]:
            first, months = int(match[4]), 1
            if not 1 <= first <= 12:
                return None
        else:
            first, months = 1, 12
        return cls(text.strip(), date(year, first, 1), month_end(date(year, first + months - 1, 1)))

    @classmethod
    def month(cls, day: date) -> Period:
        """The month of a day."""
        return cls(f"{day.year:04d}-{day.month:02d}", day.replace(day=1), month_end(day))

    @classmethod
    def quarter(cls, day: date) -> Period:
        """The quarter of a day."""
        period = cls.parse(f"{day.year:04d}-T{(day.month + 2) // 3}")
        assert period is not None
        return period

    def months(self) -> Iterator[Period]:
        """Its months in order."""
        day = self.start
        while day <= self.end:
            month = Period.month(day)
            yield month
            if month.end == date.max:
                return
            day = day_after(month.end)

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end

    @property
    def label(self) -> str:
        """In French: « mars 2026 », « 1er trimestre 2026 », « année 2026 »."""
        year, _, part = self.code.partition("-")
        if not part:
            return f"année {year}"
        rank = "1er" if part[1:] == "1" else f"{part[1:]}e"
        if part.startswith("S"):
            return f"{rank} semestre {year}"
        if part.startswith("T"):
            return f"{rank} trimestre {year}"
        return f"{_MONTHS[int(part) - 1]} {year}"

    @property
    def of(self) -> str:
        """In French: « de mars 2026 », « d'avril 2026 », « du 1er semestre 2026 », « de l'année 2026 »."""
        if len(self.code) == 4:
            return f"de l'{self.label}"
        if self.label[0].isdigit():
            return f"du {self.label}"
        return f"d'{self.label}" if self.label[0] in "ao" else f"de {self.label}"


def day_after(day: date) -> date:
    """The next day; the last day of time has none and stands for it."""
    return day if day == date.max else day + timedelta(days=1)


def day_before(day: date) -> date:
    """The day before; the first day of time has none and stands for it."""
    return day if day == date.min else day - timedelta(days=1)


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    if day.month == 12:
        return date(day.year, 12, 31)
    return date(day.year, day.month + 1, 1) - timedelta(days=1)
