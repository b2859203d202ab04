"""`grandlivre export`: the books in the formats that other programs read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from grandlivre.cli import entry_point, judging_day, ledger_option, today_option
from grandlivre.i18n import amount, counted, did_you_mean


@click.group(
    name="export",
    short_help="Écrit les livres dans les formats d'autres programmes.",
    subcommand_metavar="FORMAT [ARGUMENTS]…",
)
def command() -> None:
    """Écrit une période des livres dans un format que d'autres lisent ; rien n'est changé dans les livres."""


@command.command(name="iati", short_help="Fichier d'activités IATI 2.03.")
@click.option("--periode", "period", metavar="PÉRIODE", required=True, help="2026, 2026-S1, 2026-T1 ou 2026-03.")
@click.option("--bailleur", "tree", metavar="CODE", default="", help="Un seul projet, par exemple UE-EAU.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FICHIER",
    help="Le fichier à écrire, par exemple build/iati-2026.xml.",
)
@ledger_option
@today_option
def iati(period: str, tree: str, out: Path, ledger: Path, today: date | None) -> None:
    """Publie conventions, budgets, tranches, marchés attribués, dépenses et indicateurs selon IATI 2.03 : une activité par convention.

    L'organisation dit son identifiant et ses secteurs dans organisation.yaml (iati:), une convention ce qui lui est propre.
    Aucune personne n'y est nommée. Les dépenses s'y additionnent par mois et par activité.
    """
    from grandlivre.cli._terminal import refusals
    from grandlivre.exchange.iati import export
    from grandlivre.inspection import inspect
    from grandlivre.policy.periods import Period
    from grandlivre.tasks.publishing import write_changed

    main = entry_point(ledger)
    span = Period.parse(period)
    if span is None:
        raise click.UsageError(f"« {period} » n'est pas une période : écrivez 2026, 2026-S1, 2026-T1 ou 2026-03.")
    found = inspect(main, judging_day(main, today))
    if found.halted:
        raise click.ClickException("Les livres ne peuvent pas être lus entièrement. Lancez « grandlivre check ».")
    known = {code.upper(): code for code in found.books.policy.donors}
    if tree and tree.upper() not in known:
        hint = did_you_mean(tree.upper(), known, f" Choisissez parmi : {', '.join(known)}.")
        raise click.UsageError(f"Le projet « {tree} » n'existe pas.{hint}")
    with refusals():
        made = export(found.books, span, known.get(tree.upper(), ""))
        write_changed(out, made.content)
    click.echo(f"écrit : {out.as_posix()} ({counted(made.activities, 'activité')})")
    click.echo(f"Fonds reçus (type 1) : {amount(made.received)} ; dépenses (types 3 et 4) : {amount(made.spent)}.")
    if made.ordered:
        click.echo(f"Marchés attribués (type 2) : {amount(made.ordered)}.")
