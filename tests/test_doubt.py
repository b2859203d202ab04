"""A doubt changes nothing to what its rule says: the demonstration books, damaged in many ways, are judged with and without.

The marked ledgers and the planted faults are judged twice as well, in `test_checks.py` and `test_mutations.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from beancount.core import data
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doubts import compared
from grandlivre.books.index import Books, build
from grandlivre.books.loading import Load, load
from grandlivre.books.part import about
from grandlivre.checks import rule_classes, rule_ids, rules_of
from grandlivre.policy.loading import Policy, load_policy
from grandlivre.rules import Doubt, Finding, Rule, run

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2026, 11, 29)
KEYS = (
    "piece signataire-1 signataire-2 ligne convention nif facture marche autorise-par date-valeur document reciproque "
    "avance beneficiaire pointage ecriture annule annulee mode"
).split()
Transaction = data.Transaction


@pytest.fixture(scope="module")
def loaded() -> Load:
    return load(ROOT / "ledger" / "main.beancount")


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(ROOT / "rules")


# --- damage --------------------------------------------------------------------------------------------------------


def borrow(one: Transaction, other: Transaction, key: str) -> list[Transaction]:
    """One value of another entry, or its absence."""
    meta = {name: value for name, value in one.meta.items() if name != key}
    return [one._replace(meta=meta | {name: other.meta[name] for name in (key,) if name in other.meta})]


def annotate(one: Transaction, other: Transaction, key: str) -> list[Transaction]:
    """One value of another entry, on a posting."""
    if not one.postings or key not in other.meta:
        return [one]
    first = one.postings[0]
    return [one._replace(postings=[first._replace(meta={**first.meta, key: other.meta[key]}), *one.postings[1:]])]


def multiply(one: Transaction, _: Transaction, factor: int) -> list[Transaction]:
    return [
        one._replace(
            postings=[p._replace(units=p.units._replace(number=p.units.number * factor)) for p in one.postings]
        )
    ]


def move(one: Transaction, other: Transaction, _: object) -> list[Transaction]:
    return [one._replace(date=other.date)]


def repeat(one: Transaction, other: Transaction, _: object) -> list[Transaction]:
    """The same once more, a few lines below and on another day."""
    again = one._replace(
        meta={**one.meta, "lineno": one.meta["lineno"] + 1}, date=min(other.date, one.date + timedelta(3))
    )
    return [one, again]


def reverse(one: Transaction, other: Transaction, _: object) -> list[Transaction]:
    """Its storno on another day."""
    meta = {"filename": one.meta["filename"], "lineno": one.meta["lineno"] + 1, "ecriture": "extourne"}
    meta |= {"annule": str(one.meta.get("piece", "")), "piece": str(other.meta.get("piece", ""))}
    (storno,) = multiply(one._replace(meta=meta, date=max(one.date, other.date)), other, -1)
    return [one, storno]


def readdress(one: Transaction, other: Transaction, _: object) -> list[Transaction]:
    """Paid to, or booked on the account of, another."""
    if not (one.postings and other.postings):
        return [one._replace(payee=other.payee)]
    first = one.postings[0]._replace(account=other.postings[-1].account)
    return [one._replace(payee=other.payee, postings=[first, *one.postings[1:]])]


def lose(_: Transaction, __: Transaction, ___: object) -> list[Transaction]:
    return []


Damage = tuple[Callable[[Transaction, Transaction, Any], list[Transaction]], int, int, Any]


EXAMPLES = 40 if os.environ.get("GRANDLIVRE_LONG") else 16
"""Sets of books, each damaged up to twelve times."""


def damages(entries: int) -> st.SearchStrategy[Damage]:
    place = st.integers(0, entries - 1)
    plain = st.sampled_from([move, repeat, reverse, readdress, lose])
    return st.one_of(
        st.tuples(st.sampled_from([borrow, annotate]), place, place, st.sampled_from(KEYS)),
        st.tuples(st.just(multiply), place, place, st.sampled_from([-1, 2, 3, 40, 10_000])),
        st.tuples(plain, place, place, st.none()),
    )


def damaged(entries: list[Any], done: list[Damage]) -> list[Any]:
    transactions = [entry for entry in entries if isinstance(entry, Transaction)]
    changed = {id(entry): [entry] for entry in transactions}
    for how, at, other, what in done:
        place = id(transactions[at % len(transactions)])
        changed[place] = [
            new for old in changed[place] for new in how(old, transactions[other % len(transactions)], what)
        ]
    return [new for entry in entries for new in changed.get(id(entry), [entry])]


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(damages(900), min_size=1, max_size=12))
def test_the_demonstration_books_damaged(loaded: Load, policy: Policy, done: list[Damage]) -> None:
    entries, _, options = loaded
    books = build(damaged(entries, done), options, policy, TODAY)
    with compared() as found:
        run(rules_of(policy)[0], books, rule_ids())
    assert found.judged == rule_ids()


# --- what a doubt promises --------------------------------------------------------------------------------------------


def test_a_doubt_that_is_too_narrow_is_seen(loaded: Load, policy: Policy) -> None:
    class Careless(Rule):
        """Règle d'essai."""

        id = "essai"

        def check(self, books: Books) -> Iterator[Finding]:
            for entry in books.entries[:1]:
                yield Finding("essai", self.capped(self.level), entry.file, entry.line, "premier")  # type: ignore[arg-type]

        def doubt(self, books: Books) -> Doubt:
            return Doubt(())

    entries, _, options = loaded
    with pytest.raises(AssertionError, match="premier"), compared():
        list(Careless.model_validate({}).judge(build(entries, options, policy, TODAY)))


