"""The rows of a table as a file gives them, and how much one file may say."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from grandlivre.i18n import integer
from grandlivre.importers.cells import Cell, shown

LARGEST = 10_000_000
"""Bytes of a file."""
ROWS, COLUMNS, CELLS, CHARACTERS = 10_000, 200, 200_000, 5_000_000
"""What rows that say something may hold: a statement of one month or a balance never comes near."""
_SEARCHED = 2_000


class UnreadableTableError(Exception):
    """What stops the reading of a table: the row (1-based, or the first when it is the whole file) and the French sentence."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row, self.message = row, message


class FileRow(NamedTuple):
    """One row of the file: its number (1-based) and its cells."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def said(self) -> str:
        """The row as one text, to look for account numbers, balances and footers."""
        return " ; ".join(filter(None, map(shown, self.cells)))[:_SEARCHED]

    @property
    def empty(self) -> bool:
        """No cell says anything."""
        return not any(cell is not None and cell != "" and str(cell).strip() for cell in self.cells)


class FileTable(NamedTuple):
    """The rows that say something, and the day 0 of a workbook's days stored as numbers (None elsewhere)."""

    rows: list[FileRow]
    epoch: date | None = None


class ReadingBounds:
    """Counts what one file says; raises UnreadableTableError at the first row beyond."""

    def __init__(self) -> None:
        self.rows = self.cells = self.characters = 0

    def take(self, row: FileRow) -> FileRow:
        """The row, counted."""
        self.rows += 1
        self.cells += len(row.cells)
        self.characters += sum(len(cell) for cell in row.cells if isinstance(cell, str))
        if self.rows > ROWS:
            self._refuse(row, f"plus de {integer(ROWS)} lignes")
        if len(row.cells) > COLUMNS:
            self._refuse(row, f"{integer(len(row.cells))} colonnes sur cette ligne")
        if self.cells > CELLS:
            self._refuse(row, f"plus de {integer(CELLS)} cases")
        if self.characters > CHARACTERS:
            self._refuse(row, f"plus de {integer(CHARACTERS)} caractères")
        return row

    def _refuse(self, row: FileRow, found: str) -> None:
        limits = f"{integer(ROWS)} lignes et {COLUMNS} colonnes au plus sont lues"
        raise UnreadableTableError(
            row.number, f"Ce fichier a {found} : {limits}. Exportez un seul mois, un seul tableau."
        )
