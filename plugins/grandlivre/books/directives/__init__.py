"""Custom directives read into records: dossiers, quotes, counts, statements, closings, meetings, activities.

Beancount checks neither the shape nor the accounts of a `custom`: this room does, and says what is missing in French.
Each module holds the records of one subject and who reads them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from beancount.core import data

from grandlivre.books.directives import assets, bank, cash, closings, governance, purchasing
from grandlivre.books.directives.assets import Asset
from grandlivre.books.directives.bank import Statement
from grandlivre.books.directives.cash import CashCount
from grandlivre.books.directives.closings import Closing, Revision, Transmission
from grandlivre.books.directives.governance import ActivityStep, CommunityBody, Meeting
from grandlivre.books.directives.purchasing import Dossier, Quote
from grandlivre.books.directives.source import Source
from grandlivre.books.documents import is_document_key
from grandlivre.books.reading import Reader
from grandlivre.books.records import BookProblem, Fractional, Place
from grandlivre.i18n import did_you_mean

_KINDS = {kind.word: kind for room in (purchasing, cash, bank, closings, assets, governance) for kind in room.KINDS}
_FOREIGN = frozenset({"budget", "fava-option", "fava-extension", "fava-sidebar-link"})


class NamedDocument(NamedTuple):
    """A file that a directive names, as it was written (a text, unless the quotes were forgotten)."""

    place: Place
    key: str
    value: Any


class Directives(NamedTuple):
    """Every custom directive of the books, each kind in the order of its dates."""

    dossiers: tuple[Dossier, ...]
    loose_quotes: tuple[Quote, ...]
    """Quotes whose dossier does not exist."""
    counts: tuple[CashCount, ...]
    statements: tuple[Statement, ...]
    closings: tuple[Closing, ...]
    transmissions: tuple[Transmission, ...]
    revisions: tuple[Revision, ...]
    assets: tuple[Asset, ...]
    meetings: tuple[Meeting, ...]
    activities: tuple[ActivityStep, ...]
    communities: tuple[CommunityBody, ...] = ()
    """Bodies that beneficiaries elected, each as of its election."""
    documents: tuple[NamedDocument, ...] = ()
    """Every voucher's file a directive names (`document`, `document-…`); a report sent is known by its sha256."""


def read_directives(entries: Iterable[Any], reader: Reader) -> Directives:
    """Every custom directive; misshapen ones become problems of the reader."""
    found: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    documents: list[NamedDocument] = []
    for entry in entries:
        if isinstance(entry, data.Pad):
            place = Place.of(entry.meta)
            said = (
                "« pad » est interdit dans ces livres : il invente un montant. Retirez cette ligne et passez l'écriture "
                "qui manque."
            )
            reader.problems.append(BookProblem(place, said))
        elif isinstance(entry, data.Balance):
            _balance(entry, reader)
        if not isinstance(entry, data.Custom) or entry.type in _FOREIGN:
            continue
        source = Source(entry, reader)
        documents += [
            NamedDocument(source.place, key, value)
            for key, value in entry.meta.items()
            if is_document_key(key) and not (entry.type == "transmission" and key == "document")
        ]
        if entry.type not in _KINDS:
            if reader.accounts.by_name and not entry.type.startswith("fava"):
                source.say(_unknown(entry.type))
            continue
        kind = _KINDS[entry.type]
        if kind.fits(source):
            found[kind.word].append(kind.read(source))
    quotes: list[Quote] = found["proforma"]
    dossiers: list[Dossier] = []
    seen: dict[str, Dossier] = {}
    for dossier in found["marche"]:
        if dossier.id in seen:
            said = f"Le marché {dossier.id} est déjà ouvert ({_short(seen[dossier.id].place)}) : un numéro, un marché."
            reader.problems.append(BookProblem(dossier.place, said))
            continue
        own = tuple(quote for quote in quotes if quote.dossier == dossier.id)
        seen[dossier.id] = dossier._replace(quotes=own)
        dossiers.append(seen[dossier.id])
    loose = tuple(quote for quote in quotes if quote.dossier not in seen)
    return Directives(
        dossiers=tuple(dossiers),
        loose_quotes=loose,
        counts=tuple(found["pv-caisse"]),
        statements=tuple(found["releve"]),
        closings=tuple(found["cloture"]),
        transmissions=tuple(found["transmission"]),
        revisions=tuple(found["revision"]),
        assets=tuple(found["immobilisation"]),
        meetings=tuple(found["rencontre"]),
        activities=tuple(found["activite"]),
        communities=tuple(found["organe-communautaire"]),
        documents=tuple(documents),
    )


def _short(place: Place) -> str:
    return f"{Path(place.file).name}:{place.line}"


def _unknown(kind: str) -> str:
    hint = did_you_mean(kind, _KINDS, f" Directives connues : {', '.join(_KINDS)}.")
    return f"La directive « {kind} » est inconnue.{hint}"


def _balance(entry: Any, reader: Reader) -> None:
    number = entry.amount.number
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < 0 and not reader.exponent(entry.amount.currency):
        place = Place.of(entry.meta)
        reader.fractional.append(Fractional(place, number, entry.amount.currency, None))
