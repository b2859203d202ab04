"""`grandlivre init`: the repository of a new organisation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from grandlivre.cli import Day, judging_day, require_names

if TYPE_CHECKING:
    from grandlivre.cli._interview import Interview, Silence
    from grandlivre.inspection import Inspection
    from grandlivre.scaffold.organisation import NewOrganisation


class NewFolder(click.Path):
    """A folder that has a name: an empty word would be the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, or a French refusal."""
        if not str(value).strip():
            self.fail("le nom du dossier est vide ; pour le dossier où vous êtes, écrivez un point (.).", param, ctx)
        return super().convert(value, param, ctx)


@click.command(name="init", short_help="Ouvre les livres d'une nouvelle organisation.")
@click.argument("folder", metavar="DOSSIER", type=NewFolder(path_type=Path))
@click.option("--nom", "name", metavar="TEXTE", help="Nom complet de l'organisation.")
@click.option("--sigle", "acronym", metavar="TEXTE", help="Sigle, imprimé en tête des états.")
@click.option("--devise", "currency", metavar="XOF", help="Devise de tenue des livres (par défaut : XOF).")
@click.option("--exercice", "year", metavar="AAAA|DU:AU", help="Premier exercice : 2026, ou 2026-07-01:2027-06-30.")
@click.option(
    "--projet",
    "--arbre",
    "trees",
    multiple=True,
    metavar="CODE:NOM:FINANCEMENT[:PAYS]",
    help="Un bailleur : son code, son nom, son modèle de financement, le pays de ses fonds (répétable).",
)
@click.option(
    "--convention",
    "agreements",
    multiple=True,
    metavar="CODE:NUMÉRO:DU:AU[:MONTANT[:TAUX]]",
    help="La convention d'un bailleur, par exemple UE-EAU:UE/2025/118:2026-01-01:2027-12-31:150000 EUR ; TAUX d'une autre devise : "
    "601,25 (fixe), ou sa politique et le taux qu'elle demande, mois=601,25 (répétable).",
)
@click.option(
    "--banque",
    "banks",
    multiple=True,
    metavar="CODE:NOM",
    help="La banque d'un projet, par exemple UE-EAU:BDM (répétable).",
)
@click.option(
    "--caisse",
    "tills",
    multiple=True,
    metavar="CODE:PERSONNE[:NOM]|CODE:non",
    help="Qui tient une caisse d'un projet, et son nom s'il y en a plusieurs ; non s'il n'en a pas (répétable).",
)
@click.option(
    "--mobile",
    multiple=True,
    metavar="CODE:OPÉRATEUR",
    help="La monnaie électronique d'un projet, par exemple UE-EAU:Orange Money (répétable).",
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
@click.option(
    "--au",
    "balance_day",
    type=Day(),
    help="Jour où cette balance est arrêtée, quand l'exercice a commencé ailleurs : elle porte aussi les classes 6 et 7.",
)
@click.option("--oui", "yes", is_flag=True, help="Ne demande rien : prend les valeurs par défaut.")
def command(
    folder: Path,
    name: str | None,
    acronym: str | None,
    currency: str | None,
    year: str | None,
    trees: tuple[str, ...],
    agreements: tuple[str, ...],
    banks: tuple[str, ...],
    tills: tuple[str, ...],
    mobile: tuple[str, ...],
    people: tuple[str, ...],
    mandates: tuple[str, ...],
    source: Path | None,
    balance_day: date | None,
    yes: bool,
) -> None:
    """Écrit dans DOSSIER (nouveau ou vide) des livres prêts à servir : comptes, règles, contrôles en ligne, éditeur, mode d'emploi.

    Ce qui n'est pas donné en option est demandé. FONCT, le fonctionnement propre, existe toujours. Les réponses
    sont gardées : la même commande reprend où l'on s'est arrêté, et « retour » revient à la question d'avant.
    """
    require_names(folder)
    from grandlivre.cli import _init as screen
    from grandlivre.cli._init_trees import Given
    from grandlivre.cli._interview import Interview, Silence
    from grandlivre.cli._terminal import interactive, refusals
    from grandlivre.tasks import founding

    with refusals():
        founding.require_name(folder)
        made = founding.finished(folder)
    if made:
        click.echo("L'ouverture interrompue de ces livres est terminée, avec les réponses données alors.")
        _conclude(folder, made)
    given = Given(name, acronym, currency, year, trees, agreements, banks, tills, mobile, people, mandates)

    def described(talk: Silence) -> NewOrganisation:
        org = screen.organisation(folder, given, talk)
        org = founding.complete(org, source, balance_day)
        screen.show(org)
        return org

    with refusals():
        founding.require_empty(folder)
        if interactive() and not yes:
            kept = founding.kept_answers(folder)
            talk = Interview(kept, lambda answers: founding.keep_answers(folder, answers))
            screen.welcome(kept)
            agreed = _agreed(talk, described, folder)
            if agreed is None:
                click.echo("Rien n'a été écrit. Vos réponses sont gardées : la même commande les reprend.")
                return
            made = founding.found(folder, agreed)
        else:
            made = founding.found(folder, described(Silence()))
        founding.forget_answers(folder)
    _conclude(folder, made)


def _agreed(talk: Interview, described: Callable[[Silence], NewOrganisation], folder: Path) -> NewOrganisation | None:
    """The organisation as the person describes it and agrees to it; None when nothing is to be written."""

    def questions(talk: Interview) -> NewOrganisation | None:
        org = described(talk)
        return org if talk.confirm(f"Écrire ces livres dans {folder.as_posix()} ?") else None

    try:
        return talk.run(questions)
    except click.Abort:
        click.echo()
        return None


def _say_what_waits(inspection: Inspection) -> None:
    """What `check` asks today of books that begin months ago: statements, counts, closings to catch up with."""
    from grandlivre.i18n import counted

    today = judging_day(inspection.main, None)
    waiting = inspection.at(today)
    points = waiting.errors + waiting.warnings
    if today > inspection.books.today and points:
        click.echo(
            f"Les livres commencent le {inspection.books.start:%d/%m/%Y} : au {today:%d/%m/%Y}, grandlivre check réclame "
            f"{counted(points, 'point')} à rattraper (relevés, comptages, clôtures). Si tout cela est tenu ailleurs, recommencez dans un dossier "
            "neuf avec --au, le jour d'une balance récente."
        )


def _conclude(folder: Path, made: tuple[str, ...]) -> NoReturn:
    """Checks the new books, records them, and says what comes next."""
    from grandlivre.i18n import counted, one_line
    from grandlivre.tasks import founding

    click.echo(f"{len(made)} fichiers écrits dans {folder.as_posix()}.")
    inspection = founding.judged(folder)
    for finding in inspection.findings:
        click.echo(
            f"{inspection.relative(finding.file)}:{finding.line}: {finding.level}: {one_line(finding.message)} [{finding.rule}]"
        )
    day = f"{inspection.books.today:%d/%m/%Y}"
    click.echo(f"Contrôle au {day} : {counted(inspection.errors, 'erreur')}, {counted(inspection.warnings, 'alerte')}.")
    if inspection.errors:
        click.echo("Rien n'est enregistré dans git : corrigez ces erreurs, puis git add . et git commit.")
        sys.exit(1)
    click.echo(founding.record(folder, inspection.books.policy.organisation.acronym))
    _say_what_waits(inspection)
    click.echo("La suite est dans README.md : ce qu'il faut compléter, et une première dépense à recopier.")
    sys.exit(0)
