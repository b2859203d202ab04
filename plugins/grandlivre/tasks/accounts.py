"""The accounts of the served books: who may log in, in which role, kept in one private file outside the books.

The file holds argon2id digests of passwords, never a password. Whoever may read it may try passwords at leisure, so it is
its owner's alone, and it never stands among files that are copied, recorded in git or sent.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, NamedTuple

import argon2

from grandlivre.i18n import did_you_mean
from grandlivre.sources.problem import RefusedError
from grandlivre.writing import write_file

ROLES = ("direction", "bureau", "comptable", "auditeur")
DONOR = "bailleur:"
NAMED = frozenset(("direction", "bureau", "comptable"))
"""Roles whose account says which person of `mandats.yaml` it is."""
SHORTEST = 12
LONGEST = 1_000
VERSION = 1
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")
_AT_ONCE = BoundedSemaphore(4)
"""Each digest takes 64 MiB: no more than so many at a time, whoever knocks."""

_HASHER = argon2.PasswordHasher()
"""argon2id, with the library's own costs (RFC 9106, low memory)."""

_INSIDE = (
    "Le fichier des accès {path} est dans le dossier des livres : il serait enregistré, copié et envoyé avec eux. "
    "Placez-le ailleurs, par exemple /etc/grandlivre/acces.json."
)
_OPEN = "Le fichier des accès {path} peut être lu par d'autres : retirez ce droit (chmod 600 {name})."
_BROKEN = (
    "Le fichier des accès {path} ne se lit pas : {why}. Reprenez sa copie de sauvegarde, ou refaites-le (users add)."
)


@dataclass(frozen=True)
class Account:
    """Somebody who may log in."""

    name: str
    role: str
    """One of `ROLES`, or « bailleur:CODE »."""
    digest: str
    """argon2id, in the library's own spelling."""
    person: str = ""
    """Their identifier in `mandats.yaml`; "" for auditors and donors."""

    @property
    def tree(self) -> str:
        """The tree of a donor's account; "" for every other."""
        return self.role.removeprefix(DONOR) if self.role.startswith(DONOR) else ""


class Kept(NamedTuple):
    """The file as it was read."""

    accounts: Mapping[str, Account]
    content: bytes


def require_outside(path: Path) -> None:
    """Raises RefusedError for a file that stands in some books: under a folder that holds ledger/ and rules/."""
    place = path.absolute()
    for folder in (*place.parents, *place.resolve().parents):
        if (folder / "ledger").is_dir() and (folder / "rules").is_dir():
            raise RefusedError(_INSIDE.format(path=path.as_posix()))


def read(path: Path) -> Kept:
    """The accounts of the file, none when it does not exist; raises RefusedError for one that is not to be trusted."""
    require_outside(path)
    if not path.exists():
        return Kept({}, b"")
    if not path.is_file():
        raise RefusedError(_BROKEN.format(path=path.as_posix(), why="ce n'est pas un fichier"))
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise RefusedError(_OPEN.format(path=path.as_posix(), name=path.name))
    content = path.read_bytes()
    try:
        found = [_account(row) for row in _rows(content)]
    except (ValueError, TypeError, KeyError) as error:
        raise RefusedError(_BROKEN.format(path=path.as_posix(), why=str(error) or "il est incomplet")) from None
    return Kept({each.name: each for each in found}, content)


def _rows(content: bytes) -> Iterable[Any]:
    try:
        said = json.loads(content)
    except ValueError:
        raise ValueError("ce n'est pas du JSON") from None
    if not isinstance(said, dict) or said.get("version") != VERSION or not isinstance(said.get("comptes"), list):
        raise ValueError(f"ce n'est pas un fichier d'accès de version {VERSION}")
    return list(said["comptes"])


def _account(row: Mapping[str, Any]) -> Account:
    found = Account(str(row["nom"]), str(row["role"]), str(row["empreinte"]), str(row.get("personne", "")))
    if not _NAME.fullmatch(found.name) or not _is_role(found.role) or not found.digest.startswith("$argon2id$"):
        raise ValueError(f"le compte « {found.name[:40]} » n'est pas complet")
    return found


def _is_role(role: str) -> bool:
    return role in ROLES or (role.startswith(DONOR) and bool(_CODE.fullmatch(role.removeprefix(DONOR))))


