"""The static audit of the books, before anything is loaded: what would run code, or read files outside the books.

Loading a ledger imports every module that a `plugin` line names and opens every file that an `include` names
(`security.md` S7, S8, S10-S12, S23). The audit reads the same words as Beancount's lexer does (`tokens`) and refuses
all that is not on a short list. What must not lie beside the books at all, whatever names it, is `strays`' matter.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from grandlivre.sources.facts import AuditFact, AuditKind
from grandlivre.sources.files import SourceFile, Walk
from grandlivre.sources.programs import program
from grandlivre.sources.strays import strays
from grandlivre.sources.tokens import Token, tokens

ALLOWED_PLUGINS = ("grandlivre.checks",)
ALLOWED_EXTENSIONS = ("grandlivre.viewer",)
EXACT_PLUGIN = ("grandlivre.checks", "../rules")
"""The one plugin line of books that have their rules beside them: every rule, read from there."""
REFUSED_OPTIONS = frozenset(("insert_pythonpath", "plugin_processing_mode", "include"))
"""`option "include"` loads a file as the directive does, but no reader expects it there."""
REFUSED_FAVA_OPTIONS = frozenset(("import_config", "import_dirs"))

_HARMLESS_OPTION = (
    rb"(?:name_[a-z]+|title|operating_currency|inferred_tolerance_default|inferred_tolerance_multiplier"
    rb"|tolerance_multiplier|infer_tolerance_from_cost|render_commas|display_precision|booking_method"
    rb"|account_[a-z_]+|conversion_currency|long_string_maxlines)"
)
_WORTH_READING = (
    (b"plugin", re.compile(rb'plugin[ \t\r]*"')),
    (b"option", re.compile(rb'option[ \t\r]*"(?!' + _HARMLESS_OPTION + rb'")')),
    (b"fava-", re.compile(rb'custom[ \t\r]*"fava-(?:extension|option)"')),
    *(
        (start, re.compile(rb'document[ \t\r]+[^ \t\r\n":]+:[^ \t\r\n"]+[ \t\r]*"'))
        for start in (b"document ", b"document\t", b"document\r")
    ),
)
"""What a file must hold for a pattern to be worth searching for (much faster), and the pattern."""
_ABROAD = re.compile(rb'"(?:[/\\]|[A-Za-z]:)|\.\.')
_DOCUMENT_LINE = re.compile(rb"^[^\n]*document[^\n]*", re.MULTILINE)
LONGEST = 100_000
"""Bytes of a line or of a text between quotes: Beancount's time for one grows with the square of it."""
_DIVISION = re.compile(rb"[0-9.)][ \t\r]*/[ \t\r]*[-+(.0-9]")
_STRING = re.compile(rb'"[^"\n]*"')
_PAPER = re.compile(rb"document(?:[-_].*)?", re.DOTALL)
"""The keys whose value is the path of a paper."""
_NOT_QUOTES = bytes(c for c in range(256) if c not in b'"\n')
_ODD_QUOTES = re.compile(rb'(?:\A|\n)(?:"")*+"(?!")')
_BARE_SLASH = re.compile(rb'/[^"\n]*+(?:"[^"\n]*+"[^"\n]*+)*+(?:\n|\Z)')
"""A slash before an even number of quotes: outside strings, where each string ends on its line."""
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")
_GIT_SECONDS = 20


def audit(
    walk: Walk,
    allowed_plugins: Sequence[str] = ALLOWED_PLUGINS,
    allowed_extensions: Sequence[str] = ALLOWED_EXTENSIONS,
    plain: Collection[Path] = (),
) -> Iterator[AuditFact]:
    """What the books must not hold, file by file in the order of loading, then the repository's cache files.

    `allowed_plugins` and `allowed_extensions` name modules; their submodules are allowed too. Files known as `plain` hold nothing
    of the kind; they are read all the same where a link or a program lies beside, which may lead a harmless word elsewhere.
    """
    beside = [*_tracked_caches(walk), *strays(walk.root)]
    for file in walk.files:
        refused = [
            AuditFact(_INCLUDES[include.refusal], file.path, include.line, include.pattern)
            for include in walk.includes
            if include.refusal is not None and include.path == file.path
        ]
        if not beside and file.path in plain:
            yield from refused
            continue
        refused += _too_long(file)
        if worth_reading(file.data):
            refused += _Audit(walk, file, tuple(allowed_plugins), tuple(allowed_extensions)).facts()
        yield from sorted(refused, key=lambda fact: fact.line)
    yield from beside


