"""The activity report (rapport-activites): what was done against what was planned, for whom, at what cost (SYCEBNL art. 16-3)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from grandlivre.books.directives.governance import ActivityStep
from grandlivre.policy.people import folded
from grandlivre.policy.periods import Period
from grandlivre.reports.followup import (
    ActivityDone,
    FollowUp,
    IndicatorReached,
    MeetingsHeld,
    People,
    follow_up,
    participation,
)
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import DIRECTOR, name_of, officer, signer
from grandlivre.reports.kit.signing import board
from grandlivre.reports.kit.table import (
    Bar,
    Bars,
    Block,
    Column,
    Fact,
    Ref,
    Report,
    Row,
    Signature,
    Table,
    Text,
    Value,
    grid,
)
from grandlivre.reports.kit.tellings import Telling, telling
from grandlivre.reports.kit.wording import BODIES, day, decision_state

REPORT = ReportModel(
    name="rapport-activites",
    title="Rapport d'activités",
    audience=Audience.DONOR,
    routine=14,
    whole=4,
)

STAGES = {
    "identification": "Identification",
    "planification": "Planification",
    "execution": "Exécution",
    "suivi": "Suivi",
    "evaluation": "Évaluation",
    "": "Étape non dite",
}
LAW = (
    "Situation de l'entité",
    "Évolution prévisible",
    "Trésorerie",
    "Événements survenus après la clôture",
)
"""What a yearly report states (SYCEBNL art. 16-3)."""


def report(context: Context) -> Report:
    """The activities of one tree, or of the organisation."""
    _ = context._
    facts, told = follow_up(context), telling(context)
    body: list[Block] = [*_narrative(context, told), *_told_of_activities(facts, told)]
    if facts.is_empty:
        said = _("Aucun programme, aucune activité et aucune réunion ne sont inscrits pour cette période.")
        body.append(Text((said,), role="warning"))
    if facts.activities:
        body += [activities(context, facts), *_indicators(context, facts), _stages(context, facts)]
    if any(each.meetings or each.expected for each in facts.meetings):
        body.append(meetings(context, facts))
    if facts.decisions:
        body.append(decisions(context, facts))
    people = People.of(facts.steps)
    return context.report(
        REPORT,
        facts=(
            Fact(_("Activités tenues"), len(facts.steps), "count"),
            Fact(_("Femmes"), people.women, "count"),
            Fact(_("Hommes"), people.men, "count"),
            Fact(_("Comptés pour la première fois"), people.new_women + people.new_men, "count"),
            Fact(_("Coût des activités"), sum(each.cost for each in facts.activities)),
        ),
        body=tuple(body),
        annexes=(_sources(context, facts.steps),) if facts.steps else (),
        signatures=_signatures(context),
        landscape=True,
    )


def _signatures(context: Context) -> tuple[Signature, ...]:
    lead = next((each.lead for each in context.books.policy.programmes if each.donor == context.scope.tree), None)
    writer = (signer(context, "Rédigé par", lead),) if lead is not None else ()
    return (*writer, officer(context, DIRECTOR), board(context))


def is_yearly(period: Period) -> bool:
    """Whether it is a year's, which the law gives four headings."""
    return period.code.isdigit()


def _narrative(context: Context, told: Telling) -> list[Block]:
    """What people wrote; a year's report says which of its four headings nobody wrote."""
    _ = context._
    yearly = is_yearly(context.period)
    opening = told.opening if yearly else told.general
    found: list[Block] = [Text(opening, title=_("Récit de la période"))] if opening else []
    if not yearly:
        return found
    for heading in LAW:
        written = told.section(heading)
        missing = _("Rien n'est écrit sous ce titre (ledger/recits/{path}).").format(path=told.path)
        found.append(Text(written, title=_(heading)) if written else Text((missing,), title=_(heading), role="warning"))
    other = [title for title in told.sections if folded(title) not in map(folded, LAW)]
    found += [Text(told.sections[title], title=title) for title in other if told.sections[title]]
    return found


