"""By what a file is known to be as it was: its times, its size and its number; its content too while it has just changed.

A file may be written twice within one tick of the clock, its size the same: until two seconds have passed nothing but its content
tells (git's racy rule). Its own time can be set back; that of its last change of state cannot.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_SETTLED = 2_000_000_000
"""Nanoseconds after which a change shows in the times of a file."""


class Mark(NamedTuple):
    """A file or a folder at the moment it was looked at."""

    modified: int
    """When its content last changed, as it says itself (ns)."""
    changed: int
    """When anything of it last changed (ns); on Windows, when it was made."""
    size: int
    number: int
    content: bytes = b""
    """The digest of what it holds, while it has just changed."""

    def is_as(self, former: Mark, path: str) -> bool:
        """Whether the file is what it was when `former` was taken."""
        if self[:4] != former[:4]:
            return False
        return not former.content or (self.content or _digest(path)) == former.content


Look = dict[str, Mark | None]
"""Each path, and what it is known by; None when it is gone."""


def mark_of(path: str) -> Mark | None:
    """What a file or a folder is known by now; None when it is gone."""
    try:
        seen = os.stat(path)  # noqa: PTH116 - half the time of a Path's, on every request
    except (OSError, ValueError):
        return None
    newest = max(seen.st_mtime_ns, seen.st_ctime_ns)
    recent = time.time_ns() - newest < _SETTLED
    content = _digest(path) if recent else b""
    return Mark(seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino, content)


def look(paths: Iterable[str]) -> Look:
    """The files and folders as they are now."""
    return {path: mark_of(path) for path in paths}


def differing(former: Look, now: Look) -> list[str]:
    """The paths of `now` that are not what they were."""
    found = []
    for path, mark in now.items():
        before = former.get(path)
        if mark is None or before is None:
            if mark is not before or path not in former:
                found.append(path)
        elif not mark.is_as(before, path):
            found.append(path)
    return found


def _digest(path: str) -> bytes:
    """The digest of what a file holds, or of the names in a folder; "" where it cannot be read."""
    try:
        held = Path(path).read_bytes()
    except IsADirectoryError:
        held = _names(path)
    except OSError:
        return b""
    return hashlib.blake2b(held, digest_size=16).digest()


def _names(folder: str) -> bytes:
    try:
        return "\0".join(sorted(os.listdir(folder))).encode("utf-8", "surrogateescape")  # noqa: PTH208 - texts
    except OSError:
        return b""
