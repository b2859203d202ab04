"""Givers: whoever gives to the organisation, as the register of donors must name them (SYCEBNL art. 17)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal

from grandlivre.policy.model import Field, Model, model_validator
from grandlivre.policy.people import same_name
from grandlivre.policy.values import Name, refuse


class Giver(Model):
    """Un donateur : une personne, ou un organisme."""

    id: Name = Field()
    """Identifiant, celui que les écritures peuvent citer (`donateur:`)."""
    kind: Literal["physique", "morale"] = Field(alias="personne")
    """physique : une personne ; morale : un organisme."""
    name: Name = Field(alias="nom")
    """Nom de la personne, ou dénomination de l'organisme."""
    first_names: str = Field("", alias="prenoms")
    """Prénoms d'une personne."""
    other_names: tuple[Name, ...] = Field((), alias="autres-noms")
    """Les autres noms sous lesquels les écritures l'appellent."""
    address: str = Field("", alias="adresse")
    """Domicile d'une personne, siège d'un organisme."""
    email: str = Field("", alias="courriel")
    """Adresse électronique."""
    registration: str = Field("", alias="immatriculation")
    """Numéro d'immatriculation d'un organisme."""
    tax_id: str = Field("", alias="nif")
    """Numéro d'identification fiscale d'un organisme."""

    @model_validator(mode="after")
    def _of_its_kind(self) -> Giver:
        body = self.kind == "morale"
        for key, value, wrong in (
            ("prenoms", self.first_names, body),
            ("immatriculation", self.registration, not body),
            ("nif", self.tax_id, not body),
        ):
            if value and wrong:
                raise refuse(
                    f"« {key} » ne se dit pas d'une personne {self.kind} : retirez-le, ou corrigez « personne »"
                )
        return self

    @property
    def names(self) -> Iterator[str]:
        """Everything entries may call it: first names and name, then the others."""
        yield f"{self.first_names} {self.name}".strip()
        yield from self.other_names


class Givers(Model):
    """Les donateurs, pour le registre des donateurs (SYCEBNL, art. 17). Fichier facultatif.

    Une écriture les nomme par son bénéficiaire ou par `donateur:`. Exemple : `donateurs: [{id: pharmacie, personne: morale,
    nom: Pharmacie du Fleuve, immatriculation: MA.MOP.2019.B.12, nif: 081234567C, adresse: Mopti, courriel: p@exemple.ml}]`.
    """

    givers: tuple[Giver, ...] = Field((), alias="donateurs")
    """Un donateur par ligne."""

    def giver(self, id: str) -> Giver | None:  # noqa: A002 - the register's own word
        """The giver of that id."""
        return next((each for each in self.givers if each.id == id), None)

    def called(self, name: str) -> Giver | None:
        """The giver of that name, whatever its case, its accents and the order of its words."""
        return self._by_name.get(same_name(name)) if name else None

    @cached_property
    def _by_name(self) -> dict[str, Giver]:
        found: dict[str, Giver] = {}
        for giver in self.givers:
            for name in giver.names:
                found.setdefault(same_name(name), giver)
        return found


def named_twice(givers: Iterable[Giver]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each id or name that stands twice: its place in the file, and a sentence."""
    ids: set[str] = set()
    owners: dict[str, str] = {}
    for index, giver in enumerate(givers):
        if giver.id in ids:
            said = f"Le donateur « {giver.id} » est inscrit deux fois : un identifiant, un donateur."
            yield ("donateurs", index, "id"), said
        ids.add(giver.id)
        for name in giver.names:
            owner = owners.setdefault(same_name(name), giver.id)
            if owner != giver.id:
                said = (
                    f"« {name} » est déjà le nom du donateur « {owner} » : gardez une ligne ; si ce sont deux donateurs, "
                    "distinguez leurs noms (prénoms, ville), et que les écritures portent donateur:."
                )
                yield ("donateurs", index, "nom"), said
