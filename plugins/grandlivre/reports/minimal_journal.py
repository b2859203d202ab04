"""The single cash journal (journal-tresorerie-smt) of the minimal cash system, note 4: one for each bank, one for cash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from grandlivre.books.records import Account, Entry
from grandlivre.policy.sycebnl import JOURNAL_PAYMENTS, JOURNAL_RECEIPTS, STATED, TILL
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, TREASURER, officer
from grandlivre.reports.kit.statutory import heading, identification
from grandlivre.reports.kit.table import Block, Column, Report, Row, Table, Text, Value, grid
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
_Line = tuple[Entry, int]
"""An entry and what it changes of a journal's balance."""


def report(context: Context) -> Report:
    """The journals of the year up to the period's end, each from its balance brought forward."""
    word = context._
    whole = span_of(context.books, context.period.end)
    span = Span(max(whole.start, context.period.start), whole.end)
    rows: list[Row] = []
    for title, accounts in _journals(context):
        rows += _journal(context, span, title, accounts, len(rows))
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
        Column("label", word("Libellé"), width=24),
        Column("receipts", word("Recettes"), "money", total="sum"),
        Column("payments", word("Dépenses"), "money", total="sum"),
        Column("balance", word("Solde"), "money", formula=Formula("above.balance + receipts - payments")),
        *(Column(key, word(title), "money", total="sum", group=received) for key, title in _RECEIPTS.items()),
        *(Column(key, word(title), "money", total="sum", group=paid) for key, title in _PAYMENTS.items()),
    )
    return grid("lines", word("Journal unique de trésorerie"), columns, rows)


def _journal(context: Context, span: Span, title: str, accounts: tuple[Account, ...], before: int) -> list[Row]:
    """A journal's rows, after so many others: title, what is brought forward, lines, totals; none when nothing moved."""
    word, names = context._, {account.name for account in accounts}
    moved = list(_moved(context, accounts))
    opening = sum(amount for entry, amount in moved if entry.date < span.start or entry.is_opening)
    own = [(entry, amount) for entry, amount in moved if span.start <= entry.date <= span.end and not entry.is_opening]
    if not own and not opening:
        return []
    flows = _by_entry(
        each for each in cash_basis(context.books, span).flows if each.treasury and each.treasury.name in names
    )
    said: dict[str, Value] = {"account": title}
    lines = [_row(context, said, entry, amount, flows.get(id(entry), ())) for entry, amount in own]
    return [
        Row({**said, "label": title}, role="heading"),
        Row({**said, "date": span.start, "label": word("À nouveau"), "balance": opening}, role="opening"),
        *lines,
        Row(
            {**said, "label": word("Totaux"), "balance": opening + sum(amount for _, amount in own)},
            role="total",
            sums=range(before + 2, before + 2 + len(lines)),
        ),
    ]


def _moved(context: Context, accounts: Iterable[Account]) -> Iterator[_Line]:
    """What each entry changes of the accounts together, in the order of the books."""
    posted = [each for account in accounts for each in context.books.movements(account.name) if each.movement.value]
    posted.sort(key=lambda each: (each.entry.sort_key, each.movement.line))
    for _, group in groupby(posted, key=lambda each: id(each.entry)):
        parts = list(group)
        yield parts[0].entry, sum(each.movement.value for each in parts)


def _by_entry(flows: Iterable[Flow]) -> Mapping[int, list[Flow]]:
    found: dict[int, list[Flow]] = {}
    for flow in flows:
        found.setdefault(id(flow.entry), []).append(flow)
    return found


def _row(context: Context, said: Mapping[str, Value], entry: Entry, amount: int, flows: Iterable[Flow]) -> Row:
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
            **said,
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
