"""What the page of a directive says: a meeting, a dossier, a cash count, a statement… its keys as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from beancount.core.amount import Amount

from grandlivre.books.directives.governance import Meeting
from grandlivre.books.directives.purchasing import Dossier
from grandlivre.books.documents import is_document_key
from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.render.format import Format
from grandlivre.reports.duties import BODIES
from grandlivre.viewer import papers
from grandlivre.viewer.papers import Paper
from grandlivre.viewer.voucher import account_in_words, person_in_words

_FORM = Format()
_Placed = TypeVar("_Placed", Dossier, Meeting)
KINDS = {
    "marche": ("Marché", ("Numéro", "Objet")),
    "proforma": ("Proforma", ("Marché", "Fournisseur", "Montant")),
    "pv-caisse": ("Comptage de caisse", ("Caisse", "Compté")),
    "releve": ("Relevé de compte", ("Compte", "Mois", "Solde")),
    "cloture": ("Clôture", ("Période",)),
    "transmission": ("Rapport transmis", ("Modèle", "Bailleur", "Période")),
    "immobilisation": ("Immobilisation", ("Numéro", "Compte", "Coût")),
    "rencontre": ("Rencontre", ("Organe", "Objet")),
    "activite": ("Activité", ("Projet", "Code", "Intitulé")),
    "organe-communautaire": ("Organe élu", ("Projet", "Code", "Intitulé")),
}
"""Type of directive → (what it is, what each of its values says)."""
_OTHERS = {
    "Open": "Ouverture de compte",
    "Close": "Fermeture de compte",
    "Balance": "Solde vérifié",
    "Note": "Note",
    "Document": "Document",
    "Price": "Cours",
    "Commodity": "Devise",
    "Event": "Événement",
    "Query": "Requête enregistrée",
    "Custom": "Directive",
}
"""What Beancount's own directives are called."""
_WORDS = {
    "nif": "NIF",
    "bailleur": "Projet",
    "motif-choix": "Motif du choix",
    "valable-jusqu-au": "Valable jusqu'au",
    "activite": "Activité",
    "caissier": "Tenue par",
    "controleur": "Comptée par",
    "temoin": "Témoin",
    "pieces": "Pièces de monnaie",
    "derniere-piece": "Dernière pièce",
    "dernieres-pieces": "Dernières pièces",
    "mise-en-service": "Mise en service",
    "duree": "Durée",
    "numero-de-serie": "Numéro de série",
    "detenteur": "Détenteur",
    "etat": "État du bien",
    "inventaire": "Dernier inventaire",
    "motif-sortie": "Motif de la sortie",
    "amortissement-anterieur": "Amortissement antérieur",
    "subvention-montant": "Montant de la subvention",
    "femmes": "Femmes",
    "hommes": "Hommes",
    "nouveaux-femmes": "Femmes comptées pour la première fois",
    "nouveaux-hommes": "Hommes comptés pour la première fois",
    "presidence": "Présidence",
    "presents": "Présents",
    "mandate": "Mandats donnés à",
    "etape": "Étape",
    "regles": "Règles en vigueur",
    "precedente": "Clôture précédente",
    "adopte": "Adopté",
}
_PEOPLE = frozenset({"caissier", "controleur", "temoin", "detenteur", "responsable", "president", "secretaire"})
_SEVERAL = frozenset({"presents", "mandate"})
"""Keys whose words are persons."""
_CHAIRS = {"f": "une femme", "h": "un homme"}
_TECHNICAL = ("empreinte", "precedente", "regles", "version", "livres", "filename", "lineno", "__")
"""Keys that machines read."""


class Decided(NamedTuple):
    """A decision of a meeting."""

    text: str
    person: str
    deadline: date | None
    done: date | None


class Act(NamedTuple):
    """A directive, whole."""

    kind: str
    """« Rencontre », « Marché »…"""
    title: str
    date: date
    facts: tuple[tuple[str, str], ...]
    decisions: tuple[Decided, ...]
    quotes: tuple[tuple[str, int, bool], ...]
    """(supplier, amount, chosen) of each quote of a dossier."""
    papers: tuple[Paper, ...]


def act(books: Books, directive: Any) -> Act:
    """The page of a directive that is not an entry."""
    meta: Mapping[str, Any] = directive.meta or {}
    place = Place.of(meta)
    dossier = _at(place, books.dossiers.values())
    meeting = _at(place, books.directives.meetings)
    said, pairs = _told(books, directive)
    if meeting is not None:
        pairs[0] = ("Organe", BODIES.get(meeting.body, meeting.body))
    title = next((value for name, value in pairs if name in ("Objet", "Intitulé", "Fournisseur")), "")
    return Act(
        said,
        title or ", ".join(value for _, value in pairs if value) or said,
        directive.date,
        tuple((name, value) for name, value in (*pairs, *_metadata(books, meta)) if name and value not in ("", title)),
        _decisions(books, meeting),
        _quotes(dossier),
        papers.once([*papers.named(books, meta), *papers.of_dossier(books, dossier)]),
    )


def _at(place: Place, records: Iterable[_Placed]) -> _Placed | None:
    return next((each for each in records if each.place == place), None)


def _told(books: Books, directive: Any) -> tuple[str, list[tuple[str, str]]]:
    """What a directive is called, and its values, each with its name ("" when it has none)."""
    kind = str(getattr(directive, "type", ""))
    values = [_said(books, each.value) for each in getattr(directive, "values", ())] if kind else _own(directive)
    said, names = KINDS.get(kind, (_OTHERS.get(type(directive).__name__, "Directive"), ()))
    return said, list(zip(names, values, strict=False)) if names else [("", value) for value in values]


def _own(directive: Any) -> list[str]:
    """What a directive of Beancount names first."""
    return [
        str(value) for name in ("account", "currency", "name", "comment") if (value := getattr(directive, name, ""))
    ]


def _decisions(books: Books, meeting: Meeting | None) -> tuple[Decided, ...]:
    if meeting is None:
        return ()
    return tuple(
        Decided(each.text, person_in_words(books, each.who), each.due, each.done) for each in meeting.decisions
    )


def _quotes(dossier: Dossier | None) -> tuple[tuple[str, int, bool], ...]:
    if dossier is None:
        return ()
    return tuple((each.name, each.amount, each.supplier == dossier.winner) for each in dossier.quotes)


def _metadata(books: Books, meta: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for key, value in meta.items():
        if key.startswith(("decision-", *_TECHNICAL)) or is_document_key(key):
            continue
        yield _WORDS.get(key, key.replace("-", " ").capitalize()), _worded(books, key, value)


def _worded(books: Books, key: str, value: Any) -> str:
    """The value of a key; people by their names."""
    if key in _PEOPLE:
        return person_in_words(books, str(value))
    if key in _SEVERAL:
        return ", ".join(person_in_words(books, who) for who in str(value).replace(",", " ").split())
    if key == "presidence":
        return _CHAIRS.get(str(value), str(value))
    return _said(books, value)


def _said(books: Books, value: Any) -> str:
    """A value of Beancount as a person reads it."""
    match value:
        case None:
            return ""
        case bool():
            return "oui" if value else "non"
        case Amount():
            number = value.number if value.number is not None else Decimal(0)
            unit = "FCFA" if value.currency == "XOF" else value.currency
            return f"{_FORM.decimal(number)}\u00a0{unit}"
        case Decimal():
            return _FORM.decimal(value)
        case date():
            return _FORM.date(value)
    account = books.accounts.get(str(value))
    return f"{account_in_words(books, account)}, {account.tree}" if account is not None else str(value)
