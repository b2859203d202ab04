"""Where what a word names is declared, and where it is named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lsprotocol import types
from pygls.uris import from_fs_path

from grandlivre.books.documents import is_document_key
from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.editor.words import Word, units
from grandlivre.editor.workspace import Workspace
from grandlivre.sources.files import walk
from grandlivre.sources.overlay import Overlay, showing


def definitions(books: Books, word: Word, tree: str) -> list[types.Location]:
    """Where an account, a voucher, a dossier, an advance, an agreement, a budget line, a person or a document is declared."""
    if is_document_key(word.key):
        path = books.folder / "documents" / word.text
        return [_location(Place(str(path), 1))] if path.is_file() else []
    return [_location(place) for place in _declared(books, word, tree)]


def _declared(books: Books, word: Word, tree: str) -> Iterator[Place]:
    text = word.text
    if text in books.accounts:
        yield books.accounts[text].place
    yield from (entry.place for entry in books.vouchers(text))
    if text in books.dossiers:
        yield books.dossiers[text].place
    yield from (each.opened.place for each in books.advances if each.id == text)
    if text in books.policy.people:
        yield books.rules_place("mandats.yaml", "personnes", text)
    yield from _in_agreements(books, word, tree)


def _in_agreements(books: Books, word: Word, tree: str) -> Iterator[Place]:
    """The agreement, or the line of the agreements of a tree, that a word names."""
    for code, donor in books.policy.donors.items():
        for agreement in donor.agreements:
            if agreement.id == word.text:
                yield books.agreement_place(code, agreement)
            if word.key == "ligne" and code == tree:
                yield from _line(books, code, agreement.id, word.text)


def _line(books: Books, tree: str, agreement: str, code: str) -> Iterator[Place]:
    known = next(each for each in books.policy.donors[tree].agreements if each.id == agreement)
    for rank, heading in enumerate(known.headings):
        for place, line in enumerate(heading.lines):
            if line.code == code:
                yield books.agreement_place(tree, known, "budget", rank, "lignes", place)


def references(found: Workspace, books: Books, text: str) -> list[types.Location]:
    """Every line of the books and of their rules that names the same thing, as the editor shows them."""
    whole = re.compile(rf"(?<![\w:-]){re.escape(text)}(?![\w:-])")
    with showing(Overlay(found.texts)):
        files = [file.path for file in walk(found.main).files]
    files += sorted(books.policy.files)
    return [location for path in files for location in _named(path, found.text(path).splitlines(), whole)]


def _named(path: Path, lines: Iterable[str], whole: re.Pattern[str]) -> Iterator[types.Location]:
    for at, line in enumerate(lines):
        for each in whole.finditer(line):
            start, end = (types.Position(at, units(line[:edge])) for edge in each.span())
            yield types.Location(from_fs_path(str(path)) or "", types.Range(start, end))


def _location(place: Place) -> types.Location:
    start = types.Position(max(place.line - 1, 0), 0)
    return types.Location(from_fs_path(place.file) or "", types.Range(start, start))
