"""The bank book (journal de banque), one per bank or mobile-money account, closed and signed each month (controls §6)."""

from __future__ import annotations

from collections.abc import Mapping

from grandlivre.policy.sycebnl import BANK_AND_MOBILE
from grandlivre.reports.kit.account_figures import bank_facts, by_tree, chosen_accounts
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, DIRECTOR, name_of, officer
from grandlivre.reports.kit.table import Column, Report, Value
from grandlivre.reports.kit.wording import MODES
from grandlivre.reports.treasury_book import BookLine, TreasuryBook, closed_months, flow_facts, treasury_book

REPORT = ReportModel(
    name="journal-banque",
    title="Journal de banque",
    audience=Audience.MANAGEMENT,
    scope=MadeFor.ACCOUNT,
    prefixes=BANK_AND_MOBILE,
    routine=2,
)

_CLOSED = "Journal arrêté au {day} au solde de {words} ({figures})."


def build(context: Context) -> tuple[TreasuryBook, ...]:
    """The book of each bank and mobile-money account of the scope."""
    what = context._("compte de banque (52) ou de monnaie électronique (55)")
    return tuple(treasury_book(context, account) for account in chosen_accounts(context, REPORT.prefixes, what))


def report(context: Context) -> tuple[Report, ...]:
    """A report an account, a table a month."""
    inside = by_tree(context)
    return tuple(_report(inside(book.account), book) for book in build(context))


def _report(context: Context, book: TreasuryBook) -> Report:
    _ = context._
    columns = _columns(context)
    months = closed_months(context, book, columns, lambda line: _cells(context, line), _CLOSED)
    mobile = book.account.is_mobile
    return context.report(
        REPORT,
        title="Journal de monnaie électronique" if mobile else REPORT.title,
        scope=book.account.name,
        facts=(*bank_facts(context, book.account), *flow_facts(context, book)),
        body=months,
        signatures=(officer(context, ACCOUNTANT), officer(context, DIRECTOR)),
        landscape=True,
    )


def _columns(context: Context) -> tuple[Column, ...]:
    _ = context._
    money = _("Mouvements")
    return (
        Column("order", _("N°"), "count"),
        Column("date", _("Date"), "date"),
        Column("value_date", _("Date de valeur"), "date", under="date"),
        Column("piece", _("N° pièce")),
        Column("mode", _("Mode"), width=8, under="piece"),
        Column("cheque", _("N° chèque / OV"), width=10, under="piece"),
        Column("payee", _("Bénéficiaire / Émetteur"), width=18),
        Column("label", _("Libellé"), width=24),
        Column("account", _("Compte"), width=11),
        Column("project", _("Projet"), width=7),
        Column("line", _("Ligne"), width=5, under="project"),
        Column("receipts", _("Recettes (débit)"), "money", total="sum", group=money),
        Column("payments", _("Dépenses (crédit)"), "money", total="sum", group=money),
        Column(
            "balance",
            _("Solde progressif"),
            "money",
            formula=Formula("above.balance + receipts - payments"),
            group=money,
        ),
        Column("first", _("Signataire 1"), width=16),
        Column("second", _("Signataire 2"), width=16, under="first"),
        Column("ticked", _("Pointé relevé n°"), width=7),
    )


def _cells(context: Context, line: BookLine) -> Mapping[str, Value]:
    entry, movement = line.entry, line.movement
    mode = entry.text("mode", movement)
    return {
        "order": line.order,
        "date": entry.date,
        "value_date": entry.value_date,
        "piece": line.piece,
        "mode": context._(MODES.get(mode, mode)),
        "cheque": entry.text("cheque", movement) or entry.text("ordre", movement),
        "payee": name_of(context, entry.payee_of(movement)),
        "label": entry.narration,
        "account": line.imputation,
        "project": movement.account.tree,
        "line": line.budget_line,
        "first": name_of(context, entry.text("signataire-1", movement)),
        "second": name_of(context, entry.text("signataire-2", movement)),
        "ticked": entry.text("pointage", movement),
    }
