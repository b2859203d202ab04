"""Amounts of a form in its agreement's currency: expenses one by one, to the cent, half up; totals add cents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from grandlivre.books.budget import Charge
from grandlivre.books.conversion import Conversion
from grandlivre.i18n import Money
from grandlivre.policy.values import exponent
from grandlivre.reports.exchange import refuse_missing
from grandlivre.reports.kit.formula import rounded


class Spent(NamedTuple):
    """A charge in the agreement's currency."""

    charge: Charge
    units: int
    rate: Decimal | None
    """What a unit of that currency is worth; None in the books' own."""


@dataclass(frozen=True, slots=True)
class Purse:
    """The currency of one agreement, and how the books' amounts are told in it."""

    conversion: Conversion

    @property
    def own(self) -> str:
        """The currency of the books."""
        return self.conversion.own

    @property
    def currency(self) -> str:
        """The agreement's."""
        return self.conversion.currency

    @property
    def exponent(self) -> int:
        """Decimals of its smallest unit."""
        return exponent(self.currency)

    @property
    def converts(self) -> bool:
        """Whether the agreement is in another currency than the books."""
        return self.currency != self.own

    def spent(self, charges: Iterable[Charge]) -> tuple[Spent, ...]:
        """Charges since the agreement began, in its currency; raises `MissingRateError` naming the months without a rate."""
        own = tuple(charges)
        if not self.converts:
            return tuple(Spent(each, each.amount, None) for each in own)
        converted, missing = self.conversion.convert(own)
        refuse_missing(self.conversion, missing)
        return tuple(Spent(each.charge, each.units, rounded(each.rate, 6) if each.rate else None) for each in converted)

    def worth(self, amount: int, day: date) -> int:
        """An amount of the books that is no expense, in smallest units."""
        if not self.converts:
            return amount
        units, missing = self.conversion.worth(amount, day)
        refuse_missing(self.conversion, missing)
        return units

    def money(self, money: Money, day: date) -> int:
        """An amount written in the rules or by an agency, in smallest units."""
        if money.currency == self.currency or not self.converts:
            return money.units
        return self.conversion.planned(money.units, day)
