"""The page « À signer »: the signature book of one person, signed on a phone with a passkey, refused with a reason.

The choice of a person on the page proves nothing: the passkey does. Where there are accounts, the person is the account's.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from flask import Response, current_app, jsonify, request

from grandlivre.books.index import Books
from grandlivre.i18n import counted
from grandlivre.policy.people import without_asides
from grandlivre.proof.passkeys import Assertion
from grandlivre.proof.visa import Signed
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks import signing_passkeys
from grandlivre.tasks.desk import Desk, open_desk
from grandlivre.tasks.keeping import Author, commit
from grandlivre.tasks.problem import WriteError
from grandlivre.tasks.signature_book import TITLES, SignatureBook, signature_book
from grandlivre.tasks.signing_passkeys import Wanted
from grandlivre.viewer import guard
from grandlivre.viewer.ceremonies import Ceremonies
from grandlivre.viewer.fava_adapter import endpoint
from grandlivre.viewer.frame import Page, View
from grandlivre.viewer.readers import Reader, Role, reader
from grandlivre.viewer.rights import may
from grandlivre.viewer.routes import RequestKind
from grandlivre.viewer.to_sign import batches_of

_SIGNING = frozenset({Role.LOCAL, Role.DIRECTION, Role.BOARD})
_NATURES = frozenset(TITLES)
_MOST = 500
"""Things signed by one text."""
_F = TypeVar("_F", bound=Callable[..., Any])


class Who(NamedTuple):
    """The person whose book is shown."""

    person: str
    """"" where nobody is chosen, or where the account names nobody."""
    chosen: bool
    """Whether the page lets the reader choose."""
    refusal: str
    """Why the reader signs nothing here, "" when they may."""


def who_signs(books: Books, found: Reader, asked: str) -> Who:
    """The person that a reader signs as; in the local profile the one asked for."""
    if found.role is Role.LOCAL:
        return Who(asked if asked in books.policy.people else "", True, "" if may(RequestKind.SIGN) else _READING)
    if found.person not in books.policy.people:
        return Who(
            "",
            False,
            "Votre compte ne nomme aucune personne de rules/mandats.yaml : demandez à qui tient les comptes de l'y relier.",
        )
    if found.role not in _SIGNING and not (found.role is Role.ACCOUNTANT and _holds_mandate(books, found.person)):
        return Who(
            found.person,
            False,
            "Votre compte montre ce qui attend, et ne signe pas : aucun mandat de rules/mandats.yaml ne vous donne de signature aujourd'hui.",
        )
    return Who(found.person, False, "" if may(RequestKind.SIGN) else _READING)


_READING = "Cette visionneuse est en lecture seule : rien ne s'y signe."


def _holds_mandate(books: Books, person: str) -> bool:
    """Whether some power of that day makes an accountant sign."""
    return any(each.person == person and each.on(books.today) for each in books.policy.mandates)


def _said_in_french(door: _F) -> _F:
    """What a door refuses, as an answer that the page's script shows."""

    @wraps(door)
    def answered(self: ASigner) -> Response:
        try:
            return door(self)  # type: ignore[no-any-return]
        except (RefusedError, WriteError) as error:
            return guard.refused_asking(409, str(error))

    return answered  # type: ignore[return-value]


