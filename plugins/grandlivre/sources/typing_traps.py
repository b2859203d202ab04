"""Typing traps: what a keyboard, a spreadsheet or a word processor leaves in a ledger and Beancount reports badly.

Whole files go first through a few searches in C, which name the lines worth a look; only those are read one by one,
strings and comments told apart. Every trap is a fact with its line, column (both from 1) and repair; the French
sentences stand in `grandlivre.inspection.text`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

from grandlivre.sources.files import SourceFile, Walk
from grandlivre.sources.scripts import mixed_words

TrapKind = Literal[
    "bom",
    "utf16",
    "encoding",
    "nfd",
    "hidden-space",
    "space-in-number",
    "thousands-comma",
    "decimal-comma",
    "thousands-dot",
    "too-many-digits",
    "date-order",
    "impossible-date",
    "key",
    "tag",
    "quotes",
    "minus",
    "foreign",
    "invisible",
    "bidi",
    "control",
    "mixed",
    "angle",
    "header",
    "header-differs",
    "unclosed",
    "truncated",
    "conflict",
]

MAX_DIGITS = 15
"""A number with more digits is a slip of the keyboard (and a spreadsheet rounds it)."""


class Trap(NamedTuple):
    """One trap: where it is, what was found there, and what to write instead (empty when nobody can know)."""

    kind: TrapKind
    path: Path
    line: int
    column: int
    found: str
    suggestion: str
    fatal: bool
    """True when Beancount answers with errors of its own, often many and far from the cause."""
    lines: int = 1
    """How many lines of the file have it; more than one for `encoding` only."""


def find_traps(walk: Walk, plain: Collection[Path] = ()) -> Iterator[Trap]:
    """The traps of every file of the books, in the order of loading, then by line; those known as `plain` hold none."""
    required = declared_names(walk.files[0].data)
    for file in walk.files:
        if file.path in plain:
            continue
        yield from traps_in(file, required if file.path != walk.main else {})


def declared_names(data: bytes) -> dict[str, str]:
    """The account roots a file declares before its first dated entry: option `name_*` → root."""
    data = data.removeprefix(_BOM)
    first = _DATED.search(data)
    head = data[: first.start()] if first else data
    return {m[1].decode(): m[2].decode("utf-8", "replace") for m in _NAME_OPTION.finditer(head)}


def traps_in(file: SourceFile, required: Mapping[str, str]) -> list[Trap]:
    """The traps of one file, by line and column; `required` are the root names of the entry point."""
    data = file.data
    wide = _wide_encoding(data)
    if wide:
        return [Trap("utf16", file.path, 1, 1, wide, "UTF-8", True)]
    traps = [*_Reading(file).traps(), *_header_traps(file, required)]
    return sorted(traps, key=lambda trap: (trap.line, trap.column, trap.kind))


# ---------------------------------------------------------------- which lines deserve a look

_BOM = b"\xef\xbb\xbf"
_NAME_OPTION = re.compile(rb'^[ \t]*option[ \t]+"(name_[a-z]+)"[ \t]+"([^"\n]*)"', re.MULTILINE)
_DATED = re.compile(rb"^[0-9]{4}[-/]", re.MULTILINE)

_ALIKE = bytes.maketrans(b"123456789.\t", b"0000000000 ")
"""Digits and points become 0, tabs become spaces: a literal search then finds « 51 000 » and « 12,5 »."""
_ALIKE_HITS = tuple(re.compile(each) for each in (rb"0 0", rb",0", b"0" * (MAX_DIGITS + 1)))

_HIGH = bytes(range(128)) + b"\x80" * 128
_NOT_SKELETON = bytes(c for c in range(128) if c not in b'"\n;')
_ODD = re.compile(rb'\n(?:"[^"\n]*")*+["\x80]')
"""On a skeleton (quotes, line ends, semicolons and 0x80 for the rest): an unpaired quote, or non-ASCII code."""

_PLAIN = bytes(range(32, 127)) + b"\t\n\r"
_STRANGE = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
    rb"|\xc2[\x80-\x9f\xad]|\xcc|\xcd[\x80-\xaf]|\xd8[\x80-\x85\x9c]|\xdb\x9d|\xe1(?:\x85[\x9f\xa0]|\xa0[\x8b-\x8f])"
    rb"|\xe2(?:\x80[\x8b-\x8f\xa8-\xae]|\x81[\xa0-\xaf])|\xe3\x85\xa4|\xef(?:\xb8[\x80-\x8f]|\xbb\xbf|\xbe\xa0|\xbf[\xb0-\xbf])"
    rb"|\xf0\x91|\xf0\x9b|\xf0\x9d\x85|\xf3"
)
"""Control, combining, invisible, bidirectional: on the bytes that are not plain ASCII."""
_OTHER_SCRIPTS = re.compile(
    rb"\xce[\x91-\xbf]|\xcf[\x80-\xb3]|[\xd0-\xd6]|\xe1(?:[\x8e\x8f]|\xb2\x80)|\xe2\xb2|\xe2\xb3|\xea(?:\x93|\x99|\xad|\xae)"
)
"""Greek, Cyrillic, Armenian, Cherokee, Coptic, Lisu: what a word may mix with Latin letters."""

_BAD_DATE = (
    rb"(?:[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-]"
    rb"|0000[-/]|[0-9]{4,}[-/](?:0?2[-/](?:29|3)|(?:0?[469]|11)[-/]31|0+[-/]|1[3-9]|[2-9][0-9]|[0-9]{3}"
    rb"|[0-9]+[-/](?:0+(?![0-9])|3[2-9]|[4-9][0-9]|[0-9]{3})))"
)
_LINE_STARTS = re.compile(rb"\n(?:" + _BAD_DATE + rb"|<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|)")
_VALUE_DATES = re.compile(rb": +" + _BAD_DATE)
_DOTS = re.compile(rb"\.[0-9]{3}\.[0-9]{3}")
_LONE_CR = re.compile(rb"\r(?!\n)")
_ANGLE = re.compile(rb"[<>]")
_BACKSLASH = re.compile(rb"\\")
_ABOVE_ASCII = re.compile(rb"[\x80-\xff]")


class _Suspects(NamedTuple):
    lines: set[int]
    odd: bool
    """Some string may span lines, so every line must be followed."""


def _suspects(data: bytes, undecodable: bool) -> _Suspects:
    """The numbers of the lines worth a look. A line end is put before the text, so that every line begins by one."""
    data = b"\n" + data
    lines = set() if data.endswith(b"\n") else {data.count(b"\n")}
    alike = data.translate(_ALIKE)
    for pattern in _ALIKE_HITS:
        if pattern.pattern in alike:
            lines.update(_line_numbers(alike, pattern))
    skeleton = data.translate(_HIGH, _NOT_SKELETON)
    anomalies = [match.end() for match in _ODD.finditer(skeleton)]
    lines.update(_count_lines(skeleton, anomalies))
    odd = any(skeleton[end - 1 : end] == b'"' for end in anomalies)
    high = data.translate(None, _PLAIN)
    escapes = b"\\" in data
    for held, pattern in (
        (high and _STRANGE.search(high), _STRANGE),
        (high and _OTHER_SCRIPTS.search(high), _OTHER_SCRIPTS),
        (undecodable, _ABOVE_ASCII),
        (b"\r" in data and data.count(b"\r") != data.count(b"\r\n"), _LONE_CR),
        (b"<" in data or b">" in data, _ANGLE),
        (escapes, _BACKSLASH),
        *((True, each) for each in (_LINE_STARTS, _VALUE_DATES, _DOTS)),
    ):
        if held:
            lines.update(_line_numbers(data, pattern))
    return _Suspects(lines, odd or escapes)


def _line_numbers(data: bytes, pattern: re.Pattern[bytes]) -> Iterator[int]:
    return _count_lines(data, [match.start() + 1 for match in pattern.finditer(data)])


def _count_lines(data: bytes, positions: list[int]) -> Iterator[int]:
    """The line of each position; `data` begins with the line end that opens line 1."""
    line = last = 0
    for position in positions:
        line += data.count(b"\n", last, position)
        last = position
        yield line


def _wide_encoding(data: bytes) -> str:
    """« UTF-16 » or « UTF-32 » when the bytes are one of them, with or without a mark; else empty."""
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return "UTF-32"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    sample = data[:4096]
    zeros = sample.count(0)
    if zeros * 10 >= len(sample) * 3 and zeros > 1:
        return "UTF-32" if zeros * 10 >= len(sample) * 6 else "UTF-16"
    return ""


# ---------------------------------------------------------------- one file, line by line

_CP1252 = {0xDC00 + code: bytes((code,)).decode("cp1252", "replace") for code in range(0x80, 0x100)}
_BYTE = re.compile(r"[\udc80-\udcff]")
_PIECES = re.compile(r'"(?P<body>(?:[^"\\]++|\\.)*+)(?P<end>"|\\?\Z)|;.*', re.DOTALL)
_REST_OF_STRING = re.compile(r'(?:[^"\\]++|\\.)*+(?P<end>"|\\?\Z)', re.DOTALL)
_HEADING = re.compile(r"[*:#!&?%].")
_NO_LABEL = re.compile(r"\s*(?:option|include|plugin)\b|\d{4}\S+\s+query\b")
_DIRECTIVE_LINE = re.compile(
    r"\d{4}[-/]\d\d?[-/]\d\d?\s+"
    r"(?:[*!&#?%]|[A-Z]\s|txn|open|close|commodity|pad|balance|event|query|custom|price|note|document)"
    r'|(?:option|include|plugin)[ \t]+"'
)
_INDENTED_LINE = re.compile(
    r'[ \t]+[a-z][A-Za-z0-9_-]*:[ \t]*(?:"|TRUE|FALSE)'
    r'|[ \t]+(?:[!*] )?[^\W\d_][^\s:";]*(?::[^\s:";]+)+(?:[ \t]+[-+]?[0-9]|[ \t]*$)'
)
"""Lines of an entry: met inside a string, they mean that its closing quote was forgotten."""

_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_HIDDEN_SPACE = re.compile(f"[{_SPACES}]")
_AMOUNT_SPACED = re.compile(rf"(?<![\w.,/:-])[-+]?\d+(?:[ \t{_SPACES}]+\d+)+(?:[.,]\d+)?(?![\d/:-])")
_AMOUNT_COMMA = re.compile(r"(?<![\w.,/:-])[-+]?\d[\d.]*(?:,\d+)+(?:\.\d*)?(?![\w/])")
_AMOUNT_DOTS = re.compile(r"(?<![\w.,/:-])[-+]?\d{1,3}(?:\.\d{3}){2,}(?![\w.,/])")
_LONG_NUMBER = re.compile(rf"(?<![\w.,/:-])[-+]?(?:\d[.,]?){{{MAX_DIGITS + 1},}}")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<![\w/-])(\d{4,})[-/](\d+)[-/](\d+)(?!\d)")
_VALUE_OF_KEY = re.compile(r"\s+[a-z][\w-]*:\s*")
_CUSTOM = re.compile(r"\d{4}\S+\s+custom\b")
_KEY = re.compile(r'\s+([^\s":;#^]+):(?=\s|"|$)')
_TAG = re.compile(r'(?<!\S)[#^][^\s"#^]+')
_ACCOUNT = re.compile(r'(?<!\S)[^\W\d_][^\s":;]*(?::[^\s":;]+)+')
_QUOTES = re.compile("[“”„‟«»‹›‘’‚‛′″＂]")
_MINUS = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d](?=\s?\d)")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_UNCOMMON = re.compile("[^ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u202f-\u205e\u20a0-\u20bf]")
"""What may be a control, an invisible or a bidirectional character; `_hidden_kind` decides."""
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2028\u2029")
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_CUT_SHORT = re.compile(
    r"\d[\d/-]*[ \t]*|\d{4}-\d\d-\d\d[ \t]+(?:[*!]|txn|open|close|balance|custom|note|document|event|price)[ \t]*"
    r"|[ \t]+[a-z][A-Za-z0-9_-]*:?[ \t]*|[ \t]+\S+:\S+[ \t]+(?:[-+]?[0-9.]+|[-+])"
)
_ANGLE_TEXT = re.compile("[<>]")
_CONFLICT = re.compile(r"(?:<{7}|>{7}|\|{7})(?: |$)|={7}$")


class _Masked(NamedTuple):
    """A line whose strings are filled with quotes and whose comment is cut: only code is left to read."""

    code: str
    strings: list[tuple[int, str]]
    """(column from 0 of the first character, content) of each string or part of one."""
    opens: int | None
    """Column from 0 of the quote that is still open at the end of the line."""


class _Opened(NamedTuple):
    """A string that its line does not close."""

    line: int
    column: int
    text: str
    label: bool
    """Whether it is a text that people read: no option, no path, no query."""

    def was_forgotten(self, line: str) -> bool:
        """Whether a line that follows can only be an entry's: the closing quote is missing."""
        return bool(_DIRECTIVE_LINE.match(line) or (self.label and _INDENTED_LINE.match(line)))


