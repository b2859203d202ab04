"""What a voucher's signatures are worth, on which statement the bank shows it, and what happened to it, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from grandlivre.books.bank import is_month
from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Place
from grandlivre.checks import rules_for
from grandlivre.i18n import day as shown
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import BANK_AND_MOBILE
from grandlivre.rules import ProvedRule, Signed, State, proofs
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.history import history

_RULES = {"signataire": "double-signature", "autorise": "autorisation"}
"""The rule that asks for each capacity's proof."""
_CAPACITIES = {"signataire": "signe le paiement", "autorise": "autorise la dépense"}
_HEAD = "la première ligne (date, bénéficiaire ou libellé)"
_AMOUNTS = "les comptes ou les montants"


class Standing(NamedTuple):
    """Somebody who signs or authorises a voucher, and what is known of that signature."""

    name: str
    role: str
    capacity: str
    """« signataire », « autorise la dépense », « refuse »."""
    state: str
    """In one or two words: « vérifiée », « tombée », « refusée », « attendue », « déclarée »."""
    tone: str
    """`ok`, `bad`, `warn` or `calm`."""
    said: str


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


# Signatures ---------------------------------------------------------------------------------------------------------


def standings(books: Books, entry: Entry) -> tuple[Standing, ...]:
    """Who signs and who authorises an entry, then who refused it, each with what proves it."""
    people = books.policy.people
    named = [(who, "signataire") for who in _signatories(entry)]
    named += [(who, "autorise") for who in entry.text("autorise-par").split()]
    found = []
    for who, capacity in named:
        person = people.get(who)
        state, tone, said = _known(proofs(books).entry(entry, who), _asked(books, _RULES[capacity], entry.date))
        name, role = (person.name, person.role) if person is not None else (who, "personne non déclarée")
        found.append(Standing(name, role, _CAPACITIES[capacity], state, tone, said))
    return (*found, *_refusals(books, entry, {who for who, _ in named}))


def _signatories(entry: Entry) -> tuple[str, ...]:
    """The people an entry, or one of its movements, names as signatories."""
    keys = sorted(key for key in entry.form.keys if key.startswith("signataire-"))
    found = [entry.text(key) for key in keys]
    for movement in entry.movements if entry.annotated else ():
        found += [str(value).strip() for key, value in sorted(movement.meta.items()) if key.startswith("signataire-")]
    return tuple(dict.fromkeys(filter(None, found)))


def _asked(books: Books, rule: str, day: date) -> bool:
    """Whether the rule asks that what is dated that day be proved by a visa."""
    return any(isinstance(each, ProvedRule) and each.id == rule and each.asks_visa(day) for each in rules_for(books))


def _known(signed: Signed, asked: bool) -> tuple[str, str, str]:
    on = f"le {shown(signed.day)}" if signed.day is not None else ""
    match signed.state:
        case State.PROVED:
            return "vérifiée", "ok", f"visa signé {on}, la pièce est restée telle quelle"
        case State.CHANGED:
            return "tombée", "bad", f"signée {on}, puis : {signed.why}. Elle est à signer de nouveau"
        case State.REFUSED:
            return "refusée", "bad", f"refusée {on} : {signed.why}"
        case State.ABSENT if asked:
            return "attendue", "warn", "aucun visa : le nom est inscrit, la personne n'a pas encore signé avec sa clé"
    return "déclarée", "calm", "nom inscrit par le comptable, sans visa qui le prouve"


def _refusals(books: Books, entry: Entry, named: set[str]) -> Iterator[Standing]:
    """What others than the people named refused."""
    if not entry.piece:
        return
    for who, nature, piece in sorted(proofs(books).listed()):
        if piece == entry.piece and nature == "ecritures" and who not in named:
            signed = proofs(books).entry(entry, who)
            if signed.state is State.REFUSED:
                person = books.policy.people.get(who)
                name, role = (person.name, person.role) if person is not None else (who, "")
                yield Standing(name, role, "refuse", *_known(signed, asked=False))


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