class ASigner(Page):
    """The signature book."""

    report_title = "À signer"
    template = "a-signer.html"
    filtered = False
    has_js_module = True

    def facts(self, view: View) -> dict[str, Any]:
        """What awaits the person, what was refused, the keys that wait for guardians."""
        books = view.loaded.books
        who = who_signs(books, reader(), request.args.get("personne", ""))
        book = self._book(view, who.person) if who.person else None
        _ceremonies().show(signing_passkeys.texts_shown(book) if book else {})
        key = self._key(books, who.person) if who.person else None
        people = {key: without_asides(person.name) for key, person in books.policy.people.items()}
        return {
            "who": who,
            "people": sorted(people.items(), key=lambda each: each[1]),
            "name": people.get(who.person, ""),
            "book": book,
            "batches": view.loaded.once(("cards", who.person), lambda: batches_of(view.loaded, book)) if book else (),
            "key": key,
            "signs": bool(key and key[0]) and not who.refusal,
            "site": urlsplit(guard.own_origin()).hostname or "",
            "localhost": _localhost(),
            "proposed": signing_passkeys.proposed_keys(books),
            "accepts": _writes_rules(),
            "guarded": books.policy.keys.guard is not None,
            "organisation": books.policy.organisation.name,
            "today": books.today,
        }

    @staticmethod
    def _book(view: View, person: str) -> SignatureBook:
        return view.loaded.once(("signature book", person), lambda: signature_book(view.loaded.books, person))

    @staticmethod
    def _key(books: Books, person: str) -> tuple[tuple[str, ...], str]:
        """(fingerprints of the passkeys that serve here, why there is none)."""
        try:
            return tuple(
                each.key.fingerprint for each in signing_passkeys.passkeys(books, person, guard.own_origin())
            ), ""
        except RefusedError as error:
            return (), str(error)

    # The doors: what the page's script asks ---------------------------------------------------------------------

    @endpoint("preparer", "POST")
    @_said_in_french
    def question(self) -> Response:
        """The text to sign and the challenge, for what the page shows."""
        said = _body()
        books = self.loaded.books
        person = self._signatory(books, said)
        wanted = Wanted(person, _one_of(said, "nature", _NATURES), _objects(said), _text(said, "motif", 2_000))
        ceremonies = _ceremonies()
        asked = signing_passkeys.ask(books, wanted, _text(said, "cle", 60), guard.own_origin(), ceremonies.recall)
        token = ceremonies.open(asked, reader().name)
        return jsonify(
            jeton=token,
            defi=base64.b64encode(asked.challenge).decode(),
            site=asked.key.key.application,
            cle=asked.key.key.fingerprint,
            texte=asked.content.decode(),
        )

    @endpoint("signer", "POST")
    @_said_in_french
    def sign(self) -> Response:
        """Takes the browser's answer, verifies it and writes the visa."""
        said = _body()
        asked = _ceremonies().close(_text(said, "jeton", 60), reader().name)
        if asked is None:
            raise RefusedError(
                "Cette demande de signature a déjà servi, ou a plus de cinq minutes : recommencez. Rien n'a été écrit."
            )
        answer = said.get("reponse")
        parts = [
            _bytes(answer if isinstance(answer, dict) else {}, name)
            for name in ("authenticatorData", "clientDataJSON", "signature")
        ]
        desk = self._desk()
        if self._signatory(desk.books, {"personne": asked.wanted.person}) != asked.wanted.person:
            raise RefusedError("Cette demande de signature est celle de quelqu'un d'autre : recommencez.")
        changed = signing_passkeys.complete(desk, asked, Assertion(*parts), _ceremonies().recall)
        verb = "refusée" if asked.wanted.nature == signing_passkeys.REFUSAL else "signée"
        names = ", ".join(each.object for each in asked.wanted.objects[:3])
        kept = _recorded(desk, changed, asked.wanted.person, f"visa {asked.wanted.nature} : {names}")
        said_so = f"{counted(len(asked.wanted.objects), f'pièce {verb}')} par {desk.books.policy.called(asked.wanted.person)}."
        return jsonify(dit=f"{said_so} {kept}".strip(), fichiers=list(changed))

    @endpoint("inscrire", "POST")
    @_said_in_french
    def enrol(self) -> Response:
        """Lays the public key of a new passkey before the guardians of the rules."""
        said = _body()
        books = self.loaded.books
        person = self._signatory(books, said)
        found = signing_passkeys.propose(books, person, _bytes(said, "cle"), guard.own_origin())
        desk = self._desk()
        changed = signing_passkeys.write_proposal(desk, found)
        kept = _recorded(desk, changed, person, f"clé d'accès proposée : {found.fingerprint}")
        told = "Ce téléphone est proposé. Il signera quand sa clé sera dans rules/cles.yaml et que les gardiens des règles l'auront signée."
        return jsonify(dit=f"{told} {kept}".strip(), ligne=found.line, empreinte=found.fingerprint)

    @endpoint("accepter", "POST")
    @_said_in_french
    def accept(self) -> Response:
        """Writes a proposed key in the rules, on the accountant's own machine; guardians sign the change afterwards."""
        if not _writes_rules():
            raise RefusedError(
                "Les règles ne s'écrivent pas ici : qui les tient y inscrit la ligne, et les gardiens signent."
            )
        desk = self._desk()
        fingerprint = _text(_body(), "empreinte", 60)
        changed = signing_passkeys.accept(desk, fingerprint)
        told = "La clé est inscrite dans rules/cles.yaml."
        if desk.books.policy.keys.guard is not None:
            told += " Elle signera quand les gardiens auront signé cette version des règles."
        return jsonify(dit=told, fichiers=list(changed))

    def _desk(self) -> Desk:
        """The books as they are on the disk now."""
        return open_desk(Path(self.ledger.beancount_file_path), "sign", self.loaded.day)

    @staticmethod
    def _signatory(books: Books, said: Mapping[str, Any]) -> str:
        """The person that the request signs as; raises RefusedError for a reader who signs nothing here."""
        asked = _text(said, "personne", 60)
        who = who_signs(books, reader(), asked)
        if who.refusal:
            raise RefusedError(who.refusal)
        if not who.person:
            raise RefusedError("Choisissez d'abord qui signe.")
        if asked and asked != who.person:
            raise RefusedError("Votre compte ne signe que pour vous.")
        return who.person


