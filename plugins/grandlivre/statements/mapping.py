"""The mapping engine: each account's figure goes to one line of a statement, or to those that no line reads.

The longest prefix wins; a side (« 42 D ») is the sign of the account's own balance, or the side of its movements. Nothing is
dropped: what no line reads stands in `unattached`, and lines and unattached together are all that was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

from grandlivre.policy.layouts import NO_SIDE, Reading, Selector, Side, StatementLayout
from grandlivre.statements.figures import AccountYear

_SILENT = "-"
"""The key of what is no flow; no line may have it."""


class Share(NamedTuple):
    """What an account gives a line, debits positive."""

    figures: AccountYear
    amount: int
    deduction: bool = False
    """Whether it is taken away as depreciation or impairment."""
    reading: Reading | Literal["anterieur"] = "solde"
    """What of the account it is."""
    side: Side = NO_SIDE
    """Which movements, where it is read from one side of them."""


class Amounts(NamedTuple):
    """A line's figures, positive in its own direction."""

    gross: int
    depreciation: int
    """What is taken away."""

    @property
    def net(self) -> int:
        """gross − depreciation."""
        return self.gross - self.depreciation


@dataclass(frozen=True)
class Statement:
    """A layout filled in."""

    layout: StatementLayout
    amounts: Mapping[str, Amounts]
    """Each line's figures, by its key."""
    shares: Mapping[str, tuple[Share, ...]]
    """What each line that reads accounts is made of."""
    unattached: tuple[Share, ...]
    """What no line reads, by number."""
    silent: tuple[Share, ...] = ()
    """What the layout says is no flow."""

    def net(self, key: str) -> int:
        """A line's amount; 0 for a line that the layout does not have."""
        amounts = self.amounts.get(key)
        return amounts.net if amounts is not None else 0

    def shares_behind(self, key: str, sign: int = 1) -> Iterator[tuple[int, Share]]:
        """What a line is made of, down to the accounts of the lines it adds up: (1 or −1, share), debits times it."""
        line = self.layout.by_key.get(key)
        if line is None:  # the organisation's own layout does without it
            return
        for share in self.shares.get(key, ()):
            yield sign * self.layout.direction_of(line), share
        for term in line.sums:
            yield from self.shares_behind(term.key, sign * term.sign)


def fill(
    layout: StatementLayout,
    read: Iterable[AccountYear],
    choices: Mapping[str, str],
    placed: Iterable[tuple[str, Share]] = (),
    given: Mapping[str, int] = MappingProxyType({}),
) -> Statement:
    """The statement of those figures, under the choices the law leaves open.

    `placed`: what lines are given, by key; `given`: lines reckoned elsewhere, by key.
    """
    readers = _Readers(layout, choices)
    shares: dict[str, list[Share]] = {line.key: [] for line in layout.lines}
    unattached: list[Share] = []
    silent: list[Share] = []
    for figures in read:
        if not figures.account.is_(*layout.scope):
            continue
        for key, share in readers.of(figures):
            if key and key != _SILENT:
                shares[key].append(share)  # of nothing too: an account emptied in the year is detailed in the notes
            elif share.amount:
                (silent if key else unattached).append(share)
    for key, share in placed:
        shares.get(key, unattached).append(share)
    by_line = {key: tuple(each) for key, each in shares.items()}
    return Statement(layout, _added(layout, by_line, given), by_line, tuple(_netted(unattached)), tuple(silent))


def _netted(shares: Iterable[Share]) -> Iterator[Share]:
    """Both sides of an account in one; nothing when they answer each other."""
    found: dict[tuple[str, str], Share] = {}
    for share in shares:
        key = (share.figures.account.name, share.reading)
        before = found.get(key)
        found[key] = share if before is None else share._replace(amount=before.amount + share.amount, side=NO_SIDE)
    return (share for share in found.values() if share.amount)


class _Reader(NamedTuple):
    """Where a selector leads."""

    key: str = ""
    """A line, none, or what is no flow."""
    reading: Reading | None = None
    """What its line reads, when it says so."""
    deduction: bool = False


class _Readers:
    """Who reads a number."""

    def __init__(self, layout: StatementLayout, choices: Mapping[str, str]) -> None:
        self.layout = layout
        self.by_selector: dict[Selector, _Reader] = {}
        for line in layout.lines:
            chosen = (values.get(choices.get(key, ""), ()) for key, values in line.choice.items())
            for selector in (*line.numbers, *(each for listed in chosen for each in listed)):
                self.by_selector[selector] = _Reader(line.key, line.reading)
            for selector in line.deductions:
                self.by_selector[selector] = _Reader(line.key, line.reading, deduction=True)
        self.by_selector |= dict.fromkeys(layout.nowhere, _Reader())
        self.by_selector |= dict.fromkeys(layout.silent, _Reader(_SILENT))
        self.prior = [(selector.prefix, line.key) for line in layout.lines for selector in line.prior]

    def of(self, figures: AccountYear) -> Iterator[tuple[str, Share]]:
        """The lines that read an account ("" for none) and what they read of it."""
        number = figures.account.number
        reader = self._reader(number, "D" if figures.balance > 0 else "C")
        reading = reader.reading or self.layout.reading
        if reading == "mouvement":
            sides: tuple[tuple[Side, int], ...] = (("D", figures.debit), ("C", -figures.credit))
            for side, amount in sides:
                own = self._reader(number, side)
                yield own.key, Share(figures, amount, own.deduction, reading, side)
            return
        owner = next((key for prefix, key in self.prior if number.startswith(prefix)), "")
        if reader.key or not owner:
            amount = {"solde": figures.balance, "ouverture": figures.opening, "exercice": figures.movement}[reading]
            yield reader.key, Share(figures, amount, reader.deduction, reading)
        if owner:
            yield owner, Share(figures, figures.prior, reading="anterieur")

    def _reader(self, number: str, side: Side) -> _Reader:
        for size in range(len(number), 0, -1):
            for wanted in (side, NO_SIDE):
                found = self.by_selector.get(Selector(number[:size], wanted))
                if found is not None:
                    return found
        return _Reader()


def _added(
    layout: StatementLayout, shares: Mapping[str, tuple[Share, ...]], given: Mapping[str, int]
) -> dict[str, Amounts]:
    """Each line's figures: what it reads, what is given, or the lines it adds up."""
    known = {key: Amounts(amount, 0) for key, amount in given.items()}

    def worth(key: str) -> Amounts:
        if key not in known:
            line = layout.by_key[key]
            if line.sums:
                parts = [(term.sign, worth(term.key)) for term in line.sums]
                known[key] = Amounts(
                    sum(sign * part.gross for sign, part in parts),
                    sum(sign * part.depreciation for sign, part in parts),
                )
            else:
                direction = layout.direction_of(line)
                known[key] = Amounts(
                    direction * sum(share.amount for share in shares[key] if not share.deduction),
                    -direction * sum(share.amount for share in shares[key] if share.deduction),
                )
        return known[key]

    for line in layout.lines:
        worth(line.key)
    return known
