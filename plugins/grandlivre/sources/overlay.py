"""Files as they would stand after a change that nobody has written yet, so that the controls judge it first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple


class Overlay(NamedTuple):
    """What a change would write, or what an editor shows and has not saved."""

    texts: Mapping[Path, bytes] = MappingProxyType({})
    """By absolute path, the ledgers and the rules that would change or come."""
    papers: Mapping[str, bytes] = MappingProxyType({})
    """By path in documents/, the files that would come there."""


_NONE = Overlay()
_SHOWN: ContextVar[Overlay] = ContextVar("what is read in the place of files", default=_NONE)


@contextmanager
def showing(overlay: Overlay) -> Iterator[None]:
    """Files are read as the overlay says until the end of the block, in this context alone."""
    token = _SHOWN.set(overlay)
    try:
        yield
    finally:
        _SHOWN.reset(token)


def current() -> Overlay:
    """What is read in the place of files here; nothing outside of a trial."""
    return _SHOWN.get()


def shown(path: Path) -> bytes | None:
    """What stands in the place of a file; None when the file itself is read."""
    return _SHOWN.get().texts.get(path)


def content(path: Path) -> bytes:
    """What stands in the place of a file, else what it holds; raises OSError."""
    text = shown(path)
    return path.read_bytes() if text is None else text
