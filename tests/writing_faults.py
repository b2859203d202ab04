"""A disk that stops at its n-th step, and a change of several files to stop; as a program, it really dies there."""

import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NoReturn

from grandlivre.writing import ChangeSet, locked
from grandlivre.writing.disk import RealDisk

JANUARY = "ledger/ue-eau/2026-01.beancount"
FEBRUARY = "ledger/ue-eau/2026-02.beancount"
MANIFEST = "ledger/documents/2026/MANIFESTE-2026-T1.tsv"

BOOKS = {
    JANUARY: b'; Janvier\r\n2026-01-05 * "Loyer"\r\n  Charges:UE-EAU:6222-Loyer  5 XOF\r\n  Actif:UE-EAU:52111-BDM\r\n',
    FEBRUARY: '2026-02-05 * "Réunion"\n  Charges:UE-EAU:6384-Réunion  7000 XOF\n  Actif:UE-EAU:5711-Caisse'.encode(),
}
ENTRY = '2026-01-31 * "Frais de tenue de compte"\n  Charges:UE-EAU:6317-Frais  1200 XOF\n  Actif:UE-EAU:52111-BDM\n'
AFTER = {
    JANUARY: BOOKS[JANUARY].replace(b'"Loyer"\r\n', b'"Loyer"\r\n  pointage: "2026-01"\r\n')
    + b"\r\n"
    + ENTRY.replace("\n", "\r\n").encode(),
    FEBRUARY: BOOKS[FEBRUARY].replace(b"  Charges", b'  pointage: "2026-02"\n  Charges'),
    MANIFEST: b"0" * 64 + b"\t12\tue-eau/BQ-0001.pdf\n",
}


class StoppingDisk(RealDisk):
    """The real disk until its n-th step, which it leaves undone (a write: half done) and calls `stop` instead.

    With `dead`, everything asked after that stops too, as when the process is gone.
    """

    def __init__(self, stop_at: int, stop: Callable[[], NoReturn], *, dead: bool = True, fast: bool = False) -> None:
        self.steps = 0
        self._stop_at = stop_at
        self._stop = stop
        self._dead = dead
        self._fast = fast

    def _step(self) -> bool:
        """Whether this is a step to fail."""
        self.steps += 1
        return self.steps == self._stop_at or (self._dead and self.steps > self._stop_at)

    def create(self, path: Path) -> int:
        if self._step():
            self._stop()
        return super().create(path)

    def write(self, descriptor: int, data: bytes) -> int:
        if self._step():
            super().write(descriptor, data[: len(data) // 2])
            self._stop()
        return super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        if self._step():
            self._stop()
        if not self._fast:
            super().sync(descriptor)

    def set_mode(self, path: Path, mode: int) -> None:
        if self._step():
            self._stop()
        super().set_mode(path, mode)

    def replace(self, source: Path, target: Path) -> None:
        if self._step():
            self._stop()
        super().replace(source, target)

    def unlink(self, path: Path) -> None:
        if self._step():
            self._stop()
        super().unlink(path)

    def make_folder(self, path: Path) -> None:
        if self._step():
            self._stop()
        super().make_folder(path)

    def remove_folder(self, path: Path) -> None:
        if self._step():
            self._stop()
        super().remove_folder(path)

    def sync_folder(self, path: Path) -> None:
        if self._step():
            self._stop()
        if not self._fast:
            super().sync_folder(path)

    def require_writable(self, path: Path) -> None:
        if self._step():
            self._stop()
        super().require_writable(path)


def write_books(root: Path) -> None:
    """Writes the books before the change."""
    for path, content in BOOKS.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def change_books(root: Path, disk: RealDisk) -> None:
    """Two files edited, one added in two new folders: from BOOKS to AFTER. The caller holds the lock."""
    change = ChangeSet(root, disk)
    change.ledger(root / JANUARY).set_metadata(2, "pointage", "2026-01")
    change.ledger(root / JANUARY).insert_entry(date(2026, 1, 31), ENTRY)
    change.ledger(root / FEBRUARY).set_metadata(1, "pointage", "2026-02")
    change.create(root / MANIFEST, AFTER[MANIFEST])
    change.commit()


def state(root: Path) -> dict[str, bytes]:
    """Every file of the books, temporary ones too, without the private folder."""
    files = (path for path in sorted((root / "ledger").rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def private(root: Path) -> list[str]:
    """What the private folder holds."""
    return sorted(path.name for path in (root / ".grandlivre").rglob("*"))


def main(root: Path, stop_at: int, command: str) -> None:
    """Changes the books, or only repairs them, and dies at a step with status 9."""
    disk = StoppingDisk(stop_at, lambda: os._exit(9))
    with locked(root, command, disk):
        if command == "change":
            change_books(root, disk)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
