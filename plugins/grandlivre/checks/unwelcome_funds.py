"""The rule `origine-des-fonds`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Literal

from grandlivre.books.index import Books
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message
from grandlivre.policy.donors import OWN_TREE
from grandlivre.policy.model import Field
from grandlivre.policy.values import Name
from grandlivre.rules import Family, Finding, Level, Rule, Weaker, plugin


class UnwelcomeFunds(Rule):
    """Fonds venant d'un pays refusé par l'État, ou d'origine inconnue.

    C'est le pays d'origine ultime des fonds qui compte (`pays-origine-fonds`, code ISO à deux lettres), pas celui du
    guichet qui les verse. Un pays de la liste, un pays absent et un pays mal écrit (« France » au lieu de FR) sont des
    alertes. FONCT peut ne pas en avoir ; s'il en a un, il est contrôlé comme les autres.

    Source : décret de novembre 2022 (activités financées par la France interdites « jusqu'à nouvel ordre », accords-cadres
    compris). La liste est une donnée : elle change avec la loi.

    Exemple : pays-origine-fonds: FR.
    """

    id = "origine-des-fonds"
    family = Family.FUNDS
    weakens: ClassVar = {"countries": Weaker.FEWER}

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : le constat ne porte sur aucune écriture."""
    countries: tuple[Name, ...] = Field(("FR",), alias="pays")
    """Codes ISO des pays dont les fonds sont à signaler."""

    listed = Message(
        "Les fonds du bailleur {tree} viennent de {country}, pays à signaler ({countries}). "
        "Vérifiez leur origine auprès de l'État avant de les recevoir, et gardez l'avis écrit."
    )
    missing = Message(
        "Le bailleur {tree} ne dit pas le pays d'origine de ses fonds : ajoutez pays-origine-fonds: suivi du code à "
        "deux lettres."
    )
    misspelt = Message(
        "Bailleur {tree} : « {country} » n'est pas un code de pays. Écrivez les deux lettres ISO, par exemple BE."
    )

    def guard(self, books: Books) -> Guard:
        """Nothing: donors' files alone are judged."""
        return on()

    def check(self, books: Books) -> Iterator[Finding]:
        """Each declared donor."""
        listed = {country.upper() for country in self.countries}
        for tree, donor in sorted(books.policy.donors.items()):
            country = donor.country.strip()
            if not country and tree == OWN_TREE:
                continue
            if country.upper() in listed:
                message = self.listed
            elif not country:
                message = self.missing
            elif not re.fullmatch(r"[A-Za-z]{2}", country):
                message = self.misspelt
            else:
                continue
            place = books.donor_place(tree, "pays-origine-fonds")
            yield self.finding(
                message, place, level=Level.WARNING, tree=tree, country=country, countries=sorted(listed)
            )


__plugins__ = (plugin(UnwelcomeFunds),)
