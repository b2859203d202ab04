"""The yearly pack for the general assembly (rapport-ag): what was done, what it cost, what is put to the vote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from grandlivre.books.adoptions import adoptions, budget_texts
from grandlivre.books.directives.governance import Meeting
from grandlivre.books.index import Books
from grandlivre.books.records import Place
from grandlivre.policy.donors import OWN_TREE, Agreement
from grandlivre.policy.people import Mandate
from grandlivre.policy.periods import Period
from grandlivre.reports import budget_proposal, management_report, waivers
from grandlivre.reports.calendar import POWERS
from grandlivre.reports.execution import Execution
from grandlivre.reports.followup import ActivityDone, FollowUp, People, follow_up
from grandlivre.reports.holdings import AVAILABLE, Holdings, holdings, together
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import DIRECTOR, name_of, officer
from grandlivre.reports.kit.signing import board
from grandlivre.reports.kit.table import Block, Column, Fact, Ref, Report, Row, Table, Text, grid
from grandlivre.reports.kit.wording import amount_in_figures, day
from grandlivre.reports.yearly_budget import AgreementBudget, YearBudget, year_budget

REPORT = ReportModel(
    name="rapport-ag",
    title="Rapport à l'assemblée générale",
    audience=Audience.MANAGEMENT,
    scope=MadeFor.ALL,
)

_BOX = "□"
"""To tick, or to write a number in."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """Something the assembly is asked, and how it stands."""

    text: str
    state: str
    document: str = ""
    place: Place | None = None
    """Of what adopted it, else of what asks for it."""


@dataclass(frozen=True)
class AssemblyPack:
    """A year before the assembly."""

    follow_up: FollowUp
    executions: tuple[tuple[str, Execution], ...]
    findings: waivers.Findings
    treasury: tuple[tuple[str, Holdings], ...]
    """At the year's end, or on the last day reached."""
    budget: YearBudget
    """Of the next year."""
    resolutions: tuple[Resolution, ...]


def build(context: Context) -> AssemblyPack:
    """The facts of a year, of the organisation or of one tree, each from where the other reports take it."""
    books, scope = context.books, context.scope.tree
    trees = (scope,) if scope else books.trees
    budget = year_budget(books, scope, context.period.end.year + 1)
    return AssemblyPack(
        follow_up(context),
        tuple(run for tree in trees for run in management_report.budgets(context, tree)),
        waivers.build(context),
        tuple((tree, holdings(books, tree, context.reached)) for tree in trees),
        budget,
        tuple(_Agenda(context, budget).resolutions()),
    )


def report(context: Context) -> Report:
    """The pack of a year; of a shorter period, its activity and the resolutions of its year."""
    _ = context._
    facts = build(context)
    body: list[Block] = [_activities(context, facts.follow_up)]
    if facts.executions:
        body.append(management_report.execution(context, facts.executions))
    if facts.treasury:
        body.append(management_report.treasury(context, facts.treasury))
    if facts.findings.excused:
        body.append(waivers.excused(context, facts.findings))
    else:
        body.append(Text((_("Aucune dérogation n'a été accordée."),), title=_("Dérogations accordées")))
    body += [*_budget(context, facts.budget), _resolutions(context, facts.resolutions)]
    held = together(each for _tree, each in facts.treasury)
    people = People.of(facts.follow_up.steps)
    return context.report(
        REPORT,
        facts=(
            Fact(_("Activités tenues"), len(facts.follow_up.steps), "count"),
            Fact(_("Participants"), people.women + people.men, "count"),
            Fact(budget_proposal.actual(context, facts.budget.before), facts.budget.spent),
            Fact(_(AVAILABLE), held.available),
            Fact(f"{_('Budget')} {facts.budget.year.code}", sum(facts.budget.quarters)),
            Fact(_("Dérogations"), len(facts.findings.excused), "count"),
        ),
        body=tuple(body),
        signatures=(officer(context, DIRECTOR), board(context)),
        landscape=True,
    )


