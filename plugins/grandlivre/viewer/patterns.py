"""Regular expressions a visitor may type, and how long their work may last.

Python's `re` holds the interpreter while it matches and no thread can stop it, so a costly pattern is refused before it
runs (row S4 of the security table) and the processor time of what remains is counted between two matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from re import _parser as sre  # type: ignore[attr-defined]  # private, pinned by tests/test_fava_contract.py
from time import thread_time
from typing import Any

from grandlivre.i18n import Message
from grandlivre.sources.problem import RefusedError

LONGEST = 200
"""Characters of a pattern."""

HEAVIEST = 5000
"""Ways one place of the text may be tried: an open repetition counts 40, a choice its branches, an option 2."""

_OPEN = 40

_TOO_LONG = Message("Ce motif compte {length} caractères ; la limite est de {limit}. Raccourcissez-le.")
_TOO_COSTLY = Message(
    "Le motif « {pattern} » demanderait trop de calcul. Écrivez-le plus simplement : pas de répétition d'un groupe, "
    "pas de renvoi, deux « * » ou « + » au plus."
)
_TOO_SLOW = Message(
    "Le calcul dépasse {seconds} secondes et a été arrêté. Réduisez la période ou simplifiez la recherche."
)


def objection(pattern: str) -> str | None:
    """The French reason to refuse a pattern, or None; one that does not compile is not refused, it matches nothing."""
    if len(pattern) > LONGEST:
        return _TOO_LONG(length=len(pattern), limit=LONGEST)
    try:
        tree = sre.parse(pattern)
    except (re.error, OverflowError, RecursionError):
        return None
    return None if _ways(tree) <= HEAVIEST else _TOO_COSTLY(pattern=pattern)


def _ways(tree: Any) -> float:
    """In how many ways a pattern may try one place of a text; infinite where that grows with the text."""
    ways = 1.0
    for operation, argument in tree:
        name = str(operation)
        if name.endswith("_REPEAT"):
            ways *= _repetitions(*argument)
        elif name == "BRANCH":
            ways *= sum(_ways(branch) for branch in argument[1])
        elif name in {"SUBPATTERN", "ATOMIC_GROUP", "ASSERT", "ASSERT_NOT"}:
            ways *= _ways(argument[-1] if isinstance(argument, tuple) else argument)
        elif name.startswith("GROUPREF"):
            return float("inf")
    return ways


def _repetitions(least: int, most: Any, body: Any) -> float:
    plain = len(body) == 1 and str(body[0][0]) in {"LITERAL", "NOT_LITERAL", "ANY", "IN", "CATEGORY"}
    if plain:
        return 1.0 if least == most else min(float(int(most) - least + 1), _OPEN)
    if int(most) > 20:
        return float("inf")
    return float(max(_ways(body), 1) ** int(most) * (int(most) - least + 1))


_end: ContextVar[tuple[float, float] | None] = ContextVar("grandlivre-search-end", default=None)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Allows this thread so many seconds of processor time, never more than a limit around this one leaves.

    `still_allowed` raises RefusedError after them.
    """
    around = _end.get()
    here = (thread_time() + seconds, seconds)
    token = _end.set(here if around is None else min(around, here))
    try:
        yield
    finally:
        _end.reset(token)


def still_allowed() -> None:
    """Raises RefusedError when the innermost `time_limit` of this thread is spent."""
    end = _end.get()
    if end is not None and thread_time() > end[0]:
        raise RefusedError(_TOO_SLOW(seconds=int(end[1])))


class Timed(list[Any]):
    """A list that looks at the clock while it is read, so that a long walk over it ends."""

    def __iter__(self) -> Iterator[Any]:
        for position, item in enumerate(super().__iter__()):
            if position % 64 == 0:
                still_allowed()
            yield item
