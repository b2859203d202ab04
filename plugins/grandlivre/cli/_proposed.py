"""What the commands that propose entries have in common: their options, what they show, and what they write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from grandlivre.cli import Francs, ledger_option, today_option
from grandlivre.i18n import counted

if TYPE_CHECKING:
    from grandlivre.policy.periods import Period
    from grandlivre.tasks.desk import Desk
    from grandlivre.tasks.proposed import Batch

_PERIOD = click.option(
    "--periode", "period", metavar="PÉRIODE", required=True, help="Mois, trimestre, semestre ou année."
)
_YEAR = click.option("--periode", "period", metavar="AAAA", required=True, help="Exercice : l'année où il finit.")
_TREE = click.option("--bailleur", "tree", metavar="CODE", help="Un seul projet (par défaut : tous).")
_WRITES = click.option(
    "--ecrire", "writes", is_flag=True, help="Ajoute les écritures aux livres, après les avoir montrées."
)


class Part(click.ParamType):  # type: ignore[type-arg]
    """An account and an amount: 118=500000."""

    name = "COMPTE=FRANCS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        """The number and the whole units, or a French refusal."""
        if isinstance(value, tuple):
            return value
        number, equals, amount = str(value).partition("=")
        if not equals or not number.strip().isdigit():
            self.fail(f"« {value} » ne se lit pas : écrivez COMPTE=FRANCS, par exemple 118=500000.", param, ctx)
        return number.strip(), Francs().convert(amount, param, ctx)


def proposing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the options --periode, --bailleur, --ecrire, --today and --ledger."""
    return _with(command, _PERIOD)


def proposing_year(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a command whose --periode is a fiscal year."""
    return _with(command, _YEAR)


def _with(command: Callable[..., Any], period: Callable[..., Any]) -> Callable[..., Any]:
    for option in (ledger_option, today_option, _WRITES, _TREE, period):
        command = option(command)
    return command


def read_period(text: str) -> Period:
    """The period that was typed; another text is refused in French."""
    from grandlivre.policy.periods import Period
    from grandlivre.sources.problem import RefusedError

    found = Period.parse(text)
    if found is None:
        raise RefusedError(f"« {text} » n'est pas une période : écrivez 2026, 2026-S1, 2026-T1 ou 2026-03.")
    return found


def conclude(
    desk: Desk, batch: Batch, writes: bool, write: Callable[[Desk, Batch, str], tuple[str, ...]] | None = None
) -> None:
    """Shows what is proposed with its reasons, then writes it when that was asked (`write`: in a way of its own)."""
    from grandlivre.cli._terminal import say_verdict, say_written
    from grandlivre.tasks import proposed

    for opening in batch.openings:
        click.echo(f"; À ouvrir dans {desk.inspection.relative(str(opening.file))} :\n{opening.text}")
    for entry in batch.entries:
        click.echo(f"; {entry.why}\n{entry.text}")
    for note in batch.notes:
        click.echo(f"; {note}")
    if not batch.entries:
        click.echo("Rien à ajouter." if batch.notes else "Rien à ajouter : les livres ont déjà tout.")
        return
    if not writes:
        files = ", ".join(desk.inspection.relative(str(path)) for path in batch.where)
        click.echo(f"; Rien n'a été écrit : --ecrire ajoute {counted(len(batch.entries), 'écriture')} à {files}.")
        return
    say_written((write or proposed.write)(desk, batch, "entries"))
    say_verdict(desk.inspection)
