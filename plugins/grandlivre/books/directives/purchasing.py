"""Procurement dossiers and the quotes made for them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from beancount.core import amount

from grandlivre.books.directives.source import Kind, Source
from grandlivre.books.records import Place
from grandlivre.policy.people import normalise


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

    @property
    def award(self) -> Quote | None:
        """The quote of the winner."""
        return next((quote for quote in self.quotes if quote.supplier == self.winner), None)


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
        normalise(winner),
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
    )


def _quote(source: Source) -> Quote:
    return Quote(
        source.values[0].strip(),
        source.date,
        normalise(source.values[1]),
        source.values[1].strip(),
        source.text("nif"),
        source.money(source.values[2]),
        source.day("valable-jusqu-au"),
        source.text("document"),
        source.place,
    )


KINDS = (
    Kind("marche", '"M-2026-014" "Objet du marché"', (str, str), _dossier),
    Kind("proforma", '"M-2026-014" "Fournisseur" 285000 XOF', (str, str, amount.Amount), _quote),
)
