"""`grandlivre sign`: what awaits a person, shown, then signed under that person's own key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grandlivre.cli import entry_point, ledger_option, today_option
from grandlivre.i18n import counted, one_line

if TYPE_CHECKING:
    from grandlivre.books.index import Books
    from grandlivre.tasks.desk import Desk
    from grandlivre.tasks.signing import Awaiting, Signatory

_NATURES = ("ecritures", "derogations", "caisse", "refus", "rapport", "regles", "cloture")
_UNTOLD = "sans terminal, ajoutez --oui après avoir lu ce qui précède"


@click.command(name="sign", short_help="Signe ce qui attend une personne, avec sa clé.")
@click.argument("pieces", nargs=-1, metavar="[PIÈCE]…")
@click.option("--personne", "person", default="", metavar="ID", help="Identifiant de qui signe, dans mandats.yaml.")
@click.option(
    "--cle",
    "key",
    type=click.Path(path_type=Path),
    metavar="FICHIER",
    help="Fichier de la clé, ou son .pub si un agent la tient (par défaut : cherchée dans le dossier .ssh).",
)
@click.option(
    "--nature",
    type=click.Choice(_NATURES),
    help="Seulement cette nature ; refus : refuse les pièces nommées ; rapport : les rapports envoyés, ou « modèle projet période » ; "
    "regles : la version des règles ; cloture : la période nommée, ou la dernière close.",
)
@click.option(
    "--remplace",
    "replaces",
    is_flag=True,
    help="Avec --nature regles : ouvre une chaîne qui remplace celle dont les gardiens ne peuvent plus signer (procès-verbal de "
    "l'assemblée générale et témoin du dehors).",
)
@click.option(
    "--temoin",
    "witness",
    type=click.Path(path_type=Path),
    metavar="FICHIER.sig",
    help="Au lieu de signer : range la signature qu'un témoin du dehors a faite d'une clôture ou d'une version des règles, après "
    "l'avoir vérifiée.",
)
@click.option("--motif", "reason", metavar="TEXTE", help="Pourquoi les pièces sont refusées.")
@click.option(
    "--en-attente", "waiting", is_flag=True, help="Tout ce qui attend cette personne (sans PIÈCE, c'est l'usage)."
)
@click.option("--oui", "yes", is_flag=True, help="Signe sans demander ; il le faut sans terminal.")
@today_option
@ledger_option
def command(
    pieces: tuple[str, ...],
    person: str,
    key: Path | None,
    nature: str | None,
    replaces: bool,
    witness: Path | None,
    reason: str | None,
    waiting: bool,
    yes: bool,
    today: date | None,
    ledger: Path,
) -> None:
    """Montre ce qui attend une personne, projet par projet, puis le signe avec sa clé (ssh-keygen).

    Attendent : les écritures qui la nomment signataire (signataire-1, signataire-2) ou qu'elle autorise (autorise-par), les
    paiements préparés (!) que son mandat permet de signer ce jour-là, les dérogations qu'elle accorde, les comptages de caisse
    où elle était. Une pièce jointe absente ne se signe pas. Ce que quelqu'un a refusé est dit d'abord, avec son motif.

    Un visa est un petit texte dans ledger/visas/, avec sa signature à côté ; ce qui change ensuite dans l'écriture le lui
    fait perdre, et grandlivre check dit ce qui a changé. Un refus se motive : --nature refus --motif "…" PIÈCE.

    Un témoin du dehors signe chez lui (ssh-keygen -Y sign -n grandlivre-temoin) ; --temoin FICHIER.sig range sa signature.
    """
    main = entry_point(ledger)
    from grandlivre.cli._terminal import at_desk, interactive, refusals
    from grandlivre.tasks import signing

    if replaces and nature != "regles":
        raise click.UsageError("--remplace ne va qu'avec --nature regles.")
    if pieces and waiting:
        raise click.UsageError("Donnez des pièces, ou --en-attente : pas les deux.")
    asking = interactive() and not yes
    if witness is not None:
        _require_alone(person, key, nature, reason, replaces=replaces)
        with refusals():
            _witness(at_desk(main, "sign", today), witness, nature, pieces, yes=yes, asking=asking)
        return
    if not person:
        raise click.UsageError("Dites qui signe : --personne ID, son identifiant dans mandats.yaml.")
    with refusals():
        desk = at_desk(main, "sign", today)
        who = signing.signatory(desk.books, person, key, Path.home())
        if nature == "regles":
            _rules(desk, who, pieces, yes=yes, asking=asking, replaces=replaces)
        elif nature == "cloture":
            _closing(desk, who, pieces, yes=yes, asking=asking)
        else:
            _own(desk, who, pieces, nature, reason, yes=yes, asking=asking)


def _own(
    desk: Desk,
    who: Signatory,
    pieces: Sequence[str],
    nature: str | None,
    reason: str | None,
    *,
    yes: bool,
    asking: bool,
) -> None:
    """Shows what one person signs alone, batch by batch, and signs it."""
    from grandlivre.cli import _signing as screen
    from grandlivre.cli._terminal import interactive, say_verdict, say_written
    from grandlivre.sources.problem import RefusedError
    from grandlivre.tasks import signing, signing_reports

    if nature == "refus" and not pieces:
        raise RefusedError("Un refus nomme ses pièces : grandlivre sign --nature refus --motif « … » PIÈCE.")
    reason = _reason(nature, reason, asking)
    if nature == signing_reports.NATURE:
        found = signing_reports.awaiting(desk.books, who.person, pieces)
    else:
        found = signing.awaiting(desk.books, who.person, nature, pieces)
    called = desk.books.policy.called(who.person)
    if not pieces and nature is None:
        screen.show_refusals(desk.books)
        screen.show_others(desk.books, who.person)
    if not found:
        click.echo(f"Rien n'attend la signature de {called}.")
        return
    chosen = _chosen(desk.books, signing.batches(found), asking, said=bool(pieces))
    if not interactive() and not yes:
        raise RefusedError(f"Rien n'a été signé : {_UNTOLD}.")
    _say_key(who, len(chosen), asking)
    made = signing.sign(desk, who, chosen, reason)
    if not made:
        click.echo("Rien n'a été signé.")
        return
    say_written(signing.write(desk, made))
    verb = "refusée" if nature == "refus" else "signée"
    click.echo(f"{counted(sum(len(each.visa.body) for each in made), f'pièce {verb}')} par {called}.")
    say_verdict(desk.inspection)
    click.echo("Enregistrez les visas avec les livres : git add ledger/visas && git commit")


def _require_alone(person: str, key: Path | None, nature: str | None, reason: str | None, *, replaces: bool) -> None:
    """Ends the command when a witness' signature comes with what only a signatory says."""
    if person or key is not None or reason or replaces:
        raise click.UsageError(
            "--temoin va seul, ou avec --nature cloture PÉRIODE ou --nature regles : le témoin a déjà signé chez lui."
        )
    if nature not in (None, "cloture", "regles"):
        raise click.UsageError(
            "Un témoin signe une clôture (--nature cloture) ou une version des règles (--nature regles)."
        )


