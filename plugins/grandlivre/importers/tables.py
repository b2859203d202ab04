"""The rows of a CSV file or of a workbook, as they stand: nothing is computed, every row keeps its number."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path

from grandlivre.importers.cells import fold, shown
from grandlivre.importers.formats import StatementFormat
from grandlivre.importers.misread import misread
from grandlivre.importers.rows import LARGEST, FileRow, FileTable, ReadingBounds, UnreadableTableError
from grandlivre.importers.workbook import Workbook
from grandlivre.sources.problem import Problem

_SEARCHED = 60
"""Rows among which titles are looked for in the other sheets of a workbook."""
_KINDS = (
    (b"PK\x03\x04", "un classeur Excel (xlsx) ou une archive zip", "xlsx"),
    (
        b"\xd0\xcf\x11\xe0",
        "un ancien classeur Excel (xls), ou un classeur à mot de passe : enregistrez-le en xlsx, sans mot de passe",
        "",
    ),
    (b"%PDF", "un PDF : demandez à la banque un export csv, xlsx ou ofx", ""),
    (b"OFXHEADER", "un fichier OFX", "ofx"),
    (b"<?xml", "un fichier XML ou OFX", "ofx"),
    (b"<html", "une page web", ""),
    (b"<!DOCTYPE", "une page web", ""),
)


def bytes_of(path: Path, form: StatementFormat, problems: list[Problem]) -> bytes:
    """The file's bytes, checked to be of the format's kind; empty when there is a problem."""

    def refuse(message: str) -> bytes:
        problems.append(Problem(path, 1, message))
        return b""

    try:
        size = path.stat().st_size
        if size > LARGEST:
            said = f"{size / 1_000_000:.1f}".replace(".", ",")
            return refuse(f"Ce fichier pèse {said} Mo ; un relevé de {LARGEST // 1_000_000} Mo au plus est attendu.")
        data = path.read_bytes()
    except FileNotFoundError:
        return refuse(f"Le fichier {path.name} est introuvable. Vérifiez le chemin du relevé.")
    except OSError:
        return refuse(f"Le fichier {path.name} ne peut pas être lu : accès refusé, dossier ou disque en défaut.")
    if not data.strip():
        return refuse(f"Le fichier est vide ; un relevé « {form.name} » ({form.kind}) est attendu.")
    for start, kind, real in _KINDS:
        if data.lstrip()[: len(start)].lower() == start.lower() and real != form.kind:
            return refuse(f"Un fichier {form.kind} « {form.name} » est attendu ; c'est {kind}.")
    if form.kind == "xlsx" and not data.startswith(b"PK"):
        return refuse(f"Un classeur xlsx « {form.name} » est attendu ; ce fichier est du texte ou autre chose.")
    return data


def table_of(
    data: bytes, form: StatementFormat, path: Path, problems: list[Problem], most: int | None = None
) -> FileTable:
    """The rows of the table and of what surrounds it, the first `most` when so asked; empty when there is a problem."""
    try:
        if form.kind == "xlsx":
            found, epoch = _workbook(data, form)
            return FileTable(list(islice(found, most)), epoch)
        return FileTable(list(islice(_csv(path, data, form, problems), most)))
    except UnreadableTableError as refusal:
        problems.append(Problem(path, refusal.row, refusal.message))
        return FileTable([])


def _csv(path: Path, data: bytes, form: StatementFormat, problems: list[Problem]) -> Iterator[FileRow]:
    text = _decoded(path, data, form, problems)
    bounds = ReadingBounds()
    reader = csv.reader(io.StringIO(text or "", newline=""), delimiter=form.separator, strict=True)
    start = 1
    try:
        for cells in reader:
            row = FileRow(start, tuple(cells))
            if any("\n" in cell and cell.count(form.separator) > 1 for cell in cells):
                said = (
                    "Une case contient des lignes entières du fichier : un guillemet n'y est pas refermé. Corrigez-le."
                )
                raise UnreadableTableError(start, said)
            if not row.empty:
                yield bounds.take(row)
            start = reader.line_num + 1
    except csv.Error:
        said = "Cette ligne ne se lit pas comme du csv : guillemet non refermé ou non doublé, caractère interdit ou case sans fin."
        raise UnreadableTableError(start, said) from None


def _decoded(path: Path, data: bytes, form: StatementFormat, problems: list[Problem]) -> str | None:
    real = proved_encoding(data)
    accented = not data.isascii()
    expected = form.encoding
    wrong = real is not None and real != expected and accented
    encoding = "utf-8-sig" if expected == "utf-8" else expected
    if not wrong:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            row = data.count(b"\n", 0, error.start) + 1
            guess = "cp1252 (Windows), sans doute" if expected == "utf-8" else "un autre encodage"
            _refuse_encoding(path, row, form, guess, problems)
            return None
        odd = misread(text, encoding)
        if odd is not None:
            _refuse_encoding(path, odd.row, form, f"un autre encodage (« {odd.word} » s'y lit mal)", problems)
            return None
        return text
    first = next(rank for rank, byte in enumerate(data) if byte > 127)
    _refuse_encoding(path, data.count(b"\n", 0, first) + 1, form, str(real), problems)
    return None


def proved_encoding(data: bytes) -> str | None:
    """utf-16 or utf-8 when the bytes prove it, else None."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _refuse_encoding(path: Path, row: int, form: StatementFormat, found: str, problems: list[Problem]) -> None:
    message = (
        f"L'encodage {form.encoding} est attendu pour « {form.name} » ; le fichier est en {found}. "
        "Exportez-le de nouveau depuis la banque, ou corrigez « encodage » dans le format."
    )
    problems.append(Problem(path, row, message))


def _workbook(data: bytes, form: StatementFormat) -> tuple[Iterator[FileRow], date]:
    book = Workbook(data)
    if form.sheet is not None and form.sheet not in book.sheets:
        known = ", ".join(book.sheets)[:300]
        raise UnreadableTableError(1, f"La feuille « {form.sheet} » est attendue ; feuilles trouvées : {known}.")
    if form.sheet is None and (rivals := [sheet for sheet in book.sheets if _has_titles(book, sheet, form)])[1:]:
        named = ", ".join(f"« {sheet} »" for sheet in rivals)[:300]
        raise UnreadableTableError(
            1,
            f"Plusieurs feuilles portent les titres du relevé : {named}. Dites laquelle se lit : « feuille: {rivals[0]} ».",
        )
    return book.rows(form.sheet or book.sheets[0], ReadingBounds()), book.epoch


def _has_titles(book: Workbook, sheet: str, form: StatementFormat) -> bool:
    """Whether one of the first rows of a sheet holds every title of the format."""
    if form.columns is None or not form.header or len(book.sheets) == 1:
        return False
    wanted = {fold(title) for title in form.columns.written().values()}
    first = islice(book.rows(sheet, ReadingBounds()), form.skipped + _SEARCHED)
    return any(wanted <= {fold(shown(cell)) for cell in row.cells} for row in first)
