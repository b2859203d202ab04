"""Commitments: what was ordered and not invoiced, and what was invoiced and not paid, at the period's end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grandlivre.books.budget import Commitment
from grandlivre.books.purchases import Invoice
from grandlivre.reports.exchange import Exchange, known_exchange, two_currencies
from grandlivre.reports.execution import orders
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import DIRECTOR, officer
from grandlivre.reports.kit.table import Column, Ref, Report, Row, Table, Value, grid
from grandlivre.reports.kit.twins import SUFFIX, with_twins

REPORT = ReportModel(
    name="engagements",
    title="Engagements",
    audience=Audience.MANAGEMENT,
    routine=11,
)


@dataclass(frozen=True, slots=True)
class Commitments:
    """Open orders and open invoices of a tree."""

    orders: tuple[Commitment, ...]
    invoices: tuple[Invoice, ...]


def build(context: Context) -> Commitments:
    """What the scope's tree still owes or expects at the period's end."""
    end, tree = context.period.end, context.scope.tree
    return Commitments(
        tuple(order for order in orders(context) if order.outstanding_on(end)),
        tuple(
            invoice
            for invoice in context.books.invoices_by_tree.get(tree, ())
            if invoice.entry.date <= end and invoice.open_on(end)
        ),
    )


def report(context: Context) -> Report:
    """The commitments of one tree."""
    facts, found = build(context), _exchange(context)
    return context.report(
        REPORT,
        subtitle=two_currencies(context, [found]),
        facts=context.rates(),
        body=(_orders(context, facts, found), _invoices(context, facts, found)),
        signatures=(officer(context, DIRECTOR),),
        landscape=True,
    )


def _exchange(context: Context) -> Exchange | None:
    """The conversion of the tree's only agreement of the period; None in francs, or where several agreements share the tree."""
    agreements = context.agreements()
    return known_exchange(context, agreements[0]) if len(agreements) == 1 else None


def _twins(context: Context, found: Exchange | None, cells: Mapping[str, int]) -> dict[str, Value]:
    """The whole and the part of it that is done, at the rate of the day reached: what is left is worth what other papers say."""
    if found is None:
        return {}
    (whole, amount), (part, done) = cells.items()
    worth, left = found.worth(amount, context.reached), found.worth(amount - done, context.reached)
    return {f"{whole}{SUFFIX}": worth, f"{part}{SUFFIX}": worth - left}


def _shown(columns: tuple[Column, ...], found: Exchange | None) -> tuple[Column, ...]:
    return with_twins(columns, found.currency) if found is not None else columns


def _orders(context: Context, facts: Commitments, found: Exchange | None) -> Table:
    word = context._
    columns = (
        Column("dossier", word("Marché"), width=11),
        Column("date", word("Attribué le"), "date"),
        Column("subject", word("Objet"), width=32),
        Column("winner", word("Attributaire"), width=24),
        Column("line", word("Ligne"), width=5),
        Column("until", word("Fin"), "date"),
        Column("award", word("Montant attribué"), "money", total="sum"),
        Column("booked", word("Facturé"), "money", total="sum"),
        Column("left", word("Reste à facturer"), "money", total="sum", formula=Formula("award - booked")),
    )
    rows = []
    for order in facts.orders:
        dossier = order.dossier
        booked = tuple(charge for charge in order.booked if charge.entry.date <= context.period.end)
        money = {"award": order.award, "booked": sum(charge.amount for charge in booked)}
        rows.append(
            Row(
                {
                    "dossier": dossier.id,
                    "date": dossier.date,
                    "subject": dossier.subject,
                    "winner": dossier.winner_name,
                    "line": dossier.line,
                    "until": dossier.until,
                    **money,
                    **_twins(context, found, money),
                },
                refs=(
                    Ref(dossier.place.file, dossier.place.line, dossier.id),
                    *dict.fromkeys(context.ref(charge.entry) for charge in booked),
                ),
            )
        )
    if rows:
        rows.append(Row({"subject": word("Total")}, role="total", sums=range(len(rows))))
    return grid("orders", word("Commandes en cours"), _shown(columns, found), rows)


def _invoices(context: Context, facts: Commitments, found: Exchange | None) -> Table:
    word, end = context._, context.period.end
    columns = (
        Column("date", word("Date"), "date"),
        Column("piece", word("N° pièce"), width=19),
        Column("supplier", word("Fournisseur"), width=26),
        Column("number", word("Facture"), width=12),
        Column("label", word("Libellé"), width=34),
        Column("days", word("Âge (jours)"), "count"),
        Column("amount", word("Montant"), "money", total="sum"),
        Column("paid", word("Réglé"), "money", total="sum"),
        Column("left", word("Reste dû"), "money", total="sum", formula=Formula("amount - paid")),
    )
    rows: list[Row] = []
    for invoice in facts.invoices:
        money = {"amount": invoice.amount, "paid": invoice.amount - invoice.open_on(end)}
        cells: dict[str, Value] = {
            "date": invoice.entry.date,
            "piece": invoice.entry.piece,
            "supplier": invoice.entry.payee_of(invoice.movement),
            "number": invoice.number,
            "label": invoice.entry.narration,
            "days": (end - invoice.entry.date).days,
            **money,
            **_twins(context, found, money),
        }
        rows.append(Row(cells, refs=(context.ref(invoice.entry),)))
    if rows:
        rows.append(Row({"label": word("Total")}, role="total", sums=range(len(rows))))
    return grid("invoices", word("Factures reçues et non payées"), _shown(columns, found), rows)
