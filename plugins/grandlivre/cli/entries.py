"""`grandlivre entries`: what is done about one entry."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from grandlivre.cli import Day, Francs, entry_point, ledger_option, today_option
from grandlivre.cli._proposed import Part, conclude, proposing, proposing_year, read_period


@click.group(
    name="entries",
    short_help="Propose des écritures, ou en corrige une.",
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


@command.command(name="cloture", short_help="Solde les comptes de charges et de produits d'un exercice.")
@click.option(
    "--cle-vers-462",
    "to_running",
    type=Francs(),
    metavar="FRANCS",
    help="Modèle A, avec --bailleur : fonds d'investissement non employés qui passent au fonctionnement (162 vers 462).",
)
@proposing_year
def close_accounts(
    period: str, tree: str | None, to_running: int | None, writes: bool, today: date | None, ledger: Path
) -> None:
    """Solde les classes 6, 7 et 8 de chaque projet au dernier jour de l'exercice PÉRIODE, contre 131 (excédent) ou 139 (déficit).

    Les états du résultat laissent ces écritures de côté. Modèle A : les fonds d'investissement qui n'ont rien acheté se
    montrent au 165. Ce qui est passé après coup dans l'exercice complète la clôture : relancez la commande.
    """
    main = entry_point(ledger)
    if to_running is not None and tree is None:
        raise click.UsageError("--cle-vers-462 va avec --bailleur : dites de quel projet la clé change.")
    from grandlivre.cli._terminal import at_desk, refusals
    from grandlivre.tasks import year_end

    with refusals():
        desk = at_desk(main, "entries", today)
        conclude(desk, year_end.close_accounts(desk, read_period(period), tree, to_running), writes)


@command.command(name="reouverture", short_help="Rouvre les comptes au premier jour de l'exercice suivant.")
@proposing_year
def open_accounts(period: str, tree: str | None, writes: bool, today: date | None, ledger: Path) -> None:
    """Au lendemain de l'exercice PÉRIODE : 131 et 139 vont au 128, et le 165 du modèle A revient au 162.

    PÉRIODE est l'exercice clos (2026), ou celui qui s'ouvre (2027). L'exercice suivant est déclaré dans organisation.yaml.
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import at_desk, refusals
    from grandlivre.tasks import year_end

    with refusals():
        desk = at_desk(main, "entries", today)
        conclude(desk, year_end.open_accounts(desk, read_period(period), tree), writes)


@command.command(name="affectation", short_help="Affecte le résultat comme l'assemblée générale l'a décidé.")
@click.option(
    "--vers",
    "parts",
    type=Part(),
    multiple=True,
    metavar="COMPTE=FRANCS",
    help="Part du résultat et son compte, par exemple 118=500000 (répétable) ; le reste va au 121, un déficit au 129.",
)
@click.option(
    "--decide-le", "decided", type=Day(), help="Date de l'assemblée générale (par défaut : celle des livres)."
)
@proposing_year
def allocate(
    period: str,
    tree: str | None,
    parts: tuple[tuple[str, int], ...],
    decided: date | None,
    writes: bool,
    today: date | None,
    ledger: Path,
) -> None:
    """Porte le résultat de l'exercice PÉRIODE du 128 aux réserves et reports, à la date de l'assemblée générale.

    L'assemblée est dans les livres : custom "rencontre" "ag" avec adopte: "comptes-2026".
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import at_desk, refusals
    from grandlivre.tasks import allocation

    with refusals():
        desk = at_desk(main, "entries", today)
        wanted = allocation.read_parts(desk, parts)
        conclude(desk, allocation.allocate(desk, read_period(period), tree, wanted, decided), writes)


@command.command(
    name="amortissements", short_help="Amortissements du registre, et subventions reprises au même rythme."
)
@proposing
def depreciation(period: str, tree: str | None, writes: bool, today: date | None, ledger: Path) -> None:
    """Passe ce que les immobilisations perdent dans PÉRIODE, d'après leurs directives et moins ce qui est déjà passé.

    D 6812 ou 6813 / C 28, une écriture par projet, du dernier jour de la période ; la subvention qui a payé le bien (141, 148)
    est reprise au même rythme, D 14 / C 799, et par dixièmes pour un terrain. Rien ne s'amortit dans les projets de modèle A
    ou F, dont le jeu d'états ne connaît pas les amortissements. Une immobilisation sans duree: est refusée sur sa ligne.
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import at_desk, refusals
    from grandlivre.tasks import depreciation as wear

    with refusals():
        desk = at_desk(main, "entries", today)
        conclude(desk, wear.propose(desk, read_period(period), tree), writes)


@command.command(name="sortie", short_help="Sort une immobilisation des comptes.")
@click.argument("number", metavar="NUMÉRO")
@click.option("--date", "day", type=Day(), help="Jour de la sortie (par défaut : sortie: de sa directive).")
@click.option("--motif", "reason", metavar="TEXTE", default="", help="Vente, transfert, don, vol, perte ou rebut.")
@click.option(
    "--ecrire", "writes", is_flag=True, help="Ajoute l'écriture et complète la directive, après les avoir montrées."
)
@today_option
@ledger_option
def disposal(number: str, day: date | None, reason: str, writes: bool, today: date | None, ledger: Path) -> None:
    """Solde le coût (2) et les amortissements (28) de l'immobilisation NUMÉRO, au jour de sa sortie.

    Ce qu'elle valait encore va au débit de 81 ; le prix, s'il y en a un, s'encaisse à part au crédit de 82. --ecrire ajoute
    aussi sortie: et motif-sortie: à sa directive, même d'un mois clos.
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import at_desk, refusals
    from grandlivre.tasks import disposal as leaving

    with refusals():
        desk = at_desk(main, "entries", today)
        made = leaving.propose(desk, number.strip(), day, reason)
        conclude(desk, made.batch, writes, lambda desk, _batch, _command: leaving.write(desk, made))
