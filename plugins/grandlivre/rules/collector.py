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


@contextmanager
def kept_apart() -> Iterator[None]:
    """The same while books that stay are read; the collector does not look at them afterwards.

    Nothing in them refers to itself, so that they go when nobody uses them any more; what requests left is collected now.
    """
    gc.unfreeze()
    gc.collect(1)
    with collector_off():
        try:
            yield
        finally:
            gc.freeze()


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
