"""Sources and uses of a project's funds (tableau emplois-ressources), or of all projects combined, one line a donor."""

from __future__ import annotations

from collections.abc import Iterator

from grandlivre.policy.layouts import StatementLine
from grandlivre.policy.sycebnl import PROJECTS
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.project import between_trees, subtitle, trees_of
from grandlivre.reports.kit.statutory import key_of, line_columns, line_row, named, nil, statutory
from grandlivre.reports.kit.table import Column, Report, Row, Text, Value, grid
from grandlivre.statements.behind_uses import behind_uses
from grandlivre.statements.explaining import Behind
from grandlivre.statements.uses import Uses, uses

REPORT = ReportModel(
    name="emplois-ressources",
    title="Tableau emplois-ressources",
    audience=Audience.DONOR,
    scope=MadeFor.ALL,
    financing=PROJECTS,
)

RECEIVED, OTHERS, SOURCES = "FA", "FB", "GR"
"""The first donor's line, the others', and the total that adds them up."""


def report(context: Context) -> Report:
    """What was received and what was paid, before the year, in it, and up to its end; cash by two ways."""
    word, trees = context._, trees_of(context)
    made = uses(context.books, context.period.end, trees)
    columns = (
        *line_columns(context),
        Column("opening", word("Solde cumulé début exercice N"), "money", total="sum", width=13),
        Column("year", word("Exercice N"), "money", total="sum", width=13),
        Column("closing", word("Solde cumulé fin exercice N"), "money", total="sum", width=13),
    )
    (table,) = made.year.layout.tables
    rows = [row for line in made.year.layout.lines for row in _rows(context, made, line)]
    blocks, answered = between_trees(context, made.span, trees)
    note = word(
        "FU à GW, colonnes cumulées : la trésorerie au début du projet. FX à GY : la trésorerie au jour dit. FT : ce qui a été "
        "avancé dans l'exercice, moins ce qui a été justifié ou rendu ; son cumul est le solde à justifier."
    )
    return statutory(
        context,
        REPORT,
        made.span,
        (grid(table.key, named(context, table), columns, rows), Text((note,)), *blocks),
        unattached=made.closing.unattached,
        nil=(
            nil(context, "Écart V − VI", made.year.net("GZ")),
            nil(context, "Écart V − VI cumulé", made.closing.net("GZ")),
            *answered,
        ),
        subtitle=subtitle(context, trees),
    )


def explain(context: Context, ref: str) -> tuple[Behind, ...]:
    """The movements behind a line in the year; raises `RefusedError` for a line it does not have."""
    trees = trees_of(context)
    made = uses(context.books, context.period.end, trees)
    if len(trees) < 2 or not ref.strip().upper().startswith((RECEIVED, OTHERS)):
        return behind_uses(context.books, made, key_of(context, made.year.layout, ref))
    given = behind_uses(context.books, made, RECEIVED)
    first = ref.strip().upper() == RECEIVED
    return tuple(each for each in given if (each.movement.account.tree == trees[0]) is first)


def _rows(context: Context, made: Uses, line: StatementLine) -> Iterator[Row]:
    amounts = {
        "opening": made.before.net(line.key),
        "year": made.year.net(line.key),
        "closing": made.closing.net(line.key),
    }
    row = line_row(context, line, amounts)
    if line.key == RECEIVED:
        yield from _donors(context, made, row)
    elif line.key == SOURCES and row.formula is not None:
        others = [f"{OTHERS}{rank}" for rank in range(1, len(made.trees))]
        yield Row(row.cells, role=row.role, key=row.key, formula=Formula(" + ".join((row.formula.text, *others))))
    else:
        yield row


def _donors(context: Context, made: Uses, row: Row) -> Iterator[Row]:
    """FA for the first donor, FB for each other."""
    for rank, tree in enumerate(made.trees):
        donor = context.books.policy.donors[tree]
        cells: dict[str, Value] = dict(zip(("opening", "year", "closing"), made.received[tree], strict=True))
        label = str(row.cells["label"]).replace("{bailleur}", donor.partner or donor.name)
        ref, key = (OTHERS, f"{OTHERS}{rank}") if rank else (RECEIVED, RECEIVED)
        yield Row({**row.cells, **cells, "ref": ref, "label": label}, role=row.role, key=key)
