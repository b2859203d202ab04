"""What tests change in signed books, and take back: one copy, whose files are put back as they were."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

_Mark = tuple[int, int, int]


def _mark(path: Path) -> _Mark:
    seen = path.stat()
    return seen.st_mtime_ns, seen.st_size, seen.st_ino


class Bed:
    """A copy of some books that each change is made in, and taken back from."""

    def __init__(self, whole: Path, root: Path) -> None:
        self.root = Path(shutil.copytree(whole, root))
        self.before = {path: path.read_bytes() for path in self._files()}
        self.marks = {path: _mark(path) for path in self.before}

    def _files(self) -> Iterator[Path]:
        for name in ("ledger", "rules", "templates"):
            yield from (path for path in (self.root / name).rglob("*") if path.is_file())

    def restore(self) -> None:
        """Every file as it was; what a change brought is taken away."""
        now = set(self._files())
        for path in now - self.before.keys():
            path.unlink()
        for path, data in self.before.items():
            if path not in now or _mark(path) != self.marks[path]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                self.marks[path] = _mark(path)


def substitute(path: Path, pattern: str, new: str, rand: random.Random) -> None:
    """Changes one of the places of a file that a pattern finds."""
    text = path.read_text(encoding="utf-8")
    found = list(re.finditer(pattern, text, re.MULTILINE))
    assert found, (path, pattern)
    match = rand.choice(found)
    changed = text[: match.start()] + match.expand(new) + text[match.end() :]
    assert changed != text
    path.write_text(changed, encoding="utf-8", newline="\n")


def visa_files(root: Path, suffix: str = "") -> list[Path]:
    """The texts under visas/, or with « .*.sig » their signatures."""
    return sorted((root / "ledger/visas").rglob(f"*.visa{suffix}"))


def told(root: Path, path: Path, why: str) -> str:
    """A fault in that file of visas/, or one that names it."""
    name = re.escape(path.relative_to(root / "ledger/visas").as_posix())
    return rf"visas/{name} [a-z-]+: .*{why}|[a-z-]+: .*{name} .*{why}"


def one_byte(path: Path, rand: random.Random) -> None:
    """Another byte somewhere in a file."""
    data = bytearray(path.read_bytes())
    at = rand.randrange(len(data))
    data[at] = (data[at] + rand.randint(1, 200)) % 256
    path.write_bytes(bytes(data))


def another_end(path: Path, rand: random.Random) -> None:
    """Cut, doubled, with one line more, or with the line ends of Windows."""
    data = path.read_bytes()
    kinds: list[Callable[[bytes], bytes]] = [
        lambda said: said[:-1],
        lambda said: said + b"\n",
        lambda said: said + said,
        lambda said: said.replace(b"\n", b"\r\n"),
        lambda said: said[: len(said) // 2],
    ]
    path.write_bytes(rand.choice(kinds)(data))
