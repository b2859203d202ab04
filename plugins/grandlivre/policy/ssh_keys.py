"""What a public SSH key is: its kind, its bytes as OpenSSH sends them, its fingerprint. Nothing is verified here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import NamedTuple

ED25519 = "ssh-ed25519"
SK_ED25519 = "sk-ssh-ed25519@openssh.com"
SK_ECDSA = "sk-ecdsa-sha2-nistp256@openssh.com"
KINDS = (ED25519, SK_ED25519, SK_ECDSA)
"""The kinds of keys that may sign; no certificate."""
_CURVE = b"nistp256"
_POINT = 65
"""Bytes of an uncompressed point of that curve: 04, x, y."""
_LINE = re.compile(r"(\S+) ([A-Za-z0-9+/]+={0,2})(?: [^\r\n]*)?")


class WireError(ValueError):
    """Bytes that are not in the form of SSH; the text is French."""


class Wire:
    """Reads the fields of a value as SSH writes them (RFC 4251): each text behind its length in four bytes."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def take(self, count: int) -> bytes:
        """The next bytes; raises WireError when they are not all there."""
        if len(self._rest) < count:
            raise WireError("il manque des octets")
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def number(self) -> int:
        """A number of four bytes."""
        return int.from_bytes(self.take(4), "big")

    def text(self) -> bytes:
        """A text behind its length."""
        return self.take(self.number())

    def positive(self) -> int:
        """A whole number that is not negative, in its only form: no needless zero in front."""
        raw = self.text()
        if not raw or raw[0] & 0x80 or (raw[0] == 0 and (len(raw) == 1 or not raw[1] & 0x80)):
            raise WireError("un nombre n'est pas dans sa forme unique")
        return int.from_bytes(raw, "big")

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self._rest)

    def end(self) -> None:
        """Raises WireError when something follows."""
        if self._rest:
            raise WireError("des octets suivent")


def wired(*texts: bytes) -> bytes:
    """Texts as SSH writes them, each behind its length."""
    return b"".join(len(text).to_bytes(4, "big") + text for text in texts)


class PublicKey(NamedTuple):
    """A public key that may sign."""

    kind: str
    blob: bytes
    """As SSH sends it; two keys are the same when these bytes are."""
    point: bytes
    """ed25519: 32 bytes; nistp256: the uncompressed point."""
    application: str = ""
    """What a security key was made for: `ssh:`, or the host of a passkey."""

    @property
    def fingerprint(self) -> str:
        """« SHA256:… », as `ssh-keygen -l` says it."""
        return f"SHA256:{base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip('=')}"

    @property
    def text(self) -> str:
        """Its kind and its bytes in base64, as a file of keys writes it."""
        return f"{self.kind} {base64.b64encode(self.blob).decode()}"


def read_line(line: str) -> PublicKey:
    """The key of a line « ssh-ed25519 AAAA… comment »; raises WireError when it is none that may sign."""
    match = _LINE.fullmatch(line.strip())
    if match is None:
        raise WireError("elle s'écrit « ssh-ed25519 AAAA… », comme dans le fichier en .pub")
    kind, text = match[1], match[2]
    if kind not in KINDS:
        raise WireError(f"une clé {kind[:60]} ne signe pas ici : {', '.join(KINDS)}")
    key = read_blob(unbase64(text))
    if key.kind != kind:
        raise WireError(f"elle se dit {kind} et contient une clé {key.kind}")
    return key


def read_blob(blob: bytes) -> PublicKey:
    """The key of the bytes that SSH sends; raises WireError when it is none that may sign."""
    wire = Wire(blob)
    kind = wire.text().decode("ascii", "replace")
    application = b""
    if kind in (ED25519, SK_ED25519):
        point = wire.text()
        if len(point) != 32:
            raise WireError("sa longueur n'est pas celle d'une clé ed25519")
    elif kind == SK_ECDSA:
        if wire.text() != _CURVE:
            raise WireError("sa courbe n'est pas nistp256")
        point = wire.text()
        if len(point) != _POINT or point[0] != 4:
            raise WireError("son point n'est pas dans la forme attendue")
    else:
        raise WireError(f"une clé {kind[:60]} ne signe pas ici")
    if kind != ED25519:
        application = wire.text()
    wire.end()
    try:
        return PublicKey(kind, blob, point, application.decode("utf-8"))
    except UnicodeDecodeError:
        raise WireError("son application ne se lit pas") from None


def unbase64(text: str) -> bytes:
    """The bytes of a base64 text in its only form; raises WireError."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise WireError("son texte en base64 est coupé ou mal écrit") from None
    if base64.b64encode(data).decode() != text:
        raise WireError("son texte en base64 n'est pas dans sa forme unique")
    return data
