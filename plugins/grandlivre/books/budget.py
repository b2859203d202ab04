"""What was spent and what is committed on each budget line, in whole francs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any, NamedTuple

from grandlivre.books.directives.purchasing import Dossier
from grandlivre.books.records import Entry, Movement, Pattern, Place, Shape
from grandlivre.policy.donors import Agreement, BudgetLine
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import ASSETS, DISPOSALS, EXPENSES, NOT_CHARGED

_new: Any = tuple.__new__
"""Makes a named tuple without the cost of its keyword constructor."""
AgreementOf = Callable[[Entry, Movement], Agreement | None]


class Charge(NamedTuple):
    """A posting that spends a budget (negative: it gives back), with the agreement and the line it belongs to."""

    entry: Entry
    movement: Movement
    agreement: Agreement | None
    """None when no agreement, or several, fit."""
    line: str
    """The code of its budget line, a storno's from the entry it reverses; "" when missing."""
    dossier: str
    """The procurement dossier it is booked on; "" when none."""

    @property
    def amount(self) -> int:
        """Whole francs."""
        return self.movement.value

    @property
    def activity(self) -> str:
        """The code of the programme's activity it names; "" when none."""
        return self.entry.text("activite", self.movement)

    @property
    def day(self) -> date:
        """The day that decides its budget."""
        return self.entry.value_date


class AlikeCharges(NamedTuple):
    """Charges of entries alike, all under one agreement: their lines, dossiers and amounts, movement by movement."""

    shape: Shape
    run: slice
    """Which of the shape's entries."""
    positions: tuple[int, ...]
    """Which of their movements."""
    agreement: Agreement | None

    @property
    def entries(self) -> Sequence[Entry]:
        """The entries, in the order of the books."""
        return self.shape.entries[self.run]

    def sums(self) -> Mapping[tuple[str, str], int]:
        """What the charges on each line and dossier spend, those that give back left out."""
        found: dict[tuple[str, str], int] = {}
        told = list(zip(*(self.shape.texts(key)[self.run] for key in ("ligne", "marche")), strict=True))
        for position in self.positions:
            for key, amount in zip(told, self.shape.moved(position)[self.run], strict=True):
                if amount > 0:
                    found[key] = found.get(key, 0) + amount
        return found

    def charges(self) -> Iterator[tuple[int, Charge]]:
        """Each charge, with the place of its entry among those of the books."""
        run = self.run
        told = [self.shape.texts(key)[run] for key in ("ligne", "marche")]
        for position in self.positions:
            columns = zip(self.shape.places[run], self.entries, self.shape.moved(position)[run], *told, strict=True)
            for place, entry, amount, line, dossier in columns:
                if amount:
                    yield place, _new(Charge, (entry, entry.movements[position], self.agreement, line, dossier))

    def lines(self) -> frozenset[str]:
        """The lines they are charged to; "" for a missing one."""
        return frozenset(self.shape.texts("ligne")[self.run])


class LineCharges:
    """The charges on one line of one agreement, in the order of the books, and what they come to up to any day."""

    def __init__(self, own: Sequence[Charge]) -> None:
        self._own = own
        self._sums = [0, *accumulate(charge.movement.value for charge in own)]

    def spent(self, day: date) -> int:
        """What was spent up to the end of a day, in whole francs."""
        return self._sums[self._until(day)]

    def dated(self, period: Period) -> tuple[Charge, ...]:
        """The charges booked in a period."""
        return booked(self._own, period)

    def begun(self, day: date) -> bool:
        """Whether something was charged up to the end of a day."""
        return bool(self._until(day))

    def _until(self, day: date) -> int:
        return bisect_right(self._own, day, key=_booking_day)


def _booking_day(charge: Charge) -> date:
    return charge.entry.date


def booked(own: Sequence[Charge], period: Period) -> tuple[Charge, ...]:
    """Of charges in the order of the books, those booked in a period."""
    first, after = bisect_left(own, period.start, key=_booking_day), bisect_right(own, period.end, key=_booking_day)
    return tuple(own[first:after])


AgreementLines = Mapping[str, Mapping[str, LineCharges]]
"""Charges by agreement ("": none, or several fit), then by line."""


def by_line(own: Iterable[Charge]) -> AgreementLines:
    """Charges in the order of the books, line by line."""
    found: dict[str, dict[str, list[Charge]]] = {}
    for charge in own:
        agreement = charge.agreement.id if charge.agreement is not None else ""
        found.setdefault(agreement, {}).setdefault(charge.line, []).append(charge)
    return {each: {code: LineCharges(rows) for code, rows in lines.items()} for each, lines in found.items()}


