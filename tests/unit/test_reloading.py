"""Books read again after an edit against books read from nothing: the same entries, errors and options, whatever was done to them.

`GRANDLIVRE_RELECTURES=500` draws so many edits instead of some.
"""

from __future__ import annotations

import os
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from grandlivre.books.index import READING, Books
from grandlivre.books.loading import load
from grandlivre.books.reading import Reading
from grandlivre.books.records import Entry, VoucherSeries
from grandlivre.books.reloading import Reloading
from grandlivre.rules import KEPT, TODAY
from guard_bed import edited
from kept_edits import EDITS, Bench
from small_books import ready, small

__all__ = ["ready", "small"]

DRAWN = int(os.environ.get("GRANDLIVRE_RELECTURES", "24"))
DAY = {TODAY: date(2026, 11, 29)}
MADE: dict[int, Reading] = {}


def series(one: VoucherSeries | None) -> Any:
    return one and (one.journal, one.tree, one.year, list(one.numbers), one.first, one.last)


def plain(entry: Entry) -> Any:
    found = entry._asdict()
    return {**found, "series": series(entry.series), "pattern": entry.pattern.accounts, "form": entry.form.keys}


def read(books: Books) -> dict[str, Any]:
    """What the index holds of the entries."""
    patterns = list(dict.fromkeys(id(shape.pattern) for shape in books.shapes))
    forms = list(dict.fromkeys(id(shape.form) for shape in books.shapes))
    return {
        "entries": list(map(plain, books.entries)),
        "foreign": list(map(plain, books.foreign)),
        "strays": list(map(plain, books.strays)),
        "shapes": [
            (patterns.index(id(each.pattern)), forms.index(id(each.form)), each.places, each.payees, list(each.amounts), each.flag,
             each.annotated, each.foreign, each.values, sorted(map(series, each.series)), each.pattern.accounts, each.form.keys)
            for each in books.shapes
        ],
        "series": list(map(series, books.series)),
        "problems": (books.problems, [each[:3] for each in books.fractional]),
        "accounts": list(books.accounts.items()),
    }  # fmt: skip


def told(found: tuple[list[Any], list[Any], dict[str, Any]]) -> list[Any]:
    entries, errors, options = found
    kept = {key: value for key, value in options.items() if key not in ("dcontext", "grandlivre", READING, KEPT)}
    outcome = options.get("grandlivre")
    return [
        [read(books) for books in options.get(KEPT, ())],
        [(type(each), *each) for each in entries],
        [(type(each), each.source, each.message, each.entry) for each in errors],
        kept,
        str(options["dcontext"]),
        (outcome.findings, outcome.waived, outcome.reserved) if outcome else None,
    ]


def said(reloading: Reloading, main: Path) -> list[Any]:
    """What a load gives, or the kind of exception that ends it."""
    try:
        return told(reloading.load(main, {**DAY, KEPT: [], READING: MADE.setdefault(id(reloading), Reading())}))
    except Exception as error:
        return [type(error)]


def fresh(main: Path) -> list[Any]:
    try:
        return told(load(main, {**DAY, KEPT: []}))
    except Exception as error:
        return [type(error)]


def test_drawn_edits(small: Path) -> None:
    """Ordinary edits of entries, and all that people and machines do to files; most ordinary ones are followed."""
    main, reloading = small / "ledger" / "main.beancount", Reloading()
    bench = Bench(small, random.Random(7))
    assert said(reloading, main) == fresh(main)
    ordinary = followed = 0
    for turn in range(DRAWN):
        lot = random.Random(turn)
        if turn % 3:
            path = lot.choice(bench.ledgers())
            ordinary += 1
            path.write_text(edited(path, lot), encoding="utf-8", newline="\n")
            what = path.name
        else:
            what = lot.choice(EDITS)(bench)
        assert said(reloading, main) == fresh(main), (turn, what)
        followed += reloading.edit is not None
        if bench.backups and turn % 3 == 0 and lot.random() < 0.7:  # most wild edits are mended again
            path, content, _ = bench.backups.pop()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    assert followed > ordinary / 3, (followed, ordinary)


@pytest.mark.parametrize(
    "line",
    [
        "2026-01-09 open Actif:FONCT:5712-Caisse-B XOF",
        "2026-01-31 balance Actif:FONCT:52111-Banque 1 XOF",
        '2026-01-31 * "A" "B"\n  Actif:FONCT:52111-Banque  2 EUR {655 XOF}\n  Produits:FONCT:701-Cotisations',
        "2026-01-09 ouvert",
    ],
    ids=["open", "balance", "lot", "unreadable"],
)
def test_what_concerns_other_entries_is_read_whole(small: Path, line: str) -> None:
    main, reloading = small / "ledger" / "main.beancount", Reloading()
    month = small / "ledger" / "fonct" / "2026-01.beancount"
    before = month.read_text(encoding="utf-8")
    said(reloading, main)
    for text in (f"{before}\n{line}\n", f"{before}\n{line}\n; encore\n", before):
        month.write_text(text, encoding="utf-8", newline="\n")
        assert said(reloading, main) == fresh(main)


def test_a_file_of_the_same_size_and_time(small: Path) -> None:
    """One digit changes in place, within one tick, and the time of the content is put back."""
    main, reloading = small / "ledger" / "main.beancount", Reloading()
    month = small / "ledger" / "fonct" / "2026-01.beancount"
    said(reloading, main)
    for _ in range(3):
        seen, text = month.stat(), month.read_text(encoding="utf-8")
        month.write_text(
            text.replace("500000 XOF", "500001 XOF") if "500000 XOF" in text else text.replace("500001", "500000")
        )
        os.utime(month, ns=(seen.st_atime_ns, seen.st_mtime_ns))
        assert said(reloading, main) == fresh(main)
