"""One line for several movements, or several lines for one movement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Container, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from grandlivre.matching.clues import Fit, LineClue, MovementClue, Role, fold
from grandlivre.matching.records import BookMovement, Evidence, Line, Reason
from grandlivre.matching.singles import Graph
from grandlivre.matching.state import LookUp, Option, State
from grandlivre.matching.subsets import subsets

_PAYEE_POOL, _PAYEE_PARTS = 16, 6
_LONE_POOL, _LONE_PARTS = 24, 3
_ENOUGH = 12

Proposals = dict[tuple[str, int], tuple[list[Option], bool]]
"""For each target, what may explain it and whether the search saw everything."""


def number_sums(state: State) -> None:
    """A number that stands on several lines, or several numbers on one line, when the whole adds up."""
    lines_of, movements_of = (
        _by_number(state.free_lines, state.line_clues),
        _by_number(state.free_movements, state.movement_clues),
    )
    for movement in list(state.free_movements):
        clue = state.movement_clues[movement]
        named = {at for at in _named(clue, lines_of, state.free_lines) if state.fit(at, movement) == Fit.NUMBER}
        if _add_up(named, state.line_clues, clue.amount):
            state.settle(named, [movement], Evidence.NUMBER_SUM)
    for line in list(state.free_lines):
        said = state.line_clues[line]
        known = {at for at in _named(said, movements_of, state.free_movements) if state.fit(line, at) == Fit.NUMBER}
        if _add_up(known, state.movement_clues, said.amount):
            state.settle([line], known, Evidence.NUMBER_SUM)


def _by_number(free: Iterable[int], clues: Sequence[LineClue | MovementClue]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for at in free:
        for number in clues[at].numbers:
            places[number].append(at)
    return places


def _named(clue: LineClue | MovementClue, by_number: Mapping[str, list[int]], free: Container[int]) -> set[int]:
    """What is still free and carries one of the clue's numbers."""
    return {at for number in clue.numbers for at in by_number.get(number, ()) if at in free}


def _add_up(parts: Collection[int], clues: Sequence[LineClue | MovementClue], whole: int) -> bool:
    """Whether there are several parts, and they make the whole."""
    return len(parts) > 1 and sum(clues[at].amount for at in parts) == whole


def payee_sums(state: State, graph: Graph) -> None:
    """Lines or movements that share the payee's words, within the days, and add up in one way only."""
    lines_for, movements_for = state.same_payee()
    proposals = _proposals(state, lines_for, movements_for, _PAYEE_POOL, _PAYEE_PARTS)
    rivals = _rivals(state, graph, proposals) if proposals else {}
    for options, sure in _clusters(proposals):
        singles = [
            each for target, (mine, _) in proposals.items() if mine[0] in options for each in rivals.get(target, ())
        ]
        if sure and not singles:
            state.settle(*options[0], Evidence.PAYEE_SUM)
        else:
            state.choose([*options, *singles], Reason.SINGLE_OR_SUM if singles else Reason.SEVERAL_SUMS)


def _rivals(state: State, graph: Graph, proposals: Proposals) -> dict[tuple[str, int], list[Option]]:
    """What might explain a target alone, one to one."""
    found: dict[tuple[str, int], list[Option]] = {}
    for lines, movements in graph.components(Fit.AMOUNT):
        for line in lines:
            if ("line", line) in proposals:
                found["line", line] = [Option((line,), (at,)) for at in movements if state.fit(line, at) >= Fit.AMOUNT]
        for movement in movements:
            if ("movement", movement) in proposals:
                some = [at for at in lines if state.fit(at, movement) >= Fit.AMOUNT]
                found["movement", movement] = [Option((at,), (movement,)) for at in some]
    return found


def fee_sums(state: State) -> None:
    """An operation and the fee taken with it stand in one row of the statement: the books may hold them as one movement."""
    rows: dict[int, list[int]] = defaultdict(list)
    for line in state.free_lines:
        rows[state.lines[line].row].append(line)
    proposals: Proposals = {}
    for lines in rows.values():
        whole = sum(state.lines[each].amount for each in lines)
        found = [
            Option(tuple(lines), (movement,))
            for movement in state.free_movements
            if len(lines) > 1 and state.movements[movement].amount == whole and _pays_a_fee(state, lines, movement)
        ]
        if found:
            proposals["line", lines[0]] = (found, True)
    for options, sure in _clusters(proposals):
        if sure:
            state.settle(*options[0], Evidence.FEE_SUM)
        else:
            state.choose(options, Reason.SEVERAL_SUMS)


def _pays_a_fee(state: State, lines: Sequence[int], movement: int) -> bool:
    """Whether the movement may be the operation of that row; its fee, the bank's own, only has to be near."""
    clue = state.movement_clues[movement]
    return all(
        state.judge.perhaps(state.line_clues[each], clue)
        if state.line_clues[each].special
        else state.fit(each, movement, Role.SPLIT) >= Fit.AMOUNT
        for each in lines
    )