class TreeCharges(NamedTuple):
    """What the budgets of a tree bear, line by line."""

    every: AgreementLines
    signed: AgreementLines
    """Those that await no signature."""
    prepared: AgreementLines
    """The payments that await their signatures (contract §7 bis)."""


def tree_charges(own: Sequence[Charge], awaiting: Set[Place]) -> TreeCharges:
    """The charges of a tree, in the order of the books; `awaiting`: where payments stand that are only prepared."""
    every = by_line(own)
    prepared = [charge for charge in own if charge.entry.place in awaiting] if awaiting else []
    if not prepared:
        return TreeCharges(every, every, {})
    signed = [charge for charge in own if charge.entry.place not in awaiting]
    return TreeCharges(every, by_line(signed), by_line(prepared))


class Commitment(NamedTuple):
    """A procurement award and what was booked on it."""

    dossier: Dossier
    agreement: Agreement | None
    award: int
    booked: tuple[Charge, ...]

    def outstanding_on(self, day: date) -> int:
        """What is still to come at the end of a day (booking dates): award less purchases, never negative."""
        if day < self.dossier.date or (self.dossier.until is not None and day > self.dossier.until):
            return 0
        booked = self.booked[: bisect_right(self.booked, day, key=lambda charge: charge.entry.date)]
        return max(0, self.award - sum([charge.movement.value for charge in booked]))


def charges(
    entries: Iterable[Entry],
    agreement_of: AgreementOf,
    vouchers: Callable[[str], Sequence[Entry]],
) -> tuple[Charge, ...]:
    """Every posting of classes 6 and 2 that a budget pays, openings and closings left out, in the order of the books."""
    found: list[Charge] = []
    known: dict[Pattern, tuple[int, ...]] = {}
    usual: dict[tuple[str, date], Agreement | None] = {}  # of a tree on a day, when none is named
    for entry in entries:
        positions = known.get(entry.pattern)
        if positions is None:
            positions = known[entry.pattern] = charged(entry.pattern)
        if not positions or not entry.is_of_the_year:
            continue
        own = entry.annotated or "convention" in entry.form.keys
        if not own:
            place = (entry.tree, entry.value_date)
            if place not in usual:
                usual[place] = agreement_of(entry, entry.movements[positions[0]])
            agreement = usual[place]
            line, dossier = entry.text("ligne"), entry.text("marche")
        for position in positions:
            movement = entry.movements[position]
            if not movement.value:
                continue
            if own:
                agreement = agreement_of(entry, movement)
                line, dossier = entry.text("ligne", movement), entry.text("marche", movement)
            charge: Charge = _new(Charge, (entry, movement, agreement, line, dossier))
            found.append(_as_reversed(charge, agreement_of, vouchers) if entry.kind == "extourne" else charge)
    return tuple(found)


def charged(pattern: Pattern) -> tuple[int, ...]:
    """The movements of such a pattern that a budget pays."""
    return pattern.positions(EXPENSES if pattern.touches(DISPOSALS) else (*EXPENSES, *ASSETS), NOT_CHARGED)


def _as_reversed(charge: Charge, agreement_of: AgreementOf, vouchers: Callable[[str], Sequence[Entry]]) -> Charge:
    """What a storno takes back, on the line and the agreement of the entry it reverses."""
    entry, movement = charge.entry, charge.movement
    original = next((each for each in vouchers(entry.text("annule")) if not each.is_storno), None)
    mirrored = _mirrored(original, movement)
    if original is None or mirrored is None:
        return charge
    named = bool(entry.text("convention", movement))
    return charge._replace(
        agreement=charge.agreement if named else agreement_of(original, mirrored),
        line=charge.line or original.text("ligne", mirrored),
        dossier=charge.dossier or original.text("marche", mirrored),
    )


def _mirrored(original: Entry | None, movement: Movement) -> Movement | None:
    """The posting of an entry that a storno's posting takes back."""
    if original is None:
        return None
    same = [each for each in original.movements if each.account.name == movement.account.name]
    return next((each for each in same if each.value == -movement.value), same[0] if same else None)


