"""Francs into the currency of an agreement: the rate each charge takes, cents half up, and what rounding leaves."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from grandlivre.books.budget import Charge
from grandlivre.books.conversion import Conversion, Receipt, half_up, reconciled
from grandlivre.books.records import Account, Entry, Form, Movement, Place
from grandlivre.policy.donors import Agreement
from grandlivre.policy.periods import Period
from grandlivre.policy.rates import RateTable

YEAR = Period("2026", date(2026, 1, 1), date(2026, 12, 31))
ACCOUNT = Account("Charges:X:6047-Fournitures", "expenses", "X", "6047", "", None, None, Place("", 1))
OFFICIAL = [("2026-01", "601.25"), ("2026-02", "605"), ("2026-03", "598.5")]


def entry(day: date, kind: str = "", piece: str = "", **meta: str) -> Entry:
    keys = {key: rank for rank, key in enumerate(meta)}
    none: frozenset[str] = frozenset()
    blank: tuple[Any, ...] = ("*", "", "", "", 1, "X", ("X",), piece, None, 0, kind, (), meta, none, none)
    return Entry(day, day, *blank, form=Form(keys, True), values=tuple(meta.values()))


def charge(amount: int, day: date, kind: str = "", piece: str = "", **meta: str) -> Charge:
    return Charge(entry(day, kind, piece, **meta), Movement(ACCOUNT, amount, "XOF", amount, 1, {}), None, "1.1", "")


def conversion(
    policy: str,
    received: list[tuple[date, int, int]] | None = None,
    period: Period = YEAR,
    table: list[tuple[str, str]] | None = None,
    **more: Any,
) -> Conversion:
    """An agreement in dollars; instalments are (day, cents, francs)."""
    written = {"id": "A", "du": "2026-01-01", "au": "2026-12-31", "montant": "1 000 USD", "financement": "avance"}
    agreement = Agreement.model_validate({**written, "taux": "600", "taux-politique": policy, **more})
    layers = tuple(Receipt(entry(day), units, value, value, 0, 0) for day, units, value in received or ())
    rows = [{"devise": "USD", "mois": month, "valeur": value} for month, value in table or OFFICIAL]
    return Conversion(
        agreement,
        "USD",
        "XOF",
        layers,
        RateTable.model_validate({"taux": rows}),
        period,
        min(period.end, date(2026, 3, 31)),
    )


def units(made: Conversion, *own: Charge) -> list[int]:
    found, missing = made.convert(own)
    assert missing == ()
    return [each.units for each in found]


JAN, FEB, MARCH, JULY = date(2026, 1, 20), date(2026, 2, 20), date(2026, 3, 20), date(2026, 7, 20)


def test_a_half_cent_goes_up_and_its_storno_takes_as_much_back() -> None:
    # 5 000 001 / 600 = 8 333.335: the half goes up; the storno of March gives 8 333.34 back, at January's rate
    fixed = conversion("fixe")
    bought = charge(5_000_001, JAN, piece="BQ-1")
    back = charge(-5_000_001, MARCH, "extourne", "BQ-2", annule="BQ-1")
    assert units(fixed, bought, back) == [833_334, -833_334]
    assert units(fixed, charge(-5_000_001, MARCH)) == [-833_334]
    # the month's: 601.25 in January. 5 000 001 / 601.25 = 8 316.0099…; March's own rate would give 8 354.22 back
    assert units(conversion("mois"), bought, back) == [831_601, -831_601]


def test_the_oldest_instalment_goes_first_and_an_expense_may_take_two_rates() -> None:
    received = [(date(2026, 1, 5), 100_000, 600_000), (date(2026, 2, 5), 100_000, 620_000)]
    made = conversion("encaissement", received)
    first, split, rest, beyond = charge(500_000, JAN), charge(200_000, FEB), charge(520_000, FEB), charge(62_000, MARCH)
    # 500 000 / 600 = 833.33 · 100 000 / 600 + 100 000 / 620 = 166.666… + 161.290… = 327.96 (166.67 + 161.29 is the same;
    # rounding each part is not: one rounding an expense) · 520 000 / 620 = 838.71 · beyond all instalments, the last rate
    assert units(made, first, split, rest, beyond) == [83_333, 32_796, 83_871, 10_000]
    found, _ = made.convert([first, split, rest, beyond])
    assert [[(part.source.rank, part.value) for part in each.parts] for each in found] == [
        [(1, 500_000)], [(1, 100_000), (2, 100_000)], [(2, 520_000)], [(2, 62_000)],
    ]  # fmt: skip
    # what is given back comes from the last instalment drawn upon
    found, _ = made.convert([first, split, charge(-150_000, MARCH)])
    assert [(part.source.rank, part.value) for part in found[-1].parts] == [(1, -50_000), (2, -100_000)]


def test_two_instalments_of_one_day_and_amount_are_two() -> None:
    """2 000 dollars came at once, in two instalments of 600 000 F: 900 000 F draw on the first, then on the second."""
    made = conversion("encaissement", [(JAN, 100_000, 600_000), (JAN, 100_000, 600_000)])
    found, _ = made.convert([charge(900_000, FEB)])
    assert [(part.source.rank, part.source.day, part.value) for part in found[0].parts] == [
        (1, JAN, 600_000),
        (2, JAN, 300_000),
    ]
    uses, left = reconciled(found, made.scale)
    assert [(use.source.rank, use.units) for use in uses] == [(1, 100_000), (2, 50_000)]
    assert (left, found[0].units) == (0, 150_000)


def test_two_postings_alike_are_taken_back_each_at_its_own_rate() -> None:
    """600 000 F at 600, as much at 500: 1 000 and 1 200 dollars, and a storno of both leaves nothing."""
    made = conversion("encaissement", [(JAN, 100_000, 600_000), (JAN, 120_000, 600_000)])
    twins = [charge(600_000, FEB, piece="BQ-1"), charge(600_000, FEB, piece="BQ-1")]
    back = [charge(-600_000, MARCH, "extourne", "BQ-2", annule="BQ-1") for _ in twins]
    assert units(made, *twins, *back) == [100_000, 120_000, -100_000, -120_000]


def test_an_instalment_to_come_gives_no_rate_to_what_was_spent_before_it() -> None:
    received = [(date(2026, 1, 5), 100_000, 600_000), (date(2026, 2, 5), 100_000, 620_000)]
    made = conversion("encaissement", received)
    # 50 000 more than was received in January: still at 600, as the report of January said
    assert units(made, charge(650_000, JAN)) == [108_333]
    assert units(made, charge(650_000, JAN), charge(62_000, FEB)) == [108_333, 10_000]
    # spent before any instalment: the first one's rate, once it came
    assert units(conversion("encaissement", received), charge(60_000, date(2026, 1, 2))) == [10_000]


def test_the_mean_and_the_weighted_mean_are_exact_and_earlier_reports_keep_theirs() -> None:
    received = [(date(2026, 1, 5), 100_000, 600_000), (date(2026, 4, 5), 300_000, 1_860_000)]
    second = Period("2026-T2", date(2026, 4, 1), date(2026, 6, 30))
    early, late = charge(600_000, JAN), charge(615_000, date(2026, 5, 2))
    # 2 460 000 / 4 000 = 615 at the end of the second quarter; the first quarter's report said 600
    assert units(conversion("encaissement-pondere", received, second), early, late) == [100_000, 100_000]
    # in the year's report, both at 615
    assert units(conversion("encaissement-pondere", received), early, late) == [97_561, 100_000]
    # (601.25 + 605 + 598.5) / 3 = 601.5833…; 600 000 / that = 997.368…
    assert units(conversion("moyenne-mensuelle"), early) == [99_737]


@pytest.mark.parametrize(
    ("policy", "day", "months"),
    [
        ("mois", date(2026, 5, 3), ["2026-05"]),
        ("moyenne-mensuelle", JAN, ["2026-03"]),
        ("encaissement", FEB, ["2026-02"]),
        ("encaissement-pondere", FEB, ["2026-03"]),
    ],
)
def test_a_month_without_rate_is_said_by_its_name(policy: str, day: date, months: list[str]) -> None:
    """The month of the expense, the months of the mean, the last month without an instalment."""
    found, missing = conversion(policy, table=OFFICIAL[:2]).convert([charge(1_000, day)])
    assert (found, [month.code for month in missing]) == ((), months)


def test_a_rate_that_begins_on_a_day_holds_until_the_next() -> None:
    rows = [
        {"devise": "USD", "du": "2026-01-15", "valeur": "600"},
        {"devise": "USD", "du": "2026-03-10", "valeur": "610"},
    ]
    table = RateTable.model_validate({"taux": rows})
    days = [date(2026, 1, 14), date(2026, 1, 15), date(2026, 3, 9), date(2026, 3, 10), date(2027, 1, 1)]
    assert [table.on("USD", day) for day in days] == [None, *map(Decimal, (600, 600, 610, 610))]
    months = [Period.month(date(2026, month, 1)) for month in (1, 2, 3, 4)]
    assert [table.of("USD", month) for month in months] == [Decimal(600), Decimal(600), Decimal(600), Decimal(610)]
    assert table.of("EUR", months[0]) is None


def test_twenty_thousand_random_splits_reconcile_to_the_cent() -> None:
    """However francs are cut into expenses and instalments, rates and rounding add up to what the report says."""
    chance = random.Random(20260718)
    days = [date(2026, month, 10) for month in range(1, 13)]
    base = conversion("encaissement")
    for _ in range(20_000):
        at_once = chance.random() < 0.5
        layers = [
            (
                days[0] if at_once else chance.choice(days),
                cents := chance.randint(1_000, 500_000),
                cents * chance.randint(50, 70) // 10,
            )
            for _ in range(chance.randint(1, 4))
        ]
        received = tuple(Receipt(entry(day), cents, value, value, 0, 0) for day, cents, value in sorted(layers))
        lowest = 1 if at_once else -20_000
        own = [
            charge(chance.randint(lowest, 400_000) or 1, day)
            for day in sorted(chance.choices(days, k=chance.randint(1, 4)))
        ]
        found, missing = replace(base, received=received).convert(own)
        assert missing == ()
        uses, rounding = reconciled(found, base.scale)
        assert sum(use.units for use in uses) + rounding == sum(each.units for each in found)
        assert sum(use.value for use in uses) == sum(each.amount for each in own)
        for each in found:
            exact = sum((part.value / part.rate for part in each.parts), Fraction(0)) * 100
            assert abs(each.units - exact) <= Fraction(1, 2)
            assert sum(part.value for part in each.parts) == each.charge.amount
        if at_once:  # no instalment but the last gives more than it brought
            assert all(
                use.value <= received[use.source.rank - 1].value for use in uses if use.source.rank < len(received)
            )


@pytest.mark.parametrize(
    ("number", "whole"), [("1/2", 1), ("-1/2", -1), ("3/2", 2), ("149/100", 1), ("-149/100", -1), ("0", 0)]
)
def test_halves_go_away_from_zero(number: str, whole: int) -> None:
    assert half_up(Fraction(number)) == whole