def _activities(context: Context, facts: FollowUp) -> Block:
    """The activity report's totals, project by project."""
    _ = context._
    title = _("Activités par projet")
    told = [each for each in facts.activities if each.steps or each.spent or each.planned]
    trees = tuple(dict.fromkeys(each.tree for each in told))
    if not trees:
        return Text((_("Aucune activité n'est inscrite pour cette période."),), title=title)
    people, new = _("Participants"), _("Comptés pour la première fois")
    columns = (
        Column("tree", _("Projet"), width=14),
        Column("planned", _("Prévues"), "count", total="sum", empty="—"),
        Column("done", _("Tenues"), "count", total="sum"),
        Column("women", _("Femmes"), "count", total="sum", group=people),
        Column("men", _("Hommes"), "count", total="sum", group=people),
        Column("new_women", _("Femmes"), "count", total="sum", group=new),
        Column("new_men", _("Hommes"), "count", total="sum", group=new),
        Column("cost", _("Coût de la période"), "money", total="sum"),
    )
    rows = [_project(tree, [each for each in told if each.tree == tree]) for tree in trees]
    rows.append(Row({"tree": _("Total")}, role="total", sums=range(len(rows))))
    note = _("Le détail, les indicateurs et le récit sont dans le rapport d'activités de l'année.")
    return grid("activities", title, columns, rows, note=note)


def _project(tree: str, own: Sequence[ActivityDone]) -> Row:
    """A project's activities added up; what was planned only where something says it."""
    steps = [step for each in own for step in each.steps]
    planned = [each.planned for each in own if each.planned is not None]
    came = People.of(steps)
    return Row(
        {
            "tree": tree,
            "planned": sum(planned) if planned else None,
            "done": len(steps),
            "women": came.women,
            "men": came.men,
            "new_women": came.new_women,
            "new_men": came.new_men,
            "cost": sum(each.cost for each in own),
        },
        refs=tuple(Ref(step.place.file, step.place.line) for step in steps),
    )


def _budget(context: Context, facts: YearBudget) -> Iterator[Block]:
    _ = context._
    title = _("Budget de l'année suivante")
    if not facts.running:
        said = _("Aucune convention ne court en {year} : aucun budget n'est écrit pour cette année-là.")
        yield Text((said.format(year=facts.year.code),), title=title, role="warning")
        return
    table = budget_proposal.summary(context, facts)
    note = _("Les lignes, et ce que les projets se facturent, sont dans le budget prévisionnel de {year}.")
    yield replace(table, title=f"{title} ({facts.year.code})", note=note.format(year=facts.year.code))


