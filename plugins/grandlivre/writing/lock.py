"""One writing command at a time in one set of books.

The lock is the operating system's, on the open file `.grandlivre/verrou`: it goes with the process that holds it,
however that ends. The text in the file only tells others who holds it.
"""

import contextlib
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from grandlivre.writing.disk import DISK, Disk
from grandlivre.writing.journal import FOLDER, PRIVATE
from grandlivre.writing.problem import NOTHING_CHANGED, Locked, WriteError, because
from grandlivre.writing.transaction import Recovery, recover

FILE = f"{PRIVATE}/verrou"

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # Windows forbids reading a locked byte: lock one far behind the text

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextlib.contextmanager
def locked(root: Path, command: str, disk: Disk = DISK) -> Iterator[Recovery | None]:
    """Holds the books for one writing command, having finished an interrupted one; yields what was finished.

    Raises Locked, naming the holder, when another command writes; WriteError when the books cannot be written.
    """
    root = root.resolve()
    descriptor = _open(root, disk)
    try:
        _take(descriptor, command)
        try:
            yield recover(root, disk)
        finally:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)  # this releases the lock; the file stays, so that no one locks a removed one


def _open(root: Path, disk: Disk) -> int:
    for path in (PRIVATE, FILE, FOLDER):
        if (root / path).is_symlink():
            raise WriteError(
                f"{path} est un lien symbolique : ce qui s'y écrit irait hors des livres. {NOTHING_CHANGED} ; retirez-le.",
                path,
            )
    try:
        if not (root / PRIVATE).is_dir():
            with contextlib.suppress(FileExistsError):  # made by another command just now
                disk.make_folder(root / PRIVATE)
        return os.open(root / FILE, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    except OSError as error:
        raise because(error, FILE) from error


def _take(descriptor: int, command: str) -> None:
    try:
        if not _try_lock(descriptor):
            raise Locked(
                f"une autre commande écrit dans ces livres : {_holder(descriptor)}. {NOTHING_CHANGED} ; "
                f"attendez qu'elle se termine, puis relancez la vôtre.",
                FILE,
            )
        holder = f"« grandlivre {command} » (processus {os.getpid()} sur {platform.node() or 'cette machine'})"
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, holder.encode())
    except OSError as error:
        raise because(error, FILE) from error


def _holder(descriptor: int) -> str:
    """Who holds the lock, on one line; the holder may not have signed yet."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    text = os.read(descriptor, 500).decode("utf-8", "replace")
    return "".join(character for character in text if character.isprintable()) or "elle n'a pas encore dit son nom"
