"""A « balance générale » as spreadsheets hold it: the rows of accounts and balances, found by the words of its header."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

from grandlivre.policy.values import MOST

_LARGEST = 20_000_000
_UNZIPPED = 200_000_000
_ROWS = 50_000
_SEARCHED = 40
"""The header is looked for in the first rows."""
_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009")

Columns = dict[str, int]


class BalanceRow(NamedTuple):
    """One account of the balance: its row in the sheet, number, label, balance (debits positive), tree ("" if not said)."""

    row: int
    number: str
    label: str
    balance: int
    tree: str


class BalanceProblem(NamedTuple):
    """What is wrong in the spreadsheet: a row (0 for the whole of it) and a French sentence."""

    row: int
    message: str


def read_balance(path: Path, places: int) -> tuple[list[BalanceRow], list[BalanceProblem]]:
    """The rows of the first sheet that has a header of balance; amounts in whole units of a currency of that many decimals."""
    try:
        if path.stat().st_size > _LARGEST:
            return [], [BalanceProblem(0, "Ce classeur pèse plus de 20 Mo : ce n'est pas une balance générale.")]
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > _UNZIPPED:
                return [], [BalanceProblem(0, "Ce classeur se déplie en plus de 200 Mo : il n'est pas lu.")]
        sheets = list(_sheets(path))
    except FileNotFoundError:
        return [], [BalanceProblem(0, f"Le fichier {path.name} est introuvable : vérifiez le chemin.")]
    except (OSError, zipfile.BadZipFile, ParseError, LookupError, ValueError, TypeError):
        return [], [
            BalanceProblem(0, "Ce fichier n'est pas un classeur xlsx lisible : enregistrez-le de nouveau en .xlsx.")
        ]
    for rows in sheets:
        found = _header(rows)
        if found is not None:
            return _accounts(rows, *found, places)
    wanted = "« N° compte », « Intitulé », « Solde débit », « Solde crédit »"
    return [], [BalanceProblem(0, f"Aucune ligne de titres n'est reconnue : il faut des colonnes {wanted}.")]


def _sheets(path: Path) -> Any:
    from openpyxl import load_workbook

    book: Any = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        yield [tuple(row) for row in sheet.iter_rows(max_row=_ROWS, values_only=True)]


# --- the header -------------------------------------------------------------------------------------------------------


def _words(cell: object) -> str:
    bare = unicodedata.normalize("NFKD", str(cell if cell is not None else "")).casefold()
    bare = "".join(ch for ch in bare if not unicodedata.combining(ch))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare.replace("n°", "numero ").replace("no ", "numero ")).split())


def _header(rows: list[tuple[Any, ...]]) -> tuple[int, Columns] | None:
    """(row index, columns) of the header; a line of groups above it (Mouvements, Soldes) counts with it."""
    for index, row in enumerate(rows[:_SEARCHED]):
        titles = [_words(cell) for cell in row]
        above = _spread(rows[index - 1]) if index else []
        full = [f"{above[i]} {title}".strip() if i < len(above) and title else title for i, title in enumerate(titles)]
        columns = _columns(titles, full)
        if columns is not None:
            return index, columns
    return None


def _spread(row: tuple[Any, ...]) -> list[str]:
    """The titles of a row of groups, each over the empty cells that follow it."""
    found: list[str] = []
    for cell in row:
        found.append(_words(cell) or (found[-1] if found else ""))
    return found


def _columns(titles: list[str], full: list[str]) -> Columns | None:
    columns: Columns = {}
    for rank, title in enumerate(titles):
        if "number" not in columns and re.fullmatch(
            r"(numero |code )?(de |du )?(compte|comptes)( general)?|numero|code", title
        ):
            columns["number"] = rank
        elif "label" not in columns and re.search(r"intitule|libelle|designation", title):
            columns["label"] = rank
        elif "tree" not in columns and re.search(r"bailleur|projet|arbre|section|analytique", title):
            columns["tree"] = rank
    for side, word in (("debit", r"debit(eur|eurs|s)?"), ("credit", r"credit(eur|eurs|s)?|crediteurs?")):
        ranks = [rank for rank, title in enumerate(full) if re.search(rf"\b({word})\b", title)]
        final = [
            rank
            for rank in ranks
            if "solde" in full[rank] and not re.search(r"ouverture|initial|anterieur", full[rank])
        ]
        if ranks:
            columns[side] = (final or ranks)[-1]
    if "debit" not in columns and "credit" not in columns:
        alone = [rank for rank, title in enumerate(full) if re.search(r"\bsolde\b", title)]
        if alone:
            columns["balance"] = alone[-1]
    complete = "number" in columns and ({"debit", "credit"} <= set(columns) or "balance" in columns)
    return columns if complete else None


# --- the rows ---------------------------------------------------------------------------------------------------------


def _accounts(
    rows: list[tuple[Any, ...]], header: int, columns: Columns, places: int
) -> tuple[list[BalanceRow], list[BalanceProblem]]:
    found: list[BalanceRow] = []
    problems: list[BalanceProblem] = []
    for number, cells in enumerate(rows[header + 1 :], header + 2):
        account = _number(_cell(cells, columns, "number"))
        if not account:
            continue  # titles, totals and empty rows
        amounts: dict[str, int] = {}
        for side in ("debit", "credit", "balance"):
            value = _cell(cells, columns, side)
            amount = _amount(value, places)
            if amount is None:
                problems.append(
                    BalanceProblem(
                        number, f"« {str(value)[:30]} » n'est pas un montant de {_unit(places)} (compte {account})."
                    )
                )
            amounts[side] = amount or 0
        if amounts["debit"] and amounts["credit"]:
            said = f"Le compte {account} a un solde débiteur et un solde créditeur : gardez leur différence."
            problems.append(BalanceProblem(number, said))
        balance = amounts["debit"] - amounts["credit"] + amounts["balance"]
        label = str(_cell(cells, columns, "label") or "").strip()
        tree = str(_cell(cells, columns, "tree") or "").strip().upper()
        found.append(BalanceRow(number, account, label, balance, tree))
    return found, problems


def _cell(cells: tuple[Any, ...], columns: Columns, key: str) -> Any:
    rank = columns.get(key)
    return cells[rank] if rank is not None and rank < len(cells) else None


def _number(cell: Any) -> str:
    """The account's number, or "" when the cell holds none."""
    if isinstance(cell, float) and cell == int(cell):
        cell = int(cell)
    text = str(cell if cell is not None else "").strip().translate(_SPACES)
    return text if re.fullmatch(r"[1-9]\d{1,9}", text) else ""


def _amount(cell: Any, places: int) -> int | None:
    """Whole units; 0 for an empty cell, None when it is no such amount."""
    if cell is None or isinstance(cell, bool):
        return None if isinstance(cell, bool) else 0
    if isinstance(cell, (int, float)):
        text = repr(cell)
    else:
        text = re.sub(r"(?i)(f ?cfa|xof|fcfa)$", "", str(cell).strip()).translate(_SPACES).replace(",", ".")
        if text in ("", "-", "–"):
            return 0
        if text.startswith("(") and text.endswith(")"):
            text = f"-{text[1:-1]}"
    try:
        units = Decimal(text).scaleb(places)
    except InvalidOperation:
        return None
    if not units.is_finite() or units != units.to_integral_value() or abs(units) > MOST:
        return None
    return int(units)


def _unit(places: int) -> str:
    return "francs entiers" if not places else f"{places} décimales au plus"
