"""Signing with a phone's passkey: the text that is asked for, what the browser answers to it, and a key that is proposed.

The browser signs, as its challenge, the bytes that SSHSIG signs of the text (contract §11). Between the question and the answer the
books may change: the text is drafted again, and another text is never written for the one that was signed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from grandlivre.books.changed import what_changed
from grandlivre.books.index import Books
from grandlivre.i18n import day as shown
from grandlivre.i18n import listing
from grandlivre.policy.keys import FILE, KeyRegister, SigningKey
from grandlivre.policy.reading import validate
from grandlivre.policy.ssh_keys import WireError, read_line
from grandlivre.proof.passkeys import HASH, Assertion, enrolled, signature_file
from grandlivre.proof.signature import NAMESPACE, read_signature
from grandlivre.proof.verifying import SignatureError, signed_bytes, verify
from grandlivre.proof.versions import register_of
from grandlivre.proof.visa import Signed, Visa, digest_of
from grandlivre.rules import proofs
from grandlivre.sources.problem import Problem, RefusedError
from grandlivre.sources.yaml import parse
from grandlivre.tasks import signing, signing_closings, signing_reports, signing_rules
from grandlivre.tasks.desk import Desk, Pages
from grandlivre.tasks.signature_book import SignatureBook
from grandlivre.tasks.signing import Awaiting, Draft, Made

Recall = Callable[[str], str | None]
"""The canonical text of what was shown, by its digest, where it is still known."""
RULES, CLOSING, REFUSAL = "regles", "cloture", "refus"
_LINE = re.compile(
    r'- \{personne: ([a-z0-9-]{1,40}), type: passkey, cle: "([^"]+)", origine: "[^"]+", du: \d{4}-\d{2}-\d{2}\}'
)
_LIST = re.compile(r"cles:\s*(?:\[\s*\])?(?:\s+#.*)?")
_MOST_WORDS = 400
"""Characters of the longest reason of a refusal."""


class Wanted(NamedTuple):
    """What somebody asks to sign by one text: objects of one nature and one project, each with the digest that was shown."""

    person: str
    nature: str
    objects: tuple[Signed, ...]
    reason: str = ""
    """Of a refusal."""


class Asked(NamedTuple):
    """A question put to a passkey."""

    wanted: Wanted
    key: SigningKey
    content: bytes
    """The text that is signed."""

    @property
    def challenge(self) -> bytes:
        """What the browser is given to sign."""
        return signed_bytes(self.content, NAMESPACE, HASH)


# --- whose key --------------------------------------------------------------------------------------------------------


def passkeys(books: Books, person: str, origin: str) -> tuple[SigningKey, ...]:
    """The passkeys that a person may sign with today at that address; raises RefusedError, saying why there is none."""
    if person not in books.policy.people:
        signing.require_person(books, person)
    called = books.policy.called(person)
    own = [each for each in books.policy.keys.of(person) if each.kind == "passkey"]
    if not own:
        raise RefusedError(
            f"{called} n'a pas de clé d'accès dans rules/{FILE} : inscrivez ce téléphone, puis faites signer la clé proposée par les gardiens des règles."
        )
    signing.require_person(books, person)
    here = _of_site(own, origin, called)
    usable = [each for each in here if each.on(books.today) and each.revoked is None]
    if not usable:
        raise RefusedError(_why_not(here[-1], books.today))
    accepted = [each for each in usable if _accepted(books, each)]
    if not accepted:
        raise RefusedError(
            f"La clé d'accès de {called} est inscrite dans rules/{FILE}, mais les gardiens des règles n'ont pas encore signé ce changement : elle ne signe pas avant eux."
        )
    return tuple(accepted)


def _of_site(own: Sequence[SigningKey], origin: str, called: str) -> list[SigningKey]:
    """Those of an address; raises RefusedError, naming the others, when there is none."""
    here = [each for each in own if each.origin == origin]
    if not here:
        sites = listing(list(dict.fromkeys(each.origin for each in own)))
        raise RefusedError(
            f"La clé d'accès de {called} est celle de {sites} : ouvrez cette adresse pour signer, ou inscrivez une clé pour {origin}."
        )
    return here


def _why_not(key: SigningKey, today: date) -> str:
    if key.revoked is not None:
        return f"Cette clé d'accès a été révoquée le {shown(key.revoked)} ({key.reason}) : elle ne signe plus."
    until = f" au {shown(key.end)}" if key.end is not None else ""
    return f"Cette clé d'accès vaut du {shown(key.start)}{until} : elle ne signe pas le {shown(today)}."


def _accepted(books: Books, key: SigningKey) -> bool:
    """Whether the version of the rules in force holds a key; where no version was ever signed, what is written counts."""
    version = proofs(books).versions.in_force
    if version is None:
        return True
    register = register_of(proofs(books).store, version.visa)
    return register is not None and key.key.fingerprint in register.by_fingerprint


# --- what is signed ---------------------------------------------------------------------------------------------------


def ask(books: Books, wanted: Wanted, fingerprint: str, origin: str, recall: Recall) -> Asked:
    """The question for what somebody wants to sign; raises RefusedError when it cannot be, or is not what was shown any more."""
    own = passkeys(books, wanted.person, origin)
    key = next((each for each in own if each.key.fingerprint == fingerprint), own[0] if not fingerprint else None)
    if key is None:
        raise RefusedError(
            f"La clé {fingerprint[:60]} n'est pas une clé d'accès que {books.policy.called(wanted.person)} peut employer ici."
        )
    return Asked(wanted, key, _draft(books, wanted, key, recall).visa.content)


def complete(desk: Desk, asked: Asked, answer: Assertion, recall: Recall) -> tuple[str, ...]:
    """Writes what a passkey signed; returns the changed paths. Raises RefusedError or WriteError: nothing was written."""
    books, wanted = desk.books, asked.wanted
    passkeys(books, wanted.person, asked.key.origin)
    draft = _draft(books, wanted, asked.key, recall)
    if draft.visa.content != asked.content:
        raise RefusedError(
            "Les livres ont changé pendant que vous signiez (une autre signature, ou un autre jour) : rien n'a été écrit. "
            "Relisez, puis signez de nouveau."
        )
    made = _signature(books, asked, answer)
    signing.require_good(books, wanted.person, draft, made)
    return signing.write(desk, [Made(draft, wanted.person, made)])


def _signature(books: Books, asked: Asked, answer: Assertion) -> bytes:
    """The signature file of an answer; raises RefusedError for what another key, site or person answered."""
    key = asked.key
    if answer.authenticator_data[:32] != hashlib.sha256(key.key.application.encode()).digest():
        raise RefusedError(
            f"La clé d'accès a répondu pour un autre site que {key.key.application} : rien n'a été écrit."
        )
    try:
        made = signature_file(key.key, key.origin, answer)
    except WireError as error:
        raise RefusedError(f"Le navigateur n'a pas donné une signature : {error}. Rien n'a été écrit.") from None
    site = _said(answer.client_data).get("origin")
    if site != key.origin:
        raise RefusedError(f"La clé d'accès a signé pour {str(site)[:60]}, pas pour {key.origin} : rien n'a été écrit.")
    other = _signer(books, asked, answer)
    if other is not None and other.key != key.key:
        whose = (
            "une autre de vos clés" if other.person == key.person else f"celle de {books.policy.called(other.person)}"
        )
        raise RefusedError(
            f"La clé d'accès choisie est {whose} : choisissez la clé {key.key.fingerprint[:18]}…. Rien n'a été écrit."
        )
    return made


def _signer(books: Books, asked: Asked, answer: Assertion) -> SigningKey | None:
    """Whose passkey answered, among all that are declared."""
    for each in books.policy.keys.keys:
        if each.kind == "passkey" and each.origin == asked.key.origin:
            try:
                verify(
                    read_signature(signature_file(each.key, each.origin, answer)), asked.content, NAMESPACE, each.origin
                )
            except (SignatureError, WireError):
                continue
            return each
    return None


def _said(client: bytes) -> dict[str, Any]:
    """What the browser says of the question, as far as it reads."""
    try:
        found = json.loads(client)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _draft(books: Books, wanted: Wanted, key: SigningKey, recall: Recall) -> Draft:
    """The text of what is wanted, as the books are now; raises RefusedError."""
    if not wanted.objects:
        raise RefusedError("Rien n'a été choisi.")
    names = [each.object for each in wanted.objects]
    if wanted.nature == RULES:
        version = signing_rules.proposed(books, wanted.person)
        _require_same(wanted.objects, {rules_object(version.visa): rules_digest(version.visa)})
        return signing_rules.draft(books, version)
    if wanted.nature == CLOSING:
        closing = signing_closings.proposed(books, wanted.person, names[0].partition(" ")[2])
        _require_same(wanted.objects, {closing_object(closing): closing.closing.digest})
        return signing_closings.draft(closing)
    found = _pieces(books, wanted, names)
    _require_unchanged(wanted.objects, found, recall)
    if len({each.tree for each in found}) > 1:
        raise RefusedError("Une signature porte sur un seul projet : signez-les projet par projet.")
    return signing.drafts(books, wanted.person, key, [found], wanted.reason)[0]


def _pieces(books: Books, wanted: Wanted, names: list[str]) -> list[Awaiting]:
    """What awaits the person under those names; raises RefusedError for what does not."""
    person = wanted.person
    if wanted.nature == REFUSAL:
        _require_reason(wanted.reason)
    if wanted.nature == signing_reports.NATURE:
        own = {each.signable.object: each for each in signing_reports.awaiting(books, person, names)}
    else:
        natures = ("ecritures", "derogations") if wanted.nature == REFUSAL else (wanted.nature,)
        found = [each for each in signing.awaiting(books, person) if each.nature in natures]
        own = {each.signable.object: each for each in reversed(found)}
    for name in names:
        if name not in own:
            raise RefusedError(_gone(books, person, wanted.nature, name))
    return [own[name]._replace(nature=wanted.nature) for name in dict.fromkeys(names)]


def _gone(books: Books, person: str, nature: str, name: str) -> str:
    """Why something does not await a person's signature."""
    said = proofs(books).of_object(name, person, nature if nature != REFUSAL else "ecritures")
    if said is None:
        return f"« {name[:80]} » n'est plus dans les livres : rien n'a été signé."
    if said.day is not None and not said.since:
        done = "signé" if said.state == "prouvée" else "refusé"
        return f"« {name[:80]} » : vous l'avez déjà {done} le {shown(said.day)}."
    return f"« {name[:80]} » n'attend pas votre signature : il ne vous nomme pas, ou d'autres l'ont signé. Rien n'a été écrit."


