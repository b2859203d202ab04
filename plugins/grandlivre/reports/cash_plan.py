"""The cash plan (plan de trésorerie): twelve months ahead, tree by tree and together, the lowest balance shown (controls §8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grandlivre.policy.periods import Period, day_after
from grandlivre.reports.forecast import INSTALMENTS, PAYMENTS, RECEIPTS, RESERVE, Flow, Forecast, forecast, together
from grandlivre.reports.holdings import AVAILABLE
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, DIRECTOR, officer
from grandlivre.reports.kit.signing import board
from grandlivre.reports.kit.table import Block, Column, Fact, Report, Role, Row, Span, Table, Text, Value, grid
from grandlivre.reports.kit.wording import amount_in_figures, day, period_label
from grandlivre.sources.problem import RefusedError

REPORT = ReportModel(
    name="plan-tresorerie",
    title="Plan de trésorerie",
    audience=Audience.MANAGEMENT,
    whole=2,
    ahead=True,
)

_SHORT = "janv. févr. mars avril mai juin juil. août sept. oct. nov. déc.".split()


@dataclass(frozen=True)
class CashPlan:
    """The plan of each tree, and of all of them when there are several."""

    trees: tuple[Forecast, ...]

    @property
    def whole(self) -> Forecast:
        """Every tree added up."""
        return self.trees[0] if len(self.trees) == 1 else together(self.trees)


def build(context: Context) -> CashPlan:
    """The plan of the scope's tree, or of every tree, for the twelve months after the period, or after today. Raises RefusedError."""
    trees = (context.scope.tree,) if context.scope.tree else context.books.trees
    if not trees:
        raise RefusedError("Ces livres n'ont encore aucun projet : ouvrez des comptes, puis refaites le plan.")
    return CashPlan(tuple(forecast(context.books, tree, context.reached) for tree in trees))


def report(context: Context) -> Report:
    """The plan of one tree, or of the organisation with one table a tree."""
    _ = context._
    facts = build(context)
    whole = facts.whole
    body: list[Block] = []
    warnings = (
        *_shortages(context, facts.trees),
        *_left_of_month(context, whole),
        *_uncovered(context, facts.trees),
        *_left_out(context, facts.trees, whole),
    )
    if warnings:
        body.append(Text(warnings, role="warning"))
    several = len(facts.trees) > 1
    body.append(_table(context, whole, _("Ensemble des projets") if several else ""))
    method = Text(_method(context), _("Comment ce plan est fait"))
    annexes: tuple[Block, ...] = ()
    if several:
        annexes = (*(_table(context, plan, plan.trees[0]) for plan in facts.trees), method)
    else:
        body.append(method)
    return context.report(
        REPORT,
        period=_span(context, whole),
        facts=tuple(_facts(context, whole)),
        body=tuple(body),
        signatures=(officer(context, ACCOUNTANT), officer(context, DIRECTOR), board(context)),
        annexes=annexes,
        landscape=True,
    )


def _span(context: Context, plan: Forecast) -> Span:
    """The plan's own months: « octobre 2026 à septembre 2027 »."""
    first, last = plan.months[0], plan.months[-1]
    label = context._("{first} à {last}").format(first=_named(context, first), last=_named(context, last))
    return Span(label, first.start, last.end)


def _facts(context: Context, plan: Forecast) -> Iterator[Fact]:
    _ = context._
    yield Fact(_("Situation au"), context.reached)
    yield Fact(_(AVAILABLE), plan.start)
    if plan.lowest is not None:
        yield Fact(_("Solde le plus bas"), plan.closings[plan.lowest])
        yield Fact(_("À la fin de"), _named(context, plan.months[plan.lowest]))
    if 0 < plan.known < len(plan.months):
        yield Fact(_("Dernier mois prévu"), _named(context, plan.months[plan.known - 1]))
    if plan.reserve:
        yield Fact(_(RESERVE), plan.reserve)


def _of(context: Context, month: Period) -> str:
    """« de mars 2026 », « d'avril 2026 »."""
    return month.of if context.language == "fr" else f"of {_named(context, month)}"


def _named(context: Context, month: Period) -> str:
    return period_label(month, context.language)


def _shortages(context: Context, plans: tuple[Forecast, ...]) -> Iterator[str]:
    """The trees that will hold less than a month of salaries."""
    _ = context._
    for plan in plans:
        tree, closings = plan.trees[0], plan.closings
        first = next((index for index, need in enumerate(plan.needs) if need), None)
        if first is None or plan.lowest is None:
            continue
        figures = {
            "tree": tree,
            "month": _of(context, plan.months[first]),
            "balance": amount_in_figures(closings[first], context.language),
            "lowest": amount_in_figures(min(closings), context.language),
            "worst": _named(context, plan.months[plan.lowest]),
        }
        said = _("{tree} : {balance} à la fin {month}, moins d'un mois de salaires ; au plus bas {lowest} ({worst}).")
        if closings[first] < 0:
            said = _("{tree} : {balance} à la fin {month}, sous zéro ; au plus bas {lowest} ({worst}).")
        yield f"{said.format(**figures)} {_('Demandez les fonds avant, ou repoussez des dépenses.')}"


def _left_out(context: Context, plans: tuple[Forecast, ...], whole: Forecast) -> Iterator[str]:
    """What is held by the trees that are no part of the whole."""
    out = [plan for plan in plans if not {*plan.trees} & {*whole.trees}]
    if out:
        yield context._("L'ensemble ne comprend pas {trees} : {amount} en banque et caisses.").format(
            trees=", ".join(plan.trees[0] for plan in out),
            amount=amount_in_figures(sum(plan.start for plan in out), context.language),
        )


