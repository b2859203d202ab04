"""What Fava offers to complete (accounts, payees, links, tags), worked out again after an edit only where the edit concerns it.

The same lists, in the same order, as Fava's own (tests/unit/test_viewer_attributes.py): a score is reckoned from the first day on
which something changed, by the very operations of Fava's ranking.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from beancount.core.data import Transaction

from grandlivre.books.reloading import Edit


class Likes:
    """The days on which something was used, in order, and the score after each."""

    __slots__ = ("days", "rate", "scores")

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.days = array("i")
        self.scores = array("d")

    @property
    def score(self) -> float:
        """How much it was used, and how lately."""
        return self.scores[-1] if self.scores else 0.0

    def change(self, more: Mapping[int, int]) -> None:
        """Uses that come (above zero) or go, by day."""
        changed = {day: count for day, count in more.items() if count}
        if not changed:
            return
        first = bisect_left(self.days, min(changed))
        tail = Counter(self.days[first:])
        tail.update(changed)
        del self.days[first:], self.scores[first:]
        score = self.score
        for day in sorted(tail):
            time = day * self.rate
            for _ in range(tail[day]):
                lower, higher = (time, score) if score > time else (score, time)
                score = higher + math.log1p(math.exp(lower - higher))
                self.days.append(day)
                self.scores.append(score)


class Offered(NamedTuple):
    """What Fava offers."""

    links: list[str]
    tags: list[str]
    accounts: list[str]
    payees: list[str]
    currencies: list[str] | None
    """None where there are several, which Fava ranks itself."""


class Attributes:
    """What the entries of one ledger use."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._entries: Sequence[Any] | None = None
        self._clear()

    def _clear(self) -> None:
        self._words: dict[str, Counter[str]] = {"links": Counter(), "tags": Counter()}
        self._currencies: Counter[str] = Counter()
        self._likes: dict[str, dict[str, Likes]] = {"account": {}, "payee": {}}

    def read(self, entries: Sequence[Any], edit: Edit | None, accounts: Iterable[str]) -> Offered:
        """What is offered once `entries` are loaded; `edit` says what they hold beside those of an earlier load."""
        known, self._entries = self._entries, None
        if edit is not None and edit.former is known:
            self._add(edit.gone, edit.come)
        else:
            self._clear()
            self._add((), entries)
        self._entries = entries
        scores = {name: likes.score for name, likes in self._likes["account"].items()}
        paid = self._likes["payee"]
        payees = dict.fromkeys(each.payee for each in entries if type(each) is Transaction and each.payee)
        currencies = [each for each, count in self._currencies.items() if count]
        links, tags = ([word for word, count in self._words[kind].items() if count] for kind in ("links", "tags"))
        return Offered(
            sorted(links),
            sorted(tags),
            sorted(sorted(accounts), key=lambda name: scores.get(name, 0.0), reverse=True),
            sorted(payees, key=lambda name: paid[name].score, reverse=True),
            currencies if len(currencies) < 2 else None,
        )

    def _add(self, gone: Iterable[Any], come: Iterable[Any]) -> None:
        more: dict[str, defaultdict[str, Counter[int]]] = {kind: defaultdict(Counter) for kind in self._likes}
        for sign, entries in ((-1, gone), (1, come)):
            for entry in entries:
                for kind, words in self._words.items():
                    for word in getattr(entry, kind, None) or ():
                        words[word] += sign
                if type(entry) is Transaction:
                    self._use(entry, sign, more)
        for kind, known in self._likes.items():
            for name, days in more[kind].items():
                known.setdefault(name, Likes(self._rate)).change(days)

    def _use(self, entry: Transaction, sign: int, more: Mapping[str, defaultdict[str, Counter[int]]]) -> None:
        day = entry.date.toordinal()
        if entry.payee:
            more["payee"][entry.payee][day] += sign
        accounts = more["account"]
        for posting in entry.postings:
            accounts[posting.account][day] += sign
            self._currencies[posting.units.currency] += sign  # type: ignore[union-attr]
            if posting.cost is not None and posting.cost.currency is not None:
                self._currencies[posting.cost.currency] += sign


def last_entries(entries: Sequence[Any], accounts: Iterable[str], named: Any, unrealised: str) -> dict[str, Any]:
    """The last directive that names each account; `named` gives the accounts of one that is no transaction."""
    missing = set(accounts)
    found: dict[str, Any] = {}
    for entry in reversed(entries):
        if not missing:
            break
        if type(entry) is Transaction:
            own: Iterable[str] = () if entry.flag == unrealised else [each.account for each in entry.postings]
        else:
            own = named(entry)
        for account in own:
            if account in missing:
                missing.discard(account)
                found[account] = entry
    return found
