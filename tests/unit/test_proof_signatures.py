"""The fast verifier and its referee, `ssh-keygen -Y verify`: they agree on every file, but where ours is said to be stricter."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from grandlivre.policy.keys import KeyRegister
from grandlivre.policy.ssh_keys import WireError, read_line
from grandlivre.proof.allowed import allowed_signers
from grandlivre.proof.referee import agrees
from grandlivre.proof.signature import armoured, read_signature
from grandlivre.proof.verifying import SignatureError, counter, verify
from signing import HOST, ORIGIN, SoftKey, armour, made_by_ssh_keygen, public, ssh_sign, string

TEXT = "grandlivre visa 1\nlivres …\n".encode()
DAY = date(2026, 3, 12)


class Corpus:
    """Keys of every kind, the register that declares them, and signatures by name."""

    def __init__(self, folder: Path) -> None:
        self.file = made_by_ssh_keygen(folder, "directeur")
        self.other = made_by_ssh_keygen(folder, "autre")
        self.touch = SoftKey.make("ed25519")
        self.token = SoftKey.make("ecdsa")
        self.phone = SoftKey.make("ecdsa", HOST, origin=ORIGIN)
        rows = [("directeur", public(self.file)), ("touche", self.touch.public), ("jeton", self.token.public)]
        keys: list[dict[str, str]] = [{"personne": who, "cle": key, "du": "2026-01-01"} for who, key in rows]
        keys.append(
            {
                "personne": "telephone",
                "type": "passkey",
                "cle": self.phone.public,
                "origine": ORIGIN,
                "du": "2026-01-01",
            }
        )
        self.register = KeyRegister.model_validate({"cles": keys})
        self.allowed = allowed_signers(self.register)

    def ours(self, who: str, made: bytes, content: bytes = TEXT) -> str:
        """Why our verifier refuses, "" when it accepts."""
        [key] = self.register.of(who)
        try:
            signature = read_signature(made)
            assert signature.fingerprint == key.key.fingerprint or who == "directeur"
            if signature.key != key.key:
                return "une autre clé"
            verify(signature, content, "grandlivre", key.origin)
        except (WireError, SignatureError) as error:
            return str(error)
        return ""

    def theirs(self, who: str, made: bytes, content: bytes = TEXT) -> bool:
        return agrees(content, made, self.allowed, who, DAY)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return Corpus(tmp_path_factory.mktemp("cles"))


def test_both_accept_what_each_kind_of_key_signs(corpus: Corpus) -> None:
    signed = {
        "directeur": ssh_sign(corpus.file, TEXT),
        "touche": corpus.touch.sign(TEXT),
        "jeton": corpus.token.sign(TEXT),
        "telephone": corpus.phone.sign(TEXT),
    }
    for who, made in signed.items():
        assert corpus.ours(who, made) == "", who
        assert corpus.theirs(who, made), who
    assert corpus.ours("directeur", ssh_sign(corpus.file, TEXT, "grandlivre", "-O", "hashalg=sha256")) == ""
    assert [counter(read_signature(made)) for made in signed.values()] == [None, 7, 7, 7]


def test_an_armour_of_ssh_keygen_is_the_one_form(corpus: Corpus) -> None:
    """Whatever the length: what ssh-keygen writes is what we would have written."""
    for size in (0, 1, 69, 70, 71, 5000):
        made = ssh_sign(corpus.file, b"x" * size)
        blob = base64.b64decode(b"".join(made.split(b"\n")[1:-2]))
        assert armoured(blob) == made


def _flipped(made: bytes, at: int) -> bytes:
    blob = bytearray(base64.b64decode(b"".join(made.split(b"\n")[1:-2])))
    blob[at] ^= 1
    return armour(bytes(blob))


def test_both_refuse_what_was_tampered_with(corpus: Corpus) -> None:
    makers = {"directeur": ssh_sign(corpus.file, TEXT), "touche": corpus.touch.sign(TEXT)}
    makers |= {"jeton": corpus.token.sign(TEXT), "telephone": corpus.phone.sign(TEXT)}
    for who, made in makers.items():
        assert corpus.ours(who, made, TEXT + b" "), who
        assert not corpus.theirs(who, made, TEXT + b" "), who
        size = len(base64.b64decode(b"".join(made.split(b"\n")[1:-2])))
        for at in (7, 20, size // 2, size - 30, size - 1):
            other = _flipped(made, at)
            # the last byte of a passkey is that of a length: it no longer reads, for either
            assert corpus.ours(who, other), (who, at)
            assert not corpus.theirs(who, other), (who, at)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"namespace": "git"}, "faite pour « git »"),
        ({"namespace": "grandlivre-temoin"}, "faite pour « grandlivre-temoin »"),
        ({"type": "webauthn.create"}, "ne correspond pas au texte"),
        ({"extensions": b"\xa0"}, "ne correspond pas au texte"),
        ({"flags": 0x45}, "ne correspond pas au texte"),
    ],
)
def test_both_refuse_a_passkey_used_otherwise(corpus: Corpus, change: dict[str, object], words: str) -> None:
    made = replace(corpus.phone, **change).sign(TEXT)  # type: ignore[arg-type]
    assert words in corpus.ours("telephone", made)
    assert not corpus.theirs("telephone", made)


@pytest.mark.parametrize(
    ("who", "change", "words"),
    [
        ("telephone", {"flags": 0x01}, "vérifié son propriétaire"),
        ("telephone", {"flags": 0x00}, "vérifié son propriétaire"),
        ("telephone", {"cross": True}, "placée dans un autre site"),
        ("telephone", {"origin": "https://pirate.example"}, "vient de https://pirate.example"),
        ("touche", {"flags": 0x00}, "personne n'a touché"),
        ("jeton", {"flags": 0x00}, "personne n'a touché"),
    ],
)
def test_ours_is_stricter_about_who_was_there(corpus: Corpus, who: str, change: dict[str, object], words: str) -> None:
    """OpenSSH says these are the key's; whether its owner was there, and on which site, is not its question."""
    key = {"telephone": corpus.phone, "touche": corpus.touch, "jeton": corpus.token}[who]
    made = replace(key, **change).sign(TEXT)  # type: ignore[arg-type]
    assert words in corpus.ours(who, made)
    assert corpus.theirs(who, made)


