"""The balance sheet of a project (bilan-projet), or of all projects combined: net amounts, nothing is depreciated."""

from __future__ import annotations

from collections.abc import Mapping

from grandlivre.policy.layouts import StatementLine
from grandlivre.policy.sycebnl import PROJECTS
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.project import behind_project_line, between_trees, subtitle, trees_of
from grandlivre.reports.kit.statutory import lines, named, nil, statement_columns, statutory
from grandlivre.reports.kit.table import Column, Report, Value, grid
from grandlivre.statements.mapping import Amounts
from grandlivre.statements.projects import project_opening_gap, project_year

REPORT = ReportModel(
    name="bilan-projet", title="Bilan du projet", audience=Audience.DONOR, scope=MadeFor.ALL, financing=PROJECTS
)
explain = behind_project_line("bilan-projet")


def report(context: Context) -> Report:
    """Assets and liabilities at the period's end, beside the year before (or the opening of the first year)."""
    word, trees = context._, trees_of(context)
    made = project_year(context.books, "bilan-projet", context.period.end, trees)

    def cells(line: StatementLine, amounts: Amounts) -> Mapping[str, Value]:
        return {"net": amounts.net, "previous": made.previous(line.key)}

    columns = statement_columns(context, Column("net", word("Net"), "money", total="sum", width=13))
    sheets = [
        grid(table.key, named(context, table), columns, lines(context, made, table, cells))
        for table in made.now.layout.tables
    ]
    blocks, answered = between_trees(context, made.span, trees)
    return statutory(
        context,
        REPORT,
        made.span,
        (*sheets, *blocks),
        unattached=made.now.unattached,
        nil=(
            nil(context, "Écart actif − passif", made.now.net("BZ") - made.now.net("DZ")),
            nil(context, "Écart ouverture − clôture N-1", project_opening_gap(context.books, made.span, trees)),
            *answered,
        ),
        subtitle=subtitle(context, trees),
    )
