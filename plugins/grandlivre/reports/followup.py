"""What programmes did in a period: activities against what was planned, indicators, people, cost, meetings, open decisions.

An activity belongs to the period of its last day, a charge to that of its entry, a meeting to that of its day and a week to
that of its Sunday: quarters add up to halves, halves to the year, for every count, person and cost.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from grandlivre.books.budget import Charge
from grandlivre.books.directives.governance import STAGES, ActivityStep, Decision, Meeting
from grandlivre.books.index import Books
from grandlivre.books.meetings import Slot, meetings, owed
from grandlivre.policy.periods import Period
from grandlivre.policy.programmes import Activity, Indicator, Programme
from grandlivre.reports.kit.context import Context

BODIES = ("direction", "bureau", "ag")
"""The bodies of the whole organisation, in the order they are shown."""


@dataclass(frozen=True, slots=True)
class People:
    """Participants, each time they came, and those never counted before."""

    women: int
    men: int
    new_women: int
    new_men: int

    @classmethod
    def of(cls, steps: Iterable[ActivityStep]) -> People:
        """All those of some steps."""
        counted = [(step.women, step.men, step.new_women, step.new_men) for step in steps]
        return cls(*(sum(column) for column in zip(*counted, strict=True))) if counted else cls(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ActivityDone:
    """An activity of a programme over a period."""

    tree: str
    code: str
    label: str
    planned: int | None
    """How many were planned in the period; None when its calendar says nothing of it."""
    steps: tuple[ActivityStep, ...]
    """Those that ended in the period."""
    spent: tuple[Charge, ...]
    """What the period charged to it."""
    budget: int | None
    """The budget of its lines, whole francs; None when it names none."""

    @property
    def people(self) -> People:
        """Who came."""
        return People.of(self.steps)

    @property
    def cost(self) -> int:
        """What the period spent on it, whole francs."""
        return sum(charge.amount for charge in self.spent)


@dataclass(frozen=True, slots=True)
class IndicatorReached:
    """An indicator at the end of a period."""

    tree: str
    activity: str
    label: str
    unit: str
    baseline: Decimal | None
    target: Decimal | None
    period: Decimal | None
    """What the period's activities brought; None when none measured it."""
    cumulative: Decimal | None
    """Since the target counts, up to the period's end."""

    @property
    def rate(self) -> Decimal | None:
        """Reached / target, four decimals; None without a target."""
        if not self.target or self.cumulative is None:
            return None
        return (self.cumulative / self.target).quantize(Decimal("0.0001"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class MeetingsHeld:
    """The meetings of a body, or of a programme's team, in a period."""

    body: str
    programme: str
    expected: int | None
    """How many the organisation owes itself; None when it asks for none."""
    meetings: tuple[Meeting, ...]
    slots: tuple[Slot, ...]

    @property
    def held(self) -> int:
        """The slots that had their meeting; without any rhythm, the meetings."""
        if self.expected is None:
            return len(self.meetings)
        return sum(any(meeting.date in slot for meeting in self.meetings) for slot in self.slots)


@dataclass(frozen=True, slots=True)
class OpenDecision:
    """A decision not done on the situation day."""

    meeting: Meeting
    rank: int
    decision: Decision


@dataclass(frozen=True)
class FollowUp:
    """The activity of a tree, or of the organisation, over a period."""

    activities: tuple[ActivityDone, ...]
    indicators: tuple[IndicatorReached, ...]
    meetings: tuple[MeetingsHeld, ...]
    decisions: tuple[OpenDecision, ...]

    @cached_property
    def steps(self) -> tuple[ActivityStep, ...]:
        """Everything that ended in the period, by date."""
        every = [step for each in self.activities for step in each.steps]
        return tuple(sorted(every, key=lambda step: (step.end, step.tree, step.code, step.place)))

    def of_stage(self, stage: str) -> tuple[ActivityStep, ...]:
        """The steps of one stage of the project."""
        return tuple(step for step in self.steps if step.stage == stage)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell: no programme, activity or meeting."""
        return not (self.activities or any(each.meetings or each.expected for each in self.meetings))


def follow_up(context: Context) -> FollowUp:
    """The facts of the scope's tree, or of every tree and body, up to the period's end."""
    books, tree = context.books, context.scope.tree
    trees = (tree,) if tree else books.trees
    reader = _Reader(books, context.period, context.reached)
    return FollowUp(
        tuple(each for code in trees for each in reader.activities(code)),
        tuple(each for code in trees for each in reader.indicators(code)),
        tuple(reader.meetings(tree)),
        tuple(reader.decisions(tree)),
    )


def _day(charge: Charge) -> date:
    return charge.entry.date


@dataclass(frozen=True)
class _Reader:
    books: Books
    period: Period
    reached: date

    def programmes(self, tree: str) -> list[Programme]:
        return [each for each in self.books.policy.programmes if each.donor == tree]

    def steps(self, tree: str) -> list[ActivityStep]:
        return [each for each in self.books.directives.activities if each.tree == tree and each.end <= self.reached]

    # --- activities -------------------------------------------------------------------------------------------------

    def activities(self, tree: str) -> Iterator[ActivityDone]:
        """Those the programmes describe, in their order, then those that only directives or entries name."""
        steps: dict[str, list[ActivityStep]] = {}
        for step in self.steps(tree):
            if step.end in self.period:
                steps.setdefault(step.code, []).append(step)
        spent: dict[str, list[Charge]] = {}
        charged = self.books.charges_by_tree.get(tree, ())
        end = bisect_right(charged, min(self.period.end, self.reached), key=_day)
        for charge in charged[bisect_left(charged, self.period.start, key=_day) : end]:
            if charge.activity:
                spent.setdefault(charge.activity, []).append(charge)
        described = [activity for programme in self.programmes(tree) for activity in programme.activities]
        for activity in described:
            done, paid = tuple(steps.pop(activity.code, ())), tuple(spent.pop(activity.code, ()))
            planned, budget = activity.planned_in(self.period), self._budget(tree, activity)
            yield ActivityDone(tree, activity.code, activity.label, planned, done, paid, budget)
        for code in sorted(steps.keys() | spent.keys()):
            done, paid = tuple(steps.get(code, ())), tuple(spent.get(code, ()))
            yield ActivityDone(tree, code, done[0].label if done else code, None, done, paid, None)

    def _budget(self, tree: str, activity: Activity) -> int | None:
        """What the agreements in force at the period's end grant to its lines."""
        if not activity.lines:
            return None
        currency, day = self.books.policy.currency, min(self.period.end, self.reached)
        found = 0
        for agreement in self.books.tree_agreements(tree):
            if agreement.on(day):
                lines = agreement.budget_at(day)
                found += sum(
                    agreement.in_francs(lines[code].total, day, currency) for code in activity.lines if code in lines
                )
        return found

    # --- indicators -------------------------------------------------------------------------------------------------

    def indicators(self, tree: str) -> Iterator[IndicatorReached]:
        """Each indicator that the programmes promise, in their order."""
        steps = self.steps(tree)
        for programme in self.programmes(tree):
            first = programme.start or date.min
            for activity in programme.activities:
                own = [step for step in steps if step.code == activity.code]
                for indicator in activity.indicators:
                    yield self._reached(tree, activity, indicator, own, first)

    def _reached(
        self, tree: str, activity: Activity, indicator: Indicator, steps: Sequence[ActivityStep], first: date
    ) -> IndicatorReached:
        since = indicator.target.since(self.reached, first) if indicator.target is not None else first
        return IndicatorReached(
            tree,
            activity.code,
            indicator.label,
            indicator.unit,
            indicator.baseline,
            indicator.target.at(self.reached) if indicator.target is not None else None,
            _gathered(indicator, [step for step in steps if step.end in self.period]),
            _gathered(indicator, [step for step in steps if step.end >= since]),
        )

    # --- meetings ---------------------------------------------------------------------------------------------------

    def meetings(self, tree: str) -> Iterator[MeetingsHeld]:
        """The teams', then the bodies' when the whole organisation is asked for."""
        for programme in self.books.policy.programmes:
            if tree in ("", programme.donor):
                yield self._held("equipe", programme)
        if not tree:
            for body in BODIES:
                yield self._held(body, None)

    def _held(self, body: str, programme: Programme | None) -> MeetingsHeld:
        code = programme.donor if programme is not None else ""
        every = owed(self.books, body, programme, self.reached)
        asked = tuple(slot for slot in every or () if slot.end in self.period)
        own = tuple(
            each for each in self._met(body, programme) if each.date in self.period or _in_any(asked, each.date)
        )
        return MeetingsHeld(body, code, len(asked) if every is not None else None, own, asked)

    def _met(self, body: str, programme: Programme | None) -> Iterator[Meeting]:
        for meeting in meetings(self.books, body):
            if meeting.date <= self.reached and (programme is None or meeting.programme == programme.donor):
                yield meeting

    def decisions(self, tree: str) -> Iterator[OpenDecision]:
        """Those not done on the situation day, the first due first."""
        found = [
            OpenDecision(meeting, rank, each)
            for meeting in self.books.directives.meetings
            if meeting.date <= self.reached and (not tree or meeting.programme == tree)
            for rank, each in enumerate(meeting.decisions, 1)
            if each.done is None or each.done > self.reached
        ]
        yield from sorted(found, key=lambda each: (each.decision.due or date.max, each.meeting.date, each.rank))


def _in_any(asked: Sequence[Slot], day: date) -> bool:
    """Whether a day falls in one of some slots: the week that ends in a period may begin before it."""
    return any(day in slot for slot in asked)


def _gathered(indicator: Indicator, steps: Sequence[ActivityStep]) -> Decimal | None:
    """The values that steps brought to an indicator, as it accumulates; None when none measured it."""
    dated = sorted(steps, key=lambda step: (step.end, step.place))
    values = [each.value for step in dated for each in step.measures if each.indicator == indicator.label]
    if not values:
        return None
    match indicator.accumulation:
        case "somme":
            return sum(values, Decimal(0))
        case "dernier":
            return values[-1]
        case "maximum":
            return max(values)


def participation(facts: FollowUp) -> Iterator[tuple[str, tuple[ActivityStep, ...]]]:
    """Each stage of a project with its steps of the period, in the order of the stages; those without a stage last."""
    for stage in (*STAGES, ""):
        steps = facts.of_stage(stage)
        if stage or steps:
            yield stage, steps