def is_harmless(file: SourceFile) -> bool:
    """Whether a file that includes nothing holds nothing that the audit would refuse, as far as a few searches prove."""
    return not any(_too_long(file)) and not worth_reading(file.data)


def _in_day_first(words: list[Token], position: int) -> bool:
    """Whether a slash stands in `03/01/2026` at the start of a line: Beancount computes nothing there, it refuses it."""
    start = position
    while start and words[start - 1].kind != "eol":
        start -= 1
        if position - start > 3 or (words[start].kind != "number" and words[start].raw != b"/"):
            return False
    return position - start in (1, 3) and [word.kind for word in words[start : start + 5 : 2]] == ["number"] * 3


def _too_long(file: SourceFile) -> Iterator[AuditFact]:
    """The lines and texts that Beancount would read for minutes."""
    if len(file.data) <= LONGEST:
        return
    for number, line in enumerate(file.data.split(b"\n"), start=1):
        if len(line) > LONGEST:
            yield AuditFact("long-line", file.path, number, str(len(line)))
    if any(len(part) > LONGEST for part in file.data.split(b'"')):
        tail = len(file.data.rpartition(b'"')[2])  # a text that nothing closes
        for word in tokens(file.data):
            unclosed = tail if word.kind == "invalid" and word.raw.startswith(b'"') else 0
            size = len(word.raw) if word.kind == "string" else unclosed
            if size > LONGEST:
                yield AuditFact("long-text", file.path, word.line, str(size))


def worth_reading(data: bytes) -> bool:
    """False when a few searches over the bytes prove that no word of the file can be refused."""
    if b"\\" in data or any(start in data and pattern.search(data) for start, pattern in _WORTH_READING):
        return True
    if _ABROAD.search(data) and any(_ABROAD.search(line[0]) for line in _DOCUMENT_LINE.finditer(data)):
        return True
    # paths of vouchers hold slashes between digits too: only what stands outside strings can be a division
    if not _BARE_SLASH.search(data) and not _ODD_QUOTES.search(data.translate(None, _NOT_QUOTES)):
        return False
    return _DIVISION.search(data) is not None and _DIVISION.search(_STRING.sub(b'""', data)) is not None


_INCLUDES: dict[str, AuditKind] = {
    "absolute": "include-absolute",
    "parent": "include-parent",
    "not-a-ledger": "include-not-a-ledger",
    "symlink": "include-symlink",
    "special": "include-special",
    "too-large": "include-too-large",
}


