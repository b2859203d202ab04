"""Whether a setting asks less than the shipped one, on any day from the beginning of the books on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from grandlivre.checks.missing_quotes import MissingQuotes
from grandlivre.checks.unauthorised_spending import UnauthorisedSpending

START = date(2026, 1, 1)
BOARD = "le Bureau exécutif au-delà de 1 000 000 FCFA"


def tiers(*written: dict[str, Any]) -> list[tuple[str, str]]:
    rule = UnauthorisedSpending.model_validate({"paliers": list(written)})
    return [(each.now, each.shipped) for each in rule.slack(START)]


def tier(above: str, **more: Any) -> dict[str, Any]:
    return {"au-dela": above, **more}


@pytest.mark.parametrize(
    "written",
    [
        [tier("1 000 000 XOF")],
        [tier("999 999 XOF")],
        [tier("1 000 000 XAF")],
        [tier("1 000 000 XOF"), tier("5 000 000 XOF", nombre="2")],
        [tier("200 000 XOF", college="direction"), tier("1 000 000 XOF")],
        [tier("1 000 000 XOF", depuis="2026-01-01")],
        [tier("3 000 000 XOF"), tier("1 000 000 XOF", depuis="2026-01-01")],
        [tier("9 000 000 GNF")],
    ],
)
def test_tiers_that_ask_as_much(written: list[dict[str, Any]]) -> None:
    assert tiers(*written) == []


@pytest.mark.parametrize(
    ("written", "now"),
    [
        ([tier("1 000 001 XOF")], "personne au-delà de 1 000 000 FCFA le 01/01/2026"),
        ([tier("1 000 001 XAF")], "personne au-delà de 1 000 000 FCFA le 01/01/2026"),
        ([tier("1 000 000 XOF", college="direction")], "la Direction au-delà de 1 000 000 FCFA le 01/01/2026"),
        (
            [tier("1 000 000 XOF"), tier("3 000 000 XOF", college="direction")],
            "la Direction au-delà de 3 000 000 FCFA le 01/01/2026",
        ),
        ([tier("1 000 000 XOF", depuis="2026-01-02")], "personne au-delà de 1 000 000 FCFA le 01/01/2026"),
        (
            [tier("1 000 000 XOF"), tier("4 000 000 XOF", depuis="2027-01-01")],
            "personne au-delà de 1 000 000 FCFA le 01/01/2027",
        ),
    ],
)
def test_tiers_that_ask_less_one_day(written: list[dict[str, Any]], now: str) -> None:
    """A college, a late beginning, a later and higher limit: the lowest threshold alone showed none of them."""
    assert tiers(*written) == [(now, BOARD)]


@pytest.mark.parametrize(
    ("threshold", "now"),
    [
        ("51 000 XOF", []),
        ("51 000 XAF", []),
        ("51 001 XAF", ["51 001 FCFA"]),
        ("900 000 GNF", []),
        ([{"depuis": "2026-01-01", "valeur": "51 000 XOF"}], []),
        ([{"depuis": "2026-01-02", "valeur": "51 000 XOF"}], ["rien"]),
        (
            [{"depuis": "2008-01-01", "valeur": "90 000 XOF"}, {"depuis": "2026-01-01", "valeur": "51 000 XOF"}],
            [],
        ),
        (
            [{"depuis": "2008-01-01", "valeur": "51 000 XOF"}, {"depuis": "2030-01-01", "valeur": "60 000 XOF"}],
            ["60 000 FCFA"],
        ),
    ],
)
def test_a_dated_limit_from_the_beginning_of_the_books_on(threshold: Any, now: list[str]) -> None:
    rule = MissingQuotes.model_validate({"seuil": threshold})
    assert [each.now for each in rule.slack(START)] == now
