"""Programmes: the activities and the indicators they promise."""

from __future__ import annotations

from pydantic import Field

from grandlivre.policy.values import Day, Model, Name, Number


class Indicator(Model):
    """Ce qui se compte pour dire qu'une activité a porté ses fruits."""

    label: Name = Field(alias="libelle")
    """Libellé de l'indicateur."""
    unit: str = Field("", alias="unite")
    """Unité comptée."""
    target: Number | None = Field(None, alias="cible")
    """Valeur visée."""


class Activity(Model):
    """Une activité du programme."""

    code: Name = Field()
    """Code utilisé dans les écritures (`activite:`)."""
    label: Name = Field(alias="libelle")
    """Libellé."""
    lines: tuple[Name, ...] = Field((), alias="lignes")
    """Lignes budgétaires qui la paient."""
    start: Day | None = Field(None, alias="du")
    """Début prévu."""
    end: Day | None = Field(None, alias="au")
    """Fin prévue."""
    indicators: tuple[Indicator, ...] = Field((), alias="indicateurs")
    """Indicateurs de l'activité."""


class Programme(Model):
    """Un programme d'un bailleur et ses activités."""

    donor: Name = Field(alias="bailleur")
    """Code du bailleur."""
    name: Name = Field(alias="nom")
    """Nom du programme."""
    lead: Name | None = Field(None, alias="responsable")
    """Identifiant de la personne responsable."""
    activities: tuple[Activity, ...] = Field((), alias="activites")
    """Activités."""
