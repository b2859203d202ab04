"""Reports that were sent: what was said then stays, and what changed since is said in columns of its own.

A `transmission` names the JSON of the report as it was sent and its sha256. A later run of the same model, tree and
period reads it and shows, line by line, Transmis (A), Ajustement (B), Nouveau total (C = A + B).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from grandlivre.books.directives.closings import Transmission
from grandlivre.books.index import Books
from grandlivre.i18n import day
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.table import Block, Column, Report, Row, Table, Text, Value, grid
from grandlivre.sources.problem import RefusedError

_SUFFIX = "-ajustements"
_RENAMED = {
    "− Dettes": "− Engagé : dettes à payer",
    "Solde détenu (position)": "Position nette",
    "Solde de clôture (mouvements)": "Solde de clôture théorique",
    "− Debts": "− Committed: debts to pay",
    "Balance held (position)": "Net position",
    "Closing balance (flow)": "Theoretical closing balance",
}
"""What rows of reports sent by earlier versions are called today."""
_COMPUTED = ("subtotal", "total", "closing")

Key = tuple[str, int]
"""What a row is called, and how many rows above it are called the same."""


class AlteredError(RefusedError):
    """The file of a report that was sent is missing, or is not the one that was sent."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A report as it was sent."""

    transmission: Transmission
    tables: Mapping[str, Mapping[str, Any]]
    """The tables of its body by key, as its JSON holds them."""


def transmissions(books: Books, model: str, tree: str, period: str) -> tuple[Transmission, ...]:
    """Every sending of a report, oldest first."""
    wanted = (model, tree, period)
    found = [each for each in books.directives.transmissions if (each.model, each.tree, each.period) == wanted]
    return tuple(sorted(found, key=lambda each: (each.date, each.document)))


def last_sent(context: Context, model: str) -> Sent | None:
    """The last sending of this model for the scope's tree and period; raises `AlteredError` when its file is not what was sent."""
    found = transmissions(context.books, model, context.scope.tree, context.period.code)
    return read(context.books, found[-1]) if found else None


def read(books: Books, transmission: Transmission) -> Sent:
    """The report a `transmission` names; raises `AlteredError` when the file is missing or is not the one sent."""
    name = transmission.document
    what = f"Le rapport {transmission.model} de {transmission.tree} ({transmission.period}), transmis le {day(transmission.date)}"
    try:
        content = books.documents.place(name).read_bytes()
    except OSError as error:
        raise AlteredError(
            f"{what}, est introuvable : ledger/documents/{name}. Remettez ce fichier tel qu'il a été envoyé."
        ) from error
    found = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if found != transmission.digest:
        raise AlteredError(
            f"{what}, a été modifié depuis : ledger/documents/{name} a l'empreinte {found[:19]}…, "
            f"la transmission dit {transmission.digest[:19] or 'rien'}…. Remettez le fichier tel qu'il a été envoyé."
        )
    try:
        body = json.loads(content)["body"]
        tables = {block["key"]: block for block in body if block["type"] == "table"}
    except (ValueError, KeyError, TypeError) as error:
        raise AlteredError(f"{what}, n'est pas lisible : ledger/documents/{name} n'est pas un rapport.") from error
    return Sent(transmission, tables)


def with_adjustments(context: Context, report: Report, sent: Sent) -> Report:
    """The report, with what was sent before beside each table that has changed since."""
    word = context._
    body: list[Block] = []
    for block in report.body:
        body.append(block)
        if isinstance(block, Table):
            table = _adjusted(context, block, sent)
            if table is not None:
                body.append(table)
    changed = len(body) > len(report.body)
    said = [f"{word('Rapport déjà transmis le')} {day(sent.transmission.date)} ({sent.transmission.document})."]
    said.append(
        word("Les montants ont changé depuis : chaque tableau changé est suivi de ses ajustements.")
        if changed
        else word("Aucun montant n'a changé depuis.")
    )
    warning = Text(tuple(said), word("Rapport transmis"), "warning" if changed else "comment")
    return replace(report, body=(warning, *body))


def changed_since(report: Report) -> bool:
    """Whether a report made by `with_adjustments` shows any."""
    return any(table.key.endswith(_SUFFIX) for table in report.tables)


