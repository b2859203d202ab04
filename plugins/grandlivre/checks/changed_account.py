"""The rule `virement-fournisseur`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grandlivre.books.dealings import PAID_INTO, Transfer
from grandlivre.books.guarding import names, pair_of
from grandlivre.books.index import Books
from grandlivre.guards.guard import Guard
from grandlivre.guards.naming import Transfers
from grandlivre.i18n import Message, Money
from grandlivre.policy.suppliers import same_number
from grandlivre.rules import Doubt, Family, Finding, Level, Rule, plugin


class ChangedAccount(Rule):
    """Signale un paiement vers un autre compte que ceux du fournisseur, ou que celui de son paiement précédent.

    `rib-beneficiaire: "…"` dit, sur un virement ou un paiement mobile, le RIB ou le numéro de téléphone qui reçoit l'argent ;
    sur une ligne de l'écriture, celui de cette ligne. Un faux avis de changement de RIB, ou un numéro changé au moment du
    virement, est la fraude la plus courante contre un fournisseur véritable : le nom reste le bon, l'argent part ailleurs.

    La règle compare ce numéro aux `comptes` du fournisseur (rules/fournisseurs.yaml) quand il en a ; sinon, à celui de son
    dernier paiement. Un numéro écrit avec ou sans espaces, indicatif ou clé IBAN est le même. C'est une alerte :
    un fournisseur peut changer de banque, mais cela se confirme auprès de lui, par un numéro déjà connu.

    Source : manuel de procédures, paiements par virement (le compte du bénéficiaire est le sien).

    Exemple : virement à Faso Papeterie sur le 76 00 11 22 en mars, sur le 70 99 88 77 en avril.
    """

    id = "virement-fournisseur"
    family = Family.BANK

    undeclared = Message(
        "{piece} paie {amount} à {supplier} sur le compte {number}, qui n'est pas l'un des siens dans rules/fournisseurs.yaml "
        "({declared}).{before} Vérifiez auprès du fournisseur, par un numéro déjà connu, puis corrigez {key}: ou ajoutez "
        "le compte à comptes."
    )
    changed = Message(
        "{piece} paie {amount} à {supplier} sur le compte {number} ; son paiement précédent, {last} du {day}, allait sur le "
        "{known}. Vérifiez le changement auprès du fournisseur, par un numéro déjà connu, puis corrigez {key}: ou inscrivez "
        "le compte dans rules/fournisseurs.yaml."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each supplier's payments in their order."""
        latest: dict[str, Transfer] = {}
        for transfer in books.transfers:
            entry = transfer.entry
            if entry.is_storno or entry.is_taken_over or entry.piece in books.reversed_pieces:
                continue
            house = books.suppliers.house(transfer.supplier)
            yield from self._compared(books, transfer, house, latest.get(house))
            latest[house] = transfer

    def guard(self, books: Books) -> Guard:
        """Payments into an account that is not the only one of their payee."""
        told, of_house = self.told(books), dict[str, list[Transfer]]()
        for transfer in books.transfers:
            of_house.setdefault(books.suppliers.house(transfer.supplier), []).append(transfer)
        quiet = [
            f"{pair_of(each.entry, each.movement)}\0{each.number}"
            for transfers in of_house.values()
            if len({each.number for each in transfers}) == 1 and told.isdisjoint(each.entry.piece for each in transfers)
            for each in transfers
        ]
        same = (names(books),) if of_house else ()
        return self.guarded(
            books, Transfers(PAID_INTO, frozenset(quiet)), *same, reads=(PAID_INTO, "nif", "beneficiaire")
        )

    def doubt(self, books: Books) -> Doubt:
        """The entries that say into which account they pay."""
        return Doubt([transfer.entry for transfer in books.transfers])

    def _compared(self, books: Books, transfer: Transfer, house: str, before: Transfer | None) -> Iterator[Finding]:
        row = books.suppliers.register.get(house)
        facts: dict[str, Any] = {
            "piece": transfer.entry.named,
            "amount": Money(abs(transfer.movement.value), books.policy.currency),
            "supplier": transfer.name,
            "number": transfer.number,
            "key": PAID_INTO,
        }
        moved = before is not None and not same_number(before.number, transfer.number)
        if row is not None and row.accounts:
            if not row.pays_into(transfer.number):
                told = (
                    f" Son paiement précédent, {before.entry.named}, allait sur le {before.number}."
                    if before and moved
                    else ""
                )
                yield self.finding(
                    self.undeclared,
                    transfer.entry,
                    level=Level.WARNING,
                    **facts,
                    declared=list(row.accounts),
                    before=told,
                )
        elif before is not None and moved:
            yield self.finding(
                self.changed,
                transfer.entry,
                level=Level.WARNING,
                **facts,
                last=before.entry.named,
                day=before.entry.date,
                known=before.number,
            )


__plugins__ = (plugin(ChangedAccount),)
