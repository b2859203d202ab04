"""The operating statement of a project (compte d'exploitation), or of all projects combined, and why its balance is not nil."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from grandlivre.policy.layouts import StatementLine
from grandlivre.policy.sycebnl import DISPOSALS, FUNDS_RELEASED, INCOME, INTEREST, PROJECTS, SHARED_COSTS
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.project import behind_project_line, between_trees, subtitle, trees_of
from grandlivre.reports.kit.statutory import line_columns, line_row, named, nil, statutory
from grandlivre.reports.kit.table import Block, Column, Report, Text, Value, grid
from grandlivre.reports.kit.wording import amount_in_figures
from grandlivre.statements.mapping import Amounts, Statement
from grandlivre.statements.projects import project_year

REPORT = ReportModel(
    name="exploitation-projet",
    title="Compte d'exploitation",
    audience=Audience.DONOR,
    scope=MadeFor.ALL,
    financing=PROJECTS,
)
explain = behind_project_line("exploitation-projet")


def report(context: Context) -> Report:
    """Income and charges of the year up to the period's end, beside the year before; XC against the balance sheet."""
    word, trees = context._, trees_of(context)
    made = project_year(context.books, "exploitation-projet", context.period.end, trees)
    balance = project_year(context.books, "bilan-projet", context.period.end, trees)

    def cells(line: StatementLine, amounts: Amounts) -> Mapping[str, Value]:
        return {"amount": amounts.net, "previous": made.previous(line.key)}

    columns = (
        *line_columns(context),
        Column("amount", word("Exercice N"), "money", total="sum", width=13),
        Column("previous", word("Exercice N-1"), "money", total="sum", width=13),
    )
    (table,) = made.now.layout.tables
    rows = [line_row(context, line, cells(line, made.now.amounts[line.key])) for line in made.now.layout.lines]
    body: list[Block] = [grid(table.key, named(context, table), columns, rows)]
    if made.now.net("XC"):
        body.append(Text(tuple(_causes(context, made.now)), title=word("Pourquoi XC n'est pas nul")))
    blocks, answered = between_trees(context, made.span, trees)
    apart = -sum(share.amount for share in made.now.unattached)
    return statutory(
        context,
        REPORT,
        made.span,
        (*body, *blocks),
        unattached=made.now.unattached,
        nil=(nil(context, "Écart XC − CC", made.now.net("XC") + apart - balance.now.net("CC")), *answered),
        subtitle=subtitle(context, trees),
    )


def _causes(context: Context, made: Statement) -> Iterator[str]:
    """What the balance is made of: it is information, never corrected."""
    word, sums = context._, dict.fromkeys(("interest", "disposals", "shares", "income", "charges"), 0)
    for share in (each for shares in made.shares.values() for each in shares):
        account = share.figures.account
        if account.is_(*INTEREST):
            cause = "interest"
        elif account.is_(*DISPOSALS):
            cause = "disposals"
        elif account.is_(*SHARED_COSTS):
            cause = "shares"
        else:
            cause = "income" if account.is_(*INCOME) and not account.is_(*FUNDS_RELEASED) else "charges"
        sums[cause] -= share.amount
    labels = {
        "interest": word("Intérêts et gains de change inscrits en produits (77) : {amount}."),
        "disposals": word("Cessions d'immobilisations (82 − 81) : {amount}."),
        "shares": word("Charges transférées à d'autres projets (78) : {amount}."),
        "income": word("Autres produits : {amount}."),
        "charges": word("Fonds consommés moins charges (702 et 79 − classe 6) : {amount}."),
    }
    for cause, amount in sums.items():
        if amount:
            yield labels[cause].format(amount=amount_in_figures(amount, context.language))
