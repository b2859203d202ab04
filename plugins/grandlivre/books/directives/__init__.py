"""Custom directives read into records: dossiers, quotes, counts, statements, closings, meetings, activities.

Beancount checks neither the shape nor the accounts of a `custom`: this room does, and says what is missing in French.
Each module holds the records of one subject and who reads them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from beancount.core import data

from grandlivre.books.directives import agency, assets, bank, cash, closings, governance, purchasing
from grandlivre.books.directives.agency import AgencyFigures
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

_KINDS = {
    kind.word: kind for room in (purchasing, cash, bank, closings, assets, governance, agency) for kind in room.KINDS
}
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
    agencies: tuple[AgencyFigures, ...] = ()
    """What agencies authorised and accepted, activity by activity; one an activity and period."""
    documents: tuple[NamedDocument, ...] = ()
    """Every voucher's file a directive names (`document`, `document-…`); a report sent is known by its sha256."""


def read_directives(entries: Iterable[Any], reader: Reader) -> Directives:
    """Every custom directive; misshapen ones become problems of the reader."""
    found: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    documents: list[NamedDocument] = []
    for entry in entries:
        if isinstance(entry, data.Pad):
            reader.problems.append(_refused(entry))
        elif isinstance(entry, data.Balance):
            _balance(entry, reader)
        elif isinstance(entry, data.Custom) and entry.type not in _FOREIGN:
            source = Source(entry, reader)
            documents += _documents(source, entry)
            kind = _KINDS.get(entry.type)
            if kind is None:
                _unknown(source, entry.type, reader)
            elif kind.fits(source):
                found[kind.word].append(kind.read(source))
    dossiers = _dossiers(found["marche"], found["proforma"], reader)
    loose = tuple(quote for quote in found["proforma"] if quote.dossier not in dossiers)
    return Directives(
        dossiers=tuple(dossiers.values()),
        loose_quotes=loose,
        counts=tuple(found["pv-caisse"]),
        statements=tuple(found["releve"]),
        closings=tuple(found["cloture"]),
        transmissions=tuple(found["transmission"]),
        revisions=tuple(found["revision"]),
        assets=_assets(found["immobilisation"], reader),
        meetings=tuple(found["rencontre"]),
        activities=tuple(found["activite"]),
        communities=tuple(found["organe-communautaire"]),
        agencies=_agencies(found["face"], reader),
        documents=tuple(documents),
    )


def _refused(pad: data.Pad) -> BookProblem:
    """What is said of a `pad`."""
    said = (
        "« pad » est interdit dans ces livres : il invente un montant. Retirez cette ligne et passez l'écriture "
        "qui manque."
    )
    return BookProblem(Place.of(pad.meta), said)


def _documents(source: Source, custom: data.Custom) -> list[NamedDocument]:
    """The vouchers' files that a directive names."""
    sent = custom.type == "transmission"
    return [
        NamedDocument(source.place, key, value)
        for key, value in custom.meta.items()
        if is_document_key(key) and not (sent and key == "document")
    ]


def _dossiers(opened: Iterable[Dossier], quotes: Iterable[Quote], reader: Reader) -> dict[str, Dossier]:
    """The dossiers by number, each with its quotes, blank ones apart; a number opened twice is a problem, and the first counts."""
    found: dict[str, Dossier] = {}
    for dossier in opened:
        if dossier.id in found:
            said = f"Le marché {dossier.id} est déjà ouvert ({_short(found[dossier.id].place)}) : un numéro, un marché."
            reader.problems.append(BookProblem(dossier.place, said))
        else:
            own = tuple(each for each in quotes if each.dossier == dossier.id and each.supplier and each.amount > 0)
            found[dossier.id] = dossier._replace(quotes=own)
    return found


def _agencies(said: Iterable[AgencyFigures], reader: Reader) -> tuple[AgencyFigures, ...]:
    """One an activity and period; a second one is a problem, and the first counts."""
    found: dict[tuple[str, str, str], AgencyFigures] = {}
    for each in said:
        key = (each.agreement, each.period, each.activity)
        if key in found:
            first = _short(found[key].place)
            told = f"L'activité {each.activity} a déjà sa directive face pour {each.period} ({first}) : une par activité et période."
            reader.problems.append(BookProblem(each.place, told))
        else:
            found[key] = each
    return tuple(found.values())


def _assets(registered: Iterable[Asset], reader: Reader) -> tuple[Asset, ...]:
    """The assets; a number given twice is a problem, and the first one counts."""
    found: dict[str, Asset] = {}
    for asset in registered:
        if asset.id in found:
            said = (
                f"L'immobilisation {asset.id} est déjà inscrite ({_short(found[asset.id].place)}) : un numéro, un bien. "
                "Donnez-lui un autre numéro."
            )
            reader.problems.append(BookProblem(asset.place, said))
        else:
            found[asset.id] = asset
    return tuple(found.values())


def _short(place: Place) -> str:
    return f"{Path(place.file).name}:{place.line}"


def _unknown(source: Source, kind: str, reader: Reader) -> None:
    """Says that nobody knows a directive: not in books that open no account, nor when it is one of Fava's."""
    if not reader.accounts.by_name or kind.startswith("fava"):
        return
    hint = did_you_mean(kind, _KINDS, f" Directives connues : {', '.join(_KINDS)}.")
    source.say(f"La directive « {kind} » est inconnue.{hint}")


def _balance(entry: Any, reader: Reader) -> None:
    number = entry.amount.number
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < 0 and not reader.exponent(entry.amount.currency):
        place = Place.of(entry.meta)
        reader.fractional.append(Fractional(place, number, entry.amount.currency, None))
