"""The rule `regles-affaiblies`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from grandlivre.books.guarding import opening
from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message
from grandlivre.policy.model import Field
from grandlivre.policy.organisation import Organisation
from grandlivre.rules import Family, Finding, Level, Rule, Weaker, plugin, slack_of

_FICTIVE = ("fictif", "démonstration")


class WeakenedRules(Rule):
    """Règles arrêtées ou affaiblies : ce que les contrôles n'exigent plus.

    L'organisation règle ses contrôles dans controles.yaml. Une règle arrêtée (non), ramenée à des alertes, ou dont un
    réglage demande moins que celui livré avec Grand Livre (seuil plus haut, délai plus long, moins de proformas, plus
    de comptes exclus) reste une décision permise ; elle se voit ici, chaque jour, du directeur comme de l'auditeur.

    Un réglage daté est comparé à partir du début des livres, chaque jour : un seuil qui ne commence qu'en 2030 n'exige rien
    d'ici là. Un montant se compare en francs CFA (XOF, XAF) ; dans une autre devise rien ne dit ce qu'il vaut, et seuls ses
    changements se voient (regle-retroactive, `grandlivre check --since`).

    De même un délai de clôture (`delai-cloture` d'organisation.yaml) plus long que celui de Grand Livre : c'est lui qui
    dit quand un trimestre non clos se signale.

    Les livres d'exemple (`exemple:` d'organisation.yaml) sont jugés à un jour fixé : c'est dit aussi, sauf si leur nom
    porte « fictif » ou « démonstration ».

    Toujours en service. Ne peuvent être ni arrêtées ni affaiblies : periode-close, double-signature, bailleurs-croises,
    texte et reglement ; une clé qui l'essaie est une erreur de `reglement`.

    Source : manuel de procédures (les seuils et les signatures qu'il fixe).

    Exemple : « La règle trois-proformas est arrêtée dans controles.yaml : rien n'est exigé des achats. »
    """

    id = "regles-affaiblies"
    family = Family.FILES
    stoppable = False
    settable = False

    level: Literal["alerte"] = Field("alerte", alias="niveau")
    """Toujours une alerte."""
    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite."""

    stopped = Message(
        "La règle {rule} est arrêtée : elle ne contrôle plus rien. Remettez-la en service (oui), ou faites acter cet arrêt "
        "par le bureau."
    )
    softened = Message(
        "La règle {rule} ne donne plus que des alertes : ses erreurs ne bloquent rien. Remettez niveau: erreur, ou faites "
        "acter ce choix par le bureau."
    )
    weaker = Message(
        "Le réglage {key} de la règle {rule} demande moins que celui de Grand Livre : {now} au lieu de {shipped}. "
        "Rétablissez-le, ou faites acter ce choix par le bureau."
    )
    later_closing = Message(
        "Le délai de clôture est de {now} au lieu de {shipped} : un trimestre non clos se signale d'autant plus tard. "
        "Rétablissez-le, ou faites acter ce choix par le bureau."
    )
    example = Message(
        "Ces livres se disent d'exemple : tout y est jugé au {day}, ni retard ni échéance n'avancent. Retirez exemple: si "
        "ce sont de vrais livres."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """What the organisation says of the day and of its closings; what the rules say of themselves comes after them."""
        organisation = books.policy.organisation
        document = books.policy.documents.get("organisation.yaml")
        if document is None:
            return
        shipped = Organisation.declared["closing_delay"].shipped
        for _, now, before in slack_of("delai-cloture", organisation.closing_delay, shipped, Weaker.HIGHER):
            at = Place(str(document.path), document.line("delai-cloture"))
            yield self.finding(self.later_closing, at, now=now, shipped=before)
        name = organisation.name.lower()
        if organisation.example is not None and not any(word in name for word in _FICTIVE):
            yield self.finding(
                self.example, Place(str(document.path), document.line("exemple")), day=organisation.example
            )

    def guard(self, books: Books) -> Guard:
        """On which day the books begin: a setting is compared from then on."""
        return on(*opening(books))

    def after(self, books: Books, rules: Sequence[Rule], used: frozenset[Place]) -> Iterator[Finding]:
        """Each rule that is stopped or weaker than shipped, on its own key."""
        document = books.policy.documents.get("controles.yaml")
        if document is None or books.policy.unread:
            return
        path = str(document.path)
        for id_ in books.policy.stopped:
            yield self.finding(self.stopped, Place(path, document.line(id_)), rule=id_)
        for rule in rules:
            if not rule.stoppable:
                continue
            shipped = type(rule).shipped()
            if Level(rule.level) is Level.WARNING and Level(shipped.level) is not Level.WARNING:
                yield self.finding(self.softened, Place(path, document.line(rule.id, "niveau")), rule=rule.id)
            for key, now, before in rule.slack(books.start):
                at = Place(path, document.line(rule.id, key))
                yield self.finding(self.weaker, at, rule=rule.id, key=key, now=now, shipped=before)


__plugins__ = (plugin(WeakenedRules),)
