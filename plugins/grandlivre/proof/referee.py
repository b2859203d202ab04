"""The referee: OpenSSH's own tool, which signs, and says of any signature whether it is good.

Only public keys are handed over; a private key stays where its owner keeps it (a file, an agent, a security key).
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from datetime import date
from pathlib import Path

from grandlivre.proof.signature import NAMESPACE
from grandlivre.sources.problem import RefusedError
from grandlivre.sources.programs import program

_SECONDS = 120


def sign(content: bytes, key: Path, namespace: str = NAMESPACE) -> bytes:
    """The armoured signature that `ssh-keygen -Y sign` makes of a text with a key's file, or an agent's key by its `.pub`.

    Raises RefusedError, with what OpenSSH said, when there is none.
    """
    with tempfile.TemporaryDirectory(prefix="grandlivre-") as folder:
        text = Path(folder) / "visa"
        text.write_bytes(content)
        # the terminal stays the person's: a passphrase or a touch may be asked for
        done = _run(["-Y", "sign", "-q", "-f", str(key), "-n", namespace, str(text)], None)
        made = text.with_name("visa.sig")
        if done is None or done.returncode != 0 or not made.is_file():
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] if done is not None else []
            raise RefusedError(
                f"ssh-keygen n'a pas signé avec {key}{f' : {said[0]}' if said else ''}. Donnez avec --cle le fichier de votre "
                "clé (ou son .pub si un agent la tient), et vérifiez sa phrase de passe."
            )
        return made.read_bytes()


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
