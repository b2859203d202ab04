"""The raw files before any load: bytes, encodings, the walk through includes, typing traps, the static audit.

Facts only; the French sentences stand in `grandlivre.inspection.text`. YAML is read by `grandlivre.sources.yaml`.
"""

from grandlivre.sources.audit import audit
from grandlivre.sources.facts import AuditFact
from grandlivre.sources.files import Include, SourceFile, Walk, WalkFact, read, walk
from grandlivre.sources.typing_traps import Trap, find_traps, traps_in

__all__ = [
    "AuditFact",
    "Include",
    "SourceFile",
    "Trap",
    "Walk",
    "WalkFact",
    "audit",
    "find_traps",
    "read",
    "traps_in",
    "walk",
]
