"""The files that guardians sign: everything that rules, less what only explains; and the entry point's own settings."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_SETTING = re.compile(rb'(?:option|plugin)\s+"')


def guarded_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Each file under `rules/` (YAML, schemas apart) and `templates/` (READMEs apart), by its path from the books' root."""
    for path in sorted((root / "rules").rglob("*.yaml")):
        if path.relative_to(root).parts[1] != "schemas":
            yield from _plain(root, path)
    for path in sorted((root / "templates").rglob("*")):
        if path.name != "README.md":
            yield from _plain(root, path)


def guarded(root: Path) -> Mapping[str, str]:
    """The digest of each guarded file, by its path from the books' root."""
    return {name: content_digest(path.read_bytes()) for name, path in guarded_files(root)}


def signed_content(content: bytes) -> bytes:
    """A file's bytes as they are signed: git may give it other line ends."""
    return content.replace(b"\r\n", b"\n")


def content_digest(content: bytes) -> str:
    """« sha256:… » of a guarded file."""
    return f"sha256:{hashlib.sha256(signed_content(content)).hexdigest()}"


def main_digest(main: Path) -> str:
    """« sha256:… » of the option and plugin lines of the entry point, each followed by LF."""
    lines = signed_content(main.read_bytes()).split(b"\n")
    kept = b"".join(line.rstrip() + b"\n" for line in lines if _SETTING.match(line))
    return f"sha256:{hashlib.sha256(kept).hexdigest()}"


def _plain(root: Path, path: Path) -> Iterator[tuple[str, Path]]:
    if path.is_file() and not path.is_symlink():
        yield path.relative_to(root).as_posix(), path
