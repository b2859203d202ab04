"""Times every report of the last quarter of some books, as a page and a workbook, once the books are loaded; prints seconds.

python scripts/bench_reports.py LEDGER
python scripts/bench_reports.py LEDGER --detail   by model: seconds to make, to write as HTML, as XLSX
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from _setup import speak_utf8
from grandlivre.inspection import inspect
from grandlivre.render import html, xlsx
from grandlivre.reports.making import due_jobs, last_quarter, make
from grandlivre.rules import collector_off


def main(arguments: list[str]) -> int:
    """Prints one number, or a line a model."""
    speak_utf8()
    inspection = inspect(Path(arguments[0]))
    books = inspection.books
    taken: dict[str, list[float]] = {}
    with collector_off():
        for _, asked in due_jobs(books, last_quarter(books), ""):
            for job in asked:
                spent = taken.setdefault(job.model.name, [0.0, 0.0, 0.0])
                marks = [time.perf_counter()]
                made = make(inspection, job, "0" * 12)
                marks.append(time.perf_counter())
                for render in (html, xlsx):
                    for report in made:
                        render(report)
                    marks.append(time.perf_counter())
                for stage in range(3):
                    spent[stage] += marks[stage + 1] - marks[stage]
    if "--detail" in arguments:
        for name, spent in sorted(taken.items(), key=lambda each: -sum(each[1])):
            print(f"{name:24}" + "".join(f"{part:8.2f}" for part in spent))
    else:
        print(f"{sum(map(sum, taken.values())):.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
