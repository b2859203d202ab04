"""The rule `rapport-en-retard`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from grandlivre.books.guarding import beginning
from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.books.reports_owed import ReportOwed, reports_owed
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message, counted
from grandlivre.policy.model import Field
from grandlivre.rules import ClosingPoint, Doubt, Family, Finding, Level, Rule, plugin


class LateReport(Rule):
    """Rapport promis au bailleur et pas envoyé à temps.

    Chaque convention dit ses rapports (`rapports: [{modele, periodicite, delai}]`) ; un envoi s'inscrit par une directive
    `transmission`, que `grandlivre report … --transmettre` écrit. Le dernier jour du délai est encore à temps. Les périodes se
    comptent à partir de la première écriture ; une période que la convention n'a pas connue ne demande rien.

    C'est une alerte tant qu'il n'est pas parti, et `grandlivre close` refuse une période tant qu'un rapport dont le délai
    était passé à sa fin n'est pas envoyé, à moins d'une réserve : `"rapport-en-retard · face 2026-T1 CODE · motif"` (le
    projet peut manquer quand un seul le doit en retard).

    Source : manuel de procédures d'ANI-Mali, rapports financiers périodiques ; conventions.

    Exemple : le rapport financier du 1er trimestre 2026, dû le 30/04/2026, n'est pas envoyé le 01/05/2026.
    """

    id = "rapport-en-retard"
    family = Family.GOVERNANCE
    closing_point = ClosingPoint.REPORTS

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : ce constat n'est sur aucune écriture."""

    late = Message(
        "Le rapport « {model} » {of} de la convention {agreement} était dû le {day} et n'est pas envoyé ({days}). "
        "Envoyez-le et inscrivez-le : grandlivre report {model} --bailleur {tree} --periode {code} --transmettre.",
        moving=("days",),
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each report past its day, of each tree, on the line that promises it."""
        first = books.first_transaction
        if first is None:
            return
        late = [
            owed
            for tree in books.trees
            for owed in reports_owed(books, tree, max(first, books.start), books.today)
            if owed.day < books.today and not (owed.done is not None and owed.done <= books.today)
        ]
        alike = Counter(map(_named, late))
        for owed in late:
            yield self._late(books, owed, alone=alike[_named(owed)] == 1)

    def guard(self, books: Books) -> Guard:
        """When the first transaction was."""
        return on(*beginning(books))

    def doubt(self, books: Books) -> Doubt:
        """No entry: it looks at promises and sendings."""
        return Doubt(())

    def _late(self, books: Books, owed: ReportOwed, *, alone: bool) -> Finding:
        return self.finding(
            self.late,
            _place(books, owed),
            level=Level.WARNING,
            model=owed.model,
            of=owed.period.of,
            agreement=owed.agreement.id,
            day=owed.day,
            days=counted((books.today - owed.day).days, "jour de retard", "jours de retard"),
            tree=owed.tree,
            code=owed.period.code,
            object=f"{_named(owed)} {owed.tree}",
            object_alone=_named(owed) if alone else "",
        )


def _named(owed: ReportOwed) -> str:
    return f"{owed.model} {owed.period.code}"


def _place(books: Books, owed: ReportOwed) -> Place:
    return books.agreement_place(owed.tree, owed.agreement, "rapports", owed.rank)


__plugins__ = (plugin(LateReport),)
