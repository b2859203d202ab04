"""Keeping a witness' signature: made outside these books, found good here, then laid beside the text that it signs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.policy.keys import FILE, KeyRegister, Witness
from grandlivre.policy.ssh_keys import WireError
from grandlivre.proof import referee
from grandlivre.proof.allowed import allowed_signers
from grandlivre.proof.judging import Judge
from grandlivre.proof.signature import MOST, WITNESS, read_signature
from grandlivre.proof.store import SignatureFile, VisaFile
from grandlivre.proof.verifying import SignatureError
from grandlivre.proof.versions import register_of
from grandlivre.proof.visa import Visa
from grandlivre.rules import proofs
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk
from grandlivre.tasks.signing import write_files
from grandlivre.tasks.signing_closings import closing_of

NATURES = ("cloture", "regles")
"""What a witness attests."""
_BOM = b"\xef\xbb\xbf"


class Received(NamedTuple):
    """A witness' signature, found good."""

    witness: Witness
    visa: Visa
    signature: SignatureFile


def received(desk: Desk, file: Path, nature: str | None = None, wanted: str = "") -> Received:
    """The signature of a file with the text that it signs, among closings and versions of the rules.

    `wanted` is the period of a closing. Raises RefusedError where it signs none of them, is no witness' or is kept already.
    """
    texts = _texts(desk.books, nature, wanted)
    content = _read(file)
    why = ""
    for text in reversed(texts):
        try:
            witness = _witness(desk.books, text, content)
        except SignatureError as error:
            why = why or str(error)
            continue
        return _new(text, witness, content)
    last = texts[-1].path
    raise RefusedError(
        f"{file} ne vaut rien pour ledger/visas/{last} : {why}. Rien n'a été rangé.",
        f"Le témoin signe le texte tel qu'il est ici : ssh-keygen -Y sign -n {WITNESS} -f SA_CLÉ ledger/visas/{last}",
    )


def keep(desk: Desk, asked: Received) -> tuple[str, ...]:
    """Adds the signature beside its text; returns the changed paths; raises WriteError."""
    return write_files(desk, {proofs(desk.books).store.place(asked.signature.path): asked.signature.content})


def _texts(books: Books, nature: str | None, wanted: str) -> Sequence[VisaFile]:
    """The texts that it may sign, the last one last; raises RefusedError where there is none."""
    period = closing_of(books, wanted).period if wanted else ""
    natures = (nature,) if nature else NATURES
    found = [
        file
        for file in proofs(books).store.files
        if file.visa is not None and file.problem is None and file.visa.nature in natures
    ]
    if period:
        found = [file for file in found if file.visa is not None and file.visa.period == period]
    if not found:
        raise RefusedError(f"{_unsigned(nature, period)} : un témoin signe après, le texte qui est dans ledger/visas/.")
    return sorted(found, key=_order)


def _unsigned(nature: str | None, period: str) -> str:
    if period:
        return f"Personne n'a encore signé la clôture {period}"
    return "Aucune version des règles n'est signée" if nature == "regles" else "Aucune clôture n'est signée"


def _order(file: VisaFile) -> tuple[str, str]:
    return (file.visa.date.isoformat() if file.visa is not None else "", file.path)


def _read(file: Path) -> bytes:
    """The bytes of the signature in the form that is kept: whoever carried it may have changed its line ends."""
    try:
        with file.open("rb") as opened:
            content = opened.read(2 * MOST)
    except OSError:
        raise RefusedError(f"{file} ne se lit pas : donnez le fichier .sig que le témoin a envoyé.") from None
    content = content.removeprefix(_BOM).replace(b"\r\n", b"\n").strip() + b"\n"
    try:
        read_signature(content)
    except WireError as error:
        raise RefusedError(f"{file} n'est pas une signature de ssh-keygen : {error}. Rien n'a été rangé.") from None
    return content


def _witness(books: Books, text: VisaFile, content: bytes) -> Witness:
    """Whose signature of that text it is, by our own verifier and by OpenSSH; raises SignatureError."""
    assert text.visa is not None
    register, fingerprint = _register(books, text.visa), read_signature(content).fingerprint
    witness = register.witness(fingerprint)
    if witness is None:
        own = register.by_fingerprint.get(fingerprint)
        if own is not None:
            raise SignatureError(
                f"sa clé est celle de {own.person}, qui signe par grandlivre sign --personne {own.person}"
            )
        raise SignatureError(
            f"sa clé {fingerprint} n'est celle d'aucun témoin (temoins: dans rules/{FILE}, avec nom, cle et du)"
        )
    beside = SignatureFile(f"{text.path}.{witness.id}.sig", witness.id, content)
    judge = Judge(proofs(books).store, register, books.policy.organisation.books_id or "", books.real_day)
    judge.signer(text, text.visa, beside)
    if not referee.agrees(text.content, content, allowed_signers(register), witness.id, text.visa.date, WITNESS):
        raise SignatureError("ssh-keygen ne la reconnaît pas")
    return witness


def _register(books: Books, visa: Visa) -> KeyRegister:
    """Who may attest a text: for a version of the rules the witnesses that it names itself, else those of today."""
    if visa.nature != "regles" or books.policy.root is None:
        return books.policy.keys
    path = books.policy.root / FILE
    now = path.read_bytes() if path.is_file() else None
    return register_of(proofs(books).store, visa, now) or books.policy.keys


def _new(text: VisaFile, witness: Witness, content: bytes) -> Received:
    """The signature under the name that it gets; raises RefusedError for one that is there already."""
    assert text.visa is not None
    path = f"{text.path}.{witness.id}.sig"
    there = next((each for each in text.signatures if each.path == path), None)
    if there is None:
        return Received(witness, text.visa, SignatureFile(path, witness.id, content))
    if there.content == content:
        raise RefusedError(
            f"Cette signature de {witness.name} est déjà dans ledger/visas/{path} : rien n'a été changé."
        )
    raise RefusedError(
        f"Une autre signature de {witness.name} est déjà dans ledger/visas/{path} : rien n'a été changé. Retirez-la d'abord si "
        "grandlivre verify dit qu'elle ne vaut rien."
    )
