"""What is left of an agreement's flexibility: how much a line or a heading may still receive, or give, without an addendum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from grandlivre.books.budget import BudgetVersion
from grandlivre.policy.donors import Agreement, Flexibility


def room(
    agreement: Agreement, versions: Sequence[BudgetVersion], day: date
) -> tuple[Mapping[str, tuple[int | None, int | None]], Mapping[str, tuple[int | None, int | None]]]:
    """By line, then by heading: what it may still receive and give on a day; None where nothing bounds it.

    The tightest of the agreement's rules counts; those that judge each move alone leave all of it each time.
    """
    version = next((each for each in reversed(versions) if each.since <= day), versions[0])
    lines: dict[str, tuple[int | None, int | None]] = {}
    headings: dict[str, tuple[int | None, int | None]] = {}
    for rule in agreement.flexibility:
        base = version.base if rule.base == "dernier-avenant" else versions[0].base
        if rule.level == "ligne":
            budgets, bases, found = version.lines, base, lines
        else:
            budgets, bases, found = by_heading(agreement, version.lines), by_heading(agreement, base), headings
        for code, budget in budgets.items():
            own = _left(agreement, rule, code, budget, bases.get(code, 0))
            found[code] = tuple(_tighter(*pair) for pair in zip(found.get(code, (None, None)), own, strict=True))  # type: ignore[assignment]
    return lines, headings


def by_heading(agreement: Agreement, lines: Mapping[str, int]) -> dict[str, int]:
    """The sums of lines by heading."""
    sums: dict[str, int] = {}
    for code, amount in lines.items():
        heading = agreement.heading_of[code]
        sums[heading] = sums.get(heading, 0) + amount
    return sums


def _left(agreement: Agreement, rule: Flexibility, code: str, budget: int, base: int) -> tuple[int | None, int | None]:
    fixed = code in rule.excluded or (rule.level == "ligne" and agreement.heading_of[code] in rule.excluded)
    most = int(base * (Decimal(0) if fixed else rule.threshold) // 100)
    moved = budget - base if rule.cumulative else 0
    up = max(0, most - moved) if rule.direction in ("hausse", "deux") else None
    down = max(0, most + moved) if rule.direction in ("baisse", "deux") else None
    return up, down


def _tighter(one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else min(one, other)