def _writes_rules() -> bool:
    """Whether the reader keeps the rules' files: the accountant on their own machine."""
    return reader().role is Role.LOCAL and may(RequestKind.WRITE)


def _recorded(desk: Desk, changed: tuple[str, ...], person: str, message: str) -> str:
    """Makes a commit of what was written, in that person's name; a sentence when git could not, "" otherwise."""
    named = desk.books.policy.people.get(person)
    author = Author(without_asides(named.name) if named is not None else person, person)
    return commit(desk.root, changed, author, message).problem


def _ceremonies() -> Ceremonies:
    found = current_app.extensions.setdefault("grandlivre-signing", Ceremonies())
    assert isinstance(found, Ceremonies)
    return found


def _localhost() -> str:
    """The address at which a browser makes passkeys, when the page was opened by the machine's number."""
    parts = urlsplit(request.url)
    if parts.hostname not in ("127.0.0.1", "::1"):
        return ""
    return parts._replace(netloc=f"localhost:{parts.port}" if parts.port else "localhost").geturl()


# What a request says ----------------------------------------------------------------------------------------------


def _body() -> dict[str, Any]:
    said = request.get_json(silent=True)
    if not isinstance(said, dict):
        raise RefusedError("La demande n'est pas valable.")
    return said


def _text(said: Mapping[str, Any], name: str, most: int) -> str:
    found = said.get(name, "")
    if not isinstance(found, str) or len(found) > most:
        raise RefusedError(f"La demande n'est pas valable : {name}.")
    return found


def _one_of(said: Mapping[str, Any], name: str, known: frozenset[str]) -> str:
    found = _text(said, name, 40)
    if found not in known:
        raise RefusedError(f"La demande n'est pas valable : {name}.")
    return found


def _bytes(said: Mapping[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(_text(said, name, 8_000), validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError(f"La demande n'est pas valable : {name}.") from None


def _objects(said: Mapping[str, Any]) -> tuple[Signed, ...]:
    """What is to be signed: [name, digest shown] each."""
    rows = said.get("objets")
    found: list[Signed] = []
    for row in rows if isinstance(rows, list) else ():
        if not (
            isinstance(row, list) and len(row) == 2 and all(isinstance(each, str) and len(each) < 300 for each in row)
        ):
            raise RefusedError("La demande n'est pas valable : objets.")
        found.append(Signed(row[1], row[0]))
    if not 0 < len(found) <= _MOST:
        raise RefusedError(f"Une signature porte sur une à {_MOST} pièces.")
    return tuple(found)
