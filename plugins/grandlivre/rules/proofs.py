"""What the visas prove about the books: who signed which entry or count, and whether it still is what was signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from grandlivre.books.changed import what_changed
from grandlivre.books.directives.cash import CashCount
from grandlivre.books.index import Books
from grandlivre.books.records import Entry
from grandlivre.books.signed import Signable, count_object, signables
from grandlivre.i18n import day as shown
from grandlivre.i18n import listing
from grandlivre.policy.keys import FILE
from grandlivre.policy.values import Dated
from grandlivre.proof.store import FOLDER, Store, read_store
from grandlivre.proof.visa import PERSONAL
from grandlivre.sources.problem import Problem

if TYPE_CHECKING:
    from grandlivre.proof.judging import Standing
    from grandlivre.proof.versions import Versions

Proof = Dated[Literal["declaree", "visa"]]
"""What a signature is, since when: a name that somebody writes, or a visa under that person's key."""
DECLARED = Proof.always("declaree")


class State(StrEnum):
    """What is known of a person's signature of something."""

    PROVED = "prouvée"
    ABSENT = "absente"
    CHANGED = "changée"
    REFUSED = "refusée"


class Signed(NamedTuple):
    """What is known of a person's signature of one thing."""

    state: State
    day: date | None = None
    """When the person signed or refused."""
    why: str = ""
    """What changed since, or why it was refused."""


class _Listed(NamedTuple):
    """One thing that one visa lists."""

    day: date
    rank: int
    refused: bool
    digest: str
    standing: Standing


_NOTHING = Signed(State.ABSENT)
_Read = Callable[[], Signable]


class Proofs:
    """The visas of these books against what they say today."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.store: Store = read_store(books.folder / FOLDER)
        self.problems: tuple[Problem, ...] = ()
        """What is wrong with the visas themselves."""
        self.standings: tuple[Standing, ...] = ()
        self._listed: Mapping[tuple[str, str, str], _Listed] = {}
        if self.store.files or self.store.strays:
            # cryptography takes longer to import than small books to judge: only for who signs
            from grandlivre.proof.judging import Judge

            identity = books.policy.organisation.books_id or ""
            judged = Judge(self.store, books.policy.keys, identity, books.as_of).judged()
            self.problems, self.standings = judged.problems, judged.standings
            self._listed = dict(self._newest())

    @cached_property
    def versions(self) -> Versions:
        """The chain of the rules."""
        from grandlivre.proof.versions import judged_versions

        root = self._books.policy.root
        keys = root / FILE if root is not None else None
        now = keys.read_bytes() if keys is not None and keys.is_file() else None
        identity = self._books.policy.organisation.books_id or ""
        return judged_versions(self.store, identity, self._books.as_of, now)

    def entry(self, entry: Entry, person: str, nature: str = "ecritures") -> Signed:
        """What is known of a person's signature of an entry: as signatory (`ecritures`) or for its waiver (`derogations`)."""
        if not entry.piece or len(self._books.vouchers(entry.piece)) != 1:
            return _NOTHING
        listed = self._listed.get((person, nature, entry.piece))
        return self._against(listed, lambda: signables(self._books).entry(entry), entry.tree) if listed else _NOTHING

    def count(self, count: CashCount, person: str) -> Signed:
        """What is known of a person's signature of a cash count."""
        listed = self._listed.get((person, "caisse", count_object(count)))
        return (
            self._against(listed, lambda: signables(self._books).count(count), count.account.tree)
            if listed
            else _NOTHING
        )

    def why(self, signed: Signed, name: str) -> str:
        """The reason of a signature that does not hold, in words."""
        on = f" du {shown(signed.day)}" if signed.day is not None else ""
        match signed.state:
            case State.CHANGED:
                return f"{signed.why} depuis la signature de {name}{on}"
            case State.REFUSED:
                return f"{name} a refusé le {shown(signed.day) if signed.day else ''} : {signed.why}"
            case _:
                return f"aucun visa de {name} ne la prouve"

    def gone(self) -> Iterator[tuple[Standing, str]]:
        """What the newest visa of a person lists, and that the books hold no more."""
        counts = {count_object(count) for count in self._books.directives.counts}
        for (_, nature, name), listed in sorted(self._listed.items(), key=lambda pair: pair[0]):
            known = name in counts if nature == "caisse" else bool(self._books.vouchers(name))
            if not known and not listed.refused and nature != "rapport":
                yield listed.standing, name

    def _newest(self) -> Iterator[tuple[tuple[str, str, str], _Listed]]:
        """By person, nature and object, what the newest visa that lists it says; a refusal counts for every nature of vouchers."""
        found: dict[tuple[str, str, str], _Listed] = {}
        for standing in self.standings:
            visa = standing.visa
            if visa.nature not in PERSONAL or visa.person not in standing.signers:
                continue
            refused = visa.nature == "refus"
            for digest, name in visa.body:
                listed = _Listed(visa.date, standing.rank, refused, digest, standing)
                for nature in ("ecritures", "derogations") if refused else (visa.nature,):
                    key = (visa.person, nature, name)
                    if key not in found or found[key][:3] < listed[:3]:
                        found[key] = listed
        yield from found.items()

    def _against(self, listed: _Listed, read: _Read, tree: str) -> Signed:
        """A signature against what the books say today."""
        visa = listed.standing.visa
        if listed.refused:
            return Signed(State.REFUSED, listed.day, visa.reason)
        if visa.tree != tree:
            return Signed(State.CHANGED, listed.day, f"le projet est passé de {visa.tree} à {tree}")
        now = read()
        if now.digest == listed.digest:
            return Signed(State.PROVED, listed.day)
        then = self.store.kept(listed.standing.file.path).get(listed.digest)
        why = listing(what_changed(then, now.text)) if then is not None else "son contenu a changé"
        return Signed(State.CHANGED, listed.day, why)


def proofs(books: Books) -> Proofs:
    """What the visas prove about these books; read once."""
    return books.once_for_all("proofs", Proofs)
