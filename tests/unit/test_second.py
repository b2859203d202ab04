"""The second process hands over what Beancount's parser would have made, and nothing else when it cannot."""

from __future__ import annotations

import marshal
from pathlib import Path
from typing import Any

import pytest
from beancount.parser import parser

from grandlivre.books import second
from grandlivre.books.loading import load
from grandlivre.books.pages import KeptPages
from grandlivre.books.second import SecondReader, entries_of, handed_over, second_reader
from grandlivre.inspection import inspect

ROOT = Path(__file__).resolve().parents[2]
LEDGERS = sorted({*(ROOT / "tests").rglob("*.beancount"), *(ROOT / "ledger").rglob("*.beancount")})
ODD = """\
2026-01-02 * "Payé" "Reçu" #un ^deux
  note: 12.50
  jour: 2026-02-03
  montant: 12 XOF
  vrai: TRUE
  rien:
  Assets:A   1.50 USD @ 600 XOF
    cle: "\\u00e9\\"\\\\ \\t"
  ! Assets:B
2026-01-03 custom "quoi" "texte" 1.50 2026-01-01 TRUE 5 XOF Assets:A
2026-01-04 balance Assets:A  10.00 ~ 0.5 XOF
"""


def _kinds(value: Any) -> Any:
    """A value with the kind of each of its parts, which equality does not look at."""
    if isinstance(value, dict):
        return {key: _kinds(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return type(value).__name__, [_kinds(each) for each in value]
    return type(value).__name__, str(sorted(value)) if isinstance(value, frozenset) else str(value)


def _is_handed_over(path: Path) -> bool:
    found = parser.parse_file(str(path))
    said = handed_over(found, str(path))
    if said is None:
        return False
    entries, errors, options = entries_of(marshal.loads(marshal.dumps(said)), str(path))
    assert (entries, errors) == (found[0], found[1])
    assert _kinds(entries) == _kinds(found[0])
    assert str(options["dcontext"]) == str(found[2]["dcontext"])
    assert all(options[each] == found[2][each] for each in options if each != "dcontext")
    return True


def test_each_ledger_is_handed_over_as_it_would_be_parsed() -> None:
    assert sum(map(_is_handed_over, LEDGERS)) > 40


def test_unusual_values_are_handed_over_too(tmp_path: Path) -> None:
    file = tmp_path / "a.beancount"
    file.write_text(ODD, encoding="utf-8")
    assert _is_handed_over(file)


@pytest.mark.parametrize("more", ['option "title" x', "2026-01-01 open Assets:A", 'include "b.beancount"', "rien"])
def test_what_is_not_ordinary_is_not_handed_over(more: str, tmp_path: Path) -> None:
    file = tmp_path / "a.beancount"
    file.write_text(f"{ODD}{more}\n", encoding="utf-8")
    assert not _is_handed_over(file)


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """Books of twelve months, one with an error."""
    months = [f"2026-{month:02}" for month in range(1, 13)]
    includes = "".join(f'include "{each}.beancount"\n' for each in months)
    main = tmp_path / "main.beancount"
    main.write_text(f"{includes}2026-01-01 open Assets:A\n2026-01-01 open Assets:B\n", encoding="utf-8")
    for month in months:
        text = "".join(
            f'{month}-{day:02} * "P" "R"\n  piece: "{month}-{day}"\n  Assets:A  {day} XOF\n  Assets:B\n'
            for day in range(1, 28)
        )
        (tmp_path / f"{month}.beancount").write_text(text + ("rien\n" if month == "2026-07" else ""), encoding="utf-8")
    return main


def _files(main: Path) -> dict[str, int]:
    return {str(each): each.stat().st_size for each in sorted(main.parent.glob("20*.beancount"))}


def _loaded(main: Path, ahead: Any = None) -> Any:
    entries, errors, options = load(main, ahead=ahead)
    context = str(options.pop("dcontext"))
    return entries, [(each.source, each.message) for each in errors], options, context


@pytest.fixture
def any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "WORTH", 1)
    monkeypatch.setattr(second, "_processors", lambda: 2)


@pytest.mark.usefixtures("any_size")
def test_books_loaded_by_two_processes_are_the_same(books: Path) -> None:
    alone = _loaded(books)
    with second_reader(_files(books)) as ahead:
        assert ahead is not None
        ahead._thread.join()  # all that it can read is there
        assert len(ahead._read) == 11
        assert _loaded(books, ahead) == alone
        assert not ahead._read
    assert ahead._process.returncode is not None


@pytest.mark.usefixtures("any_size")
def test_a_second_process_that_ends_early_changes_nothing(books: Path) -> None:
    alone = _loaded(books)
    with second_reader(_files(books)) as ahead:
        assert ahead is not None
        ahead._process.kill()
        assert _loaded(books, ahead) == alone


def test_a_second_process_that_cannot_start_changes_nothing(books: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise OSError("no memory")

    monkeypatch.setattr(second.subprocess, "Popen", refused)
    monkeypatch.setattr(second, "_processors", lambda: 2)
    assert SecondReader.of({**_files(books), "more": second.WORTH}) is None


def test_small_books_and_one_processor_have_no_second_process(books: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert SecondReader.of(_files(books)) is None
    monkeypatch.setattr(second, "_processors", lambda: 1)
    assert SecondReader.of({**_files(books), "more": second.WORTH}) is None


@pytest.mark.usefixtures("any_size")
def test_an_inspection_says_the_same_beside_a_second_process(books: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = inspect(books)
    monkeypatch.setattr(second, "WORTH", 10**12)
    alone = inspect(books)
    assert (beside.findings, beside.entries) == (alone.findings, alone.entries)


@pytest.mark.usefixtures("any_size")
def test_what_the_second_process_read_leaves_its_page(books: Path) -> None:
    beside, alone = KeptPages(lambda _name: None), KeptPages(lambda _name: None)
    with second_reader(_files(books)) as ahead:
        assert ahead is not None
        ahead._thread.join()
        load(books, parsed=beside, ahead=ahead)
    load(books, parsed=alone)
    assert len(beside.fresh) >= 11
    assert beside.fresh == alone.fresh
