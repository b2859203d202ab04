"""What a wording means, by the words of the format."""

from __future__ import annotations

import re
from functools import cache

from grandlivre.importers.cells import fold
from grandlivre.importers.formats import StatementFormat


def nature(text: str, form: StatementFormat) -> str | None:
    """What the format says this wording is, as its French key; None for an ordinary movement."""
    said = fold(text)
    for name, info in type(form.natures).declared.items():
        words = getattr(form.natures, name)
        if words and _beginning(words).search(said):
            return info.alias or name
    return None


@cache
def _beginning(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Z0-9])(?:{'|'.join(re.escape(fold(each)) for each in words)})")