class _Reading:
    """One pass over the suspect lines of a file."""

    def __init__(self, file: SourceFile) -> None:
        self.path = file.path
        self.data = file.data.removeprefix(_BOM)
        self.marked = len(self.data) != len(file.data)
        self.text = file.text
        self.last = 0 if self.data.endswith(b"\n") else self.data.count(b"\n") + 1
        """Number of the last line when nothing ends it, else 0."""
        self.opened: _Opened | None = None
        """The string that is open between two lines."""
        self.label = True

    def traps(self) -> Iterator[Trap]:
        data = self.data
        if self.marked:
            yield Trap("bom", self.path, 1, 1, "U+FEFF", "", True)
        undecodable = self.text is None
        suspects = _suspects(data, undecodable)
        if not suspects.lines:
            return
        lines = (data.decode("utf-8", "surrogateescape") if self.text is None else self.text).split("\n")
        if undecodable:
            yield self._encoding(lines)
            lines = [line.translate(_CP1252) for line in lines]
        if suspects.odd:
            for number, line in enumerate(lines, start=1):
                if self.opened or number in suspects.lines:
                    yield from self._line(number, line)
        else:
            for number in sorted(suspects.lines):
                yield from self._line(number, lines[number - 1])
        if self.opened:
            yield self._unclosed()

    def _encoding(self, lines: list[str]) -> Trap:
        wrong = [(number, line) for number, line in enumerate(lines, start=1) if _BYTE.search(line)]
        number, line = wrong[0]
        found = next(_BYTE.finditer(line))
        word = next(m for m in re.finditer(r"\S+", line) if m.end() > found.start())
        return Trap(
            "encoding",
            self.path,
            number,
            found.start() + 1,
            word[0].translate(_CP1252),
            found[0].translate(_CP1252),
            True,
            len(wrong),
        )

    def _unclosed(self) -> Trap:
        assert self.opened is not None
        number, column, content = self.opened[:3]
        self.opened = None
        return self._trap("unclosed", number, column, _short(content), _short(content) + '"', True)

    def _line(self, number: int, line: str) -> Iterator[Trap]:
        line = line.removesuffix("\r")
        if self.opened and self.opened.was_forgotten(line):
            yield self._unclosed()
        inside = self.opened is not None
        if inside or not _HEADING.match(line):
            masked = _mask(line, inside)
            self.label = self.opened.label if self.opened else not _NO_LABEL.match(masked.code)
        else:
            masked = _Masked("", [], None)
        yield from self._anywhere(number, line, masked)
        if self.label:
            yield from self._angles(number, masked)
        yield from self._code(number, line, masked.code)
        if not inside:
            yield from self._whole(number, line, masked)
        if masked.opens is None:
            self.opened = None
        elif not inside or masked.opens > 0:
            self.opened = _Opened(number, masked.opens, line[masked.opens :], self.label)

    def _whole(self, number: int, line: str, masked: _Masked) -> Iterator[Trap]:
        """What a merge, or a write that stopped, left as a line."""
        if _CONFLICT.match(line):
            yield self._trap("conflict", number, 0, line[:7], "", True)
        if number == self.last and masked.opens is None and _CUT_SHORT.fullmatch(line):
            yield self._trap("truncated", number, 0, line.strip(), "", True)

    def _trap(self, kind: TrapKind, number: int, column: int, found: str, suggestion: str, fatal: bool) -> Trap:
        return Trap(kind, self.path, number, column + 1, found, suggestion, fatal)

    def _anywhere(self, number: int, line: str, masked: _Masked) -> Iterator[Trap]:
        """What is refused in strings and comments too."""
        seen: set[TrapKind] = set()
        for each in _UNCOMMON.finditer(line):
            kind = _hidden_kind(each[0])
            if kind and kind not in seen:
                seen.add(kind)
                column = each.start()
                in_code = masked.code[column : column + 1] == each[0]
                yield self._trap(kind, number, column, _codepoint(each[0]), "", in_code)
        if not unicodedata.is_normalized("NFC", line):
            for word in re.finditer(r"\S+", line):
                composed = unicodedata.normalize("NFC", word[0])
                if composed != word[0]:
                    yield self._trap("nfd", number, word.start(), composed, composed, False)
                    break
        mixed = next(mixed_words(line), None)
        if mixed:
            yield self._trap("mixed", number, mixed.start, mixed.word, mixed.mended, False)

    def _angles(self, number: int, masked: _Masked) -> Iterator[Trap]:
        for column, content in masked.strings:
            angle = _ANGLE_TEXT.search(content)
            if angle:
                yield self._trap("angle", number, column + angle.start(), angle[0], "", False)
                return

    def _code(self, number: int, line: str, code: str) -> Iterator[Trap]:
        """What is refused outside strings and comments, at most one of a kind on a line."""
        quote = None if code.isascii() else _QUOTES.search(_spaced_out(_ACCOUNT, code))
        if quote:
            # What stands between such quotes is text: nothing else on the line can be judged.
            yield self._trap("quotes", number, quote.start(), quote[0], '"', True)
            return
        spaced = _spaced(code)
        hidden = None if code.isascii() else _HIDDEN_SPACE.search(code)
        if hidden:
            inside = spaced is not None and spaced.start() <= hidden.start() < spaced.end()
            mended = _joined(spaced[0]) if spaced and inside else _plain_spaces(_word_around(line, hidden.start()))
            yield self._trap("hidden-space", number, hidden.start(), _codepoint(hidden[0]), mended, True)
        if spaced:
            if not _HIDDEN_SPACE.search(spaced[0]):
                yield self._trap("space-in-number", number, spaced.start(), spaced[0], _joined(spaced[0]), True)
            code = _blank(code, spaced.start(), spaced.end())
        yield from self._numbers(number, code)
        yield from self._dates(number, code)
        if not code.isascii():
            yield from self._foreign(number, code)

    def _numbers(self, number: int, code: str) -> Iterator[Trap]:
        comma = _AMOUNT_COMMA.search(code)
        if comma:
            kind: TrapKind = "thousands-comma" if _THOUSANDS.fullmatch(comma[0]) else "decimal-comma"
            yield self._trap(kind, number, comma.start(), comma[0], _as_number(comma[0]), kind == "decimal-comma")
        dots = _AMOUNT_DOTS.search(code)
        if dots:
            yield self._trap("thousands-dot", number, dots.start(), dots[0], dots[0].replace(".", ""), True)
        long = _LONG_NUMBER.search(code)
        if long:
            yield self._trap("too-many-digits", number, long.start(), long[0].rstrip(".,"), "", False)

    def _dates(self, number: int, code: str) -> Iterator[Trap]:
        key = _VALUE_OF_KEY.match(code)
        wrong = _DAY_FIRST.match(code, key.end() if key else 0)
        if wrong:
            yield self._trap("date-order", number, wrong.start(), wrong[0], _iso(wrong[1], wrong[3], wrong[4]), not key)
            return
        for each in _YEAR_FIRST.finditer(code):
            if not _exists(each[1], each[2], each[3]):
                yield self._trap("impossible-date", number, each.start(), each[0], "", True)
                return

    def _foreign(self, number: int, code: str) -> Iterator[Trap]:
        """Non-ASCII outside strings: keys, tags, signs, then whatever an account name cannot hold."""
        rest = code
        key = _KEY.match(rest)
        if key and not key[1].isascii() and not _HIDDEN_SPACE.search(key[1]):
            yield self._trap("key", number, key.start(1), key[1], _ascii(key[1]).lower(), True)
            rest = _blank(rest, key.start(1), key.end(1))
        tag = next((m for m in _TAG.finditer(rest) if not m[0].isascii()), None)
        if tag:
            yield self._trap("tag", number, tag.start(), tag[0], _ascii(tag[0]), True)
            rest = _spaced_out(_TAG, rest)
        minus = _MINUS.search(rest)
        if minus:
            yield self._trap("minus", number, minus.start(), minus[0], "-", True)
            rest = _blank(rest, minus.start(), minus.end())
        stray = _stray(rest)
        if stray:
            yield self._trap("foreign", number, stray.start(), stray[0], _ascii(stray[0]).strip(), True)


