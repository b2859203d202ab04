"""The register of suppliers: who they are under all their names, where they are paid, to whom they are related."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

from grandlivre.policy.model import Field, Model
from grandlivre.policy.people import same_name
from grandlivre.policy.values import Day, Name

_SHORTEST = 8
"""Digits of a telephone number: the shortest end by which two numbers of one account are recognised."""

_TWICE = {
    "nom": "Le nom « {written} » est déjà celui de {owner} : un nom, un fournisseur. Gardez une ligne ; si ce sont deux "
    "maisons, ajoutez au nom ce qui les distingue (la ville), sans parenthèses.",
    "nif": "Le NIF {written} est déjà celui de {owner} : un NIF, un fournisseur. Corrigez-le, ou gardez une ligne et mettez "
    "l'autre nom sous autres-noms.",
    "compte": "Le compte {written} est déjà celui de {owner} : un compte, un fournisseur. Corrigez le numéro, ou gardez une "
    "ligne.",
}
"""What must stand once, and what to do."""


@cache
def bare_number(text: str) -> str:
    """A tax, bank or telephone number without spaces, signs or case."""
    return re.sub(r"[\s.+\-/]", "", text).upper()


def same_number(one: str, other: str) -> bool:
    """Whether two numbers are of one account: equal, or one with what goes before it (country, IBAN key)."""
    short, long = sorted((bare_number(one), bare_number(other)), key=len)
    return short == long or (len(short) >= _SHORTEST and long.endswith(short))


class RegisteredSupplier(Model):
    """Un fournisseur connu de l'organisation."""

    name: Name = Field(alias="nom")
    """Nom, comme sur ses factures."""
    tax_id: str = Field("", alias="nif")
    """Numéro d'identification fiscale."""
    other_names: tuple[Name, ...] = Field((), alias="autres-noms")
    """Ses autres noms : enseigne, sigle, ancien nom."""
    accounts: tuple[Name, ...] = Field((), alias="comptes")
    """Où on le paie : RIB, ou numéro de monnaie électronique."""
    related: tuple[Name, ...] = Field((), alias="lie-a")
    """Identifiants des personnes de l'organisation qui lui sont liées : parenté, parts, emploi."""
    excluded: Day | None = Field(None, alias="exclu-depuis")
    """Premier jour à partir duquel on ne lui achète plus rien."""

    @property
    def names(self) -> tuple[str, ...]:
        """Its name, then the others."""
        return (self.name, *self.other_names)

    def excluded_on(self, day: date) -> bool:
        """Whether nothing may be bought from it that day."""
        return self.excluded is not None and self.excluded <= day

    def pays_into(self, number: str) -> bool:
        """Whether a number is one of its accounts."""
        return any(same_number(number, own) for own in self.accounts)


class SupplierRegister(Model):
    """Les fournisseurs : leurs noms, leur NIF, leurs comptes, les personnes qui leur sont liées, leur exclusion.

    Fichier facultatif. Deux noms d'une même ligne sont un seul fournisseur, quel que soit le NIF écrit à côté d'eux.
    Exemple : `fournisseurs: [{nom: Faso Papeterie, nif: 084112345A, autres-noms: [Ets Faso], comptes: [76 00 11 22],
    lie-a: [comptable], exclu-depuis: 2026-10-01}]`.
    """

    suppliers: tuple[RegisteredSupplier, ...] = Field((), alias="fournisseurs")
    """Un fournisseur par ligne ; ajoutez les nouveaux à la fin."""


def said_twice(suppliers: Iterable[RegisteredSupplier]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each name, tax number or account that stands twice in the register: its place, and a sentence."""
    known: dict[tuple[str, str], str] = {}
    for index, each in enumerate(suppliers):
        for where, kind, written in _written(each):
            key = (kind, same_name(written) if kind == "nom" else bare_number(written))
            if key in known:
                yield ("fournisseurs", index, *where), _TWICE[kind].format(written=written, owner=known[key])
            known.setdefault(key, each.name)


def _written(supplier: RegisteredSupplier) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """What must stand once in the register: its place in the row, its kind, its text."""
    yield ("nom",), "nom", supplier.name
    yield from [(("autres-noms", rank), "nom", name) for rank, name in enumerate(supplier.other_names)]
    if supplier.tax_id:
        yield ("nif",), "nif", supplier.tax_id
    yield from [(("comptes", rank), "compte", number) for rank, number in enumerate(supplier.accounts)]
