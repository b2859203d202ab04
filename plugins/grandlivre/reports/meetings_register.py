"""The register of meetings (registre-rencontres): who met, who came, what was adopted, mandated and decided, and the minutes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from grandlivre.books.directives.governance import BODIES as ORDER
from grandlivre.books.directives.governance import Adoption, Meeting
from grandlivre.books.index import Books
from grandlivre.books.meetings import Quorum, quorum
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import DIRECTOR, name_of, officer
from grandlivre.reports.kit.signing import board
from grandlivre.reports.kit.table import Block, Column, Fact, Ref, Report, Row, Table, Text, Value, grid
from grandlivre.reports.kit.wording import BODIES, day, decision_state

REPORT = ReportModel(
    name="registre-rencontres",
    title="Registre des réunions",
    audience=Audience.MANAGEMENT,
    scope=MadeFor.ALL,
)

_SERIES = {"equipe": "EQ", "direction": "DIR", "bureau": "BUR", "ag": "AG"}
_YEARLY = {"programme": "programme de {year}", "comptes": "comptes de {year}"}


@dataclass(frozen=True)
class Registered:
    """A meeting under its number."""

    number: str
    """BUR-2026-02, EQ-UE-EAU-2026-10: its rank in the year among those of its body, or of its programme's team."""
    meeting: Meeting
    quorum: Quorum | None

    @property
    def ref(self) -> Ref:
        """Where it is written."""
        return Ref(self.meeting.place.file, self.meeting.place.line)


def build(context: Context) -> tuple[Registered, ...]:
    """The meetings of the period, by date; those of a tree's team when one tree is asked for."""
    tree = context.scope.tree
    return tuple(
        each
        for each in _numbered(context.books)
        if each.meeting.date in context.period
        and each.meeting.date <= context.reached
        and (not tree or each.meeting.programme == tree)
    )


def _numbered(books: Books) -> Iterator[Registered]:
    """Every meeting of the books: a number does not depend on the period or the tree that is asked for."""
    ranks: Counter[str] = Counter()
    ordered = sorted(books.directives.meetings, key=lambda each: (each.date, ORDER.index(each.body), each.programme))
    for meeting in ordered:
        team = meeting.programme if meeting.body == "equipe" else ""
        series = "-".join(filter(None, (_SERIES[meeting.body], team, f"{meeting.date.year}")))
        ranks[series] += 1
        yield Registered(f"{series}-{ranks[series]:02d}", meeting, quorum(books.policy.organisation, meeting))


def report(context: Context) -> Report:
    """The register of the organisation, or of one tree's team."""
    _ = context._
    found = build(context)
    body: list[Block] = []
    if found:
        body.append(_meetings(context, found))
    else:
        body.append(Text((_("Aucune réunion n'est inscrite pour cette période."),), role="warning"))
    if any(each.meeting.decisions for each in found):
        body.append(_decisions(context, found))
    return context.report(
        REPORT,
        facts=_facts(context, found),
        body=tuple(body),
        signatures=(officer(context, DIRECTOR), board(context)),
        landscape=True,
    )


def _facts(context: Context, found: tuple[Registered, ...]) -> tuple[Fact, ...]:
    _ = context._
    decisions = [each for one in found for each in one.meeting.decisions]
    undone = [each for each in decisions if each.done is None or each.done > context.reached]
    late = [each for each in undone if each.due is not None and each.due < context.reached]
    missed = [each for each in found if each.quorum is not None and not each.quorum.is_reached]
    return (
        Fact(_("Réunions"), len(found), "count"),
        Fact(_("Réunions sans quorum"), len(missed), "count"),
        Fact(_("Décisions"), len(decisions), "count"),
        Fact(_("À faire"), len(undone), "count"),
        Fact(_("En retard"), len(late), "count"),
    )