def _mask(line: str, inside: bool) -> _Masked:
    strings: list[tuple[int, str]] = []
    head = ""
    start = 0
    if inside:
        rest = _REST_OF_STRING.match(line)
        assert rest is not None
        strings.append((0, rest[0]))
        if rest["end"] != '"':
            return _Masked('"' * len(line), strings, 0)
        start = rest.end()
        head = '"' * start
    if '"' not in line and ";" not in line:
        return _Masked(head + line[start:], strings, None)
    parts = [head]
    opens: int | None = None
    for piece in _PIECES.finditer(line, start):
        parts.append(line[start : piece.start()])
        start = piece.end()
        if piece["body"] is None:
            break
        strings.append((piece.start("body"), piece["body"]))
        parts.append('"' * len(piece[0]))
        if piece["end"] != '"':
            opens = piece.start()
    parts.append(line[start:])
    return _Masked("".join(parts), strings, opens)


def _spaced(code: str) -> re.Match[str] | None:
    """An amount written with spaces; two numbers side by side are lawful values of a custom directive."""
    spaced = _AMOUNT_SPACED.search(code)
    if spaced and _CUSTOM.match(code) and not re.match(r"\s*[A-Z]", code[spaced.end() :]):
        return None
    return spaced


def _stray(code: str) -> re.Match[str] | None:
    """The first non-ASCII character that is neither a letter of an account's name nor what no one sees."""
    accounts = deque(m.span() for m in _ACCOUNT.finditer(code))
    for each in _NON_ASCII.finditer(code):
        character = each[0]
        while accounts and accounts[0][1] <= each.start():
            accounts.popleft()
        named = bool(accounts) and accounts[0][0] <= each.start()
        if _hidden_kind(character) or _HIDDEN_SPACE.match(character):
            continue
        if not (named and (character.isalpha() or unicodedata.combining(character))):
            return each
    return None


