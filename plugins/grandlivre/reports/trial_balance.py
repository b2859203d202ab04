"""The trial balance (balance): opening, period, year to date and closing of every account, by tree or of the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from grandlivre.books.records import Entry
from grandlivre.reports.kit.account_figures import Figures, account_figures
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, DIRECTOR, officer
from grandlivre.reports.kit.table import Block, Column, Fact, Ref, Report, Row, Table, Text, grid
from grandlivre.reports.kit.wording import amount_in_figures

REPORT = ReportModel(
    name="balance",
    title="Balance des comptes",
    audience=Audience.MANAGEMENT,
    routine=5,
    whole=1,
)

_COLUMNS = (
    "opening_debit",
    "opening_credit",
    "debit",
    "credit",
    "year_debit",
    "year_credit",
    "closing_debit",
    "closing_credit",
)


@dataclass(frozen=True)
class TrialBalanceLine:
    """A number of the chart with its eight columns, in whole smallest units.

    Balances of several accounts of one number are not set off against each other.
    """

    number: str
    label: str
    accounts: tuple[Figures, ...]

    @property
    def opening_debit(self) -> int:
        """Debit balances brought forward."""
        return _positive(figures.opening for figures in self.accounts)

    @property
    def opening_credit(self) -> int:
        """Credit balances brought forward."""
        return _positive(-figures.opening for figures in self.accounts)

    @property
    def debit(self) -> int:
        """Debits of the period."""
        return sum(figures.debit for figures in self.accounts)

    @property
    def credit(self) -> int:
        """Credits of the period."""
        return sum(figures.credit for figures in self.accounts)

    @property
    def year_debit(self) -> int:
        """Debits since the fiscal year began."""
        return sum(figures.year_debit for figures in self.accounts)

    @property
    def year_credit(self) -> int:
        """Credits since the fiscal year began."""
        return sum(figures.year_credit for figures in self.accounts)

    @property
    def closing_debit(self) -> int:
        """Debit balances at the end."""
        return _positive(figures.closing for figures in self.accounts)

    @property
    def closing_credit(self) -> int:
        """Credit balances at the end."""
        return _positive(-figures.closing for figures in self.accounts)

    @property
    def entries(self) -> Iterable[Entry]:
        """The period's entries behind it."""
        return (posted.entry for figures in self.accounts for posted in figures.movements)


@dataclass(frozen=True)
class TrialBalance:
    """The lines of the scope in one commodity ("" for the books' currency), by number."""

    commodity: str
    lines: tuple[TrialBalanceLine, ...]

    def total(self, column: str) -> int:
        """The sum of a column."""
        return sum(getattr(line, column) for line in self.lines)

    @property
    def gap(self) -> int:
        """Closing debits less credits: 0 in sound books."""
        return self.total("closing_debit") - self.total("closing_credit")


def build(context: Context) -> tuple[TrialBalance, ...]:
    """The balance in the books' currency, then one a commodity kept beside that moves some account."""
    beside = (_balance(context, each) for each in context.books.commodities_beside)
    return (_balance(context, ""), *(balance for balance in beside if balance.lines))


def _balance(context: Context, commodity: str) -> TrialBalance:
    chart = context.books.policy.chart
    lines = []
    for number, group in groupby(sorted(account_figures(context, commodity), key=_number), key=_number):
        figures = tuple(group)
        own = {each.account.label or each.account.name for each in figures}
        label = chart.accounts.get(number) or (chart.label(number) if len(own) > 1 else "") or min(own)
        lines.append(TrialBalanceLine(number, label, figures))
    return TrialBalance(commodity, tuple(lines))


def _number(figures: Figures) -> str:
    return figures.account.number or figures.account.name


def report(context: Context) -> Report:
    """One table a commodity, a subtotal a class."""
    _ = context._
    balances = build(context)
    main = balances[0]
    body: list[Block] = [_table(context, balance) for balance in balances if balance.lines]
    if not body:
        body = [Text((_("Aucun compte n'a de solde ni de mouvement sur cette période."),), role="warning")]
    if main.gap:
        said = _("La balance ne s'équilibre pas : écart de {gap}. Cherchez une écriture qui mêle deux bailleurs.")
        body.insert(0, Text((said.format(gap=amount_in_figures(main.gap, context.language)),), role="warning"))
    return context.report(
        REPORT,
        title=REPORT.title if context.scope.tree else "Balance générale des comptes",
        facts=(
            Fact(_("Mouvements débiteurs"), main.total("debit")),
            Fact(_("Mouvements créditeurs"), main.total("credit")),
            Fact(_("Écart débit − crédit à la clôture"), main.gap),
        ),
        body=tuple(body),
        signatures=(officer(context, ACCOUNTANT), officer(context, DIRECTOR)),
        landscape=True,
    )


def _table(context: Context, balance: TrialBalance) -> Table:
    _ = context._
    rows: list[Row] = []
    totals: list[int] = []
    for digit, group in groupby(balance.lines, key=lambda line: line.number[:1]):
        start = len(rows)
        rows += (_row(context, line) for line in group)
        totals.append(len(rows))
        said = _("Total classe {digit}").format(digit=digit) if digit.isdigit() else _("Total sans numéro")
        rows.append(Row({"label": said}, role="subtotal", sums=range(start, len(rows))))
    rows.append(Row({"label": _("Totaux")}, role="total", sums=tuple(totals)))
    title, key = _("Comptes"), "balance"
    if balance.commodity:
        title = _("Contributions volontaires en nature ({commodity})").format(commodity=balance.commodity)
        key = f"balance-{balance.commodity.lower()}"
    note = _("Le report à nouveau figure dans l'ouverture. Les soldes de sens contraire ne se compensent pas.")
    return grid(key, title, _columns(context), rows, note)


def _columns(context: Context) -> tuple[Column, ...]:
    _ = context._
    groups = (_("Ouverture"), _("Mouvements de la période"), _("Cumul de l'exercice"), _("Clôture"))
    titles = (_("Débit"), _("Crédit"))
    return (
        Column("number", _("Compte"), width=8),
        Column("label", _("Intitulé"), width=30),
        *(
            Column(key, titles[index % 2], "money", total="sum", group=groups[index // 2])
            for index, key in enumerate(_COLUMNS)
        ),
    )


def _row(context: Context, line: TrialBalanceLine) -> Row:
    refs: dict[Ref, None] = dict.fromkeys(context.ref(entry) for entry in line.entries)
    cells = {"number": line.number, "label": line.label}
    return Row({**cells, **{key: getattr(line, key) or None for key in _COLUMNS}}, refs=tuple(refs))


def _positive(values: Iterable[int]) -> int:
    return sum(value for value in values if value > 0)
