"""How a statutory statement is laid out: its tables, its lines, and the account numbers each line reads (SYCEBNL)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple

from grandlivre.i18n import did_you_mean
from grandlivre.policy.model import BeforeValidator, Field, Model, WithJsonSchema, field_validator, model_validator
from grandlivre.policy.values import Flag, Name, Prefix, refuse

Reading = Literal["solde", "mouvement", "exercice", "ouverture"]
Side = Literal["", "D", "C"]
NO_SIDE: Side = ""
NO_CHOICE = ("", "")


class Selector(NamedTuple):
    """Account numbers by their beginning, and of them one side alone: « 42 D »."""

    prefix: str
    side: Side = ""

    def __str__(self) -> str:
        return f"{self.prefix} {self.side}".strip()


_SELECTOR = re.compile(r"(\d{1,10})(?: ([DC]))?")


def read_selector(value: Any) -> Selector:
    """« 42 », « 42 D » (debit side), « 42 C » (credit side). Refused in French when it is none."""
    if isinstance(value, Selector):
        return value
    match = _SELECTOR.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise refuse(f"« {value} » n'est pas un début de numéro : écrivez 42, 42 D (débiteurs) ou 42 C (créditeurs)")
    return Selector(match[1], match[2] or "")  # type: ignore[arg-type]


Numbers = Annotated[
    Selector, BeforeValidator(read_selector), WithJsonSchema({"type": ["string", "number"], "examples": ["42 D"]})
]


class Term(NamedTuple):
    """A part of a sum: another line's key, added or taken away."""

    key: str
    sign: int


