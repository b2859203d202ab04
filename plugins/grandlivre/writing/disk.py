"""The steps by which files change on disk, and a file written whole from them.

Every change goes through a `Disk`, one method a system call, so that a test can stop the program between any two.
"""

import contextlib
import os
import stat
from pathlib import Path
from typing import Protocol

from grandlivre.writing.problem import because


class Disk(Protocol):
    """What writing asks of the operating system. Every method raises OSError when refused."""

    def create(self, path: Path) -> int:
        """Opens a file that must not exist yet, for writing; returns its descriptor."""

    def write(self, descriptor: int, data: bytes) -> int:
        """Writes a first part of the data and returns how many bytes."""

    def sync(self, descriptor: int) -> None:
        """Returns when the file's bytes are on the disk itself."""

    def set_mode(self, path: Path, mode: int) -> None:
        """Sets the permission bits."""

    def replace(self, source: Path, target: Path) -> None:
        """Renames in one step, over the target if it exists."""

    def unlink(self, path: Path) -> None:
        """Removes a file."""

    def make_folder(self, path: Path) -> None:
        """Makes one folder, whose parent exists."""

    def remove_folder(self, path: Path) -> None:
        """Removes an empty folder."""

    def sync_folder(self, path: Path) -> None:
        """Returns when the names in a folder are on the disk itself."""

    def require_writable(self, path: Path) -> None:
        """Raises unless an existing file may be written, also for root when nobody has the permission."""


class RealDisk:
    """The operating system, on POSIX and Windows."""

    def create(self, path: Path) -> int:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)

    def write(self, descriptor: int, data: bytes) -> int:
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def set_mode(self, path: Path, mode: int) -> None:
        os.chmod(path, mode)  # noqa: PTH101 - os.* throughout: one system call a step

    def replace(self, source: Path, target: Path) -> None:
        os.replace(source, target)  # noqa: PTH105

    def unlink(self, path: Path) -> None:
        os.unlink(path)  # noqa: PTH108

    def make_folder(self, path: Path) -> None:
        os.mkdir(path)  # noqa: PTH102

    def remove_folder(self, path: Path) -> None:
        os.rmdir(path)  # noqa: PTH106

    def sync_folder(self, path: Path) -> None:
        if os.name == "nt":  # Windows has no descriptor for a folder; NTFS journals names itself
            return
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def require_writable(self, path: Path) -> None:
        if not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(13, "read-only file", str(path))
        os.close(os.open(path, os.O_WRONLY))


DISK: Disk = RealDisk()


def write_new(disk: Disk, path: Path, data: bytes, mode: int | None = None) -> None:
    """Writes a file that does not exist yet, down to the disk itself."""
    descriptor = disk.create(path)
    try:
        if mode is not None:
            disk.set_mode(path, mode)  # before the first byte: what nobody else may read never could be
        rest = memoryview(data)
        while rest:
            rest = rest[disk.write(descriptor, bytes(rest)) :]
        disk.sync(descriptor)
    except OSError as error:
        error.filename = error.filename or str(path)  # a full disk does not say for which file
        raise
    finally:
        os.close(descriptor)


def unlink_if_there(disk: Disk, path: Path) -> None:
    """Removes a file, or a symbolic link itself, when there is one."""
    if path.exists() or path.is_symlink():
        disk.unlink(path)


def write_file(path: Path, data: bytes, disk: Disk = DISK, *, private: bool = False) -> None:
    """Writes one file whole or not at all, keeping its permissions; raises WriteError. For files that stand alone.

    A `private` one can be read by its owner alone, whatever it was before.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.grandlivre-tmp")
    try:
        mode = 0o600 if private else None
        if path.exists():
            disk.require_writable(path)
            mode = mode or stat.S_IMODE(path.stat().st_mode)
        unlink_if_there(disk, temporary)
        try:
            write_new(disk, temporary, data, mode)
            disk.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                unlink_if_there(disk, temporary)
            raise
        disk.sync_folder(path.parent)
    except OSError as error:
        raise because(error, path.as_posix()) from error
