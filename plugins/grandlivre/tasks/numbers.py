"""The voucher numbers that come next in a series: dates never go back, numbers never leave a hole."""

from __future__ import annotations

from datetime import date

from grandlivre.books.index import Books


class NextNumbers:
    """One series of one tree (BQ-EAU, OD-EAU …); what it gives out is taken."""

    def __init__(self, books: Books, code: str, tree: str) -> None:
        self.name = f"{code} de {tree}"
        self._prefix = f"{code}-{tree}"
        self._years = books.policy.organisation
        self._taken = [
            (entry.date, entry.voucher.year, entry.voucher.number)
            for entry in books.entries
            if entry.voucher is not None and (entry.voucher.series, entry.voucher.tree) == (code, tree)
        ]

    @property
    def latest(self) -> date | None:
        """The day of the last voucher; None in a new series."""
        return max((day for day, _, _ in self._taken), default=None)

    def next(self, day: date) -> tuple[date, str]:
        """The day and number of the next voucher: that day, or the last voucher's when the series went further."""
        when = max(day, self.latest or day)
        return self._take(when, self._same_year(when))

    def next_within(self, day: date) -> tuple[date, str]:
        """The same, within the fiscal year of that day: vouchers of another year, even a later one, do not move it."""
        same = self._same_year(day)
        when = max((each[0] for each in same), default=day)
        return self._take(max(day, when), same)

    def next_on(self, day: date) -> str:
        """The next number of the fiscal year of a day, for an entry dated that day however far the series went."""
        return self._take(day, self._same_year(day))[1]

    def _same_year(self, day: date) -> list[tuple[date, int, int]]:
        fiscal = self._years.year_of(day)
        return [row for row in self._taken if (row[0] in fiscal if fiscal is not None else row[0].year == day.year)]

    def _take(self, when: date, same: list[tuple[date, int, int]]) -> tuple[date, str]:
        year, number = max((row[1:] for row in same), default=(when.year, 0))
        self._taken.append((when, year, number + 1))
        return when, f"{self._prefix}-{year}-{number + 1:04d}"