def test_ours_is_stricter_about_the_file(corpus: Corpus) -> None:
    """One signature, one file: OpenSSH takes other lengths of lines and what comes after."""
    made = ssh_sign(corpus.file, TEXT)
    blob = base64.b64decode(b"".join(made.split(b"\n")[1:-2]))
    taken = [made + made, made + b"et la suite\n", armour(blob, 64), made.replace(b"\n", b"\r\n")]
    for other in taken:
        assert corpus.ours("directeur", other)
    # what OpenSSH 9.2 itself says of each: two blocks and a tail are taken, the first counts
    assert [corpus.theirs("directeur", other) for other in taken[:3]] == [True, True, True]
    refused = [b"x" + made, made[:-2], made.replace(b"SSH SIG", b"PGP SIG"), b"", armour(blob + b"x"), b"x" * 5000]
    for other in refused:
        assert corpus.ours("directeur", other)
        assert not corpus.theirs("directeur", other)


def test_a_base64_text_has_one_form(corpus: Corpus) -> None:
    """The unused bits of the last letter are zero: two texts never hold one signature."""
    text = b"".join(corpus.touch.sign(TEXT).split(b"\n")[1:-2]).decode()
    blob = base64.b64decode(text)
    assert text.endswith("=")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    place = len(text.rstrip("=")) - 1
    other = text[:place] + letters[letters.index(text[place]) + 1] + text[place + 1 :]
    rows = [other[at : at + 70] for at in range(0, len(other), 70)]
    made = "\n".join(["-----BEGIN SSH SIGNATURE-----", *rows, "-----END SSH SIGNATURE-----", ""]).encode()
    assert base64.b64decode(other) == blob
    assert "forme unique" in corpus.ours("touche", made)


def test_nobody_signs_for_another(corpus: Corpus) -> None:
    made = ssh_sign(corpus.other, TEXT)
    assert corpus.ours("directeur", made) == "une autre clé"
    assert not corpus.theirs("directeur", made)


def test_the_keys_of_a_day(corpus: Corpus) -> None:
    """First and last day included, for OpenSSH as for us: the derived file says the same days."""
    key = {"personne": "directeur", "cle": public(corpus.file), "du": "2026-03-01", "au": "2026-03-31"}
    register = KeyRegister.model_validate({"cles": [key]})
    made, allowed = ssh_sign(corpus.file, TEXT), allowed_signers(register)
    for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)):
        assert agrees(TEXT, made, allowed, "directeur", day) == bool(register.valid("directeur", day)), day
    assert "*" not in allowed


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==", "une clé ssh-rsa ne signe pas ici"),
        ("ssh-ed25519-cert-v01@openssh.com AAAA", "ne signe pas ici"),
        ("cert-authority ssh-ed25519 AAAA", "s'écrit"),
        ("ssh-ed25519 " + base64.b64encode(string(b"ssh-ed25519", b"x" * 31)).decode(), "longueur"),
        (
            "ssh-ed25519 " + base64.b64encode(string(b"sk-ssh-ed25519@openssh.com", b"x" * 32, b"ssh:")).decode(),
            "se dit",
        ),
        ("ssh-ed25519 AAAA*", "s'écrit"),
        ("", "s'écrit"),
    ],
)
def test_lines_that_are_no_key(line: str, words: str) -> None:
    with pytest.raises(WireError, match=words):
        read_line(line)
