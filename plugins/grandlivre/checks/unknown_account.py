"""The rule `compte-hors-plan`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from grandlivre.books.index import Books
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message
from grandlivre.policy.chart import Chart
from grandlivre.policy.model import Field
from grandlivre.policy.values import Prefix
from grandlivre.rules import Family, Finding, Rule, Weaker, plugin


class UnknownAccount(Rule):
    """Compte sans numéro ou absent du plan comptable.

    Le numéro qui commence la dernière partie du nom décide de la nature du compte, jamais sa racine. Il doit être dans
    rules/plan-comptable.yaml, ou prolonger un compte qui n'y est pas divisé : 52111 prolonge 5211 ; 6049 ne prolonge
    pas 604, que le plan divise. Le constat se tient sur la ligne `open`. Un compte employé sans être ouvert relève de
    Beancount.

    Employée seule, sans plan comptable, la règle ne juge que les numéros de `numeros-permis`, ou l'absence de numéro.

    Source : SYCEBNL, plan de comptes ; manuel de procédures.

    Exemple : Charges:UE-EAU:6049-Divers ; le plan connaît 6041, 6042, 6046 et 6047.
    """

    id = "compte-hors-plan"
    family = Family.VOUCHERS
    weakens: ClassVar = {"allowed": Weaker.MORE}

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : le constat ne porte sur aucune écriture."""
    allowed: tuple[Prefix, ...] = Field((), alias="numeros-permis")
    """Numéros permis en plus du plan comptable, avec ceux qui les prolongent."""

    unnumbered = Message(
        "{account} n'a pas de numéro : un compte s'écrit Racine:BAILLEUR:NNNN-Intitule. Commencez sa dernière partie "
        "par son numéro SYCEBNL."
    )
    unknown = Message(
        "{account} : le numéro {number} n'est pas dans le plan comptable.{near} Corrigez-le, ou ajoutez-le à "
        "plan-comptable.yaml avec l'accord de l'expert-comptable."
    )

    def guard(self, books: Books) -> Guard:
        """Nothing: the accounts of an ordinary entry are open."""
        return on()

    def check(self, books: Books) -> Iterator[Finding]:
        """Every account opened."""
        chart = books.policy.chart
        judged = bool(chart.accounts or self.allowed)
        for account in sorted(books.accounts.values()):
            if account.opened is None:
                continue
            number = account.number
            if not number:
                yield self.finding(self.unnumbered, account.place, account=account.name)
            elif judged and not chart.holds(number) and not (self.allowed and number.startswith(self.allowed)):
                near = _near(chart, number)
                yield self.finding(self.unknown, account.place, account=account.name, number=number, near=near)


def _near(chart: Chart, number: str) -> str:
    """The numbers of the chart that share its longest beginning."""
    for size in range(len(number), 1, -1):
        close = sorted(each for each in chart.leaves if each.startswith(number[:size]))
        if close:
            shown = " · ".join(f"{each} {chart.accounts[each]}" for each in close[:4])
            return f" Numéros voisins : {shown}{' …' if len(close) > 4 else ''}."
    return ""


__plugins__ = (plugin(UnknownAccount),)
