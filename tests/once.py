"""What several test modules build alike is built once a process: a fixture that two modules import is two fixtures to pytest."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def once(build: Callable[P, T]) -> Callable[P, T]:
    """The same, built at the first call; whoever changes what comes out copies it first."""
    made: list[T] = []

    @wraps(build)
    def kept(*given: P.args, **named: P.kwargs) -> T:
        if not made:
            made.append(build(*given, **named))
        return made[0]

    return kept
