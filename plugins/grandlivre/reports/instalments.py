"""The money of an agreement as it comes: what was promised, called and received, and what the bank made of it on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from grandlivre.books.conversion import Receipt, half_up
from grandlivre.policy.donors import Agreement, Instalment
from grandlivre.policy.periods import Period
from grandlivre.policy.rates import parity
from grandlivre.policy.sycebnl import CALLED_FUNDS
from grandlivre.policy.values import exponent
from grandlivre.reports.agreement_funds import AgreementFunds, agreement_funds
from grandlivre.reports.exchange import Exchange, shown_rate
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.table import Column, Row, Table, Value, grid
from grandlivre.reports.kit.twins import SUFFIX, with_twins
from grandlivre.reports.kit.wording import day

RECEIVED, PARTLY, CALLED, LATE, EXPECTED = "reçue", "reçue en partie", "demandée", "en retard", "attendue"


@dataclass(frozen=True, slots=True)
class InstalmentState:
    """One instalment on a day, in the agreement's currency; what came fills the oldest first."""

    rank: int
    """From 1."""
    promised: Instalment
    called: int
    received: int
    last: date | None
    """The day of the last receipt that filled it."""

    @property
    def expected(self) -> int:
        """What was promised."""
        return self.promised.amount.units

    def state(self, at: date) -> str:
        """Received, called, late or expected on a day."""
        if self.received >= self.expected:
            return RECEIVED
        if self.received:
            return PARTLY
        if self.called:
            return CALLED
        return LATE if self.promised.due < at else EXPECTED


def instalments(context: Context, agreement: Agreement) -> tuple[InstalmentState, ...]:
    """The instalments of an agreement at the situation day, oldest first.

    Where the agreement is older than the books, what was due before them is taken as received then.
    """
    books = context.books
    promised = sorted(agreement.instalments, key=lambda each: each.due)
    before = [each for each in promised if each.due < books.start]
    states = [InstalmentState(n, each, each.amount.units, each.amount.units, None) for n, each in enumerate(before, 1)]
    later = promised[len(before) :]
    received = [(each.entry.date, units_of(context, agreement, each)) for each in _received(context, agreement)]
    called = sum(_called(context, agreement))
    for rank, each in enumerate(later, len(before) + 1):
        asked = each.amount.units
        part, last = 0, None
        while received and part < asked:
            when, left = received[0]
            taken = min(left, asked - part)
            part, last = part + taken, when
            received[0] = (when, left - taken)
            if taken == left:
                received.pop(0)
        asked_for = min(asked, max(called, 0))
        called -= asked_for
        states.append(InstalmentState(rank, each, max(asked_for, part), part, last))
    return tuple(states)


def units_of(context: Context, agreement: Agreement, receipt: Receipt) -> int:
    """A receipt in the agreement's currency; at the rate of its budget where its entry does not say it."""
    own = context.books.policy.currency
    currency = agreement.currency(own)
    if currency == own:
        return receipt.value
    if receipt.units:
        return receipt.units
    rate = Fraction(agreement.rate_on(receipt.entry.date))
    return half_up(receipt.value / rate * 10 ** exponent(currency)) if rate else 0


def _received(context: Context, agreement: Agreement) -> Sequence[Receipt]:
    found = context.books.received(context.scope.tree, agreement)
    return [each for each in found if each.entry.date <= context.reached and not each.is_brought_forward]


def _called(context: Context, agreement: Agreement) -> Iterator[int]:
    """What was asked of the donor, call by call, in the agreement's currency."""
    own = context.books.policy.currency
    currency = agreement.currency(own)
    for entry in context.entries_to_date:
        if entry.date > context.reached or not entry.pattern.touches(CALLED_FUNDS) or not entry.is_of_the_year:
            continue
        if context.books.agreement(entry) is not agreement:
            continue
        for movement in entry.movements:
            if movement.account.is_(*CALLED_FUNDS) and movement.value > 0:
                if movement.currency == currency:
                    yield movement.units
                elif rate := agreement.rate_on(entry.date):
                    yield half_up(movement.value / Fraction(rate) * 10 ** exponent(currency))


