"""The organisation as its statutes describe it: name, currency, fiscal years, bodies, shared-cost keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from grandlivre.policy.choices import Choices, StatementSet
from grandlivre.policy.model import Field, Model, field_validator, model_validator
from grandlivre.policy.periods import day_after, day_before
from grandlivre.policy.values import (
    BooksId,
    Day,
    Duration,
    Name,
    Percentage,
    Points,
    Positive,
    Prefix,
    Span,
    Week,
    WholeCurrency,
    add_months,
    check_order,
    refuse,
)

if TYPE_CHECKING:
    from pydantic import ValidationInfo

Rhythm = Literal["semaine", "mois", "trimestre", "semestre", "annee"]
_LONGEST = 731
"""Days of the longest fiscal year accepted: the first of an organisation may pass twelve months."""


class FiscalYear(Model):
    """Un exercice ouvert : premier et dernier jour compris."""

    start: Day = Field(alias="du")
    """Premier jour."""
    end: Day = Field(alias="au")
    """Dernier jour."""

    @model_validator(mode="after")
    def _in_order(self) -> FiscalYear:
        if self.end < self.start:
            raise refuse(f"l'exercice finit le {self.end} avant de commencer le {self.start}")
        if not _believable(self.start) or (self.end - self.start).days > _LONGEST:
            raise refuse(f"l'exercice va du {self.start} au {self.end} : un exercice dure douze mois")
        return self

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end


class AllocationKey(Model):
    """Une clé de répartition des charges communes, en pourcentages dont la somme fait 100 %."""

    since: Day = Field(alias="depuis")
    """Premier jour d'application."""
    key: Mapping[str, Percentage] = Field(alias="cle")
    """Part de chaque bailleur."""

    @field_validator("key")
    @classmethod
    def _whole(cls, value: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
        if sum(value.values()) != 100:
            raise refuse(f"la somme des parts fait {sum(value.values())} % : elle doit faire 100 %")
        return value


class Body(Model):
    """Un organe : ses membres, sa taille d'après les statuts, et son quorum."""

    members: tuple[Name, ...] = Field((), alias="membres")
    """Membres (identifiants de mandats.yaml)."""
    size: Positive | None = Field(None, alias="taille")
    """Nombre de sièges d'après les statuts ; absent : celui des membres."""
    quorum: Positive | None = Field(None)
    """Membres présents qu'il faut pour décider ; absent : plus de la moitié de la taille."""

    @model_validator(mode="before")
    @classmethod
    def _list_or_block(cls, value: Any) -> Any:
        return {"membres": value} if isinstance(value, (list, tuple)) else value

    @model_validator(mode="after")
    def _within_size(self) -> Body:
        seats = self.size or len(self.members)
        if self.size is not None and len(set(self.members)) > self.size:
            raise refuse(f"l'organe a {len(set(self.members))} membres pour une taille de {self.size}")
        if self.quorum is not None and self.quorum > seats:
            raise refuse(f"le quorum de {self.quorum} dépasse la taille de l'organe ({seats}) : il ne s'atteint jamais")
        return self

    @property
    def needed(self) -> int:
        """Members who must be present for the body to decide."""
        return self.quorum or (self.size or len(self.members)) // 2 + 1

    @classmethod
    def _json_schema(cls, core: Any, handler: Any) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core))
        members = schema.get("properties", {}).get("membres", {"type": "array"})
        return {"anyOf": [{key: each for key, each in members.items() if key != "description"}, schema]}


class Parity(Model):
    """La parité que l'organisation vise."""

    aim: Percentage = Field(Decimal(50), alias="objectif")
    """Part de femmes visée."""
    tolerance: Points = Field(Decimal(10), alias="tolerance")
    """Écart admis de part et d'autre de l'objectif."""


class Rhythms(Model):
    """Les rencontres que l'organisation se doit ; une clé absente ne demande rien."""

    team: Rhythm | None = Field(None, alias="equipe")
    """Réunion de l'équipe de chaque programme."""
    management: Rhythm | None = Field(None, alias="direction")
    """Réunion de la direction."""
    board: Rhythm | None = Field(None, alias="bureau")
    """Réunion du bureau exécutif."""
    assembly: Rhythm | None = Field(None, alias="ag")
    """Assemblée générale."""


