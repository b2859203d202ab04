"""The rule `cloture-en-retard`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from grandlivre.books.guarding import beginning
from grandlivre.books.index import Books
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message
from grandlivre.policy.model import Field
from grandlivre.policy.periods import Period, day_after
from grandlivre.rules import Family, Finding, Level, Rule, plugin

_GRAVE = 3
"""How many times the delay makes a late closing an error."""


class UnclosedPeriod(Rule):
    """Trimestre terminé depuis longtemps et toujours pas clos.

    Une période close ne change plus ; tant qu'elle est ouverte, tout peut s'y réécrire. Chaque trimestre se clôture
    dans les trente jours qui suivent sa fin (`delai-cloture` d'organisation.yaml) : passé ce délai, une alerte ; passé
    trois fois ce délai, une erreur. Le constat est sur la ligne de ce délai (la première du fichier s'il n'y est pas).
    Les trimestres se comptent à partir de la première écriture (à-nouveau et reprise mis à part) ; des clôtures mensuelles conviennent aussi.

    Une clôture retirée se voit ainsi : le trimestre redevient ouvert.

    Source : AUDCIF art. 22, 3° (clôture au moins trimestrielle) ; manuel de procédures, rapports périodiques.

    Exemple : premier trimestre 2026 toujours ouvert le 15/06/2026, délai de 30 jours : alerte ; le 15/07/2026 : erreur.
    """

    id = "cloture-en-retard"
    family = Family.VOUCHERS

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : ce constat n'est sur aucune écriture."""

    late = Message(
        "Le {period} est terminé depuis le {end} et n'est pas clos ({days} jours, délai : {delay}). "
        "Clôturez-le : grandlivre close {code}.",
        moving=("days",),
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each quarter, from the first transaction on, that no closing reaches."""
        first = books.first_transaction
        if first is None:
            return
        organisation = books.policy.organisation
        holidays = books.policy.holidays
        closed = max((period.end for _, period in books.closed), default=date.min)
        quarter = Period.quarter(max(first, books.start))
        while quarter.end < books.today:
            limit = grave = organisation.closing_delay.after(quarter.end, holidays)
            for _ in range(_GRAVE - 1):
                grave = organisation.closing_delay.after(grave, holidays)
            if quarter.end > closed and books.today > limit:
                yield self.finding(
                    self.late,
                    books.rules_place("organisation.yaml", "delai-cloture"),
                    level=Level.ERROR if books.today > grave else Level.WARNING,
                    period=quarter.label,
                    code=quarter.code,
                    end=quarter.end,
                    days=(books.today - quarter.end).days,
                    delay=str(organisation.closing_delay),
                )
            quarter = Period.quarter(day_after(quarter.end))

    def guard(self, books: Books) -> Guard:
        """What may move the first transaction."""
        return on(*beginning(books))


__plugins__ = (plugin(UnclosedPeriod),)
