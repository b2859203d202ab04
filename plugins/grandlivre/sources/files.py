"""The raw files of the books, before any load: bytes, and the walk through `include` lines.

Nothing here parses entries. What cannot be read, what is included twice or never, is a value (`WalkFact`).
"""

from __future__ import annotations

import glob
import os
import re
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from grandlivre.sources.overlay import current
from grandlivre.sources.tokens import tokens

DRAFTS = "brouillons"
"""Folder beside the main file whose ledgers are drafts, never loaded."""

LARGEST = 200_000_000
"""Bytes of one file of the books: two million lines, far above any month."""

Problem = Literal["missing", "unreadable", "directory", "too-large"]
WalkKind = Literal[
    "missing",
    "unreadable",
    "directory",
    "too-large",
    "pattern-folder",
    "empty-glob",
    "included-twice",
    "include-cycle",
    "never-included",
]
Refusal = Literal["absolute", "parent", "not-a-ledger", "symlink", "special", "too-large"]

_INCLUDE = re.compile(rb'include[ \t\r]*"')
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")


@dataclass(frozen=True)
class SourceFile:
    """One file as it lies on the disk; `data` is empty when `problem` says why it could not be read."""

    path: Path
    """Absolute path."""
    data: bytes
    problem: Problem | None = None

    @cached_property
    def text(self) -> str | None:
        """The UTF-8 text without its byte-order mark, or None when the bytes are not UTF-8."""
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their ends (LF or CRLF); undecodable bytes become U+FFFD. Line 1 is `lines[0]`."""
        text = self.data.decode("utf-8-sig", "replace") if self.text is None else self.text
        return tuple(line.removesuffix("\r") for line in text.split("\n"))


class Include(NamedTuple):
    """One `include` line: where it stands, what it asks, why it is refused, and the files it names (sorted)."""

    path: Path
    line: int
    pattern: str
    refusal: Refusal | None
    targets: tuple[Path, ...]

    def names(self, path: Path) -> bool:
        """Whether the line would name that file, once created."""
        folder = self.path.parent
        if self.refusal is not None or not path.is_relative_to(folder):
            return False
        named, pattern = path.relative_to(folder), PurePosixPath(self.pattern)
        return len(named.parts) == len(pattern.parts) and fnmatchcase(named.as_posix(), self.pattern)


class WalkFact(NamedTuple):
    """Something wrong with the set of files; `path` and `line` say where it is to be put right."""

    kind: WalkKind
    path: Path
    line: int
    value: str
    """The file or the pattern concerned, as it is written or relative to the main file's folder, with `/`."""


@dataclass(frozen=True)
class Walk:
    """Every file that a load of `main` would read, in order, each once, and what is wrong with that set."""

    main: Path
    """Absolute path of the entry point."""
    files: tuple[SourceFile, ...]
    """The entry point first; a file that could not be read is here too, with its `problem`."""
    includes: tuple[Include, ...]
    facts: tuple[WalkFact, ...]

    @property
    def root(self) -> Path:
        """The folder of the books."""
        return self.main.parent


