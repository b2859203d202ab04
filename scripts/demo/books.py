"""The books while they are being written: transactions and directives of every tree, and how an account is named."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from demo.model import Directive, Posting, Tx, Value, number_of
from demo.world import PEOPLE, ROOTS, TREES

Leg = tuple[str, int] | tuple[str, int, dict[str, Value]]
"""An account's number, an amount in francs, and the posting's own metadata."""


def account(tree: str, number: str) -> str:
    """The account of that number in a tree; « 52 » is the tree's bank."""
    if number == "52":
        number, label = TREES[tree].bank
        return f"Actif:{tree}:{number}-{label}"
    root, label = ROOTS[number]
    return f"{root}:{tree}:{number}-{label}"


def person(identifier: str) -> str:
    """A person's name as payee."""
    return f"{PEOPLE[identifier][0]} (fictif)"


@dataclass
class Books:
    """What has been booked so far."""

    txs: list[Tx] = field(default_factory=list)
    directives: list[Directive] = field(default_factory=list)
    vouchers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Lines of text of each voucher file that no transaction owns."""

    def add(
        self,
        day: date,
        tree: str,
        series: str,
        payee: str,
        narration: str,
        *legs: Leg,
        rank: int = 50,
        kind: str = "",
        lag: int | None = 1,
        **meta: Value,
    ) -> Tx:
        """Books a transaction; underscores of keyword names become hyphens, empty values are left out."""
        postings = [Posting(account(tree, leg[0]), leg[1], meta=dict(leg[2]) if len(leg) == 3 else {}) for leg in legs]
        words = {key.replace("_", "-"): value for key, value in meta.items() if value != ""}
        tx = Tx(day, tree, series, payee, narration, postings, words, rank, len(self.txs), kind, lag)
        self.txs.append(tx)
        return tx

    def say(self, day: date, tree: str, kind: str, *values: str, rank: int = 50, meta: dict[str, Value]) -> Directive:
        """Adds a custom directive, its values already as they are written."""
        words = {key: value for key, value in meta.items() if value is not None}
        item = Directive(day, tree, kind, values, words, rank, len(self.directives))
        self.directives.append(item)
        return item

    def of(self, tree: str, series: str = "") -> list[Tx]:
        """A tree's transactions in order, of one series when given."""
        return sorted((tx for tx in self.txs if tx.tree == tree and series in ("", tx.series)), key=lambda tx: tx.key)

    def accounts(self) -> dict[str, set[str]]:
        """Every account used, with its currencies."""
        used: dict[str, set[str]] = {}
        for tx in self.txs:
            for posting in tx.postings:
                used.setdefault(posting.account, set()).add(posting.currency)
        return used


def balance(txs: list[Tx], prefix: str) -> int:
    """What transactions leave on the accounts of a number prefix."""
    return sum(p.francs for tx in txs for p in tx.postings if number_of(p.account).startswith(prefix))
