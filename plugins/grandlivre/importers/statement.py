"""What a bank statement says, once read: whole signed francs, the file's own rows, and an identity for each line."""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from grandlivre.sources.problem import Problem


class StatementLine(NamedTuple):
    """One movement as the bank shows it."""

    row: int
    """Where it stands in the file (1-based)."""
    date: dt.date
    """The day the bank booked it."""
    value_date: dt.date | None
    """The bank's value date, when the file gives one."""
    amount: int
    """Signed whole francs, receipts positive (the account holder's side)."""
    text: str
    """The bank's wording, spaces collapsed."""
    reference: str | None = None
    """The bank's reference, or the cheque or transfer number it prints apart."""
    balance: int | None = None
    """The running balance after this line, when the file gives one."""
    nature: str | None = None
    """What the format says such wording is: frais, interets, prelevements or impayes; None for any other movement."""

    @property
    def is_information(self) -> bool:
        """Whether the bank only says something: a line of 0 F moves nothing, and no entry answers it."""
        return not self.amount


class BankFile(NamedTuple):
    """One statement of one account, lines from the oldest to the newest as the bank ordered them."""

    account_id: str | None
    """The account number the bank prints, without spaces; None when the format does not look for it."""
    opening: int | None
    """The balance before the first line, read or recomputed; None when the file gives no balance at all."""
    closing: int | None
    """The balance after the last line; None when the file gives no balance at all."""
    lines: tuple[StatementLine, ...]
    left_out: int = 0
    """How many rows the bank says were not done: failed, refused or cancelled operations."""


class Reading(NamedTuple):
    """The outcome of reading a file: a statement, or every problem at once."""

    statement: BankFile | None
    problems: tuple[Problem, ...]


def identities(account: str, lines: Sequence[StatementLine]) -> tuple[str, ...]:
    """The identity of each line: 16 hexadecimal digits of sha256 over account, date, amount, text, reference, rank.

    Equal lines are told apart by counting them, so the same statement read twice, or two statements that overlap by
    whole days, give the same identities whatever the rows are.
    """
    seen: Counter[str] = Counter()
    found: list[str] = []
    for line in lines:
        said = "\x1f".join(
            (account, line.date.isoformat(), str(line.amount), _spelled(line.text), _spelled(line.reference or ""))
        )
        seen[said] += 1
        found.append(hashlib.sha256(f"{said}\x1f{seen[said]}".encode()).hexdigest()[:16])
    return tuple(found)


def _spelled(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
