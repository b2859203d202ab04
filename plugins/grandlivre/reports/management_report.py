"""The management's report to the board (rapport-direction): one month on a few pages, each figure from the report that explains it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from grandlivre.books.directives.governance import Meeting
from grandlivre.inspection.families import OTHER, family_of
from grandlivre.policy.periods import Period
from grandlivre.reports import activity_report, waivers
from grandlivre.reports.awaiting import ToSign, to_sign
from grandlivre.reports.budget_followup import lagging
from grandlivre.reports.calendar import WHO, what
from grandlivre.reports.deadlines import Deadline, overdue
from grandlivre.reports.execution import Execution, executions
from grandlivre.reports.followup import FollowUp, follow_up
from grandlivre.reports.holdings import AVAILABLE, Holdings, holdings, together
from grandlivre.reports.kit.context import Context, Scope
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, DIRECTOR, name_of, officer
from grandlivre.reports.kit.table import Block, Column, Fact, Ref, Report, Row, Table, Text, Value, grid
from grandlivre.reports.kit.wording import BODIES, amount_in_figures
from grandlivre.rules import Family, Finding, Level

REPORT = ReportModel(
    name="rapport-direction",
    title="Rapport de la Direction au Bureau exécutif",
    audience=Audience.MANAGEMENT,
    scope=MadeFor.ALL,
)


@dataclass(frozen=True)
class Pack:
    """What the board reads of a period."""

    treasury: tuple[tuple[str, Holdings], ...]
    """What each tree holds at its end."""
    executions: tuple[tuple[str, Execution], ...]
    late: tuple[Deadline, ...]
    open: tuple[Finding, ...]
    """Not waived, of the days up to its end."""
    new: tuple[Finding, ...]
    """Of these, those of its own days, or of none."""
    follow_up: FollowUp
    to_sign: tuple[ToSign, ...]


def build(context: Context) -> Pack:
    """The facts of the scope's tree, or of the organisation, each from where the other reports take it."""
    books, scope, day = context.books, context.scope.tree, context.reached
    trees = (scope,) if scope else books.trees
    so_far = replace(context, period=Period("", min(books.start, context.period.start), context.period.end))
    done = follow_up(context)
    return Pack(
        tuple((tree, holdings(books, tree, day)) for tree in trees),
        tuple(run for tree in trees for run in budgets(context, tree)),
        overdue(books, scope, books.today),
        waivers.build(so_far).open,
        waivers.build(context).open,
        replace(done, activities=tuple(each for each in done.activities if each.steps or each.spent)),
        to_sign(books, books.start, day, trees if scope else None),
    )


def budgets(context: Context, tree: str) -> Iterator[tuple[str, Execution]]:
    """The agreements of a tree in force in the period, or spent from in it."""
    if tree in context.books.policy.donors:
        for each in executions(replace(context, scope=Scope(tree)), signed=True):
            yield tree, each


def report(context: Context) -> Report:
    """The pack of the organisation, or of one tree."""
    _ = context._
    facts = build(context)
    body: list[Block] = []
    if facts.treasury:
        body.append(treasury(context, facts.treasury))
    else:
        body.append(Text((_("Ces livres n'ont encore aucun projet : il n'y a rien à rapporter."),), role="warning"))
    if facts.executions:
        body.append(execution(context, facts.executions))
        if behind := tuple(_behind(context, facts)):
            body.append(Text(behind, role="warning"))
    body += [_late(context, facts), _families(context, facts), *_followed(context, facts.follow_up)]
    body.append(_to_sign(context, facts))
    held = together(each for _tree, each in facts.treasury)
    return context.report(
        REPORT,
        facts=(
            Fact(_(AVAILABLE), held.available),
            Fact(_("En retard"), len(facts.late), "count"),
            Fact(_("Erreurs ouvertes"), sum(each.level == Level.ERROR for each in facts.open), "count"),
            Fact(_("Décisions à exécuter"), len(facts.follow_up.decisions), "count"),
            Fact(_("À signer ou à compléter"), len(facts.to_sign), "count"),
        ),
        body=tuple(body),
        signatures=(officer(context, ACCOUNTANT), officer(context, DIRECTOR)),
        landscape=True,
    )


# --- money ----------------------------------------------------------------------------------------------------------


