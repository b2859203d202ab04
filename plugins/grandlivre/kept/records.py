"""How the index is written: lines of texts set apart by tabs under their own digest, written whole or not at all.

Nothing that a program could run (pickle, marshal): a damaged byte gives no record, and so a whole run.
"""

from __future__ import annotations

import os

from grandlivre.kept.marks import UnsureError, digest_of

_ESCAPED = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_SAID = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}
_ESCAPES = str.maketrans(_ESCAPED)


def written(kind: str, records: list[list[str]]) -> bytes:
    """The bytes of some records; `kind` says what they are and in which form."""
    lines = [kind, *("\t".join([text.translate(_ESCAPES) for text in record]) for record in records)]
    body = "\n".join(lines).encode("utf-8", "surrogateescape")
    return digest_of(body).encode() + b"\n" + body


def read(kind: str, content: bytes) -> list[list[str]]:
    """The records again. Raises UnsureError when a byte is damaged, or when they are of another kind."""
    mark, _, body = content.partition(b"\n")
    if mark != digest_of(body).encode():
        raise UnsureError
    said, *lines = body.decode("utf-8", "surrogateescape").split("\n")
    if said != kind:
        raise UnsureError
    return [[_unescaped(text) for text in line.split("\t")] for line in lines]


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    first, *others = text.split("\\")
    parts, waiting = [first], False
    for part in others:
        if waiting:  # what follows the second of two bars
            parts.append(part)
            waiting = False
        elif part:
            parts.append(_SAID[part[0]] + part[1:])
        else:
            parts.append("\\")
            waiting = True
    return "".join(parts)


def load(path: str, kind: str) -> list[list[str]]:
    """The records of a file. Raises OSError, or UnsureError."""
    with open(path, "rb", buffering=0) as stream:
        return read(kind, stream.readall())


def save(path: str, content: bytes) -> int:
    """Puts a file there, whole or not at all; the disk's own time of it, in nanoseconds. Raises OSError."""
    draft = f"{path}.{os.getpid()}.tmp"
    try:
        with open(draft, "wb", buffering=0) as stream:
            stream.write(content)
            clock = os.fstat(stream.fileno()).st_mtime_ns
        os.replace(draft, path)
    except OSError:
        if os.path.lexists(draft):
            os.unlink(draft)
        raise
    return clock
