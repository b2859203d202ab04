"""The rules as they were written: one row a value, so that what was in force in a closed period can be sealed and compared.

A key is its path by names; a row of a list is named by its natural key, else by its rank (from 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
_NAMES = (
    ("code",),
    ("id",),
    ("compte",),
    ("personne", "pouvoir", "du"),
    ("personne", "du"),
    ("nom", "du"),
    ("depuis",),
    ("du",),
    ("date",),
)
"""What names a row of a list, the first that it holds."""
_DATES = ("depuis", "du", "date")
_PAPERS = frozenset({"schemas", "formulaires", "classeurs"})
"""Folders that say how a page or a file looks, and rule no entry."""


class WrittenValue(NamedTuple):
    """One value of the rules: its file (`rules/controles.yaml`), its key, the text written."""

    file: str
    key: str
    value: str


class WrittenFile(NamedTuple):
    """A file of the rules as it was read."""

    name: str
    """`rules/controles.yaml`."""
    path: Path
    node: Node | None


class Written(NamedTuple):
    """Where a value stands now."""

    value: str
    path: Path
    line: int
    dated: bool
    """Whether it stands under a row that says since when it applies."""


def written_values(rules: Path, end: date) -> tuple[WrittenValue, ...]:
    """Every value under a folder of rules that was in force up to a day, sorted by file and key."""
    now = written_now(written_files(rules), end)
    return tuple(sorted(WrittenValue(file, key, each.value) for (file, key), each in now.items()))


def written_files(rules: Path) -> tuple[WrittenFile, ...]:
    """Every file under a folder of rules, read once for whoever looks at several days."""
    return tuple(
        WrittenFile(f"{rules.name}/{path.relative_to(rules).as_posix()}", path, load(path, []))
        for path in rule_files(rules)
    )


def rule_files(rules: Path) -> Iterator[Path]:
    """Every file under a folder of rules, in a fixed order."""
    for path in sorted(rules.rglob("*.yaml")):
        if path.relative_to(rules).parts[0] not in _PAPERS and path.is_file() and not path.is_symlink():
            yield path


def written_now(
    files: Iterable[WrittenFile], end: date, left_out: frozenset[str] = _LEFT_OUT
) -> dict[tuple[str, str], Written]:
    """The values that were in force up to a day by file and key, each with its place."""
    return {
        (each.name, key): Written(scalar.text, each.path, line, dated)
        for each in files
        for key, scalar, line, dated in _values(each.node, "", end, 1, False, left_out)
    }


def all_written(rules: Path) -> dict[tuple[str, str], Written]:
    """Every value under a folder of rules, names and days to come included."""
    return written_now(written_files(rules), date.max, frozenset())


def written_text(values: tuple[WrittenValue, ...]) -> str:
    """The values as a closing keeps them: `fichier<TAB>clé<TAB>valeur`, one a line."""
    return "".join("\t".join(one_spaced(part) for part in each) + "\n" for each in values)


def sealed_values(text: str) -> dict[tuple[str, str], str]:
    """The values that a closing keeps, by file and key; a line of another form is left out."""
    rows = (line.split("\t") for line in text.splitlines())
    return {(row[0], row[1]): row[2] for row in rows if len(row) == 3}


def one_spaced(text: str) -> str:
    """A text as a closing keeps it: white space folded."""
    return " ".join(text.split())


def _values(
    node: Node | None, key: str, end: date, line: int, dated: bool, left_out: frozenset[str]
) -> Iterator[tuple[str, Scalar, int, bool]]:
    match node:
        case Scalar():
            yield key, node, line, dated
        case Block():
            since = _since(node)
            if since is not None and since > end:
                return
            for name, child in node.items.items():
                if name not in left_out and not (left_out and name.startswith("libelle")):
                    at, where = f"{key}.{name}" if key else name, node.lines.get(name, line)
                    yield from _values(child, at, end, where, dated or since is not None, left_out)
        case Listing():
            for rank, child in enumerate(node.items, 1):
                yield from _values(child, f"{key}.{_name(child, rank)}", end, child.line, dated, left_out)
        case _:
            return


def _name(node: Node, rank: int) -> str:
    if isinstance(node, Block):
        for keys in _NAMES:
            parts = [node.items.get(key) for key in keys]
            if all(isinstance(part, Scalar) for part in parts):
                return "+".join(part.text for part in parts if isinstance(part, Scalar))
    return str(rank)


def _since(node: Block) -> date | None:
    """The day a row says that it applies from."""
    for key in _DATES:
        said = node.items.get(key)
        if isinstance(said, Scalar):
            try:
                return date.fromisoformat(said.text)
            except ValueError:
                return None
    return None
