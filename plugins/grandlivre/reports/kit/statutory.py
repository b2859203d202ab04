"""What the statutory statements share: the identification header, rows from a statement, what no line reads, what must be nil."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from grandlivre.i18n import did_you_mean
from grandlivre.policy.layouts import StatementLayout, StatementLine, StatementTable
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, PRESIDENT, TREASURER, officer
from grandlivre.reports.kit.table import Block, Column, Fact, Report, Role, Row, Table, Text, Value, grid
from grandlivre.reports.kit.wording import day
from grandlivre.sources.problem import RefusedError
from grandlivre.statements.explaining import Behind, behind
from grandlivre.statements.figures import Span
from grandlivre.statements.mapping import Amounts, Share, Statement
from grandlivre.statements.years import Year, year

_ROLES: Mapping[str, Role] = {"ligne": "normal", "sous-total": "subtotal", "total": "total"}
Cells = Callable[[StatementLine, Amounts], Mapping[str, Value]]


def statutory(
    context: Context,
    model: ReportModel,
    span: Span,
    body: Iterable[Block],
    *,
    unattached: tuple[Share, ...],
    nil: Iterable[Fact] = (),
    chosen: Iterable[Fact] = (),
    **parts: Any,
) -> Report:
    """The report of a statement: its header, what must be nil, its tables, then what no line reads.

    It is PROVISOIRE while an account is on no line or something that must be nil is not.
    """
    word, gaps = context._, tuple(nil)
    blocks = list(body)
    open_gaps = [gap for gap in gaps if gap.value]
    why = []
    if unattached:
        why.append(word("Des comptes ne sont rattachés à aucune ligne : ils sont listés sous l'état."))
    why += [word("{label} : il doit être nul.").format(label=gap.label) for gap in open_gaps]
    if why:
        blocks.insert(0, Text(tuple(why), role="warning"))
    blocks.append(unattached_table(context, unattached))
    report = context.report(
        model,
        facts=(*identification(context, span), *chosen, *gaps),
        body=tuple(blocks),
        signatures=parts.pop(
            "signatures", (officer(context, ACCOUNTANT), officer(context, TREASURER), officer(context, PRESIDENT))
        ),
        heading=heading(context, span),
        **parts,
    )
    return replace(report, provisional=True, provisional_why=" ".join(why)) if why else report


def identification(context: Context, span: Span) -> tuple[Fact, ...]:
    """Désignation, numéro d'identification, adresse, exercice, durée: the header of every official statement.

    One that stops before the fiscal year ends says its day: N-1 beside it is a whole year.
    """
    word, own = context._, context.books.policy.organisation
    papers = own.papers
    whose = f"{own.name} ({context.scope_label})" if context.scope.tree else own.name
    end = year_end(context, span)
    said = (
        Fact(word("Désignation entité"), whose),
        Fact(word("Numéro d'identification"), papers.tax_id or papers.registration or word("à compléter")),
        Fact(word("Adresse"), papers.address or word("à compléter")),
        Fact(word("Exercice clos le"), end),
        Fact(word("Durée (en mois)"), months(context, span), "count"),
    )
    return said if span.end == end else (*said, Fact(word("Situation au"), span.end))


def year_end(context: Context, span: Span) -> date:
    """The last day of the fiscal year."""
    year = context.books.policy.organisation.year_of(span.end)
    return year.end if year is not None else span.end.replace(month=12, day=31)


def months(context: Context, span: Span) -> int:
    """How many months the fiscal year has."""
    end = year_end(context, span)
    return (end.year - span.start.year) * 12 + end.month - span.start.month + 1


def heading(context: Context, span: Span) -> str:
    """The same in one line, printed at the top of every page."""
    said = identification(context, span)
    values = [day(fact.value) if isinstance(fact.value, date) else str(fact.value) for fact in said]
    return " · ".join(f"{fact.label} : {value}" for fact, value in zip(said, values, strict=True))


def lines(context: Context, year: Year, table: StatementTable | None, cells: Cells) -> list[Row]:
    """A row a line of a table of the layout; sums are formulas over the lines they add up."""
    layout = year.now.layout
    key = table.key if table is not None else ""
    return [_row(context, year.now, line, cells) for line in layout.lines_of(key)]


def _row(context: Context, statement: Statement, line: StatementLine, cells: Cells) -> Row:
    return line_row(context, line, {"note": line.note, **cells(line, statement.amounts[line.key])})


def line_row(context: Context, line: StatementLine, cells: Mapping[str, Value]) -> Row:
    """The row of a line with its figures; a sum is a formula over the lines it adds up."""
    shown = {"ref": line.ref, "label": named(context, line), **cells}
    formula = Formula(_sum(line)) if line.sums else None
    return Row(shown, role=_ROLES[line.rank], key=line.key, formula=formula, depth=int(line.within), behind=line.key)


def named(context: Context, said: StatementLine | StatementTable) -> str:
    """What the reader calls a line or a table."""
    return (said.english if context.language == "en" else "") or said.label


def _sum(line: StatementLine) -> str:
    said = " ".join(f"{'-' if term.sign < 0 else '+'} {term.key}" for term in line.sums)
    return said.removeprefix("+ ") if said.startswith("+") else f"0 {said}"


def statement_columns(context: Context, *middle: Column, note: str = "") -> tuple[Column, ...]:
    """REF, label, note, the figures, and the year before."""
    word = context._
    return (
        *line_columns(context),
        Column("note", note or word("Note"), width=6),
        *middle,
        Column("previous", word("Exercice N-1"), "money", total="sum", width=13),
    )


def line_columns(context: Context) -> tuple[Column, Column]:
    """REF and label."""
    return Column("ref", "REF", width=4), Column("label", context._("Libellés"), width=44)


def amount_table(context: Context, year: Year, table: StatementTable, note: str = "", title: str = "") -> Table:
    """A table of a statement with one figure a line: REF, label, note, amount, previous."""

    def cells(line: StatementLine, amounts: Amounts) -> Mapping[str, Value]:
        return {"amount": amounts.net, "previous": year.previous(line.key)}

    columns = statement_columns(
        context, Column("amount", context._("Exercice N"), "money", total="sum", width=13), note=note
    )
    return grid(table.key, title or named(context, table), columns, lines(context, year, table, cells))


def unattached_table(context: Context, shares: Iterable[Share]) -> Table:
    """What no line reads: number, label, amount (debits positive)."""
    word = context._
    columns = (
        Column("number", word("Compte"), width=8),
        Column("label", word("Intitulé"), width=44),
        Column("amount", word("Solde débiteur (− : créditeur)"), "money", total="sum"),
    )
    rows = [
        Row({"number": each.figures.account.number, "label": _account(context, each), "amount": each.amount})
        for each in shares
    ]
    if rows:
        rows.append(Row({"label": word("Total")}, role="total", sums=range(len(rows))))
    note = "" if rows else word("Tous les comptes sont rattachés à une ligne.")
    return grid("unattached", word("Comptes non rattachés"), columns, rows, note)


def _account(context: Context, share: Share) -> str:
    account = share.figures.account
    return account.label or context.books.policy.chart.label(account.number) or account.name


def nil(context: Context, label: str, value: int) -> Fact:
    """What must be nil, and what it is."""
    return Fact(context._(label), value)


def behind_line(statement: str) -> Callable[[Context, str], tuple[Behind, ...]]:
    """What explains a line of a statement, by its REF or its key; raises `RefusedError` for a line it does not have."""

    def explain(context: Context, ref: str) -> tuple[Behind, ...]:
        made = year(context.books, statement, context.period.end, context.scope.tree)
        return behind(context.books, made, key_of(context, made.now.layout, ref))

    return explain


def key_of(context: Context, layout: StatementLayout, ref: str) -> str:
    """The key of a line, by its REF or its key; raises `RefusedError` for a line that the statement does not have."""
    known = {line.ref or line.key: line.key for line in layout.lines} | {line.key: line.key for line in layout.lines}
    key = known.get(ref.strip()) or known.get(ref.strip().upper())
    if key is None:
        said = context._("La ligne « {ref} » n'est pas dans l'état {statement}.").format(
            ref=ref, statement=layout.statement
        )
        raise RefusedError(said + did_you_mean(ref.strip().upper(), known, f" Lignes : {', '.join(known)}."))
    return key
