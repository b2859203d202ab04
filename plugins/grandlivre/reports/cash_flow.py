"""The cash flow statement (tableau des flux de trésorerie) of associations, direct method, its end computed two ways."""

from __future__ import annotations

from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.statutory import amount_table, behind_line, nil, statutory
from grandlivre.reports.kit.table import Fact, Report
from grandlivre.statements.years import choices, year

REPORT = ReportModel(
    name="flux-tresorerie", title="Tableau des flux de trésorerie", audience=Audience.MANAGEMENT, scope=MadeFor.ALL
)
explain = behind_line("flux-tresorerie")


def report(context: Context) -> Report:
    """Receipts and payments of the year up to the period's end; the cash they leave against that of the balance sheet."""
    word = context._
    made = year(context.books, "flux-tresorerie", context.period.end, context.scope.tree)
    balance = year(context.books, "bilan", context.period.end, context.scope.tree)
    held = balance.now.net("BX") - balance.now.net("DX")
    chosen = choices(context.books)
    return statutory(
        context,
        REPORT,
        made.span,
        (amount_table(context, made, made.now.layout.tables[0], note=word("Rep.")),),
        unattached=made.now.unattached,
        nil=(nil(context, "Écart de trésorerie (flux − bilan)", made.now.net("ZG") - held),),
        chosen=(
            Fact(word("Choix : fonds affectés (16) lus en"), chosen["fonds-affectes-tft"]),
            Fact(word("Choix : fonds d'administration (46) lus en"), chosen["fonds-46-tft"]),
        ),
    )
