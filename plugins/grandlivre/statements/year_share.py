"""Which part of an agreement's budget belongs to a fiscal year: its calendar's, else by time; the last year takes the rest.

Time is counted in years of 360 days, or in months (choice `prorata`). Each year is reckoned on the budget in force at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from grandlivre.books.budget import budget_versions, lines_in_force
from grandlivre.books.index import Books
from grandlivre.policy.donors import Agreement, BudgetLine
from grandlivre.policy.periods import day_after, day_before
from grandlivre.policy.values import add_months
from grandlivre.statements.figures import Span

_MONTHS = 12


def fiscal_year(books: Books, day: date) -> Span:
    """The whole fiscal year of a day: as declared, else as long as the years beside it."""
    years = books.policy.organisation.years
    declared = books.policy.organisation.year_of(day)
    if declared is not None:
        return Span(declared.start, declared.end)
    start = years[0].start if years else date(day.year, 1, 1)
    while start > day:
        start = add_months(start, -_MONTHS)
    while add_months(start, _MONTHS) <= day:
        start = add_months(start, _MONTHS)
    return Span(start, day_before(add_months(start, _MONTHS)))


def year_budgets(books: Books, agreement: Agreement, end: date) -> Mapping[str, int]:
    """The budget of each line for the fiscal year of a day, in whole francs; nothing outside the agreement's years."""
    year, given = fiscal_year(books, end), dict[str, int]()
    if agreement.final_day < year.start or agreement.start > year.end:
        return given
    versions = budget_versions(agreement, books.policy.currency)
    current = fiscal_year(books, agreement.start)
    while True:
        lines = lines_in_force(versions, min(current.end, end))
        last = current.start <= agreement.final_day <= current.end
        budgets = {
            code: whole - given.get(code, 0)
            if last
            else _rounded(whole * _share(books, agreement, agreement.budget_at(current.end).get(code), current))
            for code, whole in lines.items()
        }
        if current.start >= year.start:
            return budgets
        given = {code: given.get(code, 0) + budgets.get(code, 0) for code in (*given, *budgets)}
        current = fiscal_year(books, day_after(current.end))


def _share(books: Books, agreement: Agreement, line: BudgetLine | None, year: Span) -> Fraction:
    if line is not None and line.calendar:
        parts = (Fraction(part) / 100 * _within(own.start, own.end, year) for own, part in line.calendar.items())
        return sum(parts, Fraction(0))
    measure = _months if books.policy.organisation.choices.share_of_time == "mois" else _days
    whole = measure(agreement.start, agreement.final_day)
    first, last = max(agreement.start, year.start), min(agreement.final_day, year.end)
    return Fraction(measure(first, last), whole) if first <= last and whole else Fraction(0)


def _within(start: date, end: date, year: Span) -> Fraction:
    days = (min(end, year.end) - max(start, year.start)).days + 1
    return Fraction(max(days, 0), (end - start).days + 1)


def _days(first: date, last: date) -> int:
    """Both days included, in months of 30 days."""
    after = day_after(last)
    months = (after.year - first.year) * _MONTHS + after.month - first.month
    return months * 30 + min(after.day, 30) - min(first.day, 30)


def _months(first: date, last: date) -> int:
    """Months touched."""
    return (last.year - first.year) * _MONTHS + last.month - first.month + 1


def _rounded(amount: Fraction) -> int:
    return int((2 * amount.numerator + amount.denominator) // (2 * amount.denominator))
