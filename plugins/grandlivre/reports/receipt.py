"""The receipt (recu): who paid or gave what to the organisation, in figures and words; one for each payer of a voucher."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from grandlivre.books.gifts import payer, treasury
from grandlivre.books.records import Account, Entry, Movement
from grandlivre.policy.people import folded
from grandlivre.policy.sycebnl import (
    ASSETS_HELD,
    CUSTOMERS,
    DUES,
    FOUNDER,
    GIFTS_RECEIVED,
    GIFTS_REGISTERED,
    GIVEN_ASSETS,
    GIVEN_BESIDE,
    MOBILE,
    OWN_RECEIPTS,
    PLEDGED_TO_GIVERS,
    PROMISED_GIFTS,
    SOLD,
    SUNDRY,
    TILL,
)
from grandlivre.reports.kit.account_figures import account_label, by_tree
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, DIRECTOR, officer, signer
from grandlivre.reports.kit.table import Block, Column, Fact, Report, Row, Signature, Span, Table, Text, grid
from grandlivre.reports.kit.wording import MODES, amount_in_figures, amount_in_words, day
from grandlivre.sources.problem import RefusedError

REPORT = ReportModel(
    name="recu",
    title="Reçu",
    audience=Audience.INTERNAL,
    scope=MadeFor.ALL,
)

_NATURES = (
    (DUES, "Cotisation"),
    ((*GIFTS_REGISTERED, *PROMISED_GIFTS), "Don"),
    (SOLD, "Prestation"),
    (FOUNDER, "Contribution"),
)


_GIVEN_AS_SUCH = (*GIFTS_RECEIVED, *GIVEN_BESIDE)
"""What is given by an entry that brings in neither money nor an asset."""


@dataclass(frozen=True)
class Receipt:
    """What one payer brought by one voucher, in whole francs."""

    entry: Entry
    number: str
    """The voucher's; with its rank where the voucher has several payers."""
    payer: str
    movements: tuple[Movement, ...]
    """Those that credit what was paid or given."""

    @cached_property
    def amount(self) -> int:
        """What was paid or given."""
        return -sum(map(_worth, self.movements))

    @cached_property
    def treasury(self) -> Account | None:
        """Where the money came in; None for a gift in kind."""
        return treasury(self.entry)


def build(context: Context) -> tuple[Receipt, ...]:
    """The receipts of one voucher, else of the period, in the order of the books."""
    piece = context.scope.piece
    if not piece:
        return tuple(receipts(context, context.entries))
    _, entries = context._, context.books.vouchers(piece)
    if not entries:
        raise RefusedError(
            _("La pièce {piece} n'existe pas dans ces livres : vérifiez son numéro.").format(piece=piece)
        )
    found = tuple(receipts(context, entries))
    if not found:
        said = _(
            "La pièce {piece} ne reçoit ni cotisation, ni don, ni prix d'une prestation : choisissez la pièce d'une recette "
            "propre."
        )
        raise RefusedError(said.format(piece=piece))
    return found


def report(context: Context) -> tuple[Report, ...]:
    """One receipt a payer."""
    found = build(context)
    if not found:
        said = context._("Aucune cotisation, aucun don et aucune recette propre ne sont reçus dans cette période.")
        return (context.report(REPORT, body=(Text((said,), role="warning"),)),)
    inside = by_tree(context)
    return tuple(_report(inside(receipt.movements[0].account), receipt) for receipt in found)


def receipts(context: Context, entries: Iterable[Entry]) -> Iterator[Receipt]:
    """The receipts that some entries ask for, in their order."""
    for entry in entries:
        if entry.kind:
            continue
        by_payer: dict[str, list[Movement]] = {}
        for movement in _received(entry):
            by_payer.setdefault(payer(context.books, entry, movement), []).append(movement)
        kept = {who: own for who, own in by_payer.items() if sum(map(_worth, own)) < 0}
        for rank, (who, own) in enumerate(kept.items(), 1):
            yield Receipt(entry, entry.named if len(kept) == 1 else f"{entry.named}-{rank}", who, tuple(own))


def _received(entry: Entry) -> list[Movement]:
    """What an entry credits with somebody's money, or with a gift in kind."""
    wanted: tuple[str, ...] = GIFTS_REGISTERED if entry.pattern.touches(ASSETS_HELD) else _GIVEN_AS_SUCH
    if treasury(entry) is not None:
        wanted = (*OWN_RECEIPTS, *CUSTOMERS, *PROMISED_GIFTS, *GIVEN_ASSETS)
    elif entry.pattern.touches((*CUSTOMERS, *SUNDRY)):
        return []  # promised, billed or carried over: nothing was handed over
    return [
        each
        for each in entry.movements
        if each.account.is_(*wanted) and not each.account.is_(*PLEDGED_TO_GIVERS) and each.units
    ]


