"""Reports as people and programs read them: HTML, PDF, XLSX, CSV, JSON, ICS.

`html(report)` and `pdf(report)` give the page, or a `Problem`; `xlsx`, `json` and `ics` give bytes, `csv` a file a table. Each is
imported when it is first asked for: `check`, which writes findings as text, needs none of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grandlivre.render.agenda import ics
    from grandlivre.render.flat import csv, json
    from grandlivre.render.page import html
    from grandlivre.render.printing import pdf
    from grandlivre.render.workbook import xlsx
    from grandlivre.reports.kit.wording import amount_in_words
    from grandlivre.sources.problem import Problem

__all__ = ["Problem", "amount_in_words", "csv", "html", "ics", "json", "pdf", "xlsx"]

_PLACES = {
    "Problem": "grandlivre.sources.problem",
    "amount_in_words": "grandlivre.reports.kit.wording",
    "csv": "grandlivre.render.flat",
    "html": "grandlivre.render.page",
    "ics": "grandlivre.render.agenda",
    "json": "grandlivre.render.flat",
    "pdf": "grandlivre.render.printing",
    "xlsx": "grandlivre.render.workbook",
}


def __getattr__(name: str) -> Any:
    """What is offered here, from the module that makes it."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)
