"""The rule `piece-justificative`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, ClassVar, Literal, NamedTuple

from grandlivre.books.directives.closings import Transmission
from grandlivre.books.documents import ARRIVALS, DocumentFolder, composed, is_document_key
from grandlivre.books.index import Books
from grandlivre.books.metadata import is_missing
from grandlivre.books.records import Entry, Shape
from grandlivre.guards.guard import Guard
from grandlivre.guards.papers import Papers
from grandlivre.i18n import Message, capital
from grandlivre.policy.model import Field
from grandlivre.policy.sycebnl import INTERNAL
from grandlivre.policy.values import Count, Name, Prefix
from grandlivre.rules import ClosingPoint, Doubt, Family, Finding, Level, Rule, Weaker, plugin

_KNOWN = 1_000
"""How many files that no entry names a guard knows."""
_MEGABYTE = 1_000_000
_SHOWN = len("sha256:") + 12
"""How much of a digest tells two apart."""

_MAGIC: Mapping[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "tif": (b"II*\0", b"MM\0*"),
    "tiff": (b"II*\0", b"MM\0*"),
    "webp": (b"RIFF",),
    "xlsx": (b"PK\x03\x04",),
    "docx": (b"PK\x03\x04",),
    "ods": (b"PK\x03\x04",),
    "odt": (b"PK\x03\x04",),
}
"""How a file of each type begins; a type without a mark (csv, txt) is known by its name alone."""


class _Fault(NamedTuple):
    message: Message
    facts: Mapping[str, Any]
    postponable: bool = False


class MissingVoucher(Rule):
    """Écriture sans pièce justificative probante.

    Chaque écriture nomme au moins un fichier (`document:`, `document-facture:`…) par son chemin à partir de
    ledger/documents/. Le fichier doit exister, ne pas être vide, être d'un type permis (le contenu est comparé à
    l'extension) et d'une taille raisonnable. Le chemin reste dans documents/ : ni chemin absolu, ni « .. », ni lien.

    Une pièce qui manque est une erreur sur une écriture `*` et une alerte sur une écriture `!` : la pièce peut suivre,
    l'écriture devient `*` quand elle est rangée. Un chemin interdit, un fichier vide, trop lourd ou d'un mauvais type
    est toujours une erreur. Les fichiers que nomment les directives (proforma, marche, pv-caisse, releve…) sont tenus
    aux mêmes exigences ; un comptage de caisse qui n'en nomme pas, quand d'autres ont le leur, est une alerte : son procès-verbal
    signé manque.

    Un fichier de documents/arrivee/ attend d'être saisi : il ne justifie aucune écriture tant qu'il y est.

    Sont dispensées, sauf réglage : l'extourne (sa pièce est celle de l'écriture annulée), l'a-nouveau, la reprise et la
    clôture (leurs pièces sont les états de l'exercice), et l'opération interne, sans tiers ni trésorerie, dont tous les comptes
    sont de `comptes-internes` : quote-part de fonds (462 → 702, 165 → 7925), amortissement, provision. Un numéro annulé
    n'a pas d'écriture à justifier.

    Un rapport transmis à un bailleur se garde tel qu'il a été envoyé : le fichier que nomme `document:` d'une
    `transmission` doit être dans documents/, et `grandlivre check` le relit et compare son contenu à `empreinte:`.

    Source : manuel de procédures (pièces et numérotation) ; AUDCIF, pièces justificatives.

    Exemple : « Le fichier ue-eau/2026-03/BQ-UE-EAU-2026-0042.pdf n'existe pas dans documents/. »
    """

    id = "piece-justificative"
    family = Family.VOUCHERS
    closing_point = ClosingPoint.DOCUMENTS
    weakens: ClassVar = {"types": Weaker.MORE, "largest": Weaker.HIGHER, "exempt": Weaker.MORE, "internal": Weaker.MORE}

    types: tuple[Name, ...] = Field(("pdf", "png", "jpg", "jpeg", "tif", "tiff", "webp", "xlsx", "ods", "docx", "odt"))
    """Extensions permises, sans point."""
    largest: Count = Field(10, alias="taille-maximale", ge=1)
    """Taille la plus grande d'un fichier, en Mo."""
    exempt: tuple[Literal["extourne", "a-nouveau", "cloture", "interne"], ...] = Field(
        ("extourne", "a-nouveau", "cloture", "interne"), alias="dispensees"
    )
    """Écritures qui n'ont pas besoin de pièce : extourne, a-nouveau, cloture, interne."""
    internal: tuple[Prefix, ...] = Field(
        INTERNAL,
        alias="comptes-internes",
    )
    """Numéros des comptes d'une opération interne."""

    absent = Message(
        "{piece} n'a pas de pièce justificative : scannez-la dans documents/ et ajoutez document: suivi de son chemin "
        "entre guillemets."
    )
    none = Message(
        "Aucune des {count} écritures ne nomme de pièce justificative : scannez-les dans documents/ et ajoutez document: à "
        "chacune, suivi de son chemin entre guillemets."
    )
    no_minutes = Message(
        "Le comptage de {account} du {day} ne nomme pas son procès-verbal signé : scannez-le dans documents/ et ajoutez "
        "document: suivi de son chemin entre guillemets."
    )
    not_found = Message(
        "Le fichier {path} n'existe pas dans documents/ : corrigez son chemin (majuscules et extension comprises), ou "
        "rangez-y la pièce."
    )
    waiting = Message(
        "Le fichier {path} attend encore dans la file des pièces à saisir : il ne justifie rien. Rangez-le sous le nom de sa "
        "pièce (la page « Saisir » le fait), et corrigez son chemin."
    )
    unquoted = Message("La valeur de {key} n'est pas un texte : écrivez le chemin entre guillemets droits.")
    outside = Message(
        "Le chemin {path} n'est pas un chemin simple dans documents/ : écrivez-le à partir de ce dossier, avec des /, "
        "sans « . » ni « .. », disque ou barre inverse."
    )
    link = Message("{path} passe par un lien symbolique : copiez le fichier lui-même dans documents/.")
    empty = Message("Le fichier {path} est vide (0 octet) : scannez ou copiez la pièce de nouveau.")
    wrong_type = Message(
        "Le fichier {path} est d'un type refusé ; types permis : {types}. Convertissez-le, en PDF par exemple."
    )
    disguised = Message(
        "Le fichier {path} n'est pas un vrai fichier {type} : son contenu ne correspond pas à son extension. "
        "Scannez la pièce de nouveau, ou exportez-la en PDF."
    )
    too_big = Message(
        "Le fichier {path} pèse {size} Mo ; la taille maximale est de {limit} Mo. Scannez-le en 150 points par pouce."
    )
    lost = Message(
        "Le rapport {model} de {tree} ({period}), transmis le {day}, n'est plus dans documents/ : {path}. Un rapport "
        "transmis se garde tel quel : remettez-y le fichier envoyé."
    )
    altered = Message(
        "Le rapport {model} de {tree} ({period}), transmis le {day}, a changé depuis : {path} a l'empreinte {now}, la "
        "transmission dit {then}. Un rapport transmis se garde tel quel : remettez le fichier envoyé ; une correction "
        "est une nouvelle version, transmise à son tour."
    )
    unproved = Message(
        "La transmission du rapport {model} de {tree} ({period}), le {day}, est sans {missing}: et rien ne prouve ce qui "
        "a été envoyé. Rétablissez-la telle que grandlivre report --transmettre l'a écrite."
    )

    def check(self, books: Books) -> Iterator[Finding]:
        """Entries, then directives; each file is looked at once."""
        seen = self._seen(books)
        bare: list[Entry] = []
        for entry in books.entries:
            named = list(_named(entry))
            for key, value in named:
                fault = self._fault(books.documents, key, value, seen)
                if fault is not None:
                    level = Level.WARNING if fault.postponable and entry.flag == "!" else Level.ERROR
                    yield self.finding(fault.message, entry, level=level, **fault.facts)
            if not named and entry.movements and not self._is_exempt(entry):
                bare.append(entry)
        yield from self._bare(books, bare)
        for document in books.directives.documents:
            if not is_missing(document.value):
                fault = self._fault(books.documents, document.key, document.value, seen)
                if fault is not None:
                    yield self.finding(fault.message, document.place, **fault.facts)
        yield from self._counts(books)
        for sent in books.directives.transmissions:
            yield from self._kept(books.documents, sent)

    def _seen(self, books: Books) -> dict[str, _Fault | None]:
        """What is wrong with each path looked at so far: each file is opened once."""
        return books.once_for_all(("faults", self), lambda _: {})

    def guard(self, books: Books) -> Guard:
        """Entries that name no file, or one not known to be sound: it is that of another entry, or of nobody."""
        seen, naming, named = self._seen(books), 0, set[str]()
        for shape in books.shapes:
            count, paths = _values(shape)
            naming += count
            named.update(paths)
        for path in [path for path in named if path not in seen]:
            self._fault(books.documents, "", path, seen)
        faulty = [path for path, fault in seen.items() if fault is not None]
        beside = {path for path in books.documents.known if path not in named}
        free = sorted(beside.difference(map(composed, named) if beside else ()))
        sound = [path for path in free[:_KNOWN] if self._fault(books.documents, "", path, seen) is None]
        exempt = self.internal if "interne" in self.exempt else ()
        papers = Papers(frozenset(sound), frozenset(faulty), naming, exempt)
        return self.guarded(books, papers, reads=("document",))

    def _counts(self, books: Books) -> Iterator[Finding]:
        """The cash counts whose signed minutes are not filed, where those of others are."""
        named = {document.place for document in books.directives.documents if not is_missing(document.value)}
        filed = any(count.place in named for count in books.directives.counts)
        for count in books.directives.counts:
            if filed and count.place not in named:
                yield self.finding(
                    self.no_minutes, count.place, level=Level.WARNING, account=count.account.name, day=count.date
                )

    def _bare(self, books: Books, bare: list[Entry]) -> Iterator[Finding]:
        """The entries that name no file; said once when no entry of the books names one."""
        levels = [Level.WARNING if entry.flag == "!" else Level.ERROR for entry in bare]
        if len(bare) > 1 and not any(True for entry in books.entries for _ in _named(entry)):
            yield self.finding(
                self.none, bare[0].place, level=Level.ERROR if Level.ERROR in levels else Level.WARNING, count=len(bare)
            )
            return
        for entry, level in zip(bare, levels, strict=True):
            yield self.finding(self.absent, entry, level=level, piece=capital(entry.named))

    def verify(self, books: Books) -> Iterator[Finding]:
        """Every report that was sent hashed again."""
        for sent in books.directives.transmissions:
            if not sent.digest or not sent.document or DocumentFolder.escapes(sent.document):
                continue
            found = books.documents.hashed(sent.document)
            if found is not None and (now := f"sha256:{found[0]}") != sent.digest:
                yield self.finding(self.altered, sent.place, **_told(sent), now=now[:_SHOWN], then=sent.digest[:_SHOWN])

    def _kept(self, folder: DocumentFolder, sent: Transmission) -> Iterator[Finding]:
        """A report that was sent is still there; one sent on paper, without file nor digest, has nothing to be kept."""
        if not sent.document or not sent.digest:
            if sent.document or sent.digest:
                missing = "empreinte" if sent.document else "document"
                yield self.finding(self.unproved, sent.place, **_told(sent), missing=missing)
            return
        fault = self._astray(folder, sent.document)
        if fault is not None and fault.message is self.not_found:
            yield self.finding(self.lost, sent.place, **_told(sent))
        elif fault is not None:
            yield self.finding(fault.message, sent.place, **fault.facts)

    def doubt(self, books: Books) -> Doubt:
        """The entries that do not just name one sound file, and one that does: whether there is any decides too."""
        seen = self._seen(books)
        closer: list[Entry] = []
        for shape in books.shapes:
            closer += self._unsound(books.documents, shape, seen)
        naming = (entry for shape in books.shapes for entry in shape.entries if any(True for _ in _named(entry)))
        return Doubt([*closer, *islice(naming, 1)])

    def _unsound(self, folder: DocumentFolder, shape: Shape, seen: dict[str, _Fault | None]) -> Iterable[Entry]:
        """The entries, among some that are alike, that do not just name one sound file."""
        keys = [key for key in shape.form.keys if is_document_key(key)]
        if len(keys) != 1 or shape.annotated:
            return shape.entries
        [key] = keys
        paths = shape.column(key)
        faulty = {path for path in set(paths) if is_missing(path) or self._fault(folder, key, path, seen) is not None}
        if not faulty:
            return ()
        return [entry for entry, path in zip(shape.entries, paths, strict=True) if path in faulty]

    def _is_exempt(self, entry: Entry) -> bool:
        if entry.is_taken_over:
            return "a-nouveau" in self.exempt
        if entry.is_storno or entry.kind == "cloture":
            return entry.kind in self.exempt
        return "interne" in self.exempt and all(m.account.number.startswith(self.internal) for m in entry.movements)

    def _fault(self, folder: DocumentFolder, key: str, value: object, seen: dict[str, _Fault | None]) -> _Fault | None:
        if not isinstance(value, str):
            return _Fault(self.unquoted, {"key": key})
        path = value.strip()
        if path not in seen:
            seen[path] = self._judged(folder, path)
        return seen[path]

    def _astray(self, folder: DocumentFolder, path: str) -> _Fault | None:
        """What keeps a path from naming one file of the folder with something in it."""
        facts: dict[str, Any] = {"path": path}
        steps = path.split("/")
        if folder.escapes(path) or "." in steps or "" in steps:
            return _Fault(self.outside, facts)
        if folder.passes_a_link(path):
            return _Fault(self.link, facts)
        size = folder.size(path)
        if size is None:
            return _Fault(self.not_found, facts, postponable=True)
        if steps[0] == ARRIVALS:
            return _Fault(self.waiting, facts, postponable=True)
        return _Fault(self.empty, facts) if size == 0 else None

    def _judged(self, folder: DocumentFolder, path: str) -> _Fault | None:
        fault = self._astray(folder, path)
        if fault is not None:
            return fault
        facts: dict[str, Any] = {"path": path}
        size = folder.size(path) or 0
        kind = path.rpartition(".")[2].lower()
        if kind not in self.types:
            return _Fault(self.wrong_type, {**facts, "types": list(self.types)})
        if size > self.largest * _MEGABYTE:
            rounded_up = -(-size // _MEGABYTE)
            return _Fault(self.too_big, {**facts, "size": rounded_up, "limit": self.largest})
        marks = _MAGIC.get(kind)
        if marks and not folder.head(path).startswith(marks):
            return _Fault(self.disguised, {**facts, "type": kind.upper()})
        return None


def _values(shape: Shape) -> tuple[int, list[str]]:
    """How many of some entries alike name a file, and the paths they name."""
    keys = [key for key in shape.form.keys if is_document_key(key)]
    if len(keys) == 1 and not shape.annotated:
        paths = [path.strip() for path in shape.column(keys[0]) if isinstance(path, str) and path]
        return len(paths), paths
    told = [[value.strip() for _, value in _named(entry) if isinstance(value, str)] for entry in shape.entries]
    return sum(map(bool, told)), list(chain.from_iterable(told))


def _told(sent: Transmission) -> dict[str, Any]:
    """Which report was sent, and when."""
    return {
        "model": sent.model,
        "tree": sent.tree,
        "period": sent.period,
        "day": sent.date,
        "path": sent.document,
    }


def _named(entry: Entry) -> Iterator[tuple[str, object]]:
    """The files an entry and its postings name; an empty text names none."""
    for key, value in entry.meta.items():
        if key.startswith("document") and is_document_key(key) and not is_missing(value):
            yield key, value
    for movement in entry.movements:
        if len(movement.meta) > 2:  # more than its file and line
            for key, value in movement.meta.items():
                if is_document_key(key) and not is_missing(value):
                    yield key, value


__plugins__ = (plugin(MissingVoucher),)
