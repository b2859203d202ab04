"""Guards as plain data, and back: JSON that names the classes of this room and nothing else.

A list stands for a tuple; `{"d": …}` for a day, `{"s": […]}` for a set, `{"m": [[key, value], …]}` for a mapping, `{"tt": […]}`
and `{"st": […]}` for a tuple and a set of texts alone, `{"n": [module, class, field, …]}` for a record of this room.
"""

from __future__ import annotations

import importlib
import json
from datetime import date
from typing import Any

from grandlivre.guards.guard import Guard

_ROOM = __package__
_AS_THEY_ARE = (str, int, bool, type(None))


class NoDataError(Exception):
    """A guard that says something else than plain data, or a text that is no guard."""


def written(guard: Guard) -> str:
    """The guard as a text. Raises NoDataError."""
    return json.dumps(_plain(guard.conditions), ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Guard:
    """The guard of a text. Raises NoDataError."""
    try:
        conditions = _made(json.loads(text))
        if type(conditions) is not tuple:
            raise NoDataError(text)
        return Guard(conditions)
    except (ValueError, TypeError, KeyError, AttributeError, ImportError, RecursionError) as error:
        raise NoDataError from error


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is date:
        return {"d": value.isoformat()}
    if kind is tuple:
        return _texts("t", value) or [_plain(each) for each in value]
    if kind is frozenset:
        return (_texts("s", sorted(value)) if _are_texts(value) else None) or {"s": _sorted(value)}
    if isinstance(value, dict):
        return {"m": [[_plain(key), _plain(each)] for key, each in value.items()]}
    if isinstance(value, tuple) and kind.__module__.startswith(f"{_ROOM}."):
        return {"n": [kind.__module__.rpartition(".")[2], kind.__name__, *map(_plain, value)]}
    raise NoDataError(repr(kind))


def _are_texts(values: Any) -> bool:
    return all(type(each) is str for each in values)


def _texts(letter: str, values: Any) -> dict[str, Any] | None:
    """Texts alone, which need not be looked at one by one when they are read again."""
    return {f"{letter}t": list(values)} if values and _are_texts(values) else None


def _sorted(values: Any) -> list[Any]:
    """The members of a set, always in the same order."""
    return sorted(map(_plain, values), key=lambda each: json.dumps(each, ensure_ascii=False))


def _made(value: Any) -> Any:
    kind = type(value)
    if kind is list:
        return tuple([each if type(each) is str else _made(each) for each in value])
    if kind is not dict:
        return value
    ((letter, said),) = value.items()
    match letter:
        case "tt":
            return tuple(said)
        case "st":
            return frozenset(said)
        case "s":
            return frozenset(map(_made, said))
        case "d":
            return date.fromisoformat(said)
        case "m":
            return {_made(key): _made(each) for key, each in said}
        case "n":
            return _record(*said)
    raise NoDataError(letter)


def _record(module: str, name: str, *fields: Any) -> Any:
    if not module.isidentifier() or not name.isidentifier():
        raise NoDataError(name)
    found = getattr(importlib.import_module(f"{_ROOM}.{module}"), name)
    if not (isinstance(found, type) and issubclass(found, tuple) and found.__module__.startswith(f"{_ROOM}.")):
        raise NoDataError(name)
    return found(*map(_made, fields))
