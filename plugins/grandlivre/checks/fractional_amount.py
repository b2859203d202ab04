"""The rule `montant-entier`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from grandlivre.books.index import Books
from grandlivre.books.records import Fractional, Movement
from grandlivre.guards.guard import Guard, on
from grandlivre.i18n import Message, decimal
from grandlivre.policy.model import Field
from grandlivre.policy.values import exponent
from grandlivre.rules import Family, Finding, Rule, plugin


class FractionalAmount(Rule):
    """Montant en francs CFA écrit avec des décimales, ou montant en devise écrit avec un point de milliers.

    Le franc CFA n'a pas de centime : un montant s'écrit en chiffres seuls, sans point, sans virgule, sans espace.
    Le piège le plus coûteux est le point des milliers : `51.000 XOF` se lit 51 francs, et l'écriture reste équilibrée
    si les deux côtés portent la même faute, ou si c'est une devise convertie : `35.000 EUR` se lit 35 euros. Un montant calculé par Beancount (devise convertie avec `@`) est signalé
    quand il tombe entre deux francs : on écrit alors le total en francs après `@@`.

    Aucune dérogation n'est acceptée.

    Source : norme ISO 4217 (le franc CFA, XOF, n'a pas de sous-unité) ; AUDCIF art. 17 (monnaie légale).

    Exemple : `51.000 XOF` écrit pour 51 000 francs ; `1250.50 XOF` recopié d'une facture étrangère.
    """

    id = "montant-entier"
    family = Family.VOUCHERS

    waiver: Literal["interdite"] = Field("interdite", alias="derogation")
    """Toujours interdite : un franc ne se partage pas."""

    thousands = Message(
        "{written} est lu {read} {currency} : le point n'est pas un séparateur de milliers et {currency} n'a pas de "
        "décimales. Écrivez {whole} {currency} si c'est le montant de la pièce."
    )
    foreign = Message(
        "{written} est lu {read} {currency} : le point n'est pas un séparateur de milliers. Écrivez {whole} {currency} si c'est "
        "le montant de la pièce, sinon {cents} {currency}."
    )
    fraction = Message(
        "{written} a des décimales : {currency} s'écrit en unités entières, sans point ni virgule. "
        "Écrivez le montant de la pièce arrondi, par exemple {rounded} {currency}."
    )
    computed = Message(
        "Le montant calculé pour {account} est {read} {currency}, entre deux unités entières. "
        "Écrivez le montant entier sur cette ligne, ou le prix total en {currency} après @@."
    )

    def guard(self, books: Books) -> Guard:
        """Nothing: an ordinary entry has whole amounts."""
        return on()

    def check(self, books: Books) -> Iterator[Finding]:
        """Each decimal amount once; what Beancount computes from a decimal amount of the same entry is left out."""
        written = {id(each.entry) for each in books.fractional if each.entry is not None and not _computed(each)}
        for each in books.fractional:
            movement = _movement(each)
            if not _computed(each):
                yield self._said(each, movement)
            elif id(each.entry) not in written and movement is not None and each.entry is not None:
                yield self.finding(
                    self.computed,
                    each.entry,
                    movement=movement,
                    account=movement.account.name,
                    read=decimal(round(each.number, 2)),
                    currency=each.currency,
                )

    def _said(self, each: Fractional, movement: Movement | None) -> Finding:
        number, currency = each.number, each.currency
        place = each.entry if each.entry is not None else each.place
        text = f"{number:f}"
        facts: dict[str, Any] = {
            "written": f"{text[:24]}{'…' if len(text) > 24 else ''} {currency}",
            "currency": currency,
        }
        if number.as_tuple().exponent == -3:
            whole = str(int(number.scaleb(3)))
            if exponent(currency):
                cents = f"{number:.{exponent(currency)}f}"
                facts |= {"read": decimal(number), "whole": whole, "cents": cents}
                return self.finding(self.foreign, place, movement=movement, **facts)
            return self.finding(self.thousands, place, movement=movement, **facts, read=decimal(number), whole=whole)
        return self.finding(self.fraction, place, movement=movement, **facts, rounded=str(round(number)))


def _movement(each: Fractional) -> Movement | None:
    """The posting that carries the amount."""
    if each.entry is None:
        return None
    return next((m for m in each.entry.movements if m.line == each.place.line and m.currency == each.currency), None)


def _computed(each: Fractional) -> bool:
    """Whether Beancount completed the amount of an elided posting."""
    movement = _movement(each)
    return movement is not None and bool(movement.meta.get("__automatic__"))


__plugins__ = (plugin(FractionalAmount),)
