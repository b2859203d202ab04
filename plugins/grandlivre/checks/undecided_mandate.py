"""The rule `mandat-non-decide`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

from grandlivre.books.guarding import beginning
from grandlivre.books.index import Books
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message
from grandlivre.policy.model import Field
from grandlivre.policy.people import Mandate
from grandlivre.rules import Doubt, Family, Finding, Level, Rule, plugin

_DECIDERS = ("bureau", "ag")


class UndecidedMandate(Rule):
    """Mandat qu'aucune réunion inscrite du bureau ou de l'assemblée n'a donné.

    Un mandat de `mandats.yaml` dit quand il fut décidé (`decide-le`) ; la réunion du bureau ou de l'assemblée générale de
    ce jour nomme la personne dans `mandate`. Une réunion peut être inscrite à une date d'avant les livres. Sans `decide-le`,
    rien n'est demandé à un mandat en cours au premier jour du premier exercice : il fut donné avant ces livres.

    Source : manuel de procédures d'ANI-Mali, double signature ; statuts (le bureau désigne les signataires).

    Exemple : le mandat de signature de la trésorière vaut depuis le 01/07/2026 et rien ne dit qui l'a décidé.
    """

    id = "mandat-non-decide"
    family = Family.GOVERNANCE
    whole = True

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : ce constat n'est sur aucune écriture."""

    undated = Message(
        "Le mandat « {power} » de {who} vaut depuis le {start} et rien ne dit quand il fut décidé : ajoutez "
        "decide-le: et le jour de la réunion du bureau ou de l'assemblée qui l'a donné."
    )
    unknown = Message(
        "Le mandat « {power} » de {who} se dit décidé le {decided}, où aucune réunion du bureau ou de l'assemblée n'est "
        'inscrite qui le nomme. Inscrivez cette réunion avec mandate: "{id}" et son procès-verbal, ou corrigez decide-le.'
    )
    backdated = Message(
        "Le mandat « {power} » de {who} vaut depuis le {start}, avant d'être décidé le {decided}. Faites-le commencer ce "
        "jour-là, ou corrigez decide-le d'après le procès-verbal."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each mandate that has begun, once something is booked."""
        if books.first_transaction is None:
            return
        years = books.policy.organisation.years
        given = {
            (meeting.date, who)
            for meeting in books.directives.meetings
            if meeting.body in _DECIDERS
            for who in meeting.mandated
        }
        for index, mandate in enumerate(books.policy.mandates):
            if mandate.start <= books.today:
                yield from self._judge(books, index, mandate, given, years[0].start if years else date.min)

    def guard(self, books: Books) -> Guard:
        """When the first transaction was."""
        return on(*beginning(books))

    def doubt(self, books: Books) -> Doubt:
        """No entry: it looks at mandates and meetings."""
        return Doubt(())

    def _judge(
        self, books: Books, index: int, mandate: Mandate, given: set[tuple[date, str]], first: date
    ) -> Iterator[Finding]:
        facts: dict[str, Any] = {
            "power": mandate.power,
            "who": books.policy.called(mandate.person),
            "start": mandate.start,
        }
        at = books.rules_place("mandats.yaml", "mandats", index)
        if mandate.decided is None:
            if mandate.start > first:
                yield self.finding(self.undated, at, level=Level.WARNING, **facts)
        elif mandate.decided > mandate.start:
            yield self.finding(self.backdated, at, level=Level.WARNING, **facts, decided=mandate.decided)
        elif (mandate.decided, mandate.person) not in given:
            yield self.finding(
                self.unknown, at, level=Level.WARNING, **facts, decided=mandate.decided, id=mandate.person
            )


__plugins__ = (plugin(UndecidedMandate),)