@pytest.mark.parametrize("cls", [cls for cls in rule_classes() if "doubt" in vars(cls)], ids=lambda cls: cls.id)
def test_in_sound_books_there_is_little_doubt(cls: type[Rule], loaded: Load, policy: Policy) -> None:
    """A doubt that always says everything would prove nothing."""
    entries, _, options = loaded
    books = build(entries, options, policy, TODAY)
    doubt = cls.model_validate({}).doubt(books)
    assert doubt is not None
    some = doubt.accounts if doubt.entries is None else {id(entry) for entry in doubt.entries}
    every = books.accounts if doubt.entries is None else books.entries
    assert some is not None
    assert len(some) < len(every) / 2


def test_a_part_holds_the_entries_in_doubt(loaded: Load, policy: Policy) -> None:
    entries, _, options = loaded
    books = build(entries, options, policy, TODAY)
    part = about(books, Doubt(books.entries[5:400:3]))
    assert part.entries == books.entries[5:400:3]
    assert (part.today, part.start, part.suppliers) == (books.today, books.start, books.suppliers)
    assert sorted(place for shape in part.shapes for place in shape.places) == list(range(len(part.entries)))
    for shape in part.shapes:
        assert [part.entries[place] for place in shape.places] == list(shape.entries)
        assert list(shape.payees) == [entry.payee for entry in shape.entries]
        assert list(shape.values) == [entry.values for entry in shape.entries]
        assert list(shape.amounts) == [m.value for entry in shape.entries for m in entry.movements]
    kept = {id(entry) for entry in part.entries}
    assert part.charges == tuple(charge for charge in books.charges if id(charge.entry) in kept)
    assert part.bought() == tuple(line for line in books.bought() if id(line.entry) in kept)
    for name in books.accounts:
        assert part.movements(name) == tuple(posted for posted in books.movements(name) if id(posted.entry) in kept)
        assert part.ledger(name) is books.ledger(name)


def test_a_part_holds_the_accounts_in_doubt(loaded: Load, policy: Policy) -> None:
    entries, _, options = loaded
    books = build(entries, options, policy, TODAY)
    tills = [account.name for account in books.tills]
    part = about(books, Doubt(accounts=tills))
    assert sorted(part.accounts) == sorted(tills)
    assert part.entries is books.entries
    assert part.movements(tills[0]) is books.movements(tills[0])
