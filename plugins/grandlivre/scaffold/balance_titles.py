"""The titles of a trial balance: which columns hold the account, its label, and the balance to take over."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from grandlivre.importers.cells import Cell, shown
from grandlivre.importers.rows import FileRow

Columns = dict[str, int]
"""The rank of each column: `number`, `label`, `tree`, then `debit` and `credit`, or `balance` and perhaps `side`."""

_SEARCHED = 40
"""The titles are looked for in the first rows."""
_NUMBER = re.compile(r"(numero |code )?(de |du )?(comptes?|cptes?|cpt)( general| generaux| numero)?|numero|code")
_LABEL = re.compile(r"intitule|libelle|designation")
_TREE = re.compile(r"bailleur|projet|arbre|section|analytique")
_SIDE = re.compile(r"sens|d c|sens du solde")
_BEFORE = re.compile(r"\bn 1\b|ouverture|initia|anterieur|precedent|\ba nouveaux?\b|\bdebut\b|report")
"""What titles call the balances of another year, or those before the movements."""
_SHORT = {
    "sd": "solde debit",
    "sc": "solde credit",
    "db": "debit",
    "deb": "debit",
    "cr": "credit",
    "cred": "credit",
    "sld": "solde",
    "soldes": "solde",
    **dict.fromkeys(("debiteur", "debiteurs", "debits"), "debit"),
    **dict.fromkeys(("crediteur", "crediteurs", "credits"), "credit"),
}


class Titles(NamedTuple):
    """Where the titles end (rank of their last row), the columns, and what is doubtful in them ("" if nothing)."""

    last: int
    at: Columns
    doubt: str = ""
    titled: frozenset[int] = frozenset()
    """The ranks of the columns that have a title."""


class _Column(NamedTuple):
    """A column of amounts: its rank, its side ("" for a balance alone), what its title says besides."""

    rank: int
    side: str
    group: str

    @property
    def is_balance(self) -> bool:
        """Whether its title says « solde »."""
        return "solde" in self.group.split()

    @property
    def is_earlier(self) -> bool:
        """Whether its title names another year, or what stood before the movements."""
        return _BEFORE.search(self.group) is not None


def find_titles(rows: Sequence[FileRow]) -> Titles | None:
    """The titles of a balance, on one row or on two; None when no row looks like them."""
    for index, row in enumerate(rows[:_SEARCHED]):
        below = rows[index + 1] if index + 1 < len(rows) and rows[index + 1].number == row.number + 1 else None
        if below is not None and {"debit", "credit"} <= {word for cell in below.cells for word in words(cell).split()}:
            found = _titles(index + 1, below, row)
            if found is not None:
                return found
        above = rows[index - 1] if index and rows[index - 1].number == row.number - 1 else None
        found = _titles(index, row, above)
        if found is not None:
            return found
    return None


def words(cell: Cell) -> str:
    """What a title says, in plain words: no accents, no marks, the usual abbreviations spelled out."""
    bare = unicodedata.normalize("NFKD", shown(cell).replace("°", "o ")).casefold()
    bare = "".join(ch for ch in bare if not unicodedata.combining(ch))
    said = re.sub(r"\bno\b", "numero", re.sub(r"[^a-z0-9]+", " ", bare)).split()
    return " ".join(_SHORT.get(word, word) for word in said)


def _titles(index: int, row: FileRow, above: FileRow | None) -> Titles | None:
    """The columns of a row of titles; the row above gives its groups, and the titles whose cell is empty below."""
    typed, high = _cells(row), _cells(above)
    width = max(len(typed), len(high))
    typed += [""] * (width - len(typed))
    high += [""] * (width - len(high))
    written = [
        f"{group} {own}".strip() if own else upper for group, own, upper in zip(_spread(high), typed, high, strict=True)
    ]
    at = _said([words(own or upper) for own, upper in zip(typed, high, strict=True)])
    amounts = [_column(rank, said) for rank, said in enumerate(map(words, written)) if rank not in at.values()]
    columns = [each for each in amounts if each is not None]
    if "number" not in at or not columns:
        return None
    chosen = _chosen(index, at, columns, written)
    if chosen is None:
        return None
    return chosen._replace(
        titled=frozenset(rank for rank, pair in enumerate(zip(typed, high, strict=True)) if any(pair))
    )


def _said(titles: Sequence[str]) -> Columns:
    """The first column of each kind that titles name, those of amounts apart."""
    at: Columns = {}
    for key, pattern in (("number", _NUMBER), ("label", _LABEL), ("tree", _TREE), ("side", _SIDE)):
        ranks = [rank for rank, title in enumerate(titles) if _says(pattern, title, key)]
        if ranks:
            at[key] = ranks[0]
    return at


def _says(pattern: re.Pattern[str], title: str, key: str) -> bool:
    return bool(pattern.search(title) if key in ("label", "tree") else pattern.fullmatch(title))


def _cells(row: FileRow | None) -> list[str]:
    return [shown(cell) for cell in row.cells] if row is not None else []


def _spread(titles: Iterable[str]) -> list[str]:
    """The titles of a row of groups, each over the empty cells that follow it."""
    found: list[str] = []
    for title in titles:
        found.append(title or (found[-1] if found else ""))
    return found


def _column(rank: int, said: str) -> _Column | None:
    parts = said.split()
    side = next((word for word in ("debit", "credit") if word in parts), "")
    if not side and "solde" not in parts:
        return None
    return _Column(rank, side, " ".join(word for word in parts if word != side))


def _chosen(index: int, at: Columns, columns: list[_Column], written: list[str]) -> Titles | None:
    """The pair, or the column, that titles call the balance; what keeps from choosing is said, columns named."""
    sides = [each for each in columns if each.side]
    if not sides:
        kept = [each for each in columns if not each.is_earlier] or columns
        return Titles(index, {**at, "balance": kept[-1].rank}, _rivals([[each] for each in kept], written))
    if {each.side for each in sides} != {"debit", "credit"}:
        return None
    pairs = _balances(sides)
    if not pairs:
        said = (
            f"Quelles colonnes portent le solde à reprendre ? Les titres ne le disent pas : {_named(sides, written)}. "
            "Titrez les deux colonnes « Solde débit » et « Solde crédit », sur une ligne."
        )
        return Titles(index, at, said)
    debit, credit = pairs[-1]
    chosen = {**at, "debit": debit.rank, "credit": credit.rank}
    chosen.pop("side", None)
    return Titles(index, chosen, _rivals(pairs, written))


def _balances(sides: list[_Column]) -> list[tuple[_Column, _Column]]:
    """The pairs (debit, credit) that titles call the balance to take over; none when a side of a balance stands alone."""
    pairs = _pairs(sides)
    paired = {each for pair in pairs for each in pair}
    if any(each.is_balance and each not in paired for each in sides):
        return []
    balances = [pair for pair in pairs if pair[0].is_balance]
    current = [pair for pair in balances if not pair[0].is_earlier]
    return balances if not current and len(pairs) == 1 else current


def _pairs(sides: list[_Column]) -> list[tuple[_Column, _Column]]:
    """Each debit with the credit beside it, when both titles say the same besides."""
    return [
        (debit, credit)
        for debit, credit in pairwise(sides)
        if (debit.side, credit.side) == ("debit", "credit") and debit.group == credit.group
    ]


def _rivals(kept: Sequence[Sequence[_Column]], written: list[str]) -> str:
    """What to say when the titles name several balances."""
    if len(kept) < 2:
        return ""
    named = _named([each for group in kept for each in group], written)
    return f"Plusieurs colonnes peuvent être le solde à reprendre : {named}. Gardez une seule paire débit, crédit."


def _named(columns: Iterable[_Column], written: list[str]) -> str:
    return ", ".join(f"« {written[each.rank]} » (colonne {each.rank + 1})" for each in columns)
