"""The rule `conflit-d-interets`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from grandlivre.books.dealings import Dealing
from grandlivre.books.directives.purchasing import Dossier
from grandlivre.books.guarding import names
from grandlivre.books.index import Books
from grandlivre.books.people import same_person
from grandlivre.books.records import Entry, Place
from grandlivre.guards.guard import Guard
from grandlivre.guards.naming import Naming
from grandlivre.i18n import Message, Money
from grandlivre.policy.loading import Policy
from grandlivre.policy.people import same_name
from grandlivre.policy.suppliers import RegisteredSupplier
from grandlivre.policy.sycebnl import ASSETS, EXPENSES, MONEY, TRADE_PAYABLES
from grandlivre.rules import ClosingPoint, Family, Finding, Level, Rule, plugin

_ROLES = {
    "demandeur": "demande",
    "signataire": "signe",
    "autorise-par": "autorise",
    "derogation-par": "accorde la dérogation",
}
"""What a person named under a key does."""


class ConflictOfInterest(Rule):
    """Signale qui décide pour un fournisseur qui lui est lié, un fournisseur du nom d'une personne, un fournisseur exclu.

    Le fichier facultatif `rules/fournisseurs.yaml` dit à qui un fournisseur est lié (`lie-a` : parenté, parts, emploi) et
    depuis quand on ne lui achète plus (`exclu-depuis`, ce jour compris).

    Une alerte le dit quand une personne liée demande (`demandeur`), signe, autorise un achat ou un paiement à ce
    fournisseur ou en accorde la dérogation, quand elle siège à la commission d'un dossier où il fait une offre, et quand un fournisseur (il a un
    NIF, une facture au compte 401, une proforma ou sa ligne dans le fichier) porte le nom d'une personne déclarée, dans un
    autre ordre ou sans accents ; ce n'est pas une faute en soi, mais cela se déclare et se décide à d'autres. Inscrire le
    lien sous `lie-a` tait cette dernière alerte. `homonyme: oui` dans mandats.yaml dit que le nom ne suffit pas.

    Acheter ou attribuer un marché à un fournisseur exclu est une erreur : l'organisation l'a elle-même décidé ; sous un nom
    qui n'est qu'une variante du sien, sans NIF, c'est une alerte. Lui payer après l'exclusion ce qu'on lui devait déjà est une alerte. La date est celle de valeur.

    Source : manuel de procédures, achats (qui décide n'y a pas d'intérêt) ; conditions générales des subventions de l'Union
    européenne, annexe II, art. 4 (conflit d'intérêts).

    Exemple : chèque de 285 000 FCFA à la papeterie de son frère, signé par le directeur.
    """

    id = "conflit-d-interets"
    family = Family.PURCHASES
    closing_point = ClosingPoint.PURCHASES

    related = Message(
        "{who} {does} {piece} ({amount}) alors que {supplier} lui est lié (lie-a, rules/fournisseurs.yaml) : qui est lié à un "
        "fournisseur ne décide pas pour lui. Faites-le faire par quelqu'un d'autre, ou accordez une dérogation motivée."
    )
    sitting = Message(
        "{who} siège à la commission du marché {dossier}, où {supplier}, qui lui est lié, fait une offre de {amount} : qui est "
        "lié à un fournisseur ne compare pas ses offres. Remplacez cette personne dans comite:, et faites reprendre l'examen."
    )
    namesake = Message(
        "{supplier} est un fournisseur du nom de {who} : on n'achète pas à qui travaille ici sans le dire. Inscrivez-le dans "
        "rules/fournisseurs.yaml avec lie-a: [{person}], ou écrivez homonyme: oui dans mandats.yaml si c'en est un autre."
    )
    excluded = Message(
        "Achat de {amount} chez {supplier} le {day}, exclu depuis le {since} (rules/fournisseurs.yaml) : achetez ailleurs. Si "
        "l'exclusion est levée, retirez exclu-depuis ; sinon extournez l'achat, ou passez une dérogation motivée."
    )
    settled = Message(
        "Paiement de {amount} à {supplier} le {day}, exclu depuis le {since} (rules/fournisseurs.yaml) : vérifiez que la dette "
        "date d'avant l'exclusion, et gardez-en la preuve avec la pièce."
    )
    awarded = Message(
        "Le marché {dossier} est attribué le {day} à {supplier}, exclu depuis le {since} (rules/fournisseurs.yaml) : "
        "attribuez-le à un autre."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """What the register says against the entries, then against the dossiers; last, suppliers named as people."""
        register = {
            key: row for key, row in books.suppliers.register.items() if row.related or row.excluded is not None
        }
        if register:
            house = books.suppliers.house
            for dealing in books.dealings(lambda key, _: house(key) in register):
                row = register[house(dealing.supplier)]
                yield from self._dealing(books, dealing, row, _said(books, dealing.supplier, dealing.name, row))
            for dossier in books.dossiers.values():
                yield from self._dossier(books, dossier, register)
        yield from self._namesakes(books)

    def guard(self, books: Books) -> Guard:
        """Whoever the register ties or excludes, suppliers of a person's name, and who is the same supplier."""
        suppliers, known = books.suppliers, names(books)
        register = {key for key, row in suppliers.register.items() if row.related or row.excluded is not None}
        people = {same_name(person.name) for person in books.policy.people.values() if not person.namesake}
        tied: list[str] = []
        named: list[str] = []
        for each in known.known:
            nif, _, name = each.partition("\0")
            key = suppliers.key(nif, name)
            sells = same_name(name) in people and (suppliers.has_tax_id(key) or key in suppliers.register)
            if sells or (register and suppliers.house(key) in register):
                tied.append(each)
            elif same_name(name) in people:
                named.append(each)
        loud = (Naming(frozenset(tied)), Naming(frozenset(named), TRADE_PAYABLES))
        return self.guarded(
            books, known, *loud, reads=("nif", "beneficiaire", "date-valeur", "signataire-1", "signataire-2", *_ROLES)
        )

    def _dealing(self, books: Books, dealing: Dealing, row: RegisteredSupplier, said: str) -> Iterator[Finding]:
        entry, policy = dealing.entry, books.policy
        bought, paid = _amounts(entry)
        if entry.is_storno or entry.is_taken_over or entry.piece in books.reversed_pieces or not (bought or paid):
            return
        facts: dict[str, Any] = {"supplier": said, "amount": Money(bought or paid, policy.currency)}
        if row.excluded_on(entry.value_date):
            message = self.excluded if bought else self.settled
            level = Level.ERROR if bought and dealing.supplier in books.suppliers.register else Level.WARNING
            yield self.finding(message, entry, level=level, **facts, day=entry.value_date, since=row.excluded)
        yield from self._deciders(policy, entry, row, facts)

    def _deciders(
        self, policy: Policy, entry: Entry, row: RegisteredSupplier, facts: Mapping[str, Any]
    ) -> Iterator[Finding]:
        """The related people who decide of an entry."""
        for who, role in _acting(entry).items():
            if any(same_person(policy, who, person) for person in row.related):
                told = {**facts, "who": policy.called(who), "does": _ROLES[role], "piece": entry.named}
                yield self.finding(self.related, entry, level=Level.WARNING, **told)

    def _dossier(self, books: Books, dossier: Dossier, register: Mapping[str, RegisteredSupplier]) -> Iterator[Finding]:
        policy = books.policy
        winner = register.get(dossier.winner)
        if winner is not None and winner.excluded_on(dossier.date):
            facts: dict[str, Any] = {"dossier": dossier.id, "day": dossier.date, "since": winner.excluded}
            yield self.finding(self.awarded, dossier.place, **facts, supplier=winner.name)
        for quote in dossier.quotes:
            row = register.get(books.suppliers.house(quote.supplier))
            for who in dossier.committee:
                if row is not None and any(same_person(policy, who, person) for person in row.related):
                    yield self.finding(
                        self.sitting,
                        dossier.place,
                        level=Level.WARNING,
                        who=policy.called(who),
                        dossier=dossier.id,
                        supplier=_said(books, quote.supplier, quote.name, row),
                        amount=Money(quote.amount, policy.currency),
                    )

    def _namesakes(self, books: Books) -> Iterator[Finding]:
        """Each supplier that has a person's name, where the books first name it: a quote, else an entry."""
        policy = books.policy
        people = {same_name(person.name): who for who, person in policy.people.items() if not person.namesake}
        told: set[str] = set()
        for name, supplier, place in _named(books, people):
            who = people.get(same_name(name))
            row = books.suppliers.register.get(supplier)
            if who is None or who in told or (row is not None and who in row.related):
                continue
            told.add(who)
            facts: dict[str, Any] = {"supplier": name, "who": policy.called(who), "person": who}
            yield self.finding(self.namesake, place, level=Level.WARNING, **facts)


def _said(books: Books, supplier: str, name: str, row: RegisteredSupplier) -> str:
    """What a sentence calls a supplier of the register, and the name it was recognised by when that is a guess."""
    return row.name if supplier in books.suppliers.register else f"{name} (peut-être {row.name})"


def _named(books: Books, people: Mapping[str, str]) -> Iterator[tuple[str, str, Entry | Place]]:
    """The suppliers that bear one of those names: the name as written, their key, where the books say it."""
    for dossier in books.dossiers.values():
        yield from [(quote.name, quote.supplier, quote.place) for quote in dossier.quotes]
    for each in books.dealings(lambda _, name: same_name(name) in people):
        if _sells(books, each):
            yield each.name, each.supplier, each.entry


def _sells(books: Books, dealing: Dealing) -> bool:
    """Whether whom an entry names is a supplier, not only somebody who is paid."""
    known = books.suppliers.has_tax_id(dealing.supplier) or dealing.supplier in books.suppliers.register
    return known or dealing.entry.pattern.touches(TRADE_PAYABLES)


def _amounts(entry: Entry) -> tuple[int, int]:
    """What an entry buys, and what it pays."""
    bought = sum(each.value for each in entry.movements if each.value > 0 and each.account.is_(*EXPENSES, *ASSETS))
    return bought, -sum(each.value for each in entry.movements if each.value < 0 and each.account.is_(*MONEY))


def _acting(entry: Entry) -> dict[str, str]:
    """Who decides of an entry, and under which key."""
    found: dict[str, str] = {}
    for meta in (entry.meta, *(movement.meta for movement in entry.movements)):
        for key, value in meta.items():
            role = "signataire" if key.startswith("signataire-") else key
            if role in _ROLES and isinstance(value, str):
                for who in value.split():
                    found.setdefault(who, role)
    return found


__plugins__ = (plugin(ConflictOfInterest),)