def read_term(value: Any) -> Term:
    """« XA » or « -XB ». Refused in French when it is none."""
    if isinstance(value, Term):
        return value
    match = re.fullmatch(r"([+-]?) ?([A-Za-z][A-Za-z0-9_]*)", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise refuse(f"« {value} » n'est pas la clé d'une ligne : écrivez XA, ou -XB pour la retrancher")
    return Term(match[2], -1 if match[1] == "-" else 1)


Part = Annotated[Term, BeforeValidator(read_term), WithJsonSchema({"type": "string", "examples": ["-XB"]})]


class StatementLine(Model):
    """Une ligne d'un état : les comptes qu'elle lit, ou les lignes qu'elle additionne."""

    key: Name = Field(alias="cle")
    """Clé unique dans l'état : lettres et chiffres."""
    ref: str = Field("")
    """REF officielle imprimée ; absente : la ligne n'en a pas."""
    label: Name = Field(alias="libelle")
    """Libellé officiel."""
    english: str = Field("", alias="libelle-en")
    """Libellé en anglais."""
    note: str = Field("")
    """Note annexe à laquelle la ligne renvoie."""
    table: str = Field("", alias="tableau")
    """Tableau de l'état où elle se place ; absent : le premier."""
    numbers: tuple[Numbers, ...] = Field((), alias="comptes")
    """Débuts de numéros lus ; le plus long l'emporte dans tout l'état."""
    choice: Mapping[str, Mapping[str, tuple[Numbers, ...]]] = Field({}, alias="selon")
    """Débuts de numéros lus de plus, selon une clé de `organisation.yaml › choix` et sa valeur."""
    deductions: tuple[Numbers, ...] = Field((), alias="amortissements")
    """Comptes d'amortissement et de dépréciation retranchés."""
    prior: tuple[Numbers, ...] = Field((), alias="anterieurs")
    """Comptes de résultat dont elle reçoit ce qui n'est pas de l'exercice."""
    reading: Reading | None = Field(None, alias="lecture")
    """solde, mouvement, exercice (charges et produits de l'année) ; absente : celle de l'état."""
    direction: Literal["debiteur", "crediteur"] | None = Field(None, alias="sens")
    """Sens compté en positif ; absent : celui du tableau."""
    sums: tuple[Part, ...] = Field((), alias="somme")
    """Clés des lignes additionnées (-XB : retranchée)."""
    rank: Literal["ligne", "sous-total", "total"] = Field("ligne", alias="rang")
    """Comment elle s'imprime."""
    within: Flag = Field(False, alias="dont")
    """oui : détail de la ligne d'au-dessus, déjà compté dans elle."""

    @field_validator("key")
    @classmethod
    def _identifier(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,19}", value):
            raise refuse(f"« {value} » n'est pas une clé : des lettres et des chiffres, en commençant par une lettre")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> StatementLine:
        if self.sums and (self.numbers or self.deductions or self.choice or self.prior):
            raise refuse(f"la ligne {self.key} additionne des lignes et lit des comptes : gardez l'un des deux")
        return self

    @property
    def selectors(self) -> Iterator[tuple[Selector, tuple[str, str]]]:
        """Every selector the line may read, with the choice (key, value) it waits for; ("", "") for none."""
        for selector in (*self.numbers, *self.deductions):
            yield selector, NO_CHOICE
        for key, values in self.choice.items():
            for value, listed in values.items():
                for selector in listed:
                    yield selector, (key, value)


class StatementTable(Model):
    """Un tableau d'un état."""

    key: Name = Field(alias="cle")
    """Clé du tableau."""
    label: Name = Field(alias="libelle")
    """Titre imprimé."""
    english: str = Field("", alias="libelle-en")
    """Titre en anglais."""
    direction: Literal["debiteur", "crediteur"] = Field("debiteur", alias="sens")
    """Sens compté en positif."""


class StatementLayout(Model):
    """La description d'un état : ses tableaux, ses lignes, et les comptes qu'il doit tous rattacher."""

    statement: Name = Field(alias="etat")
    """Nom de l'état, celui du rapport : bilan, resultat…"""
    set_of: Literal["associations", "smt", "projet"] = Field(alias="jeu")
    """Jeu d'états auquel il appartient."""
    source: str = Field("", alias="source")
    """D'où vient la description."""
    reading: Reading = Field("solde", alias="lecture")
    """Ce qui est lu de chaque compte."""
    scope: tuple[Prefix, ...] = Field(alias="perimetre")
    """Débuts des numéros que l'état doit rattacher à une ligne."""
    without_cash: tuple[tuple[Numbers, ...], ...] = Field((), alias="sans-tresorerie")
    """Couples de comptes : une écriture qui ne touche qu'eux n'est pas un flux."""
    offset: tuple[tuple[Numbers, ...], ...] = Field((), alias="se-compensent")
    """Groupes de comptes : ce qu'une écriture débite et crédite d'autant dans un groupe n'a touché aucune trésorerie."""
    nowhere: tuple[Numbers, ...] = Field((), alias="hors-lignes")
    """Numéros que le texte ne met sur aucune ligne : ils vont aux comptes non rattachés."""
    silent: tuple[Numbers, ...] = Field((), alias="sans-flux")
    """Comptes dont les mouvements ne sont pas des flux ; leur somme doit être nulle."""
    tables: tuple[StatementTable, ...] = Field((), alias="tableaux")
    """Tableaux, dans l'ordre imprimé."""
    lines: tuple[StatementLine, ...] = Field(alias="lignes")
    """Lignes, dans l'ordre imprimé."""

    @cached_property
    def by_key(self) -> Mapping[str, StatementLine]:
        """Each line by its key."""
        return {line.key: line for line in self.lines}

    def lines_of(self, table: str) -> Iterator[StatementLine]:
        """The lines of a table, in order; the first table has those that name none."""
        first = self.tables[0].key if self.tables else ""
        return (line for line in self.lines if (line.table or first) == (table or first))

    def direction_of(self, line: StatementLine) -> int:
        """1 where debits count as positive on a line, -1 where credits do."""
        first = self.tables[0].key if self.tables else ""
        table = next((each for each in self.tables if each.key == (line.table or first)), None)
        said = line.direction or (table.direction if table is not None else "debiteur")
        return 1 if said == "debiteur" else -1

    def mistakes(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Where its lines contradict each other: a location (French keys) and a French sentence."""
        known = [line.key for line in self.lines]
        tables = {table.key for table in self.tables}
        read: dict[Selector, list[tuple[str, tuple[str, str]]]] = {}
        for index, line in enumerate(self.lines):
            if line.key in known[:index]:
                yield (
                    ("lignes", index, "cle"),
                    f"La clé « {line.key} » est déjà celle d'une ligne : donnez-en une autre.",
                )
            if line.table and line.table not in tables:
                said = did_you_mean(line.table, tables)
                yield ("lignes", index, "tableau"), f"Le tableau « {line.table} » n'est pas dans tableaux.{said}"
            for place, term in enumerate(line.sums):
                if term.key not in known:
                    said = f"La ligne {line.key} additionne « {term.key} », la clé d'aucune ligne."
                    yield ("lignes", index, "somme", place), f"{said}{did_you_mean(term.key, known)}"
            for selector, choice in line.selectors:
                for other, condition in read.setdefault(selector, []):
                    if choice == condition or NO_CHOICE in (choice, condition):
                        said = f"« {selector} » est déjà lu par la ligne {other} : un compte n'a qu'une ligne."
                        yield ("lignes", index, "comptes"), said
                read[selector].append((line.key, choice))
        yield from self._circles()

    def _circles(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """The lines that add themselves up."""
        sums = {line.key: [term.key for term in line.sums] for line in self.lines}
        for index, line in enumerate(self.lines):
            reached, waiting = set[str](), list(sums[line.key])
            while waiting:
                key = waiting.pop()
                if key not in reached:
                    reached.add(key)
                    waiting += sums.get(key, ())
            if line.key in reached:
                yield (
                    ("lignes", index, "somme"),
                    f"La ligne {line.key} s'additionne elle-même : retirez-la de sa somme.",
                )
