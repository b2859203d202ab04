"""What a closing's visa says, and who must have signed it: one of the Direction and one of the board."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grandlivre.books.digest import ItemWriter, is_left_out, manifest_digest
from grandlivre.books.directives.closings import Closing
from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.policy.loading import Policy
from grandlivre.proof.visa import Signed, digest_of

BOARD = "bureau-executif"


def closing_body(books: Books, closing: Closing) -> tuple[Signed, ...]:
    """What the visa of a closing lists: its root, each tree, the manifest, the directive itself."""
    directive = _directive(books, closing)
    text, _ = ItemWriter(lambda _path: None, _is_left_out if closing.extract else is_left_out).written(directive)
    found = [
        Signed(closing.digest, "racine"),
        *(Signed(digest, f"arbre {tree}") for tree, digest in closing.trees),
        Signed(digest_of(text.encode()), "directive cloture"),
    ]
    manifest = manifest_digest(books, closing)
    if manifest:
        found.append(Signed(manifest, f"manifeste {closing.period}"))
    return tuple(sorted(found))


def _is_left_out(key: str) -> bool:
    """What an extract adds to a closing was not signed."""
    return key in ("extrait", "manifeste") or is_left_out(key)


def _directive(books: Books, closing: Closing) -> Any:
    """Beancount's own directive of a closing."""
    return next(entry for entry in books.raw if Place.of(entry.meta) == closing.place)


def is_direction(policy: Policy, person: str) -> bool:
    """Whether a person is of the Direction."""
    return person in policy.people and policy.people[person].college == "direction"


def is_board(policy: Policy, person: str) -> bool:
    """Whether a person is of the board."""
    declared = person in policy.people and policy.people[person].college == BOARD
    return declared or person in policy.organisation.members(BOARD)


def lacks(policy: Policy, signers: Iterable[str]) -> tuple[str, ...]:
    """The bodies of which nobody signed yet, somebody for each: « la Direction », « le Bureau exécutif »."""
    people = list(signers)
    direction = [who for who in people if is_direction(policy, who)]
    board = [who for who in people if is_board(policy, who)]
    missing = (() if direction else ("la Direction",)) + (() if board else ("le Bureau exécutif",))
    return missing or (("une seconde personne",) if len({*direction, *board}) < 2 else ())
