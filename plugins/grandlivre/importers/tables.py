"""The rows of a CSV file or of a workbook, as they stand: nothing is computed, every row keeps its number."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

from grandlivre.importers.cells import Cell, Formula, UnreadableError, text_of
from grandlivre.importers.formats import StatementFormat
from grandlivre.importers.statement import ImportProblem

LARGEST = 20_000_000
_UNZIPPED = 200_000_000
_ROWS = 100_000

_KINDS = (
    (b"PK\x03\x04", "un classeur Excel (xlsx) ou une archive zip", "xlsx"),
    (b"\xd0\xcf\x11\xe0", "un ancien classeur Excel (xls) : enregistrez-le au format xlsx", ""),
    (b"%PDF", "un PDF : demandez à la banque un export csv, xlsx ou ofx", ""),
    (b"OFXHEADER", "un fichier OFX", "ofx"),
    (b"<?xml", "un fichier XML ou OFX", "ofx"),
    (b"<html", "une page web", ""),
    (b"<!DOCTYPE", "une page web", ""),
)


class Row(NamedTuple):
    """One row of the file: its number (1-based) and its cells."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def said(self) -> str:
        """The whole row as one text, to look for account numbers, balances and footers."""
        return " ; ".join(filter(None, map(shown, self.cells)))

    @property
    def empty(self) -> bool:
        """No cell says anything."""
        return not any(cell is not None and cell != "" and str(cell).strip() for cell in self.cells)


def shown(cell: Cell) -> str:
    """The cell as text for searching and for messages; a formula shows as nothing."""
    try:
        return text_of(cell)
    except UnreadableError:
        return ""


def bytes_of(path: Path, form: StatementFormat, problems: list[ImportProblem]) -> bytes:
    """The file's bytes, checked to be of the format's kind; empty when there is a problem."""

    def refuse(message: str) -> bytes:
        problems.append(ImportProblem(str(path), 1, message))
        return b""

    try:
        size = path.stat().st_size
        if size > LARGEST:
            return refuse(f"Ce fichier pèse {size // 1_000_000} Mo ; un relevé de 20 Mo au plus est attendu.")
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


def rows(path: Path, data: bytes, form: StatementFormat, problems: list[ImportProblem]) -> list[Row]:
    """Every row of the table and of what surrounds it."""
    return _workbook(path, data, form, problems) if form.kind == "xlsx" else _csv(path, data, form, problems)


def _csv(path: Path, data: bytes, form: StatementFormat, problems: list[ImportProblem]) -> list[Row]:
    text = _decoded(path, data, form, problems)
    if text is None:
        return []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=form.separator)
    found: list[Row] = []
    start = 1
    try:
        for cells in reader:
            found.append(Row(start, tuple(cells)))
            start = reader.line_num + 1
    except csv.Error:
        message = "Cette ligne ne se lit pas comme du csv : guillemet non refermé ou caractère interdit."
        problems.append(ImportProblem(str(path), start, message))
    return found


def _decoded(path: Path, data: bytes, form: StatementFormat, problems: list[ImportProblem]) -> str | None:
    real = _real_encoding(data)
    accented = not data.isascii()
    expected = form.encoding
    wrong = real is not None and real != expected and accented
    encoding = "utf-8-sig" if expected == "utf-8" else expected
    if not wrong:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            row = data.count(b"\n", 0, error.start) + 1
            guess = "cp1252 (Windows), sans doute" if expected == "utf-8" else "un autre encodage"
            _refuse_encoding(path, row, form, guess, problems)
            return None
    first = next(rank for rank, byte in enumerate(data) if byte > 127)
    _refuse_encoding(path, data.count(b"\n", 0, first) + 1, form, str(real), problems)
    return None


def _real_encoding(data: bytes) -> str | None:
    """utf-16 or utf-8 when the bytes prove it, else None."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _refuse_encoding(path: Path, row: int, form: StatementFormat, found: str, problems: list[ImportProblem]) -> None:
    message = (
        f"L'encodage {form.encoding} est attendu pour « {form.name} » ; le fichier est en {found}. "
        "Exportez-le de nouveau depuis la banque, ou corrigez « encodage » dans le format."
    )
    problems.append(ImportProblem(str(path), row, message))


def _workbook(path: Path, data: bytes, form: StatementFormat, problems: list[ImportProblem]) -> list[Row]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    def refuse(message: str) -> list[Row]:
        problems.append(ImportProblem(str(path), 1, message))
        return []

    broken = "Ce classeur est abîmé : ouvrez-le dans un tableur et enregistrez-le de nouveau en xlsx."
    broken_errors = (zipfile.BadZipFile, InvalidFileException, ParseError, LookupError, ValueError, TypeError, OSError)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _UNZIPPED:
                return refuse("Ce classeur se déplie en plus de 200 Mo : il n'est pas lu. Exportez un seul mois.")
        book: Any = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        if form.sheet is not None and form.sheet not in book.sheetnames:
            known = ", ".join(book.sheetnames)
            return refuse(f"La feuille « {form.sheet} » est attendue ; feuilles trouvées : {known}.")
        sheet = book[form.sheet or book.sheetnames[0]]
        sheet.reset_dimensions()
        found: list[Row] = []
        for number, cells in enumerate(sheet.iter_rows(max_row=_ROWS + 1), 1):
            found.append(Row(number, tuple(_cell(cell) for cell in cells)))
    except broken_errors:
        return refuse(broken)
    if len(found) > _ROWS:
        return refuse(f"Ce classeur a plus de {_ROWS} lignes : ce n'est pas un relevé d'un mois.")
    return found


def _cell(cell: Any) -> Cell:
    value = cell.value
    if cell.data_type == "f":
        return Formula(value)
    if isinstance(value, float):
        # Excel keeps 4000 as a float; its shortest spelling is what the person sees.
        return Decimal(repr(value)) if value == value and abs(value) < 1e18 else str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if value is None or isinstance(value, date):
        return value
    return str(value)
