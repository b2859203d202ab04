"""Amounts of a form in its agreement's currency: expenses one by one, to the cent, half up; totals add cents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from grandlivre.books.budget import Charge
from grandlivre.i18n import Money
from grandlivre.policy.donors import Agreement
from grandlivre.policy.values import exponent


class Spent(NamedTuple):
    """A charge in the agreement's currency."""

    charge: Charge
    units: int
    rate: Decimal | None
    """What a unit of that currency is worth; None in the books' own."""


@dataclass(frozen=True, slots=True)
class Purse:
    """The currency of one agreement, and how the books' amounts are told in it."""

    agreement: Agreement
    own: str
    """The currency of the books."""

    @property
    def currency(self) -> str:
        """The agreement's."""
        return self.agreement.amount.currency if self.agreement.amount is not None else self.own

    @property
    def exponent(self) -> int:
        """Decimals of its smallest unit."""
        return exponent(self.currency)

    def rate(self, day: date) -> Decimal | None:
        """What a unit is worth on a day; None in the books' own currency."""
        if self.currency == self.own or self.agreement.rates is None:
            return None
        return self.agreement.rates.at(max(day, self.agreement.rates.steps[0].since))

    def spent(self, charges: Iterable[Charge]) -> tuple[Spent, ...]:
        """Charges in the agreement's currency."""
        return tuple(Spent(each, self._units(each), self.rate(each.entry.date)) for each in charges)

    def _units(self, charge: Charge) -> int:
        movement = charge.movement
        return movement.units if movement.currency == self.currency else self.worth(charge.amount, charge.entry.date)

    def worth(self, amount: int, day: date) -> int:
        """An amount of the books, in smallest units."""
        rate = self.rate(day)
        if self.currency == self.own or rate is None:
            return amount
        scaled = Decimal(amount).scaleb(self.exponent - exponent(self.own)) / rate
        return int(scaled.quantize(Decimal(1), ROUND_HALF_UP))

    def money(self, money: Money, day: date) -> int:
        """An amount written in the rules or by an agency, in smallest units."""
        return money.units if money.currency == self.currency else self.worth(money.units, day)