def batch_sums(state: State) -> None:
    """Sums without a word in common. Certain when one day's batch alone explains the target; else shown."""
    lines_for, movements_for = state.near()
    proposals = _proposals(state, lines_for, movements_for, _LONE_POOL, _LONE_PARTS, cut=False)
    for target, option in _whole_days(state, lines_for, movements_for):
        options, complete = proposals.setdefault(target, ([], True))
        if option not in options:
            proposals[target] = ([*options, option], complete)
    for options, sure in _clusters(proposals):
        if sure and _one_day(state, options[0]):
            state.settle(*options[0], Evidence.DAY_SUM)
        else:
            state.choose(options, Reason.SEVERAL_SUMS if len(options) > 1 else Reason.LONE_SUM)


def _proposals(
    state: State,
    lines_for: LookUp,
    movements_for: LookUp,
    pool: int,
    parts: int,
    *,
    cut: bool = True,
) -> Proposals:
    """What adds up to each free line and each free movement, searched among the nearest `pool` candidates.

    With `cut` false, a target with more candidates than that is not searched at all: too much would add up by chance.
    """
    found: Proposals = {}
    bounds = _Bounds(pool, parts, cut)
    for line in state.free_lines:
        own = state.lines[line]
        sums, complete = _sums(own, state.movements, movements_for(line), bounds, partial(state.fit, line))
        if sums:
            found["line", line] = ([Option((line,), each) for each in sums], complete)
    for movement in state.free_movements:
        target = state.movements[movement]
        sums, complete = _sums(target, state.lines, lines_for(movement), bounds, partial(_fit_to, state, movement))
        if sums:
            found["movement", movement] = ([Option(each, (movement,)) for each in sums], complete)
    return found


def _fit_to(state: State, movement: int, line: int) -> Fit:
    return state.fit(line, movement)


class _Bounds(NamedTuple):
    """How far a sum is searched."""

    pool: int
    parts: int
    cut: bool


def _sums(
    target: Line | BookMovement,
    others: Sequence[Line | BookMovement],
    near: Iterable[int],
    bounds: _Bounds,
    fit: Callable[[int], Fit],
) -> tuple[list[tuple[int, ...]], bool]:
    """The parts that add up to a target, the nearest days first, and whether every candidate was looked at."""
    way = 1 if target.amount > 0 else -1
    candidates = sorted(
        (abs((target.date - others[at].date).days), at)
        for at in near
        if 0 < others[at].amount * way < abs(target.amount)
    )
    complete = len(candidates) <= bounds.pool
    if not complete and not bounds.cut:
        return [], False
    kept = [at for _, at in candidates[: bounds.pool]]
    sets = subsets(target.amount, [others[at].amount for at in kept], most=bounds.parts, enough=_ENOUGH)
    named = {at for _, at in candidates if fit(at) == Fit.NUMBER}
    options = (tuple(sorted(kept[place] for place in each)) for each in sets)
    whole = [option for option in options if named.issubset(option)]  # what a number names is never left out
    return whole, complete and len(sets) < _ENOUGH


def _clusters(proposals: Proposals) -> list[tuple[list[Option], bool]]:
    """Options that touch one another, together; sure when there is exactly one and the search saw everything."""
    owner: dict[tuple[str, int], int] = {}
    groups: dict[int, tuple[list[Option], bool]] = {}
    for rank, (options, complete) in enumerate(proposals.values()):
        merged, sure = list(options), complete
        for other in sorted({owner[each] for each in _touched(options) if each in owner}):
            before, known = groups.pop(other)
            merged, sure = [*before, *(each for each in merged if each not in before)], sure and known
        groups[rank] = (merged, sure)
        owner.update(dict.fromkeys(_touched(merged), rank))
    return [(options, sure and len(options) == 1) for options, sure in groups.values()]


def _touched(options: Iterable[Option]) -> set[tuple[str, int]]:
    lines = {("line", at) for option in options for at in option.lines}
    return lines | {("movement", at) for option in options for at in option.movements}


def _whole_days(state: State, lines_for: LookUp, movements_for: LookUp) -> list[tuple[tuple[str, int], Option]]:
    """Everything of one day, or of one day and wording, that adds up to a line or a movement: a batch."""
    found: list[tuple[tuple[str, int], Option]] = []
    for line in state.free_lines:
        near = movements_for(line)
        for batch in _batches(near, lambda at: state.movements[at].date, lambda at: state.movements[at].text):
            if _add_up(batch, state.movement_clues, state.lines[line].amount):
                found.append((("line", line), Option((line,), batch)))
    for movement in state.free_movements:
        near = lines_for(movement)
        for batch in _batches(near, lambda at: state.lines[at].date, lambda at: state.lines[at].text):
            if _add_up(batch, state.line_clues, state.movements[movement].amount):
                found.append((("movement", movement), Option(batch, (movement,))))
    return found


def _batches(
    places: Iterable[int], day: Callable[[int], Hashable], text: Callable[[int], str]
) -> dict[tuple[int, ...], None]:
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for at in places:
        groups[day(at)].append(at)
        groups[day(at), fold(text(at))].append(at)
    return dict.fromkeys(tuple(sorted(group)) for group in groups.values() if len(group) > 1)


def _one_day(state: State, option: Option) -> bool:
    if len(option.lines) > 1:
        return len({state.lines[at].date for at in option.lines}) == 1
    return len({state.movements[at].date for at in option.movements}) == 1
