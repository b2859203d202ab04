"""The general ledger (grand-livre): each account with its opening, its movements and its closing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grandlivre.books.records import Movement, Posted
from grandlivre.reports.kit.account_figures import (
    Figures,
    account_figures,
    account_title,
    chosen_accounts,
    sides,
    worth,
)
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.letters import Place, letters
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, DIRECTOR, name_of, officer
from grandlivre.reports.kit.table import Column, Fact, Report, Row, Table, Text, Value, grid

REPORT = ReportModel(
    name="grand-livre",
    title="Grand-livre",
    audience=Audience.MANAGEMENT,
    routine=4,
)


@dataclass(frozen=True)
class GeneralLedger:
    """The accounts of the scope in one commodity ("" for the books' currency)."""

    commodity: str
    accounts: tuple[Figures, ...]


def build(context: Context) -> tuple[GeneralLedger, ...]:
    """The ledger in the books' currency, then one a commodity kept beside that moves some account."""
    if context.scope.account:
        chosen_accounts(context, ("",), context._("compte"))
    beside = (GeneralLedger(each, account_figures(context, each)) for each in context.books.commodities_beside)
    return (GeneralLedger("", account_figures(context)), *(ledger for ledger in beside if ledger.accounts))


def report(context: Context) -> Report:
    """One table a commodity; each account under its own heading."""
    _ = context._
    ledgers = build(context)
    main = ledgers[0]
    body: list[Table | Text] = [_table(context, ledger) for ledger in ledgers if ledger.accounts]
    if not body:
        body = [Text((_("Aucun compte n'a de solde ni de mouvement sur cette période."),), role="warning")]
    return context.report(
        REPORT,
        facts=(
            Fact(_("Comptes"), len(main.accounts), "count"),
            Fact(_("Total débit"), sum(figures.debit for figures in main.accounts)),
            Fact(_("Total crédit"), sum(figures.credit for figures in main.accounts)),
        ),
        body=tuple(body),
        signatures=(officer(context, ACCOUNTANT), officer(context, DIRECTOR)),
        landscape=True,
    )


def _table(context: Context, ledger: GeneralLedger) -> Table:
    _ = context._
    rows: list[Row] = []
    totals: list[int] = []
    lettered = letters(context.books, context.reached) if not ledger.commodity else {}
    for figures in ledger.accounts:
        number = figures.account.number
        rows.append(Row({"account": number, "label": account_title(context, figures.account)}, role="heading"))
        opening: dict[str, Value] = {"account": number, "label": _("Solde d'ouverture"), "balance": figures.opening}
        rows.append(Row(opening, role="opening"))
        start = len(rows)
        rows += (_row(context, posted, ledger.commodity, lettered) for posted in figures.movements)
        if figures.movements:
            totals.append(len(rows))
            summed = range(start, len(rows))
            rows.append(Row({"account": number, "label": _("Total du compte")}, role="subtotal", sums=summed))
        rows.append(
            Row({"account": number, "label": _("Solde de clôture"), "balance": figures.closing}, role="closing")
        )
    rows.append(Row({"label": _("Totaux de la période")}, role="total", sums=tuple(totals)))
    title = _("Comptes")
    if ledger.commodity:
        title = _("Contributions volontaires en nature ({commodity})").format(commodity=ledger.commodity)
    key = f"comptes-{ledger.commodity.lower()}" if ledger.commodity else "comptes"
    note = _("Solde : D débiteur, C créditeur. Une extourne s'inscrit en négatif dans la même colonne.")
    return grid(key, title, _columns(context), rows, note)


def _columns(context: Context) -> tuple[Column, ...]:
    _ = context._
    return (
        Column("account", _("Compte"), width=8),
        Column("date", _("Date"), "date"),
        Column("book", _("Journal"), width=5),
        Column("piece", _("N° pièce")),
        Column("payee", _("Tiers"), width=22),
        Column("label", _("Libellé"), width=36),
        Column("other", _("Contrepartie"), width=10),
        Column("letter", _("Lettrage"), width=6),
        Column("debit", _("Débit"), "money", total="sum"),
        Column("credit", _("Crédit"), "money", total="sum"),
        Column("balance", _("Solde"), "money", formula=Formula("above.balance + debit - credit"), sided=True),
    )


def _row(context: Context, posted: Posted, commodity: str, lettered: Mapping[Place, str]) -> Row:
    entry, movement = posted
    debit, credit = sides(entry, worth(movement, commodity))
    cells: dict[str, Value] = {
        "account": movement.account.number,
        "date": entry.date,
        "book": entry.voucher.series if entry.voucher is not None else "",
        "piece": entry.text("piece", movement),
        "payee": name_of(context, entry.payee_of(movement)),
        "label": entry.label_of(movement),
        "other": _others(context, entry.movements, movement),
        "letter": lettered.get((entry.file, entry.line, movement.account.name), ""),
        "debit": debit or None,
        "credit": credit or None,
    }
    return Row(cells, refs=(context.ref(entry),))


def _others(context: Context, movements: tuple[Movement, ...], movement: Movement) -> str:
    """Numbers of the accounts on the other side, each once; « divers » beyond three."""
    numbers = dict.fromkeys(
        m.account.number or m.account.name for m in movements if (m.units > 0) != (movement.units > 0)
    )
    return ", ".join(numbers) if len(numbers) <= 3 else context._("divers")
