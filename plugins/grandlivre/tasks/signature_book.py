"""The signature book of one person: all that awaits them, whatever its nature, as the page « À signer » and the command show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from grandlivre.books.index import Books
from grandlivre.rules import proofs
from grandlivre.rules.closing_proofs import lacks
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks import signing, signing_closings, signing_reports, signing_rules
from grandlivre.tasks.signing import Awaiting, NothingToSignError

T = TypeVar("T")
TITLES = {
    "ecritures": "paiements et autorisations",
    "derogations": "dérogations",
    "caisse": "procès-verbaux de caisse",
    "refus": "refus",
    "rapport": "rapports envoyés",
    "regles": "règles",
    "cloture": "clôtures",
}
"""What each nature of visa is called."""


class SignatureBook(NamedTuple):
    """What awaits somebody."""

    person: str
    pieces: tuple[Awaiting, ...]
    """Entries, waivers and cash counts, then the reports that were sent; tree by tree."""
    rules: signing_rules.Proposed | None
    """The version of the rules that lacks this person's signature."""
    closings: tuple[signing_closings.Proposed, ...]
    """The closings that lack somebody like this person."""
    obstacles: tuple[str, ...]
    """Sentences: what cannot be signed before something is put right."""

    @property
    def many(self) -> int:
        """How many things there are to sign."""
        return len(self.pieces) + len(self.closings) + (self.rules is not None)


def signature_book(books: Books, person: str) -> SignatureBook:
    """All that awaits a person; raises nothing for what they have no part in."""
    told: list[str] = []

    def unless_refused(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except NothingToSignError:
            return None
        except RefusedError as error:
            told.append(str(error))
            return None

    pieces = [*signing.awaiting(books, person)]
    for name in signing_reports.last_sendings(books):
        pieces += unless_refused(lambda: signing_reports.awaiting(books, person, [name])) or ()  # noqa: B023 - read at once
    rules = unless_refused(lambda: signing_rules.proposed(books, person))
    found = [unless_refused(lambda: signing_closings.proposed(books, person, each)) for each in _lacking(books, person)]  # noqa: B023
    closings = tuple(each for each in found if each is not None)
    return SignatureBook(person, tuple(pieces), rules, closings, tuple(dict.fromkeys(told)))


def _lacking(books: Books, person: str) -> Iterator[str]:
    """The periods whose closing lacks the signature of somebody like that person: begun, or the last one."""
    for closing in books.closings:
        standing = proofs(books).closing(closing).standing
        signers = standing.signers if standing is not None else ()
        if standing is None and closing is not books.closings[-1]:
            continue
        if lacks(books.policy, (*signers, person)) != lacks(books.policy, signers):
            yield closing.period
