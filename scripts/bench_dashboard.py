"""How long the first page takes once the books are loaded, and what a reload costs beside Fava's own: without the network.

python scripts/bench_dashboard.py ledger/main.beancount
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
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
    """The middle of the times of `requests` answers after a load: of the plain page, and with months not asked before."""
    app = fava_adapter.create_app(main)
    harden(app)
    last = max(entry.date for entry in fava_adapter.first_ledger(app).all_entries_by_type.Transaction)
    client = app.test_client()

    def answer(filters: str) -> float:
        began = time.perf_counter()
        given = client.get(f"{PAGE}{filters}", headers={"Host": "127.0.0.1"})
        took = time.perf_counter() - began
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
    with patch.object(fava.core, "load_uncached", load_uncached), patch.object(fava_adapter, "kept_apart", nullcontext):
        yield


def reload_ratio(main: Path, rounds: int = 5) -> float:
    """What an edit of one month costs the processor, first page included, over what it costs Fava alone; paired runs."""
    app = fava_adapter.create_app(main)
    harden(app, audit=refusals)
    ledger = fava_adapter.first_ledger(app)

    month = max(main.parent.glob("*/2*.beancount"))

    def seconds() -> float:
        os.utime(month)
        began = time.process_time()
        ledger.load_file()
        return time.process_time() - began

    ratios = []
    for _ in range(rounds):
        with fava_alone():
            alone = seconds()
        ratios.append(seconds() / alone)
    return statistics.median(ratios)


if __name__ == "__main__":
    print(*(f"{each:.4f}" for each in (*dashboard_seconds(Path(sys.argv[1])), reload_ratio(Path(sys.argv[1])))))
