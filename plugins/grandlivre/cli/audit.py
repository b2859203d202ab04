"""`grandlivre audit`: the pack that an auditor takes away."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from grandlivre.cli import entry_point, judging_day, ledger_option, today_option
from grandlivre.i18n import counted


@click.command(name="audit", short_help="Prépare le dossier d'un auditeur : échantillon, pièces, preuves.")
@click.option("--periode", "period", required=True, metavar="PÉRIODE", help="2026, 2026-S1, 2026-T1 ou 2026-03.")
@click.option(
    "--bailleur", "tree", default="", metavar="CODE", help="Un seul projet ; les autres n'y sont que des empreintes."
)
@click.option(
    "--echantillon", "count", type=click.IntRange(1, 10_000), required=True, metavar="N", help="Paiements à tirer."
)
@click.option("--graine", "seed", required=True, metavar="NOMBRE", help="Graine du tirage, que l'auditeur choisit.")
@click.option(
    "--methode",
    "method",
    type=click.Choice(("unites-monetaires", "aleatoire")),
    default="unites-monetaires",
    show_default=True,
    help="Un franc sur tant, ou chaque paiement avec la même chance.",
)
@click.option("--nominatif", "named", is_flag=True, help="Nomme les personnes, au lieu de leurs seuls identifiants.")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FICHIER.zip", help="Fichier à écrire.")
@today_option
@ledger_option
def command(
    period: str,
    tree: str,
    count: int,
    seed: str,
    method: str,
    named: bool,
    out: Path,
    today: date | None,
    ledger: Path,
) -> None:
    """Tire un échantillon des paiements d'une période, que chacun peut tirer de nouveau (racine de la dernière clôture et graine),
    et réunit ses pièces, les éléments des périodes closes, les visas et un petit programme qui vérifie tout, verifier.py.

    Mêmes livres, même graine : mêmes octets. Le résultat est 0 si le dossier est écrit, 2 sinon.
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import refusals
    from grandlivre.inspection import inspect
    from grandlivre.policy.periods import Period
    from grandlivre.tasks import auditing

    chosen = Period.parse(period.strip())
    if chosen is None:
        raise click.UsageError(f"« {period} » n'est pas une période : écrivez 2026, 2026-S1, 2026-T1 ou 2026-03.")
    with refusals():
        found = inspect(main, judging_day(main, today))
        if found.halted:
            click.echo("Les livres ne se lisent pas entièrement : grandlivre check dit pourquoi.", err=True)
            sys.exit(2)
        asked = auditing.Request(chosen, tree, count, seed.strip(), method, named)
        pack = auditing.pack(found.books, asked)
        auditing.write(pack, out)
    click.echo(f"écrit : {out.as_posix()}")
    drawn = counted(len(pack.sample), "paiement tiré", "paiements tirés")
    click.echo(f"{drawn} sur {pack.population}, racine {pack.root}, graine {asked.seed}.")
    if found.errors:
        click.echo(
            f"Les livres ont {counted(found.errors, 'erreur')} : le dossier les montre tels qu'ils sont (grandlivre check)."
        )
