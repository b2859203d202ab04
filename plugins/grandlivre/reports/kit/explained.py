"""The entries behind a line of a statement, as a report of its own."""

from __future__ import annotations

from collections.abc import Sequence

from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.table import Column, Fact, Report, Row, grid
from grandlivre.statements.explaining import Behind

SHOWN = 1_000
"""Movements listed one by one, the latest; those before stand together in one row."""


def explanation(context: Context, title: str, ref: str, found: Sequence[Behind]) -> Report:
    """The movements behind a line: day, voucher, payee, label, account, what each brings; their sum is the line."""
    word = context._
    columns = (
        Column("date", word("Date"), "date"),
        Column("piece", word("N° pièce"), width=19),
        Column("payee", word("Bénéficiaire"), width=24),
        Column("label", word("Libellé"), width=34),
        Column("account", word("Compte"), width=34),
        Column("amount", word("Montant"), "money", total="sum"),
    )
    rows: list[Row] = []
    earlier = found[: max(0, len(found) - SHOWN)]
    if earlier:
        said = word("{count} mouvements antérieurs").format(count=len(earlier))
        rows.append(Row({"label": said, "amount": sum(each.amount for each in earlier)}))
    for each in found[len(earlier) :]:
        entry, movement = each.entry, each.movement
        rows.append(
            Row(
                {
                    "date": entry.date,
                    "piece": entry.piece,
                    "payee": entry.payee_of(movement),
                    "label": entry.label_of(movement),
                    "account": movement.account.name,
                    "amount": each.amount,
                },
                refs=(context.ref(entry),),
            )
        )
    rows.append(Row({"label": word("Total")}, role="total", sums=range(len(rows))))
    model = ReportModel(name="explication", title="Écritures d'une ligne", audience=Audience.INTERNAL)
    return context.report(
        model,
        subtitle=f"{word(title)}, {ref}",
        facts=(Fact(word("Ligne"), ref, "text"), Fact(word("Montant"), sum(each.amount for each in found))),
        body=(grid("lines", word("Mouvements"), columns, rows),),
        landscape=True,
    )