def _require_reason(reason: str) -> None:
    words = " ".join(reason.split())
    if not words:
        raise RefusedError("Un refus se motive : dites en quelques mots ce qui ne va pas.")
    if len(words) > _MOST_WORDS or not words.isprintable():
        raise RefusedError(f"Le motif d'un refus tient en {_MOST_WORDS} caractères, sur une ligne.")


def _require_unchanged(shown_: Iterable[Signed], found: list[Awaiting], recall: Recall) -> None:
    """Raises RefusedError, saying what changed, when something is not what the person was shown."""
    now = {each.signable.object: each.signable for each in found}
    for each in shown_:
        signable = now[each.object]
        if signable.digest != each.digest:
            then = recall(each.digest)
            why = listing(what_changed(then, signable.text)) if then is not None else "son contenu a changé"
            raise RefusedError(
                f"{each.object} : {why} depuis que cette page vous l'a montré. Rien n'a été signé : relisez, puis signez de nouveau."
            )


def _require_same(shown_: tuple[Signed, ...], now: dict[str, str]) -> None:
    """Raises RefusedError when a version or a closing is not the one that was shown."""
    if {each.object: each.digest for each in shown_} != now:
        raise RefusedError(
            f"{next(iter(now))} : ce n'est plus ce que cette page vous a montré. Rien n'a été signé : relisez, puis signez de nouveau."
        )


