"""The balances of a statement: each follows from the one before it, in the order in which the bank moved the money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from grandlivre.i18n import day, integer
from grandlivre.importers.statement import StatementLine
from grandlivre.sources.problem import Problem

_Step = tuple[StatementLine, ...]
"""What one row of the file moved: a line, or a line and its fees; the last one carries the balance."""
_LONGEST_STATEMENT = 400
"""No bank prints more than a year, and a little, on one statement: days."""


def chained(
    path: Path, opening: int | None, closing: int | None, lines: Sequence[StatementLine], problems: list[Problem]
) -> tuple[int | None, int | None]:
    """The opening and closing balances, each running balance checked against the amounts before it."""
    running, last_row = opening, 1
    waiting = 0  # amounts before any balance is known
    for line in lines:
        waiting += line.amount
        if running is not None:
            running += line.amount
        if line.balance is not None:
            if running is None:
                opening, running = line.balance - waiting, line.balance
            elif running != line.balance:
                said = (
                    f"Le solde imprimé est {integer(line.balance)} ; avec les montants depuis la ligne {last_row}, "
                    f"{integer(running)} est attendu (écart {integer(line.balance - running)}). "
                    "Une ligne manque, est en double ou a été modifiée : exportez le relevé de nouveau."
                )
                problems.append(Problem(path, line.row, said))
                running = line.balance
            last_row = line.row
    if running is not None and closing is not None and running != closing:
        said = (
            f"Le solde final imprimé est {integer(closing)} ; le solde de départ et les {len(lines)} opérations "
            f"donnent {integer(running)} (écart {integer(closing - running)}). "
            "Une ligne manque ou est en trop : exportez le relevé de nouveau."
        )
        problems.append(Problem(path, lines[-1].row if lines else 1, said))
    if running is None and closing is not None:
        opening, running = closing - waiting, closing
    return opening, running


def proved(opening: int | None, closing: int | None, lines: Sequence[StatementLine]) -> bool:
    """Whether the amounts are counted between two printed balances, the last of them after the last line."""
    printed = sum(line.balance is not None for line in lines) + (opening is not None) + (closing is not None)
    last = closing is not None or (bool(lines) and lines[-1].balance is not None)
    return last and printed >= 2


def in_order(opening: int | None, lines: Sequence[StatementLine]) -> Sequence[StatementLine]:
    """The lines in the order in which their balances follow one another; as they stand when no order explains them all."""
    if _follow(opening, lines):
        return lines
    turned = oldest_first(lines)
    if _follow(opening, turned):
        return turned
    return _by_day(opening, lines) or lines


def oldest_first(lines: Sequence[StatementLine]) -> list[StatementLine]:
    """The rows turned round; a line and its fees, which share a row, stay in that order."""
    return sorted(lines, key=lambda line: -line.row)


def too_far(path: Path, lines: Sequence[StatementLine], problems: list[Problem]) -> None:
    """Refuses days years apart, of operation or of value: a digit of a year is wrong."""
    days = [(each, line.row) for line in lines for each in (line.date, line.value_date) if each is not None]
    if not days:
        return
    (first, first_row), (last, last_row) = min(days), max(days)
    if (last - first).days > _LONGEST_STATEMENT:
        said = f"Les dates iraient du {day(first)} (ligne {first_row}) au {day(last)} (ligne {last_row}) : une année est fausse."
        problems.append(Problem(path, last_row, f"{said} Corrigez la date, ou exportez le relevé de nouveau."))


def _follow(opening: int | None, lines: Iterable[StatementLine]) -> bool:
    running = opening
    for line in lines:
        running = None if running is None else running + line.amount
        if line.balance is not None:
            if running is not None and running != line.balance:
                return False
            running = line.balance
    return True


def _by_day(opening: int | None, lines: Sequence[StatementLine]) -> list[StatementLine] | None:
    """The days in order, the lines of each in the order of their balances; None when a day has none."""
    steps = [tuple(group) for _, group in groupby(lines, key=lambda line: line.row)]
    if any(step[-1].balance is None for step in steps):
        return None
    found: list[StatementLine] = []
    running = opening
    for _, group in groupby(sorted(steps, key=lambda step: step[0].date), key=lambda step: step[0].date):
        trail = _trail(list(group), running)
        if trail is None:
            return None
        found += [line for step in trail for line in step]
        running = found[-1].balance
    return found


def _trail(steps: list[_Step], start: int | None) -> list[_Step] | None:
    """Every step once, each from the balance where the one before it ended (an Eulerian trail); None when there is none."""
    leaving: dict[int, list[_Step]] = defaultdict(list)
    surplus: dict[int, int] = defaultdict(int)
    for step in reversed(steps):
        before, after = _ends(step)
        leaving[before].append(step)
        surplus[before] += 1
        surplus[after] -= 1
    if start is None:
        start = next((balance for balance, more in surplus.items() if more > 0), _ends(steps[0])[0])
    stack: list[tuple[int, _Step]] = [(start, ())]
    trail: list[_Step] = []
    while stack:
        at, step = stack[-1]
        if leaving[at]:
            following = leaving[at].pop()
            stack.append((_ends(following)[1], following))
        else:
            trail.append(step)
            stack.pop()
    found = trail[-2::-1]
    return found if len(found) == len(steps) and _follow(start, [line for step in found for line in step]) else None


def _ends(step: _Step) -> tuple[int, int]:
    """The balances before and after a step that prints its own."""
    after = step[-1].balance or 0
    return after - sum(line.amount for line in step), after
