"""The rule `depense-sans-activite`."""

from __future__ import annotations

from collections.abc import Iterator

from grandlivre.books.bounds import charging
from grandlivre.books.budget import Charge
from grandlivre.books.index import Books
from grandlivre.guards.budgets import Unheld
from grandlivre.guards.guard import Guard, Vouchers, on
from grandlivre.i18n import Message, Money
from grandlivre.policy.donors import Agreement
from grandlivre.rules import Doubt, Family, Finding, Level, Rule, plugin


class SpendingWithoutActivity(Rule):
    """Dépense qui ne nomme aucune activité inscrite.

    Seules les conventions qui écrivent `lien-activite: oui` le demandent. Une dépense sur une ligne que des activités du
    programme se partagent (`lignes`) nomme la sienne dans `activite`, et cette activité est inscrite par une directive
    `activite` : des indemnités pour une formation que personne n'a tenue se voient ainsi. Les lignes qu'aucune activité
    ne réclame (salaires, siège) restent libres ; si aucune activité n'écrit ses lignes, toutes en demandent une.

    Source : manuel de procédures d'ANI-Mali, rapports d'activités et rapports financiers (les deux se recoupent).

    Exemple : 950 000 FCFA d'indemnités sur la ligne 2.1 le 14/05/2026, sans `activite`.
    """

    id = "depense-sans-activite"
    family = Family.GOVERNANCE

    unnamed = Message(
        "{amount} sur la ligne {line} de la convention {agreement}, sans activité : cette ligne se dépense par activité. "
        "Écrivez activite: et son code (programme {tree}), ou corrigez la ligne."
    )
    unheld = Message(
        "{amount} pour l'activité {code}, que rien n'inscrit : aucune directive activite ne dit qu'elle s'est tenue. "
        "Inscrivez-la avec sa liste de présence, ou corrigez le code."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each expense of such an agreement on a line that activities share."""
        if not books.policy.follows_activities:
            return
        held = {(step.tree, step.code) for step in books.directives.activities if step.start <= books.today}
        said: set[tuple[str, int, str]] = set()
        for charge in books.charges:
            agreement = charge.agreement
            if agreement is None or not agreement.follows_activities or charge.amount <= 0 or charge.entry.is_storno:
                continue
            tree, code = charge.entry.tree, charge.activity
            lines = _lines(books, tree)
            key = (*charge.entry.place, code)
            if (tree, code) in held or key in said or (not code and lines and charge.line not in lines):
                continue
            said.add(key)
            yield self._said(charge, agreement, code)

    def guard(self, books: Books) -> Guard:
        """The expenses of the agreements that ask, where one may name no activity that was held."""
        if not books.policy.follows_activities:
            return on()
        held = frozenset((step.tree, step.code) for step in books.directives.activities if step.start <= books.today)
        shared = frozenset((tree, line) for tree in books.policy.donors for line in _lines(books, tree))
        following = frozenset(
            each.id for donor in books.policy.donors.values() for each in donor.agreements if each.follows_activities
        )
        return on(Unheld(charging(books), following, held, shared), Vouchers(self.told(books) | books.reversed_pieces))

    def doubt(self, books: Books) -> Doubt | None:
        """None of the entries when no agreement asks."""
        return None if books.policy.follows_activities else Doubt(())

    def _said(self, charge: Charge, agreement: Agreement, code: str) -> Finding:
        return self.finding(
            self.unheld if code else self.unnamed,
            charge.entry,
            movement=charge.movement,
            level=Level.WARNING,
            amount=Money(charge.amount),
            line=charge.line,
            agreement=agreement.id,
            tree=charge.entry.tree,
            code=code,
        )


def _lines(books: Books, tree: str) -> frozenset[str]:
    """The budget lines that a tree's activities share."""
    return frozenset(
        line
        for programme in books.policy.programmes
        if programme.donor == tree
        for activity in programme.activities
        for line in activity.lines
    )


__plugins__ = (plugin(SpendingWithoutActivity),)
