"""What the visas prove about the books: who signed which entry or count, and whether it still is what was signed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from grandlivre.books.changed import what_changed
from grandlivre.books.directives.cash import CashCount
from grandlivre.books.directives.closings import Closing, Transmission
from grandlivre.books.documents import DocumentFolder, is_document_key
from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Place
from grandlivre.books.signed import Signable, count_object, sent_object, signables
from grandlivre.i18n import day as shown
from grandlivre.i18n import listing
from grandlivre.policy.keys import FILE, SigningKey
from grandlivre.policy.values import Dated
from grandlivre.proof.judging import Judge, Standing
from grandlivre.proof.lists import read_list
from grandlivre.proof.store import FOLDER, Store, folder_files, read_rules, read_store
from grandlivre.proof.versions import Versions, judged_versions
from grandlivre.proof.visa import NONE, PERSONAL, Visa
from grandlivre.rules.closing_proofs import closing_body, lacks
from grandlivre.sources.problem import Problem

T = TypeVar("T")
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
    since: str = ""
    """What changed since it was refused."""


class Refusal(NamedTuple):
    """An entry that somebody refused to sign, and did not sign since."""

    entry: Entry
    person: str
    said: Signed


class ClosingProof(NamedTuple):
    """What is known of the visa of a closing."""

    standing: Standing | None
    """None where nobody signed it."""
    fault: str
    """Why the visa is not this closing's, "" when it is."""
    lacking: tuple[str, ...]
    """The bodies of which nobody signed it."""


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

    @cached_property
    def store(self) -> Store:
        """All that stands under visas/."""
        return read_store(self._books.folder / FOLDER)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the visas themselves."""
        return self._judged[1]

    @property
    def standings(self) -> tuple[Standing, ...]:
        """The texts whose form is right, each with who signed it."""
        return self._judged[0]

    @cached_property
    def _judged(self) -> tuple[tuple[Standing, ...], tuple[Problem, ...]]:
        if not self.store.files and not self.store.strays:
            return (), ()
        books = self._books
        own = books.policy.organisation
        partial = bool(own.extract)
        judge = Judge(self.store, books.policy.keys, own.books_id or "", books.real_day, partial=partial)
        judged = judge.judged()
        if any(key.revoked is not None for key in books.policy.keys.keys):
            judged = judge._replace(sealed=self._sealed(judged.standings)).judged()
        return judged

    @cached_property
    def _listed(self) -> Mapping[tuple[str, str, str], _Listed]:
        return dict(self._newest())

    def closing(self, closing: Closing) -> ClosingProof:
        """What proves a closing."""
        path = f"cloture/{closing.period}.visa"
        standing = next((each for each in self.standings if each.file.path == path), None)
        if standing is None:
            return ClosingProof(None, "", lacks(self._books.policy, ()))
        return ClosingProof(
            standing,
            self._closing_fault(closing, standing.visa),
            lacks(self._books.policy, standing.signers),
        )

    def _closing_fault(self, closing: Closing, visa: Visa) -> str:
        """Why the visa of a closing is not the one of this closing, "" when it is."""
        if visa.body != closing_body(self._books, closing):
            return "la clôture, ou ce qu'elle scelle, n'est plus ce qui a été signé"
        if visa.rules != closing.rules_visa:
            return "la version des règles que nomme la clôture n'est plus celle qui a été signée"
        if visa.date < closing.date:
            return f"il est daté du {shown(visa.date)}, avant la clôture ({shown(closing.date)})"
        before = self._books.closing_before(closing)
        signed = self._file(f"cloture/{before.period}.visa") if before is not None else ""
        if visa.previous not in (NONE, signed) or (visa.previous == NONE and signed):
            return "il ne suit pas le visa de la clôture d'avant"
        return ""

    def _file(self, path: str) -> str:
        """The digest of a text, "" when there is none."""
        return next((file.digest for file in self.store.files if file.path == path), "")

    def _sealed(self, standings: tuple[Standing, ...]) -> Callable[[str, SigningKey], bool]:
        """Whether a closing signed by others, on or before the day a key was revoked, keeps a text as it is."""
        policy = self._books.policy
        signed = {
            each.visa.period for each in standings if each.visa.nature == "cloture" and not lacks(policy, each.signers)
        }
        kept = [
            (each.date, read_list(self.store, each.period)) for each in self._books.closings if each.period in signed
        ]

        def sealed(path: str, key: SigningKey) -> bool:
            digest = self._file(path).removeprefix("sha256:")
            return any(
                key.revoked is not None and day <= key.revoked and rows.get(path) == digest for day, rows in kept
            )

        return sealed

    @cached_property
    def versions(self) -> Versions:
        """The chain of the rules."""
        store = read_rules(self._books.folder / FOLDER)
        root = self._books.policy.root
        keys = root / FILE if root is not None else None
        now = keys.read_bytes() if keys is not None and keys.is_file() else None
        identity = self._books.policy.organisation.books_id or ""
        return judged_versions(store, identity, self._books.real_day, now)

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

    def sent(self, sent: Transmission, person: str) -> Signed:
        """What is known of a person's signature of a report that was sent."""
        listed = self._listed.get((person, "rapport", sent_object(sent)))
        if listed is None:
            return _NOTHING
        if listed.digest == sent.digest and listed.standing.visa.tree == sent.tree:
            return Signed(State.PROVED, listed.day)
        return Signed(State.CHANGED, listed.day, "le rapport envoyé n'est plus le même")

    def _sendings(self, name: str) -> list[Transmission]:
        """Every sending of the report that a visa names, oldest first."""
        return [each for each in self._books.directives.transmissions if sent_object(each) == name]

    def listed(self) -> Mapping[tuple[str, str, str], date]:
        """When each person signed (or refused) each thing last, by person, nature and object."""
        return {key: listed.day for key, listed in self._listed.items()}

    def of_object(self, name: str, person: str, nature: str) -> Signed | None:
        """What is known of a person's signature of what a visa names; None where the books hold no such thing, or two."""
        if nature == "caisse":
            counts = [count for count in self._books.directives.counts if count_object(count) == name]
            return self.count(counts[0], person) if len(counts) == 1 else None
        if nature == "rapport":  # sent again, it was signed as it was sent then
            said = [self.sent(each, person) for each in self._sendings(name)]
            return next((each for each in said if each.state is State.PROVED), said[-1] if said else None)
        entries = self._books.vouchers(name)
        return self.entry(entries[0], person, nature) if len(entries) == 1 else None

    def refused(self) -> tuple[Refusal, ...]:
        """The entries of open periods that somebody refused, the latest refusal first."""
        found: list[Refusal] = []
        for (person, nature, name), listed in self._listed.items():
            entries = self._books.vouchers(name) if listed.refused and nature == "ecritures" else ()
            if len(entries) == 1 and not self._books.closed_on(entries[0].date):
                found.append(Refusal(entries[0], person, self.entry(entries[0], person)))
        return tuple(sorted(found, key=lambda each: (each.said.day or date.min, each.entry.sort_key), reverse=True))

    def place_of(self, name: str, nature: str) -> Place:
        """Where what a visa names stands in the books."""
        if nature == "caisse":
            return next(count.place for count in self._books.directives.counts if count_object(count) == name)
        if nature == "rapport":
            return self._sendings(name)[-1].place
        return self._books.vouchers(name)[0].place

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
        reports = {sent_object(sent) for sent in self._books.directives.transmissions}
        own = {"caisse": counts, "rapport": reports}
        for (_, nature, name), listed in sorted(self._listed.items(), key=lambda pair: pair[0]):
            known = name in own[nature] if nature in own else bool(self._books.vouchers(name))
            if not known and not listed.refused:
                yield listed.standing, name

    def listed_vouchers(self) -> frozenset[str]:
        """The vouchers that some text lists, whatever its signature is worth."""
        visas = [file.visa for file in self.store.files if file.visa is not None]
        return frozenset([name for visa in visas if visa.nature in PERSONAL for _, name in visa.body])

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
        why = self._changed(listed, read) if visa.tree == tree else f"le projet est passé de {visa.tree} à {tree}"
        if listed.refused:
            return Signed(State.REFUSED, listed.day, visa.reason, why)
        return Signed(State.CHANGED, listed.day, why) if why else Signed(State.PROVED, listed.day)

    def _changed(self, listed: _Listed, read: _Read) -> str:
        """What changed since a visa listed something, "" when nothing did."""
        now = read()
        if now.digest == listed.digest:
            return ""
        then = self.store.kept(listed.standing.file.path).get(listed.digest)
        return listing(what_changed(then, now.text)) if then is not None else "son contenu a changé"


