"""The rule `caisse-hors-bornes`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, ClassVar

from grandlivre.books.bounds import FIRST, days_of, floor_of, on_account, tied
from grandlivre.books.guarding import names
from grandlivre.books.index import Books
from grandlivre.books.ledger import Ledger, Step
from grandlivre.books.purchases import CHARGES, Payment
from grandlivre.books.records import Account, Entry, Pattern
from grandlivre.books.stornos import undoing
from grandlivre.guards.guard import Condition, Guard, OnAccounts, Vouchers, on
from grandlivre.guards.sums import CashSpent, Course
from grandlivre.i18n import Message, Money
from grandlivre.policy.donors import Bounds, CashBox
from grandlivre.policy.model import Field
from grandlivre.policy.people import same_name
from grandlivre.policy.periods import day_before
from grandlivre.policy.sycebnl import TILL
from grandlivre.policy.values import Amount, Dated, Duration, Span
from grandlivre.rules import ClosingPoint, Family, Finding, Level, Rule, Weaker, plugin

_Span = tuple[Bounds, range]
"""A floor and a ceiling, and the ranks of the movements made while they were in force."""


class CashOutOfBounds(Rule):
    """Caisse négative, au-dessus de son plafond, ou trop longtemps sous son plancher.

    Le solde est recalculé après chaque mouvement, dans l'ordre des pièces. Une extourne ne déplace pas d'argent : elle
    ne fait pas dépasser le plafond, et la caisse est jugée au soir de son jour, avec ce qui la remplace. Une caisse exactement à son plafond ou à
    son plancher est en règle. Sous le plancher, elle doit être réapprovisionnée dans le délai ; le constat dit le
    montant à demander (plafond moins solde). Une caisse négative, ou trop basse, n'est dite qu'une fois : sur l'écriture
    qui passe la limite. Deux réglages surveillent aussi, quand ils sont écrits, le montant d'une dépense payée en espèces
    et ce qu'un même bénéficiaire reçoit en un jour ; l'extourne d'une recette, qui rend de l'argent, y compte.

    Source : manuel de procédures, petite caisse (plancher et plafond).

    Exemple : caisse à 18 500 FCFA, plancher 25 000, plafond 150 000 : demander 131 500 FCFA.
    """

    id = "caisse-hors-bornes"
    family = Family.CASH
    closing_point = ClosingPoint.TREASURY
    weakens: ClassVar = {"delay": Weaker.HIGHER, "expense_limit": Weaker.HIGHER, "daily_limit": Weaker.HIGHER}

    delay: Span = Field(Duration(3, "jours"), alias="delai")
    """Délai de réapprovisionnement d'une caisse passée sous son plancher."""
    expense_limit: Dated[Amount] | None = Field(None, alias="maximum-par-depense")
    """Dépense la plus élevée qui peut être payée en espèces ; absent : pas de maximum."""
    daily_limit: Dated[Amount] | None = Field(None, alias="maximum-par-jour-et-beneficiaire")
    """Somme la plus élevée qu'un même bénéficiaire peut recevoir d'une caisse en un jour ; absent : pas de maximum."""

    negative = Message(
        "Le solde de {account} est de {balance} après {piece} : une caisse ne peut pas être négative. "
        "Vérifiez l'ordre des pièces, ou passez le réapprovisionnement avant cette dépense."
    )
    over = Message(
        "Le solde de {account} est de {balance} après {piece} ; son plafond est de {ceiling}. "
        "Versez {excess} en banque le jour même, ou réduisez le réapprovisionnement."
    )
    late = Message(
        "Le solde de {account} est de {balance} depuis le {since}, sous son plancher de {floor}, au-delà du délai de {delay}. "
        "Demandez un réapprovisionnement de {request}."
    )
    filled_late = Message(
        "Le solde de {account} était de {balance} le {since}, sous son plancher de {floor}, et n'est remonté que le {back}, au-delà "
        "du délai de {delay}. Dites pourquoi le réapprovisionnement a tardé : dérogation motivée sur {piece}, ou réserve à la clôture."
    )
    under = Message(
        "Le solde de {account} est de {balance} après {piece}, sous son plancher de {floor}. "
        "Demandez un réapprovisionnement de {request}, au plus tard le {deadline}."
    )
    big_expense = Message(
        "Dépense de {amount} payée par {account} ; le maximum en espèces est de {limit}. "
        "Payez par chèque ou par virement."
    )
    big_day = Message(
        "{payee} reçoit {amount} de {account} le {day} ; le maximum par jour et par bénéficiaire est de {limit}. "
        "Payez par chèque ou par virement."
    )
    unbounded = Message("{account} n'a pas de plancher ni de plafond le {day} : déclarez-les (caisses, bornes).")

    def check(self, books: Books) -> Iterator[Finding]:
        """Each till in turn, movement after movement."""
        paid: dict[str, list[Payment]] = {}
        if self.expense_limit or self.daily_limit:
            stornos = (entry for entry in books.carrying("annule") if entry.is_storno)
            cancelled = {(storno.text("annule"), storno.date) for storno in stornos}
            for payment in books.payments(TILL):
                if (payment.entry.piece, payment.entry.date) not in cancelled:
                    paid.setdefault(payment.account.name, []).append(payment)
        for account in books.tills:
            box = books.policy.tills.get(account.name)
            if box is None:
                continue  # `reglement` says that the till is not declared
            yield from self._bounds(books, account, box)
            yield from self._expenses(account, paid.get(account.name, []))

    def guard(self, books: Books) -> Guard:
        """What each declared till may hold, and what it may pay; the vouchers that another of their number may overtake."""
        conditions: list[Condition] = []
        paid: dict[str, list[Payment]] = {}
        for payment in books.payments(TILL) if self.daily_limit else ():
            paid.setdefault(payment.account.name, []).append(payment)
        for account in books.tills:
            box = books.policy.tills.get(account.name)
            if box is not None:
                conditions += self._guarded(books, account, box)
                conditions += self._spent(books, account, paid.get(account.name, []))
        return on(*conditions)

    def _guarded(self, books: Books, account: Account, box: CashBox) -> Iterator[Condition]:
        ledger = books.ledger(account.name)
        days = {day: ledger.balances[ranks.start : ranks.stop] for day, ranks in days_of(ledger)}
        for each in box.bounds:  # what is held when bounds change is within the new ones, or is to be looked at
            reached = ledger.until(day_before(each.since))
            days[each.since] = [ledger.balances[reached - 1] if reached else 0, *days.get(each.since, [])]
        low, high = [(FIRST, -1)], [(FIRST, -1)]
        for day, held in sorted(days.items()):
            bounds = box.bounds_at(day)
            low.append((day, min(held) - max(0, bounds.floor.units) if bounds else -1))
            high.append((day, bounds.ceiling.units - max(held) if bounds else -1))
        yield Course(account.name, floor_of(low), floor_of(high), False)
        yield Vouchers(self.told(books) | tied(books, on_account(account.name)))

    def _spent(self, books: Books, account: Account, paid: list[Payment]) -> Iterator[Condition]:
        """The most that may be paid out of a till; anything, where only suppliers' names tell charges from payments."""
        one, day = (_lowest(each) for each in (self.expense_limit, self.daily_limit))
        if one is None and day is None:
            return
        if any(CHARGES.alone(shape.pattern, positions) for shape, positions in books.parts(account.name)):
            yield OnAccounts(frozenset({account.name}))
            yield names(books)
        if day is None:
            yield CashSpent(account.name, one, None, frozenset())
        else:
            yield CashSpent(account.name, one, day - day // 2, frozenset(_days_above(account, paid, day // 2)))

    def _bounds(self, books: Books, account: Account, box: CashBox) -> Iterator[Finding]:
        ledger = books.ledger(account.name)
        held = _in_hand(ledger)
        yield from self._negative(account, ledger, held)
        turns = [*[ledger.until(day_before(each.since)) for each in box.bounds], len(ledger)]
        if turns[0]:
            first = ledger[0].entry
            yield self.finding(self.unbounded, first, account=account.name, day=first.date)
        spans = [(bounds, range(*span)) for bounds, span in zip(box.bounds, pairwise(turns), strict=True)]
        yield from self._over(account, ledger, held, spans)
        yield from self._under(books, account, box, ledger, spans)

    def _negative(self, account: Account, ledger: Ledger, held: Sequence[tuple[int, int]]) -> Iterator[Finding]:
        """The first movement of each stretch that surely leaves less than nothing."""
        negative = False
        for rank, balance in enumerate(ledger.balances):
            if held[rank][1] < 0 and not negative:
                yield self.finding(self.negative, ledger[rank].entry, **_held(account, ledger[rank]))
            negative = balance < 0 and (negative or held[rank][1] < 0)

    def _over(
        self, account: Account, ledger: Ledger, held: Sequence[tuple[int, int]], spans: Iterable[_Span]
    ) -> Iterator[Finding]:
        """The receipts that surely bring a till above its ceiling."""
        for bounds, ranks in spans:
            ceiling = bounds.ceiling.units
            for rank in ranks:
                if held[rank][0] > ceiling and ledger.amounts[rank] > 0:
                    step = ledger[rank]
                    excess = Money(step.balance - ceiling)
                    facts = _held(account, step)
                    yield self.finding(self.over, step.entry, **facts, ceiling=bounds.ceiling, excess=excess)

    def _under(
        self, books: Books, account: Account, box: CashBox, ledger: Ledger, spans: Iterable[_Span]
    ) -> Iterator[Finding]:
        """The stretches that a till stays below its floor."""
        low: Step | None = None  # the step that went below the floor, while the till stays there
        for bounds, ranks in spans:
            floor = bounds.floor.units
            for rank in ranks:
                if ledger.balances[rank] < floor:
                    low = low or ledger[rank]
                elif low is not None:
                    yield from self._excursion(books, account, box, low, ledger[rank].entry.date)
                    low = None
        if low is not None:
            yield from self._excursion(books, account, box, low, None)

    def _excursion(
        self, books: Books, account: Account, box: CashBox, low: Step, back: date | None
    ) -> Iterator[Finding]:
        bounds = box.bounds_at(low.entry.date)
        assert bounds is not None
        deadline = self.delay.after(low.entry.date, books.policy.holidays)
        request = Money(bounds.ceiling.units - low.balance)
        facts: dict[str, Any] = {
            "account": account.name,
            "balance": Money(low.balance),
            "floor": bounds.floor,
            "request": request,
            "object": f"{account.name} {low.entry.date.isoformat()}",
        }
        if low.balance < 0 and (bounds.floor.units <= 0 or (back or books.today) <= deadline):
            return  # said already: a till is never negative
        facts |= {"piece": low.entry.named, "since": low.entry.date, "delay": self.delay}
        if back is not None and back > deadline:
            yield self.finding(self.filled_late, low.entry, **facts, back=back)
        elif back is None and books.today > deadline:
            yield self.finding(self.late, low.entry, **facts)
        elif back is None:
            yield self.finding(self.under, low.entry, level=Level.WARNING, **facts, deadline=deadline)

    def _expenses(self, account: Account, payments: list[Payment]) -> Iterator[Finding]:
        day: date | None = None
        paid: dict[str, int] = {}
        for entry, amount, payee in _paid(account, payments):
            if entry.date != day:
                day, paid = entry.date, {}
            limit = self.expense_limit.at(entry.value_date) if self.expense_limit else None
            if limit is not None and amount > limit.units:
                yield self.finding(self.big_expense, entry, account=account.name, amount=Money(amount), limit=limit)
            key = same_name(payee)
            before = paid.get(key, 0)
            paid[key] = before + amount
            limit = self.daily_limit.at(entry.value_date) if self.daily_limit else None
            if key and limit is not None and before <= limit.units < paid[key]:
                yield self.finding(
                    self.big_day,
                    entry,
                    payee=payee,
                    account=account.name,
                    amount=Money(paid[key]),
                    day=entry.date,
                    limit=limit,
                )


def _lowest(limits: Dated[Amount] | None) -> int | None:
    """The least that a limit ever lets pass; None without any."""
    return None if limits is None else min((step.value.units for step in limits.steps), default=None)


def _days_above(account: Account, payments: list[Payment], most: int) -> Iterator[date]:
    """The days on which a payee received more than so much out of a till, whatever the limits of that day."""
    sums: dict[tuple[date, str], int] = {}
    for entry, amount, payee in _paid(account, payments):
        key = (entry.date, payee)
        sums[key] = sums.get(key, 0) + amount
    days: dict[date, dict[str, int]] = {}
    for (day, payee), amount in sums.items():
        days.setdefault(day, {})[payee] = amount
    for day, payees in days.items():
        if sum(payees.values()) > most and max(_by_name(payees).values()) > most:
            yield day


def _by_name(payees: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for payee, amount in payees.items():
        found[same_name(payee)] = found.get(same_name(payee), 0) + amount
    return found


def _paid(account: Account, payments: list[Payment]) -> Iterator[tuple[Entry, int, str]]:
    """What each entry pays out of a till to each payee, transfers to the bank left out."""
    transfers: dict[Pattern, bool] = {}
    for entry, _, total, movements, _ in payments:
        transfer = transfers.get(entry.pattern)
        if transfer is None:
            others = [other for other in entry.pattern.accounts if other.name != account.name]
            transfer = transfers[entry.pattern] = bool(others) and all(other.is_transit for other in others)
        if transfer:
            continue
        if len(movements) == 1:
            yield entry, total, entry.payee_of(movements[0])
            continue
        by_payee: dict[str, int] = {}
        for movement in movements:
            payee = entry.payee_of(movement)
            by_payee[payee] = by_payee.get(payee, 0) - movement.value
        for payee, amount in by_payee.items():
            yield entry, amount, payee


def _in_hand(ledger: Ledger) -> list[tuple[int, int]]:
    """What a till surely holds after each movement, at least and at most; of a storno's day, the evening is sure.

    A storno brings no money in: it holds nothing more by it.
    """
    held = list(zip(ledger.balances, ledger.balances, strict=True))
    for rank, (undone, own, last) in undoing(ledger).items():
        balance = ledger.balances[rank]
        both = (balance, 0 if own else balance - undone)
        held[rank] = (balance if last and not own else min(both), balance if last else max(both))
    return held


def _held(account: Account, step: Step) -> dict[str, Any]:
    """What a till holds after a movement, as facts."""
    return {"account": account.name, "balance": Money(step.balance), "piece": step.entry.named}


__plugins__ = (plugin(CashOutOfBounds),)
