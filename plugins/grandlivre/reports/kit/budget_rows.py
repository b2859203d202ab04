"""The rows of a budget: each heading with its sum, its lines below, and the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from grandlivre.policy.donors import Agreement
from grandlivre.reports.execution import Execution, HeadingExecution, LineExecution
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.table import Column, Ref, Row, Value
from grandlivre.reports.kit.wording import amount_in_figures

Cells = Callable[[LineExecution], Mapping[str, Value]]
HeadingCells = Callable[[HeadingExecution], Mapping[str, Value]]


def budget_rows(
    context: Context,
    execution: Execution,
    cells: Cells,
    of_heading: HeadingCells | None = None,
    *,
    elapsed: bool = True,
) -> tuple[Row, ...]:
    """Rows whose `code` and `label` are set here and whose figures `cells` gives; `elapsed` stands on each where it is asked."""
    same: dict[str, Value] = {"elapsed": execution.elapsed} if elapsed and execution.agreement is not None else {}
    rows: list[Row] = []
    sums: list[int] = []
    for heading in execution.headings:
        if heading.code or len(execution.headings) > 1:
            at = len(rows)
            sums.append(at)
            many = range(at + 1, at + 1 + len(heading.lines))
            own = of_heading(heading) if of_heading is not None else {}
            rows.append(Row({"code": heading.code, "label": heading.label, **same, **own}, role="subtotal", sums=many))
        else:
            sums += range(len(rows), len(rows) + len(heading.lines))
        for line in heading.lines:
            rows.append(
                Row(
                    {"code": line.code, "label": line.label, **same, **cells(line)},
                    depth=1,
                    refs=refs(context, line),
                )
            )
    if rows:
        rows.append(Row({"label": context._("Total"), **same}, role="total", sums=sums))
    return tuple(rows)


def cumulative_title(context: Context, execution: Execution) -> str:
    """What the column of all that was spent is called; another name where what was spent before the books is unknown."""
    return context._("Depuis l'ouverture des livres") if execution.began_before else context._("Cumulé")


def supported(execution: Execution, columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns that the books can fill: what is left and its rates need all that was spent."""
    return tuple(each for each in columns if not (execution.began_before and each.key in _NEED_ALL))


_NEED_ALL = frozenset({"available", "rate", "gap", "variance", "variance_rate"})


def refs(context: Context, line: LineExecution) -> tuple[Ref, ...]:
    """The entries of the period behind a line, each once."""
    return tuple(dict.fromkeys(context.ref(charge.entry) for charge in line.spent))


def title(context: Context, execution: Execution) -> str:
    """What a table of this agreement is called."""
    agreement = execution.agreement
    if agreement is None:
        return context._("Dépenses hors convention")
    return f"{context._('Convention')} {agreement.number or agreement.id}"


def note(context: Context, execution: Execution) -> str:
    """What the reader must know: no budget, an agreement older than the books, lines that are not the agreement's amount."""
    agreement = execution.agreement
    if agreement is not None and not agreement.headings:
        return context._("Cette convention n'a pas de budget dans rules/bailleurs/ : rien ne se compare aux dépenses.")
    said = []
    if execution.began_before:
        said.append(
            context._(
                "La convention a commencé avant ces livres : ce qui a été dépensé avant leur ouverture n'y figure pas."
            )
        )
    if agreement is not None:
        said += _difference(context, agreement, execution.granted)
    return " ".join(said)


def _difference(context: Context, agreement: Agreement, granted: int) -> Iterator[str]:
    """The agreement's amount and the sum of its lines, where they differ by more than conversion explains."""
    money, own = agreement.amount, context.books.policy.currency
    if money is None:
        return
    amount = agreement.in_francs(money, context.period.end, own)
    if abs(amount - granted) <= (0 if money.currency == own else len(agreement.line_codes)):
        return
    yield context._("Montant de la convention : {amount} ; somme des lignes : {lines} ; écart : {gap}.").format(
        amount=amount_in_figures(amount, context.language),
        lines=amount_in_figures(granted, context.language),
        gap=amount_in_figures(amount - granted, context.language),
    )
    why = agreement.difference
    yield f"{context._('Raison :')} {why}" if why else context._("Raison à écrire (motif-ecart: de la convention).")
