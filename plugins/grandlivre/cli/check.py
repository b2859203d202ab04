"""`grandlivre check`: every control over the books."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from grandlivre.cli import entry_point, ledger_option, today_option


@click.command(name="check", short_help="Contrôle les livres.")
@ledger_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="Forme du résultat.",
)
@click.option("--only", multiple=True, metavar="RÈGLE", help="Ne garde que cette règle (répétable).")
@today_option
def command(ledger: Path, form: str, only: tuple[str, ...], today: date | None) -> None:
    """Contrôle les livres : chaque constat avec son fichier, sa ligne et ce qu'il faut faire.

    Le résultat est 0 sans erreur (les alertes sont permises), 1 avec des erreurs, 2 si la commande est mal employée.
    """
    main = entry_point(ledger)
    from grandlivre.checks import rule_ids
    from grandlivre.inspection import inspect
    from grandlivre.render.findings import Verdict, write

    unknown = sorted(set(only) - rule_ids())
    if unknown:
        raise click.UsageError(f"Règle inconnue : {', '.join(unknown)}. La liste : grandlivre rules.")
    verdict = Verdict.of(inspect(main, today), only)
    sys.stdout.write(write(verdict, form))
    sys.exit(1 if verdict.errors else 0)
