"""The chain of the rules: which version follows which, signed by enough guardians of the version before.

`visas/regles/0001.visa` lists every file of `rules/` and `templates/` with its digest. The bytes of the YAML files lie beside
it, in `visas/regles/contenus/<sha256>`, each proved by its own name: the keys and the threshold of a past version are read there,
from the repository alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from grandlivre.i18n import counted, listing
from grandlivre.i18n import day as shown
from grandlivre.policy.guarded import content_digest
from grandlivre.policy.keys import FILE, Guard, KeyRegister
from grandlivre.policy.reading import validate
from grandlivre.proof.judging import Judge
from grandlivre.proof.signature import WITNESS
from grandlivre.proof.steadfast import CONTROLS, taken_back
from grandlivre.proof.store import Store, VisaFile, rules_rank
from grandlivre.proof.verifying import SignatureError
from grandlivre.proof.visa import NONE, Visa
from grandlivre.sources.problem import Problem
from grandlivre.sources.yaml import parse

KEYS = f"rules/{FILE}"
CONTENTS = "regles/contenus"
_KEEP = "Remettez la chaîne des versions telle que git la garde."


class Version(NamedTuple):
    """A version of the rules."""

    file: VisaFile
    visa: Visa
    guardians: tuple[str, ...]
    """The guardians who signed it validly, by the version before and by its own."""
    lacking: int
    """How many more must sign; 0 when it is in force."""
    needed: int
    """How many sign such a change."""
    witnesses: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """« 0003 sha256:… », as a closing names it."""
        return f"{self.visa.number:04d} {self.file.digest}"

    @property
    def files(self) -> Mapping[str, str]:
        """The digest of each file, by its path."""
        return {name: digest for digest, name in self.visa.body}


class Versions(NamedTuple):
    """The chain, in its order, and what breaks it."""

    chain: tuple[Version, ...]
    problems: tuple[Problem, ...]
    former: tuple[Version, ...] = ()
    """The versions of the chains that this one replaces."""

    @property
    def known(self) -> tuple[Version, ...]:
        """Every version, those of replaced chains first."""
        return (*self.former, *self.chain)

    @property
    def in_force(self) -> Version | None:
        """The last version that enough guardians signed."""
        return next((each for each in reversed(self.known) if not each.lacking), None)

    def replaced_by(self, version: Version) -> Version | None:
        """The end of the chain that a first version replaces."""
        return next((each for each in self.known if each.file.digest == version.visa.replaces), None)

    @property
    def pending(self) -> Version | None:
        """The version that still waits for signatures, when it is the last."""
        return self.chain[-1] if self.chain and self.chain[-1].lacking else None


def content_path(digest: str) -> str:
    """Where the bytes of a signed file lie, relative to visas/."""
    return f"{CONTENTS}/{digest.removeprefix('sha256:')}"


def kept_content(store: Store, digest: str) -> bytes | None:
    """The bytes of a signed file, when they were kept and are still those."""
    try:
        content = store.place(content_path(digest)).read_bytes()
    except OSError:
        return None
    return content if content_digest(content) == digest else None


def judged_versions(store: Store, books: str, today: date | None, keys_now: bytes | None) -> Versions:
    """Every version of each chain against the one before; `keys_now` are the bytes of today's `cles.yaml`."""
    chains: dict[int, list[VisaFile]] = {}
    for file in sorted(store.files, key=lambda each: each.path):
        if file.visa is not None and file.visa.nature == "regles" and file.problem is None:
            chains.setdefault(rules_rank(file.path), []).append(file)
    found = Versions((), ())
    for _, files in sorted(chains.items()):
        chain, problems = _chain(Judging(store, books, today), files, keys_now, found.chain)
        found = Versions(chain, (*found.problems, *problems), (*found.former, *found.chain))
    return found


