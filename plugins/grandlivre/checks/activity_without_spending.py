"""The rule `activite-sans-depense`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from grandlivre.books.bounds import charging, reversed_vouchers
from grandlivre.books.index import Books
from grandlivre.guards.budgets import Activities
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message
from grandlivre.policy.model import Field
from grandlivre.rules import Doubt, Family, Finding, Level, Rule, plugin


class ActivityWithoutSpending(Rule):
    """Activité inscrite qu'aucune dépense ne porte.

    Seules les conventions qui écrivent `lien-activite: oui` le demandent : leurs dépenses nomment l'activité (`activite`),
    leurs activités (directive `activite`) ont coûté quelque chose. Une activité inscrite dont le code n'est sur aucune
    dépense de la convention est gratuite, payée ailleurs, ou n'a pas eu lieu. Une alerte par code, sur sa première directive.

    Source : manuel de procédures d'ANI-Mali, rapports d'activités et rapports financiers (les deux se recoupent).

    Exemple : l'activité A1.2 réunit 30 relais le 20/03/2026 et aucune dépense ne cite A1.2.
    """

    id = "activite-sans-depense"
    family = Family.GOVERNANCE

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : ce constat n'est sur aucune écriture."""

    free = Message(
        "L'activité {code} du {day} est inscrite, et aucune dépense de la convention {agreement} ne la cite. Écrivez "
        "activite: \"{code}\" sur les dépenses qui l'ont payée ; si elle n'a rien coûté, dites-le dans le récit du rapport."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """The first step of each activity under such an agreement that no expense names."""
        if not books.policy.follows_activities:
            return
        paid = {(charge.entry.tree, charge.activity) for charge in books.charges if charge.amount > 0}
        said: set[tuple[str, str]] = set()
        for step in books.directives.activities:
            agreement = books.agreement_on(step.tree, "", step.end)
            if agreement is None or not agreement.follows_activities or step.end > books.today:
                continue
            key = (step.tree, step.code)
            if key not in paid and key not in said:
                said.add(key)
                yield self.finding(
                    self.free, step.place, level=Level.WARNING, code=step.code, day=step.end, agreement=agreement.id
                )

    def guard(self, books: Books) -> Guard:
        """The expenses that name an activity which it judges."""
        if not books.policy.follows_activities:
            return on()
        counts = Counter((charge.entry.tree, charge.activity) for charge in books.charges if charge.amount > 0)
        judged = {(step.tree, step.code) for step in books.directives.activities}
        return on(
            Activities(charging(books), tuple((*key, counts[key]) for key in sorted(judged))), reversed_vouchers(books)
        )

    def doubt(self, books: Books) -> Doubt | None:
        """None of the entries when no agreement asks."""
        return None if books.policy.follows_activities else Doubt(())


__plugins__ = (plugin(ActivityWithoutSpending),)
