"""What a process that stays knows of the files of the books: those that say nothing amiss are not searched again while they say the
same, under the same entry point."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from grandlivre.sources import walk
from grandlivre.sources.files import Walk

Search = Literal["audit", "traps"]


class _Look(NamedTuple):
    """The files as they were read at one moment."""

    walked: Walk
    digests: Mapping[Path, bytes]


class Sightings:
    """The looks at the books of one entry point."""

    def __init__(self, main: Path) -> None:
        self._main = main
        self._entry = b""
        self._quiet: dict[Search, dict[Path, bytes]] = {}
        self._last: _Look | None = None

    def look(self) -> Walk:
        """The files as they are now; the inspection of the load that follows speaks of the same."""
        walked = walk(self._main)
        digests = {each.path: hashlib.blake2b(each.data, digest_size=16).digest() for each in walked.files}
        entry = digests[walked.main]
        if entry != self._entry:
            self._entry, self._quiet = entry, {}
        self._last = _Look(walked, digests)
        return walked

    def last(self) -> Walk:
        """The files as they were looked at before the load, for one inspection; as they are now where nobody did."""
        return self.look() if self._last is None else self._last.walked

    def forget_texts(self) -> None:
        """Lets go of what was read."""
        self._last = None

    def quiet(self, search: Search) -> frozenset[Path]:
        """The files in which a search found nothing, and which say the same now."""
        if self._last is None:
            return frozenset()
        known, digests = self._quiet.get(search, {}), self._last.digests
        return frozenset(path for path, digest in digests.items() if known.get(path) == digest)

    def searched(self, search: Search, loud: Iterable[Path]) -> None:
        """A search is done; it found something in the files that are `loud`."""
        if self._last is not None:
            left = set(loud)
            self._quiet[search] = {path: digest for path, digest in self._last.digests.items() if path not in left}


_KNOWN: dict[Path, Sightings] = {}


def sightings(main: Path) -> Sightings:
    """What this process knows of the books of an entry point."""
    return _KNOWN.setdefault(main, Sightings(main))
