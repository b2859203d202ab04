"""`grandlivre import`: a bank's statement as drafts, never into the books themselves."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from grandlivre.cli import entry_point, judging_day, ledger_option, today_option

_SHOWN = 200
"""A table of thousands of rows takes longer to lay out than to read."""


@click.command(name="import", short_help="Tire des brouillons d'un relevé.")
@click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path))
@click.option("--compte", "account", metavar="COMPTE", help="Compte du relevé (nom, numéro ou arbre).")
@click.option("--format-releve", "form", metavar="NOM", help="Format de rules/releves/ (par défaut : reconnu).")
@today_option
@ledger_option
def command(file: Path, account: str | None, form: str | None, today: date | None, ledger: Path) -> None:
    """Lit un relevé de banque ou de monnaie électronique et écrit ses opérations nouvelles dans ledger/brouillons/.

    Rien n'entre dans les livres : chaque brouillon attend d'être complété et déplacé à la main. Une opération déjà
    importée, ou déjà dans les livres, n'est pas reprise.
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import console, refusals, row, say_written, table
    from grandlivre.i18n import day, integer
    from grandlivre.tasks.desk import open_desk
    from grandlivre.tasks.importing import prepare, write
    from grandlivre.tasks.statement_files import read_source

    with refusals():
        desk = open_desk(main, "import", judging_day(main, today))
        if desk.recovered:
            click.echo(desk.recovered)
        source = read_source(desk, file, form)
        intake = prepare(desk, source, account)
        changed = write(desk, intake)
    left = f"{source.statement.left_out} écartée(s) (non faites selon la banque), " if source.statement.left_out else ""
    known = f"{intake.information} pour information (0 F), " if intake.information else ""
    click.echo(
        f"{source.form.name} ({source.format}), {intake.account.name} : {len(source.statement.lines)} opération(s) lue(s), "
        f"{left}{known}{intake.imported} déjà importée(s), {intake.booked} déjà dans les livres, "
        f"{len(intake.drafts)} nouvelle(s)."
    )
    if not intake.drafts:
        click.echo("Rien à ajouter : aucun fichier n'a été modifié.")
        return
    shown = table("Brouillons", "Date", "Libellé", "Nature", "Peut-être déjà", ">Montant")
    for draft in intake.drafts[:_SHOWN]:
        line = draft.line
        row(shown, day(line.date), line.text, line.nature or "", draft.maybe, integer(line.amount))
    console().print(shown)
    if (more := len(intake.drafts) - _SHOWN) > 0:
        click.echo(f"… et {integer(more)} autre(s) brouillon(s), dans le fichier.")
    say_written(changed)
    click.echo("Complétez chaque brouillon, puis déplacez-le dans le fichier du mois en gardant ligne-releve:.")
