"""Texts that an editor shows and has not saved, read in the place of their files while they are judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType

_NONE: Mapping[Path, bytes] = MappingProxyType({})
_SHOWN: ContextVar[Mapping[Path, bytes]] = ContextVar("texts that an editor shows", default=_NONE)


@contextmanager
def showing(texts: Mapping[Path, bytes]) -> Iterator[None]:
    """Files are read as these texts (absolute path → bytes) until the end of the block, in this context alone."""
    token = _SHOWN.set(texts)
    try:
        yield
    finally:
        _SHOWN.reset(token)


def shown(path: Path) -> bytes | None:
    """What the editor shows of a file; None when it shows the file as it was saved, or nothing of it."""
    texts = _SHOWN.get()
    return texts.get(path) if texts else None


def content(path: Path) -> bytes:
    """What the editor shows of a file, else what the file holds; raises OSError."""
    text = shown(path)
    return path.read_bytes() if text is None else text
