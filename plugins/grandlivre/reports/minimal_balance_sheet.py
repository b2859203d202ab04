"""The balance sheet (bilan-smt) of the minimal cash system, with the gauge that says who may keep it."""

from __future__ import annotations

from collections.abc import Mapping

from grandlivre.policy.layouts import StatementLine, StatementTable
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.statutory import behind_line, lines, nil, statement_columns, statutory
from grandlivre.reports.kit.table import Block, Column, Report, Row, Table, Text, Value, grid
from grandlivre.reports.kit.wording import amount_in_figures
from grandlivre.statements.eligibility import SMALL, Eligibility, eligibility
from grandlivre.statements.mapping import Amounts
from grandlivre.statements.minimal import BALANCE
from grandlivre.statements.years import Year, opening_gap, year

REPORT = ReportModel(
    name=BALANCE, title="Bilan (Système minimal de trésorerie)", audience=Audience.MANAGEMENT, scope=MadeFor.ALL
)
explain = behind_line(BALANCE)
_CATEGORIES = {
    "subventions": "Subventions",
    "cotisations": "Cotisations et autres revenus",
    "dons": "Dons et legs",
    "projet": "Ressources du projet",
    "autres": "Autres ressources",
}


def report(context: Context) -> Report:
    """Assets and liabilities at the period's end, beside the year before (or the opening of the first year)."""
    made = year(context.books, BALANCE, context.period.end, context.scope.tree)
    found = eligibility(context.books, context.period.end)
    body: list[Block] = [_sheet(context, made)]
    if not found.is_small:
        body.insert(0, _too_large(context, found))
    return statutory(
        context,
        REPORT,
        made.span,
        body,
        unattached=made.now.unattached,
        nil=(
            nil(context, "Écart actif − passif", made.now.net("GZ") - made.now.net("HZ")),
            nil(context, "Écart ouverture − clôture N-1", opening_gap(context.books, made.span, context.scope.tree)),
        ),
        annexes=(_gauge(context, found),),
    )


def _sheet(context: Context, made: Year) -> Table:
    """Assets, then liabilities, each under its heading."""

    def cells(line: StatementLine, amounts: Amounts) -> Mapping[str, Value]:
        return {"amount": amounts.net, "previous": made.previous(line.key)}

    def part(table: StatementTable) -> list[Row]:
        return [Row({"label": table.label}, role="heading"), *lines(context, made, table, cells)]

    word, layout = context._, made.now.layout
    columns = statement_columns(context, Column("amount", word("Exercice N"), "money", total="sum", width=13))
    return grid("lines", word("Bilan"), columns, [row for table in layout.tables for row in part(table)])


def _gauge(context: Context, found: Eligibility) -> Table:
    """The five categories of resources beside the threshold (SYCEBNL art. 4 to 6)."""
    word = context._
    columns = (
        Column("key", word("Catégorie"), width=12, page=False),
        Column("label", word("Ressources"), width=40),
        Column("year", word("Exercice N"), "money", total="sum"),
        Column("previous", word("Exercice N-1"), "money", total="sum"),
        Column("both", word("Deux exercices"), "money", formula=Formula("year + previous")),
        Column("limit", word("Seuil"), "money"),
        Column("left", word("Marge"), "money"),
    )
    rows = [
        Row(
            {
                "key": each.key,
                "label": word(_CATEGORIES[each.key]),
                "year": each.now,
                "previous": each.before,
                "limit": SMALL,
                "left": SMALL - each.now,
            }
        )
        for each in found.resources
    ]
    total: dict[str, Value] = {"label": word("Total"), "limit": SMALL, "left": SMALL - found.two_years}
    rows.append(Row(total, role="total", sums=range(len(rows))))
    note = word(
        "Le SMT est ouvert tant qu'aucune catégorie ne dépasse {limit} dans l'exercice, et que leur somme sur deux exercices ne "
        "dépasse pas {limit} (SYCEBNL, art. 4 à 6)."
    ).format(limit=amount_in_figures(SMALL, context.language))
    if found.blind:
        note += " " + word("Les ressources de l'exercice d'avant ne sont pas dans ces livres : comptez-les en plus.")
    return grid("eligibility", word("Conditions du Système minimal de trésorerie"), columns, rows, note)


def _too_large(context: Context, found: Eligibility) -> Text:
    word, language = context._, context.language
    said = word(
        "Le Système minimal de trésorerie n'est plus ouvert : {now} de ressources dans l'exercice, {both} sur deux exercices, pour "
        "un seuil de {limit}. Établissez le Système normal (jeu-d-etats: associations)."
    )
    figures = {"now": found.now, "both": found.two_years, "limit": SMALL}
    shown = {key: amount_in_figures(value, language) for key, value in figures.items()}
    return Text((said.format(**shown),), role="warning")
