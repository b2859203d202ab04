"""Directives as a careful accountant types them: metadata under the title, amounts in one column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from grandlivre.i18n import one_line

_WIDTH = 56
"""Column where amounts end, counted from the posting's indentation."""

Value = str | date | int | Decimal
"""What a key may say; a bool is an int."""


def quoted(text: str) -> str:
    """A Beancount string, on one line."""
    return '"' + one_line(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def metadata(values: Mapping[str, Value], indent: str = "  ") -> list[str]:
    """One line a value; texts are quoted, dates and numbers are not."""
    return [f"{indent}{key}: {_written(value)}" for key, value in values.items()]


def _written(value: Value) -> str:
    match value:
        case str():
            return quoted(value)
        case bool():
            return "TRUE" if value else "FALSE"
        case Decimal():
            return f"{value:f}"
    return str(value)


def transaction(
    day: date,
    flag: str,
    payee: str,
    narration: str,
    values: Mapping[str, Value],
    legs: Iterable[tuple[str, int]],
    currency: str,
) -> str:
    """A transaction; legs are (account, whole units)."""
    who = f"{quoted(payee)} " if payee else ""
    lines = [f"{day.isoformat()} {flag} {who}{quoted(narration)}", *metadata(values)]
    for account, units in legs:
        name = account.ljust(_WIDTH - len(str(units)) - 1)
        lines.append(f"  {name} {units} {currency}")
    return "\n".join(lines) + "\n"


def directive(day: date, kind: str, words: Iterable[str], values: Mapping[str, Value]) -> str:
    """A custom directive; its words are already as they are written."""
    return "\n".join([" ".join([day.isoformat(), "custom", quoted(kind), *words]), *metadata(values)]) + "\n"
