"""How long the first page takes once the books are loaded: the median of several requests, without the network.

python scripts/bench_dashboard.py ledger/main.beancount
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

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


if __name__ == "__main__":
    print(*(f"{each:.4f}" for each in dashboard_seconds(Path(sys.argv[1]))))
