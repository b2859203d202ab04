"""A change of several files that happens whole or not at all, even if the machine stops in the middle.

Order on disk: the journal with every content, a temporary file beside each target, the renames, the end of the journal.
An error before the end undoes what was renamed; a crash is repaired by `recover`, which finishes what the journal says.
"""

import contextlib
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from grandlivre.sources.overlay import shown
from grandlivre.writing import journal as journals
from grandlivre.writing.disk import DISK, Disk, unlink_if_there, write_new
from grandlivre.writing.journal import Journal, Replacement, digest
from grandlivre.writing.ledger_text import LedgerText
from grandlivre.writing.problem import NOTHING_CHANGED, WriteError, because

_CLOSE_EDITORS = f"{NOTHING_CHANGED} ; enregistrez et fermez vos éditeurs, puis relancez la commande."
_SUSPENDED = "L'écriture est restée en suspens : la prochaine commande qui écrit la terminera"


class ChangeSet:
    """Files to write together under one root. Nothing is written before `commit`; use it under `locked`."""

    def __init__(self, root: Path, disk: Disk = DISK) -> None:
        self._root = root.resolve()
        self._disk = disk
        self._contents: dict[Path, tuple[bytes | None, bytes | None]] = {}
        self._ledgers: dict[Path, tuple[bytes, LedgerText]] = {}

    def ledger(self, path: Path, expected: bytes | None = None) -> LedgerText:
        """The text of a ledger file, to edit in place; asked again, the same one.

        `expected` is what the caller's line numbers were taken from, when that was read earlier. Raises WriteError.
        """
        target = self._inside(path)
        if target not in self._ledgers:
            self._require_unused(target)
            before = self._read(target)
            if before is None:
                raise WriteError(f"ce fichier n'existe pas. {NOTHING_CHANGED} ; créez-le d'abord.", self._label(target))
            if expected is not None and before != expected:
                raise self._changed(target)
            self._ledgers[target] = (before, LedgerText(_decoded(before, self._label(target)), self._label(target)))
        return self._ledgers[target][1]

    def edit(self, path: Path, content: bytes, expected: bytes) -> None:
        """Gives an existing file another content, provided that it still holds `expected` when written."""
        target = self._inside(path)
        self._require_unused(target)
        self._contents[target] = (expected, content)

    def create(self, path: Path, content: bytes) -> None:
        """Adds a new file, with the folders it needs; it must not exist."""
        target = self._inside(path)
        self._require_unused(target)
        self._contents[target] = (None, content)

    def remove(self, path: Path, expected: bytes) -> None:
        """Takes a file away, provided that it still holds `expected` then."""
        target = self._inside(path)
        self._require_unused(target)
        self._contents[target] = (expected, None)

    @property
    def changes(self) -> dict[Path, tuple[bytes | None, bytes | None]]:
        """What each file that would change holds and will hold (None: there is no such file), by path."""
        wanted = dict(self._contents)
        wanted.update({path: (before, ledger.text().encode()) for path, (before, ledger) in self._ledgers.items()})
        return {path: both for path, both in sorted(wanted.items()) if both[0] != both[1]}

    def commit(self) -> tuple[str, ...]:
        """Writes every file, or none and raises WriteError; returns the changed paths, relative to the root, sorted."""
        changes = self.changes
        if not changes:
            return ()
        if journals.is_complete(self._root):
            raise WriteError(
                f"une écriture interrompue attend d'être terminée. {NOTHING_CHANGED} ; relancez la commande.",
                journals.FOLDER,
            )
        journal = self._verified(changes)
        self._write_journal(journal, list(changes.values()))
        try:
            _apply(self._disk, self._root, journal)
            journals.close(self._disk, self._root)
        except BaseException as error:
            self._undo(journal, error)
            if isinstance(error, OSError):
                raise because(error, _where(self._root, error)) from error
            raise
        journals.sweep(self._disk, self._root)
        return tuple(entry.path for entry in journal.files)

    def _verified(self, changes: dict[Path, tuple[bytes | None, bytes | None]]) -> Journal:
        """The journal of the change, once every file is known to be as it was read and open to writing."""
        files, folders = [], set[Path]()
        for path, (before, after) in changes.items():
            if self._read(path) != before:
                raise self._changed(path)
            mode = None
            if before is None:
                folders.update(folder for folder in path.parents if not folder.exists())
            else:
                try:
                    self._disk.require_writable(path)
                    mode = stat.S_IMODE(path.stat().st_mode)
                except OSError as error:
                    raise because(error, self._label(path)) from error
            files.append(Replacement(self._label(path), _digest(before), _digest(after), mode))
        return Journal(tuple(files), tuple(self._label(folder) for folder in sorted(folders)))

    def _write_journal(self, journal: Journal, contents: list[tuple[bytes | None, bytes | None]]) -> None:
        try:
            journals.sweep(self._disk, self._root)
            journals.write(self._disk, self._root, journal, contents)
        except BaseException as error:
            with contextlib.suppress(OSError):
                journals.close(self._disk, self._root)
            if isinstance(error, OSError):
                state = _SUSPENDED if journals.is_complete(self._root) else NOTHING_CHANGED
                raise because(error, _where(self._root, error), state) from error
            raise
        finally:
            if not journals.is_complete(self._root):
                journals.sweep(self._disk, self._root)

    def _undo(self, journal: Journal, error: BaseException) -> None:
        if not journals.is_complete(self._root):
            return  # interrupted just after the end: the change is made
        try:
            _restore(self._disk, self._root, journal)
        except OSError as second:
            raise because(second, _where(self._root, second), _SUSPENDED) from error

    def _inside(self, path: Path) -> Path:
        """The real file meant, through symbolic links; raises WriteError outside the books."""
        target = (self._root / path).resolve()
        if not target.is_relative_to(self._root) or journals.PRIVATE in target.relative_to(self._root).parts:
            raise WriteError(f"ce fichier est hors du dossier des livres. {NOTHING_CHANGED}.", Path(path).as_posix())
        return target

    def _require_unused(self, target: Path) -> None:
        if target in self._contents or target in self._ledgers:
            raise ValueError(f"changed twice in one change: {target}")

    def _label(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _read(self, path: Path) -> bytes | None:
        """What a file holds, in a trial what is read in its place; None without any."""
        text = shown(path)
        try:
            return _content(path) if text is None else text
        except OSError as error:
            raise WriteError(
                f"ce fichier ne peut pas être lu. {NOTHING_CHANGED} ; demandez le droit de le lire.", self._label(path)
            ) from error

    def _changed(self, path: Path) -> WriteError:
        return _changed(self._label(path), _CLOSE_EDITORS)


class Recovery(NamedTuple):
    """An interrupted change that has just been finished."""

    paths: tuple[str, ...]

    @property
    def message(self) -> str:
        """One French line for the person who typed the next command."""
        return f"L'écriture interrompue de la commande précédente a été terminée : {', '.join(self.paths)}."


def pending(root: Path) -> bool:
    """Whether an interrupted change waits to be finished; reading commands may say so."""
    return journals.is_complete(root.resolve())


def interrupted(root: Path) -> bool:
    """Whether a change was interrupted at whatever step: pending, or before its first file, or after its last."""
    return journals.is_left(root.resolve())


def recover(root: Path, disk: Disk = DISK) -> Recovery | None:
    """Finishes the interrupted change of these books, if there is one; call it under the lock (`locked` does).

    Raises WriteError when a file was changed by hand since (it is then left as it is) or cannot be written.
    """
    root = root.resolve()
    if not journals.is_complete(root):
        journals.sweep(disk, root)
        return None
    journal = journals.read(root)
    try:
        for entry in journal.files:
            if _digest(_content(root / entry.path)) not in {entry.before, entry.after}:
                raise _changed(
                    entry.path,
                    f"Une commande interrompue devait encore l'écrire : ses deux contenus sont dans {journals.FOLDER} "
                    f"(N.avant, N.apres). Reprenez-y ce qu'il faut, puis supprimez ce dossier.",
                )
        _apply(disk, root, journal)
        journals.close(disk, root)
    except OSError as error:
        raise because(error, _where(root, error), _SUSPENDED) from error
    journals.sweep(disk, root)
    return Recovery(tuple(entry.path for entry in journal.files))


def _apply(disk: Disk, root: Path, journal: Journal) -> None:
    """Brings every file of a complete journal to its new content; may be begun again at any point."""
    for folder in journal.folders:
        if not (root / folder).is_dir():
            disk.make_folder(root / folder)
    waiting = [
        (number, entry) for number, entry in enumerate(journal.files) if not _holds(root / entry.path, entry.after)
    ]
    for entry in journal.files:
        unlink_if_there(disk, _temporary(root / entry.path))
    for number, entry in waiting:
        if entry.after is not None:
            write_new(disk, _temporary(root / entry.path), journal.new(root, number), entry.mode)
    for _, entry in waiting:
        if not _holds(root / entry.path, entry.before):
            raise _changed(entry.path, _CLOSE_EDITORS)
        if entry.after is None:
            disk.unlink(root / entry.path)
        else:
            disk.replace(_temporary(root / entry.path), root / entry.path)
    _sync_folders(disk, root, journal)


def _restore(disk: Disk, root: Path, journal: Journal) -> None:
    """Brings back the old contents of a journal and ends it; what somebody else wrote meanwhile stays."""
    for number, entry in enumerate(journal.files):
        target = root / entry.path
        unlink_if_there(disk, _temporary(target))
        if not _holds(target, entry.after):
            continue
        if entry.before is None:
            disk.unlink(target)
        else:
            write_new(disk, _temporary(target), journal.old(root, number), entry.mode)
            disk.replace(_temporary(target), target)
    for folder in reversed(journal.folders):
        if (root / folder).is_dir():
            with contextlib.suppress(OSError):  # not empty: somebody else uses it
                disk.remove_folder(root / folder)
    _sync_folders(disk, root, journal)
    journals.close(disk, root)
    journals.sweep(disk, root)


def _sync_folders(disk: Disk, root: Path, journal: Journal) -> None:
    parents = {(root / path).parent for path in (*(entry.path for entry in journal.files), *journal.folders)}
    for folder in _existing(parents):
        disk.sync_folder(folder)


def _existing(folders: Iterable[Path]) -> list[Path]:
    return [folder for folder in sorted(folders) if folder.is_dir()]


def _temporary(target: Path) -> Path:
    """Beside the target, hidden, and outside the `*.beancount` of the includes."""
    return target.with_name(f".{target.name}.grandlivre-tmp")


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _holds(path: Path, expected: str | None) -> bool:
    return _digest(_content(path)) == expected


def _digest(content: bytes | None) -> str | None:
    return digest(content) if content is not None else None


def _changed(path: str, remedy: str) -> WriteError:
    return WriteError(f"ce fichier a changé depuis que la commande l'a lu. {remedy}", path)


def _where(root: Path, error: OSError) -> str | None:
    """The file an error of the system is about, without our temporary name."""
    if not isinstance(error.filename, str | Path):
        return None
    path = Path(error.filename)
    if path.name.endswith(".grandlivre-tmp"):
        path = path.with_name(path.name[1:].removesuffix(".grandlivre-tmp"))
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _decoded(content: bytes, path: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise WriteError(
            f"ce fichier n'est pas en UTF-8. {NOTHING_CHANGED} ; enregistrez-le en UTF-8 puis relancez.", path, line
        ) from error