class _Pair(NamedTuple):
    """A row as it was sent and as it is now; None where it was not there yet, or is gone."""

    sent: dict[str, Any] | None
    now: dict[str, Any] | None

    def amounts(self, column: str) -> tuple[int, int]:
        """What a column said and what it says."""
        return _amount(self.sent, column), _amount(self.now, column)

    def differs(self, column: str) -> bool:
        """Whether a column no longer says what it said."""
        sent, now = self.amounts(column)
        return sent != now

    def row(self, names: list[str], columns: list[Column]) -> Row:
        """What it is called, then (A), (B) and (C) of each column."""
        row = self.now or self.sent or {}
        cells: dict[str, Value] = {name: row["cells"].get(name) for name in names}
        for column in columns:
            sent, now = self.amounts(column.key)
            cells |= {f"{column.key}_a": sent, f"{column.key}_b": now - sent, f"{column.key}_c": now}
        return Row(cells, role=row["role"], depth=row["depth"])


def _adjusted(context: Context, table: Table, sent: Sent) -> Table | None:
    """The adjustments of one table: its money columns that changed, on all its rows; None when nothing did."""
    before = sent.tables.get(table.key)
    if before is None:
        return None
    names = [column.key for column in table.columns if column.kind == "text" and column.data][:2]
    pairs = _pairs(_rows(before["rows"], names), _rows([_plain(row) for row in table.rows], names))
    known = {column["key"] for column in before["columns"]}
    differing = _differing([column for column in table.columns if column.key in known], pairs)
    if not differing:
        return None
    word = context._
    shown = [column for column in table.columns if column.key in names]
    for column in differing:
        shown += _adjustment(context, column)
    rows = [pair.row(names, differing) for pair in pairs]
    title = f"{table.title} : {word('ajustements depuis la transmission du')} {day(sent.transmission.date)}"
    sheet = f"{table.sheet} – {word('ajustements')}" if table.sheet else ""
    return grid(f"{table.key}{_SUFFIX}", title, shown, rows, sheet=sheet)


def _pairs(old: Mapping[Key, dict[str, Any]], new: Mapping[Key, dict[str, Any]]) -> list[_Pair]:
    """Today's rows, sums only where they were sent too; then the rows that are gone."""
    kept = [key for key, row in new.items() if key in old or row["role"] not in _COMPUTED]
    return [_Pair(old.get(key), new.get(key)) for key in (*kept, *(key for key in old if key not in new))]


def _differing(columns: Iterable[Column], pairs: list[_Pair]) -> list[Column]:
    """The printed columns that add up money, and do not say what they said."""
    summed = [column for column in columns if column.kind == "money" and column.total == "sum" and column.page]
    return [column for column in summed if any(pair.differs(column.key) for pair in pairs)]


def _adjustment(context: Context, column: Column) -> tuple[Column, Column, Column]:
    """The columns (A), (B) and (C) of a column that changed."""
    word, key, places = context._, column.key, column.exponent
    group = f"{column.group} – {column.title}" if column.group else column.title
    total = Formula(f"{key}_a + {key}_b")
    return (
        Column(f"{key}_a", word("Transmis (A)"), "money", group=group, exponent=places),
        Column(f"{key}_b", word("Ajustement (B)"), "money", group=group, exponent=places),
        Column(f"{key}_c", word("Nouveau total (C = A + B)"), "money", group=group, exponent=places, formula=total),
    )


def _plain(row: Row) -> dict[str, Any]:
    return {"cells": row.cells, "role": row.role, "depth": row.depth}


def _rows(rows: list[dict[str, Any]], names: list[str]) -> dict[Key, dict[str, Any]]:
    """Rows by what they are called: their first text, and their rank among those called the same."""
    found: dict[Key, dict[str, Any]] = {}
    for row in rows:
        name = next((str(row["cells"][each]) for each in names if row["cells"].get(each)), "")
        name = _RENAMED.get(name, name)
        rank = 0
        while (name, rank) in found:
            rank += 1
        found[name, rank] = row
    return found


def _amount(row: dict[str, Any] | None, column: str) -> int:
    value = row["cells"].get(column) if row is not None else None
    return value if isinstance(value, int) else 0
