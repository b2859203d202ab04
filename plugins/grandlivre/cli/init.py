"""`grandlivre init`: the repository of a new organisation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from grandlivre.cli import require_names


@click.command(name="init", short_help="Ouvre les livres d'une nouvelle organisation.")
@click.argument("folder", metavar="DOSSIER", type=click.Path(path_type=Path))
@click.option("--nom", "name", metavar="TEXTE", help="Nom complet de l'organisation.")
@click.option("--sigle", "acronym", metavar="TEXTE", help="Sigle, imprimé en tête des états.")
@click.option("--devise", "currency", metavar="XOF", help="Devise de tenue des livres (par défaut : XOF).")
@click.option("--exercice", "year", metavar="AAAA|DU:AU", help="Premier exercice : 2026, ou 2026-07-01:2027-06-30.")
@click.option(
    "--arbre",
    "trees",
    multiple=True,
    metavar="CODE:NOM:FINANCEMENT[:PAYS]",
    help="Un bailleur : son code, son nom, son modèle de financement, le pays de ses fonds (répétable).",
)
@click.option(
    "--banque",
    "banks",
    multiple=True,
    metavar="CODE:NOM",
    help="La banque d'un arbre, par exemple UE-EAU:BDM (répétable).",
)
@click.option(
    "--caisse",
    "tills",
    multiple=True,
    metavar="CODE:PERSONNE|CODE:non",
    help="Qui tient la caisse d'un arbre, ou non s'il n'en a pas (répétable).",
)
@click.option(
    "--personne",
    "people",
    multiple=True,
    metavar="ID:NOM:FONCTION:COLLÈGE",
    help="Une personne ; collège : direction, bureau-executif, programme ou appui (répétable).",
)
@click.option(
    "--mandat",
    "mandates",
    multiple=True,
    metavar="PERSONNE:POUVOIR[:PLAFOND]",
    help="Un pouvoir : signature-bancaire, autorisation, controle-caisse ou tenue-caisse (répétable).",
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="XLSX",
    help="Balance générale à reprendre : N° compte, Intitulé, Solde débit, Solde crédit (et Bailleur).",
)
@click.option("--oui", "yes", is_flag=True, help="Ne demande rien : prend les valeurs par défaut.")
def command(
    folder: Path,
    name: str | None,
    acronym: str | None,
    currency: str | None,
    year: str | None,
    trees: tuple[str, ...],
    banks: tuple[str, ...],
    tills: tuple[str, ...],
    people: tuple[str, ...],
    mandates: tuple[str, ...],
    source: Path | None,
    yes: bool,
) -> None:
    """Écrit dans DOSSIER (nouveau ou vide) des livres prêts à servir : comptes, règles, contrôles en ligne, éditeur, mode d'emploi.

    Ce qui n'est pas donné en option est demandé. FONCT, l'arbre du fonctionnement propre, existe toujours.
    """
    require_names(folder)
    from grandlivre.cli import _init as screen
    from grandlivre.cli._consent import agreed
    from grandlivre.cli._terminal import interactive, refusals
    from grandlivre.scaffold.opening import with_opening
    from grandlivre.scaffold.organisation import with_cashiers
    from grandlivre.tasks import founding
    from grandlivre.tasks.problem import RefusedError

    with refusals():
        made = founding.finished(folder)
    if made:
        click.echo("L'ouverture interrompue de ces livres est terminée, avec les réponses données alors.")
        _conclude(folder, made)
    with refusals():
        founding.require_empty(folder)
        asking = interactive() and not yes
        given = screen.Given(name, acronym, currency, year, trees, banks, tills, people, mandates)
        org = screen.organisation(folder, given, asking)
        if source is not None:
            org, problems = with_opening(org, source)
            if problems:
                said = [f"{source.name}:{each.row}: {each.message}" if each.row else each.message for each in problems]
                raise RefusedError(*said, "Rien n'a été écrit.")
        org = with_cashiers(org)
        screen.show(org)
        if asking and not agreed(f"Écrire ces livres dans {folder.as_posix()} ?"):
            click.echo("Rien n'a été écrit.")
            return
        made = founding.found(folder, org)
    _conclude(folder, made)


def _conclude(folder: Path, made: tuple[str, ...]) -> NoReturn:
    """Checks the new books, records them, and says what comes next."""
    from grandlivre.i18n import one_line
    from grandlivre.tasks import founding

    click.echo(f"{len(made)} fichiers écrits dans {folder.as_posix()}.")
    inspection = founding.judged(folder)
    for finding in inspection.findings:
        click.echo(
            f"{inspection.relative(finding.file)}:{finding.line}: {finding.level}: {one_line(finding.message)} [{finding.rule}]"
        )
    click.echo(f"Contrôle : {inspection.errors} erreur(s), {inspection.warnings} alerte(s).")
    if inspection.errors:
        click.echo("Rien n'est enregistré dans git : corrigez ces erreurs, puis git add . et git commit.")
        sys.exit(1)
    click.echo(founding.record(folder, inspection.books.policy.organisation.acronym))
    click.echo("La suite est dans README.md : ce qu'il faut compléter, et une première dépense à recopier.")
    sys.exit(0)
