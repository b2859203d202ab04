"""Whether a signature is good, decided here in a tenth of a millisecond: ed25519, security keys, passkeys.

`ssh-keygen -Y verify` is the referee (`proof/referee.py`): what is good here is good there. Three things are refused here
that OpenSSH takes: a security key that nobody touched, a passkey that did not verify its owner, and a passkey used for
another site than the one it was made for.

`cryptography` is imported when something is verified: books without visas do not pay for it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

from grandlivre.policy.ssh_keys import ED25519, SK_ECDSA, SK_ED25519, PublicKey, Wire, WireError, wired
from grandlivre.proof.signature import Signature

WEBAUTHN = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"
_PRESENT, _VERIFIED, _ATTESTED, _EXTENDED = 0x01, 0x04, 0x40, 0x80
_NOT_ITS_OWN = "elle ne correspond pas au texte : le texte ou la signature a changé"


class SignatureError(ValueError):
    """Why a signature does not hold; the text is French, without a capital."""


def signed_bytes(message: bytes, namespace: str, hash_: str) -> bytes:
    """What SSHSIG signs for a message; a passkey takes these bytes as its challenge."""
    digest = hashlib.new(hash_, message).digest()
    return b"SSHSIG" + wired(namespace.encode(), b"", hash_.encode(), digest)


def verify(signature: Signature, message: bytes, namespace: str, origin: str = "") -> None:
    """Raises SignatureError unless the signature is the key's own over the message, under that namespace.

    `origin` is the site of a passkey as the register of keys says it; "" for any other key.
    """
    if signature.namespace != namespace:
        raise SignatureError(f"elle a été faite pour « {signature.namespace[:40]} », pas pour « {namespace} »")
    from cryptography.exceptions import InvalidSignature

    signed = signed_bytes(message, signature.namespace, signature.hash)
    try:
        if bool(origin) != (signature.kind == WEBAUTHN):
            raise SignatureError(
                "la clé est une clé d'accès (passkey), et la signature n'en vient pas"
                if origin
                else "la clé n'est pas une clé d'accès (passkey), et la signature en vient"
            )
        if signature.kind == ED25519 == signature.key.kind:
            _plain(signature, signed)
        elif signature.kind == signature.key.kind in (SK_ED25519, SK_ECDSA):
            _security_key(signature, signed)
        elif signature.kind == WEBAUTHN and signature.key.kind == SK_ECDSA:
            _passkey(signature, signed, origin)
        else:
            raise SignatureError(f"une signature {signature.kind[:60]} ne vient pas d'une clé {signature.key.kind}")
    except (InvalidSignature, WireError, ValueError) as error:
        raise error if isinstance(error, SignatureError) else SignatureError(_NOT_ITS_OWN) from error


def counter(signature: Signature) -> int | None:
    """The counter that a security key shows, for a reader; None where there is none, or it does not read."""
    if signature.kind == ED25519:
        return None
    try:
        wire = Wire(signature.details)
        wire.text()
        wire.take(1)
        return wire.number()
    except WireError:
        return None


def _plain(signature: Signature, signed: bytes) -> None:
    wire = Wire(signature.details)
    made = wire.text()
    wire.end()
    _ed25519(signature.key, made, signed)


def _security_key(signature: Signature, signed: bytes) -> None:
    """A key that signs when it is touched."""
    wire = Wire(signature.details)
    made, flags, count = wire.text(), wire.take(1), wire.take(4)
    wire.end()
    if not flags[0] & _PRESENT:
        raise SignatureError("personne n'a touché la clé de sécurité")
    asserted = _hashed(signature.key.application.encode()) + flags + count + _hashed(signed)
    if signature.key.kind == SK_ED25519:
        _ed25519(signature.key, made, asserted)
    else:
        _ecdsa(signature.key, made, asserted)


def _passkey(signature: Signature, signed: bytes, origin: str) -> None:
    """An assertion of a browser: the challenge is what SSHSIG signs."""
    wire = Wire(signature.details)
    made, flags, count = wire.text(), wire.take(1), wire.take(4)
    said_origin, client, extensions = wire.text(), wire.text(), wire.text()
    wire.end()
    _flags(flags[0], extensions)
    host = urlsplit(origin).hostname or ""
    if signature.key.application != host:
        raise SignatureError(f"la clé d'accès est celle de {signature.key.application[:60]}, pas de {host}")
    if said_origin.decode("utf-8", "replace") != origin:
        raise SignatureError(f"elle vient de {said_origin.decode('utf-8', 'replace')[:60]}, pas de {origin}")
    challenge = base64.urlsafe_b64encode(signed).decode().rstrip("=")
    # OpenSSH asks for these very bytes, browsers write them so; the rest of the object is read below
    if not client.startswith(f'{{"type":"webauthn.get","challenge":"{challenge}","origin":"{origin}"'.encode()):
        raise SignatureError(_NOT_ITS_OWN)
    if _read(client).get("crossOrigin", False) is not False:
        raise SignatureError("elle a été demandée par une page placée dans un autre site")
    asserted = _hashed(signature.key.application.encode()) + flags + count + extensions + _hashed(client)
    _ecdsa(signature.key, made, asserted)


def _flags(flags: int, extensions: bytes) -> None:
    if not flags & _PRESENT or not flags & _VERIFIED:
        raise SignatureError("le téléphone n'a pas vérifié son propriétaire (code, empreinte ou visage)")
    if flags & _ATTESTED or bool(flags & _EXTENDED) != bool(extensions):
        raise SignatureError(_NOT_ITS_OWN)


def _read(client: bytes) -> dict[str, Any]:
    """What the browser says, each key once."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise SignatureError(_NOT_ITS_OWN)
        return found

    said = json.loads(client.decode("utf-8"), object_pairs_hook=once)
    if not isinstance(said, dict):
        raise SignatureError(_NOT_ITS_OWN)
    return said


def _ed25519(key: PublicKey, made: bytes, signed: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(key.point).verify(made, signed)


def _ecdsa(key: PublicKey, made: bytes, signed: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    wire = Wire(made)
    r, s = wire.positive(), wire.positive()
    wire.end()
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.point)
    public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))


def _hashed(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
