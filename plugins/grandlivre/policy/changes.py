"""What changed in the rules from one moment to another: what was written, what is, and over which days.

Values are those of `policy.written`: by file and key. A value that follows dates (`depuis`, `valeur`) is compared as what
applied on each day, however it was written; rows that came or went are told whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import Enum
from typing import NamedTuple, TypeAlias

CONTROLS = "controles.yaml"
_STEP = re.compile(r"(.+)\.(\d{4}-\d{2}-\d{2})\.(depuis|valeur)")
_OFF = ("non", "false")
_ON = ("oui", "true", "")

Values: TypeAlias = Mapping[tuple[str, str], str]
"""What is written, by file and key."""
_File: TypeAlias = dict[str, str]
_Steps: TypeAlias = dict[date, str]


class Kind(Enum):
    """What happened."""

    CHANGED = "changé"
    CAME = "ajouté"
    WENT = "retiré"
    STOPPED = "arrêté"
    RESUMED = "remis en service"
    NEW_FILE = "fichier ajouté"
    LOST_FILE = "fichier retiré"
    RENAMED = "fichier renommé"


class Change(NamedTuple):
    """One change of the rules."""

    kind: Kind
    file: str
    """`rules/controles.yaml`."""
    key: str = ""
    """The path of what changed, as a closing writes it; "" for a whole file."""
    before: str | None = None
    now: str | None = None
    start: date | None = None
    """The first day it is about; None: since ever."""
    end: date | None = None
    """The last day; None: for ever."""
    rows: tuple[tuple[str, str], ...] = ()
    """What came or went with it: (end of the key, value)."""
    anchor: str = ""
    """A key that stands where it may be read: today's when there is one."""


def changes(before: Values, now: Values) -> tuple[Change, ...]:
    """Each change, by file, then by key."""
    former, current = _by_file(before), _by_file(now)
    renamed = _renamed(former, current)
    found: list[Change] = []
    for name in sorted({*former, *current} - set(renamed)):
        if name not in current:
            found.append(Change(Kind.LOST_FILE, name, before=str(len(former[name]))))
        elif name not in former:
            found.append(Change(Kind.NEW_FILE, name, now=str(len(current[name]))))
        else:
            found += _of_file(name, former[name], current[name])
    for old, new in sorted(renamed.items()):
        found = [each for each in found if each.file != new]
        found.append(Change(Kind.RENAMED, new, before=old, now=new))
        found += _of_file(new, former[old], current[new])
    return tuple(sorted(found, key=lambda each: (each.file, bool(each.key), each.key, each.start or date.min)))


def _by_file(values: Values) -> dict[str, _File]:
    files: dict[str, _File] = {}
    for (name, key), value in values.items():
        files.setdefault(name, {})[key] = value
    return files


def _renamed(former: Mapping[str, _File], current: Mapping[str, _File]) -> dict[str, str]:
    """By the name it had, the name a file has now: one of the same folder and `code`."""
    codes = {
        (name.rpartition("/")[0], values["code"]): name
        for name, values in current.items()
        if name not in former and "code" in values
    }
    pairs = ((name, codes.get((name.rpartition("/")[0], values.get("code", "")))) for name, values in former.items())
    return {name: new for name, new in pairs if new is not None and name not in current}


def _of_file(name: str, before: _File, now: _File) -> Iterator[Change]:
    before, now = dict(before), dict(now)
    if name.endswith(f"/{CONTROLS}"):
        yield from _switched(name, before, now)
    for base in sorted({found[1] for key in (*before, *now) if (found := _STEP.fullmatch(key))}):
        yield from _over_time(name, base, before, now)
    for key in sorted(before.keys() & now.keys()):
        if before[key] != now[key]:
            yield Change(Kind.CHANGED, name, key, before[key], now[key], anchor=key)
    yield from _rows(Kind.WENT, name, before, now)
    yield from _rows(Kind.CAME, name, now, before)


# --- rules stopped ----------------------------------------------------------------------------------------------------


