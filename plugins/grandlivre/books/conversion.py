"""How francs become an agreement's currency: the rate of each expense, cents half up, and the remainder of rounding.

The five policies of contract §10. What is converted is a charge of the budgets; its rate depends on its day, on the
instalments received by then, or on the months of the report it was sent in. What came before a report keeps the rates of
the reports it was in: the periods of the same length. A storno takes the rates of what it reverses.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from grandlivre.books.budget import Charge
from grandlivre.books.records import Entry, Movement
from grandlivre.policy.donors import Agreement
from grandlivre.policy.people import folded
from grandlivre.policy.periods import Period, day_before
from grandlivre.policy.rates import RatePolicy, RateTable
from grandlivre.policy.sycebnl import BANK_FEES, DONOR_ACCOUNTS, EXCHANGE, GRANTS, TREASURY
from grandlivre.policy.values import add_months, exponent

_FUNDS = (*DONOR_ACCOUNTS, *GRANTS)


class Receipt(NamedTuple):
    """An instalment as it came in."""

    entry: Entry
    units: int
    """Smallest units of the agreement's currency; 0 where the entry does not say them."""
    value: int
    """What they were worth before the bank's fee, in whole units of the books' currency: its `@@`."""
    credited: int
    """What the treasury received."""
    fees: int
    """What the bank kept, as the entry books it."""
    exchange: int
    """What the entry books as lost (positive) or won by the exchange."""

    @property
    def is_brought_forward(self) -> bool:
        """Whether it came in before these books began."""
        return self.entry.is_opening


def receipts(entries: Iterable[Entry], currency: str) -> tuple[Receipt, ...]:
    """The instalments among the entries of an agreement, in the order of the books."""
    return tuple(each for entry in entries if (each := _receipt(entry, currency)) is not None)


def _receipt(entry: Entry, currency: str) -> Receipt | None:
    treasury, funds = _of(entry, TREASURY), _of(entry, _FUNDS)
    credited, given = _worth(treasury), -_worth(funds)
    if entry.kind in ("cloture", "extourne") or given <= 0 or (credited <= 0 and not entry.is_opening):
        return None
    units, value = _in_currency(funds, currency)
    units, value = (-units, -value) if units < 0 else _in_currency(treasury, currency)
    if (units <= 0 and entry.is_opening) or "interet" in folded(entry.narration):
        return None  # what a donor's money earns is credited to its funds, and is no instalment
    if units <= 0 or value <= 0:
        units, value = 0, given
    return Receipt(entry, units, value, credited, _worth(_of(entry, BANK_FEES)), _worth(_of(entry, EXCHANGE)))


def _of(entry: Entry, numbers: tuple[str, ...]) -> list[Movement]:
    """What an entry moves on accounts of those numbers."""
    return [each for each in entry.movements if each.account.is_(*numbers)]


def _worth(movements: Iterable[Movement]) -> int:
    return sum(each.value for each in movements)


def _in_currency(movements: Iterable[Movement], currency: str) -> tuple[int, int]:
    """What movements booked in a currency come to: in its smallest units, and in the books' own."""
    own = [each for each in movements if each.currency == currency]
    return sum(each.units for each in own), _worth(own)


class Source(NamedTuple):
    """Where a rate comes from: an instalment, a month, the months of a report, or what the agreement fixes."""

    kind: RatePolicy
    day: date
    """The day of the instalment, the first of the month or of the report's months, the day since when it is fixed."""
    rank: int = 0
    """Which instalment, from 1."""


class Part(NamedTuple):
    """Francs that take one rate."""

    source: Source
    rate: Fraction
    """What a whole unit of the currency is worth."""
    value: int


class Converted(NamedTuple):
    """A charge in the agreement's currency."""

    charge: Charge
    parts: tuple[Part, ...]
    units: int
    """Smallest units, half up."""

    @property
    def rate(self) -> Fraction | None:
        """The rate of the whole; None for nothing."""
        whole = sum((part.value / part.rate for part in self.parts), Fraction(0))
        return sum(part.value for part in self.parts) / whole if whole else None


class RateUse(NamedTuple):
    """All that one rate converted, at once."""

    source: Source
    rate: Fraction
    value: int
    units: int


