"""`VISAS-<period>.tsv`: the visas that a closing keeps, so that none can vanish later, nor come as if it had been there.

`sha256<TAB>path`, sorted, LF: every file under `visas/` that no earlier list holds, less the closing's own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

from grandlivre.proof.store import Store, folder_files

_NAME = re.compile(r"VISAS-[^/]+\.tsv")
_ROW = re.compile(r"([0-9a-f]{64})\t(\S+)")


def list_name(period: str) -> str:
    """The name of the list of a closing, under visas/."""
    return f"VISAS-{period}.tsv"


def read_list(store: Store, period: str) -> Mapping[str, str]:
    """The files that a closing keeps, each with its sha256; lines of another form are left out."""
    try:
        text = store.place(list_name(period)).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    rows = [_ROW.fullmatch(line) for line in text.split("\n")]
    return {row[2]: row[1] for row in rows if row is not None}


def new_files(store: Store, periods: Iterable[str]) -> dict[str, str]:
    """The files under visas/ that no list of those closings holds, each with its sha256."""
    known = {path for period in periods for path in read_list(store, period)}
    return {
        path: hashlib.sha256(file.read_bytes()).hexdigest()
        for path, file in folder_files(store.root)
        if path not in known and not _NAME.fullmatch(path)
    }


def list_text(files: Mapping[str, str]) -> str:
    """A list as it is written; "" without any file."""
    return "".join(f"{line}\n" for line in sorted(f"{digest}\t{path}" for path, digest in files.items()))


def lost(store: Store, period: str) -> Iterator[tuple[str, str]]:
    """The files of a closing's list that are gone or changed, each with which."""
    for path, digest in sorted(read_list(store, period).items()):
        try:
            now = hashlib.sha256(store.place(path).read_bytes()).hexdigest()
        except OSError:
            yield path, "manque"
            continue
        if now != digest:
            yield path, "a changé"