def _chain(
    judging: Judging, files: Sequence[VisaFile], keys_now: bytes | None, replaced: Sequence[Version]
) -> tuple[tuple[Version, ...], tuple[Problem, ...]]:
    """The versions of one chain, and what breaks it; `replaced` are those of the chain before it."""
    store = judging.store
    chain: list[Version] = []
    problems: list[Problem] = []
    before: KeyRegister | None = None
    for file in files:
        assert file.visa is not None
        last = chain[-1] if chain else None
        problems += _link(store, file, file.visa, last)
        own = register_of(store, file.visa, keys_now)
        if own is None:
            said = f"Les clés de cette version ({KEYS}) ne sont ni dans {CONTENTS}/ ni dans rules/ : elle ne peut pas être vérifiée. {_KEEP}"
            problems.append(_at(store, file, said))
            chain.append(Version(file, file.visa, (), 1, 1))
            continue
        version, untrue = _version(judging, file, last, before, own)
        problems += untrue
        end = replaced[-1] if replaced and last is None else None
        problems += _replacement(store, version, end, keys_now)
        problems += _weakened(store, version, last or end)
        chain.append(version)
        if version.lacking and file is not files[-1]:
            who = listing(version.guardians) if version.guardians else "personne"
            said = f"Cette version n'a été signée que par {who} : il en faut {version.needed}, et d'autres versions la suivent. {_KEEP}"
            problems.append(_at(store, file, said))
        if not version.lacking:
            before = own
    return tuple(chain), tuple(problems)


class Judging(NamedTuple):
    """By what signatures are judged, keys apart."""

    store: Store
    books: str
    today: date | None

    def signers(self, file: VisaFile, register: KeyRegister) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, str]]:
        """The people and the witnesses who signed a text validly by a register of keys, and why the others did not."""
        assert file.visa is not None
        judge = Judge(self.store, register, self.books, self.today)
        good: list[str] = []
        faults: dict[str, str] = {}
        for each in file.signatures:
            try:
                good.append(judge.signer(file, file.visa, each))
            except SignatureError as error:
                faults[each.path] = str(error)
        witnesses = {witness.id for witness in register.witnesses}
        return (
            tuple(dict.fromkeys(who for who in good if who not in witnesses)),
            tuple(dict.fromkeys(who for who in good if who in witnesses)),
            faults,
        )


def _version(
    judging: Judging, file: VisaFile, last: Version | None, before: KeyRegister | None, own: KeyRegister
) -> tuple[Version, list[Problem]]:
    """One version by the keys of the one before, then by its own."""
    assert file.visa is not None
    problems: list[Problem] = []
    if own.guard is None:
        said = f"Cette version n'a plus de gardiens (politique: dans {KEYS}) : plus personne ne garderait les règles. {_KEEP}"
        problems.append(_at(judging.store, file, said))
    signers, witnesses, faults = judging.signers(file, own)
    if before is not None:
        former, _, former_faults = judging.signers(file, before)
        faults = {path: why for path, why in former_faults.items() if path in faults}
    else:
        former = signers
    problems += [
        Problem(
            judging.store.place(path),
            1,
            f"Cette signature ne vaut rien : {why}. Faites signer de nouveau : grandlivre sign --nature regles.",
        )
        for path, why in sorted(faults.items())
    ]
    changed = _changed(last, file.visa)
    judges = [
        (guard, heard) for guard, heard in ((before.guard if before else None, former), (own.guard, signers)) if guard
    ]
    needed = max((_needed(guard, changed, first=last is None) for guard, _ in judges), default=1)
    lacking = max(
        (_needed(guard, changed, first=last is None) - len(_guards(guard, heard)) for guard, heard in judges), default=1
    )
    agreed = [who for who in signers if all(who in _guards(guard, heard) for guard, heard in judges)]
    return Version(file, file.visa, tuple(agreed), max(lacking, 0), needed, witnesses), problems


def _guards(guard: Guard, heard: Sequence[str]) -> list[str]:
    return [who for who in heard if who in guard.guardians]


def _needed(guard: Guard, changed: set[str], *, first: bool) -> int:
    """How many guardians such a change asks for."""
    return 1 if not first and changed and changed <= set(guard.plain) else guard.threshold


def _changed(last: Version | None, visa: Visa) -> set[str]:
    """The files that a version changes, brings or takes away; the entry point's settings count as a file."""
    before, now = dict(last.files) if last is not None else {}, {name: digest for digest, name in visa.body}
    found = {name for name in {*before, *now} if before.get(name) != now.get(name)}
    return found | ({"main"} if last is None or last.visa.main != visa.main else set())


