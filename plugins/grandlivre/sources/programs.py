"""Other programs (git, a browser): found on the system's path, never in the folder where the command was typed."""

from __future__ import annotations

import shutil
from pathlib import Path


def program(name: str) -> str | None:
    """The absolute path of a program; None when there is none, or when it stands in the current folder.

    Windows, and a path that holds « . », look first in the current folder, which is most often the books'.
    """
    found = shutil.which(name)
    return found if found is not None and Path(found).is_absolute() else None
