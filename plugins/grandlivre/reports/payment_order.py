"""The payment order (ordre de paiement) of a voucher out of a bank or mobile-money account, for two signatures (controls §7)."""

from __future__ import annotations

from grandlivre.books.dealings import PAID_INTO
from grandlivre.policy.sycebnl import BANK_AND_MOBILE
from grandlivre.reports.kit.account_figures import bank_account_words, bank_facts, by_tree
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, name_of, officer, signer
from grandlivre.reports.kit.table import Block, Fact, Report, Signature, Span, Text
from grandlivre.reports.kit.wording import amount_in_figures, amount_in_words, day
from grandlivre.reports.vouchers import PaymentVoucher, allocation, facts, invoices_paid, vouchers

REPORT = ReportModel(
    name="ordre-paiement",
    title="Ordre de paiement",
    audience=Audience.INTERNAL,
    scope=MadeFor.ACCOUNT,
    prefixes=BANK_AND_MOBILE,
)

_MODES = {"cheque": "Chèque", "virement": "Virement", "especes": "Espèces", "mobile": "Monnaie électronique"}


def build(context: Context) -> tuple[PaymentVoucher, ...]:
    """The payments out of banks and mobile money: of one voucher, else of the period."""
    return vouchers(context, REPORT.prefixes)


def report(context: Context) -> tuple[Report, ...]:
    """One order a payment."""
    found = build(context)
    if not found:
        said = context._("Aucun paiement par banque ou monnaie électronique n'est daté de cette période.")
        return (context.report(REPORT, body=(Text((said,), role="warning"),)),)
    inside = by_tree(context)
    return tuple(_report(inside(voucher.account), voucher) for voucher in found)


def _report(context: Context, voucher: PaymentVoucher) -> Report:
    _, entry, language = context._, voucher.entry, context.language
    mode = voucher.text("mode")
    paid_to = voucher.text(PAID_INTO) or ("………………………" if mode == "virement" else "")
    body: list[Block] = []
    if entry.piece in context.books.reversed_pieces:
        body.append(Text((_("Cette pièce a été extournée : ne la payez pas."),), role="warning"))
    body.append(allocation(context, voucher, _("Net à payer")))
    if voucher.invoices:
        body.append(invoices_paid(context, voucher))
    order = _("Payez à {payee} la somme de {words} ({figures}) par le débit de {account}.").format(
        payee=name_of(context, voucher.payee),
        words=amount_in_words(voucher.amount, language),
        figures=amount_in_figures(voucher.amount, language),
        account=bank_account_words(context, voucher.account),
    )
    body.append(Text((order,), role="sentence"))
    certified = _certified(context, voucher)
    drawn_up = _("Fait à ……………………………………, le ……………………………………")
    body.append(Text((drawn_up,)))
    return context.report(
        REPORT,
        subtitle=entry.piece,
        scope=voucher.account.name,
        period=Span(day(entry.date), entry.date, entry.date),
        facts=(
            Fact(_("Bénéficiaire"), name_of(context, voucher.payee)),
            *((Fact(_("Compte du bénéficiaire"), paid_to),) if paid_to else ()),
            Fact(_("Net à payer"), voucher.amount),
            Fact(_("Mode de paiement"), _(_MODES.get(mode, mode)) or _("à préciser")),
            Fact(_("N° chèque / OV"), voucher.text("cheque") or voucher.text("ordre") or _("à préciser")),
            *facts(context, voucher),
            *bank_facts(context, voucher.account),
        ),
        body=tuple(body),
        signatures=(
            *certified,
            _drawn_up_by(context),
            signer(context, "Vu, bon à payer : première signature", voucher.text("signataire-1")),
            signer(context, "Vu, bon à payer : seconde signature", voucher.text("signataire-2")),
            Signature(_("Pour acquit, le bénéficiaire"), name_of(context, voucher.payee)),
        ),
    )


def _drawn_up_by(context: Context) -> Signature:
    person = officer(context, ACCOUNTANT)
    return Signature(context._("Établi par"), person.name, person.role)


def _certified(context: Context, voucher: PaymentVoucher) -> tuple[Signature, ...]:
    """Who certifies that what is invoiced was delivered or done: whoever leads the tree's programme."""
    if not (voucher.invoices or voucher.text("facture") or voucher.text("marche")):
        return ()
    programmes = context.books.policy.programmes
    lead = next((each.lead for each in programmes if each.donor == voucher.account.tree and each.lead), "")
    return (signer(context, "Service fait, certifié par", lead),)
