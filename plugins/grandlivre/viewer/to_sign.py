"""The cards of the signature book: each thing that awaits a person, with all that one looks at before signing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from grandlivre.books.directives.cash import CashCount
from grandlivre.books.directives.closings import Transmission
from grandlivre.books.index import Books
from grandlivre.books.records import Entry, Place
from grandlivre.i18n import counted, currency_label, listing
from grandlivre.i18n import day as shown
from grandlivre.render.format import Format
from grandlivre.reports import dashboard
from grandlivre.reports.asked import ask
from grandlivre.reports.catalogue import models
from grandlivre.reports.kit.wording import amount_in_words
from grandlivre.rules import Finding
from grandlivre.tasks import signatures, signing_closings, signing_passkeys, signing_rules
from grandlivre.tasks.signature_book import TITLES, SignatureBook
from grandlivre.tasks.signatures import Signature
from grandlivre.tasks.signing import Awaiting, batches
from grandlivre.viewer import papers
from grandlivre.viewer.papers import Paper
from grandlivre.viewer.state import Loaded
from grandlivre.viewer.voucher import account_in_words, person_in_words, voucher

_FORM = Format()
_REFUSABLE = ("ecritures", "derogations")


class Line(NamedTuple):
    """A budget line that a payment is charged to."""

    code: str
    label: str
    left: int | None
    """What is left on it, this payment counted; None where no budget says it."""
    tree: str
    agreement: str


class Card(NamedTuple):
    """One thing to sign."""

    object: str
    """What a visa calls it."""
    digest: str
    """Of what is shown."""
    nature: str
    title: str
    kind: str
    """« Paiement à signer », « Comptage de caisse »."""
    day: date
    amount: int | None = None
    words: str = ""
    """The amount in words, "" without one."""
    facts: tuple[tuple[str, str], ...] = ()
    told: tuple[str, ...] = ()
    """Sentences: what a version changes, what a closing seals."""
    lines: tuple[Line, ...] = ()
    quotes: tuple[tuple[str, int, bool], ...] = ()
    """(supplier, amount, whether it was chosen)."""
    signed: tuple[Signature, ...] = ()
    worth: tuple[str, ...] = ()
    changed: str = ""
    """Why the person's last signature, or refusal, does not stand any more."""
    absent: tuple[str, ...] = ()
    """Documents that are not there: nothing is signed without them."""
    papers: tuple[Paper, ...] = ()
    findings: tuple[Finding, ...] = ()
    place: Place | None = None
    """Where it stands in the books."""

    @property
    def refusable(self) -> bool:
        """Whether it may be refused."""
        return self.nature in _REFUSABLE


class Batch(NamedTuple):
    """What one signature signs: things of one project and one nature."""

    tree: str
    nature: str
    title: str
    cards: tuple[Card, ...]

    @property
    def total(self) -> int:
        """What its payments come to."""
        return sum(card.amount or 0 for card in self.cards if card.nature == "ecritures")

    @property
    def ready(self) -> tuple[Card, ...]:
        """What may be signed now."""
        return tuple(card for card in self.cards if not card.absent)

    @property
    def said(self) -> str:
        """What a page hands back to say what it shows."""
        return json.dumps([[card.object, card.digest] for card in self.ready])


def batches_of(loaded: Loaded, book: SignatureBook) -> tuple[Batch, ...]:
    """A person's book, as the page shows it."""
    found = [
        Batch(
            rows[0].tree, rows[0].nature, TITLES[rows[0].nature], tuple(_card(loaded, book.person, row) for row in rows)
        )
        for rows in batches(book.pieces)
    ]
    found += [_single(_closing(loaded.books, each)) for each in book.closings]
    return (*found, *([_single(_rules(loaded.books, book.rules))] if book.rules is not None else []))


def _single(card: Card) -> Batch:
    return Batch("", card.nature, TITLES[card.nature], (card,))


def _card(loaded: Loaded, person: str, each: Awaiting) -> Card:
    match each.subject:
        case CashCount():
            return _count(loaded, each, each.subject)
        case Transmission():
            return _sent(loaded, each, each.subject)
        case _:
            return _entry(loaded, person, each, each.subject)


def _bare(each: Awaiting, title: str, kind: str) -> Card:
    """A card that only says what it is about."""
    signable = each.signable
    return Card(signable.object, signable.digest, each.nature, title, kind, each.day, absent=signable.absent)


