"""The tables of a statement of funds: what moved, agreement by agreement, what is held, and the rates that were taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grandlivre.books.records import Entry
from grandlivre.policy.donors import Agreement
from grandlivre.reports.agreement_funds import AgreementFunds, Flow, agreement_funds
from grandlivre.reports.exchange import Exchange, exchange, shown_rate, source_words
from grandlivre.reports.execution import Execution
from grandlivre.reports.funds import FundsStatement
from grandlivre.reports.holdings import AVAILABLE, COMMITTED, NET
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.table import Column, Drawn, Row, Table, Value, grid
from grandlivre.reports.kit.twins import SUFFIX, with_twins
from grandlivre.reports.kit.wording import day

_CLOSING = "Solde de clôture théorique"
"""What the movements leave, beside what is held."""


@dataclass(frozen=True)
class Statement:
    """One flow, in francs and in its agreement's currency, and what agreements left each other."""

    key: str
    title: str
    francs: Flow
    foreign: Flow
    exchange: Exchange | None
    formers: Sequence[Agreement] = ()
    carried: tuple[int, int] = (0, 0)
    """What the former agreements left, in francs and in the currency."""
    heir: Agreement | None = None
    """The next agreement, to which this one left what it had."""
    receipts: Sequence[Entry] = ()
    interests: Sequence[Entry] = ()
    listed: bool = False
    """Whether its expenses are all those of the list."""

    @property
    def closing(self) -> tuple[int, int]:
        """What is left, in francs and in the currency, before an heir takes it."""
        return self.francs.closing + self.carried[0], self.foreign.closing + self.carried[1]


def statements(
    context: Context, found: FundsStatement, executions: Sequence[Execution], exchanges: Sequence[Exchange | None]
) -> Iterator[Statement]:
    """The flow of each agreement on the report when there are several, then that of the whole tree.

    The whole is in the currency of the agreement that is alone on the report.
    """
    word = context._
    funds = agreement_funds(context)
    shown = sorted((each.agreement for each in executions if each.agreement is not None), key=lambda each: each.start)
    title = word("État des fonds : mouvements de la période")
    if len(shown) > 1:
        for agreement in shown:
            own = _of_agreement(context, funds, agreement)
            yield replace(own, title=f"{title} – {word('Convention')} {agreement.number or agreement.id}")
        title = f"{title} – {word('Ensemble')}"
    alone = exchanges[0] if len(exchanges) == 1 else None
    listed = sum(line.period for execution in executions for line in execution.lines)
    yield replace(_of_tree(context, funds, found, shown, alone), title=title, listed=found.expenses == listed)


def _of_agreement(context: Context, funds: Mapping[str, AgreementFunds], agreement: Agreement) -> Statement:
    """The flow of one agreement among several."""
    own = funds.get(agreement.id) or AgreementFunds(agreement, exchange(context, agreement))
    taken = [funds[each.id] for each in _lineage(context, agreement) if each.id in funds]
    carried = (
        sum(each.francs.closing for each in taken),
        sum(_in(context, own.exchange, each).closing for each in taken),
    )
    return Statement(
        f"flow-{agreement.id}",
        "",
        own.francs,
        own.foreign,
        own.exchange,
        _formers(context, agreement) if carried[0] else (),
        carried if carried[0] else (0, 0),
        _heir(context, agreement),
        own.receipts,
        own.interests,
    )


def _of_tree(
    context: Context,
    funds: Mapping[str, AgreementFunds],
    found: FundsStatement,
    shown: Sequence[Agreement],
    alone: Exchange | None,
) -> Statement:
    """The flow of the whole tree, what agreements that ended left to those on the report apart."""
    gone = _gone(context, shown)
    before = [funds[each] for each in gone if each in funds]
    carried = (sum(each.francs.opening for each in before), sum(_in(context, alone, each).opening for each in before))
    if not carried[0]:
        carried = (0, 0)
    francs = Flow(found.opening - carried[0], found.received, found.interest, found.other, found.expenses)
    foreign = sum((_in(context, alone, each) for each in funds.values()), Flow(-carried[1]))
    heirs = {each.id: _heir(context, each) for each in gone.values()}
    last = [each for each in gone.values() if (heir := heirs[each.id]) is None or heir.id not in gone]
    formers = last if carried[0] else []
    return Statement(
        "flow", "", francs, foreign, alone, formers, carried, receipts=found.receipts, interests=found.interests
    )


