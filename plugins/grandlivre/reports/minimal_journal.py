"""The single cash journal (journal-tresorerie-smt) of the minimal cash system, note 4: one for each bank, one for cash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from grandlivre.books.records import Account, Entry
from grandlivre.policy.periods import day_before
from grandlivre.policy.sycebnl import JOURNAL_PAYMENTS, JOURNAL_RECEIPTS, STATED, TILL
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, TREASURER, officer
from grandlivre.reports.kit.statutory import heading, identification
from grandlivre.reports.kit.table import Block, Column, Report, Row, Table, Text, grid
from grandlivre.statements.cash_basis import Flow, cash_basis
from grandlivre.statements.figures import Span, span_of

REPORT = ReportModel(
    name="journal-tresorerie-smt",
    title="Journal unique de trésorerie (note 4)",
    audience=Audience.MANAGEMENT,
    scope=MadeFor.ALL,
)
_RECEIPTS = {
    "dues": "Cotisations",
    "grants": "Subventions",
    "other": "Autres",
    "equipment": "Matériel, mobilier et autres",
}
_PAYMENTS = {
    "activity": "Achats de biens liés à l'activité",
    "purchases": "Autres achats",
    "transport": "Transport",
    "services": "Services extérieurs",
    "salaries": "Salaires",
    "other_payments": "Autres",
}
_UNDER = {"equipment": "other", "transport": "purchases", "other_payments": "salaries"}
"""Columns that a page prints under another, for its letters to be read."""
_Line = tuple[Entry, str, int]
"""An entry, an account, and what the one changes of the other."""
Flows = Mapping[tuple[str, int], list[Flow]]
"""What the movements of an account were for, by account and entry."""


def report(context: Context) -> Report:
    """The journals of the year up to the period's end, each from its balance brought forward."""
    word = context._
    whole = span_of(context.books, context.period.end)
    span = Span(max(whole.start, context.period.start), whole.end)
    rows: list[Row] = []
    flows = _flows(context, span)
    for title, accounts in _journals(context):
        rows += _journal(context, span, title, accounts, flows, len(rows))
    body: list[Block] = [_table(context, rows)]
    if not rows:
        body.insert(0, Text((word("Aucun compte de trésorerie n'a bougé dans cette période."),), role="warning"))
    return context.report(
        REPORT,
        facts=identification(context, whole),
        body=tuple(body),
        signatures=(officer(context, ACCOUNTANT), officer(context, TREASURER)),
        heading=heading(context, whole),
        landscape=True,
    )


def _journals(context: Context) -> Iterator[tuple[str, tuple[Account, ...]]]:
    """Each bank apart, then all tills together."""
    for account in context.accounts(*STATED):
        yield context.account_words(account), (account,)
    tills = context.accounts(*TILL)
    if tills:
        yield context._("Caisse"), tills


def _table(context: Context, rows: list[Row]) -> Table:
    word = context._
    received, paid = word("Ventilation recettes"), word("Ventilation dépenses")
    columns = (
        Column("account", word("Compte"), width=24, page=False),
        Column("date", word("Date"), "date"),
        Column("voucher", word("N° pièce"), width=14, page=False),
        Column("label", word("Libellé"), width=20),
        Column("receipts", word("Recettes"), "money", total="sum"),
        Column("payments", word("Dépenses"), "money", total="sum"),
        Column("balance", word("Solde"), "money", formula=Formula("above.balance + receipts - payments")),
        *(_part(key, word(title), received) for key, title in _RECEIPTS.items()),
        *(_part(key, word(title), paid) for key, title in _PAYMENTS.items()),
    )
    return grid("lines", word("Journal unique de trésorerie"), columns, rows)


def _part(key: str, title: str, group: str) -> Column:
    return Column(key, title, "money", total="sum", group=group, under=_UNDER.get(key, ""))


def _journal(
    context: Context, span: Span, title: str, accounts: tuple[Account, ...], flows: Flows, before: int
) -> list[Row]:
    """A journal's rows, after so many others: title, what is brought forward, lines, totals; none when nothing moved."""
    word, opening, own = context._, 0, []
    for account in accounts:
        brought, moved = _moved(context, span, account)
        opening += brought
        own += moved
    if not own and not opening:
        return []
    if len(accounts) > 1:
        own.sort(key=lambda each: each[0].sort_key)
    lines = [_row(context, title, entry, amount, flows.get((account, id(entry)), ())) for entry, account, amount in own]
    return [
        Row({"account": title, "label": title}, role="heading"),
        Row({"account": title, "date": span.start, "label": word("À nouveau"), "balance": opening}, role="opening"),
        *lines,
        Row(
            {"account": title, "label": word("Totaux"), "balance": opening + sum(each[2] for each in own)},
            role="total",
            sums=range(before + 2, before + 2 + len(lines)),
        ),
    ]


def _moved(context: Context, span: Span, account: Account) -> tuple[int, list[_Line]]:
    """What an account brings forward to a span, and what each entry of it changes, in the order of the books."""
    ledger = context.books.ledger(account.name)
    first, last = ledger.until(day_before(span.start)), ledger.until(span.end)
    opening = ledger.balances[first - 1] if first else 0
    own: dict[int, _Line] = {}
    for entry, movement, _ in ledger[first:last]:
        if entry.is_opening:
            opening += movement.value
        elif movement.value:
            known = own.get(id(entry), (entry, account.name, 0))
            own[id(entry)] = (entry, account.name, known[2] + movement.value)
    return opening, list(own.values())


def _flows(context: Context, span: Span) -> Flows:
    found: dict[tuple[str, int], list[Flow]] = {}
    for flow in cash_basis(context.books, span).flows:
        if flow.treasury is not None:
            found.setdefault((flow.treasury.name, id(flow.entry)), []).append(flow)
    return found


def _row(context: Context, title: str, entry: Entry, amount: int, flows: Iterable[Flow]) -> Row:
    """A line: what no flow explains (a transfer between the organisation's own accounts) is « Autres »."""
    received = (amount > 0) is not entry.is_storno
    cells: dict[str, int] = {}
    left = amount
    for flow in flows:
        key = _column(flow)
        cells[key] = cells.get(key, 0) + (flow.amount if flow.side == "C" else -flow.amount)
        left -= flow.amount
    if left:
        key = "other" if received else "other_payments"
        cells[key] = cells.get(key, 0) + (left if received else -left)
    return Row(
        {
            "account": title,
            "date": entry.date,
            "voucher": entry.piece,
            "label": entry.narration or entry.payee,
            "receipts": sum(value for key, value in cells.items() if key in _RECEIPTS) or None,
            "payments": sum(value for key, value in cells.items() if key in _PAYMENTS) or None,
            **{key: value for key, value in cells.items() if value},
        },
        refs=(context.ref(entry),),
    )


def _column(flow: Flow) -> str:
    """The column of a receipt or a payment, by the longest number that names it."""
    named, other = (JOURNAL_RECEIPTS, "other") if flow.side == "C" else (JOURNAL_PAYMENTS, "other_payments")
    fitting = [
        (len(prefix), key)
        for key, prefixes in named.items()
        for prefix in prefixes
        if flow.account.number.startswith(prefix)
    ]
    return max(fitting)[1] if fitting else other
