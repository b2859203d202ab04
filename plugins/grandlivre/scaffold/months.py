"""The file of a month in each tree: its header, ready for the first entry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from grandlivre.policy.loading import Policy
from grandlivre.policy.periods import Period

_NAMES = re.compile(rb'^option[ \t]+"(name_[a-z]+)"[ \t]+"([^"]*)"', re.MULTILINE)


def header(main: Path) -> str:
    """The five `name_*` options of the entry point, which every file must repeat."""
    found = _NAMES.findall(main.read_bytes())
    return "".join(f'option "{key.decode()}" "{name.decode("utf-8", "replace")}"\n' for key, name in found)


def month_files(main: Path, policy: Policy, period: Period) -> Iterator[tuple[Path, bytes]]:
    """(path, content) of the month's file of each tree, sorted by tree."""
    names = header(main)
    for code in sorted(policy.donors):
        title = f"; {code} : {period.label}. Les écritures du mois et ses directives, dans l'ordre des pièces.\n"
        yield main.parent / code.lower() / f"{period.code}.beancount", f"{title}{names}\n".encode()