def _told_of_activities(facts: FollowUp, told: Telling) -> list[Block]:
    """What people wrote under the code of an activity."""
    found = ((each, told.of("", each.code)) for each in facts.activities)
    return [Text((words,), title=f"{each.code} {each.label}") for each, words in found if words]


def activities(context: Context, facts: FollowUp) -> Table:
    """What was done of each activity, for whom and at what cost."""
    _ = context._
    people = _("Participants")
    new = _("Comptés pour la première fois")
    columns = (
        *_whose(context),
        Column("code", _("Activité"), width=8),
        Column("label", _("Intitulé"), width=32),
        Column("planned", _("Prévues"), "count", total="sum", empty="—"),
        Column("done", _("Tenues"), "count", total="sum"),
        Column("women", _("Femmes"), "count", total="sum", group=people),
        Column("men", _("Hommes"), "count", total="sum", group=people),
        Column("new_women", _("Femmes"), "count", total="sum", group=new),
        Column("new_men", _("Hommes"), "count", total="sum", group=new),
        Column("cost", _("Coût de la période"), "money", total="sum"),
        Column("budget", _("Budget de ses lignes"), "money", empty="—"),
    )
    rows = [_activity(context, each) for each in facts.activities]
    rows.append(Row({"label": _("Total")}, role="total", sums=range(len(rows))))
    note = _(
        "Une activité compte à la période de son dernier jour. Le coût est celui des écritures qui la nomment ; plusieurs "
        "activités peuvent partager une ligne budgétaire, dont le budget est écrit en face de chacune et ne s'additionne pas."
    )
    return grid("activities", _("Activités"), columns, rows, note=note)


def _whose(context: Context) -> tuple[Column, ...]:
    """The project of each row, when there are several."""
    return () if context.scope.tree else (Column("tree", context._("Projet"), width=11),)


def _activity(context: Context, each: ActivityDone) -> Row:
    people = each.people
    return Row(
        {
            "tree": each.tree,
            "code": each.code,
            "label": each.label,
            "planned": each.planned,
            "done": len(each.steps),
            "women": people.women,
            "men": people.men,
            "new_women": people.new_women,
            "new_men": people.new_men,
            "cost": each.cost,
            "budget": each.budget,
        },
        refs=(
            *(Ref(step.place.file, step.place.line) for step in each.steps),
            *dict.fromkeys(context.ref(charge.entry) for charge in each.spent),
        ),
    )


def _indicators(context: Context, facts: FollowUp) -> list[Block]:
    if not facts.indicators:
        return []
    _ = context._
    columns = (
        *_whose(context),
        Column("activity", _("Activité"), width=8),
        Column("label", _("Indicateur"), width=30),
        Column("unit", _("Unité"), width=14),
        Column("baseline", _("Référence"), "quantity", empty="—"),
        Column("target", _("Cible"), "quantity", empty="—"),
        Column("period", _("Période"), "quantity", empty="—"),
        Column("cumulative", _("Cumul"), "quantity", empty="—"),
        Column("rate", _("Atteint"), "percent", formula=Formula("cumulative / target"), empty="—"),
    )
    rows = [
        Row(
            {
                "tree": each.tree,
                "activity": each.activity,
                "label": each.label,
                "unit": each.unit,
                "baseline": each.baseline,
                "target": each.target,
                "period": each.period,
                "cumulative": each.cumulative,
                "rate": each.rate,
            }
        )
        for each in facts.indicators
    ]
    bars = tuple(drawn for each in facts.indicators if (drawn := bar_of(each)) is not None)
    table = grid("indicators", _("Indicateurs"), columns, rows)
    return [table, *([Bars(bars, title=_("Atteint de la cible"))] if bars else [])]


def bar_of(each: IndicatorReached) -> Bar | None:
    """What is reached of the target; None without a target, a measure, or when one of them is no whole number."""
    reached, target = each.cumulative, each.target
    if not target or reached is None or not (_is_whole(reached) and _is_whole(target)):
        return None
    label = f"{each.label} ({each.tree} {each.activity})"
    return Bar(label, int(reached), int(target), counted=each.unit or each.label)


def _is_whole(value: Decimal) -> bool:
    return value == value.to_integral_value()