class Identity(Model):
    """L'identité de l'organisation, imprimée en tête de tous les papiers."""

    registration: str = Field("", alias="recepisse")
    """Récépissé de déclaration."""
    framework: str = Field("", alias="accord-cadre")
    """Accord-cadre avec l'État."""
    tax_id: str = Field("", alias="nif")
    """Numéro d'identification fiscale."""
    address: str = Field("", alias="adresse")
    """Adresse."""
    phone: str = Field("", alias="telephone")
    """Téléphone."""
    email: str = Field("", alias="courriel")
    """Courriel."""


class Auditor(Model):
    """Un commissaire aux comptes et son mandat (SYCEBNL, art. 19 à 21 : trois ans, renouvelable une fois)."""

    name: Name = Field(alias="nom")
    """Nom, ou cabinet, inscrit à l'Ordre (ONECCA Mali)."""
    start: Day = Field(alias="du")
    """Premier jour du mandat."""
    end: Day | None = Field(None, alias="au")
    """Dernier jour du mandat ; absent : sans terme connu."""

    @model_validator(mode="after")
    def _in_order(self) -> Auditor:
        if self.end is not None and self.end < self.start:
            raise refuse(f"ce mandat finit le {self.end} avant de commencer le {self.start}")
        return self


class IatiSector(Model):
    """Un secteur d'activité, dans la liste du CAD."""

    code: Name = Field()
    """Code à cinq chiffres, par exemple 14030 (eau potable)."""
    share: Percentage = Field(Decimal(100), alias="part")
    """Part de l'activité."""


class IatiOrganisation(Model):
    """Ce que publie l'organisation selon l'Initiative internationale pour la transparence de l'aide (IATI)."""

    identifier: Name = Field(alias="identifiant")
    """Identifiant de l'organisation : organisme d'enregistrement et numéro, reçu à l'inscription."""
    country: Name = Field("ML", alias="pays")
    """Pays où l'aide est employée (code ISO à deux lettres)."""
    sectors: tuple[IatiSector, ...] = Field((), alias="secteurs")
    """Secteurs de ses activités ; leurs parts font 100 %."""

    @field_validator("sectors")
    @classmethod
    def _whole(cls, sectors: tuple[IatiSector, ...]) -> tuple[IatiSector, ...]:
        total = sum((each.share for each in sectors), Decimal(0))
        if sectors and total != 100:
            raise refuse(f"les parts des secteurs font {total} % : elles doivent faire 100 %")
        return sectors


