"""Budget follow-up: what is left on each line, and the lines that are tight first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from grandlivre.reports.exchange import Exchange, known_exchange, two_currencies
from grandlivre.reports.execution import GAP, Execution, LineExecution, executions
from grandlivre.reports.kit.budget_rows import budget_rows, cumulative_title, note, supported, title
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import DIRECTOR, officer
from grandlivre.reports.kit.table import Bar, Bars, Block, Column, Report, Table, Text, Value, grid
from grandlivre.reports.kit.tellings import Telling, telling
from grandlivre.reports.kit.twins import with_twins
from grandlivre.reports.kit.wording import amount_in_figures, day
from grandlivre.sources.problem import RefusedError

REPORT = ReportModel(
    name="suivi-budgetaire",
    title="Suivi budgétaire",
    audience=Audience.MANAGEMENT,
    routine=8,
)

NEAR = Decimal("0.90")
"""From this share on, a line is near its limit."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The budgets of a tree and what people wrote about their lines."""

    executions: tuple[Execution, ...]
    telling: Telling


def build(context: Context) -> FollowUp:
    """The budgets of the scope's tree at the period's end; raises `RefusedError` when the tree is unknown."""
    if context.donor is None:
        raise RefusedError(
            f"Le projet {context.scope.tree or '(aucun)'} n'a pas de fiche dans rules/bailleurs/ : il n'a pas de budget à suivre."
        )
    return FollowUp(executions(context, signed=True), telling(context))


def report(context: Context) -> Report:
    """The follow-up of one tree."""
    facts = build(context)
    body: list[Block] = []
    for execution in facts.executions:
        body += _blocks(context, execution, facts.telling)
    if not body:
        text = context._("Aucune convention n'est en vigueur sur cette période : il n'y a pas de budget à suivre.")
        body.append(Text((text,), role="warning"))
    return context.report(
        REPORT,
        subtitle=two_currencies(context, [known_exchange(context, each.agreement) for each in facts.executions]),
        facts=context.rates(),
        body=tuple(body),
        signatures=(officer(context, DIRECTOR),),
        landscape=True,
    )


def _blocks(context: Context, execution: Execution, told: Telling) -> Iterator[Block]:
    tight = sorted(execution.lines, key=lambda line: (-tension(execution, line), line.code))
    sentences = tuple(badge(context, execution, line) for line in tight if flags(context, execution, line))
    if execution.agreement is not None:
        bars = tuple(
            Bar(
                f"{heading.code} {heading.label}".strip(),
                sum(line.cumulative for line in heading.lines),
                sum(line.budget for line in heading.lines),
                execution.elapsed,
            )
            for heading in execution.headings
        )
        if not execution.began_before:
            yield Bars(bars, f"{context._('Rubriques')} – {title(context, execution)}", context._("temps écoulé"))
        if behind := lagging(context, execution):
            yield Text((behind,), role="warning")
        if sentences:
            yield Text(sentences, context._("Lignes à surveiller (par ordre de tension)"))
    yield table(context, execution, told)


def lagging(context: Context, execution: Execution) -> str:
    """« 67 % dépensé pour 88,9 % du temps : à ce rythme, 14 076 000 FCFA resteraient … »; "" when it keeps pace."""
    agreement, left = execution.agreement, execution.unspent
    if agreement is None or left is None:
        return ""
    said = context._(
        "{rate} dépensé pour {time} du temps : à ce rythme, {left} resteraient à la fin de la convention ({day}), à rendre "
        "au bailleur ou à ne pas appeler."
    )
    if agreement.financing == "ressources-propres":
        said = context._("{rate} dépensé pour {time} du temps : à ce rythme, {left} resteraient à la fin ({day}).")
    return said.format(
        rate=_percent(context, execution.rate or Decimal(0)),
        time=_percent(context, execution.elapsed),
        left=amount_in_figures(left, context.language),
        day=day(agreement.final_day),
    )


