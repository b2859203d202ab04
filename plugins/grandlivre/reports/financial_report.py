"""The periodic report to a donor: execution of its budget, statement of its funds, list of expenses with vouchers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grandlivre.reports.budget_tables import allocation_table, variance_table
from grandlivre.reports.exchange import Exchange, exchange, policy_words, two_currencies
from grandlivre.reports.execution import Execution, LineExecution, executions
from grandlivre.reports.fund_tables import conversion_table, flow_table, position_table, statements
from grandlivre.reports.funds import FundsStatement, funds
from grandlivre.reports.instalments import funding_table, instalments_table, receipts_table
from grandlivre.reports.kit.budget_rows import budget_rows, cumulative_title, note, supported, title
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.identity import identity
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.signing import donor_signatures
from grandlivre.reports.kit.table import Block, Column, Drawn, Fact, Report, Table, Text, Value, grid
from grandlivre.reports.kit.tellings import Telling, telling
from grandlivre.reports.kit.twins import with_twins
from grandlivre.reports.kit.wording import sum_in_figures
from grandlivre.reports.spending_list import spending_table
from grandlivre.sources.problem import RefusedError

REPORT = ReportModel(
    name="rapport-financier",
    title="Rapport financier",
    audience=Audience.DONOR,
)


@dataclass(frozen=True, slots=True)
class FinancialReport:
    """The facts of one tree over one period."""

    executions: tuple[Execution, ...]
    funds: FundsStatement
    telling: Telling
    exchanges: tuple[Exchange | None, ...]
    """The conversion of each execution; None for those in the books' currency."""


def build(context: Context) -> FinancialReport:
    """The facts of the scope's tree; raises `RefusedError` for a tree nobody declared, and where a rate lacks."""
    if context.donor is None:
        raise RefusedError(
            f"Le projet {context.scope.tree or '(aucun)'} n'a pas de fiche dans rules/bailleurs/ : "
            "un rapport financier se fait pour un bailleur et ses conventions."
        )
    found = executions(context)
    exchanges = tuple(exchange(context, each.agreement) for each in found)
    return FinancialReport(found, funds(context), telling(context), exchanges)


def report(context: Context) -> Report:
    """The report of one tree."""
    facts = build(context)
    word = context._
    several = len(facts.executions) > 1
    pairs = tuple(zip(facts.executions, facts.exchanges, strict=True))
    body: list[Block] = [_execution(context, each, found, facts.telling, several=several) for each, found in pairs]
    if not body:
        text = word("Aucune convention n'est en vigueur sur cette période et rien n'a été dépensé.")
        body.append(Text((text,), role="warning"))
    if facts.telling.general:
        body.append(Text(facts.telling.general, word("Commentaires")))
    for each, found in pairs:
        body += _beside(context, each, found, facts.telling)
    flows = tuple(statements(context, facts.funds, facts.executions, facts.exchanges))
    body += [flow_table(context, each) for each in flows]
    body += [position_table(context, facts.funds, flows[-1]), _certification(context, facts.executions)]
    return context.report(
        REPORT,
        subtitle=two_currencies(context, facts.exchanges),
        facts=(*_facts(context, facts), *context.rates()),
        body=tuple(body),
        signatures=donor_signatures(context),
        annexes=(spending_table(context, facts.executions, facts.exchanges),),
        landscape=True,
    )


def _beside(context: Context, execution: Execution, found: Exchange | None, told: Telling) -> Iterator[Table]:
    """What stands beside the execution of an agreement's budget: how it was made, where it goes, what pays for it."""
    agreement = execution.agreement
    if agreement is None:
        return
    tables = [
        allocation_table(context, execution, found),
        variance_table(context, execution, found, told),
        conversion_table(context, execution, found) if found is not None else None,
        receipts_table(context, found) if found is not None else None,
        funding_table(context, agreement, execution.granted, found),
        instalments_table(context, agreement) if agreement.instalments else None,
    ]
    yield from (each for each in tables if each is not None)


