"""Edits of one ledger file's text that leave every other byte as it was.

Lines are those of Beancount: they end with `\\n` only, and a string may run over several of them.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date as Date  # noqa: N812 - `date` is the natural name of the arguments
from decimal import Decimal
from typing import NamedTuple

from grandlivre.writing.problem import WriteError

MetadataValue = str | bool | int | Decimal | Date

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_DATED = re.compile(r"([12]\d{3})[-/](\d{1,2})[-/](\d{1,2})[ \t]")
_KEY = re.compile(r"[a-z][a-zA-Z0-9_-]+")
_METADATA = re.compile(rf"([ \t]+)({_KEY.pattern}):")
_VALUE = re.compile(r'([ \t]*)((?:"(?:[^"\\]|\\.)*"|[^";\r\n])*)', re.DOTALL)
_TAG_OR_LINK = re.compile(r"[#^][A-Za-z0-9]")
_QUOTES = re.compile(r'\\.|"|;')
_PUSHED = re.compile(r"(push|pop)(?:tag|meta)\b")
_NOT_READ = "*:#!&?%"  # Beancount skips a line that begins with one of these
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


class Directive(NamedTuple):
    """The lines of one dated directive, counted from 0; ends are exclusive."""

    date: tuple[int, int, int]
    first: int
    end: int
    """After its last indented line."""
    tail: int
    """After the comments that follow it directly, when they do not lead to another directive."""


class LedgerText:
    """A ledger file's text and the edits wanted on it. Line numbers always mean the text as given, from 1."""

    def __init__(self, text: str, path: str | None = None) -> None:
        """Raises WriteError when a string is never closed; `path` is only for the sentences."""
        self._path = path
        self._lines = _LINE.findall(text)
        self._newline = "\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n"
        self._inside_string, unclosed = _strings(self._lines)
        if unclosed is not None:
            raise WriteError("le guillemet ouvert ici n'est jamais fermé ; fermez-le d'abord.", path, unclosed + 1)
        self._directives = list(self._read())
        self._at_line = {directive.first: directive for directive in self._directives}
        self._replaced: dict[int, tuple[int, str]] = {}
        self._added: dict[int, dict[str, str]] = {}
        self._entries: list[tuple[int, Date, str]] = []

    @property
    def directives(self) -> tuple[Directive, ...]:
        """The dated directives of the text as given, in its order."""
        return tuple(self._directives)

    def insert_entry(self, date: Date, entry: str) -> None:
        """Adds an entry after the last one dated that day or before, else before the first later one, else at the end. Raises ValueError.

        One blank line stands on either side, and the file's newlines are used. An entry never lands between a
        `pushtag` and its `poptag`, whose tag it would take.
        """
        lines = [line.rstrip("\r\n") for line in _LINE.findall(entry.strip("\r\n"))]
        _, unclosed = _strings(lines)
        first = next((line for line in lines if not line.startswith(";")), "")
        if unclosed is not None or _date_of(first) != (date.year, date.month, date.day):
            raise ValueError(f"not an entry dated {date}: {entry!r}")
        self._entries.append((self._place(date), date, "".join(line + self._newline for line in lines)))

    def set_metadata(self, line: int, key: str, value: MetadataValue, posting_line: int | None = None) -> None:
        """Sets a value in place, or adds it, on the directive beginning at `line` or its posting at `posting_line`.

        Text is quoted and escaped; dates, numbers and booleans stay bare. Raises WriteError when no directive (or
        posting) begins there.
        """
        if not _KEY.fullmatch(key):
            raise ValueError(f"not a metadata key: {key!r}")
        written = _written(value)
        owner = self._owner(line, posting_line)
        for start, end, value_at in self._values(owner, key):
            self._replaced[start] = (end, _with_value("".join(self._lines[start:end]), value_at, written))
            return
        self._added.setdefault(owner.end, {})[key] = f"{owner.indent}{key}: {written}{owner.newline}"

    def remove_metadata(self, line: int, key: str, posting_line: int | None = None) -> None:
        """Removes a value, with its line, from the directive or posting; nothing happens when it has none."""
        owner = self._owner(line, posting_line)
        for start, end, _ in self._values(owner, key):
            self._replaced[start] = (end, "")
        self._added.get(owner.end, {}).pop(key, None)

    def _values(self, owner: "_Owner", key: str) -> Iterator[tuple[int, int, int]]:
        """The lines of metadata of that key (first, end), and where the value begins in the first."""
        for start, end in owner.metadata:
            found = _METADATA.match(self._lines[start])
            if found and found[2] == key:
                yield start, end, found.end()

    def text(self) -> str:
        """The text with the edits made; a file that ended without a newline still does."""
        entries: dict[int, list[tuple[Date, str]]] = {}
        for place, date, entry in self._entries:
            entries.setdefault(place, []).append((date, entry))
        parts: list[str] = []
        index = 0
        while index <= len(self._lines):
            if index in self._added or index in entries:
                _end_line(parts, self._newline)
            parts += self._added.get(index, {}).values()
            self._set_in(parts, index, entries.get(index, []))
            if index == len(self._lines):
                break
            end, content = self._replaced.get(index, (index + 1, self._lines[index]))
            if content:
                parts.append(content)
            index = end
        if self._lines and not self._lines[-1].endswith("\n"):
            return "".join(parts).removesuffix(self._newline)
        return "".join(parts)

    def _set_in(self, parts: list[str], index: int, entries: list[tuple[Date, str]]) -> None:
        """Adds the entries that go before a line, by date, a blank line around each."""
        for _, entry in sorted(entries, key=lambda dated: dated[0]):
            if parts and parts[-1].strip():
                parts.append(self._newline)
            parts.append(entry)
        if entries and index < len(self._lines) and self._lines[index].strip():
            parts.append(self._newline)

    def _read(self) -> Iterator[Directive]:
        index = 0
        while index < len(self._lines):
            found = _date_of(self._lines[index])
            if not found:
                index = self._next(index)
                continue
            end = self._next(index)
            while end < len(self._lines) and self._lines[end][0] in " \t" and self._lines[end].strip():
                end = self._next(end)
            tail = end
            while tail < len(self._lines) and self._lines[tail].startswith(";"):
                tail += 1
            if tail < len(self._lines) and _date_of(self._lines[tail]):
                tail = end
            yield Directive(found, index, end, tail)
            index = tail

    def _next(self, index: int) -> int:
        """The line after this one that does not begin inside a string."""
        index += 1
        while index < len(self._lines) and self._inside_string[index]:
            index += 1
        return index

    def _place(self, date: Date) -> int:
        """The line before which an entry of that day goes."""
        day = (date.year, date.month, date.day)
        earlier = next((found for found in reversed(self._directives) if found.date <= day), None)
        if earlier:
            return self._outside_push(earlier.tail, after=True)
        if not self._directives:
            return self._outside_push(len(self._lines), after=True)
        first = self._directives[0].first
        place = first
        while place > 0 and self._lines[place - 1].startswith(";") and not self._inside_string[place - 1]:
            place -= 1
        if place == 0:  # the comments that open the file are its title, not the first entry's
            place = first
        return self._outside_push(place, after=False)

    def _outside_push(self, place: int, *, after: bool) -> int:
        """Moves a place out of the pushtag … poptag lines around it, behind them or before them."""
        depth, start = 0, 0
        for index, line in enumerate(self._lines):
            found = None if self._inside_string[index] else _PUSHED.match(line)
            if not found:
                continue
            if found[1] == "push":
                start = index if depth == 0 else start
                depth += 1
            elif depth:
                depth -= 1
                if depth == 0 and start < place <= index:
                    return index + 1 if after else start
        return start if depth and place > start else place

    def _owner(self, line: int, posting_line: int | None) -> "_Owner":
        directive = self._at_line.get(line - 1)
        if directive is None:
            raise WriteError(
                "aucune écriture ne commence à cette ligne ; le fichier a changé, relancez la commande.",
                self._path,
                line,
            )
        groups = self._groups(directive)
        if posting_line is None:
            group = groups[0]
            default = groups[1].indent if len(groups) > 1 else "  "
            models = group.metadata
        else:
            group = self._posting(directive, groups[1:], posting_line)
            default = group.indent + ("\t" if "\t" in group.indent else "  ")
            models = group.metadata or [row for other in groups[1:] for row in other.metadata]
        indent = _indent(self._lines[models[-1][0]]) if models else default
        end = group.metadata[-1][1] if group.metadata else group.end
        before = self._lines[end - 1]
        newline = "\r\n" if before.endswith("\r\n") else "\n" if before.endswith("\n") else self._newline
        return _Owner(group.metadata, end, indent, newline)

    def _groups(self, directive: Directive) -> list["_Group"]:
        """The header and each posting; what stands on a line of comment, of tags or of links is no posting."""
        groups = [_Group(directive.first, self._next(directive.first), "", [])]
        for start, end in self._rows(directive):
            row = self._lines[start]
            if row.lstrip(" \t")[0] == ";" or _TAG_OR_LINK.match(row.lstrip(" \t")):
                continue
            if _METADATA.match(row):
                groups[-1].metadata.append((start, end))
            else:
                groups.append(_Group(start, end, _indent(row), []))
        return groups

    def _posting(self, directive: Directive, postings: Sequence["_Group"], line: int) -> "_Group":
        own = [group for group in postings if group.start == line - 1]
        if not own or not _is_transaction(self._lines[directive.first]):
            raise WriteError(
                "aucun mouvement de cette écriture ne commence à cette ligne ; le fichier a changé, relancez.",
                self._path,
                line,
            )
        return own[0]

    def _rows(self, directive: Directive) -> Iterator[tuple[int, int]]:
        """The indented lines of a directive, a value over several lines being one."""
        start = self._next(directive.first)
        while start < directive.end:
            end = self._next(start)
            yield start, end
            start = end


