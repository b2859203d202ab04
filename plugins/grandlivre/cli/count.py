"""`grandlivre count`: a till counted, its minutes written."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from grandlivre.cli import Day, entry_point, ledger_option, today_option

_HELP = "Identifiant d'une personne de mandats.yaml."


@click.command(name="count", short_help="Compte une caisse et écrit son procès-verbal.")
@click.argument("till", metavar="CAISSE")
@click.option("--date", "day", type=Day(), default=None, help="Jour du comptage (par défaut : aujourd'hui).")
@click.option("--heure", "hour", metavar="HH:MM", help="Heure du comptage.")
@click.option("--type", "kind", metavar="TYPE", help="quotidien, inopine, mensuel, cloture ou passation.")
@click.option("--billets", "notes", metavar='"10000x8 …"', help="Billets : valeur x quantité.")
@click.option("--pieces", "coins", metavar='"250x2 …"', help="Pièces : valeur x quantité.")
@click.option(
    "--caissier", "cashier", metavar="PERSONNE", help="Qui tient la caisse (par défaut : celui de la caisse)."
)
@click.option("--controleur", "controller", metavar="PERSONNE", help=f"Qui contrôle. {_HELP}")
@click.option("--temoin", "witness", metavar="PERSONNE", help=f"Qui est témoin. {_HELP}")
@click.option("--derniere-piece", "last_piece", metavar="PIÈCE", help="Dernière pièce passée avant le comptage.")
@click.option("--motif", "reason", metavar="TEXTE", help="Explication de l'écart, obligatoire s'il y en a un.")
@click.option("--document", metavar="CHEMIN", help="Procès-verbal signé, dans ledger/documents/.")
@today_option
@ledger_option
def command(
    till: str,
    day: date | None,
    hour: str | None,
    kind: str | None,
    notes: str | None,
    coins: str | None,
    cashier: str | None,
    controller: str | None,
    witness: str | None,
    last_piece: str | None,
    reason: str | None,
    document: str | None,
    today: date | None,
    ledger: Path,
) -> None:
    """Compare l'argent compté au solde des livres et ajoute la directive pv-caisse au fichier du mois.

    Ce qui n'est pas donné en option est demandé, et redemandé tant que la réponse ne va pas ; les coupures le sont une à
    une. Un comptage saisi un autre jour le dit (saisi-le). Un écart est suivi de l'écriture qu'il demande. CAISSE est un
    compte, un numéro ou un projet.
    """
    main = entry_point(ledger)
    from grandlivre.cli import _count as screen
    from grandlivre.cli._consent import agreed
    from grandlivre.cli._terminal import at_desk, interactive, refusals, say_verdict, say_written
    from grandlivre.tasks import counting
    from grandlivre.tasks.problem import WriteError

    asking = interactive()
    with refusals():
        desk = at_desk(main, "count", today)
        books = desk.books
        found = counting.find_till(books, till)
        paper = counting.find_document(desk, document)
        day = screen.day(asking, books, day)
        expected = counting.expected(books, found, day, last_piece or "")
        rows = screen.denominations(asking, found, notes, coins)
        usual = "mensuel" if asking else "inopine"
        kind = screen.field(asking, "Type", kind, usual, counting.require_kind)
        hour = screen.field(
            asking, "Heure (HH:MM)", hour, "", lambda answer: counting.require_hour(books, expected, answer)
        )
        people = screen.people(asking, books, day, (cashier, controller, witness), books.policy.cashier(found.name))
        count = counting.Count(expected, *rows, kind, hour, *people, reason or "", paper, books.today)
        screen.show_gap(count)
        count = screen.explained(asking, count)
        counting.settle(books, count)
        settled = screen.settle_gap(desk, count, asking)
        if asking and not agreed("Écrire ce comptage dans les livres ?"):
            click.echo("Rien n'a été écrit.")
            screen.said(count, books.policy.currency)
            return
        try:
            changed = counting.write(desk, count, settled)
        except WriteError:
            screen.said(count, books.policy.currency)
            raise
        say_written(changed)
        screen.show_minutes(books, count)
        say_verdict(desk.inspection)
    screen.offer_report(click.get_current_context(), main, count, asking)
