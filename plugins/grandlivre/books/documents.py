"""The vouchers' files: what stands under ledger/documents/, read folder by folder once.

macOS writes « é » as two signs in the names of files, keyboards write one: names are compared composed (NFC), and a file
is opened under the name it has on disk.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from grandlivre.books.memory import HEAD, Hashed, Memory

DOCUMENT = "document"
"""The key of an entry's first file."""
ARRIVALS = "arrivee"
"""The folder of documents/ where papers wait for their entry: they justify nothing there."""


class DocumentFolder:
    """The sizes of the files under one folder, by path relative to it with `/`."""

    def __init__(
        self, root: Path, memory: Memory | None = None, coming: Mapping[str, bytes] = MappingProxyType({})
    ) -> None:
        self.root = root
        self._coming = coming
        """Files that a change would put there, judged before it is made."""
        self._memory = memory
        self._sizes: dict[str, int] = {}
        self._scanned: set[str] = set()
        self._bad: set[str] = set()
        self._same: dict[str, Hashed] = {}
        """The files that are as they were when an earlier check hashed them."""
        self._crossed: dict[str, bool] = {}
        """The folders asked about, and whether a link leads to them."""
        self._hashes: dict[str, tuple[str, int] | None] = {}
        self._spelled: dict[str, str] = {}
        """The path on disk of what is not written composed there, by its composed path."""

    def _scan(self, folder: str) -> None:
        if folder in self._scanned:
            return
        self._scanned.add(folder)
        if folder and not (self.root / folder).is_dir():
            self._scan(folder.rpartition("/")[0])  # the folder's own name may be written otherwise
        try:
            with os.scandir(self._on_disk(folder)) as found:
                items = {item.name: item for item in found}
            for name, item in items.items():
                if name == composed(name) or composed(name) not in items:
                    self._take(folder, item)
        except (OSError, ValueError):  # ValueError: a name this system cannot spell is nobody's
            return

    def _take(self, folder: str, item: os.DirEntry[str]) -> None:
        name = composed(item.name)
        path = f"{folder}/{name}" if folder else name
        if item.is_symlink():
            self._bad.add(path)
        elif item.is_file():
            seen = item.stat()
            self._sizes[path] = seen.st_size
            if self._memory is not None and (known := self._memory.same(path, seen)) is not None:
                self._same[path] = known
        base = self._spelled.get(folder, folder)
        if name != item.name or base != folder:
            self._spelled[path] = f"{base}/{item.name}" if base else item.name

    def _on_disk(self, path: str) -> Path:
        return self.root / self._spelled.get(path, path)

    @property
    def known(self) -> Mapping[str, int]:
        """The files of the folders looked into so far, by path, and their sizes."""
        return self._sizes

    def place(self, path: str) -> Path:
        """Where that file stands on disk, however the accents of its name are written there; it may not exist."""
        if self.escapes(path):
            return self.root / path
        path = composed(path)
        self._scan(path.rpartition("/")[0])
        return self._on_disk(path)

    def _file(self, path: str) -> str:
        """The same as a text, which costs less than a Path."""
        path = composed(path)
        self._scan(path.rpartition("/")[0])
        return f"{self.root}/{self._spelled.get(path, path)}"

    def size(self, path: str) -> int | None:
        """The size in bytes of a file by its relative path, or None when no such plain file stands there."""
        path = composed(path)
        if path in self._coming:
            return len(self._coming[path])
        if path not in self._sizes:
            self._scan(path.rpartition("/")[0])
        return self._sizes.get(path)

    def passes_a_link(self, path: str) -> bool:
        """Whether a symbolic link stands there, or on the way (refused)."""
        path = composed(path)
        folder = path.rpartition("/")[0]
        if folder not in self._crossed:
            self._crossed[folder] = bool(folder) and self.passes_a_link(folder)
            self._scan(folder)
        return path in self._bad or self._crossed[folder]

    @staticmethod
    def escapes(path: str) -> bool:
        """Whether a path is absolute, climbs with `..`, or uses a drive or backslashes."""
        return path.startswith(("/", "\\", "~")) or "\\" in path or ":" in path or ".." in path.split("/")

    def head(self, path: str) -> bytes:
        """The first bytes of a file, b"" when it cannot be read."""
        if path in self._coming:
            return self._coming[path][:HEAD]
        if self._same and (known := self._same.get(composed(path))) is not None:
            return known.head
        try:
            opened = os.open(self._file(path), os.O_RDONLY | getattr(os, "O_BINARY", 0))  # half the time of a stream's
            try:
                return os.read(opened, HEAD)
            finally:
                os.close(opened)
        except (OSError, ValueError):
            return b""

    def hashed(self, path: str) -> tuple[str, int] | None:
        """The sha256 of a whole file (64 hexadecimal digits) and how many bytes it covers; None when none can be read."""
        if path not in self._hashes:
            self._hashes[path] = self._hash(path) if self.size(path) is not None else None
        return self._hashes[path]

    def _hash(self, path: str) -> tuple[str, int] | None:
        if path in self._coming:
            return hashlib.sha256(self._coming[path]).hexdigest(), len(self._coming[path])
        known = self._same.get(composed(path))
        if known is not None:
            return known.digest, known.size
        try:
            if self._memory is not None:
                return self._memory.digest(composed(path), self._file(path))
            with open(self._file(path), "rb") as stream:  # noqa: PTH123 - one of thousands
                return hashlib.file_digest(stream, "sha256").hexdigest(), stream.tell()
        except OSError:
            return None


def composed(path: str) -> str:
    """A path by which files are compared: each accented letter is one sign (NFC)."""
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def is_document_key(key: str) -> bool:
    """`document`, `document-…`."""
    return key == DOCUMENT or key.startswith("document-")
