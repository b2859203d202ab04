"""The register of members (registre-membres): who belongs, who left, and what each owed and paid, year by year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grandlivre.books.dues import DuesPayment, MemberDues, YearOfDues, dues_payments, years_of_dues
from grandlivre.policy.members import Member
from grandlivre.reports.kit.context import Context
from grandlivre.reports.kit.formula import Formula
from grandlivre.reports.kit.model import Audience, MadeFor, ReportModel
from grandlivre.reports.kit.officers import ACCOUNTANT, DIRECTOR, officer
from grandlivre.reports.kit.signing import board
from grandlivre.reports.kit.table import Block, Column, Fact, Ref, Report, Row, Table, Text, grid
from grandlivre.reports.kit.wording import day

REPORT = ReportModel(
    name="registre-membres",
    title="Registre des membres",
    audience=Audience.MANAGEMENT,
    scope=MadeFor.ALL,
)


@dataclass(frozen=True)
class Register:
    """The members up to a day, what they owed for each year and what they paid."""

    members: tuple[Member, ...]
    """Those who joined by that day, in the register's order."""
    years: tuple[YearOfDues, ...]
    strangers: tuple[DuesPayment, ...]
    """Dues of the period that name no member of the register, or no year."""

    def present(self, context: Context) -> tuple[Member, ...]:
        """Those who are members on the situation day."""
        return tuple(each for each in self.members if each.until is None or each.until >= context.reached)


def build(context: Context) -> Register:
    """The register on the period's last day that the books have reached."""
    books, reached = context.books, context.reached
    register = books.policy.members
    strangers = (
        each
        for each in dues_payments(books, reached)
        if each.entry.date in context.period and (register.member(each.member) is None or each.year is None)
    )
    return Register(
        tuple(each for each in register.members if each.since <= reached),
        tuple(years_of_dues(books, reached)),
        tuple(strangers),
    )


def report(context: Context) -> Report:
    """The register of the organisation, whatever tree is asked for."""
    _ = context._
    facts = build(context)
    body: list[Block] = []
    if not context.books.policy.members.members:
        said = _(
            "Aucun registre des membres n'est tenu : écrivez les membres et la cotisation dans rules/membres.yaml."
        )
        body.append(Text((said,), role="warning"))
    if facts.members:
        body.append(_members(context, facts))
    body += [_dues(context, year) for year in facts.years]
    if facts.strangers:
        body.append(_strangers(context, facts))
    present = facts.present(context)
    return context.report(
        REPORT,
        scope=_("Toute l'organisation"),
        facts=(
            Fact(_("Membres"), len(present), "count"),
            Fact(_("Femmes"), sum(each.sex == "f" for each in present), "count"),
            Fact(_("Hommes"), sum(each.sex == "h" for each in present), "count"),
            Fact(_("Personnes morales"), sum(each.sex is None for each in present), "count"),
        ),
        body=tuple(body),
        signatures=(officer(context, ACCOUNTANT), officer(context, DIRECTOR), board(context)),
        landscape=True,
    )


def _place(context: Context, member: Member) -> Ref:
    rank = context.books.policy.members.members.index(member)
    return Ref(*context.books.rules_place("membres.yaml", "membres", rank))


def _members(context: Context, facts: Register) -> Table:
    _ = context._
    sexes = {"f": _("Femme"), "h": _("Homme"), None: _("Personne morale")}
    columns = (
        Column("id", _("N°"), width=9),
        Column("name", _("Nom"), width=40),
        Column("sex", _("Sexe"), width=16),
        Column("since", _("Membre depuis le"), "date"),
        Column("until", _("Jusqu'au"), "date", empty="—"),
    )
    rows = [
        Row(
            {
                "id": each.id,
                "name": each.name,
                "sex": sexes[each.sex],
                "since": each.since,
                "until": each.until,
            },
            refs=(_place(context, each),),
        )
        for each in facts.members
    ]
    return grid("members", _("Membres"), columns, rows)


def _dues(context: Context, year: YearOfDues) -> Table:
    """What is owed, paid and missing for one year; what is paid beyond the dues lessens nobody else's."""
    _ = context._
    columns = (
        Column("id", _("N°"), width=9),
        Column("name", _("Nom"), width=34),
        Column("due", _("Cotisation due"), "money", total="sum"),
        Column("paid", _("Payé"), "money", total="sum"),
        Column("missing", _("Reste à payer"), "money", total="sum"),
        Column("rate", _("Payé sur dû"), "percent", formula=Formula("paid / due"), empty="—"),
        Column("vouchers", _("Pièces"), width=42),
    )
    rows = [_member_dues(context, each) for each in year.rows]
    rows.append(Row({"name": _("Total")}, role="total", sums=range(len(rows))))
    return grid(f"dues-{year.year}", _("Cotisations de {year}").format(year=year.year), columns, rows)


def _member_dues(context: Context, each: MemberDues) -> Row:
    vouchers = ", ".join(f"{payment.entry.named} ({day(payment.entry.date)})" for payment in each.payments)
    return Row(
        {
            "id": each.member.id,
            "name": each.member.name,
            "due": each.due,
            "paid": each.paid,
            "missing": each.missing,
            "vouchers": vouchers,
        },
        refs=tuple(context.ref(payment.entry) for payment in each.payments) or (_place(context, each.member),),
    )


def _strangers(context: Context, facts: Register) -> Table:
    _ = context._
    columns = (
        Column("date", _("Date"), "date"),
        Column("piece", _("N° pièce"), width=20),
        Column("payee", _("Versé par"), width=30),
        Column("member", _("Membre cité"), width=14, empty="—"),
        Column("year", _("Année citée"), width=10, empty="—"),
        Column("amount", _("Montant"), "money", total="sum"),
    )
    rows = list(_strange_rows(context, facts))
    rows.append(Row({"payee": _("Total")}, role="total", sums=range(len(rows))))
    note = _(
        "Ces cotisations ne comptent pour personne : écrivez membre: et annee: sur l'écriture, ou sur sa ligne 701 quand "
        "elle en reçoit plusieurs."
    )
    return grid("unnamed", _("Cotisations encaissées sans membre ou sans année"), columns, rows, note=note)


def _strange_rows(context: Context, facts: Register) -> Iterator[Row]:
    for each in facts.strangers:
        yield Row(
            {
                "date": each.entry.date,
                "piece": each.entry.piece,
                "payee": each.entry.payee,
                "member": each.member,
                "year": str(each.year or ""),
                "amount": each.amount,
            },
            refs=(context.ref(each.entry),),
        )
