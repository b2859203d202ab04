"""A yes or a no, asked in French."""

from __future__ import annotations

import click


def agreed(question: str, *, usual: bool = True) -> bool:
    """Whether the person says yes; Enter is yes, or no when that is `usual`."""
    choices, default = ("[O/n]", "o") if usual else ("[o/N]", "n")
    while True:
        answer = str(click.prompt(f"{question} {choices}", default=default, show_default=False)).strip().lower()
        if answer in ("o", "oui", "y", "yes"):
            return True
        if answer in ("n", "non", "no"):
            return False
        click.echo("Répondez o (oui) ou n (non).")