def rules_object(visa: Visa) -> str:
    """What a page calls a version of the rules."""
    return f"regles {visa.number:04d}"


def rules_digest(visa: Visa) -> str:
    """What a version of the rules says, whoever signed it and whatever was signed meanwhile."""
    rows = [f"{each.digest} {each.object}\n" for each in visa.body]
    return digest_of("".join([f"{visa.main}\n", *rows]).encode())


def closing_object(closing: signing_closings.Proposed) -> str:
    """What a page calls a closing."""
    return f"cloture {closing.closing.period}"


def texts_shown(book: SignatureBook) -> dict[str, str]:
    """The canonical text of each thing that a book shows, by its digest."""
    return {each.signable.digest: each.signable.text for each in book.pieces if each.nature != signing_reports.NATURE}


# --- a key that is proposed -------------------------------------------------------------------------------------------


PROPOSALS = "cles-proposees"
"""Folder beside the books' texts: nothing reads it to judge a signature."""
_MOST = 20
"""Keys that may wait at once."""


class ProposedKey(NamedTuple):
    """A passkey that somebody asks the guardians of the rules to accept."""

    person: str
    fingerprint: str
    line: str
    """Its line under `cles:` of rules/cles.yaml."""


def proposed_keys(books: Books) -> tuple[ProposedKey, ...]:
    """The keys that wait for the guardians: neither written in rules/cles.yaml yet, nor unreadable."""
    found: list[ProposedKey] = []
    folder = books.folder / PROPOSALS
    for path in sorted(folder.glob("*.yaml"))[:_MOST] if folder.is_dir() and not folder.is_symlink() else ():
        line = path.read_text(encoding="utf-8", errors="replace").splitlines()[-1:] if path.is_file() else []
        match = _LINE.fullmatch(line[0]) if line else None
        if match is None:
            continue
        try:
            key = read_line(match[2])
        except WireError:
            continue
        if key.fingerprint not in books.policy.keys.by_fingerprint:
            found.append(ProposedKey(match[1], key.fingerprint, line[0]))
    return tuple(found)


