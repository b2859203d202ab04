"""The queue « Pièces à saisir »: photos and PDFs that wait in ledger/documents/arrivee/ until an entry takes them.

They come by cable, mail, a telephone's share, or the page « Saisir ». Nothing is posted alone: a file of the queue
justifies nothing until an entry is written, and moves then under the name of its voucher.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from grandlivre.books.documents import ARRIVALS
from grandlivre.i18n import one_line
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.desk import Desk
from grandlivre.tasks.guided.scans import LARGEST, Scan, scanned
from grandlivre.writing import DISK, ChangeSet, locked

__all__ = ["ARRIVALS", "Arrival", "Waiting", "arrival", "queue", "take_in"]
_SHOWN = 200
"""Files of the queue that a page lists."""
_TYPES = frozenset({".jpg", ".jpeg", ".png", ".pdf"})


class Arrival(NamedTuple):
    """A file of the queue, made fit to be kept."""

    path: Path
    before: bytes
    """What stands there."""
    content: bytes
    """What will be kept."""
    suffix: str


class Waiting(NamedTuple):
    """A file of the queue, as the page lists it."""

    path: str
    """Its path in documents/."""
    name: str
    size: int
    since: date
    shown: bool
    """Whether a browser can show it."""
    refused: str
    """Why it cannot be kept as it is; "" when it can."""


def arrival(desk: Desk, path: str) -> Arrival | str:
    """The file of the queue at that path in documents/, or the French sentence that refuses it."""
    place = _place(desk.books.folder, path)
    if place is None:
        return f"le fichier {path} n'est plus dans la file des pièces à saisir : rouvrez la page, ou joignez-le de nouveau."
    try:
        content = place.read_bytes() if place.stat().st_size <= LARGEST else b"\0" * (LARGEST + 1)
    except OSError:
        return f"le fichier {path} ne se lit pas : copiez-le de nouveau."
    found = _known(content)
    if isinstance(found, str):
        return found
    return Arrival(place, content, found.content, found.suffix)


def queue(folder: Path) -> tuple[Waiting, ...]:
    """What waits in the queue of the books in that folder (ledger/), the oldest first."""
    home = folder / "documents" / ARRIVALS
    found: list[Waiting] = []
    try:
        items = sorted(os.scandir(home), key=lambda item: item.name) if home.is_dir() and not home.is_symlink() else []
    except OSError:
        items = []
    for item in items:
        if (
            item.name.startswith(".")
            or item.name.lower().startswith("readme")
            or not item.is_file(follow_symlinks=False)
        ):
            continue
        seen = item.stat(follow_symlinks=False)
        suffix = Path(item.name).suffix.lower()
        refused = "" if suffix in _TYPES else _objection(Path(item.path), seen.st_size)
        since = datetime.fromtimestamp(seen.st_mtime).date()  # noqa: DTZ006 - the day on this machine
        shown = suffix in _TYPES
        found.append(Waiting(f"{ARRIVALS}/{item.name}", item.name, seen.st_size, since, shown, refused))
    return tuple(sorted(found, key=lambda each: (each.since, each.name))[:_SHOWN])


def take_in(main: Path, name: str, content: bytes) -> str:
    """Keeps a file sent from the page in the queue; its path in documents/. Raises RefusedError and WriteError."""
    found = scanned(content)
    if isinstance(found, str):
        raise RefusedError(found)
    folder = main.resolve().parent
    with locked(folder.parent, "saisie", DISK):
        home = folder / "documents" / ARRIVALS
        stem, rank = _stem(name, content), 1
        place = home / f"{stem}{found.suffix}"
        while place.exists() and place.read_bytes() != found.content:
            rank += 1
            place = home / f"{stem}-{rank}{found.suffix}"
        if not place.exists():
            change = ChangeSet(folder.parent, DISK)
            change.create(place, found.content)
            change.commit()
    return f"{ARRIVALS}/{place.name}"


def _stem(name: str, content: bytes) -> str:
    """A name that every system spells: letters without accents, digits, hyphens."""
    bare = unicodedata.normalize("NFKD", one_line(name).rpartition(".")[0] or name)
    words = re.findall(r"[A-Za-z0-9]+", "".join(ch for ch in bare if not unicodedata.combining(ch)))
    return "-".join(words)[:60].strip("-") or hashlib.sha256(content).hexdigest()[:12]


def _place(folder: Path, path: str) -> Path | None:
    """Where a file of the queue stands: a plain file of that very folder."""
    home = folder / "documents" / ARRIVALS
    stem, _, name = path.partition("/")
    if stem != ARRIVALS or not name or "/" in name or "\\" in name or name.startswith(".") or home.is_symlink():
        return None
    for form in ("NFC", "NFD"):
        place = home / unicodedata.normalize(form, name)
        if place.is_file() and not place.is_symlink():
            return place
    return None


def _objection(path: Path, size: int) -> str:
    if size > LARGEST:
        return str(scanned(b"\0" * (LARGEST + 1)))
    with path.open("rb") as stream:
        found = scanned(stream.read(64))
    return found if isinstance(found, str) else ""


@lru_cache(maxsize=8)
def _known(content: bytes) -> Scan | str:
    """The same file is looked at once, however often the form is tried."""
    return scanned(content)
