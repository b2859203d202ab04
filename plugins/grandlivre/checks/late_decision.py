"""The rule `decision-en-retard`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from grandlivre.books.index import Books
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message, counted
from grandlivre.policy.model import Field
from grandlivre.rules import Doubt, Family, Finding, Level, Rule, plugin

_IN = {
    "equipe": "une réunion d'équipe",
    "direction": "une réunion de direction",
    "bureau": "une réunion du bureau",
    "ag": "l'assemblée générale",
}


class LateDecision(Rule):
    """Décision de réunion qui n'est pas faite à son échéance.

    Une `rencontre` écrit `decision-1`, qui la porte (`decision-1-responsable`), pour quand (`decision-1-echeance`) ; quand
    c'est fait, on ajoute `decision-1-faite` et son jour. Le jour de l'échéance est encore à temps ; une décision sans
    échéance n'est jamais en retard.

    À la clôture, une décision ouverte peut se déclarer : `reserve-1: "decision-en-retard · direction 2026-03-02
    decision-1 · motif"` (« equipe CODE 2026-03-02 decision-1 » pour une équipe ; le numéro peut manquer quand elle est seule
    en retard).

    Source : manuel de procédures d'ANI-Mali, réunions de programme et de direction et leurs procès-verbaux.

    Exemple : « Recruter une animatrice à Koro » était pour le 15/04/2026 ; le 16/04/2026, rien ne dit que c'est fait.
    """

    id = "decision-en-retard"
    family = Family.GOVERNANCE

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : ce constat n'est sur aucune écriture."""

    late = Message(
        "« {decision} », décidé le {day} en {body}, était pour le {due}{who} et n'est pas fait ({days}). Écrivez "
        "decision-{rank}-faite: et son jour si c'est fait ; sinon relancez, ou fixez une nouvelle échéance en réunion.",
        moving=("days",),
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each decision past its day and not done on the day the books are judged."""
        late = [
            (meeting, rank, each, each.due)
            for meeting in books.directives.meetings
            for rank, each in enumerate(meeting.decisions, 1)
            if each.due is not None and each.due < books.today
            if not (each.done is not None and each.done <= books.today)
        ]
        alike = Counter((meeting.body, meeting.date) for meeting, *_ in late)
        for meeting, rank, each, due in late:
            team = f" {meeting.programme}" if meeting.programme else ""
            alone = alike[meeting.body, meeting.date] == 1
            yield self.finding(
                self.late,
                meeting.place,
                level=Level.WARNING,
                decision=each.text,
                day=meeting.date,
                body=_IN.get(meeting.body, meeting.body),
                due=due,
                who=f" ({books.policy.called(each.who)})" if each.who else "",
                days=counted((books.today - due).days, "jour de retard", "jours de retard"),
                rank=rank,
                object=f"{meeting.body}{team} {meeting.date.isoformat()} decision-{rank}",
                object_alone=f"{meeting.body} {meeting.date.isoformat()}" if alone else "",
            )

    def guard(self, books: Books) -> Guard:
        """Nothing that entries say concerns it."""
        return on()

    def doubt(self, books: Books) -> Doubt:
        """No entry: it looks at meetings alone."""
        return Doubt(())


__plugins__ = (plugin(LateDecision),)
