"""What each word of the vocabulary (`policy.figures`) is worth: one small function a figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from grandlivre.books.records import Entry
from grandlivre.i18n import Money, decimal
from grandlivre.policy.donors import BudgetLine
from grandlivre.policy.figures import Source
from grandlivre.policy.periods import Period
from grandlivre.policy.values import exponent
from grandlivre.reports.forms.facts import ActivityFacts, FormFacts, LineFacts, total, units_bought
from grandlivre.reports.forms.purse import Spent
from grandlivre.reports.kit.formula import rounded
from grandlivre.reports.kit.officers import name_of
from grandlivre.reports.kit.table import Value
from grandlivre.reports.kit.wording import MODES, period_label

Given = Callable[[FormFacts, Any], Value]
"""A figure of a row."""


@dataclass(frozen=True, slots=True)
class ExpenseFacts:
    """An expense of the period on its line."""

    rank: int
    line: LineFacts
    spent: Spent

    @property
    def entry(self) -> Entry:
        """The entry that books it."""
        return self.spent.charge.entry


@dataclass(frozen=True, slots=True)
class InstalmentFacts:
    """An instalment that the agreement foresees."""

    rank: int
    day: Any
    amount: int
    cumulative: int


def _unit_value(facts: FormFacts, line: BudgetLine | None) -> int | None:
    return None if line is None else facts.purse.money(line.unit_cost, facts.context.period.end)


def _worth_of_units(amount: int, units: Decimal | None) -> int | None:
    return int(rounded(Fraction(amount) / Fraction(units), 0)) if units else None


def _in_currency(line: LineFacts, currency: str) -> int:
    """What a line spent in one currency, in its smallest units."""
    return sum(each.charge.movement.units for each in line.spent_in(currency))


def _unit_value_in(line: LineFacts, currency: str) -> int | None:
    """What a unit cost in one currency, of the expenses booked in it."""
    return _worth_of_units(_in_currency(line, currency), units_bought(line.spent_in(currency)))


def _face(spent: Spent) -> Decimal:
    """What was spent, in the currency it was spent in."""
    movement = spent.charge.movement
    return Decimal(movement.units).scaleb(-exponent(movement.currency))


LINE: Mapping[str, Given] = {
    "code": lambda facts, line: line.code,
    "libelle": lambda facts, line: line.label,
    "unite": lambda facts, line: line.now.unit_in(facts.context.language) if line.now else "",
    "initial-unites": lambda facts, line: line.initial.quantity if line.initial else None,
    "initial-valeur-unitaire": lambda facts, line: _unit_value(facts, line.initial),
    "budget-initial": lambda facts, line: facts.budget(line.initial) or 0,
    "budget-unites": lambda facts, line: line.now.quantity if line.now else None,
    "budget-valeur-unitaire": lambda facts, line: _unit_value(facts, line.now),
    "budget": lambda facts, line: facts.budget(line.now) or 0,
    "reaffectation": lambda facts, line: facts.reallocated.get(line.code, 0),
    "imprevus": lambda facts, line: facts.contingency.get(line.code, 0),
    "unites": lambda facts, line: line.units,
    "unites-devise": lambda facts, line: IN_CURRENCY["unites-devise"](line, facts.purse.currency),
    "valeur-unitaire": lambda facts, line: _worth_of_units(line.period, line.units),
    "valeur-unitaire-devise": lambda facts, line: IN_CURRENCY["valeur-unitaire-devise"](line, facts.purse.currency),
    "periode": lambda facts, line: line.period,
    "periode-devise": lambda facts, line: IN_CURRENCY["periode-devise"](line, facts.purse.currency),
    "periode-convertie": lambda facts, line: line.period,
    "avant": lambda facts, line: line.earlier + total(line.before),
    "cumul": lambda facts, line: line.cumulative,
    "engagements": lambda facts, line: line.orders,
    "prevu": lambda facts, line: facts.planned(line, facts.context.period) or 0,
    "prevu-suivant": lambda facts, line: facts.planned(line, facts.following) or 0,
    "unites-suivantes": lambda facts, line: facts.planned_units(line, facts.following),
    "explication": lambda facts, line: facts.told.of(facts.agreement.id, line.code),
}
IN_CURRENCY: Mapping[str, Callable[[LineFacts, str], Value]] = {
    "unites-devise": lambda line, currency: units_bought(line.spent_in(currency)),
    "valeur-unitaire-devise": _unit_value_in,
    "periode-devise": _in_currency,
    "periode-convertie": lambda line, currency: total(line.spent_in(currency)),
}
"""The figures of a line that a table repeated by currency tells of one currency."""
MONEY_SPENT = ("periode-devise", "valeur-unitaire-devise")
"""Those told in the currency that was spent; the others are in the agreement's."""
ACTIVITY: Mapping[str, Given] = {
    "code": lambda facts, each: each.code,
    "libelle": lambda facts, each: each.label,
    "autorise": lambda facts, each: _agency(facts, each, "authorised"),
    "depenses": lambda facts, each: total(each.spent),
    "accepte": lambda facts, each: _agency(facts, each, "accepted"),
    "demande": lambda facts, each: _agency(facts, each, "requested"),
    "autorise-suivant": lambda facts, each: _agency(facts, each, "next_authorised"),
}
EXPENSE: Mapping[str, Given] = {
    "numero": lambda facts, each: Decimal(each.rank),
    "rubrique": lambda facts, each: " ".join(filter(None, each.line.heading)),
    "ligne": lambda facts, each: each.line.code,
    "libelle-ligne": lambda facts, each: each.line.label,
    "activite": lambda facts, each: each.spent.charge.activity,
    "codage": lambda facts, each: facts.coding(each.spent.charge)[0],
    "libelle-codage": lambda facts, each: facts.coding(each.spent.charge)[1],
    "mois": lambda facts, each: period_label(Period.month(each.entry.date), facts.context.language),
    "date": lambda facts, each: each.entry.date,
    "beneficiaire": lambda facts, each: name_of(facts.context, each.entry.payee_of(each.spent.charge.movement)),
    "libelle": lambda facts, each: each.entry.label_of(each.spent.charge.movement),
    "piece": lambda facts, each: each.entry.piece,
    "facture": lambda facts, each: each.entry.text("facture", each.spent.charge.movement),
    "compte": lambda facts, each: each.spent.charge.movement.account.number,
    "mode": lambda facts, each: _mode(facts, each.entry),
    "paye": lambda facts, each: facts.payments.of(each.entry),
    "devise": lambda facts, each: each.spent.charge.movement.currency,
    "montant-devise": lambda facts, each: _face(each.spent),
    "taux": lambda facts, each: each.spent.rate,
    "montant": lambda facts, each: each.spent.units,
}
FUNDING: Mapping[str, Given] = {
    "libelle": lambda facts, each: each.label,
    "budget": lambda facts, each: each.budget,
    "recu": lambda facts, each: each.received,
    "recu-periode": lambda facts, each: each.received_now,
}
INSTALMENT: Mapping[str, Given] = {
    "numero": lambda facts, each: Decimal(each.rank),
    "date": lambda facts, each: each.day,
    "montant": lambda facts, each: each.amount,
    "cumul": lambda facts, each: each.cumulative,
}
WHOLE: Mapping[str, Callable[[FormFacts], Value]] = {
    "organisation": lambda facts: facts.context.letterhead.name,
    "sigle": lambda facts: facts.context.letterhead.acronym,
    "recepisse": lambda facts: facts.context.books.policy.organisation.papers.registration,
    "nif": lambda facts: facts.context.books.policy.organisation.papers.tax_id,
    "adresse": lambda facts: facts.context.books.policy.organisation.papers.address,
    "contact": lambda facts: _contact(facts),
    "banque": lambda facts: _bank(facts),
    "bailleur": lambda facts: (facts.context.donor.partner or facts.context.donor.name) if facts.context.donor else "",
    "convention": lambda facts: facts.agreement.number or facts.agreement.id,
    "intitule": lambda facts: facts.agreement.label,
    "programme": lambda facts: ", ".join(each.name for each in facts.programmes),
    "responsable": lambda facts: _leads(facts),
    "debut": lambda facts: facts.agreement.start,
    "fin": lambda facts: facts.agreement.final_day,
    "periode": lambda facts: period_label(facts.context.period, facts.context.language),
    "du": lambda facts: facts.context.period.start,
    "au": lambda facts: facts.context.period.end,
    "suite-du": lambda facts: facts.following.start,
    "suite-au": lambda facts: facts.following.end,
    "monnaie": lambda facts: facts.purse.currency,
    "taux": lambda facts: _rates(facts),
    "montant-convention": lambda facts: facts.granted,
    "solde-ouverture": lambda facts: facts.before.left,
    "fonds-recus": lambda facts: facts.moved.received,
    "fonds-recus-cumul": lambda facts: facts.to_date.received,
    "interets": lambda facts: facts.moved.interest,
    "interets-cumul": lambda facts: facts.to_date.interest,
    "autres-ressources": lambda facts: facts.moved.other,
    "autres-ressources-cumul": lambda facts: facts.to_date.other,
    "depenses": lambda facts: facts.moved.spent,
    "depenses-cumul": lambda facts: facts.to_date.spent,
    "depenses-payees-cumul": lambda facts: facts.to_date.spent - facts.unpaid,
    "depenses-directes-cumul": lambda facts: sum(line.cumulative for line in facts.lines if not line.is_indirect),
    "immobilisations": lambda facts: facts.assets,
    "engagements": lambda facts: sum(line.orders for line in facts.lines),
    "solde-cloture": lambda facts: facts.to_date.left,
    "tresorerie": lambda facts: facts.held(facts.holdings.available),
    "avances": lambda facts: facts.held(facts.holdings.advances.amount),
    "creances": lambda facts: facts.held(facts.holdings.receivables.amount),
    "dettes": lambda facts: facts.held(facts.holdings.committed),
    "position": lambda facts: facts.held(facts.holdings.net),
    "change-et-arrondi": lambda facts: facts.exchanged,
    "part-propre": lambda facts: facts.own_share,
    "part-propre-depensee": lambda facts: facts.own_spent,
    "neant": lambda facts: 0,
    "budget-prevu-suivant": lambda facts: sum(facts.planned(line, facts.following) or 0 for line in facts.lines),
    "tranche-suivante": lambda facts: _next_instalment(facts),
}
BY_SOURCE: Mapping[Source, Mapping[str, Given]] = {
    "budget": LINE,
    "couts-directs": LINE,
    "imprevus": LINE,
    "couts-indirects": LINE,
    "activites": ACTIVITY,
    "depenses": EXPENSE,
    "financement": FUNDING,
    "tranches": INSTALMENT,
}
"""The figures of each kind of row, as `policy.figures.FIGURES` names them."""

