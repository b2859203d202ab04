"""The income statement (compte de résultat) of associations, Système normal."""

from __future__ import annotations

from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.statutory import amount_table, behind_line, nil, statutory
from grandlivre.reports.kit.table import Fact, Report
from grandlivre.statements.years import choices, year

REPORT = ReportModel(name="resultat", title="Compte de résultat", audience=Audience.MANAGEMENT, scope=MadeFor.ALL)
explain = behind_line("resultat")


def report(context: Context) -> Report:
    """Income and charges of the year up to the period's end, beside the year before; the closing of accounts left out."""
    made = year(context.books, "resultat", context.period.end, context.scope.tree)
    balance = year(context.books, "bilan", context.period.end, context.scope.tree)
    apart = -sum(share.amount for share in made.now.unattached)
    return statutory(
        context,
        REPORT,
        made.span,
        (amount_table(context, made, made.now.layout.tables[0]),),
        unattached=made.now.unattached,
        nil=(nil(context, "Écart résultat net − bilan", made.now.net("XE") + apart - balance.now.net("CH")),),
        chosen=(Fact(context._("Choix : ligne du compte 702"), choices(context.books)["ligne-702"]),),
    )