class _Group(NamedTuple):
    """A header or a posting and the metadata that Beancount gives it: those up to the next posting."""

    start: int
    end: int
    indent: str
    metadata: list[tuple[int, int]]


class _Owner(NamedTuple):
    """What one added line of metadata needs to know of where it goes."""

    metadata: list[tuple[int, int]]
    end: int
    indent: str
    newline: str


def insert_entry(text: str, date: Date, entry: str) -> str:
    """The text with one entry added: `LedgerText.insert_entry`."""
    ledger = LedgerText(text)
    ledger.insert_entry(date, entry)
    return ledger.text()


def set_metadata(text: str, line: int, key: str, value: MetadataValue, posting_line: int | None = None) -> str:
    """The text with one value set: `LedgerText.set_metadata`."""
    ledger = LedgerText(text)
    ledger.set_metadata(line, key, value, posting_line)
    return ledger.text()


def remove_metadata(text: str, line: int, key: str, posting_line: int | None = None) -> str:
    """The text with one value removed: `LedgerText.remove_metadata`."""
    ledger = LedgerText(text)
    ledger.remove_metadata(line, key, posting_line)
    return ledger.text()


def _strings(lines: list[str]) -> tuple[list[bool], int | None]:
    """For each line, whether it begins inside a string; and the line of a string that is never closed."""
    inside: list[bool] = []
    opened: int | None = None
    for index, line in enumerate(lines):
        inside.append(opened is not None)
        if '"' not in line or (opened is None and line[0] in _NOT_READ):
            continue
        for found in _QUOTES.finditer(line):
            if found[0] == '"':
                opened = index if opened is None else None
            elif found[0] == ";" and opened is None:
                break
    return inside, opened


def _date_of(line: str) -> tuple[int, int, int] | None:
    found = _DATED.match(line)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _is_transaction(header: str) -> bool:
    words = header.split(None, 2)
    return len(words) > 1 and (words[1] == "txn" or not re.match(r"[a-z]", words[1]))


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _end_line(parts: list[str], newline: str) -> None:
    """Ends the last line of a file that has no final newline, before something is added after it."""
    if parts and not parts[-1].endswith("\n"):
        parts[-1] += newline


def _written(value: MetadataValue) -> str:
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPES)}"'
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"not a number: {value}")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _with_value(row: str, start: int, written: str) -> str:
    """A metadata line with another value; its spacing and its comment stay."""
    found = _VALUE.match(row, start)
    assert found is not None, "every part of the pattern may be empty"
    space, old = found[1], found[2].rstrip(" \t")
    after = row[found.start(2) + len(old) :]
    if not old and after.startswith(";"):  # `key: ; remark` had no value yet
        after = " " + after
    return row[:start] + (space or " ") + written + after
