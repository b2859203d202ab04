"""A guard that is not met leaves its rule's findings word for word, in books where they say much: the marked ledgers, edited.

`GRANDLIVRE_GARDES=300` edits each so many times instead of a few.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core import data

from grandlivre.books.index import Books, build
from grandlivre.books.plain import plain_entry
from grandlivre.books.records import Place
from grandlivre.guards.change import Change
from grandlivre.rules import Finding, Rule
from marks import LEDGERS, name
from test_doubt import KEYS, annotate, borrow, move, multiply, readdress

DRAWN = int(os.environ.get("GRANDLIVRE_GARDES", "8"))
RULES = (
    *("autorisation", "bailleurs-croises", "comptes-de-bilan", "conflit-d-interets", "double-signature"),
    *("facture-en-double", "fractionnement", "piece-", "reglement", "trois-proformas", "virement-fournisseur"),
)
Transaction = data.Transaction
Edit = Callable[[Transaction, Transaction, random.Random], Transaction]

EDITS: tuple[Edit, ...] = (
    lambda one, other, lot: borrow(one, other, lot.choice(KEYS))[0],
    lambda one, other, lot: annotate(one, other, lot.choice(KEYS))[0],
    lambda one, other, lot: multiply(one, other, lot.choice((2, 3, 40)))[0],
    lambda one, other, lot: move(one, other, None)[0],
    lambda one, other, lot: readdress(one, other, None)[0],
    lambda one, other, lot: one._replace(payee=other.payee),
    lambda one, other, lot: one._replace(narration=f"{one.narration} bis"),
    lambda one, other, lot: one._replace(date=one.date + timedelta(lot.randint(-12, 12))),
)


def judged(ledger: Path) -> Iterator[tuple[Rule, Books]]:
    """The rules that a marked ledger asks, each with its books."""
    asked: list[tuple[Rule, Books]] = []
    judge = Rule.judge

    def heard(rule: Rule, books: Books) -> Iterator[Finding]:
        asked.append((rule, books))
        return judge(rule, books)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "judge", heard)
        loader.load_file(str(ledger))
    for rule, books in asked:
        yield rule, build(list(map(numbered, books.raw)), {"filename": books.main}, books.policy, books.today)


def numbered(directive: Any) -> Any:
    """A transaction under a voucher that reads as one."""
    if not isinstance(directive, Transaction) or not directive.postings or "piece" in directive.meta:
        return directive
    tree = directive.postings[0].account.split(":")[1]
    piece = f"OD-{tree}-{directive.date.year}-{5_000 + directive.meta['lineno']}"
    return directive._replace(meta={**directive.meta, "piece": piece})


def changed(before: Books, after: Books, old: Transaction, new: Transaction) -> Change | None:
    """What an edit of a transaction changed; None where one of both is not ordinary."""
    found = []
    for books, one in ((before, old), (after, new)):
        entry = next((each for each in books.entries if each.place == Place.of(one.meta)), None)
        found.append(plain_entry(entry, books) if entry is not None else None)
    gone, come = found
    return Change((gone,), (come,)) if gone is not None and come is not None else None


@pytest.mark.parametrize("ledger", [each for each in LEDGERS if name(each).startswith(RULES)], ids=name)
def test_whoever_is_not_concerned_says_the_same_of_faulty_books(ledger: Path) -> None:
    for rule, before in judged(ledger):
        transactions = [each for each in before.raw if isinstance(each, Transaction)]
        said, guard = list(rule.judge(before)), rule.guard(before)
        for seed in range(DRAWN if transactions else 0):
            lot = random.Random(seed)
            old, other = lot.choice(transactions), lot.choice(transactions)
            new = lot.choice(EDITS)(old, other, lot)
            entries = [new if each is old else each for each in before.raw]
            after = build(entries, {"filename": before.main}, before.policy, before.today)
            change = changed(before, after, old, new)
            if change is not None and not guard.is_met(change):
                assert told(rule.judge(after)) == told(said), (rule.id, seed, change)


def told(findings: Iterator[Finding] | list[Finding]) -> list[tuple[object, ...]]:
    return sorted((each.file, each.line, each.level, each.message, each.piece) for each in findings)
