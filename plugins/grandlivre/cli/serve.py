"""`grandlivre serve`: the books in a browser, guarded, on this machine only."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from grandlivre.cli import entry_point, judging_day, ledger_option, today_option


@click.command(name="serve", short_help="Ouvre les livres dans le navigateur.")
@ledger_option
@today_option
@click.option(
    "--profil", "profile", type=click.Choice(["local"]), default="local", show_default=True, help="Qui regarde."
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
def command(ledger: Path, today: date | None, profile: str, port: int | None, read_only: bool, quiet: bool) -> None:
    """Ouvre les livres dans le navigateur, sur cet ordinateur seulement. Ctrl+C pour arrêter."""
    main = entry_point(ledger)
    from grandlivre.inspection import refusals
    from grandlivre.viewer.server import serve

    judging_day(main, today)  # an environment that does not read is said before anything opens
    sys.exit(
        serve(
            main, today=today, profile=profile, port=port, read_only=read_only, open_browser=not quiet, audit=refusals
        )
    )
