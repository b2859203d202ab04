"""`grandlivre month`: the files of a new month, headers included, for every tree."""

from __future__ import annotations

from pathlib import Path

import click

from grandlivre.cli import entry_point, ledger_option


@click.command(name="month", short_help="Prépare les fichiers d'un mois.")
@click.argument("month", metavar="AAAA-MM")
@ledger_option
def command(month: str, ledger: Path) -> None:
    """Crée le fichier du mois dans chaque arbre, avec son en-tête. Un fichier qui existe n'est jamais touché."""
    main = entry_point(ledger)
    from grandlivre.policy.loading import load_policy
    from grandlivre.policy.periods import Period
    from grandlivre.scaffold.months import month_files

    period = Period.parse(month)
    if period is None or len(month) != 7 or not month[5:].isdigit():
        raise click.UsageError(f"« {month} » n'est pas un mois : écrivez AAAA-MM, par exemple 2026-11.")
    policy = load_policy(main.parent.parent / "rules")
    if not policy.donors:
        raise click.UsageError("Aucun bailleur n'est décrit dans rules/bailleurs/ : il n'y a pas d'arbre à préparer.")
    if not policy.organisation.is_open(period.start):
        raise click.UsageError(
            f"{period.label} n'est dans aucun exercice ouvert : ajoutez l'exercice dans rules/organisation.yaml."
        )
    from grandlivre.cli._terminal import refusals
    from grandlivre.writing import ChangeSet, locked

    root = main.parent.parent
    with refusals(), locked(root, "month") as finished:
        if finished is not None:
            click.echo(finished.message)
        change = ChangeSet(root)
        made, kept = [], []
        for path, data in month_files(main, policy, period):
            if path.exists():
                kept.append(path)
            else:
                change.create(path, data)
                made.append(path)
        if made:
            change.commit()
    for path in made:
        click.echo(f"créé : {path.relative_to(root).as_posix()}")
    for path in kept:
        click.echo(f"existe déjà : {path.relative_to(root).as_posix()}")
