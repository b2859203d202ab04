"""Closes every quarter of made books but the last, in one go: the benchmark's sealed books.

python scripts/bench_seal.py ledger/main.beancount
"""

from __future__ import annotations

import sys
from pathlib import Path

from grandlivre.books.digest import (
    Bound,
    digest_period,
    file_digest,
    last_numbers,
    make_manifest,
    manifest_name,
    manifest_text,
    rules_name,
)
from grandlivre.inspection import inspect
from grandlivre.policy.periods import Period
from grandlivre.policy.written import written_text, written_values
from grandlivre.tasks.closing import Seal

INCLUDE = 'include "clotures.beancount"\n'


def seal(main: Path) -> int:
    """Writes the closings, their manifests and their rules; returns how many."""
    books = inspect(main).books
    root, first, last = books.policy.root, books.entries[0].date, Period.quarter(books.entries[-1].date)
    assert root is not None
    documents = main.parent / "documents"
    heads = [line for line in main.read_text(encoding="utf-8").splitlines() if line.startswith('option "name_')]
    seals: list[Seal] = []
    for year in range(first.year, last.start.year + 1):
        for quarter in range(1, 5):
            period = Period.parse(f"{year}-T{quarter}")
            if period is None or period.start >= last.start:
                continue
            rows, _ = make_manifest(books, period)
            manifest, rules = manifest_text(rows).encode(), written_text(written_values(root, period.end))
            bound = Bound(
                books.policy.organisation.books_id or "",
                file_digest(manifest),
                file_digest(rules.encode()),
                (),
                last_numbers(books, period.end),
            )
            previous = seals[-1].digest.root if seals else ""
            digest = digest_period(books, period, previous, rows, bound)
            seals.append(Seal(period, period.end, previous, digest, rows, bound, rules))
            (documents / manifest_name(period.code)).write_bytes(manifest)
            (documents / rules_name(period.code)).write_bytes(rules.encode())
    text = "\n".join([*heads, *(each.directive for each in seals)])
    (main.parent / "clotures.beancount").write_text(text, encoding="utf-8", newline="\n")
    main.write_text(main.read_text(encoding="utf-8") + INCLUDE, encoding="utf-8", newline="\n")
    return len(seals)


if __name__ == "__main__":
    print(seal(Path(sys.argv[1]).resolve()))
