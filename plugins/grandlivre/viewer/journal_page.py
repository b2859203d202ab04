"""The page « Journal »: the entries of some days and projects, or of some accounts with their balance, each leading to its voucher."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import request

from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry, Movement
from grandlivre.policy.periods import Period
from grandlivre.reports.asked import Asked
from grandlivre.viewer import shelf
from grandlivre.viewer.frame import Page, View
from grandlivre.viewer.rights import may
from grandlivre.viewer.routes import RequestKind
from grandlivre.viewer.voucher import account_in_words, matches, person_in_words

SHOWN = 100
"""Entries of a page."""
_KINDS = {
    "BQ": "banque",
    "CS": "caisse",
    "MM": "monnaie électronique",
    "OD": "opérations diverses",
    "AC": "achats",
}
"""What the usual series of vouchers are called."""


class JournalLine(NamedTuple):
    """One movement."""

    account: Account
    label: str
    debit: int
    credit: int


class JournalEntry(NamedTuple):
    """An entry, as the page shows it."""

    entry: Entry
    title: str
    lines: tuple[JournalLine, ...]
    balance: int | None
    """Of the accounts asked for, after it; None for all accounts."""


class Wanted(NamedTuple):
    """What a reader of the journal chose."""

    asked: Asked
    accounts: tuple[str, ...]
    """The accounts whose movements are shown; all of them without any."""
    series: str
    """« BQ », « CS »…"""
    sought: str
    after: int
    """How many of the latest entries are on the pages before."""


class JournalSheet(NamedTuple):
    """A page of the journal, the latest entry first."""

    entries: tuple[JournalEntry, ...]
    many: int
    """Entries found, on all pages."""
    debit: int
    credit: int
    opening: int | None
    """Of the accounts asked for, before the first day."""
    closing: int | None


def sheet(books: Books, wanted: Wanted) -> JournalSheet:
    """The entries found, their totals, and those of the page asked for."""
    names = frozenset(wanted.accounts)
    found = [each for each in _within(books, wanted.asked) if _is_wanted(books, each, wanted, names)]
    moved = [[m for m in each.movements if _is_shown(m, names, wanted.asked)] for each in found]
    debit, credit = _totals(movement for own in moved for movement in own)
    opening, balances = _course(books, wanted, moved)
    last = len(found) - 1 - wanted.after
    entries = tuple(
        JournalEntry(
            found[rank],
            person_in_words(books, found[rank].payee) or found[rank].narration,
            tuple(_line(books, each) for each in moved[rank]),
            balances[rank] if balances else None,
        )
        for rank in range(last, max(last - SHOWN, -1), -1)
    )
    closing = None if opening is None else opening + debit - credit
    return JournalSheet(entries, len(found), debit, credit, opening, closing)


def _totals(movements: Iterable[Movement]) -> tuple[int, int]:
    """What is debited and what is credited, both positive."""
    debit = credit = 0
    for movement in movements:
        debit += max(movement.value, 0)
        credit += max(-movement.value, 0)
    return debit, credit


def _within(books: Books, asked: Asked) -> Iterable[Entry]:
    trees = set(asked.trees)
    return (
        each for each in books.entries if asked.start <= each.date <= asked.day and not trees.isdisjoint(each.trees)
    )


def _is_wanted(books: Books, entry: Entry, wanted: Wanted, names: frozenset[str]) -> bool:
    if names and names.isdisjoint([account.name for account in entry.pattern.accounts]):
        return False
    if wanted.series and (entry.series is None or entry.series.journal != wanted.series):
        return False
    return not wanted.sought or matches(books, entry, wanted.sought)


def _is_shown(movement: Movement, names: frozenset[str], asked: Asked) -> bool:
    return movement.account.name in names if names else movement.account.tree in asked.trees


def _course(books: Books, wanted: Wanted, moved: Sequence[Sequence[Movement]]) -> tuple[int | None, list[int]]:
    """The balance of the accounts asked for before the first day, and after each entry; nothing where some are left out."""
    if not wanted.accounts or wanted.sought or wanted.series:
        return None, []
    day_before = wanted.asked.start - timedelta(days=1)
    opening = sum(books.balance(name, day_before) for name in wanted.accounts)
    balances, balance = [], opening
    for own in moved:
        balance += sum(each.value for each in own)
        balances.append(balance)
    return opening, balances


def _line(books: Books, movement: Movement) -> JournalLine:
    label = account_in_words(books, movement.account)
    return JournalLine(movement.account, label, max(movement.value, 0), max(-movement.value, 0))


class Journal(Page):
    """The entries, in the place of Fava's own journal."""

    report_title = "Journal"
    template = "journal.html"

    def facts(self, view: View) -> dict[str, Any]:
        """A page of the journal, and what can be chosen."""
        books, args = view.loaded.books, request.args
        accounts = tuple(name for name in dict.fromkeys(args.getlist("compte")) if name in books.accounts)
        after = args.get("suite", "")
        rank = int(after) if after.isdecimal() and len(after) < 8 else 0
        wanted = Wanted(view.asked, accounts, args.get("serie", ""), args.get("cherche", "").strip(), rank)
        found = sheet(books, wanted)
        return {
            "sheet": found,
            "wanted": wanted,
            "named": tuple(account_in_words(books, books.accounts[name]) for name in accounts),
            "series": {key: _KINDS.get(key, key) for key in _series(books)},
            "periods": [(filter_of(each), each.label) for each in shelf.periods(books)],
            "time": args.get("time", ""),
            "tree": args.get("account", ""),
            "edits": may(RequestKind.WRITE) and may(RequestKind.SOURCE),
            "older": rank + SHOWN if found.many > rank + SHOWN else None,
            "newer": max(rank - SHOWN, 0) if rank else None,
            "span": _whole_period(view.asked.start, view.asked.day, books),
        }


def _series(books: Books) -> list[str]:
    """The journals that vouchers are numbered in."""
    return books.once("journals", lambda: sorted({each.series.journal for each in books.entries if each.series}))


def filter_of(period: Period) -> str:
    """A period as Fava's filter of time writes it: quarters are Q there."""
    if len(period.code) == 7 and period.code[5] == "S":
        return f"{period.start.isoformat()} - {period.end.isoformat()}"
    return period.code.replace("T", "Q")


def _whole_period(start: date, day: date, books: Books) -> str:
    """The period whose printed journal holds these days: a month, a quarter or the year."""
    found = [each for each in shelf.periods(books) if each.start <= start and day <= each.end]
    return min(found, key=lambda each: each.end - each.start).code if found else ""