Group = tuple[str, str]
Placed = tuple[Group, Any, tuple[Entry, ...]]
"""The heading of a row, what it is about, and the entries behind it."""


def placed(facts: FormFacts, source: Source) -> Iterator[Placed]:
    """The rows of a source, in order."""
    match source:
        case "activites":
            for each in facts.activities:
                yield each.heading, each, _entries(each.spent)
        case "depenses":
            yield from _expenses(facts)
        case "financement":
            for source_ in facts.funding:
                yield ("", ""), source_, ()
        case "tranches":
            yield from _instalments(facts)
        case _:
            for line in facts.lines:
                if _fits(line, source):
                    yield line.heading, line, _entries(line.spent)


def _fits(line: LineFacts, source: Source) -> bool:
    kind = "imprevus" if line.is_reserve else "couts-indirects" if line.is_indirect else "couts-directs"
    return source in ("budget", kind)


def _entries(spent: tuple[Spent, ...]) -> tuple[Entry, ...]:
    return tuple(each.charge.entry for each in spent)


def _expenses(facts: FormFacts) -> Iterator[Placed]:
    rank = 0
    for line in facts.lines:
        for spent in line.spent:
            rank += 1
            yield (line.code, line.label), ExpenseFacts(rank, line, spent), (spent.charge.entry,)


