"""What earlier checks of the same books worked out, so that the next hashes only what changed.

It stands in `.grandlivre/empreintes`, may be deleted at any time, and is believed only as far as the books bear it out:

* A document's digest under everything the system says of a file: name, size, time of its content, time of its last change
  of any kind (which no program can put back), number and disk. Not on Windows, which does not say the last change.
* A sealed period found as it was closed under a key made of all that its digest depends on: the bytes of every file that
  holds its entries, the rules, the manifest, the closing's own digests, this program. No time of a file of the books is believed there.
* Likewise that a work over some files found nothing to say: the bank's files beside what the books say of them, the rules
  beside what a closing keeps of them. What it did find is worked out again.
* Nothing is kept of a file that changed less than `_SETTLED` before the check began: it may have changed since, within the
  same tick of the clock. The clock is that of the disk: the file's own time, set as the check begins.

Only `grandlivre check` on one's own machine asks for it: the plugin, `close`, sendings and continuous integration work
everything out. Whoever can write in `.grandlivre/` can make that check silent, on that machine, and only it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import beancount

MEMORY = "grandlivre-memoire"
"""The key of `options_map` under which `check` hands its memory to the load."""
_FOLDER, _NAME = ".grandlivre", "empreintes"
_SETTLED = 3_000_000_000
"""Nanoseconds: more than the roughest clock of a disk, two seconds."""
_SHAPING = (
    "booking_method",
    "infer_tolerance_from_cost",
    "inferred_tolerance_default",
    "inferred_tolerance_multiplier",
)
"""The options that may change what a file's entries say once booked."""
_PACKAGE = Path(__file__).parent.parent
"""This program: whichever module changed, nothing is believed that it worked out before."""

HEAD = 16
"""The first bytes of a document that say its kind."""

_Mark = tuple[int, int, int, int, int]
_Seen = tuple[_Mark, str] | tuple[_Mark, str, str]
"""What a document was when it was hashed, its digest, then its first bytes."""


class Hashed(NamedTuple):
    """A document as it was hashed."""

    digest: str
    size: int
    head: bytes
    """Its first bytes."""


