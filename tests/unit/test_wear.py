"""Linear depreciation, worked by hand: a commercial year of 360 days, whole francs, the last year taking the rest."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grandlivre.books.wear import ShareOfTime, Tenths, Wear, days, months
from grandlivre.policy.organisation import FiscalYear, Organisation


def calendar(day: date) -> tuple[date, date]:
    """A fiscal year is the calendar's."""
    return date(day.year, 1, 1), date(day.year, 12, 31)


def july(day: date) -> tuple[date, date]:
    """A fiscal year from July to June."""
    first = day.year if day.month >= 7 else day.year - 1
    return date(first, 7, 1), date(first + 1, 6, 30)


def yearly(wear: Wear | Tenths, *ends: date) -> list[int]:
    """What each span up to one of the days takes."""
    taken = [wear.by(end) for end in ends]
    return [taken[0], *(now - then for then, now in zip(taken, taken[1:], strict=False))]


def decembers(first: int, count: int) -> list[date]:
    return [date(first + rank, 12, 31) for rank in range(count)]


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), 360),  # a whole year
        (date(2026, 1, 1), date(2026, 1, 31), 30),  # a month of 31 days counts 30
        (date(2026, 2, 1), date(2026, 2, 28), 30),  # and so does February
        (date(2026, 1, 29), date(2026, 12, 31), 332),  # 2 days of January and 11 months
        (date(2026, 1, 30), date(2026, 1, 30), 1),
        (date(2026, 1, 31), date(2026, 1, 31), 1),
        (date(2026, 1, 2), date(2026, 1, 1), 0),
        (date(2026, 2, 20), date(2026, 3, 31), 41),  # 11 days to the 30th of February, 30 of March
    ],
)
def test_days_of_a_commercial_year(start: date, end: date, count: int) -> None:
    assert days(start, end) == count


def test_months_begun_count_whole() -> None:
    assert months(date(2026, 1, 31), date(2026, 2, 1)) == 2
    assert months(date(2026, 1, 1), date(2026, 12, 1)) == 12
    assert months(date(2026, 1, 2), date(2026, 1, 1)) == 0


def test_the_vehicle_of_the_worked_case() -> None:
    # domain/sycebnl.md §8, C09: 4 000 000 over four years, a full year: D 6813 / C 2845 of 1 000 000
    wear = Wear(4_000_000, date(2026, 1, 1), 48, "jours", calendar)
    assert yearly(wear, *decembers(2026, 5)) == [1_000_000, 1_000_000, 1_000_000, 1_000_000, 0]


def test_the_last_year_takes_the_rest() -> None:
    # 1 000 000 / 3 = 333 333.33: two years of 333 333, the last one of 333 334
    wear = Wear(1_000_000, date(2026, 1, 1), 36, "jours", calendar)
    assert yearly(wear, *decembers(2026, 3)) == [333_333, 333_333, 333_334]


def test_a_year_begun() -> None:
    # 850 000 over 36 months (1 080 days) from 29/01/2026: 332 days make 850 000 × 332 / 1 080 = 261 296.3;
    # a full year is 283 333.3; 2029 takes the 28 days left, 850 000 − 261 296 − 2 × 283 333 = 22 038 (28 days: 22 037.04)
    wear = Wear(850_000, date(2026, 1, 29), 36, "jours", calendar)
    assert yearly(wear, *decembers(2026, 4)) == [261_296, 283_333, 283_333, 22_038]
    assert wear.by(date(2026, 1, 28)) == 0
    assert wear.by(date(2026, 1, 29)) == 787  # one day: 850 000 / 1 080 = 787.04
    assert wear.by(date(2029, 1, 28)) == 850_000  # its last day
    assert wear.by(date(2029, 1, 27)) == 850_000 - 22_038 + 21_250  # 27 days: 850 000 × 27 / 1 080


def test_by_months_the_month_begun_is_whole() -> None:
    # the same machine by whole months: January counts, 12/36 of 850 000 in 2026, nothing is left for 2029
    wear = Wear(850_000, date(2026, 1, 29), 36, "mois", calendar)
    assert yearly(wear, *decembers(2026, 4)) == [283_333, 283_333, 283_334, 0]
    # put into service in March: 10, 12, 12 and 2 months
    wear = Wear(720_000, date(2026, 3, 31), 36, "mois", calendar)
    assert yearly(wear, *decembers(2026, 4)) == [200_000, 240_000, 240_000, 40_000]


