"""A signature file: exactly one armoured block of `ssh-keygen -Y sign` (SSHSIG), in its one form.

Stricter than `ssh-keygen`, which takes other line lengths and what surrounds the block: the same signature must never
have two files, nor a file two signatures.
"""

from __future__ import annotations

import base64
from typing import NamedTuple

from grandlivre.policy.ssh_keys import PublicKey, Wire, WireError, read_blob, unbase64, wired

NAMESPACE = "grandlivre"
WITNESS = "grandlivre-temoin"
"""What a witness signs under, so that no witness' signature is ever taken for another's."""
MOST = 4096
"""Bytes of the longest signature file."""
HASHES = ("sha512", "sha256")

_MAGIC = b"SSHSIG"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_WIDTH = 70


class Signature(NamedTuple):
    """What a signature file says, before anything is verified."""

    key: PublicKey
    namespace: str
    hash: str
    kind: str
    """How it was made: the key's own kind, or that of a browser (webauthn)."""
    details: bytes
    """What follows the kind in the signature."""

    @property
    def fingerprint(self) -> str:
        """Of the key that claims to have signed."""
        return self.key.fingerprint


def read_signature(content: bytes) -> Signature:
    """The signature of a file; raises WireError (French) at the first deviation from the one form."""
    if len(content) > MOST:
        raise WireError(f"le fichier dépasse {MOST} octets")
    if b"\r" in content:
        raise WireError(
            "il a des fins de ligne de Windows (CR) : écrivez « ledger/visas/** -text » dans .gitattributes et reprenez-le"
        )
    try:
        lines = content.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise WireError("il contient autre chose qu'une signature") from None
    if lines[0] != _BEGIN or lines[-2:] != [_END, ""] or lines.count(_BEGIN) != 1 or lines.count(_END) != 1:
        raise WireError("il doit contenir un seul bloc « SSH SIGNATURE », sans rien avant ni après")
    blob = unbase64("".join(lines[1:-2]))
    if armoured(blob) != content:
        raise WireError("ses lignes ne sont pas celles que ssh-keygen écrit")
    return read_signature_blob(blob)


def read_signature_blob(blob: bytes) -> Signature:
    """The signature of SSHSIG's bytes; raises WireError."""
    wire = Wire(blob)
    if wire.take(len(_MAGIC)) != _MAGIC or wire.number() != 1:
        raise WireError("ce n'est pas une signature SSHSIG de version 1")
    key = read_blob(wire.text())
    namespace, reserved, hash_ = wire.text(), wire.text(), wire.text()
    inner = Wire(wire.text())
    wire.end()
    if reserved:
        raise WireError("un champ réservé n'est pas vide")
    if hash_.decode("ascii", "replace") not in HASHES:
        raise WireError("sa fonction d'empreinte n'est ni sha512 ni sha256")
    kind = inner.text().decode("ascii", "replace")
    return Signature(key, namespace.decode("utf-8", "replace"), hash_.decode(), kind, inner.take(inner.left))


def signature_blob(key: PublicKey, namespace: str, hash_: str, kind: str, details: bytes) -> bytes:
    """SSHSIG's bytes over a signature made elsewhere: a phone's passkey."""
    head = _MAGIC + (1).to_bytes(4, "big")
    inner = wired(kind.encode()) + details
    return head + wired(key.blob, namespace.encode(), b"", hash_.encode(), inner)


def armoured(blob: bytes) -> bytes:
    """A signature as a file holds it."""
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)]
    return "".join(f"{line}\n" for line in (_BEGIN, *lines, _END)).encode()
