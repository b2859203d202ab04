"""The grid: totals, differences, running balances, and what contradicts them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grandlivre.reports.kit.formula import Formula, Reference, rounded
from grandlivre.reports.kit.table import Column, Row, grid

_LINE = (
    Column("label", "Ligne"),
    Column("budget", "Budget", "money", total="sum"),
    Column("actual", "Réalisé", "money", total="sum"),
    Column("left", "Disponible", "money", formula=Formula("budget - actual")),
    Column("rate", "Taux", "percent", formula=Formula("actual / budget")),
)
_BOOK = (
    Column("inflow", "Recettes", "money", total="sum"),
    Column("outflow", "Dépenses", "money", total="sum"),
    Column("balance", "Solde", "money", formula=Formula("above.balance + inflow - outflow")),
)


def test_totals_differences_and_rates_are_filled_in():
    table = grid(
        "b",
        "Budget",
        _LINE,
        (
            Row({"label": "1"}, role="subtotal", sums=(1, 2)),
            Row({"label": "1.1", "budget": 1000, "actual": 875}),
            Row({"label": "1.2", "budget": 0, "actual": 0}),
            Row({"label": "Total"}, role="total", sums=(0,)),
        ),
    )
    assert [row.cells.get("left") for row in table.rows] == [125, 125, 0, 125]
    assert [row.cells.get("rate") for row in table.rows] == [
        Decimal("0.8750"),
        Decimal("0.8750"),
        None,
        Decimal("0.8750"),
    ]
    assert table.rows[3].cells["budget"] == 1000


@pytest.mark.parametrize(
    "row",
    [Row({"budget": 10, "actual": 4, "left": 7}), Row({"budget": 10}, role="total", sums=(0,))],
    ids=["difference", "total"],
)
def test_a_given_value_that_disagrees_is_a_bug(row):
    with pytest.raises(ValueError, match="its recipe"):
        grid("b", "Budget", _LINE, (Row({"budget": 9, "actual": 4}), row))


def test_a_cell_that_depends_on_itself_is_a_bug():
    with pytest.raises(ValueError, match="depends on itself"):
        grid("b", "Budget", _LINE, (Row({}, role="total", sums=(1,)), Row({}, role="total", sums=(0,))))


def test_rows_compute_from_other_rows():
    rows = (
        Row({"budget": 121_000}, key="B"),
        Row({"budget": 33_500}, key="D"),
        Row({}, key="E", role="total", formula=Formula("B - D")),
    )
    assert grid("f", "Fonds", _LINE, rows).rows[2].cells["budget"] == 87_500


@given(st.integers(-(10**12), 10**12), st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), max_size=30))
def test_opening_plus_movements_is_closing(opening, movements):
    rows = [Row({"balance": opening}, role="opening")]
    rows += [Row({"inflow": into, "outflow": out}) for into, out in movements]
    rows += [Row({}, role="total", sums=range(1, len(movements) + 1)), Row({}, role="closing")]
    filled = grid("j", "Journal", _BOOK, rows).rows
    assert filled[-1].cells["balance"] == opening + sum(into - out for into, out in movements)
    assert filled[-2].cells.get("balance") is None


def test_cents_keep_their_place():
    columns = (
        Column("francs", "Francs", "money"),
        Column("rate", "Taux", "quantity"),
        Column("euros", "Euros", "money", exponent=2, formula=Formula("francs / rate"), total="sum"),
    )
    rows = (Row({"francs": 655_957, "rate": Decimal("655.957")}), Row({"francs": 1, "rate": Decimal("655.957")}))
    table = grid("e", "Euros", columns, (*rows, Row({}, role="total", sums=(0, 1))))
    assert [row.cells["euros"] for row in table.rows] == [100_000, 0, 100_000]


@pytest.mark.parametrize("text", ["budget ** 2", "print(1)", "a.b", "'x' + a", "a if b else c"])
def test_a_formula_is_arithmetic_and_nothing_else(text):
    with pytest.raises(ValueError, match="not understood"):
        _ = Formula(text).names


def test_a_formula_is_written_with_the_parentheses_it_needs():
    formula = Formula("a - (b - c) * -(d + 1) / (e + above.f)")
    text, divisors = formula.written(lambda name: name.key.upper() + ("0" if name.above else "1"))
    assert text == "A1-((B1-C1)*-(D1+1)/(E1+F0))"
    assert divisors == ("(E1+F0)",)
    assert formula.names[-1] == Reference("f", above=True)


def test_halves_go_away_from_zero():
    assert rounded(Formula("a / 2").worth({Reference("a"): 5}), 0) == 3
    assert rounded(Formula("a / 2").worth({Reference("a"): -5}), 0) == -3
