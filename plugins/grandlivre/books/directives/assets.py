"""Fixed assets."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from beancount.core import account as account_types
from beancount.core import amount

from grandlivre.books.directives.source import Kind, Source
from grandlivre.books.records import Account, Place


class Asset(NamedTuple):
    """A fixed asset."""

    id: str
    account: Account
    cost: int
    date: dt.date
    in_service: dt.date | None
    life: str
    piece: str
    place: Place


def _asset(source: Source) -> Asset:
    return Asset(
        source.values[0].strip(),
        source.account(source.values[1]),
        source.money(source.values[2]),
        source.date,
        source.day("mise-en-service"),
        source.text("duree"),
        source.text("piece"),
        source.place,
    )


KINDS = (
    Kind(
        "immobilisation",
        '"IM-2026-001" Actif:…:2442-Informatique 850000 XOF',
        (str, account_types.TYPE, amount.Amount),
        _asset,
    ),
)
