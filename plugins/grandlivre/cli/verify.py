"""`grandlivre verify`: what these books prove by themselves, without network."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grandlivre.cli import entry_point, judging_day, ledger_option, today_option
from grandlivre.i18n import counted, listing, one_line

if TYPE_CHECKING:
    from grandlivre.tasks.verifying import Verdict

_NATURES = {
    "ecritures": "écritures",
    "derogations": "dérogations",
    "caisse": "comptages de caisse",
    "rapport": "rapports envoyés",
}


@click.command(name="verify", short_help="Vérifie visas, règles, clôtures et envois, sans réseau.")
@click.option(
    "--racine",
    "roots",
    multiple=True,
    metavar="RACINE",
    help="Racine d'une clôture notée hors de ces livres : sha256:… ou 2026-T3=sha256:… (répétable).",
)
@click.option("--historique", "past", is_flag=True, help="Dit aussi ce que git montre de visas retirés ou modifiés.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="Forme du résultat.",
)
@today_option
@ledger_option
def command(roots: tuple[str, ...], past: bool, form: str, today: date | None, ledger: Path) -> None:
    """Vérifie tout ce que les livres prouvent seuls : chaque visa et sa signature, la chaîne de chaque clé, celle des règles,
    les clôtures, leurs manifestes et leurs listes, les rapports envoyés.

    Sans --racine, le résultat est « cohérent, non ancré » : qui tient les livres et toutes les clés pourrait tout refaire. Une
    racine notée ailleurs (registre du Bureau, rapport envoyé à un bailleur) l'exclut.

    Le résultat est 0 si rien n'est faux, 1 si quelque chose l'est, 2 si la vérification ne peut pas se faire.
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import refusals
    from grandlivre.tasks import verifying

    with refusals():
        anchors = verifying.read_anchors(roots)
        found = verifying.verify(main, judging_day(main, today), anchors)
        told = verifying.past_changes(main) if past else ()
    if form == "json":
        click.echo(json.dumps(_machine(found, told), ensure_ascii=False, indent=2))
    else:
        _say(found)
        for line in told:
            click.echo(f"histoire : {one_line(line)}")
        if past and not told:
            click.echo("histoire : aucun visa retiré ni modifié depuis son enregistrement.")
    sys.exit(1 if found.faults else 0)


def _say(found: Verdict) -> None:
    click.echo(f"Livres {found.books or 'sans identité'}, vérifiés au {found.today:%d/%m/%Y}")
    click.echo(
        f"Visas : {counted(found.texts, 'texte')}, {counted(found.signatures, 'signature valable', 'signatures valables')}"
    )
    states: dict[str, list[str]] = {}
    for (nature, state), number in sorted(found.counted().items()):
        states.setdefault(nature, []).append(f"{number} {state}{'s' if number > 1 else ''}")
    for nature, said in states.items():
        click.echo(f"  signatures, {_NATURES[nature]} : {', '.join(said)}")
    _say_rules(found)
    for closing in found.closings:
        by = f"signée par {listing(list(closing.signers))}" if closing.signers else "non signée"
        anchored = ", ancrée" if closing.anchored else ""
        seen = _witnesses(closing.witnesses)
        click.echo(f"Clôture {closing.period} du {closing.day:%d/%m/%Y} : {closing.root}, {by}{seen}{anchored}")
    click.echo(f"Rapports envoyés : {found.sent}")
    for fault in found.faults:
        click.echo(f"FAUX {fault.file}:{fault.line}: {one_line(fault.message)} [{fault.rule}]")
    click.echo(_verdict(found))


def _say_rules(found: Verdict) -> None:
    """The version in force, the chain where it stands when that replaced another, and who signed it."""
    if not found.rules:
        click.echo("Règles : aucune version n'est signée ; qui les écrit peut les changer")
        return
    chain = found.rules_file.partition("/")[0]
    of = f" de la chaîne {chain}" if chain != "regles" else ""
    by = listing(list(found.guardians))
    click.echo(f"Règles : version {found.rules}{of}, signée par {by}{_witnesses(found.rules_witnesses)}")


def _witnesses(who: Sequence[str]) -> str:
    return f", témoin {listing(list(who))}" if who else ""


def _verdict(found: Verdict) -> str:
    if found.faults:
        plural = "nt" if len(found.faults) > 1 else ""
        return f"FAUX : {counted(len(found.faults), 'chose')} ne se prouve{plural} pas."
    if found.anchors:
        roots = counted(found.anchors, "racine notée", "racines notées")
        return f"Prouvé : tout est cohérent, et ancré sur {roots} hors de ces livres."
    return "Cohérent, non ancré : donnez --racine, notée hors de ces livres, pour exclure que tout ait été refait."


def _machine(found: Verdict, told: tuple[str, ...]) -> dict[str, object]:
    return {
        "books": found.books,
        "today": found.today.isoformat(),
        "verdict": found.word,
        "texts": found.texts,
        "signatures": found.signatures,
        "signed": [
            {
                "person": each.person,
                "nature": each.nature,
                "object": each.object,
                "date": each.day.isoformat(),
                "state": each.state,
            }
            for each in found.things
        ],
        "rules": {
            "version": found.rules,
            "file": found.rules_file,
            "guardians": list(found.guardians),
            "witnesses": list(found.rules_witnesses),
        },
        "closings": [
            {
                "period": each.period,
                "date": each.day.isoformat(),
                "root": each.root,
                "signers": list(each.signers),
                "witnesses": list(each.witnesses),
                "anchored": each.anchored,
            }
            for each in found.closings
        ],
        "sent": found.sent,
        "faults": [fault._asdict() for fault in found.faults],
        "history": list(told),
    }
