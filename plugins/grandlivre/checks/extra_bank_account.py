"""The rule `compte-bancaire-unique`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal

from grandlivre.books.index import Books
from grandlivre.books.records import Account
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message
from grandlivre.policy.donors import Donor
from grandlivre.policy.model import Field
from grandlivre.rules import ClosingPoint, Family, Finding, Rule, plugin


class ExtraBankAccount(Rule):
    """Bailleur sans compte bancaire propre, ou avec plusieurs.

    Chaque projet a un seul compte 52 : celui de `banque:` dans le fichier du bailleur, ou le seul ouvert quand le fichier
    n'en nomme pas. FONCT seul peut en avoir d'autres, quand son fichier les nomme à `autres-banques:`. Un deuxième compte
    ouvert en même temps, un compte que personne ne déclare et un bailleur sans banque sont des erreurs. Quand un bailleur
    change de banque, l'ancien compte est fermé (`close`) au plus tard le jour où le nouveau s'ouvre : la règle l'accepte
    alors sans qu'il soit déclaré. Un bailleur dont aucune convention n'a commencé et dont aucun compte n'est ouvert peut
    attendre.

    Le compte déclaré mais jamais ouvert relève de `reglement` ; le compte employé avant son ouverture ou après sa
    fermeture, de Beancount.

    Source : procédures d'ANI-Mali, « un compte bancaire par partenaire financier, plus un pour le fonctionnement ».

    Exemple : Actif:UE-EAU:52115-Banque-BNDA ouvert alors que UE-EAU a déjà Actif:UE-EAU:52111-Banque-BDM.
    """

    id = "compte-bancaire-unique"
    family = Family.BANK
    closing_point = ClosingPoint.TREASURY

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : le constat ne porte sur aucune écriture."""

    none = Message(
        "Le bailleur {tree} n'a pas de compte bancaire : un bailleur, une banque. Ajoutez banque: sous comptes:, avec "
        "son compte 52."
    )
    not_bank = Message(
        "{account} est la banque de {tree}, mais son numéro n'est pas un 52 : déclarez le compte de banque du bailleur."
    )
    second = Message(
        "{account} est un deuxième compte bancaire de {tree}, ouvert en même temps que {other} : un bailleur, un seul "
        "compte. Fermez-le, ou fermez {other} avant de déclarer celui-ci."
    )
    stray = Message(
        "{account} est ouvert, mais ce n'est pas la banque déclarée de {tree} ({bank}). Fermez-le, ou déclarez-le à "
        "banque: dans le fichier du bailleur."
    )
    nobody = Message(
        "{account} est un compte bancaire du projet {tree}, qu'aucun fichier de bailleur ne décrit : créez ce fichier, "
        "ou fermez le compte."
    )
    closed = Message(
        "{account}, la banque de {tree}, est fermé depuis le {day} alors que la convention {agreement} est en vigueur : "
        "ouvrez la nouvelle banque et déclarez-la à banque:."
    )

    def guard(self, books: Books) -> Guard:
        """Nothing: the accounts and the donors' files alone are judged."""
        return on()

    def check(self, books: Books) -> Iterator[Finding]:
        """Each tree in turn; without declared donors, only two accounts open at once are a fault."""
        banks: dict[str, list[Account]] = {}
        for account in books.banks:
            if account.opened is not None and account.tree:
                banks.setdefault(account.tree, []).append(account)
        donors = books.policy.donors
        for tree, found in sorted(banks.items()):
            if tree not in donors:
                if donors:
                    for account in found:
                        yield self.finding(self.nobody, account.place, account=account.name, tree=tree)
                else:
                    yield from self._overlaps(tree, found)
        for tree, donor in sorted(donors.items()):
            yield from self._donor(books, tree, donor, banks.get(tree, []))

    def _donor(self, books: Books, tree: str, donor: Donor, found: list[Account]) -> Iterator[Finding]:
        """The banks opened in a tree against the one that its donor's file declares."""
        declared = donor.accounts.bank
        if declared is None:
            if not found and (_begun(donor, books.today) or books.tree_accounts(tree)):
                yield self.finding(self.none, books.donor_place(tree, "comptes", "banque"), tree=tree)
            yield from self._overlaps(tree, found)
            return
        bank = books.accounts.get(declared)
        if bank is None or bank.opened is None:
            for account in found:
                yield self.finding(self.stray, account.place, account=account.name, tree=tree, bank=declared)
            return
        yield from self._misdeclared(books, tree, donor)
        yield from self._strays(books, tree, donor, found, bank)
        left = [each for each in found if each.name not in donor.accounts.other_banks]
        yield from self._overlaps(tree, [each for each in left if not _together(each, bank)])
        yield from self._closed(books, tree, donor, bank)

    def _misdeclared(self, books: Books, tree: str, donor: Donor) -> Iterator[Finding]:
        """Accounts that a donor's file declares as banks and whose number is not one's."""
        accounts = donor.accounts
        declared = [("banque", accounts.bank or ""), *(("autres-banques", name) for name in accounts.other_banks)]
        for key, name in declared:
            named = books.accounts.get(name)
            if named is not None and named.number and not named.is_bank:
                yield self.finding(self.not_bank, books.donor_place(tree, "comptes", key), account=name, tree=tree)

    def _strays(self, books: Books, tree: str, donor: Donor, found: list[Account], bank: Account) -> Iterator[Finding]:
        """Banks opened that are declared nowhere: beside the tree's bank, or still open after it."""
        for account in found:
            if account.name in donor.accounts.banks:
                continue
            if _together(account, bank):
                yield self.finding(self.second, account.place, account=account.name, tree=tree, other=bank.name)
            elif account.closed is None or account.closed > books.today:
                yield self.finding(self.stray, account.place, account=account.name, tree=tree, bank=bank.name)

    def _closed(self, books: Books, tree: str, donor: Donor, bank: Account) -> Iterator[Finding]:
        """The tree's bank closed while an agreement is in force."""
        if bank.closed is None or bank.closed >= books.today:
            return
        running = next((each.id for each in donor.agreements if each.on(books.today)), "")
        if running:
            yield self.finding(
                self.closed, bank.place, account=bank.name, tree=tree, day=bank.closed, agreement=running
            )

    def _overlaps(self, tree: str, accounts: Iterable[Account]) -> Iterator[Finding]:
        """The accounts opened while an earlier one was still open."""
        last: Account | None = None  # of the accounts opened so far, the one that stays open longest
        for account in sorted(accounts, key=lambda account: (account.opened or date.max, account.name)):
            if last is not None and _together(last, account):
                yield self.finding(self.second, account.place, account=account.name, tree=tree, other=last.name)
            if last is None or (account.closed or date.max) > (last.closed or date.max):
                last = account


def _begun(donor: Donor, today: date) -> bool:
    """Whether a donor's money is expected: an agreement has begun, or none says when."""
    return not donor.agreements or any(each.start <= today for each in donor.agreements)


def _together(one: Account, other: Account) -> bool:
    """Whether two accounts were open at the same time; handing over on one day is not."""
    if one.opened is None or other.opened is None:
        return False
    return one.opened < (other.closed or date.max) and other.opened < (one.closed or date.max)


__plugins__ = (plugin(ExtraBankAccount),)
