"""What keeps a report from being shown, as a value that names the template's file and line."""

from __future__ import annotations

from typing import NamedTuple


class RenderProblem(NamedTuple):
    """A French sentence placed on a template's line (at least 1), or on no file at all (PDF without a printer)."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}" if self.path else self.message
