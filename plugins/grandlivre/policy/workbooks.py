"""A donor's own workbook (`rules/classeurs/`): which of its cells take which figures of a report."""

from __future__ import annotations

import re
from collections.abc import Mapping

from grandlivre.policy.model import Field, Model, field_validator
from grandlivre.policy.values import Name, Positive, refuse

_CELL = re.compile(r"(?:(?:'[^']+'|[^!'\[\]:*?/\\]+)!)?([A-Z]{1,3})([1-9]\d{0,6})")


_ROWS, _COLUMNS = 1_048_576, 16_384
"""Of a sheet."""


def _is_cell(letters: str, row: int) -> bool:
    """Whether a spreadsheet has such a cell."""
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column <= _COLUMNS and row <= _ROWS


class WorkbookTable(Model):
    """Un tableau du rapport, écrit ligne après ligne dans une feuille du classeur."""

    table: Name = Field()
    """Clé du tableau du rapport."""
    sheet: Name = Field(alias="feuille")
    """Feuille du classeur."""
    start: Positive = Field(alias="debut", le=1_000_000)
    """Première ligne écrite."""
    end: Positive | None = Field(None, alias="fin")
    """Dernière ligne que le classeur prévoit ; absente : sans limite."""
    columns: Mapping[str, Name] = Field(alias="colonnes")
    """Clé de la colonne du rapport, par lettre de colonne : {A: activity, C: a}."""
    roles: tuple[Name, ...] = Field(("ligne",), alias="roles")
    """Les lignes écrites : ligne, titre, sous-total, total ; les totaux d'un classeur sont d'ordinaire ses formules."""

    @field_validator("columns")
    @classmethod
    def _letters(cls, columns: Mapping[str, str]) -> Mapping[str, str]:
        for letter in columns:
            if not (re.fullmatch("[A-Z]{1,3}", letter) and _is_cell(letter, 1)):
                raise refuse(f"« {letter} » n'est pas une colonne : écrivez une lettre, A, B … AA")
        return columns


class DonorWorkbook(Model):
    """Le classeur d'un bailleur, et ce qui se remplit dans ses cases."""

    model: Name = Field(alias="modele")
    """Modèle du rapport qui le remplit."""
    file: Name = Field(alias="fichier")
    """Le fichier du bailleur (.xlsx), à partir de rules/classeurs/."""
    cells: Mapping[str, Name] = Field({}, alias="cellules")
    """Par case (B7, ou Feuille!B7) : une donnée, organisation.nom, ou budget.total.cumulative (tableau, ligne, colonne)."""
    tables: tuple[WorkbookTable, ...] = Field((), alias="tableaux")
    """Tableaux écrits ligne après ligne."""

    @field_validator("cells")
    @classmethod
    def _places(cls, cells: Mapping[str, str]) -> Mapping[str, str]:
        for place in cells:
            match = _CELL.fullmatch(place)
            if match is None or not _is_cell(match[1], int(match[2])):
                raise refuse(f"« {place} » n'est pas une case : écrivez B7, ou Feuille!B7")
        return cells

    @field_validator("file")
    @classmethod
    def _beside(cls, file: str) -> str:
        steps = file.split("/")
        if "\\" in file or "" in steps or ".." in steps or not file.lower().endswith((".xlsx", ".xlsm")):
            raise refuse(f"« {file} » : le classeur est un fichier .xlsx posé dans rules/classeurs/")
        return file