def write_proposal(desk: Desk, found: ProposedKey) -> tuple[str, ...]:
    """Lays a proposed key where guardians find it; returns the changed paths. Raises RefusedError and WriteError."""
    waiting = proposed_keys(desk.books)
    if any(each.fingerprint == found.fingerprint for each in waiting):
        return ()
    if len(waiting) >= _MOST:
        raise RefusedError(
            f"{_MOST} clés attendent déjà les gardiens : faites-les inscrire, ou retirez-les de ledger/{PROPOSALS}/."
        )
    mark = "".join(each for each in found.fingerprint.removeprefix("SHA256:") if each.isalnum())[:12]
    path = desk.ledger / PROPOSALS / f"{found.person}-{desk.books.today.isoformat()}-{mark}.yaml"
    text = (
        f"# Clé d'accès proposée par un téléphone pour {desk.books.policy.called(found.person)}.\n"
        f"# Empreinte : {found.fingerprint}. Elle ne signe rien tant que sa ligne n'est pas sous cles: de rules/{FILE},\n"
        "# et que les gardiens des règles ne l'ont pas signée (grandlivre sign --nature regles). Comparez l'empreinte de vive voix.\n"
    )

    def edit(pages: Pages) -> None:
        pages.change.create(path, f"{text}{found.line}\n".encode())

    return desk.write("sign", edit)


def propose(books: Books, person: str, spki: bytes, origin: str) -> ProposedKey:
    """The line of a new passkey, for the guardians to sign: it signs nothing until then. Raises RefusedError."""
    if person not in books.policy.people:
        raise RefusedError(f"« {person[:40]} » n'est pas une personne de rules/mandats.yaml.")
    host = urlsplit(origin).hostname or ""
    try:
        key = enrolled(spki, host)
    except WireError as error:
        raise RefusedError(f"Ce téléphone n'a pas pu être inscrit : {error}.") from None
    known = books.policy.keys.by_fingerprint.get(key.fingerprint)
    if known is not None:
        raise RefusedError(f"Cette clé est déjà dans rules/{FILE}, pour {known.person}.")
    row = {"personne": person, "type": "passkey", "cle": key.text, "origine": origin, "du": books.today.isoformat()}
    try:
        SigningKey.model_validate(row)
    except ValueError:
        raise RefusedError(
            f"Une clé d'accès ne peut pas être faite pour {origin} : ouvrez les livres par https, ou par http://localhost sur cette machine."
        ) from None
    line = f'- {{personne: {person}, type: passkey, cle: "{key.text}", origine: "{origin}", du: {books.today.isoformat()}}}'
    return ProposedKey(person, key.fingerprint, line)


def accept(desk: Desk, fingerprint: str) -> tuple[str, ...]:
    """Writes a proposed key under `cles:` of rules/cles.yaml, for guardians to sign that change; returns the changed paths.

    Raises RefusedError and WriteError.
    """
    root = desk.books.policy.root
    found = next((each for each in proposed_keys(desk.books) if each.fingerprint == fingerprint), None)
    if found is None or root is None:
        raise RefusedError("Cette clé n'est plus proposée : elle est déjà inscrite, ou quelqu'un l'a retirée.")
    path = root / FILE
    before = path.read_bytes() if path.is_file() else None
    text = _with_key((before or b"").decode("utf-8", "replace"), found.line)
    problems: list[Problem] = []
    register = validate(KeyRegister, parse(path, text.encode(), problems), path, problems)
    if register is None or problems or fingerprint not in register.by_fingerprint:
        raise RefusedError(f"rules/{FILE} n'a pas la forme attendue : écrivez-y la ligne à la main, sous cles:.")

    def edit(pages: Pages) -> None:
        if before is None:
            pages.change.create(path, text.encode())
        else:
            pages.change.edit(path, text.encode(), before)

    return desk.write("sign", edit)


def _with_key(text: str, line: str) -> str:
    """The register of keys with a line more, the first of its list; nothing else changes."""
    rows = text.splitlines(keepends=True)
    place = next((rank for rank, row in enumerate(rows) if _LIST.fullmatch(row.rstrip())), None)
    if place is None:
        head = text if not text or text.endswith("\n") else f"{text}\n"
        return f"{head}cles:\n  {line}\n"
    after = next((row for row in rows[place + 1 :] if row.lstrip().startswith("- ")), "  - ")
    indent = after[: len(after) - len(after.lstrip())]
    return "".join([*rows[:place], "cles:\n", f"{indent}{line}\n", *rows[place + 1 :]])
