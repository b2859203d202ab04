"""Signing: what awaits a person, the text that says it, and the signature that OpenSSH makes of it.

A private key is never read here: `ssh-keygen` does, or the agent or the security key that holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from grandlivre.books.directives.cash import CashCount
from grandlivre.books.directives.closings import Transmission
from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Place
from grandlivre.books.signed import Signable, signables
from grandlivre.checks import rules_for
from grandlivre.checks.double_signature import DoubleSignature
from grandlivre.i18n import day as shown
from grandlivre.i18n import did_you_mean, listing
from grandlivre.policy.keys import FILE, SigningKey
from grandlivre.policy.ssh_keys import PublicKey, WireError, read_line
from grandlivre.proof import referee
from grandlivre.proof.allowed import allowed_signers
from grandlivre.proof.judging import Judge, last_of
from grandlivre.proof.signature import NAMESPACE
from grandlivre.proof.store import SignatureFile, VisaFile, personal_path
from grandlivre.proof.verifying import SignatureError
from grandlivre.proof.visa import NONE, Head, Signed, Visa, digest_of, read
from grandlivre.rules import Signed as Standing
from grandlivre.rules import State, proofs
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk, Pages

NATURES = ("ecritures", "derogations", "caisse", "refus")
"""What one person signs alone with this task."""


class Awaiting(NamedTuple):
    """Something that a person is asked to sign."""

    nature: str
    tree: str
    subject: Entry | CashCount | Transmission
    signable: Signable
    before: Standing
    """What is known of that person's signature of it so far."""
    key: str = ""
    """« signataire-2 », where the person may sign and is not named yet: written when they do."""

    @property
    def day(self) -> date:
        """When it happened."""
        return self.subject.date


class NothingToSignError(RefusedError):
    """Nothing of that kind awaits that person."""


class Draft(NamedTuple):
    """A text that somebody is asked to sign, and what joins the books with the signature."""

    path: str
    """Where it stands, relative to visas/."""
    visa: Visa
    files: Mapping[str, bytes]
    """What comes with the signature, relative to visas/: the text itself when it is new, what it is about."""
    names: tuple[tuple[Place, str], ...] = ()
    """(where an entry is, key) of each entry on which the signatory's name is to be written."""


class Made(NamedTuple):
    """A text with its signature."""

    draft: Draft
    person: str
    signature: bytes

    @property
    def visa(self) -> Visa:
        """The text."""
        return self.draft.visa


class Signatory(NamedTuple):
    """Who signs, and with what."""

    person: str
    key: SigningKey
    file: Path
    """What `ssh-keygen` is given: a private key, or the `.pub` of one that an agent holds."""


def _steps(books: Books, person: str, key: PublicKey | None = None) -> tuple[str, ...]:
    """How one comes to sign, with the very line that declares a key."""
    return (
        "Pour signer : 1. faites votre clé (ssh-keygen -t ed25519), et gardez pour vous le fichier sans .pub.",
        f"2. Faites inscrire dans rules/{FILE}, sous « cles: », la ligne du fichier en .pub et du: (le premier jour) :",
        f'     - {{personne: {person}, cle: "{key.text if key is not None else "ssh-ed25519 AAAA…"}", du: {books.today.isoformat()}}}',
        f"3. grandlivre sign --personne {person}, avec --cle FICHIER si la clé n'est pas dans le dossier .ssh.",
    )


def require_person(books: Books, person: str) -> None:
    """Raises RefusedError for somebody who is not declared, and in books that have no identity."""
    people = books.policy.people
    if person not in people:
        hint = did_you_mean(person, people)
        raise RefusedError(f"« {person} » n'est pas une personne de rules/mandats.yaml.{hint}")
    if books.policy.organisation.books_id is None:
        raise RefusedError(
            "Ces livres n'ont pas d'identité (livres: dans rules/organisation.yaml) : une signature y vaudrait pour d'autres. "
            "Écrivez-y une fois 32 chiffres hexadécimaux (openssl rand -hex 16)."
        )


