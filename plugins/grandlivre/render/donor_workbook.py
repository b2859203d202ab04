"""A donor's own workbook, filled: only the cells that are asked for change, every other part of the file stays byte for byte.

openpyxl reads it and says what stands where; the sheets' own text is then changed cell by cell, for a workbook written again
by any library loses what that library does not know (printer settings, drawings, macros).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string, coordinate_to_tuple
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.cell_range import CellRange

from grandlivre.i18n import did_you_mean
from grandlivre.render.format import printable
from grandlivre.reports.filling import Filled
from grandlivre.sources.problem import RefusedError

_LARGEST = 20_000_000
"""Bytes of a workbook, unpacked: a form weighs a few hundred thousand."""
_UNREADABLE = "Une feuille du classeur ne se lit pas : ouvrez-le dans un tableur et enregistrez-le de nouveau en .xlsx."
_FIRST_DAY = date(1899, 12, 30)


def filled(path: Path, cells: Iterable[Filled]) -> bytes:
    """The workbook with its cells filled in; raises `RefusedError` naming the cell where it may not be written."""
    book = _Book(path)
    by_sheet: dict[str, dict[str, Filled]] = {}
    for each in cells:
        sheet = book.sheet(each.sheet)
        book.refuse_formula(sheet, each.cell)
        by_sheet.setdefault(sheet, {})[each.cell] = each
    return book.written(by_sheet)


class _Book:
    """A workbook as its file holds it, and as openpyxl reads it."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            with zipfile.ZipFile(path) as archive:
                if sum(each.file_size for each in archive.infolist()) > _LARGEST:
                    raise RefusedError(f"Le classeur {path.name} dépasse 20 Mo une fois ouvert : allégez-le.")
                self.parts = [(each, archive.read(each)) for each in archive.infolist()]
            self.read = load_workbook(path)
        except FileNotFoundError as error:
            raise RefusedError(
                f"Le classeur {path.name} n'est pas dans rules/classeurs/ : posez-y le fichier du bailleur."
            ) from error
        except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
            raise RefusedError(
                f"Le classeur {path.name} ne s'ouvre pas : enregistrez-le de nouveau en .xlsx."
            ) from error

    def sheet(self, name: str) -> str:
        """The name of a sheet; "" is the first one."""
        names = self.read.sheetnames
        if name and name not in names:
            hint = did_you_mean(name, names, f" Feuilles : {', '.join(names)}.")
            raise RefusedError(f"Le classeur {self.name} n'a pas de feuille « {name} ».{hint}")
        return name or str(names[0])

    def refuse_formula(self, sheet: str, cell: str) -> None:
        """Raises where writing would take a formula away, or a part of a merged cell."""
        page = self.read[sheet]
        held = page[cell]
        spread = [CellRange(ref) for ref in page.array_formulae.values()]
        row, column = coordinate_to_tuple(cell)
        if held.data_type == "f" or any(_holds(ref, row, column) for ref in spread):
            raise RefusedError(
                f"La case {sheet}!{cell} du classeur {self.name} porte une formule : elle ne se remplit pas. Corrigez la case ou "
                "la ligne de début dans rules/classeurs/."
            )
        for merged in page.merged_cells.ranges:
            if _holds(merged, row, column) and (row, column) != (merged.min_row, merged.min_col):
                first = merged.coord.split(":")[0]
                raise RefusedError(
                    f"La case {sheet}!{cell} du classeur {self.name} est fondue dans {merged.coord} : nommez {first}."
                )

    def written(self, by_sheet: Mapping[str, Mapping[str, Filled]]) -> bytes:
        """The file with its sheets changed, the other parts as they are, in their order."""
        out = BytesIO()
        places = self._places()
        cells = {places[sheet]: own for sheet, own in by_sheet.items()}
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for info, content in self.parts:
                if info.filename in places.values():
                    content = _changed(content, cells.get(info.filename, {}))
                elif info.filename == "xl/workbook.xml":
                    content = _recalculated(content)
                archive.writestr(info, content, zipfile.ZIP_DEFLATED)
        return out.getvalue()

    def _places(self) -> dict[str, str]:
        """The part that holds each sheet."""
        parts = {info.filename: content for info, content in self.parts}
        links = _page(parts["xl/_rels/workbook.xml.rels"])
        targets = {
            each.getAttribute("Id"): each.getAttribute("Target") for each in links.getElementsByTagName("Relationship")
        }
        sheets = _page(parts["xl/workbook.xml"]).getElementsByTagName("sheet")
        found = {}
        for each in sheets:
            target = targets[each.getAttribute("r:id")]
            found[each.getAttribute("name")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        return found


def _holds(area: CellRange, row: int, column: int) -> bool:
    return bool(area.min_row <= row <= area.max_row and area.min_col <= column <= area.max_col)


def _page(content: bytes) -> minidom.Document:
    """A part as a tree that is written again as it was read; raises `RefusedError` for what is no part of a workbook."""
    try:
        if b"<!DOCTYPE" in content:  # what could make a small file a large tree; no spreadsheet writes it
            raise ExpatError
        return minidom.parseString(content)  # noqa: S318
    except ExpatError as error:
        raise RefusedError(_UNREADABLE) from error


def _recalculated(content: bytes) -> bytes:
    """The workbook's own part, that asks for every formula to be computed when it is opened."""
    page = _page(content)
    found = page.getElementsByTagName("calcPr")
    if found:
        found[0].setAttribute("fullCalcOnLoad", "true")
        return _text(page)
    return content


def _changed(content: bytes, cells: Mapping[str, Filled]) -> bytes:
    """A sheet with its cells filled in, and without the remembered values of its formulas, which may no longer be true."""
    page = _page(content)
    computed = [cell for cell in page.getElementsByTagName("c") if cell.getElementsByTagName("f")]
    if not cells and not computed:
        return content
    for cell in computed:
        for value in cell.getElementsByTagName("v"):
            cell.removeChild(value)
    rows = {int(each.getAttribute("r")): each for each in page.getElementsByTagName("row")}
    for place, filled_in in cells.items():
        number, _ = coordinate_to_tuple(place)
        if number not in rows:
            rows[number] = _inserted(page, rows, number)
        _write(page, rows[number], place, filled_in)
    return _text(page)


def _text(page: minidom.Document) -> bytes:
    return page.toxml(encoding="UTF-8", standalone=True)


def _inserted(page: minidom.Document, rows: Mapping[int, minidom.Element], number: int) -> minidom.Element:
    """A row that the sheet did not hold yet, at its place."""
    row = page.createElement("row")
    row.setAttribute("r", str(number))
    after = min((other for other in rows if other > number), default=None)
    data = page.getElementsByTagName("sheetData")
    if not data:
        raise RefusedError(_UNREADABLE)
    data[0].insertBefore(row, rows[after] if after is not None else None)
    return row


def _write(page: minidom.Document, row: minidom.Element, place: str, said: Filled) -> None:
    """A value in a cell, whose style stays; an empty one empties it."""
    column = column_index_from_string(place.rstrip("0123456789"))
    cell = next((each for each in row.getElementsByTagName("c") if each.getAttribute("r") == place), None)
    if cell is None:
        cell = page.createElement("c")
        cell.setAttribute("r", place)
        later = (
            each for each in row.getElementsByTagName("c") if coordinate_to_tuple(each.getAttribute("r"))[1] > column
        )
        row.insertBefore(cell, next(later, None))
    for child in list(cell.childNodes):
        cell.removeChild(child)
    if cell.hasAttribute("t"):
        cell.removeAttribute("t")
    match said.value:
        case None | "":
            return
        case str(text):
            cell.setAttribute("t", "inlineStr")
            inline, holder = page.createElement("is"), page.createElement("t")
            holder.setAttribute("xml:space", "preserve")
            holder.appendChild(page.createTextNode(printable(text)[:32_767]))
            inline.appendChild(holder)
            cell.appendChild(inline)
        case value:
            number = page.createElement("v")
            number.appendChild(page.createTextNode(_number(value, said.exponent)))
            cell.appendChild(number)


def _number(value: int | Decimal | date, exponent: int) -> str:
    if isinstance(value, date):
        return str((value - _FIRST_DAY).days)
    return f"{Decimal(value).scaleb(-exponent):f}"
