"""A server that stays against one just started, after drawn edits: the same pages, byte for byte, and never those of before.

`GRANDLIVRE_PAGES=200` draws so many edits instead of a few.
"""

from __future__ import annotations

import gc
import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

from grandlivre.books.index import Books
from grandlivre.inspection import refusals, sightings
from grandlivre.rules import TODAY
from grandlivre.viewer import fava_adapter
from grandlivre.viewer.guard import harden
from guard_bed import edited
from kept_edits import EDITS, Bench
from small_books import ready, small

__all__ = ["ready", "small"]

DRAWN = int(os.environ.get("GRANDLIVRE_PAGES", "8"))
HOST = {"Host": "127.0.0.1"}
PAGES = (
    "extension/Accueil/", "extension/Controles/", "extension/Banque/", "extension/Accueil/?time=2026-01", "extension/Documents/",
    "income_statement/", "api/journal", "api/ledger_data", "api/errors", "api/trial_balance",
)  # fmt: skip
TURNS = re.compile(rb'"mtime":\s*"?\d+"?')


@contextmanager
def forgotten() -> Iterator[None]:
    """Nothing that this process knows of any books."""
    with patch.object(fava_adapter, "_known", {}), patch.object(sightings, "_KNOWN", {}):
        yield


def server(main: Path) -> Any:
    app = fava_adapter.create_app(main)
    app.config[TODAY] = date(2026, 11, 29)
    harden(app, audit=refusals)
    return app


def pages(client: Any) -> dict[str, tuple[int, bytes]]:
    found = {}
    for page in PAGES:
        answer = client.get(f"/livres/{page}", headers=HOST)
        found[page] = (answer.status_code, TURNS.sub(b"", answer.data))
    return found


def test_never_stale(small: Path) -> None:
    main = small / "ledger" / "main.beancount"
    bench = Bench(small, random.Random(11))
    lasting = server(main).test_client()
    with forgotten():
        assert pages(lasting)["extension/Accueil/"][0] == 200
    seen: set[bytes] = set()
    followed = 0
    with patch.object(fava_adapter, "_known", {}) as known, patch.object(sightings, "_KNOWN", {}):
        for turn in range(DRAWN):
            lot = random.Random(100 + turn)
            if turn % 4:
                path = lot.choice(bench.ledgers())
                path.write_text(edited(path, lot), encoding="utf-8", newline="\n")
                what = path.name
            else:
                what = lot.choice(EDITS)(bench)
            one = pages(lasting)
            followed += any(each.reloading.edit is not None for each in known.values())
            with forgotten():
                if not refusals(main):  # books that are not opened at all leave those of before on the page
                    other = pages(server(main).test_client())
                    assert one == other, (turn, what, [page for page in one if one[page] != other[page]])
            seen.add(one["api/journal"][1])
            if turn % 4 == 0 and bench.backups:
                path, content, _ = bench.backups.pop()
                path.write_bytes(content)
                pages(lasting)
    assert len(seen) > DRAWN / 3
    assert followed


def test_what_fava_offers(small: Path) -> None:
    """Accounts, payees, years, last entries: as Fava's own methods find them."""
    main = small / "ledger" / "main.beancount"
    bench = Bench(small, random.Random(5))
    app = server(main)
    ledger = fava_adapter.first_ledger(app)
    for turn in range(2 * DRAWN):
        lot = random.Random(turn)
        path = lot.choice(bench.ledgers())
        path.write_text(edited(path, lot), encoding="utf-8", newline="\n")
        ledger.changed()
        attributes, accounts = ledger.attributes, dict(ledger.accounts)
        ours = (
            attributes.accounts,
            attributes.payees,
            attributes.currencies,
            attributes.years,
            attributes.links,
            attributes.tags,
        )
        fava_adapter._LOAD_ACCOUNTS(ledger.accounts)
        fava_adapter._LOAD_ATTRIBUTES(attributes)
        assert accounts == dict(ledger.accounts)
        assert list(accounts) == list(ledger.accounts)
        theirs = (
            attributes.accounts,
            attributes.payees,
            attributes.currencies,
            attributes.years,
            attributes.links,
            attributes.tags,
        )
        assert ours == theirs


def test_one_load_at_a_time(small: Path) -> None:
    """After an edit the books of before are gone, without the collector."""
    main = small / "ledger" / "main.beancount"
    app = server(main)
    client = app.test_client()
    month = small / "ledger" / "fonct" / "2026-01.beancount"
    gc.disable()
    try:
        for turn in range(3):
            month.write_text(f"{month.read_text(encoding='utf-8')}\n; {turn}\n", encoding="utf-8", newline="\n")
            pages(client)
        gc.unfreeze()
        held = [each for each in gc.get_objects() if type(each) is Books and each.main == str(main)]
    finally:
        gc.enable()
    assert len(held) <= 2, "the books, and those judged on their own day"
