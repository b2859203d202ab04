"""Exchange rates: what a unit of a currency is worth in the currency of the books, by month or from a day on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal, Self

from grandlivre.policy.model import Field, Model, field_validator, model_validator
from grandlivre.policy.periods import Period
from grandlivre.policy.values import Currency, Day, MonthText, Number, refuse

RatePolicy = Literal["fixe", "encaissement", "encaissement-pondere", "moyenne-mensuelle", "mois"]
"""How an agreement's expenses become its currency (contract §10)."""
MONTHLY: tuple[RatePolicy, ...] = ("moyenne-mensuelle", "mois")
"""The policies that read the table of rates."""
_PEGS = {("EUR", "XOF"): Decimal("655.957"), ("EUR", "XAF"): Decimal("655.957")}


def parity(currency: str, own: str) -> Decimal | None:
    """What a unit of a currency is worth for ever in another; None where no treaty says so."""
    return _PEGS.get((currency, own))


class ExchangeRate(Model):
    """Le taux d'une devise, pour un mois ou depuis un jour."""

    currency: Currency = Field(alias="devise")
    """Devise, par son code ISO."""
    month: MonthText | None = Field(None, alias="mois")
    """Mois où le taux vaut."""
    since: Day | None = Field(None, alias="du")
    """Premier jour où le taux vaut, jusqu'au suivant de la même devise ; à la place de `mois`."""
    value: Number = Field(alias="valeur")
    """Ce que vaut une unité de la devise dans la monnaie des livres."""
    source: str = Field("")
    """Qui le publie (InforEuro, taux opérationnels de l'ONU, BCEAO)."""
    read: Day | None = Field(None, alias="lu-le")
    """Jour où il a été relevé."""

    @field_validator("value")
    @classmethod
    def _positive(cls, value: Decimal) -> Decimal:
        if value <= 0:
            raise refuse("un taux est plus grand que zéro")
        return value

    @model_validator(mode="after")
    def _dated_once(self) -> Self:
        if (self.month is None) == (self.since is None):
            raise refuse("un taux dit son mois (mois: 2026-01), ou le jour où il commence (du: 2026-01-15), et un seul")
        return self

    @property
    def key(self) -> tuple[str, date, bool]:
        """What no other rate of the table may repeat."""
        return (self.currency, self.month.start if self.month else self.since or date.min, self.month is None)


class RateTable(Model):
    """Les taux de change relevés, par mois ou depuis un jour.

    Fichier facultatif, lu par les conventions dont `taux-politique` est `mois` ou `moyenne-mensuelle`.
    Exemple : `taux: [{devise: USD, mois: 2026-01, valeur: 601.25, source: InforEuro}]`.
    """

    rates: tuple[ExchangeRate, ...] = Field((), alias="taux")
    """Taux, dans l'ordre qu'on veut."""

    @cached_property
    def _of_months(self) -> dict[tuple[str, date], Decimal]:
        return {(each.currency, each.month.start): each.value for each in self.rates if each.month is not None}

    @cached_property
    def _from_days(self) -> list[tuple[date, str, Decimal]]:
        return sorted((each.since, each.currency, each.value) for each in self.rates if each.since is not None)

    def on(self, currency: str, day: date) -> Decimal | None:
        """The rate of a day: its month's, else the last one that began on or before it."""
        found = self._of_months.get((currency, day.replace(day=1)))
        if found is None:
            found = next((v for since, c, v in reversed(self._from_days) if c == currency and since <= day), None)
        return found

    def of(self, currency: str, month: Period) -> Decimal | None:
        """The rate of a month: its own, that of its first day, else the first one that begins in it."""
        found = self.on(currency, month.start)
        if found is None:
            found = next((v for since, c, v in self._from_days if c == currency and since in month), None)
        return found

    def near(self, currency: str, day: date) -> Decimal | None:
        """The rate that a budget signed that day is read at: the day's, else the first one the table knows."""
        first = min((each.key[1] for each in self.rates if each.currency == currency), default=None)
        if first is None:
            return None
        return self.on(currency, day) or self.of(currency, Period.month(first))
