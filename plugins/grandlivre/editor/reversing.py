"""The storno of the entry under the cursor, as `grandlivre entries extourne` writes it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from grandlivre.editor.remedies import Remedy
from grandlivre.editor.text import Directive
from grandlivre.editor.workspace import Workspace
from grandlivre.i18n import listing
from grandlivre.sources.problem import RefusedError
from grandlivre.tasks.corrections import Correction, correction, insert
from grandlivre.tasks.desk import Changes, Desk


def reversal(found: Workspace, path: Path, at: int) -> Remedy | None:
    """The change that takes back the entry that holds a line (0: the first), and its other half; None where it cannot be."""
    piece = Directive(path, found.text(path).splitlines(), at).value("piece")
    made: list[Correction] = []

    def planned(desk: Desk) -> Changes:
        made.append(correction(desk, piece))
        return desk.planned(partial(insert, made[0]))

    if not piece:
        return None
    try:
        first, *more = found.draft(planned)
    except RefusedError:
        return None
    halves = made[0].halves
    title = (
        f"Extourner {listing([each.original.piece for each in halves])} ({listing([each.piece for each in halves])})"
    )
    return Remedy(title, first, tuple(more))
