"""What trees of the project set lend and charge each other: taken out of the combined set, and nil (Guide d'application, App. 8).

A loan stands on accounts declared for it (`comptes › prets`): debits and credits of all trees answer each other; what they do not
answer (a loan with a tree that has no project set) stays where it is. A share of common costs is charged in the tree that pays it
and credited to 78 in the one that receives it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry, Movement
from grandlivre.policy.sycebnl import EXPENSES, SHARED_COSTS
from grandlivre.statements.figures import AccountYear, Span

Trees = tuple[str, ...]


class Taken(NamedTuple):
    """What is taken out of an account, debits positive."""

    account: Account
    balance: int
    """Of a loan's balance at the end."""
    moved: int
    """Of a loan's movements of the year, or of what is shared."""


class Between(NamedTuple):
    """What trees owe and charge each other in a year."""

    loans: tuple[Taken, ...]
    shares: tuple[Taken, ...]

    @property
    def gap(self) -> int:
        """What does not answer itself: 0."""
        return sum(each.balance for each in self.loans) + sum(each.moved for each in self.shares)


def without_loans(
    books: Books, trees: Trees, span: Span, read: Iterable[AccountYear]
) -> tuple[tuple[AccountYear, ...], tuple[Taken, ...]]:
    """The figures less the loans between those trees, and what was taken out."""
    names = books.policy.loan_accounts
    every = tuple(read)
    outside = _outside(books, trees, span)
    own = [each for each in every if each.account.name in names]
    opening = _answered([each.opening - outside.get((each.account.name, True), 0) for each in own])
    moved = _answered([each.movement - outside.get((each.account.name, False), 0) for each in own])
    left: dict[str, AccountYear] = {}
    taken = []
    for each, began, changed in zip(own, opening, moved, strict=True):
        rest = each.movement - changed
        debit, credit = (each.debit, each.credit) if not changed else (max(rest, 0), max(-rest, 0))
        left[each.account.name] = each._replace(opening=each.opening - began, debit=debit, credit=credit)
        if began or changed:
            taken.append(Taken(each.account, began + changed, changed))
    kept = (left.get(each.account.name, each) for each in every)
    return tuple(each for each in kept if any(each[1:])), tuple(taken)


def without_shares(
    books: Books, trees: Trees, span: Span, read: Iterable[AccountYear]
) -> tuple[tuple[AccountYear, ...], tuple[Taken, ...]]:
    """The figures less the shares of common costs between those trees, and what was taken out."""
    sums: dict[str, int] = {}
    for payer, receiver in _pairs(books, trees, span):
        for name, value in (*_moved(payer, EXPENSES), *_moved(receiver, SHARED_COSTS)):
            sums[name] = sums.get(name, 0) + value
    every = tuple(read)
    if not sums:
        return every, ()
    kept = (_less(each, sums.get(each.account.name, 0)) for each in every)
    taken = tuple(Taken(books.accounts[name], 0, amount) for name, amount in sorted(sums.items()) if amount)
    return tuple(each for each in kept if any(each[1:])), taken


def is_shared(books: Books, trees: Trees, span: Span) -> Callable[[Entry, Movement], bool]:
    """Whether a movement is of a share of common costs that those trees' set leaves out of a year."""
    pairs = _pairs(books, trees, span)
    payers, receivers = ({id(pair[side]) for pair in pairs} for side in (0, 1))

    def judged(entry: Entry, movement: Movement) -> bool:
        paid = id(entry) in payers and movement.account.is_(*EXPENSES)
        return paid or (id(entry) in receivers and movement.account.is_(*SHARED_COSTS))

    return judged


def _pairs(books: Books, trees: Trees, span: Span) -> list[tuple[Entry, Entry]]:
    """The shares between those trees of which both entries are of the year."""
    return [
        pair
        for pair in books.shared_costs.pairs
        if all(entry.tree in trees and span.start <= entry.date <= span.end for entry in pair)
    ]


def _moved(entry: Entry, numbers: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    return ((m.account.name, m.value) for m in entry.movements if m.account.is_(*numbers))


def _less(each: AccountYear, amount: int) -> AccountYear:
    if amount > 0:
        return each._replace(debit=each.debit - amount)
    return each._replace(credit=each.credit + amount)


def _answered(amounts: list[int]) -> list[int]:
    """Of debits and credits, what answers each other, in their order: it adds up to nothing."""
    common = min(sum(max(amount, 0) for amount in amounts), sum(max(-amount, 0) for amount in amounts))
    left = {1: common, -1: common}
    found = []
    for amount in amounts:
        side = 1 if amount > 0 else -1
        part = min(amount * side, left[side])
        left[side] -= part
        found.append(part * side)
    return found


def _outside(books: Books, trees: Trees, span: Span) -> Mapping[tuple[str, bool], int]:
    """What loan accounts owe by entries with other trees: by account, and whether it came before the year."""
    names = books.policy.loan_accounts
    found: dict[tuple[str, bool], int] = {}
    if not names:
        return found
    for entry in books.matching(
        lambda pattern: (
            any(tree not in trees for tree in pattern.trees) and any(a.name in names for a in pattern.accounts)
        )
    ):
        for movement in entry.movements if entry.date <= span.end else ():
            if movement.account.name in names:
                key = (movement.account.name, entry.date < span.start or entry.is_opening)
                found[key] = found.get(key, 0) + movement.value
    return found