def _instalments(facts: FormFacts) -> Iterator[Placed]:
    so_far = 0
    for rank, each in enumerate(facts.agreement.instalments, 1):
        amount = facts.purse.money(each.amount, each.due)
        so_far += amount
        yield ("", ""), InstalmentFacts(rank, each.due, amount, so_far), ()


def _agency(facts: FormFacts, each: ActivityFacts, name: str) -> int | None:
    """What the agency said of an activity; None while it has said nothing."""
    money: Money | None = getattr(each.agency, name) if each.agency is not None else None
    return None if money is None else facts.purse.money(money, facts.context.period.end)


def _mode(facts: FormFacts, entry: Entry) -> str:
    said = entry.text("mode")
    return facts.context._(MODES.get(said, said)) if said else ""


def _contact(facts: FormFacts) -> str:
    papers = facts.context.books.policy.organisation.papers
    return " · ".join(filter(None, (papers.phone, papers.email)))


def _bank(facts: FormFacts) -> str:
    donor = facts.context.donor
    if donor is None:
        return ""
    said = donor.accounts
    return " · ".join(filter(None, (said.bank_name, said.branch, said.holder, said.number)))


def _leads(facts: FormFacts) -> str:
    return ", ".join(name_of(facts.context, each.lead) for each in facts.programmes if each.lead)


def _rates(facts: FormFacts) -> str:
    """« 1 EUR = 655,957 XOF », or the lowest and the highest of the period; "" in the currency of the books."""
    start = facts.context.period.start
    used = sorted({each.rate for each in facts.spent if each.rate and each.charge.entry.date >= start})
    said = [decimal(rate) if facts.context.language == "fr" else f"{rate.normalize():f}" for rate in used]
    ends = " – ".join(dict.fromkeys((said[0], said[-1]))) if said else ""
    return f"1 {facts.purse.currency} = {ends} {facts.purse.own}" if ends else ""


def _next_instalment(facts: FormFacts) -> int | None:
    following = (each for each in facts.agreement.instalments if each.due > facts.context.period.end)
    first = min(following, key=lambda each: each.due, default=None)
    return None if first is None else facts.purse.money(first.amount, first.due)
