"""What files say that many tests' books hold alike, read once a process: rules and statements, by their bytes.

Reading is a function of the bytes: what was read without fault is said again of the same bytes, wherever they stand; what has a
fault, which names its file, is read anew. When the process ends, `same` reads all again: what was shared is as it was read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grandlivre.importers import reading
from grandlivre.importers.formats import StatementFormat
from grandlivre.sources import yaml

MOST = 2_000
"""How many readings of a kind are kept."""


class Rules:
    """The trees of rules' files."""

    def __init__(self) -> None:
        self.known: dict[bytes, Any] = {}
        self.real = yaml.parse

    def parse(self, path: Path, data: bytes, problems: list[Any]) -> Any:
        """The tree, as `yaml.parse` gives it."""
        if data not in self.known:
            before = len(problems)
            found = self.real(path, data, problems)
            if len(problems) > before or len(self.known) >= MOST:
                return found
            self.known[data] = found
        return self.known[data]

    def same(self) -> bool:
        """Whether nobody changed a tree."""
        return all(self.real(Path("x.yaml"), data, []) == tree for data, tree in self.known.items())


class Statements:
    """What banks' files say, and by which format."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, ...], Any] = {}
        self.real = {each: getattr(reading, each) for each in ("read_statement", "recognised")}

    def asked(self, what: str) -> Callable[[Path, StatementFormat], Any]:
        """One of the two functions, which answers at once for bytes it has read."""

        def answer(path: Path, form: StatementFormat) -> Any:
            real = self.real[what]
            if path.is_symlink() or not path.is_file():
                return real(path, form)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            key = (what, path.name, digest, repr(form))
            if key not in self.known:
                found = real(path, form)
                if getattr(found, "problems", ()) or len(self.known) >= MOST:
                    return found
                self.known[key] = found
            return self.known[key]

        return answer


def share(patch: pytest.MonkeyPatch) -> Rules:
    """Shares readings in this process; statements' are frozen, trees must be looked at in the end."""
    rules, statements = Rules(), Statements()
    patch.setattr(yaml, "parse", rules.parse)
    for each in statements.real:
        patch.setattr(reading, each, statements.asked(each))
    return rules
