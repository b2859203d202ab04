"""`grandlivre check`: every control over the books."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grandlivre.cli import entry_point, judging_day, ledger_option, today_option
from grandlivre.i18n import one_line

if TYPE_CHECKING:
    from grandlivre.render.findings import Verdict

_FORMATS = ("text", "json", "github", "gitlab", "junit", "sarif")


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
    help="Compare avec les livres de cette révision git : seules les erreurs nouvelles font échouer.",
)
@today_option
def command(ledger: Path, form: str, only: tuple[str, ...], since: str | None, today: date | None) -> None:
    """Contrôle les livres : chaque constat avec son fichier, sa ligne et ce qu'il faut faire.

    Le résultat est 0 sans erreur (les alertes sont permises), 1 avec des erreurs, 2 si la commande est mal employée.
    Avec --since, il est 1 quand une erreur n'était pas déjà dans les livres de la révision.
    """
    main = entry_point(ledger)
    from grandlivre.inspection import inspect, voices
    from grandlivre.render.findings import Verdict, write

    unknown = sorted(set(only) - {voice.id for voice in voices()})
    if unknown:
        raise click.UsageError(f"Règle inconnue : {', '.join(unknown)}. La liste : grandlivre rules.")
    inspection = inspect(main, judging_day(main, today))
    verdict = Verdict.of(inspection, only)
    if since is not None:
        verdict = _compared(verdict, main, since, today if inspection.halted else inspection.today, only)
    sys.stdout.write(write(verdict, form))
    if form == "github":
        _add_summary(verdict)
    sys.exit(1 if verdict.blocking else 0)


def _compared(verdict: Verdict, main: Path, since: str, today: date | None, only: tuple[str, ...]) -> Verdict:
    """The verdict against the books of a revision, judged as of the same day; where they did not exist, all is new."""
    from grandlivre.inspection import inspect
    from grandlivre.render.findings import Verdict
    from grandlivre.render.findings.fingerprint import fingerprints
    from grandlivre.tasks.past import as_of
    from grandlivre.tasks.problem import RefusedError

    try:
        with as_of(main, since) as former:
            known = Verdict.of(inspect(former, today), only).findings if former.is_file() else ()
    except RefusedError as error:
        raise click.UsageError(one_line(str(error))) from None
    return verdict.compared(frozenset(fingerprints(known)), fingerprints(verdict.findings), since)


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