def _left_of_month(context: Context, whole: Forecast) -> Iterator[str]:
    """What the first column holds, where the plan is made before a month's end."""
    begun = Period.month(context.reached)
    if context.reached < begun.end and whole.known:
        said = context._("La colonne {month} comprend aussi ce qui reste à faire du {first} au {last}.")
        yield said.format(
            month=_of(context, whole.months[0]), first=day(day_after(context.reached)), last=day(begun.end)
        )


def _uncovered(context: Context, plans: tuple[Forecast, ...]) -> Iterator[str]:
    """The trees that no agreement covers up to the end of the plan."""
    _ = context._
    gone = [each for plan in plans for each in plan.uncovered]
    if gone:
        since = _("{tree} à partir de {month}")
        trees = (" ; " if context.language == "fr" else "; ").join(
            since.format(tree=name, month=_named(context, month)) for name, month in gone
        )
        yield _("Aucune convention connue, donc rien n'est prévu : {trees}.").format(trees=trees)
        if len(plans) > 1:
            yield _("L'ensemble s'arrête avec la première convention qui finit ; chaque projet a son tableau.")


def _table(context: Context, plan: Forecast, title: str) -> Table:
    _ = context._
    keys = tuple(f"m{index}" for index in range(1, len(plan.months) + 1))

    def line(label: str, flow: Flow, role: Role = "normal", depth: int = 0) -> Row:
        """A row of figures; nothing where nothing is known, rather than 0."""
        shown = zip(keys, flow[: plan.known], plan.covered, strict=False)
        cells = {key: amount for key, amount, here in shown if here or amount}
        return Row({"label": label, **cells}, role=role, depth=depth)

    opening: dict[str, Value] = {"label": _("Solde initial"), "total": plan.start}
    rows = [Row({**opening, **dict(zip(keys, plan.openings, strict=False))}, role="opening", key="opening")]
    for key, name, flows, kinds in (
        ("receipts", _("Encaissements"), plan.receipts, RECEIPTS),
        ("payments", _("Décaissements"), plan.payments, PAYMENTS),
    ):
        shown = [kind for kind in kinds if any(flows[kind]) or kind == INSTALMENTS or kind in PAYMENTS[:1]]
        first = len(rows) + 1
        rows.append(Row({"label": name}, role="subtotal", key=key, sums=range(first, first + len(shown))))
        rows += (line(_(kind), flows[kind], depth=1) for kind in shown)
    closing = Formula("opening + receipts - payments")
    rows.append(Row({"label": _("Solde de fin")}, role="closing", formula=closing))
    rows.append(line(_("Seuil d'alerte"), plan.alarms, "note"))
    rows.append(line(_("Besoin"), plan.needs, "note"))
    if plan.reserve:
        rows.append(Row({"label": _(RESERVE), "total": plan.reserve}, role="note"))
    columns = (
        Column("label", _("Rubrique"), width=27),
        *(
            Column(key, title, "money", total="sum", empty="—")
            for key, title in zip(keys, _months(context, plan.months), strict=True)
        ),
        Column("total", _("Total"), "money", total="sum", formula=Formula(" + ".join(keys))),
    )
    key = plan.trees[0] if len(plan.trees) == 1 else "ensemble"
    note = ""
    if title == key and plan.lowest is not None:
        note = _("Solde le plus bas : {amount}, à la fin {month}.").format(
            amount=amount_in_figures(plan.closings[plan.lowest], context.language),
            month=_of(context, plan.months[plan.lowest]),
        )
    return grid(f"plan-{key}", title, columns, rows, note)


def _months(context: Context, months: Sequence[Period]) -> list[str]:
    """The titles of the columns; the first month also takes in what is left of the one that has begun."""
    titles = [_month(context, each) for each in months]
    begun = Period.month(context.reached)
    if context.reached < begun.end:
        rest = _month(context, begun).rpartition(" ")[0]
        titles[0] = context._("fin {begun} + {month}").format(begun=rest, month=titles[0])
    return titles


def _month(context: Context, month: Period) -> str:
    if context.language != "fr":
        name, _, year = period_label(month, context.language).partition(" ")
        return f"{name[:3]} {year}"
    return f"{_SHORT[month.start.month - 1]} {month.start.year}"


def _method(context: Context) -> tuple[str, ...]:
    _ = context._
    return (
        _(
            "Encaissements : les tranches à la date écrite dans la convention (une tranche en retard compte quand sa date "
            "est corrigée) ; ressources propres et quotes-parts à la moyenne mensuelle des douze derniers mois connus."
        ),
        _(
            "Décaissements : ce qui reste de chaque ligne de budget, selon son calendrier, sinon au prorata des jours "
            "qui restent ; les dettes sont payées le premier mois. Avances et créances ne comptent pas, par prudence. Sans "
            "realise-anterieur:, une convention plus ancienne que ces livres est supposée dépensée comme prévu jusqu'à leur "
            "ouverture. Les lignes sur accord du bailleur (imprévus) ne sont dans aucun mois : elles attendent cet accord."
        ),
        _(
            "Seuil d'alerte : les charges de personnel, en moyenne sur les trois derniers mois. Le besoin se mesure projet "
            "par projet : l'argent d'un bailleur ne paie pas pour un autre."
        ),
    )