def treasury(context: Context, held: Iterable[tuple[str, Holdings]]) -> Table:
    """What each tree holds, by the same three figures as everywhere: available, committed, net."""
    _ = context._
    money = _(AVAILABLE)
    columns = (
        Column("tree", _("Projet"), width=12),
        Column("bank", _("Banque"), "money", total="sum", group=money),
        Column("till", _("Caisse"), "money", total="sum", group=money),
        Column("mobile", _("Monnaie électronique"), "money", total="sum", group=money),
        Column("transit", _("Virements en route"), "money", total="sum", group=money),
        Column("unsigned", _("Paiements à signer"), "money", total="sum", group=money),
        Column(
            "available",
            _("Disponible"),
            "money",
            total="sum",
            group=money,
            formula=Formula("bank + till + mobile + transit + unsigned"),
        ),
        Column("advances", _("Avances"), "money", total="sum"),
        Column("receivables", _("Créances"), "money", total="sum"),
        Column("debts", _("Dettes"), "money", total="sum"),
        Column(
            "net",
            _("Position nette"),
            "money",
            total="sum",
            formula=Formula("available + advances + receivables - debts - unsigned"),
        ),
    )
    keys = ("bank", "till", "mobile", "transit", "unsigned", "advances", "receivables", "debts")
    rows = [Row({"tree": tree, **{key: getattr(each, key).amount for key in keys}}) for tree, each in held]
    rows.append(Row({"tree": _("Total")}, role="total", sums=range(len(rows))))
    return grid("treasury", _("Trésorerie par projet"), columns, rows)


def execution(context: Context, runs: Iterable[tuple[str, Execution]]) -> Table:
    """What each agreement was given, spent and has left."""
    _ = context._
    columns = (
        Column("tree", _("Projet"), width=11),
        Column("donor", _("Bailleur"), width=17, empty="—"),
        Column("agreement", _("Convention"), width=15),
        Column("end", _("Fin"), "date", empty="—"),
        Column("budget", _("Budget"), "money", total="sum"),
        Column("period", _("Dépensé dans la période"), "money", total="sum"),
        Column("actual", _("Dépensé en tout"), "money", total="sum"),
        Column("orders", _("Commandes en cours"), "money", total="sum"),
        Column("available", _("Solde disponible"), "money", total="sum", formula=Formula("budget - actual - orders")),
        Column("rate", _("Taux d'exécution"), "percent", formula=Formula("actual / budget"), empty="—"),
        Column("elapsed", _("Temps écoulé"), "percent", empty="—"),
    )
    found = tuple(runs)
    rows = [_execution(context, tree, each) for tree, each in found]
    rows.append(Row({"tree": _("Total")}, role="total", sums=range(len(rows))))
    note = " ".join(_older(context, tree, each) for tree, each in found if each.began_before)
    return grid("execution", _("Exécution par convention"), columns, rows, note)


def _older(context: Context, tree: str, each: Execution) -> str:
    """What can be said of an agreement that began before the books, whose earlier expenses nobody wrote down."""
    agreement, language = each.agreement, context.language
    return context._(
        "{tree}, {agreement} a commencé avant ces livres : {spent} dépensés depuis leur ouverture sur {budget} ; sans "
        "realise-anterieur:, ni total ni solde."
    ).format(
        tree=tree,
        agreement=agreement.id if agreement is not None else "",
        spent=amount_in_figures(each.spent, language),
        budget=amount_in_figures(each.granted, language),
    )


def _execution(context: Context, tree: str, each: Execution) -> Row:
    agreement = each.agreement
    place = context.books.agreement_place(tree, agreement) if agreement is not None else None
    cells: dict[str, Value] = {
        "tree": tree,
        "donor": context.books.policy.donors[tree].partner,
        "agreement": agreement.id if agreement is not None else context._("hors convention"),
        "end": agreement.final_day if agreement is not None else None,
        "budget": each.granted,
        "period": sum(line.period for line in each.lines),
        "actual": each.spent,
        "orders": sum(line.outstanding for line in each.lines),
        "elapsed": each.elapsed if agreement is not None else None,
    }
    if each.began_before:  # what was spent in all is known to nobody, so nothing is set against the budget
        cells |= dict.fromkeys(("budget", "actual", "orders"))
    return Row(cells, refs=(Ref(place.file, place.line),) if place is not None else ())


def _behind(context: Context, facts: Pack) -> Iterator[str]:
    for tree, each in facts.executions:
        if said := lagging(context, each):
            yield f"{tree}, {each.agreement.id if each.agreement is not None else ''} : {said}"


# --- what is wrong --------------------------------------------------------------------------------------------------


def _late(context: Context, facts: Pack) -> Block:
    _ = context._
    if not facts.late:
        return Text((_("Rien n'est en retard."),), title=_("En retard"))
    today = context.books.today
    columns = (
        Column("day", _("Échéance"), "date"),
        Column("what", _("Objet"), width=46),
        Column("tree", _("Projet"), width=11),
        Column("period", _("Pour"), width=9),
        Column("who", _("Qui"), width=22),
        Column("days", _("Jours de retard"), "count"),
    )
    rows = [
        Row(
            {
                "day": each.day,
                "what": what(context, each),
                "tree": each.tree,
                "period": each.period,
                "who": name_of(context, each.who) if each.who else _(WHO.get(each.kind, "")),
                "days": (today - each.day).days,
            },
            refs=(Ref(each.place.file, each.place.line),) if each.place is not None else (),
        )
        for each in facts.late
    ]
    return grid("late", _("En retard"), columns, rows)


