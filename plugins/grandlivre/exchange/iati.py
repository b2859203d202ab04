"""The books as an activity file of the International Aid Transparency Initiative (IATI 2.03): an activity an agreement.

Elements stand in the order of the published schema. No natural person is ever named: whoever receives is said only where it
is a registered supplier or an elected body of beneficiaries. The same books give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple
from xml.etree import ElementTree as ET

from grandlivre.books.budget import planned
from grandlivre.books.index import Books
from grandlivre.i18n import Money, catalog
from grandlivre.policy.donors import OWN_TREE, Agreement, BudgetLine, Donor
from grandlivre.policy.organisation import Organisation
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import SUBGRANTS
from grandlivre.reports.execution import charges, orders
from grandlivre.reports.followup import IndicatorReached, follow_up
from grandlivre.reports.funds import funds
from grandlivre.reports.holdings import group
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.sources.problem import RefusedError

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_PLANNED, _RUNNING, _FINALISED, _CLOSED = "1", "2", "3", "4"
_COMMITMENT, _RECEIPT, _ORDER, _DISBURSEMENT, _EXPENDITURE = "11", "1", "2", "3", "4"
_FUNDER, _IMPLEMENTER = "1", "4"
_LOCAL_NGO = "24"
"""Type of organisation: a NGO of the country itself."""


class Exported(NamedTuple):
    """The file, and what its transactions come to in whole units of the books' currency."""

    content: bytes
    activities: int
    received: int
    """Type 1: what the treasury table says was received."""
    spent: int
    """Types 3 and 4: what the period spent."""
    ordered: int
    """Type 2: what the period awarded to suppliers and to those who receive grants."""


def export(books: Books, period: Period, tree: str = "") -> Exported:
    """The activity file of every donor's agreements in force in the period, or of one donor's; raises `RefusedError`."""
    organisation = books.policy.organisation
    if organisation.iati is None:
        raise RefusedError(
            "L'identifiant IATI de l'organisation manque : écrivez dans organisation.yaml "
            "iati: {identifiant: ML-XXX-0350, secteurs: [{code: 14030, part: 100 %}]} (identifiant reçu à l'inscription)."
        )
    day = min(period.end, books.today)
    stamp = f"{day.isoformat()}T00:00:00Z"
    root = ET.Element("iati-activities", {"version": "2.03", "generated-datetime": stamp})
    received = spent = ordered = 0
    for code, donor in sorted(books.policy.donors.items()):
        if (tree and code != tree) or code == OWN_TREE:
            continue
        for agreement in donor.agreements:
            if agreement.start <= period.end and agreement.final_day >= period.start:
                made = _Activity(Context(books, Scope(code), period), donor, agreement, organisation, day)
                root.append(made.element(stamp))
                received += sum(each.amount for each in made.receipts)
                spent += sum(each.amount for each in made.expenses)
                ordered += sum(each.amount for each in made.orders)
    if not len(root):
        raise RefusedError(f"Aucune convention de bailleur n'est en vigueur sur {period.label} : rien à publier.")
    ET.indent(root, " ")
    content = ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
    return Exported(content, len(root), received, spent, ordered)


class _Transaction(NamedTuple):
    """A transaction of the period, in whole units of the books' currency."""

    kind: str
    day: date
    amount: int
    label: str
    receiver: str = ""
    ref: str = ""