def _gone(context: Context, shown: Sequence[Agreement]) -> Mapping[str, Agreement]:
    """The agreements that left what they had to those on the report; where there is none, all that ended before it."""
    if shown:
        found = (each for heir in shown for each in _lineage(context, heir) if each not in shown)
    else:
        own = context.books.tree_agreements(context.scope.tree)
        found = (each for each in own if each.final_day < context.period.start)
    return {each.id: each for each in found}


def _in(context: Context, target: Exchange | None, own: AgreementFunds) -> Flow:
    """The funds of an agreement in the currency of another, its own where they share it."""
    if target is None:
        return Flow()
    if own.exchange is not None and own.exchange.currency == target.currency:
        return own.foreign
    start = max(context.period.start, target.agreement.start)
    parts = (own.francs.opening, own.francs.received, own.francs.interest, own.francs.other, own.francs.expenses)
    return Flow(*(target.worth(part, start) for part in parts))


def _heir(context: Context, agreement: Agreement) -> Agreement | None:
    """The first agreement that began after another ended, once it has begun: it takes what was left, alone."""
    own = context.books.tree_agreements(context.scope.tree)
    begun = (each for each in own if agreement.final_day < each.start <= context.reached)
    return min(begun, key=lambda each: each.start, default=None)


def _formers(context: Context, agreement: Agreement) -> tuple[Agreement, ...]:
    """The agreements that left what they had to this one."""
    own = context.books.tree_agreements(context.scope.tree)
    return tuple(each for each in own if _heir(context, each) is agreement)


def _lineage(context: Context, agreement: Agreement) -> Iterator[Agreement]:
    """The agreements whose funds came to this one, one leaving to the other."""
    for former in _formers(context, agreement):
        yield former
        yield from _lineage(context, former)


def flow_table(context: Context, found: Statement) -> Table:
    """What came and went."""
    word, francs, foreign = context._, found.francs, found.foreign
    rows: list[Row] = []
    formula: list[str] = []

    def add(key: str, label: str, values: tuple[int, int], sign: str = "+", behind: Sequence[Entry] = ()) -> None:
        rows.append(
            Row(_cells(found.exchange, label, *values), key=key, refs=tuple(context.ref(entry) for entry in behind))
        )
        formula.append(f"{sign} {key}")

    add("opening", word("Solde d'ouverture"), (francs.opening, foreign.opening))
    if found.formers:
        left = ", ".join(each.number or each.id for each in found.formers)
        label = word("Report de la convention {agreement}").format(agreement=left)
        add("carried", f"+ {label}", found.carried)
    received = (francs.received, foreign.received)
    add("received", f"+ {word('Fonds reçus')}", received, behind=found.receipts)
    add("interest", f"+ {word('Intérêts')}", (francs.interest, foreign.interest), behind=found.interests)
    if francs.other:
        add("other", f"+ {word('Autres ressources')}", (francs.other, foreign.other))
    add("expenses", f"− {word('Dépenses')}", (francs.expenses, foreign.expenses), "-")
    if found.listed:
        rows[-1] = replace(rows[-1], drawn=Drawn("expenses", "amount"))
    closing = Formula(" ".join(formula).removeprefix("+ "))
    rows.append(Row({"label": word(_CLOSING)}, role="total", key="closing", formula=closing))
    if found.heir is not None:
        label = word("Laissé à la convention {agreement}").format(agreement=found.heir.number or found.heir.id)
        passed = _cells(found.exchange, f"− {label}", *found.closing)
        rows.append(Row(passed, key="passed", drawn=Drawn(found.key, "amount", row="closing")))
    return grid(found.key, found.title, _label_amount(context, found.exchange), rows)


