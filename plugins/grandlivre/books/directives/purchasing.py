"""Procurement dossiers and the quotes made for them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from typing import NamedTuple

from beancount.core import amount

from grandlivre.books.directives.source import Kind, Source
from grandlivre.books.records import Place
from grandlivre.i18n import amount as in_figures
from grandlivre.policy.people import same_name

_ITEM = re.compile(r"(.+?)\s*·\s*(\d[\d ]*(?:[.,]\d+)?)\s*([^·\d][^·]*?)?\s*·\s*(\d[\d ]*)(?:XOF|FCFA)?")
"""Désignation · quantity and unit · price of one, taxes left out."""


class QuotedItem(NamedTuple):
    """A line of a pro forma invoice; its price is that of one, in whole francs, taxes left out."""

    label: str
    quantity: Decimal
    unit: str
    price: int

    @property
    def amount(self) -> int:
        """quantity × price, to the franc."""
        return _whole(self.quantity * self.price)


class Quote(NamedTuple):
    """A pro forma invoice of a dossier."""

    dossier: str
    date: dt.date
    supplier: str
    name: str
    tax_id: str
    amount: int
    valid_until: dt.date | None
    document: str
    place: Place
    items: tuple[QuotedItem, ...] = ()
    discount: int = 0
    tax: Decimal = Decimal(0)
    """Rate of the tax on value added: 18 for 18 %."""
    delivery: str = ""
    warranty: str = ""
    conforming: bool | None = None
    """Whether it answers what was asked; None when nobody wrote it."""
    set_aside: str = ""
    """Why it was not chosen, in the committee's words."""

    @property
    def untaxed(self) -> int | None:
        """Its lines less the discount; None without lines."""
        return sum(item.amount for item in self.items) - self.discount if self.items else None

    @property
    def taxes(self) -> int | None:
        """The tax on its lines."""
        return None if self.untaxed is None else _whole(self.untaxed * self.tax / 100)


class Dossier(NamedTuple):
    """A procurement dossier; its date is the award."""

    id: str
    subject: str
    date: dt.date
    tree: str
    winner: str
    winner_name: str
    tax_id: str
    line: str
    activity: str
    agreement: str
    reason: str
    minutes: str
    framework: bool
    until: dt.date | None
    quotes: tuple[Quote, ...]
    place: Place
    committee: tuple[str, ...] = ()
    """Who opened the quotes, whoever chairs first."""
    request: str = ""
    """The number of the request that the purchase answers."""
    criteria: str = ""
    where: str = ""
    hour: str = ""

    @property
    def award(self) -> Quote | None:
        """The quote of the winner: under its own name before another of the same NIF, the lowest of several."""
        own = [quote for quote in self.quotes if quote.supplier == self.winner]
        winner = same_name(self.winner_name)
        return min(own, key=lambda quote: (same_name(quote.name) != winner, quote.amount), default=None)


def _dossier(source: Source) -> Dossier:
    framework = source.truth("contrat-cadre")
    until = source.day("fin")
    if framework and until is None:
        source.say("Un contrat-cadre doit dire son dernier jour : ajoutez fin: AAAA-MM-JJ.")
    tree = source.text("bailleur")
    if not tree:
        source.say('Ce marché ne dit pas son bailleur : ajoutez bailleur: "CODE".')
    winner = source.text("attributaire")
    return Dossier(
        source.values[0].strip(),
        source.values[1].strip(),
        source.date,
        tree,
        same_name(winner),
        winner,
        source.text("nif"),
        source.text("ligne"),
        source.text("activite"),
        source.text("convention"),
        source.text("motif-choix"),
        source.text("document-pv"),
        framework,
        until,
        (),
        source.place,
        tuple(source.text("comite").split()),
        source.text("demande"),
        source.text("criteres"),
        source.text("lieu"),
        source.text("heure"),
    )


def _quote(source: Source) -> Quote:
    quote = Quote(
        source.values[0].strip(),
        source.date,
        same_name(source.values[1]),
        source.values[1].strip(),
        source.text("nif"),
        source.money(source.values[2]),
        source.day("valable-jusqu-au"),
        source.text("document"),
        source.place,
        tuple(_items(source)),
        _francs(source, "remise"),
        _rate(source),
        source.text("delai"),
        source.text("garantie"),
        source.truth("conforme") if source.text("conforme") else None,
        source.text("motif-ecart"),
    )
    if not quote.supplier:
        source.say("Cette proforma ne dit pas de qui elle est : écrivez le fournisseur, comme sur son papier.")
    if quote.amount <= 0:
        source.say("Cette proforma n'a pas de montant : recopiez celui de son papier, toutes taxes comprises.")
    if quote.untaxed is not None and quote.taxes is not None and quote.untaxed + quote.taxes != quote.amount:
        source.say(
            f"Les articles de cette proforma font {in_figures(quote.untaxed + quote.taxes)} toutes taxes comprises "
            f"({in_figures(quote.untaxed)} hors taxes, TVA {in_figures(quote.taxes)}), la proforma "
            f"{in_figures(quote.amount)} : corrigez un article, remise: ou tva:."
        )
    return quote


def _items(source: Source) -> Iterator[QuotedItem]:
    """`article-1`, `article-2` … up to the first that is missing."""
    for rank in count(1):
        text = source.text(f"article-{rank}")
        if not text:
            return
        found = _ITEM.fullmatch(text)
        if found is None:
            source.say(
                f"« {text} » (article-{rank}) ne se lit pas : écrivez désignation · quantité unité · prix unitaire hors "
                'taxes, par exemple "Cahiers de 200 pages · 40 paquets · 4 500".'
            )
            continue
        quantity = Decimal(found[2].replace(" ", "").replace(",", "."))
        yield QuotedItem(found[1], quantity, found[3] or "", int(found[4].replace(" ", "")))


def _francs(source: Source, key: str) -> int:
    """A metadata amount in whole francs, 0 when missing."""
    value = source.entry.meta.get(key)
    return source.money(value) if isinstance(value, amount.Amount) else source.count(key)


def _rate(source: Source) -> Decimal:
    """`tva: "18 %"`; 0 when missing."""
    text = source.text("tva").removesuffix("%").strip().replace(",", ".")
    if not text:
        return Decimal(0)
    if re.fullmatch(r"\d{1,2}(\.\d{1,2})?", text) is None:
        source.say(f'« {source.text("tva")} » (tva) n\'est pas un taux : écrivez par exemple tva: "18 %".')
        return Decimal(0)
    return Decimal(text)


def _whole(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))


KINDS = (
    Kind("marche", '"M-2026-014" "Objet du marché"', (str, str), _dossier),
    Kind("proforma", '"M-2026-014" "Fournisseur" 285000 XOF', (str, str, amount.Amount), _quote),
)
