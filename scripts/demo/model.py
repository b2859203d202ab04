"""What the books are made of before they are text: postings, transactions, directives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

Value = str | int | bool | date | tuple[int, str]
"""A metadata value; a tuple is an amount and its currency."""


@dataclass
class Posting:
    """One line of a transaction; `price` is its total value in francs when the currency is foreign."""

    account: str
    amount: int
    currency: str = "XOF"
    price: int | None = None
    meta: dict[str, Value] = field(default_factory=dict)

    @property
    def francs(self) -> int:
        """Its value in francs; in-kind contributions count for nothing."""
        if self.currency == "XOF":
            return self.amount
        if self.price is None:
            return 0
        return self.price if self.amount > 0 else -self.price


def number_of(account: str) -> str:
    """The SYCEBNL number an account's leaf begins with."""
    return account.rsplit(":", 1)[1].split("-", 1)[0]


@dataclass
class Tx:
    """One transaction: its series and place in the day are known, its voucher number comes last."""

    day: date
    tree: str
    series: str
    payee: str
    narration: str
    postings: list[Posting]
    meta: dict[str, Value] = field(default_factory=dict)
    rank: int = 50
    """Order within the day."""
    seq: int = 0
    kind: str = ""
    """What its voucher is called."""
    lag: int | None = 1
    """Days before the bank shows it; None when it never does."""

    @property
    def key(self) -> tuple[date, int, int]:
        """Its place in the books."""
        return self.day, self.rank, self.seq

    def on(self, prefix: str) -> int:
        """What it moves on the accounts of a number prefix, in francs."""
        return sum(p.francs for p in self.postings if number_of(p.account).startswith(prefix))

    @property
    def piece(self) -> str:
        """Its voucher number."""
        return str(self.meta["piece"])


@dataclass
class Directive:
    """One `custom` directive: its values as they are written and its metadata."""

    day: date
    tree: str
    kind: str
    values: tuple[str, ...]
    meta: Mapping[str, Value]
    rank: int = 50
    seq: int = 0

    @property
    def key(self) -> tuple[date, int, int]:
        """Its place in the books."""
        return self.day, self.rank, self.seq
