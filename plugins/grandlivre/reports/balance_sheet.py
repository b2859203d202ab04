"""The balance sheet (bilan) of associations, Système normal: assets with what depreciation takes away, liabilities."""

from __future__ import annotations

from collections.abc import Mapping

from grandlivre.policy.layouts import StatementLine
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.statutory import behind_line, lines, nil, statement_columns, statutory
from grandlivre.reports.kit.table import Column, Report, Value, grid
from grandlivre.statements.mapping import Amounts
from grandlivre.statements.years import opening_gap, year

REPORT = ReportModel(name="bilan", title="Bilan", audience=Audience.MANAGEMENT, scope=MadeFor.ALL)
explain = behind_line("bilan")


def report(context: Context) -> Report:
    """Assets and liabilities at the period's end, beside the year before (or the opening of the first year)."""
    word = context._
    made = year(context.books, "bilan", context.period.end, context.scope.tree)
    assets, liabilities = made.now.layout.tables

    def asset(line: StatementLine, amounts: Amounts) -> Mapping[str, Value]:
        cells = {"gross": amounts.gross, "depreciation": amounts.depreciation, "net": amounts.net}
        return {**cells, "previous": made.previous(line.key)}

    def liability(line: StatementLine, amounts: Amounts) -> Mapping[str, Value]:
        return {"net": amounts.net, "previous": made.previous(line.key)}

    money = [
        Column("gross", word("Brut"), "money", total="sum"),
        Column("depreciation", word("Amort. et dépréc."), "money", total="sum"),
    ]
    net = Column("net", word("Net"), "money", formula=Formula("gross - depreciation"))
    return statutory(
        context,
        REPORT,
        made.span,
        (
            grid(
                assets.key, assets.label, statement_columns(context, *money, net), lines(context, made, assets, asset)
            ),
            grid(
                liabilities.key,
                liabilities.label,
                statement_columns(context, Column("net", word("Net"), "money", total="sum")),
                lines(context, made, liabilities, liability),
            ),
        ),
        unattached=made.now.unattached,
        nil=(
            nil(context, "Écart actif − passif", made.now.net("BZ") - made.now.net("DZ")),
            nil(context, "Écart ouverture − clôture N-1", opening_gap(context.books, made.span, context.scope.tree)),
        ),
    )
