"""`grandlivre entries`: what is done about one entry."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from grandlivre.cli import Day, entry_point, ledger_option, today_option
from grandlivre.cli._proposed import conclude, proposing, read_period


@click.group(
    name="entries",
    short_help="Propose les écritures du mois et de fin d'exercice, ou en corrige une.",
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
)
def command() -> None:
    """Propose les écritures que le mois ou la fin de l'exercice demandent, et les écrit avec --ecrire.

    Une écriture passée ne se modifie pas : elle s'extourne.
    """


@command.command(name="extourne", short_help="Annule une pièce en négatif, et prépare la bonne écriture.")
@click.argument("piece", metavar="PIÈCE")
@click.option(
    "--date", "day", type=Day(), help="Date de l'extourne (par défaut : le premier jour ouvert que la série permet)."
)
@click.option("--ecrire", "writes", is_flag=True, help="Ajoute l'extourne au fichier du mois, après l'avoir montrée.")
@today_option
@ledger_option
def storno(piece: str, day: date | None, writes: bool, today: date | None, ledger: Path) -> None:
    """Montre l'extourne de PIÈCE (mêmes comptes, montants de signe contraire) et la bonne écriture à compléter.

    Les deux sont datées dans la période ouverte, avec la date de l'opération en date-valeur. --ecrire ajoute l'extourne
    aux livres ; la bonne écriture, elle, se recopie une fois corrigée. Un virement interne (58) est fait de deux pièces :
    l'autre moitié est extournée avec celle-ci, le même jour.
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import at_desk, refusals, say_verdict, say_written
    from grandlivre.tasks import corrections

    with refusals():
        desk = at_desk(main, "entries", today)
        made = corrections.correction(desk, piece.strip(), day)
        pieces = " et ".join(half.original.piece for half in made.halves)
        where = " et ".join(dict.fromkeys(desk.inspection.relative(str(half.file)) for half in made.halves))
        pair = len(made.halves) > 1
        click.echo(f"; 1. L'extourne de {pieces}, à ajouter à {where} :\n")
        for half in made.halves:
            click.echo(half.storno)
        what = "les deux extournes" if pair else "l'extourne"
        right = "Les bonnes écritures" if pair else "La bonne écriture"
        click.echo(f"; 2. {right}, à corriger et à recopier ensuite au même endroit (! : la pièce suit) :\n")
        for half in made.halves:
            click.echo(half.right)
        for note in made.notes:
            click.echo(f"; {note}")
        if not writes:
            click.echo(f"; Rien n'a été écrit : --ecrire ajoute {what} à {where}.")
            return
        say_written(corrections.write(desk, made))
        say_verdict(desk.inspection)


@command.command(name="quote-part", short_help="Quote-part des fonds d'un bailleur, mois par mois.")
@proposing
def share(period: str, tree: str | None, writes: bool, today: date | None, ledger: Path) -> None:
    """Passe en produits ce que les charges de chaque mois de PÉRIODE consomment des fonds du bailleur.

    Modèle A (fonds d'administration) : D 462 / C 702. Modèle B (fonds affectés) : D 165 / C 7925. Une écriture par mois et par
    convention, du dernier jour du mois, égale aux charges moins 68 et 69. Un mois juste n'ajoute rien, un mois à qui il
    manque quelques francs reçoit son complément, un mois qui n'est pas fini attend.
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import at_desk, refusals
    from grandlivre.tasks import shares

    with refusals():
        desk = at_desk(main, "entries", today)
        conclude(desk, shares.propose(desk, read_period(period), tree), writes)
