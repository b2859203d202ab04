"""Programmes: the results they aim at, the activities they plan quarter by quarter, the indicators they promise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from grandlivre.policy.model import Field, Model, field_validator, model_validator
from grandlivre.policy.periods import Period
from grandlivre.policy.values import Count, Day, Name, PeriodText, Quantity, Year, refuse

Accumulation = Literal["somme", "dernier", "maximum"]


class Target(Model):
    """Ce qu'un indicateur doit atteindre : une valeur pour tout le programme, ou une valeur par année."""

    whole: Quantity | None = Field(None)
    """Pour tout le programme."""
    years: Mapping[Year, Quantity] = Field({})
    """Par année."""

    @model_validator(mode="before")
    @classmethod
    def _value_or_years(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            return value if set(value) <= {"whole", "years"} else {"years": value}
        return {"whole": value}

    def at(self, day: date) -> Decimal | None:
        """The value aimed at on a day: that of its year, or the programme's."""
        return self.years.get(day.year) if self.years else self.whole

    def since(self, day: date, programme: date) -> date:
        """The first day that counts towards the value aimed at on a day: the year's, or the programme's."""
        return max(programme, date(day.year, 1, 1)) if self.years else programme

    @classmethod
    def _json_schema(cls, core: Any, handler: Any) -> dict[str, Any]:
        text: dict[str, Any] = {"type": ["string", "number"]}
        years = {"type": "object", "additionalProperties": text, "propertyNames": {"pattern": r"^\d{4}$"}}
        return {"anyOf": [text, years], "description": "Une valeur, ou une par année : {2026: 300}."}


class Indicator(Model):
    """Ce qui se compte pour dire qu'une activité a porté ses fruits."""

    label: Name = Field(alias="libelle")
    """Libellé de l'indicateur."""
    unit: str = Field("", alias="unite")
    """Unité comptée."""
    baseline: Quantity | None = Field(None, alias="reference")
    """Valeur avant le programme."""
    target: Target | None = Field(None, alias="cible")
    """Valeur visée : un nombre, ou un nombre par année, {2026: 300}."""
    accumulation: Accumulation = Field("somme", alias="cumul")
    """Comment les valeurs s'ajoutent d'une période à l'autre : somme, dernier ou maximum."""


class Activity(Model):
    """Une activité du programme."""

    code: Name = Field()
    """Code utilisé dans les écritures (`activite:`)."""
    label: Name = Field(alias="libelle")
    """Libellé."""
    english: str = Field("", alias="libelle-en")
    """Libellé en anglais, pour un bailleur dont la langue est en."""
    lines: tuple[Name, ...] = Field((), alias="lignes")
    """Lignes budgétaires qui la paient."""
    start: Day | None = Field(None, alias="du")
    """Début prévu."""
    end: Day | None = Field(None, alias="au")
    """Fin prévue."""
    planned: Mapping[PeriodText, Count] = Field({}, alias="prevues")
    """Nombre d'activités prévues par trimestre : {2026-T1: 2}."""
    indicators: tuple[Indicator, ...] = Field((), alias="indicateurs")
    """Indicateurs de l'activité."""

    @field_validator("planned")
    @classmethod
    def _by_quarter(cls, planned: Mapping[Period, int]) -> Mapping[Period, int]:
        for period in planned:
            if "-T" not in period.code:
                raise refuse(f"« {period.code} » : les activités se prévoient par trimestre, par exemple 2026-T1")
        return planned

    @model_validator(mode="after")
    def _in_order(self) -> Activity:
        if self.start is not None and self.end is not None and self.end < self.start:
            raise refuse(f"l'activité {self.code} finit le {self.end} avant de commencer le {self.start}")
        return self

    def planned_in(self, period: Period) -> int | None:
        """How many are planned in a period of whole quarters; None when nothing was planned at all or within a quarter."""
        inside = [count for quarter, count in self.planned.items() if quarter.start in period and quarter.end in period]
        return sum(inside) if self.planned and (period.end - period.start).days > 80 else None


class Result(Model):
    """Un résultat attendu du programme et les activités qui y mènent."""

    code: Name = Field()
    """Code du résultat."""
    label: Name = Field(alias="libelle")
    """Libellé."""
    english: str = Field("", alias="libelle-en")
    """Libellé en anglais, pour un bailleur dont la langue est en."""
    activities: tuple[Name, ...] = Field((), alias="activites")
    """Codes des activités."""


class Programme(Model):
    """Un programme d'un bailleur et ses activités."""

    donor: Name = Field(alias="bailleur")
    """Code du bailleur."""
    name: Name = Field(alias="nom")
    """Nom du programme."""
    lead: Name | None = Field(None, alias="responsable")
    """Identifiant de la personne responsable."""
    start: Day | None = Field(None, alias="du")
    """Premier jour du programme ; absent : celui des livres."""
    end: Day | None = Field(None, alias="au")
    """Dernier jour du programme ; absent : sans terme."""
    results: tuple[Result, ...] = Field((), alias="resultats")
    """Résultats attendus."""
    activities: tuple[Activity, ...] = Field((), alias="activites")
    """Activités."""

    @model_validator(mode="after")
    def _coherent(self) -> Programme:
        if self.start is not None and self.end is not None and self.end < self.start:
            raise refuse(f"le programme finit le {self.end} avant de commencer le {self.start}")
        return self

    def activity(self, code: str) -> Activity | None:
        """The activity of that code."""
        return next((each for each in self.activities if each.code == code), None)
