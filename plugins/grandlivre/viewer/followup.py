"""The page of the follow-up: activities, meetings, decisions, parity and community bodies, as reports and controls count them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from grandlivre.books.directives.governance import ActivityStep, CommunityBody, Meeting
from grandlivre.books.index import Books
from grandlivre.books.meetings import Slot, held
from grandlivre.books.parity import Share, elected, is_missed, shares
from grandlivre.books.records import Place
from grandlivre.i18n import in_words
from grandlivre.render.format import Format
from grandlivre.render.page import Drawing, bar
from grandlivre.reports.activity_report import STAGES, bar_of
from grandlivre.reports.asked import Asked
from grandlivre.reports.duties import not_held
from grandlivre.reports.execution import ratio
from grandlivre.reports.followup import (
    ActivityDone,
    FollowUp,
    IndicatorReached,
    MeetingsHeld,
    OpenDecision,
    People,
    follow_up,
)
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.viewer import papers
from grandlivre.viewer.papers import Paper

_FORM = Format()
_GROUPS = {
    "personnel": "Personnel",
    "recrutements": "Recrutements de l'année",
    "organe": "",
    "participants": "Participants aux activités de l'année",
    "communautes": "Organes élus par les communautés",
}
"""What each group of the parity is called; an organ is called by its own name."""


class StepRow(NamedTuple):
    """Something done, with the file that proves it."""

    step: ActivityStep
    stage: str
    paper: Paper | None


class IndicatorRow(NamedTuple):
    """An indicator with its bar, where a bar can be drawn."""

    indicator: IndicatorReached
    drawing: Drawing | None


class ActivityRow(NamedTuple):
    """An activity of the days asked for."""

    activity: ActivityDone
    steps: tuple[StepRow, ...]
    """The latest first."""
    indicators: tuple[IndicatorRow, ...]


class TreeRow(NamedTuple):
    """The activities of a tree."""

    tree: str
    name: str
    place: Place | None
    """Where its programme is written."""
    activities: tuple[ActivityRow, ...]

    @property
    def cost(self) -> int:
        """What the days spent on them."""
        return sum(row.activity.cost for row in self.activities)


class MeetingRow(NamedTuple):
    """A meeting that was held, with its minutes."""

    meeting: Meeting
    paper: Paper | None


class BodyRow(NamedTuple):
    """The meetings of a body: owed, held, missing."""

    held: MeetingsHeld
    meetings: tuple[MeetingRow, ...]
    """The latest first."""
    missing: tuple[Slot, ...]


class DecisionRow(NamedTuple):
    """A decision not done."""

    open: OpenDecision
    late: int
    """Days after its day; 0 when it is not late."""
    paper: Paper | None


class ParityRow(NamedTuple):
    """A rate of women with its two counts."""

    label: str
    share: Share
    missed: bool

    @property
    def rate(self) -> Decimal | None:
        """Women / both."""
        return ratio(self.share.women, self.share.total)


class CommunityRow(NamedTuple):
    """A body that a community elected, with the minutes of its election."""

    body: CommunityBody
    paper: Paper | None


class FollowUpSheet(NamedTuple):
    """Everything the page says."""

    facts: FollowUp
    people: People
    planned: int | None
    trees: tuple[TreeRow, ...]
    bodies: tuple[BodyRow, ...]
    decisions: tuple[DecisionRow, ...]
    parity: tuple[ParityRow, ...]
    communities: tuple[CommunityRow, ...]

    @property
    def cost(self) -> int:
        """What the days spent on activities."""
        return sum(row.cost for row in self.trees)

    @property
    def late(self) -> int:
        """How many decisions are late."""
        return sum(row.late > 0 for row in self.decisions)

    @property
    def missing(self) -> int:
        """How many meetings were owed and not held."""
        return sum(len(row.missing) for row in self.bodies)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to follow."""
        return self.facts.is_empty and not self.decisions and not self.communities


