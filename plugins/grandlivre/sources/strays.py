"""What must not lie beside the books, whether a line names it or not (`security.md` S26, S27).

Links, pipes and devices: what is read would be something else, or would never end. Modules of Python and programs at
the top: `python -m …` and Fava put the current folder first on the import path, Windows looks for commands there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from grandlivre.sources.facts import AuditFact

RULES = "rules"
"""The folder that stands beside the books' own where the layout is ours."""
_BESIDE = (RULES, "templates")
_KEPT = ".grandlivre"
"""What the program keeps for itself: its lock, its journal, its index."""
_FED = ("documents", "releves")
"""Folders of the books that other people fill."""
_MACHINERY = frozenset((".git", ".venv"))
_MODULES = ("*.py", "*.pyc", "*.so", "*.pyd", "*/__init__.*")
_COMMANDS = frozenset(("bean-check", "fava", "git", "grandlivre", "pip", "pre-commit", "py", "python", "python3"))
_RUNNABLE = frozenset((".bat", ".cmd", ".com", ".exe"))


def strays(root: Path) -> Iterator[AuditFact]:
    """What must not lie in or beside the folder of the books; with rules/ beside it, their common folder counts too."""
    ours = os.path.lexists(root.parent / RULES)
    top = root.parent if ours else root
    for folder in dict.fromkeys((root, top)):
        yield from _modules(folder, top)
        yield from _programs(folder, top)
    places = (root, *(top / name for name in _BESIDE)) if ours else tuple(root / name for name in _FED)
    for place in (*places, top / _KEPT):
        yield from not_plain(place, top)


def _modules(folder: Path, top: Path) -> Iterator[AuditFact]:
    """Code that an import could find here before the module it means."""
    for path in sorted(path for pattern in _MODULES for path in folder.glob(pattern)):
        yield AuditFact("python", path, 1, path.relative_to(top).as_posix())


def _programs(folder: Path, top: Path) -> Iterator[AuditFact]:
    """What would answer in place of a command typed here."""
    for path in sorted(folder.glob("*.*")):
        if path.suffix.lower() in _RUNNABLE and path.stem.lower() in _COMMANDS:
            yield AuditFact("program", path, 1, path.relative_to(top).as_posix())


def not_plain(place: Path, top: Path) -> Iterator[AuditFact]:
    """The links and special files of a folder, itself included; nothing is opened."""
    if place.is_symlink():
        yield AuditFact("link", place, 1, place.relative_to(top).as_posix())
        return
    odd: list[tuple[Path, bool]] = []
    waiting = [str(place)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as found:
                for entry in found:
                    if entry.is_file(follow_symlinks=False):
                        continue
                    if not entry.is_dir(follow_symlinks=False):
                        odd.append((Path(entry.path), entry.is_symlink()))
                    elif entry.name not in _MACHINERY:
                        waiting.append(entry.path)
        except OSError:
            continue
    for path, is_link in sorted(odd):
        yield AuditFact("link" if is_link else "special", path, 1, path.relative_to(top).as_posix())