def _link(store: Store, file: VisaFile, visa: Visa, last: Version | None) -> Iterator[Problem]:
    """A version against the one before it in the chain."""
    expected = last.visa.number + 1 if last is not None else 1
    if visa.number != expected:
        yield _at(
            store, file, f"La version {expected:04d} manque : les versions des règles se suivent sans trou. {_KEEP}"
        )
    elif visa.previous != (last.file.digest if last is not None else NONE):
        yield _at(
            store,
            file,
            f"Cette version ne suit pas celle qui est avant elle : une version a été remplacée ou modifiée. {_KEEP}",
        )
    if last is not None and visa.date < last.visa.date:
        said = f"Cette version est datée du {shown(visa.date)}, avant la précédente ({shown(last.visa.date)}). {_KEEP}"
        yield _at(store, file, said)


def _weakened(store: Store, version: Version, last: Version | None) -> Iterator[Problem]:
    """A proof by visa that a version takes back for days before it was signed."""
    contents = [kept_content(store, each.files.get(CONTROLS, "")) for each in (last, version) if each is not None]
    if len(contents) == 2 and contents[0] is not None and contents[1] is not None:
        for rule, since in taken_back(contents[0], contents[1], version.visa.date):
            said = (
                f"Cette version n'exige plus de visa pour « {rule} » au {shown(since)}, avant le jour où elle a été signée "
                f"({shown(version.visa.date)}) : declaree ne vaut qu'à partir de sa signature. Datez-la (depuis:) de ce jour."
            )
            yield _at(store, version.file, said)


def _replacement(store: Store, version: Version, end: Version | None, keys_now: bytes | None) -> Iterator[Problem]:
    """A chain in the place of another: it names the end of that one, and a witness that one knew attests it."""
    visa = version.visa
    if visa.number != 1:
        if visa.replaces:
            yield _at(store, version.file, f"Seule une première version remplace une chaîne. {_KEEP}")
        return
    if visa.replaces != (end.file.digest if end is not None else ""):
        said = "Cette première version ne nomme pas (remplace) la fin de la chaîne qui est avant elle"
        yield _at(store, version.file, f"{said} : une chaîne ne s'ouvre pas à côté d'une autre. {_KEEP}")
    elif end is not None and not version.lacking and not _attested(version, known_witnesses(store, end, keys_now)):
        said = (
            "Cette chaîne en remplace une autre : un témoin du dehors, que cles.yaml nommait déjà s'il en nommait, doit l'attester "
            f"(ssh-keygen -Y sign -n {WITNESS}, signature rangée à côté de la version)."
        )
        yield _at(store, version.file, said)


def _attested(version: Version, known: Sequence[str]) -> bool:
    """Whether a witness signed, one of those that are known where some are."""
    return any(who in known for who in version.witnesses) if known else bool(version.witnesses)


def known_witnesses(store: Store, version: Version, keys_now: bytes | None) -> tuple[str, ...]:
    """The witnesses that a version named."""
    register = register_of(store, version.visa, keys_now)
    return tuple(each.id for each in register.witnesses) if register is not None else ()


def register_of(store: Store, visa: Visa, keys_now: bytes | None = None) -> KeyRegister | None:
    """The keys of a version; None where its `cles.yaml` was neither kept nor is today's."""
    digest = next((digest for digest, name in visa.body if name == KEYS), "")
    content = kept_content(store, digest) if digest else None
    if content is None and keys_now is not None and content_digest(keys_now) == digest:
        content = keys_now
    if content is None:
        return None
    problems: list[Problem] = []
    path = Path(FILE)
    return validate(KeyRegister, parse(path, content, problems), path, problems)


def waiting(version: Version) -> str:
    """What a version that lacks signatures waits for, in words."""
    by = f"signée par {listing(version.guardians)}" if version.guardians else "signée par personne"
    return f"la version {version.visa.number:04d} est {by} ; il manque {counted(version.lacking, 'gardien')}"


def _at(store: Store, file: VisaFile, sentence: str) -> Problem:
    return Problem(store.place(file.path), 1, sentence)
