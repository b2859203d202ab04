"""`grandlivre extract`: the books of one donor, drawn from the whole."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from grandlivre.cli import entry_point, judging_day, ledger_option, today_option


@click.command(name="extract", short_help="Extrait les livres d'un seul bailleur.")
@click.option("--bailleur", "code", required=True, metavar="CODE", help="Projet à extraire, par exemple UE-EAU.")
@click.option(
    "--out", "out", type=click.Path(path_type=Path), required=True, metavar="DOSSIER", help="Dossier nouveau à écrire."
)
@today_option
@ledger_option
def command(code: str, out: Path, today: date | None, ledger: Path) -> None:
    """Extrait les livres d'un seul bailleur : ses écritures, ses pièces, ses règles, et rien des autres projets.

    L'extrait se contrôle seul (grandlivre check) et se vérifie (grandlivre verify --racine) : chaque clôture y garde les
    empreintes de tous les projets et sa racine, et seul ce projet y est recalculé. EXTRAIT.json donne l'empreinte de chaque
    fichier. Les règles qui jugent toute l'organisation (réunions, mandats, règles signées) ne s'y prononcent pas.
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import refusals
    from grandlivre.tasks.extracting import extract, summary

    with refusals():
        found = extract(main, code, out, judging_day(main, today))
    click.echo(summary(found))
