"""People and the powers they hold, each between two dates."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Literal, Self

from grandlivre.policy.model import Field, Model, model_validator
from grandlivre.policy.values import Amount, Day, Flag, Name, refuse
from grandlivre.sources.scripts import latin

_ASIDE = re.compile(r"\([^()]*\)")
_WORDS = re.compile(r"\w+")

POWERS = ("signature-bancaire", "autorisation", "controle-caisse", "tenue-caisse")
Power = Literal["signature-bancaire", "autorisation", "controle-caisse", "tenue-caisse"]
College = Literal["direction", "bureau-executif", "programme", "appui"]


def without_asides(name: str) -> str:
    """A name without what stands beside it in brackets (an agency, a quality); a name all in brackets stays whole."""
    if "(" not in name:
        return name
    return _ASIDE.sub(" ", name).strip() or name


def folded(text: str) -> str:
    """A text to look words up in: no case, accents, punctuation, double spaces or letters disguised as Latin ones."""
    bare = latin(unicodedata.normalize("NFKD", text)).casefold()
    if not bare.isascii():
        bare = "".join([ch for ch in bare if not unicodedata.combining(ch)])
    return " ".join(_WORDS.findall(bare))


def normalise(name: str) -> str:
    """A name to look up by its first words: folded, without what stands beside it in brackets."""
    return folded(without_asides(name))


@cache
def same_name(name: str) -> str:
    """What is equal for two names of one person or house: `normalise`, whatever the order of the words."""
    return " ".join(sorted(normalise(name).split()))


class Post(Model):
    """Une période dans le poste."""

    start: Day = Field(alias="du")
    """Premier jour."""
    end: Day | None = Field(None, alias="au")
    """Dernier jour ; absent : en poste."""
    recruited: Flag = Field(False, alias="recrutement")
    """oui : la personne a été recrutée à ce poste, le premier jour ; compte pour la parité des recrutements."""


class Person(Model):
    """Une personne de l'organisation, déclarée une seule fois."""

    name: Name = Field(alias="nom")
    """Prénom et nom."""
    role: str = Field("", alias="fonction")
    """Fonction, imprimée sous les signatures."""
    college: College | None = Field(None)
    """Collège dont la personne relève pour la double signature ; absent : aucun."""
    sex: Literal["f", "h"] | None = Field(None, alias="sexe")
    """f ou h, pour le tableau de parité."""
    posts: tuple[Post, ...] = Field((), alias="postes")
    """Périodes passées dans l'organisation."""
    namesake: Flag = Field(False, alias="homonyme")
    """oui : une autre personne déclarée porte le même nom."""
    phone: str = Field("", alias="telephone")
    """Téléphone."""


class Mandate(Model):
    """Un pouvoir confié à une personne entre deux dates, bornes comprises."""

    person: Name = Field(alias="personne")
    """Identifiant de la personne."""
    power: Power = Field(alias="pouvoir")
    """signature-bancaire, autorisation, controle-caisse ou tenue-caisse."""
    start: Day = Field(alias="du")
    """Premier jour de validité."""
    end: Day | None = Field(None, alias="au")
    """Dernier jour de validité ; absent : sans terme."""
    accounts: tuple[Name, ...] = Field((), alias="comptes")
    """Préfixes de numéros ou comptes entiers ; absent : tous."""
    ceiling: Amount | None = Field(None, alias="plafond")
    """Montant le plus élevé qu'un seul paiement peut atteindre."""
    decided: Day | None = Field(None, alias="decide-le")
    """Jour de la réunion qui a donné ou renouvelé ce mandat."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end is not None and self.end < self.start:
            raise refuse(f"ce mandat finit le {self.end} avant de commencer le {self.start}")
        return self

    def on(self, day: date) -> bool:
        """Whether the mandate is valid on a day (first and last day included)."""
        return self.start <= day and (self.end is None or day <= self.end)

    def covers(self, account: str, number: str) -> bool:
        """Whether it holds for an account, by its name or by its SYCEBNL number."""
        return not self.accounts or any(
            account == each or (each.isdigit() and number.startswith(each)) for each in self.accounts
        )

    def allows(self, amount: int) -> bool:
        """Whether an amount is within its ceiling."""
        return self.ceiling is None or amount <= self.ceiling.units


class Mandates(Model):
    """Les personnes et leurs mandats."""

    people: Mapping[str, Person] = Field({}, alias="personnes")
    """Personnes par identifiant."""
    mandates: tuple[Mandate, ...] = Field((), alias="mandats")
    """Pouvoirs confiés, datés et bornés."""
