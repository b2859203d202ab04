"""The vouchers' files: what stands under ledger/documents/, read folder by folder once."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


class DocumentFolder:
    """The sizes of the files under one folder, by path relative to it with `/`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._sizes: dict[str, int] = {}
        self._scanned: set[str] = set()
        self._bad: dict[str, str] = {}

    def _scan(self, folder: str) -> None:
        if folder in self._scanned:
            return
        self._scanned.add(folder)
        try:
            with os.scandir(self.root / folder) as found:
                for item in found:
                    path = f"{folder}/{item.name}" if folder else item.name
                    if item.is_symlink():
                        self._bad[path] = "symlink"
                    elif item.is_file():
                        self._sizes[path] = item.stat().st_size
        except (OSError, ValueError):  # ValueError: a name this system cannot spell is nobody's
            return

    def size(self, path: str) -> int | None:
        """The size in bytes of a file by its relative path, or None when no such plain file stands there."""
        self._scan(path.rpartition("/")[0])
        return self._sizes.get(path)

    def is_link(self, path: str) -> bool:
        """Whether a symbolic link stands there (refused)."""
        self._scan(path.rpartition("/")[0])
        return path in self._bad

    @staticmethod
    def escapes(path: str) -> bool:
        """Whether a path is absolute, climbs with `..`, or uses a drive or backslashes."""
        return path.startswith(("/", "\\", "~")) or "\\" in path or ":" in path or ".." in path.split("/")

    def head(self, path: str, count: int = 16) -> bytes:
        """The first bytes of a file, b"" when it cannot be read."""
        try:
            with (self.root / path).open("rb") as stream:
                return stream.read(count)
        except (OSError, ValueError):
            return b""

    def hashed(self, path: str) -> tuple[str, int] | None:
        """The sha256 of a whole file (64 hexadecimal digits) and how many bytes it covers; None when none can be read."""
        if self.size(path) is None:
            return None
        try:
            with (self.root / path).open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest(), stream.tell()
        except OSError:
            return None


def is_document_key(key: str) -> bool:
    """`document`, `document-…`."""
    return key == "document" or key.startswith("document-")
