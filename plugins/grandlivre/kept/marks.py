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
_MOST_READ = 200_000_000
"""Bytes of papers that are read because their marks cannot be believed; beyond, everything is judged again."""
_NAMES = ("utf-8", "surrogateescape")
_BY_NUMBER = os.scandir in os.supports_fd
"""Whether an open folder can be listed: its files are then found from there, in two thirds of the time."""
RULES = "rules"
_WHOLE = (RULES, "templates")
"""Folders beside that of the books, all of whose files are texts."""


class UnsureError(Exception):
    """Something that the index knows nothing of: everything is to be read."""


class Text:
    """A file that is known by its content."""

    __slots__ = ("digest", "mark", "plain", "settled")

    def __init__(self, mark: str, digest: str, settled: bool, plain: bool = False) -> None:
        self.mark = mark
        self.digest = digest
        self.settled = settled
        """Whether it had been left alone long enough for its mark to stand for its content."""
        self.plain = plain
        """Whether neither the audit nor the search for typing traps had anything to say of that content."""


class State:
    """What a look at the disk saw."""

    __slots__ = ("beside", "clock", "folders", "fresh", "names", "papers", "texts")

    def __init__(self, clock: int) -> None:
        self.clock = clock
        """The disk's own time of the look, in nanoseconds."""
        self.texts: dict[str, Text] = {}
        """Ledgers, YAML, templates, by path from the root."""
        self.names = ""
        """The digest of the names of all files and folders."""
        self.papers = ""
        """The digest of the marks of all other files."""
        self.folders = ""
        """The digest of the marks of the folders, where names come and go."""
        self.fresh: dict[str, str] = {}
        """Papers that changed just now, by path from the root, with their mark."""
        self.beside = ""
        """The names beside the books that the audit looks at."""

    def same_as(self, other: State) -> bool:
        """Whether nothing came, went or changed between two looks, papers apart, whose marks never come back."""
        return (self.names, self.folders, self.beside) == (other.names, other.folders, other.beside) and {
            path: (text.mark, text.digest) for path, text in self.texts.items()
        } == {path: (text.mark, text.digest) for path, text in other.texts.items()}


def digest_of(content: bytes) -> str:
    """A digest in hexadecimal digits."""
    return blake2b(content, digest_size=20).hexdigest()


def mark_of(seen: os.stat_result) -> str:
    """Everything that the system says of a file and that changes with it; no program can put the fourth figure back."""
    return f"{seen.st_mode} {seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns} {seen.st_ino} {seen.st_dev}"


def is_settled(seen: os.stat_result, clock: int) -> bool:
    """Whether a file was left alone long enough before a look for its mark to stand for its content."""
    return os.name != "nt" and max(seen.st_mtime_ns, seen.st_ctime_ns) < clock - _SETTLED


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


def look(main: str, clock: int, known: dict[str, Text], papers: bool = True) -> State:
    """What stands under the folder of the books, rules/ and templates/; texts that are `known` are not read again.

    Without `papers`, only the names of these are looked at. Raises UnsureError where a link, a device, a repository or a
    half-made change stands, and OSError.
    """
    ledger = os.path.dirname(main)
    root = os.path.dirname(ledger)
    if not stat.S_ISDIR(os.lstat(f"{root}/{RULES}").st_mode) or os.path.basename(ledger) in _WHOLE:
        raise UnsureError
    found = _Look(root, clock, known, papers)
    for tree in (os.path.basename(ledger), *(name for name in _WHOLE if os.path.lexists(f"{root}/{name}"))):
        if not stat.S_ISDIR(os.lstat(f"{root}/{tree}").st_mode):
            raise UnsureError
        waiting = [tree]
        while waiting:
            waiting += found.folder(waiting.pop(), tree in _WHOLE)
    state = found.state()
    state.beside = _beside(root)
    return state


class _Look:
    """One look, folder by folder."""

    def __init__(self, root: str, clock: int, known: dict[str, Text], papers: bool) -> None:
        self._root = root
        self._known = known
        self._with_papers = papers
        self._fresh_from = 0 if os.name == "nt" else clock - _SETTLED
        self._to_read = 0
        self._state = State(clock)
        self._names = blake2b(digest_size=20)
        self._papers = blake2b(digest_size=20)
        self._folders = blake2b(digest_size=20)

    def state(self) -> State:
        """What was seen."""
        self._state.names, self._state.papers = self._names.hexdigest(), self._papers.hexdigest()
        self._state.folders = self._folders.hexdigest()
        return self._state

    def folder(self, folder: str, whole: bool) -> list[str]:
        """Looks at a folder, all of whose files are texts or not; the folders in it."""
        place = f"{self._root}/{folder}"
        opened = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW) if _BY_NUMBER else -1
        try:
            self._folders.update(f"{folder} {mark_of(os.stat(opened if _BY_NUMBER else place))}\0".encode(*_NAMES))
            with os.scandir(opened if _BY_NUMBER else place) as found:
                return self._items(sorted(found, key=_name), folder, whole)
        finally:
            if _BY_NUMBER:
                os.close(opened)

    def _items(self, items: list[os.DirEntry[str]], folder: str, whole: bool) -> list[str]:
        names: list[str] = [folder]
        inner: list[str] = []
        papers: list[str] = []
        for item in items:
            name = item.name
            names.append(name)
            if item.is_dir(follow_symlinks=False):
                if name in (".git", ".venv"):
                    raise UnsureError
                inner.append(f"{folder}/{name}")
                continue
            if not item.is_file(follow_symlinks=False):
                raise UnsureError
            if whole or name.endswith(_TEXTS):
                self._text(f"{folder}/{name}", self._seen(item, folder))
            elif self._with_papers and not name.endswith(_UNREAD):  # one of a hundred thousand
                seen = item.stat(follow_symlinks=False) if _BY_NUMBER else self._seen(item, folder)
                mark = mark_of(seen)
                papers.append(f"{name}\t{mark}")
                if seen.st_ctime_ns >= self._fresh_from or seen.st_mtime_ns >= self._fresh_from:
                    self._state.fresh[f"{folder}/{name}"] = mark
                    self._to_read += seen.st_size
        if self._to_read > _MOST_READ:
            raise UnsureError
        self._names.update("\0".join([*names, "/", *inner, "\n"]).encode(*_NAMES))
        self._papers.update("\0".join(papers).encode(*_NAMES))
        return inner

    def _seen(self, item: os.DirEntry[str], folder: str) -> os.stat_result:
        if _BY_NUMBER:
            return item.stat(follow_symlinks=False)
        return os.lstat(f"{self._root}/{folder}/{item.name}")  # Windows' folders do not say everything

    def _text(self, path: str, seen: os.stat_result) -> None:
        mark, settled = mark_of(seen), is_settled(seen, self._state.clock)
        before = self._known.get(path)
        if before is None or not (before.settled and settled and before.mark == mark):
            digest = content_digest(f"{self._root}/{path}", mark)
            before = Text(mark, digest, settled, before is not None and before.plain and before.digest == digest)
        self._state.texts[path] = before


def _name(item: os.DirEntry[str]) -> str:
    return item.name


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