def table(context: Context, execution: Execution, told: Telling) -> Table:
    """The sheet of one agreement."""
    word = context._
    agreement = execution.agreement.id if execution.agreement is not None else ""
    found = known_exchange(context, execution.agreement)
    columns = (
        Column("code", word("Code"), width=5),
        Column("label", word("Rubrique / Ligne"), width=24),
        Column("budget", word("Total"), "money", total="sum", group=word("Budget")),
        Column("planned", word("Période"), "money", total="sum", group=word("Budget")),
        Column("period", word("Période"), "money", total="sum", group=word("Réalisé")),
        Column("actual", cumulative_title(context, execution), "money", total="sum", group=word("Réalisé")),
        Column("orders", word("Commandes en cours"), "money", total="sum"),
        Column("committed", word("Engagé + réalisé"), "money", formula=Formula("actual + orders")),
        Column("available", word("Solde disponible"), "money", formula=Formula("budget - actual - orders")),
        Column("rate", word("Taux d'exécution"), "percent", formula=Formula("actual / budget")),
        Column("elapsed", word("Taux temporel"), "percent"),
        Column("gap", word("Écart"), "points", formula=Formula("(rate - elapsed) * 100")),
        Column("comment", word("Commentaire"), width=24),
    )

    def cells(line: LineExecution) -> dict[str, Value]:
        comment = " · ".join((*flags(context, execution, line), *filter(None, (told.of(agreement, line.code),))))
        return {
            "budget": line.budget,
            "planned": line.planned,
            "period": line.period,
            "actual": line.cumulative,
            "orders": line.outstanding,
            "comment": comment,
            **(_in_currency(context, found, line) if found is not None else {}),
        }

    key = f"budget-{agreement}" if agreement else "budget"
    rows = budget_rows(context, execution, cells)
    heading = f"{word('Lignes')} – {title(context, execution)}"
    shown = supported(execution, columns)
    if found is not None:
        shown = with_twins(shown, found.currency)
    return grid(key, heading, shown, rows, note(context, execution))


def _in_currency(context: Context, found: Exchange, line: LineExecution) -> dict[str, Value]:
    """A line in the agreement's currency; what awaits its signatures is ordered here, not spent."""
    end, prepared = context.period.end, found.prepared(line.code, context.books.awaiting_signature)
    planned = found.conversion.planned(line.planned, end)
    return {
        "budget_currency": found.budget(line.code, end),
        "planned_currency": planned,
        "period_currency": found.total(line.spent),
        "actual_currency": found.cumulative(line) - prepared,
        "orders_currency": found.worth(line.outstanding, context.reached),
    }


def tension(execution: Execution, line: LineExecution) -> Decimal:
    """How tight a line is: what is spent and ordered over its budget, less the time gone by."""
    used = line.cumulative + line.outstanding
    if not line.budget:
        return Decimal(10**6) if used > 0 else Decimal(-1)
    return Decimal(used) / Decimal(line.budget) - execution.elapsed


def flags(context: Context, execution: Execution, line: LineExecution) -> tuple[str, ...]:
    """What the sheet says of a line: exceeded, near its limit, far from the passing of time."""
    if line.reserve and line.cumulative <= line.budget:
        return ()
    if not line.budget:
        return (context._("sans budget"),) if line.cumulative or line.outstanding else ()
    rate = Decimal(line.cumulative) / Decimal(line.budget)
    said = []
    if line.cumulative > line.budget:
        said.append(context._("dépassé"))
    elif rate >= NEAR:
        said.append(context._("proche de la limite"))
    if abs(rate - execution.elapsed) > GAP and not execution.began_before:
        said.append(context._("écart supérieur à 15 points avec le temps écoulé"))
    return tuple(said)


def badge(context: Context, execution: Execution, line: LineExecution) -> str:
    """« Ligne 1.3.2 Per diem : exécutée à 96,2 % pour 50,0 % du temps écoulé ; solde disponible : 118 400 FCFA »."""
    rate = line.rate
    if execution.began_before:
        sentence = context._("Ligne {line} : {spent} dépensés depuis l'ouverture des livres")
    elif rate is None:
        sentence = context._("Ligne {line} : {spent} dépensés sans budget")
    else:
        sentence = context._("Ligne {line} : exécutée à {rate} pour {time} du temps écoulé ; solde disponible : {left}")
    return sentence.format(
        line=f"{line.code} {line.label}".strip(),
        rate=_percent(context, rate or Decimal(0)),
        time=_percent(context, execution.elapsed),
        left=amount_in_figures(line.available, context.language),
        spent=amount_in_figures(line.cumulative, context.language),
    )


def _percent(context: Context, rate: Decimal) -> str:
    text = f"{(rate * 100).quantize(Decimal('0.1'), ROUND_HALF_UP)}"  # as the tables beside it
    return f"{text}%" if context.language == "en" else f"{text.replace('.', ',')}\u00a0%"
