"""`grandlivre check`: every control over the books."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grandlivre.cli import entry_point, judging_day, ledger_option, say_waiting, today_option
from grandlivre.i18n import one_line

if TYPE_CHECKING:
    from grandlivre.books.memory import Memory
    from grandlivre.render.findings import Verdict

_FORMATS = ("text", "json", "github", "gitlab", "junit", "sarif")
_TYPED = ("text", "json")
"""The forms that are not those of continuous integration."""


@click.command(name="check", short_help="Contrôle les livres.")
@ledger_option
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="Forme du résultat.",
)
@click.option("--only", multiple=True, metavar="RÈGLE", help="Ne garde que cette règle (répétable).")
@click.option(
    "--since",
    metavar="RÉVISION",
    help="Compare avec les livres de cette révision git (A..B : ceux de B avec ceux de A) : seules les erreurs nouvelles "
    "font échouer.",
)
@click.option("--strict", is_flag=True, help="Les alertes font échouer comme les erreurs.")
@today_option
def command(
    ledger: Path, form: str, only: tuple[str, ...], since: str | None, strict: bool, today: date | None
) -> None:
    """Contrôle les livres : chaque constat avec son fichier, sa ligne et ce qu'il faut faire.

    Le résultat est 0 sans erreur (les alertes sont permises, sauf avec --strict), 1 avec des erreurs, 2 si la commande
    est mal employée. Avec --since, il est 1 quand une erreur n'était pas déjà dans les livres de la révision.
    """
    main = entry_point(ledger)
    from grandlivre.inspection import inspect, voices
    from grandlivre.render.findings import Verdict, write

    unknown = sorted(set(only) - {voice.id for voice in voices()})
    if unknown:
        raise click.UsageError(f"Règle inconnue : {', '.join(unknown)}. La liste : grandlivre rules.")
    say_waiting(main)
    if since is None:
        memory = _memory(main, form)
        verdict = Verdict.of(inspect(main, judging_day(main, today), memory), only)
        if memory is not None:
            memory.save()
    else:
        verdict = _compared(main, since, today, only)
    sys.stdout.write(write(verdict, form))
    if form == "github":
        _add_summary(verdict)
    sys.exit(1 if verdict.blocking or (strict and any(found.new for found in verdict.findings)) else 0)


def _memory(main: Path, form: str) -> Memory | None:
    """What earlier checks on this machine worked out; none for continuous integration, which works everything out."""
    if os.environ.get("CI") or form not in _TYPED:
        return None
    from grandlivre.books.memory import Memory

    return Memory.of(main.parent.parent)


def _compared(main: Path, since: str, today: date | None, only: tuple[str, ...]) -> Verdict:
    """The verdict on the books, or on those of a later revision, against the books of a former one."""
    from grandlivre.inspection import inspect
    from grandlivre.render.findings import Verdict
    from grandlivre.render.findings.fingerprint import fingerprints

    former, parted, later = since.partition("..")
    with _refusing(), _books(main, (later or "HEAD") if parted else "") as current:
        inspection = inspect(current, judging_day(main, today))
        verdict = Verdict.of(inspection, only)
        then = today if inspection.halted else inspection.today
        return verdict.compared(_known(main, former, then, only), fingerprints(verdict.findings), since)


@contextmanager
def _refusing() -> Iterator[None]:
    """A revision that cannot be read ends the command with status 2."""
    from grandlivre.sources.problem import RefusedError

    try:
        yield
    except RefusedError as error:
        raise click.UsageError(one_line(str(error))) from None


@contextmanager
def _books(main: Path, revision: str) -> Iterator[Path]:
    """The entry point of the books as they stand, or as they stood at a revision."""
    from grandlivre.tasks.past import as_of

    if not revision:
        yield main
        return
    with as_of(main, revision) as then:
        if not then.is_file():
            raise click.UsageError(f"Les livres n'existaient pas dans la révision « {one_line(revision)} ».")
        yield then


def _known(main: Path, revision: str, today: date | None, only: tuple[str, ...]) -> frozenset[str]:
    """The marks of what the books of a revision held, judged as of the same day; none where they did not exist."""
    from grandlivre.inspection import inspect
    from grandlivre.render.findings import Verdict
    from grandlivre.render.findings.fingerprint import fingerprints
    from grandlivre.tasks.past import as_of

    with as_of(main, revision) as former:
        known = Verdict.of(inspect(former, today), only).findings if former.is_file() else ()
    return frozenset(fingerprints(known))


def _add_summary(verdict: Verdict) -> None:
    """Adds every finding to the page of the step, which GitHub names in the environment."""
    from grandlivre.render.findings import github

    name = os.environ.get("GITHUB_STEP_SUMMARY")
    if not name:
        return
    try:
        with Path(name).open("a", encoding="utf-8", errors="replace", newline="\n") as page:
            page.write(github.summary(verdict))
    except OSError as error:
        click.echo(f"Le résumé de l'étape n'a pas pu être écrit ({error.strerror}).", err=True)
