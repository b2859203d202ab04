"""Twin columns: the same money in the currency of an agreement, under the francs on a page, beside them in a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from grandlivre.policy.values import exponent
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.table import Column

SUFFIX = "_currency"
"""Ends the key of a twin (contract §10)."""


def with_twins(columns: Iterable[Column], currency: str) -> tuple[Column, ...]:
    """The columns, each of money followed by its twin; those that compute compute alike, and are drawn from twins."""
    own = tuple(columns)
    names = {column.key for column in own if column.kind == "money"}
    found: list[Column] = []
    for column in own:
        found.append(column)
        if column.kind == "money":
            found.append(_twin(column, currency, names))
    return tuple(found)


def _twin(column: Column, currency: str, names: set[str]) -> Column:
    formula, drawn = column.formula, column.drawn
    return replace(
        column,
        key=column.key + SUFFIX,
        title=currency if column.page else f"{column.title} ({currency})",
        exponent=exponent(currency),
        twin=column.key,
        under=column.key if column.page else "",
        formula=Formula(_renamed(formula.text, names)) if formula is not None else None,
        drawn=replace(drawn, column=drawn.column + SUFFIX) if drawn is not None else None,
    )


def _renamed(text: str, names: set[str]) -> str:
    """A formula over the twins of the columns it names."""
    return re.sub(r"[a-z_]+", lambda word: word[0] + SUFFIX if word[0] in names else word[0], text)
