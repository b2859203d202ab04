"""A « balance générale » as spreadsheets hold it: the rows of accounts and balances, found by the words of its header."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from pydantic_core import PydanticCustomError

from grandlivre.importers.cells import Cell, CellFormula, shown
from grandlivre.importers.rows import LARGEST, FileRow, ReadingBounds, UnreadableTableError
from grandlivre.importers.workbook import Workbook
from grandlivre.policy.values import MOST, ambiguous, read_number
from grandlivre.scaffold.balance_titles import Columns, Titles, find_titles, words
from grandlivre.sources.problem import Problem

_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009")

_NO_ACCOUNT = re.compile(r"\b(sous )?tota(l|ux)\b|\bsomme\b|\breport(er)?\b|\bclasse \d\b")
"""What a row says that adds up other rows."""


SHEET = Path()
"""The sheet being read: its caller knows its name."""


class BalanceRow(NamedTuple):
    """One account of the balance: its row in the sheet, number, label, balance (debits positive), tree ("" if not said)."""

    row: int
    number: str
    label: str
    balance: int
    tree: str


class OpeningSheet(NamedTuple):
    """What a spreadsheet holds: its accounts, what is wrong in it, and the rows with amounts that are no account."""

    rows: list[BalanceRow]
    problems: list[Problem]
    aside: tuple[int, ...] = ()
    """Titles of classes, totals, pages carried over: they add up other rows."""


def read_balance(path: Path, places: int) -> OpeningSheet:
    """The rows of the only sheet that has a header of balance; amounts in whole units of a currency of that many decimals."""
    bounds = ReadingBounds()
    try:
        if path.stat().st_size > LARGEST:
            most = LARGEST // 1_000_000
            return _refused(0, f"Ce classeur pèse plus de {most} Mo : ce n'est pas une balance générale.")
        book = Workbook(path.read_bytes())
        found: dict[str, tuple[list[FileRow], Titles]] = {}
        for sheet in book.sheets:
            rows = list(book.rows(sheet, bounds, calculated=True))
            titles = find_titles(rows)
            if titles is not None:
                found[sheet] = rows, titles
        if len(found) > 1:
            named = ", ".join(f"« {sheet} »" for sheet in found)[:300]
            return _refused(
                0, f"Plusieurs feuilles portent une balance : {named}. N'en gardez qu'une dans le classeur."
            )
        for rows, titles in found.values():
            return _balance(rows, titles, places)
    except FileNotFoundError:
        return _refused(0, f"Le fichier {path.name} est introuvable : vérifiez le chemin.")
    except OSError:
        return _refused(0, f"Le fichier {path.name} ne peut pas être lu : accès refusé ou disque en défaut.")
    except UnreadableTableError as refusal:
        return _refused(refusal.row, f"Ce n'est pas un classeur xlsx lisible. {refusal.message}")
    wanted = "« N° compte », « Intitulé », « Solde débit », « Solde crédit »"
    return _refused(0, f"Aucune ligne de titres n'est reconnue : il faut des colonnes {wanted}.")


def _refused(row: int, message: str) -> OpeningSheet:
    return OpeningSheet([], [Problem(SHEET, row, message)])


def _balance(rows: list[FileRow], titles: Titles, places: int) -> OpeningSheet:
    if titles.doubt:
        return _refused(rows[titles.last].number, titles.doubt)
    return _accounts(rows[titles.last + 1 :], titles.at, titles.titled, places)


# --- the rows ---------------------------------------------------------------------------------------------------------


def _untitled(cells: tuple[Cell, ...], titled: frozenset[int], account: str) -> list[str]:
    """What to say of numbers that stand under no title: they may be the balance, pushed aside."""
    found = [
        shown(cell) for rank, cell in enumerate(cells) if isinstance(cell, Decimal) and cell and rank not in titled
    ]
    if not found:
        return []
    return [
        f"Le compte {account} porte {', '.join(found[:3])} sous aucun titre : remettez-le dans sa colonne, ou effacez-le."
    ]


def _accounts(rows: list[FileRow], columns: Columns, titled: frozenset[int], places: int) -> OpeningSheet:
    found: list[BalanceRow] = []
    problems: list[Problem] = []
    aside: list[int] = []
    for number, cells in rows:
        account = _number(_cell(cells, columns, "number"))
        if not account:
            moving = _moving(cells, columns)
            if moving and _adds_up(cells, columns):
                aside.append(number)
            elif moving:
                problems.append(_unnamed(number, cells, columns, moving))
            continue
        balance, wrong = _of_row(cells, columns, account, places)
        wrong += _untitled(cells, titled, account)
        problems += [Problem(SHEET, number, said) for said in wrong]
        label = shown(_cell(cells, columns, "label"))
        tree = shown(_cell(cells, columns, "tree")).upper()
        found.append(BalanceRow(number, account, label, balance, tree))
    return OpeningSheet(found, problems, tuple(aside))


def _of_row(cells: tuple[Cell, ...], columns: Columns, account: str, places: int) -> tuple[int, list[str]]:
    """The balance of a row, debits positive, and what is wrong with it."""
    amounts: dict[str, int] = {}
    wrong: list[str] = []
    for side in ("debit", "credit", "balance"):
        value = _cell(cells, columns, side)
        amount = _amount(value, places)
        if amount is None:
            wrong.append(_unreadable(value, account, places))
        amounts[side] = amount or 0
    if amounts["debit"] and amounts["credit"]:
        wrong.append(f"Le compte {account} a un solde débiteur et un solde créditeur : gardez leur différence.")
    balance = amounts["balance"]
    if balance and "side" in columns:
        written = shown(_cell(cells, columns, "side"))
        sign = _SIDES.get(words(written))
        if sign is None or balance < 0:
            wrong.append(
                f"Le sens du compte {account} ne se lit pas (« {written[:20]} ») : D ou C, et un solde sans signe."
            )
        balance *= sign or 1
    return amounts["debit"] - amounts["credit"] + balance, wrong


_SIDES = {"d": 1, "debit": 1, "c": -1, "credit": -1}
"""What a column of sides says, in the words of titles."""
_MARKED = re.compile(r"(?i)(.*\d)\s*(d|db|deb|c|cr|cred)\.?")
"""An amount followed by its side."""


def _cell(cells: tuple[Cell, ...], columns: Columns, key: str) -> Cell:
    rank = columns.get(key)
    return cells[rank] if rank is not None and rank < len(cells) else None


def _number(cell: Cell) -> str:
    """The account's number, or "" when the cell holds none."""
    text = re.sub(r"\.0+$", "", shown(cell).translate(_SPACES))
    return text if re.fullmatch(r"[1-9]\d{1,9}", text) else ""


