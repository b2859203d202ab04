"""Gifts, in the order of the books: who gave what by which entry; the register of donors is made of them (SYCEBNL art. 17)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry, Movement
from grandlivre.policy.givers import Giver
from grandlivre.policy.sycebnl import (
    ASSETS_HELD,
    GIFT_NATURES,
    GIFTS_REGISTERED,
    GIVEN_ASSETS,
    PLEDGED_TO_GIVERS,
    PROMISED_GIFTS,
    TREASURY,
    YEAR_RESULT,
)


class Gift(NamedTuple):
    """What one giver gave by one entry, of one nature; negative when it is taken back."""

    number: int
    """Its place in the register, from 1, over the whole life of the books."""
    entry: Entry
    payer: str
    """Who gave it, as the entry says."""
    giver: Giver | None
    """The same in `donateurs.yaml`; None when nothing there is so called."""
    nature: str
    """A key of GIFT_NATURES."""
    movements: tuple[Movement, ...]

    @property
    def amount(self) -> int:
        """What it is in the books' currency, whole units."""
        return -sum(movement.value for movement in self.movements)

    @property
    def beside(self) -> int:
        """What it was valued at off the balance sheet (class 9), whole units."""
        return -sum(movement.units for movement in self.movements if not movement.value)

    @property
    def reference(self) -> str:
        """The number that the entry gives it (`registre`)."""
        return self.entry.text("registre", self.movements[0])


def gifts(books: Books) -> tuple[Gift, ...]:
    """Every gift of the books, stornos and what is given back included; balances brought forward are none."""
    return books.once("gifts", lambda: tuple(_gifts(books)))


def _gifts(books: Books) -> Iterator[Gift]:
    number = 0
    for entry in books.touching(*GIFTS_REGISTERED):
        if entry.is_opening or entry.kind == "cloture" or entry.pattern.touches(YEAR_RESULT):
            continue
        parts: dict[tuple[str, str], list[Movement]] = {}
        for movement in entry.movements:
            nature = _nature(entry, movement)
            if nature:
                parts.setdefault((payer(books, entry, movement), nature), []).append(movement)
        for (who, nature), own in parts.items():
            number += 1
            yield Gift(number, entry, who, _giver(books, entry, own[0], who), nature, tuple(own))


def _nature(entry: Entry, movement: Movement) -> str:
    """What a movement gives; "" when it gives nothing."""
    account = movement.account
    if not movement.units or not account.is_(*GIFTS_REGISTERED) or account.is_(*PLEDGED_TO_GIVERS):
        return ""
    if account.is_(*GIVEN_ASSETS) and not _brings_an_asset(entry, movement):
        return ""
    return next(nature for nature, prefixes in GIFT_NATURES.items() if account.is_(*prefixes))


def _brings_an_asset(entry: Entry, movement: Movement) -> bool:
    """Whether a fund grows because something came in: what only moves between funds, or is released, was given before."""
    grows = movement.value < 0 or entry.is_storno
    return grows and entry.pattern.touches((*ASSETS_HELD, *TREASURY, *PROMISED_GIFTS))


def payer(books: Books, entry: Entry, movement: Movement) -> str:
    """Who pays or gives: the giver or the member that the entry names, a declared person, else the payee as written."""
    policy, payee = books.policy, entry.payee_of(movement)
    giver = policy.givers.giver(entry.text("donateur", movement))
    if giver is not None:
        return next(giver.names)
    member = policy.members.member(entry.text("membre", movement))
    if member is not None:
        return member.name
    person = policy.people.get(payee)
    return person.name if person is not None else payee


def _giver(books: Books, entry: Entry, movement: Movement, who: str) -> Giver | None:
    givers = books.policy.givers
    return givers.giver(entry.text("donateur", movement)) or givers.called(who)


def treasury(entry: Entry) -> Account | None:
    """Where the money of an entry came in, or went out of when it is a storno; None when no money moved."""
    sign = -1 if entry.is_storno else 1
    return next((m.account for m in entry.movements if sign * m.value > 0 and m.account.is_(*TREASURY)), None)
