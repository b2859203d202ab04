"""The rule `quorum`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from grandlivre.books.index import Books
from grandlivre.books.meetings import quorum
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message, counted
from grandlivre.policy.model import Field
from grandlivre.rules import Doubt, Family, Finding, Rule, plugin


class LostQuorum(Rule):
    """Adoption ou mandat donné par le bureau sans son quorum.

    `organisation.yaml › organes › bureau-executif` dit les membres, la taille d'après les statuts et le quorum ; absent,
    il en faut plus de la moitié de la taille. Ne comptent que les membres nommés dans `presents` : la directrice qui
    assiste sans être membre n'en fait pas partie. Une réunion sans quorum peut se tenir et parler ; elle ne peut ni
    adopter (`adopte`) ni donner un mandat (`mandate`).

    Source : manuel de procédures d'ANI-Mali, bureau exécutif de cinq membres ; statuts.

    Exemple : deux membres sur cinq sont présents le 12/05/2026 et la réunion adopte UE-2025-118 ; il en faut trois.
    """

    id = "quorum"
    family = Family.GOVERNANCE
    whole = True

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : ce constat n'est sur aucune écriture."""

    below = Message(
        "La réunion du bureau du {day} {does} avec {present} sur {size} ; il en faut {needed}. Complétez « presents » "
        "d'après la liste de présence ; sinon retirez {what} et portez-le à l'ordre du jour de la prochaine réunion."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each meeting of the board that adopts or gives mandates."""
        for meeting in books.directives.meetings:
            done = [("adopte", meeting.adopted), ("mandate", meeting.mandated)]
            what = [key for key, words in done if words]
            asked = quorum(books.policy.organisation, meeting)
            if asked is not None and what and not asked.is_reached:
                yield self.finding(
                    self.below,
                    meeting.place,
                    day=meeting.date,
                    does=" et ".join("adopte" if key == "adopte" else "donne un mandat" for key in what),
                    present=counted(asked.present, "membre présent", none="aucun"),
                    size=asked.size,
                    needed=asked.needed,
                    what=" et ".join(what),
                )

    def guard(self, books: Books) -> Guard:
        """Nothing that entries say concerns it."""
        return on()

    def doubt(self, books: Books) -> Doubt:
        """No entry: it looks at meetings alone."""
        return Doubt(())


__plugins__ = (plugin(LostQuorum),)
