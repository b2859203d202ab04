"""The rules and the policy as an earlier check validated them, so that the next neither parses nor validates what did not change.

They stand in `.grandlivre/regles`, may be deleted at any time, and are believed only under the bytes of every file below the folder of
the rules, the names of all that stands there, this program's own modules, the libraries installed and Python. Only what held no mistake
is kept, and only when reading it again gives the same values, kind by kind. It is data with a digest (never pickled): nothing in it can
run, and a model is one of ours. Only `grandlivre check` on one's own machine asks for it; whoever can write in `.grandlivre/` can fool
that check, and no other.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from grandlivre.books.memory import program_files
from grandlivre.i18n import Money
from grandlivre.policy.loading import Document, Policy
from grandlivre.policy.model import Model
from grandlivre.policy.periods import Period
from grandlivre.policy.values import Duration
from grandlivre.rules.rule import Rule
from grandlivre.sources.yaml import LARGEST, Block, Listing, Node, Scalar

REMEMBERED = "grandlivre-regles"
"""The key of `options_map` under which `check` hands what it remembers of the rules to the load."""
_FOLDER, _NAME = ".grandlivre", "regles"
_APART = ("root", "controls", "documents", "problems", "unread")
"""What a policy holds beside values."""

Known = tuple[tuple[Rule, ...], Policy]


class _OddError(Exception):
    """Something that is not kept."""


class RememberedRules:
    """What is remembered of the rules of the books under one folder."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._known: dict[Path, Known | None] = {}
        """What was recalled for a folder before it was asked for."""

    @classmethod
    def of(cls, root: Path) -> RememberedRules | None:
        """The memory of the rules of the books under a folder; None where nothing can be kept."""
        store = root / _FOLDER / _NAME
        if store.parent.is_symlink() or store.is_symlink() or (store.parent.exists() and not store.parent.is_dir()):
            return None
        return cls(store)

    def policy(self, folder: Path) -> Policy | None:
        """The policy written in a folder as it was validated; None where it is to be read."""
        try:
            found = self._known[folder] = self._recalled(_key(folder), folder)
        except OSError:
            return None
        return found[1] if found is not None else None

    def or_read(self, folder: Path, read: Callable[[], Known]) -> Known:
        """The rules that are on and the policy written in a folder: as they were validated, else as they are read now."""
        known = self._known.pop(folder, None)
        if known is not None:
            return known
        try:
            key = _key(folder)
        except OSError:
            return read()
        known = self._recalled(key, folder)
        if known is not None:
            return known
        found = read()
        try:
            if _key(folder) == key:  # nobody wrote there meanwhile
                self._keep(key, folder, found)
        except (OSError, ValueError, TypeError, _OddError):  # the next check reads them again
            pass
        return found

    def _recalled(self, key: str, folder: Path) -> Known | None:
        if not self._store.is_file():  # a pipe would never end
            return None
        try:
            mark, _, body = self._store.read_bytes().partition(b"\n")
        except OSError:
            return None
        if mark.decode("ascii", "replace") != f"{key} {hashlib.sha256(body).hexdigest()}":
            return None
        try:
            return _known(json.loads(body), folder)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, ImportError, ArithmeticError):  # not ours
            return None

    def _keep(self, key: str, folder: Path, found: Known) -> None:
        """Keeps what holds no mistake, whole or not at all."""
        if found[1].problems or found[1].unread:
            return
        said = _said(found, folder)
        body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        if not _is_same(_known(json.loads(body), folder), found):
            return
        draft = self._store.with_name(f"{_NAME}.{os.getpid()}.tmp")
        try:
            draft.parent.mkdir(exist_ok=True)
            draft.write_bytes(f"{key} {hashlib.sha256(body).hexdigest()}\n".encode() + body)
            draft.replace(self._store)
        except OSError:
            draft.unlink(missing_ok=True)
            raise


