"""What the disk says of everything that a check reads, without reading it."""

from __future__ import annotations

import os
import stat

try:  # the same as hashlib's, without OpenSSL, whose loading costs more than all the hashing here
    from _blake2 import blake2b
except ImportError:  # pragma: no cover - a Python built otherwise
    from hashlib import blake2b

_SETTLED = 3_000_000_000
"""Nanoseconds: more than the roughest clock of a disk, two seconds."""
_TEXTS = (".beancount", ".yaml", ".yml")
_UNREAD = ".picklecache"
"""What Beancount's own loader leaves beside a ledger; a check neither reads nor believes it."""
_CODE = (".py", ".pyc", ".so", ".pyd", ".bat", ".cmd", ".com", ".exe")
"""Names that the audit may refuse beside the books."""
_CHUNK = 1 << 20
RULES = "rules"
_WHOLE = (RULES, "templates")
"""Folders beside that of the books, all of whose files are texts."""


class UnsureError(Exception):
    """Something that the index knows nothing of: everything is to be read."""


class Text:
    """A file that is known by its content."""

    __slots__ = ("digest", "mark", "settled")

    def __init__(self, mark: str, digest: str, settled: bool) -> None:
        self.mark = mark
        self.digest = digest
        self.settled = settled
        """Whether it had been left alone long enough for its mark to stand for its content."""


class State:
    """What a look at the disk saw."""

    __slots__ = ("beside", "clock", "fresh", "papers", "texts")

    def __init__(self, clock: int) -> None:
        self.clock = clock
        """The disk's own time of the look, in nanoseconds."""
        self.texts: dict[str, Text] = {}
        """Ledgers, YAML, templates, by path from the root."""
        self.papers = ""
        """The digest of the names and marks of all other files and folders."""
        self.fresh: dict[str, str] = {}
        """Papers that changed just now, by path from the root, with their mark."""
        self.beside = ""
        """The names beside the books that the audit looks at."""

    def same_as(self, other: State) -> bool:
        """Whether two looks saw the same things."""
        return (
            self.papers == other.papers
            and self.beside == other.beside
            and {path: (text.mark, text.digest) for path, text in self.texts.items()}
            == {path: (text.mark, text.digest) for path, text in other.texts.items()}
        )


def digest_of(content: bytes) -> str:
    """A digest in hexadecimal digits."""
    return blake2b(content, digest_size=20).hexdigest()


def mark_of(seen: os.stat_result) -> str:
    """Everything that the system says of a file and that changes with it; no program can put the fourth figure back."""
    return f"{seen.st_mode} {seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns} {seen.st_ino} {seen.st_dev}"


def is_settled(seen: os.stat_result, clock: int) -> bool:
    """Whether a file was left alone long enough before a look for its mark to stand for its content."""
    return os.name != "nt" and max(seen.st_mtime_ns, seen.st_ctime_ns) + _SETTLED < clock


def content_digest(path: str, mark: str) -> str:
    """The digest of a file that bears a mark, before and after. Raises UnsureError or OSError."""
    found = blake2b(digest_size=20)
    with open(path, "rb", buffering=0) as stream:
        if mark_of(os.fstat(stream.fileno())) != mark:
            raise UnsureError
        while part := stream.read(_CHUNK):
            found.update(part)
        if mark_of(os.fstat(stream.fileno())) != mark:
            raise UnsureError
    return found.hexdigest()


def look(main: str, clock: int, known: dict[str, Text]) -> State:
    """What stands under the folder of the books, rules/ and templates/; texts that are `known` are not read again.

    Raises UnsureError where a link, a device, a foreign repository or a half-made change stands, and OSError.
    """
    ledger = os.path.dirname(main)
    root = os.path.dirname(ledger)
    state = State(clock)
    papers = blake2b(digest_size=20)
    if not stat.S_ISDIR(os.lstat(f"{root}/{RULES}").st_mode) or os.path.basename(ledger) in _WHOLE:
        raise UnsureError
    trees = [os.path.basename(ledger), *(name for name in _WHOLE if os.path.lexists(f"{root}/{name}"))]
    for tree in trees:
        seen = os.lstat(f"{root}/{tree}")
        if not stat.S_ISDIR(seen.st_mode):
            raise UnsureError
        papers.update(f"{tree}\n".encode())
        waiting = [tree]
        while waiting:
            folder = waiting.pop()
            found = _folder(root, folder, state, known, tree in _WHOLE)
            papers.update("\0".join([f"{folder}/", *found[0]]).encode("utf-8", "surrogateescape"))
            waiting += found[1]
    state.papers = papers.hexdigest()
    state.beside = _beside(root)
    return state


def _folder(root: str, folder: str, state: State, known: dict[str, Text], whole: bool) -> tuple[list[str], list[str]]:
    """What a folder holds that is known by its mark, as texts, and the folders in it."""
    with os.scandir(f"{root}/{folder}") as found:
        items = sorted(found, key=_name)
    said: list[str] = []
    inner: list[str] = []
    for item in items:
        name = item.name
        path = f"{folder}/{name}"
        if item.is_dir(follow_symlinks=False):
            if name in (".git", ".venv"):
                raise UnsureError
            said.append(f"{name}/")
            inner.append(path)
            continue
        seen = os.lstat(f"{root}/{path}") if os.name == "nt" else item.stat(follow_symlinks=False)
        if not stat.S_ISREG(seen.st_mode):
            raise UnsureError
        mark = mark_of(seen)
        settled = is_settled(seen, state.clock)
        if whole or name.endswith(_TEXTS):
            state.texts[path] = _text(root, path, mark, settled, known)
            said.append(name)
        elif name.endswith(_UNREAD):
            said.append(name)
        else:
            said.append(f"{name}\t{mark}")
            if not settled:
                state.fresh[path] = mark
    return said, inner


def _name(item: os.DirEntry[str]) -> str:
    return item.name


def _text(root: str, path: str, mark: str, settled: bool, known: dict[str, Text]) -> Text:
    before = known.get(path)
    if before is not None and before.settled and settled and before.mark == mark:
        return before
    return Text(mark, content_digest(f"{root}/{path}", mark), settled)


def _beside(root: str) -> str:
    """The names beside the books that could run, and those one folder below that Python would import."""
    if os.path.lexists(f"{root}/.grandlivre/journal"):  # a command has still to write in these books
        raise UnsureError
    said: list[str] = []
    with os.scandir(root) as found:
        items = sorted(found, key=_name)
    for item in items:
        if item.name.lower().endswith(_CODE):
            said.append(item.name)
        if item.is_dir():
            with os.scandir(item.path) as inner:
                said += sorted(f"{item.name}/{each.name}" for each in inner if each.name.startswith("__init__."))
    return "\0".join(said)