# ---------------------------------------------------------------- the header of a file


def _header_traps(file: SourceFile, required: Mapping[str, str]) -> Iterator[Trap]:
    if not required or not _DATED.search(file.data):
        return
    declared = declared_names(file.data)
    missing = [name for name in required if name not in declared]
    if missing:
        lines = "\n".join(f'option "{name}" "{required[name]}"' for name in missing)
        yield Trap("header", file.path, 1, 1, ", ".join(missing), lines, True)
    for name, root in required.items():
        if name in declared and declared[name] != root:
            match = next(m for m in _NAME_OPTION.finditer(file.data) if m[1].decode() == name)
            line = file.data.count(b"\n", 0, match.start(1)) + 1
            yield Trap("header-differs", file.path, line, 1, f'{name} "{declared[name]}"', f'{name} "{root}"', True)


# ---------------------------------------------------------------- characters and numbers


def _hidden_kind(character: str) -> TrapKind | None:
    if character.isascii():
        return "control" if (ord(character) < 32 and character != "\t") or character == "\x7f" else None
    if character in _BIDI:
        return "bidi"
    if character in _BLANK_LETTERS or _VARIATION.match(character):
        return "invisible"
    category = unicodedata.category(character)
    return "invisible" if category == "Cf" else "control" if category == "Cc" else None


