"""A « balance générale » as spreadsheets hold it: the rows of accounts and balances, found by the words of its header."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from pydantic_core import PydanticCustomError

from grandlivre.importers.cells import Cell, Formula, shown
from grandlivre.importers.rows import LARGEST, Bounds, Row, UnreadableTableError
from grandlivre.importers.workbook import Workbook
from grandlivre.policy.values import MOST, ambiguous, read_number

_SEARCHED = 40
"""The header is looked for in the first rows."""
_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009")

Columns = dict[str, int]
_BEFORE = re.compile(r"\bn 1\b|ouverture|initial|anterieur|precedent")
"""What titles call the balances of another year."""
_NO_ACCOUNT = re.compile(r"\b(sous )?tota(l|ux)\b|\bsomme\b|\breport(er)?\b|\bclasse \d\b")
"""What a row says that adds up other rows."""


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
    bounds = Bounds()
    try:
        if path.stat().st_size > LARGEST:
            most = LARGEST // 1_000_000
            return [], [BalanceProblem(0, f"Ce classeur pèse plus de {most} Mo : ce n'est pas une balance générale.")]
        book = Workbook(path.read_bytes())
        for sheet in book.sheets:
            rows = list(book.rows(sheet, bounds, calculated=True))
            found = _header(rows)
            if found is not None:
                return _balance(rows, *found, places)
    except FileNotFoundError:
        return [], [BalanceProblem(0, f"Le fichier {path.name} est introuvable : vérifiez le chemin.")]
    except OSError:
        return [], [
            BalanceProblem(0, f"Le fichier {path.name} ne peut pas être lu : accès refusé ou disque en défaut.")
        ]
    except UnreadableTableError as refusal:
        return [], [BalanceProblem(refusal.row, f"Ce n'est pas un classeur xlsx lisible. {refusal.message}")]
    wanted = "« N° compte », « Intitulé », « Solde débit », « Solde crédit »"
    return [], [BalanceProblem(0, f"Aucune ligne de titres n'est reconnue : il faut des colonnes {wanted}.")]


def _balance(rows: list[Row], index: int, titles: Titles, places: int) -> tuple[list[BalanceRow], list[BalanceProblem]]:
    doubtful = _doubtful(rows[index], titles)
    return ([], [doubtful]) if doubtful else _accounts(rows[index + 1 :], titles.at, places)


# --- the header -------------------------------------------------------------------------------------------------------


def _words(cell: Cell) -> str:
    bare = unicodedata.normalize("NFKD", shown(cell)).casefold()
    bare = "".join(ch for ch in bare if not unicodedata.combining(ch))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare.replace("n°", "numero ").replace("no ", "numero ")).split())


class Titles(NamedTuple):
    """The columns of a balance, and those among which the titles do not choose."""

    at: Columns
    rivals: tuple[int, ...] = ()


def _doubtful(titles: Row, columns: Titles) -> BalanceProblem | None:
    """What to say when two columns may hold the balance to take over."""
    if not columns.rivals:
        return None
    named = ", ".join(f"« {shown(titles.cells[rank])} » (colonne {rank + 1})" for rank in columns.rivals)
    said = f"Plusieurs colonnes peuvent être le solde à reprendre : {named}. Gardez une seule paire débit, crédit."
    return BalanceProblem(titles.number, said)


def _header(rows: list[Row]) -> tuple[int, Titles] | None:
    """(row index, columns) of the header; a line of groups above it (Mouvements, Soldes) counts with it."""
    for index, row in enumerate(rows[:_SEARCHED]):
        titles = [_words(cell) for cell in row.cells]
        above = _spread(rows[index - 1], len(titles)) if index and rows[index - 1].number == row.number - 1 else []
        full = [
            f"{group} {title}".strip() if title else "" for group, title in zip_longest(above, titles, fillvalue="")
        ]
        columns = _columns(titles, full)
        if columns is not None:
            return index, columns
    return None


def _spread(row: Row, width: int) -> list[str]:
    """The titles of a row of groups, each over the empty cells that follow it."""
    found: list[str] = []
    for cell in [*row.cells, *[None] * width][:width]:
        found.append(_words(cell) or (found[-1] if found else ""))
    return found


def _columns(titles: list[str], full: list[str]) -> Titles | None:
    columns: Columns = {}
    rivals: list[int] = []
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
        ranks = [rank for rank in ranks if not _BEFORE.search(full[rank])] or ranks
        final = [rank for rank in ranks if "solde" in full[rank]] or ranks
        if final:
            columns[side] = final[-1]
        if len(final) > 1:
            rivals += final
    if "debit" not in columns and "credit" not in columns:
        alone = [rank for rank, title in enumerate(full) if re.search(r"\bsolde\b", title)]
        alone = [rank for rank in alone if not _BEFORE.search(full[rank])] or alone
        if alone:
            columns["balance"] = alone[-1]
        if len(alone) > 1:
            rivals += alone
    complete = "number" in columns and ({"debit", "credit"} <= set(columns) or "balance" in columns)
    return Titles(columns, tuple(sorted(set(rivals)))) if complete else None


# --- the rows ---------------------------------------------------------------------------------------------------------


def _accounts(rows: list[Row], columns: Columns, places: int) -> tuple[list[BalanceRow], list[BalanceProblem]]:
    found: list[BalanceRow] = []
    problems: list[BalanceProblem] = []
    for number, cells in rows:
        account = _number(_cell(cells, columns, "number"))
        if not account:
            problems += _unnamed(number, cells, columns)
            continue
        amounts: dict[str, int] = {}
        for side in ("debit", "credit", "balance"):
            value = _cell(cells, columns, side)
            amount = _amount(value, places)
            if amount is None:
                problems.append(BalanceProblem(number, _unreadable(value, account, places)))
            amounts[side] = amount or 0
        if amounts["debit"] and amounts["credit"]:
            said = f"Le compte {account} a un solde débiteur et un solde créditeur : gardez leur différence."
            problems.append(BalanceProblem(number, said))
        balance = amounts["debit"] - amounts["credit"] + amounts["balance"]
        label = shown(_cell(cells, columns, "label"))
        tree = shown(_cell(cells, columns, "tree")).upper()
        found.append(BalanceRow(number, account, label, balance, tree))
    return found, problems


def _cell(cells: tuple[Cell, ...], columns: Columns, key: str) -> Cell:
    rank = columns.get(key)
    return cells[rank] if rank is not None and rank < len(cells) else None


def _number(cell: Cell) -> str:
    """The account's number, or "" when the cell holds none."""
    text = re.sub(r"\.0+$", "", shown(cell).translate(_SPACES))
    return text if re.fullmatch(r"[1-9]\d{1,9}", text) else ""


