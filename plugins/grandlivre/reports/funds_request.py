"""The request for the next instalment: what is due, what was done with the last one, what the next period needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from grandlivre.books.reports_owed import reports_owed
from grandlivre.i18n import Money, decimal
from grandlivre.policy.donors import Agreement
from grandlivre.policy.values import exponent
from grandlivre.reports.budget_tables import Outlook
from grandlivre.reports.exchange import Exchange, exchange, policy_words, two_currencies
from grandlivre.reports.execution import Execution, LineExecution, executions, ratio
from grandlivre.reports.instalments import InstalmentState, instalments, instalments_table
from grandlivre.reports.kit.budget_rows import budget_rows, cumulative_title, note, title
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.identity import identity
from grandlivre.reports.kit.model import Audience, ReportModel
from grandlivre.reports.kit.signing import donor_signatures
from grandlivre.reports.kit.table import Block, Column, Fact, Report, Row, Table, Text, Value, grid
from grandlivre.reports.kit.twins import SUFFIX, with_twins
from grandlivre.reports.kit.wording import day, sum_in_figures
from grandlivre.rules import Level
from grandlivre.sources.problem import RefusedError

REPORT = ReportModel(
    name="demande-de-fonds",
    title="Demande de fonds",
    audience=Audience.DONOR,
)


_FORECAST = "Prévision de la période suivante"


@dataclass(frozen=True)
class FundsRequest:
    """One agreement's request, in smallest units of its currency."""

    agreement: Agreement
    execution: Execution
    exchange: Exchange | None
    states: tuple[InstalmentState, ...]
    currency: str
    forecast: int
    """What is to be spent until the end of the next period."""

    @property
    def next(self) -> InstalmentState | None:
        """The oldest instalment that is not whole yet."""
        return next((each for each in self.states if each.received < each.expected), None)

    @property
    def received(self) -> int:
        """All that came."""
        return sum(each.received for each in self.states)

    @property
    def spent(self) -> int:
        """All that was spent, what was before these books included."""
        if self.exchange is None:
            return self.execution.spent
        return sum(self.exchange.cumulative(line) for line in self.execution.lines)

    @property
    def left(self) -> int:
        """In hand."""
        return self.received - self.spent

    @property
    def last(self) -> InstalmentState | None:
        """The last instalment of which something came."""
        return next((each for each in reversed(self.states) if each.received), None)

    @property
    def used(self) -> Decimal | None:
        """The share of the last instalment that is spent, the older ones first; None where it cannot be known."""
        last = self.last
        if last is None or self.execution.began_before:
            return None
        return ratio(min(max(last.received - self.left, 0), last.received), last.received)

    @property
    def asked(self) -> Money | None:
        """What the next instalment still is."""
        found = self.next
        if found is None:
            return None
        return Money(found.expected - found.received, self.currency, exponent(self.currency))


def requests(context: Context) -> tuple[FundsRequest, ...]:
    """The requests of the tree's agreements that promise instalments; raises `MissingRateError` where a rate lacks."""
    found = []
    for execution in executions(context):
        agreement = execution.agreement
        if agreement is None or not agreement.instalments or not agreement.on(context.reached):
            continue
        own = exchange(context, agreement)
        outlook = Outlook(context, agreement)
        parts = [outlook.ahead_of(line) for line in execution.lines]
        forecast = sum(parts) if own is None else sum(own.conversion.planned(each, context.reached) for each in parts)
        currency = agreement.currency(context.books.policy.currency)
        found.append(FundsRequest(agreement, execution, own, instalments(context, agreement), currency, forecast))
    return tuple(found)


def blocks(context: Context, request: FundsRequest) -> Iterator[str]:
    """What stands in the way of asking, in words: reports not sent, errors, what is not spent yet, what is not explained."""
    if request.next is None:
        yield context._("toutes les tranches sont reçues")
        return
    yield from _not_sent(context, request)
    yield from _not_spent(context, request)
    yield from _found_wrong(context, request)


def _not_sent(context: Context, request: FundsRequest) -> Iterator[str]:
    """The reports that the agreement was owed by now."""
    books, at = context.books, context.reached
    since = max(books.first_transaction or books.start, books.start)
    for owed in reports_owed(books, context.scope.tree, since, at):
        sent = owed.done is not None and owed.done <= at
        asked = owed.agreement is request.agreement and owed.model != REPORT.name
        if asked and owed.period.end < at and not sent:
            yield context._("{model} {period} n'est pas envoyé").format(model=owed.model, period=owed.period.code)


def _not_spent(context: Context, request: FundsRequest) -> Iterator[str]:
    """Too little of the last instalment spent, or enough left for the next period."""
    word = context._
    used, wanted = request.used, request.agreement.spent_first
    if wanted is not None and used is not None and used * 100 < wanted:
        yield word("{used} % de la dernière tranche sont dépensés, {wanted} % sont exigés").format(
            used=decimal((used * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)), wanted=decimal(wanted)
        )
    if request.forecast <= request.left and not request.execution.began_before:
        if context.situation is None:
            yield word("ce qui reste en main couvre la prévision de la période suivante")
        else:
            end = Outlook(context, request.agreement).ahead.end
            yield word("ce qui reste en main couvre la prévision jusqu'au {day}").format(day=day(end))


def _found_wrong(context: Context, request: FundsRequest) -> Iterator[str]:
    """What the controls found: errors of the project, variances not explained, rates that lack."""
    word, at = context._, context.reached
    own = [
        each for each in context.findings if each.level is Level.ERROR and context.tree_of(each) == context.scope.tree
    ]
    errors = sum(each.date is None or each.date <= at for each in own)
    if errors:
        yield word("erreurs dans les livres du projet : {count}").format(count=errors)
    said = {"ecart-inexplique": word("un écart reste à expliquer"), "taux-manquant": word("un taux manque")}
    for each in context.findings:
        if each.rule in said and each.facts.get("agreement") == request.agreement.id:
            yield said[each.rule]


