"""The rule `piece-reutilisee`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Set
from itertools import chain

from grandlivre.books.documents import DocumentFolder
from grandlivre.books.guarding import names
from grandlivre.books.index import Books
from grandlivre.books.papers import (
    CHEQUE,
    COUNT,
    Number,
    Ties,
    Use,
    files_used,
    grouped,
    numbers_alike,
    numbers_used,
    path_of,
    paths_alike,
    paths_named,
)
from grandlivre.books.records import Entry
from grandlivre.guards.guard import Guard
from grandlivre.guards.papers import Reused, number_mark
from grandlivre.guards.sieve import Sieve
from grandlivre.i18n import Message, Money, show
from grandlivre.policy.sycebnl import STATED
from grandlivre.rules import ClosingPoint, Doubt, Family, Finding, Rule, plugin

_KNOWN = 100
"""How many files that nothing names a guard knows, and with how many others of its size one of them is compared."""
_READ = (
    *("document", "cheque", "ordre", "mode", "signataire-1", "reciproque", "beneficiaire"),
    *("marche", "avance", "facture", "nif"),
)
"""The keys of entries that the rule reads."""


class ReusedPaper(Rule):
    """Pièce, chèque ou ordre de virement qui sert deux fois.

    Un fichier de documents/ justifie une écriture, une proforma, un dossier d'achat ou un comptage de caisse, et un seul.
    Un numéro de chèque sort une seule fois d'un compte ; un numéro d'ordre de virement, une seule fois dans l'exercice.
    Zéros de tête, espaces et tirets ne distinguent pas deux numéros. `grandlivre check` relit aussi les fichiers et trouve la copie,
    octet pour octet, rangée sous un autre nom.

    Peuvent partager une pièce ou un numéro : les écritures d'une même facture (`facture` et `nif`), d'un même marché
    (`marche`), d'une même avance (`avance`), les quotes-parts (`reciproque: TRUE`), les deux écritures d'un virement de
    fonds du même jour (585), et les paiements d'un même ordre, sur un compte, le même jour. Une écriture et une proforma
    de son marché aussi, un comptage et l'écriture de son écart aussi ; deux proformas ou deux comptages, jamais. Le fichier
    d'un relevé sert à tout ce que la banque prélève ou verse elle-même. L'écriture annulée par une extourne rend sa pièce et
    son chèque à celle qui la remplace. Une écriture seulement calculée (quote-part, amortissement) peut montrer la pièce
    d'une autre ; aucune dépense ne prend la sienne.

    Source : AUDCIF art. 17 (chaque écriture s'appuie sur une pièce justificative datée et conservée) ; manuel de
    procédures, pièces, mise en concurrence et chéquiers.

    Exemple : la facture de BQ-UE-EAU-2026-0042 citée de nouveau par BQ-UE-EAU-2026-0051.
    """

    id = "piece-reutilisee"
    family = Family.VOUCHERS
    closing_point = ClosingPoint.DOCUMENTS

    cited = Message(
        "Le fichier {path} sert déjà {first} : une pièce ne sert qu'une fois. Rangez la pièce propre à cette ligne ; si les "
        "deux tiennent à une même facture, un même marché ou une même avance, portez facture: et nif:, marche: ou avance: "
        "sur les deux."
    )
    copied = Message(
        "Le fichier {path} est la copie exacte de {other}, qui sert déjà {first} : une pièce ne sert qu'une fois, même sous "
        "un autre nom. Rangez la pièce propre à cette ligne ; si les deux tiennent à une même facture, un même marché ou une "
        "même avance, portez facture: et nif:, marche: ou avance: sur les deux."
    )
    cheque = Message(
        "Le chèque n° {number} de {account} a déjà payé {first} : un chèque ne sort qu'une fois. Corrigez le numéro d'après "
        "le talon, ou extournez le paiement qui n'a pas eu lieu."
    )
    order = Message(
        "L'ordre n° {number} de {account} a déjà payé {first} : un ordre ne part qu'une fois, et ses paiements ont la même "
        "date. Corrigez le numéro ou la date d'après l'ordre, ou extournez le paiement qui n'a pas eu lieu."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """The same path, then the same number of one account."""
        ties = Ties(books)
        for uses in grouped(files_used(books)):
            for use, first in ties.repeats(uses):
                yield self.finding(self.cited, use.at, path=use.written, first=_served(first))
        for uses in grouped(numbers_used(books)):
            message = self.cheque if uses[0].kind == CHEQUE else self.order
            for use, first in ties.repeats(uses):
                yield self.finding(message, use.at, number=use.written, account=use.account, first=_told(first))

    def verify(self, books: Books) -> Iterator[Finding]:
        """The same bytes under two names; what is cited under one name is said by `check`."""
        paths = {path_of(each.value) for each in books.directives.documents}
        paths.update(path for shape in books.shapes for path in paths_named(shape))
        digests = self._copies(books, paths - {""})
        ties = Ties(books)
        uses = files_used(books) if digests else []
        for alike in grouped(use._replace(key=digests[use.written]) for use in uses if use.written in digests):
            seen: set[str] = set()
            for use, first in ties.repeats(alike):
                seen |= {other.written for other in alike[: alike.index(use)]}
                if use.written not in seen:
                    yield self.finding(self.copied, use.at, path=use.written, other=first.written, first=_served(first))

    def _copies(self, books: Books, paths: Collection[str]) -> Mapping[str, str]:
        """The files that have a copy, of all that are named, with their digests; read once."""
        return books.once_for_all("copies", lambda whole: _digests(whole.documents, paths))

    def guard(self, books: Books) -> Guard:
        """Files that serve or are copied twice, or are not known to serve nothing; numbers that serve twice, or already."""
        named = Counter([path_of(each.value) for each in books.directives.documents])
        numbers = Counter[Number]()
        for shape in books.shapes:
            named.update(paths_named(shape))
            numbers.update(chain.from_iterable(numbers_alike(books, shape)))
        copied = self._copies(books, named.keys() - {""}).keys()
        shared = copied | {path for path, count in named.items() if count > 1}
        common = [number for number, count in numbers.items() if count > 1]
        tied = any(shape.form.keys.keys() >= {"facture", "nif"} or shape.annotated for shape in books.shapes)
        reused = Reused(
            frozenset(_unlike(books.documents, named.keys())),
            frozenset(shared) - {""},
            Sieve.of([number_mark(*each) for each in numbers]),
            Sieve.of([number_mark(*each) for each in common]),
            STATED,
            tuple((year.start, year.end) for year in books.policy.organisation.years),
        )
        return self.guarded(books, reused, *((names(books),) if shared and tied else ()), reads=_READ)

    def doubt(self, books: Books) -> Doubt:
        """The entries that share a path with somebody, or a number with another payment of the account."""
        shared: Counter[Hashable] = Counter([path_of(each.value) for each in books.directives.documents])
        rows: list[tuple[Entry, frozenset[Hashable]]] = []
        for shape in books.shapes:
            for entry, paths, numbers in zip(
                shape.entries, paths_alike(shape), numbers_alike(books, shape), strict=True
            ):
                rows.append((entry, paths | numbers))
        for _, own in rows:
            shared.update(own)
        twice = {key for key, count in shared.items() if count > 1}
        return Doubt([entry for entry, own in rows if not own.isdisjoint(twice)])


def _told(use: Use) -> str:
    """The voucher that used the paper first."""
    piece = use.at.piece if isinstance(use.at, Entry) else ""
    return f"{piece or 'une écriture sans numéro'} du {show(use.day)} ({show(Money(use.amount))})"


def _served(use: Use) -> str:
    """What the paper served first."""
    if isinstance(use.at, Entry):
        return f"à {_told(use)}"
    if use.kind == COUNT:
        return f"au comptage de {use.account} du {show(use.day)}"
    return f"à la proforma de {use.name} ({use.dossier})" if use.name else f"au dossier {use.dossier}"


def _unlike(folder: DocumentFolder, named: Set[str]) -> Iterator[str]:
    """The files that nothing names, and of which no other file has the content; some, where many have one size."""
    sizes = folder.known
    free = sorted([path for path in sizes if path not in named])[:_KNOWN]
    alike: dict[int, list[str]] = {sizes[path]: [] for path in free}
    for path, size in sizes.items() if free else ():
        if size in alike:
            alike[size].append(path)
    for path in free:
        others = alike[sizes[path]]
        if len(others) == 1 or (len(others) <= _KNOWN and _is_alone(folder, path, others)):
            yield path


def _is_alone(folder: DocumentFolder, path: str, others: Iterable[str]) -> bool:
    """Whether no other file of some has the content of one."""
    own = folder.hashed(path)
    return own is not None and all(folder.hashed(other) != own for other in others if other != path)


def _digests(folder: DocumentFolder, paths: Collection[str]) -> Mapping[str, str]:
    """The sha256 of the files that are alike, empty ones left out; only those of one size are read."""
    sizes = {path: folder.size(path) for path in sorted(paths) if not DocumentFolder.escapes(path)}
    alike = Counter(sizes.values())
    found = {path: folder.hashed(path) for path, size in sizes.items() if size and alike[size] > 1}
    digests = {path: hashed[0] for path, hashed in found.items() if hashed is not None}
    twice = Counter(digests.values())
    return {path: digest for path, digest in digests.items() if twice[digest] > 1}


__plugins__ = (plugin(ReusedPaper),)
