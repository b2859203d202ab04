"""The rule `hors-convention`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import ClassVar

from grandlivre.books.bounds import charging, names_of
from grandlivre.books.index import Books
from grandlivre.books.records import Account, Entry, Movement, Place
from grandlivre.guards.budgets import OutOfDays, PaidAfter
from grandlivre.guards.guard import Guard, Vouchers, on
from grandlivre.guards.sums import Altered
from grandlivre.i18n import Message, Money
from grandlivre.i18n import day as french_day
from grandlivre.policy.donors import OWN_TREE, Agreement, Donor
from grandlivre.policy.model import Field
from grandlivre.policy.sycebnl import (
    COMPUTED_CHARGES,
    DEPRECIATION,
    EXCHANGE_LOSSES,
    FINES,
    GIVEN_IN_KIND,
    IMPAIRMENTS,
    INTEREST_PAID,
    PROVISIONS,
    RECOVERABLE_VAT,
    SUPPLIER_DEBTS,
    TAX_FINES,
    THIRD_PARTIES,
)
from grandlivre.policy.values import Prefix
from grandlivre.rules import ClosingPoint, Doubt, Family, Finding, Level, Rule, Weaker, plugin

_WHY: Mapping[tuple[str, ...], str] = {
    RECOVERABLE_VAT: "TVA récupérable",
    TAX_FINES: "pénalités et amendes fiscales",
    GIVEN_IN_KIND: "dons en nature",
    FINES: "pénalités et amendes pénales",
    INTEREST_PAID: "intérêts",
    EXCHANGE_LOSSES: "pertes de change",
    IMPAIRMENTS: "dépréciations et provisions",
    DEPRECIATION: "amortissements et provisions",
    PROVISIONS: "provisions et dépréciations",
}
_NATURES = tuple(sorted(number for numbers in _WHY for number in numbers))
_COMPUTED = (*RECOVERABLE_VAT, *IMPAIRMENTS, *COMPUTED_CHARGES)
"""Not paid out of the donor's money: refused only when charged to one of its budget lines."""
_FREE = frozenset({"don", "ressources-propres"})
"""Money that may pay any nature its giver does not refuse."""


