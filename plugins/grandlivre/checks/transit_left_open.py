"""The rule `virement-en-transit`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby, zip_longest
from typing import NamedTuple

from grandlivre.books.bounds import days_of
from grandlivre.books.index import Books
from grandlivre.books.ledger import Ledger, Step
from grandlivre.books.records import Account, Entry, Place, Posted
from grandlivre.guards.guard import Guard, Vouchers, on
from grandlivre.guards.sums import Transit
from grandlivre.i18n import Message, Money
from grandlivre.policy.periods import month_end
from grandlivre.policy.sycebnl import BANK, MOBILE
from grandlivre.rules import ClosingPoint, Family, Finding, Level, Rule, plugin


class _Leg(NamedTuple):
    """What one entry moves on the transfer account, and whether a till is on its other side."""

    entry: Entry
    amount: int
    till: bool


class TransitLeftOpen(Rule):
    """Virement interne (58) parti et non arrivé.

    Entre la banque et une caisse, l'argent part et arrive le même jour : les deux écritures (BQ et CS) se soldent au 58
    avant le soir, sinon c'est une erreur sur celle qui n'a pas son pendant. Une extourne est jugée avec le jour de ce
    qu'elle annule. Dans un projet sans monnaie électronique et avec un seul compte bancaire, tout virement interne sert
    une caisse : la règle du même jour vaut alors pour tous.

    Les autres virements (banque et monnaie électronique) peuvent attendre, mais le 58 revient à zéro à la fin du mois.
    Sinon une alerte, une seule par attente, se tient sur l'écriture restée sans arrivée ; `close` refuse un trimestre
    dont le 58 n'est pas soldé. Les comptes déclarés pour les prêts entre projets n'ont que cette alerte.

    Source : manuel de procédures, réapprovisionnement des caisses ; SYCEBNL, compte 585 nul à chaque clôture.

    Exemple : retrait de 150 000 FCFA écrit en banque le 14, entré en caisse le 15.
    """

    id = "virement-en-transit"
    family = Family.BANK
    closing_point = ClosingPoint.TRANSIT

    till = Message(
        "{amount} entre {account} et une caisse le {day} ({piece}) sans l'écriture qui y répond ce jour-là. Passez "
        "l'autre écriture (BQ et CS) à la même date et au même montant."
    )
    month = Message(
        "{account} garde {balance} à la fin de {month}, depuis {piece} du {day} : un virement interne arrive dans le mois. "
        "Passez l'écriture d'arrivée, ou extournez le départ."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each transfer account: its days, then its month ends."""
        for name, account in sorted(books.accounts.items()):
            if account.is_transit:
                alone: set[Place] = set()
                if name not in books.policy.loan_accounts:
                    for leg in _unanswered(books.movements(name), _only_tills(books, account.tree)):
                        alone.add(leg.entry.place)
                        yield self._till(account, leg)
                yield from self._months(books, account, alone)

    def guard(self, books: Books) -> Guard:
        """The days of each transfer account on which something waits, or that would not be even."""
        names = [name for name, account in sorted(books.accounts.items()) if account.is_transit]
        return on(
            *(Transit(name, tuple(_waiting(books.ledger(name))), _taken_back(books.ledger(name))) for name in names),
            Vouchers(self.told(books)),
        )

    def _till(self, account: Account, leg: _Leg) -> Finding:
        piece = leg.entry.named
        amount = Money(abs(leg.amount))
        return self.finding(self.till, leg.entry, account=account.name, amount=amount, day=leg.entry.date, piece=piece)

    def _months(self, books: Books, account: Account, said: set[Place]) -> Iterator[Finding]:
        """The first month end of each stretch of evenings that leaves something in transit."""
        first: Entry | None = None
        told = True
        evenings = groupby(books.ledger(account.name), key=lambda step: step.entry.date)
        days = [(day, list(steps)) for day, steps in evenings]
        for (day, steps), (following, _) in zip_longest(days, days[1:], fillvalue=(date.max, [])):
            balance = steps[-1].balance
            if balance == 0:
                first = None
                continue
            if first is None:
                first, told = _left(steps), False
            told = told or any(step.entry.place in said for step in steps)
            end = month_end(day)
            if not told and following > end and end <= books.today:
                told = True
                yield self.finding(
                    self.month,
                    first,
                    level=Level.WARNING,
                    account=account.name,
                    balance=Money(balance),
                    month=f"{end:%m/%Y}",
                    piece=first.named,
                    day=first.date,
                )