class _Audit(NamedTuple):
    """The reading of one file, word by word."""

    walk: Walk
    file: SourceFile
    plugins: tuple[str, ...]
    extensions: tuple[str, ...]

    def facts(self) -> Iterator[AuditFact]:
        words = list(tokens(self.file.data))
        real = Path(os.path.realpath(self.walk.root))
        for position, word in enumerate(words):
            match word.kind:
                case "mark" if word.raw == b"/" and not _in_day_first(words, position):
                    around = words[max(0, position - 1) : position + 2]
                    said = " ".join(each.text() for each in around if each.kind != "eol")
                    yield self._fact("division", word.line, said)
                case "word":
                    yield from self._directive(word, words[position + 1 : position + 3], real)
                case "key" if _PAPER.fullmatch(word.raw) and _are(words[position + 1 : position + 3], "mark", "string"):
                    yield from self._voucher(word.line, words[position + 2].text())

    def _directive(self, word: Token, ahead: Sequence[Token], real: Path) -> Iterator[AuditFact]:
        match word.raw:
            case b"plugin" if _are(ahead, "string"):
                yield from self._plugin(word, ahead[0].text(), ahead[1].text() if _are(ahead[1:], "string") else "")
            case b"option" if _are(ahead, "string", "string"):
                yield from self._option(word, ahead[0].text(), ahead[1].text())
            case b"custom" if _are(ahead, "string", "string"):
                yield from self._custom(word, ahead[0].text(), ahead[1].text())
            case b"document" if _are(ahead, "account", "string"):
                yield from self._document(word.line, ahead[1].text(), real)

    def _fact(self, kind: AuditKind, line: int, value: str) -> AuditFact:
        return AuditFact(kind, self.file.path, line, value)

    def _plugin(self, word: Token, module: str, config: str) -> Iterator[AuditFact]:
        if not _named(module, self.plugins):
            yield self._fact("plugin", word.line, module)
        elif self.file.path != self.walk.main:
            yield self._fact("plugin-elsewhere", word.line, module)
        elif (module, config) != EXACT_PLUGIN and (self.walk.root.parent / "rules").is_dir():
            yield self._fact("plugin-inexact", word.line, " ".join(each for each in (module, config) if each))

    def _option(self, word: Token, name: str, value: str) -> Iterator[AuditFact]:
        if name in REFUSED_OPTIONS:
            yield self._fact("option", word.line, name)
        elif name == "documents" and (
            _lexical(value) or not _within(self.file.path.parent / value, Path(os.path.realpath(self.walk.root)))
        ):
            yield self._fact("documents-option", word.line, value)

    def _custom(self, word: Token, kind: str, value: str) -> Iterator[AuditFact]:
        if kind == "fava-extension" and not _named(value, self.extensions):
            yield self._fact("fava-extension", word.line, value)
        if kind == "fava-option" and value.replace("-", "_") in REFUSED_FAVA_OPTIONS:
            yield self._fact("fava-option", word.line, value)

    def _voucher(self, line: int, value: str) -> Iterator[AuditFact]:
        """A path from documents/, where `strays` lets no link stand."""
        written = _lexical(value)
        if written:
            yield self._fact(written, line, value)

    def _document(self, line: int, value: str, root: Path) -> Iterator[AuditFact]:
        """A path from the file's own folder, which Fava would serve."""
        yield from self._voucher(line, value)
        if not _lexical(value) and not _within(self.file.path.parent / value, root):
            yield self._fact("document-symlink", line, value)


def _are(ahead: Sequence[Token], *kinds: str) -> bool:
    """Whether the words that follow begin with these kinds."""
    return tuple([token.kind for token in ahead[: len(kinds)]]) == kinds


def _named(module: str, allowed: Sequence[str]) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in allowed)


def _lexical(value: str) -> Literal["document-absolute", "document-parent"] | None:
    if _ABSOLUTE.match(value):
        return "document-absolute"
    return "document-parent" if ".." in re.split(r"[/\\]", value) else None


def _within(path: Path, bounds: Path) -> bool:
    """True when the file, its links followed, is `bounds` (a real path) or below it."""
    try:
        return Path(os.path.realpath(path)).is_relative_to(bounds)
    except (OSError, ValueError):
        return False


def _tracked_caches(walk: Walk) -> Iterator[AuditFact]:
    """The load caches that git tracks: `bean-check` would unpickle them, that is run what they hold."""
    if not any((folder / ".git").exists() for folder in (walk.root, *walk.root.parents)):
        return
    for name in tracked_caches(walk.root) or ():
        path = Path(os.path.normpath(walk.root / name))
        yield AuditFact("picklecache", path, 1, path.name)


def tracked_caches(root: Path) -> list[str] | None:
    """The load caches that git tracks, by path from a folder of the repository; None when git does not answer."""
    git = program("git")
    if git is None:
        return None
    command = [
        git,
        "-C",
        str(root),
        "-c",
        "core.fsmonitor=false",
        "ls-files",
        "-z",
        "--",
        ":(top,icase)*.picklecache",
    ]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=_GIT_SECONDS, check=False)  # noqa: S603
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    if answer.returncode:
        return None
    return sorted(each for each in answer.stdout.decode("utf-8", "replace").split("\0") if each)
