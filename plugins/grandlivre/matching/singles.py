"""One line, one movement of the same amount."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TypeVar

from grandlivre.matching.clues import Fit, LineClue, MovementClue
from grandlivre.matching.records import Evidence, Reason
from grandlivre.matching.state import Option, State

_Clue = TypeVar("_Clue", LineClue, MovementClue)


class Graph:
    """Which clues of one amount fit, within the days or by their number. Equal items share a clue and are one node."""

    def __init__(self, state: State) -> None:
        self.state = state
        by_amount: dict[int, dict[MovementClue, None]] = defaultdict(dict)
        by_number: dict[tuple[int, str], dict[MovementClue, None]] = defaultdict(dict)
        for place in state.free_movements:  # sorted by date, so each list below is too
            movement = state.movement_clues[place]
            by_amount[movement.amount][movement] = None
            for number in movement.numbers:
                by_number[movement.amount, number][movement] = None
        candidates = {amount: list(clues) for amount, clues in by_amount.items()}
        days = {amount: [clue.date for clue in clues] for amount, clues in candidates.items()}
        self.fits: dict[LineClue, dict[MovementClue, Fit]] = {}
        for place in state.free_lines:
            line = state.line_clues[place]
            if line in self.fits:
                continue
            near: dict[MovementClue, None] = {}
            for number in sorted(line.numbers):
                near.update(by_number.get((line.amount, number), {}))
            first, last = self._window(line, days.get(line.amount, []))
            near.update(dict.fromkeys(candidates.get(line.amount, [])[first:last]))
            fits = {movement: state.judge.fit(line, movement) for movement in near}
            self.fits[line] = {movement: fit for movement, fit in fits.items() if fit}

    def _window(self, line: LineClue, days: list[dt.date]) -> tuple[int, int]:
        seen = (line.date, line.value_date or line.date)
        window = self.state.judge.window
        return bisect_left(days, min(seen) - window), bisect_right(days, max(seen) + window)

    def components(self, least: Fit) -> list[tuple[list[int], list[int]]]:
        """The free lines and movements that hang together by fits of at least `least`, by position."""
        lines = _places(self.state.free_lines, self.state.line_clues)
        movements = _places(self.state.free_movements, self.state.movement_clues)
        forth, back = self._edges(least, lines, movements)
        found: list[tuple[list[int], list[int]]] = []
        seen: set[LineClue] = set()
        for start in lines:
            if start in seen or not forth[start]:
                continue
            near, far = _connected(start, forth, back)
            seen |= near
            found.append(
                (sorted(at for clue in near for at in lines[clue]), sorted(at for e in far for at in movements[e]))
            )
        return found

    def _edges(
        self, least: Fit, lines: Iterable[LineClue], movements: Container[MovementClue]
    ) -> tuple[dict[LineClue, list[MovementClue]], dict[MovementClue, list[LineClue]]]:
        """What fits each line at least so well, and each movement."""
        forth = {
            clue: [each for each, fit in self.fits[clue].items() if fit >= least and each in movements]
            for clue in lines
        }
        back: dict[MovementClue, list[LineClue]] = defaultdict(list)
        for clue, others in forth.items():
            for each in others:
                back[each].append(clue)
        return forth, back


def _places(some: Iterable[int], clues: Sequence[_Clue]) -> dict[_Clue, list[int]]:
    """Where equal items stand, by the clue they share."""
    places: dict[_Clue, list[int]] = defaultdict(list)
    for at in some:
        places[clues[at]].append(at)
    return places


def _connected(
    start: LineClue, forth: Mapping[LineClue, list[MovementClue]], back: Mapping[MovementClue, list[LineClue]]
) -> tuple[set[LineClue], set[MovementClue]]:
    """All that hangs together with a line, from line to movement and back."""
    lines, movements, queue = {start}, set[MovementClue](), [start]
    for clue in queue:
        for each in forth[clue]:
            movements.add(each)
            fresh = [other for other in back[each] if other not in lines]
            lines.update(fresh)
            queue += fresh
    return lines, movements


def match_singles(state: State, graph: Graph, least: Fit, evidence: Evidence) -> None:
    """Matches what has as many lines as movements: every pairing then matches the same set."""
    for lines, movements in graph.components(least):
        if len(lines) != len(movements):
            continue
        pairs = list(zip(lines, movements, strict=True))
        # Both are sorted by date and the window is one for all: this pairing fits whenever any pairing by date does.
        if any(state.fit(*pair) < least for pair in pairs):
            continue
        equal = len({state.line_clues[line] for line in lines}) == 1
        for some, others in [([a], [b]) for a, b in pairs] if equal else [(lines, movements)]:
            state.settle(some, others, evidence)


def open_singles(state: State, graph: Graph) -> None:
    """What still fits one to one, but not without a doubt, is left to a person."""
    for lines, movements in graph.components(Fit.OTHER_PAYEE):
        places = _places(movements, state.movement_clues)
        edges = ((line, each, fit) for line in lines for each, fit in graph.fits[state.line_clues[line]].items())
        fits = sorted((-fit, line, movement) for line, each, fit in edges for movement in places.get(each, ()))
        doubtful = fits[0][0] == -Fit.OTHER_PAYEE
        options = [Option((line,), (movement,)) for _, line, movement in fits]
        state.choose(options, Reason.OTHER_PAYEE if doubtful else Reason.EQUAL)
