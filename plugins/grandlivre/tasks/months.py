"""The files of a new month, written for every tree, and the narratives that a quarter or a year asks for."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import NamedTuple

from grandlivre.policy.loading import load_policy
from grandlivre.policy.periods import Period
from grandlivre.scaffold.months import month_files
from grandlivre.scaffold.tellings import telling_files
from grandlivre.sources.problem import RefusedError
from grandlivre.writing import ChangeSet, locked


class MonthOpened(NamedTuple):
    """What opening a month did: paths relative to the folder that holds ledger/, and what it finished before."""

    made: tuple[str, ...]
    kept: tuple[str, ...]
    """Files that existed already, never touched."""
    recovered: str


def open_month(main: Path, month: str) -> MonthOpened:
    """Makes the file of a month in each tree, and the narratives it ends, all or none; raises RefusedError or WriteError."""
    period = Period.parse(month)
    if period is None or len(month) != 7 or not month[5:].isdigit():
        raise RefusedError(f"« {month} » n'est pas un mois : écrivez AAAA-MM, par exemple 2026-11.")
    root = main.parent.parent
    policy = load_policy(root / "rules")
    if not policy.donors:
        raise RefusedError("Aucun bailleur n'est décrit dans rules/bailleurs/ : il n'y a pas de projet à préparer.")
    if not policy.organisation.is_open(period.start):
        raise RefusedError(
            f"{period.label} n'est dans aucun exercice ouvert : ajoutez l'exercice dans rules/organisation.yaml."
        )
    made: list[Path] = []
    kept: list[Path] = []
    with locked(root, "month") as finished:
        change = ChangeSet(root)
        for path, data in chain(month_files(main, policy, period), telling_files(main, policy, period)):
            if path.exists():
                kept.append(path)
            else:
                change.create(path, data)
                made.append(path)
        if made:
            change.commit()
    relative = [tuple(path.relative_to(root).as_posix() for path in paths) for paths in (made, kept)]
    return MonthOpened(relative[0], relative[1], finished.message if finished is not None else "")
