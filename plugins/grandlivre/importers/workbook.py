"""An XLSX workbook read as a stream, bounded in bytes, elements and text, row by row.

Libraries build a row, a table of strings or a sheet of styles whole before anyone may count: a file of 30 KB then takes
minutes and gigabytes. Here nothing is kept but cells that say something, and what is beyond the bounds stops the reading.
"""

from __future__ import annotations

import io
import lzma
import math
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from xml.parsers import expat

from grandlivre.i18n import integer
from grandlivre.importers.cells import Cell, CellFormula
from grandlivre.importers.rows import COLUMNS, FileRow, ReadingBounds, UnreadableTableError

_UNZIPPED = 60_000_000
_ELEMENTS = 1_000_000
_TEXTS = 60_000
_DEPTH = 50
_LONGEST = 32_767
"""Characters a cell may hold in any spreadsheet."""
_SHAPES, _LONGEST_SHAPE = 4_000, 255
"""Formats of numbers in use, and characters of one: what spreadsheets allow. Whether one shows days is a search in it."""
_SHEETS = 100
"""Each is looked at, for its titles."""
_CHUNK = 1 << 16
_SILENT = 1 << 20
"""Bytes that may say nothing (a comment, a tag without end): a parser reads them again with every chunk."""
_NUMBER = re.compile(r"[+-]?(\d{1,30})(\.\d*)?([eE][+-]?\d{1,3})?")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""How a workbook spells the characters that XML refuses."""
_EPOCHS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 - a spreadsheet's day has no zone
_BROKEN = "Ce classeur est abîmé ou protégé : ouvrez-le dans un tableur et enregistrez-le de nouveau en xlsx, sans mot de passe."
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    expat.ExpatError,
    LookupError,
    ValueError,
    EOFError,
    OSError,
    RuntimeError,
)
"""What a damaged or encrypted archive raises (NotImplementedError is a RuntimeError)."""

_Element = tuple[str, dict[str, str], str]


class Workbook:
    """The sheets of a workbook, in its order; raises UnreadableTableError, here and while rows are read."""

    def __init__(self, data: bytes) -> None:
        self._bytes, self._elements_left = _UNZIPPED, _ELEMENTS
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self._open()
        except _DAMAGE as error:
            raise UnreadableTableError(1, _BROKEN) from error

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of the sheets."""
        return tuple(self._parts)

    @property
    def epoch(self) -> date:
        """The day that this workbook numbers 0."""
        return self._epoch.date()

    def rows(self, sheet: str, bounds: ReadingBounds, *, calculated: bool = False) -> Iterator[FileRow]:
        """The rows that say something; a formula stays one, unless `calculated` and the spreadsheet has its value. Raises UnreadableTableError."""
        try:
            for number, cells in self._rows(self._parts[sheet], calculated):
                row = FileRow(number, tuple(cells))
                if not row.empty:
                    yield bounds.take(row)
        except _DAMAGE as error:
            raise UnreadableTableError(1, _BROKEN) from error

    def _open(self) -> None:
        [main] = [target for kind, target in self._related("").values() if kind == "officeDocument"]
        related = self._related(main)
        self._parts: dict[str, str] = {}
        self._epoch = _EPOCHS[False]
        for name, attributes, _ in self._elements(main):
            if name == "workbookPr":
                self._epoch = _EPOCHS[_true(attributes.get("date1904"))]
            elif name == "sheet":
                kind, target = related[next(value for key, value in attributes.items() if key.endswith(" id"))]
                if kind == "worksheet":
                    self._parts[attributes["name"]] = target
        if not self._parts:
            raise KeyError(main)
        if len(self._parts) > _SHEETS:
            self._too_much(f"a plus de {_SHEETS} feuilles")
        targets = dict(related.values())
        self._shared = self._strings(targets.get("sharedStrings"))
        self._dates = self._date_styles(targets.get("styles"))

    def _related(self, part: str) -> dict[str, tuple[str, str]]:
        """The parts that a part names: identifier → (kind, path)."""
        folder, name = posixpath.split(part)
        return {
            attributes["Id"]: (
                attributes["Type"].rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip("/"),
            )
            for element, attributes, _ in self._elements(posixpath.join(folder, "_rels", f"{name}.rels"))
            if element == "Relationship"
        }

    def _strings(self, part: str | None) -> list[str]:
        found: list[str] = []
        pieces: list[str] = []
        for name, _, text in self._elements(part) if part else ():
            if name == "t":
                pieces.append(text)
            elif name == "rPh":  # how to pronounce what stands before
                pieces.pop()
            elif name == "si":
                found.append(_unescaped("".join(pieces)))
                pieces.clear()
                if len(found) > _TEXTS:
                    self._too_much(f"a plus de {integer(_TEXTS)} textes")
        return found

    def _date_styles(self, part: str | None) -> set[int]:
        """The styles of cells that show their number as a day."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

        shapes: dict[int, str] = dict(BUILTIN_FORMATS)
        styles: list[int] = []
        used: list[int] = []
        for name, attributes, _ in self._elements(part) if part else ():
            if name == "numFmt":
                shapes[int(attributes["numFmtId"])] = attributes["formatCode"]
            elif name == "xf":
                styles.append(int(attributes.get("numFmtId", 0)))
            elif name in ("cellStyleXfs", "cellXfs"):
                used, styles = styles, []
        named = set(used)
        if len(named) > _SHAPES or any(len(shapes.get(shape, "")) > _LONGEST_SHAPE for shape in named):
            self._too_much("a des formats de nombres sans fin")
        days = {shape for shape in named if is_date_format(shapes.get(shape))}
        return {rank for rank, shape in enumerate(used) if shape in days}

    def _rows(self, part: str, calculated: bool) -> Iterator[tuple[int, list[Cell]]]:
        number, at = 0, 0
        cells: list[Cell] = []
        value: str | None = None
        formula: str | None = None
        pieces: list[str] = []
        for name, attributes, text in self._elements(part):
            if name == "v":
                value = text
            elif name == "f":
                formula = f"={text}"
            elif name == "t":
                pieces.append(text)
            elif name == "c":
                at = self._place(attributes.get("r"), at)
                said = "".join(pieces) if attributes.get("t") == "inlineStr" else value
                if said or formula:
                    cell = self._cell(said, formula, attributes, calculated)
                    if at > COLUMNS:
                        said = f"La cellule {attributes.get('r', str(at))[:12]} porte une valeur : {COLUMNS} colonnes au plus sont lues."
                        raise UnreadableTableError(_row_of(attributes), said)
                    cells += [None] * (at - 1 - len(cells)) + [cell]
                value = formula = None
                pieces.clear()
            elif name == "row":
                following = int(attributes.get("r", number + 1))
                if following <= number:
                    raise ValueError(following)
                number = following
                if cells:
                    yield number, cells
                cells, at = [], 0

    @staticmethod
    def _place(reference: str | None, before: int) -> int:
        """The column of a cell (1-based), to the right of the one before it."""
        if reference is None:
            return before + 1
        column = 0
        for letter in reference.rstrip("0123456789")[:4]:
            column = column * 26 + ord(letter) - 64
        if column <= before:
            raise ValueError(reference)
        return column

    def _cell(self, said: str | None, formula: str | None, attributes: dict[str, str], calculated: bool) -> Cell:
        if formula and not (calculated and said):
            return CellFormula(formula)
        text = said or ""
        match attributes.get("t", "n"):
            case "s":
                return self._shared[int(text)]
            case "b":
                return "VRAI" if _true(text) else "FAUX"
            case "d":
                return datetime.fromisoformat(text)
            case "n":
                return self._number(text, attributes)
            case _:
                return _unescaped(text)

    def _number(self, text: str, attributes: dict[str, str]) -> Cell:
        """What the spreadsheet shows: 15 significant digits, or a day where the style says so."""
        match = _NUMBER.fullmatch(text.strip())
        if match is None or not math.isfinite(number := float(text)):
            raise UnreadableTableError(
                _row_of(attributes),
                f"La cellule {attributes.get('r', '')[:12]} porte un nombre illisible (« {text[:20]} ») : corrigez-la dans le "
                "tableur.",
            )
        if int(attributes.get("s", 0)) in self._dates and 0 <= number < 2_900_000:
            return self._epoch + timedelta(days=number)
        return Decimal(f"{number:.15g}") if match[2] or match[3] else Decimal(text.strip())

    def _elements(self, part: str) -> Iterator[_Element]:
        """The elements of a part as they end: name, attributes and text."""
        self._bytes -= self._archive.getinfo(part).file_size
        if self._bytes < 0:
            self._too_much(f"se déplie en plus de {_UNZIPPED // 1_000_000} Mo")
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        ended: list[_Element] = []
        opened: list[tuple[str, dict[str, str], list[str]]] = []
        length = silent = 0

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal length, silent
            length = silent = 0
            self._elements_left -= 1
            if self._elements_left < 0:
                self._too_much(f"a plus de {integer(_ELEMENTS)} éléments")
            if len(opened) > _DEPTH:
                raise ValueError(part)
            opened.append((name.rpartition(" ")[2], attributes, []))

        def end(_: str) -> None:
            nonlocal silent
            silent = 0
            name, attributes, texts = opened.pop()
            ended.append((name, attributes, "".join(texts)))

        def characters(text: str) -> None:
            nonlocal length, silent
            length, silent = length + len(text), 0
            if length > _LONGEST:
                self._too_much(f"a une case de plus de {integer(_LONGEST)} caractères")
            opened[-1][2].append(text)

        def doctype(*_: object) -> None:
            raise ValueError(part)

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = characters, doctype
        with self._archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                silent += len(chunk)
                if silent > _SILENT:
                    raise ValueError(part)
                parser.Parse(chunk, False)
                yield from ended
                ended.clear()
        parser.Parse(b"", True)
        yield from ended

    @staticmethod
    def _too_much(found: str) -> None:
        raise UnreadableTableError(1, f"Ce classeur {found} : il n'est pas lu. Exportez un seul mois, un seul tableau.")


def _true(text: str | None) -> bool:
    return text not in (None, "", "false") and text.strip("0") != ""


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _row_of(attributes: dict[str, str]) -> int:
    return int("".join(filter(str.isdigit, attributes.get("r", "")))[:7] or 1)
