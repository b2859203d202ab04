"""Whether the visas of a folder hold: each signature, each key on its day, each key's chain.

Nothing is said here of what they are about: that a voucher still is what was signed is the books' matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from grandlivre.i18n import day as shown
from grandlivre.policy.keys import KeyRegister, SigningKey
from grandlivre.policy.ssh_keys import WireError
from grandlivre.proof.signature import NAMESPACE, WITNESS, Signature, read_signature
from grandlivre.proof.store import SignatureFile, Store, VisaFile
from grandlivre.proof.verifying import SignatureError, verify
from grandlivre.proof.visa import NONE, PERSONAL, Visa
from grandlivre.sources.problem import Problem

_AGAIN = "Faites signer de nouveau : grandlivre sign."
Sealed = Callable[[str, SigningKey], bool]
"""Whether a closing that does not rest on a key listed a text by the day on which that key was revoked."""


class Standing(NamedTuple):
    """A text whose form is right, and who signed it."""

    file: VisaFile
    visa: Visa
    signers: tuple[str, ...]
    """The people whose signatures hold, each once."""
    witnesses: tuple[str, ...]
    rank: int = 0
    """Its place in the chain of its key, from 1; 0 when it hangs in the air."""


class _Undone(NamedTuple):
    """A signature that was good until its key was revoked."""

    visa: Visa
    signer: str
    problem: Problem
    others: int
    """How many other people's signatures of the same text hold."""


class _RevokedError(SignatureError):
    """The key was revoked, and no closing kept the text before."""


class Judged(NamedTuple):
    """What the visas of a folder are worth."""

    standings: tuple[Standing, ...]
    problems: tuple[Problem, ...]


