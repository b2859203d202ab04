"""The identity of what a report was made from: one sha256 over the books, the rules and the templates.

Files count by relative path and content, line ends and blank lines aside, so that neither the machine, the working
directory nor the order of the disk matters. Recording that a report was sent (`transmission`) does not change it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from grandlivre.sources.files import DRAFTS

_SENT = re.compile(
    rb'^\d{4}[-/]\d{1,2}[-/]\d{1,2}[ \t]+custom[ \t]+"transmission"[^\n]*\n(?:[ \t]+[^\n]*\n)*', re.MULTILINE
)
_BLANK = re.compile(rb"^[ \t]*\n", re.MULTILINE)
_HOLDS_SOMETHING = re.compile(rb"^(?!option[ \t]|;)\S", re.MULTILINE)
_RULES = frozenset({".yaml", ".yml"})
_TELLINGS = "recits"
"""Folder under the ledger's: the comments of donors' reports."""


def digest(main: Path, templates: Path) -> str:
    """64 hexadecimal digits; `main` is the entry point, `templates` the folder of templates in use."""
    total = hashlib.sha256()
    for name, content in sorted(_inputs(main.resolve(), templates)):
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def _inputs(main: Path, templates: Path) -> Iterator[tuple[str, bytes]]:
    """(relative path, content that counts) of every input."""
    ledger, rules = main.parent, main.parent.parent / "rules"
    for path in ledger.rglob("*.beancount"):
        relative = path.relative_to(ledger)
        if DRAFTS not in relative.parts and path.is_file():
            content = meaning(path.read_bytes())
            if _HOLDS_SOMETHING.search(content):
                yield f"ledger/{relative.as_posix()}", content
    for path in (ledger / _TELLINGS).rglob("*.md"):
        yield f"ledger/{path.relative_to(ledger).as_posix()}", _lines(path.read_bytes())
    for path in rules.rglob("*"):
        if path.suffix.lower() in _RULES and path.is_file():
            yield f"rules/{path.relative_to(rules).as_posix()}", _lines(path.read_bytes())
    for path in templates.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            yield f"templates/{path.relative_to(templates).as_posix()}", _lines(path.read_bytes())


def meaning(content: bytes) -> bytes:
    """A ledger file less its blank lines and what it says about reports sent."""
    text = _lines(content)
    if text and not text.endswith(b"\n"):
        text += b"\n"
    return _BLANK.sub(b"", _SENT.sub(b"", text))


def _lines(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")
