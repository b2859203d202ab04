"""One matching under way: what is still free, what is matched, what a person must choose."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from grandlivre.matching.clues import Fit, Judge, LineClue, MovementClue, Role, line_clue, movement_clue
from grandlivre.matching.records import BookMovement, Choice, Evidence, Line, Match, Reason

LookUp: TypeAlias = Callable[[int], list[int]]
"""From the position of a line to those of movements, or the reverse."""

_CROWD = 300
"""More free neighbours than this within the days prove nothing by their sum: they are not looked at."""
_OPTIONS, _FEW = 12, 5
"""No more options are shown for one choice, and few where each is a sum or an older movement: nobody reads the thirteenth."""
_LIKELY = frozenset({Reason.EQUAL, Reason.OTHER_PAYEE, Reason.PERHAPS_BOOKED})


class Matched(NamedTuple):
    """A match by positions."""

    lines: tuple[int, ...]
    movements: tuple[int, ...]
    evidence: Evidence


class Option(NamedTuple):
    """A possible match by positions."""

    lines: tuple[int, ...]
    movements: tuple[int, ...]


class State:
    """Lines and movements are positions in sorted lists, so that the outcome never depends on the order given."""

    def __init__(self, lines: Sequence[Line], movements: Sequence[BookMovement], window_days: int) -> None:
        self.lines = sorted(lines, key=lambda each: (each.date, each.row, each.amount, each.text))
        self.movements = sorted(movements, key=lambda each: (each.date, each.key))
        self.line_clues = [line_clue(each) for each in self.lines]
        self.movement_clues = [movement_clue(each) for each in self.movements]
        self.judge = Judge(self.line_clues, self.movement_clues, window_days)
        self.free_lines = dict.fromkeys(range(len(self.lines)))
        self.free_movements = dict.fromkeys(range(len(self.movements)))
        self.matches: list[Matched] = []
        self.choices: list[Choice] = []
        self._fits: dict[tuple[LineClue, MovementClue, Role], Fit] = {}

    def fit(self, line: int, movement: int, role: Role = Role.SINGLE) -> Fit:
        """How well they fit, amounts apart; equal items are judged once."""
        clues = (self.line_clues[line], self.movement_clues[movement], role)
        found = self._fits.get(clues)
        if found is None:
            found = self._fits[clues] = self.judge.fit(*clues)
        return found

    def settle(self, lines: Iterable[int], movements: Iterable[int], evidence: Evidence) -> None:
        """Matches them together."""
        matched = Matched(tuple(sorted(lines)), tuple(sorted(movements)), evidence)
        self.matches.append(matched)
        self.take(matched.lines, matched.movements)

    def take(self, lines: Iterable[int], movements: Iterable[int]) -> None:
        """Nothing may use them any more."""
        for line in lines:
            self.free_lines.pop(line, None)
        for movement in movements:
            self.free_movements.pop(movement, None)

    def choose(self, options: Sequence[Option], reason: Reason) -> None:
        """Leaves the options to a person; everything they touch is set aside."""
        lines = sorted({line for option in options for line in option.lines})
        movements = sorted({movement for option in options for movement in option.movements})
        kept = self._nearest(options, _OPTIONS if reason in _LIKELY else _FEW)
        self.choices.append(
            Choice(
                tuple(self.lines[each] for each in lines),
                tuple(self.movements[each] for each in movements),
                tuple(self.match(Matched(*option, Evidence.DECIDED)) for option in kept),
                reason,
                len(options) - len(kept),
            )
        )
        self.take(lines, movements)

    def _nearest(self, options: Sequence[Option], most: int) -> list[Option]:
        """Those of the fewest parts and the nearest days, in the order given."""

        def far(place: int) -> tuple[int, int, int]:
            lines, movements = options[place]
            days = [abs((self.lines[a].date - self.movements[b].date).days) for a in lines for b in movements]
            return len(lines) + len(movements), max(days), place

        return [options[place] for place in sorted(sorted(range(len(options)), key=far)[:most])]

    def held(self, movements: Iterable[int]) -> list[int]:
        """Which of the choices made so far hold one of some movements."""
        keys = {self.movements[each].key for each in movements}
        return [
            place for place, choice in enumerate(self.choices) if any(each.key in keys for each in choice.movements)
        ]

    def join(self, place: int, options: Sequence[Option]) -> None:
        """Adds options to a choice made before; all they touch is set aside with it."""
        choice = self.choices[place]
        lines = {line: None for option in options for line in option.lines}
        movements = {each: None for option in options for each in option.movements}
        known = {each.key for each in choice.movements}
        more = [self.movements[each] for each in movements if self.movements[each].key not in known]
        own = sorted((*choice.lines, *(self.lines[each] for each in lines)), key=lambda each: (each.date, each.row))
        self.choices[place] = choice._replace(
            lines=tuple(own),
            movements=tuple(sorted((*choice.movements, *more), key=lambda each: (each.date, each.key))),
            options=(*choice.options, *(self.match(Matched(*each, Evidence.DECIDED)) for each in options))[:_OPTIONS],
            more=choice.more + max(0, len(choice.options) + len(options) - _OPTIONS),
        )
        self.take(lines, movements)

    def match(self, matched: Matched) -> Match:
        """The match with the records themselves."""
        lines = tuple(self.lines[each] for each in matched.lines)
        return Match(lines, tuple(self.movements[each] for each in matched.movements), matched.evidence)

    def same_payee(self) -> tuple[LookUp, LookUp]:
        """Two look-ups over what is free now: the lines that may be parts of a movement by payee or number, the reverse."""
        lines_of: dict[str, list[int]] = {}
        movements_of: dict[str, list[int]] = {}
        for line in self.free_lines:
            for word in _tokens(self.line_clues[line]):
                lines_of.setdefault(word, []).append(line)
        for movement in self.free_movements:
            for word in _tokens(self.movement_clues[movement]):
                movements_of.setdefault(word, []).append(movement)

        def lines(movement: int) -> list[int]:
            common = {at for word in _tokens(self.movement_clues[movement]) for at in lines_of.get(word, ())}
            return sorted(at for at in common if self.fit(at, movement, Role.SPLIT) >= Fit.SOME_WORDS)

        def movements(line: int) -> list[int]:
            common = {at for word in _tokens(self.line_clues[line]) for at in movements_of.get(word, ())}
            return sorted(at for at in common if self.fit(line, at, Role.MERGED) >= Fit.SOME_WORDS)

        return lines, movements

    def near(self) -> tuple[LookUp, LookUp]:
        """Two look-ups over what is free now: the lines that fit a movement within the days, and the reverse."""
        free_lines, free_movements = list(self.free_lines), list(self.free_movements)
        line_days = [self.lines[at].date for at in free_lines]
        movement_days = [self.movements[at].date for at in free_movements]
        window = self.judge.window

        def lines(movement: int) -> list[int]:
            day = self.movements[movement].date
            some = free_lines[bisect_left(line_days, day - window) : bisect_right(line_days, day + window)]
            return [] if len(some) > _CROWD else [at for at in some if self.fit(at, movement) >= Fit.AMOUNT]

        def movements(line: int) -> list[int]:
            day = self.lines[line].date
            some = free_movements[bisect_left(movement_days, day - window) : bisect_right(movement_days, day + window)]
            return [] if len(some) > _CROWD else [at for at in some if self.fit(line, at) >= Fit.AMOUNT]

        return lines, movements


def _tokens(clue: LineClue | MovementClue) -> frozenset[str]:
    """Words and numbers; words have no digits, numbers always have one."""
    return clue.words | clue.numbers