def _codepoint(character: str) -> str:
    return f"U+{ord(character):04X}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _spaced_out(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda match: " " * len(match[0]), text)


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _word_around(line: str, column: int) -> str:
    start = max(line.rfind(" ", 0, column), line.rfind("\t", 0, column)) + 1
    ends = [end for end in (line.find(" ", column), line.find("\t", column)) if end >= 0]
    return line[start : min(ends, default=len(line))]


def _plain_spaces(text: str) -> str:
    return _HIDDEN_SPACE.sub(" ", text)


def _joined(text: str) -> str:
    return _as_number(re.sub(rf"[ \t{_SPACES}]", "", text))


def _as_number(text: str) -> str:
    """« 51,000 » → 51000, « 1.250,50 » → 1250.50, « 51,00 » → 51: what the writer most likely meant."""
    if _THOUSANDS.fullmatch(text):
        return text.replace(",", "")
    whole, comma, fraction = text.rpartition(",")
    if not comma:
        return text
    whole = whole.replace(".", "").replace(",", "")
    fraction = fraction.partition(".")[0]
    return f"{whole}.{fraction}" if fraction.strip("0") else whole


def _ascii(text: str) -> str:
    """The nearest ASCII spelling: accents dropped, ligatures opened, signs with no counterpart dropped."""
    text = text.translate({0x153: "oe", 0x152: "OE", 0xE6: "ae", 0xC6: "AE", 0x20AC: "EUR", 0x2019: "", 0x2013: "-"})
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _exists(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        return False
    return True


def _iso(day: str, month: str, year: str) -> str:
    """The day as Beancount writes it, or empty when no such day exists (days come first in French)."""
    year = year if len(year) == 4 else f"20{year}"
    return f"{year}-{int(month):02d}-{int(day):02d}" if _exists(year, month, day) else ""
