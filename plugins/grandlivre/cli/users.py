"""`grandlivre users`: who may log in to the served books, and in which role."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grandlivre.cli import LEDGER

if TYPE_CHECKING:
    from grandlivre.policy.loading import Policy

_FILE = click.option(
    "--acces",
    "file",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FICHIER",
    help="Fichier des comptes, hors des livres, par exemple /etc/grandlivre/acces.json.",
)
_STDIN = click.option(
    "--mot-de-passe-stdin", "piped", is_flag=True, help="Lit le mot de passe sur l'entrée standard, sans le demander."
)


@click.group(name="users", short_help="Gère les comptes des livres servis.", subcommand_metavar="COMMANDE [ARGUMENTS]…")
def command() -> None:
    """Gère les comptes de « grandlivre serve --profil direction » : qui se connecte, dans quel rôle.

    Rôles : direction et bureau (lisent et signent), comptable (lit et saisit), auditeur (lit), bailleur:CODE (voit l'extrait
    de ce projet). Le fichier n'est lisible que par son propriétaire et ne garde que l'empreinte argon2id des mots de passe.
    """


@command.command(name="add", short_help="Ajoute un compte.")
@click.argument("name", metavar="NOM")
@click.option("--role", required=True, help="direction, bureau, comptable, auditeur ou bailleur:CODE.")
@click.option("--personne", "person", default="", metavar="ID", help="Qui c'est, dans mandats.yaml.")
@_STDIN
@_FILE
@click.option(
    "--ledger",
    "ledger",
    type=click.Path(path_type=Path),
    default=LEDGER,
    show_default=True,
    metavar="FICHIER",
    help="Livres où la personne et le projet sont vérifiés ; sans eux, ils le sont à l'ouverture.",
)
def add(name: str, role: str, person: str, piped: bool, file: Path, ledger: Path) -> None:
    """Ajoute un compte et lui donne un mot de passe."""
    from grandlivre.tasks import accounts

    def write() -> None:
        accounts.read(file)
        if ledger.is_file():
            _require_known(ledger, role, person)
        accounts.add(file, name, role, _password(piped), person)

    _told(write, f"Le compte {name} ({role}) est ajouté.")


@command.command(name="list", short_help="Liste les comptes.")
@_FILE
def list_(file: Path) -> None:
    """Liste les comptes et leur rôle."""
    from grandlivre.cli._terminal import console, refusals, row, table
    from grandlivre.tasks import accounts

    with refusals():
        found = sorted(accounts.read(file).accounts.values(), key=lambda each: each.name)
    if not found:
        click.echo("Ce fichier ne connaît personne encore.")
        return
    rows = table("Comptes", "Nom", "Rôle", "Personne")
    for each in found:
        row(rows, each.name, each.role, each.person)
    console().print(rows)


@command.command(name="passwd", short_help="Change un mot de passe.")
@click.argument("name", metavar="NOM")
@_STDIN
@_FILE
def passwd(name: str, piped: bool, file: Path) -> None:
    """Donne un autre mot de passe à un compte ; ses sessions ouvertes se ferment."""
    from grandlivre.tasks import accounts

    _told(
        lambda: accounts.change_password(file, name, _password(piped)),
        f"Le mot de passe de {name} est changé ; ses sessions ouvertes se ferment.",
    )


@command.command(name="remove", short_help="Retire un compte.")
@click.argument("name", metavar="NOM")
@_FILE
def remove(name: str, file: Path) -> None:
    """Retire un compte ; ses sessions ouvertes se ferment."""
    from grandlivre.tasks import accounts

    _told(lambda: accounts.remove(file, name), f"Le compte {name} est retiré ; ses sessions ouvertes se ferment.")


def _told(write: Callable[[], Any], done: str) -> None:
    from grandlivre.cli._terminal import refusals

    with refusals():
        write()
    click.echo(done)


def _password(piped: bool) -> str:
    """The password typed twice, or the first line of the standard input."""
    if piped:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("Sans terminal, le mot de passe vient de l'entrée standard : --mot-de-passe-stdin.")
    return str(click.prompt("Mot de passe", hide_input=True, confirmation_prompt="Encore une fois"))


def _require_known(ledger: Path, role: str, person: str) -> None:
    """Raises RefusedError for a person or a tree that the books' rules do not know."""
    from grandlivre.checks import rules_of
    from grandlivre.policy.loading import load_policy

    policy: Policy = rules_of(load_policy(ledger.absolute().parent.parent / "rules"))[1]
    _require(person, policy.people, "une personne de rules/mandats.yaml")
    if role.startswith("bailleur:"):
        _require(role.removeprefix("bailleur:"), policy.donors, "un projet de rules/bailleurs/")


def _require(word: str, known: Any, what: str) -> None:
    from grandlivre.i18n import did_you_mean
    from grandlivre.sources.problem import RefusedError

    if word and word not in known:
        raise RefusedError(f"« {word} » n'est pas {what}.{did_you_mean(word, known)}")
