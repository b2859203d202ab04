"""`grandlivre import`: a bank's statement as drafts, never into the books themselves."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grandlivre.cli import entry_point, judging_day, ledger_option, today_option

if TYPE_CHECKING:
    from grandlivre.importers.describing import Columns, Sample
    from grandlivre.importers.statement import BankFile

_SHOWN = 200
"""A table of thousands of rows takes longer to lay out than to read."""


@click.command(name="import", short_help="Prépare des brouillons à partir d'un relevé.")
@click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path))
@click.option("--compte", "account", metavar="COMPTE", help="Compte du relevé (nom, numéro ou projet).")
@click.option("--format-releve", "form", metavar="NOM", help="Format de rules/releves/ (par défaut : reconnu).")
@click.option("--decrire", "describing", is_flag=True, help="Propose le format de ce relevé pour rules/releves/.")
@click.option(
    "--nom", "name", metavar="TEXTE", help="Nom de la banque, pour --decrire (par défaut : celui du fichier)."
)
@click.option(
    "--colonne",
    "columns",
    multiple=True,
    metavar="CLÉ=TITRE",
    help="Ce qu'est une colonne, pour --decrire : date, libelle, debit, credit, montant, solde… (répétable).",
)
@click.option("--oui", "yes", is_flag=True, help="Ne demande rien : écrit le format proposé.")
@today_option
@ledger_option
def command(
    file: Path,
    account: str | None,
    form: str | None,
    describing: bool,
    name: str | None,
    columns: tuple[str, ...],
    yes: bool,
    today: date | None,
    ledger: Path,
) -> None:
    """Lit un relevé de banque ou de monnaie électronique et écrit ses opérations nouvelles dans ledger/brouillons/.

    Rien n'entre dans les livres : chaque brouillon attend d'être complété et déplacé à la main. Une opération déjà
    importée, ou déjà dans les livres, n'est pas reprise.

    Avec --decrire, le premier relevé d'une banque donne son format : chaque colonne est proposée, puis demandée.
    """
    main = entry_point(ledger)
    if describing:
        _describe(main, file, name or file.stem, columns, account, yes=yes, today=today)
        return
    from grandlivre.cli._terminal import at_desk, console, refusals, row, say_written, table
    from grandlivre.i18n import counted, day, integer
    from grandlivre.tasks.importing import prepare, write
    from grandlivre.tasks.statement_files import read_source

    with refusals():
        desk = at_desk(main, "import", today)
        source = read_source(desk, file, form)
        intake = prepare(desk, source, account)
        changed = write(desk, intake)
    left = (
        f"{counted(source.statement.left_out, 'écartée')} (non faites selon la banque), "
        if source.statement.left_out
        else ""
    )
    known = f"{intake.information} pour information (0 F), " if intake.information else ""
    click.echo(
        f"{source.form.name} ({source.format}), {intake.account.name} : {counted(len(source.statement.lines), 'opération lue')}, "
        f"{left}{known}{counted(intake.imported, 'déjà importée', 'déjà importées')}, {intake.booked} déjà dans les livres, "
        f"{counted(len(intake.drafts), 'nouvelle')}."
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
        click.echo(f"… et {counted(more, 'autre brouillon')}, dans le fichier.")
    say_written(changed)
    click.echo("Complétez chaque brouillon, puis déplacez-le dans le fichier du mois en gardant ligne-releve:.")


def _describe(
    main: Path, file: Path, name: str, asked: tuple[str, ...], account: str | None, *, yes: bool, today: date | None
) -> None:
    """Proposes a format, asking which column is what where somebody is there, and writes it when it is agreed to."""
    from grandlivre.cli._consent import agreed
    from grandlivre.cli._terminal import interactive, refusals, say_written
    from grandlivre.tasks import describing
    from grandlivre.tasks.desk import open_desk

    with refusals():
        desk = open_desk(main, "import", judging_day(main, today))
        found, columns = describing.looked_at(desk, file, asked)
        asking = interactive() and not yes
        if asking:
            columns, account = _answers(found, columns, account)
        described = describing.describe(desk, found, name, columns, account)
        statement = described.proposal.reading.statement
        assert statement is not None, "what does not read is refused"
        click.echo(described.proposal.text)
        click.echo(_read_so(statement))
        for doubt in described.proposal.doubts:
            click.echo(f"À vérifier : {doubt}")
        target = described.target.relative_to(desk.root).as_posix()
        if not (yes or (asking and agreed(f"Écrire {target} ?"))):
            click.echo("Rien n'a été écrit." if asking else f"Rien n'a été écrit : --oui l'écrit dans {target}.")
            return
        say_written(describing.write(desk, described))
    form = described.proposal.form
    named = "" if form is not None and form.accounts else " --compte COMPTE"
    click.echo(f"Ensuite : grandlivre import {file.as_posix()}{named}")


def _read_so(statement: BankFile) -> str:
    """What a person compares with the paper before agreeing to the format."""
    from grandlivre.i18n import counted, day, integer

    days = [line.date for line in statement.lines]
    span = f", du {day(min(days))} au {day(max(days))}" if days else ""
    first, last = (integer(each) if each is not None else "inconnu" for each in (statement.opening, statement.closing))
    return f"Lu ainsi : {counted(len(days), 'opération')}{span} ; solde de départ {first}, solde de fin {last}."


def _answers(found: Sample, columns: Columns, account: str | None) -> tuple[Columns, str | None]:
    """The columns and the account, asked where neither the file nor an option says them."""
    from grandlivre.cli._terminal import ask

    if found.kind != "ofx":
        columns = _asked_columns(found, columns)
    if account is None:
        account = ask("Compte des livres (nom, numéro ou projet ; Entrée : à écrire plus tard)", str, "") or None
    return columns, account


def _asked_columns(found: Sample, columns: Columns) -> Columns:
    """Which column is what, each proposed by its title; « - » for none."""
    from grandlivre.cli._terminal import ask
    from grandlivre.importers.describing import MEANINGS
    from grandlivre.tasks.describing import titles_of

    click.echo("Les colonnes de ce fichier (répondez par un titre ou un rang ; - s'il n'y en a pas) :")
    for rank, title in enumerate(found.titles, 1):
        click.echo(f"  {rank} {title}")
    chosen: Columns = {}
    for key, meaning in MEANINGS.items():
        if key == "montant" and {"debit", "credit"} <= chosen.keys():
            continue
        usual = " + ".join(columns.get(key, ())) or "-"
        titles = ask(f"Où est {meaning}", lambda text: () if text == "-" else titles_of(found, text), usual)
        if titles:
            chosen[key] = titles
    return chosen
