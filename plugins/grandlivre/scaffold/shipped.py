"""Files that come with the program and that a new organisation receives as they are."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_BESIDE = {"rules": "_rules", ".vscode": "_vscode"}


def shipped(folder: str) -> Path:
    """`rules` or `.vscode`: beside the package when it is installed, else at the repository's root."""
    beside = _PACKAGE / _BESIDE[folder]
    return beside if beside.is_dir() else _PACKAGE.parents[1] / folder


def text_file(name: str) -> str:
    """A text of `scaffold/files/`."""
    return (Path(__file__).resolve().with_name("files") / name).read_text(encoding="utf-8")
