"""What `grandlivre sign` shows before it asks: like a signature book, page after page, tree by tree."""

from __future__ import annotations

from collections.abc import Sequence

import click

from grandlivre.books.directives.cash import CashCount
from grandlivre.books.directives.closings import Transmission
from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.i18n import Money, counted, listing, one_line
from grandlivre.i18n import day as shown
from grandlivre.rules import State, proofs
from grandlivre.tasks.signature_book import TITLES, signature_book
from grandlivre.tasks.signing import Awaiting


def show_refusals(books: Books) -> None:
    """What somebody refused to sign, and why: for who prepares the vouchers."""
    for each in proofs(books).refused():
        since = f" Depuis, {each.said.since}." if each.said.since else ""
        click.echo(
            one_line(
                f"Refusée : {each.entry.piece}, {proofs(books).why(each.said, books.policy.called(each.person))}.{since}"
            )
        )


def show_others(books: Books, person: str) -> None:
    """What else awaits the person, that the command signs when it is asked for."""
    book = signature_book(books, person)
    sent = sum(each.nature == "rapport" for each in book.pieces)
    told = [f"{counted(sent, 'rapport envoyé', 'rapports envoyés')} (--nature rapport)"] if sent else []
    if book.rules is not None:
        told.append(f"la version {book.rules.visa.number:04d} des règles (--nature regles)")
    told += [f"la clôture {each.closing.period} (--nature cloture {each.closing.period})" for each in book.closings]
    if told:
        click.echo(f"Attend aussi : {listing(told)}.")


def show(books: Books, batch: Sequence[Awaiting]) -> None:
    """All of one batch, then what it comes to."""
    first = batch[0]
    click.echo(f"{first.tree} : {TITLES[first.nature]} ({counted(len(batch), 'pièce')})")
    for each in batch:
        for line in _lines(books, each):
            click.echo(f"  {one_line(line)}")
    paid = sum(_amount(each.subject) for each in batch if isinstance(each.subject, Entry))
    if paid:
        click.echo(f"  Total : {Money(paid, books.policy.currency)}")


def _lines(books: Books, each: Awaiting) -> list[str]:
    """What is said of one thing that is to be signed."""
    match each.subject:
        case CashCount():
            return _count(each.subject, books.policy.currency)
        case Transmission():
            return _sent(books, each, each.subject)
        case _:
            return _entry(books, each, each.subject)


def _sent(books: Books, each: Awaiting, sent: Transmission) -> list[str]:
    resting = f", racine {sent.closing[:23]}…" if sent.closing else ""
    return [f"{each.signable.object}  envoyé le {shown(sent.date)}{resting}", *_documents(each), *_changes(books, each)]


def _entry(books: Books, each: Awaiting, entry: Entry) -> list[str]:
    currency = books.policy.currency
    lines = [
        f"{entry.piece}  {shown(entry.date)}  {Money(_amount(entry), currency)}  {entry.payee_of()} : {entry.narration}"
    ]
    for movement in entry.movements:
        line = entry.text("ligne", movement)
        budget = f", ligne {line}" if line and movement.value > 0 else ""
        lines.append(f"    {movement.account.name}  {Money(movement.value, currency)}{budget}")
    said = [
        f"{key} {entry.text(key)}" for key in ("mode", "cheque", "ordre", "facture", "nif", "avance") if entry.text(key)
    ]
    if said:
        lines.append(f"    {', '.join(said)}")
    if entry.text("derogation"):
        lines.append(f"    dérogation à {entry.text('derogation')} : {entry.text('motif')}")
    lines += _quotes(books, entry)
    return [*lines, *_documents(each), *_changes(books, each)]


def _quotes(books: Books, entry: Entry) -> list[str]:
    dossier = books.dossiers.get(entry.text("marche"))
    if dossier is None:
        return []
    quotes = [f"{quote.name} {Money(quote.amount, books.policy.currency)}" for quote in dossier.quotes]
    return [f"    marché {dossier.id}, attribué à {dossier.winner_name} ; proformas : {' · '.join(quotes) or 'aucune'}"]


def _count(count: CashCount, currency: str) -> list[str]:
    said = f"{count.account.name}  {shown(count.date)} {count.hour}  compté {Money(count.counted, currency)}"
    people = (
        f"    caissier {count.cashier}, contrôleur {count.controller or 'aucun'}, témoin {count.witness or 'aucun'}"
    )
    reason = [f"    écart : {count.reason}"] if count.reason else []
    return [said, people, *reason]


def _documents(each: Awaiting) -> list[str]:
    lines = [f"    document {path}  sha256 {digest[:16]}…" for path, digest in each.signable.documents]
    return [*lines, *(f"    document {path} : ABSENT, ne peut pas être signé" for path in each.signable.absent)]


def _changes(books: Books, each: Awaiting) -> list[str]:
    if each.before.state in (State.CHANGED, State.REFUSED):
        return [f"    ⚠ {proofs(books).why(each.before, 'votre part')}"]
    return []


def _amount(entry: Entry) -> int:
    return sum(movement.value for movement in entry.movements if movement.value > 0)
