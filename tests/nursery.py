"""Processes of this interpreter that begin warm: forked from one that has loaded the program and done nothing with it.

A server or a command of a test is then a process as ever, with its own folder, environment, streams, id, signals and exit status,
without the second that loading its libraries takes each time. It knows `python [-P] -m grandlivre` and `python [-P] -c code`;
anything else (Fava's own command finds nothing of ours loaded), and everything where nothing forks, starts as ever. A test of the
start itself (what it costs, what Python reads before the program) uses `subprocess`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from once import once

LOADED = ("grandlivre.viewer.server", "grandlivre.cli.check", "grandlivre.cli.serve")
NUMBER = struct.Struct("q")
FORKS = hasattr(os, "fork") and hasattr(socket, "recv_fds")
HERE = Path(__file__).parent


# In the process that forks ------------------------------------------------------------------------------------------


def born() -> dict[str, Any]:
    """Loads the program and forks when asked; comes back in each child, with what it shall be, and never in this process."""
    sys.path.remove(str(HERE))
    asked = socket.socket(fileno=int(sys.argv[1]))
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    ended, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    reports: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([asked, ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            report(reports)
        if asked not in ready:
            continue
        words, handed, _, _ = socket.recv_fds(asked, 1 << 20, 8)
        if not words:
            os._exit(0)
        child = os.fork()
        if child == 0:
            for each in (asked.detach(), ended, woken, *reports.values(), handed.pop()):
                os.close(each)
            become(what := json.loads(words), handed)
            return dict(what)
        *streams, reports[child] = handed
        for each in streams:
            os.close(each)
        asked.sendall(NUMBER.pack(child))


def report(reports: dict[int, int]) -> None:
    """Says of each child that has ended how it did."""
    while reports:
        child, status = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        with contextlib.suppress(OSError):  # nobody waits for it any more
            os.write(reports[child], NUMBER.pack(os.waitstatus_to_exitcode(status)))
        os.close(reports.pop(child))


def become(what: dict[str, Any], streams: list[int]) -> None:
    """Makes of this child what a new interpreter would be once its libraries are loaded."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(what["cwd"])
    os.environ.clear()
    os.environ.update(what["env"])
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False, buffering=1)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.argv = [what["how"], *what["words"]]
    if not what["safe"]:
        sys.path.insert(0, "" if what["how"] == "-c" else what["cwd"])


def live(what: dict[str, Any]) -> None:
    """Runs what was asked for as the main module; then the interpreter ends as it does."""
    if what["how"] == "-m":
        runpy.run_module(what["code"], run_name="__main__", alter_sys=True)
    else:
        exec(compile(what["code"], "<string>", "exec"), {"__name__": "__main__"})


# In the process that tests ------------------------------------------------------------------------------------------


@once
def nursery() -> socket.socket:
    """Our end of the process that forks, which ends with this one."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    code = "import nursery; nursery.live(nursery.born())"
    with there:
        subprocess.Popen(
            [sys.executable, "-P", "-c", code, str(there.fileno())],
            env={**os.environ, "PYTHONPATH": str(HERE)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[there.fileno()],
        )
    return here


class Forked:
    """A process that the nursery bore: what `subprocess.Popen` says of one, as far as tests ask."""

    def __init__(self, what: dict[str, Any], streams: Sequence[int], stdout: IO[str] | None = None) -> None:
        self.stdout = stdout
        self.returncode: int | None = None
        self._report, told = os.pipe()
        try:
            socket.send_fds(nursery(), [json.dumps(what).encode()], [*streams, told])
        finally:
            os.close(told)
        (self.pid,) = NUMBER.unpack(nursery().recv(NUMBER.size))

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, negative for a signal."""
        if self.returncode is None:
            if not select.select([self._report], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            (self.returncode,) = NUMBER.unpack(os.read(self._report, NUMBER.size))
            os.close(self._report)
        return self.returncode

    def poll(self) -> int | None:
        """The same if it has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def understood(command: Sequence[str], cwd: Path | None, env: dict[str, str] | None) -> dict[str, Any] | None:
    """What a child shall be; None: it is started as ever."""
    program, *words = command
    safe = words[:1] == ["-P"]
    how, code, *words = words[1:] if safe else words
    if not FORKS or program != sys.executable or (how != "-c" and (how, code) != ("-m", "grandlivre")):
        return None
    where = str(Path.cwd() if cwd is None else cwd.resolve())
    return {
        "how": how,
        "code": code,
        "words": words,
        "safe": safe,
        "cwd": where,
        "env": dict(os.environ if env is None else env),
    }


def popen(command: Sequence[str], cwd: Path | None = None, env: dict[str, str] | None = None) -> Any:
    """A process with nothing to read, whose output and errors come together, as lines, from `stdout`."""
    what = understood(command, cwd, env)
    if what is None:
        return subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, encoding="utf-8",
        )  # fmt: skip
    read, written = os.pipe()
    with Path(os.devnull).open("rb") as nothing, os.fdopen(written, "wb") as out:
        return Forked(what, [nothing.fileno(), out.fileno(), out.fileno()], os.fdopen(read, encoding="utf-8"))


def run(
    command: Sequence[str], cwd: Path | None = None, env: dict[str, str] | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """`subprocess.run` of a command with nothing to read, its output and its errors kept apart."""
    what = understood(command, cwd, env)
    if what is None:
        return subprocess.run(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8",
            timeout=timeout, check=False,
        )  # fmt: skip
    with Path(os.devnull).open("rb") as nothing, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as wrong:
        process = Forked(what, [each.fileno() for each in (nothing, out, wrong)])
        try:
            status = process.wait(timeout)
        finally:
            process.kill()
        said = []
        for each in (out, wrong):
            each.seek(0)
            said.append(each.read().decode("utf-8").replace("\r\n", "\n"))
    return subprocess.CompletedProcess(list(command), status, *said)
