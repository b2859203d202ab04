"""What an edit of the books costs until a donor reads the fresh first page of their room, and what it holds in memory.

python scripts/bench_rooms.py ledger/main.beancount
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench_dashboard import PAGE
from grandlivre.viewer.donor_rooms import DonorRooms
from grandlivre.viewer.readers import Reader, Role


def page_of(rooms: DonorRooms, reader: Reader) -> bytes:
    """The first page, asked through the door by which the server hands requests on."""
    said: list[str] = []

    def start(status: str, headers: Any, *more: Any) -> Any:
        said.append(status)

    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": PAGE,
        "HTTP_HOST": "127.0.0.1",
        "wsgi.url_scheme": "http",
    }
    body: Iterable[bytes] = rooms.forward(environ, start, reader)
    if not said[0].startswith("200"):
        raise SystemExit(f"{PAGE}: {said[0]}")
    return b"".join(body)


def spent(pid: int) -> float:
    """The seconds of the processor that another process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak(pid: int) -> int:
    """The most memory that another process has held, in kilobytes."""
    return next(int(line.split()[1]) for line in Path(f"/proc/{pid}/status").open(encoding="utf-8") if "VmHWM" in line)


def room_figures(main: Path, rounds: int = 7) -> tuple[float, float, float]:
    """The middle of the times of a fresh page after an edit of a donor's last month: by the clock, and of both processes.

    The third is the most memory that the room holds after the edits, over the most before.
    """
    tree = max(main.parent.glob("bail-*")).name.upper()
    month = max((main.parent / tree.lower()).glob("2*.beancount"))
    text = month.read_text(encoding="utf-8")
    rooms = DonorRooms(main)
    clock, processor = [], []
    try:
        page_of(rooms, Reader("banc", Role.DONOR, tree=tree))
        room = rooms._doors[tree].room
        assert room is not None
        pid = room.process.pid
        held = peak(pid)
        for turn in range(rounds):
            month.write_text(f"{text}\n; {turn}\n", encoding="utf-8", newline="\n")
            began, own, child = time.perf_counter(), time.process_time(), spent(pid)
            page_of(rooms, Reader("banc", Role.DONOR, tree=tree))
            clock.append(time.perf_counter() - began)
            processor.append(time.process_time() - own + spent(pid) - child)
            if room.process.poll() is not None:
                raise SystemExit("the room was made again")
        return statistics.median(clock), statistics.median(processor), peak(pid) / held
    finally:
        rooms.close()
        month.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    print(*(f"{each:.4f}" for each in room_figures(Path(sys.argv[1]).absolute())))
