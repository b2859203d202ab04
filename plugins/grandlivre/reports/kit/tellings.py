"""The comments that people wrote for the report being made."""

from __future__ import annotations

from grandlivre.books.tellings import FOLDER, WHOLE, Telling, told
from grandlivre.reports.kit.context import Context

__all__ = ("FOLDER", "WHOLE", "Telling", "telling")


def telling(context: Context) -> Telling:
    """The comments of the scope's tree for the period; nothing when nobody wrote any."""
    donor = context.donor
    agreements = {agreement.id for agreement in donor.agreements} if donor is not None else set[str]()
    return told(context.books.folder, context.scope.tree, context.period.code, agreements)
