"""What a payment voucher says: who is paid, from which account, on which accounts, what is withheld, what was owed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from grandlivre.books.records import Account, Entry, Movement
from grandlivre.policy.sycebnl import WITHHOLDINGS
from grandlivre.reports.kit.account_figures import account_label
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.officers import name_of
from grandlivre.reports.kit.table import Column, Fact, Row, Table, Value, grid
from grandlivre.reports.kit.wording import day
from grandlivre.sources.problem import RefusedError


@dataclass(frozen=True)
class InvoicePaid:
    """An invoice that the voucher settles, in whole francs."""

    entry: Entry
    number: str
    gross: int
    """What the invoice charges: what was owed and what was withheld when it was booked."""
    withheld: int
    paid: int
    """By this voucher."""

    @property
    def owed(self) -> int:
        """gross − withheld."""
        return self.gross - self.withheld


@dataclass(frozen=True)
class PaymentVoucher:
    """What one entry moves on one treasury account, in whole francs."""

    entry: Entry
    account: Account
    movements: tuple[Movement, ...]
    """On that account."""
    invoices: tuple[InvoicePaid, ...] = ()

    @cached_property
    def amount(self) -> int:
        """Positive when the account pays, negative when it receives."""
        return -sum(movement.value for movement in self.movements)

    @cached_property
    def charged(self) -> tuple[Movement, ...]:
        """The other movements of the payment's own side: what is paid for, or what a receipt credits."""
        return tuple(m for m in self._others if (m.value > 0) == (self.amount > 0))

    @cached_property
    def deducted(self) -> tuple[Movement, ...]:
        """The other movements that lessen what is paid: withholdings, advances recovered."""
        return tuple(m for m in self._others if (m.value > 0) != (self.amount > 0))

    @property
    def gross(self) -> int:
        """What is charged, before deductions."""
        return sum(abs(movement.value) for movement in self.charged)

    @property
    def deductions(self) -> int:
        """What is deducted."""
        return sum(abs(movement.value) for movement in self.deducted)

    @property
    def payee(self) -> str:
        """Who receives it, or who pays it in."""
        return self.entry.payee_of(self.movements[0])

    def text(self, key: str) -> str:
        """A metadata value of its treasury movement, else of the entry."""
        return self.entry.text(key, self.movements[0])

    @property
    def _others(self) -> tuple[Movement, ...]:
        return tuple(m for m in self.entry.movements if m.value and m.account.name != self.account.name)


def vouchers(context: Context, prefixes: tuple[str, ...], *, receipts: bool = False) -> tuple[PaymentVoucher, ...]:
    """The vouchers of the scope on accounts of those numbers: the one named by its number, else each of the period.

    Payments only, bank charges left out, unless `receipts`; the voucher that is named always comes.
    """
    if context.scope.piece:
        return _named(context, prefixes, receipts=receipts)
    paying = {entry_key(p.entry) for p in context.books.payments(prefixes)}
    found = _of(context, (e for e in context.entries if not e.kind), prefixes)
    kept = (each for each in found if (entry_key(each.entry) in paying and each.amount > 0) or receipts)
    return tuple(_in_scope(context, kept))


def _named(context: Context, prefixes: tuple[str, ...], *, receipts: bool) -> tuple[PaymentVoucher, ...]:
    _, piece = context._, context.scope.piece
    entries = context.books.vouchers(piece)
    if not entries:
        said = _("La pièce {piece} n'existe pas dans ces livres : vérifiez son numéro.")
        raise RefusedError(said.format(piece=piece))
    if all(entry.is_cancelled for entry in entries):
        said = _("La pièce {piece} est annulée ({reason}) : elle ne paie rien.")
        raise RefusedError(said.format(piece=piece, reason=entries[0].text("annulee")))
    found = [each for each in _of(context, (e for e in entries if not e.kind), prefixes) if each.amount > 0 or receipts]
    if not found:
        said = _("La pièce {piece} ne fait sortir aucun argent d'un compte {numbers} : choisissez une autre pièce.")
        if receipts:
            said = _("La pièce {piece} ne touche aucun compte {numbers} : choisissez une autre pièce.")
        raise RefusedError(said.format(piece=piece, numbers=" / ".join(prefixes)))
    return tuple(_in_scope(context, found))


def _in_scope(context: Context, found: Iterable[PaymentVoucher]) -> Iterable[PaymentVoucher]:
    tree, account = context.scope.tree, context.scope.account
    return (v for v in found if (not tree or v.account.tree == tree) and (not account or v.account.name == account))


