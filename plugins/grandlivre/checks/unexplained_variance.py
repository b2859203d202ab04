"""The rule `ecart-inexplique`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from grandlivre.books.bounds import charging, reversed_vouchers
from grandlivre.books.budget import budget_versions, lines_in_force, planned, spent_before
from grandlivre.books.guarding import beginning
from grandlivre.books.index import Books
from grandlivre.books.reports_owed import ReportOwed, reports_owed
from grandlivre.books.tellings import Telling, told
from grandlivre.guards.budgets import LineSums
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message, Money, Percent, listing
from grandlivre.policy.model import Field
from grandlivre.policy.periods import Period
from grandlivre.rules import ClosingPoint, Family, Finding, Level, Rule, plugin
from grandlivre.sources.problem import RefusedError

_MODELS = ("rapport-financier", "ue-annexe-6", "etat-giz", "inpas-pg1")
"""The reports that compare a budget with what was spent."""
_NAMED = 5
"""How many lines the sentence names."""


class _Variance(NamedTuple):
    code: str
    spent: int
    planned: int


class UnexplainedVariance(Rule):
    """Écart entre réalisé et prévu que le bailleur veut voir expliqué, et que personne n'a écrit.

    Une convention dit l'écart au-delà duquel une ligne s'explique (`ecart-a-expliquer: 10 %`). Dès la fin de la période
    d'un rapport financier promis, et tant qu'il n'est pas envoyé, chaque ligne dont le réalisé s'écarte du prévu à ce
    jour de plus que ce seuil demande quelques mots, sous son code, dans `ledger/recits/<code du projet>/<période>.md`.
    Le prévu est le `calendrier` de la ligne, sinon son budget au prorata des jours. Une ligne d'imprévus n'a pas de prévu ;
    une convention plus ancienne que ces livres, sans `realise-anterieur`, ne se compare pas.

    Source : conventions (10 % le plus souvent, 50 % pour le BMZ) ; manuel de procédures, rapports financiers.

    Exemple : 3 965 000 FCFA dépensés sur la ligne 2.2 pour 2 991 781 FCFA prévus au 30/09/2026, seuil 10 %.
    """

    id = "ecart-inexplique"
    family = Family.FUNDS
    closing_point = ClosingPoint.REPORTS

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : ce constat n'est sur aucune écriture."""

    untold = Message(
        "Convention {agreement}, {period} : plus de {threshold} entre dépensé et prévu sur {lines}. Expliquez-le sous le code "
        "de chaque ligne (## {first}) dans ledger/recits/{path}, avant d'envoyer {model}."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """One finding an agreement and period whose report is not sent."""
        for owed in self._owing(books):
            yield from self._owed(books, owed)

    def guard(self, books: Books) -> Guard:
        """What may move the first transaction, and what each agreement spent by the end of a period whose report is owed."""
        ends = {(each.agreement.id, each.period.end) for each in self._owing(books)}
        return on(*beginning(books), LineSums(charging(books), tuple(sorted(ends))), reversed_vouchers(books))

    def _owing(self, books: Books) -> Iterator[ReportOwed]:
        """The reports that compare a budget with what was spent, whose period is over and which are not sent."""
        first = books.first_transaction
        asking = [
            tree for tree in books.trees if any(each.explained is not None for each in books.tree_agreements(tree))
        ]
        if first is None:
            return
        for tree in asking:
            for owed in reports_owed(books, tree, max(first, books.start), books.today):
                sent = owed.done is not None and owed.done <= books.today
                if owed.model in _MODELS and owed.period.end < books.today and not sent:
                    yield owed

    def _owed(self, books: Books, owed: ReportOwed) -> Iterator[Finding]:
        agreement = owed.agreement
        told_ = self._told(books, owed)
        found = [each for each in _variances(books, owed) if not told_.of(agreement.id, each.code)]
        if found and agreement.explained is not None:
            lines = [f"{each.code} ({Money(each.spent)} pour {Money(each.planned)} prévus)" for each in found[:_NAMED]]
            if len(found) > _NAMED:
                lines.append(f"{len(found) - _NAMED} de plus")
            yield self.finding(
                self.untold,
                books.agreement_place(owed.tree, agreement, "ecart-a-expliquer"),
                level=Level.WARNING,
                agreement=agreement.id,
                period=owed.period.label,
                threshold=Percent(agreement.explained),
                lines=listing(lines),
                first=found[0].code,
                path=told_.path,
                model=owed.model,
            )

    def _told(self, books: Books, owed: ReportOwed) -> Telling:
        ids = {each.id for each in books.tree_agreements(owed.tree)}
        try:
            return told(books.folder, owed.tree, owed.period.code, ids)
        except RefusedError:
            return Telling(path=f"{owed.tree.lower()}/{owed.period.code}.md")


def _variances(books: Books, owed: ReportOwed) -> Iterator[_Variance]:
    """The lines further from what was planned by the period's end than the agreement lets pass, in the budget's order."""
    agreement, end, own = owed.agreement, owed.period.end, books.policy.currency
    earlier = spent_before(agreement, own)
    if agreement.explained is None or (agreement.start < books.start and not earlier):
        return
    spent = dict(earlier)
    for charge in books.charges_by_tree.get(owed.tree, ()):
        if charge.agreement is agreement and charge.entry.date <= end:
            spent[charge.line] = spent.get(charge.line, 0) + charge.amount
    budget = lines_in_force(budget_versions(agreement, own), end)
    for code, line in agreement.budget_at(end).items():
        if line.is_reserve:
            continue
        wanted = planned(agreement, line, budget[code], Period("", agreement.start, end))
        if abs(spent.get(code, 0) - wanted) * 100 > wanted * agreement.explained:
            yield _Variance(code, spent.get(code, 0), wanted)


__plugins__ = (plugin(UnexplainedVariance),)
