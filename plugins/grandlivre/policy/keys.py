"""The keys people sign with: whose they are, from when to when, and who must agree before a rule changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from grandlivre.i18n import did_you_mean
from grandlivre.policy.model import BeforeValidator, Field, Model, WithJsonSchema, field_validator, model_validator
from grandlivre.policy.people import folded
from grandlivre.policy.ssh_keys import SK_ECDSA, PublicKey, WireError, read_line
from grandlivre.policy.values import Count, Day, Name, refuse

FILE = "cles.yaml"
PERSON = re.compile(r"[a-z0-9-]{1,40}")
"""How the identifier of whoever signs is written: it names files, and a pattern such as « * » is nobody."""
_ORIGIN = re.compile(r"https://[a-z0-9.-]{1,200}(?::\d{1,5})?|http://localhost(?::\d{1,5})?")
"""A browser makes passkeys for a site that nobody can read on the way: behind TLS, or on the machine itself."""


def _read_key(value: object) -> PublicKey:
    if isinstance(value, PublicKey):
        return value
    if not isinstance(value, str):
        raise refuse("une clé publique est attendue ici, par exemple ssh-ed25519 AAAA…")
    try:
        return read_line(value)
    except WireError as error:
        raise refuse(f"cette clé ne convient pas : {error}") from None


def _read_person(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not PERSON.fullmatch(text):
        raise refuse(
            f"« {text[:40]} » ne peut pas signer : l'identifiant d'un signataire n'a que des minuscules, des chiffres et des "
            "traits d'union (40 au plus)"
        )
    return text


Key = Annotated[
    PublicKey,
    BeforeValidator(_read_key),
    WithJsonSchema({"type": "string", "pattern": "^(sk-)?(ssh|ecdsa)-\\S+ AAAA", "examples": ["ssh-ed25519 AAAA…"]}),
]
Signer = Annotated[
    str, BeforeValidator(_read_person), WithJsonSchema({"type": "string", "pattern": f"^{PERSON.pattern}$"})
]


class SigningKey(Model):
    """La clé publique d'une personne."""

    person: Signer = Field(alias="personne")
    """Identifiant de mandats.yaml : minuscules, chiffres et traits d'union."""
    kind: Literal["ssh", "passkey"] = Field("ssh", alias="type")
    """ssh, ou passkey : la clé d'accès d'un téléphone."""
    key: Key = Field(alias="cle")
    """La clé publique, comme dans le fichier en .pub : ssh-ed25519, sk-ssh-ed25519 ou sk-ecdsa-sha2-nistp256."""
    origin: str = Field("", alias="origine")
    """Le site d'une clé d'accès : https://livres.exemple.org, ou http://localhost:5050 sur la machine elle-même."""
    start: Day = Field(alias="du")
    """Premier jour de validité."""
    end: Day | None = Field(None, alias="au")
    """Dernier jour de validité ; absent : sans terme."""
    revoked: Day | None = Field(None, alias="revoquee-le")
    """Jour à partir duquel la clé n'est plus crue : perdue, volée, prêtée."""
    reason: str = Field("", alias="motif")
    """Pourquoi elle a été révoquée."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.end is not None and self.end < self.start:
            raise refuse(f"cette clé finit le {self.end} avant de commencer le {self.start}")
        if self.revoked is not None and not self.reason.strip():
            raise refuse("une clé révoquée dit pourquoi : ajoutez motif")
        if self.kind == "passkey":
            if self.key.kind != SK_ECDSA:
                raise refuse(f"une clé d'accès est de la forme {SK_ECDSA}")
            if not _ORIGIN.fullmatch(self.origin):
                raise refuse("une clé d'accès dit son site : origine: https://livres.exemple.org")
            if urlsplit(self.origin).hostname != self.key.application:
                raise refuse(f"cette clé d'accès a été faite pour {self.key.application}, pas pour {self.origin}")
        elif self.origin:
            raise refuse("origine n'a de sens que pour une clé d'accès : ajoutez type: passkey, ou retirez-la")
        return self

    def on(self, day: date) -> bool:
        """Whether the key is valid on a day (first and last day included), revoked or not."""
        return self.start <= day and (self.end is None or day <= self.end)


class Witness(Model):
    """Quelqu'un du dehors qui atteste une clôture ou une version des règles : bailleur, auditeur, notaire."""

    name: Name = Field(alias="nom")
    """Nom, dont on tire celui du fichier de sa signature."""
    key: Key = Field(alias="cle")
    """Sa clé publique."""
    start: Day = Field(alias="du")
    """Premier jour de validité."""

    @property
    def id(self) -> str:
        """What its signature files are named by: « Union européenne » is union-europeenne."""
        return "-".join(folded(self.name).split())[:40]


