"""Keys of the demonstration's people, made again from a fixed seed: clés de démonstration, connues de tous.

Whoever reads this file can sign as anybody there, so that such a signature proves nothing. No private part is in the package
nor in the repository: `scripts/demo_keys.py` and the tests write them where they are asked to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

NOTICE = "clés de démonstration, connues de tous"
PEOPLE = ("directeur", "coordinatrice", "president", "tresoriere")
GUARDIANS = ("directeur", "president", "tresoriere")


def secret(person: str) -> Ed25519PrivateKey:
    """A person's key, always the same."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"{NOTICE} : {person}".encode()).digest())


def public(person: str) -> str:
    """« ssh-ed25519 AAAA… »."""
    return secret(person).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def write(folder: Path, person: str) -> Path:
    """The file that `ssh-keygen` signs with, its `.pub` beside it; both say what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / person
    path.touch(mode=0o600)
    path.write_bytes(secret(person).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    path.with_name(f"{person}.pub").write_text(f"{public(person)} {person}, {NOTICE}\n", encoding="utf-8")
    return path


def register(start: str, people: Iterable[str] = PEOPLE) -> str:
    """`rules/cles.yaml` of the demonstration from a day on."""
    rows = [f'  - {{personne: {who}, cle: "{public(who)}", du: {start}}}' for who in people]
    guard = f"politique: {{gardiens: [{', '.join(GUARDIANS)}], seuil: 2}}"
    return "\n".join([f"# {NOTICE.capitalize()} : elles ne prouvent rien.", "cles:", *rows, guard]) + "\n"
