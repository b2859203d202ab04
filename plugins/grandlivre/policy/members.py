"""Members of the association and the dues they owe."""

from __future__ import annotations

from datetime import date
from typing import Literal

from grandlivre.policy.model import Field, Model, field_validator, model_validator
from grandlivre.policy.values import Amount, Day, Name, check_order, refuse


class Member(Model):
    """Un membre de l'association."""

    id: Name = Field()
    """Identifiant, celui que les écritures citent (`membre:`)."""
    name: Name = Field(alias="nom")
    """Prénom et nom, ou nom de la personne morale."""
    sex: Literal["f", "h"] | None = Field(None, alias="sexe")
    """f ou h ; absent pour une personne morale."""
    since: Day = Field(alias="depuis")
    """Jour de l'adhésion."""
    until: Day | None = Field(None, alias="jusqu-au")
    """Dernier jour ; absent : membre aujourd'hui."""

    @model_validator(mode="after")
    def _in_order(self) -> Member:
        if self.until is not None and self.until < self.since:
            raise refuse(f"l'adhésion finit le {self.until} avant de commencer le {self.since}")
        return self

    def owes(self, year: int) -> bool:
        """Whether dues are owed for a year: a member on its first day, or who joined in it, and had not left before."""
        return self.since.year <= year and (self.until is None or self.until.year >= year)


class Dues(Model):
    """La cotisation en vigueur depuis un jour."""

    since: Day = Field(alias="depuis")
    """Premier jour d'application."""
    amount: Amount = Field(alias="valeur")
    """Montant dû par membre."""
    every: Literal["an"] = Field("an", alias="par")
    """an : une fois par année civile."""


class Members(Model):
    """Le registre des membres et la cotisation."""

    members: tuple[Member, ...] = Field((), alias="membres")
    """Membres, anciens compris."""
    dues: tuple[Dues, ...] = Field((), alias="cotisation")
    """Cotisation, une ligne à chaque changement."""

    @field_validator("dues")
    @classmethod
    def _dated(cls, dues: tuple[Dues, ...]) -> tuple[Dues, ...]:
        if dues:
            check_order([each.since for each in dues])
        return dues

    def member(self, id: str) -> Member | None:  # noqa: A002 - the register's own word
        """The member of that id."""
        return next((each for each in self.members if each.id == id), None)

    def dues_of(self, year: int) -> Dues | None:
        """The dues of a year: those in force on its first day, or the first that begin in it."""
        before = [each for each in self.dues if each.since <= date(year, 1, 1)]
        within = [each for each in self.dues if each.since.year == year]
        return before[-1] if before else within[0] if within else None
