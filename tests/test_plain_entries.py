"""Ordinary entries read without a library, against Beancount's own parser: whatever is taken says the same there, sign for sign.

`GRANDLIVRE_LIGNES=20000` draws so many texts instead of a few hundred.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from beancount.parser import parser

from grandlivre.books import pages
from grandlivre.books.plain import plain_entry
from grandlivre.checks import rules_for
from grandlivre.guards import as_data
from grandlivre.guards.change import PlainEntry, PlainMovement
from grandlivre.guards.guard import Guard
from grandlivre.inspection import Inspection, inspect
from grandlivre.kept import after_edit, blocks, grounding, plain_entries
from grandlivre.kept.blocks import ENTRY
from grandlivre.kept.marks import UnsureError
from grandlivre.kept.plain_entries import Known
from grandlivre.sources import SourceFile
from grandlivre.sources.audit import _Audit
from grandlivre.sources.typing_traps import traps_in

ROOT = Path(__file__).resolve().parent.parent
DRAWN = int(os.environ.get("GRANDLIVRE_LIGNES", "400"))
LEDGERS = sorted([*(ROOT / "ledger").rglob("*.beancount"), *(ROOT / "tests").rglob("*.beancount")])
HEAD = "".join(
    f'option "name_{kind}" "{name}"\n'
    for kind, name in zip(
        ("assets", "liabilities", "equity", "income", "expenses"),
        ("Actif", "Passif", "Capitaux", "Produits", "Charges"),
        strict=True,
    )
)
_SERIES = re.compile(r'piece: "([^"]*)-\d+"')


def page_of(content: bytes, name: str) -> str | None:
    """The page that a whole run keeps of a text; None where it keeps none."""
    found: Any = parser.parse_string(content.decode("utf-8", "replace"), report_filename=name)
    return pages._page(found, name)


@cache
def known() -> Known:
    """Every account and series that the ledgers name."""
    accounts: dict[str, tuple[str, str]] = {}
    series: dict[str, str] = {}
    for path in LEDGERS:
        text = path.read_text(encoding="utf-8", errors="replace")
        accounts |= dict.fromkeys(re.findall(r"(?<=\s)[A-Z][^\s:;\"]*(?::[^\s:;\"]+){2,}", text), ("1900-01-01", ""))
        series |= {head: head[3:-5] for head in _SERIES.findall(text)}
    return Known("XOF", accounts, series, [("1900-01-01", "2199-12-31")])


def taken(text: str) -> PlainEntry | None:
    try:
        return plain_entries.of_block(text, known())
    except UnsureError:
        return None


def on_page(record: str) -> PlainEntry | None:
    try:
        return plain_entries.of_page(record, known())
    except UnsureError:
        return None


def test_each_entry_of_each_ledger_is_read_as_beancount_reads_it() -> None:
    both = one = 0
    for path in LEDGERS:
        content = path.read_bytes()
        page = page_of(content, str(path))
        try:
            found = blocks.cut(content)
        except UnsureError:
            continue
        assert blocks.written(blocks.read(blocks.written(found))) == blocks.written(found)
        assert [each.line for each in blocks.read(blocks.written(found))] == [each.line for each in found]
        records = {int(line.split("\t", 3)[2]): line for line in page.split("\n")} if page else {}
        for block in found:
            if block.kind == ENTRY and records:
                mine, theirs = taken(block.text), on_page(records.pop(block.line))
                assert mine is None or mine == theirs, f"{path}:{block.line}"
                both += mine is not None
                one += theirs is not None
        assert not [each for each in records.values() if each.startswith("T") and each.split("\t", 4)[3] == "*"]
    assert both > 800
    assert both > 0.99 * one


@pytest.fixture(scope="module")
def found() -> Inspection:
    return inspect(ROOT / "ledger" / "main.beancount", date(2026, 11, 29))


def test_every_guard_is_plain_data(found: Inspection) -> None:
    """None is left out of what is kept, and each is read again as it was."""
    said = grounding.guards_of(found)
    assert said is not None
    assert [rule for rule, _ in said] == [rule.id for rule in rules_for(found.books) if rule.id in found.rules]
    for rule in rules_for(found.books):
        guard = rule.guard(found.books)
        assert as_data.read(as_data.written(guard)) == guard


@pytest.mark.parametrize("text", ["", "[", "5", '[{"n":["guard","Callable"]}]', '[{"n":["..kept.index","Index"]}]', '[{"n":["guard","Until"]}]',
                                  '[{"n":["absent","Until",1]}]', '[{"z":1}]', '[{"d":"hier"}]'])  # fmt: skip
def test_what_is_no_guard_is_not_read(text: str) -> None:
    with pytest.raises(as_data.NoDataError):
        as_data.read(text)


def test_a_record_is_a_named_tuple() -> None:
    room = ROOT / "plugins" / "grandlivre" / "guards"
    slow = [
        path.name for path in room.glob("*.py") if re.search(r"from typing import.*NamedTuple", path.read_text("utf-8"))
    ]
    assert slow == ["record.py"], "sixty classes of typing's own cost 6 ms before each answer"
    one = PlainMovement("a", amount=5)
    assert (one, one.keys, one._replace(amount=6).amount) == (("a", 5, {}), {}, 6)
    assert repr(one) == "PlainMovement(account='a', amount=5, keys={})"
    for members, named in (((), {}), (("a", 5, {}, 6), {}), (("a", 5), {"account": "b"}), (("a", 5), {"autre": 1})):
        with pytest.raises(TypeError):
            PlainMovement(*members, **named)  # type: ignore[arg-type]
    with pytest.raises(as_data.NoDataError):
        as_data.written(Guard((object(),)))  # type: ignore[arg-type]


def test_a_page_s_ordinary_entry_is_the_one_that_rules_know(found: Inspection) -> None:
    told = {}
    for path in {entry.file for entry in found.books.entries}:
        page = page_of(Path(path).read_bytes(), path)
        assert page is not None
        told |= {(path, int(line.split("\t", 3)[2])): line for line in page.split("\n")}
    same = 0
    for entry in found.books.entries:
        mine, theirs = on_page(told[entry.file, entry.line]), plain_entry(entry, found.books)
        assert mine is None or mine == theirs, entry.place
        same += mine is not None
    assert same > 700


# --- whatever is typed ------------------------------------------------------------------------------------------------

_TYPED = (
    *"0123456789 -:;#^\"*!/.,=+()@{}<>\\\t'%&?~|éà«»’œ\u00a0\u202fе\u0301\u200b",
    *(" XOF", " EUR", "\n", "\n\n", "\n  ", "\n; ", '"', " TRUE", " FALSE", " NULL", "  ; dit", '  ; "', "#a", " ^b", "2026-02-30", "0"),
    *("annule", "ecriture", "..", "C:", "plugin", "\n  note: ", '\n  document: "../x"', "\n  montant: 5 XOF", "12,5", "1 000", "- "),
    *('\n  document: "a/b.pdf"', "\n  quantite: 012", "\n  quantite: 12", "\n  echeance: 2026-01-05", "\n  reciproque: TRUE"),
)  # fmt: skip


def entries() -> list[str]:
    return [
        block.text
        for path in sorted((ROOT / "ledger").rglob("20*.beancount"))
        for block in blocks.cut(path.read_bytes())
        if block.kind == ENTRY
    ]


def typed(text: str, lot: random.Random) -> str:
    """The text after a slip of the fingers, or several."""
    for _ in range(lot.choice((1, 1, 1, 2, 3))):
        at, end = lot.randrange(len(text) + 1), 0
        end = at + lot.choice((0, 0, 1, 1, 2, 5, 20))
        text = text[:at] + lot.choice(("", *_TYPED, *_TYPED)) + text[end:]
    return text


def test_whatever_is_typed_in_an_entry_is_refused_or_read_as_beancount_reads_it() -> None:
    lot, every, accepted = random.Random(7), entries(), 0
    for _ in range(DRAWN):
        text = typed(lot.choice(every), lot)
        try:
            found = [each for each in blocks.cut(f"{text}\n".encode()) if each.kind == ENTRY]
        except UnsureError:
            continue
        mine = taken(text)
        if mine is None:
            continue
        accepted += 1
        assert len(found) == 1, text
        told = page_of(f"{HEAD}{text}\n".encode(), "x")
        assert told is not None, text
        assert on_page(told) == mine, text
        assert not traps_in(SourceFile(Path("x"), f"{text}\n".encode()), {}), text
        assert not refused(f"{text}\n".encode()), text
    assert accepted > DRAWN // 10


def refused(content: bytes) -> list[Any]:
    """What the audit refuses of a ledger."""
    walked: Any = SimpleNamespace(root=ROOT / "ledger", main=ROOT / "ledger" / "main.beancount")
    return list(_Audit(walked, SourceFile(ROOT / "ledger" / "x.beancount", content), (), ()).facts())


def pieces(text: str, lot: random.Random) -> Iterator[str]:
    """The blocks of a ledger, some of which went, came, changed or moved."""
    parts = re.split(r"(?<=\n)(?=\S)", text)
    for _ in range(lot.choice((1, 1, 2, 3))):
        at, kind = lot.randrange(len(parts)), lot.randrange(7)
        if kind == 0:
            parts[at] = typed(parts[at], lot)
        elif kind == 1:
            del parts[at]
        elif kind == 2:
            parts.insert(at, lot.choice(parts))
        elif kind == 3:
            parts.insert(at, lot.choice(("; revu\n", "\n", "\n\n", "; « vu » 5\n", "* titre\n", "pushtag #a\n")))
        elif kind == 4:
            parts[at] = re.sub(r"(\d+) XOF", lambda found: f"{int(found[1]) + 100} XOF", parts[at])
        elif kind == 5:
            other = lot.randrange(len(parts))
            parts[at], parts[other] = parts[other], parts[at]
        else:
            parts[at] = re.sub(r'" "', '" "Encore ', parts[at], count=1)
    yield from parts


def test_whatever_changes_in_a_ledger_is_refused_or_told_as_beancount_tells_it() -> None:
    lot = random.Random(11)
    paths = sorted((ROOT / "ledger").rglob("20*.beancount"))
    pages_of = {path: page_of(path.read_bytes(), str(path)) for path in paths}
    accepted = 0
    for _ in range(DRAWN // 4):
        path = lot.choice(paths)
        page, text = pages_of[path], path.read_text(encoding="utf-8")
        content = "".join(pieces(text, lot)).encode()
        assert page is not None
        try:
            before = blocks.read(blocks.written(blocks.cut(text.encode())))
            found = blocks.matched(before, blocks.cut(content))
            gone = after_edit._gone(found.gone, page, known())
            come = after_edit._come(found.come, known())
        except UnsureError:
            continue
        accepted += 1
        told = page_of(content, str(path))
        assert told is not None, content.decode()
        now = {int(line.split("\t", 3)[2]): line for line in told.split("\n")}
        was = {int(line.split("\t", 3)[2]): line for line in page.split("\n")}
        lost = {each.line for each in found.gone}
        assert [on_page(was[line]) for line in sorted(lost & was.keys())] == gone
        for line, record in was.items():
            if line not in lost:
                assert unplaced(now.pop(found.line(line))) == unplaced(record)
        assert [on_page(now[line]) for line in sorted(now)] == come
    assert accepted > DRAWN // 20


def unplaced(record: str) -> object:
    """A record without the lines on which it stands."""
    said = record.split("\t")
    if said[0] != "T":
        return [*said[:2], *said[3:]]
    entry: Any = pages.read(record, "x")[0]
    own = [(each.account, each.units, each.price, {**each.meta, "lineno": 0}) for each in entry.postings]
    return entry._replace(meta={**entry.meta, "lineno": 0}, postings=own)


@pytest.mark.parametrize(
    "text",
    ["2026-01-05 * \"a\" \"b\"", "pushtag #a", "  Actif:FONCT:5711-Caisse 5 XOF", "; a\n  piece: \"b\"", "2026-01-05 * \"a\n2026\"", "; \\", "a\r"],
)  # fmt: skip
def test_a_ledger_whose_blocks_hang_on_each_other_is_not_cut(text: str) -> None:
    end = "" if text.startswith('2026-01-05 * "a" "b"') else "\n"
    with pytest.raises(UnsureError):
        blocks.cut(f"{text}{end}".encode())


def test_an_entry_that_goes_from_one_ledger_to_another_is_read_whole() -> None:
    one, other = frozenset({"CS-FONCT-2026-0006"}), frozenset({"CS-FONCT-2026-0007"})
    nothing: frozenset[str] = frozenset()
    after_edit._is_each_at_home([(one, one), (other, nothing), (nothing, nothing)])
    for vouchers in ([(one, nothing), (nothing, one)], [(nothing, one | other), (nothing, nothing), (other, one)]):
        with pytest.raises(UnsureError):
            after_edit._is_each_at_home(vouchers)
