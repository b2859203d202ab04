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
_COLUMNS = 200
"""What stands further right is no balance."""
_SEARCHED = 40
"""The header is looked for in the first rows."""
_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009")

Columns = dict[str, int]
_UNREAD = object()
"""A formula that no spreadsheet has calculated: its cell shows nothing and is not empty."""
_BEFORE = re.compile(r"\bn 1\b|ouverture|initial|anterieur|precedent")
"""What titles call the balances of another year."""
_NO_ACCOUNT = re.compile(r"\b(sous )?tota(l|ux)\b|\bsomme\b|\breport(er)?\b|\bclasse \d\b")
"""What a row says that adds up other rows."""
_AMBIGUOUS = re.compile(r"[+-]?(?!0{1,3}\.)(\d{1,3})[.](\d{3})")


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
            index, columns = found
            doubtful = _doubtful(rows[index], columns)
            return ([], [doubtful._replace(row=index + 1)]) if doubtful else _accounts(rows, index, columns.at, places)
    wanted = "« N° compte », « Intitulé », « Solde débit », « Solde crédit »"
    return [], [BalanceProblem(0, f"Aucune ligne de titres n'est reconnue : il faut des colonnes {wanted}.")]


def _sheets(path: Path) -> Any:
    from openpyxl import load_workbook

    shown: Any = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    typed: Any = load_workbook(path, read_only=True, data_only=False, keep_links=False)
    for sheet, same in zip(shown.worksheets, typed.worksheets, strict=True):
        yield [
            tuple(
                _UNREAD if value is None and formula is not None else value for value, formula in zip(*row, strict=True)
            )
            for row in zip(_rows(sheet), _rows(same), strict=True)
        ]


def _rows(sheet: Any) -> Any:
    sheet.reset_dimensions()
    return sheet.iter_rows(max_row=_ROWS, max_col=_COLUMNS, values_only=True)


# --- the header -------------------------------------------------------------------------------------------------------


def _words(cell: object) -> str:
    bare = unicodedata.normalize("NFKD", str(cell if cell is not None else "")).casefold()
    bare = "".join(ch for ch in bare if not unicodedata.combining(ch))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare.replace("n°", "numero ").replace("no ", "numero ")).split())


class Titles(NamedTuple):
    """The columns of a balance, and those among which the titles do not choose."""

    at: Columns
    rivals: tuple[int, ...] = ()


def _doubtful(titles: tuple[Any, ...], columns: Titles) -> BalanceProblem | None:
    """What to say when two columns may hold the balance to take over."""
    if not columns.rivals:
        return None
    named = ", ".join(f"« {titles[rank]} » (colonne {rank + 1})" for rank in columns.rivals)
    return BalanceProblem(
        0, f"Plusieurs colonnes peuvent être le solde à reprendre : {named}. Gardez une seule paire débit, crédit."
    )


def _header(rows: list[tuple[Any, ...]]) -> tuple[int, Titles] | None:
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


def _accounts(
    rows: list[tuple[Any, ...]], header: int, columns: Columns, places: int
) -> tuple[list[BalanceRow], list[BalanceProblem]]:
    found: list[BalanceRow] = []
    problems: list[BalanceProblem] = []
    for number, cells in enumerate(rows[header + 1 :], header + 2):
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
    text = re.sub(r"\.0+$", "", str(cell if cell is not None else "").strip().translate(_SPACES))
    return text if re.fullmatch(r"[1-9]\d{1,9}", text) else ""


def _unnamed(row: int, cells: tuple[Any, ...], columns: Columns) -> list[BalanceProblem]:
    """What to say of a row that holds amounts and no account; titles, classes and totals are none."""
    written = str(_cell(cells, columns, "number") or "").strip()
    amounts = [value for side in ("debit", "credit", "balance") if (value := _cell(cells, columns, side))]
    moving = [value for value in amounts if value is _UNREAD or re.search(r"[1-9]", str(value))]
    title = re.fullmatch(r"[1-9]", written) or any(_NO_ACCOUNT.search(_words(cell)) for cell in cells)
    if title or not moving:
        return []
    shown = ", ".join(_UNCALCULATED if value is _UNREAD else str(value)[:30] for value in moving)
    said = f"Le compte « {written[:30]} » ne se lit pas" if written else "Cette ligne n'a pas de numéro de compte"
    return [BalanceProblem(row, f"{said} et porte {shown} : écrivez un numéro du plan, ou retirez la ligne.")]


_UNCALCULATED = "une formule sans valeur"


def _unreadable(value: Any, account: str, places: int) -> str:
    if value is _UNREAD:
        return (
            f"Compte {account} : {_UNCALCULATED} ; ouvrez le classeur dans Excel ou LibreOffice, enregistrez-le, "
            "puis recommencez."
        )
    said = str(value)[:30]
    ambiguous = _AMBIGUOUS.fullmatch(_bare(value)) if isinstance(value, str) else None
    if ambiguous:
        whole, rest = ambiguous[1], ambiguous[2]
        return (
            f"« {said} » (compte {account}) se lit {whole} {rest} ou {whole} et une fraction : "
            "écrivez un nombre, sans séparateur."
        )
    return f"« {said} » n'est pas un montant de {_unit(places)} (compte {account})."


def _bare(cell: object) -> str:
    """An amount typed as text, without its currency and its spaces."""
    return re.sub(r"(?i)(f ?cfa|xof|fcfa)$", "", str(cell).strip()).translate(_SPACES).replace(",", ".")


def _amount(cell: Any, places: int) -> int | None:
    """Whole units; 0 for an empty cell, None when it is no such amount."""
    if cell is _UNREAD or isinstance(cell, bool):
        return None
    if cell is None:
        return 0
    if isinstance(cell, (int, float)):
        text = repr(cell)
    else:
        text = _bare(cell)
        if text in ("", "-", "–"):
            return 0
        if _AMBIGUOUS.fullmatch(text):
            return None
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
