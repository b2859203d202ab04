"""`grandlivre close`: the checklist of a period, then its closing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grandlivre.cli import Day, entry_point, ledger_option, today_option
from grandlivre.i18n import counted, one_line

if TYPE_CHECKING:
    from grandlivre.inspection import Inspection
    from grandlivre.policy.periods import Period
    from grandlivre.rules import Reserve
    from grandlivre.tasks.checklist import Checklist

_SHOWN = 3
_IN_GIT = """\
Enregistrez-la dans git, pour que chacun voie ce qui est clos :
  git add --all
  git commit -m "Clôture {code}"
  git tag -a cloture/{code} -m "Clôture {code}"
Une étiquette signée (git tag -s au lieu de -a) prouve qui l'a posée : une fois pour toutes, faites une clé (ssh-keygen -t
ed25519), puis git config gpg.format ssh et git config user.signingkey suivi du chemin de la clé en .pub."""


@click.command(name="close", short_help="Clôture un mois ou un trimestre.")
@click.argument("period", metavar="PÉRIODE")
@click.option(
    "--date",
    "day",
    type=Day(),
    help="Date de la clôture (par défaut : aujourd'hui).",
)
@click.option(
    "--reserve",
    "reserved",
    multiple=True,
    metavar="RÉSERVE",
    help="Ce qui reste ouvert et se déclare : « règle · objet · motif » (répétable).",
)
@click.option("--voir", "looks", is_flag=True, help="Montre seulement ce qui reste à faire.")
@click.option("--oui", "yes", is_flag=True, help="Clôture sans demander confirmation.")
@today_option
@ledger_option
def command(
    period: str, day: date | None, reserved: tuple[str, ...], looks: bool, yes: bool, today: date | None, ledger: Path
) -> None:
    """Passe en revue tout ce qu'une clôture exige, puis scelle PÉRIODE (2026-T3 ou 2026-03) si rien ne reste ouvert.

    La clôture écrit la directive cloture, avec une empreinte par projet chaînée à la précédente, et le manifeste des
    pièces. Ensuite plus rien ne change dans la période : une erreur se corrige par grandlivre entries extourne.

    Ce qui est ouvert mais régulier (une avance justifiée plus tard, un comptage oublié, un chèque) se déclare avec son
    motif : --reserve "avance-en-retard · AV-2026-002 · justifiée le 03/04/2026". La réserve est scellée avec la période.

    Le résultat est 0 si la période est close (ou prête, avec --voir), 1 si un point reste ouvert.
    """
    main = entry_point(ledger)
    from grandlivre.cli._consent import agreed
    from grandlivre.cli._terminal import at_desk, interactive, refusals, say_verdict, say_written
    from grandlivre.tasks import closing
    from grandlivre.tasks.checklist import checklist
    from grandlivre.tasks.year_end import left_open

    with refusals():
        desk = at_desk(main, "close", today)
        chosen = closing.read_period(desk.books, period.strip())
        when = closing.closing_day(desk.books, chosen, day)
        declared = closing.read_reserves(reserved)
        looked = checklist(desk.inspection, chosen, declared)
        asking = interactive() and not looks and not yes
        if asking and looked.reservable:
            declared += _ask_reserves(desk.inspection, looked)
            looked = checklist(desk.inspection, chosen, declared)
        closing.require_useful(looked.idle)
        click.echo(f"Clôture {chosen.code}, {chosen.label}")
        blocking = _show(desk.inspection, looked, declared)
        if said := left_open(desk.books, chosen):
            click.echo(f"  note : {said}")
        if blocking:
            click.echo(f"Clôture impossible : {counted(blocking, 'point bloquant')}.")
            _keep(chosen, declared)
            sys.exit(1)
        made = closing.seal(desk.books, chosen, when, declared)
        if looks:
            click.echo("Tout est en ordre : la période peut être close.")
            return
        if asking and not agreed(f"Clôturer et sceller {chosen.code} ? Plus rien n'y changera."):
            click.echo("Rien n'a été écrit.")
            _keep(chosen, declared)
            return
        say_written(closing.write(desk, made))
    click.echo(
        f"Période {chosen.code} close le {when:%d/%m/%Y}, empreinte {made.digest.root.removeprefix('sha256:')[:12]}."
    )
    say_verdict(desk.inspection)
    click.echo(_IN_GIT.format(code=chosen.code))
    click.echo(
        f"À imprimer, à signer et à garder hors des livres : grandlivre report pv-cloture --periode {chosen.code}"
    )
    click.echo("Une erreur découverte plus tard : grandlivre entries extourne PIÈCE.")


def _ask_reserves(inspection: Inspection, looked: Checklist) -> tuple[Reserve, ...]:
    """What a person declares open, one finding after another."""
    from grandlivre.cli._terminal import ask
    from grandlivre.rules import Reserve, objects

    declared: list[Reserve] = []
    for finding in looked.reservable:
        click.echo(f"{inspection.relative(finding.file)}:{finding.line}: {one_line(finding.message)}")
        why = ask("  Motif pour le déclarer en réserve (vide : rester ouvert)", str.strip, "")
        if why:
            declared.append(Reserve(finding.rule, objects(finding)[0], why))
    return tuple(declared)


def _show(inspection: Inspection, looked: Checklist, declared: Sequence[Reserve]) -> int:
    """Every point of the checklist; returns how many block."""
    from grandlivre.rules import objects

    for reserve in declared:
        click.echo(f"  réserve : {reserve.text}")
    for point in looked.points:
        note = f" : {point.note}" if point.note else ""
        click.echo(f"  {'✓' if point.done else '✗'} {point.title}{note}")
        for file, line, sentence in point.open[:_SHOWN]:
            click.echo(f"      {inspection.relative(file)}:{line}: {one_line(sentence)}")
        more = len(point.open) - _SHOWN
        if more > 0:
            click.echo(f"      … et {counted(more, 'autre')}.")
        if not point.done:
            click.echo(f"      → {point.remedy}")
    blocking = sum(not point.done for point in looked.points)
    stopping = {(file, line) for point in looked.points for file, line, _ in point.open}
    first = [each for each in looked.reservable if (each.file, each.line) in stopping]
    others = [each for each in looked.reservable if each not in first][:_SHOWN]
    for finding in (*first, *others) if blocking else ():
        click.echo(f'  si c\'est régulier : --reserve "{finding.rule} · {objects(finding)[0]} · motif"')
    return blocking


def _keep(period: Period, declared: Sequence[Reserve]) -> None:
    """The command that takes up what was declared, so that no reason is typed twice."""
    if declared:
        said = " ".join(f'--reserve "{reserve.text}"' for reserve in declared)
        click.echo(f"Pour reprendre sans ressaisir les motifs : grandlivre close {period.code} {said}")
