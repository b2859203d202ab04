"""The register of fixed assets: what each is worth at any date, and what the books say of those that left.

Nothing is depreciated in a tree whose agreement is of model A or F (the project set, SYCEBNL art. 7 and 9); in all others
an asset loses its cost evenly over its life, from the day it was put into service to the day it left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from grandlivre.books.directives.assets import Asset
from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry, Movement
from grandlivre.books.wear import ShareOfTime, Tenths, Wear, YearOf, part
from grandlivre.policy.donors import Agreement
from grandlivre.policy.sycebnl import (
    ASSETS,
    BOOK_VALUES,
    DEPRECIATIONS,
    DISPOSAL_PRICES,
    DISPOSALS,
    LAND,
    LASTING,
    REGISTERED,
    UNFINISHED,
    WORN_TOGETHER,
)

PROJECT_MODELS = frozenset({"fonds-administration", "avance"})
"""The models of financing that print the project set without depreciation (A and F)."""


class Leaving(NamedTuple):
    """One movement of an entry that takes an asset out of the books."""

    entry: Entry
    movement: Movement


@dataclass(frozen=True)
class Registered:
    """An asset with what it loses as time goes by, and the entries that took it out."""

    asset: Asset
    agreement: Agreement | None
    """The agreement that paid for it."""
    wears_out: bool
    """Whether its account and its tree are of those that are depreciated."""
    is_project: bool
    """Whether its tree prints the project set, without depreciation."""
    wear: Wear | None
    """None while nothing says from when, or over how long."""
    wear_account: Account | None
    """Where its depreciation stands; None when its tree has no such account."""
    release: Tenths | None
    """How the subsidy that paid for land is released; of anything else it follows the wear."""
    leaving: tuple[Leaving, ...]

    @property
    def tree(self) -> str:
        """The tree of its account."""
        return self.asset.account.tree

    def is_held(self, day: date) -> bool:
        """Whether it had come by the end of a day, and had not left."""
        return self.asset.date <= day and not self.has_left(day)

    def has_left(self, day: date) -> bool:
        """Whether it had left by the end of a day."""
        return self.asset.left is not None and self.asset.left <= day

    def _counted(self, day: date) -> date:
        return day if self.asset.left is None else min(day, self.asset.left)

    def worn(self, day: date) -> int:
        """What it had lost by the end of a day; nothing more once it left."""
        if self.wear is None:
            return self.asset.worn_before or 0
        return self.wear.by(self._counted(day))

    def net(self, day: date) -> int:
        """What it was still worth in the books."""
        return self.asset.cost - self.worn(day)

    def released(self, day: date) -> int:
        """What was released of its subsidy by the end of a day: at the pace of the wear, all of it once it left."""
        if not self.asset.subsidised or self.asset.date > day:
            return 0
        if self.has_left(day):
            return self.asset.subsidised
        if self.release is not None:
            return self.release.by(day)
        return part(self.asset.subsidised, self.worn(day), self.asset.cost) if self.wears_out else 0

    # --- what the books say of its leaving --------------------------------------------------------------------------

    def _left(self, day: date) -> Iterator[Movement]:
        return (each.movement for each in self.leaving if each.entry.date <= day)

    def cost_out(self, day: date) -> int:
        """What was taken off its account by the end of a day."""
        return -sum(m.value for m in self._left(day) if m.account.name == self.asset.account.name)

    def wear_out(self, day: date) -> int:
        """What was taken off its depreciation."""
        return sum(m.value for m in self._left(day) if m.account.is_(*DEPRECIATIONS))

    def cost_in_books(self, day: date) -> int:
        """What its account should still hold of its cost at the end of a day."""
        return self.asset.cost - self.cost_out(day) if self.asset.date <= day else 0

    def wear_in_books(self, day: date) -> int:
        """What its account of depreciation should hold of it."""
        return self.worn(day) - self.wear_out(day) if self.asset.date <= day else 0

    @cached_property
    def book_value(self) -> int:
        """What the entries call its book value (81)."""
        return sum(each.movement.value for each in self.leaving if each.movement.account.is_(*BOOK_VALUES))

    @cached_property
    def price(self) -> int:
        """What it brought in (82)."""
        return -sum(each.movement.value for each in self.leaving if each.movement.account.is_(*DISPOSAL_PRICES))

    @property
    def gain(self) -> int:
        """Price less book value; below zero it is a loss."""
        return self.price - self.book_value


def register(books: Books) -> tuple[Registered, ...]:
    """Every asset of the books, by tree, account and number."""
    return books.once("register of assets", lambda: tuple(_registered(books)))


def _registered(books: Books) -> Iterator[Registered]:
    share = books.policy.organisation.choices.share_of_time
    leaving = _leaving(books)
    for asset in sorted(books.directives.assets, key=lambda each: (each.account.tree, each.account.number, each.id)):
        agreement = books.agreement_on(asset.account.tree, asset.agreement, asset.date)
        project = _is_project(books, asset, agreement)
        wears_out = asset.account.is_(*REGISTERED) and not asset.account.is_(*LASTING) and not project
        yield Registered(
            asset,
            agreement,
            wears_out,
            project,
            _wear(books, asset, share) if wears_out else None,
            wear_account(books, asset.account),
            _release(books, asset, share) if asset.account.is_(*LAND) else None,
            tuple(leaving[asset.id]),
        )


def _is_project(books: Books, asset: Asset, agreement: Agreement | None) -> bool:
    """Whether the agreement that paid is of model A or F; where none is sure, whether its tree has one."""
    if agreement is not None:
        return agreement.financing in PROJECT_MODELS
    return not PROJECT_MODELS.isdisjoint(each.financing for each in books.tree_agreements(asset.account.tree))


def _wear(books: Books, asset: Asset, share: ShareOfTime) -> Wear | None:
    if asset.in_service is None or not asset.life:
        return None
    since = None if asset.worn_before is None else asset.date
    return Wear(asset.cost, asset.in_service, asset.life, share, _years(books), asset.worn_before or 0, since)


def _release(books: Books, asset: Asset, share: ShareOfTime) -> Tenths:
    return Tenths(asset.subsidised, asset.in_service or asset.date, share, _years(books))


def _years(books: Books) -> YearOf:
    return books.policy.organisation.year_around


def wear_account(books: Books, account: Account) -> Account | None:
    """Where what an account holds is depreciated: the account 28 of its tree whose number is nearest to its own (2442: 2844)."""
    number = account.number
    own = _nearest(books, account.tree, (number,))
    return own or _nearest(books, account.tree, next((g for g in WORN_TOGETHER if number.startswith(g)), ()))


def _nearest(books: Books, tree: str, numbers: tuple[str, ...]) -> Account | None:
    """The account 28 that says most of the digits of one of some numbers of class 2."""
    said: list[tuple[int, Account]] = []
    for account in books.tree_accounts(tree, *DEPRECIATIONS):
        digits = account.number[len(DEPRECIATIONS[0]) :]
        said += [(len(digits), account) for each in numbers if digits and each[1:].startswith(digits)]
    return max(said, key=lambda each: each[0])[1] if said else None


def registered_accounts(books: Books) -> tuple[Account, ...]:
    """The accounts whose assets are registered one by one, by name."""
    return tuple(
        account
        for _, account in sorted(books.accounts.items())
        if account.is_(*REGISTERED) and not account.is_(*UNFINISHED)
    )


def is_taken_over(books: Books, asset: Asset) -> bool:
    """Whether other books held it before these."""
    vouchers = (entry for piece in asset.pieces for entry in books.vouchers(piece))
    return asset.worn_before is not None or any(entry.is_taken_over for entry in vouchers)


class BookedOtherwise(NamedTuple):
    """Assets of the same vouchers and account, and what those booked there, when it is something else."""

    account: str
    pieces: tuple[str, ...]
    assets: tuple[Asset, ...]
    registered: int
    booked: int


def booked_otherwise(books: Books) -> Iterator[BookedOtherwise]:
    """The assets whose cost is not what their vouchers booked; of a balance brought forward, a part may be registered."""
    together: defaultdict[tuple[str, tuple[str, ...]], list[Asset]] = defaultdict(list)
    for asset in books.directives.assets:
        if asset.account.is_(*ASSETS) and asset.pieces and all(map(books.vouchers, asset.pieces)):
            together[asset.account.name, asset.pieces].append(asset)
    for (account, pieces), assets in together.items():
        entries = [entry for piece in pieces for entry in books.vouchers(piece)]
        booked = sum(m.value for entry in entries for m in entry.movements if m.account.name == account)
        registered = sum(asset.cost for asset in assets)
        lump = any(entry.is_taken_over for entry in entries)
        if registered > booked if lump else registered != booked:
            yield BookedOtherwise(account, pieces, tuple(assets), registered, booked)


# --- entries that take an asset out -------------------------------------------------------------------------------------


def _leaving(books: Books) -> Mapping[str, list[Leaving]]:
    """By asset, the movements that took it out: those that name it, else those of the only asset of its tree that left that day."""
    found: defaultdict[str, list[Leaving]] = defaultdict(list)
    assets = {asset.id: asset for asset in books.directives.assets}
    alone = _alone(assets.values())
    for entry in _disposing(books, assets.values()):
        named = [(entry.text("immobilisation", movement), movement) for movement in entry.movements]
        if any(number for number, _ in named):
            for number, movement in named:
                if number in assets:
                    found[number].append(Leaving(entry, movement))
        elif asset := alone.get((entry.tree, entry.date)):
            found[asset.id] += [Leaving(entry, movement) for movement in entry.movements]
    return found


def _alone(assets: Iterable[Asset]) -> Mapping[tuple[str, date], Asset]:
    """The assets that left their tree on a day when no other did."""
    days: defaultdict[tuple[str, date], list[Asset]] = defaultdict(list)
    for asset in assets:
        if asset.left is not None:
            days[asset.account.tree, asset.left].append(asset)
    return {place: own[0] for place, own in days.items() if len(own) == 1}


def _disposing(books: Books, assets: Iterable[Asset]) -> Iterator[Entry]:
    """The entries that touch 81 or 82, or credit an account of assets; what a storno undid has taken nothing out."""
    accounts = {asset.account.name for asset in assets if asset.left is not None}
    if not accounts:
        return

    def touches(names: Iterable[Account]) -> bool:
        return any(account.name in accounts or account.is_(*DISPOSALS) for account in names)

    for entry in books.matching(lambda pattern: touches(pattern.accounts)):
        undone = entry.is_storno or entry.piece in books.reversed_pieces
        taken = [
            m for m in entry.movements if m.account.is_(*DISPOSALS) or (m.account.name in accounts and m.value < 0)
        ]
        if taken and not undone:
            yield entry
