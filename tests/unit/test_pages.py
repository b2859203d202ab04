"""Pages of ledgers: what is read of them is what Beancount's parser made, value by value and kind by kind."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.parser import parser

from grandlivre.books import loading
from grandlivre.books.pages import KeptPages, UnreadError, read, written

ROOT = Path(__file__).resolve().parents[2]
LEDGERS = [ROOT / "ledger" / "main.beancount", *sorted((ROOT / "tests" / "checks").glob("*/*.beancount"))]
ORDINARY = r"""
2026-01-05 * "Papeterie \"du Marché\"" "Deux
lignes	et une \\ barre" #un #deux ^lien
  piece: "CS-1"
  somme: 12.50
  prix: 1 000.5 EUR
  jour: 2026-01-04
  oui: TRUE
  non: FALSE
  rien:
  compte: Assets:Cash
  devise: XOF
  etiquette: #un
  Assets:Cash  1 XOF @@ 2.00 EUR
    libelle: "sur une ligne"
  ! Assets:Bank  -1.00 XOF @ 3 EUR
  Expenses:Food
2026-01-06 ! "sans bénéficiaire"
  Assets:Cash  (1+2) XOF
  Assets:Bank
2026-01-07 txn
2026-01-08 custom "releve" Assets:Bank "2026-01" 400 XOF 12.0 TRUE 2026-01-31
  note: "à part"
2026-01-09 balance Assets:Bank  5 ~ 0.50 XOF
2026-01-10 balance Assets:Bank  5 XOF
""".replace("1 000.5", "1000.5")
ODD = (
    "2026-01-01 open Assets:Cash",
    '2026-01-05 * "lots"\n  Assets:Cash  1 ACT {2 XOF}\n  Assets:Bank',
    '2026-01-05 note Assets:Cash "mot"',
    "2026-01-05 price ACT 3 XOF",
)


def parsed(text: str) -> list[Any]:
    entries, errors, _ = parser.parse_string(text, report_filename="/livres/a.beancount")
    assert errors == []
    return entries


def kinds(value: Any) -> Any:
    """The types of everything in a value."""
    if isinstance(value, dict):
        return [(key, kinds(each)) for key, each in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [kinds(each) for each in value]
    return type(value), repr(value) if not isinstance(value, frozenset | set) else sorted(value)


def test_whatever_an_ordinary_directive_says_is_read_again() -> None:
    entries = parsed(ORDINARY)
    text = written(entries, "/livres/a.beancount")
    assert text is not None
    again = read(text, "/livres/a.beancount")
    assert again == entries
    assert kinds(again) == kinds(entries)
    assert {type(each).__name__ for each in entries} == {"Transaction", "Custom", "Balance"}


@pytest.mark.parametrize("text", ODD)
def test_what_is_not_ordinary_has_no_page(text: str) -> None:
    assert written(parsed(text), "/livres/a.beancount") is None
    assert written(parsed(ORDINARY), "/livres/b.beancount") is None


def test_a_damaged_page_is_refused_or_gives_entries() -> None:
    text = written(parsed(ORDINARY), "/livres/a.beancount")
    assert text is not None
    lot = random.Random(3)
    for _ in range(400):
        at = lot.randrange(len(text))
        try:
            read(text[:at] + lot.choice(("", "\t", "\n", "9", "s", "\\")) + text[at + 1 :], "/livres/a.beancount")
        except UnreadError:
            continue


def test_all_ledgers_are_loaded_alike() -> None:
    """The demonstration books and every marked ledger, parsed then booked."""
    served = 0
    for main in LEDGERS:
        first = KeptPages(lambda _name: None)
        with first.serving():
            fresh = loader._parse_recursive([(str(main), True)], None)
        second = KeptPages(first.fresh.get)
        with second.serving():
            entries, errors, options = loader._parse_recursive([(str(main), True)], None)
        assert not second.fresh.keys() & first.fresh.keys()
        assert (entries, errors) == fresh[:2]
        assert kinds(entries) == kinds(fresh[0])
        assert {**options, "dcontext": 0} == {**fresh[2], "dcontext": 0}
        assert loading.book(entries, options) == loading.book(fresh[0], fresh[2])
        served += len(first.fresh)
    assert served > 40
