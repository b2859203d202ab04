"""Verifying: everything that books prove by themselves, and whether it is what somebody outside wrote down.

Nothing is written and nothing is fetched. What is false has its file, its line and its reason; what only agrees with itself is
« cohérent, non ancré » until a root kept elsewhere (the board's register, a report that was sent) is given.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.i18n import did_you_mean
from grandlivre.inspection import Inspection, inspect
from grandlivre.policy.people import without_asides
from grandlivre.proof.store import FOLDER, VisaFile
from grandlivre.proof.visa import PERSONAL
from grandlivre.rules import Finding, Level, State, proofs
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.past import file_changes

_JUDGES = frozenset({"visa", "regles-visees", "periode-close", "texte", "beancount"})
"""The rules whose errors make books false, whatever else they say."""
_ROOT = re.compile(r"(?:(\d{4}-(?:T[1-4]|\d{2}))=)?(sha256:[0-9a-f]{64})")


class Fault(NamedTuple):
    """Something that is false."""

    rule: str
    file: str
    """Relative to the books' root."""
    line: int
    message: str


class Anchor(NamedTuple):
    """A root that somebody outside kept, of a period when it was said."""

    period: str
    root: str


class SignedThing(NamedTuple):
    """One thing that a person signed."""

    person: str
    nature: str
    object: str
    day: date
    state: State


class ClosingVerdict(NamedTuple):
    """A closing, who signed it, and whether its root is one that was given."""

    period: str
    day: date
    root: str
    signers: tuple[str, ...]
    witnesses: tuple[str, ...]
    anchored: bool


class Verdict(NamedTuple):
    """All that was verified."""

    books: str
    today: date
    texts: int
    signatures: int
    things: tuple[SignedThing, ...]
    rules: str
    """The version of the rules in force: « 0003 sha256:… », "" without any."""
    rules_file: str
    """Where it stands under visas/: « regles-2/0001.visa »."""
    guardians: tuple[str, ...]
    rules_witnesses: tuple[str, ...]
    closings: tuple[ClosingVerdict, ...]
    sent: int
    faults: tuple[Fault, ...]
    anchors: int

    @property
    def word(self) -> str:
        """faux | coherent | prouve."""
        return "faux" if self.faults else "prouve" if self.anchors else "coherent"

    def counted(self) -> Counter[tuple[str, State]]:
        """How many things of each nature are in each state."""
        return Counter((each.nature, each.state) for each in self.things)


def read_anchors(texts: Iterable[str]) -> tuple[Anchor, ...]:
    """The roots that were given; raises RefusedError for a text that is none."""
    found: list[Anchor] = []
    for text in texts:
        match = _ROOT.fullmatch(text.strip())
        if match is None:
            raise RefusedError(f"« {text[:80]} » n'est pas une racine : écrivez sha256:… ou 2026-T3=sha256:…")
        found.append(Anchor(match[1] or "", match[2]))
    return tuple(found)


def verify(main: Path, today: date, anchors: Sequence[Anchor] = ()) -> Verdict:
    """Everything that these books prove; raises RefusedError when this program is too old to say."""
    return verified(inspect(main, today), today, anchors)


def verified(inspection: Inspection, today: date, anchors: Sequence[Anchor] = ()) -> Verdict:
    """The same of books that were inspected on that day."""
    books = inspection.books
    if inspection.halted:
        return Verdict(
            "", today, 0, 0, (), "", "", (), (), (), 0, tuple(_said(inspection, inspection.findings)), len(anchors)
        )
    found = proofs(books)
    _require_recent(found.store.files)
    things = tuple(_things(books))
    faults = [
        *_said(inspection, (each for each in inspection.findings if _makes_false(each))),
        *_changed(inspection, things),
        *_unanchored(inspection, anchors),
    ]
    version = found.versions.in_force
    return Verdict(
        books.policy.organisation.books_id or "",
        today,
        len(found.store.files),
        sum(len(each.signers) + len(each.witnesses) for each in found.standings)
        + (len(version.guardians) if version else 0),
        things,
        version.name if version is not None else "",
        version.file.path if version is not None else "",
        version.guardians if version is not None else (),
        version.witnesses if version is not None else (),
        tuple(_closings(books, anchors)),
        len(books.directives.transmissions),
        tuple(sorted(set(faults), key=lambda fault: (fault.file, fault.line, fault.message))),
        len(anchors),
    )