def instalments_table(context: Context, agreement: Agreement) -> Table:
    """What was promised, asked for and received, instalment by instalment, in the agreement's currency."""
    word, at = context._, context.reached
    places = exponent(agreement.currency(context.books.policy.currency))
    currency = agreement.currency(context.books.policy.currency)
    columns = (
        Column("label", word("Tranche"), width=12),
        Column("due", word("Prévue le"), "date"),
        Column("expected", word("Attendu"), "money", total="sum", exponent=places),
        Column("called", word("Demandé"), "money", total="sum", exponent=places),
        Column("date", word("Reçue le"), "date"),
        Column("received", word("Reçu"), "money", total="sum", exponent=places),
        Column("left", word("Reste"), "money", exponent=places, formula=Formula("expected - received")),
        Column("state", word("État"), width=14),
    )
    rows = [
        Row(
            {
                "label": f"{word('Tranche')} {each.rank}",
                "due": each.promised.due,
                "expected": each.expected,
                "called": each.called,
                "date": each.last,
                "received": each.received,
                "state": word(each.state(at)),
            }
        )
        for each in instalments(context, agreement)
    ]
    if rows:
        rows.append(Row({"label": word("Total")}, role="total", sums=range(len(rows))))
    title = word("Tranches de la convention {agreement}, en {currency}").format(
        agreement=agreement.number or agreement.id, currency=currency
    )
    return grid(f"instalments-{agreement.id}", title, columns, rows)


def receipts_table(context: Context, found: Exchange) -> Table | None:
    """Each instalment received in a foreign currency: what it converts to, what the bank credited, and what the difference is."""
    word, agreement = context._, found.agreement
    own = [each for each in found.conversion.received if each.entry.date in context.period and each.units]
    if not own:
        return None
    said = (
        Column("label", word("N° pièce"), width=19),
        Column("date", word("Date"), "date"),
        Column("amount", word("Montant reçu"), "money", total="sum", exponent=found.exponent),
        Column("rate", word("Taux"), "quantity"),
    )
    money = (
        Column("converted", word("Converti"), "money", total="sum"),
        Column("credited", word("Crédité par la banque"), "money", total="sum"),
        Column("gap", word("Différence"), "money", total="sum", formula=Formula("converted - credited")),
        Column("fees", word("Frais bancaires"), "money", total="sum"),
        Column("exchange", word("Différence de change"), "money", total="sum"),
    )
    columns = (*said, *with_twins(money, found.currency), Column("note", word("Explication"), width=26))
    rows = [Row(_receipt(context, found, each), refs=(context.ref(each.entry),)) for each in own]
    rows.append(Row({"label": word("Total")}, role="total", sums=range(len(rows))))
    title = word("Fonds reçus en {currency} – Convention {agreement}").format(
        currency=found.currency, agreement=agreement.number or agreement.id
    )
    return grid(f"receipts-{agreement.id}", title, columns, rows)


def _receipt(context: Context, found: Exchange, receipt: Receipt) -> dict[str, Value]:
    """Under a fixed parity the whole difference is the bank's; else what no fee explains comes from the exchange."""
    word, conversion = context._, found.conversion
    rate = conversion.rate_of(receipt)
    if conversion.policy == "fixe":
        rate = Fraction(found.agreement.rate_on(receipt.entry.date))
    converted = half_up(receipt.units * rate / conversion.scale)
    gap = converted - receipt.credited
    pegged = parity(found.currency, conversion.own) is not None
    fees = gap if pegged else receipt.fees
    said = []
    if fees:
        said.append(word("frais de la banque"))
    if fees != receipt.fees:
        said.append(word("à comptabiliser en frais bancaires"))
    if gap != fees:
        said.append(word("différence de change"))
    credited, paid = (half_up(part / rate * conversion.scale) for part in (receipt.credited, fees))
    return {
        "label": receipt.entry.piece,
        "date": receipt.entry.date,
        "amount": receipt.units,
        "rate": shown_rate(rate),
        "converted": converted,
        "credited": receipt.credited,
        "fees": fees,
        "exchange": gap - fees,
        f"converted{SUFFIX}": receipt.units,
        f"credited{SUFFIX}": credited,
        f"fees{SUFFIX}": paid,
        f"exchange{SUFFIX}": receipt.units - credited - paid,
        "note": ", ".join(said),
    }


