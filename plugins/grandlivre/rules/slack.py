"""Whether a setting of a rule is weaker than the one it ships with; every setting says which way it weakens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from grandlivre.i18n import Money, show
from grandlivre.policy.values import Dated, Duration

_FRANCS = ("XOF", "XAF")
"""The currencies of the shipped limits, and the one of the same value; a limit in another compares with none."""
_DAY = date(2026, 1, 1)
"""Any day: durations are compared from it."""


class Weaker(StrEnum):
    """The way a setting goes to ask less."""

    HIGHER = "plus haut"
    LOWER = "plus bas"
    MORE = "plus de numéros"
    FEWER = "moins de numéros"
    OTHER = "un autre mot"
    NEVER = "jamais"


class Slack(NamedTuple):
    """A setting that asks less than the shipped one: its French key, both values as they are written."""

    key: str
    now: str
    shipped: str


def slack_of(key: str, value: Any, shipped: Any, way: Weaker, start: date = date.min) -> Iterator[Slack]:
    """The setting, when it is weaker than the shipped one on some day from `start` on; nothing when they cannot be compared."""
    if isinstance(shipped, Dated):
        shipped = shipped.steps[-1].value
    for each in _from(value, start) if isinstance(value, Dated) else (value,):
        if _asks_less(each, shipped, way):
            yield Slack(key, _shown(each), _shown(shipped))
            return


def _from(value: Dated[Any], start: date) -> Iterator[Any]:
    """What applies from a day on, one after the other; None where nothing does yet."""
    yield value.at(start)
    yield from (step.value for step in value.steps if step.since > start)


def _asks_less(value: Any, shipped: Any, way: Weaker) -> bool:
    if way is Weaker.NEVER or value == shipped:
        return False
    if value is None or shipped is None:  # a limit that is not written, or that only this organisation sets
        return value is None
    if way is Weaker.OTHER:
        return True
    if way in (Weaker.MORE, Weaker.FEWER):
        wide, narrow = (value, shipped) if way is Weaker.MORE else (shipped, value)
        return any(not _covered(each, narrow) for each in wide)
    one, other = _measure(value), _measure(shipped)
    if one is None or other is None:
        return False
    return one > other if way is Weaker.HIGHER else one < other


def _covered(number: str, others: Iterable[str]) -> bool:
    """Whether an account number (or a word) is one of others, or stands under one of them."""
    return any(number == each or (each.isdigit() and number.startswith(each)) for each in others)


def _measure(value: Any) -> Decimal | int | None:
    match value:
        case Money():
            return value.units if value.currency in _FRANCS else None
        case Duration():
            return value.after(_DAY).toordinal()
        case bool():
            return int(value)
        case int() | Decimal():
            return value
        case _:
            return None


def _shown(value: Any) -> str:
    if value is None:
        return "rien"
    return show(list(value)) if isinstance(value, tuple) and not isinstance(value, Money) else show(value)