def unless_proved(books: Books, facts: object, work: Callable[[], Iterable[T]]) -> list[T]:
    """What a work over visas and what they are about finds; nothing, at once, where an earlier check found nothing there."""
    if books.memory is None or not (books.folder / FOLDER).is_dir():
        return list(work())
    files, told = books.once_for_all("proof-files", _depends_on)
    return books.unless_known(files, [facts, told], work)


def _depends_on(books: Books) -> tuple[list[Path], object]:
    """The files that the worth of visas depends on, and what else it does: the documents' bytes, the day."""
    files = [path for _, path in folder_files(books.folder / FOLDER)]
    files += books.policy.files
    files += {Path(str((entry.meta or {}).get("filename", ""))) for entry in books.raw}
    documents = {
        path: books.documents.hashed(path) for path in sorted(_documents(books)) if not DocumentFolder.escapes(path)
    }
    return [path for path in files if path.is_absolute()], [documents, str(books.real_day)]


def _documents(books: Books) -> Iterator[str]:
    """Every document that an entry or a directive names."""
    for shape in books.shapes:
        for key in [key for key in shape.form.keys if is_document_key(key)]:
            yield from filter(None, shape.texts(key))
        for entry in shape.entries if shape.annotated else ():
            for movement in entry.movements:
                yield from [str(value).strip() for key, value in movement.meta.items() if is_document_key(key)]
    yield from [str(each.value).strip() for each in books.directives.documents]


def proofs(books: Books) -> Proofs:
    """What the visas prove about these books; read once."""
    return books.once_for_all("proofs", Proofs)