def _unnamed(row: int, cells: tuple[Cell, ...], columns: Columns) -> list[BalanceProblem]:
    """What to say of a row that holds amounts and no account; titles, classes and totals are none."""
    written = shown(_cell(cells, columns, "number"))
    amounts = [_cell(cells, columns, side) for side in ("debit", "credit", "balance")]
    moving = [value for value in amounts if isinstance(value, Formula) or re.search(r"[1-9]|^#", shown(value))]
    title = re.fullmatch(r"[1-9]", written) or any(_NO_ACCOUNT.search(_words(cell)) for cell in cells)
    if title or not moving:
        return []
    held = ", ".join(_UNCALCULATED if isinstance(value, Formula) else shown(value)[:30] for value in moving)
    said = f"Le compte « {written[:30]} » ne se lit pas" if written else "Cette ligne n'a pas de numéro de compte"
    return [BalanceProblem(row, f"{said} et porte {held} : écrivez un numéro du plan, ou retirez la ligne.")]


_UNCALCULATED = "une formule sans valeur"


def _unreadable(value: Cell, account: str, places: int) -> str:
    if isinstance(value, Formula):
        return (
            f"Compte {account} : {_UNCALCULATED} ; ouvrez le classeur dans Excel ou LibreOffice, enregistrez-le, "
            "puis recommencez."
        )
    said = shown(value)[:30]
    if isinstance(value, str) and (two := ambiguous(_bare(value))):
        return (
            f"« {said} » (compte {account}) se lit {two[0]} {two[1]} ou {two[0]} et une fraction : "
            "écrivez un nombre, sans séparateur."
        )
    return f"« {said} » n'est pas un montant de {_unit(places)} (compte {account})."


def _bare(cell: str) -> str:
    """An amount typed as text, without its currency."""
    return re.sub(r"(?i)(f ?cfa|xof|fcfa)$", "", shown(cell)).strip()


def _amount(cell: Cell, places: int) -> int | None:
    """Whole units; 0 for an empty cell, None when it is no such amount."""
    if cell is None:
        return 0
    if isinstance(cell, Decimal):
        return _units(cell, places)
    if isinstance(cell, (Formula, date)):
        return None
    text = _bare(cell)
    if not text.strip("-–—―"):
        return 0
    if ambiguous(text):
        return None
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1].strip()}"
    try:
        return _units(read_number(text), places)
    except PydanticCustomError:
        return None


def _units(number: Decimal, places: int) -> int | None:
    units = number.scaleb(places) if number.is_finite() else number
    if not units.is_finite() or units != units.to_integral_value() or abs(units) > MOST:
        return None
    return int(units)


def _unit(places: int) -> str:
    return "francs entiers" if not places else f"{places} décimales au plus"