class Organisation(Model):
    """L'organisation : son identité, sa devise, ses exercices ouverts, ses organes."""

    acronym: Name = Field("ONG", alias="sigle")
    """Sigle imprimé en tête des états."""
    name: Name = Field("Organisation", alias="nom")
    """Nom complet."""
    books_id: BooksId | None = Field(None, alias="livres")
    """Identité de ces livres : 32 chiffres hexadécimaux écrits par `init`, qui ne changent jamais."""
    extract: str = Field("", alias="extrait")
    """Code du projet dont ces livres sont l'extrait, écrit par `grandlivre extract` ; absent : ce sont les livres entiers."""
    example: Day | None = Field(None, alias="exemple")
    """Livres d'exemple : le jour auquel tout y est jugé, imprimé avec la mention EXEMPLE."""
    currency: WholeCurrency = Field("XOF", alias="devise")
    """Devise de tenue des livres."""
    language: Literal["fr", "en"] = Field("fr", alias="langue")
    """Langue des états de l'organisation."""
    iati: IatiOrganisation | None = Field(None)
    """Publication IATI : {identifiant, pays, secteurs: [{code, part}]}."""
    address: str = Field("", alias="adresse")
    """Adresse imprimée en tête des états."""
    phone: str = Field("", alias="telephone")
    """Téléphone."""
    email: str = Field("", alias="courriel")
    """Courriel."""
    tax_id: str = Field("", alias="nif")
    """Numéro d'identification fiscale."""
    registration: str = Field("", alias="recepisse")
    """Récépissé ou accord-cadre avec l'État."""
    identity: Identity | None = Field(None, alias="identite")
    """Identité imprimée en tête des papiers ; elle réunit récépissé, accord-cadre, NIF, adresse, téléphone et courriel."""
    years: tuple[FiscalYear, ...] = Field((), alias="exercices")
    """Tous les exercices ouverts, une ligne par année."""
    adopted: Day | None = Field(None, alias="adoption")
    """Premier jour tenu dans ces livres, quand l'exercice avait commencé ailleurs : avant lui, il n'y a que des reprises."""
    bodies: Mapping[str, Body] = Field({}, alias="organes")
    """Organes : une liste de membres, ou un bloc membres, taille, quorum."""
    parity: Parity | None = Field(None, alias="parite")
    """Parité visée ; absente : aucune n'est jugée."""
    rhythms: Rhythms = Field(Rhythms.unwritten(), alias="rencontres")
    """Rencontres que l'organisation se doit."""
    own_income: tuple[Prefix, ...] = Field((), alias="revenus-propres")
    """Comptes de revenus permis seulement dans FONCT."""
    closing_delay: Span = Field(Duration(30, "jours"), alias="delai-cloture")
    """Délai de clôture d'un trimestre, après sa fin."""
    holidays: tuple[Day, ...] = Field((), alias="jours-feries")
    """Jours fériés, pour les délais en jours ouvrés."""
    closed_weeks: tuple[Week, ...] = Field((), alias="semaines-fermees")
    """Semaines sans réunion, écrites 2026-W33."""
    allocation: tuple[AllocationKey, ...] = Field((), alias="cles-de-repartition")
    """Clés de répartition des charges communes, datées."""
    statement_set: StatementSet = Field("associations", alias="jeu-d-etats")
    """Jeu d'états annuels : associations (système normal), ou smt (système minimal de trésorerie, SYCEBNL art. 4 à 6)."""
    choices: Choices = Field(Choices.unwritten(), alias="choix")
    """Choix que le SYCEBNL laisse ouverts pour les états."""
    auditors: tuple[Auditor, ...] = Field((), alias="commissaires-aux-comptes")
    """Commissaires aux comptes et leurs mandats ; sans mandat en cours, les dirigeants déclarent eux-mêmes la tenue du registre des donateurs (SYCEBNL, art. 18)."""

    @field_validator("identity")
    @classmethod
    def _said_once(cls, value: Identity | None, info: ValidationInfo) -> Identity | None:
        """A key written at the top and here says the same in both places."""
        for name, field in Identity.declared.items():
            above, here = info.data.get(name, ""), getattr(value, name, "")
            if above and here and above != here:
                key = field.alias
                raise refuse(
                    f"« {key} » vaut « {above} » en tête du fichier et « {here} » dans identite : gardez celui d'identite"
                )
        return value

    def members(self, body: str) -> tuple[str, ...]:
        """The members of a body, none when it is not declared."""
        return self.bodies[body].members if body in self.bodies else ()

    @property
    def papers(self) -> Identity:
        """The identity as papers print it, whichever of its two places it is written in."""
        written = {name: getattr(self.identity, name, "") or getattr(self, name, "") for name in Identity.declared}
        return Identity.model_construct(**written)

    @field_validator("years")
    @classmethod
    def _apart(cls, years: tuple[FiscalYear, ...]) -> tuple[FiscalYear, ...]:
        for before, after in zip(years, years[1:], strict=False):
            if after.start <= before.end:
                raise refuse(f"l'exercice du {after.start} commence avant la fin du précédent ({before.end})")
        return years

    @field_validator("allocation")
    @classmethod
    def _dated(cls, keys: tuple[AllocationKey, ...]) -> tuple[AllocationKey, ...]:
        if keys:
            check_order([key.since for key in keys])
        return keys

    def auditor_on(self, day: date) -> Auditor | None:
        """The auditor whose mandate holds that day."""
        return next(
            (each for each in self.auditors if each.start <= day and (each.end is None or day <= each.end)), None
        )

    def year_of(self, day: date) -> FiscalYear | None:
        """The open fiscal year that holds a day."""
        return next((year for year in self.years if day in year), None)

    def year_around(self, day: date) -> tuple[date, date]:
        """First and last day of the fiscal year that holds a day; undeclared ones are of twelve months, after or before the others."""
        year = self.year_of(day)
        if year is not None:
            return year.start, year.end
        if not self.years:
            return date(day.year, 1, 1), date(day.year, 12, 31)
        earlier = [each for each in self.years if each.end < day]
        if not earlier:
            start = self.years[0].start
            while start > day:
                start, end = add_months(start, -12), day_before(start)
            return start, end
        end = earlier[-1].end
        while end < day:
            start, end = day_after(end), day_before(add_months(day_after(end), 12))
        return start, end

    def is_open(self, day: date) -> bool:
        """Whether a day falls in an open fiscal year; without any declared year every believable day does."""
        return self.year_of(day) is not None if self.years else _believable(day)


def _believable(day: date) -> bool:
    """Whether a day may be one of somebody's accounts; the year 9999 is a slip of the fingers."""
    return 1900 <= day.year <= 2200