class _Activity:
    """One agreement as an activity."""

    def __init__(
        self, context: Context, donor: Donor, agreement: Agreement, organisation: Organisation, day: date
    ) -> None:
        assert organisation.iati is not None
        self.context = context
        self.donor = donor
        self.agreement = agreement
        self.organisation = organisation
        self.own = organisation.iati
        self.said = agreement.iati
        self.day = day
        self.word = catalog(organisation.language)
        self.receipts = tuple(self._receipts())
        self.orders = tuple(self._orders())
        self.expenses = tuple(self._expenses())

    @property
    def identifier(self) -> str:
        """The agreement's own, else the organisation's with the agreement's code after it."""
        return (self.said.identifier if self.said else "") or f"{self.own.identifier}-{self.agreement.id}"

    def element(self, stamp: str) -> ET.Element:
        """The activity, its elements in the order of the schema."""
        currency = self.context.books.policy.currency
        top = ET.Element(
            "iati-activity",
            {"default-currency": currency, _LANG: self.organisation.language, "last-updated-datetime": stamp},
        )
        ET.SubElement(top, "iati-identifier").text = self.identifier
        _narrated(top, "reporting-org", self.organisation.name, ref=self.own.identifier, type=_LOCAL_NGO)
        _narrated(top, "title", self.agreement.label or self.donor.name)
        _narrated(top, "description", self._described(), type="1")
        self._organisations(top)
        ET.SubElement(top, "activity-status", code=self._status())
        self._dates(top)
        ET.SubElement(top, "recipient-country", code=self.own.country)
        self._sectors(top)
        ET.SubElement(top, "default-flow-type", code="10")
        ET.SubElement(top, "default-finance-type", code="110")
        ET.SubElement(top, "default-aid-type", code="C01")
        self._budgets(top)
        self._instalments(top)
        self._commitment(top)
        for each in (*self.receipts, *self.orders, *self.expenses):
            self._transaction(top, each)
        if self.agreement is self.context.agreements()[-1]:  # what a tree reached is told once
            self._results(top)
        return top

    def _described(self) -> str:
        """What the programme wants to reach, else what the agreement is called."""
        own = [each for each in self.context.books.policy.programmes if each.donor == self.donor.code]
        results = [result.label for programme in own for result in programme.results]
        title = self.agreement.label or self.donor.name
        return f"{title} : {' ; '.join(results)}." if results else title

    def _organisations(self, top: ET.Element) -> None:
        ref = self.said.donor if self.said else ""
        name = self.donor.partner or self.donor.name
        _narrated(top, "participating-org", name, role=_FUNDER, **({"ref": ref} if ref else {}))
        _narrated(
            top,
            "participating-org",
            self.organisation.name,
            role=_IMPLEMENTER,
            type=_LOCAL_NGO,
            ref=self.own.identifier,
        )

    def _status(self) -> str:
        end = self.agreement.final_day
        if self.day < self.agreement.start:
            return _PLANNED
        if self.day <= end:
            return _RUNNING
        grace = self.agreement.grace
        return _FINALISED if grace is not None and self.day <= grace.after(end) else _CLOSED

    def _dates(self, top: ET.Element) -> None:
        start, end = self.agreement.start, self.agreement.final_day
        said = [("1", start), *([("2", start)] if start <= self.day else []), ("3", end)]
        said += [("4", end)] if end < self.day else []
        for kind, day in said:
            ET.SubElement(top, "activity-date", {"type": kind, "iso-date": day.isoformat()})

    def _sectors(self, top: ET.Element) -> None:
        if self.said is not None and self.said.sector:
            ET.SubElement(top, "sector", vocabulary="1", code=self.said.sector, percentage="100")
            return
        if not self.own.sectors:
            raise RefusedError(
                f"Aucun secteur n'est dit pour la convention {self.agreement.id} : ajoutez secteurs: à iati: dans "
                "organisation.yaml, ou secteur: à iati: de la convention (codes à cinq chiffres du CAD)."
            )
        for each in self.own.sectors:
            ET.SubElement(top, "sector", vocabulary="1", code=each.code, percentage=f"{each.share.normalize():f}")

    # --- money --------------------------------------------------------------------------------------------------------

    def _value(self, parent: ET.Element, money: Money, day: date) -> None:
        """An amount and the day its exchange is read at; the currency where it is not the activity's own."""
        own = self.context.books.policy.currency
        said = {"value-date": day.isoformat(), **({"currency": money.currency} if money.currency != own else {})}
        ET.SubElement(parent, "value", said).text = f"{Decimal(money.units).scaleb(-money.exponent):f}"

    def _budgets(self, top: ET.Element) -> None:
        """A budget a calendar year: as signed, then as it stands where an addendum changed it."""
        signed, now = self.agreement.budgets[0][1], self.agreement.budget_at(self.day)
        for kind, lines in (("1", signed), *((("2", now),) if now != signed else ())):
            for year in range(self.agreement.start.year, self.agreement.final_day.year + 1):
                span = Period.parse(str(year))
                assert span is not None
                money = self._planned(lines, span)
                if not money.units:
                    continue
                start, end = max(span.start, self.agreement.start), min(span.end, self.agreement.final_day)
                budget = ET.SubElement(top, "budget", type=kind, status="2")
                ET.SubElement(budget, "period-start", {"iso-date": start.isoformat()})
                ET.SubElement(budget, "period-end", {"iso-date": end.isoformat()})
                self._value(budget, money, start)

    def _planned(self, lines: Mapping[str, BudgetLine], span: Period) -> Money:
        """What the lines put in a year, in the books' currency."""
        own = self.context.books.policy.currency
        start = self.agreement.start
        units = sum(
            planned(self.agreement, line, self.agreement.in_francs(line.total, start, own), span)
            for line in lines.values()
        )
        return Money(units, own)

    def _instalments(self, top: ET.Element) -> None:
        """What the agreement still foresees after the day looked at."""
        for each in self.agreement.instalments:
            if each.due > self.day:
                planned_ = ET.SubElement(top, "planned-disbursement", type="1")
                ET.SubElement(planned_, "period-start", {"iso-date": each.due.isoformat()})
                self._value(planned_, each.amount, each.due)
                self._donor(planned_)

    def _commitment(self, top: ET.Element) -> None:
        """The agreement itself, on the day the board adopted it, else its first."""
        if self.agreement.amount is not None:
            day = self.agreement.adopted or self.agreement.start
            made = ET.SubElement(top, "transaction", ref=self.agreement.number or self.agreement.id)
            ET.SubElement(made, "transaction-type", code=_COMMITMENT)
            ET.SubElement(made, "transaction-date", {"iso-date": day.isoformat()})
            self._value(made, self.agreement.amount, day)
            self._donor(made)

    def _donor(self, parent: ET.Element) -> None:
        ref = self.said.donor if self.said else ""
        _narrated(parent, "provider-org", self.donor.partner or self.donor.name, **({"ref": ref} if ref else {}))

    def _receipts(self) -> Iterator[_Transaction]:
        """What the bank received of the donor in the period, and what was given back (negative)."""
        loans = self.context.books.policy.loan_accounts
        for entry in funds(self.context).receipts:
            if self.context.books.agreement(entry) not in (self.agreement, None):
                continue
            amount = -sum(
                each.value
                for each in entry.movements
                if each.account.tree == self.donor.code and group(each.account, loans) == "funds"
            )
            yield _Transaction(_RECEIPT, entry.date, amount, self.word("Fonds reçus"), ref=entry.piece)

    def _orders(self) -> Iterator[_Transaction]:
        """What was awarded in the period, on the day of the award: the line it is for, since a subject may name somebody."""
        labels = {
            line.code: line.label for heading in self.agreement.headings for line in heading.lines
        }  # an addendum keeps the codes
        for each in orders(self.context):
            dossier = each.dossier
            if dossier.date < self.context.period.start or each.agreement is not self.agreement:
                continue
            label = " : ".join(filter(None, (self.word("Marché attribué"), labels.get(dossier.line, dossier.line))))
            known = dossier.winner_name in self._bodies
            receiver = dossier.winner_name if known else ""
            yield _Transaction(_ORDER, dossier.date, each.award, label, receiver, dossier.id)

    def _expenses(self) -> Iterator[_Transaction]:
        """The expenses of the period by month and activity, at the month's end; sub-grants one by one."""
        labels = {
            activity.code: activity.label
            for programme in self.context.books.policy.programmes
            if programme.donor == self.donor.code
            for activity in programme.activities
        }
        known = self._bodies
        sums: dict[tuple[date, str], int] = {}
        for charge in charges(self.context):
            entry = charge.entry
            if entry.date < self.context.period.start or charge.agreement is not self.agreement:
                continue
            if charge.movement.account.is_(*SUBGRANTS):
                name = entry.payee_of(charge.movement)
                yield _Transaction(
                    _DISBURSEMENT,
                    entry.date,
                    charge.amount,
                    self.word("Subvention accordée"),
                    name if name in known else "",
                    entry.piece,
                )
            else:
                key = (min(Period.month(entry.date).end, self.day), charge.activity)
                sums[key] = sums.get(key, 0) + charge.amount
        for (day, code), amount in sorted(sums.items()):
            if amount:
                yield _Transaction(
                    _EXPENDITURE, day, amount, labels.get(code, code or self.word("Fonctionnement du projet"))
                )

    @cached_property
    def _bodies(self) -> frozenset[str]:
        """Those who may be named: registered suppliers and elected bodies, never somebody."""
        books = self.context.books
        return frozenset(
            (*(each.name for each in books.policy.suppliers), *(each.label for each in books.directives.communities))
        )

    def _transaction(self, top: ET.Element, said: _Transaction) -> None:
        made = ET.SubElement(top, "transaction", {"ref": said.ref} if said.ref else {})
        ET.SubElement(made, "transaction-type", code=said.kind)
        ET.SubElement(made, "transaction-date", {"iso-date": said.day.isoformat()})
        self._value(made, Money(said.amount, self.context.books.policy.currency), said.day)
        _narrated(made, "description", said.label)
        if said.kind == _RECEIPT:
            self._donor(made)
        if said.receiver:
            _narrated(made, "receiver-org", said.receiver)

    # --- results ------------------------------------------------------------------------------------------------------

    def _results(self, top: ET.Element) -> None:
        """Each activity that promises something as an output, with what was counted."""
        found: dict[str, list[IndicatorReached]] = {}
        for each in follow_up(self.context).indicators:
            found.setdefault(each.activity, []).append(each)
        labels = {a.code: a.label for p in self.context.books.policy.programmes for a in p.activities}
        for code, indicators in found.items():
            result = ET.SubElement(top, "result", {"type": "1", "aggregation-status": "false"})
            _narrated(result, "title", labels.get(code, code))
            for each in indicators:
                self._indicator(result, each)

    def _indicator(self, parent: ET.Element, said: IndicatorReached) -> None:
        made = ET.SubElement(parent, "indicator", {"measure": "1", "ascending": "true"})
        _narrated(made, "title", f"{said.label} ({said.unit})" if said.unit else said.label)
        if said.baseline is not None:
            ET.SubElement(made, "baseline", year=str(self.agreement.start.year), value=f"{said.baseline:f}")
        period = ET.SubElement(made, "period")
        ET.SubElement(period, "period-start", {"iso-date": date(self.day.year, 1, 1).isoformat()})
        ET.SubElement(period, "period-end", {"iso-date": self.context.period.end.isoformat()})
        for name, value in (("target", said.target), ("actual", said.cumulative)):
            if value is not None:
                ET.SubElement(period, name, value=f"{value:f}")


def _narrated(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    """An element whose words stand in a narrative."""
    ET.SubElement(ET.SubElement(parent, name, attributes), "narrative").text = text
