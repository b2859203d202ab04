"""The rule `hors-convention`."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Movement
from grandlivre.i18n import Message, Money
from grandlivre.i18n import day as french_day
from grandlivre.policy.donors import OWN_TREE, Agreement, Donor
from grandlivre.policy.values import Prefix
from grandlivre.rules import Finding, Level, Rule, plugin

_NATURES = ("445", "647", "654", "657", "659", "671", "674", "676", "679", "68", "69")
_WHY = {
    "445": "TVA récupérable",
    "647": "pénalités et amendes fiscales",
    "654": "dons en nature",
    "657": "pénalités et amendes pénales",
    "659": "dépréciations et provisions",
    "671": "intérêts",
    "674": "intérêts",
    "676": "pertes de change",
    "679": "dépréciations et provisions",
    "68": "amortissements et provisions",
    "69": "provisions et dépréciations",
}
_COMPUTED = ("445", "659", "679", "68", "69")
"""Not paid out of the donor's money: refused only when charged to one of its budget lines."""
_FREE = frozenset({"don", "ressources-propres"})
"""Money that may pay any nature its giver does not refuse."""


class OutsideAgreement(Rule):
    """Signale la dépense d'un bailleur faite hors des dates de sa convention, ou d'une nature qu'il ne paie pas.

    La date de valeur décide : la dépense doit être faite entre le premier et le dernier jour de la convention, compris
    (un avenant peut reculer la fin). Après la fin, `delai-paiement` laisse le temps de payer : la facture reçue avant
    la fin se règle dans ce délai ; une dépense reçue dans ce délai n'est qu'une alerte quand son marché a été attribué
    avant la fin.

    Natures non éligibles : amendes (647, 657), dons en nature (654), intérêts (671, 674), pertes de change (676) ;
    dotations et provisions (68, 69, 659, 679) et TVA récupérable (445) quand elles sont imputées à une ligne du budget.
    La convention en ajoute d'autres (`ineligibles:`). Un don libre et les ressources propres paient toute nature.

    L'arbre FONCT n'est pas concerné par les dates. Les extournes et les écritures annulées ne sont pas signalées.

    Source : manuel de procédures, budget et suivi (éligibilité) ; conventions.

    Exemple : un atelier tenu le 02/01/2027 pour une convention finie le 31/12/2026.
    """

    id = "hors-convention"

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
        "Dépense du {day} dans l'arbre {tree} : aucune convention n'y est en vigueur ce jour-là{near}. "
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
        """Each expense of a donor's tree, then each payment of a debt."""
        for entry in books.entries:
            donor = books.policy.donors.get(entry.tree)
            if donor is None or not donor.agreements or entry.kind or entry.piece in books.reversed_pieces:
                continue
            said: set[str] = set()
            for movement in entry.movements:
                number = movement.account.number
                if movement.value <= 0 or number[:1] not in ("6", "2", "4") or number.startswith(("28", "29")):
                    continue
                if number[0] != "4" and not self._is_computed(entry, movement):
                    yield from self._dates(books, donor, entry, movement, said)
                yield from self._nature(books, donor, entry, movement)
        yield from self._payments(books)

    # --- dates --------------------------------------------------------------------------------------------------------

    def _dates(self, books: Books, donor: Donor, entry: Entry, movement: Movement, said: set[str]) -> Iterator[Finding]:
        """What is wrong with the day of an expense, once an entry and agreement."""
        if donor.code == OWN_TREE:
            return
        day, named = entry.value_date, entry.text("convention", movement)
        if named in said:
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
            said.add(named)
            yield finding

    def _against(self, books: Books, agreement: Agreement, entry: Entry, movement: Movement) -> Finding | None:
        """An expense against the days of one agreement."""
        day, end = entry.value_date, agreement.final_day
        if agreement.financing == "ressources-propres" or agreement.on(day):
            return None
        if day < agreement.start:
            return self.finding(self.too_early, entry, day=day, agreement=agreement.id, start=agreement.start)
        deadline = agreement.grace.after(end, books.policy.holidays) if agreement.grace else end
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
        said: set[tuple[str, int]] = set()
        for invoice in books.invoices:
            agreement = books.agreement(invoice.entry, invoice.movement)
            if agreement is None or agreement.grace is None:
                continue
            deadline = agreement.grace.after(agreement.final_day, books.policy.holidays)
            for entry, amount in invoice.settlements:
                if entry.value_date <= deadline or entry.kind or amount <= 0 or entry.place in said:
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

    def _is_computed(self, entry: Entry, movement: Movement) -> bool:
        """Whether a movement costs the donor nothing: no date to respect."""
        return movement.account.is_(*_COMPUTED) and not entry.text("ligne", movement)

    def _nature(self, books: Books, donor: Donor, entry: Entry, movement: Movement) -> Iterator[Finding]:
        number = movement.account.number
        usual = number.startswith(self.natures)
        if not usual and not any(each.ineligible for each in donor.agreements):
            return
        agreement = books.agreement(entry, movement)
        if agreement is None:
            return
        refused = number.startswith(agreement.ineligible) if agreement.ineligible else False
        if not refused:
            if agreement.financing in _FREE or not usual:
                return
            # an entry's line is for its expenses; only a posting's own line charges VAT to the budget
            charged = movement.meta.get("ligne") if number.startswith("4") else entry.text("ligne", movement)
            if number.startswith(_COMPUTED) and not charged:
                return
        why = next((_WHY[prefix] for prefix in sorted(_WHY) if number.startswith(prefix)), "nature refusée")
        yield self.finding(
            self.ineligible,
            entry,
            movement=movement,
            account=movement.account.name,
            amount=Money(movement.value),
            why=why,
            agreement=agreement.id,
        )


__plugins__ = (plugin(OutsideAgreement),)
