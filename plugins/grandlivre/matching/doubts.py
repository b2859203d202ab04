"""A second look at what was matched without a number, in the light of what is left over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from grandlivre.matching.clues import Fit, Role
from grandlivre.matching.records import Evidence, Reason
from grandlivre.matching.state import Matched, Option, State

_WEAK = (Evidence.PAYEE, Evidence.AMOUNT)


def older(state: State) -> None:
    """An older movement of the same amount and payee still waits: the bank may be late, so nobody knows which came."""
    matches = _unproved(state)
    waiting: dict[Matched, list[int]] = defaultdict(list)
    for movement in state.free_movements:
        clue = state.movement_clues[movement]
        for matched in matches.get(clue.amount, ()):
            best = max(state.judge.fit(state.line_clues[line], clue, whenever=True) for line in matched.lines)
            if best >= min(state.fit(*pair) for pair in zip(matched.lines, matched.movements, strict=True)):
                waiting[matched].append(movement)
    for matched, movements in waiting.items():
        movements = [*matched.movements, *(each for each in movements if each in state.free_movements)]
        if len(movements) > len(matched.movements):
            state.matches.remove(matched)
            state.choose([Option((line,), (each,)) for line in matched.lines for each in movements], Reason.OLDER)


def single_or_sum(state: State) -> None:
    """A left-over line and movement differ by exactly one matched amount that proves no better: it may be a part."""
    matches = _unproved(state)
    named, near = state.same_payee()[1], state.near()[1]
    for line in list(state.free_lines):
        for movement in sorted({*named(line), *near(line)}):
            if line not in state.free_lines or movement not in state.free_movements:
                continue
            doubted = _wholes(state, matches, line, movement)
            for matched, _ in doubted:
                state.matches.remove(matched)
                matches[state.lines[matched.lines[0]].amount].remove(matched)
            if doubted:
                every = [each for t, whole in doubted for each in (whole, Option(t.lines, t.movements))]
                state.choose(every, Reason.SINGLE_OR_SUM)


def _unproved(state: State) -> dict[int, list[Matched]]:
    """The matches that no number proves, by their amount."""
    found: dict[int, list[Matched]] = defaultdict(list)
    for matched in state.matches:
        if matched.evidence in _WEAK:
            found[state.lines[matched.lines[0]].amount].append(matched)
    return found


def _wholes(
    state: State, matches: Mapping[int, list[Matched]], line: int, movement: int
) -> list[tuple[Matched, Option]]:
    """The matches of one line that may be the part which a line and a movement differ by, each with the whole it makes."""
    gap = state.movements[movement].amount - state.lines[line].amount
    if not gap:
        return []
    more, less = ([each for each in matches.get(part, ()) if len(each.lines) == 1] for part in (gap, -gap))
    wholes = [(t, Option(tuple(sorted((line, *t.lines))), (movement,))) for t in more]
    wholes += [(t, Option((line,), tuple(sorted((movement, *t.movements))))) for t in less]
    return [(t, whole) for t, whole in wholes if _as_good(state, t, whole)]


def perhaps_booked(state: State) -> None:
    """A left-over line whose amount the books hold near its day, under whatever payee or account: never a new entry.

    The movement may be free, held by a choice made before, or taken by a match that no number proves; what that match may
    be instead is looked at in turn.
    """
    for line in list(state.free_lines):
        lines, movements, undone = _reached(state, line)
        ends = [each for each in movements if each in state.free_movements]
        held = state.held(movements)
        if line not in state.free_lines or not (ends or held):
            continue
        for matched in undone:
            state.matches.remove(matched)
        pairs = [Option((at,), (each,)) for at in lines for each in movements if _may_be(state, at, each)]
        if held:
            state.join(held[0], pairs)
        else:
            state.choose(pairs, Reason.PERHAPS_BOOKED)


def _reached(state: State, line: int) -> tuple[list[int], list[int], list[Matched]]:
    """The lines and movements of one amount that hang together with a line, through matches that no number proves."""
    amount = state.line_clues[line].amount
    matches = _unproved(state)[amount]
    alike = [each for each, clue in enumerate(state.movement_clues) if clue.amount == amount]
    open_ = [each for each in alike if each in state.free_movements or state.held((each,))]
    lines, movements, undone = [line], dict[int, None](), list[Matched]()
    for at in lines:
        for matched in tuple(matches):
            if any(_may_be(state, at, each) for each in matched.movements):
                matches.remove(matched)
                undone.append(matched)
                lines += matched.lines
                movements.update(dict.fromkeys(matched.movements))
        movements.update(dict.fromkeys(each for each in open_ if _may_be(state, at, each)))
    return lines, list(movements), undone


def _may_be(state: State, line: int, movement: int) -> bool:
    return state.judge.booked_already(state.line_clues[line], state.movement_clues[movement])


def _as_good(state: State, matched: Matched, whole: Option) -> bool:
    """Whether the whole is proved at least as well as the match: one sign, and the payee's words where the match had them."""
    amounts = [state.lines[at].amount for at in whole.lines] + [state.movements[at].amount for at in whole.movements]
    if not (all(amount > 0 for amount in amounts) or all(amount < 0 for amount in amounts)):
        return False
    role = Role.SPLIT if len(whole.lines) > 1 else Role.MERGED
    least = Fit.SOME_WORDS if matched.evidence is Evidence.PAYEE else Fit.AMOUNT
    return all(state.fit(line, movement, role) >= least for line in whole.lines for movement in whole.movements)