def _waiting(ledger: Ledger) -> Iterator[tuple[date, date]]:
    """The days on which something waits on an account, each stretch of them; days of openings and stornos are such days."""
    since: date | None = None
    linked = _linked_days(ledger)
    for day, ranks in days_of(ledger):
        if ledger.balances[ranks.stop - 1]:
            since = since or day
        elif since is not None:
            yield since, day
            since = None
        if day in linked:
            yield day, day
    if since is not None:
        yield since, date.max


def _linked_days(ledger: Ledger) -> frozenset[date]:
    """The days of stornos and of what they take back, and of balances brought forward."""
    taken = _taken_back(ledger)
    steps = (ledger[rank].entry for rank in range(len(ledger)))
    return frozenset(each.date for each in steps if each.kind or each.piece in taken)


def _taken_back(ledger: Ledger) -> frozenset[str]:
    """The vouchers that the account's stornos take back."""
    return frozenset(ledger[rank].entry.text("annule") for rank in ledger.stornos) - {""}


def _left(steps: list[Step]) -> Entry:
    """The first entry of a day that no equal amount of that day answers."""
    waiting: list[Step] = []
    for step in steps:
        answered = next((each for each in waiting if each.movement.value == -step.movement.value), None)
        if answered is None:
            waiting.append(step)
        else:
            waiting.remove(answered)
    return waiting[0].entry


def _only_tills(books: Books, tree: str) -> bool:
    """Whether every transfer of a tree serves a till: tills, one bank account, no mobile money."""
    tills = [account for account in books.tills if account.tree == tree]
    banks = [account for account in books.tree_accounts(tree, *BANK) if account.opened is not None]
    return bool(tills) and len(banks) == 1 and not books.tree_accounts(tree, *MOBILE)


def _unanswered(moved: Iterable[Posted], strict: bool) -> Iterator[_Leg]:
    """The transfers of tills that nothing answers on their day.

    A storno is taken with the day of what it cancels: days that settle one another have nothing open.
    """
    days = {day: _legs(posted) for day, posted in groupby(moved, key=lambda posted: posted.entry.date)}
    lonely = {day: leg for day, legs in days.items() if (leg := _lonely(legs, strict)) is not None}
    for linked in _linked(days) if lonely else ():
        if _lonely([leg for day in linked for leg in days[day]], strict) is None:
            lonely = {day: leg for day, leg in lonely.items() if day not in linked}
    yield from lonely.values()


def _linked(days: Mapping[date, list[_Leg]]) -> list[set[date]]:
    """The days that stornos bring together."""
    booked = {leg.entry.piece: day for day, legs in days.items() for leg in legs if leg.entry.piece}
    groups: list[set[date]] = []
    for day, legs in days.items():
        cancelled = {booked.get(leg.entry.text("annule"), day) for leg in legs if leg.entry.is_storno} - {day}
        if cancelled:
            own = {day, *cancelled}
            own.update(*(group for group in groups if not own.isdisjoint(group)))
            groups = [*(group for group in groups if own.isdisjoint(group)), own]
    return groups


def _legs(moved: Iterable[Posted]) -> list[_Leg]:
    """The day's transfers, one an entry; balances brought forward are none."""
    legs: dict[Place, _Leg] = {}
    for entry, movement in moved:
        if entry.is_taken_over:
            continue
        before = legs.get(entry.place)
        amount = movement.value + (before.amount if before else 0)
        legs[entry.place] = _Leg(entry, amount, any(m.account.is_till for m in entry.movements))
    return [leg for leg in legs.values() if leg.amount]


def _lonely(legs: list[_Leg], strict: bool) -> _Leg | None:
    """The last transfer of a till that nothing answers on its day, or None; `strict`: of any account."""
    tills, others = _unmatched(legs)
    short, rest = sum(leg.amount for leg in tills), sum(leg.amount for leg in others)
    if short + rest == 0 or (short == 0 and not strict):
        return None
    return max(tills or others, key=lambda leg: leg.entry.sort_key)


def _unmatched(legs: list[_Leg]) -> tuple[list[_Leg], list[_Leg]]:
    """The transfers of tills, and the others, that no equal amount answers.

    Equal amounts answer each other first, so that another transfer of the day does not hide a missing one.
    """
    waiting: dict[int, list[_Leg]] = {}
    for leg in legs:
        if not leg.till:
            waiting.setdefault(leg.amount, []).append(leg)
    tills = []
    for leg in legs:
        if leg.till and (answers := waiting.get(-leg.amount)):
            answers.pop()
        elif leg.till:
            tills.append(leg)
    return tills, [leg for group in waiting.values() for leg in group]


__plugins__ = (plugin(TransitLeftOpen),)