def _moving(cells: tuple[Cell, ...], columns: Columns) -> list[Cell]:
    """The amounts of a row, whatever they are worth; empty cells and zeros are none."""
    amounts = [_cell(cells, columns, side) for side in ("debit", "credit", "balance")]
    return [value for value in amounts if isinstance(value, CellFormula) or _counts(shown(value))]


def _counts(text: str) -> bool:
    """Whether a cell holds a figure, in any script, that is not zero, or a spreadsheet's error."""
    return text.startswith("#") or any(unicodedata.digit(mark, 0) for mark in text)


def _adds_up(cells: tuple[Cell, ...], columns: Columns) -> bool:
    """Whether a row without an account adds up others: a class, a total, a page carried over.

    What stands in the column of accounts decides, where it holds a figure: « 4012X, Report à nouveau » is an account.
    """
    written = shown(_cell(cells, columns, "number"))
    if _counts(written):
        return re.fullmatch(r"[1-9]", written) is not None or _NO_ACCOUNT.search(words(written)) is not None
    return any(_NO_ACCOUNT.search(words(cell)) for cell in cells)


def _unnamed(row: int, cells: tuple[Cell, ...], columns: Columns, moving: list[Cell]) -> Problem:
    """What to say of a row that holds amounts and no account."""
    written = shown(_cell(cells, columns, "number"))
    held = ", ".join(_UNCALCULATED if isinstance(value, CellFormula) else shown(value)[:30] for value in moving)
    said = f"Le compte « {written[:30]} » ne se lit pas" if written else "Cette ligne n'a pas de numéro de compte"
    return Problem(SHEET, row, f"{said} et porte {held} : écrivez un numéro du plan, ou retirez la ligne.")


_UNCALCULATED = "une formule sans valeur"


def _unreadable(value: Cell, account: str, places: int) -> str:
    if isinstance(value, CellFormula):
        return (
            f"Compte {account} : {_UNCALCULATED} ; ouvrez le classeur dans Excel ou LibreOffice, enregistrez-le, "
            "puis recommencez."
        )
    said = shown(value)[:30]
    if isinstance(value, str) and (two := ambiguous(_signed(_bare(value)))):
        return (
            f"« {said} » (compte {account}) se lit {two[0]} {two[1]} ou {two[0]} et une fraction : "
            "écrivez un nombre, sans séparateur."
        )
    return f"« {said} » n'est pas un montant de {_unit(places)} (compte {account})."


def _bare(cell: str) -> str:
    """An amount typed as text, without its currency."""
    return re.sub(r"(?i)(f ?cfa|xof|fcfa)$", "", shown(cell)).strip()


def _signed(text: str) -> str:
    """The parentheses of an amount as its sign."""
    return f"-{text[1:-1].strip()}" if text.startswith("(") and text.endswith(")") else text


def _amount(cell: Cell, places: int) -> int | None:
    """Whole units; 0 for an empty cell, None when it is no such amount."""
    if cell is None:
        return 0
    if isinstance(cell, Decimal):
        return _units(cell, places)
    if isinstance(cell, (CellFormula, date)):
        return None
    marked = _MARKED.fullmatch(shown(cell))
    if marked:
        amount = _amount(marked[1], places)
        return amount * _SIDES[words(marked[2])[:1]] if amount is not None and amount >= 0 else None
    text = _signed(_bare(cell))
    if not text.strip("-–—―"):
        return 0
    if ambiguous(text):
        return None
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
