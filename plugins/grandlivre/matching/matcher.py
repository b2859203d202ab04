"""The order of the passes, from the strongest proof to the weakest, each over what is still free."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from grandlivre.matching.clues import Fit
from grandlivre.matching.doubts import older, perhaps_booked, single_or_sum
from grandlivre.matching.records import BookMovement, Discrepancy, Evidence, Line, Match, Matching, Outstanding
from grandlivre.matching.singles import Graph, match_singles, open_singles
from grandlivre.matching.state import State
from grandlivre.matching.sums import batch_sums, fee_sums, number_sums, payee_sums

WINDOW_DAYS = 7


def match(
    lines: Sequence[Line],
    movements: Sequence[BookMovement],
    *,
    window_days: int = WINDOW_DAYS,
    as_of: dt.date | None = None,
    decided: Sequence[Match] = (),
) -> Matching:
    """Matches the lines of a statement with the unticked movements of its account, dated up to the statement's end.

    `window_days`: how far apart, before or after, a line and a movement without a common number may be dated.
    `as_of`: the day ages are counted to; the latest date given when None. `decided`: what a person chose from an
    earlier matching of the same lists; it is certain and everything else is matched around it. The order of the two
    lists does not matter. Two movements with one key, or a decided match that does not add up, raise ValueError.
    """
    if len({movement.key for movement in movements}) != len(movements):
        raise ValueError("two movements have the same key")
    state = State(lines, movements, window_days)
    _apply(state, decided)
    graph = Graph(state)
    match_singles(state, graph, Fit.NUMBER, Evidence.NUMBER)
    number_sums(state)
    match_singles(state, graph, Fit.ALL_WORDS, Evidence.PAYEE)
    match_singles(state, graph, Fit.SOME_WORDS, Evidence.PAYEE)
    payee_sums(state, graph)
    match_singles(state, graph, Fit.AMOUNT, Evidence.AMOUNT)
    open_singles(state, graph)
    fee_sums(state)
    batch_sums(state)
    older(state)
    single_or_sum(state)
    perhaps_booked(state)
    day = as_of or max((*(line.date for line in lines), *(each.date for each in movements)), default=dt.date.min)
    return Matching(
        tuple(sorted((*decided, *map(state.match, state.matches)), key=lambda t: (t.lines[0].date, t.lines[0].row))),
        tuple(sorted(state.choices, key=lambda choice: (choice.lines[0].date, choice.lines[0].row))),
        tuple(state.lines[each] for each in state.free_lines),
        tuple(
            Outstanding(state.movements[each], (day - state.movements[each].date).days) for each in state.free_movements
        ),
        tuple(_discrepancies(state)),
    )


def _apply(state: State, decided: Sequence[Match]) -> None:
    places: dict[Line, list[int]] = defaultdict(list)
    for place in reversed(state.free_lines):
        places[state.lines[place]].append(place)
    keys = {movement.key: place for place, movement in enumerate(state.movements)}
    for chosen in decided:
        if sum(line.amount for line in chosen.lines) != sum(movement.amount for movement in chosen.movements):
            raise ValueError("a decided match does not add up")
        state.take([places[line].pop() for line in chosen.lines], [keys[each.key] for each in chosen.movements])


def _discrepancies(state: State) -> list[Discrepancy]:
    by_number: dict[str, list[int]] = defaultdict(list)
    for movement in state.free_movements:
        for number in sorted(state.movement_clues[movement].numbers):
            by_number[number].append(movement)
    found: dict[tuple[int, int], None] = {}
    for line in state.free_lines:
        for number in sorted(state.line_clues[line].strong):
            found.update(dict.fromkeys((line, movement) for movement in by_number.get(number, ())))
    return [Discrepancy(state.lines[line], state.movements[movement]) for line, movement in found]