def _switched(name: str, before: _File, now: _File) -> Iterator[Change]:
    """Rules stopped and resumed, whose other values then say nothing more; « oui » says the same as settings do."""
    was, is_ = _stopped(before), _stopped(now)
    for rule in sorted(was ^ is_):
        under = _under(now, rule)
        rows = tuple((key.removeprefix(f"{rule}."), now[key]) for key in under if key != rule)
        kind = Kind.STOPPED if rule in is_ else Kind.RESUMED
        yield Change(kind, name, rule, rows=rows, anchor=under[0] if under else "")
        _drop(before, rule)
        _drop(now, rule)
    for each in (before, now):
        for rule in [key for key, value in each.items() if value.lower() in _ON and "." not in key]:
            del each[rule]


def _stopped(values: _File) -> set[str]:
    return {key for key, value in values.items() if value.lower() in _OFF and "." not in key}


def _under(values: Iterable[str], key: str) -> list[str]:
    return [each for each in values if each == key or each.startswith(f"{key}.")]


def _drop(values: _File, key: str) -> None:
    for each in _under(values, key):
        del values[each]


# --- values that follow dates -----------------------------------------------------------------------------------------


def _over_time(name: str, base: str, before: _File, now: _File) -> Iterator[Change]:
    """What changed of a value that follows dates on one side at least, whose keys then say nothing more."""
    old, new = _schedule(before, base), _schedule(now, base)
    if not old or not new:
        return
    anchor = next(iter(_under(now, base)), base)
    for start, end, one, other in _intervals(old, new):
        at = f"{base}.{start}.valeur"
        yield Change(Kind.CHANGED, name, base, one, other, start, end, anchor=at if at in now else anchor)
    _drop_steps(before, base)
    _drop_steps(now, base)


def _schedule(values: _File, base: str) -> _Steps:
    """What applies from each day on."""
    steps = {date.min: values[base]} if base in values else {}
    for key, value in values.items():
        found = _STEP.fullmatch(key)
        if found and found[1] == base and found[3] == "valeur":
            try:
                steps[date.fromisoformat(found[2])] = value
            except ValueError:  # `reglement` says so
                continue
    return steps


def _drop_steps(values: _File, base: str) -> None:
    dated = {key.removesuffix("valeur") for key in values if (found := _STEP.fullmatch(key)) and found[1] == base}
    for key in [each for each in values if each == base or each.rpartition(".")[0] + "." in dated]:
        del values[key]


def _intervals(old: _Steps, new: _Steps) -> Iterator[tuple[date | None, date | None, str | None, str | None]]:
    """The stretches of days over which two schedules differ: first and last day, what applied, what applies."""
    stretches: list[tuple[date, str | None, str | None]] = []
    for day in sorted({date.min, *old, *new}):
        pair = _at(old, day), _at(new, day)
        if not stretches or stretches[-1][1:] != pair:
            stretches.append((day, *pair))
    ends = [start - timedelta(days=1) for start, _, _ in stretches[1:]]
    for (start, one, other), end in zip(stretches, [*ends, None], strict=True):
        if one != other:
            yield (start if start > date.min else None), end, one, other


def _at(steps: _Steps, day: date) -> str | None:
    begun = [start for start in steps if start <= day]
    return steps[max(begun)] if begun else None


# --- rows -------------------------------------------------------------------------------------------------------------


def _rows(kind: Kind, name: str, values: _File, others: _File) -> Iterator[Change]:
    """What stands in one and not in the other, the whole of it under the shortest key that the other has nothing under."""
    known = {part for key in others for part in _beginnings(key)}
    groups: dict[str, list[tuple[str, str]]] = {}
    for key, value in values.items():
        if key not in others:
            group = next((part for part in _beginnings(key) if part not in known), key)
            groups.setdefault(group, []).append((key.removeprefix(group).removeprefix("."), value))
    for group, rows in sorted(groups.items()):
        end = rows[0][0]
        yield Change(kind, name, group, rows=tuple(rows), anchor=f"{group}.{end}" if end else group)


def _beginnings(key: str) -> Iterator[str]:
    parts = key.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts) + 1))
