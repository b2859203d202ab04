"""The journal of a change in progress: what each file held, and what it will hold.

It lives in `.grandlivre/journal/`. The side files `N.avant` and `N.apres` hold the contents; `journal.json`, renamed
into place after them, makes the journal complete. From then on the change can be finished or undone whatever happens;
before, no file of the books has been touched.
"""

import contextlib
import errno
import hashlib
import json
import stat
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from grandlivre.writing.disk import Disk, unlink_if_there, write_new
from grandlivre.writing.problem import WriteError

PRIVATE = ".grandlivre"
FOLDER = f"{PRIVATE}/journal"
_RECORD = "journal.json"
_UNREADABLE = (
    f"le journal de l'écriture interrompue est illisible. Comparez les contenus gardés dans {FOLDER} "
    f"(N.avant, N.apres) aux fichiers, puis supprimez ce dossier."
)


class Replacement(NamedTuple):
    """One file of a change. Digests are sha256 in hexadecimal; without `before` it is new, without `after` it goes."""

    path: str
    before: str | None
    after: str | None
    mode: int | None
    """Permission bits of the file as it was."""


class Journal(NamedTuple):
    """A change of several files: those it replaces and the folders it makes, relative to the root, with `/`."""

    files: tuple[Replacement, ...]
    folders: tuple[str, ...]

    def old(self, root: Path, number: int) -> bytes:
        """What the file of that number held; raises WriteError when the side file is damaged."""
        return _side(root, f"{number}.avant", self.files[number].before)

    def new(self, root: Path, number: int) -> bytes:
        """What the file of that number will hold; raises WriteError when the side file is damaged."""
        return _side(root, f"{number}.apres", self.files[number].after)


def digest(content: bytes) -> str:
    """The sha256 of a content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def is_complete(root: Path) -> bool:
    """Whether a complete journal waits in these books."""
    return (root / FOLDER / _RECORD).exists()


def is_left(root: Path) -> bool:
    """Whether a command was interrupted while it wrote, be it only before it had cleared its own journal away."""
    return (root / FOLDER).is_dir()


def write(disk: Disk, root: Path, journal: Journal, contents: list[tuple[bytes | None, bytes | None]]) -> None:
    """Writes the contents (before, after) of the journal's files, in their order, then the record; raises OSError."""
    folder = root / FOLDER
    for path in (folder.parent, folder):
        if not path.exists():
            disk.make_folder(path)
    for number, (before, after) in enumerate(contents):
        if before is not None:
            write_new(disk, folder / f"{number}.avant", before)
        if after is not None:
            write_new(disk, folder / f"{number}.apres", after)
    record = {"version": 1, "fichiers": [entry._asdict() for entry in journal.files], "dossiers": journal.folders}
    temporary = folder / f"{_RECORD}.tmp"
    write_new(disk, temporary, json.dumps(record, indent=1).encode())
    disk.sync_folder(folder)
    disk.replace(temporary, folder / _RECORD)
    disk.sync_folder(folder)
    disk.sync_folder(folder.parent)
    disk.sync_folder(root)


def read(root: Path) -> Journal:
    """The complete journal of these books; raises WriteError when it is damaged or names files outside them."""
    try:
        _require_plain(root / FOLDER / _RECORD)
        record: Any = json.loads((root / FOLDER / _RECORD).read_bytes())
        if record["version"] != 1:
            raise ValueError(record["version"])
        files = tuple(Replacement(**entry) for entry in record["fichiers"])
        folders = tuple(str(folder) for folder in record["dossiers"])
        for path in (*(entry.path for entry in files), *folders):
            _require_inside(root, path)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise WriteError(_UNREADABLE, f"{FOLDER}/{_RECORD}") from error
    return Journal(files, folders)


def close(disk: Disk, root: Path) -> None:
    """Removes the record: the change is over, done or undone. Raises OSError when it cannot be removed."""
    folder = root / FOLDER
    unlink_if_there(disk, folder / _RECORD)
    with contextlib.suppress(OSError):  # a record that came back after a power cut would find nothing left to do
        disk.sync_folder(folder)


def sweep(disk: Disk, root: Path) -> None:
    """Removes what a journal without a record left behind; what cannot be removed stays for the next time."""
    folder = root / FOLDER
    if not folder.is_dir():
        return
    with contextlib.suppress(OSError):
        for path in sorted(folder.iterdir()):
            if path.suffix in {".avant", ".apres", ".tmp"}:
                disk.unlink(path)
        disk.remove_folder(folder)


def _side(root: Path, name: str, expected: str | None) -> bytes:
    try:
        _require_plain(root / FOLDER / name)
        content = (root / FOLDER / name).read_bytes()
    except OSError as error:
        raise WriteError(_UNREADABLE, f"{FOLDER}/{name}") from error
    if digest(content) != expected:
        raise WriteError(_UNREADABLE, f"{FOLDER}/{name}")
    return content


def _require_plain(path: Path) -> None:
    """Raises OSError where a link, a pipe or a device stands in place of a file: to read it might never end."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(errno.EINVAL, "no ordinary file", str(path))


def _require_inside(root: Path, path: str) -> None:
    """A journal that somebody slipped into the books must not write elsewhere."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or PRIVATE in pure.parts:
        raise ValueError(path)
    if not (root / path).resolve().is_relative_to(root.resolve()):
        raise ValueError(path)
