"""Signing a closing: one text that a person of the Direction and one of the board sign, and witnesses if they wish."""

from __future__ import annotations

from typing import NamedTuple

from grandlivre.books.digest import read_manifest
from grandlivre.books.directives.closings import Closing
from grandlivre.books.index import Books
from grandlivre.i18n import day as shown
from grandlivre.i18n import listing
from grandlivre.proof.store import shared_path
from grandlivre.proof.visa import NONE, Visa, read
from grandlivre.rules import proofs
from grandlivre.rules.closing_proofs import closing_body, is_board, is_direction
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk
from grandlivre.tasks.signing import Draft, Made, NothingToSignError, Signatory, heads, signatures, write


class Proposed(NamedTuple):
    """A closing that somebody is asked to sign."""

    closing: Closing
    visa: Visa
    opened: bool
    """Whether nobody signed it yet."""
    signed: tuple[str, ...]
    """Who signed it already."""
    documents: int
    """How many documents its manifest lists."""

    @property
    def path(self) -> str:
        """Where its visa stands, relative to visas/."""
        return shared_path(self.visa)


def proposed(books: Books, person: str, wanted: str = "") -> Proposed:
    """The closing of a period, else the last one; raises RefusedError when the person cannot sign it."""
    if not (is_direction(books.policy, person) or is_board(books.policy, person)):
        raise NothingToSignError(
            f"{books.policy.called(person)} n'est ni de la Direction ni du Bureau exécutif (college: dans mandats.yaml) : une "
            "clôture est signée par une personne de chacun."
        )
    closing = closing_of(books, wanted)
    found = proofs(books).closing(closing)
    if found.fault:
        raise RefusedError(f"La clôture {closing.period} a déjà un visa, et {found.fault}.")
    documents = len(read_manifest(books, closing.period).rows)
    if found.standing is not None:
        signed = found.standing.signers
        if person in signed:
            raise NothingToSignError(
                f"{books.policy.called(person)} a déjà signé la clôture {closing.period} ({listing(list(signed))})."
            )
        if person in [each.signer for each in found.standing.file.signatures]:
            raise NothingToSignError(
                f"La signature de {books.policy.called(person)} sur la clôture {closing.period} ne vaut plus rien (grandlivre verify dit "
                f"pourquoi), et ne se refait pas : une autre personne du même collège signe à côté, avec une clé qui valait déjà le "
                f"{shown(found.standing.visa.date)}."
            )
        return Proposed(closing, found.standing.visa, False, signed, documents)
    before = books.closing_before(closing)
    digests = {file.path: file.digest for file in proofs(books).store.files}
    previous = digests.get(f"cloture/{before.period}.visa", NONE) if before is not None else NONE
    visa = Visa(
        books.policy.organisation.books_id or "",
        "cloture",
        max(books.today, closing.date),
        previous,
        closing_body(books, closing),
        period=closing.period,
        rules=closing.rules_visa,
        heads=heads(books),
    )
    read(visa.content)
    return Proposed(closing, visa, True, (), documents)


def closing_of(books: Books, wanted: str) -> Closing:
    """The closing of a period, else the last one; raises RefusedError where there is none."""
    if not books.closings:
        raise NothingToSignError("Aucune période n'est close : grandlivre close PÉRIODE.")
    if not wanted:
        return books.closings[-1]
    for closing in books.closings:
        if closing.period == wanted:
            return closing
    known = listing([closing.period for closing in books.closings])
    raise RefusedError(f"La période « {wanted} » n'est pas close ; le sont : {known}.")


def draft(asked: Proposed) -> Draft:
    """The text of a closing, which joins the books with its first signature."""
    return Draft(asked.path, asked.visa, {asked.path: asked.visa.content} if asked.opened else {})


def sign(desk: Desk, who: Signatory, asked: Proposed) -> tuple[str, ...]:
    """Adds a signature, and the text itself when it is the first; returns the changed paths; raises WriteError."""
    text = draft(asked)
    [made] = signatures(desk, who, [text])
    return write(desk, [Made(text, who.person, made)])