def report(context: Context) -> Report:
    """The request of one tree, agreement by agreement."""
    word = context._
    if context.donor is None:
        raise RefusedError(
            f"Le projet {context.scope.tree or '(aucun)'} n'a pas de fiche dans rules/bailleurs/ : "
            "une demande de fonds se fait à un bailleur, pour une convention."
        )
    found = requests(context)
    body: list[Block] = []
    for each in found:
        body += _blocks_of(context, each)
    if not body:
        said = word("Aucune convention en vigueur n'attend de tranche (tranches: de sa fiche) : rien n'est à demander.")
        body.append(Text((said,), role="warning"))
    return context.report(
        REPORT,
        subtitle=two_currencies(context, [each.exchange for each in found]),
        facts=(*_facts(context, found), *context.rates(), *identity(context)),
        body=tuple(body),
        signatures=donor_signatures(context),
    )


def _facts(context: Context, found: Sequence[FundsRequest]) -> Iterator[Fact]:
    word = context._
    for each in found:
        agreement = each.agreement
        yield Fact(word("Convention"), agreement.number or agreement.id)
        if agreement.amount is not None:
            yield Fact(word("Montant de la convention"), sum_in_figures(agreement.amount, context.language))
        if each.exchange is not None:
            yield Fact(word("Conversion des dépenses"), policy_words(context, each.exchange.conversion))
        if each.next is not None and each.asked is not None:
            yield Fact(word("Tranche demandée"), f"{each.next.rank} / {len(each.states)}")
            yield Fact(word("Montant demandé"), sum_in_figures(each.asked, context.language))


def _blocks_of(context: Context, request: FundsRequest) -> Iterator[Block]:
    word = context._
    stops = tuple(blocks(context, request))
    heading = title(context, request.execution)
    if stops:
        yield Text(
            tuple(f"{each[:1].upper()}{each[1:]}." for each in stops), word("Ce qui bloque la demande"), "warning"
        )
    else:
        yield Text((word("Rien ne bloque cette demande."),), heading)
    yield _sums(context, request, heading)
    yield instalments_table(context, request.agreement)
    yield _forecast(context, request, heading)


def _sums(context: Context, request: FundsRequest, heading: str) -> Table:
    """What came, what is left of it, what the next period needs, and what is asked."""
    word = context._
    columns = (
        Column("label", word("Libellé"), width=44),
        Column(
            "amount",
            f"{word('Montant')} ({request.currency})",
            "money",
            total="sum",
            exponent=exponent(request.currency),
        ),
        Column("rate", word("Part"), "percent"),
    )
    after = Outlook(context, request.agreement).ahead
    span = f"{day(after.start)} – {day(after.end)}"
    rows = [
        Row({"label": word("Fonds reçus à ce jour"), "amount": request.received}, key="received"),
    ]
    whole = not request.execution.began_before  # else what is left, and what is needed, is known to nobody
    if whole:
        rows += [
            Row({"label": f"− {word('Dépenses à ce jour')}", "amount": request.spent}, key="spent"),
            Row({"label": word("Reste en main")}, role="subtotal", key="left", formula=Formula("received - spent")),
        ]
    else:
        rows.append(
            Row({"label": word("Dépenses depuis l'ouverture des livres"), "amount": request.spent}, key="spent")
        )
    if request.last is not None:
        label = word("dont tranche {rank}, la dernière reçue : part dépensée").format(rank=request.last.rank)
        cells: dict[str, Value] = {"label": label, "amount": request.last.received, "rate": request.used}
        rows.append(Row(cells, key="last", depth=1))
    rows.append(Row({"label": f"{word('Prévision')} ({span})", "amount": request.forecast}, key="forecast"))
    if whole:
        need = Formula("forecast - left")
        rows.append(Row({"label": word("Besoin : prévision − reste")}, role="subtotal", key="need", formula=need))
    if request.next is not None and request.asked is not None:
        label = word("Tranche {rank}, prévue le {day}").format(
            rank=request.next.rank, day=day(request.next.promised.due)
        )
        rows.append(Row({"label": label, "amount": request.asked.units}, role="total", key="asked"))
    said = "" if whole else note(context, request.execution)
    return grid(f"request-{request.agreement.id}", f"{word('Demande')} – {heading}", columns, rows, said)


def _forecast(context: Context, request: FundsRequest, heading: str) -> Table:
    """Line by line, what the next period is to spend."""
    word, found, execution = context._, request.exchange, request.execution
    outlook = Outlook(context, request.agreement)
    columns = (
        Column("code", word("Code"), width=5),
        Column("label", word("Rubrique / Ligne"), width=30),
        Column("budget", word("Budget révisé"), "money", total="sum"),
        Column("actual", cumulative_title(context, execution), "money", total="sum"),
        Column("forecast", word(_FORECAST if context.situation is None else "Prévision"), "money", total="sum"),
    )

    def cells(line: LineExecution) -> dict[str, Value]:
        forecast = outlook.ahead_of(line)
        values: dict[str, Value] = {"budget": line.budget, "actual": line.cumulative, "forecast": forecast}
        if found is not None:
            values["budget" + SUFFIX] = found.budget(line.code, context.period.end)
            values["actual" + SUFFIX] = found.cumulative(line)
            values["forecast" + SUFFIX] = found.conversion.planned(forecast, context.reached)
        return values

    rows = budget_rows(context, execution, cells, elapsed=False)
    shown = with_twins(columns, found.currency) if found is not None else columns
    return grid(f"forecast-{request.agreement.id}", f"{word('Prévision')} – {heading}", shown, rows)