def _witness(desk: Desk, file: Path, nature: str | None, pieces: Sequence[str], *, yes: bool, asking: bool) -> None:
    """Shows what a witness signed, and keeps the signature."""
    from grandlivre.cli._consent import agreed
    from grandlivre.cli._terminal import say_verdict, say_written
    from grandlivre.tasks import signing_witness

    if len(pieces) > 1 or (pieces and nature == "regles"):
        raise click.UsageError("--temoin prend une période close au plus.")
    asked = signing_witness.received(desk, file, nature, pieces[0] if pieces else "")
    visa = asked.visa
    what = f"la clôture {visa.period}" if visa.nature == "cloture" else f"la version {visa.number:04d} des règles"
    click.echo(f"Signature valable de {asked.witness.name}, témoin ({asked.witness.key.fingerprint}), pour {what} :")
    for digest, name in visa.body:
        if name == "racine":
            click.echo(f"  racine {digest}")
    click.echo(f"  texte ledger/visas/{asked.signature.path.partition('.visa')[0]}.visa du {visa.date:%d/%m/%Y}")
    if not _agreed(asking, yes, lambda: agreed("Ranger cette signature ?", usual=False), "rangé"):
        return
    say_written(signing_witness.keep(desk, asked))
    say_verdict(desk.inspection)
    click.echo("Enregistrez-la avec les livres : git add ledger/visas && git commit")


def _rules(desk: Desk, who: Signatory, pieces: Sequence[str], *, yes: bool, asking: bool, replaces: bool) -> None:
    """Shows what the version of the rules changes, and signs it."""
    from grandlivre.cli._consent import agreed
    from grandlivre.cli._terminal import say_verdict, say_written
    from grandlivre.tasks import signing_rules

    if pieces:
        raise click.UsageError("--nature regles ne prend pas de pièce.")
    version = signing_rules.proposed(desk.books, who.person, replaces=replaces)
    number = f"{version.visa.number:04d}"
    said = f", signée par {', '.join(version.signed)}" if version.signed else ""
    click.echo(f"Règles, version {number}{' (nouvelle)' if version.opened else said} :")
    for sentence in version.changes:
        click.echo(f"  {one_line(sentence)}")
    if not _agreed(asking, yes, lambda: agreed(f"Signer la version {number} des règles ?", usual=False)):
        return
    _say_key(who, 1, asking)
    say_written(signing_rules.sign(desk, who, version))
    click.echo(f"Version {number} signée par {desk.books.policy.called(who.person)}.")
    say_verdict(desk.inspection)
    if version.visa.replaces:
        _say_witness(version.path)


