"""Signing a report that was sent: the sha256 of its JSON as it lies in documents/transmis, by the Direction or the board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grandlivre.books.directives.closings import Transmission
from grandlivre.books.index import Books
from grandlivre.books.signed import Signable, sent_object
from grandlivre.i18n import did_you_mean, listing
from grandlivre.reports.sent import read
from grandlivre.rules import State, proofs
from grandlivre.rules.closing_proofs import is_board, is_direction
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.signing import Awaiting, NothingToSignError

NATURE = "rapport"


def awaiting(books: Books, person: str, names: Sequence[str] = ()) -> tuple[Awaiting, ...]:
    """The sent reports that are named, « modèle projet période », else all that the person has not signed.

    Raises RefusedError for somebody who signs no report, for a report that was not sent, or whose file is not what was sent.
    """
    if not (is_direction(books.policy, person) or is_board(books.policy, person)):
        raise NothingToSignError(
            f"{books.policy.called(person)} n'est ni de la Direction ni du Bureau exécutif (college: dans mandats.yaml) : eux seuls "
            "signent un rapport envoyé."
        )
    known = last_sendings(books)
    wanted = [" ".join(name.split()) for name in names] or list(known)
    for name in wanted:
        if name not in known:
            said = (
                f" Envoyés : {listing(list(known))}."
                if known
                else " Aucun ne l'a été : grandlivre report … --transmettre."
            )
            raise RefusedError(f"Aucun rapport « {name} » n'a été envoyé.{did_you_mean(name, known, said)}")
    found = (_of(books, known[name], person) for name in dict.fromkeys(wanted))
    return tuple(each for each in found if each.before.state is not State.PROVED)


def last_sendings(books: Books) -> dict[str, Transmission]:
    """The last sending of each report, by what a visa calls it."""
    return {sent_object(sent): sent for sent in sorted(_signable(books), key=lambda sent: (sent.tree, sent.date))}


def _signable(books: Books) -> Iterator[Transmission]:
    """What was sent for a project with its JSON; a file that was laid with the State alone has none."""
    for sent in books.directives.transmissions:
        if sent.tree and sent.digest and sent.document:
            yield sent


def _of(books: Books, sent: Transmission, person: str) -> Awaiting:
    read(books, sent)  # what is not what was sent is never signed
    text = books.documents.place(sent.document).read_bytes().decode("utf-8")
    documents = ((sent.document, sent.digest.removeprefix("sha256:")),)
    signable = Signable(sent_object(sent), text, documents, ())
    return Awaiting(NATURE, sent.tree, sent, signable, proofs(books).sent(sent, person))