def add(path: Path, name: str, role: str, password: str, person: str = "") -> None:
    """Adds an account; raises RefusedError for what it may not be, WriteError when the disk refuses."""
    before = read(path)
    if not _NAME.fullmatch(name):
        raise RefusedError(
            f"« {name} » n'est pas un nom de compte : lettres sans accents, chiffres, point, tiret ; par exemple awa.traore."
        )
    if name in before.accounts:
        raise RefusedError(f"Le compte « {name} » existe déjà. Pour son mot de passe : grandlivre users passwd {name}.")
    if not _is_role(role):
        hint = did_you_mean(role, (*ROLES, DONOR))
        raise RefusedError(f"« {role} » n'est pas un rôle.{hint} Rôles : {', '.join(ROLES)}, {DONOR}CODE.")
    if role in NAMED and not person:
        raise RefusedError(
            f"Le rôle {role} signe ou écrit sous son nom : dites qui c'est avec --personne (identifiant de mandats.yaml)."
        )
    if role not in NAMED and person:
        raise RefusedError(f"Le rôle {role} n'est personne de mandats.yaml : retirez --personne.")
    _write(path, before, {**before.accounts, name: Account(name, role, digest_of(name, password), person)})


def change_password(path: Path, name: str, password: str) -> None:
    """Gives an account another password; its sessions end."""
    before = read(path)
    old = _required(before, name)
    new = Account(old.name, old.role, digest_of(name, password), old.person)
    _write(path, before, {**before.accounts, name: new})


def remove(path: Path, name: str) -> None:
    """Takes an account away; its sessions end."""
    before = read(path)
    _required(before, name)
    _write(path, before, {key: each for key, each in before.accounts.items() if key != name})


def _required(kept: Kept, name: str) -> Account:
    if name not in kept.accounts:
        hint = did_you_mean(name, kept.accounts)
        raise RefusedError(f"Le compte « {name} » n'existe pas.{hint}")
    return kept.accounts[name]


def _write(path: Path, before: Kept, accounts: Mapping[str, Account]) -> None:
    rows = [
        {"nom": each.name, "role": each.role, "personne": each.person, "empreinte": each.digest}
        for each in sorted(accounts.values(), key=lambda each: each.name)
    ]
    if read(path).content != before.content:
        raise RefusedError("Le fichier des accès a changé entre-temps. Rien n'a été modifié ; relancez la commande.")
    said = json.dumps({"version": VERSION, "comptes": rows}, ensure_ascii=False, indent=1) + "\n"
    write_file(path, said.encode(), private=True)


def digest_of(name: str, password: str) -> str:
    """The argon2id digest of a password; raises RefusedError for one that would be guessed."""
    if len(password) < SHORTEST or password.casefold().strip() == name.casefold() or len(set(password)) < 5:
        raise RefusedError(
            f"Ce mot de passe se devine : au moins {SHORTEST} caractères, par exemple quatre mots sans rapport entre eux."
        )
    if len(password) > LONGEST:
        raise RefusedError(f"Ce mot de passe compte plus de {LONGEST} caractères.")
    return _HASHER.hash(password)


def verify(account: Account | None, password: str, slots: BoundedSemaphore = _AT_ONCE) -> bool:
    """Whether a password is an account's. Nobody's takes as long, so that no name can be told from the time."""
    digest = account.digest if account is not None else _nobody()
    with slots:
        try:
            _HASHER.verify(digest, password[:LONGEST])
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
    return account is not None


@cache
def _nobody() -> str:
    """A digest of something that nobody knows."""
    return _HASHER.hash(os.urandom(32).hex())


class Watched:
    """The accounts of a file, read again when it changed; those read last stay while it cannot be read."""

    def __init__(self, path: Path, warn: Callable[[str], None]) -> None:
        self._path, self._warn = path, warn
        self._accounts: Mapping[str, Account] = read(path).accounts
        self._seen = self._stamp()
        _nobody()

    def accounts(self) -> Mapping[str, Account]:
        """The accounts as they stand now; none when the file is gone."""
        now = self._stamp()
        if now != self._seen:
            try:
                self._accounts = read(self._path).accounts
            except (RefusedError, OSError) as error:
                self._warn(str(error))
            self._seen = now
        return self._accounts

    def _stamp(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError:
            return ()
        return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode)
