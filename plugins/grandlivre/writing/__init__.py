"""How files of the books are changed: the intended lines only, several files or none, one command at a time.

    with locked(root, "reconcile"):                    # raises Locked; finishes an interrupted command first
        change = ChangeSet(root)
        month = change.ledger(path)                    # lines always mean those of the file as it was read
        month.set_metadata(214, "pointage", "2026-03")
        month.insert_entry(date(2026, 3, 31), entry)
        change.create(root / "ledger/documents/MANIFESTE-2026-T1.tsv", manifest)
        change.commit()                                # all files, or none

What the user can mend is a `WriteError`: a French sentence with the file and line.
"""

from grandlivre.writing.disk import DISK, Disk, write_file
from grandlivre.writing.ledger_text import LedgerText, MetadataValue, insert_entry, remove_metadata, set_metadata
from grandlivre.writing.lock import locked
from grandlivre.writing.problem import Locked, WriteError
from grandlivre.writing.transaction import ChangeSet, Recovery, interrupted, pending, recover

__all__ = [
    "DISK",
    "ChangeSet",
    "Disk",
    "LedgerText",
    "Locked",
    "MetadataValue",
    "Recovery",
    "WriteError",
    "insert_entry",
    "interrupted",
    "locked",
    "pending",
    "recover",
    "remove_metadata",
    "set_metadata",
    "write_file",
]
