"""What an agreement's francs are in its own currency, in a report: the rates taken, each charge, what is no charge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property

from grandlivre.books.budget import Charge
from grandlivre.books.conversion import Conversion, Converted, RateUse, Receipt, Source, reconciled
from grandlivre.books.records import Movement, Place
from grandlivre.i18n import currency_label
from grandlivre.policy.donors import Agreement, BudgetLine, Reallocation
from grandlivre.policy.periods import Period
from grandlivre.policy.rates import RatePolicy
from grandlivre.policy.values import exponent
from grandlivre.reports.execution import LineExecution, charges
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.wording import day, period_label
from grandlivre.sources.problem import RefusedError

_POLICIES: dict[RatePolicy, str] = {
    "fixe": "taux fixe de la convention",
    "encaissement": "taux de chaque tranche reçue, la plus ancienne d'abord",
    "encaissement-pondere": "taux moyen pondéré des tranches reçues",
    "moyenne-mensuelle": "moyenne des taux mensuels de la période",
    "mois": "taux du mois de chaque dépense",
}
"""What a report calls each policy."""


class MissingRateError(RefusedError):
    """A report cannot be made: the rate of a month lacks."""


@dataclass(frozen=True)
class Exchange:
    """The conversion of one agreement in one report; amounts are smallest units of its currency."""

    conversion: Conversion
    converted: tuple[Converted, ...]
    """What the agreement paid up to the period's end."""

    @property
    def agreement(self) -> Agreement:
        """Whose currency it is."""
        return self.conversion.agreement

    @property
    def currency(self) -> str:
        """Its code."""
        return self.conversion.currency

    @property
    def exponent(self) -> int:
        """Its decimals."""
        return exponent(self.currency)

    @cached_property
    def _by_movement(self) -> dict[int, Converted]:
        return {id(each.charge.movement): each for each in self.converted}

    def of(self, charge: Charge) -> Converted:
        """One charge of the agreement, converted."""
        return self._by_movement[id(charge.movement)]

    def of_movement(self, movement: Movement) -> int:
        """One charged posting of the agreement."""
        return self._by_movement[id(movement)].units

    @cached_property
    def receipts(self) -> Mapping[Place, Receipt]:
        """The instalments received, by where their entries stand."""
        return {each.entry.place: each for each in self.conversion.received}

    def total(self, own: Iterable[Charge]) -> int:
        """Charges of the agreement, cents added up."""
        return sum(self.of(charge).units for charge in own)

    @cached_property
    def _by_line(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for each in self.converted:
            found[each.charge.line] = found.get(each.charge.line, 0) + each.units
        return found

    def earlier(self, code: str) -> int:
        """What a line says was spent before these books began."""
        lines = (line for heading in self.agreement.headings for line in heading.lines if line.code == code)
        money = next((line.spent_before for line in lines if line.spent_before is not None), None)
        if money is None:
            return 0
        start = self.agreement.start
        return money.units if money.currency == self.currency else self.conversion.planned(money.units, start)

    def cumulative(self, line: LineExecution) -> int:
        """All that was spent on a line."""
        return self._by_line.get(line.code, 0) + self.earlier(line.code)

    def prepared(self, code: str, unsigned: Set[Place]) -> int:
        """Of what was spent on a line, what the payments that stand there pay."""
        return sum(
            each.units for each in self.converted if each.charge.line == code and each.charge.entry.place in unsigned
        )

    def granted(self, line: BudgetLine | None, at: date) -> int:
        """The donor's share of a line of the budget, as it is written, else at the rate that budgets are read at."""
        if line is None:
            return 0
        whole = line.total.units
        if line.total.currency != self.currency:
            whole = self.conversion.planned(whole, at)
        return int((whole * line.donor_share / Decimal(100)).quantize(Decimal(1), ROUND_HALF_UP))

    def initial(self, code: str) -> int:
        """A line of the budget as it was signed."""
        return self.granted(self.agreement.budgets[0][1].get(code), self.agreement.start)

    def amended(self, code: str, at: date) -> int:
        """A line as the last addendum by a day makes it."""
        return self.granted(self.agreement.budget_at(at).get(code), at)

    def moved(self, code: str, at: date) -> int:
        """What was moved to a line (from it: negative) since that addendum."""
        return sum(
            self._moved(move) * ((move.target == code) - (move.source == code))
            for move in self.agreement.moves_in_force(at)
        )

    def _moved(self, move: Reallocation) -> int:
        money = move.amount
        return money.units if money.currency == self.currency else self.conversion.planned(money.units, move.since)

    def budget(self, code: str, at: date) -> int:
        """A line of the budget in force on a day."""
        return self.amended(code, at) + self.moved(code, at)

    def worth(self, value: int, at: date) -> int:
        """What is no charge, at the rate of a day; raises `MissingRateError`."""
        units, missing = self.conversion.worth(value, at)
        refuse_missing(self.conversion, missing)
        return units

    def uses(self, own: Sequence[Charge]) -> tuple[tuple[RateUse, ...], int]:
        """What each rate converted of those charges, and what rounding adds."""
        return reconciled((self.of(charge) for charge in own), self.conversion.scale)


def exchange(context: Context, agreement: Agreement | None) -> Exchange | None:
    """The conversion of an agreement in the scope's report; None when it is in the books' currency.

    Raises `MissingRateError` where a rate lacks.
    """
    own = context.books.policy.currency
    if agreement is None or agreement.currency(own) == own:
        return None
    tree, period = context.scope.tree, context.period

    def read() -> tuple[Exchange, tuple[Period, ...]]:
        conversion = context.books.conversion(tree, agreement, period)
        converted, missing = conversion.convert([each for each in charges(context) if each.agreement is agreement])
        return Exchange(conversion, converted), missing

    found, missing = context.books.once(("exchange", tree, agreement.id, period), read)
    refuse_missing(found.conversion, missing)
    return found


def known_exchange(context: Context, agreement: Agreement | None) -> Exchange | None:
    """The same for a paper that is made all the same where a rate lacks: in francs alone, as `taux-manquant` says."""
    try:
        return exchange(context, agreement)
    except MissingRateError:
        return None


def refuse_missing(conversion: Conversion, missing: Sequence[Period]) -> None:
    """Raises `MissingRateError` that names the months without a rate, when there are."""
    if not missing:
        return
    months = ", ".join(each.label for each in missing)
    agreement = conversion.agreement
    if conversion.policy.startswith("encaissement"):
        raise MissingRateError(
            f"Aucune tranche de la convention {agreement.id} reçue à fin {months} ne dit son taux : écrivez la devise et le "
            f"prix total (@@) sur l'écriture qui la reçoit. Le rapport n'est pas établi."
        )
    raise MissingRateError(
        f"Il manque le taux de {conversion.currency} pour {months} (convention {agreement.id}, taux-politique: "
        f"{conversion.policy}) : ajoutez-le à rules/taux.yaml. Le rapport n'est pas établi."
    )


def policy_words(context: Context, conversion: Conversion) -> str:
    """What the report calls the agreement's policy."""
    return context._(_POLICIES[conversion.policy])


def two_currencies(context: Context, found: Iterable[Exchange | None]) -> str:
    """« Montants en FCFA et, sous chacun, en EUR »; "" where there is one currency."""
    others = dict.fromkeys(each.currency for each in found if each is not None)
    own = context.books.policy.currency
    own = currency_label(own) if context.language == "fr" else own
    said = context._("Montants en {own} et, sous chacun, en {others}")
    return said.format(own=own, others=", ".join(others)) if others else ""


def source_words(context: Context, source: Source) -> str:
    """Where a rate comes from: « Tranche 1 du 12/01/2026 », « mars 2026 »."""
    word = context._
    match source.kind:
        case "fixe":
            return word("Taux fixe de la convention")
        case "encaissement":
            return word("Tranche {rank} du {day}").format(rank=source.rank, day=day(source.day))
        case "encaissement-pondere":
            return word("Moyenne pondérée des tranches 1 à {rank}, la dernière du {day}").format(
                rank=source.rank, day=day(source.day)
            )
        case "moyenne-mensuelle":
            return word("Moyenne de {count} mois à partir de {month}").format(
                count=source.rank, month=period_label(Period.month(source.day), context.language)
            )
        case "mois":
            return period_label(Period.month(source.day), context.language)


def shown_rate(rate: Fraction) -> Decimal:
    """A rate as it is printed: six decimals at most."""
    whole = (Decimal(rate.numerator) / Decimal(rate.denominator)).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    return Decimal(f"{whole.normalize():f}")
