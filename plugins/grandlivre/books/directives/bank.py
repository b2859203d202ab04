"""Bank statements: the balance a bank gives, and what was outstanding when it was reconciled."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from beancount.core import account as account_types
from beancount.core import amount

from grandlivre.books.directives.source import Kind, Source
from grandlivre.books.records import Account, Place
from grandlivre.policy.periods import Period


class Statement(NamedTuple):
    """A bank statement: its balance, and what was outstanding when it was reconciled."""

    account: Account
    month: str
    date: date
    balance: int
    outstanding: tuple[str, ...]
    document: str
    file: str
    """The bank's own file under releves/, when `fichier` names it."""
    place: Place


def _statement(source: Source) -> Statement:
    month = source.values[1].strip()
    period = Period.parse(month)
    if period is None or len(month) != 7 or "T" in month or "S" in month:
        source.say(f"Le mois du relevé « {month} » ne se lit pas : écrivez AAAA-MM, par exemple 2026-03.")
    return Statement(
        source.account(source.values[0]),
        month,
        source.date,
        source.money(source.values[2]),
        tuple(source.text("suspens").split()),
        source.text("document"),
        source.text("fichier"),
        source.place,
    )


KINDS = (
    Kind("releve", 'Actif:…:52111-Banque "2026-03" 4512000 XOF', (account_types.TYPE, str, amount.Amount), _statement),
)