class Memory:
    """What is remembered of the books under one folder."""

    def __init__(self, store: Path, began: int) -> None:
        self._store = store
        self._began = began
        self._known: dict[str, _Seen] = {}
        self._sound: set[str] = set()
        self._met: dict[str, _Seen] = {}
        self._met_sound: set[str] = set()
        self._changed = False
        self._context = ""
        self._files: dict[str, str] = {}

    @classmethod
    def of(cls, root: Path) -> Memory | None:
        """The memory of the books under a folder; None where nothing is sealed, or nothing can be written."""
        store = root / _FOLDER / _NAME
        try:
            if not any((root / "ledger" / "documents").glob("MANIFESTE-*.tsv")):
                return None
            store.parent.mkdir(exist_ok=True)
            if store.parent.is_symlink() or store.is_symlink() or (store.exists() and not store.is_file()):
                return None
            store.touch()
            made = cls(store, store.stat().st_mtime_ns)
            made._read(store.read_bytes())
        except OSError:
            return None
        return made

    def _read(self, content: bytes) -> None:
        """Takes what is written; nothing when a single byte is damaged."""
        mark, _, body = content.partition(b"\n")
        if mark.decode("ascii", "replace") != hashlib.sha256(body).hexdigest():
            return
        try:
            said = json.loads(body)
            self._known = {path: (tuple(seen), *more) for path, (seen, *more) in said["pieces"].items()}
            self._sound = set(said["periodes"])
        except (ValueError, KeyError, TypeError, AttributeError):  # written by another version
            self._known, self._sound = {}, set()

    def save(self) -> None:
        """Writes what this check met, whole or not at all; a disk that refuses costs the next check its time only."""
        if not self._changed:
            return
        said = {"pieces": self._met, "periodes": sorted(self._met_sound)}
        body = json.dumps(said, ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode()
        draft = self._store.with_name(f"{_NAME}.{os.getpid()}.tmp")
        try:
            draft.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            draft.replace(self._store)
        except OSError:
            draft.unlink(missing_ok=True)

    # --- documents ----------------------------------------------------------------------------------------------------

    def digest(self, path: str, file: str) -> tuple[str, int]:
        """The sha256 of a document and its size; raises OSError when it cannot be read."""
        mark = _mark(os.stat(file))  # noqa: PTH116 - one of thousands
        known = self._met.get(path) or self._known.get(path)
        if known is None or len(known) < 3 or known[0] != mark or os.name == "nt":
            with open(file, "rb") as stream:  # noqa: PTH123 - one of thousands
                mark = _mark(os.fstat(stream.fileno()))
                head = stream.read(HEAD).hex()
                stream.seek(0)
                known = mark, hashlib.file_digest(stream, "sha256").hexdigest(), head
                size = stream.tell()
            if self._is_settled(mark) and os.name != "nt":
                self._met[path] = known
                self._changed = True
            return known[1], size
        self._met[path] = known
        return known[1], mark[0]

    def same(self, path: str, seen: os.stat_result) -> Hashed | None:
        """What is known of a document that is as it was when it was hashed."""
        known = self._known.get(path)
        if known is None or len(known) < 3 or known[0] != _mark(seen) or os.name == "nt":
            return None
        self._met[path] = known
        return Hashed(known[1], known[0][0], _bytes(known[2]))

    # --- sealed periods -----------------------------------------------------------------------------------------------

    def reading(self, options: Mapping[str, Any]) -> Memory:
        """The memory, about books loaded with these options; it knows nothing of entries that other plugins may change."""
        if all(str(name).startswith("grandlivre.") for name, _ in options.get("plugin", ())):
            shaping = [repr(options.get(name)) for name in _SHAPING]
            said = json.dumps([sys.version, beancount.__version__, *_program(_PACKAGE), *shaping])
            self._context = hashlib.sha256(said.encode()).hexdigest()
        return self

    def key(self, files: Iterable[str], facts: Any) -> str:
        """What stands for the bytes of some files and for some facts; "" where a file is not there or just changed."""
        if not self._context:
            return ""
        try:
            said = [self._context, facts, [[file, self._content(file)] for file in sorted(set(files))]]
        except OSError:
            return ""
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def _content(self, file: str) -> str:
        found = self._files.get(file)
        if found is None:
            with Path(file).open("rb") as stream:
                if not self._is_settled(_mark(os.fstat(stream.fileno()))):
                    raise OSError(file)
                found = self._files[file] = hashlib.file_digest(stream, "sha256").hexdigest()
        return found

    def is_sound(self, key: str) -> bool:
        """Whether what the key stands for was found as it was sealed."""
        if not key or key not in self._sound:
            return False
        self._met_sound.add(key)
        return True

    def found_sound(self, key: str) -> None:
        """Remembers it for the next check."""
        if key:
            self._met_sound.add(key)
            self._changed = True

    def _is_settled(self, mark: _Mark) -> bool:
        """Whether a file was left alone from before the check began."""
        return max(mark[1], mark[2]) + _SETTLED < self._began


def program_files() -> list[str]:
    """Each module of this program, its size and time."""
    return _program(_PACKAGE)


def _program(folder: Path) -> list[str]:
    """Each module, its size and time: what Python itself believes before it runs what it compiled of that module."""
    found: list[str] = []
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as items:
            for item in items:
                if item.is_dir():
                    if item.name != "__pycache__":
                        waiting.append(item.path)
                elif item.name.endswith(".py"):
                    seen = item.stat()
                    found.append(f"{item.path} {seen.st_size} {seen.st_mtime_ns}")
    return sorted(found)


@cache
def _bytes(head: str) -> bytes:
    return bytes.fromhex(head)


def _mark(seen: os.stat_result) -> _Mark:
    return seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino, seen.st_dev
