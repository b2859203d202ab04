"""Files that come with the program and that a new organisation receives as they are."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_BESIDE = {"rules": "_rules", ".vscode": "_vscode", "scripts": "_scripts", "constraints.txt": "_constraints.txt"}


def shipped(name: str) -> Path:
    """`rules`, `.vscode`, `scripts`, `constraints.txt`: beside the package when it is installed, else at the repository's root."""
    beside = _PACKAGE / _BESIDE[name]
    return beside if beside.exists() else _PACKAGE.parents[1] / name


def file(name: str) -> Path:
    """A file of `scaffold/files/`."""
    return Path(__file__).resolve().with_name("files") / name


def text_file(name: str) -> str:
    """A text of `scaffold/files/`."""
    return file(name).read_text(encoding="utf-8")