def _certification(context: Context, found: tuple[Execution, ...]) -> Text:
    """What the signatures vouch for, where and when they are given; no agreement, where some expenses belong to none."""
    word = context._
    named = [each.agreement.number or each.agreement.id for each in found if each.agreement is not None]
    if found and len(named) == len(found):
        said = word(
            "Nous certifions que les dépenses de ce rapport sont réelles, faites pour la convention {agreements} et conformes "
            "à son budget, que les montants sont ceux de nos livres, et que leurs pièces sont tenues à la disposition du bailleur."
        ).format(agreements=", ".join(named))
    else:
        said = word(
            "Nous certifions que les dépenses de ce rapport sont réelles, que les montants sont ceux de nos livres, et que leurs "
            "pièces sont tenues à la disposition du bailleur."
        )
    return Text((said, word("Établi le ………………………… à …………………………")), word("Certification"), "sentence")


def _facts(context: Context, found: FinancialReport) -> tuple[Fact, ...]:
    word, donor = context._, context.donor
    facts = [Fact(word("Partenaire"), donor.partner)] if donor is not None and donor.partner else []
    for execution, own in zip(found.executions, found.exchanges, strict=True):
        agreement = execution.agreement
        if agreement is None:
            continue
        facts.append(Fact(word("Convention"), agreement.number or agreement.id))
        if agreement.label:
            facts.append(Fact(word("Projet"), agreement.label))
        facts.append(Fact(word("Début de la convention"), agreement.start))
        facts.append(Fact(word("Fin de la convention"), agreement.final_day))
        if agreement.amount is not None:
            facts.append(Fact(word("Montant de la convention"), sum_in_figures(agreement.amount, context.language)))
        facts.append(Fact(word("Temps écoulé"), execution.elapsed))
        if own is not None:
            facts.append(Fact(word("Conversion des dépenses"), policy_words(context, own.conversion)))
    return (*facts, *identity(context))


def _execution(
    context: Context, execution: Execution, found: Exchange | None, told: Telling, *, several: bool
) -> Table:
    word = context._
    agreement = execution.agreement.id if execution.agreement is not None else ""
    same = (("line", "code"), ("agreement", "agreement")) if several else (("line", "code"),)
    columns = (
        Column("code", word("Code"), width=5),
        Column("label", word("Rubrique / Ligne"), width=26),
        Column("initial", word("Initial"), "money", total="sum", group=word("Budget")),
        Column("budget", word("Révisé"), "money", total="sum", group=word("Budget")),
        Column("before", word("Antérieur"), "money", total="sum", group=word("Réalisé"), page=False),
        Column(
            "period",
            word("Période"),
            "money",
            total="sum",
            group=word("Réalisé"),
            drawn=Drawn("expenses", "amount", where=same),
        ),
        Column(
            "actual",
            cumulative_title(context, execution),
            "money",
            total="sum",
            formula=Formula("before + period"),
            group=word("Réalisé"),
        ),
        Column("orders", word("Commandes en cours"), "money", total="sum"),
        Column("available", word("Solde disponible"), "money", formula=Formula("budget - actual - orders")),
        Column("rate", word("Taux d'exécution"), "percent", formula=Formula("actual / budget")),
        Column("elapsed", word("Taux temporel"), "percent"),
        Column("comment", word("Commentaire"), width=26),
        *((Column("agreement", word("Convention"), page=False),) if several else ()),
    )

    def cells(line: LineExecution) -> dict[str, Value]:
        return {
            "initial": line.initial,
            "budget": line.budget,
            "before": line.cumulative - line.period,
            "period": line.period,
            "actual": line.cumulative,
            "orders": line.outstanding,
            "comment": told.of(agreement, line.code),
            **({"agreement": agreement} if several else {}),
            **(_in_currency(found, line, context) if found is not None else {}),
        }

    heading = f"{word('Exécution du budget')} – {title(context, execution)}"
    key = f"budget-{agreement}" if agreement else "budget"
    rows = budget_rows(context, execution, cells)
    sheet = f"{word('Budget')} {agreement or word('hors convention')}" if several else word("Budget")
    shown = supported(execution, columns)
    if found is not None:
        shown = with_twins(shown, found.currency)
    return grid(key, heading, shown, rows, note(context, execution), sheet)


def _in_currency(found: Exchange, line: LineExecution, context: Context) -> dict[str, Value]:
    """What a line says in the agreement's currency: its budget as written, its expenses to the cent."""
    end = context.period.end
    period, cumulative = found.total(line.spent), found.cumulative(line)
    return {
        "initial_currency": found.initial(line.code),
        "budget_currency": found.budget(line.code, end),
        "before_currency": cumulative - period,
        "period_currency": period,
        "actual_currency": cumulative,
        "orders_currency": found.worth(line.outstanding, context.reached),
    }