class OutsideAgreement(Rule):
    """Dépense hors des dates de la convention ou d'une nature non éligible.

    La date de valeur décide : la dépense doit être faite entre le premier et le dernier jour de la convention, compris
    (un avenant peut reculer la fin). Après la fin, `delai-paiement` laisse le temps de payer : la facture reçue avant
    la fin se règle dans ce délai ; une dépense reçue dans ce délai n'est qu'une alerte quand son marché a été attribué
    avant la fin.

    Natures non éligibles : amendes (647, 657), dons en nature (654), intérêts (671, 674), pertes de change (676) ;
    dotations et provisions (68, 69, 659, 679) et TVA récupérable (445) quand elles sont imputées à une ligne du budget.
    La convention en ajoute d'autres (`ineligibles:`). Un don libre et les ressources propres paient toute nature.

    FONCT n'est pas concerné par les dates. Les extournes et les écritures annulées ne sont pas signalées.

    Source : manuel de procédures, budget et suivi (éligibilité) ; conventions.

    Exemple : un atelier tenu le 02/01/2027 pour une convention finie le 31/12/2026.
    """

    id = "hors-convention"
    family = Family.FUNDS
    closing_point = ClosingPoint.BUDGETS
    weakens: ClassVar = {"natures": Weaker.FEWER}

    natures: tuple[Prefix, ...] = Field(_NATURES)
    """Natures qu'aucun bailleur ne paie."""

    too_early = Message(
        "Dépense du {day} pour la convention {agreement}, qui commence le {start}. "
        "Payez-la sur les ressources propres, ou corrigez la convention ou la date de valeur."
    )
    too_late = Message(
        "Dépense du {day} pour la convention {agreement}, finie le {end}. "
        "Payez-la sur les ressources propres ou sur la convention suivante, ou faites prolonger la convention."
    )
    late = Message(
        "Dépense du {day} pour la convention {agreement}, finie le {end} : le marché {dossier} a été attribué avant la "
        "fin, et le délai de paiement court jusqu'au {deadline}. Vérifiez que le bailleur l'accepte."
    )
    none = Message(
        "Dépense du {day} dans le projet {tree} : aucune convention n'y est en vigueur ce jour-là{near}. "
        "Corrigez la date de valeur, décrivez la convention, ou payez sur les ressources propres."
    )
    paid_late = Message(
        "Règlement de {amount} le {day} d'une dette de la convention {agreement}, finie le {end} : le délai de paiement "
        "est passé depuis le {deadline}. Payez sur les ressources propres, ou demandez l'accord du bailleur."
    )
    ineligible = Message(
        "{account} reçoit {amount} ({why}) : la convention {agreement} ne paie pas cette nature. "
        "Payez-la sur les ressources propres (FONCT)."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each expense of a donor's tree, each refused nature, each payment of a debt."""
        said: set[tuple[Place, str]] = set()
        for charge in books.charges:
            entry = charge.entry
            donor = books.policy.donors.get(entry.tree)
            if donor is None or not donor.agreements or donor.code == OWN_TREE:
                continue
            if charge.amount > 0 and not _undone(books, entry):
                yield from self._dates(books, donor, entry, charge.movement, said)
        for account in books.accounts.values():
            if self._may_be_refused(books, account):
                for entry, movement in books.movements(account.name):
                    if movement.value > 0 and not _undone(books, entry):
                        yield from self._nature(books, entry, movement)
        yield from self._payments(books)

    def guard(self, books: Books) -> Guard:
        """Expenses not surely within their agreement's days, natures that may be refused, payments after a deadline."""
        policy = books.policy
        judged = frozenset(code for code, donor in policy.donors.items() if donor.agreements and code != OWN_TREE)
        own = [(code, each) for code, donor in policy.donors.items() for each in donor.agreements]
        free = frozenset(each.id for _, each in own if each.financing == "ressources-propres")
        refused = frozenset(name for name, account in books.accounts.items() if self._is_refused(books, account))
        late = _paid_until(books, own)
        passed = date.min in late.values()
        return on(
            OutOfDays(charging(books), judged, free),
            Altered((), refused),
            PaidAfter(SUPPLIER_DEBTS, tuple(sorted(late.items()))),
            *([names_of(books, *SUPPLIER_DEBTS)] if passed else []),
            Vouchers(self.told(books)),
        )

    def _is_refused(self, books: Books, account: Account) -> bool:
        """Whether an agreement of its tree refuses what the account holds, when it is charged to a line."""
        donor, number = books.policy.donors.get(account.tree), account.number
        return (
            donor is not None
            and bool(number)
            and any(
                account.is_(*each.ineligible) or (each.financing not in _FREE and account.is_(*self.natures))
                for each in donor.agreements
            )
        )

    def doubt(self, books: Books) -> Doubt:
        """Expenses not surely under an agreement in force, natures that may be refused, payments after a deadline."""
        alike, others = books.alike_charges
        closer = [entry for each in alike if each.agreement is None for entry in each.entries]
        closer += [entry for shape in others for entry in shape.entries]
        for account in books.accounts.values():
            if self._may_be_refused(books, account):
                closer += [entry for entry, _ in books.movements(account.name)]
        deadlines = [
            _deadline(books, agreement)
            for donor in books.policy.donors.values()
            for agreement in donor.agreements
            if agreement.grace is not None
        ]
        first = min(deadlines, default=date.max)
        if books.last_value_date > first:
            closer += [entry for entry in books.touching(*SUPPLIER_DEBTS) if entry.value_date > first]
        return Doubt(closer)

    # --- dates --------------------------------------------------------------------------------------------------------

    def _dates(
        self, books: Books, donor: Donor, entry: Entry, movement: Movement, said: set[tuple[Place, str]]
    ) -> Iterator[Finding]:
        """What is wrong with the day of an expense, once an entry and agreement."""
        day, named = entry.value_date, entry.text("convention", movement)
        if (entry.place, named) in said:
            return
        found = books.agreements(entry, movement)
        finding: Finding | None = None
        if len(found) == 1:
            finding = self._against(books, found[0], entry, movement)
        elif named or found:
            return  # `reglement` says that it does not exist, or that several are in force
        else:
            last = max((a for a in donor.agreements if a.final_day < day), key=lambda a: a.final_day, default=None)
            following = min((a for a in donor.agreements if a.start > day), key=lambda a: a.start, default=None)
            if last is not None and following is None:
                finding = self._against(books, last, entry, movement)
            elif last is None and following is not None:
                finding = self._against(books, following, entry, movement)
            else:
                near = f" ({last.id} finie le {french_day(last.final_day)})" if last is not None else ""
                finding = self.finding(self.none, entry, day=day, tree=donor.code, near=near)
        if finding is not None:
            said.add((entry.place, named))
            yield finding

    def _against(self, books: Books, agreement: Agreement, entry: Entry, movement: Movement) -> Finding | None:
        """An expense against the days of one agreement."""
        day, end = entry.value_date, agreement.final_day
        if agreement.financing == "ressources-propres" or agreement.on(day):
            return None
        if day < agreement.start:
            return self.finding(self.too_early, entry, day=day, agreement=agreement.id, start=agreement.start)
        deadline = _deadline(books, agreement)
        dossier = books.dossiers.get(entry.text("marche", movement))
        if day <= deadline and dossier is not None and dossier.date <= end:
            return self.finding(
                self.late,
                entry,
                level=Level.WARNING,
                day=day,
                agreement=agreement.id,
                end=end,
                dossier=dossier.id,
                deadline=deadline,
            )
        return self.finding(self.too_late, entry, day=day, agreement=agreement.id, end=end)

    def _payments(self, books: Books) -> Iterator[Finding]:
        """Debts of an agreement paid after its time for payments; one finding a payment."""
        said: set[Place] = set()
        for invoice in books.invoices:
            agreement = books.agreement(invoice.entry, invoice.movement)
            if agreement is None or agreement.grace is None:
                continue
            deadline = _deadline(books, agreement)
            for entry, amount in invoice.settlements:
                if entry.value_date <= deadline or entry.kind or entry.place in said:
                    continue
                said.add(entry.place)
                yield self.finding(
                    self.paid_late,
                    entry,
                    amount=Money(amount),
                    day=entry.value_date,
                    agreement=agreement.id,
                    end=agreement.final_day,
                    deadline=deadline,
                )

    # --- natures ------------------------------------------------------------------------------------------------------

    def _may_be_refused(self, books: Books, account: Account) -> bool:
        """Whether an agreement of its tree may refuse what the account holds."""
        donor = books.policy.donors.get(account.tree)
        if donor is None or not account.number:
            return False
        return account.is_(*self.natures) or any(account.is_(*each.ineligible) for each in donor.agreements)

    def _nature(self, books: Books, entry: Entry, movement: Movement) -> Iterator[Finding]:
        number = movement.account.number
        agreement = books.agreement(entry, movement)
        if agreement is None:
            return
        refused = number.startswith(agreement.ineligible)
        if not refused:
            if agreement.financing in _FREE or not number.startswith(self.natures):
                return
            # an entry's line is for its expenses; only a posting's own line charges VAT to the budget
            charged = movement.meta.get("ligne") if number.startswith(THIRD_PARTIES) else entry.text("ligne", movement)
            if number.startswith(_COMPUTED) and not charged:
                return
        why = next((told for prefixes, told in _WHY.items() if number.startswith(prefixes)), "nature refusée")
        yield self.finding(
            self.ineligible,
            entry,
            movement=movement,
            account=movement.account.name,
            amount=Money(movement.value),
            why=why,
            agreement=agreement.id,
        )


def _undone(books: Books, entry: Entry) -> bool:
    """Whether an entry is an opening, a closing, a storno, or reversed by one."""
    return entry.is_apart or entry.piece in books.reversed_pieces


def _deadline(books: Books, agreement: Agreement) -> date:
    """The last day on which what was received before the end may be paid."""
    end = agreement.final_day
    return agreement.grace.after(end, books.policy.holidays) if agreement.grace else end


__plugins__ = (plugin(OutsideAgreement),)


def _paid_until(books: Books, own: Iterable[tuple[str, Agreement]]) -> dict[str, date]:
    """By tree, the first day after which a payment is late; the first of all days where one was."""
    deadlines: dict[str, date] = {}
    for code, each in own:
        if each.grace is not None:
            deadlines[code] = min(deadlines.get(code, date.max), _deadline(books, each))
    if not any(books.last_value_date > each for each in deadlines.values()):
        return deadlines
    paid = books.touching(*SUPPLIER_DEBTS)
    passed = {entry.tree for entry in paid if entry.value_date > deadlines.get(entry.tree, date.max)}
    return {code: date.min if code in passed else each for code, each in deadlines.items()}
