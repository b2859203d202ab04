"""The rule `rencontre-manquante`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from grandlivre.books.guarding import beginning
from grandlivre.books.index import Books
from grandlivre.books.meetings import Held, body_meetings, rhythm, team_meetings
from grandlivre.books.records import Place
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message
from grandlivre.policy.model import Field
from grandlivre.rules import Doubt, Family, Finding, Level, Rule, plugin

_WHO = {"direction": "de la direction", "bureau": "du bureau exécutif", "ag": "de l'assemblée générale"}
_EVERY = {
    "semaine": "une par semaine",
    "mois": "une par mois",
    "trimestre": "une par trimestre",
    "semestre": "une par semestre",
    "annee": "une par an",
}


class MissingMeeting(Rule):
    """Semaine, mois, trimestre ou année sans la réunion due.

    `organisation.yaml` dit le rythme, `rencontres: {equipe: semaine, direction: mois, bureau: trimestre, ag: annee}` ; une
    clé absente ne demande rien. L'équipe de chaque programme (`rules/programmes/`) se réunit pour son programme ; le constat
    est sur le fichier du programme, pour les autres sur `rencontres`. Une réunion tenue s'inscrit par une directive
    `rencontre` ; deux réunions dans une même semaine n'en remplacent pas une autre.

    Les semaines vont du lundi au dimanche (ISO 8601 : celle du 28/12/2026 est la semaine 53). Une semaine sans jour ouvré, ou
    écrite dans `semaines-fermees`, ne demande rien ; pas plus qu'une semaine déjà entamée quand le programme commence, ni
    rien de ce qui précède la première écriture, ni ce qui n'est pas terminé.

    Source : manuel de procédures d'ANI-Mali, réunions hebdomadaires des programmes et mensuelles de la direction.

    Exemple : rien n'est inscrit pour l'équipe UE-EAU du 02/03/2026 au 08/03/2026, semaine 10.
    """

    id = "rencontre-manquante"
    family = Family.GOVERNANCE
    whole = True

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : ce constat n'est sur aucune écriture."""

    missing = Message(
        "Aucune réunion {who} n'est inscrite pour {label} (du {start} au {end}), et il en faut {every}. Si elle a eu lieu, "
        'inscrivez-la avec son procès-verbal (custom "rencontre") ; sinon tenez la prochaine{closed}.'
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each slot without its meeting: the teams by programme, then the bodies."""
        for programme in books.policy.programmes:
            held = team_meetings(books, programme)
            at = books.programme_place(programme)
            yield from self._missed(books, held, f"de l'équipe {programme.donor}", "equipe", at)
        for body, who in _WHO.items():
            at = books.rules_place("organisation.yaml", "rencontres")
            yield from self._missed(books, body_meetings(books, body), who, body, at)

    def guard(self, books: Books) -> Guard:
        """When the first transaction was."""
        return on(*beginning(books))

    def doubt(self, books: Books) -> Doubt:
        """No entry: it looks at meetings alone."""
        return Doubt(())

    def _missed(self, books: Books, held: Iterable[Held], who: str, body: str, at: Place) -> Iterator[Finding]:
        every = rhythm(books.policy.organisation, body)
        for slot, meeting in held:
            if meeting is None and slot.end < books.today:
                closed = ", ou dites-la fermée dans semaines-fermees" if every == "semaine" else ""
                yield self.finding(
                    self.missing,
                    at,
                    level=Level.WARNING,
                    who=who,
                    label=slot.label,
                    start=slot.start,
                    end=slot.end,
                    every=_EVERY[every or ""],
                    closed=closed,
                )


__plugins__ = (plugin(MissingMeeting),)
