"""The screens of `grandlivre reconcile`: what was matched with its evidence, what is doubtful, what is outstanding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click
from rich.table import Table

from grandlivre.cli._consent import agreed
from grandlivre.cli._terminal import console, row, table
from grandlivre.i18n import Money, counted, currency_label, day, integer, one_line
from grandlivre.matching import BookMovement, Choice, Line, Match
from grandlivre.tasks.reconciling import Study, without_proposals
from grandlivre.tasks.shares import Need, how_to_write

_OLD = 90
"""Days after which an outstanding item is an alert (domain: ageing of the reconciliation)."""


def show(work: Study) -> None:
    """Everything matched or proposed, before anything is written."""
    out = console()
    said = f"{work.account.name}, {work.month.label} : {counted(len(work.lines), 'opération')} sur le relevé"
    click.echo(f"{said}, de {Money(work.opening)} à {Money(work.closing)}.")
    if work.left_out:
        click.echo(f"Laissé de côté, d'autres mois : {counted(work.left_out, 'opération')}.")
    for line in work.information:
        click.echo(f"Pour information, 0 F, aucune écriture : {day(line.date)}, {one_line(line.text)}.")
    _matched(work)
    for place, choice in enumerate(work.matching.choices, 1):
        out.print(_options(f"À choisir {place} : {_reason(choice)}", choice.options))
    _differing(work)
    _proposed(work)
    _outstanding(work)
    _equality(work)


def _matched(work: Study) -> None:
    if not work.matching.certain:
        return
    certain = table("Retrouvés", "Relevé", "Libellé", "Preuve", "Livres", "Pièce", "Tiers", ">Montant")
    for pair in work.matching.certain:
        row(
            certain,
            *_lines(pair.lines),
            f"{pair.evidence}{' (déjà pointé)' if all(m.key in work.settled for m in pair.movements) else ''}",
            *_movements(pair.movements),
            integer(sum(line.amount for line in pair.lines)),
        )
    console().print(certain)


def _differing(work: Study) -> None:
    if not work.matching.discrepancies:
        return
    differ = table(
        "Même numéro, autre montant : erreur de la banque ou des livres", "Libellé", "Pièce", ">Relevé", ">Livres"
    )
    for each in work.matching.discrepancies:
        row(differ, each.line.text, each.movement.voucher, integer(each.line.amount), integer(each.movement.amount))
    console().print(differ)


def _proposed(work: Study) -> None:
    if not work.proposals:
        return
    click.echo("Écritures proposées pour ce que la banque a fait d'elle-même :\n")
    for proposal in work.proposals:
        click.echo(proposal.entry)
    for share in work.shares:
        click.echo(f"{share.why}\n\n{share.entry}")
    for proposal in work.proposals:
        if proposal.date > work.month.end:
            click.echo(
                f"{proposal.piece} est datée du {day(proposal.date)}, jour de la dernière pièce {proposal.after} : "
                f"les numéros suivent les dates. date-valeur: garde le {day(proposal.line.date)}, jour de la banque."
            )


def settled(work: Study, again: Callable[..., Study]) -> Study:
    """The study once a person has answered its doubts, done again with them, and kept its proposals or not."""
    decided = _choose(work)
    if decided:
        work = again(decided=decided)
        show(work)
    if work.proposals and not agreed(_proposal_question(work)):
        work = without_proposals(work)
    return work


def _choose(work: Study) -> tuple[Match, ...]:
    """Asks a person about each doubt; what is left without an answer stays in doubt."""
    decided: list[Match] = []
    used: set[object] = set()
    for place, choice in enumerate(work.matching.choices, 1):
        options = [pair for pair in choice.options if not used & {*pair.lines, *pair.movements}]
        while options:
            console().print(_options(f"Choix {place} sur {len(work.matching.choices)} : {_reason(choice)}", options))
            answer = click.prompt(
                "Numéro de la bonne correspondance (Entrée : laisser en suspens)",
                default="",
                show_default=False,
                type=click.Choice(["", *map(str, range(1, len(options) + 1))]),
                show_choices=False,
            )
            if not answer:
                break
            picked = options[int(answer) - 1]
            decided.append(picked)
            used.update((*picked.lines, *picked.movements))
            options = [pair for pair in options if not used & {*pair.lines, *pair.movements}]
    return tuple(decided)


def _proposal_question(work: Study) -> str:
    """The entries proposed, as a question."""
    many = len(work.proposals)
    return "Retenir l'écriture proposée ?" if many == 1 else f"Retenir les {integer(many)} écritures proposées ?"


def question(work: Study) -> str:
    """What will be written, as a question."""
    parts = [counted(len(work.to_tick), "pointage")]
    if work.proposals:
        parts.append(counted(len(work.proposals) + len(work.shares), "écriture"))
    if work.complete and work.recorded is None:
        parts.append("la directive releve")
    return f"Écrire {' et '.join(parts)} ?"


def say_stale(places: Sequence[str]) -> None:
    """The drafts of an earlier import that the books no longer need."""
    if places:
        click.echo("Ces brouillons d'import sont désormais dans les livres, supprimez-les :")
        for place in places:
            click.echo(f"  {place}")


def conclude(work: Study, *, written: bool) -> None:
    """Whether the month is reconciled, and what remains if not."""
    if work.complete:
        state = "rapproché" if written else "tout s'explique"
        click.echo(f"{work.month.label} : {state}, {len(work.outstanding)} suspens.")
        return
    if work.open_lines:
        click.echo(
            f"Reste à expliquer : {counted(work.open_lines, 'opération')} de la banque. La directive releve s'écrira quand elles "
            "seront comptabilisées ou choisies. Relancez alors la même commande."
        )
    for booked in work.astray:
        click.echo(
            f"{booked.piece} est pointé « {work.month.code} » mais n'est pas sur ce relevé : retirez son pointage, ou "
            "prenez le relevé complet."
        )


def say_shares(work: Study, lacking: Sequence[Need]) -> None:
    """The share of the donor's funds that the month still calls for, and the command that writes it."""
    wanted = how_to_write(work.month, lacking)
    if wanted:
        click.echo(f"Quote-part des fonds du bailleur à passer, ces frais compris : {wanted}.")


