"""Times the statutory sets of some books over their last fiscal year, once the books are loaded; prints two numbers of processor seconds.

The seconds to make them (associations, minimal cash system, each donor's project set, the combined set), then to write the
whole of it as workbooks and PDF pages.

python scripts/bench_statements.py LEDGER
python scripts/bench_statements.py LEDGER --detail   by model: seconds to make, to write
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from _setup import speak_utf8
from grandlivre.inspection import inspect
from grandlivre.policy.periods import Period
from grandlivre.render import pdf, xlsx
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.context import Scope
from grandlivre.reports.making import Job, make
from grandlivre.rules import collector_off
from grandlivre.sources.problem import RefusedError

WHOLE = ("bilan", "resultat", "flux-tresorerie", "notes", "bilan-smt", "resultat-smt")
PROJECT = (
    *("bilan-projet", "exploitation-projet", "emplois-ressources", "execution-budgetaire"),
    "reconciliation-tresorerie",
)


def main(arguments: list[str]) -> int:
    """Prints two numbers, or a line a model."""
    speak_utf8()
    inspection = inspect(Path(arguments[0]))
    books = inspection.books
    year = Period.parse(str(books.today.year))
    assert year is not None
    taken: dict[str, list[float]] = {}
    with collector_off():
        for name in (*WHOLE, *PROJECT):
            trees = ("", *books.trees) if name in PROJECT else ("",)
            for tree in trees:
                began = time.process_time()
                try:
                    made = make(inspection, Job(models(books.policy)[name], Scope(tree), year), "0" * 12)
                except RefusedError:
                    continue  # a tree whose model has no project set
                between = time.process_time()
                for report in made:
                    xlsx(report)
                    pdf(report)
                spent = taken.setdefault(name, [0.0, 0.0])
                spent[0] += between - began
                spent[1] += time.process_time() - between
    if "--detail" in arguments:
        for name, spent in sorted(taken.items(), key=lambda each: -sum(each[1])):
            print(f"{name:26}" + "".join(f"{part:8.2f}" for part in spent))
    else:
        print(f"{sum(each[0] for each in taken.values()):.3f} {sum(each[1] for each in taken.values()):.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