def read(path: Path) -> SourceFile:
    """The bytes of a file; what prevents the reading is its `problem`, never an exception."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            return SourceFile(path, b"", "directory")
        if not stat.S_ISREG(found.st_mode):  # a pipe would never end
            return SourceFile(path, b"", "unreadable")
        if found.st_size > LARGEST:
            return SourceFile(path, b"", "too-large")
        return SourceFile(path, path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return SourceFile(path, b"", "missing")
    except (OSError, ValueError):
        return SourceFile(path, b"", "unreadable")


def walk(main: Path) -> Walk:
    """Follow the `include` lines from the entry point, as Beancount does, but in a sorted order and never outside.

    Refused includes (absolute, `..`, symbolic link, not `*.beancount`, not a plain file, too large) are recorded and
    not followed. In a trial (`sources.overlay`) its texts are read, whatever stands on the disk.
    """
    main = Path(os.path.normpath(Path.cwd() / main))
    files: list[SourceFile] = []
    includes: list[Include] = []
    facts: list[WalkFact] = []
    parents: dict[Path, Path | None] = {main: None}
    queue = deque([(main, main, 1)])
    drafted = current().texts
    crossed: dict[Path, bool] = {}
    while queue:
        path, asked_by, asked_at = queue.popleft()
        file = SourceFile(path, drafted[path]) if path in drafted else read(path)
        files.append(file)
        if file.problem is not None:
            facts.append(WalkFact(file.problem, asked_by, asked_at, _relative(path, main.parent)))
            continue
        if unspeakable(path.parent) and (first := next(_includes(file, main.parent, crossed), None)):
            facts.append(WalkFact("pattern-folder", path, first.line, path.parent.as_posix()))
        for include in _with_drafts(_includes(file, main.parent, crossed), drafted):
            includes.append(include)
            if include.refusal is None and not include.targets:
                facts.append(WalkFact("empty-glob", path, include.line, include.pattern))
            for target in include.targets if include.refusal is None else ():
                if target in parents:
                    kind: WalkKind = "include-cycle" if target in _ancestors(path, parents) else "included-twice"
                    facts.append(WalkFact(kind, path, include.line, _relative(target, main.parent)))
                    continue
                parents[target] = path
                queue.append((target, path, include.line))
    if files[0].problem is None:
        facts += [
            WalkFact("never-included", path, 1, _relative(path, main.parent))
            for path in _ledgers(main.parent)
            if path not in parents
        ]
    return Walk(main, tuple(files), tuple(includes), tuple(facts))


def unspeakable(folder: Path) -> bool:
    """Whether Beancount takes the path of a folder for a pattern: it then loads none of the files included from there."""
    return glob.has_magic(str(folder))


def _with_drafts(includes: Iterable[Include], drafted: Iterable[Path]) -> Iterator[Include]:
    """The same, with what a trial would add to the files that they name."""
    for include in includes:
        more = (each for each in drafted if include.names(each))
        yield include._replace(targets=tuple(sorted({*include.targets, *more})))


def _includes(file: SourceFile, root: Path, crossed: dict[Path, bool]) -> Iterator[Include]:
    if not _INCLUDE.search(file.data):
        return
    waiting = False
    for token in tokens(file.data):
        if waiting and token.kind == "string":
            yield _include(file.path, token.line, token.text(), root, crossed)
        waiting = token.kind == "word" and token.raw == b"include"


def _include(path: Path, line: int, pattern: str, root: Path, crossed: dict[Path, bool]) -> Include:
    if _ABSOLUTE.match(pattern):
        return Include(path, line, pattern, "absolute", ())
    if ".." in re.split(r"[/\\]", pattern):
        return Include(path, line, pattern, "parent", ())
    if not pattern.endswith(".beancount") or "\0" in pattern:
        return Include(path, line, pattern, "not-a-ledger", ())
    asked = str(Path(glob.escape(str(path.parent))) / pattern)
    try:
        found = glob.glob(asked, recursive=True)  # noqa: PTH207 (Beancount's own matching)
    except UnicodeEncodeError:  # a name this system cannot spell is nobody's
        found = []
    targets = tuple(sorted(Path(os.path.normpath(each)) for each in found))
    refusals = (_refusal(each, root, crossed) for each in targets)
    return Include(path, line, pattern, next((each for each in refusals if each), None), targets)


def _refusal(target: Path, root: Path, crossed: dict[Path, bool]) -> Refusal | None:
    """Why a file that stands there must not be opened; a folder is no danger, Beancount itself says it.

    `crossed` remembers which folders a link leads to.
    """
    folder = target.parent
    if folder not in crossed:
        crossed[folder] = folder != root and passes_a_link(folder, root)
    if crossed[folder]:
        return "symlink"
    try:
        found = target.lstat()
    except OSError:
        return None
    if stat.S_ISLNK(found.st_mode):
        return "symlink"
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        return "special"
    return "too-large" if stat.S_ISREG(found.st_mode) and found.st_size > LARGEST else None


def passes_a_link(path: Path, root: Path) -> bool:
    """True when a symbolic link stands between the folder `root` and the file `path` below it, or is the file."""
    try:
        real = os.path.realpath(path)
        expected = Path(os.path.realpath(root)) / os.path.relpath(path, root)
    except (OSError, ValueError):
        return True
    return os.path.normcase(real) != os.path.normcase(os.path.normpath(expected))


def _ancestors(path: Path, parents: dict[Path, Path | None]) -> set[Path]:
    chain: set[Path] = set()
    step: Path | None = path
    while step is not None:
        chain.add(step)
        step = parents[step]
    return chain


def _ledgers(root: Path) -> list[Path]:
    """Every `*.beancount` under the books, drafts and hidden names left out, sorted."""
    found: list[Path] = []
    for folder, folders, names in os.walk(root):
        folders[:] = [each for each in folders if not each.startswith(".")]
        if Path(folder) == root and DRAFTS in folders:
            folders.remove(DRAFTS)
        found += [Path(folder, name) for name in names if name.endswith(".beancount") and not name.startswith(".")]
    return sorted(found)


def _relative(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()
