"""The cash book (brouillard de caisse), one per till, with the visas of who keeps and who controls it (controls §3)."""

from __future__ import annotations

from collections.abc import Mapping

from grandlivre.policy.sycebnl import TILL
from grandlivre.reports.kit.account_figures import by_tree, chosen_accounts
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, name_of, officer, signer
from grandlivre.reports.kit.table import Column, Gauge, Gauges, Report, Value
from grandlivre.reports.treasury_book import BookLine, TreasuryBook, closed_months, flow_facts, treasury_book

REPORT = ReportModel(
    name="brouillard-caisse",
    title="Brouillard de caisse",
    audience=Audience.INTERNAL,
    scope=MadeFor.ACCOUNT,
    prefixes=TILL,
    routine=3,
)

_CLOSED = "Brouillard arrêté au {day} au solde de {words} ({figures})."


def build(context: Context) -> tuple[TreasuryBook, ...]:
    """The book of each till of the scope."""
    return tuple(
        treasury_book(context, account)
        for account in chosen_accounts(context, REPORT.prefixes, context._("compte de caisse (57)"))
    )


def report(context: Context) -> tuple[Report, ...]:
    """A report a till, a table a month."""
    inside = by_tree(context)
    return tuple(_report(inside(book.account), book) for book in build(context))


def _report(context: Context, book: TreasuryBook) -> Report:
    _ = context._
    columns = _columns(context)
    months = closed_months(context, book, columns, lambda line: _cells(context, line), _CLOSED)
    cashier = context.books.policy.cashier(book.account.name)
    return context.report(
        REPORT,
        scope=book.account.name,
        facts=flow_facts(context, book),
        body=(*_gauge(context, book), *months),
        signatures=(
            signer(context, "Caissier", cashier),
            officer(context, ACCOUNTANT),
        ),
        landscape=True,
    )


def _gauge(context: Context, book: TreasuryBook) -> tuple[Gauges, ...]:
    box = context.books.policy.tills.get(book.account.name)
    bounds = box.bounds_at(book.months[-1].period.end) if box is not None else None
    if bounds is None:
        return ()
    till = Gauge(book.account.label or book.account.name, book.closing, bounds.floor.units, bounds.ceiling.units)
    return (Gauges((till,), context._("Caisse à la fin de la période")),)


def _columns(context: Context) -> tuple[Column, ...]:
    _ = context._
    money, visas = _("Mouvements"), _("Visas")
    return (
        Column("order", _("N°"), "count"),
        Column("date", _("Date"), "date"),
        Column("piece", _("N° pièce")),
        Column("label", _("Libellé"), width=28),
        Column("payee", _("Bénéficiaire"), width=20),
        Column("account", _("Imputation"), width=8),
        Column("line", _("Projet / ligne"), width=15),
        Column("receipts", _("Recettes"), "money", total="sum", group=money),
        Column("payments", _("Dépenses"), "money", total="sum", group=money),
        Column("balance", _("Solde"), "money", formula=Formula("above.balance + receipts - payments"), group=money),
        Column("cashier", _("Caissier"), width=9, group=visas, by_hand=True),
        Column("control", _("Contrôle"), width=9, group=visas, by_hand=True),
    )


def _cells(context: Context, line: BookLine) -> Mapping[str, Value]:
    entry, movement = line.entry, line.movement
    return {
        "order": line.order,
        "date": entry.date,
        "piece": line.piece,
        "label": entry.narration,
        "payee": name_of(context, entry.payee_of(movement)),
        "account": line.imputation,
        "line": " ".join(part for part in (movement.account.tree, line.budget_line) if part),
    }
