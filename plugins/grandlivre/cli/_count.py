"""The questions and screens of `grandlivre count`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NoReturn

import click

from grandlivre.books.directives.cash import FACES
from grandlivre.books.index import Books
from grandlivre.books.records import Account
from grandlivre.cli import cli
from grandlivre.cli._consent import agreed
from grandlivre.cli._terminal import ask
from grandlivre.i18n import Money, amount, one_line
from grandlivre.policy.periods import Period
from grandlivre.tasks import counting
from grandlivre.tasks.counting import Count
from grandlivre.tasks.problem import RefusedError

Rows = tuple[tuple[int, int], ...]


def ask_day(usual: date) -> date:
    """The day of the count."""

    def check(answer: str) -> date:
        try:
            return date.fromisoformat(answer)
        except ValueError:
            raise RefusedError(f"« {answer} » n'est pas une date : écrivez AAAA-MM-JJ.") from None

    return ask("Jour du comptage", check, usual.isoformat())


def ask_denominations(till: Account) -> tuple[Rows, Rows]:
    """Every note, then every coin, one by one."""
    click.echo(f"Comptage de {till.name}. Pour chaque valeur, combien ? (Entrée : aucun)")

    def quantity(answer: str) -> int:
        if not answer.isdigit() or len(answer) > 9:
            raise RefusedError("Écrivez un nombre entier, 0 s'il n'y en a pas.")
        return int(answer)

    found: list[Rows] = []
    for key, name in (("billets", "billets"), ("pieces", "pièces")):
        rows = tuple((face, ask(f"  {name} de {amount(face)}", quantity, "0")) for face in FACES[key])
        found.append(tuple((face, many) for face, many in rows if many))
        click.echo(f"  Sous-total {name} : {amount(counting.total(rows))}")
    return found[0], found[1]


def refuse_nothing_counted() -> NoReturn:
    """Nothing was counted and nobody is there to ask."""
    raise RefusedError('Dites ce que contient la caisse : --billets "10000x8 500x1" et --pieces "250x2" ("" si vide).')


def field(asking: bool, question: str, given: str | None, usual: str) -> str:
    """A value from its option, else asked, else the usual one."""
    if given is not None or not asking:
        return given if given is not None else usual
    return str(click.prompt(question, default=usual, show_default=bool(usual))).strip()


def person(asking: bool, books: Books, title: str, given: str | None, usual: str) -> str:
    """A person's identifier from its option, else asked until somebody carries it, else the usual one."""
    if given is not None or not asking:
        return given if given is not None else usual
    return ask(title, lambda answer: counting.require_person(books, answer, title), usual)


def show_gap(count: Count) -> None:
    """The difference, before anything is written."""
    found = count.expected
    click.echo(
        f"Solde théorique {Money(found.balance)} (après {found.last_piece or 'aucune pièce'}) · "
        f"Solde physique {Money(count.counted)} · Écart : {counting.difference(count.gap)}"
    )


def show_minutes(books: Books, count: Count) -> None:
    """The minutes to sign, and what the count calls for."""
    click.echo("")
    for line in counting.minutes(books, count):
        click.echo(line)
    click.echo("")
    if count.gap:
        click.echo(counting.advice(count.gap))
    said = counting.bounds(books, count)
    if said:
        click.echo(said)


def offer_report(ctx: click.Context, main: Path, count: Count, asking: bool) -> None:
    """The printable minutes, where the reports are installed."""
    report = cli.get_command(ctx, "report")
    if report is None:
        return
    period = Period.month(count.expected.day).code
    words = ["pv-caisse", "--compte", count.expected.account.name, "--periode", period]
    click.echo(f"À imprimer : grandlivre report {' '.join(words)}")
    if asking and agreed("Préparer maintenant le procès-verbal à imprimer ?"):
        try:
            report.main([*words, "--ledger", str(main)], prog_name="grandlivre report", standalone_mode=False)
        except click.ClickException as error:
            click.echo(one_line(error.format_message()), err=True)
