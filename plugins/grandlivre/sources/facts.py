"""What the static audit says: one fact for each thing that forbids loading the books."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

AuditKind = Literal[
    "plugin",
    "plugin-elsewhere",
    "plugin-inexact",
    "option",
    "documents-option",
    "fava-extension",
    "fava-option",
    "document-absolute",
    "document-parent",
    "document-symlink",
    "include-absolute",
    "include-parent",
    "include-not-a-ledger",
    "include-symlink",
    "include-special",
    "include-too-large",
    "long-line",
    "long-text",
    "link",
    "special",
    "picklecache",
    "division",
    "python",
    "program",
]


class AuditFact(NamedTuple):
    """One thing the audit refuses: where it stands and what is written there."""

    kind: AuditKind
    path: Path
    line: int
    value: str
