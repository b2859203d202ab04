"""Limits are compared with amounts of the books: one written in another currency would never apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from grandlivre.i18n import Money
from grandlivre.policy.model import Model
from grandlivre.policy.values import Dated

Location = tuple[str | int, ...]
"""Where a value stands in its file: French keys and ranks."""


def limits_elsewhere(limits: Any, currency: str, at: Location = ()) -> Iterator[tuple[Location, str]]:
    """Each amount among limits that is not in the currency of the books: where it stands, and the French sentence."""
    match limits:
        case Money():
            if limits.currency != currency:
                yield (
                    at,
                    (
                        f"la limite {limits} est en {limits.currency}, et les livres en {currency} : elle ne s'appliquerait "
                        f"jamais. Écrivez-la en {currency}."
                    ),
                )
        case Dated():
            yield from limits_elsewhere(limits.steps, currency, at)
        case Model():
            for name, info in type(limits).declared.items():
                yield from limits_elsewhere(getattr(limits, name), currency, (*at, info.alias or name))
        case Mapping():
            for key, value in limits.items():
                yield from limits_elsewhere(value, currency, (*at, key))
        case tuple() | list():
            for rank, value in enumerate(limits):
                yield from limits_elsewhere(value, currency, (*at, rank))
