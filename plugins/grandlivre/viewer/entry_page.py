"""The page « Saisir »: the ten forms, what the books propose for each field, the queue of papers that wait."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from flask import Response, request

from grandlivre.i18n import in_words
from grandlivre.inspection import voices
from grandlivre.policy.values import read_money
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.guided import GENRES
from grandlivre.tasks.guided.arrivals import queue
from grandlivre.tasks.guided.offers import Asked, offers
from grandlivre.tasks.guided.scans import LARGEST
from grandlivre.viewer import entry_door, fava_adapter
from grandlivre.viewer.fava_adapter import endpoint
from grandlivre.viewer.frame import Page, View

_TITLES: Mapping[str, tuple[str, str]] = {
    "paiement": ("Paiement", "Par la banque ou le téléphone : une facture, un loyer, des honoraires."),
    "facture": ("Facture", "Reçue d'un fournisseur, à payer plus tard."),
    "depense-caisse": ("Dépense de caisse", "Payée en espèces, tout de suite."),
    "reapprovisionnement": ("Réapprovisionner la caisse", "De la banque à la caisse : deux pièces, le même jour."),
    "marche": ("Marché", "Les proformas et l'attribution."),
    "avance": ("Avance", "Remise à quelqu'un qui doit la justifier."),
    "justification": ("Justifier une avance", "Ce qui a été dépensé, ce qui est rendu."),
    "recette": ("Recette", "Tranche d'un bailleur, don, cotisation, prestation, intérêts."),
    "rencontre": ("Réunion", "Qui était là, ce qui est décidé."),
    "activite": ("Activité", "Ce qui a été fait, avec qui."),
}


class Field(NamedTuple):
    """A field of a form as the page shows it."""

    name: str
    label: str
    kind: str = "text"
    """text, money, day, tree, line, account, payee, choice, people, paper, number, area."""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    needed: bool = False
    aside: bool = False
    """Whether it is rarely needed, and stands under « Autres précisions »."""


class Rows(NamedTuple):
    """A list of rows in a form."""

    name: str
    title: str
    hint: str
    fields: tuple[Field, ...]
    least: int
    numbered: str = ""
    """Fields that the books number: the first part of their names (« decision »)."""


_MODES = (
    ("", "Choisir"),
    ("cheque", "Chèque"),
    ("virement", "Virement"),
    ("mobile", "Téléphone"),
    ("especes", "Espèces"),
)
_TREE = Field("bailleur", "Projet", "tree", needed=True)
_DAY = Field("date", "Date", "day", needed=True)
_PAYEE = Field("beneficiaire", "À qui", "payee", "Les premières lettres suffisent.", needed=True)
_WHAT = Field("libelle", "Pour quoi", needed=True)
_AMOUNT = Field("montant", "Montant (FCFA)", "money", needed=True)
_LINE = Field("ligne", "Ligne du budget", "line")
_ACCOUNT = Field("compte", "Compte", "account", "Vide : celui de la ligne.")
_SIGNED = Field("signataires", "Signé par", "people", "Personne : le paiement est préparé, à signer.")
_ALLOWED = Field("autorise-par", "Autorisé par", "people", aside=True)
_PAPER = Field("document", "Pièce justificative", "paper")
_CHEQUE = Field("cheque", "Numéro de chèque", hint="Le suivant est proposé.")
_ORDER = Field("ordre", "Numéro d'ordre")
_MORE = (
    Field("convention", "Convention", "agreement", aside=True),
    Field("activite", "Activité", "activity", aside=True),
)
_BUYS = (
    Field("facture", "Facture", "invoice", "Une facture due se règle par son numéro."),
    Field("nif", "NIF", aside=True),
    Field("marche", "Marché", "dossier", aside=True),
)
FORMS: Mapping[str, tuple[Field, ...]] = {
    "paiement": (
        _DAY, _TREE, _PAYEE, *_BUYS, _WHAT, _AMOUNT, _LINE, _ACCOUNT, Field("mode", "Payé par", "choice", choices=_MODES),
        _CHEQUE, _ORDER, _SIGNED, _PAPER, _ALLOWED, *_MORE, Field("frais", "Frais de l'opérateur", "money", aside=True),
    ),
    "facture": (
        _DAY, _TREE, _PAYEE._replace(label="Fournisseur"), Field("facture", "Numéro de la facture", needed=True),
        Field("nif", "NIF"), _WHAT, _AMOUNT, _LINE, _ACCOUNT, _PAPER, Field("marche", "Marché", "dossier", aside=True), *_MORE,
    ),
    "depense-caisse": (
        _DAY, _TREE, _PAYEE, _WHAT, _AMOUNT, _LINE, _ACCOUNT, _PAPER, Field("facture", "Facture", aside=True),
        Field("nif", "NIF", aside=True), Field("marche", "Marché", "dossier", aside=True), _ALLOWED, *_MORE,
    ),
    "reapprovisionnement": (
        _DAY, _TREE, _AMOUNT, Field("mode", "Retiré par", "choice", choices=(("cheque", "Chèque"), ("virement", "Virement"))),
        _CHEQUE, _SIGNED, _PAPER, Field("caisse", "Caisse", hint="S'il y en a plusieurs.", aside=True),
    ),
    "marche": (
        Field("date", "Attribué le", "day", needed=True), _TREE, Field("objet", "Ce qui est acheté", needed=True), _LINE,
        Field("attributaire", "Attributaire", "payee", "Vide : le moins-disant."),
        Field("motif-choix", "Motif du choix", hint="Quand ce n'est pas le moins-disant."),
        Field("document-pv", "Procès-verbal", "paper"), Field("numero", "Numéro", "dossier-number", aside=True), *_MORE,
    ),
    "avance": (
        _DAY, _TREE, _PAYEE, _WHAT, _AMOUNT, Field("echeance", "À justifier avant le", "day", needed=True),
        Field("mode", "Remise par", "choice", choices=_MODES), _CHEQUE, _SIGNED, _PAPER, _ALLOWED,
        Field("ligne", "Ligne du budget", "line", aside=True), *_MORE,
    ),
    "justification": (
        _DAY, _TREE._replace(needed=False), Field("avance", "Avance", "advance", needed=True),
        Field("reliquat", "Rendu (FCFA)", "money"),
        Field("mode", "Rendu par", "choice", choices=(("virement", "Versement en banque"), ("especes", "Espèces, à la caisse"))),
        _PAPER, Field("document-reliquat", "Reçu du versement", "paper", aside=True),
    ),
    "recette": (
        _DAY, _TREE, Field("de", "De qui", "payee", needed=True),
        Field("nature", "Nature", "choice", needed=True, choices=(
            ("", "Choisir"), ("tranche", "Tranche d'un bailleur"), ("don", "Don"), ("cotisation", "Cotisation"),
            ("prestation", "Prestation"), ("interets", "Intérêts de la banque"),
        )),
        Field("montant", "Montant reçu (FCFA)", "money", needed=True),
        Field("montant-devise", "Dans la devise du bailleur", hint="Par exemple 50 000 EUR."),
        Field("mode", "Reçu par", "choice", choices=_MODES), Field("membre", "Membre"), Field("annee", "Année", "number"),
        _PAPER, Field("document-appel", "Appel de fonds", "paper", aside=True), Field("registre", "Registre des dons", aside=True),
        Field("frais", "Retenu par la banque", "money", aside=True), _ACCOUNT._replace(aside=True), *_MORE,
    ),
    "rencontre": (
        Field("organe", "Organe", "choice", needed=True, choices=(
            ("", "Choisir"), ("equipe", "Équipe d'un projet"), ("direction", "Direction"), ("bureau", "Bureau exécutif"),
            ("ag", "Assemblée générale"),
        )),
        _DAY, Field("objet", "Objet", needed=True), Field("programme", "Projet (réunion d'équipe)"),
        Field("femmes", "Femmes", "number"), Field("hommes", "Hommes", "number"),
        Field("presents", "Présents", hint="Identifiants, pour le quorum du bureau."),
        Field("adopte", "Adopté", hint="Une convention, un budget, des comptes."),
        Field("mandate", "Mandats donnés à", aside=True), Field("document", "Procès-verbal", "paper"),
    ),
    "activite": (
        _DAY, _TREE, Field("code", "Activité", "activity", needed=True), Field("intitule", "Intitulé"),
        Field("lieu", "Lieu"), Field("fin", "Dernier jour", "day"), Field("femmes", "Femmes", "number"),
        Field("hommes", "Hommes", "number"), Field("nouveaux-femmes", "Dont nouvelles", "number", aside=True),
        Field("nouveaux-hommes", "Dont nouveaux", "number", aside=True), Field("document", "Liste de présence", "paper"),
    ),
}  # fmt: skip
_QUOTES = Rows(
    "proformas", "Proformas", "Au-dessus du seuil, trois fournisseurs distincts, avec leur NIF.",
    (
        Field("fournisseur", "Fournisseur", "payee"), Field("nif", "NIF"), Field("date", "Date", "day"),
        Field("montant", "Montant", "money"), Field("document", "Pièce", "paper"),
    ), 3,
)  # fmt: skip
ROWS: Mapping[str, Rows] = {
    "paiement": _QUOTES,
    "facture": _QUOTES,
    "depense-caisse": _QUOTES,
    "marche": _QUOTES,
    "justification": Rows(
        "lignes", "Ce qui a été dépensé", "Une ligne par nature de dépense.",
        (_LINE, Field("compte", "Compte", "account"), Field("montant", "Montant", "money"), Field("libelle", "Pour quoi")), 2,
    ),
    "rencontre": Rows(
        "decision", "Décisions", "Qui fait quoi, pour quand.",
        (Field("", "Décision"), Field("-responsable", "Responsable"), Field("-echeance", "Échéance", "day")), 1, "decision",
    ),
    "activite": Rows(
        "indicateur", "Indicateurs", "Ce que l'activité a apporté.",
        (Field("indicateur", "Indicateur", "indicator"), Field("valeur", "Valeur", "number")), 1, "indicateur",
    ),
}  # fmt: skip
_CHOICE = Field("motif-choix", "Motif du choix", hint="Quand ce n'est pas le moins-disant.")
_MINUTES = Field("document-pv", "Procès-verbal du choix", "paper")
_NOT_FOR_YOU = "Seul le comptable saisit dans ces livres. Les pièces préparées se signent à la page « À signer »."


class Saisir(Page):
    """The form of a kind, what it will write, what the controls say of it."""

    report_title = "Saisir"
    template = "saisir.html"
    filtered = False
    has_js_module = True

    def facts(self, view: View) -> dict[str, Any]:
        """The form asked for; raises RefusedError for who enters nothing."""
        if not entry_door.may_enter():
            raise RefusedError(_NOT_FOR_YOU)
        genre = request.args.get("genre", GENRES[0])
        if genre not in FORMS:
            raise RefusedError(f"« {genre[:40]} » n'est pas un formulaire.")
        loaded = view.loaded
        waiting = queue(loaded.books.folder)
        return {
            "genre": genre,
            "title": _TITLES[genre],
            "kinds": [(name, _TITLES[name][0], view.links.page("Saisir", genre=name)) for name in GENRES],
            "fields": FORMS[genre],
            "rows": ROWS.get(genre),
            "quoted": genre in ("paiement", "facture", "depense-caisse"),
            "choice": (_CHOICE, _MINUTES),
            "today": loaded.day,
            "trees": loaded.books.trees,
            "waiting": [(each, view.links.paper(each.path)) for each in waiting],
            "chosen": request.args.get("piece", ""),
            "door": self._door("saisie"),
            "photos": self._door("arrivee"),
            "asked": view.links.download("Saisir", "offres"),
            "papers": view.links.download("Piece", "document"),
            "voucher": view.links.page("Piece"),
            "largest": LARGEST,
        }

    @staticmethod
    def _door(name: str) -> str:
        """The address of a door of guided entry."""
        found: str = fava_adapter.url_for("index")
        return f"{found}grandlivre/{name}"

    @endpoint("offres")
    def offered(self) -> Response:
        """What the books propose for the fields, as the form stands."""
        if not entry_door.may_enter():
            return Response(json.dumps({"erreur": _NOT_FOR_YOU}), status=403, mimetype="application/json")
        args, loaded = request.args, self.loaded
        asked = Asked(
            args.get("bailleur", ""), _day(args.get("date", ""), loaded.day), _amount(args.get("montant", ""), loaded),
            args.get("beneficiaire", "")[:200], args.get("mode", ""),
        )  # fmt: skip
        told: dict[str, Any] = (
            offers(loaded.books, asked) if not loaded.inspection.halted else {"projets": list(loaded.books.trees)}
        )
        told["regles"] = {each.id: in_words(each.id) for each in voices()}
        return Response(json.dumps(told, ensure_ascii=False), mimetype="application/json")


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else otherwise
    except ValueError:
        return otherwise


def _amount(text: str, loaded: Any) -> int:
    """The amount as it is being typed; 0 while it does not read."""
    try:
        return max(0, read_money(f"{text} {loaded.books.policy.currency}").units)
    except Exception:  # half typed
        return 0
