"""`grandlivre check`: every control over the books."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grandlivre.cli import entry_point, judging_day, ledger_option, say_waiting, today_option
from grandlivre.kept.asking import FORMS

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
    help="Compare avec les livres de cette révision git (A..B : ceux de B avec ceux de A) : seules les erreurs nouvelles "
    "font échouer. Dit d'abord ce qui a changé dans rules/ ; une clôture ou des pièces disparues sont refusées.",
)
@click.option(
    "--un-par-un",
    "one_by_one",
    is_flag=True,
    help="Avec --since : relit aussi un par un les enregistrements git faits depuis (intégration continue).",
)
@click.option(
    "--sans-index",
    "no_index",
    is_flag=True,
    help="Relit tout, sans regarder ni changer .grandlivre/index/, où l'ordinateur retient ce que le contrôle a déjà dit.",
)
@click.option("--sur", "sure", is_flag=True, help="Relit tout, et le dit si l'index aurait répondu autre chose.")
@click.option("--strict", is_flag=True, help="Les alertes font échouer comme les erreurs.")
@today_option
def command(
    ledger: Path,
    form: str,
    only: tuple[str, ...],
    since: str | None,
    one_by_one: bool,
    no_index: bool,
    sure: bool,
    strict: bool,
    today: date | None,
) -> None:
    """Contrôle les livres : chaque constat avec son fichier, sa ligne et ce qu'il faut faire.

    Le résultat est 0 sans erreur (les alertes sont permises, sauf avec --strict), 1 avec des erreurs, 2 si la commande
    est mal employée. Avec --since, il est 1 quand une erreur n'était pas déjà dans les livres de la révision.

    Tant que rien n'a changé, la réponse est celle de la dernière lecture entière (.grandlivre/index/, qui s'efface sans
    risque) ; une fois sur cinquante, tout est relu et comparé.
    """
    main = entry_point(ledger)
    from grandlivre.render.findings import write

    _known(only)
    _require_one_way(form, since, one_by_one, no_index, sure)
    say_waiting(main)
    judged = judging_day(main, today)
    lost = one_by_one and since is not None and _walked(main, since, judged, only)
    verdict, wrong = _judged(main, judged, form, only, since, not no_index, sure)
    sys.stdout.write(write(verdict, form))
    if lost:
        click.echo("Refusé : une clôture ou des pièces passées ont disparu ou changé dans un enregistrement ci-dessus.")
    if form == "github":
        _add_summary(verdict)
    if wrong:
        from grandlivre.kept.running import WRONG

        click.echo(WRONG, err=True)
    failing = lost or wrong or verdict.blocking or (strict and any(found.new for found in verdict.findings))
    sys.exit(1 if failing else 0)


def _require_one_way(form: str, since: str | None, one_by_one: bool, no_index: bool, sure: bool) -> None:
    """Ends the command with status 2 when two options do not go together."""
    if one_by_one and (since is None or ".." in since or form != "text"):
        raise click.UsageError("--un-par-un demande --since RÉVISION (sans « .. »), et se lit en texte.")
    if sure and (no_index or since is not None or form not in FORMS):
        raise click.UsageError("--sur compare avec l'index : ni --since, ni --sans-index, et en text ou json.")


def _judged(
    main: Path, today: date, form: str, only: tuple[str, ...], since: str | None, indexed: bool, sure: bool
) -> tuple[Verdict, bool]:
    """What the controls say, and whether the index would have said something else."""
    if since is not None:
        from grandlivre.cli._since import compared

        return compared(main, since, today, only), False
    from grandlivre.kept.running import whole

    verdict, wrong = whole(main, today, form, indexed, sure)
    return verdict.of_rules(only), wrong


def _known(only: tuple[str, ...]) -> None:
    """Ends the command with status 2 when a rule that is asked for does not exist."""
    from grandlivre.inspection import voices

    unknown = sorted(set(only) - {voice.id for voice in voices()}) if only else []
    if unknown:
        raise click.UsageError(f"Règle inconnue : {', '.join(unknown)}. La liste : grandlivre rules.")


def _walked(main: Path, since: str, today: date, only: tuple[str, ...]) -> bool:
    """Says what each recording since a revision brought; whether one took away what never goes."""
    from grandlivre.cli._since import walk

    lost = False
    for said, gone in walk(main, since, today, only):
        click.echo(said)
        lost = lost or gone
    return lost


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
