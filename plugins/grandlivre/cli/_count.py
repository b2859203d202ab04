"""The questions and screens of `grandlivre count`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NoReturn

import click

from grandlivre.books.directives.cash import FACES
from grandlivre.books.index import Books
from grandlivre.books.records import Account
from grandlivre.cli import cli
from grandlivre.cli._consent import agreed
from grandlivre.cli._terminal import ask, ask_day
from grandlivre.i18n import Money, amount, one_line
from grandlivre.policy.periods import Period
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks import counting
from grandlivre.tasks.counting import Count
from grandlivre.tasks.desk import Desk

_PARTS = {"Caissier": "tenue-caisse", "Contrôleur": "controle-caisse", "Témoin": ""}
"""Who takes part in a count, and the power that is asked."""

Rows = tuple[tuple[int, int], ...]


def day(asking: bool, books: Books, given: date | None) -> date:
    """The day of the count: from its option, else asked, else today. Raises RefusedError."""
    if given is None and asking:
        given = ask_day("Jour du comptage", books.today, lambda answer: counting.require_day(books, answer))
    return counting.require_day(books, given or books.today)


def denominations(asking: bool, till: Account, notes: str | None, coins: str | None) -> tuple[Rows, Rows]:
    """Notes and coins: from their options, else asked. Raises RefusedError."""
    if notes is not None or coins is not None:
        return counting.denominations(notes or "", "billets"), counting.denominations(coins or "", "pieces")
    return _ask_denominations(till) if asking else _refuse_nothing_counted()


def _ask_denominations(till: Account) -> tuple[Rows, Rows]:
    """Every note, then every coin, one by one. Raises RefusedError."""
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


def _refuse_nothing_counted() -> NoReturn:
    """Nothing was counted and nobody is there to ask: raises RefusedError."""
    raise RefusedError('Dites ce que contient la caisse : --billets "10000x8 500x1" et --pieces "250x2" ("" si vide).')


def field(asking: bool, question: str, given: str | None, usual: str, check: Callable[[str], str]) -> str:
    """A value from its option, else asked until it passes the check, else the usual one."""
    if given is not None or not asking:
        return given if given is not None else usual
    return ask(question, check, usual)


def people(asking: bool, books: Books, day: date, given: tuple[str | None, ...], usual: str) -> tuple[str, str, str]:
    """Cashier, controller and witness: each from its option, else asked until a person fits who is not named yet."""
    named: list[str] = []
    for (title, power), option in zip(_PARTS.items(), given, strict=True):
        may = counting.may_serve(books, day, power) or counting.may_serve(books, day)
        if asking and option is None and may:
            click.echo(f"{title}, parmi : {', '.join(may)}")

        def check(answer: str, title: str = title) -> str:
            return counting.require_other(counting.require_person(books, answer, f"le {title.lower()}"), named)

        named.append(field(asking, title, option, usual if not named else "", check))
    cashier, controller, witness = named
    return cashier, controller, witness


def said(count: Count, currency: str) -> None:
    """What was typed, so that nothing of it is lost when it is not written."""
    click.echo(f"Ce qui a été saisi, à recopier au besoin :\n\n{counting.text_of(count, currency)}")


def settle_gap(desk: Desk, count: Count, asking: bool) -> counting.Settlement | None:
    """Shows the entry that the difference calls for; it is written with the count when a person wants it."""
    found = counting.settlement(desk, count)
    if found is None:
        return None
    click.echo(f"{counting.advice(count.gap)}\n")
    if found.opening:
        click.echo(found.opening)
    click.echo(found.entry)
    return found if asking and agreed("Ajouter cette écriture avec le comptage ?") else None


def show_gap(count: Count) -> None:
    """The difference, before anything is written."""
    found = count.expected
    click.echo(
        f"Solde théorique {Money(found.balance)} (après {found.last_piece or 'aucune pièce'}) · "
        f"Solde physique {Money(count.counted)} · Écart : {counting.difference(count.gap)}"
    )


def explained(asking: bool, count: Count) -> Count:
    """The count with the reason of its difference: from its option, else asked."""
    if not count.gap or count.reason:
        return count
    reason = field(asking, "Motif de l'écart", None, "", lambda answer: counting.require_reason(count, answer))
    return count._replace(reason=reason)


def show_minutes(books: Books, count: Count) -> None:
    """The minutes to sign, and what the count calls for."""
    click.echo("")
    for line in counting.minutes(books, count):
        click.echo(line)
    click.echo("")
    limits = counting.bounds(books, count)
    if limits:
        click.echo(limits)


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
        except SystemExit:  # said already
            return