def _worth(movement: Movement) -> int:
    """What a movement is worth; off the balance sheet, what it was valued at."""
    return movement.value or movement.units


def _nature(context: Context, movement: Movement) -> str:
    number = movement.account.number
    return context._(next((word for prefixes, word in _NATURES if number.startswith(prefixes)), "Recette"))


def _mode(context: Context, receipt: Receipt) -> str:
    account, said = receipt.treasury, receipt.entry.text("mode")
    if account is None:
        return context._("en nature")
    usual = "especes" if account.number.startswith(TILL) else "mobile" if account.number.startswith(MOBILE) else ""
    mode = said or usual
    return context._(MODES.get(mode, mode))


def _report(context: Context, receipt: Receipt) -> Report:
    _, entry, language = context._, receipt.entry, context.language
    body: list[Block] = []
    if entry.piece in context.books.reversed_pieces:
        body.append(Text((_("Cette pièce a été extournée."),), role="warning"))
    said = _("Reçu de {payer} la somme de {words} ({figures}), pour : {purpose}.")
    if receipt.treasury is None:
        said = _("Reçu de {payer} un don en nature évalué à {words} ({figures}) : {purpose}.")
    words, figures = amount_in_words(receipt.amount, language), amount_in_figures(receipt.amount, language)
    body.append(
        Text(
            (said.format(payer=receipt.payer, words=words, figures=figures, purpose=_purpose(context, receipt)),),
            role="sentence",
        )
    )
    body += [_lines(context, receipt), _legal(context)]
    return context.report(
        REPORT,
        subtitle=receipt.number,
        scope=receipt.movements[0].account.tree,
        period=Span(day(entry.date), entry.date, entry.date),
        facts=tuple(fact for fact in _facts(context, receipt) if fact.value),
        body=tuple(body),
        signatures=(_cashier(context, receipt), officer(context, DIRECTOR)),
    )


def _purpose(context: Context, receipt: Receipt) -> str:
    """« Cotisation 2026 » for dues, else what the entry says."""
    entry, first = receipt.entry, receipt.movements[0]
    years = dict.fromkeys(entry.text("annee", each) for each in receipt.movements)
    if first.account.number.startswith(DUES) and all(years):
        return f"{_nature(context, first)} {', '.join(years)}"
    return entry.label_of(first)


def _facts(context: Context, receipt: Receipt) -> Iterator[Fact]:
    _, entry, first = context._, receipt.entry, receipt.movements[0]
    yield Fact(_("Reçu n°"), receipt.number)
    yield Fact(_("Date"), day(entry.date))
    yield Fact(_("Reçu de"), receipt.payer)
    yield Fact(_("Montant"), receipt.amount)
    yield Fact(_("Mode de paiement"), _mode(context, receipt))
    yield Fact(_("N° chèque"), entry.text("cheque"))
    yield Fact(_("Facture"), entry.text("facture", first))
    yield Fact(_("Registre des donateurs"), entry.text("registre", first))
    yield Fact(_("Justificatif joint"), entry.text("document"))


def _lines(context: Context, receipt: Receipt) -> Table:
    """What is received, account by account."""
    _, entry = context._, receipt.entry
    columns = (
        Column("nature", _("Nature"), width=16),
        Column("year", _("Année"), width=8),
        Column("account", _("Compte"), width=9),
        Column("label", _("Intitulé"), width=34),
        Column("amount", _("Montant"), "money", total="sum"),
    )
    rows = [
        Row(
            {
                "nature": _nature(context, movement),
                "year": entry.text("annee", movement),
                "account": movement.account.number,
                "label": account_label(context, movement.account),
                "amount": -_worth(movement),
            },
            refs=(context.ref(entry),),
        )
        for movement in receipt.movements
    ]
    rows.append(Row({"nature": _("Total reçu")}, role="total", sums=range(len(rows))))
    return grid("receipt", _("Ce qui est reçu"), columns, rows)


def _legal(context: Context) -> Text:
    """The numbers under which the organisation may receive money; what is not written in the rules is said."""
    _, papers = context._, context.books.policy.organisation.papers
    named = ((_("récépissé"), papers.registration), (_("accord-cadre"), papers.framework), (_("NIF"), papers.tax_id))
    missing = [label for label, value in named if not value]
    if missing:
        said = _("À écrire dans rules/organisation.yaml (identite), pour que ce reçu fasse foi : {missing}.")
        return Text((said.format(missing=", ".join(missing)),), role="warning")
    stated = (value if folded(value).startswith(folded(label)) else f"{label} {value}" for label, value in named)
    return Text((" · ".join(stated),), title=_("Mentions légales"))


def _cashier(context: Context, receipt: Receipt) -> Signature:
    account = receipt.treasury
    cashier = context.books.policy.cashier(account.name) if account is not None else ""
    return signer(context, "Reçu par le caissier", cashier) if cashier else officer(context, ACCOUNTANT)