def commitments(
    dossiers: Iterable[Dossier],
    spent: Iterable[Charge],
    agreement_on: Callable[[str, str, date], Agreement | None],
) -> tuple[Commitment, ...]:
    """The award of each dossier that has a winner's quote, with the postings that name the dossier."""
    booked: dict[tuple[str, str], list[Charge]] = {}
    for charge in spent:
        if charge.dossier:
            booked.setdefault((charge.entry.tree, charge.dossier), []).append(charge)
    found = []
    for each in dossiers:
        if each.award is None:
            continue
        agreement = agreement_on(each.tree, each.agreement, each.date)
        found.append(Commitment(each, agreement, each.award.amount, tuple(booked.get((each.tree, each.id), ()))))
    return tuple(found)


class BudgetVersion(NamedTuple):
    """The budget of an agreement from a day on, the donor's share of each line in whole units of the books' currency."""

    since: date
    lines: Mapping[str, int]
    addendum: int | None
    """The index of the addendum that made it; None for the initial budget, for a new rate and for a reallocation."""
    base: Mapping[str, int]
    """The lines before anything was moved between them: those of the last addendum."""
    move: int | None = None
    """The index of the reallocation that made it."""


def budget_versions(agreement: Agreement, currency: str = "XOF") -> tuple[BudgetVersion, ...]:
    """The initial budget, then one version an addendum, a new rate of exchange or a reallocation, in order."""
    made_by = {addendum.since: index for index, addendum in enumerate(agreement.addenda)}
    rates = [step.since for step in agreement.rates.steps if step.since > agreement.start] if agreement.rates else []
    moves = [(each.since, index) for index, each in enumerate(agreement.reallocations)]
    days = sorted({(day, -1) for day in (agreement.start, *made_by, *rates)} | set(moves))
    versions = []
    for day, index in days:
        base = {code: _donor_part(agreement, code, day, currency) for code in agreement.budget_at(day)}
        last = max((since for since in made_by if since <= day), default=agreement.start)
        made, moved = (None, index) if index >= 0 else (made_by.get(day), None)
        lines = _after_moves(agreement, base, last, (day, index), currency)
        versions.append(BudgetVersion(day, lines, made, base, moved))
    return tuple(versions)


def _after_moves(
    agreement: Agreement, base: Mapping[str, int], last: date, until: tuple[date, int], currency: str
) -> Mapping[str, int]:
    """The lines of the last addendum once the reallocations since then, up to one of them, are made."""
    lines = dict(base)
    for rank, move in enumerate(agreement.reallocations):
        if last <= move.since and (move.since, rank) <= until and {move.source, move.target} <= base.keys():
            amount = agreement.in_francs(move.amount, move.since, currency)
            lines[move.source] -= amount
            lines[move.target] += amount
    return lines


def lines_in_force(versions: Sequence[BudgetVersion], day: date) -> Mapping[str, int]:
    """The lines of the version in force on a day (of the first one before the start)."""
    return next((each.lines for each in reversed(versions) if each.since <= day), versions[0].lines)


def spent_before(agreement: Agreement, currency: str = "XOF") -> Mapping[str, int]:
    """What each line says was spent before these books began, in whole units of the books' currency."""
    lines = [line for heading in agreement.headings for line in heading.lines if line.spent_before is not None]
    return {
        line.code: agreement.in_francs(line.spent_before, agreement.start, currency)
        for line in lines
        if line.spent_before is not None
    }


def _donor_part(agreement: Agreement, code: str, day: date, currency: str) -> int:
    line = agreement.budget_at(day)[code]
    whole = agreement.in_francs(line.total, day, currency)
    if line.donor_share == 100:
        return whole
    return int((whole * line.donor_share / Decimal(100)).quantize(Decimal(1), ROUND_HALF_UP))


def planned(agreement: Agreement, line: BudgetLine | None, budget: int, period: Period) -> int:
    """What a line's calendar puts in a period, else its budget in proportion to the days of the agreement in it."""
    if line is None:
        return 0
    if line.calendar:
        share = sum(
            (Fraction(part) / 100 * _overlap(own, period.start, period.end) for own, part in line.calendar.items()),
            Fraction(0),
        )
    else:
        share = _overlap(Period("", agreement.start, agreement.final_day), period.start, period.end)
    worth = budget * share
    return int((2 * worth.numerator + worth.denominator) // (2 * worth.denominator))


def _overlap(own: Period, start: date, end: date) -> Fraction:
    """The part of `own` that falls between two days."""
    days = (min(own.end, end) - max(own.start, start) + timedelta(days=1)).days
    return Fraction(max(days, 0), (own.end - own.start).days + 1)