def _of(context: Context, entries: Iterable[Entry], prefixes: tuple[str, ...]) -> Iterable[PaymentVoucher]:
    settled = _settled(context)
    for entry in entries:
        by_account: dict[str, list[Movement]] = {}
        for movement in entry.movements:
            if movement.value and movement.account.number.startswith(prefixes):
                by_account.setdefault(movement.account.name, []).append(movement)
        for group in by_account.values():
            invoices = tuple(settled.get(entry_key(entry), ()))
            voucher = PaymentVoucher(entry, group[0].account, tuple(group), invoices)
            if voucher.amount:
                yield voucher


def _settled(context: Context) -> dict[tuple[str, int], list[InvoicePaid]]:
    """The invoices each entry settles."""
    found: dict[tuple[str, int], list[InvoicePaid]] = {}
    for invoice in context.books.invoices:
        withheld = -sum(
            m.value for m in invoice.entry.movements if m.value < 0 and m.account.number.startswith(WITHHOLDINGS)
        )
        withheld = 0 if invoice.entry.is_taken_over else withheld
        for entry, paid in invoice.settlements:
            if paid > 0:
                one = InvoicePaid(invoice.entry, invoice.number, invoice.amount + withheld, withheld, paid)
                found.setdefault(entry_key(entry), []).append(one)
    return found


def entry_key(entry: Entry) -> tuple[str, int]:
    """What tells two entries apart."""
    return entry.file, entry.line


def allocation(context: Context, voucher: PaymentVoucher, net: str) -> Table:
    """Imputation: what is charged, what is withheld, what is left to pay (`net` names it)."""
    _ = context._
    rows = [_row(context, voucher, movement) for movement in voucher.charged]
    rows.append(Row({"label": _("Montant brut")}, role="subtotal", key="G", sums=range(len(rows))))
    start = len(rows)
    rows += (_row(context, voucher, movement) for movement in voucher.deducted)
    if voucher.deducted:
        rows.append(Row({"label": _("Retenues et déductions")}, role="subtotal", key="R", sums=range(start, len(rows))))
    else:
        rows.append(Row({"label": _("Retenues et déductions"), "amount": 0}, role="subtotal", key="R"))
    rows.append(Row({"label": net}, role="total", formula=Formula("G - R")))
    columns = (
        Column("account", _("Compte"), width=8),
        Column("label", _("Intitulé"), width=34),
        Column("agreement", _("Convention"), width=12),
        Column("line", _("Ligne"), width=6),
        Column("activity", _("Activité"), width=7),
        Column("amount", _("Montant"), "money", total="sum"),
    )
    return grid("imputation", _("Imputation"), columns, rows)


def _row(context: Context, voucher: PaymentVoucher, movement: Movement) -> Row:
    entry = voucher.entry
    agreement = context.books.agreement(entry, movement)
    cells: dict[str, Value] = {
        "account": movement.account.number,
        "label": account_label(context, movement.account),
        "agreement": agreement.id if agreement is not None else entry.text("convention", movement),
        "line": entry.text("ligne", movement),
        "activity": entry.text("activite", movement),
        "amount": abs(movement.value),
    }
    return Row(cells, refs=(context.ref(entry),))


def invoices_paid(context: Context, voucher: PaymentVoucher) -> Table:
    """The invoices that the voucher settles, with what was withheld on each."""
    _ = context._
    rows = [
        Row(
            {
                "number": invoice.number or invoice.entry.piece,
                "date": invoice.entry.date,
                "gross": invoice.gross,
                "withheld": invoice.withheld,
                "paid": invoice.paid,
            },
            refs=(context.ref(invoice.entry),),
        )
        for invoice in voucher.invoices
    ]
    rows.append(Row({"number": _("Total")}, role="total", sums=range(len(rows))))
    columns = (
        Column("number", _("Facture"), width=20),
        Column("date", _("Comptabilisée le"), "date"),
        Column("gross", _("Montant facturé"), "money", total="sum"),
        Column("withheld", _("Retenue à la source"), "money", total="sum"),
        Column("owed", _("Net dû"), "money", total="sum", formula=Formula("gross - withheld")),
        Column("paid", _("Réglé par cette pièce"), "money", total="sum"),
    )
    return grid("factures", _("Factures réglées"), columns, rows)


def facts(context: Context, voucher: PaymentVoucher) -> list[Fact]:
    """What both kinds of vouchers say first; empty facts are left out."""
    _, entry = context._, voucher.entry
    said = [
        Fact(_("N° de pièce"), entry.piece),
        Fact(_("Date"), day(entry.date)),
        Fact(_("Objet"), entry.narration),
        Fact(_("NIF"), voucher.text("nif")),
        Fact(_("Facture"), voucher.text("facture")),
        Fact(_("Marché"), voucher.text("marche")),
        Fact(_("Autorisé par"), ", ".join(name_of(context, who) for who in voucher.text("autorise-par").split())),
        Fact(_("Justificatif joint"), entry.text("document")),
    ]
    return [fact for fact in said if fact.value]
