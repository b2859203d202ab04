"""The rule `date-valeur-lointaine`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

from grandlivre.books.index import Books
from grandlivre.books.papers import is_told_by_bank
from grandlivre.books.purchases import CHARGES, Payment
from grandlivre.books.records import Entry
from grandlivre.guards.guard import ANYTHING, Carrying, Guard, on
from grandlivre.i18n import Message, Money
from grandlivre.policy.loading import Policy
from grandlivre.policy.model import Field
from grandlivre.policy.sycebnl import BANK_AND_MOBILE, MONEY
from grandlivre.policy.values import Duration, Span
from grandlivre.rules import Doubt, Family, Finding, Level, Rule, Weaker, plugin

_POWERS = {"signature-bancaire": "signe", "autorisation": "autorise"}


class DistantValueDate(Rule):
    """Signale une date de valeur qui emmène une écriture loin de sa date, dans une période close, ou hors d'un mandat.

    `date-valeur` dit le jour de l'opération quand il n'est pas celui de l'écriture : la banque a prélevé le 30, la facture
    du 31 est arrivée le 7. C'est elle que regardent les conventions, les mandats et l'ancienneté : elle ne doit pas servir
    à choisir une date qui arrange. Une alerte le dit au-delà de `delai` entre les deux dates ; et quand elle tombe dans une
    période close, si l'écriture est passée après la clôture, ou si elle sort de l'argent après la fin de la période (ce que
    la banque prélève ou verse elle-même excepté).

    Un paiement est signé, et autorisé, par qui en a le pouvoir aux deux dates : un mandat fini le 30/09 ne revit pas
    en octobre par une date de valeur du 15/09. Là, c'est une erreur. Extournes, à-nouveaux et reprises n'ont pas de signature.

    Source : AUDCIF art. 17 et 22 (enregistrement à la date de l'opération, aucune modification d'une période arrêtée) ;
    manuel de procédures, mandats de signature.

    Exemple : chèque du 12/10/2026 en valeur du 15/09/2026, signé par la trésorière dont le mandat a pris fin le 30/09/2026.
    """

    id = "date-valeur-lointaine"
    family = Family.VOUCHERS
    weakens: ClassVar = {"delay": Weaker.HIGHER}

    delay: Span = Field(Duration(60, "jours"), alias="delai")
    """Écart permis entre la date de l'écriture et sa date de valeur, le dernier jour compris."""

    far = Message(
        "{piece} est du {day} et sa date de valeur du {value}, à {days} jours ; l'écart permis est de {delay}. Corrigez "
        "date-valeur: d'après le relevé ou la pièce, ou retirez-la."
    )
    closed = Message(
        "{piece} est du {day} et sa date de valeur du {value}, dans une période close jusqu'au {end} (clôture du {closing}). "
        "Ne gardez date-valeur: que si la pièce ou le relevé dit ce jour-là (une dérogation motivée tait alors l'alerte) ; "
        "sinon corrigez-la ou retirez-la."
    )
    revived = Message(
        "« {who} » {does} un paiement de {amount} sur {account} avec un mandat qui vaut le {value}, date de valeur, et ne vaut "
        "pas le {day}, date de l'écriture : il faut ce pouvoir aux deux dates. Corrigez date-valeur: d'après le relevé, ou "
        "prenez quelqu'un dont le mandat vaut aussi le {day}."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Each entry whose value date is another day; then whoever signs and authorises what leaves the treasury."""
        for entry in books.carrying("date-valeur"):
            if entry.value_date != entry.date and not (entry.is_storno or entry.is_taken_over):
                yield from self._dates(books, entry)
        for payment in books.payments(MONEY):
            if payment.entry.value_date != payment.entry.date:
                yield from self._people(books.policy, payment)

    def guard(self, books: Books) -> Guard:
        """The entries that have a value date; any, where one is a charge that only the names of suppliers tell from a payment."""
        doubtful = any(
            entry.value_date != entry.date
            and CHARGES.alone(entry.pattern, entry.pattern.positions(MONEY))
            and any(key == "autorise-par" or key.startswith("signataire-") for key in _keys(entry))
            for entry in books.carrying("date-valeur")
        )
        return ANYTHING if doubtful else on(Carrying(frozenset({"date-valeur"})))

    def doubt(self, books: Books) -> Doubt:
        """The entries that have a value date."""
        return Doubt(books.carrying("date-valeur"))

    def _dates(self, books: Books, entry: Entry) -> Iterator[Finding]:
        facts: dict[str, Any] = {"piece": entry.piece or "Cette écriture", "day": entry.date, "value": entry.value_date}
        closed = books.closed_on(entry.value_date)
        first, last = sorted((entry.date, entry.value_date))
        if closed is not None and _enters(entry, *closed):
            end, closing = closed
            yield self.finding(self.closed, entry, level=Level.WARNING, **facts, end=end, closing=closing)
        elif last > self.delay.after(first, books.policy.holidays):
            days = (last - first).days
            yield self.finding(self.far, entry, level=Level.WARNING, **facts, days=days, delay=self.delay)

    def _people(self, policy: Policy, payment: Payment) -> Iterator[Finding]:
        entry, account = payment.entry, payment.account
        named = [("autorisation", who) for who in entry.text("autorise-par").split()]
        if account.is_(*BANK_AND_MOBILE):
            named += [("signature-bancaire", who) for who in _signatories(payment)]
        for power, who in dict.fromkeys(named):
            held = [m for m in policy.mandates_of(who, power) if m.covers(account.name, account.number)]
            days = (entry.value_date, entry.date)
            if [any(mandate.on(day) for mandate in held) for day in days] == [True, False]:
                yield self.finding(
                    self.revived,
                    entry,
                    who=who,
                    does=_POWERS[power],
                    amount=Money(payment.amount, policy.currency),
                    account=account.name,
                    value=entry.value_date,
                    day=entry.date,
                )


def _signatories(payment: Payment) -> Iterator[str]:
    for movement in payment.movements:
        keys = {key for key in (*payment.entry.meta, *movement.meta) if key.startswith("signataire-")}
        yield from [payment.entry.text(key, movement) for key in sorted(keys)]


def _keys(entry: Entry) -> Iterator[str]:
    """The keys that an entry and its movements carry."""
    yield from entry.meta
    for movement in entry.movements:
        yield from movement.meta


def _enters(entry: Entry, end: date, closing: date) -> bool:
    """Whether an entry comes into a period that ends and was closed on those days, when it should no longer."""
    if entry.date > closing:
        return True
    return entry.date > end and entry.pattern.touches(MONEY) and not is_told_by_bank(entry)


__plugins__ = (plugin(DistantValueDate),)
