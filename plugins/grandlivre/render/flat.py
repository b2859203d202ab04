"""A report's tables as CSV that a French Excel opens as it is, and the whole report as JSON for programs."""

from __future__ import annotations

import csv as csv_format
import json as json_format
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from grandlivre.inspection import relative
from grandlivre.render.format import ascii_words, printable
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.table import Column, Fact, Facts, Report, Table, Value

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


_SIGN = re.compile(r"[+=] (?=\w)")
"""What a line of a statement begins with on paper; a sheet of data holds its words alone."""


def csv(report: Report) -> dict[str, bytes]:
    """A file a table, by what its name ends with ("" for the only one).

    Semicolon and decimal comma (comma and point in English), UTF-8 with its mark.
    """
    english = report.language == "en"
    if len(report.tables) == 1:
        return {"": _table(report.tables[0], english)}
    found: dict[str, bytes] = {}
    for rank, table in enumerate(report.tables, 1):
        name = "-".join(ascii_words(table.sheet or table.key)).lower() or str(rank)
        found[name if name not in found else f"{name}-{rank}"] = _table(table, english)
    return found


def archive(files: Mapping[str, bytes]) -> bytes:
    """Files in a ZIP, always the same bytes."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in files.items():
            written.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _table(table: Table, english: bool) -> bytes:
    out = StringIO()
    writer = _writer(out, english)
    columns = [column for column in table.columns if column.data]
    writer.writerow([_text(f"{column.group} – {column.title}" if column.group else column.title) for column in columns])
    for row in table.rows:
        writer.writerow([_cell(row.cells.get(column.key), column, english) for column in columns])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Value, column: Column, english: bool) -> str:
    match value:
        case None:
            return ""
        case str():
            return _text(_SIGN.sub("", value, count=1) if _SIGN.match(value) else value)
        case date():
            return _day(value)
        case Decimal():
            if column.kind == "percent":
                number = f"{value * 100:.2f}%"
            else:
                number = f"{value:f}"
                number = number.rstrip("0").rstrip(".") if "." in number else number
        case _:
            number = f"{Decimal(value).scaleb(-column.exponent):f}"
    return number if english else number.replace(".", ",")


def plain_sheet(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """One table of any values, in French, as the reports' tables are written."""
    out = StringIO()
    writer = _writer(out, english=False)
    writer.writerow([_text(title) for title in titles])
    writer.writerows([_any(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _any(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | Decimal():
            return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else str(value)
        case date():
            return _day(value)
        case set() | frozenset() | list() | tuple():
            return _text(", ".join(sorted(str(each) for each in value)))
        case _:
            return _text(str(value))


def _writer(out: StringIO, english: bool) -> Any:
    return csv_format.writer(out, delimiter="," if english else ";", lineterminator="\r\n")


def _day(day: date) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def _text(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    shown = f"'{text}" if text.startswith(_FORMULA_SIGNS) else text
    return printable(shown)


def json(report: Report) -> bytes:
    """The whole report: whole smallest units, ISO dates, ratios and quantities as text, the entries behind each row.

    Their files are relative to the folder that holds the books: the bytes are the same on every machine.
    """
    root = Path(report.root)
    content = {
        "version": 1,
        "model": report.model,
        "title": report.title,
        "subtitle": report.subtitle,
        "language": report.language,
        "organisation": asdict(report.letterhead),
        "scope": report.scope,
        "currency": report.currency_label,
        "period": {"label": report.period.label, "from": report.period.start, "to": report.period.end},
        "provisional": report.provisional,
        **({"example": True} if report.example else {}),
        **_situation(report),
        "digest": report.digest12,
        **({"closing": report.closing, "root": report.closing_root} if report.closing_root else {}),
        "audience": report.audience,
        "facts": [_plain(fact) for fact in report.facts],
        "body": [_plain(block, root) for block in report.body],
        "signatures": [_plain(signature) for signature in report.signatures],
        "annexes": [_plain(block, root) for block in report.annexes],
    }
    text = json_format.dumps(content, ensure_ascii=False, indent=1, default=_plain)
    return text.encode("utf-8", "replace") + b"\n"


def _situation(report: Report) -> dict[str, object]:
    """The day a report of a period that is not over speaks of, and the books' last entry."""
    if report.situation is None:
        return {}
    return {"situation": report.situation, "today": report.situation, "last_entry": report.last_entry}


def _plain(value: object, root: Path = Path()) -> object:
    match value:
        case Table():
            return {"type": "table", "key": value.key, "title": value.title, "note": value.note} | {
                "columns": [_column(column) for column in value.columns if column.data],
                "rows": [
                    {
                        "role": row.role,
                        "depth": row.depth,
                        "cells": {c.key: row.cells.get(c.key) for c in value.columns if c.data},
                        "refs": [ref._asdict() | {"file": relative(ref.file, root)} for ref in row.refs],
                    }
                    for row in value.rows
                ],
            }
        case Fact():
            return {"type": "fact"} | _fact(value)
        case Facts():
            return {"type": "facts", "facts": [_fact(fact) for fact in value.facts], "title": value.title}
        case Formula():
            return value.text
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {"type": type(value).__name__.lower()} | asdict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _fact(fact: Fact) -> dict[str, object]:
    plain: dict[str, object] = {"label": fact.label, "value": fact.value, "kind": fact.kind}
    return plain | ({"exponent": fact.exponent} if fact.exponent else {})


def _column(column: Column) -> dict[str, object]:
    return {
        "key": column.key,
        "title": column.title,
        "group": column.group,
        "kind": column.kind,
        "exponent": column.exponent,
        "total": column.total,
        "formula": column.formula.text if column.formula else None,
    }