def _key(folder: Path) -> str:
    """What stands for all that the rules and the policy are made of."""
    said = [sys.version, str(folder), *program_files(), *_libraries()]
    for name, mode, content in _below(str(folder), ""):
        said += [name, oct(stat.S_IFMT(mode)), hashlib.sha256(content).hexdigest() if content is not None else ""]
    return hashlib.sha256("\0".join(said).encode("utf-8", "surrogateescape")).hexdigest()


def _libraries() -> Iterator[str]:
    """The folders where libraries come and go."""
    for path in sys.path:
        if path.endswith(("site-packages", "dist-packages")) and os.path.isdir(path):  # noqa: PTH112 - three names
            yield f"{path} {os.stat(path).st_mtime_ns}"  # noqa: PTH116


def _bytes(file: str) -> bytes:
    """The bytes of a file. Raises OSError for one too large for anybody to read."""
    with open(file, "rb") as stream:  # noqa: PTH123 - one of many
        read = stream.read(LARGEST + 1)
    if len(read) > LARGEST:
        raise OSError(file)
    return read


def _below(folder: str, at: str) -> Iterator[tuple[str, int, bytes | None]]:
    """All that stands below a folder, in a fixed order: its path, its mode, its bytes when a policy may be read from them."""
    with os.scandir(folder) as found:
        items = sorted(found, key=lambda item: item.name)
    for item in items:
        mode, name = item.stat(follow_symlinks=False).st_mode, f"{at}{item.name}"
        read = stat.S_ISREG(mode) and name.endswith((".yaml", ".yml"))
        yield name, mode, _bytes(item.path) if read else None
        if stat.S_ISDIR(mode):
            yield from _below(item.path, f"{name}/")


# --- as data ----------------------------------------------------------------------------------------------------------


def _said(found: Known, folder: Path) -> dict[str, Any]:
    rules, policy = found
    writing = _Writing()
    document = policy.documents.get("controles.yaml")
    written = document.node.items if document is not None and isinstance(document.node, Block) else {}
    if dict(policy.controls) != written or policy.root != folder:
        raise _OddError
    values = {each.name: writing.said(getattr(policy, each.name)) for each in fields(policy) if each.name not in _APART}
    documents = {}
    for name, each in policy.documents.items():
        if each.path != folder / name:
            raise _OddError
        documents[name] = json.dumps(_node_said(each.node), ensure_ascii=False, separators=(",", ":"))
    said = {"regles": [writing.said(rule) for rule in rules], "politique": values, "fichiers": documents}
    return {"modeles": list(writing.models), **said}


class _Writing:
    """Values as lists that begin with the letter of their kind; texts, numbers, truths and nothing as they are."""

    def __init__(self) -> None:
        self.models: dict[str, int] = {}

    def said(self, value: Any) -> Any:
        kind = type(value)
        if value is None or kind in (str, int, bool):
            return value
        if isinstance(value, Model):
            return self._model(value)
        if isinstance(value, Mapping):
            return ["{", *(part for pair in value.items() for part in map(self.said, pair))]
        if kind in (tuple, list):
            return ["(" if kind is tuple else "[", *map(self.said, value)]
        if kind is Decimal:
            return ["n", str(value)]
        if kind is date:
            return ["d", value.isoformat()]
        if kind in (Money, Period):
            return ["m" if kind is Money else "p", *map(self.said, value)]
        if kind is Duration:
            return ["s", value.number, value.unit]
        raise _OddError

    def _model(self, value: Model) -> list[Any]:
        kind: Any = type(value)
        kind = kind._generic or kind
        name = f"{kind.__module__}:{kind.__qualname__}"
        own = value.__dict__
        if not name.startswith("grandlivre.") or not own.keys() >= kind.declared.keys():
            raise _OddError
        rank = self.models.setdefault(name, len(self.models))
        written = sum(1 << place for place, field in enumerate(kind.declared) if field in value.model_fields_set)
        return ["o", rank, written, *(self.said(own[field]) for field in kind.declared)]


def _node_said(node: Node) -> list[Any]:
    if isinstance(node, Scalar):
        return [node.line, node.text, 1] if node.quoted else [node.line, node.text]
    if isinstance(node, Listing):
        return [node.line, [_node_said(each) for each in node.items]]
    return [node.line, {key: _node_said(each) for key, each in node.items.items()}, node.lines]


