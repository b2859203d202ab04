"""What a writing command shows and asks in a terminal; text of the files never acts on it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grandlivre.cli import judging_day
from grandlivre.i18n import counted, one_line
from grandlivre.inspection import Inspection
from grandlivre.rules import Level
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk, open_desk, verdict
from grandlivre.tasks.problem import WriteError

_PLAIN_WIDTH = 140
"""Columns of a table that goes to a file or to another program."""
_SHOWN = 10

T = TypeVar("T")


def interactive() -> bool:
    """Whether a person is there to answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def refusals() -> Iterator[None]:
    """What a task refuses, and what the disk refuses, ends the command with status 2 and a French sentence."""
    try:
        yield
    except RefusedError as error:
        for sentence in error.sentences:
            click.echo(one_line(sentence), err=True)
        sys.exit(2)
    except WriteError as error:
        click.echo(one_line(str(error)), err=True)
        sys.exit(2)


def at_desk(main: Path, command: str, today: date | None) -> Desk:
    """The books, open for a command that writes; says what it did first of a command that was interrupted."""
    desk = open_desk(main, command, judging_day(main, today))
    if desk.recovered:
        click.echo(desk.recovered)
    return desk


def console() -> Console:
    """The standard output, wide enough for a table when it is not a terminal."""
    return Console(
        file=sys.stdout,
        width=None if sys.stdout.isatty() else _PLAIN_WIDTH,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
    )


def table(title: str, *columns: str) -> Table:
    """An empty table; a column whose title begins with `>` holds amounts."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold", expand=False)
    for name in columns:
        right = name.startswith(">")
        made.add_column(name.removeprefix(">"), justify="right" if right else "left", no_wrap=right)
    return made


def row(into: Table, *cells: str) -> None:
    """Adds a row of plain texts."""
    into.add_row(*(Text(one_line(cell)) for cell in cells))


def ask(question: str, check: Callable[[str], T], default: str | None = None) -> T:
    """Asks until the answer passes the check, saying why it does not."""
    while True:
        answer = str(click.prompt(question, default=default, show_default=bool(default)))
        try:
            return check(answer.strip())
        except RefusedError as error:
            click.echo(str(error))


def ask_day(question: str, usual: date, check: Callable[[date], date] = lambda day: day) -> date:
    """A date, asked until it reads and passes the check (which raises RefusedError)."""

    def read(answer: str) -> date:
        try:
            found = date.fromisoformat(answer)
        except ValueError:
            raise RefusedError(f"« {answer} » n'est pas une date : écrivez AAAA-MM-JJ.") from None
        return check(found)

    return ask(question, read, usual.isoformat())


def say_written(paths: tuple[str, ...]) -> None:
    """Names the files that changed."""
    for path in paths:
        click.echo(f"écrit : {path}")


def say_verdict(before: Inspection) -> None:
    """Checks the books again and says what is new."""
    after, fresh = verdict(before)
    for finding in fresh[:_SHOWN]:
        level = "erreur" if finding.level == Level.ERROR else "alerte"
        where = f"{after.relative(finding.file)}:{finding.line}"
        click.echo(f"{where}: {level}: {finding.message} [{finding.rule}]")
    if len(fresh) > _SHOWN:
        click.echo(f"… et {len(fresh) - _SHOWN} autres constats nouveaux : grandlivre check.")
    said = counted(len(fresh), "constat nouveau", "constats nouveaux", "aucun")
    whole = f"{counted(after.errors, 'erreur')}, {counted(after.warnings, 'alerte')} en tout"
    click.echo(f"Contrôle après écriture : {said} ; {whole}.")
