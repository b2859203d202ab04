"""Our load of the books against Beancount's own loader: the same entries, errors and options, whatever is written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.parser import parser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grandlivre.books.loading import ParsedFiles, load

ROOT = Path(__file__).resolve().parents[2]
LEDGERS = [ROOT / "ledger" / "main.beancount", *sorted((ROOT / "tests" / "checks").glob("*.beancount"))]

HEAD = """option "inferred_tolerance_default" "XOF:0.5"
option "inferred_tolerance_default" "*:0.001"
2026-01-01 open Assets:Bank
2026-01-01 open Assets:Cash XOF
2026-01-01 open Assets:Stock "FIFO"
2026-01-01 open Expenses:Food
2026-01-01 open Income:Gifts
"""


def shown(load_: tuple[list[Any], list[Any], dict[str, Any]]) -> list[Any]:
    """What must be equal of a load: metadata, postings, and what the tolerances say of any commodity."""
    entries, errors, options = load_
    told = {key: value for key, value in options.items() if key not in ("dcontext", "grandlivre")}
    tolerances = [
        entry.meta["__tolerances__"][currency]
        for entry in entries
        if "__tolerances__" in entry.meta
        for currency in ("XOF", "EUR", "ACT")
    ]
    return [
        [(type(entry), *entry) for entry in entries],
        [(type(error), error.source, error.message, error.entry) for error in errors],
        told,
        str(options["dcontext"]),
        tolerances,
    ]


def outcome(loads: Callable[[], tuple[list[Any], list[Any], dict[str, Any]]]) -> list[Any]:
    """What a load gives, or the kind of exception that ends it: Beancount cannot book an amount of thirty digits."""
    try:
        return shown(loads())
    except ArithmeticError as error:
        return [type(error)]


def assert_same(main: Path) -> None:
    loader.initialize(False)
    assert outcome(lambda: load(main)) == outcome(lambda: loader.load_file(str(main)))


@pytest.mark.parametrize("main", LEDGERS, ids=lambda path: path.stem)
def test_our_ledgers(main: Path) -> None:
    assert_same(main)


def test_beancounts_example(tmp_path: Path) -> None:
    main = tmp_path / "example.beancount"
    command = [str(Path(sys.executable).with_name("bean-example")), "--seed", "7", "-o", str(main)]
    subprocess.run(command, check=True, capture_output=True)
    assert_same(main)


amounts = st.sampled_from(
    [
        "100 XOF",
        "-100 XOF",
        "250 XOF",
        "-350 XOF",
        "0 XOF",
        "1.00 EUR",
        "-1.00 EUR",
        "12.345 EUR",
        "100.0 XOF",
        "",
        "XOF",
    ]
)
priced = st.sampled_from(
    [
        "2 EUR @ 50 XOF",
        "2 EUR @@ 101 XOF",
        "2 EUR @",
        "3 ACT {10 XOF}",
        "-1 ACT {10 XOF}",
        "-1 ACT {}",
        "3 ACT {{30 XOF}}",
        "2 EUR {1 XOF} @ 2 XOF",
        "100",
        "2 EUR @ XOF",
        "99999999999999999999999999999 XOF",
    ]
)
accounts = st.sampled_from(["Assets:Bank", "Assets:Cash", "Assets:Stock", "Expenses:Food", "Income:Gifts", "Assets:No"])


@st.composite
def transactions(draw: st.DrawFn, wild: bool) -> str:
    """One transaction, dated anywhere in a year; a wild one may carry lots, prices and gaps."""
    day = draw(st.dates(min_value=date(2025, 12, 30), max_value=date(2026, 12, 31)))
    legs = draw(st.lists(st.tuples(accounts, st.one_of(amounts, priced) if wild else amounts), max_size=4))
    return "\n".join([f'{day} * "essai"', *(f"  {account}  {amount}" for account, amount in legs)])


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["XOF:0.5", "XOF:5", "XOF:0.123456789", "EUR:0.5"]),
    st.lists(transactions(wild=False), max_size=6),
    st.lists(transactions(wild=True), max_size=2),
)
def test_any_ledger(tmp_path: Path, rounding: str, tame: list[str], wild: list[str]) -> None:
    main = tmp_path / "main.beancount"
    head = HEAD.replace("XOF:0.5", rounding)
    balance = "2026-06-30 balance Assets:Bank 100 XOF\n"
    main.write_text(head + "\n\n".join([*tame, *wild]) + f"\n\n{balance}", encoding="utf-8")
    assert_same(main)


def test_plugins_after_booking_are_seen(tmp_path: Path) -> None:
    """A plugin that unbalances what was balanced is caught, as Beancount's validation catches it."""
    (tmp_path / "unbalancing.py").write_text(
        "from decimal import Decimal\n"
        "__plugins__ = ('apply',)\n"
        "def apply(entries, options):\n"
        "    made = []\n"
        "    for entry in entries:\n"
        "        if hasattr(entry, 'postings'):\n"
        "            first, *rest = entry.postings\n"
        "            units = first.units._replace(number=first.units.number + 1)\n"
        "            entry = entry._replace(postings=[first._replace(units=units), *rest])\n"
        "        made.append(entry)\n"
        "    return made, []\n",
        encoding="utf-8",
    )
    main = tmp_path / "main.beancount"
    entry = '2026-02-01 * "essai"\n  Assets:Bank  100 XOF\n  Income:Gifts  -100 XOF\n'
    main.write_text(f'option "insert_pythonpath" "True"\nplugin "unbalancing"\n{HEAD}{entry}', encoding="utf-8")
    paths = list(sys.path)
    assert_same(main)
    assert sys.path == paths
    assert [error.message for error in load(main)[1]] == ["Transaction does not balance: (1 XOF)"]


