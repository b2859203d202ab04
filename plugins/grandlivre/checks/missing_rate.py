"""The rule `taux-manquant`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Literal

from grandlivre.books.bounds import charging, reversed_vouchers
from grandlivre.books.index import Books
from grandlivre.guards.budgets import EarlySpan, Spending, SpentMonths
from grandlivre.guards.guard import Guard, Touching, on
from grandlivre.i18n import Message, listing
from grandlivre.policy.donors import Agreement
from grandlivre.policy.model import Field
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import DONOR_ACCOUNTS, GRANTS
from grandlivre.rules import ClosingPoint, Family, Finding, Level, Rule, plugin


class MissingRate(Rule):
    """Taux de change qui manque pour convertir les dépenses d'une convention.

    Une convention qui n'est pas en francs dit comment ses dépenses deviennent sa devise (`taux-politique`). `mois` et
    `moyenne-mensuelle` lisent `rules/taux.yaml` : il y faut le taux de chaque mois qui a une dépense (`mois`), ou de
    chaque mois de la première dépense à la dernière (`moyenne-mensuelle`). `encaissement` et `encaissement-pondere` lisent
    les tranches reçues, dont l'écriture dit la devise et le prix total (50000 EUR @@ 32797850 XOF).

    Tant qu'un taux manque, le rapport au bailleur est refusé et dit le même mois : rien n'est deviné.

    Source : conventions (InforEuro pour l'Union européenne, taux opérationnels pour l'ONU) ; manuel de procédures, devises.

    Exemple : une convention en USD au taux du mois, une dépense en mars 2026, et rien pour mars dans rules/taux.yaml.
    """

    id = "taux-manquant"
    family = Family.FUNDS
    closing_point = ClosingPoint.BUDGETS

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : ce constat n'est sur aucune écriture."""

    unread = Message(
        "Il manque le taux de {currency} pour {months} : la convention {agreement} convertit ses dépenses par "
        "« {policy} ». Ajoutez-le à rules/taux.yaml, avec sa source."
    )
    unsaid = Message(
        "Aucune tranche reçue de la convention {agreement} ne dit son taux, et elle dépense depuis {months} : « {policy} » "
        "convertit au taux des tranches. Écrivez la devise et le prix total (@@) sur l'écriture qui la reçoit."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """One finding an agreement, with all its months."""
        for tree, agreement in _converted(books):
            yield from self._agreement(books, tree, agreement)

    def guard(self, books: Books) -> Guard:
        """The months in which the agreements it judges spend; of those read at their instalments, what treasury receives too."""
        own = _converted(books)
        if not own:
            return on()
        asked = {agreement.id for _, agreement in own}
        months: Counter[tuple[str, int]] = Counter({(id_, 0): 0 for id_ in asked})
        for tree in {tree for tree, _ in own}:
            for charge in books.charges_by_tree.get(tree, ()):
                if charge.agreement is not None and charge.agreement.id in asked:
                    months[charge.agreement.id, charge.entry.date.year * 12 + charge.entry.date.month] += 1
        counts = tuple((*key, count) for key, count in sorted(months.items()))
        paid = [each.id for _, each in own if each.conversion.startswith("encaissement")]
        spans = tuple(EarlySpan(id_, date.min, date.max) for id_ in paid)
        received = Touching((*DONOR_ACCOUNTS, *GRANTS) if paid else ())
        spent = SpentMonths(charging(books), counts)
        return on(spent, Spending(charging(books), spans), received, reversed_vouchers(books))

    def _agreement(self, books: Books, tree: str, agreement: Agreement) -> Iterator[Finding]:
        days = [each.entry.date for each in books.charges_by_tree.get(tree, ()) if each.agreement is agreement]
        if not days:
            return
        conversion = books.conversion(tree, agreement, Period("", min(days), max(days)))
        instalments = agreement.conversion.startswith("encaissement")
        if instalments:
            missing = [] if conversion.layers else [Period.month(min(days))]
        else:
            missing = [
                each
                for each in self._asked(agreement, days)
                if books.policy.rates.of(conversion.currency, each) is None
            ]
        if missing:
            yield self.finding(
                self.unsaid if instalments else self.unread,
                books.agreement_place(tree, agreement, "taux-politique"),
                level=Level.WARNING,
                currency=conversion.currency,
                months=listing([each.label for each in missing]),
                agreement=agreement.id,
                policy=agreement.conversion,
            )

    def _asked(self, agreement: Agreement, days: list[date]) -> Iterator[Period]:
        """The months whose rate is read."""
        spent = {Period.month(day) for day in days}
        for month in Period("", min(days), max(days)).months():
            if agreement.conversion == "moyenne-mensuelle" or month in spent:
                yield month


__plugins__ = (plugin(MissingRate),)


def _converted(books: Books) -> list[tuple[str, Agreement]]:
    """The agreements in another currency than the books' whose rate is no fixed one, each with its tree."""
    currency = books.policy.currency
    own = [(tree, each) for tree, donor in books.policy.donors.items() for each in donor.agreements]
    return [(tree, each) for tree, each in own if each.conversion != "fixe" and each.currency(currency) != currency]
