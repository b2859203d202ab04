"""The rule `parite`."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from grandlivre.books.index import Books
from grandlivre.books.parity import Share, elected, is_missed, shares
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message, Percent, counted
from grandlivre.policy.model import Field
from grandlivre.policy.organisation import Parity
from grandlivre.rules import Doubt, Family, Finding, Level, Rule, plugin

_GROUPS = {
    "personnel": "Le personnel en poste",
    "recrutements": "Les recrutements de {year}",
    "organe": "L'organe {subject}",
    "participants": "Les participants aux activités {subject} de {year}",
}


class MissedParity(Rule):
    """Écart à la parité que l'organisation s'est fixée.

    `organisation.yaml` dit l'objectif et l'écart admis : `parite: {objectif: 50 %, tolerance: 10 points}` ; absent, rien
    n'est jugé. Sont comptés, quand `sexe` est écrit : le personnel en poste (le collège bureau-executif n'en est pas) ; les
    recrutements de l'année (`recrutement: oui` sur un poste) ; chaque organe ; les participants aux activités de l'année, par bailleur ; chaque
    organe communautaire, tel qu'élu en dernier. L'écart vaut des deux côtés. Quand aucune répartition n'est dans l'écart
    (trois personnes, une seule recrutée), la plus proche de l'objectif suffit.

    Source : manuel de procédures d'ANI-Mali, parité de 50 % au recrutement, dans les activités et dans les organes élus.

    Exemple : une femme sur les cinq membres du bureau exécutif, soit 20 % pour un objectif de 50 % à 10 points près.
    """

    id = "parite"
    family = Family.GOVERNANCE

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : ce constat n'est sur aucune écriture."""

    group = Message(
        "{who} : {women} et {men}, soit {rate} de femmes pour un objectif de {aim} à {tolerance} points près. Il faudrait "
        "de {least} à {most} femmes sur {total} : dites en réunion ce qui sera fait."
    )
    body = Message(
        "{label} ({id}) compte {women} et {men}, soit {rate} de femmes pour un objectif de {aim} à {tolerance} points près. "
        "Il en faudrait de {least} à {most} sur {total} : préparez la prochaine élection avec la communauté."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """The groups of the organisation, then each body that a community elected."""
        parity = books.policy.organisation.parity
        if parity is None:
            return
        at = books.rules_place("organisation.yaml", "parite")
        for share in shares(books, books.today):
            if share.group != "communautes" and is_missed(share, parity):
                who = _GROUPS[share.group].format(subject=share.subject, year=books.today.year)
                yield self.finding(self.group, at, level=Level.WARNING, who=who, **_facts(share, parity))
        for body in elected(books, books.today):
            share = Share("communautes", body.tree, body.women, body.men)
            if is_missed(share, parity):
                facts = _facts(share, parity)
                yield self.finding(self.body, body.place, level=Level.WARNING, label=body.label, id=body.id, **facts)

    def guard(self, books: Books) -> Guard:
        """Nothing that entries say concerns it."""
        return on()

    def doubt(self, books: Books) -> Doubt:
        """No entry: it counts people."""
        return Doubt(())


def _facts(share: Share, parity: Parity) -> dict[str, Any]:
    """Both counts, the rate, and the numbers of women that would do."""
    near = [n for n in range(share.total + 1) if not is_missed(share._replace(women=n, men=share.total - n), parity)]
    rate = (Decimal(100 * share.women) / share.total).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return {
        "women": counted(share.women, "femme", none="aucune"),
        "men": counted(share.men, "homme", none="aucun"),
        "rate": Percent(rate),
        "aim": Percent(parity.aim),
        "tolerance": parity.tolerance,
        "least": min(near),
        "most": max(near),
        "total": share.total,
    }


__plugins__ = (plugin(MissedParity),)