def test_what_was_parsed_before_changes_nothing(tmp_path: Path) -> None:
    """Loads of a process that stays, over files that change, come and go, are those of Beancount each time."""
    first = '2026-02-01 * "A"\n  Assets:Bank  -1000 XOF\n  Expenses:Food\n'
    lots = '2026-02-02 * "B"\n  Assets:Stock  3 ACT {10 XOF}\n  Assets:Bank\n'
    priced = '2026-02-03 * "C"\n  Assets:Bank  2 EUR @@ 1311 XOF\n  Assets:Bank  -1311 XOF\n'
    main = tmp_path / "main.beancount"
    main.write_text(f'{HEAD}include "m/*.beancount"\n', encoding="utf-8")
    (tmp_path / "m").mkdir()
    parsed = ParsedFiles()

    def same() -> None:
        loader.initialize(False)
        ours = load(main, {}, parsed)
        assert shown(ours) == shown(loader._load([(str(main), True)], None, None, None))

    for number, text in enumerate((first, lots, priced)):
        (tmp_path / f"m/{number}.beancount").write_text(text, encoding="utf-8")
    same()
    same()
    (tmp_path / "m/0.beancount").write_text(first.replace("1000", "2000"), encoding="utf-8")
    same()
    (tmp_path / "m/3.beancount").write_text('2026-02-04 * "D"\n  Assets:Bank  1 XOF\n', encoding="utf-8")  # unbalanced
    same()
    (tmp_path / "m/1.beancount").unlink()
    same()
    text = main.read_text(encoding="utf-8")
    main.write_text(text.replace('"*:0.001"', '"*:0.01"').replace(' "FIFO"', ' "STRICT"'), encoding="utf-8")
    same()
    (tmp_path / "m/1.beancount").write_text(lots, encoding="utf-8")
    same()


def test_only_what_changed_is_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main = tmp_path / "main.beancount"
    main.write_text('include "m?.beancount"\n', encoding="utf-8")
    for name in ("m1", "m2"):
        (tmp_path / f"{name}.beancount").write_text("2026-01-01 open Assets:Bank\n", encoding="utf-8")
    parsed, read = ParsedFiles(), []
    plain = parser.parse_file
    monkeypatch.setattr(
        parser, "parse_file", lambda name, **more: (read.append(Path(name).name), plain(name, **more))[1]
    )
    load(main, {}, parsed)
    assert read == ["main.beancount", "m1.beancount", "m2.beancount"]
    read.clear()
    (tmp_path / "m2.beancount").write_text("2026-01-02 open Assets:Bank\n", encoding="utf-8")
    load(main, {}, parsed)
    assert read == ["main.beancount", "m2.beancount"]


def test_two_threads_load_at_once(tmp_path: Path) -> None:
    """One begins before the other and ends before it: neither leaves its own reading of files to what comes after."""
    mains = [tmp_path / name / "main.beancount" for name in "ab"]
    for main in mains:
        main.parent.mkdir()
        main.write_text("2026-01-01 open Assets:Bank\n", encoding="utf-8")
    first, second = ParsedFiles().serving(), ParsedFiles().serving()
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        one.submit(first.__enter__).result()
        other.submit(second.__enter__).result()
        one.submit(first.__exit__, None, None, None).result()
        other.submit(second.__exit__, None, None, None).result()
    for main in mains * 2:
        assert_same(main)
