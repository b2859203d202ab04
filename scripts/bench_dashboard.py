"""How long the first page takes once the books are loaded, and what a reload costs beside Fava's own: without the network.

python scripts/bench_dashboard.py ledger/main.beancount
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import fava.core
from fava.beans.load import load_uncached

from grandlivre.inspection import refusals
from grandlivre.viewer import fava_adapter
from grandlivre.viewer.guard import harden

PAGE = f"/{fava_adapter.SLUG}/extension/Accueil/"


def dashboard_seconds(main: Path, requests: int = 9) -> tuple[float, float]:
    """What an answer after a load costs the processor, middles of `requests`: the plain page, then months not asked before."""
    app = fava_adapter.create_app(main)
    harden(app)
    last = max(entry.date for entry in fava_adapter.first_ledger(app).all_entries_by_type.Transaction)
    client = app.test_client()

    def answer(filters: str) -> float:
        began = time.process_time()
        given = client.get(f"{PAGE}{filters}", headers={"Host": "127.0.0.1"})
        took = time.process_time() - began
        if given.status_code != 200 or "Tableau de bord" not in given.text:
            raise SystemExit(f"{PAGE}{filters}: {given.status}")
        return took

    answer("")  # the templates are read then
    plain = [answer("") for _ in range(requests)]
    months = [last.year * 12 + last.month - 1 - back for back in range(requests)]
    fresh = [answer(f"?time={month // 12}-{month % 12 + 1:02}") for month in months]
    return statistics.median(plain), statistics.median(fresh)


@contextmanager
def fava_alone() -> Iterator[Any]:
    """Fava's own way to read the books: Beancount's loader, the collector at work, the books indexed again."""
    gc.unfreeze()
    with (
        patch.object(fava.core, "load_uncached", load_uncached),
        patch.object(fava_adapter, "kept_apart", nullcontext),
        patch.object(fava_adapter, "_known", {}),
    ):
        yield


def reload_times(main: Path, rounds: int = 5) -> tuple[float, float, float]:
    """What an edit of one month costs the processor with Fava alone, then here, first page included (middles of paired runs).

    The third is the most memory that a reload here holds, over what the process held before it.
    """
    app = fava_adapter.create_app(main)
    harden(app, audit=refusals)
    ledger = fava_adapter.first_ledger(app)
    month = max(main.parent.glob("*/2*.beancount"))
    text = month.read_text(encoding="utf-8")

    def seconds(turn: int) -> float:
        month.write_text(f"{text}\n; {turn}\n", encoding="utf-8", newline="\n")
        began = time.process_time()
        ledger.load_file()
        return time.process_time() - began

    seconds(-1)
    held = memory("VmRSS")
    forget_peak()
    ours = [seconds(turn) for turn in range(rounds)]
    grown = memory("VmHWM") / held
    alone = []
    for turn in range(2):  # ten times as long
        with fava_alone():
            alone.append(seconds(rounds + turn))
    month.write_text(text, encoding="utf-8", newline="\n")
    return statistics.median(alone), statistics.median(ours), grown


def memory(name: str) -> int:
    """A figure of /proc about this process, in kilobytes; 1 where there is none."""
    try:
        return next(
            int(line.split()[1]) for line in Path("/proc/self/status").open(encoding="utf-8") if line.startswith(name)
        )
    except OSError:
        return 1


def forget_peak() -> None:
    """The highest memory counts from now on."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


if __name__ == "__main__":
    books = Path(sys.argv[1])
    pages = dashboard_seconds(books)  # first: Fava alone, below, leaves the collector looking at all that is loaded
    alone, ours, grown = reload_times(books)
    print(*(f"{each:.4f}" for each in (*pages, ours / alone, alone, grown)))
