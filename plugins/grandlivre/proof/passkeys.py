"""A phone's passkey: the line that enrols it in `cles.yaml`, and the signature file made of what a browser answers.

The challenge of the assertion is `verifying.signed_bytes` of the visa's text; the file is SSHSIG of kind webauthn, which plain
`ssh-keygen -Y verify` verifies too. Such a credential never serves to log in.
"""

from __future__ import annotations

from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from grandlivre.policy.ssh_keys import SK_ECDSA, PublicKey, WireError, read_blob, wired
from grandlivre.proof.signature import NAMESPACE, armoured, signature_blob
from grandlivre.proof.verifying import WEBAUTHN

HASH = "sha512"
"""The digest of the text that a passkey's challenge carries."""
_HEAD = 37
"""Bytes of the authenticator's data before its extensions: the site's digest, flags, counter."""


class Assertion(NamedTuple):
    """What a browser answers to `navigator.credentials.get`."""

    authenticator_data: bytes
    client_data: bytes
    signature: bytes
    """ECDSA, in DER."""


def enrolled(spki: bytes, host: str) -> PublicKey:
    """The key of a new credential: `getPublicKey()` of the browser's answer, and the site's host; raises WireError."""
    try:
        public = load_der_public_key(spki)
    except ValueError:
        raise WireError("la clé donnée par le navigateur ne se lit pas") from None
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        raise WireError("la clé donnée par le navigateur n'est pas sur la courbe nistp256")
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return read_blob(wired(SK_ECDSA.encode(), b"nistp256", point, host.encode()))


def signature_file(key: PublicKey, origin: str, answer: Assertion) -> bytes:
    """The signature file of an assertion; nothing is verified here. Raises WireError for what no browser answers."""
    if len(answer.authenticator_data) < _HEAD:
        raise WireError("la réponse du navigateur est trop courte")
    head, extensions = answer.authenticator_data[:_HEAD], answer.authenticator_data[_HEAD:]
    try:
        r, s = decode_dss_signature(answer.signature)
    except ValueError:
        raise WireError("la signature du navigateur ne se lit pas") from None
    made = wired(wired(_positive(r), _positive(s)))
    details = made + head[32:] + wired(origin.encode(), answer.client_data, extensions)
    return armoured(signature_blob(key, NAMESPACE, HASH, WEBAUTHN, details))


def _positive(number: int) -> bytes:
    """A number as SSH writes it: no needless zero, no sign."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")