def _outstanding(work: Study) -> None:
    out = console()
    if work.outstanding:
        books = table(
            "En suspens dans les livres (la banque ne les montre pas)",
            "Date",
            "Pièce",
            "Chèque/OV",
            "Tiers",
            ">Âge",
            ">Montant",
        )
        for booked in work.outstanding:
            age = (work.month.end - booked.day).days
            number = booked.entry.text("cheque", booked.movement) or booked.entry.text("ordre", booked.movement)
            row(
                books,
                day(booked.day),
                booked.piece,
                number,
                booked.entry.payee,
                f"{'ALERTE ' if age > _OLD else ''}{age} j",
                integer(booked.movement.value),
            )
        out.print(books)
    if work.puzzles:
        bank = table(
            "En suspens à la banque (les livres ne les expliquent pas)",
            "Date",
            "Libellé",
            "À faire",
            ">Âge",
            ">Montant",
        )
        for puzzle in work.puzzles:
            line = puzzle.line
            age = (work.month.end - line.date).days
            row(bank, day(line.date), line.text, puzzle.why, f"{age} j", integer(line.amount))
        out.print(bank)


def _equality(work: Study) -> None:
    shown = table("Égalité", "", f">{currency_label()}")
    row(shown, f"Solde du relevé {work.month.of}", integer(work.closing))
    row(shown, "+ encaissements en suspens", integer(work.receipts))
    row(shown, "− paiements en suspens", integer(work.payments))
    row(shown, "= solde attendu dans les livres", integer(work.closing + work.receipts - work.payments))
    row(shown, f"Solde des livres au {day(work.month.end)}", integer(work.book))
    if work.since:
        row(shown, "+ passées depuis, avec leur date-valeur:", integer(work.since))
    if work.proposals:
        row(shown, "+ écritures proposées", integer(work.proposed))
    row(shown, "Écart" if work.gap else "Écart : aucun", integer(work.gap))
    console().print(shown)


def _reason(choice: Choice) -> str:
    others = f" ; {counted(choice.more, 'autre possibilité')} de moindre ressemblance" if choice.more else ""
    return f"{choice.reason}{others}"


def _options(title: str, options: Sequence[Match]) -> Table:
    shown = table(title, "N°", "Relevé", "Libellé", "Livres", "Pièce", "Tiers", ">Montant")
    for place, pair in enumerate(options, 1):
        row(
            shown,
            str(place),
            *_lines(pair.lines),
            *_movements(pair.movements),
            integer(sum(line.amount for line in pair.lines)),
        )
    return shown


def _lines(lines: Sequence[Line]) -> tuple[str, str]:
    return ", ".join(dict.fromkeys(day(each.date) for each in lines)), " + ".join(
        dict.fromkeys(each.text for each in lines)
    )


def _movements(movements: Sequence[BookMovement]) -> tuple[str, str, str]:
    return (
        ", ".join(dict.fromkeys(day(each.date) for each in movements)),
        " + ".join(each.voucher for each in movements),
        " + ".join(dict.fromkeys(each.payee for each in movements)),
    )
