"""The comments that people write for a report: `ledger/recits/<code>/<période>.md`, a heading a budget line.

    Le trimestre en quelques phrases.

    ## 2.1
    Les ateliers de juillet ont été avancés.

Text before the first heading is about the whole report. A heading begins with a line's code, with the agreement's id
before it where two agreements use the same code: `## FH-2026-044 2.1`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from grandlivre.reports.kit.context import Context
from grandlivre.sources.problem import RefusedError

FOLDER = "recits"

_HEADING = re.compile(r"#+\s+(?P<words>.+?)\s*#*")


@dataclass(frozen=True, slots=True)
class Telling:
    """What was written for one tree and one period."""

    general: tuple[str, ...] = ()
    """Paragraphs about the whole report."""
    lines: dict[tuple[str, str], str] = field(default_factory=dict)
    """By (agreement id or "", code of the line or the heading)."""

    def of(self, agreement: str, code: str) -> str:
        """The comment on a line; "" when nobody wrote one."""
        return self.lines.get((agreement, code)) or self.lines.get(("", code), "")


def telling(context: Context) -> Telling:
    """The comments of the scope's tree for the period, in whole paragraphs; nothing when there is no such file."""
    path = context.books.folder / FOLDER / context.scope.tree.lower() / f"{context.period.code}.md"
    if not path.is_file():
        return Telling()
    donor = context.donor
    agreements = {agreement.id for agreement in donor.agreements} if donor is not None else set()
    return _read(_text(path), agreements)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        place = "/".join(("ledger", *path.parts[-3:]))
        raise RefusedError(f"{place}:1: Ce récit n'est pas enregistré en UTF-8. Enregistrez-le en UTF-8.") from error


def _read(text: str, agreements: set[str]) -> Telling:
    general: tuple[str, ...] = ()
    lines: dict[tuple[str, str], str] = {}
    key: tuple[str, str] | None = None
    written: list[str] = []

    def keep() -> None:
        nonlocal general
        paragraphs = _paragraphs(written)
        if key is None:
            general += paragraphs
        elif paragraphs:
            before = lines.get(key)
            lines[key] = " ".join(([before] if before else []) + list(paragraphs))

    for line in text.splitlines():
        found = _HEADING.fullmatch(line.strip())
        if found is None:
            written.append(line)
            continue
        keep()
        written = []
        first, *rest = found["words"].split()
        if first in agreements and rest:
            key = (first, rest[0])
        else:
            key = ("", first) if any(letter.isdigit() for letter in first) else None
    keep()
    return Telling(general, lines)


def _paragraphs(lines: list[str]) -> tuple[str, ...]:
    blocks = re.split(r"\n\s*\n", "\n".join(line.strip() for line in lines))
    return tuple(" ".join(block.split()) for block in blocks if block.strip())