def position_table(context: Context, found: FundsStatement, flow: Statement) -> Table:
    """What is held, beside what the movements leave."""
    word, held, exchange = context._, found.holdings, flow.exchange
    at = context.reached

    def cells(name: str, value: int) -> dict[str, Value]:
        return _cells(exchange, name, value, exchange.worth(value, at) if exchange is not None else 0)

    money = [
        ("bank", "Banque", held.bank.amount, True),
        ("till", "Caisse", held.till.amount, True),
        ("mobile", "Monnaie électronique", held.mobile.amount, True),
        ("transit", "Virements en transit", held.transit.amount, False),
        ("unsigned", "Paiements à signer", held.unsigned.amount, False),
    ]
    others = [
        ("advances", "Avances à justifier", held.advances.amount, True),
        ("receivables", "Autres créances", held.receivables.amount, False),
    ]
    shown, beside = (
        [(key, name, value) for key, name, value, always in parts if always or value] for parts in (money, others)
    )
    rows = [
        Row(cells(f"{'+ ' if index else ''}{word(name)}", value), key=key)
        for index, (key, name, value) in enumerate(shown)
    ]
    available = Formula(" + ".join(key for key, _, _ in shown))
    rows.append(Row({"label": word(AVAILABLE)}, role="subtotal", key="available", formula=available))
    rows += [Row(cells(f"+ {word(name)}", value), key=key) for key, name, value in beside]
    net = Formula(" + ".join(("available", *(key for key, _, _ in beside))) + " - debts")
    rows += [
        Row(cells(f"− {word(COMMITTED)}", held.committed), key="debts"),
        Row({"label": word(NET)}, role="subtotal", key="held", formula=net),
    ]
    gap = Formula("closing - held")
    if exchange is not None:
        parts = [*(value for _, _, value in (*shown, *beside)), -held.committed]
        units = flow.closing[1] - sum(exchange.worth(value, at) for value in parts)
        rows.append(Row(_cells(exchange, word("+ Différence de change et arrondi"), 0, units), key="exchange"))
        gap = Formula("closing - held - exchange")
    rows += [
        Row(
            _cells(exchange, word(_CLOSING), found.closing, flow.closing[1]),
            key="closing",
            drawn=Drawn("flow", "amount", row="closing"),
        ),
        Row({"label": word("Écart entre les deux calculs")}, role="total", formula=gap),
    ]
    said = word("Les deux soldes concordent.") if not found.gap else word("Les deux soldes diffèrent : à expliquer.")
    title = word("État des fonds : situation au {day}").format(day=day(at))
    return grid("position", title, _label_amount(context, exchange), rows, said)


def _cells(exchange: Exchange | None, label: str, francs: int, units: int) -> dict[str, Value]:
    """A line's amount, in the currency too where the table has one."""
    cells: dict[str, Value] = {"label": label, "amount": francs}
    return cells if exchange is None else {**cells, "amount" + SUFFIX: units}


def _label_amount(context: Context, exchange: Exchange | None) -> tuple[Column, ...]:
    columns = (
        Column("label", context._("Libellé"), width=34),
        Column("amount", context._("Montant"), "money", total="sum"),
    )
    return with_twins(columns, exchange.currency) if exchange is not None else columns


def conversion_table(context: Context, execution: Execution, found: Exchange) -> Table:
    """The rates that converted the period's expenses, what each converted, and what rounding each expense leaves."""
    word = context._
    agreement = found.agreement
    spent = [charge for line in execution.lines for charge in line.spent]
    uses, rounding = found.uses(spent)
    columns = (
        Column("label", word("Origine du taux"), width=34),
        Column("rate", word("Taux"), "quantity"),
        Column("amount", word("Montant"), "money", total="sum"),
    )
    rows = [
        Row(
            {
                "label": source_words(context, use.source),
                "rate": shown_rate(use.rate),
                "amount": use.value,
                "amount" + SUFFIX: use.units,
            }
        )
        for use in uses
    ]
    label = word("Arrondi (chaque dépense au centime)")
    rows.append(Row({"label": label, "amount": 0, "amount" + SUFFIX: rounding}, key="rounding"))
    rows.append(Row({"label": word("Total des dépenses de la période")}, role="total", sums=range(len(rows))))
    title = f"{word('Conversion en')} {found.currency} – {word('Convention')} {agreement.number or agreement.id}"
    return grid(f"conversion-{agreement.id}", title, with_twins(columns, found.currency), rows)