def half_up(number: Fraction) -> int:
    """The nearest whole number, a half away from zero: a storno gives back what its entry took."""
    whole = (2 * abs(number.numerator) + number.denominator) // (2 * number.denominator)
    return -whole if number < 0 else whole


@dataclass(frozen=True)
class Conversion:
    """How one agreement's charges are converted in a report of a period."""

    agreement: Agreement
    currency: str
    own: str
    """The currency of the books."""
    received: tuple[Receipt, ...]
    """The instalments up to the period's end."""
    table: RateTable
    period: Period
    """Of the report."""
    reached: date
    """The last day that the report's months run to."""

    @property
    def policy(self) -> RatePolicy:
        """The agreement's."""
        return self.agreement.conversion

    @cached_property
    def scale(self) -> Fraction:
        """Smallest units of the currency for a whole unit of it, and the same of the books'."""
        return Fraction(10 ** exponent(self.currency), 10 ** exponent(self.own))

    @cached_property
    def layers(self) -> tuple[Receipt, ...]:
        """The instalments that say their rate, oldest first."""
        return tuple(each for each in self.received if each.units and each.entry.date <= self.period.end)

    @cached_property
    def _bounds(self) -> list[int]:
        """All that was received once each layer had come."""
        return list(accumulate(each.value for each in self.layers))

    @cached_property
    def _days(self) -> list[date]:
        return [each.entry.date for each in self.layers]

    def rate_of(self, receipt: Receipt) -> Fraction:
        """What a whole unit was worth when an instalment that says it came in."""
        return Fraction(receipt.value, receipt.units) * self.scale

    def convert(self, own: Sequence[Charge]) -> tuple[tuple[Converted, ...], tuple[Period, ...]]:
        """The charges since the agreement began, in the order of the books; and the months that have no rate.

        A charge without a rate is left out.
        """
        found: list[Converted] = []
        missing: dict[Period, None] = {}
        taken: dict[tuple[str, str, int], list[Converted]] = {}
        spent = 0
        for charge in own:
            reversed_ = taken.get((charge.entry.text("annule"), charge.movement.account.name, -charge.amount))
            if charge.entry.is_storno and reversed_:
                first = reversed_.pop(0)  # of two postings alike, each is taken back at its own rate
                parts = tuple(part._replace(value=-part.value) for part in first.parts)
                each = Converted(charge, parts, -first.units)
            else:
                parts, lacking = self._parts(charge, spent)
                missing |= dict.fromkeys(lacking)
                each = Converted(charge, parts, self._units(parts))
            spent += charge.amount
            if each.parts:
                taken.setdefault((charge.entry.piece, charge.movement.account.name, charge.amount), []).append(each)
                found.append(each)
        return tuple(found), tuple(sorted(missing, key=lambda month: month.start))

    def _units(self, parts: Iterable[Part]) -> int:
        return half_up(sum((part.value / part.rate for part in parts), Fraction(0)) * self.scale)

    def _parts(self, charge: Charge, spent: int) -> tuple[tuple[Part, ...], tuple[Period, ...]]:
        day = charge.entry.date
        if self.policy == "encaissement":
            parts = tuple(self._drawn(spent, charge.amount, day))
            return parts, () if parts else (Period.month(day),)
        rate, missing = self.rate_at(day)
        return ((Part(*rate, charge.amount),) if rate is not None else ()), missing

    def _drawn(self, spent: int, amount: int, day: date) -> Iterator[Part]:
        """The layers that an amount draws on once `spent` was drawn, those that had come by its day.

        What is spent beyond them takes the last one's rate; before the first one has come, the first one's.
        """
        if not self.layers:
            return
        last = max(bisect_right(self._days, day), 1) - 1
        low, high = sorted((spent, spent + amount))
        at = min(bisect_right(self._bounds, low), last)
        while low < high:
            until = high if at == last else min(high, self._bounds[at])
            layer, taken = self.layers[at], until - low
            source = Source("encaissement", layer.entry.date, at + 1)
            yield Part(source, self.rate_of(layer), taken if amount > 0 else -taken)
            low, at = until, at + 1

    def rate_at(self, day: date) -> tuple[tuple[Source, Fraction] | None, tuple[Period, ...]]:
        """The rate of a day under any policy that does not draw on layers, and the months that lack one."""
        match self.policy:
            case "fixe":
                rate = self.agreement.rate_on(day)
                steps = self.agreement.rates.steps if self.agreement.rates else ()
                since = max((each.since for each in steps if each.since <= day), default=self.agreement.start)
                return (Source("fixe", since), Fraction(rate)) if rate else None, ()
            case "encaissement" | "encaissement-pondere":
                return self._weighted(self._slice(day))
            case "moyenne-mensuelle":
                return self._mean(self._slice(day))
            case "mois":
                month = Period.month(day)
                value = self.table.on(self.currency, day)
                found = None if value is None else (Source("mois", month.start), Fraction(value))
                return found, () if found else (month,)

    def _slice(self, day: date) -> Period:
        """The report that a day was told in: the period itself, else the one of the same length that holds it."""
        if day >= self.period.start:
            return self.period
        return self._slices.get((day.year, day.month)) or Period.month(day)

    @cached_property
    def _slices(self) -> Mapping[tuple[int, int], Period]:
        """The reports before this one, by each month they tell of."""
        months = sum(1 for _ in self.period.months())
        found: dict[tuple[int, int], Period] = {}
        start = self.period.start
        while start > self.agreement.start:
            before = Period("", add_months(start, -months), day_before(start))
            found |= {(each.start.year, each.start.month): before for each in before.months()}
            start = before.start
        return found

    def _weighted(self, span: Period) -> tuple[tuple[Source, Fraction] | None, tuple[Period, ...]]:
        """All that was received by the end of a report / what it was worth; the first instalment where none had come."""
        known = [each for each in self.layers if each.entry.date <= span.end] or list(self.layers[:1])
        if not known:
            return None, (Period.month(min(span.end, self.reached)),)
        rate = Fraction(sum(each.value for each in known), sum(each.units for each in known)) * self.scale
        return (Source("encaissement-pondere", known[-1].entry.date, len(known)), rate), ()

    def _mean(self, span: Period) -> tuple[tuple[Source, Fraction] | None, tuple[Period, ...]]:
        """The mean of the months of a report, from the agreement's first to the last one begun."""
        end = min(span.end, self.reached)
        months = [each for each in span.months() if each.end >= self.agreement.start and each.start <= end]
        values = {each: self.table.of(self.currency, each) for each in months or [Period.month(span.start)]}
        missing = tuple(month for month, value in values.items() if value is None)
        if missing:
            return None, missing
        total = sum((Fraction(value) for value in values.values() if value is not None), Fraction(0))
        return (Source("moyenne-mensuelle", next(iter(values)).start, len(values)), total / len(values)), ()

    def worth(self, value: int, day: date) -> tuple[int, tuple[Period, ...]]:
        """What an amount that is no charge (an order, a balance) is worth on a day; the months that lack a rate."""
        if not value:
            return 0, ()
        if self.policy == "encaissement":
            known = [each for each in self.layers if each.entry.date <= day] or list(self.layers[:1])
            if not known:
                return 0, (Period.month(day),)
            return half_up(value / self.rate_of(known[-1]) * self.scale), ()
        rate, missing = self.rate_at(day)
        return (half_up(value / rate[1] * self.scale) if rate else 0), missing

    def planned(self, value: int, day: date) -> int:
        """A part of the budget, written in the books' currency, at the rate that budgets are read at."""
        rate = self.agreement.rate_on(day)
        return half_up(value / Fraction(rate) * self.scale) if rate else 0


def reconciled(converted: Iterable[Converted], scale: Fraction) -> tuple[tuple[RateUse, ...], int]:
    """What each rate converted at once, and what rounding each charge adds: their sum is that of the charges' units."""
    sums: dict[tuple[Source, Fraction], int] = {}
    units = 0
    for each in converted:
        units += each.units
        for part in each.parts:
            key = (part.source, part.rate)
            sums[key] = sums.get(key, 0) + part.value
    uses = [RateUse(source, rate, value, half_up(value / rate * scale)) for (source, rate), value in sums.items()]
    uses.sort(key=lambda use: (use.source.day, use.source.rank, use.rate))
    return tuple(uses), units - sum(use.units for use in uses)
