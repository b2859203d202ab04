"""The rules as they were written: one row a value, so that what was in force in a closed period can be sealed and compared.

A key is its path by names; a row of a list is named by its natural key, else by its rank (from 1).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from grandlivre.sources.yaml import Block, Listing, Node, Scalar, load

_LEFT_OUT = frozenset(
    {
        "livres",
        "exemple",
        "exercices",
        "nom",
        "fonction",
        "telephone",
        "adresse",
        "courriel",
        "semaines-fermees",
        "jours-feries",
    }
)
"""Values that say who and when, and rule nothing; so do those whose key begins with « libelle »."""
_NAMES = (("code",), ("id",), ("compte",), ("personne", "pouvoir", "du"), ("depuis",), ("du",), ("date",))
"""What names a row of a list, the first that it holds."""
_DATES = ("depuis", "du", "date")


class WrittenValue(NamedTuple):
    """One value of the rules: its file (`rules/controles.yaml`), its key, the text written."""

    file: str
    key: str
    value: str


def written_values(rules: Path, end: date) -> tuple[WrittenValue, ...]:
    """Every value under a folder of rules that was in force up to a day, sorted by file and key."""
    found: list[WrittenValue] = []
    for path in sorted(rules.rglob("*.yaml")):
        name = path.relative_to(rules)
        if name.parts[0] == "schemas" or not path.is_file() or path.is_symlink():
            continue
        file = f"{rules.name}/{name.as_posix()}"
        found += [WrittenValue(file, key, value) for key, value in _values(load(path, []), "", end)]
    return tuple(sorted(found))


def written_text(values: tuple[WrittenValue, ...]) -> str:
    """The values as a closing keeps them: `fichier<TAB>clé<TAB>valeur`, one a line."""
    return "".join("\t".join(" ".join(part.split()) for part in each) + "\n" for each in values)


def _values(node: Node | None, key: str, end: date) -> Iterator[tuple[str, str]]:
    match node:
        case Scalar():
            yield key, node.text
        case Block():
            if _begins_after(node, end):
                return
            for name, child in node.items.items():
                if name not in _LEFT_OUT and not name.startswith("libelle"):
                    yield from _values(child, f"{key}.{name}" if key else name, end)
        case Listing():
            for rank, child in enumerate(node.items, 1):
                yield from _values(child, f"{key}.{_name(child, rank)}", end)
        case _:
            return


def _name(node: Node, rank: int) -> str:
    if isinstance(node, Block):
        for keys in _NAMES:
            parts = [node.items.get(key) for key in keys]
            if all(isinstance(part, Scalar) for part in parts):
                return "+".join(part.text for part in parts if isinstance(part, Scalar))
    return str(rank)


def _begins_after(node: Block, end: date) -> bool:
    for key in _DATES:
        said = node.items.get(key)
        if isinstance(said, Scalar):
            try:
                return date.fromisoformat(said.text) > end
            except ValueError:
                return False
    return False
