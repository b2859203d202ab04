"""The rule `immobilisations`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import ClassVar

from grandlivre.books.assets import Registered, is_taken_over, register, registered_accounts, wear_account
from grandlivre.books.bounds import on_numbers, tied
from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry, Place
from grandlivre.guards.guard import Guard, Vouchers, on
from grandlivre.guards.sums import Altered
from grandlivre.i18n import Message, Money
from grandlivre.policy.model import Field
from grandlivre.policy.periods import day_before
from grandlivre.policy.sycebnl import DEPRECIATIONS, DISPOSALS, REGISTERED
from grandlivre.policy.values import Duration, Span
from grandlivre.rules import Family, Finding, Level, Rule, Weaker, plugin


class UntrackedAssets(Rule):
    """Comptes d'immobilisations qui ne disent pas ce que dit leur registre.

    Chaque bien durable a sa directive `immobilisation` : les comptes 20 à 24 (terrains, logiciels, mobilier, motos ;
    encours à part) tiennent exactement la somme des coûts inscrits. Ce qu'un à-nouveau apporte se détaille avant la fin
    du premier exercice.

    Un bien qui porte `sortie:` a quitté aussi les comptes : son coût (2) et ses amortissements (28) sont soldés par une
    écriture qui touche 81 ou 82. Elle le nomme (`immobilisation: "IM-2026-001"`) quand plusieurs biens sortent le même
    jour, ou quand elle n'est pas de ce jour.

    Un exercice fini depuis plus de `delai` a ses amortissements passés : les comptes 28 tiennent à sa fin ce que le
    registre calcule (`grandlivre entries amortissements --periode AAAA`) ; ce que `date-valeur` y ramène compte. Un compte que rien ne détaille encore, ou dont
    le coût ne s'accorde pas, n'est pas jugé.

    Source : SYCEBNL, art. 14 (inventaire) et notes 5A à 5H ; états arrêtés dans les quatre mois (AUDCIF, art. 23).

    Exemple : Actif:FONCT:2442-Informatique porte 1 250 000 FCFA, le registre 850 000 FCFA.
    """

    id = "immobilisations"
    family = Family.VOUCHERS
    weakens: ClassVar = {"delay": Weaker.HIGHER}

    delay: Span = Field(Duration(4, "mois"), alias="delai")
    """Temps laissé, après la fin d'un exercice, pour en passer les amortissements."""

    other_cost = Message(
        "{account} porte {balance}, le registre des immobilisations {registered} : écart de {gap}. {remedy}"
    )
    still_there = Message(
        "{asset} est sortie le {day}, mais les comptes gardent {cost} de son coût ({account}) et {wear} de ses "
        "amortissements. Passez la sortie : amortissements et valeur comptable (81) au débit, coût au crédit."
    )
    other_wear = Message(
        "Au {day}, {account} porte {balance} d'amortissements, le registre {registered} : écart de {gap}. Passez-les : "
        "grandlivre entries amortissements --periode {year}."
    )
    no_wear = Message(
        "Au {day}, {account} a perdu {registered} d'après le registre, et aucun compte 28 de {tree} ne le porte. Passez les "
        "amortissements : grandlivre entries amortissements --periode {year}."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each account's cost, each asset that left, then the depreciation of the last year whose delay has passed."""
        assets = register(books)
        for account in registered_accounts(books):
            yield from self._cost(books, account, assets)
        for each in assets:
            yield from self._left(books, each)
        end = self._judged(books)
        if end is not None:
            yield from self._worn(books, assets, end)

    def guard(self, books: Books) -> Guard:
        """The movements on accounts of assets and of their depreciation, and those that take assets out."""
        names = frozenset(asset.account.name for asset in books.directives.assets)
        followed = (*REGISTERED, *DEPRECIATIONS, *DISPOSALS)
        return on(Altered(followed, names), Vouchers(self.told(books) | tied(books, on_numbers(*followed))))

    def _cost(self, books: Books, account: Account, assets: Iterable[Registered]) -> Iterator[Finding]:
        own = [each for each in assets if each.asset.account == account]
        gap = _gap(books, account, own, books.today)
        if gap and not self._waits(books, account, own, gap):
            balance = books.balance(account.name, books.today)
            if gap > 0:
                remedy = "Inscrivez chaque bien par une directive immobilisation."
            else:
                remedy = "Corrigez le coût des biens inscrits, ou dites la sortie de ceux qui ne sont plus là."
            yield self.finding(
                self.other_cost,
                _last(books, account, books.today) or own[0].asset.place,
                level=Level.WARNING,
                account=account.name,
                balance=Money(balance),
                registered=Money(balance - gap),
                gap=Money(gap),
                remedy=remedy,
            )

    def _waits(self, books: Books, account: Account, own: Iterable[Registered], gap: int) -> bool:
        """Whether the gap is what a balance brought forward still has to list, and the first year is not over."""
        _, end = books.policy.organisation.year_around(books.start)
        if gap < 0 or books.today > end:
            return False
        moved = books.movements(account.name)
        brought = sum(posted.movement.value for posted in moved if posted.entry.is_taken_over)
        return gap == brought - sum(each.asset.cost for each in own if is_taken_over(books, each.asset))

    def _left(self, books: Books, each: Registered) -> Iterator[Finding]:
        """An asset that left and whose cost or depreciation stayed."""
        today = books.today
        if not each.has_left(today):
            return
        cost, wear = each.cost_in_books(today), each.wear_in_books(today)
        if cost or wear:
            yield self.finding(
                self.still_there,
                each.asset.place,
                level=Level.WARNING,
                asset=each.asset.id,
                day=each.asset.left,
                cost=Money(cost),
                account=each.asset.account.name,
                wear=Money(wear),
            )

    def _worn(self, books: Books, assets: Sequence[Registered], end: date) -> Iterator[Finding]:
        """The depreciation of a year that is over, account by account; not where some cost does not agree."""
        for wear, accounts in _worn_together(books):
            own = [each for each in assets if each.asset.account in accounts]
            if any(_gap(books, account, own, end) for account in accounts):
                continue
            registered = sum(each.wear_in_books(end) for each in own)
            if wear is not None:
                yield from self._booked_otherwise(books, wear, own, registered, end)
            elif registered:
                first = own[0].asset
                yield self.finding(
                    self.no_wear,
                    first.place,
                    level=Level.WARNING,
                    day=end,
                    account=first.account.name,
                    registered=Money(registered),
                    tree=first.account.tree,
                    year=str(end.year),
                )

    def _booked_otherwise(
        self, books: Books, wear: Account, own: Sequence[Registered], registered: int, end: date
    ) -> Iterator[Finding]:
        moved = books.movements(wear.name)
        balance = -sum(each.movement.value for each in moved if min(each.entry.date, each.entry.value_date) <= end)
        if balance != registered:
            yield self.finding(
                self.other_wear,
                _last(books, wear, end) or own[0].asset.place,
                level=Level.WARNING,
                day=end,
                account=wear.name,
                balance=Money(balance),
                registered=Money(registered),
                gap=Money(balance - registered),
                year=str(end.year),
            )

    def _judged(self, books: Books) -> date | None:
        """The end of the last fiscal year whose delay has passed; None while there is none in these books."""
        start, end = books.policy.organisation.year_around(books.today)
        while self.delay.after(end) >= books.today:
            end = day_before(start)
            if end < books.start:
                return None
            start, _ = books.policy.organisation.year_around(end)
        return end


def _gap(books: Books, account: Account, assets: Iterable[Registered], day: date) -> int:
    """What an account holds beyond the register at the end of a day."""
    registered = sum(each.cost_in_books(day) for each in assets if each.asset.account == account)
    return books.balance(account.name, day) - registered


def _worn_together(books: Books) -> Iterator[tuple[Account | None, list[Account]]]:
    """Each account of depreciation with the accounts of assets it serves; None with each account that has none."""
    served: dict[Account, list[Account]] = {}
    for account in registered_accounts(books):
        wear = wear_account(books, account)
        if wear is None:
            yield None, [account]
        else:
            served.setdefault(wear, []).append(account)
    yield from served.items()


def _last(books: Books, account: Account, day: date) -> Entry | Place | None:
    """The last entry of an account by the end of a day."""
    ledger = books.ledger(account.name)
    reached = ledger.until(day)
    return ledger[reached - 1].entry if reached else None


__plugins__ = (plugin(UntrackedAssets),)
