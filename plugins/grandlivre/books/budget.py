"""What was spent and what is committed on each budget line, in whole francs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from grandlivre.books.records import Dossier, Entry, Movement
from grandlivre.policy.donors import Agreement

NOT_CHARGED = ("603", "68", "69", "28", "29")
"""Numbers of classes 6 and 2 that no budget pays: stock variations, depreciation, provisions."""
DISPOSALS = ("81", "82")
"""An entry that touches them sells or scraps an asset: its class 2 postings are not expenses."""

AgreementOf = Callable[[Entry, Movement], Agreement | None]


class Charge(NamedTuple):
    """A posting that spends a budget (negative: it gives back), with the agreement and the line it belongs to."""

    entry: Entry
    movement: Movement
    agreement: Agreement | None
    """None when no agreement, or several, fit."""
    line: str
    """The code of its budget line, a storno's from the entry it reverses; "" when missing."""

    @property
    def amount(self) -> int:
        """Whole francs."""
        return self.movement.value

    @property
    def day(self) -> date:
        """The day that decides its budget."""
        return self.entry.value_date


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
        return max(0, self.award - sum(charge.amount for charge in self.booked if charge.entry.date <= day))


def charges(
    entries: Iterable[Entry],
    agreement_of: AgreementOf,
    vouchers: Callable[[str], Sequence[Entry]],
) -> tuple[Charge, ...]:
    """Every posting of classes 6 and 2 that a budget pays, openings and closings left out, in the order of the books."""
    found: list[Charge] = []
    for entry in entries:
        if entry.kind in ("a-nouveau", "cloture"):
            continue
        original: Entry | None = None
        sells: bool | None = None
        for movement in entry.movements:
            number = movement.account.number
            if number[:1] not in ("6", "2") or not movement.value or number.startswith(NOT_CHARGED):
                continue
            if number[0] == "2":
                if sells is None:
                    sells = any(other.account.number.startswith(DISPOSALS) for other in entry.movements)
                if sells:
                    continue
            line = entry.text("ligne", movement)
            agreement = agreement_of(entry, movement)
            if entry.is_storno:
                original = original or next((e for e in vouchers(entry.text("annule")) if not e.is_storno), None)
                mirrored = _mirrored(original, movement)
                if original is not None and mirrored is not None:
                    line = line or original.text("ligne", mirrored)
                    if not entry.text("convention", movement):
                        agreement = agreement_of(original, mirrored)
            found.append(Charge(entry, movement, agreement, line))
    return tuple(found)


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
        dossier = charge.entry.text("marche", charge.movement)
        if dossier:
            booked.setdefault((charge.entry.tree, dossier), []).append(charge)
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
    """The index of the addendum that made it; None for the initial budget and for a new rate."""


def budget_versions(agreement: Agreement, currency: str = "XOF") -> tuple[BudgetVersion, ...]:
    """The initial budget, then one version an addendum or a new rate of exchange, in order."""
    made_by = {addendum.since: index for index, addendum in enumerate(agreement.addenda)}
    rates = [step.since for step in agreement.rates.steps if step.since > agreement.start] if agreement.rates else []
    days = sorted({agreement.start, *made_by, *rates})
    versions = []
    for day in days:
        lines = {code: _donor_part(agreement, code, day, currency) for code in agreement.budget_at(day)}
        versions.append(BudgetVersion(day, lines, made_by.get(day)))
    return tuple(versions)


def _donor_part(agreement: Agreement, code: str, day: date, currency: str) -> int:
    line = agreement.budget_at(day)[code]
    whole = agreement.in_francs(line.total, day, currency)
    if line.donor_share == 100:
        return whole
    return int((whole * line.donor_share / Decimal(100)).quantize(Decimal(1), ROUND_HALF_UP))
