"""`grandlivre history`: what happened to a voucher."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from grandlivre.cli import entry_point, ledger_option, today_option
from grandlivre.i18n import Money, one_line
from grandlivre.i18n import day as shown


@click.command(name="history", short_help="Dit l'histoire d'une pièce.")
@click.argument("piece", metavar="PIÈCE")
@today_option
@ledger_option
def command(piece: str, today: date | None, ledger: Path) -> None:
    """Dit qui a saisi une pièce, qui l'a changée et en quoi (git), qui l'a signée ou refusée (visas), quand sa période a été close.

    Le nom d'un enregistrement est celui que git a noté : seul un visa prouve qui l'a fait. L'histoire suit le fichier où la pièce
    est aujourd'hui.
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import at_desk, refusals
    from grandlivre.tasks.history import history

    with refusals():
        desk = at_desk(main, "history", today)
        found = history(desk.books, piece)
    entry = found.entry
    if entry is None:
        click.echo(f"{piece} : signée, et plus dans les livres")
    else:
        paid = sum(each.value for each in entry.movements if each.value > 0)
        said = (
            f"{shown(entry.date)} · {entry.payee_of()} · {entry.narration} · {Money(paid, desk.books.policy.currency)}"
        )
        click.echo(one_line(f"{piece} · {said}"))
    for event in found.events:
        when = "aujourd'hui" if event.day == date.max else shown(event.day)
        click.echo(one_line(f"{when}  {f'{event.who} ' if event.who else ''}{event.what}"))
        for line in event.lines:
            click.echo(one_line(f"    {line}"))
    if found.silent:
        click.echo(found.silent.replace(" : relancez sans --since", ""))