# --- from data --------------------------------------------------------------------------------------------------------


def _known(said: Mapping[str, Any], folder: Path) -> Known:
    reading = _Reading(said["modeles"])
    documents = {name: _document(folder / name, text) for name, text in said["fichiers"].items()}
    values = {name: reading.value(each) for name, each in said["politique"].items()}
    controls = documents.get("controles.yaml")
    policy = Policy(
        root=folder,
        controls=MappingProxyType({}) if controls is None else _Controls(controls),
        documents=documents,
        **values,
    )
    return tuple(reading.value(each) for each in said["regles"]), policy


def _document(path: Path, text: str) -> Document:
    return Document(path, partial(_tree, text))


def _tree(text: str) -> Node:
    return _node(json.loads(text))


def _node(said: Sequence[Any]) -> Node:
    line, held, *more = said
    if isinstance(held, str):
        return Scalar(held, line, bool(more))
    if isinstance(held, list):
        return Listing([_node(each) for each in held], line)
    return Block({key: _node(each) for key, each in held.items()}, line, more[0])


class _Controls(Mapping[str, Node]):
    """The keys of controles.yaml, read when somebody asks."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def _items(self) -> dict[str, Node]:
        node = self._document.node
        return node.items if isinstance(node, Block) else {}

    def __getitem__(self, key: str) -> Node:
        return self._items()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items())

    def __len__(self) -> int:
        return len(self._items())


class _Reading:
    """The values again."""

    def __init__(self, models: Iterable[str]) -> None:
        self._models = [_model(name) for name in models]
        self._fields = [tuple(cls.declared) for cls in self._models]
        self._written: dict[tuple[int, int], set[str]] = {}
        self._kinds: Mapping[str, Callable[[list[Any]], Any]] = {
            "o": self._object,
            "(": lambda said: tuple(map(self.value, said[1:])),
            "[": lambda said: list(map(self.value, said[1:])),
            "{": self._mapping,
            "n": lambda said: Decimal(said[1]),
            "d": lambda said: date.fromisoformat(said[1]),
            "m": lambda said: Money(*said[1:]),
            "p": lambda said: Period(*map(self.value, said[1:])),
            "s": lambda said: Duration(said[1], said[2]),
        }

    def value(self, said: Any) -> Any:
        return self._kinds[said[0]](said) if type(said) is list else said

    def _mapping(self, said: list[Any]) -> dict[Any, Any]:
        values = map(self.value, said[1:])
        return dict(zip(values, values, strict=True))

    def _object(self, said: list[Any]) -> Any:
        rank, mask = said[1], said[2]
        names = self._fields[rank]
        written = self._written.get((rank, mask))
        if written is None:
            written = self._written[rank, mask] = {name for place, name in enumerate(names) if mask >> place & 1}
        return self._models[rank].rebuilt(dict(zip(names, map(self.value, said[3:]), strict=True)), written)


def _model(name: str) -> type[Model]:
    module, _, cls = name.partition(":")
    found = getattr(importlib.import_module(module), cls) if module.startswith("grandlivre.") else None
    if not (isinstance(found, type) and issubclass(found, Model)):
        raise TypeError(name)
    return found


def _is_same(one: Known, other: Known) -> bool:
    """Whether two readings give the same rules and the same policy, kind by kind."""
    mine, theirs = (
        {name: value for name, value in vars(policy).items() if name in _FIELDS} for policy in (one[1], other[1])
    )
    nodes = [{name: (each.path, each.node) for name, each in policy.documents.items()} for policy in (one[1], other[1])]
    return (
        repr((one[0], mine)) == repr((other[0], theirs))
        and (one[0], mine) == (other[0], theirs)
        and nodes[0] == nodes[1]
        and list(nodes[0]) == list(nodes[1])
        and dict(one[1].controls) == dict(other[1].controls)
    )


_FIELDS = frozenset(each.name for each in fields(Policy)) - frozenset(_APART)
