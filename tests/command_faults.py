"""A disk that fails at its n-th step, for the rest of a process that runs one real command.

HOW: `exit` and `kill` end the process there (a write: half done), `full` and `read-only` refuse that step and all the
others that need room or the right to write.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from typing import Any

from grandlivre.writing.disk import RealDisk

STEPS = (
    "create", "write", "sync", "set_mode", "replace", "unlink", "make_folder", "remove_folder", "sync_folder",
    "require_writable",
)  # fmt: skip
NEEDS = {
    "full": (errno.ENOSPC, {"create", "write", "make_folder"}),
    "read-only": (errno.EROFS, {"create", "write", "make_folder", "replace", "require_writable"}),
}


def fail_at(step: int, how: str) -> None:
    """Changes the disk of this process; it stays so until the process ends."""
    reached = 0

    def failing(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def method(disk: RealDisk, *given: Any) -> Any:
            nonlocal reached
            reached += 1
            if reached < step:
                return real(disk, *given)
            if how in NEEDS:
                number, refused = NEEDS[how]
                if name in refused:
                    raise OSError(number, os.strerror(number))
                return real(disk, *given)
            if name == "write":
                real(disk, given[0], given[1][: len(given[1]) // 2])
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            os._exit(9)

        return method

    for name in STEPS:
        setattr(RealDisk, name, failing(name, getattr(RealDisk, name)))