class Judge(NamedTuple):
    """By what visas are judged."""

    store: Store
    register: KeyRegister
    books: str
    """Identity of these books."""
    today: date | None
    """The real day, where one is known: no visa is dated after it."""
    sealed: Sealed = lambda _path, _key: False
    partial: bool = False
    """Whether these books are the extract of a project: the visas of the others, which some follow, are not there."""

    def judged(self) -> Judged:
        """Every text of the folder."""
        problems = [*self.store.strays, *(each.problem for each in self.store.files if each.problem is not None)]
        standings: list[Standing] = []
        undone: list[_Undone] = []
        for file in self.store.files:
            if file.visa is None or file.problem is not None:
                continue
            untrue = list(self._text(file, file.visa))
            if file.visa.nature == "regles":  # judged by the keys of its time: proof/versions.py
                problems += untrue
                continue
            signers, witnesses = self._signed(file, file.visa, problems, undone)
            problems += untrue
            standings.append(Standing(file, file.visa, () if untrue else signers, () if untrue else witnesses))
        problems += _left_undone(undone, standings)
        chained, broken = _chains(self.store, standings, self.partial)
        return Judged(tuple(chained), tuple(sorted({*problems, *broken})))

    def _text(self, file: VisaFile, visa: Visa) -> Iterator[Problem]:
        """What the text itself says that cannot be."""
        if visa.books != self.books:
            yield self._problem(file, 2, "Ce visa est celui d'autres livres : retirez-le, il ne prouve rien ici.")
        if self.today is not None and visa.date > self.today:
            yield self._problem(file, 7, f"Ce visa est daté du {shown(visa.date)}, après aujourd'hui. {_AGAIN}")

    def _signed(
        self, file: VisaFile, visa: Visa, problems: list[Problem], undone: list[_Undone]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Who signed a text validly; what is wrong with the other signatures joins the problems, or those that are undone."""
        signers: list[str] = []
        witnesses: list[str] = []
        revoked: list[tuple[str, Problem]] = []
        for each in file.signatures:
            try:
                (witnesses if self._is_witness(each) else signers).append(self.signer(file, visa, each))
            except SignatureError as error:
                said = f"La signature de {each.signer} ne vaut rien : {error}. {_AGAIN}"
                problem = Problem(self.store.place(each.path), 1, said)
                if isinstance(error, _RevokedError):
                    revoked.append((each.signer, problem))
                else:
                    problems.append(problem)
        undone += [_Undone(visa, who, problem, len(set(signers))) for who, problem in revoked]
        if visa.nature in PERSONAL:
            others = [each for each in file.signatures if each.signer != visa.person]
            problems += [
                Problem(
                    self.store.place(each.path), 1, f"Ce visa est celui de {visa.person} : retirez cette signature."
                )
                for each in others
            ]
            if len(others) == len(file.signatures):
                said = f"Ce visa n'est pas signé : {file.path}.{visa.person}.sig manque. Remettez-le, ou faites signer de nouveau."
                problems.append(self._problem(file, 1, said))
        return tuple(dict.fromkeys(signers)), tuple(dict.fromkeys(witnesses))

    def _is_witness(self, each: SignatureFile) -> bool:
        return any(witness.id == each.signer for witness in self.register.witnesses)

    def signer(self, file: VisaFile, visa: Visa, each: SignatureFile) -> str:
        """Whose signature it is, after all was verified; raises SignatureError."""
        try:
            signature = read_signature(each.content)
        except WireError as error:
            raise SignatureError(str(error)) from error
        if self._is_witness(each):
            return self._witness(file, visa, each, signature)
        key = self.register.by_fingerprint.get(signature.fingerprint)
        if key is None:
            raise SignatureError(f"sa clé {signature.fingerprint} n'est pas dans rules/cles.yaml")
        if key.person != each.signer:
            raise SignatureError(f"sa clé est celle de {key.person}")
        if visa.key and visa.key != signature.fingerprint:
            raise SignatureError(f"le visa nomme une autre clé ({visa.key})")
        self._require_valid(file, visa, key)
        verify(signature, file.content, NAMESPACE, key.origin)
        return key.person

    def _witness(self, file: VisaFile, visa: Visa, each: SignatureFile, signature: Signature) -> str:
        witness = self.register.witness(signature.fingerprint)
        if witness is None or witness.id != each.signer:
            raise SignatureError("sa clé n'est pas celle de ce témoin dans rules/cles.yaml")
        if visa.nature in PERSONAL:
            raise SignatureError("un témoin signe une clôture ou une version des règles")
        if visa.date < witness.start:
            raise SignatureError(f"sa clé ne vaut que depuis le {shown(witness.start)}")
        verify(signature, file.content, WITNESS)
        return witness.id

    def _require_valid(self, file: VisaFile, visa: Visa, key: SigningKey) -> None:
        """Raises SignatureError unless the key could sign on the visa's day."""
        if visa.date < key.start:
            raise SignatureError(f"sa clé ne vaut que depuis le {shown(key.start)}, le visa est du {shown(visa.date)}")
        if key.end is not None and visa.date > key.end:
            raise SignatureError(f"sa clé a expiré le {shown(key.end)}, le visa est du {shown(visa.date)}")
        if key.revoked is not None and not self.sealed(file.path, key):
            raise _RevokedError(
                f"sa clé a été révoquée le {shown(key.revoked)} ({key.reason}), et aucune clôture d'avant ne garde ce visa"
            )

    def _problem(self, file: VisaFile, line: int, sentence: str) -> Problem:
        return Problem(self.store.place(file.path), line, sentence)


def _left_undone(undone: Iterable[_Undone], standings: Iterable[Standing]) -> Iterator[Problem]:
    """What a revoked key signed and nobody signed again: each thing under the person's other key, a closing by two others."""
    again: dict[tuple[str, str, str], date] = {}
    for each in standings:
        visa = each.visa
        for nature in _answered(visa.nature) if visa.person in each.signers else ():
            for _, name in visa.body:
                key = (visa.person, nature, name)
                again[key] = max(again.get(key, visa.date), visa.date)
    for visa, _, problem, others in undone:
        if visa.nature not in PERSONAL:
            made_good = others > 1
        else:
            since = [again.get((visa.person, visa.nature, name), date.min) for _, name in visa.body]
            made_good = all(day >= visa.date for day in since)
        if not made_good:
            yield problem


def _answered(nature: str) -> tuple[str, ...]:
    """The natures that a visa answers for: whoever signs after a refusal withdraws it, whoever refuses withdraws a signature."""
    return ("ecritures", "derogations", "refus") if nature == "refus" else (nature, "refus")


def _chains(store: Store, standings: Iterable[Standing], partial: bool) -> tuple[list[Standing], list[Problem]]:
    """Each personal visa with its place in the chain of its key, and what breaks the chains."""
    by_key: dict[str, list[VisaFile]] = {}
    for file in store.files:
        if file.visa is not None and file.visa.nature in PERSONAL:
            by_key.setdefault(file.visa.key, []).append(file)
    problems: list[Problem] = []
    ranks: dict[str, int] = {}
    for _, files in sorted(by_key.items()):
        if partial:
            ranks |= {file.path: rank for rank, file in enumerate(sorted(files, key=_day_and_path), 1)}
            continue
        problems += _links(store, files)
        ranks |= _ranks(files)
    problems += [] if partial else _heads(store, by_key)
    return [each._replace(rank=ranks.get(each.file.path, 0)) for each in standings], problems


def _day_and_path(file: VisaFile) -> tuple[date, str]:
    return file.visa.date if file.visa is not None else date.min, file.path


def _links(store: Store, files: list[VisaFile]) -> Iterator[Problem]:
    """Each visa of one key against the one before it."""
    by_digest = {file.digest: file for file in files}
    followed: dict[str, VisaFile] = {}
    for file in files:
        assert file.visa is not None
        previous = file.visa.previous
        before = by_digest.get(previous)
        if previous != NONE and before is None:
            said = (
                "Le visa que celui-ci suit n'est plus là, ou n'est plus le même : un visa de cette clé a été retiré ou "
                "modifié. Remettez-le (git le garde)."
            )
            yield Problem(store.place(file.path), 8, said)
        elif previous in followed:
            said = f"Ce visa et {followed[previous].path} suivent le même : la chaîne de cette clé ne bifurque pas. Retirez celui qui n'a pas été fait ici, et faites signer de nouveau."
            yield Problem(store.place(file.path), 8, said)
        elif before is not None and before.visa is not None and before.visa.date > file.visa.date:
            said = (
                f"Ce visa est daté du {shown(file.visa.date)}, avant celui qu'il suit ({shown(before.visa.date)}) : un visa "
                f"ne s'antidate pas. {_AGAIN}"
            )
            yield Problem(store.place(file.path), 7, said)
        followed.setdefault(previous, file)


def _ranks(files: list[VisaFile]) -> dict[str, int]:
    """The place of each visa of one key, from the first on, as far as the chain goes."""
    after = {file.visa.previous: file for file in reversed(files) if file.visa is not None}
    ranks: dict[str, int] = {}
    at = NONE
    while (file := after.get(at)) is not None and file.path not in ranks:
        ranks[file.path] = len(ranks) + 1
        at = file.digest
    return ranks


def _heads(store: Store, by_key: Mapping[str, list[VisaFile]]) -> Iterator[Problem]:
    """Visas that a later text knew as the last of their key, and that are gone."""
    known = {key: {file.digest for file in files} for key, files in by_key.items()}
    for file in store.files:
        for head in file.visa.heads if file.visa is not None else ():
            if head.visa not in known.get(head.key, ()):
                said = (
                    f"Ce visa a connu comme dernier visa de la clé {head.key} un texte ({head.visa[:19]}…) qui n'est plus là : "
                    "la fin de sa chaîne a été coupée. Remettez les visas retirés (git les garde)."
                )
                yield Problem(store.place(file.path), 1, said)


def last_of(store: Store, key: str) -> str:
    """The digest of the last visa of a key, which the next one follows; "-" when it signed nothing yet."""
    own = [
        file for file in store.files if file.visa is not None and file.visa.nature in PERSONAL and file.visa.key == key
    ]
    followed = {file.visa.previous for file in own if file.visa is not None}
    ends = [file for file in own if file.digest not in followed]
    return (
        max(ends, key=lambda file: (file.visa.date if file.visa is not None else date.min, file.path)).digest
        if ends
        else NONE
    )
