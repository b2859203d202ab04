"""`grandlivre rules`: the catalogue of the controls, and the manual page of each."""

from __future__ import annotations

import click

from grandlivre.i18n import did_you_mean


@click.command(name="rules", short_help="Explique les contrôles.")
@click.argument("rule", metavar="[RÈGLE]", required=False)
def command(rule: str | None) -> None:
    """La liste des contrôles, ou la page de manuel de l'un d'eux."""
    from grandlivre.inspection import voices
    from grandlivre.render.manual import page, summary

    classes = {cls.id: cls for cls in voices()}
    if rule is None:
        width = max(len(id_) for id_ in classes)
        for id_ in sorted(classes):
            click.echo(f"{id_:{width}}  {summary(classes[id_])}")
        return
    if rule not in classes:
        hint = did_you_mean(rule, classes, " La liste : grandlivre rules.", likeness=0.5)
        raise click.UsageError(f"La règle « {rule} » n'existe pas.{hint}")
    click.echo(page(classes[rule]), nl=False)
