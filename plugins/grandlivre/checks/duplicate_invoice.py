"""The rule `facture-en-double`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

from grandlivre.books.guarding import names, pairs_by_supplier
from grandlivre.books.index import Books
from grandlivre.books.purchases import Nature
from grandlivre.books.records import Entry
from grandlivre.guards.buying import ODD_DAY, Bills, amount_mark, bill_mark
from grandlivre.guards.guard import Guard
from grandlivre.guards.naming import invoice_key
from grandlivre.guards.sieve import Sieve
from grandlivre.i18n import Message, Money
from grandlivre.policy.model import Field
from grandlivre.policy.sycebnl import PURCHASE_EXCLUSIONS, PURCHASE_NATURES
from grandlivre.policy.values import Count, Prefix
from grandlivre.rules import ClosingPoint, Doubt, Family, Finding, Level, Rule, Weaker, plugin

_REMEMBERED = 184
"""Of how many days before the last entry a guard knows the amounts."""
_READ = ("marche", "facture", "nif", "beneficiaire", "reciproque", "date-valeur")
"""The keys of entries that the rule reads."""


class _Bill(NamedTuple):
    """What one entry buys from one supplier under one invoice number, in whole francs."""

    entry: Entry
    supplier: str
    name: str
    invoice: str
    number: str
    """The invoice's number without what may be written in several ways."""
    dossier: str
    amount: int


