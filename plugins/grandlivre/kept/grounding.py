"""What the next runs are told of a whole run: the facts of its books, and each rule's guard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from beancount.core import data

from grandlivre.books.index import Books
from grandlivre.checks import rules_for
from grandlivre.guards.as_data import written
from grandlivre.guards.guard import Anything
from grandlivre.inspection import Inspection
from grandlivre.kept.ground import Facts
from grandlivre.kept.plain_entries import Known
from grandlivre.sources.audit import EXACT_PLUGIN

_HALF = Decimal("0.5")
"""The largest difference that a load may let pass where amounts are whole: nothing is rounded then."""


def guards_of(found: Inspection) -> list[list[str]] | None:
    """Each rule that ran and what its findings hang on, as texts; None when one of them is to be asked after any change."""
    said: list[list[str]] = []
    for rule in rules_for(found.books):
        if rule.id not in found.rules:
            continue
        try:
            guard = rule.guard(found.books)
            text = written(guard)
        except Exception:
            return None
        if any(type(condition) is Anything for condition in guard.conditions):
            return None
        said.append([rule.id, text])
    return said


def facts_of(found: Inspection, ledgers: Iterable[str]) -> Facts | None:
    """What is known of the books; None where a change of ordinary entries may mean more than it says."""
    books, options = found.books, found.options
    if books.problems and any(map(_reaches_far, found.entries)):
        return None
    currency = books.policy.currency
    tolerances = options.get("inferred_tolerance_default") or {}
    if options.get("plugin") != [EXACT_PLUGIN] or tolerances.get(currency, tolerances.get("*", _HALF)) > _HALF:
        return None
    years = [(each.start.isoformat(), each.end.isoformat()) for each in books.policy.organisation.years]
    if not years:
        return None
    others = [each for each in found.entries if type(each) is not data.Transaction]
    known = Known(currency, _accounts(books, others), _series(books), years)
    asserted = [(each.account, each.date.isoformat()) for each in others if type(each) is data.Balance]
    return Facts(known, asserted, _ranks(found, others), frozenset(ledgers))


def _reaches_far(entry: Any) -> bool:
    """Whether what a directive means hangs on all that its accounts hold; the books then say that it is refused."""
    return type(entry) is data.Pad or (
        type(entry) is data.Transaction and any(each.cost is not None for each in entry.postings)
    )


def _accounts(books: Books, others: Sequence[Any]) -> dict[str, tuple[str, str]]:
    """The accounts on which an entry may be ordinary, with their first and last day."""
    allowed = {
        each.account
        for each in others
        if type(each) is data.Open and (not each.currencies or books.policy.currency in each.currencies)
    }
    return {
        name: (account.opened.isoformat(), account.closed.isoformat() if account.closed is not None else "")
        for name, account in books.accounts.items()
        if name in allowed and account.opened is not None and account.number
        if account.tree == name.split(":")[1] and name.rpartition(":")[2].startswith(account.number)
    }


def _series(books: Books) -> dict[str, str]:
    return {f"{each.journal}-{each.tree}-{each.year:04d}": each.tree for each in books.series}


def _ranks(found: Inspection, others: Sequence[Any]) -> list[tuple[str, str, int]]:
    """The directives of one kind and day that several ledgers hold, in the order of the load."""
    groups: dict[str, list[tuple[str, str, int]]] = {}
    for each in others:
        if type(each) is data.Custom:
            key = f"{each.date.isoformat()} {each.type}"
            groups.setdefault(key, []).append((key, each.meta["filename"], each.meta["lineno"]))
    several = [group for group in groups.values() if len({file for _, file, _ in group}) > 1]
    return [(key, found.relative(file), line) for group in several for key, file, line in group]
