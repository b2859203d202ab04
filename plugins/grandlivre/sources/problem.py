"""How it is said that the user was wrong: a mistake in a file is a value, what cannot be done is a refusal."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Problem(NamedTuple):
    """A mistake in a file: where it stands (lines and rows from 1; 0 for the whole file) and the French sentence that says it."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path.as_posix()}:{self.line}: {self.message}" if self.path.name else self.message


class RefusedError(Exception):
    """What was asked cannot be done, and nothing was; its text is French: what is wrong, then what to do."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences
