"""On which statement the bank shows a voucher, and what happened to it, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from grandlivre.books.bank import is_month
from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Place
from grandlivre.i18n import day as shown
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import BANK_AND_MOBILE
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.history import history

_HEAD = "la première ligne (date, bénéficiaire ou libellé)"
_AMOUNTS = "les comptes ou les montants"


class BankLine(NamedTuple):
    """A movement of a bank account, and the statement that shows it."""

    account: str
    said: str
    place: Place | None
    """Where the statement is written in the books."""


class Happened(NamedTuple):
    """One thing that happened to a voucher."""

    day: date | None
    """None: since the last recording."""
    who: str
    what: str
    lines: tuple[str, ...]
    """The lines of the file that went (-) or came (+), for who asks."""


class Past(NamedTuple):
    """What is known of a voucher, oldest first."""

    events: tuple[Happened, ...]
    silent: str
    """Why nothing is known of its changes, "" when something is."""


# The bank -----------------------------------------------------------------------------------------------------------


def bank_lines(books: Books, entry: Entry) -> tuple[BankLine, ...]:
    """The movements of banks and mobile money, each with the statement on which it was ticked."""
    found = []
    for movement in entry.movements:
        if not movement.account.is_(*BANK_AND_MOBILE) or not movement.value:
            continue
        month, account = entry.text("pointage", movement), movement.account
        if not month:
            said = "pas encore vu sur un relevé" if not entry.is_taken_over else "report à nouveau"
            found.append(BankLine(account.name, said, None))
            continue
        period = Period.parse(month) if is_month(month) else None
        said = f"vu sur le relevé {period.of if period is not None else month}"
        own = [each for each in books.directives.statements if (each.account.name, each.month) == (account.name, month)]
        if own:
            said = f"{said}, arrêté au {shown(own[-1].date)} et rapproché"
        else:
            said = f"{said}, qui n'est pas encore inscrit dans les livres"
        found.append(BankLine(account.name, said, own[-1].place if own else None))
    return tuple(found)


# History ------------------------------------------------------------------------------------------------------------


def past(books: Books, entry: Entry) -> Past | None:
    """Who recorded a voucher, changed it, signed it, and when its period was closed; None without a number of its own."""
    if not entry.piece or len(books.vouchers(entry.piece)) != 1:
        return None
    try:
        found = history(books, entry.piece)
    except RefusedError as problem:
        return Past((), str(problem))
    events = tuple(
        Happened(
            None if event.day == date.max else event.day,
            event.who,
            f"{event.what} : {_changed(event.lines)}" if event.lines else event.what,
            event.lines,
        )
        for event in found.events
    )
    return Past(events, _without_remedy(found.silent))


def _without_remedy(silent: str) -> str:
    """Why git tells nothing, less what only a command could do about it."""
    said = silent.partition(" : ")[0]
    return f"{said.removesuffix('.')}." if said else ""


def _changed(lines: Iterable[str]) -> str:
    """What the changed lines of an entry are, each kind once."""
    return ", ".join(dict.fromkeys(_kind(line[2:]) for line in lines))


def _kind(line: str) -> str:
    first = line.split(" ", 1)[0]
    if first[:1].isdigit():
        return _HEAD
    return first.removesuffix(":") if first.endswith(":") and first[:1].islower() else _AMOUNTS