# --- resolutions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Agenda:
    """What is put to the vote, in order: accounts, programme, budgets, mandates."""

    context: Context
    budget: YearBudget

    @property
    def books(self) -> Books:
        return self.context.books

    @property
    def year(self) -> Period:
        """The whole year, over or not."""
        before = self.budget.year.start.year - 1
        return Period(f"{before:04d}", date(before, 1, 1), date(before, 12, 31))

    @cached_property
    def assembly(self) -> Mapping[str, Meeting]:
        return adoptions(self.books, "ag")

    @cached_property
    def board(self) -> Mapping[str, Meeting]:
        return adoptions(self.books, "bureau")

    def resolutions(self) -> Iterator[Resolution]:
        """Each of them with what was adopted when it already was."""
        _, year, following = self.context._, self.budget.before.code, self.budget.year.code
        if not self.context.scope.tree:
            yield self._asked(f"comptes-{year}", _("Approuver les comptes de {year}.").format(year=year))
            yield self._asked(f"programme-{following}", _("Adopter le programme de {year}.").format(year=following))
        yield from self._budgets()
        if not self.context.scope.tree:
            yield from self._mandates()

    def _asked(self, name: str, text: str) -> Resolution:
        """Of what the assembly alone adopts: the board's adoption prepares it."""
        _ = self.context._
        if held := self.assembly.get(name):
            return _decided(text, _("Adopté par l'assemblée générale le {day}."), held)
        if held := self.board.get(name):
            return _decided(text, _("Arrêté par le Bureau exécutif le {day} ; à adopter."), held)
        return Resolution(text, _("À adopter"))

    def _budgets(self) -> Iterator[Resolution]:
        """One an agreement that runs in the next year; the organisation's own running even when nothing is written."""
        _, following = self.context._, self.budget.year
        for each in self.budget.running:
            if each.agreement is not None:
                text = _("Adopter le budget {budget} : {amount} en {year}.").format(
                    budget=each.adopted[0].text,
                    amount=amount_in_figures(each.year, self.context.language),
                    year=following.code,
                )
                yield self._of_budget(text, each, each.agreement)
        if self.context.scope.tree in ("", OWN_TREE) and OWN_TREE not in {each.tree for each in self.budget.running}:
            text = _("Adopter le budget {name}.").format(name=f"{OWN_TREE}-{following.code}")
            yield Resolution(text, _("À écrire, puis à adopter"))

    def _of_budget(self, text: str, each: AgreementBudget, agreement: Agreement) -> Resolution:
        """Adopted by the assembly, else by the board, else not."""
        _ = self.context._
        names = budget_texts(each.tree, agreement, self.budget.year.start.year)
        held = next((self.assembly[name] for name in names if name in self.assembly), None)
        if held is not None:
            return _decided(text, _("Adopté par l'assemblée générale le {day}."), held)
        by_board, written = each.adopted[0], self.books.agreement_place(each.tree, agreement)
        said = _("Adopté par le Bureau exécutif le {day}.")
        if by_board.meeting is not None:
            return _decided(text, said, by_board.meeting)
        state = said.format(day=day(by_board.day)) if by_board.day is not None else _("À adopter")
        return Resolution(text, state, place=written)

    def _mandates(self) -> Iterator[Resolution]:
        """The mandates whose last day is in the year, power by power; apart, those already given again."""
        _, year = self.context._, self.year
        ending: dict[tuple[str, bool], list[str]] = {}
        first: dict[tuple[str, bool], int] = {}
        for index, mandate in enumerate(self.books.policy.mandates):
            following = self._following(mandate)
            if (
                mandate.end is None
                or mandate.end not in year
                or (following and following.end and following.end in year)
            ):
                continue
            key = (mandate.power, following is not None)
            first.setdefault(key, index)
            ending.setdefault(key, []).append(self._named(mandate, following))
        for (power, again), people in ending.items():
            text = _("Renouveler ou remplacer, {power}, les mandats qui finissent : {people}.").format(
                power=_(POWERS.get(power, power)), people=" ; ".join(people)
            )
            place = self.books.rules_place("mandats.yaml", "mandats", first[power, again])
            yield Resolution(text, _("Déjà renouvelés") if again else _("À adopter"), place=place)

    def _named(self, mandate: Mandate, following: Mandate | None) -> str:
        """« A. Traoré, 31/12/2026 », « A. Traoré, 31/12/2026, décidé le 18/12/2026 »."""
        said = [day(mandate.end)] if mandate.end is not None else []
        if following is not None and following.decided is not None:
            said.append(self.context._("décidé le {day}").format(day=day(following.decided)))
        return ", ".join((name_of(self.context, mandate.person), *said))

    def _following(self, mandate: Mandate) -> Mandate | None:
        """The same person's later mandate of the same power."""
        last = mandate.end or date.max
        later = [
            each
            for each in self.books.policy.mandates
            if (each.person, each.power) == (mandate.person, mandate.power)
            and each.start > mandate.start
            and (each.end is None or each.end > last)
        ]
        return max(later, key=lambda each: each.end or date.max, default=None)


def _decided(text: str, said: str, meeting: Meeting) -> Resolution:
    return Resolution(text, said.format(day=day(meeting.date)), meeting.document, meeting.place)


def _resolutions(context: Context, found: tuple[Resolution, ...]) -> Table:
    """The list on which the votes are written."""
    _ = context._
    vote = _("Vote")
    columns = (
        Column("number", _("N°"), "count", width=4),
        Column("text", _("Résolution"), width=52),
        Column("state", _("État"), width=30),
        Column("document", _("Procès-verbal"), width=26, empty="—"),
        Column("yes", _("Pour"), width=9, group=vote, by_hand=True),
        Column("no", _("Contre"), width=9, group=vote, by_hand=True),
        Column("abstained", _("Abstention"), width=9, group=vote, by_hand=True),
    )
    rows = [
        Row(
            {
                "number": number,
                "text": each.text,
                "state": each.state,
                "document": each.document,
                **dict.fromkeys(("yes", "no", "abstained"), _BOX),
            },
            refs=(Ref(each.place.file, each.place.line),) if each.place is not None else (),
        )
        for number, each in enumerate(found, 1)
    ]
    return grid("resolutions", _("Résolutions"), columns, rows)