def _families(context: Context, facts: Pack) -> Block:
    _ = context._
    if not facts.open:
        return Text((_("Les contrôles n'ont rien à redire."),), title=_("Constats par famille"))
    counts = Counter((family_of(each.rule), each.level) for each in facts.open)
    new = Counter(family_of(each.rule) for each in facts.new)
    columns = (
        Column("family", _("Famille de contrôles"), width=32),
        Column("errors", _("Erreurs"), "count", total="sum"),
        Column("warnings", _("Alertes"), "count", total="sum"),
        Column("new", _("dont de la période"), "count", total="sum"),
    )
    rows = [
        Row(
            {
                "family": _(family),
                "errors": counts[family, Level.ERROR],
                "warnings": counts[family, Level.WARNING],
                "new": new[family],
            },
            refs=tuple(Ref(each.file, each.line, each.piece) for each in facts.open if family_of(each.rule) == family),
        )
        for family in (*map(str, Family), OTHER)
        if counts[family, Level.ERROR] or counts[family, Level.WARNING]
    ]
    rows.append(Row({"family": _("Total")}, role="total", sums=range(len(rows))))
    note = _(
        "Constats ouverts jusqu'à la fin de la période, dérogations déduites ; le détail est dans « Constats et dérogations »."
    )
    return grid("findings", _("Constats par famille"), columns, rows, note=note)


# --- what was done, decided, and waits --------------------------------------------------------------------------------


def _followed(context: Context, facts: FollowUp) -> Iterator[Block]:
    _ = context._
    if facts.activities:
        yield activity_report.activities(context, facts)
    else:
        yield Text((_("Aucune activité n'est inscrite pour cette période."),), title=_("Activités"))
    if any(each.meetings or each.expected for each in facts.meetings):
        yield activity_report.meetings(context, facts)
    if held := [each for own in facts.meetings if own.body != "equipe" for each in own.meetings]:
        yield minutes(context, held)
    if facts.decisions:
        yield activity_report.decisions(context, facts)
    else:
        yield Text((_("Aucune décision n'est en attente."),), title=_("Décisions à exécuter"))


def minutes(context: Context, meetings: Iterable[Meeting]) -> Table:
    """The meetings of the bodies, each with its minutes; those of the teams are only counted."""
    _ = context._
    columns = (
        Column("date", _("Date"), "date"),
        Column("body", _("Réunion"), width=22),
        Column("subject", _("Objet"), width=40),
        Column("women", _("Femmes"), "count"),
        Column("men", _("Hommes"), "count"),
        Column("adopted", _("Adopté"), width=22, empty="—"),
        Column("document", _("Procès-verbal"), width=32, empty="—"),
    )
    rows = [
        Row(
            {
                "date": each.date,
                "body": _(BODIES[each.body]),
                "subject": each.subject,
                "women": each.women,
                "men": each.men,
                "adopted": ", ".join(adopted.text for adopted in each.adopted),
                "document": each.document,
            },
            refs=(Ref(each.place.file, each.place.line),),
        )
        for each in sorted(meetings, key=lambda each: each.date)
    ]
    return grid("minutes", _("Réunions tenues"), columns, rows)


def _to_sign(context: Context, facts: Pack) -> Block:
    _ = context._
    title = _("À signer ou à compléter")
    if not facts.to_sign:
        return Text((_("Rien n'attend de signature."),), title=title)
    columns = (
        Column("date", _("Date"), "date"),
        Column("piece", _("N° pièce"), width=19),
        Column("tree", _("Projet"), width=11),
        Column("payee", _("Bénéficiaire"), width=24),
        Column("label", _("Libellé"), width=34),
        Column("amount", _("Montant"), "money", total="sum"),
        Column("missing", _("Manque"), width=14),
    )
    rows = [
        Row(
            {
                "date": each.entry.date,
                "piece": each.entry.piece,
                "tree": each.entry.tree,
                "payee": each.entry.payee,
                "label": each.entry.narration,
                "amount": each.amount,
                "missing": _(each.missing),
            },
            refs=(context.ref(each.entry),),
        )
        for each in facts.to_sign
    ]
    rows.append(Row({"piece": _("Total")}, role="total", sums=range(len(rows))))
    return grid("to_sign", title, columns, rows)
