"""The referee: OpenSSH's own tool, which signs, and says of any signature whether it is good.

Only public keys are handed over; a private key stays where its owner keeps it (a file, an agent, a security key).
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from grandlivre.proof.signature import NAMESPACE
from grandlivre.sources.problem import RefusedError
from grandlivre.sources.programs import program

_SECONDS = 120
_WHY = (
    (
        "incorrect passphrase",
        "la phrase de passe n'est pas la bonne. Relancez la commande, et tapez-la dans le terminal",
    ),
    (
        "are too open",
        "d'autres que vous peuvent lire ce fichier. Gardez-le pour vous (chmod 600), puis relancez la commande",
    ),
    ("device not found", "la clé de sécurité n'est pas là. Branchez-la, puis relancez la commande"),
    (
        "No private key found",
        "la clé privée n'est ni dans ce fichier, ni dans un agent (ssh-add -l dit ce qu'il tient)",
    ),
    (
        "agent refused operation",
        "l'agent qui tient la clé a refusé. Confirmez quand il le demande, puis relancez la commande",
    ),
)
"""What OpenSSH says, and what that means to who signs; the first that is found."""


def sign(contents: Sequence[bytes], key: Path, namespace: str = NAMESPACE) -> tuple[bytes, ...]:
    """The armoured signatures that `ssh-keygen -Y sign` makes of texts with a key's file, or an agent's key by its `.pub`.

    The key is opened once for all of them: a passphrase is asked for once. Raises RefusedError, with what OpenSSH said, unless each
    is signed.
    """
    with tempfile.TemporaryDirectory(prefix="grandlivre-") as folder:
        texts = [Path(folder) / f"{rank}.visa" for rank in range(len(contents))]
        for text, content in zip(texts, contents, strict=True):
            text.write_bytes(content)
        # the terminal stays the person's: a passphrase or a touch may be asked for
        done = _run(["-Y", "sign", "-q", "-f", str(key), "-n", namespace, *map(str, texts)], None)
        made = [text.with_name(f"{text.name}.sig") for text in texts]
        if done is None or done.returncode != 0 or not all(each.is_file() for each in made):
            raise RefusedError(f"ssh-keygen n'a pas signé avec {key} : {_why(done)}. Rien n'a été écrit.")
        return tuple(each.read_bytes() for each in made)


def _why(done: subprocess.CompletedProcess[bytes] | None) -> str:
    """Why OpenSSH did not sign, and what to do about it."""
    if done is None:
        return f"pas de réponse en {_SECONDS} secondes. Relancez la commande"
    said = done.stderr.decode("utf-8", "replace")
    last = "".join(said.strip().splitlines()[-1:])
    return next(
        (why for words, why in _WHY if words in said),
        f"{last or 'sans dire pourquoi'}. Vérifiez la clé (ssh-keygen -y)",
    )


def agrees(
    content: bytes, signature: bytes, allowed: str, principal: str, day: date, namespace: str = NAMESPACE
) -> bool:
    """Whether `ssh-keygen -Y verify` takes a signature of a principal, at the visa's own date.

    `allowed` is the text of an `allowed_signers` file. Raises RefusedError without ssh-keygen.
    """
    with tempfile.TemporaryDirectory(prefix="grandlivre-") as folder:
        keys, made = Path(folder) / "allowed_signers", Path(folder) / "signature"
        keys.write_text(allowed, encoding="utf-8", newline="\n")
        made.write_bytes(signature)
        words = ["-Y", "verify", "-f", str(keys), "-I", principal, "-n", namespace, "-s", str(made)]
        done = _run([*words, "-O", f"verify-time={day:%Y%m%d}120000"], content)
        return done is not None and done.returncode == 0


def _run(words: list[str], said: bytes | None) -> subprocess.CompletedProcess[bytes] | None:
    found = program("ssh-keygen")
    if found is None:
        raise RefusedError(
            "ssh-keygen n'est pas installé : installez OpenSSH (il est dans Windows 10, macOS et Linux)."
        )
    try:
        return subprocess.run(  # noqa: S603 - OpenSSH's own tool, found on the path
            [found, *words],
            input=said,
            stdin=None if said is not None else _terminal(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _terminal() -> int | None:
    """The terminal for a passphrase; nothing where there is none, so that no question waits for ever."""
    return None if os.isatty(0) else subprocess.DEVNULL