def sheet(books: Books, asked: Asked) -> FollowUpSheet:
    """The follow-up of the days and trees asked for."""
    facts = facts_of(books, asked)
    planned = [each.planned for each in facts.activities if each.planned is not None]
    return FollowUpSheet(
        facts,
        People.of(facts.steps),
        sum(planned) if planned else None,
        tuple(_trees(books, asked, facts)),
        tuple(_body(books, each) for each in facts.meetings if each.expected or each.meetings),
        tuple(_decision(books, asked, each) for each in facts.decisions),
        tuple(_parity(books, asked)),
        tuple(
            CommunityRow(body, _paper(books, "Procès-verbal", body.document))
            for body in elected(books, asked.day)
            if body.tree in asked.trees
        ),
    )


def facts_of(books: Books, asked: Asked) -> FollowUp:
    """What the reports know of the days asked for: the whole organisation, else its trees one after another."""
    scopes = [Scope()] if asked.whole else [Scope(tree) for tree in asked.trees]
    found = [follow_up(Context(books, scope, asked.period)) for scope in scopes]
    decisions = sorted(
        chain.from_iterable(each.decisions for each in found),
        key=lambda each: (each.decision.due or date.max, each.meeting.date, each.rank),
    )
    return FollowUp(
        tuple(chain.from_iterable(each.activities for each in found)),
        tuple(chain.from_iterable(each.indicators for each in found)),
        tuple(chain.from_iterable(each.meetings for each in found)),
        tuple(decisions),
    )


def _trees(books: Books, asked: Asked, facts: FollowUp) -> Iterable[TreeRow]:
    programmes = {each.donor: each for each in reversed(books.policy.programmes)}
    for tree in asked.trees:
        own = tuple(_activity(books, each, facts) for each in facts.activities if each.tree == tree)
        programme = programmes.get(tree)
        if own:
            place = books.programme_place(programme) if programme is not None else None
            yield TreeRow(tree, programme.name if programme is not None else "", place, own)


def _activity(books: Books, each: ActivityDone, facts: FollowUp) -> ActivityRow:
    steps = sorted(each.steps, key=lambda step: (step.end, step.place), reverse=True)
    return ActivityRow(
        each,
        tuple(
            StepRow(step, STAGES[step.stage] if step.stage else "", _paper(books, "Document", step.document))
            for step in steps
        ),
        tuple(
            IndicatorRow(one, _drawing(one))
            for one in facts.indicators
            if (one.tree, one.activity) == (each.tree, each.code)
        ),
    )


def _drawing(indicator: IndicatorReached) -> Drawing | None:
    drawn = bar_of(indicator)
    return bar(drawn, _FORM, "") if drawn is not None else None


def _body(books: Books, each: MeetingsHeld) -> BodyRow:
    meetings = sorted(each.meetings, key=lambda meeting: meeting.date, reverse=True)
    missing = not_held(held(each.slots, each.meetings))
    return BodyRow(each, tuple(_meeting(books, meeting) for meeting in meetings), missing)


def _meeting(books: Books, meeting: Meeting) -> MeetingRow:
    return MeetingRow(meeting, _paper(books, "Procès-verbal", meeting.document))


def _decision(books: Books, asked: Asked, each: OpenDecision) -> DecisionRow:
    due = each.decision.due
    late = max(0, (asked.day - due).days) if due is not None else 0
    return DecisionRow(each, late, _paper(books, "Procès-verbal", each.meeting.document))


def _parity(books: Books, asked: Asked) -> Iterable[ParityRow]:
    """Each group asked for that counts somebody; the organisation's own belong to no tree."""
    aim = books.policy.organisation.parity
    for share in shares(books, asked.day):
        of_a_tree = share.group in ("participants", "communautes")
        if share.total and (asked.whole or (of_a_tree and share.subject in asked.trees)):
            name = _GROUPS[share.group] or in_words(share.subject)
            label = f"{name}, {share.subject}" if of_a_tree else name
            yield ParityRow(label, share, aim is not None and is_missed(share, aim))


def _paper(books: Books, label: str, path: str) -> Paper | None:
    return papers.paper(books, label, path) if path else None