def test_quarters_make_the_year() -> None:
    wear = Wear(1_000_000, date(2026, 2, 20), 60, "jours", calendar)
    quarters = [date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30), date(2026, 12, 31)]
    # 1 800 days: 41 days 22 777.8; 131 days 72 777.8; 221 days 122 777.8; 311 days 172 777.8
    assert yearly(wear, *quarters) == [22_778, 50_000, 50_000, 50_000]
    assert wear.by(date(2026, 12, 31)) == 172_778


def test_a_fiscal_year_that_is_not_the_calendars() -> None:
    # 1 000 000 over 36 months from 01/07/2026, years from July to June
    wear = Wear(1_000_000, date(2026, 7, 1), 36, "jours", july)
    assert yearly(wear, date(2027, 6, 30), date(2028, 6, 30), date(2029, 6, 30)) == [333_333, 333_333, 333_334]


def test_what_other_books_took_is_spread_no_more() -> None:
    # bought 1 200 000 for five years from 01/01/2024; other books took 500 000 in two years (480 000 by ours):
    # the 700 000 left are spread over the three years left, 233 333, 233 333 and 233 334
    wear = Wear(1_200_000, date(2024, 1, 1), 60, "jours", calendar, 500_000, date(2026, 1, 1))
    assert wear.by(date(2025, 12, 31)) == 500_000
    assert yearly(wear, *decembers(2026, 3)) == [733_333, 233_333, 233_334]
    # nothing is left of a life that was over, nor to take of what was wholly taken
    assert (
        Wear(90_000, date(2020, 1, 1), 12, "jours", calendar, 80_000, date(2026, 1, 1)).by(date(2026, 1, 1)) == 90_000
    )
    assert (
        Wear(90_000, date(2024, 5, 1), 24, "jours", calendar, 90_000, date(2026, 1, 2)).by(date(2026, 6, 1)) == 90_000
    )


@settings(deadline=None)
@given(
    amount=st.integers(1, 10**9),
    begins=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    life=st.integers(1, 240),
    share=st.sampled_from(["jours", "mois"]),
    year_of=st.sampled_from([calendar, july]),
    step=st.integers(1, 400),
)
def test_it_only_grows_and_ends_at_the_cost(
    amount: int, begins: date, life: int, share: ShareOfTime, year_of: object, step: int
) -> None:
    wear = Wear(amount, begins, life, share, year_of)  # type: ignore[arg-type]
    assert wear.by(begins - timedelta(days=1)) == 0
    before, day = 0, begins
    while day.year < begins.year + 22:
        now = wear.by(day)
        assert before <= now <= amount
        before, day = now, day + timedelta(days=step)
    assert before == amount


def test_a_tenth_a_year_of_what_paid_for_land() -> None:
    # App. 3: D 141x / C 799, one tenth a year: 1 000 005 gives nine tenths of 100 001 (100 000.5, half up), then 99 996
    release = Tenths(1_000_005, date(2026, 9, 15), "jours", calendar)
    assert yearly(release, *decembers(2026, 11)) == [100_001] * 9 + [99_996, 0]
    # bought in September: nothing at the half-year, nine months of twelve at the end of that quarter
    assert release.by(date(2026, 6, 30)) == 0
    assert release.by(date(2026, 9, 14)) == 0
    assert release.by(date(2026, 9, 30)) == 75_001  # 100 001 × 270 / 360 = 75 000.75
    assert release.by(date(2035, 6, 30)) == 900_009 + 49_998


def test_fiscal_years_go_on_before_and_after_those_declared() -> None:
    years = (
        FiscalYear.model_validate({"du": "2026-07-01", "au": "2027-12-31"}),
        FiscalYear.model_validate({"du": "2028-01-01", "au": "2028-12-31"}),
    )
    own = Organisation.model_validate({}).model_copy(update={"years": years})
    assert own.year_around(date(2027, 1, 15)) == (date(2026, 7, 1), date(2027, 12, 31))
    assert own.year_around(date(2026, 6, 30)) == (date(2025, 7, 1), date(2026, 6, 30))
    assert own.year_around(date(2024, 7, 1)) == (date(2024, 7, 1), date(2025, 6, 30))
    assert own.year_around(date(2024, 6, 30)) == (date(2023, 7, 1), date(2024, 6, 30))
    assert own.year_around(date(2029, 1, 1)) == (date(2029, 1, 1), date(2029, 12, 31))
    assert own.year_around(date(2031, 12, 31)) == (date(2031, 1, 1), date(2031, 12, 31))
    assert Organisation.model_validate({}).year_around(date(2031, 5, 2)) == calendar(date(2031, 5, 2))