class DuplicateInvoice(Rule):
    """Facture comptée deux fois, chez un bailleur ou chez deux.

    Une facture est connue par son fournisseur (NIF, ou nom quand le NIF manque) et son numéro, dans tous les projets à la
    fois. Seules comptent les écritures d'achat (`natures` moins `exclues`) : le règlement d'une facture déjà comptée,
    en une ou plusieurs fois, n'est pas un doublon. Espaces, tirets, majuscules, zéros de tête et le mot « facture » ne
    distinguent pas deux numéros : « F26-0064 », « f26 64 » et « Facture F26/0064 » sont la même facture.

    Une même facture peut être écrite en plusieurs fois si c'est le même projet et le même marché (hors contrat-cadre),
    avec des montants différents dont le total ne dépasse pas l'attribution. Autrement, l'écriture qui vient après est une
    erreur. Les quotes-parts de charges communes (reciproque: TRUE), les extournes et ce qu'elles annulent ne comptent pas.

    Un même fournisseur, un même montant et `jours` jours d'écart au plus sous un autre numéro sont une alerte sur la
    seconde écriture. Ce qui n'a pas de numéro de facture n'est comparé à rien : une charge du mois revient au même montant.

    Source : manuel de procédures (facture unique chez tous les bailleurs : le constat d'audit le plus coûteux).

    Exemple : la facture F26-0064 de Faso Papeterie chargée à UE-EAU en février et à UNICEF-EDU en mars.
    """

    id = "facture-en-double"
    family = Family.PURCHASES
    closing_point = ClosingPoint.PURCHASES
    weakens: ClassVar = {"natures": Weaker.FEWER, "excluded": Weaker.MORE, "days": Weaker.LOWER}

    natures: tuple[Prefix, ...] = Field(PURCHASE_NATURES)
    """Numéros des comptes d'achat."""
    excluded: tuple[Prefix, ...] = Field(PURCHASE_EXCLUSIONS, alias="exclues")
    """Numéros qui ne sont pas des achats."""
    days: Count = Field(10, alias="jours", ge=0)
    """Écart, en jours, le dernier compris, en deçà duquel deux achats de même montant chez un même fournisseur se ressemblent trop."""

    twice = Message(
        "La facture {invoice} de {supplier} ({amount}) est déjà comptée par {other} ({tree}, {day}, {before}) : une "
        "facture ne se charge qu'une fois. Extournez l'une des deux, ou corrigez le numéro."
    )
    alike = Message(
        "{supplier} : {amount}, comme {other} ({tree}, {day}), sous un autre numéro de facture ({before} et {invoice}). "
        "Vérifiez que ce n'est pas deux fois le même achat."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Every purchase in the order of the books, each against those before it."""
        by_number: dict[tuple[str, str], list[_Bill]] = {}
        by_amount: dict[tuple[str, int], _Bill] = {}
        for bill in self._bills(books):
            number = bill.number
            before = by_number.setdefault((bill.supplier, number), [])
            same = None if not before or _split(books, before, bill) else before[0]
            if same is not None:
                yield self.finding(
                    self.twice,
                    bill.entry,
                    invoice=bill.invoice,
                    supplier=bill.name,
                    amount=Money(bill.amount),
                    **_other(same),
                    before=Money(same.amount),
                )
            near = by_amount.get((bill.supplier, bill.amount))
            if near is not None and near.entry is not bill.entry and same is None and near.number != number:
                gap = abs((bill.entry.value_date - near.entry.value_date).days)
                if gap <= self.days:
                    yield self.finding(
                        self.alike,
                        bill.entry,
                        level=Level.WARNING,
                        supplier=bill.name,
                        amount=Money(bill.amount),
                        **_other(near),
                        before=near.invoice,
                        invoice=bill.invoice,
                    )
            before.append(bill)
            by_amount[bill.supplier, bill.amount] = bill

    def guard(self, books: Books) -> Guard:
        """Who is the same supplier, and bills that have their number, or about their day and amount, in common with another."""
        own, marks = pairs_by_supplier(books), list[str]()
        since = (books.entries[-1].date if books.entries else books.today).toordinal() - _REMEMBERED
        bills = Bills(
            tuple(self.natures), tuple(self.excluded), self.days, Sieve.of(()), Sieve.of(()), since + 2 * self.days + 2
        )
        for bill in self._bills(books):
            day, booked = bill.entry.value_date.toordinal(), bill.entry.date.toordinal()
            for who in own[bill.supplier]:
                marks.append(bill_mark(who, bill.number))
                if day != booked:
                    marks.append(amount_mark(who, bill.amount, ODD_DAY))
                if day >= since:
                    marks.append(amount_mark(who, bill.amount, bills.span(day)))
        counts = Counter(marks)
        common = [mark for mark, count in counts.items() if count > 1]
        bills = bills._replace(known=Sieve.of(counts), common=Sieve.of(common))
        return self.guarded(books, names(books), bills, reads=_READ)

    def doubt(self, books: Books) -> Doubt:
        """The bills of a supplier that share a number or an amount with another of theirs."""
        bills = list(self._bills(books))
        numbers = Counter([(bill.supplier, bill.number) for bill in bills])
        amounts = Counter([(bill.supplier, bill.amount) for bill in bills])
        alike = [b for b in bills if numbers[b.supplier, b.number] > 1 or amounts[b.supplier, b.amount] > 1]
        return Doubt([bill.entry for bill in alike])

    def _bills(self, books: Books) -> Iterator[_Bill]:
        found: dict[tuple[int, str, str], _Bill] = {}
        for entry, movement, supplier, name, invoice, dossier in books.bought(Nature(self.natures, self.excluded)):
            number = invoice_key(invoice)
            if not (supplier and number):
                continue
            key = (id(entry), supplier, number)
            bill = found.get(key)
            if bill is None:
                found[key] = _Bill(entry, supplier, name, invoice, number, dossier, movement.value)
            else:
                found[key] = bill._replace(amount=bill.amount + movement.value)
        yield from found.values()


def _split(books: Books, before: list[_Bill], bill: _Bill) -> bool:
    """Whether these entries are parts of one invoice of one dossier, within its award."""
    dossier = books.dossiers.get(bill.dossier)
    if dossier is None or dossier.framework or dossier.award is None:
        return False
    parts = [*before, bill]
    amounts = {part.amount for part in parts}
    return (
        all(part.dossier == bill.dossier and part.entry.tree == bill.entry.tree for part in before)
        and len(amounts) == len(parts)
        and sum(part.amount for part in parts) <= dossier.award.amount
    )


def _other(bill: _Bill) -> dict[str, Any]:
    entry = bill.entry
    return {"other": entry.named, "tree": entry.tree, "day": entry.date}


__plugins__ = (plugin(DuplicateInvoice),)
