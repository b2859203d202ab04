"""`grandlivre git`: served books and the accountant's own meet in one git repository."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from grandlivre.cli import entry_point, judging_day, ledger_option
from grandlivre.i18n import counted, one_line


@click.group(
    name="git", short_help="Réunit les livres servis et ceux du comptable.", subcommand_metavar="COMMANDE [ARGUMENTS]…"
)
def command() -> None:
    """Réunit dans un même dépôt git ce que le serveur enregistre et ce que le comptable envoie.

    Sur le serveur : install, une fois. Chez le comptable : exchange, chaque fois. Ce qui est refusé reste entier chez qui l'a
    écrit.
    """


@command.command(name="install", short_help="Sur le serveur : contrôle ce qui est reçu.")
@ledger_option
def install(ledger: Path) -> None:
    """Pose les crochets du dépôt des livres servis : tout envoi est contrôlé avant d'être reçu, puis mis en place.

    Les constats d'avant passent ; un envoi qui en apporte de nouveaux, ou qui récrit l'histoire, est refusé avec l'explication.
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import refusals
    from grandlivre.tasks import receiving

    with refusals():
        for path in receiving.install(main):
            click.echo(path)
    click.echo("Ce dépôt reçoit désormais les envois du comptable, contrôlés (git push, ou grandlivre git exchange).")


@command.command(name="receive", hidden=True)
@ledger_option
def receive(ledger: Path) -> None:
    """Contrôle ce qui arrive (crochet pre-receive)."""
    main = entry_point(ledger)
    from grandlivre.cli._since import compared
    from grandlivre.cli._terminal import refusals
    from grandlivre.render.findings.text import changes_of, line_of
    from grandlivre.tasks import receiving

    with refusals():
        asked = receiving.to_check(main, receiving.read_coming(sys.stdin))
    if asked is None:
        return
    click.echo("Grand Livre contrôle ce que vous envoyez…")
    verdict = compared(main, f"{asked.old}..{asked.new}", judging_day(main, None), ())
    for line in changes_of(verdict):
        click.echo(one_line(line))
    for said in (each for each in verdict.findings if each.new):
        click.echo(one_line(line_of(said, "nouveau : ")))
    if verdict.blocking:
        click.echo(
            f"Refusé : {counted(len(verdict.blocking), 'erreur nouvelle', 'erreurs nouvelles')}. Rien n'a été reçu, et rien n'est "
            "perdu : corrigez chez vous, enregistrez, renvoyez."
        )
        sys.exit(1)
    old = sum(not each.new for each in verdict.findings)
    before = f" ; {counted(old, 'constat')} d'avant" if old else ""
    click.echo(f"Aucune erreur nouvelle{before}.")


@command.command(name="checkout", hidden=True)
@click.argument("new")
@ledger_option
def checkout(new: str, ledger: Path) -> None:
    """Met en place ce qui est reçu (crochet push-to-checkout)."""
    main = ledger.absolute()
    from grandlivre.cli._terminal import refusals
    from grandlivre.tasks import receiving

    with refusals():
        receiving.check_out(main, new)


@command.command(name="received", hidden=True)
@ledger_option
def received(ledger: Path) -> None:
    """Dit que c'est fait (crochet post-receive)."""
    main = ledger.absolute()
    from grandlivre.tasks import receiving

    receiving.received(main)
    click.echo("Reçu : les livres servis montrent déjà ce que vous avez envoyé.")


@command.command(name="exchange", short_help="Chez le comptable : prend, réunit, envoie.")
@click.option("--depot", "remote", default="origin", show_default=True, metavar="NOM", help="Dépôt du serveur.")
@ledger_option
def exchange(remote: str, ledger: Path) -> None:
    """Prend ce que le serveur a enregistré, le réunit à vos enregistrements, le contrôle, puis envoie le tout.

    Deux écritures ajoutées au même fichier ne se heurtent pas. Quand les deux côtés ont changé la même écriture, ou pris le même
    numéro de pièce, la commande le dit et ne change rien.
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import refusals
    from grandlivre.tasks import meeting

    today = judging_day(main, None)
    with refusals():
        met = meeting.meet(main, remote)
        if met.merged and met.base:
            _require_clean(main, met.theirs, met.merged, today)
        for line in meeting.finish(main, remote, met):
            click.echo(one_line(line))


def _require_clean(main: Path, theirs: str, merged: str, today: date) -> None:
    """Ends the command when what both wrote, put together, is wrong; nothing was changed."""
    from grandlivre.cli._since import compared
    from grandlivre.render.findings.text import line_of

    verdict = compared(main, f"{theirs}..{merged}", today, ())
    if verdict.blocking:
        for said in verdict.blocking:
            click.echo(one_line(line_of(said, "nouveau : ")))
        click.echo(
            "Vos enregistrements et ceux du serveur, réunis, ne vont pas ensemble : rien n'a été changé ni envoyé. Corrigez chez vous "
            "(par exemple prenez le numéro de pièce suivant), enregistrez, recommencez."
        )
        sys.exit(1)
