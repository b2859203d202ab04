"""The books of a process that stays, read again after an edit: what the edit left as it was is not read, sorted, booked or judged
by Beancount twice.

Equal to a load from nothing in entries, errors and options (tests/unit/test_reloading.py). An edit is followed where it
changed, in files that the entry point includes, only what no other entry depends on; whatever else happened, all is read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from operator import is_
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from beancount import loader
from beancount.core.data import Balance, Close, Document, Open, Pad, Transaction, entry_sortkey

from grandlivre.books import loading
from grandlivre.books.loading import Load, ParsedFiles
from grandlivre.sources.overlay import current

_CONTROLS = "grandlivre.checks"
_ABOUT_OTHERS = (Open, Close, Pad, Balance, Document)
"""What changes how other entries are judged."""
_GATHERED = frozenset(("include", "input_hash", "dcontext", "commodities"))
"""The options that a load gathers from every file, and that no entry is judged by."""
_MODE = "plugin_processing_mode"
_loader: Any = loader


class Edit(NamedTuple):
    """What one load holds beside an earlier one of the same process."""

    former: Sequence[Any]
    """The entries of the earlier load: the very list."""
    gone: tuple[Any, ...]
    come: tuple[Any, ...]


class _Followed(NamedTuple):
    """An edit that can be followed."""

    changed: frozenset[str]
    """The files that say something else."""
    gone: list[Any]
    come: list[Any]
    parted: tuple[list[loading.Plain], set[int]]


class _Base(NamedTuple):
    """A load without an error of Beancount's, whose entries are those that were booked."""

    edition: int
    files: Mapping[str, list[Any]]
    """What each file holds, in the order in which they were read."""
    entries: list[Any]
    options: Mapping[str, Any]


class Reloading:
    """The loads of one process of the books of one entry point."""

    def __init__(self) -> None:
        self._parsed = ParsedFiles()
        self._base: _Base | None = None
        self.edit: Edit | None = None
        """What the last load changed; None where all was read."""

    def load(self, main: Path, given: Mapping[str, Any] = MappingProxyType({})) -> Load:
        """The books as `loading.load` gives them."""
        self.edit = None
        if current().texts:
            return loading.load(main, given)
        base, self._base = self._base, None  # whatever is interrupted keeps nothing
        entries, errors, options = loading.parse(main, self._parsed)
        now = _Base(self._parsed.edition, self._parsed.files(), [], _compared(options))
        followed = None if errors or base is None else _followed(base, now)
        if followed is None or base is None:
            found, self._base = self._whole(now, (entries, errors, options), given)
        else:
            found, self._base = self._again(base, now, followed, options, given)
        return loading.sealed(found)

    def _whole(self, now: _Base, parsed: Load, given: Mapping[str, Any]) -> tuple[Load, _Base | None]:
        """A load from nothing, and whether the next may follow it."""
        entries, errors, options = parsed
        sound = not errors
        entries.sort(key=entry_sortkey)
        parted = loading.apart(entries)
        if parted is None:
            entries, said = loading.book(entries, options)
        else:
            entries, said = loading.book_apart(entries, parted, options)
        booked = list(entries)
        errors.extend(said)
        options.update(given)
        entries, errors = loading.transform(entries, errors, options)
        refused = loading.validate(entries, options)
        errors.extend(refused)
        sound = sound and parted is not None and not said and not refused and _is_usual(booked, options)
        sound = sound and len(booked) == len(entries) and all(map(is_, booked, entries))
        return (entries, errors, options), now._replace(entries=entries) if sound else None

    def _again(
        self, base: _Base, now: _Base, followed: _Followed, options: dict[str, Any], given: Mapping[str, Any]
    ) -> tuple[Load, _Base]:
        """The earlier load with what an edit changed of it."""
        come, said = loading.book_apart(followed.come, followed.parted, options)
        entries = _merged([each for each in base.entries if each.meta["filename"] not in followed.changed], come, now)
        options.update(given)
        mode, options[_MODE] = options[_MODE], "raw"  # Beancount's own plugins have nothing to do in such books
        try:
            entries, errors = loading.transform(entries, said, options)
        finally:
            options[_MODE] = mode
        new = set(map(id, come))
        judged = [each for each in entries if type(each) is not Transaction or id(each) in new]
        refused = loading.validate(judged, options)
        errors.extend(refused)
        self.edit = Edit(base.entries, tuple(followed.gone), tuple(come))
        kept = base if said or refused else now._replace(entries=entries)
        return (entries, errors, options), kept


def _followed(base: _Base, now: _Base) -> _Followed | None:
    """What changed since the earlier load; None where all must be read."""
    if base.edition != now.edition or base.options != now.options or not _are_in_order(base.files, now.files):
        return None
    names = {*base.files, *now.files}
    changed = frozenset(each for each in names if base.files.get(each) is not now.files.get(each))
    gone = [each for each in base.entries if each.meta["filename"] in changed]
    come = [each for name in now.files if name in changed for each in now.files[name]]
    if any(isinstance(each, _ABOUT_OTHERS) for each in (*gone, *come)):
        return None
    come.sort(key=entry_sortkey)
    parted = loading.apart(come)
    return None if parted is None else _Followed(changed, gone, come, parted)


def _are_in_order(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether the files that stay are read one after the other as they were."""
    return [each for each in before if each in now] == [each for each in now if each in before]


def _merged(left: list[Any], come: Sequence[Any], now: _Base) -> list[Any]:
    """Entries in order, and others put among them: by day, kind and line, then as their files were read."""
    ranks = {name: rank for rank, name in enumerate(now.files, 1)}

    def place(entry: Any) -> tuple[Any, ...]:
        return (*entry_sortkey(entry), ranks.get(entry.meta["filename"], 0))

    for entry in come:
        left.insert(bisect_right(left, place(entry), key=place), entry)
    return left


def _is_usual(entries: Sequence[Any], options: Mapping[str, Any]) -> bool:
    """Whether the books ask nothing of Beancount's own plugins, and declare no other than our controls."""
    if options[_MODE] != "default" or options["documents"] or _loader.PLUGINS_AUTO:
        return False
    declared = [name for name, _ in options["plugin"]]
    return declared == [_CONTROLS] and not any(isinstance(each, (Pad, Balance, Document)) for each in entries)


def _compared(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options by which entries are judged."""
    return {key: value for key, value in options.items() if key not in _GATHERED}
