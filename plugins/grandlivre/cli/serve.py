"""`grandlivre serve`: the books in a browser, guarded: on this machine only, or for people who log in."""

from __future__ import annotations

import ipaddress
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from grandlivre.cli import entry_point, judging_day, ledger_option, today_option


class Address(click.ParamType):  # type: ignore[type-arg]
    """An address of this machine, as a number."""

    name = "ADRESSE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The address, or a French refusal."""
        try:
            return str(ipaddress.ip_address(str(value)))
        except ValueError:
            self.fail(f"« {value} » n'est pas une adresse : écrivez 127.0.0.1, ou 0.0.0.0 pour toutes.", param, ctx)


@click.command(name="serve", short_help="Ouvre les livres dans le navigateur.")
@ledger_option
@today_option
@click.option(
    "--profil",
    "profile",
    type=click.Choice(["local", "direction"]),
    default="local",
    show_default=True,
    help="Qui regarde : le comptable sur sa machine, ou les personnes qui ont un compte.",
)
@click.option(
    "--acces",
    "accounts",
    type=click.Path(path_type=Path),
    metavar="FICHIER",
    help="Fichier des comptes (grandlivre users), hors des livres. Avec --profil direction.",
)
@click.option(
    "--adresse", "address", type=Address(), default="127.0.0.1", show_default=True, help="Adresse où écouter."
)
@click.option(
    "--origine",
    "origin",
    default="",
    metavar="URL",
    help="Adresse que les lecteurs ouvrent, derrière un mandataire TLS : https://livres.exemple.org.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=None,
    metavar="NOMBRE",
    help="Port (par défaut : le premier libre dès 5050).",
)
@click.option("--lecture", "read_only", is_flag=True, help="Écran de lecture : rien ne peut être modifié.")
@click.option("--sans-navigateur", "quiet", is_flag=True, help="N'ouvre pas le navigateur.")
def command(
    ledger: Path,
    today: date | None,
    profile: str,
    accounts: Path | None,
    address: str,
    origin: str,
    port: int | None,
    read_only: bool,
    quiet: bool,
) -> None:
    """Ouvre les livres dans le navigateur. Ctrl+C pour arrêter.

    Sans autre option, sur cet ordinateur seulement, pour le comptable. Avec --profil direction, chacun se connecte : la Direction
    et le Bureau lisent et signent, le comptable saisit, l'auditeur lit, un bailleur voit l'extrait de son projet.
    """
    main = entry_point(ledger)
    if profile == "direction" and accounts is None:
        raise click.UsageError("--profil direction demande --acces FICHIER (voir grandlivre users).")
    if profile == "local" and (accounts is not None or origin or address != "127.0.0.1"):
        raise click.UsageError("--acces, --adresse et --origine ne vont qu'avec --profil direction.")
    from grandlivre.inspection import refusals
    from grandlivre.viewer.server import Access, serve

    judging_day(main, today)  # an environment that does not read is said before anything opens
    access = Access(accounts, address, origin) if accounts is not None else None
    sys.exit(
        serve(
            main,
            today=today,
            profile=profile,
            port=port,
            read_only=read_only,
            open_browser=not quiet,
            audit=refusals,
            access=access,
        )
    )
