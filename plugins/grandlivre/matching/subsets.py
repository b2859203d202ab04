"""Which few amounts add up to a total: a bounded, deterministic search."""

from __future__ import annotations

from collections.abc import Sequence


def subsets(total: int, amounts: Sequence[int], *, most: int, enough: int) -> list[tuple[int, ...]]:
    """The first `enough` sets of 2 to `most` positions of `amounts` that add up to `total`, the earliest positions first.

    Amounts and total have the same sign. The cost is bounded by the caller's choice of few amounts.
    """
    total, sizes = abs(total), [abs(amount) for amount in amounts]
    rest = [0] * (len(sizes) + 1)  # what all later positions together can still add
    for place in range(len(sizes) - 1, -1, -1):
        rest[place] = rest[place + 1] + sizes[place]
    found: list[tuple[int, ...]] = []

    def search(start: int, left: int, taken: tuple[int, ...]) -> None:
        if left == 0:
            if len(taken) >= 2:
                found.append(taken)
            return
        if len(taken) == most:
            return
        for place in range(start, len(sizes)):
            if rest[place] < left or len(found) >= enough:
                return
            if sizes[place] <= left:
                search(place + 1, left - sizes[place], (*taken, place))

    search(0, total, ())
    return found