def signatory(books: Books, person: str, file: Path | None, home: Path) -> Signatory:
    """The person with the key of a file, else with the first of the person's keys found in the folder `.ssh`.

    Raises RefusedError when there is none, or when it may not sign today.
    """
    require_person(books, person)
    key = _public(file) if file is not None else None
    if not books.policy.keys.of(person):
        raise RefusedError(
            f"{books.policy.called(person)} n'a pas de clé dans rules/{FILE}.", *_steps(books, person, key)
        )
    if file is None or key is None:
        return _found(books, person, home)
    own = books.policy.keys.by_fingerprint.get(key.fingerprint)
    if own is None:
        raise RefusedError(
            f"La clé {file} ({key.fingerprint}) n'est pas dans rules/{FILE}.", *_steps(books, person, key)
        )
    if own.person != person:
        raise RefusedError(
            f"La clé {file} ({key.fingerprint}) est celle de {own.person} : chacun signe avec la sienne."
        )
    return Signatory(person, _usable(books, own), file)


def _public(file: Path) -> PublicKey:
    """The public key of a file, or beside it; raises RefusedError."""
    public = file if file.suffix == ".pub" else file.with_name(f"{file.name}.pub")
    try:
        return read_line(public.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise RefusedError(f"{public} ne se lit pas : la clé publique doit être à côté de la clé.") from None
    except WireError as error:
        raise RefusedError(f"La clé {public} ne convient pas : {error}.") from None


def _usable(books: Books, key: SigningKey) -> SigningKey:
    """The key, when it may sign today; raises RefusedError."""
    today = books.today
    if key.revoked is not None:
        raise RefusedError(f"Cette clé a été révoquée le {shown(key.revoked)} ({key.reason}) : elle ne signe plus.")
    if not key.on(today):
        until = f" au {shown(key.end)}" if key.end is not None else ""
        raise RefusedError(f"Cette clé vaut du {shown(key.start)}{until} : elle ne signe pas le {shown(today)}.")
    return key


def _found(books: Books, person: str, home: Path) -> Signatory:
    usable = {key.key.fingerprint: key for key in books.policy.keys.valid(person, books.today)}
    for public in sorted(home.glob(".ssh/*.pub")):
        try:
            fingerprint = read_line(public.read_text(encoding="utf-8")).fingerprint
        except (OSError, ValueError):
            continue
        if fingerprint in usable:
            private = public.with_suffix("")
            return Signatory(person, usable[fingerprint], private if private.is_file() else public)
    known = [key.key.fingerprint for key in usable.values()]
    said = f"aucune clé de {books.policy.called(person)} n'est dans le dossier .ssh ({listing(known) if known else 'aucune ne vaut ce jour'})"
    raise RefusedError(f"{said[0].upper()}{said[1:]} : donnez-la avec --cle FICHIER.", *_steps(books, person))


# --- what awaits ------------------------------------------------------------------------------------------------------


def awaiting(books: Books, person: str, nature: str | None = None, pieces: Sequence[str] = ()) -> tuple[Awaiting, ...]:
    """What a person is asked to sign, tree by tree: the vouchers given, else all that names the person and is not signed.

    Raises RefusedError for a voucher that cannot be found, or that stands twice.
    """
    if pieces:
        found = [_of_entry(books, _entry(books, piece), person, nature or "ecritures") for piece in pieces]
    else:
        found = [each for each in _named(books, person) if nature in (None, each.nature)]
        found = [each for each in found if _waits(each.before)]
    order = {name: rank for rank, name in enumerate(NATURES)}
    return tuple(sorted(found, key=lambda each: (each.tree, order[each.nature], each.day, each.signable.object)))


def _waits(before: Standing) -> bool:
    """Whether a signature is still asked for: what was refused comes back once it changed."""
    return before.state is not State.PROVED and (before.state is not State.REFUSED or bool(before.since))


def _entry(books: Books, piece: str) -> Entry:
    found = books.vouchers(piece)
    if not found:
        hint = did_you_mean(piece, [entry.piece for entry in books.entries if entry.piece], likeness=0.8)
        raise RefusedError(f"Aucune écriture ne porte la pièce {piece}.{hint}")
    if len(found) > 1:
        raise RefusedError(
            f"{len(found)} écritures portent la pièce {piece} : donnez-leur chacune la sienne, puis signez."
        )
    return found[0]


def _of_entry(books: Books, entry: Entry, person: str, nature: str) -> Awaiting:
    looked = "derogations" if nature == "derogations" else "ecritures"
    before = proofs(books).entry(entry, person, looked)
    key = may_join(books, entry, person) if nature == "ecritures" else ""
    return Awaiting(nature, entry.tree, entry, signables(books).entry(entry), before, key)


def _named(books: Books, person: str) -> Iterator[Awaiting]:
    """All that names a person outside closed periods; of what is dated later than today, payments that are prepared."""
    for entry in books.entries:
        if (
            not entry.piece
            or (entry.date > books.today and entry.place not in books.awaiting_signature)
            or books.closed_on(entry.date)
            or len(books.vouchers(entry.piece)) > 1
        ):
            continue
        if person in roles(entry) or may_join(books, entry, person):
            yield _of_entry(books, entry, person, "ecritures")
        if person == entry.text("derogation-par"):
            yield _of_entry(books, entry, person, "derogations")
    for count in books.directives.counts:
        if person in (count.cashier, count.controller, count.witness) and not books.closed_on(count.date):
            before = proofs(books).count(count, person)
            yield Awaiting("caisse", count.account.tree, count, signables(books).count(count), before)


def may_join(books: Books, entry: Entry, person: str) -> str:
    """« signataire-N » of a payment prepared « à signer » that a person may sign, and that does not name them yet; else ""."""
    if entry.place not in books.awaiting_signature or person in roles(entry):
        return ""
    payment = next(each for each in books.unsigned_payments if each.entry.place == entry.place)
    rule = next((each for each in rules_for(books) if isinstance(each, DoubleSignature)), None)
    if rule is None:
        return ""
    written = [entry.text(key, payment.movements[0]) for key in rule.keys]
    if "" not in written or person not in rule.wanted(books.policy, payment, written):
        return ""
    return rule.keys[written.index("")]


def roles(entry: Entry) -> frozenset[str]:
    """Who signs an entry or authorises it, as it says."""
    keys = [key for key in entry.form.keys if key.startswith("signataire-")]
    named = {entry.text(key) for key in keys} | set(entry.text("autorise-par").split())
    for movement in entry.movements if entry.annotated else ():
        named |= {str(value).strip() for key, value in movement.meta.items() if key.startswith("signataire-")}
    return frozenset(named) - {""}


# --- texts and signatures ---------------------------------------------------------------------------------------------


def sign(desk: Desk, who: Signatory, batches: Iterable[Sequence[Awaiting]], reason: str = "") -> tuple[Made, ...]:
    """One signed text a batch (of one nature and tree), each following the one before it; nothing is written yet.

    `reason` says why a `refus` is one. Raises RefusedError: a document is absent, OpenSSH did not sign.
    """
    found = drafts(desk.books, who.person, who.key, batches, reason)
    signed = signatures(desk, who, found)
    return tuple(Made(draft, who.person, each) for draft, each in zip(found, signed, strict=True))


def drafts(
    books: Books, person: str, key: SigningKey, batches: Iterable[Sequence[Awaiting]], reason: str = ""
) -> tuple[Draft, ...]:
    """The text of each batch (of one nature and tree), each following the one before it. Raises RefusedError."""
    store = proofs(books).store
    fingerprint = key.key.fingerprint
    previous = last_of(store, fingerprint)
    last = max(
        (file.visa.date for file in store.files if file.visa is not None and file.visa.key == fingerprint),
        default=date.min,
    )
    if last > books.today:
        raise RefusedError(
            f"Votre dernier visa est du {shown(last)}, après aujourd'hui ({shown(books.today)}) : vérifiez la date de la machine."
        )
    taken = {file.path for file in store.files}
    found: list[Draft] = []
    for batch in batches:
        if batch:
            visa = _visa(books, person, fingerprint, batch, previous, reason)
            rank = next(n for n in range(1, 10_000) if personal_path(visa.nature, visa.date, person, n) not in taken)
            path = personal_path(visa.nature, visa.date, person, rank)
            taken.add(path)
            found.append(_draft(path, visa, batch))
            previous = digest_of(visa.content)
    return tuple(found)


def _draft(path: str, visa: Visa, batch: Sequence[Awaiting]) -> Draft:
    """A personal text: what it is about is kept beside it, but for reports, whose files stay in documents/."""
    files = {path: visa.content}
    if visa.nature != "rapport":
        files[f"{path}.jsonl"] = "".join(
            f"{text}\n" for text in sorted({each.signable.text for each in batch})
        ).encode()
    names = tuple((each.subject.place, each.key) for each in batch if each.key and each.nature == "ecritures")
    return Draft(path, visa, MappingProxyType(files), names)


def _visa(books: Books, person: str, fingerprint: str, batch: Sequence[Awaiting], previous: str, reason: str) -> Visa:
    for each in batch:
        if each.signable.absent and each.nature != "refus":
            raise RefusedError(
                f"{each.signable.object} : {listing(each.signable.absent)} n'est pas dans ledger/documents/. Ce qui manque ne se "
                "signe pas : rangez-le, ou corrigez le chemin."
            )
    visa = Visa(
        books.policy.organisation.books_id or "",
        batch[0].nature,
        books.today,
        previous,
        tuple(sorted({Signed(each.signable.digest, each.signable.object) for each in batch})),
        tree=batch[0].tree,
        person=person,
        key=fingerprint,
        heads=_heads_after(books, fingerprint, previous) if batch[0].nature == "rapport" else (),
        reason=" ".join(reason.split()),
    )
    read(visa.content)  # what cannot be read back is never signed
    return visa


def signatures(desk: Desk, who: Signatory, drafts: Sequence[Draft]) -> tuple[bytes, ...]:
    """OpenSSH's signatures of texts, each found good by OpenSSH and by our own verifier; raises RefusedError."""
    if not drafts:
        return ()
    made = referee.sign([each.visa.content for each in drafts], who.file)
    for draft, each in zip(drafts, made, strict=True):
        require_good(desk.books, who.person, draft, each)
    return made


def require_good(books: Books, person: str, draft: Draft, made: bytes) -> None:
    """Raises RefusedError unless our own verifier and OpenSSH both take a signature of a text."""
    register, visa = books.policy.keys, draft.visa
    beside = SignatureFile(f"{draft.path}.{person}.sig", person, made)
    judge = Judge(proofs(books).store, register, visa.books, books.today)
    try:
        judge.signer(VisaFile(draft.path, digest_of(visa.content), visa.content, visa, None, (beside,)), visa, beside)
    except SignatureError as error:
        raise RefusedError(f"La signature faite ne vaut rien : {error}. Rien n'a été écrit.") from error
    if not referee.agrees(visa.content, made, allowed_signers(register), person, visa.date, NAMESPACE):
        raise RefusedError(
            "ssh-keygen ne reconnaît pas la signature qui vient d'être faite : rien n'a été écrit. Recommencez."
        )


def write_files(desk: Desk, files: Mapping[Path, bytes]) -> tuple[str, ...]:
    """Adds files to the books, all or none; returns the changed paths; raises WriteError."""

    def edit(pages: Pages) -> None:
        for path, content in files.items():
            pages.change.create(path, content)

    return desk.write("sign", edit)


def write(desk: Desk, made: Iterable[Made]) -> tuple[str, ...]:
    """Adds the texts, their signatures and what comes with them, all or none; returns the changed paths; raises WriteError."""
    store, found = proofs(desk.books).store, list(made)

    def edit(pages: Pages) -> None:
        for each in found:
            for path, content in each.draft.files.items():
                pages.change.create(store.place(path), content)
            pages.change.create(store.place(f"{each.draft.path}.{each.person}.sig"), each.signature)
            for place, key in each.draft.names:
                pages.set(place.file, place.line, key, each.person)

    return desk.write("sign", edit)


def heads(books: Books) -> tuple[Head, ...]:
    """The last visa of each key, as a shared text binds them."""
    store = proofs(books).store
    keys = {file.visa.key for file in store.files if file.visa is not None and file.visa.key}
    return tuple(sorted(Head(key, last_of(store, key)) for key in keys))


def _heads_after(books: Books, fingerprint: str, previous: str) -> tuple[Head, ...]:
    """The last visa of each key, those that this key has just made before included."""
    own = {Head(fingerprint, previous)} if previous != NONE else set()
    others = {head for head in heads(books) if head.key != fingerprint}
    return tuple(sorted(own | others))


def batches(found: Sequence[Awaiting]) -> list[list[Awaiting]]:
    """What is signed by one text each: one nature, one tree."""
    groups: dict[tuple[str, str], list[Awaiting]] = {}
    for each in found:
        groups.setdefault((each.tree, each.nature), []).append(each)
    return list(groups.values())
