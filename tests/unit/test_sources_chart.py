"""`rules/plan-comptable.yaml`: quoted, sorted, whole, and without the French numbers that are not SYCEBNL."""

import re
from pathlib import Path

import pytest

from grandlivre.policy.chart import Chart

FILE = Path(__file__).parents[2] / "rules" / "plan-comptable.yaml"
ROWS = re.findall(r'^  "(\d+)": (\S.*)$', FILE.read_text(encoding="utf-8"), re.MULTILINE)
CHART = Chart.model_validate({"comptes": dict(ROWS)})


def test_every_line_is_a_comment_or_a_quoted_number() -> None:
    lines = [
        line for line in FILE.read_text(encoding="utf-8").splitlines() if line and not line.lstrip().startswith("#")
    ]
    assert len(lines) == len(ROWS) + 1
    assert lines[0] == "comptes:"


def test_sorted_unique_and_with_every_parent() -> None:
    numbers = [number for number, _ in ROWS]
    assert numbers == sorted(set(numbers))
    assert [n for n in numbers if any(n[:size] not in numbers for size in range(2, len(n)))] == []
    assert {number[0] for number in numbers} == set("123456789")


@pytest.mark.parametrize(
    "number", ["52111", "5215", "5711", "552", "585", "4011", "462", "165", "7925", "702", "6384", "2442", "904"]
)
def test_accounts_an_ngo_needs(number: str) -> None:
    assert CHART.holds(number)


@pytest.mark.parametrize("number", ["512", "741", "689", "789", "5212"])
def test_foreign_numbers_are_not_there(number: str) -> None:
    assert not CHART.holds(number)
