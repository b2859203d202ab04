"""Python's garbage collector while large books are read."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def collector_off() -> Iterator[None]:
    """The garbage collector at rest while many small immutable records are made."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_LARGE = 20_000
"""A load of that many directives is worth being spared."""


def spare(entries: Sequence[Any]) -> None:
    """Takes a large load out of the collector's sight, which would walk through all of it again before the load ends.

    What an earlier load of the same process left there is given back, and collected when nobody uses it any more.
    """
    if len(entries) < _LARGE:
        return
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
    gc.freeze()
