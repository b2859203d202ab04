"""The rule `decouvert`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from grandlivre.books.bounds import evenings, floor_of
from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry
from grandlivre.guards.guard import Guard, OnAccounts, Vouchers, on
from grandlivre.guards.sums import Course
from grandlivre.i18n import Message, Money
from grandlivre.policy.donors import OWN_TREE
from grandlivre.policy.sycebnl import BANK_AND_MOBILE, CREDIT
from grandlivre.policy.values import exponent
from grandlivre.rules import ClosingPoint, Doubt, Family, Finding, Rule, plugin


class OverdrawnAccount(Rule):
    """Banque ou monnaie électronique à découvert en fin de journée.

    Le solde est pris en fin de journée, parce que la banque ne dit pas l'ordre des mouvements d'un même jour : un
    chèque passé avant le virement qui le couvre, le même jour, est en règle. Un découvert de plusieurs jours n'est dit
    qu'une fois, sur l'écriture du premier jour qui fait passer le compte sous zéro sans retour avant le soir. Exactement
    zéro est en règle. Un compte en devise est suivi dans sa devise.

    Un crédit de trésorerie (56) ne finance pas l'argent d'un bailleur : il n'est permis que dans FONCT.

    Source : manuel de procédures, banque ; SYCEBNL, comptes 52, 55 et 56.

    Exemple : 1 200 000 FCFA en banque, un chèque de 1 250 000 FCFA : découvert de 50 000 FCFA.
    """

    id = "decouvert"
    family = Family.BANK
    closing_point = ClosingPoint.TREASURY

    negative = Message(
        "Le solde de {account} est de {balance} au soir du {day}, après {piece} : un compte ne peut pas être à découvert. "
        "Vérifiez le montant et la date, ou attendez les fonds avant de payer."
    )
    credit = Message(
        "{account} est un crédit de trésorerie dans le projet {tree} : l'argent d'un bailleur ne s'emprunte pas. "
        "Passez-le dans FONCT, ou soldez-le."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each account in turn, day after day."""
        declared = {name for donor in books.policy.donors.values() for name in donor.accounts.mobile}
        declared |= {name for donor in books.policy.donors.values() for name in donor.accounts.banks}
        for name, account in sorted(books.accounts.items()):
            if account.is_(*BANK_AND_MOBILE) or (not account.number and name in declared):
                yield from self._overdrawn(books, account)
            elif account.is_(*CREDIT) and account.tree != OWN_TREE:
                for entry, movement in books.movements(name)[:1]:
                    yield self.finding(self.credit, entry, movement=movement, account=name, tree=account.tree)

    def guard(self, books: Books) -> Guard:
        """Evenings that may be below zero, of each account; any movement of credits and of accounts in other currencies."""
        names = [name for name, account in sorted(books.accounts.items()) if account.is_(*BANK_AND_MOBILE)]
        odd = [name for name, account in books.accounts.items() if account.is_(*CREDIT) and account.tree != OWN_TREE]
        odd += [name for name in names if books.ledger(name).foreign]
        courses = [Course(name, floor_of(evenings(books.ledger(name))), (), True) for name in names if name not in odd]
        return on(OnAccounts(frozenset(odd)), *courses, Vouchers(self.told(books)))

    def doubt(self, books: Books) -> Doubt:
        """Credits, and the accounts that were once below zero or hold another currency."""
        return Doubt(accounts=[name for name, account in books.accounts.items() if _may_be_below(books, account)])

    def _overdrawn(self, books: Books, account: Account) -> Iterator[Finding]:
        balances: dict[str, int] = {}
        below: set[str] = set()
        for day, moved in groupby(books.movements(account.name), key=lambda posted: posted.entry.date):
            crossing: dict[str, Entry] = {}
            for entry, movement in moved:
                currency = movement.currency
                before = balances.get(currency, 0)
                after = balances[currency] = before + movement.units
                if before >= 0 > after:
                    crossing[currency] = entry
            for currency, balance in balances.items():
                if balance >= 0:
                    below.discard(currency)
                elif currency not in below and currency in crossing:
                    below.add(currency)
                    entry = crossing[currency]
                    shown = Money(balance, currency, exponent(currency))
                    yield self.finding(
                        self.negative,
                        entry,
                        account=account.name,
                        balance=shown,
                        day=day,
                        piece=entry.named,
                    )


def _may_be_below(books: Books, account: Account) -> bool:
    if account.number and not account.is_(*BANK_AND_MOBILE):
        return account.is_(*CREDIT)
    ledger = books.ledger(account.name)
    return ledger.foreign or min(ledger.balances, default=0) < 0


__plugins__ = (plugin(OverdrawnAccount),)
