"""YAML as the accountant wrote it: every scalar is text, every value knows its line, and nothing is guessed.

`3.10` stays « 3.10 », `012345670` keeps its zero, `NO` is a word and 2026-02-30 a text to be judged later.
Anchors, tags, duplicate keys and several documents are refused, each as a `Problem` on its own line.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from grandlivre.sources.overlay import content
from grandlivre.sources.problem import Problem

LARGEST = 5_000_000
"""Bytes of a file of rules that is read at all."""
_TOO_LARGE = "Ce fichier de règles dépasse 5 Mo : il n'est pas lu. Allégez-le."


@dataclass(slots=True)
class Scalar:
    """A written value, kept as text."""

    text: str
    line: int
    quoted: bool = False


@dataclass(slots=True)
class Listing:
    """A written list."""

    items: list[Node]
    line: int


@dataclass(slots=True)
class Block:
    """A written mapping; `lines` says where each key stands."""

    items: dict[str, Node]
    line: int
    lines: dict[str, int] = field(default_factory=dict)


Node: TypeAlias = "Scalar | Listing | Block"


def plain(node: Node | None) -> Any:
    """The node as dicts, lists and texts; an empty unquoted scalar is None."""
    match node:
        case Scalar(text="", quoted=False) | None:
            return None
        case Scalar():
            return node.text
        case Listing():
            return [plain(each) for each in node.items]
        case _:
            return {key: plain(value) for key, value in node.items.items()}


def line_of(node: Node, location: tuple[str | int, ...]) -> int:
    """The line of the deepest part of `location` that was written (1-based)."""
    line = node.line
    for step in location:
        if isinstance(node, Block) and isinstance(step, str) and step in node.items:
            line = node.lines.get(step, line)
            node = node.items[step]
        elif isinstance(node, Listing) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            line = node.line
    return line


def without(node: Node, location: tuple[str | int, ...]) -> Node | None:
    """The node less the part at `location`; None when nothing is left of it."""
    if not location:
        return None
    step, rest = location[0], location[1:]
    if isinstance(node, Block) and isinstance(step, str) and step in node.items:
        kept = dict(node.items)
        child = without(kept.pop(step), rest)
        if child is not None:
            kept = {**node.items, step: child}
        return Block(kept, node.line, node.lines)
    if isinstance(node, Listing) and isinstance(step, int) and step < len(node.items):
        child = without(node.items[step], rest)
        middle = [child] if child is not None else []
        return Listing([*node.items[:step], *middle, *node.items[step + 1 :]], node.line)
    return None


def parse(path: Path, data: bytes, problems: list[Problem]) -> Node | None:
    """The tree of one YAML file, or None when it cannot be read; every mistake is added to `problems`."""
    if len(data) > LARGEST:
        problems.append(Problem(path, 1, _TOO_LARGE))
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        said = "Ce fichier n'est pas en UTF-8. Enregistrez-le en UTF-8 (dans VS Code : « Save with Encoding »)."
        problems.append(Problem(path, line, said))
        return None
    from grandlivre.sources.yaml_events import tree  # the library is imported when something is to be read

    return tree(path, text, problems)


def load(path: Path, problems: list[Problem]) -> Node | None:
    """The tree of the YAML file at `path`; a missing or unreadable file is a problem on its line 1.

    What is no plain file is never opened: a pipe or a device would not end, a link may lead anywhere.
    """
    try:
        found = path.lstat()
        refused = _not_plain(path.name, found.st_mode) or (_TOO_LARGE if found.st_size > LARGEST else "")
        if refused:
            problems.append(Problem(path, 1, refused))
            return None
        data = content(path)
    except FileNotFoundError:
        said = f"Le fichier {path.name} manque dans le dossier {path.parent.name}/ : remettez-le."
        problems.append(Problem(path, 1, said))
        return None
    except OSError as error:
        problems.append(Problem(path, 1, f"Le fichier {path.name} ne peut pas être lu ({_reason(error)})."))
        return None
    return parse(path, data, problems)


def _not_plain(name: str, mode: int) -> str:
    if stat.S_ISLNK(mode):
        return f"{name} est un lien symbolique : il n'est pas suivi. Mettez à sa place le fichier lui-même."
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        return f"{name} n'est pas un fichier ordinaire (tube ou périphérique) : il n'est pas ouvert. Retirez-le."
    return ""


def _reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "accès refusé"
    if isinstance(error, IsADirectoryError):
        return "c'est un dossier"
    return "erreur du disque"