class Guard(Model):
    """Qui garde les règles : combien de gardiens signent un changement."""

    guardians: tuple[Signer, ...] = Field((), alias="gardiens", min_length=1)
    """Identifiants des personnes qui signent un changement de rules/ ou de templates/."""
    threshold: Count = Field(2, alias="seuil")
    """Combien d'entre elles au moins."""
    plain: tuple[Name, ...] = Field(
        ("rules/taux.yaml", "rules/membres.yaml", "rules/fournisseurs.yaml"), alias="simples"
    )
    """Fichiers courants dont un changement ne demande qu'un gardien."""

    @field_validator("threshold")
    @classmethod
    def _several(cls, value: int) -> int:
        if value < 2:
            raise refuse("le seuil est d'au moins 2 : personne ne change les règles tout seul")
        return value

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if len(set(self.guardians)) < self.threshold:
            raise refuse(
                f"le seuil de {self.threshold} dépasse le nombre de gardiens ({len(set(self.guardians))}) : il ne s'atteint jamais"
            )
        for name in self.plain:
            if name in (f"rules/{FILE}", "rules/controles.yaml", "rules/mandats.yaml", "rules/organisation.yaml"):
                raise refuse(f"{name} dit qui peut quoi : il ne peut pas être parmi les simples")
        return self


class KeyRegister(Model):
    """Les clés avec lesquelles les personnes signent, les témoins, et les gardiens des règles.

    Fichier facultatif : sans lui, les signatures sont des noms que quelqu'un écrit. Une clé n'est qu'à une personne ; une
    personne peut en avoir plusieurs, et compte une fois. Une clé remplacée ne se retire pas : elle finit (au) ou se révoque.
    """

    keys: tuple[SigningKey, ...] = Field((), alias="cles")
    """Clés, anciennes comprises."""
    witnesses: tuple[Witness, ...] = Field((), alias="temoins")
    """Témoins du dehors."""
    guard: Guard | None = Field(None, alias="politique")
    """Gardiens des règles ; absent : personne ne les garde."""

    @cached_property
    def by_fingerprint(self) -> dict[str, SigningKey]:
        """Each person's key by its fingerprint; of a key written twice, the first."""
        found: dict[str, SigningKey] = {}
        for each in self.keys:
            found.setdefault(each.key.fingerprint, each)
        return found

    def of(self, person: str) -> tuple[SigningKey, ...]:
        """The keys of a person."""
        return tuple(each for each in self.keys if each.person == person)

    def valid(self, person: str, day: date) -> tuple[SigningKey, ...]:
        """The keys that a person may sign with on a day."""
        return tuple(each for each in self.of(person) if each.on(day) and each.revoked is None)

    def witness(self, fingerprint: str) -> Witness | None:
        """The witness of a key."""
        return next((each for each in self.witnesses if each.key.fingerprint == fingerprint), None)

    def faults(self, people: Iterable[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """What the register says against itself and against the people declared: its place, and a sentence."""
        known, owners = set(people), dict[str, str]()
        for rank, each in enumerate(self.keys):
            if known and each.person not in known:
                said = f"La personne « {each.person} » n'est pas déclarée dans mandats.yaml : déclarez-la sous personnes:, ou"
                yield ("cles", rank, "personne"), f"{said} corrigez l'identifiant.{did_you_mean(each.person, known)}"
            yield from _owned(owners, each.key, each.person, ("cles", rank, "cle"))
        names: set[str] = set()
        for rank, witness in enumerate(self.witnesses):
            if not PERSON.fullmatch(witness.id) or witness.id in names or witness.id in known:
                said = f"Le témoin « {witness.name} » donnerait à ses signatures le nom « {witness.id} », déjà pris ou vide"
                yield ("temoins", rank, "nom"), f"{said} : complétez son nom."
            names.add(witness.id)
            yield from _owned(owners, witness.key, witness.id, ("temoins", rank, "cle"))
        for rank, guardian in enumerate(self.guard.guardians if self.guard is not None else ()):
            if not self.of(guardian):
                said = f"Le gardien « {guardian} » n'a pas de clé : ajoutez-la sous cles:, ou retirez-le."
                yield ("politique", "gardiens", rank), said


def _owned(
    owners: dict[str, str], key: PublicKey, owner: str, where: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """A key that stands in the register already."""
    before = owners.get(key.fingerprint)
    owners.setdefault(key.fingerprint, owner)
    if before is not None:
        yield (
            where,
            (
                f"Cette clé est déjà écrite, pour {before} : une clé, une personne, une ligne. Chacun fait la sienne "
                "(ssh-keygen -t ed25519)."
            ),
        )