def _entry(loaded: Loaded, person: str, each: Awaiting, entry: Entry) -> Card:
    books = loaded.books
    sheet = voucher(loaded, entry)
    dossier = books.dossiers.get(entry.text("marche"))
    quotes = (
        [(quote.name, quote.amount, quote.supplier == dossier.winner) for quote in dossier.quotes] if dossier else []
    )
    kind = "Dérogation à accorder" if each.nature == "derogations" else _kind(sheet.direction, entry)
    return _bare(each, sheet.title, kind)._replace(
        amount=sheet.amount,
        words=amount_in_words(sheet.amount),
        facts=(*sheet.money, *sheet.facts),
        lines=tuple(_lines(loaded, entry)),
        quotes=tuple(quotes),
        signed=signatures.of_entry(books, entry),
        worth=signatures.worth(books, entry, person, each.key),
        changed=signatures.fallen(each.before),
        papers=sheet.papers,
        findings=tuple(each for each in sheet.findings if each.rule != "double-signature" or each.level == "erreur"),
        place=entry.place,
    )


def _kind(direction: str, entry: Entry) -> str:
    if direction == "Payé":
        return "Paiement à signer" if entry.flag == "!" else "Paiement"
    return "Recette" if direction == "Reçu" else "Écriture"


def _lines(loaded: Loaded, entry: Entry) -> Iterable[Line]:
    """The budget lines of an entry, with what is left on each."""
    books = loaded.books
    asked = ask(books)
    budgets = loaded.once(("budgets", asked), lambda: dashboard.budgets(books, asked))
    for code, movement in {entry.text("ligne", each): each for each in entry.movements if each.value > 0}.items():
        agreement = books.agreement(entry, movement) if code else None
        if agreement is None:
            continue
        rows = [line for each in budgets if each.agreement is agreement for line in each.execution.lines]
        row = next((line for line in rows if line.code == code), None)
        later = movement.value if entry.date > books.today else 0  # not among what is prepared up to today
        left = row.available - later if row else None
        yield Line(code, row.label if row else "", left, entry.tree, agreement.id)


def _count(loaded: Loaded, each: Awaiting, count: CashCount) -> Card:
    books = loaded.books
    people = (("Tenue par", count.cashier), ("Comptée par", count.controller), ("Témoin", count.witness))
    held = books.balance(count.account.name, count.date)
    facts = [(name, person_in_words(books, who)) for name, who in people if who]
    facts += [("Les livres disent", _FORM.money(held, label=currency_label())), ("Écart expliqué", count.reason)]
    sheet = loaded.directive_at(count.place)
    return _bare(each, account_in_words(books, count.account), "Comptage de caisse")._replace(
        amount=count.counted,
        words=amount_in_words(count.counted),
        facts=tuple((name, said) for name, said in facts if said),
        changed=signatures.fallen(each.before),
        papers=papers.once(papers.named(books, sheet.meta)) if sheet is not None else (),
        place=count.place,
    )


def _sent(loaded: Loaded, each: Awaiting, sent: Transmission) -> Card:
    books = loaded.books
    told = [f"Il repose sur la clôture de racine {sent.closing[:23]}…"] if sent.closing else []
    model = models(books.policy).get(sent.model)
    return _bare(each, f"{model.title if model is not None else sent.model}, {sent.period}", "Rapport envoyé")._replace(
        facts=(("Projet", sent.tree), ("Envoyé le", shown(sent.date))),
        told=tuple(told),
        changed=signatures.fallen(each.before),
        papers=(papers.paper(books, "Rapport envoyé", sent.document),),
        place=sent.place,
    )


def _rules(books: Books, version: signing_rules.Proposed) -> Card:
    visa = version.visa
    return Card(
        signing_passkeys.rules_object(visa),
        signing_passkeys.rules_digest(visa),
        signing_passkeys.RULES,
        f"Règles, version {visa.number:04d}",
        "Changement des règles" if visa.number > 1 else "Première version des règles",
        books.today,
        told=version.changes,
        facts=_already(books, version.signed),
    )


def _closing(books: Books, asked: signing_closings.Proposed) -> Card:
    closing = asked.closing
    trees = [f"projet {tree.upper()}, empreinte {digest[:23]}…" for tree, digest in closing.trees]
    return Card(
        signing_passkeys.closing_object(asked),
        closing.digest,
        signing_passkeys.CLOSING,
        f"Clôture {closing.period}",
        "Clôture à signer",
        closing.date,
        facts=(("Pièces scellées", counted(asked.documents, "pièce jointe")), *_already(books, asked.signed)),
        told=(f"Racine {closing.digest}", *trees, *(f"Réserve : {each}" for each in closing.reserves)),
        place=closing.place,
    )


def _already(books: Books, signed: Iterable[str]) -> tuple[tuple[str, str], ...]:
    names = [person_in_words(books, who) for who in signed]
    return (("Déjà signé par", listing(names)),) if names else ()