def _makes_false(finding: Finding) -> bool:
    """Whether an error says that something signed, closed or sent is not what it was."""
    if finding.level is not Level.ERROR:
        return False
    of_a_report = finding.rule == "piece-justificative" and "model" in finding.facts
    return finding.rule in _JUDGES or finding.facts.get("proof") == "visa" or of_a_report


def _said(inspection: Inspection, findings: Iterable[Finding]) -> Iterator[Fault]:
    for each in findings:
        if each.level is Level.ERROR:
            yield Fault(each.rule, inspection.relative(each.file), each.line, each.message)


def _things(books: Books) -> Iterator[SignedThing]:
    """What each person's newest visa says of each thing, against what the books say today."""
    found = proofs(books)
    for (person, nature, name), day in sorted(found.listed().items()):
        signed = found.of_object(name, person, nature)
        if signed is not None:
            yield SignedThing(person, nature, name, day, signed.state)


def _changed(inspection: Inspection, things: Iterable[SignedThing]) -> Iterator[Fault]:
    """What changed since it was signed, whether or not a rule asks for the signature."""
    books = inspection.books
    found = proofs(books)
    for thing in things:
        if thing.state is State.CHANGED:
            signed = found.of_object(thing.object, thing.person, thing.nature)
            place = found.place_of(thing.object, thing.nature)
            person = books.policy.people.get(thing.person)
            name = without_asides(person.name) if person is not None else thing.person
            assert signed is not None
            said = f"{thing.object} n'est plus ce qui a été signé : {found.why(signed, name)}."
            yield Fault("visa", inspection.relative(place.file), place.line, said)


def _closings(books: Books, anchors: Sequence[Anchor]) -> Iterator[ClosingVerdict]:
    roots = {anchor.root for anchor in anchors}
    for closing in books.closings:
        standing = proofs(books).closing(closing).standing
        signers = standing.signers if standing is not None else ()
        witnesses = standing.witnesses if standing is not None else ()
        yield ClosingVerdict(closing.period, closing.date, closing.digest, signers, witnesses, closing.digest in roots)


def _unanchored(inspection: Inspection, anchors: Iterable[Anchor]) -> Iterator[Fault]:
    """Roots kept outside that no closing of these books has."""
    closings = inspection.books.closings
    for anchor in anchors:
        own = [each for each in closings if not anchor.period or each.period == anchor.period]
        if not any(each.digest == anchor.root for each in own):
            place = own[0].place if anchor.period and own else None
            known = [each.period for each in closings]
            said = (
                f"La clôture {anchor.period} n'a pas la racine {anchor.root} : elle a été refaite depuis que cette racine a été notée."
                if place is not None
                else f"Aucune clôture de ces livres n'a la racine {anchor.root}"
                f"{f', et la période {anchor.period} n’est pas close' if anchor.period else ''} : une clôture a été refaite ou "
                f"retirée depuis qu'elle a été notée.{did_you_mean(anchor.period, known) if anchor.period else ''}"
            )
            file = inspection.relative(place.file if place is not None else str(inspection.main))
            yield Fault("periode-close", file, place.line if place is not None else 1, said)


def _require_recent(files: Iterable[VisaFile]) -> None:
    """Raises RefusedError when guardians asked for a newer program than this one."""
    own = tuple(int(part) for part in metadata.version("grandlivre").split(".")[:2])
    for file in files:
        if file.visa is not None and file.visa.nature not in PERSONAL and file.visa.program:
            asked = tuple(int(part) for part in file.visa.program.removeprefix(">= ").split("."))
            if asked > own:
                raise RefusedError(
                    f"{file.path} demande Grand Livre {file.visa.program} ; ce programme est plus ancien et ne peut pas juger. "
                    "Mettez-le à jour."
                )


def past_changes(main: Path) -> tuple[str, ...]:
    """What git shows of visas taken away or changed since they were recorded; raises RefusedError where history is not whole."""
    folder = main.parent / FOLDER
    return tuple(
        f"{change.day:%d/%m/%Y} {change.author} : {change.path} {'retiré' if change.kind == 'D' else 'modifié'} ({change.id[:12]})"
        for change in file_changes(main, folder)
        if change.kind in ("D", "M")
    )
