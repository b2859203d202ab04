"""The comments that people write for a report: `ledger/recits/<code>/<période>.md`, a heading a budget line.

    Le trimestre en quelques phrases.

    ## 2.1
    Les ateliers de juillet ont été avancés.

Text before the first heading is about the whole report. A heading begins with a line's code, with the agreement's id
before it where two agreements use the same code: `## FH-2026-044 2.1`. A comment (`<!-- … -->`) and a paragraph that only
holds a place (« … », « à compléter ») are nobody's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from grandlivre.policy.people import folded
from grandlivre.sources.problem import RefusedError

FOLDER = "recits"
WHOLE = "ensemble"
"""The folder of what is told of the whole organisation."""

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_PLACEHOLDERS = ("", "a completer", "a ecrire", "a rediger", "a remplir")
"""What paragraphs that only hold a place say, folded."""
_HEADING = re.compile(r"#+\s+(?P<words>.+?)\s*#*")


@dataclass(frozen=True, slots=True)
class Telling:
    """What was written for one tree and one period."""

    general: tuple[str, ...] = ()
    """Paragraphs about the whole report."""
    lines: dict[tuple[str, str], str] = field(default_factory=dict)
    """By (agreement id or "", code of the line or the heading)."""
    sections: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Paragraphs by heading, for headings that name no line."""
    opening: tuple[str, ...] = ()
    """Paragraphs before the first heading."""
    path: str = ""
    """The file, under `ledger/recits/`, written or not."""

    def section(self, heading: str) -> tuple[str, ...]:
        """The paragraphs under a heading, whatever its case and accents."""
        return next((text for title, text in self.sections.items() if folded(title) == folded(heading)), ())

    def of(self, agreement: str, code: str) -> str:
        """The comment on a line; "" when nobody wrote one."""
        return self.lines.get((agreement, code)) or self.lines.get(("", code), "")


def told(folder: Path, tree: str, period: str, agreements: set[str]) -> Telling:
    """The comments of a tree for a period, in whole paragraphs; nothing when there is no such file under a ledger's folder.

    Raises `RefusedError` for a file that is not UTF-8.
    """
    name = f"{tree.lower() or WHOLE}/{period}.md"
    path = folder / FOLDER / name
    if not path.is_file():
        return Telling(path=name)
    return replace(_read(_text(path), agreements), path=name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        place = "/".join(("ledger", *path.parts[-3:]))
        raise RefusedError(f"{place}:1: Ce récit n'est pas enregistré en UTF-8. Enregistrez-le en UTF-8.") from error


def _read(text: str, agreements: set[str]) -> Telling:
    parts = list(_parts(_COMMENT.sub("", text)))
    general: list[str] = []
    lines: dict[tuple[str, str], str] = {}
    sections: dict[str, tuple[str, ...]] = {}
    for heading, paragraphs in parts:
        key = _line(heading, agreements)
        if key is None:
            general += paragraphs
            sections[heading] = sections.get(heading, ()) + paragraphs
        elif paragraphs:
            lines[key] = " ".join(filter(None, (lines.get(key), *paragraphs)))
    opening = sections.pop("", ())
    return Telling(tuple(general), lines, sections, opening)


def _parts(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each heading with the paragraphs under it; what comes before the first has an empty heading."""
    heading, written = "", list[str]()
    for line in text.splitlines():
        found = _HEADING.fullmatch(line.strip())
        if found is None:
            written.append(line)
            continue
        yield heading, _paragraphs(written)
        heading, written = found["words"], []
    yield heading, _paragraphs(written)


def _line(heading: str, agreements: set[str]) -> tuple[str, str] | None:
    """The agreement ("" when none is said) and the line that a heading names; None when it names no line."""
    first, *rest = heading.split() or [""]
    if first in agreements and rest:
        return first, rest[0]
    return ("", first) if any(letter.isdigit() for letter in first) else None


def _paragraphs(lines: list[str]) -> tuple[str, ...]:
    blocks = re.split(r"\n\s*\n", "\n".join(line.strip() for line in lines))
    return tuple(said for block in blocks if not _holds_a_place(said := " ".join(block.split())))


def _holds_a_place(paragraph: str) -> bool:
    """Whether nobody wrote anything in it."""
    return folded(paragraph) in _PLACEHOLDERS
