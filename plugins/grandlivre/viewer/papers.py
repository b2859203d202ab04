"""The files behind an entry or a directive: which there are, and how a browser may show each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from grandlivre.books.directives.purchasing import Dossier
from grandlivre.books.documents import DocumentFolder, is_document_key
from grandlivre.books.index import Books
from grandlivre.books.metadata import is_missing
from grandlivre.books.records import Entry

_SHOWN = {".pdf": "pdf", ".png": "image", ".jpg": "image", ".jpeg": "image"}
_LABELS = {
    "": "Justificatif",
    "bl": "Bon de livraison",
    "bc": "Bon de commande",
    "facture": "Facture",
    "presence": "Liste de présence",
    "pv": "Procès-verbal",
    "recu": "Reçu",
}


class Paper(NamedTuple):
    """A file that the books name."""

    label: str
    """What it is: « Facture », « Procès-verbal »."""
    path: str
    """From the folder of documents, as the books write it."""
    shown: str
    """How a browser shows it: `pdf`, `image`, or "" for what it downloads."""
    present: bool
    """Whether a plain file stands there."""

    @property
    def name(self) -> str:
        """The file's own name."""
        return PurePosixPath(self.path).name


def label_of(key: str) -> str:
    """`document-facture` is « Facture »."""
    kind = key.removeprefix("document").removeprefix("-")
    return _LABELS.get(kind, kind.replace("-", " ").capitalize())


def paper(books: Books, label: str, path: str) -> Paper:
    """A file by its path in the folder of documents."""
    present = not DocumentFolder.escapes(path) and books.documents.size(path) is not None
    return Paper(label, path, _SHOWN.get(PurePosixPath(path).suffix.lower(), ""), present)


def named(books: Books, meta: Mapping[str, Any]) -> list[Paper]:
    """The files that some metadata names."""
    return [
        paper(books, label_of(key), value.strip())
        for key, value in meta.items()
        if is_document_key(key) and isinstance(value, str) and not is_missing(value)
    ]


def of_entry(books: Books, entry: Entry) -> tuple[Paper, ...]:
    """The files an entry names, its movements' after its own."""
    found = named(books, entry.meta)
    for movement in entry.movements:
        found += named(books, movement.meta)
    return once(found)


def of_dossier(books: Books, dossier: Dossier | None) -> tuple[Paper, ...]:
    """The quotes of a dossier, if there is one, and the minutes of its award."""
    if dossier is None:
        return ()
    found = [paper(books, f"Proforma de {each.name}", each.document) for each in dossier.quotes if each.document]
    if dossier.minutes:
        found.append(paper(books, "Procès-verbal du choix", dossier.minutes))
    return once(found)


def once(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Each file once, under its first label."""
    found: dict[str, Paper] = {}
    for each in papers:
        found.setdefault(each.path, each)
    return tuple(found.values())
