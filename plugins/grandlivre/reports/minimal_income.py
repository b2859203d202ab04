"""The income statement (resultat-smt) of the minimal cash system: what was received and paid, then the year's result."""

from __future__ import annotations

from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.statutory import amount_table, key_of, nil, statutory
from grandlivre.reports.kit.table import Block, Report, Text
from grandlivre.reports.kit.wording import amount_in_figures
from grandlivre.statements.explaining import Behind
from grandlivre.statements.minimal import BALANCE, INCOME, behind_income, minimal_income, shared_costs
from grandlivre.statements.years import year

REPORT = ReportModel(
    name=INCOME,
    title="Compte de résultat (Système minimal de trésorerie)",
    audience=Audience.MANAGEMENT,
    scope=MadeFor.ALL,
)


def report(context: Context) -> Report:
    """Receipts and payments of the year up to the period's end, and the result they lead to: that of the balance sheet."""
    books, end, tree = context.books, context.period.end, context.scope.tree
    made = minimal_income(books, end, tree)
    balance = year(books, BALANCE, end, tree)
    body: list[Block] = [amount_table(context, made, made.now.layout.tables[0])]
    shared = shared_costs(books, made.span) if not tree else 0
    if shared:
        said = context._(
            "Les parts de charges communes que les projets se paient ({amount}) ne sont ni des recettes ni des dépenses de "
            "l'organisation : elles sont laissées hors de cet état."
        )
        body.append(Text((said.format(amount=amount_in_figures(shared, context.language)),)))
    return statutory(
        context,
        REPORT,
        made.span,
        body,
        unattached=made.now.unattached,
        nil=(nil(context, "Écart KZC − HB", made.now.net("KZC") - balance.now.net("HB")),),
    )


def explain(context: Context, ref: str) -> tuple[Behind, ...]:
    """The movements behind a line, by its REF or its key; raises `RefusedError` for a line it does not have."""
    made = minimal_income(context.books, context.period.end, context.scope.tree)
    return behind_income(context.books, made, key_of(context, made.now.layout, ref), context.scope.tree)
