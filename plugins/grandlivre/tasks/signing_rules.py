"""Signing the rules: what the next version changes, told in words, and each guardian's signature beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.meetings import assembly_minutes
from grandlivre.i18n import day as shown
from grandlivre.i18n import listing
from grandlivre.policy.guarded import content_digest, guarded, guarded_files, main_digest, signed_content
from grandlivre.policy.keys import FILE
from grandlivre.proof.steadfast import CONTROLS, taken_back
from grandlivre.proof.store import rules_folder, rules_rank, shared_path
from grandlivre.proof.versions import Version, Versions, content_path, kept_content, known_witnesses
from grandlivre.proof.visa import NONE, Signed, Visa, read
from grandlivre.render.rule_changes import told_between
from grandlivre.rules import proofs
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk
from grandlivre.tasks.signing import Draft, Made, NothingToSignError, Signatory, heads, signatures, write


class Proposed(NamedTuple):
    """A version of the rules that a guardian is asked to sign."""

    visa: Visa
    opened: bool
    """Whether it is new; else it waits for signatures."""
    signed: tuple[str, ...]
    """The guardians who signed it already."""
    changes: tuple[str, ...]
    """What it changes, a sentence each."""
    rank: int = 1
    """Of the chain in which it stands."""

    @property
    def path(self) -> str:
        """Where it stands, relative to visas/."""
        return f"{rules_folder(self.rank)}/{shared_path(self.visa).partition('/')[2]}"


def proposed(books: Books, person: str, *, replaces: bool = False) -> Proposed:
    """The version that still lacks signatures, else the next one, or the first of a chain that replaces the one there is.

    Raises RefusedError when there is nothing to sign, or when the chain cannot be replaced.
    """
    root, guard = books.policy.root, books.policy.keys.guard
    if root is None or guard is None:
        raise NothingToSignError(
            f"Personne ne garde les règles : écrivez dans rules/{FILE} « politique: {{gardiens: [id, id], seuil: 2}} »."
        )
    if person not in guard.guardians:
        raise NothingToSignError(
            f"{books.policy.called(person)} n'est pas gardien des règles : {listing(list(guard.guardians))} le sont."
        )
    versions = proofs(books).versions
    now, main = guarded(root.parent), main_digest(Path(books.main))
    if replaces:
        return _replacing(books, versions, now, main)
    if versions.problems:
        raise RefusedError(
            "La chaîne des versions est rompue : rien n'a été signé.", *(each.message for each in versions.problems[:3])
        )
    last = versions.in_force
    if versions.pending is not None:
        return _pending(books, person, versions.pending, last, now, main)
    if last is not None and (dict(last.files), last.visa.main) == (dict(now), main):
        raise NothingToSignError(
            f"Les règles sont celles de la version {last.visa.number:04d}, signée le {shown(last.visa.date)} : rien à signer."
        )
    _require_steadfast(books, last, root.parent)
    visa = _version(books, now, main)._replace(
        date=max(books.today, last.visa.date) if last is not None else books.today,
        previous=last.file.digest if last is not None else NONE,
        number=last.visa.number + 1 if last is not None else 1,
    )
    read(visa.content)
    return Proposed(visa, True, (), _changes(books, last, root.parent), rules_rank(last.file.path) if last else 1)


def _version(books: Books, now: Mapping[str, str], main: str) -> Visa:
    """A first version of the rules as they stand today."""
    return Visa(
        books.policy.organisation.books_id or "",
        "regles",
        books.today,
        NONE,
        tuple(sorted(Signed(digest, name) for name, digest in now.items())),
        number=1,
        program=f">= {'.'.join(metadata.version('grandlivre').split('.')[:2])}",
        main=main,
        heads=heads(books),
    )


def _replacing(books: Books, versions: Versions, now: Mapping[str, str], main: str) -> Proposed:
    """The first version of a chain in the place of the one whose guardians can sign no more; raises RefusedError."""
    root = books.policy.root
    assert root is not None
    if not versions.chain:
        raise RefusedError("Aucune version des règles n'est signée : il n'y a rien à remplacer (sans --remplace).")
    end = versions.chain[-1]
    if end.lacking and end.visa.replaces:
        raise RefusedError("La chaîne qui remplace est déjà ouverte : signez-la sans --remplace.")
    if assembly_minutes(books, end.visa.date, books.today) is None:
        raise RefusedError(
            "Une chaîne ne se remplace que par décision de l'assemblée générale : aucun procès-verbal du "
            f"{shown(end.visa.date)} à ce jour n'est dans les livres (rencontre « ag », avec document: et le fichier)."
        )
    store, path = proofs(books).store, root / FILE
    named = known_witnesses(store, end, path.read_bytes() if path.is_file() else None)
    own = [each.id for each in books.policy.keys.witnesses]
    if not own or (named and not set(named) & set(own)):
        which = f" parmi ceux d'avant ({listing(list(named))})" if named else ""
        raise RefusedError(
            f"Un témoin du dehors doit l'attester : nommez-en un sous temoins: dans rules/{FILE}{which}."
        )
    _require_steadfast(books, end, root.parent)
    visa = _version(books, now, main)._replace(replaces=end.file.digest)
    read(visa.content)
    told = (f"Elle remplace la chaîne qui finit par la version {end.name[:23]}… du {shown(end.visa.date)}.",)
    return Proposed(visa, True, (), (*told, *_changes(books, end, root.parent)), rules_rank(end.file.path) + 1)


def _require_steadfast(books: Books, last: Version | None, root: Path) -> None:
    """Raises RefusedError where the rules take a proof by visa back for days that are past."""
    before = kept_content(proofs(books).store, last.files.get(CONTROLS, "")) if last is not None else None
    path = root / CONTROLS
    today = books.today
    for rule, since in taken_back(before, path.read_bytes(), today) if before is not None and path.is_file() else ():
        raise RefusedError(
            f"{CONTROLS} n'exige plus de visa pour « {rule} » au {shown(since)} : declaree ne vaut qu'à partir du jour où les "
            f"gardiens le signent. Datez-la : depuis: {today.isoformat()}."
        )


def _pending(
    books: Books, person: str, pending: Version, last: Version | None, now: Mapping[str, str], main: str
) -> Proposed:
    """The version that waits, when it is what stands in the folders and the person has not signed it."""
    number = f"{pending.visa.number:04d}"
    if (dict(pending.files), pending.visa.main) != (dict(now), main):
        raise RefusedError(
            f"La version {number} attend encore des signatures, et les règles ont changé depuis. Remettez-les comme elle les "
            f"dit, ou retirez ledger/visas/{pending.file.path} et ses .sig : la suivante reprendra ce numéro."
        )
    if person in [each.signer for each in pending.file.signatures]:
        raise NothingToSignError(
            f"{books.policy.called(person)} a déjà signé la version {number} ; d'autres gardiens sont attendus."
        )
    root = books.policy.root
    assert root is not None
    told = _changes(books, last, root.parent)
    return Proposed(pending.visa, False, pending.guardians, told, rules_rank(pending.file.path))


def _changes(books: Books, last: Version | None, root: Path) -> tuple[str, ...]:
    """What changed since the last version in force, in words."""
    now = guarded(root)
    if last is None:
        return (f"Première version : {len(now)} fichiers de rules/ et de templates/, tels qu'ils sont aujourd'hui.",)
    found = [
        *_changed_rules(books, last, root, now),
        *_changed_templates(last.files, now),
        *_changed_settings(books, last),
    ]
    return tuple(found) or ("Seule la mise en page a changé (commentaires, ordre, espaces).",)


def _changed_rules(books: Books, last: Version, root: Path, now: Mapping[str, str]) -> Iterator[str]:
    """What the rules say otherwise, then the files of which the former text was not kept."""
    with tempfile.TemporaryDirectory(prefix="grandlivre-") as folder:
        lost = _laid_out(books, last, Path(folder))
        former = Path(folder) / "rules"
        for told in told_between(former, root / "rules") if former.is_dir() else ():
            if told.change.file not in lost:
                yield f"{told.change.file} : {told.sentence}"
    for name in lost:
        if now.get(name) != last.files[name]:
            yield f"{name} : le texte d'avant n'a pas été gardé, relisez le fichier entier."


def _laid_out(books: Books, last: Version, folder: Path) -> tuple[str, ...]:
    """Writes the rules of a version under a folder; returns the files whose text was not kept."""
    store = proofs(books).store
    lost: list[str] = []
    for name, digest in last.files.items():
        if not name.startswith("rules/"):
            continue
        content = kept_content(store, digest)
        if content is None:
            lost.append(name)
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tuple(lost)


def _changed_templates(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*then, *now}):
        if not name.startswith("rules/") and then.get(name) != now.get(name):
            how = "ajouté" if name not in then else "retiré" if name not in now else "changé"
            yield f"{name} : modèle {how}."


def _changed_settings(books: Books, last: Version) -> Iterator[str]:
    main = Path(books.main)
    if main_digest(main) != last.visa.main:
        yield f"{main.name} : les lignes option ou plugin ont changé."


def draft(books: Books, version: Proposed) -> Draft:
    """The text of a version, which joins the books with its first signature, and with the files that it names."""
    store, root = proofs(books).store, books.policy.root
    assert root is not None
    files: dict[str, bytes] = {}
    if version.opened:
        files[version.path] = version.visa.content
        for name, path in guarded_files(root.parent):
            content = path.read_bytes()
            kept = content_path(content_digest(content))
            if name.startswith("rules/") and not store.place(kept).exists():
                files[kept] = signed_content(content)
    return Draft(version.path, version.visa, files)


def sign(desk: Desk, who: Signatory, version: Proposed) -> tuple[str, ...]:
    """Adds a guardian's signature, and the version itself when it is new; returns the changed paths."""
    text = draft(desk.books, version)
    [made] = signatures(desk, who, [text])
    return write(desk, [Made(text, who.person, made)])
