"""The calendar of what is due (calendrier): reports, statements, counts, advances, meetings, closings, with their dates (controls §9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from grandlivre.policy.periods import Period
from grandlivre.reports.deadlines import DUTIES, Deadline, deadlines, overdue
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import DIRECTOR, name_of, officer
from grandlivre.reports.kit.table import Block, Column, Event, Fact, Ref, Report, Row, Table, Text, Value, grid
from grandlivre.reports.kit.wording import day, period_label

REPORT = ReportModel(
    name="calendrier",
    title="Calendrier des échéances",
    audience=Audience.MANAGEMENT,
    whole=3,
    ahead=True,
)

SENTENCES = {
    "rapport": "Rapport au bailleur : {subject}",
    "interne": "Rapport interne : {subject}",
    "releve": "Relevé bancaire : {subject}",
    "comptage": "Comptage de caisse : {subject}",
    "avance": "Avance à justifier : {subject}",
    "decision": "Décision : {subject}",
    "cloture": "Clôture : {subject}",
    "tranche": "Tranche attendue, {subject}",
    "convention": "Dernier jour de la convention {subject}",
    "mandat": "Fin du mandat : {subject}",
}
MEETINGS = {"equipe": "Réunions d'équipe de la semaine", "direction": "Réunion de Direction"}
POWERS = {
    "signature-bancaire": "signature à la banque",
    "autorisation": "autorisation des dépenses",
    "controle-caisse": "contrôle de la caisse",
    "tenue-caisse": "tenue de la caisse",
}
WHO = {"rapport": "Comptable, Directeur", "releve": "Comptable", "cloture": "Comptable", "tranche": "Directeur"}


@dataclass(frozen=True)
class Calendar:
    """What is due, and how it stands today."""

    today: date
    deadlines: tuple[Deadline, ...]
    """Of the period, less what is late."""
    late: tuple[Deadline, ...]
    """Since the books began, the oldest first."""

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(each.kind in DUTIES and each.is_done(self.today) for each in self.deadlines)

    @property
    def open(self) -> int:
        """How many are not done, and not late."""
        return sum(each.kind in DUTIES and not each.is_done(self.today) for each in self.deadlines)

    @property
    def overdue(self) -> int:
        """How many are late."""
        return len(self.late)


def build(context: Context) -> Calendar:
    """The deadlines of the period and of what ends in it; before them all that is late, whenever it was due."""
    today = context.books.today
    listed = tuple(each for each in deadlines(context) if not each.is_late(today))
    return Calendar(today, listed, overdue(context.books, context.scope.tree, today))


def report(context: Context) -> Report:
    """The calendar of the organisation, or of one tree."""
    _ = context._
    facts = build(context)
    body: list[Block] = []
    if facts.deadlines or facts.late:
        body.append(_table(context, facts))
    else:
        body.append(Text((_("Rien n'est dû sur cette période."),), role="warning"))
    return context.report(
        REPORT,
        facts=(
            Fact(_("Situation au"), facts.today),
            Fact(_("En retard"), facts.overdue, "count"),
            Fact(_("À faire"), facts.open, "count"),
            Fact(_("Faites"), facts.done, "count"),
        ),
        body=tuple(body),
        signatures=(officer(context, DIRECTOR),),
        landscape=True,
        events=tuple(_events(context, facts)),
    )


def _table(context: Context, facts: Calendar) -> Table:
    _ = context._
    rows: list[Row] = []
    if facts.late:
        rows.append(Row({"what": _("En retard")}, role="heading"))
        rows += (_row(context, facts, each) for each in facts.late)
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
        Column("tree", _("Projet"), width=11),
        Column("period", _("Pour"), width=8),
        Column("who", _("Qui"), width=22),
        Column("state", _("État"), width=24),
    )
    return grid("echeances", "", columns, rows)


def _row(context: Context, facts: Calendar, each: Deadline) -> Row:
    cells: dict[str, Value] = {
        "day": each.day,
        "what": what(context, each),
        "tree": each.tree,
        "period": each.period,
        "who": name_of(context, each.who) if each.who else context._(WHO.get(each.kind, "")),
        "state": _state(context, facts, each),
    }
    place = each.place
    return Row(cells, refs=(Ref(place.file, place.line),) if place is not None else ())


def _events(context: Context, facts: Calendar) -> Iterator[Event]:
    """Each deadline once, under an identifier that does not depend on its day, its state or the period asked for."""
    _, own = context._, context.books.policy.organisation
    books = own.books_id or _digest((own.acronym, own.name))
    seen: Counter[tuple[str, ...]] = Counter()
    for each in (*facts.late, *facts.deadlines):
        words = each.identity
        seen[words] += 1
        if seen[words] > 1:
            words = (*words, f"{seen[words]}")
        late = each.is_late(facts.today)
        said = what(context, each) + (f" ({each.tree})" if each.tree else "")
        who = name_of(context, each.who) if each.who else _(WHO.get(each.kind, ""))
        lines = ((_("Qui"), who), (_("Pour"), each.period), (_("État"), _state(context, facts, each)))
        yield Event(
            f"{_digest(words)}@{books}",
            each.day,
            f"{_('En retard')} : {said}" if late else said,
            "\n".join(f"{label} : {text}" for label, text in lines if text),
            late,
        )


def _digest(words: tuple[str, ...]) -> str:
    return sha256("\n".join(words).encode()).hexdigest()[:32]


def what(context: Context, each: Deadline) -> str:
    """The obligation in words: « Relevé bancaire : Banque BDM », « Rapport interne : Suivi budgétaire »."""
    if each.kind == "reunion":
        return context._(MEETINGS.get(each.subject, each.subject))
    kind, subject = str(each.kind), each.subject
    match each.kind:
        case "rapport":
            subject = _title(context, subject)
            kind = "interne" if _is_own(context, each.tree) else kind
        case "releve" | "comptage":
            subject = context.account_words(context.books.accounts[subject])
        case "cloture":
            period = Period.parse(subject)
            subject = period_label(period, context.language) if period is not None else subject
        case "mandat":
            subject = context._(POWERS.get(subject, subject))
    return context._(SENTENCES[kind]).format(subject=subject)


def _is_own(context: Context, tree: str) -> bool:
    donor = context.books.donor(tree)
    return donor is not None and all(each.financing == "ressources-propres" for each in donor.agreements)


def _title(context: Context, model: str) -> str:
    from grandlivre.reports.catalogue import model_named  # the catalogue imports every report, this one too

    known = model_named(model, context.books.policy)
    return context._(known.title) if known is not None else model


def _state(context: Context, facts: Calendar, each: Deadline) -> str:
    """Where it stands; what can be missed says how late it is."""
    _, today = context._, facts.today
    days = (today - each.day).days
    past, done = days > 0, each.is_done(today)
    if each.many is not None:
        held, expected = each.many
        said = _("{held} tenues sur {expected}")
        if held < expected and past:
            said = _("{held} tenues sur {expected} : il en manque {missed}")
        return said.format(held=held, expected=expected, missed=expected - held)
    before, after, met = {
        "tranche": (_("attendue"), _("attendue depuis {days} j"), _("reçue le {day}")),
        "convention": (_("en cours"), _("fini"), ""),
        "mandat": (_("en cours"), _("fini"), ""),
        "avance": (_("à justifier"), _("en retard de {days} j"), _("justifiée le {day}")),
        "releve": (_("à faire"), _("en retard de {days} j"), _("saisi")),
        "reunion": (_("à tenir"), _("non tenue"), _("tenue le {day}")),
    }.get(each.kind, (_("à faire"), _("en retard de {days} j"), _("fait le {day}")))
    said = met if done else after if past else before
    return said.format(days=days, day=day(each.done) if each.done is not None else "")
