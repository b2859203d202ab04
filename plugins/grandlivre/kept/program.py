"""The program that answered: its own files, those of the libraries it loaded, Python itself."""

from __future__ import annotations

import os
import sys

from grandlivre.kept.marks import digest_of, is_settled, mark_of

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_STANDARD = os.path.dirname(os.__file__)
_SITES = ("site-packages", "dist-packages")
_VARIABLES = ("PYTHONPATH", "PYTHONHOME", "PYTHONUTF8", "PYTHONOPTIMIZE")


def loaded() -> list[str]:
    """The files of the libraries that are loaded now, Python's own apart, and the folders where libraries come and go."""
    found = {str(getattr(module, "__file__", None) or "") for module in list(sys.modules.values())}
    files = {path for path in found if path and not _is_ours(path) and not _is_standard(path)}
    return sorted(files | {path for path in sys.path if path.endswith(_SITES) and os.path.isdir(path)})


def _is_ours(path: str) -> bool:
    return path.startswith(_PACKAGE + os.sep)


def _is_standard(path: str) -> bool:
    return path.startswith(_STANDARD + os.sep) and not any(f"{os.sep}{site}{os.sep}" in path for site in _SITES)


def version(libraries: list[str]) -> str:
    """The digest of all that says which program runs. Raises OSError when a library is gone."""
    return _seen(libraries)[0]


def settled_version(libraries: list[str], clock: int) -> str:
    """The same; "" when something changed just now."""
    found, settled = _seen(libraries, clock)
    return found if settled else ""


def _seen(libraries: list[str], clock: int = 0) -> tuple[str, bool]:
    user = os.getuid() if hasattr(os, "getuid") else 0
    said = [sys.version, sys.prefix, str(sys.flags.optimize), str(user), sys.getfilesystemencoding()]
    said += [os.environ.get(name, "") for name in _VARIABLES]
    settled = True
    for path in [sys.executable, *libraries, *_own()]:
        seen = os.stat(path)
        said.append(f"{path} {mark_of(seen)}")
        settled = settled and (not clock or os.name == "nt" or is_settled(seen, clock))
    return digest_of("\0".join(said).encode("utf-8", "surrogateescape")), settled


def _own() -> list[str]:
    """Each file of this package."""
    found: list[str] = []
    waiting = [_PACKAGE]
    while waiting:
        folder = waiting.pop()
        with os.scandir(folder) as items:
            for item in items:
                if item.is_dir():
                    if item.name != "__pycache__":
                        waiting.append(item.path)
                else:
                    found.append(item.path)
    return sorted(found)