def funding_table(context: Context, agreement: Agreement, granted: int, found: Exchange | None) -> Table:
    """Who pays for the budget: the donor's share and the others', what each gave by now, and what its money earned."""
    word, at = context._, context.reached
    columns = (
        Column("source", word("Source"), width=34),
        Column("budget", word("Budget"), "money", total="sum"),
        Column("received", word("Reçu à ce jour"), "money", total="sum"),
        Column("rate", word("Taux"), "percent", formula=Formula("received / budget")),
    )
    rows = list(_sources(context, agreement, granted, found))
    rows.append(Row({"source": word("Total")}, role="total", sums=range(len(rows))))
    heading = word("Sources de financement – Convention {agreement}, au {day}").format(
        agreement=agreement.number or agreement.id, day=day(at)
    )
    shown = with_twins(columns, found.currency) if found is not None else columns
    return grid(f"funding-{agreement.id}", heading, shown, rows)


_Pair = tuple[int | None, int | None]
"""An amount in francs, and in the agreement's currency."""


def _sources(context: Context, agreement: Agreement, granted: int, found: Exchange | None) -> Iterator[Row]:
    """The rows of the sources: the donor, the others where they pay a part, what the money earned."""
    word, end = context._, context.period.end
    own, lines = context.books.policy.currency, agreement.budget_at(end).values()
    whole = sum(agreement.in_francs(line.total, end, own) for line in lines)
    earned = _interests(context, agreement)
    interest = sum(each.francs.interest for each in earned)
    share = other = gained = None
    if found is not None:
        share = sum(found.budget(line.code, end) for line in lines)
        other = found.conversion.planned(whole - granted, end)
        gained = sum(each.foreign.interest for each in earned)
    donor = context.donor
    partner = (donor.partner or donor.name) if donor is not None else word("Bailleur")
    yield _source("donor", partner, (granted, share), _given(context, agreement), found)
    if whole != granted:
        yield _source("others", word("Autres contributions"), (whole - granted, other), (None, None), found)
    if interest:
        yield _source("interest", word("Intérêts"), (None, None), (interest, gained), found)


def _source(key: str, label: str, budget: _Pair, received: _Pair, found: Exchange | None) -> Row:
    cells: dict[str, Value] = {"source": label, "budget": budget[0], "received": received[0]}
    if found is not None:
        cells |= {"budget" + SUFFIX: budget[1], "received" + SUFFIX: received[1]}
    return Row(cells, key=key)


def _given(context: Context, agreement: Agreement) -> _Pair:
    """What the donor gave by now, what came before these books as it was promised."""
    own = context.books.policy.currency
    before = [each for each in agreement.instalments if each.due < context.books.start]
    received = _received(context, agreement)
    francs = sum(each.value for each in received)
    francs += sum(agreement.in_francs(each.amount, each.due, own) for each in before)
    units = sum(units_of(context, agreement, each) for each in received)
    return francs, units + sum(each.amount.units for each in before)


def _interests(context: Context, agreement: Agreement) -> Sequence[AgreementFunds]:
    """The agreement's funds since these books began, where what its money earned stands."""
    since = replace(context, period=Period("", context.books.start, context.period.end))
    own = agreement_funds(since).get(agreement.id)
    return () if own is None else (own,)
