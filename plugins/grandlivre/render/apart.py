"""The organisation's own templates, filled in by another process that may take so much time and memory and no more.

A template is a program: two nested loops never end, `'a' * 10 ** 10` takes all the memory, and nothing in the same process
can stop either on every system. The limits grow with what there is to show. The child is told what to do in pickles, and
answers in lines of JSON: what a template could make it say is never run here.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Event, Lock, Timer
from typing import Any

from grandlivre.sources.problem import Problem

SECONDS = 20.0
"""For one page, and one more second for each megabyte of what it shows."""
MEMORY = 1 << 30
"""Bytes of the process, and thirty more for each byte of what the page shows."""
LARGEST_PAGE = 200_000_000

_TOO_LONG = (
    "Le modèle n'a pas fini après {seconds} secondes : il a été arrêté. Cherchez-y une boucle sans fin ou trop grande."
)
_TOO_LARGE = "Le modèle donne une page de plus de 200 Mo : elle n'est pas gardée. Cherchez-y une boucle trop grande."
_ENDED = "Le modèle a fait cesser le programme qui le remplit (trop de mémoire ou d'imbrications). Simplifiez-le."


class _Filler:
    """The other process, started at the first page and kept for the next ones."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.lock = Lock()

    def fill(self, own: Path, names: list[str], facts: Mapping[str, object], file: str) -> str | Problem:
        """The page; `file` is the template to name when the process did not live to say which it was."""
        told = pickle.dumps((own, names, facts))
        seconds = SECONDS + len(told) / 1_000_000
        with self.lock:
            process = self._ready()
            late = Event()

            def stop() -> None:
                late.set()
                process.kill()

            timer = Timer(seconds, stop)
            timer.start()
            try:
                answer = _asked(process, told)
            finally:
                timer.cancel()
            if answer.endswith(b"\n") and not late.is_set():
                page, problem = json.loads(answer)
                return page if problem is None else Problem(Path(problem[0]), *problem[1:])
            process.kill()
            process.wait()
            self.process = None
        if late.is_set():
            return Problem(Path(file), 1, _TOO_LONG.format(seconds=int(seconds)))
        return Problem(Path(file), 1, _TOO_LARGE if len(answer) > LARGEST_PAGE else _ENDED)

    def _ready(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(  # noqa: S603 - this very Python, nothing of the current folder before its libraries
                [sys.executable, "-P", "-c", f"from {__name__} import serve; serve()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        return self.process


def _asked(process: subprocess.Popen[bytes], told: bytes) -> bytes:
    """The line the process answers; shorter, without its end, when it died."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(len(told).to_bytes(8, "big") + told)
        process.stdin.flush()
        return process.stdout.readline(LARGEST_PAGE + 2)
    except OSError:
        return b""


fill = _Filler().fill


# In the other process -----------------------------------------------------------------------------------------------


def serve() -> None:
    """Fills in one template after the other until nobody asks any more."""
    from grandlivre.render.templates import filled

    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while size := int.from_bytes(asked.read(8), "big"):
        own, names, facts = pickle.loads(asked.read(size))  # noqa: S301 - said by the process that started this one
        limit_memory(MEMORY + 30 * size)
        made = filled(own, names, facts)
        answer: tuple[Any, Any] = (made, None) if isinstance(made, str) else (None, (made.path.as_posix(), *made[1:]))
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def limit_memory(size: int) -> None:
    """Asks the system to refuse this process more bytes than that; where it cannot, the time limit is left."""
    if sys.platform == "win32":
        _limit_windows(size)
    else:
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (size if most < 0 else min(size, most), most))


def _limit_windows(size: int) -> None:
    """A job of one process with `JOB_OBJECT_LIMIT_PROCESS_MEMORY`; the last one entered is the strictest that counts."""
    import ctypes

    class Limits(ctypes.Structure):
        """`JOBOBJECT_EXTENDED_LIMIT_INFORMATION`."""

        _fields_ = [
            ("times", ctypes.c_int64 * 2),
            ("flags", ctypes.c_uint32),
            ("working_set", ctypes.c_size_t * 2),
            ("processes", ctypes.c_uint32),
            ("affinity", ctypes.c_size_t),
            ("priorities", ctypes.c_uint32 * 2),
            ("counters", ctypes.c_uint64 * 6),
            ("process_memory", ctypes.c_size_t),
            ("others", ctypes.c_size_t * 3),
        ]

    limits = Limits(flags=0x100, process_memory=size)
    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009 - only Windows has it
    kernel.CreateJobObjectW.restype = kernel.GetCurrentProcess.restype = ctypes.c_void_p
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    kernel.SetInformationJobObject(job, 9, ctypes.byref(limits), ctypes.sizeof(limits))
    kernel.AssignProcessToJobObject(job, ctypes.c_void_p(kernel.GetCurrentProcess()))
