"""A procurement dossier: three quotes and the choice among them, alone or with the purchase that asks for it."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from grandlivre.i18n import counted
from grandlivre.policy.people import same_name
from grandlivre.policy.values import add_months
from grandlivre.tasks.entries import Value, quoted
from grandlivre.tasks.guided import known
from grandlivre.tasks.guided.form import Form
from grandlivre.tasks.guided.making import Maker, short
from grandlivre.tasks.guided.text import told

LOWEST = "moins-disant"
_VALID_MONTHS = 3
_QUOTE = ("fournisseur", "nif", "date", "montant", "valable-jusqu-au")
_NAMES = ("ligne", "activite", "convention", "motif-choix", "lieu", "heure", "demande", "criteres")
AWARD = (*_NAMES, "comite", "contrat-cadre", "fin")
"""The fields of a dossier beside its number, its winner and its quotes."""


class Quote(NamedTuple):
    """A quote as the form says it."""

    form: Form
    supplier: str
    nif: str
    day: date | None
    amount: int
    document: str
    valid: date | None


def quote(form: Form) -> Quote:
    """The quote of a row."""
    return Quote(
        form,
        form.text("fournisseur", needed="dites le fournisseur."),
        form.text("nif"),
        form.day("date", needed="dites la date de la proforma."),
        form.amount("montant", needed="dites le montant de la proforma."),
        form.text("document"),
        form.day("valable-jusqu-au"),
    )


def dossier(m: Maker) -> None:
    """`marche`: the quotes, then the award."""
    tree, day = m.tree(), m.day()
    subject = m.form.text("objet", needed="dites ce qui est acheté.")
    number = m.form.text("numero")
    quotes = [quote(row) for row in m.form.rows("proformas")]
    winner, words = m.form.text("attributaire"), _award_words(m)
    if not tree or day is None or _are_wrong(m, quotes):
        return
    _write(m, tree, day, number or known.next_dossier(m.books, day), subject, winner, quotes, words)


def within(m: Maker, tree: str, day: date, payee: str, nif: str) -> str:
    """The dossier of a purchase: the one it names, or the one made with it from the quotes asked in the same form."""
    number = m.form.text("marche")
    quotes = [quote(row) for row in m.form.rows("proformas")]
    if not quotes:
        return number
    when = m.form.day("date-marche") or day
    subject = m.form.text("objet") or m.form.text("libelle")
    words = _award_words(m)
    if number in m.books.dossiers:
        m.form.say(
            "marche",
            f"le dossier {number} existe déjà : ses proformas y sont. Laissez ce champ vide pour en ouvrir un.",
        )
    if _are_wrong(m, quotes):
        return number
    number = number or known.next_dossier(m.books, when)
    words.setdefault("nif", nif)
    _write(m, tree, when, number, subject, payee, quotes, words)
    return number


def _award_words(m: Maker) -> dict[str, Value]:
    """What the dossier says beside its quotes."""
    words: dict[str, Value] = {name: said for name in _NAMES if (said := m.form.text(name))}
    if people := m.form.words("comite"):
        words["comite"] = " ".join(known.person_called(m.books, each)[0] or each for each in people)
    if m.form.flag("contrat-cadre"):
        words["contrat-cadre"] = True
    if until := m.form.day("fin"):
        words["fin"] = until
    if paper := m.form.text("document-pv"):
        words["document-pv"] = paper
    return words


def _are_wrong(m: Maker, quotes: list[Quote]) -> bool:
    for each in quotes:
        each.form.require((*_QUOTE, "document"), papers=False)
    return any(name.startswith(("proformas", "marche")) for name in m.form.said) or any(
        each.day is None or not each.amount or not each.supplier for each in quotes
    )


def _write(
    m: Maker, tree: str, day: date, number: str, subject: str, winner: str, quotes: list[Quote], words: dict[str, Value]
) -> None:
    lowest = min(quotes, key=lambda each: each.amount, default=None)
    chosen = winner or (lowest.supplier if lowest is not None else "")
    if lowest is not None and same_name(lowest.supplier) == same_name(chosen):
        words.setdefault("motif-choix", LOWEST)
    folder = known.home_of(m.books, tree).parent.name
    m.piece = m.piece or number
    for each in sorted(quotes, key=lambda one: (one.day or day, one.supplier)):
        _write_quote(m, tree, number, folder, each)
    if paper := words.get("document-pv"):
        words["document-pv"] = m.paper("document-pv", str(paper), folder, f"{number}-pv")
    said = told({"bailleur": tree, "attributaire": chosen, **words})
    m.custom(tree, day, "marche", (quoted(number), quoted(subject)), said)
    if lowest is not None and not winner:
        m.notes.append(f"{chosen} est le moins-disant des {counted(len(quotes), 'proforma')}.")


def _write_quote(m: Maker, tree: str, number: str, folder: str, quote: Quote) -> None:
    assert quote.day is not None, "quotes were looked at before"
    said = told({"nif": quote.nif or known.tax_id(m.books, quote.supplier)})
    said["valable-jusqu-au"] = quote.valid or add_months(quote.day, _VALID_MONTHS)
    if quote.document:
        stem = f"{number}-{short(quote.supplier)}"
        said["document"] = m.paper("document", quote.document, folder, stem, quote.form)
    worth = f"{quote.amount} {m.currency}"
    m.custom(tree, quote.day, "proforma", (quoted(number), quoted(quote.supplier), worth), said)