def _meetings(context: Context, found: tuple[Registered, ...]) -> Table:
    _ = context._
    columns = (
        Column("number", _("N°"), width=19),
        Column("date", _("Date"), "date", under="number"),
        Column("kind", _("Type"), width=12, page=False),
        Column("body", _("Réunion"), width=22),
        Column("programme", _("Programme"), width=12, under="body"),
        Column("subject", _("Objet"), width=28),
        Column("women", _("Femmes"), "count", total="sum"),
        Column("men", _("Hommes"), "count", total="sum"),
        Column("present", _("Présents nommés"), width=30),
        Column("members", _("Membres présents"), "count", page=False),
        Column("quorum_needed", _("Quorum requis"), "count", page=False),
        Column("quorum", _("Quorum"), width=18),
        Column("adopted", _("Adopté"), width=26),
        Column("mandated", _("Mandats donnés"), width=16),
        Column("document", _("Procès-verbal"), width=22),
    )
    rows = [_meeting(context, each) for each in found]
    rows.append(Row({"subject": _("Total")}, role="total", sums=range(len(rows))))
    note = _("Le numéro est le rang de la réunion dans l'année, pour son organe ou pour l'équipe de son programme.")
    return grid("meetings", _("Réunions"), columns, rows, note=note)


def _meeting(context: Context, each: Registered) -> Row:
    _, meeting = context._, each.meeting
    asked = each.quorum
    cells: dict[str, Value] = {
        "number": each.number,
        "date": meeting.date,
        "kind": meeting.body,
        "body": _(BODIES[meeting.body]),
        "programme": meeting.programme,
        "subject": meeting.subject,
        "women": meeting.women,
        "men": meeting.men,
        "present": _names(context, meeting.present),
        "members": asked.present if asked is not None else None,
        "quorum_needed": asked.needed if asked is not None else None,
        "quorum": _quorum(context, asked) if asked is not None else "",
        "adopted": ", ".join(adopted(context, one) for one in meeting.adopted),
        "mandated": _names(context, meeting.mandated),
        "document": meeting.document or _("pas de document"),
    }
    return Row(cells, refs=(each.ref,))


def _names(context: Context, people: tuple[str, ...]) -> str:
    return ", ".join(name_of(context, each) for each in people)


def _quorum(context: Context, asked: Quorum) -> str:
    _ = context._
    reached = _("atteint : {present} membres sur {size}, il en faut {needed}")
    missed = _("non atteint : {present} membres sur {size}, il en faut {needed}")
    return (reached if asked.is_reached else missed).format(**asked._asdict())


def adopted(context: Context, what: Adoption) -> str:
    """What was adopted, in words: « convention UE-2025-118 », « avenant du 01/07/2026 à UE-2025-118 », « budget 2026 de FONCT »."""
    _ = context._
    if what.addendum is not None:
        agreement, written = what.addendum
        return _("avenant du {day} à {agreement}").format(day=_day(written), agreement=agreement)
    if what.yearly is not None:
        kind, year = what.yearly
        return _(_YEARLY[kind]).format(year=year)
    named = any(what.text == each.id for donor in context.books.policy.donors.values() for each in donor.agreements)
    if what.own_budget is not None and not named:
        tree, year = what.own_budget
        return _("budget {year} de {tree}").format(year=year, tree=tree)
    return _("convention {agreement}").format(agreement=what.text)


def _day(written: str) -> str:
    try:
        return day(date.fromisoformat(written))
    except ValueError:
        return written


def _decisions(context: Context, found: tuple[Registered, ...]) -> Table:
    _ = context._
    columns = (
        Column("number", _("N°"), width=19),
        Column("date", _("Date"), "date"),
        Column("decision", _("Décision"), width=48),
        Column("who", _("Qui"), width=24, empty="—"),
        Column("due", _("Échéance"), "date", empty="—"),
        Column("done", _("Faite le"), "date", page=False),
        Column("state", _("État"), width=20),
    )
    rows = [
        Row(
            {
                "number": f"{one.number}/{rank}",
                "date": one.meeting.date,
                "decision": each.text,
                "who": name_of(context, each.who),
                "due": each.due,
                "done": each.done if each.done is not None and each.done <= context.reached else None,
                "state": decision_state(_, each, context.reached),
            },
            refs=(one.ref,),
        )
        for one in found
        for rank, each in enumerate(one.meeting.decisions, 1)
    ]
    return grid("decisions", _("Décisions"), columns, rows)
