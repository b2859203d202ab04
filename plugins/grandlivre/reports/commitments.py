"""Commitments: what was ordered and not invoiced, and what was invoiced and not paid, at the period's end."""

from __future__ import annotations

from dataclasses import dataclass

from grandlivre.books.budget import Commitment
from grandlivre.books.purchases import Invoice
from grandlivre.reports.execution import orders
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import DIRECTOR, officer
from grandlivre.reports.kit.table import Column, Ref, Report, Row, Table, grid

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
    facts = build(context)
    return context.report(
        REPORT,
        facts=context.rates(),
        body=(_orders(context, facts), _invoices(context, facts)),
        signatures=(officer(context, DIRECTOR),),
        landscape=True,
    )


def _orders(context: Context, facts: Commitments) -> Table:
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
        rows.append(
            Row(
                {
                    "dossier": dossier.id,
                    "date": dossier.date,
                    "subject": dossier.subject,
                    "winner": dossier.winner_name,
                    "line": dossier.line,
                    "until": dossier.until,
                    "award": order.award,
                    "booked": sum(charge.amount for charge in booked),
                },
                refs=(
                    Ref(dossier.place.file, dossier.place.line, dossier.id),
                    *dict.fromkeys(context.ref(charge.entry) for charge in booked),
                ),
            )
        )
    if rows:
        rows.append(Row({"subject": word("Total")}, role="total", sums=range(len(rows))))
    return grid("orders", word("Commandes en cours"), columns, rows)


def _invoices(context: Context, facts: Commitments) -> Table:
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
    rows = [
        Row(
            {
                "date": invoice.entry.date,
                "piece": invoice.entry.piece,
                "supplier": invoice.entry.payee_of(invoice.movement),
                "number": invoice.number,
                "label": invoice.entry.narration,
                "days": (end - invoice.entry.date).days,
                "amount": invoice.amount,
                "paid": invoice.amount - invoice.open_on(end),
            },
            refs=(context.ref(invoice.entry),),
        )
        for invoice in facts.invoices
    ]
    if rows:
        rows.append(Row({"label": word("Total")}, role="total", sums=range(len(rows))))
    return grid("invoices", word("Factures reçues et non payées"), columns, rows)
