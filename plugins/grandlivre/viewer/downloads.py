"""The rows of a query as a CSV file, written as the reports' own: no cell is a formula (row S29)."""

from __future__ import annotations

from typing import Any

import beanquery
from beanquery.numberify import numberify_results

from grandlivre.render.flat import plain_sheet
from grandlivre.viewer.patterns import Timed

FORMATS = ("csv",)
"""What the query page offers; Fava's spreadsheets need a library that we do not install, and escape nothing."""


def as_csv(cursor: beanquery.Cursor, context: Any) -> bytes:
    """The rows with one column a currency, as Fava's pages show them; `context` says how numbers are written."""
    columns, rows = numberify_results(cursor.description, Timed(cursor.fetchall()), context.build())
    return plain_sheet([column.name for column in columns], Timed(rows))