def _closing(desk: Desk, who: Signatory, pieces: Sequence[str], *, yes: bool, asking: bool) -> None:
    """Shows what a closing seals, and signs it."""
    from grandlivre.cli._consent import agreed
    from grandlivre.cli._terminal import say_verdict, say_written
    from grandlivre.tasks import signing_closings

    if len(pieces) > 1:
        raise click.UsageError("--nature cloture prend une période au plus.")
    asked = signing_closings.proposed(desk.books, who.person, pieces[0] if pieces else "")
    closing = asked.closing
    said = f", signée par {', '.join(asked.signed)}" if asked.signed else ""
    click.echo(f"Clôture {closing.period} du {closing.date:%d/%m/%Y}{said} :")
    click.echo(f"  racine {closing.digest}")
    for tree, digest in closing.trees:
        click.echo(f"  projet {tree} {digest[:23]}…")
    click.echo(f"  {counted(asked.documents, 'pièce jointe')} au manifeste")
    for reserve in closing.reserves:
        click.echo(f"  réserve : {one_line(reserve)}")
    for finding in [each for each in desk.inspection.findings if each.rule == "periode-close"]:
        click.echo(f"  ⚠ {one_line(finding.message)}")
    if not _agreed(asking, yes, lambda: agreed(f"Signer la clôture {closing.period} ?", usual=False)):
        return
    _say_key(who, 1, asking)
    say_written(signing_closings.sign(desk, who, asked))
    click.echo(f"Clôture {closing.period} signée par {desk.books.policy.called(who.person)}.")
    say_verdict(desk.inspection)
    click.echo(f"À recopier au registre du Bureau exécutif, hors de ces livres : {closing.period}={closing.digest}")
    click.echo(
        f"Son procès-verbal, avec la racine en code QR : grandlivre report pv-cloture --periode {closing.period}"
    )
    if desk.books.policy.keys.witnesses:
        _say_witness(asked.path)


def _say_key(who: Signatory, texts: int, asking: bool) -> None:
    """What the key is about to want of who sits there: OpenSSH asks in English, a security key by a light."""
    from grandlivre.policy.ssh_keys import ED25519

    if not asking or not texts:
        return
    if who.key.key.kind != ED25519:
        click.echo(f"Touchez votre clé de sécurité quand elle clignote{f' ({texts} fois)' if texts > 1 else ''}.")
    else:
        click.echo(
            f"ssh-keygen signe avec {who.file} ; s'il demande « Enter passphrase », tapez la phrase de passe de la clé."
        )


def _say_witness(path: str) -> None:
    """What a witness does, and what is done with the signature that comes back."""
    click.echo(f"Un témoin l'atteste : ssh-keygen -Y sign -n grandlivre-temoin -f SA_CLÉ ledger/visas/{path}")
    click.echo("Le fichier .sig qu'il en a se range par : grandlivre sign --temoin FICHIER.sig")


def _agreed(asking: bool, yes: bool, ask: Callable[[], bool], done: str = "signé") -> bool:
    """Whether the person agrees; without a terminal nobody does but by `--oui`."""
    from grandlivre.cli._terminal import interactive
    from grandlivre.sources.problem import RefusedError

    if not yes and not interactive():
        raise RefusedError(f"Rien n'a été {done} : {_UNTOLD}.")
    if asking and not ask():
        click.echo(f"Rien n'a été {done}.")
        return False
    return True


def _reason(nature: str | None, reason: str | None, asking: bool) -> str:
    """Why a voucher is refused; ends the command when nobody says it."""
    if nature != "refus":
        if reason:
            raise click.UsageError("--motif ne va qu'avec --nature refus.")
        return ""
    if not reason and asking:
        reason = str(click.prompt("Motif du refus"))
    if not (reason or "").strip():
        raise click.UsageError("Un refus se motive : ajoutez --motif « … ».")
    return str(reason)


def _chosen(
    books: Books, batches: Sequence[Sequence[Awaiting]], asking: bool, *, said: bool
) -> list[Sequence[Awaiting]]:
    """The batches that the person signs, each shown first; what lacks a document is left, unless it was asked for."""
    from grandlivre.cli import _signing as screen
    from grandlivre.cli._consent import agreed

    chosen: list[Sequence[Awaiting]] = []
    for batch in batches:
        screen.show(books, batch)
        whole = batch if said else [each for each in batch if not each.signable.absent]
        if len(whole) < len(batch):
            missing = len(batch) - len(whole)
            what = "une pièce : complétez-la" if missing == 1 else f"{missing} pièces : complétez-les"
            click.echo(f"  Un document manque à {what} avant de signer.")
        verb = "Refuser" if batch[0].nature == "refus" else "Signer"
        if whole and (not asking or agreed(f"{verb} {counted(len(whole), 'pièce')} de {batch[0].tree} ?", usual=False)):
            chosen.append(whole)
    return chosen
