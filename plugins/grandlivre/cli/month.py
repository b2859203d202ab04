"""`grandlivre month`: the files of a new month, headers included, for every tree."""

from __future__ import annotations

from pathlib import Path

import click

from grandlivre.cli import entry_point, ledger_option


@click.command(name="month", short_help="Prépare les fichiers d'un mois.")
@click.argument("month", metavar="AAAA-MM")
@ledger_option
def command(month: str, ledger: Path) -> None:
    """Crée le fichier du mois dans chaque projet, avec son en-tête. Un fichier qui existe n'est jamais touché.

    Le dernier mois d'un trimestre prépare aussi le récit de chaque programme (ledger/recits/), décembre celui de l'année.
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import refusals
    from grandlivre.tasks.months import open_month

    with refusals():
        opened = open_month(main, month)
    if opened.recovered:
        click.echo(opened.recovered)
    for path in opened.made:
        click.echo(f"créé : {path}")
    for path in opened.kept:
        click.echo(f"existe déjà : {path}")
