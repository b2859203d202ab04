"""The rule `cotisation-en-retard`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import ClassVar, Literal

from grandlivre.books.dues import YearOfDues, years_of_dues
from grandlivre.books.guarding import beginning
from grandlivre.books.index import Books
from grandlivre.guards.guard import Guard, on
from grandlivre.guards.sums import Altered
from grandlivre.i18n import Message, Money, counted, listing
from grandlivre.policy.model import Field
from grandlivre.policy.sycebnl import DUES
from grandlivre.policy.values import Duration, Span
from grandlivre.rules import Family, Finding, Level, Rule, Weaker, plugin

_NAMED = 5
"""How many members the sentence names."""


class LateDues(Rule):
    """Cotisations d'une année qui ne sont pas payées.

    `rules/membres.yaml` (facultatif) dit les membres et la cotisation ; ce qu'un membre paie porte `membre: "id"` et
    `annee: 2026` sur l'écriture qui crédite 701, ou sur sa ligne 701 quand elle reçoit plusieurs cotisations. Ce qui est
    extourné n'est pas payé. Un membre doit la cotisation de chaque année où il l'est, même un jour ;
    il a jusqu'à la fin du `delai`, compté du premier jour de l'année. Ce qui est payé d'avance ou en plusieurs fois compte.
    Les années d'avant la première écriture ne demandent rien.

    Source : statuts (cotisations des membres) ; manuel de procédures d'ANI-Mali, ressources propres.

    Exemple : au 01/01/2027, 4 membres sur 32 n'ont pas payé les 12 000 FCFA de 2026.
    """

    id = "cotisation-en-retard"
    family = Family.GOVERNANCE
    whole = True
    weakens: ClassVar = {"delay": Weaker.HIGHER}

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : ce constat n'est sur aucune écriture."""
    delay: Span = Field(Duration(12, "mois"), alias="delai")
    """Temps laissé pour payer, à partir du 1er janvier de l'année due."""

    late = Message(
        "Cotisations {year} : il manque {missing} sur {due}, de {members} ({names}). Relancez-les, ou "
        "inscrivez jusqu-au: pour ceux qui ne sont plus membres."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """One finding a year whose delay has passed."""
        for year in years_of_dues(books):
            if self._deadline(year.year) < books.today and year.missing:
                yield self._late(books, year)

    def guard(self, books: Books) -> Guard:
        """What may move the first transaction, and the movements on the account of dues."""
        if not books.policy.members.members:
            return on()
        return on(*beginning(books), Altered(DUES))

    def _deadline(self, year: int) -> date:
        return self.delay.after(date(year - 1, 12, 31))

    def _late(self, books: Books, year: YearOfDues) -> Finding:
        names = [each.member.name for each in year.late]
        more = len(names) - _NAMED
        shown = [*names[:_NAMED], counted(more, "autre")] if more > 0 else names
        return self.finding(
            self.late,
            books.rules_place("membres.yaml", "cotisation"),
            level=Level.WARNING,
            year=str(year.year),
            members=f"{counted(len(names), 'membre')} sur {len(year.rows)}",
            missing=Money(year.missing),
            due=Money(year.due),
            names=listing(shown),
        )


__plugins__ = (plugin(LateDues),)
