"""The reconciliation of a project's cash (réconciliation de la trésorerie), or of all projects combined: A to I."""

from __future__ import annotations

from grandlivre.policy.sycebnl import PROJECTS
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.project import between_trees, subtitle, trees_of
from grandlivre.reports.kit.statutory import key_of, line_columns, line_row, named, nil, statutory
from grandlivre.reports.kit.table import Column, Report, Text, grid
from grandlivre.statements.behind_cash import behind_cash
from grandlivre.statements.cash_reconciliation import cash_reconciliation
from grandlivre.statements.explaining import Behind
from grandlivre.statements.uses import uses

REPORT = ReportModel(
    name="reconciliation-tresorerie",
    title="Réconciliation de la trésorerie",
    audience=Audience.DONOR,
    scope=MadeFor.ALL,
    financing=PROJECTS,
)


def report(context: Context) -> Report:
    """Cash at the start, what came in and what was paid; cash at the end against the accounts; payments outstanding."""
    word, trees, end = context._, trees_of(context), context.period.end
    made, flows = cash_reconciliation(context.books, end, trees), uses(context.books, end, trees)
    columns = (*line_columns(context), Column("amount", word("Montant"), "money", total="sum", width=13))
    (table,) = made.layout.tables
    rows = [line_row(context, line, {"amount": made.net(line.key)}) for line in made.layout.lines]
    blocks, answered = between_trees(context, flows.span, trees)
    note = word(
        "B, C, D et F viennent du tableau emplois-ressources (FA et FB, intérêts, FC et FD, GU). H : les factures reçues et non "
        "payées (comptes 40 et 481)."
    )
    transit = {share.figures.account.name for share in made.shares["E"]}
    apart = tuple(share for share in flows.year.unattached if share.figures.account.name not in transit)
    return statutory(
        context,
        REPORT,
        flows.span,
        (grid(table.key, named(context, table), columns, rows), Text((note,)), *blocks),
        unattached=apart,
        nil=(nil(context, "Écart trésorerie en fin d'exercice", made.net("G") - flows.year.net("GY")), *answered),
        subtitle=subtitle(context, trees),
    )


def explain(context: Context, ref: str) -> tuple[Behind, ...]:
    """The movements behind a line; raises `RefusedError` for a line it does not have."""
    trees, end = trees_of(context), context.period.end
    key = key_of(context, cash_reconciliation(context.books, end, trees).layout, ref)
    return behind_cash(context.books, uses(context.books, end, trees), key)
