"""The list of a period's expenses, line after line, with its vouchers: what a donor checks the table against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grandlivre.books.budget import Charge
from grandlivre.books.records import Entry, Place
from grandlivre.policy.periods import Period
from grandlivre.policy.sycebnl import TREASURY
from grandlivre.reports.exchange import Exchange, shown_rate
from grandlivre.reports.execution import Execution, HeadingExecution, LineExecution
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.officers import name_of
from grandlivre.reports.kit.table import Column, Row, Table, Value, grid
from grandlivre.reports.kit.twins import SUFFIX, with_twins
from grandlivre.reports.kit.wording import MODES, day, period_label

Exchanges = Sequence[Exchange | None]
"""The conversion of each execution of the report, None for those in francs."""


def spending_table(context: Context, executions: Sequence[Execution], exchanges: Exchanges) -> Table:
    """Every expense of the period, grouped by line, numbered; twin amounts where one currency is on the report."""
    word = context._
    several = sum(execution.agreement is not None for execution in executions) > 1
    currencies = {each.currency for each in exchanges if each is not None}
    currency = currencies.pop() if len(currencies) == 1 else ""
    columns = [
        Column("order", word("N°"), "count"),
        *((Column("agreement", word("Convention"), width=12),) if several else ()),
        Column("heading", word("Rubrique"), width=22, page=False),
        Column("line", word("Ligne"), width=5),
        Column("activity", word("Activité"), width=8, page=False),
        Column("month", word("Mois"), width=14, page=False),
        Column("date", word("Date"), "date"),
        Column("piece", word("N° pièce"), width=19),
        Column("invoice", word("Facture"), width=14, under="piece"),
        Column("payee", word("Bénéficiaire"), width=24),
        Column("label", word("Libellé"), width=32),
        Column("account", word("Compte"), width=7),
        Column("mode", word("Mode de paiement"), width=9, page=False),
        Column("paid", word("Payé"), width=18),
        Column("amount", word("Montant"), "money", total="sum"),
        Column("money", word("Devise"), width=5, page=False),
        Column("rate", word("Taux"), "quantity", page=bool(currency)),
    ]
    paid = Payments(context)
    rows = [
        Row({"order": order, **cells}, refs=(context.ref(charge.entry),))
        for order, (charge, cells) in enumerate(_rows(context, executions, exchanges, paid, several=several), 1)
    ]
    if rows:
        rows.append(Row({"label": word("Total des dépenses de la période")}, role="total", sums=range(len(rows))))
    return grid(
        "expenses",
        word("Liste des dépenses de la période"),
        with_twins(columns, currency) if currency else columns,
        rows,
        sheet=word("Dépenses"),
        parts="line",
        part_words=word("Sous-total de la ligne"),
    )


def _rows(
    context: Context, executions: Sequence[Execution], exchanges: Exchanges, paid: Payments, *, several: bool
) -> Iterator[tuple[Charge, dict[str, Value]]]:
    for execution, exchange in zip(executions, exchanges, strict=True):
        for heading in execution.headings:
            for line in heading.lines:
                for charge in line.spent:
                    cells = _cells(context, heading, line, charge, paid)
                    if exchange is not None:
                        converted = exchange.of(charge)
                        cells["amount" + SUFFIX] = converted.units
                        cells["rate"] = shown_rate(converted.rate) if converted.rate else None
                    if several:
                        cells["agreement"] = execution.agreement.id if execution.agreement is not None else ""
                    yield charge, cells


def _cells(
    context: Context, heading: HeadingExecution, line: LineExecution, charge: Charge, paid: Payments
) -> dict[str, Value]:
    entry, word = charge.entry, context._
    return {
        "heading": f"{heading.code} {heading.label}".strip(),
        "line": line.code,
        "activity": charge.activity,
        "month": period_label(Period.month(entry.date), context.language),
        "date": entry.date,
        "piece": entry.piece,
        "invoice": entry.text("facture", charge.movement),
        "payee": name_of(context, entry.payee_of(charge.movement)),
        "label": entry.label_of(charge.movement),
        "account": charge.movement.account.number,
        "mode": word(MODES.get(mode, mode)) if (mode := entry.text("mode")) else "",
        "paid": paid.of(entry),
        "amount": charge.amount,
        "money": context.books.policy.currency,
    }


class Payments:
    """How and when each entry's expenses were paid: by itself, or by what settled its invoice."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.settled: dict[Place, list[Entry]] = {}
        for invoice in context.books.invoices_by_tree.get(context.scope.tree, ()):
            own = self.settled.setdefault(invoice.entry.place, [])
            own += [entry for entry, _ in invoice.settlements if entry.date <= context.period.end]

    def of(self, entry: Entry) -> str:
        """« chèque 0441030, 12/03/2026 »; « à payer » for an invoice that nothing settled by the period's end."""
        word = self.context._
        if any(each.account.is_(*TREASURY) for each in entry.movements):
            return self._said(entry)
        settled = self.settled.get(entry.place)
        if settled is None:
            return ""
        return " ; ".join(dict.fromkeys(map(self._said, settled))) or word("à payer")

    def _said(self, entry: Entry) -> str:
        word, mode = self.context._, entry.text("mode")
        how = word(MODES.get(mode, mode)) if mode else ""
        if not how and any(each.account.is_till for each in entry.movements):
            how = word(MODES["especes"])
        number = entry.text("cheque") or entry.text("ordre")
        return ", ".join(filter(None, (" ".join(filter(None, (how, number))), day(entry.date))))
