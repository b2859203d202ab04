"""`grandlivre reconcile`: a bank statement against the books."""

from __future__ import annotations

import sys
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grandlivre.cli import Francs, entry_point, ledger_option, today_option

if TYPE_CHECKING:
    from grandlivre.policy.periods import Period


@click.command(name="reconcile", short_help="Rapproche un relevé des livres.")
@click.argument("account", metavar="COMPTE")
@click.option(
    "--releve", "file", metavar="FICHIER", required=True, type=click.Path(path_type=Path), help="Relevé de la banque."
)
@click.option(
    "--mois", "month", metavar="AAAA-MM", help="Mois du relevé (par défaut : celui de sa dernière opération)."
)
@click.option("--format-releve", "form", metavar="NOM", help="Format de rules/releves/ (par défaut : reconnu).")
@click.option(
    "--solde", "closing", type=Francs(), metavar="FRANCS", help="Solde final, si le fichier n'en donne aucun."
)
@click.option(
    "--document",
    metavar="CHEMIN",
    help="Relevé numérisé, dans ledger/documents/ (par défaut : celui du mois, s'il y est).",
)
@click.option("--accept", is_flag=True, help="Écrit sans question ce qui est certain, et cela seulement.")
@today_option
@ledger_option
def command(
    account: str,
    file: Path,
    month: str | None,
    form: str | None,
    closing: int | None,
    document: str | None,
    accept: bool,
    today: date | None,
    ledger: Path,
) -> None:
    """Compare un relevé aux mouvements non pointés d'un compte, montre tout, puis écrit ce qui est accepté.

    S'écrivent : pointage: sur les mouvements retrouvés, les écritures proposées pour les frais et les intérêts, et la
    directive releve quand le relevé explique entièrement les livres. Un doute est montré, jamais tranché. Le résultat
    est 0 quand le mois est rapproché, 1 quand il reste à faire, 2 si la commande n'a pas pu travailler.
    """
    main = entry_point(ledger)
    from grandlivre.cli import _reconciliation as screen
    from grandlivre.cli._consent import agreed
    from grandlivre.cli._terminal import at_desk, interactive, refusals, say_verdict, say_written
    from grandlivre.tasks import reconciling
    from grandlivre.tasks.importing import stale_drafts
    from grandlivre.tasks.statement_files import account_of, read_source

    wanted = _month(month) if month else None
    with refusals():
        desk = at_desk(main, "reconcile", today)
        source = read_source(desk, file, form)
        found = account_of(desk, source, account)
        statement = reconciling.with_closing(source.statement, closing)
        period = reconciling.month_of(statement, wanted)
        paper = reconciling.find_document(desk, found, period, document)
        bank = reconciling.bank_name(desk.books, found, source)
        study = partial(reconciling.study, desk.books, found, statement, period, bank=bank, document=paper)
        work = study(looking=not accept)
        screen.show(work)
        if work.blocked:
            click.echo(f"Rien ne s'écrit de ce mois : {work.blocked}")
            sys.exit(1)
        ask = interactive() and not accept
        if ask:
            work = screen.settled(work, study)
        written = not reconciling.has_work(work)
        if written:
            click.echo("Tout est déjà écrit : rien à ajouter.")
        elif accept or (ask and agreed(screen.question(work), usual=False)):
            say_written(reconciling.write(desk, work, source, paper))
            say_verdict(desk.inspection)
            written = True
        else:
            click.echo("Rien n'a été écrit. --accept écrit ce qui est certain.")
        if written:
            screen.say_stale(stale_drafts(desk, work, source))
        lacking = reconciling.lacking_shares(desk.books, work)
    screen.conclude(work, written=written)
    screen.say_shares(work, lacking)
    sys.exit(0 if work.complete else 1)


def _month(written: str) -> Period:
    from grandlivre.policy.periods import Period

    found = Period.parse(written)
    if found is None or found.code[5:6] in ("", "T", "S"):
        raise click.UsageError(f"« {written} » n'est pas un mois : écrivez AAAA-MM, par exemple 2026-10.")
    return found
