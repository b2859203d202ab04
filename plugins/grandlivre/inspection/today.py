"""The day on which commands and the viewer judge the books: the only place where the clock is read.

The plugin alone and the Python API keep the day of the last transaction, so that a load can be reproduced.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from grandlivre.rules.remembered import RememberedRules
from grandlivre.sources.yaml import Block, Scalar, load

VARIABLE = "GRANDLIVRE_AUJOURDHUI"
"""The environment variable that stands for the machine's clock."""


def real_day(main: Path, asked: date | None = None, remembered: RememberedRules | None = None) -> date:
    """The day asked for, else that of example books, else that of the environment, else the machine's.

    `main` is the entry point of the books. Raises ValueError, a French sentence, when the environment's does not read.
    """
    if asked is not None:
        return asked
    known = remembered.policy(main.parent.parent / "rules") if remembered is not None else None
    example = known.organisation.example if known is not None else example_day(main)
    if example is not None:
        return example
    written = os.environ.get(VARIABLE, "").strip()
    if written:
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise ValueError(
                f"{VARIABLE} vaut « {written[:40]} », qui n'est pas une date : écrivez AAAA-MM-JJ, ou retirez-la."
            ) from None
    return date.today()  # noqa: DTZ011 - the accountant's own day


def example_day(main: Path) -> date | None:
    """The day of `exemple:`, None without any; whoever wrote another thing there is told by `reglement`."""
    path = main.parent.parent / "rules" / "organisation.yaml"
    node = load(path, []) if path.is_file() else None
    said = node.items.get("exemple") if isinstance(node, Block) else None
    try:
        return date.fromisoformat(said.text) if isinstance(said, Scalar) else None
    except ValueError:
        return None