def _stages(context: Context, facts: FollowUp) -> Table:
    _ = context._
    columns = (
        Column("stage", _("Étape du projet"), width=22),
        Column("done", _("Activités"), "count", total="sum"),
        Column("women", _("Femmes"), "count", total="sum"),
        Column("men", _("Hommes"), "count", total="sum"),
        Column("share", _("Part des femmes"), "percent", formula=Formula("women / (women + men)"), empty="—"),
    )
    rows = []
    for stage, steps in participation(facts):
        people = People.of(steps)
        cells: dict[str, Value] = {
            "stage": _(STAGES[stage]),
            "done": len(steps),
            "women": people.women,
            "men": people.men,
        }
        rows.append(Row(cells, refs=tuple(Ref(step.place.file, step.place.line) for step in steps)))
    rows.append(Row({"stage": _("Total")}, role="total", sums=range(len(rows))))
    return grid("stages", _("Participation aux étapes du projet"), columns, rows)


def meetings(context: Context, facts: FollowUp) -> Table:
    """The meetings owed and held."""
    _ = context._
    columns = (
        Column("kind", _("Type"), width=12, page=False),
        Column("body", _("Réunion"), width=24),
        Column("programme", _("Programme"), width=12, empty="—"),
        Column("expected", _("Dues"), "count", empty="—"),
        Column("held", _("Tenues"), "count"),
        Column("missed", _("Manquent"), "count", formula=Formula("expected - held"), empty="—"),
    )
    rows = [_meeting(context, each) for each in facts.meetings if each.meetings or each.expected]
    note = _("Deux réunions dans une même semaine n'en remplacent pas une autre ; une semaine compte à son dimanche.")
    return grid("meetings", _("Réunions"), columns, rows, note=note)


def _meeting(context: Context, each: MeetingsHeld) -> Row:
    return Row(
        {
            "body": context._(BODIES[each.body]),
            "kind": each.body,
            "programme": each.programme,
            "expected": each.expected,
            "held": each.held,
        },
        refs=tuple(Ref(meeting.place.file, meeting.place.line) for meeting in each.meetings),
    )


def decisions(context: Context, facts: FollowUp) -> Table:
    """The decisions not done."""
    _ = context._
    columns = (
        Column("due", _("Échéance"), "date", empty="—"),
        Column("decision", _("Décision"), width=44),
        Column("who", _("Qui"), width=22),
        Column("meeting", _("Réunion"), width=26),
        Column("state", _("État"), width=20),
    )
    rows = []
    for each in facts.decisions:
        meeting = each.meeting
        rows.append(
            Row(
                {
                    "due": each.decision.due,
                    "decision": each.decision.text,
                    "who": name_of(context, each.decision.who),
                    "meeting": f"{_(BODIES[meeting.body])}, {day(meeting.date)}",
                    "state": decision_state(_, each.decision, context.reached),
                },
                refs=(Ref(meeting.place.file, meeting.place.line),),
            )
        )
    return grid("decisions", _("Décisions à exécuter"), columns, rows)


def _sources(context: Context, steps: Sequence[ActivityStep]) -> Table:
    _ = context._
    columns = (
        Column("date", _("Date"), "date"),
        *_whose(context),
        Column("code", _("Activité"), width=8),
        Column("label", _("Intitulé"), width=34),
        Column("location", _("Lieu"), width=14),
        Column("women", _("Femmes"), "count", total="sum"),
        Column("men", _("Hommes"), "count", total="sum"),
        Column("document", _("Liste de présence ou compte rendu"), width=34),
    )
    rows = [
        Row(
            {
                "date": step.end,
                "tree": step.tree,
                "code": step.code,
                "label": step.label,
                "location": step.location,
                "women": step.women,
                "men": step.men,
                "document": step.document or _("pas de document"),
            },
            refs=(Ref(step.place.file, step.place.line),),
        )
        for step in steps
    ]
    rows.append(Row({"label": _("Total")}, role="total", sums=range(len(rows))))
    return grid("sources", _("Activités de la période et leurs documents"), columns, rows)
