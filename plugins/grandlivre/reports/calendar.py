"""The calendar of what is due (calendrier): reports, statements, counts, meetings, closings, with their dates (controls §9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from grandlivre.policy.periods import Period
from grandlivre.reports.deadlines import Deadline, deadlines
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import DIRECTOR, name_of, officer
from grandlivre.reports.kit.table import Block, Column, Fact, Ref, Report, Row, Table, Text, Value, grid
from grandlivre.reports.kit.wording import day, period_label

REPORT = ReportModel(
    name="calendrier",
    title="Calendrier des échéances",
    audience=Audience.MANAGEMENT,
    whole=3,
    ahead=True,
)

DATED = ("tranche", "convention", "mandat", "decision")
"""Dates to keep in mind: nothing in the books says whether they were met."""
SENTENCES = {
    "rapport": "Rapport au bailleur : {subject}",
    "releve": "Relevé bancaire : {subject}",
    "comptage": "Comptage de caisse : {subject}",
    "decision": "Décision : {subject}",
    "cloture": "Clôture du trimestre {subject}",
    "tranche": "Tranche attendue, {subject}",
    "convention": "Dernier jour de la convention {subject}",
    "mandat": "Fin du mandat : {subject}",
}
MEETINGS = {"equipe": "Réunions d'équipe de la semaine", "direction": "Réunion de Direction"}
WHO = {"rapport": "Comptable, Directeur", "releve": "Comptable", "cloture": "Comptable", "tranche": "Directeur"}


@dataclass(frozen=True)
class Calendar:
    """What is due, and how it stands today."""

    today: date
    deadlines: tuple[Deadline, ...]

    def late(self, each: Deadline) -> bool:
        """Whether it is past its day and not done."""
        return each.kind not in DATED and each.done is None and each.day < self.today

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(each.done is not None for each in self.deadlines)

    @property
    def overdue(self) -> int:
        """How many are late."""
        return sum(self.late(each) for each in self.deadlines)


def build(context: Context) -> Calendar:
    """The deadlines of the period and of what ends in it."""
    return Calendar(context.books.today, deadlines(context))


def report(context: Context) -> Report:
    """The calendar of the organisation, or of one tree."""
    _ = context._
    facts = build(context)
    body: list[Block] = []
    if facts.deadlines:
        body.append(_table(context, facts))
    else:
        body.append(Text((_("Rien n'est dû sur cette période."),), role="warning"))
    judged = sum(each.kind not in DATED for each in facts.deadlines)
    return context.report(
        REPORT,
        facts=(
            Fact(_("Situation au"), facts.today),
            Fact(_("Faites"), facts.done, "count"),
            Fact(_("À faire"), judged - facts.done - facts.overdue, "count"),
            Fact(_("En retard"), facts.overdue, "count"),
        ),
        body=tuple(body),
        signatures=(officer(context, DIRECTOR),),
        landscape=True,
    )


def _table(context: Context, facts: Calendar) -> Table:
    _ = context._
    rows: list[Row] = []
    month = ""
    for each in facts.deadlines:
        own = Period.month(each.day)
        if own.code != month:
            month = own.code
            label = period_label(own, context.language)
            rows.append(Row({"what": label[:1].upper() + label[1:]}, role="heading"))
        rows.append(_row(context, facts, each))
    columns = (
        Column("day", _("Échéance"), "date"),
        Column("what", _("Objet"), width=46),
        Column("tree", _("Arbre"), width=11),
        Column("period", _("Pour"), width=8),
        Column("who", _("Qui"), width=22),
        Column("state", _("État"), width=24),
    )
    return grid("echeances", "", columns, rows)


def _row(context: Context, facts: Calendar, each: Deadline) -> Row:
    cells: dict[str, Value] = {
        "day": each.day,
        "what": _what(context, each),
        "tree": each.tree,
        "period": each.period,
        "who": name_of(context, each.who) if each.who else context._(WHO.get(each.kind, "")),
        "state": _state(context, facts, each),
    }
    place = each.place
    return Row(cells, refs=(Ref(place.file, place.line),) if place is not None else ())


def _what(context: Context, each: Deadline) -> str:
    if each.kind == "reunion":
        return context._(MEETINGS.get(each.subject, each.subject))
    subject = _title(context, each.subject) if each.kind == "rapport" else each.subject
    return context._(SENTENCES[each.kind]).format(subject=subject)


def _title(context: Context, model: str) -> str:
    from grandlivre.reports.catalogue import models  # the catalogue imports every report, this one too

    return context._(models()[model].title) if model in models() else model


def _state(context: Context, facts: Calendar, each: Deadline) -> str:
    _ = context._
    if each.kind in DATED:
        return ""
    if each.many is not None:
        held, expected = each.many
        said = _("{held} tenues sur {expected}").format(held=held, expected=expected)
        return f"{said} – {_('en retard')}" if facts.late(each) else said
    if each.done is not None:
        if each.kind == "releve":
            return _("saisi")
        return _("fait le {day}").format(day=day(each.done))
    if facts.late(each):
        return _("en retard de {days} j").format(days=(facts.today - each.day).days)
    return _("à faire")
