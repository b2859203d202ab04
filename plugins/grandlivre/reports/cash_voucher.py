"""The cash voucher (bon de caisse): money paid out of a till or into it, with the payee's receipt (controls §3)."""

from __future__ import annotations

from grandlivre.policy.sycebnl import TILL
from grandlivre.reports.kit.account_figures import by_tree
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import name_of, signer
from grandlivre.reports.kit.table import Block, Fact, Report, Signature, Span, Text
from grandlivre.reports.kit.wording import amount_in_figures, amount_in_words, day
from grandlivre.reports.vouchers import PaymentVoucher, allocation, facts, invoices_paid, vouchers

REPORT = ReportModel(
    name="bon-caisse",
    title="Bon de caisse",
    audience=Audience.INTERNAL,
    scope=MadeFor.ACCOUNT,
    prefixes=TILL,
)

_OUT, _IN = "Bon de sortie de caisse", "Bon d'entrée de caisse"


def build(context: Context) -> tuple[PaymentVoucher, ...]:
    """The movements of tills: of one voucher, else of the period."""
    return vouchers(context, REPORT.prefixes, receipts=True)


def report(context: Context) -> tuple[Report, ...]:
    """One voucher a movement."""
    found = build(context)
    if not found:
        said = context._("Aucun mouvement de caisse n'est daté de cette période.")
        return (context.report(REPORT, body=(Text((said,), role="warning"),)),)
    inside = by_tree(context)
    return tuple(_report(inside(voucher.account), voucher) for voucher in found)


def _report(context: Context, voucher: PaymentVoucher) -> Report:
    _, entry, language = context._, voucher.entry, context.language
    out, amount = voucher.amount > 0, abs(voucher.amount)
    who = name_of(context, voucher.payee)
    person = context.books.policy.people.get(voucher.payee)
    cashier = context.books.policy.cashier(voucher.account.name)
    body: list[Block] = []
    if entry.piece in context.books.reversed_pieces:
        body.append(Text((_("Cette pièce a été extournée."),), role="warning"))
    body.append(allocation(context, voucher, _("Net payé") if out else _("Net reçu")))
    if voucher.invoices:
        body.append(invoices_paid(context, voucher))
    said = _("Reçu de la caisse la somme de {words} ({figures}).")
    if not out:
        said = _("La caisse a reçu de {payee} la somme de {words} ({figures}).")
    figures = amount_in_figures(amount, language)
    body.append(
        Text((said.format(payee=who, words=amount_in_words(amount, language), figures=figures),), role="sentence")
    )
    head = [
        Fact(_("Bénéficiaire") if out else _("Versé par"), who),
        Fact(_("Téléphone"), person.phone if person is not None else ""),
        Fact(_("Montant"), amount),
    ]
    return context.report(
        REPORT,
        title=_OUT if out else _IN,
        subtitle=entry.piece,
        scope=voucher.account.name,
        period=Span(day(entry.date), entry.date, entry.date),
        facts=(*(fact for fact in head if fact.value), *facts(context, voucher)),
        body=tuple(body),
        signatures=(
            signer(context, "Autorisé par", voucher.text("autorise-par").partition(" ")[0]),
            signer(context, "Payé par le caissier" if out else "Reçu par le caissier", cashier),
            Signature(_("Pour acquit, le bénéficiaire") if out else _("La partie versante"), who, _("N° CNI / NINA :")),
        ),
    )
