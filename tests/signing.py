"""Keys that sign in tests: real ones of ssh-keygen, and security keys and passkeys made of software.

The bytes of SSH are written here once more, so that a mistake of the program is not repeated by its tests.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ORIGIN, HOST = "https://livres.exemple.org", "livres.exemple.org"


def made_by_ssh_keygen(folder: Path, name: str) -> Path:
    """A new ed25519 key's file; its `.pub` stands beside it."""
    path = folder / name
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)]
    subprocess.run(words, check=True, capture_output=True)
    return path


def public(path: Path) -> str:
    """« ssh-ed25519 AAAA… » of a key's file."""
    return " ".join(path.with_name(f"{path.name}.pub").read_text().split()[:2])


def ssh_sign(path: Path, content: bytes, namespace: str = "grandlivre", *options: str) -> bytes:
    """What `ssh-keygen -Y sign` makes of a text."""
    words = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(path), "-n", namespace, *options]
    return subprocess.run(words, input=content, check=True, capture_output=True).stdout


def string(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def mpint(number: int) -> bytes:
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big"))


def armour(blob: bytes, width: int = 70) -> bytes:
    text = base64.b64encode(blob).decode()
    rows = [text[at : at + width] for at in range(0, len(text), width)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *rows, "-----END SSH SIGNATURE-----", ""]).encode()


def challenge(content: bytes, namespace: str = "grandlivre", hash_: str = "sha512") -> bytes:
    return b"SSHSIG" + string(namespace.encode(), b"", hash_.encode(), hashlib.new(hash_, content).digest())


@dataclass
class SoftKey:
    """A security key or a passkey whose secret is here."""

    kind: str
    """ed25519 | ecdsa."""
    application: str
    secret: Any
    flags: int = 0x05
    count: int = 7
    namespace: str = "grandlivre"
    origin: str = ""
    """Of a passkey; "" for a security key."""
    cross: bool = False
    type: str = "webauthn.get"
    extensions: bytes = b""

    @classmethod
    def make(cls, kind: str, application: str = "ssh:", **more: Any) -> SoftKey:
        secret = Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(ec.SECP256R1())
        return cls(kind, application, secret, **more)

    @property
    def blob(self) -> bytes:
        raw, encodings = serialization.PublicFormat, serialization.Encoding
        if self.kind == "ed25519":
            point = self.secret.public_key().public_bytes(encodings.Raw, raw.Raw)
            return string(b"sk-ssh-ed25519@openssh.com", point, self.application.encode())
        point = self.secret.public_key().public_bytes(encodings.X962, raw.UncompressedPoint)
        return string(b"sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", point, self.application.encode())

    @property
    def public(self) -> str:
        kind = "sk-ssh-ed25519@openssh.com" if self.kind == "ed25519" else "sk-ecdsa-sha2-nistp256@openssh.com"
        return f"{kind} {base64.b64encode(self.blob).decode()}"

    def sign(self, content: bytes) -> bytes:
        """The armoured signature of a text."""
        signed = challenge(content, self.namespace)
        tail = struct.pack(">BI", self.flags, self.count)
        head = hashlib.sha256(self.application.encode()).digest() + tail
        if self.origin:
            client = self.client(signed)
            made = self._made(head + self.extensions + hashlib.sha256(client).digest())
            kind = b"webauthn-sk-ecdsa-sha2-nistp256@openssh.com"
            inner = string(kind, made) + tail + string(self.origin.encode(), client, self.extensions)
        else:
            made = self._made(head + hashlib.sha256(signed).digest())
            inner = string(self.public.split()[0].encode(), made) + tail
        fields = string(self.blob, self.namespace.encode(), b"", b"sha512", inner)
        return armour(b"SSHSIG" + struct.pack(">I", 1) + fields)

    def client(self, signed: bytes) -> bytes:
        """What a browser says of the question it was asked."""
        said = {
            "type": self.type,
            "challenge": base64.urlsafe_b64encode(signed).decode().rstrip("="),
            "origin": self.origin,
            "crossOrigin": self.cross,
        }
        return json.dumps(said, separators=(",", ":")).encode()

    def _made(self, asserted: bytes) -> bytes:
        if self.kind == "ed25519":
            return self.secret.sign(asserted)  # type: ignore[no-any-return]
        r, s = decode_dss_signature(self.secret.sign(asserted, ec.ECDSA(hashes.SHA256())))
        return mpint(r) + mpint(s)


class Keys:
    """The keys of a small organisation's people, and the file of rules that declares them."""

    def __init__(self, folder: Path, people: tuple[str, ...]) -> None:
        self.files = {person: made_by_ssh_keygen(folder, person) for person in people}
        self.start = "2026-01-01"

    def yaml(self, tail: str = "") -> str:
        rows = [f'  - {{personne: {who}, cle: "{public(file)}", du: {self.start}}}' for who, file in self.files.items()]
        return "\n".join(["cles:", *rows, tail]) + "\n"

    def fingerprint(self, person: str) -> str:
        said = subprocess.run(
            ["ssh-keygen", "-l", "-f", f"{self.files[person]}.pub"], check=True, capture_output=True, text=True
        )
        return said.stdout.split()[1]


def seeded(name: str) -> SoftKey:
    """A security key that anybody can make again from its name: for fixtures kept in files, never for real books."""
    secret = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"grandlivre, exemple : {name}".encode()).digest())
    return SoftKey("ed25519", "ssh:", secret)
