"""`grandlivre lsp`: the language server, for text editors."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from grandlivre.cli import today_option


@click.command(name="lsp", short_help="Parle aux éditeurs de texte (Language Server Protocol).")
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=None,
    metavar="FICHIER",
    help="Point d'entrée des livres (par défaut : ledger/main.beancount au-dessus de chaque fichier ouvert).",
)
@today_option
def command(ledger: Path | None, today: date | None) -> None:
    """Sert un éditeur de texte sur l'entrée et la sortie standard : constats pendant la frappe, texte non enregistré compris.

    Cette commande se lance par l'éditeur (VS Code, Neovim, Helix), pas à la main.
    """
    from grandlivre.editor.server import serve

    serve(ledger, today)
